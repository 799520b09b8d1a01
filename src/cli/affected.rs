//! `flakewise affected`

use std::collections::BTreeSet;
use std::fmt::Write;

use serde::Serialize;

use super::arguments::{AffectedArguments, Format};
use super::json::{self, Location};
use super::load::Loaded;
use super::{Answer, Failure};
use crate::hir::Name;
use crate::repository::{Affected, Affection, Reason, affected};
use crate::workspace::since;

#[derive(Serialize)]
struct Document {
    version: u32,
    /// The commit that was asked for, in full.
    since: String,
    /// The files of the flake that changed.
    changed: Vec<String>,
    /// The inputs that changed.
    inputs: Vec<String>,
    affected: Vec<Entry>,
    untouched: Vec<String>,
}

#[derive(Serialize)]
struct Entry {
    output: String,
    host: bool,
    definition: Option<Location>,
    reasons: Vec<ReasonEntry>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum ReasonEntry {
    /// A file that it reads; each of `chain` imports or names the next one.
    File {
        path: String,
        chain: Vec<String>,
    },
    /// A file around its modules; `what` it is given may be another.
    Given {
        path: String,
        what: Vec<String>,
    },
    Modules {
        added: Vec<String>,
        removed: Vec<String>,
    },
    Input {
        input: String,
    },
    Output {
        output: String,
    },
    New,
}

pub(super) fn run(arguments: &AffectedArguments) -> Result<Answer, Failure> {
    let loaded = Loaded::open(arguments.dir.as_deref())?;
    let since = since(&loaded.flake.root, &arguments.since)?;
    let old = since.before(&loaded.repository.snapshot);
    let changed: BTreeSet<Name> = since.changed.iter().filter(|path| loaded.holds(path)).cloned().collect();
    let same = loaded.same_in(&old);
    let affection = affected(&loaded.repository, &loaded.flake, &old, &changed, &same);
    let text = match arguments.format {
        Format::Json => json::document(&Document {
            version: json::VERSION,
            since: since.commit.clone(),
            changed: changed.iter().map(|path| loaded.relative(path)).collect(),
            inputs: affection.inputs.iter().map(Name::to_string).collect(),
            affected: affection.affected.iter().map(|it| entry(&loaded, it)).collect(),
            untouched: affection.untouched.clone(),
        }),
        Format::Text => text(&loaded, &affection),
    };
    Ok(Answer::ok(text))
}

fn entry(loaded: &Loaded, affected: &Affected) -> Entry {
    let paths = |paths: &[Name]| paths.iter().map(|path| module_path(loaded, path)).collect::<Vec<_>>();
    let reasons = affected.reasons.iter().map(|reason| match reason {
        Reason::File { path, chain } => ReasonEntry::File { path: loaded.relative(path), chain: paths(chain) },
        Reason::Given { path, what } => {
            ReasonEntry::Given { path: loaded.relative(path), what: what.iter().map(Name::to_string).collect() }
        }
        Reason::Modules { added, removed } => ReasonEntry::Modules { added: paths(added), removed: paths(removed) },
        Reason::Input { name } => ReasonEntry::Input { input: name.to_string() },
        Reason::Output { output } => ReasonEntry::Output { output: output.clone() },
        Reason::New => ReasonEntry::New,
    });
    Entry {
        output: affected.output.clone(),
        host: affected.is_host,
        definition: loaded.origin(affected.definition).map(Location::from),
        reasons: reasons.collect(),
    }
}

/// An output on a line, and below it why.
fn text(loaded: &Loaded, affection: &Affection) -> String {
    let mut out = String::new();
    for affected in &affection.affected {
        let place = loaded.origin(affected.definition).map(|place| format!("  {}", place.text())).unwrap_or_default();
        let _ = writeln!(out, "{}{place}", affected.output);
        for reason in &affected.reasons {
            let _ = writeln!(out, "  {}", said(loaded, reason));
        }
    }
    if affection.affected.is_empty() {
        out.push_str("No host and no other output is concerned.\n");
    }
    out
}

/// The path of a module's file, from the root of the flake; of an inline module that of the file that it stands in.
fn module_path(loaded: &Loaded, path: &str) -> String {
    match path.strip_prefix("in ") {
        Some(inside) => format!("in {}", loaded.relative(inside)),
        None => loaded.relative(path),
    }
}

fn said(loaded: &Loaded, reason: &Reason) -> String {
    let list = |paths: &[Name]| paths.iter().map(|path| module_path(loaded, path)).collect::<Vec<_>>().join(", ");
    match reason {
        Reason::File { path, chain } if chain.len() < 2 => format!("{} changed", loaded.relative(path)),
        Reason::File { path, chain } => {
            let chain: Vec<String> = chain.iter().map(|path| loaded.relative(path)).collect();
            format!("{} changed: {}", loaded.relative(path), chain.join(" → "))
        }
        Reason::Given { path, what } if what.is_empty() => format!("{} changed around it", loaded.relative(path)),
        Reason::Given { path, what } => {
            let what: Vec<&str> = what.iter().map(Name::as_str).collect();
            format!("{} changed, and with it {}", loaded.relative(path), what.join(", "))
        }
        Reason::Modules { added, removed } => match (added.as_slice(), removed.as_slice()) {
            ([], []) => "its modules come in another order".to_string(),
            (added, []) => format!("new modules: {}", list(added)),
            ([], removed) => format!("modules that are gone: {}", list(removed)),
            (added, removed) => format!("new modules: {}; gone: {}", list(added), list(removed)),
        },
        Reason::Input { name } => format!("the input {name} changed in flake.lock"),
        Reason::Output { output } => format!("it uses {output}"),
        Reason::New => "it is new".to_string(),
    }
}
