//! Texts from disk, on demand.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::RwLock;

use super::paths::disk_path;
use crate::db::Loader;
use crate::eval::{FileType, ReadError};
use crate::hir::Name;

/// Files larger than this are not read. The largest Nix files that people
/// write by hand have 2 MB, generated ones 10.
pub const MAX_FILE: u64 = 16 << 20;

/// A folder of an input with more entries than this is not listed.
const MAX_ENTRIES: usize = 200_000;

/// Reads files below the folders that it was given, and nothing else: not
/// through links that lead out of them, and nothing that is no plain file.
#[derive(Default)]
pub struct DiskLoader {
    /// The folders of the workspace, without links.
    roots: RwLock<Vec<PathBuf>>,
    /// The sources of inputs, without links.
    sources: RwLock<Vec<PathBuf>>,
}

impl DiskLoader {
    /// Replaces the folders that may be read.
    pub fn set_roots(&self, roots: impl IntoIterator<Item = PathBuf>) {
        let roots = roots.into_iter().filter_map(|root| fs::canonicalize(root).ok()).collect();
        *self.roots.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = roots;
    }

    /// Replaces the sources of inputs, which may be read and listed too.
    pub fn set_sources(&self, sources: impl IntoIterator<Item = PathBuf>) {
        let sources = sources.into_iter().filter_map(|root| fs::canonicalize(root).ok()).collect();
        *self.sources.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = sources;
    }

    fn allows(&self, path: &Path) -> bool {
        contains(&self.roots, path) || contains(&self.sources, path)
    }

    /// The path in the source of an input, without links.
    fn in_source(&self, path: &str) -> Result<PathBuf, ReadError> {
        let real = fs::canonicalize(disk_path(path)).map_err(|error| read_error(&error))?;
        if contains(&self.sources, &real) { Ok(real) } else { Err(ReadError::Unavailable) }
    }
}

fn contains(folders: &RwLock<Vec<PathBuf>>, path: &Path) -> bool {
    let folders = folders.read().unwrap_or_else(|poisoned| poisoned.into_inner());
    folders.iter().any(|folder| path.starts_with(folder))
}

fn file_type(kind: fs::FileType) -> FileType {
    if kind.is_symlink() {
        FileType::Symlink
    } else if kind.is_dir() {
        FileType::Directory
    } else if kind.is_file() {
        FileType::Regular
    } else {
        FileType::Unknown
    }
}

impl Loader for DiskLoader {
    fn load(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let real = fs::canonicalize(disk_path(path)).map_err(|error| read_error(&error))?;
        if !self.allows(&real) {
            return Err(ReadError::Unavailable);
        }
        // Opening a pipe would wait for a writer.
        let meta = fs::metadata(&real).map_err(|error| read_error(&error))?;
        if meta.is_dir() {
            return Err(ReadError::WrongType);
        }
        if !meta.is_file() {
            return Err(ReadError::Unavailable);
        }
        read_limited(&real, MAX_FILE).map_err(|error| read_error(&error))
    }

    fn list(&self, path: &str) -> Result<Vec<(Name, FileType)>, ReadError> {
        let entries = fs::read_dir(self.in_source(path)?).map_err(|error| match error.kind() {
            io::ErrorKind::NotADirectory => ReadError::WrongType,
            _ => read_error(&error),
        })?;
        let mut found = Vec::new();
        for entry in entries.flatten() {
            // Without one of its entries a folder would be another one.
            let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) else {
                return Err(ReadError::Unavailable);
            };
            found.push((Name::from(name), file_type(kind)));
            if found.len() > MAX_ENTRIES {
                return Err(ReadError::Unavailable);
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }

    fn kind(&self, path: &str) -> Result<Option<FileType>, ReadError> {
        let real = match self.in_source(path) {
            Err(ReadError::Missing) => return Ok(None),
            real => real?,
        };
        let meta = fs::metadata(real).map_err(|error| read_error(&error))?;
        Ok(Some(file_type(meta.file_type())))
    }
}

fn read_error(error: &io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ReadError::Missing,
        io::ErrorKind::IsADirectory => ReadError::WrongType,
        _ => ReadError::Unavailable,
    }
}

