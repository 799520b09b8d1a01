//! The leaves of the flake's outputs.

use serde::Serialize;

use super::{Location, Places, Problem, VERSION, problems};
use crate::module_system::path_text;

/// `flakewise outputs --format json`
#[derive(Serialize)]
pub struct Document {
    version: u32,
    outputs: Vec<OutputEntry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct OutputEntry {
    path: String,
    kind: &'static str,
    definition: Option<Location>,
}

/// The document of a flake.
pub fn document(places: &impl Places) -> Document {
    let outputs = places.flake().outputs.iter().map(|output| OutputEntry {
        path: path_text(&output.path),
        kind: output.kind.name(),
        definition: places.origin(output.definition),
    });
    Document { version: VERSION, outputs: outputs.collect(), problems: problems(places) }
}
