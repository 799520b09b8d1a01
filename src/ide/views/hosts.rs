//! The hosts, each with its modules.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Location, Places, Problem, Range, VERSION, problems};
use crate::eval::Exhausted;
use crate::module_system::{Module, ModuleSource};
use crate::repository::Host;
use crate::repository::is_below;

/// `flakewise hosts --format json`
#[derive(Serialize)]
pub struct Document {
    version: u32,
    hosts: Vec<HostEntry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Problem>,
}

/// A host, or a user within one.
#[derive(Serialize)]
pub struct HostEntry {
    pub output: String,
    pub name: String,
    pub kind: &'static str,
    pub system: Option<String>,
    pub definition: Option<Location>,
    pub modules: Vec<ModuleEntry>,
    pub within: Option<String>,
    pub complete: bool,
    /// The bounds of the evaluation that were reached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exhausted: Vec<ExhaustedEntry>,
}

/// A bound of the evaluation that was reached, and the call that did it.
#[derive(Serialize)]
pub struct ExhaustedEntry {
    pub bound: &'static str,
    #[serde(skip)]
    pub what: String,
    pub at: Option<Location>,
}

/// A module of a host.
#[derive(Serialize, Clone, PartialEq)]
#[serde(untagged)]
pub enum ModuleEntry {
    Inline { path: String, inline: bool, range: Range },
    File { path: String },
    Input { input: String, attr: String },
    Unknown { unknown: String },
}

/// The document of these hosts.
pub fn document(places: &impl Places, hosts: &[&Host]) -> Document {
    let hosts = hosts.iter().map(|host| entry(places, host)).collect();
    Document { version: VERSION, hosts, problems: problems(places) }
}

/// What is said of one host.
pub fn entry(places: &impl Places, host: &Host) -> HostEntry {
    let modules = modules(places, host);
    HostEntry {
        output: host.output.clone(),
        name: host.name.to_string(),
        kind: host.kind.name(),
        system: host.system.as_ref().map(ToString::to_string),
        definition: places.origin(host.place()),
        complete: !modules.iter().any(|module| matches!(module, ModuleEntry::Unknown { .. })),
        modules,
        within: host.within.clone(),
        exhausted: exhausted(places, &host.exhausted),
    }
}

fn exhausted(places: &impl Places, bounds: &[Exhausted]) -> Vec<ExhaustedEntry> {
    let entry = |it: &Exhausted| ExhaustedEntry {
        bound: it.limit.name(),
        what: it.limit.to_string(),
        at: places.origin(it.origin),
    };
    bounds.iter().map(entry).collect()
}

/// The module graph in import order. A file that is imported as several modules stands there once.
fn modules(places: &impl Places, host: &Host) -> Vec<ModuleEntry> {
    let mut files = BTreeSet::new();
    let mut entries: Vec<ModuleEntry> = Vec::new();
    for module in &host.facts.modules {
        let Some(entry) = module_entry(places, module) else { continue };
        // Nix lists a module under the file that it says to be, also one that stands inside of another file.
        if let Some(path) = module.says_to_be.as_ref().map(|path| places.flake().relative(path))
            && files.insert(path.clone())
        {
            entries.push(ModuleEntry::File { path });
        }
        let is_new = match &entry {
            ModuleEntry::File { path } => files.insert(path.clone()),
            ModuleEntry::Unknown { .. } => !entries.contains(&entry),
            _ => true,
        };
        if is_new {
            entries.push(entry);
        }
    }
    entries
}

/// How a module is shown; `None` for those that stand for a framework's own.
pub fn module_entry(places: &impl Places, module: &Module) -> Option<ModuleEntry> {
    let relative = |path: &str| places.flake().relative(path);
    Some(match &module.source {
        ModuleSource::File { path, .. } => ModuleEntry::File { path: relative(path) },
        ModuleSource::Inline { path, origin, .. } => {
            let range = places.origin(Some(*origin)).map(|place| place.range).unwrap_or_default();
            ModuleEntry::Inline { path: relative(path), inline: true, range }
        }
        ModuleSource::Input { input, attr, .. } => ModuleEntry::Input { input: input.to_string(), attr: attr.clone() },
        ModuleSource::Unknown { unread: Some(path), .. } if is_below(path, &places.flake().root) => {
            ModuleEntry::Unknown { unknown: format!("{} cannot be read", relative(path)) }
        }
        ModuleSource::Unknown { why, .. } => ModuleEntry::Unknown { unknown: why.clone() },
        ModuleSource::Missing { path } => {
            ModuleEntry::Unknown { unknown: format!("{} does not exist", relative(path)) }
        }
        ModuleSource::Native { .. } | ModuleSource::WithinInput { .. } => return None,
    })
}
