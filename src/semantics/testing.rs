//! Repositories for tests.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::db::{Change, Folders, Snapshot, Sources};
use crate::fixture::{Fixture, ROOT};
use crate::hir::Name;
use crate::repository::{Analyzer, Repository};

/// The analysis of a fixture.
pub fn repository(fixture: &Fixture) -> Arc<Repository> {
    analyzed(&Snapshot::of_fixture(fixture))
}

/// The analysis of a fixture, beside which lie sources of inputs: files at absolute paths, each input's name
/// with its folder.
pub fn repository_with_sources(fixture: &Fixture, sources: &str, inputs: &[(&str, &'static str)]) -> Arc<Repository> {
    let folders = Folders::default();
    for file in &Fixture::parse(sources).files {
        folders.set(file.path.strip_prefix(ROOT).expect("a path"), &file.text);
    }
    let mut given = Sources::default();
    for (input, folder) in inputs {
        given.add(Name::new_static(folder));
        given.give(&Name::new_static(ROOT), input, Name::new_static(folder));
    }
    let snapshot = Snapshot::of_fixture_beside(fixture, Arc::new(folders));
    analyzed(&snapshot.apply([Change::Sources(given)]))
}

fn analyzed(snapshot: &Snapshot) -> Arc<Repository> {
    let analyzed = Analyzer::new().analyze(snapshot, &[Name::new_static(ROOT)], &AtomicBool::new(false));
    Arc::new(analyzed.expect("nobody cancelled"))
}
