//! Sources of inputs: folders outside of the workspace that may be read.
//!
//! They are never listed as a whole (nixpkgs has fifty thousand files). What is
//! asked for is read through the [`Loader`] and remembered: of the store for
//! good, of other folders until somebody says that they changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use dashmap::DashMap;

use super::{FileData, Loader};
use crate::base::FileId;
use crate::eval::{FileType, ReadError};
use crate::hir::Name;

/// The sources of inputs that are at hand. The workspace says which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    roots: BTreeMap<Name, bool>,
    given: BTreeMap<Name, BTreeMap<Name, Name>>,
    stored: BTreeMap<Name, Name>,
}

impl Sources {
    /// Adds a folder that exists and may be read, and whose content may change.
    pub fn add(&mut self, root: Name) {
        self.roots.entry(root).or_insert(false);
    }

    /// Adds what a store path (`/nix/store/…-source`) stands for: the folder of
    /// that name, wherever the store is. What is in it never changes.
    pub fn add_stored(&mut self, path: Name, folder: Name) {
        self.roots.insert(folder.clone(), true);
        self.stored.insert(path, folder);
    }

    /// Says where the flake at `flake` is to find an input. `input` is a path of
    /// inputs from there: `nixpkgs`, `home-manager/nixpkgs`.
    pub fn give(&mut self, flake: &Name, input: &str, folder: Name) {
        self.given.entry(flake.clone()).or_default().insert(Name::new(input), folder);
    }

    /// The inputs of a flake whose folders were given.
    pub fn given(&self, flake: &str) -> impl Iterator<Item = (&Name, &Name)> {
        self.given.get(flake).into_iter().flatten()
    }

    /// The folder of a store path, if it is at hand.
    pub fn in_store(&self, path: &str) -> Option<&Name> {
        self.stored.get(path)
    }

    /// The folders that may be read.
    pub fn roots(&self) -> impl Iterator<Item = &Name> {
        self.roots.keys()
    }

    /// The source that a path lies in, or is: the innermost one.
    pub fn root_of(&self, path: &str) -> Option<&Name> {
        if self.roots.is_empty() {
            return None;
        }
        let mut folder = path;
        loop {
            if let Some((root, _)) = self.roots.get_key_value(folder) {
                return Some(root);
            }
            folder = folder.rsplit_once('/')?.0;
        }
    }

    /// Whether what is at a path never changes.
    pub fn is_immutable(&self, path: &str) -> bool {
        self.root_of(path).is_some_and(|root| self.roots.get(root) == Some(&true))
    }
}

/// How files start that are encrypted as long as they lie on disk: git-crypt, age.
const ENCRYPTED: &[&[u8]] = &[b"\0GITCRYPT\0", b"age-encryption.org/"];

/// The text of a file. What an encrypted one says is not here, though it will be where it is deployed.
pub(super) fn text_of(bytes: Vec<u8>) -> Result<String, ReadError> {
    String::from_utf8(bytes).map_err(|error| {
        let is_encrypted = ENCRYPTED.iter().any(|start| error.as_bytes().starts_with(start));
        if is_encrypted { ReadError::Unavailable } else { ReadError::NotText }
    })
}

type Listing = Result<Arc<[(Name, FileType)]>, ReadError>;

/// What was read of sources.
#[derive(Default)]
pub(super) struct Read {
    files: DashMap<FileId, (Name, Result<Arc<FileData>, ReadError>)>,
    /// Files that may have changed, as they were: those that did not stay the same.
    before: DashMap<FileId, Arc<FileData>>,
    folders: DashMap<Name, Listing>,
    kinds: DashMap<Name, Result<Option<FileType>, ReadError>>,
}

impl Read {
    /// What of it still holds when these are the sources.
    pub(super) fn kept(&self, sources: &Sources) -> Read {
        let kept = Read::default();
        for entry in &self.files {
            let (path, file) = entry.value();
            if sources.is_immutable(path) {
                kept.files.insert(*entry.key(), (path.clone(), file.clone()));
            } else if let Ok(file) = file {
                kept.before.insert(*entry.key(), file.clone());
            }
        }
        for entry in self.before.iter().filter(|entry| !self.files.contains_key(entry.key())) {
            kept.before.insert(*entry.key(), entry.value().clone());
        }
        for entry in self.folders.iter().filter(|entry| sources.is_immutable(entry.key())) {
            kept.folders.insert(entry.key().clone(), entry.value().clone());
        }
        for entry in self.kinds.iter().filter(|entry| sources.is_immutable(entry.key())) {
            kept.kinds.insert(entry.key().clone(), entry.value().clone());
        }
        kept
    }

    /// Before the loader is asked a lock of the map must not be held: others wait for it, and the disk may be slow.
    pub(super) fn file(&self, loader: &dyn Loader, id: FileId, path: &Name) -> Result<Arc<FileData>, ReadError> {
        if let Some(read) = self.files.get(&id) {
            return read.1.clone();
        }
        let read = loader.load(path).and_then(|bytes| {
            let text = text_of(bytes)?;
            Ok(match self.before.get(&id) {
                Some(before) if **before.text() == *text => before.clone(),
                Some(before) => Arc::new(before.replaced(Arc::from(text))),
                None => Arc::new(FileData::new(Arc::from(text))),
            })
        });
        self.files.entry(id).or_insert((path.clone(), read)).1.clone()
    }

    pub(super) fn folder(&self, loader: &dyn Loader, path: &str) -> Listing {
        if let Some(read) = self.folders.get(path) {
            return read.clone();
        }
        let read = loader.list(path).map(Arc::from);
        self.folders.entry(Name::new(path)).or_insert(read).clone()
    }

    pub(super) fn kind(&self, loader: &dyn Loader, path: &str) -> Result<Option<FileType>, ReadError> {
        if let Some(read) = self.kinds.get(path) {
            return read.clone();
        }
        let read = loader.kind(path);
        self.kinds.entry(Name::new(path)).or_insert(read).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_around_a_path() {
        let mut sources = Sources::default();
        sources.add_stored(Name::new_static("/nix/store/a-source"), Name::new_static("/store/a-source"));
        sources.add(Name::new_static("/home/nixpkgs"));
        sources.add_stored(Name::new_static("/nix/store/c-source"), Name::new_static("/home/nixpkgs/lib"));
        assert_eq!(sources.root_of("/store/a-source/x/y.nix").map(Name::as_str), Some("/store/a-source"));
        assert_eq!(sources.root_of("/home/nixpkgs/lib/x").map(Name::as_str), Some("/home/nixpkgs/lib"));
        assert_eq!(sources.root_of("/home/nixpkgs").map(Name::as_str), Some("/home/nixpkgs"));
        for outside in ["/store/b-source/x", "/store", "/home/nixpkgs2", "/", "", "x"] {
            assert_eq!(sources.root_of(outside), None, "{outside}");
        }
        assert!(sources.is_immutable("/store/a-source/x"));
        assert!(!sources.is_immutable("/home/nixpkgs/x"));
        assert_eq!(sources.in_store("/nix/store/a-source").map(Name::as_str), Some("/store/a-source"));
        assert_eq!(sources.in_store("/nix/store/b-source"), None);
    }
}
