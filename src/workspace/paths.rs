//! Names of files inside the program, and paths of the machine.
//!
//! Inside, a path is absolute, normalised, UTF-8, with `/` and a `/` in front,
//! on every system: `/home/u/flake.nix`, `/c:/Users/u/flake.nix`. What cannot be
//! written so is not visible.

use std::path::{Component, Path, PathBuf};

use crate::eval::normalise_path;
use crate::hir::Name;

/// The name of an absolute path; `None` for relative ones and for those that are no UTF-8.
///
/// `..` is taken away by name, as Nix does, and not by what a link points to.
pub fn name_of(path: &Path) -> Option<Name> {
    if !path.is_absolute() {
        return None;
    }
    let text = path.to_str()?;
    if cfg!(windows) {
        let text = text.strip_prefix(r"\\?\").unwrap_or(text).replace('\\', "/");
        return Some(normalise_path(&text));
    }
    Some(normalise_path(text))
}

/// The path on the machine that a name stands for.
pub fn disk_path(name: &str) -> PathBuf {
    if cfg!(windows) {
        return PathBuf::from(name.trim_start_matches('/'));
    }
    PathBuf::from(name)
}

/// An absolute path without `.` and `..`, from the working directory where it is relative.
pub fn absolute(path: &Path) -> std::io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            part => out.push(part),
        }
    }
    Ok(out)
}

/// Whether `path` is `folder` or lies in it.
pub fn is_below(path: &str, folder: &str) -> bool {
    folder == "/" || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised() {
        if cfg!(windows) {
            return;
        }
        assert_eq!(name_of(Path::new("/a/./b/../c//d")).as_deref(), Some("/a/c/d"));
        assert_eq!(name_of(Path::new("/../..")).as_deref(), Some("/"));
        assert_eq!(name_of(Path::new("a")), None);
        assert_eq!(disk_path("/a/b"), PathBuf::from("/a/b"));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_utf8_has_no_name() {
        use std::os::unix::ffi::OsStrExt;
        assert_eq!(name_of(Path::new(std::ffi::OsStr::from_bytes(b"/a/\xff"))), None);
    }

    #[test]
    fn below_is_by_whole_names() {
        assert!(is_below("/a/b", "/a"));
        assert!(is_below("/a", "/a"));
        assert!(is_below("/a", "/"));
        assert!(!is_below("/ab", "/a"));
    }
}
