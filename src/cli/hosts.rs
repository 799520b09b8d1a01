//! `flakewise hosts`

use std::fmt::Write;

use super::arguments::{Format, HostsArguments};
use super::json;
use super::load::Loaded;
use super::{Answer, Failure};
use crate::ide::views::hosts::{ExhaustedEntry, HostEntry, ModuleEntry, document, entry};
use crate::repository::Host;

pub(super) fn run(arguments: &HostsArguments) -> Result<Answer, Failure> {
    let (loaded, wanted) = Loaded::open_with(arguments.dir.as_deref(), arguments.host.as_deref())?;
    let hosts: Vec<&Host> = match wanted {
        Some(wanted) => vec![loaded.host(wanted)?],
        None => loaded.flake.hosts.iter().map(|host| &**host).collect(),
    };
    let text = match arguments.format {
        Format::Json => json::document(&document(&loaded, &hosts)),
        Format::Text => text(&loaded, &hosts, wanted.is_some()),
    };
    Ok(Answer::ok(text))
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
        let HostEntry { kind, system, definition, modules, exhausted, .. } = entry(loaded, host);
        let system = system.as_deref().unwrap_or("system not known");
        let _ = writeln!(out, "{}", host.output);
        let _ = writeln!(out, "  kind     {kind}, {system}");
        if let Some(place) = definition {
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
        for ExhaustedEntry { what, at, .. } in &exhausted {
            let at = at.as_ref().map(|at| format!(", at {}", at.text())).unwrap_or_default();
            let _ = writeln!(out, "    not known: {what}{at}");
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