/// The bytes of a file that has at most `limit` of them, also if it grows while it is read.
pub(super) fn read_limited(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let too_large = || io::Error::new(io::ErrorKind::FileTooLarge, "the file is too large");
    if size > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(too_large());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loader(root: &Path) -> DiskLoader {
        let loader = DiskLoader::default();
        loader.set_roots([root.to_path_buf()]);
        loader
    }

    fn load(loader: &DiskLoader, path: &Path) -> Result<Vec<u8>, ReadError> {
        loader.load(path.to_str().unwrap())
    }

    #[test]
    fn files_of_the_roots_are_read() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.nix"), "1").unwrap();
        let loader = loader(dir.path());
        assert_eq!(load(&loader, &dir.path().join("a.nix")), Ok(b"1".to_vec()));
        assert_eq!(load(&loader, &dir.path().join("b.nix")), Err(ReadError::Missing));
        assert_eq!(load(&loader, &dir.path().join("a.nix/x")), Err(ReadError::Missing));
        assert_eq!(load(&loader, dir.path()), Err(ReadError::WrongType));
    }

    #[test]
    fn large_files_are_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("large.nix");
        fs::File::create(&path).unwrap().set_len(MAX_FILE + 1).unwrap();
        assert_eq!(load(&loader(dir.path()), &path), Err(ReadError::Unavailable));
    }

    #[cfg(unix)]
    #[test]
    fn links_do_not_lead_out() {
        let dir = tempfile::tempdir().unwrap();
        let inside = dir.path().join("inside");
        fs::create_dir(&inside).unwrap();
        fs::write(dir.path().join("secret"), "s").unwrap();
        std::os::unix::fs::symlink("../secret", inside.join("link")).unwrap();
        std::os::unix::fs::symlink("..", inside.join("up")).unwrap();
        std::os::unix::fs::symlink("circle", inside.join("circle")).unwrap();
        let loader = loader(&inside);
        assert_eq!(load(&loader, &inside.join("link")), Err(ReadError::Unavailable));
        assert_eq!(load(&loader, &inside.join("up/secret")), Err(ReadError::Unavailable));
        assert_eq!(load(&loader, &inside.join("../secret")), Err(ReadError::Unavailable));
        assert_eq!(load(&loader, &inside.join("circle")), Err(ReadError::Unavailable));
    }

    #[cfg(unix)]
    #[test]
    fn sources_are_listed_and_not_left() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("source");
        fs::create_dir_all(source.join("sub")).unwrap();
        fs::write(source.join("a.nix"), "1").unwrap();
        fs::write(dir.path().join("secret"), "s").unwrap();
        std::os::unix::fs::symlink("..", source.join("up")).unwrap();
        std::os::unix::fs::symlink("a.nix", source.join("b.nix")).unwrap();
        let loader = DiskLoader::default();
        let name = |path: &str| source.join(path).to_str().unwrap().to_string();
        assert_eq!(loader.list(&name("")), Err(ReadError::Unavailable));
        loader.set_sources([source.clone()]);
        let entries = loader.list(&name("")).unwrap();
        let entries: Vec<(&str, FileType)> = entries.iter().map(|(name, kind)| (name.as_str(), *kind)).collect();
        let expected = [
            ("a.nix", FileType::Regular),
            ("b.nix", FileType::Symlink),
            ("sub", FileType::Directory),
            ("up", FileType::Symlink),
        ];
        assert_eq!(entries, expected);
        assert_eq!(loader.list(&name("a.nix")), Err(ReadError::WrongType));
        assert_eq!(loader.list(&name("up")), Err(ReadError::Unavailable));
        assert_eq!(loader.kind(&name("b.nix")), Ok(Some(FileType::Regular)));
        assert_eq!(loader.kind(&name("c.nix")), Ok(None));
        assert_eq!(loader.kind(&name("up/secret")), Err(ReadError::Unavailable));
        assert_eq!(loader.load(&name("up/secret")), Err(ReadError::Unavailable));
        assert_eq!(loader.load(&name("b.nix")), Ok(b"1".to_vec()));
    }

    #[cfg(unix)]
    #[test]
    fn pipes_are_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let listener = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();
        assert_eq!(load(&loader(dir.path()), &dir.path().join("socket")), Err(ReadError::Unavailable));
        drop(listener);
    }
}
