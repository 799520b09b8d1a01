//! `flakewise outputs`

use std::fmt::Write;

use super::arguments::{Format, OutputsArguments};
use super::json;
use super::load::Loaded;
use super::{Answer, Failure};
use crate::hir::Name;
use crate::ide::views::outputs::document;

pub(super) fn run(arguments: &OutputsArguments) -> Result<Answer, Failure> {
    let loaded = Loaded::open(arguments.dir.as_deref())?;
    let text = match arguments.format {
        Format::Json => json::document(&document(&loaded)),
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
