//! What the tests of all features share.

use super::{Analysis, FilePosition};
use crate::fixture::Fixture;
use crate::semantics::testing;

/// The analysis of a fixture and the place of its cursor.
pub(super) fn at_cursor(text: &str) -> (Analysis, Fixture, FilePosition) {
    let fixture = Fixture::parse(text);
    let analysis = Analysis::new(testing::repository(&fixture));
    let (path, offset) = fixture.position();
    let file = analysis.snapshot().paths().id(path);
    (analysis, fixture.clone(), FilePosition { file, offset })
}
