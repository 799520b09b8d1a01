//! Git repositories on disk: where they are and what they track.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::git_index::{EntryKind, GitIndex};
use super::loader::read_limited;

/// An index larger than this has more files than a configuration ever has.
const MAX_INDEX: u64 = 512 << 20;

/// A git repository with a work tree.
#[derive(Clone, Debug)]
pub struct Repository {
    /// The folder that holds `.git`.
    pub top: PathBuf,
    /// `.git`, or where the file of that name points to.
    pub git_dir: PathBuf,
}

/// What git tracks of a repository, by path from its top.
#[derive(Clone, Debug, Default)]
pub struct Tracked {
    files: HashMap<String, EntryKind>,
    folders: HashSet<String>,
    /// Folders outside of a sparse checkout.
    sparse: Vec<String>,
}

/// By what a changed index is told from an unchanged one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexStamp(Option<(SystemTime, u64)>);

impl Repository {
    /// The repository whose work tree `folder` lies in.
    pub fn around(folder: &Path) -> Option<Repository> {
        folder.ancestors().find_map(Repository::at)
    }

    /// The repository whose work tree starts at `folder`.
    pub fn at(folder: &Path) -> Option<Repository> {
        let dot_git = folder.join(".git");
        let meta = fs::metadata(&dot_git).ok()?;
        let git_dir = if meta.is_dir() {
            dot_git
        } else {
            // Work trees and submodules: `gitdir: ../.git/worktrees/x`.
            let text = String::from_utf8(read_limited(&dot_git, 1 << 16).ok()?).ok()?;
            folder.join(text.strip_prefix("gitdir:")?.trim())
        };
        // A folder that merely has this name is no repository.
        fs::metadata(git_dir.join("HEAD")).ok()?;
        Some(Repository { top: folder.to_path_buf(), git_dir })
    }

    /// The path of the index.
    pub fn index_path(&self) -> PathBuf {
        self.git_dir.join("index")
    }

    /// Tells whether the index was written since another stamp was taken.
    pub fn stamp(&self) -> IndexStamp {
        let meta = fs::metadata(self.index_path()).ok();
        IndexStamp(meta.and_then(|meta| Some((meta.modified().ok()?, meta.len()))))
    }

    /// What git tracks. `None` where nothing was ever added or the index cannot
    /// be read: then it is unknown what a flake will see, and everything is taken for tracked.
    pub fn tracked(&self) -> Option<Tracked> {
        let read = |path: &Path| {
            let bytes = read_limited(path, MAX_INDEX).ok()?;
            GitIndex::parse(&bytes).inspect_err(|error| tracing::warn!("{}: {error}", path.display())).ok()
        };
        let mut index = read(&self.index_path())?;
        if let Some(base) = &index.base {
            let shared = read(&self.git_dir.join(format!("sharedindex.{}", base.hash)))?;
            index = index.over(shared);
        }
        if index.entries.is_empty() {
            return None;
        }
        let mut tracked = Tracked::default();
        for entry in index.entries {
            let mut folder = entry.path.as_str();
            while let Some((parent, _)) = folder.rsplit_once('/') {
                if !tracked.folders.insert(parent.to_string()) {
                    break;
                }
                folder = parent;
            }
            match entry.kind {
                EntryKind::SparseFolder => tracked.sparse.push(entry.path),
                kind => {
                    tracked.files.insert(entry.path, kind);
                }
            }
        }
        Some(tracked)
    }
}

impl Tracked {
    /// What git has at this path.
    pub fn kind(&self, path: &str) -> Option<EntryKind> {
        self.files.get(path).copied().or_else(|| {
            let within =
                |folder: &&String| path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'));
            self.sparse.iter().find(within).map(|_| EntryKind::File)
        })
    }

    /// Whether anything below this folder is tracked.
    pub fn holds(&self, folder: &str) -> bool {
        folder.is_empty() || self.folders.contains(folder)
    }

    /// The same under other paths; what has none is left out.
    pub(super) fn map<'a>(&'a self, rename: impl Fn(&'a str) -> Option<&'a str>) -> Tracked {
        let rename = |path: &'a str| rename(path).filter(|path| !path.is_empty()).map(str::to_string);
        Tracked {
            files: self.files.iter().filter_map(|(path, kind)| Some((rename(path)?, *kind))).collect(),
            folders: self.folders.iter().filter_map(|path| rename(path)).collect(),
            sparse: self.sparse.iter().filter_map(|path| rename(path)).collect(),
        }
    }

    /// All tracked paths.
    pub fn files(&self) -> impl Iterator<Item = (&str, EntryKind)> {
        self.files.iter().map(|(path, kind)| (path.as_str(), *kind))
    }
}
