//! `flakewise hosts`

use std::collections::BTreeSet;
use std::fmt::Write;

use serde::Serialize;

use super::arguments::{Format, HostsArguments};
use super::json::{self, Location, Range};
use super::load::Loaded;
use super::{Answer, Failure};
use crate::module_system::{Module, ModuleSource};
use crate::repository::Host;

#[derive(Serialize)]
struct Document {
    version: u32,
    hosts: Vec<HostEntry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<json::Problem>,
}

#[derive(Serialize)]
struct HostEntry {
    output: String,
    name: String,
    kind: &'static str,
    system: Option<String>,
    definition: Option<Location>,
    modules: Vec<ModuleEntry>,
    within: Option<String>,
    complete: bool,
}

#[derive(Serialize, Clone, PartialEq)]
#[serde(untagged)]
pub(super) enum ModuleEntry {
    Inline { path: String, inline: bool, range: Range },
    File { path: String },
    Input { input: String, attr: String },
    Unknown { unknown: String },
}

pub(super) fn run(arguments: &HostsArguments) -> Result<Answer, Failure> {
    let (loaded, wanted) = Loaded::open_with(arguments.dir.as_deref(), arguments.host.as_deref())?;
    let hosts: Vec<&Host> = match wanted {
        Some(wanted) => vec![loaded.host(wanted)?],
        None => loaded.flake.hosts.iter().map(|host| &**host).collect(),
    };
    let text = match arguments.format {
        Format::Json => {
            let hosts = hosts.iter().map(|host| entry(&loaded, host)).collect();
            json::document(&Document { version: json::VERSION, hosts, problems: json::problems(&loaded) })
        }
        Format::Text => text(&loaded, &hosts, wanted.is_some()),
    };
    Ok(Answer::ok(text))
}

fn entry(loaded: &Loaded, host: &Host) -> HostEntry {
    let modules = modules(loaded, host);
    HostEntry {
        output: host.output.clone(),
        name: host.name.to_string(),
        kind: host.kind.name(),
        system: host.system.as_ref().map(ToString::to_string),
        definition: loaded.origin(host.definition).map(Location::from),
        complete: !modules.iter().any(|module| matches!(module, ModuleEntry::Unknown { .. })),
        modules,
        within: host.within.clone(),
    }
}

/// The module graph in import order. A file that is imported as several modules stands there once.
fn modules(loaded: &Loaded, host: &Host) -> Vec<ModuleEntry> {
    let mut files = BTreeSet::new();
    let mut entries: Vec<ModuleEntry> = Vec::new();
    for module in &host.facts.modules {
        let Some(entry) = module_entry(loaded, module) else { continue };
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
pub(super) fn module_entry(loaded: &Loaded, module: &Module) -> Option<ModuleEntry> {
    Some(match &module.source {
        ModuleSource::File { path, .. } => ModuleEntry::File { path: loaded.relative(path) },
        ModuleSource::Inline { path, origin, .. } => {
            let range = loaded.origin(Some(*origin)).map(|place| place.range).unwrap_or_default();
            ModuleEntry::Inline { path: loaded.relative(path), inline: true, range: range.into() }
        }
        ModuleSource::Input { input, attr, .. } => ModuleEntry::Input { input: input.to_string(), attr: attr.clone() },
        ModuleSource::Unknown { unread: Some(path), .. } if loaded.holds(path) => {
            ModuleEntry::Unknown { unknown: format!("{} cannot be read", loaded.relative(path)) }
        }
        ModuleSource::Unknown { why, .. } => ModuleEntry::Unknown { unknown: why.clone() },
        ModuleSource::Missing { path } => {
            ModuleEntry::Unknown { unknown: format!("{} does not exist", loaded.relative(path)) }
        }
        ModuleSource::Native { .. } | ModuleSource::WithinInput { .. } => return None,
    })
}

fn text(loaded: &Loaded, hosts: &[&Host], with_modules: bool) -> String {
    let mut out = String::new();
    if hosts.is_empty() {
        out.push_str(&loaded.none_of("hosts"));
    }
    for (index, host) in hosts.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let modules = modules(loaded, host);
        let system = host.system.as_deref().unwrap_or("system not known");
        let _ = writeln!(out, "{}", host.output);
        let _ = writeln!(out, "  kind     {}, {system}", host.kind.name());
        if let Some(place) = loaded.origin(host.definition) {
            let _ = writeln!(out, "  defined  {}", place.text());
        }
        if let Some(path) = entry_file(&modules) {
            let _ = writeln!(out, "  entry    {path}");
        }
        let _ = writeln!(out, "  modules  {}", summary(&modules));
        if with_modules {
            for module in &modules {
                let _ = writeln!(out, "    {}", line(module));
            }
        } else {
            for module in modules.iter().filter(|module| matches!(module, ModuleEntry::Unknown { .. })) {
                let _ = writeln!(out, "    {}", line(module));
            }
        }
    }
    out
}

/// The first file of the host's own list.
fn entry_file(modules: &[ModuleEntry]) -> Option<&str> {
    modules.iter().find_map(|module| match module {
        ModuleEntry::File { path } => Some(path.as_str()),
        _ => None,
    })
}

fn summary(modules: &[ModuleEntry]) -> String {
    let count = |matches: fn(&ModuleEntry) -> bool| modules.iter().filter(|module| matches(module)).count();
    let mut parts = vec![format!("{} files", count(|module| matches!(module, ModuleEntry::File { .. })))];
    let others = [
        (count(|module| matches!(module, ModuleEntry::Inline { .. })), "inline"),
        (count(|module| matches!(module, ModuleEntry::Input { .. })), "of inputs"),
        (count(|module| matches!(module, ModuleEntry::Unknown { .. })), "unknown"),
    ];
    parts.extend(others.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")));
    parts.join(", ")
}

fn line(module: &ModuleEntry) -> String {
    match module {
        ModuleEntry::File { path } => path.clone(),
        ModuleEntry::Inline { path, .. } => format!("{path} (inline)"),
        ModuleEntry::Input { input, attr } => format!("input {input}: {attr}"),
        ModuleEntry::Unknown { unknown } => format!("not known: {unknown}"),
    }
}
