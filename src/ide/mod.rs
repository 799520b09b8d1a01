//! One file per editor feature, named as editors name it.
//!
//! Every feature is a pure function of an [`Analysis`]: what is known of the
//! repository, with the texts as they are now. Positions are offsets, results
//! are plain data; what the protocol makes of them is the server's affair. A
//! feature never calls a feature: what two of them need is in `semantics`.

pub mod assists;
pub mod call_hierarchy;
pub mod code_lens;
pub mod completion;
pub mod document_highlight;
pub mod document_link;
pub mod document_symbol;
pub mod folding_range;
pub mod goto_definition;
pub mod hover;
pub mod inlay_hint;
pub mod linked_editing;
pub mod on_type;
pub mod references;
pub mod rename;
pub mod selection_range;
pub mod semantic_tokens;
pub mod signature_help;
pub mod views;
pub mod workspace_symbol;

mod markdown;

#[cfg(test)]
mod testing;

use std::ops::Deref;
use std::sync::Arc;

use crate::base::{FileId, FileRange, TextRange, TextSize};
use crate::db::Snapshot;
use crate::repository::Repository;
use crate::semantics::Semantics;

/// What features answer from. Cheap to clone.
#[derive(Clone)]
pub struct Analysis {
    semantics: Semantics,
}

impl Analysis {
    /// The analysis of a repository with the texts that it was computed from.
    pub fn new(repository: Arc<Repository>) -> Analysis {
        Analysis { semantics: Semantics::new(repository) }
    }

    /// The same facts with newer texts: so features answer while the
    /// repository is not analysed again yet, or cannot be because a file is broken.
    pub fn with_snapshot(&self, snapshot: Snapshot) -> Analysis {
        Analysis { semantics: self.semantics.with_snapshot(snapshot) }
    }

    /// The analysis of a newer repository, which keeps what is known of files that did not change.
    pub fn with_repository(&self, repository: Arc<Repository>) -> Analysis {
        Analysis { semantics: self.semantics.with_repository(repository) }
    }
}

impl Deref for Analysis {
    type Target = Semantics;

    fn deref(&self) -> &Semantics {
        &self.semantics
    }
}

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilePosition {
    pub file: FileId,
    pub offset: TextSize,
}

/// Where an editor is to go, and what it finds there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NavigationTarget {
    pub file: FileId,
    /// All of it: the binding, the file.
    pub full: TextRange,
    /// Its name, where the cursor goes.
    pub focus: TextRange,
}

impl NavigationTarget {
    /// The start of a file.
    pub fn file_start(file: FileId) -> NavigationTarget {
        NavigationTarget { file, full: TextRange::default(), focus: TextRange::default() }
    }

    /// The focus with its file.
    pub fn focus_range(&self) -> FileRange {
        FileRange { file: self.file, range: self.focus }
    }
}

/// What a symbol is, for its icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SymbolKind {
    Host,
    Module,
    Option,
    Definition,
    Input,
    Output,
    Function,
    Variable,
    Attribute,
    Namespace,
    String,
    Number,
    Boolean,
    List,
    Null,
}
