//! Snapshots of test fixtures.

use std::sync::Arc;

use super::{Change, NoLoader, Snapshot};
use crate::fixture::{Fixture, ROOT};
use crate::hir::Name;

impl Snapshot {
    /// A snapshot of a fixture's files, all of them tracked, in the workspace [`ROOT`].
    #[doc(hidden)]
    pub fn of_fixture(fixture: &Fixture) -> Snapshot {
        let root = Change::Root { path: Name::new_static(ROOT) };
        let tracked = |path: &str| Change::Node {
            path: Name::new(path),
            node: super::Node { kind: crate::eval::FileType::Regular, tracked: true, target: None },
        };
        let files = fixture.files.iter().flat_map(|file| {
            let text = Change::Text { path: Name::new(&file.path), text: Arc::from(file.text.as_str()) };
            [tracked(&file.path), text]
        });
        Snapshot::new(Arc::new(NoLoader)).apply(std::iter::once(root).chain(files))
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
