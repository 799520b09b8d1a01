//! `flakewise dump`: every layer can be looked at.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use super::arguments::{DumpArguments, Layer};
use super::load::{Loaded, single_file};
use super::{Answer, Failure};
use crate::db::Snapshot;
use crate::eval::{Bounds, Evaluator, PrintLimits, STACK_SIZE, print};
use crate::hir::Name;

pub(super) fn run(arguments: &DumpArguments) -> Result<Answer, Failure> {
    let text = match arguments.layer {
        Layer::Options | Layer::Hosts => flake(arguments)?,
        Layer::Tree | Layer::Hir | Layer::Value => {
            let path = arguments.path.as_deref().ok_or("dump tree, hir and value need a file")?;
            file(path, arguments.layer)?
        }
    };
    Ok(Answer::ok(text))
}

fn flake(arguments: &DumpArguments) -> Result<String, Failure> {
    let loaded = Loaded::open(arguments.path.as_deref())?;
    let mut out = String::new();
    for host in &loaded.flake.hosts {
        let _ = writeln!(out, "# {}", host.output);
        let _ = match arguments.layer {
            Layer::Options => writeln!(out, "{:#?}\n{:#?}", host.facts.options, host.facts.definitions),
            _ => writeln!(
                out,
                "{:#?}",
                (
                    &host.definition,
                    &host.call,
                    &host.helpers,
                    &host.facts.modules,
                    &host.facts.open,
                    &host.facts.problems
                )
            ),
        };
    }
    Ok(out)
}

fn file(path: &Path, layer: Layer) -> Result<String, Failure> {
    let (snapshot, name) = single_file(path)?;
    let (_, data) = snapshot.file_at(&name).map_err(|error| format!("{} cannot be read: {error:?}", path.display()))?;
    let mut out = String::new();
    match layer {
        Layer::Tree => {
            let _ = write!(out, "{:#?}", data.parse().root());
            for error in data.parse().errors() {
                let _ = writeln!(out, "error {:?}: {error}", error.range);
            }
        }
        Layer::Hir => {
            let _ = writeln!(out, "root {:?}", data.hir().root());
            for (id, expr) in data.hir().exprs() {
                let _ = writeln!(out, "{}: {expr:?}", id.0);
            }
        }
        _ => out = value(snapshot, name)?,
    }
    Ok(out)
}

/// The value of a file, evaluated with the stack that this may take.
fn value(snapshot: Snapshot, name: Name) -> Result<String, Failure> {
    let evaluate = move || {
        let evaluator = Evaluator::new(Arc::new(snapshot), Bounds::default());
        match evaluator.import(&name) {
            Ok(value) => print(&evaluator, &value, PrintLimits::default()).unwrap_or_else(|| format!("{value:?}")),
            Err(error) => format!("{error:?}"),
        }
    };
    let thread = std::thread::Builder::new().stack_size(STACK_SIZE).spawn(evaluate);
    let thread = thread.map_err(|error| format!("no thread to evaluate in: {error}"))?;
    let mut text = thread.join().map_err(|_| "the evaluation failed")?;
    text.push('\n');
    Ok(text)
}
