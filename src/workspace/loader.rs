//! Texts from disk, on demand.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::RwLock;

use super::paths::disk_path;
use crate::db::Loader;
use crate::eval::ReadError;

/// Files larger than this are not read. The largest Nix files that people
/// write by hand have 2 MB, generated ones 10.
pub const MAX_FILE: u64 = 16 << 20;

/// Reads files below the folders that it was given, and nothing else: not
/// through links that lead out of them, and nothing that is no plain file.
#[derive(Default)]
pub struct DiskLoader {
    /// Without links.
    roots: RwLock<Vec<PathBuf>>,
}

impl DiskLoader {
    /// Replaces the folders that may be read.
    pub fn set_roots(&self, roots: impl IntoIterator<Item = PathBuf>) {
        let roots = roots.into_iter().filter_map(|root| fs::canonicalize(root).ok()).collect();
        *self.roots.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = roots;
    }

    fn allows(&self, path: &Path) -> bool {
        let roots = self.roots.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        roots.iter().any(|root| path.starts_with(root))
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
    fn pipes_are_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let listener = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();
        assert_eq!(load(&loader(dir.path()), &dir.path().join("socket")), Err(ReadError::Unavailable));
        drop(listener);
    }
}
