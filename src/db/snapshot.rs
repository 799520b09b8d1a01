//! Snapshots and the changes that lead from one to the next.

use std::sync::{Arc, OnceLock};

use dashmap::DashMap;
use rustc_hash::FxHashMap;

use super::sources::{Read, Sources, text_of};
use super::tree::{Node, Tree};
use super::{FileData, Kept, Paths};
use crate::base::{FileId, TextEdit};
use crate::eval::{FileType, Files, INTERNAL_FILES, INTERNAL_ROOT, NixFile, Origin, ReadError, Site};
use crate::flake::Framework;
use crate::hir::{ExprId, Name};

/// Reads texts that no change brought. The workspace reads the disk, tests have none.
pub trait Loader: Send + Sync {
    /// The bytes of a file, or why they cannot be had.
    fn load(&self, path: &str) -> Result<Vec<u8>, ReadError>;

    /// The entries of a folder in the source of an input, sorted by name.
    fn list(&self, _: &str) -> Result<Vec<(Name, FileType)>, ReadError> {
        Err(ReadError::Unavailable)
    }

    /// What is at a path in the source of an input, links followed; `None` where nothing is.
    fn kind(&self, _: &str) -> Result<Option<FileType>, ReadError> {
        Err(ReadError::Unavailable)
    }
}

/// The loader that has nothing.
pub struct NoLoader;

impl Loader for NoLoader {
    fn load(&self, _: &str) -> Result<Vec<u8>, ReadError> {
        Err(ReadError::Unavailable)
    }
}

/// A step from one snapshot to the next.
#[derive(Debug)]
pub enum Change {
    /// A file has this text: an opened document, or a file that was read.
    Text { path: Name, text: Arc<str> },
    /// One edit of a file whose text is known; `text` is the text after it.
    Edit { path: Name, edit: TextEdit, text: Arc<str> },
    /// The text of a file is no longer an editor's; it is read again when needed.
    Forget { path: Name },
    /// A file or folder is there, or is now another.
    Node { path: Name, node: Node },
    /// A file or folder is gone.
    Remove { path: Name },
    /// A folder was scanned: nothing else is below it.
    Root { path: Name },
    /// A folder does not belong to the workspace any more.
    RemoveRoot { path: Name },
    /// These sources of inputs are at hand; those that can change are read again.
    Sources(Sources),
}

/// How much a snapshot keeps, for tests of what grows while somebody works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// Paths that ever had an id.
    pub paths: usize,
    /// Texts that changes brought.
    pub texts: usize,
    /// Texts that were read.
    pub loaded: usize,
    /// Edits since the last texts that parsed.
    pub edits: usize,
}

/// Everything at one revision. Cheap to clone; clones share what they computed.
#[derive(Clone)]
pub struct Snapshot {
    revision: u64,
    paths: Paths,
    tree: Arc<Tree>,
    texts: Arc<FxHashMap<FileId, Arc<FileData>>>,
    loaded: Arc<DashMap<FileId, Result<Arc<FileData>, ReadError>>>,
    loader: Arc<dyn Loader>,
    sources: Arc<Sources>,
    read: Arc<Read>,
    /// Of this tree.
    nix_files: Arc<OnceLock<Vec<(Name, FileId)>>>,
    kept: Kept,
}

impl Snapshot {
    /// A snapshot without any file but flakewise's own.
    pub fn new(loader: Arc<dyn Loader>) -> Snapshot {
        let paths = Paths::default();
        let mut texts = FxHashMap::default();
        for (path, text) in INTERNAL_FILES.iter().copied().chain(Framework::files()) {
            texts.insert(paths.id(path), Arc::new(FileData::new(Arc::from(text))));
        }
        Snapshot {
            revision: 0,
            paths,
            tree: Arc::new(Tree::default()),
            texts: Arc::new(texts),
            loaded: Arc::new(DashMap::new()),
            loader,
            sources: Arc::default(),
            read: Arc::default(),
            nix_files: Arc::default(),
            kept: Kept::default(),
        }
    }

    /// The next snapshot.
    pub fn apply(&self, changes: impl IntoIterator<Item = Change>) -> Snapshot {
        let mut next = self.clone();
        next.revision += 1;
        for change in changes {
            next.apply_one(change);
        }
        next
    }

