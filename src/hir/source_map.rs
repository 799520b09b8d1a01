//! Where the expressions and names of a file stand.

use rustc_hash::FxHashMap;

use super::{ExprId, KeyId};
use crate::base::{TextRange, TextSize};

/// The located half of a lowered file.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    pub(super) exprs: Vec<TextRange>,
    pub(super) keys: Vec<BindingSource>,
    pub(super) by_range: FxHashMap<TextRange, ExprId>,
}

/// Where a name stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BindingSource {
    /// The name alone.
    pub name: TextRange,
    /// The whole binding (`a.b = 1;`), formal (`b ? 1`) or, for a name that binds nothing, the name.
    pub whole: TextRange,
}

impl SourceMap {
    /// The text of an expression, without parentheses around it. An id of
    /// another file gives an empty range at the start.
    pub fn expr(&self, id: ExprId) -> TextRange {
        self.exprs.get(id.0 as usize).copied().unwrap_or_default()
    }

    /// Where a name stands. An id of another file gives empty ranges.
    pub fn key(&self, id: KeyId) -> BindingSource {
        let empty = BindingSource { name: TextRange::default(), whole: TextRange::default() };
        self.keys.get(id.0 as usize).copied().unwrap_or(empty)
    }

    /// The expression lowered from the syntax node with this range
    /// (parentheses count as what they hold).
    pub fn expr_with_range(&self, range: TextRange) -> Option<ExprId> {
        self.by_range.get(&range).copied()
    }

    /// The innermost expression around `offset`, ends included.
    pub fn expr_at(&self, offset: TextSize) -> Option<ExprId> {
        let around = self.exprs.iter().enumerate().filter(|(_, range)| range.contains_inclusive(offset));
        around
            .min_by_key(|(index, range)| (range.len(), u32::MAX - *index as u32))
            .map(|(index, _)| ExprId(index as u32))
    }

    /// The name at `offset`, ends included.
    pub fn key_at(&self, offset: TextSize) -> Option<KeyId> {
        let at =
            self.keys.iter().position(|source| source.name.contains_inclusive(offset) && !source.name.is_empty())?;
        Some(KeyId(at as u32))
    }
}
