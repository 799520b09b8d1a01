//! The names that a file says anywhere.

use rustc_hash::FxHashSet;

use crate::db::{FileData, OfText};
use crate::hir::{Expr, KeyId, Name};

/// Every name that is bound, selected or used as a variable in a file: what is not among them needs no closer look.
pub(super) struct Names(FxHashSet<Name>);

impl Names {
    /// Whether the file says this name.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

impl OfText for Names {
    fn of(file: &FileData) -> Names {
        let hir = file.hir();
        let keys = (0..hir.key_count()).filter_map(|at| hir.key_name(KeyId(at as u32)).cloned());
        let variables = hir.exprs().filter_map(|(_, expr)| match expr {
            Expr::Var(var) => Some(var.name.clone()),
            _ => None,
        });
        Names(keys.chain(variables).collect())
    }
}