    fn apply_one(&mut self, change: Change) {
        match change {
            Change::Text { path, text } => {
                let id = self.paths.id(&path);
                let data = match self.known(id) {
                    Some(old) if *old.text() == text => old,
                    Some(old) => Arc::new(old.replaced(text)),
                    None => Arc::new(FileData::new(text)),
                };
                Arc::make_mut(&mut self.texts).insert(id, data);
                self.unload(id);
                if self.tree.node(&path).is_none() && !self.is_foreign(&path) {
                    // A document that was never saved: git cannot track it.
                    let tracked = !self.tree.covers(&path) || !self.tree.in_git(&path);
                    let node = Node { kind: FileType::Regular, tracked, target: None };
                    self.tree_mut().insert(&path, node);
                }
            }
            Change::Edit { path, edit, text } => {
                let id = self.paths.id(&path);
                let data = match self.known(id) {
                    Some(old) => old.edited(&edit, text),
                    None => FileData::new(text),
                };
                Arc::make_mut(&mut self.texts).insert(id, Arc::new(data));
                self.unload(id);
            }
            Change::Forget { path } => {
                let id = self.paths.id(&path);
                Arc::make_mut(&mut self.texts).remove(&id);
                self.unload(id);
            }
            Change::Node { path, node } => {
                // Somebody may have asked for it while it was not there.
                let id = self.paths.id(&path);
                if self.loaded.get(&id).is_some_and(|loaded| loaded.is_err()) {
                    self.unload(id);
                }
                self.tree_mut().insert(&path, node);
            }
            Change::Remove { path } => {
                let id = self.paths.id(&path);
                Arc::make_mut(&mut self.texts).remove(&id);
                self.unload(id);
                self.tree_mut().remove(&path);
            }
            Change::Root { path } => self.tree_mut().add_root(path),
            Change::RemoveRoot { path } => self.tree_mut().remove_root(&path),
            Change::Sources(sources) => {
                self.read = Arc::new(self.read.kept(&sources));
                if *self.sources != sources {
                    self.sources = Arc::new(sources);
                }
            }
        }
    }

    fn tree_mut(&mut self) -> &mut Tree {
        self.nix_files = Arc::default();
        Arc::make_mut(&mut self.tree)
    }

    fn known(&self, id: FileId) -> Option<Arc<FileData>> {
        if let Some(data) = self.texts.get(&id) {
            return Some(data.clone());
        }
        self.loaded.get(&id).and_then(|loaded| loaded.as_ref().ok().cloned())
    }

    /// Forgets a text that the loader gave; older snapshots keep their own map.
    fn unload(&mut self, id: FileId) {
        if self.loaded.contains_key(&id) {
            let kept = DashMap::new();
            for entry in self.loaded.iter().filter(|entry| *entry.key() != id) {
                kept.insert(*entry.key(), entry.value().clone());
            }
            self.loaded = Arc::new(kept);
        }
    }

    /// The same with the last text that parsed of every file that was edited
    /// until it does not. What somebody is typing then takes nothing from the rest.
    pub fn last_good(&self) -> Snapshot {
        let broken = self.texts.iter().filter_map(|(id, data)| Some((*id, data.last_good()?.0.clone())));
        let broken: Vec<(FileId, Arc<FileData>)> = broken.collect();
        let mut snapshot = self.clone();
        if !broken.is_empty() {
            Arc::make_mut(&mut snapshot.texts).extend(broken);
        }
        snapshot
    }

    /// How much this snapshot keeps.
    pub fn retained(&self) -> Retained {
        Retained {
            paths: self.paths.len(),
            texts: self.texts.len(),
            loaded: self.loaded.len(),
            edits: self.texts.values().map(|data| data.kept_edits()).sum(),
        }
    }

    /// How many changes led here.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// File ids and paths.
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// The folders.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The sources of inputs that are at hand.
    pub fn sources(&self) -> &Arc<Sources> {
        &self.sources
    }

    /// Whether a path lies in the source of an input and not in the
    /// repository: nothing there is the user's to change.
    pub fn is_foreign(&self, path: &str) -> bool {
        self.sources.root_of(path).is_some()
    }

    /// A file by id, read if it was not yet.
    pub fn file(&self, id: FileId) -> Result<Arc<FileData>, ReadError> {
        if let Some(data) = self.texts.get(&id) {
            return Ok(data.clone());
        }
        if let Some(loaded) = self.loaded.get(&id) {
            return loaded.clone();
        }
        let path = self.paths.path(id);
        if self.is_foreign(&path) {
            return self.read.file(&*self.loader, id, &path);
        }
        let loaded = self.loader.load(&path).and_then(|bytes| {
            let text = text_of(bytes)?;
            Ok(Arc::new(FileData::new(Arc::from(text))))
        });
        // Whoever comes first decides, so that all threads of one revision see the same text.
        self.loaded.entry(id).or_insert(loaded).clone()
    }

    /// A file by path, links followed.
    pub fn file_at(&self, path: &str) -> Result<(FileId, Arc<FileData>), ReadError> {
        if path.starts_with(INTERNAL_ROOT) {
            let id = self.paths.existing(path).ok_or(ReadError::Missing)?;
            return self.file(id).map(|data| (id, data));
        }
        if self.is_foreign(path) {
            let id = self.paths.id(path);
            return self.file(id).map(|data| (id, data));
        }
        let real = match self.tree.resolve(path) {
            Some((_, node)) if node.kind == FileType::Directory => return Err(ReadError::WrongType),
            Some((real, node)) if node.tracked => real,
            Some(_) => return Err(ReadError::Missing),
            None if self.tree.covers(path) => return Err(ReadError::Missing),
            None => return Err(ReadError::Unavailable),
        };
        let id = self.paths.id(&real);
        self.file(id).map(|data| (id, data))
    }

