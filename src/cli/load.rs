//! From a directory to the model of the flake in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::Failure;
use crate::base::{FileRange, PositionEncoding, PositionRange};
use crate::db::{Change, Loader, Node, Snapshot};
use crate::eval::{FileType, Origin, ReadError};
use crate::hir::Name;
use crate::repository::{Analyzer, Flake, Host, Repository};

/// A flake with everything known about it.
pub(super) struct Loaded {
    pub(super) repository: Repository,
    pub(super) flake: Arc<Flake>,
}

impl Loaded {
    /// The flake in `dir`, or at or above the current directory.
    pub(super) fn open(dir: Option<&Path>) -> Result<Loaded, Failure> {
        let root = match dir {
            Some(dir) => flake_root(dir)?,
            None => flake_root_above(&current_dir()?)?,
        };
        let root = utf8(&root)?;
        let snapshot = Snapshot::new(Arc::new(Disk)).apply(scan(&root));
        let mut analyzer = Analyzer::new();
        let never = AtomicBool::new(false);
        let repository = analyzer.analyze(&snapshot, std::slice::from_ref(&root), &never);
        let repository = repository.ok_or("the analysis was stopped")?;
        let flake = repository.flakes.iter().find(|flake| flake.root == root).cloned();
        let flake = flake.ok_or_else(|| format!("nothing is known about the flake in {root}"))?;
        Ok(Loaded { repository, flake })
    }

    /// [`Loaded::open`] for commands whose second argument may come alone:
    /// what is no directory is the second argument, and the directory the default.
    pub(super) fn open_with<'a>(
        dir: Option<&'a Path>,
        second: Option<&'a str>,
    ) -> Result<(Loaded, Option<&'a str>), Failure> {
        if let (Some(only), None) = (dir, second)
            && !only.exists()
            && let Some(text) = only.to_str().filter(|text| !text.contains(['/', '\\']))
            && let Ok(loaded) = Loaded::open(None)
        {
            return Ok((loaded, Some(text)));
        }
        Ok((Loaded::open(dir)?, second))
    }

    /// The host with this output path, or the only one with this name.
    pub(super) fn host(&self, wanted: &str) -> Result<&Arc<Host>, Failure> {
        if let Some(host) = self.flake.host(wanted) {
            return Ok(host);
        }
        let named: Vec<&Arc<Host>> = self.flake.hosts.iter().filter(|host| host.name == wanted).collect();
        match named.as_slice() {
            [host] => Ok(host),
            [] => Err(format!("this flake has no host {wanted}").into()),
            several => {
                let outputs: Vec<&str> = several.iter().map(|host| host.output.as_str()).collect();
                Err(format!("several hosts are called {wanted}: {}", outputs.join(", ")).into())
            }
        }
    }

    /// The path of a file relative to the flake root.
    pub(super) fn relative(&self, path: &str) -> String {
        self.flake.relative(path)
    }

    /// Where a stretch of text is, as it is printed.
    pub(super) fn place(&self, at: FileRange) -> Place {
        let path = self.relative(&self.repository.path(at.file));
        let range = self
            .repository
            .snapshot
            .file(at.file)
            .map(|data| data.line_index().range(data.text(), at.range, PositionEncoding::Utf16));
        Place { path, range: range.unwrap_or_default() }
    }

    /// Where an origin is, as it is printed.
    pub(super) fn origin(&self, origin: Option<Origin>) -> Option<Place> {
        self.repository.range(origin?).map(|at| self.place(at))
    }
}

/// A place in the flake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Relative to the flake root.
    pub(super) path: String,
    pub(super) range: PositionRange,
}

impl Place {
    /// The place for people: lines and columns start at one.
    pub(super) fn text(&self) -> String {
        format!("{}:{}:{}", self.path, self.range.start.line + 1, self.range.start.character + 1)
    }
}

/// Reads files when they are needed.
struct Disk;

impl Loader for Disk {
    fn load(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        std::fs::read(path).map_err(|_| ReadError::Missing)
    }
}

fn current_dir() -> Result<PathBuf, Failure> {
    std::env::current_dir().map_err(|error| Failure(format!("the current directory cannot be read: {error}")))
}

fn utf8(path: &Path) -> Result<Name, Failure> {
    let text = path.to_str().ok_or_else(|| format!("the path {} is not UTF-8", path.display()))?;
    Ok(Name::new(text))
}

/// The absolute path of `dir`, which must hold a flake.nix.
fn flake_root(dir: &Path) -> Result<PathBuf, Failure> {
    let root = dir.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure(format!("no such directory: {}", dir.display())),
        _ => Failure(format!("{} cannot be read: {error}", dir.display())),
    })?;
    if !root.is_dir() {
        return Err(format!("{} is not a directory", dir.display()).into());
    }
    if !root.join("flake.nix").is_file() {
        return Err(format!("{} has no flake.nix", dir.display()).into());
    }
    std::fs::File::open(root.join("flake.nix"))
        .map_err(|error| format!("{} cannot be read: {error}", dir.join("flake.nix").display()))?;
    Ok(root)
}

fn flake_root_above(dir: &Path) -> Result<PathBuf, Failure> {
    let found = dir.ancestors().find(|folder| folder.join("flake.nix").is_file());
    let found = found.ok_or_else(|| format!("no flake.nix in {} or above it", dir.display()))?;
    flake_root(found)
}

/// Everything below `root`.
fn scan(root: &Name) -> Vec<Change> {
    let mut changes = vec![Change::Root { path: root.clone() }];
    let mut folders = vec![PathBuf::from(root.as_str())];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            let (Some(text), Ok(kind)) = (path.to_str(), entry.file_type()) else { continue };
            if entry.file_name() == ".git" {
                continue;
            }
            let mut target = None;
            let kind = if kind.is_symlink() {
                let real = path.canonicalize().ok();
                target = real.and_then(|real| real.to_str().map(Name::new));
                FileType::Symlink
            } else if kind.is_dir() {
                folders.push(path.clone());
                FileType::Directory
            } else if kind.is_file() {
                FileType::Regular
            } else {
                FileType::Unknown
            };
            changes.push(Change::Node { path: Name::new(text), node: Node { kind, tracked: true, target } });
        }
    }
    changes
}

/// A snapshot around one file, with the flake that it belongs to or else its folder.
pub(super) fn single_file(path: &Path) -> Result<(Snapshot, Name), Failure> {
    let file = path.canonicalize().map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    if !file.is_file() {
        return Err(format!("{} is not a file", path.display()).into());
    }
    let folder = file.parent().unwrap_or(Path::new("/"));
    let root = folder.ancestors().find(|above| above.join("flake.nix").is_file()).unwrap_or(folder);
    let snapshot = Snapshot::new(Arc::new(Disk)).apply(scan(&utf8(root)?));
    Ok((snapshot, utf8(&file)?))
}
