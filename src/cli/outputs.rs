//! `flakewise outputs`

use std::fmt::Write;

use serde::Serialize;

use super::arguments::{Format, OutputsArguments};
use super::json::{self, Location};
use super::load::Loaded;
use super::{Answer, Failure};
use crate::hir::Name;

#[derive(Serialize)]
struct Document {
    version: u32,
    outputs: Vec<OutputEntry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<json::Problem>,
}

#[derive(Serialize)]
struct OutputEntry {
    path: String,
    kind: &'static str,
    definition: Option<Location>,
}

pub(super) fn run(arguments: &OutputsArguments) -> Result<Answer, Failure> {
    let loaded = Loaded::open(arguments.dir.as_deref())?;
    let text = match arguments.format {
        Format::Json => {
            let outputs = loaded.flake.outputs.iter().map(|output| OutputEntry {
                path: crate::module_system::path_text(&output.path),
                kind: output.kind.name(),
                definition: loaded.origin(output.definition).map(Location::from),
            });
            json::document(&Document {
                version: json::VERSION,
                outputs: outputs.collect(),
                problems: json::problems(&loaded),
            })
        }
        Format::Text => text(&loaded),
    };
    Ok(Answer::ok(text))
}

/// The outputs as a tree: a folder for every part of the path but the last.
fn text(loaded: &Loaded) -> String {
    let mut out = String::new();
    let mut before: &[Name] = &[];
    for output in loaded.flake.outputs.iter() {
        let Some((last, folders)) = output.path.split_last() else { continue };
        let shared = folders.iter().zip(before).take_while(|(a, b)| a == b).count();
        for (depth, folder) in folders.iter().enumerate().skip(shared) {
            let _ = writeln!(out, "{}{folder}", "  ".repeat(depth));
        }
        let indent = "  ".repeat(folders.len());
        let place = loaded.origin(output.definition).map(|place| format!("  {}", place.text())).unwrap_or_default();
        let _ = writeln!(out, "{indent}{last}: {}{place}", output.kind.name());
        before = folders;
    }
    if out.is_empty() {
        out.push_str(&loaded.none_of("outputs"));
    }
    out
}
