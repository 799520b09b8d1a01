//! Parts that several JSON documents share.

use serde::Serialize;

use super::load::{Loaded, Place};
use crate::base::{Position, PositionRange};

/// The version that every document carries. Additions do not change it.
pub(super) const VERSION: u32 = 1;

/// A range as in LSP: zero-based lines, zero-based UTF-16 columns.
#[derive(Serialize, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    start: Point,
    end: Point,
}

#[derive(Serialize, Clone, Copy, Debug, PartialEq, Eq)]
struct Point {
    line: u32,
    character: u32,
}

impl From<Position> for Point {
    fn from(position: Position) -> Point {
        Point { line: position.line, character: position.character }
    }
}

impl Range {
    /// The line on which it starts, from zero.
    pub(super) fn first_line(&self) -> u32 {
        self.start.line
    }
}

impl From<PositionRange> for Range {
    fn from(range: PositionRange) -> Range {
        Range { start: range.start.into(), end: range.end.into() }
    }
}

/// A place in a file.
#[derive(Serialize, Clone, Debug, PartialEq, Eq)]
pub(super) struct Location {
    pub(super) path: String,
    pub(super) range: Range,
}

impl From<Place> for Location {
    fn from(place: Place) -> Location {
        Location { path: place.path, range: place.range.into() }
    }
}

/// Why something of the flake is not known.
#[derive(Serialize, Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// The output that it is about; `None` where it is about all of them.
    output: Option<String>,
    message: String,
}

/// What an evaluation of the flake's outputs ran into.
pub(super) fn problems(loaded: &Loaded) -> Vec<Problem> {
    let problems = loaded.flake.problems.iter();
    problems.map(|it| Problem { output: it.output.clone(), message: it.message.clone() }).collect()
}

/// A document as text, with a line end.
pub(super) fn document(value: &impl Serialize) -> String {
    match serde_json::to_string_pretty(value) {
        Ok(mut text) => {
            text.push('\n');
            text
        }
        Err(error) => {
            crate::base::never!("a document is not JSON: {error}");
            String::new()
        }
    }
}
