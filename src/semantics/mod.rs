//! From a cursor to its meaning: what it is, where it is defined, where it is
//! used, which hosts reach it.
//!
//! The facts come from the repository's analysis; the tree says what the cursor
//! stands on now. Both may be of different age while somebody types, so places
//! of the facts are carried over into the current text ([`Semantics::range`]).

#[cfg(test)]
pub mod testing;

use std::sync::Arc;

use crate::db::Snapshot;
use crate::repository::Repository;

/// The facts of a repository, the texts as they are now, and what was looked up in both.
#[derive(Clone)]
pub struct Semantics {
    repository: Arc<Repository>,
    snapshot: Snapshot,
}

impl Semantics {
    /// A repository with the texts that it was computed from.
    pub fn new(repository: Arc<Repository>) -> Semantics {
        let snapshot = repository.snapshot.clone();
        Semantics { repository, snapshot }
    }

    /// The same facts with newer texts.
    pub fn with_snapshot(&self, snapshot: Snapshot) -> Semantics {
        Semantics { snapshot, ..self.clone() }
    }

    /// Newer facts, which keep what is known of files that did not change.
    pub fn with_repository(&self, repository: Arc<Repository>) -> Semantics {
        Semantics::new(repository)
    }

    /// The facts.
    pub fn repository(&self) -> &Arc<Repository> {
        &self.repository
    }

    /// The texts as they are now.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }
}
