//! Which sources of inputs are at hand: folders that somebody set, those that
//! `path:` inputs name, and locked sources in the store of Nix.
//!
//! Nix is not asked: the path of a locked source follows from its hash.

use std::path::Path;

use super::settings::{Settings, Store};
use super::{Workspace, disk_path, is_below, name_of};
use crate::db::{Change, Loader, Sources};
use crate::eval::{FileType, join_path};
use crate::flake::{FlakeRef, LockGraph, LockNode, STORE, source_path};
use crate::hir::Name;

/// No flake has as many inputs; a folder full of locks has.
const MAX_SOURCES: usize = 20_000;

impl Workspace {
    /// What changed in the sources that are at hand since this was last asked.
    /// Whether they exist is looked up now.
    pub fn sources_change(&mut self, editor: &Settings) -> Option<Change> {
        let sources = self.find_sources(editor);
        if sources == self.sources {
            return None;
        }
        self.sources = sources.clone();
        self.loader.set_sources(self.sources.roots().map(|root| disk_path(root)));
        Some(Change::Sources(sources))
    }

    /// What is to be read again after a file was changed that lies in a source.
    pub fn source_changed(&self, path: &str) -> Option<Change> {
        let changed = self.sources.root_of(path).is_some() && !self.sources.is_immutable(path);
        changed.then(|| Change::Sources(self.sources.clone()))
    }

    fn find_sources(&mut self, editor: &Settings) -> Sources {
        let flakes: Vec<Name> = self.flakes().into_iter().map(|flake| flake.path).collect();
        let mut sources = Sources::default();
        let mut count = 0;
        for flake in flakes {
            let settings = self.settings_of(&flake, editor);
            let store = match &settings.store {
                Some(Store::Off) => None,
                Some(Store::At(folder)) => folder_at(&flake, folder),
                None => Some(Name::new_static(STORE)),
            };
            for (input, folder) in &settings.inputs {
                let Some(folder) = folder_at(&flake, folder) else { continue };
                sources.give(&flake, input, folder.clone());
                self.add(&mut sources, folder);
            }
            let Some(lock) = self.lock(&flake) else { continue };
            for node in lock.nodes.values() {
                count += 1;
                if count > MAX_SOURCES {
                    return sources;
                }
                if let Some(folder) = absolute_path(node) {
                    self.add(&mut sources, folder);
                }
                if let Some(path) = node.nar_hash().and_then(source_path)
                    && let Some(store) = &store
                    && let Some(name) = path.rsplit('/').next()
                {
                    let folder = join_path(store, name);
                    if disk_path(&folder).is_dir() {
                        sources.add_stored(path, folder);
                    }
                }
            }
        }
        sources
    }

    fn lock(&self, flake: &str) -> Option<LockGraph> {
        let path = join_path(flake, "flake.lock");
        if self.node(&path)?.kind == FileType::Directory {
            return None;
        }
        let text = String::from_utf8(self.loader.load(&path).ok()?).ok()?;
        LockGraph::parse(&text).ok()
    }

    /// Adds a folder that is there and that the workspace does not have. A
    /// folder around the workspace would make the repository a foreign source.
    fn add(&self, sources: &mut Sources, folder: Name) {
        let around = |base: &str| is_below(base, &folder);
        let part_of_it = self.node(&folder).is_some_and(|node| node.tracked);
        if part_of_it || self.scans.iter().any(|scan| around(&scan.base)) || !disk_path(&folder).is_dir() {
            return;
        }
        sources.add(folder);
    }
}

/// A folder as somebody set it: absolute, in the home folder (`~/…`, which no
/// shell expands in a file), or relative to `base`.
pub(super) fn folder_at(base: &str, text: &str) -> Option<Name> {
    let home = text.strip_prefix("~/").and_then(|rest| Some(std::env::home_dir()?.join(rest)));
    name_of(&home.unwrap_or_else(|| disk_path(base).join(Path::new(text))))
}

/// The folder of a `path:` input that does not depend on where the flake is.
fn absolute_path(node: &LockNode) -> Option<Name> {
    match node.reference()? {
        FlakeRef::Path { path } if path.starts_with('/') => name_of(Path::new(&path)),
        _ => None,
    }
}