    /// The ids of all Nix files of the workspace, sorted by path.
    pub fn nix_files(&self) -> &[(Name, FileId)] {
        self.nix_files.get_or_init(|| {
            let nix = self.tree.iter().filter(|(path, node)| node.kind == FileType::Regular && path.ends_with(".nix"));
            let mut paths: Vec<Name> = nix.map(|(path, _)| path.clone()).collect();
            // Sorted before they get their ids, which are then in this order too where nobody asked for one of them before.
            paths.sort();
            paths.into_iter().map(|path| (path.clone(), self.paths.id(&path))).collect()
        })
    }

    /// What was made of this snapshot and those before it, see [`Kept`].
    pub fn kept(&self) -> &Kept {
        &self.kept
    }
}

impl Files for Snapshot {
    fn read_dir(&self, path: &str) -> Result<Vec<(Name, FileType)>, ReadError> {
        if self.is_foreign(path) {
            return self.read.folder(&*self.loader, path).map(|entries| entries.to_vec());
        }
        match self.tree.resolve(path) {
            Some((_, node)) if node.kind != FileType::Directory => Err(ReadError::WrongType),
            Some((_, node)) if !node.tracked => Err(ReadError::Missing),
            Some(_) => {
                let children = self.tree.children(path).into_iter();
                Ok(children.filter(|(_, node)| node.tracked).map(|(name, node)| (name, node.kind)).collect())
            }
            None if self.tree.covers(path) => Err(ReadError::Missing),
            None => Err(ReadError::Unavailable),
        }
    }

    fn read_file(&self, path: &str) -> Result<Arc<str>, ReadError> {
        self.file_at(path).map(|(_, data)| data.text().clone())
    }

    fn file_type(&self, path: &str) -> Result<Option<FileType>, ReadError> {
        if path.starts_with(INTERNAL_ROOT) {
            return Ok(self.paths.existing(path).map(|_| FileType::Regular));
        }
        if self.is_foreign(path) {
            return self.read.kind(&*self.loader, path);
        }
        match self.tree.resolve(path) {
            Some((_, node)) => Ok(node.tracked.then_some(node.kind)),
            None if self.tree.covers(path) => Ok(None),
            None => Err(ReadError::Unavailable),
        }
    }

    fn own_type(&self, path: &str) -> Result<Option<FileType>, ReadError> {
        match self.tree.own_node(path) {
            Some(node) => Ok(node.tracked.then_some(node.kind)),
            None => self.file_type(path),
        }
    }

    fn position(&self, origin: Origin) -> Option<(u32, u32)> {
        let data = self.file(origin.file).ok()?;
        let start = match origin.site {
            Site::Key(key) => data.lowered().source_map.key(key).whole.start(),
            Site::Expr(expr) => data.lowered().source_map.expr(expr).start(),
        };
        let line = data.line_index().line(start);
        let column = start.checked_sub(data.line_index().line_range(line)?.start())?;
        Some((line + 1, u32::from(column) + 1))
    }

    fn plain_string(&self, file: FileId, expr: ExprId) -> Option<Name> {
        self.file(file).ok()?.hir().expr(expr).plain_string().map(Name::new)
    }

    fn nix_file(&self, path: &str) -> Result<NixFile, ReadError> {
        let (id, data) = self.file_at(path)?;
        if data.is_too_large() {
            return Err(ReadError::Unavailable);
        }
        Ok(NixFile { id, hir: data.hir().clone(), broken: !data.parse().errors().is_empty() })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A disk with one file, which may be away.
    struct Disk(Mutex<bool>);

    impl Loader for Arc<Disk> {
        fn load(&self, _: &str) -> Result<Vec<u8>, ReadError> {
            match *self.0.lock().expect("nobody panics with it") {
                true => Ok(b"{ }".to_vec()),
                false => Err(ReadError::Missing),
            }
        }
    }

    #[test]
    fn a_file_that_comes_back_is_read_again() {
        let (disk, path) = (Arc::new(Disk(Mutex::new(true))), Name::new_static("/r/a.nix"));
        let node = || Node { kind: FileType::Regular, tracked: true, target: None };
        let first = Snapshot::new(Arc::new(disk.clone())).apply(vec![
            Change::Root { path: Name::new_static("/r") },
            Change::Node { path: path.clone(), node: node() },
        ]);
        assert!(first.file_at(&path).is_ok());
        *disk.0.lock().expect("nobody panics with it") = false;
        let away = first.apply(vec![Change::Remove { path: path.clone() }]);
        assert!(away.file_at(&path).is_err());
        // Somebody who knows the file asks for it by its id.
        assert!(away.file(away.paths().id(&path)).is_err());
        *disk.0.lock().expect("nobody panics with it") = true;
        let back = away.apply(vec![Change::Node { path: path.clone(), node: node() }]);
        assert!(back.file_at(&path).is_ok());
    }
}
