//! Repositories for tests.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::db::Snapshot;
use crate::fixture::{Fixture, ROOT};
use crate::hir::Name;
use crate::repository::{Analyzer, Repository};

/// The analysis of a fixture.
pub fn repository(fixture: &Fixture) -> Arc<Repository> {
    let snapshot = Snapshot::of_fixture(fixture);
    let analyzed = Analyzer::new().analyze(&snapshot, &[Name::new_static(ROOT)], &AtomicBool::new(false));
    Arc::new(analyzed.expect("nobody cancelled"))
}
