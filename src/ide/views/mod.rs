//! The repository as a whole, as documents: hosts, the module graph, options, inputs, outputs.
//!
//! They are what the command line prints as JSON and what views of editors ask the server for (docs/protocol.md), so
//! they are data for serde, with paths relative to the root of the flake. Additions do not change [`VERSION`].

pub mod definitions;
pub mod graph;
pub mod hosts;
pub mod inputs;
pub mod options;
pub mod outputs;

use serde::Serialize;

use crate::base::{FileRange, Position, PositionRange, TextRange};
use crate::eval::{Origin, Shown};
use crate::repository::{Flake, Host, Repository};

/// The version that every document carries.
pub const VERSION: u32 = 1;

/// A flake, and how its places are counted: for a reader of JSON, or for an editor and its texts of now.
pub trait Places {
    /// The model.
    fn repository(&self) -> &Repository;
    /// The flake that the documents are about.
    fn flake(&self) -> &Flake;
    /// The text range of an origin.
    fn range(&self, origin: Origin) -> Option<FileRange>;
    /// Where a stretch of text is.
    fn place(&self, at: FileRange) -> Location;

    /// Where an origin is.
    fn origin(&self, origin: Option<Origin>) -> Option<Location> {
        self.range(origin?).map(|at| self.place(at))
    }

    /// What the facts show of a value.
    fn shown(&self, shown: &Shown) -> String {
        self.repository().shown(shown)
    }

    /// The hosts of the flake, or the one with this output.
    fn hosts(&self, output: Option<&str>) -> Vec<&Host> {
        let hosts = self.flake().hosts.iter().map(|host| &**host);
        hosts.filter(|host| output.is_none_or(|output| host.output == output)).collect()
    }
}

/// A range as in LSP: zero-based lines and columns; columns of the command line are in UTF-16.
#[derive(Serialize, Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    pub start: Point,
    pub end: Point,
}

/// A position as in LSP.
#[derive(Serialize, Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    pub line: u32,
    pub character: u32,
}

/// A place in a file.
#[derive(Serialize, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// Relative to the root of the flake, with `/`.
    pub path: String,
    pub range: Range,
}

/// Why something of the flake is not known.
#[derive(Serialize, Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The output that it is about; `None` where it is about all of them.
    output: Option<String>,
    message: String,
}

impl From<Position> for Point {
    fn from(position: Position) -> Point {
        Point { line: position.line, character: position.character }
    }
}

impl From<PositionRange> for Range {
    fn from(range: PositionRange) -> Range {
        Range { start: range.start.into(), end: range.end.into() }
    }
}

impl Location {
    /// The place for people: lines and columns start at one.
    pub fn text(&self) -> String {
        format!("{}:{}:{}", self.path, self.range.start.line + 1, self.range.start.character + 1)
    }
}

/// What an evaluation of the flake's outputs ran into.
pub fn problems(places: &impl Places) -> Vec<Problem> {
    let problems = places.flake().problems.iter();
    let problems = problems.map(|it| Problem { output: it.output.clone(), message: it.message.clone() });
    let exhausted = places.flake().exhausted.iter().map(|(output, it)| {
        let at = places.origin(it.origin).map(|at| format!(", at {}", at.text())).unwrap_or_default();
        Problem { output: Some(output.to_string()), message: format!("{}{at}", it.limit) }
    });
    problems.chain(exhausted).collect()
}

/// Where a module begins that stands in a file.
fn module_start(host: &Host, module: usize) -> Option<FileRange> {
    let file = host.facts.modules.get(module)?.file()?;
    Some(FileRange { file, range: TextRange::default() })
}
