//! Snapshots of test fixtures.

use std::sync::Arc;

use super::{Change, Loader, NoLoader, Snapshot};
use crate::fixture::{Fixture, ROOT};
use crate::hir::Name;

impl Snapshot {
    /// A snapshot of a fixture's files, all of them tracked, in the workspace [`ROOT`].
    #[doc(hidden)]
    pub fn of_fixture(fixture: &Fixture) -> Snapshot {
        Snapshot::of_fixture_beside(fixture, Arc::new(NoLoader))
    }

    /// The same where a loader has what lies elsewhere.
    #[doc(hidden)]
    pub fn of_fixture_beside(fixture: &Fixture, loader: Arc<dyn Loader>) -> Snapshot {
        let root = Change::Root { path: Name::new_static(ROOT) };
        let tracked = |path: &str| Change::Node {
            path: Name::new(path),
            node: super::Node { kind: crate::eval::FileType::Regular, tracked: true, target: None },
        };
        let files = fixture.files.iter().flat_map(|file| {
            let text = Change::Text { path: Name::new(&file.path), text: Arc::from(file.text.as_str()) };
            [tracked(&file.path), text]
        });
        Snapshot::new(loader).apply(std::iter::once(root).chain(files))
    }
}

#[cfg(test)]
pub(crate) use folders::Folders;

/// Sources of inputs for tests.
#[cfg(test)]
mod folders {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use crate::db::Loader;
    use crate::eval::{FileType, ReadError};
    use crate::hir::Name;

    /// Folders that are read on demand.
    #[derive(Default)]
    pub(crate) struct Folders {
        files: Mutex<BTreeMap<String, String>>,
    }

    impl Folders {
        /// Adds a file, or gives it another text.
        pub(crate) fn set(&self, path: &str, text: &str) {
            self.files.lock().unwrap().insert(path.to_string(), text.to_string());
        }
    }

    impl Loader for Folders {
        fn load(&self, path: &str) -> Result<Vec<u8>, ReadError> {
            let files = self.files.lock().unwrap();
            files.get(path).map(|text| text.clone().into_bytes()).ok_or(ReadError::Missing)
        }

        fn list(&self, path: &str) -> Result<Vec<(Name, FileType)>, ReadError> {
            let files = self.files.lock().unwrap();
            let mut found = BTreeMap::new();
            for below in files.keys().filter_map(|file| file.strip_prefix(&format!("{path}/"))) {
                match below.split_once('/') {
                    Some((folder, _)) => found.insert(Name::new(folder), FileType::Directory),
                    None => found.insert(Name::new(below), FileType::Regular),
                };
            }
            if found.is_empty() { Err(ReadError::Missing) } else { Ok(found.into_iter().collect()) }
        }

        fn kind(&self, path: &str) -> Result<Option<FileType>, ReadError> {
            if self.files.lock().unwrap().contains_key(path) {
                return Ok(Some(FileType::Regular));
            }
            Ok(self.list(path).is_ok().then_some(FileType::Directory))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::Files;

    #[test]
    fn a_fixture_is_a_workspace() {
        let snapshot = Snapshot::of_fixture(&Fixture::parse("#- /a/b.nix\n1\n#- /flake.nix\n{ }\n"));
        assert_eq!(&*snapshot.read_file("/repo/a/b.nix").unwrap(), "1\n");
        let names: Vec<String> = snapshot.read_dir("/repo").unwrap().iter().map(|(name, _)| name.to_string()).collect();
        assert_eq!(names, ["a", "flake.nix"]);
    }

    #[test]
    fn every_region_parses() {
        let fixture = Fixture::parse("#! minipkgs: flake, home, darwin, custom, lib, nixos\n");
        let snapshot = Snapshot::of_fixture(&fixture);
        for (path, id) in snapshot.nix_files().iter().cloned() {
            let data = snapshot.file(id).unwrap();
            assert!(data.parse().errors().is_empty(), "{path}: {:?}", data.parse().errors());
            assert!(data.lowered().errors.is_empty(), "{path}: {:?}", data.lowered().errors);
        }
    }
}
