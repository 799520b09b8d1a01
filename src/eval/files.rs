//! What the evaluator asks the world, and the record of it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::value::Origin;
use crate::base::FileId;
use crate::hir::{self, ExprId, Name};

/// The kind of a directory entry, as `builtins.readDir` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileType {
    Regular,
    Directory,
    Symlink,
    Unknown,
}

impl FileType {
    /// The word that `builtins.readDir` gives.
    pub fn name(self) -> &'static str {
        match self {
            FileType::Regular => "regular",
            FileType::Directory => "directory",
            FileType::Symlink => "symlink",
            FileType::Unknown => "unknown",
        }
    }
}

/// Why something cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The flake has no such file. Nix says the same.
    Missing,
    /// The path is a folder where a file is needed, or the reverse.
    WrongType,
    /// It may exist, but its content is not at hand (outside of the workspace,
    /// too large, unreadable).
    Unavailable,
    /// The file is no UTF-8 text.
    NotText,
}

/// The files that an evaluation can see. Paths are absolute and normalised,
/// with `/`; what a flake does not see (files that git does not track) is missing.
pub trait Files: Send + Sync {
    /// The entries of a folder, sorted by name.
    fn read_dir(&self, path: &str) -> Result<Vec<(Name, FileType)>, ReadError>;
    /// The text of a file.
    fn read_file(&self, path: &str) -> Result<Arc<str>, ReadError>;
    /// What is at a path, following symbolic links; `None` where nothing is.
    /// [`ReadError::Unavailable`] for paths that cannot be known.
    fn file_type(&self, path: &str) -> Result<Option<FileType>, ReadError>;
    /// What is at a path itself: a symbolic link is a link, wherever it leads. As [`Files::file_type`] otherwise.
    fn own_type(&self, path: &str) -> Result<Option<FileType>, ReadError> {
        self.file_type(path)
    }
    /// Where a name or expression of a file begins, as the positions of Nix: line and column, both from 1, the
    /// column in bytes.
    fn position(&self, _origin: Origin) -> Option<(u32, u32)> {
        None
    }
    /// A Nix file, lowered.
    fn nix_file(&self, path: &str) -> Result<NixFile, ReadError>;
    /// The text of a string without interpolations.
    fn plain_string(&self, _file: FileId, _expr: ExprId) -> Option<Name> {
        None
    }
}

/// A lowered Nix file.
#[derive(Clone)]
pub struct NixFile {
    pub id: FileId,
    pub hir: Arc<hir::File>,
    /// Whether the file has syntax errors: Nix would refuse it as a whole.
    pub broken: bool,
}

/// Everything that an evaluation read: it stays valid while none of this changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadSet {
    /// Nix files that were evaluated.
    pub nix_files: BTreeSet<FileId>,
    /// Those of their strings without interpolations that were evaluated. What any other of them says made no difference.
    pub strings: FxHashSet<(FileId, ExprId)>,
    /// Whether expressions were compared as they stand, so that every string of the files counts.
    pub all_strings: bool,
    /// Files whose text was read.
    pub texts: BTreeSet<Name>,
    /// Folders that were listed.
    pub folders: BTreeSet<Name>,
    /// Paths that were asked for their existence.
    pub probes: BTreeSet<Name>,
    /// Those of the Nix files that do not parse: what they say is only a part of what their text will say.
    pub broken: BTreeSet<FileId>,
}

impl ReadSet {
    /// Adds what another evaluation read.
    pub fn extend(&mut self, other: &ReadSet) {
        self.nix_files.extend(other.nix_files.iter().copied());
        self.strings.extend(other.strings.iter().copied());
        self.all_strings |= other.all_strings;
        self.texts.extend(other.texts.iter().cloned());
        self.folders.extend(other.folders.iter().cloned());
        self.probes.extend(other.probes.iter().cloned());
        self.broken.extend(other.broken.iter().copied());
    }
}

/// [`Files`] that keeps a [`ReadSet`].
pub(super) struct Recorder {
    files: Arc<dyn Files>,
    pub(super) reads: RefCell<ReadSet>,
}

impl Recorder {
    pub(super) fn new(files: Arc<dyn Files>) -> Recorder {
        Recorder { files, reads: RefCell::default() }
    }

    pub(super) fn read_dir(&self, path: &str) -> Result<Vec<(Name, FileType)>, ReadError> {
        self.reads.borrow_mut().folders.insert(Name::new(path));
        self.files.read_dir(path)
    }

    pub(super) fn read_file(&self, path: &str) -> Result<Arc<str>, ReadError> {
        self.reads.borrow_mut().texts.insert(Name::new(path));
        self.files.read_file(path)
    }

    pub(super) fn file_type(&self, path: &str) -> Result<Option<FileType>, ReadError> {
        self.reads.borrow_mut().probes.insert(Name::new(path));
        self.files.file_type(path)
    }

    pub(super) fn own_type(&self, path: &str) -> Result<Option<FileType>, ReadError> {
        self.reads.borrow_mut().probes.insert(Name::new(path));
        self.files.own_type(path)
    }

    /// The position depends on every character before it, so the whole text counts as read.
    pub(super) fn position(&self, path: &Name, origin: Origin) -> Option<(u32, u32)> {
        self.reads.borrow_mut().texts.insert(path.clone());
        self.files.position(origin)
    }

    pub(super) fn nix_file(&self, path: &str) -> Result<NixFile, ReadError> {
        let file = self.files.nix_file(path);
        match &file {
            Ok(file) => {
                let mut reads = self.reads.borrow_mut();
                if file.broken {
                    reads.broken.insert(file.id);
                }
                reads.nix_files.insert(file.id)
            }
            Err(_) => self.reads.borrow_mut().probes.insert(Name::new(path)),
        };
        file
    }
}
