//! File ids and the paths they stand for.

use std::sync::{Arc, RwLock};

use rustc_hash::FxHashMap;

use crate::base::FileId;
use crate::hir::Name;

/// The table of all paths that were ever given an id. Ids stay valid for the
/// whole run, also of files that are gone.
#[derive(Clone, Default)]
pub struct Paths(Arc<RwLock<Table>>);

#[derive(Default)]
struct Table {
    ids: FxHashMap<Name, FileId>,
    paths: Vec<Name>,
}

impl Paths {
    /// The id of an absolute, normalised path.
    pub fn id(&self, path: &str) -> FileId {
        if let Some(id) = self.existing(path) {
            return id;
        }
        let mut table = self.0.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(id) = table.ids.get(path) {
            return *id;
        }
        let id = FileId(table.paths.len() as u32);
        table.paths.push(Name::new(path));
        table.ids.insert(Name::new(path), id);
        id
    }

    /// The id of a path that has one.
    pub fn existing(&self, path: &str) -> Option<FileId> {
        self.0.read().unwrap_or_else(|poisoned| poisoned.into_inner()).ids.get(path).copied()
    }

    /// How many paths have an id.
    pub(super) fn len(&self) -> usize {
        self.0.read().unwrap_or_else(|poisoned| poisoned.into_inner()).paths.len()
    }

    /// The path of an id; empty for an id of nobody.
    pub fn path(&self, id: FileId) -> Name {
        let table = self.0.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        table.paths.get(id.0 as usize).cloned().unwrap_or_default()
    }
}
