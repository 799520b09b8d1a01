//! `flakewise options`

use std::collections::BTreeSet;
use std::fmt::Write;

use super::arguments::{Format, OptionsArguments};
use super::json;
use super::load::Loaded;
use super::{Answer, Failure, refuse};
use crate::base::nearest;
use crate::hir::Name;
use crate::ide::views::options::{OptionEntry, document, table};
use crate::module_system::path_text;
use crate::repository::Host;

pub(super) fn run(arguments: &OptionsArguments) -> Result<Answer, Failure> {
    let (loaded, prefix) = Loaded::open_with(arguments.dir.as_deref(), arguments.prefix.as_deref())?;
    let hosts: Vec<&Host> = match &arguments.host {
        Some(wanted) => vec![loaded.host(wanted)?],
        None => loaded.flake.hosts.iter().map(|host| &**host).collect(),
    };
    let options = table(&loaded, &hosts, prefix);
    if let Some(prefix) = prefix.filter(|_| options.is_empty()) {
        if is_set(&hosts, prefix) {
            let text = match arguments.format {
                Format::Json => json::document(&document(options)),
                Format::Text => format!("No options: what this flake sets at {prefix} is declared elsewhere.\n"),
            };
            return Ok(Answer::ok(text));
        }
        refuse(&nothing_at(&hosts, prefix));
        // Programs that read the document find it empty.
        let text = match arguments.format {
            Format::Json => json::document(&document(options)),
            Format::Text => String::new(),
        };
        return Ok(Answer { text, code: 2 });
    }
    let text = match arguments.format {
        Format::Json => json::document(&document(options)),
        Format::Text => text(&options),
    };
    Ok(Answer::ok(text))
}

/// Whether a host sets an option at or below a path, whoever declares it.
fn is_set(hosts: &[&Host], prefix: &str) -> bool {
    let wanted: Vec<&str> = prefix.split('.').collect();
    hosts.iter().flat_map(|host| &host.facts.definitions).any(|definition| {
        definition.path.len() >= wanted.len()
            && definition.path.iter().zip(&wanted).all(|(name, wanted)| name == wanted)
    })
}

/// Why there is no option at or below a path.
fn nothing_at(hosts: &[&Host], prefix: &str) -> String {
    let declared: BTreeSet<Vec<Name>> = hosts
        .iter()
        .flat_map(|host| &host.facts.options)
        .flat_map(|option| (1..=option.path.len()).filter_map(|end| option.path.get(..end).map(<[Name]>::to_vec)))
        .collect();
    let candidates: Vec<String> = declared.iter().map(|path| path_text(path)).collect();
    match nearest(prefix, candidates.iter().map(String::as_str)) {
        Some(meant) => format!("no option is called {prefix}; did you mean {meant}?"),
        None => format!("this flake declares no option {prefix}, and none below it"),
    }
}

fn text(options: &[OptionEntry]) -> String {
    let mut out = String::new();
    if options.is_empty() {
        out.push_str("No options.\n");
    }
    for (index, option) in options.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let _ = writeln!(out, "{} : {}", option.path, option.ty.as_deref().unwrap_or("type not known"));
        if let Some(description) = option.description.as_deref().and_then(|text| text.trim().lines().next()) {
            let _ = writeln!(out, "  {description}");
        }
        if let Some(default) = &option.default {
            let _ = writeln!(out, "  default   {}", one_line(default));
        }
        for place in &option.declarations {
            let _ = writeln!(out, "  declared  {}", place.text());
        }
        let _ = writeln!(out, "  hosts     {}", option.hosts.join(", "));
        for definition in &option.definitions {
            let value = one_line(definition.value.as_deref().unwrap_or("…"));
            let priority = match definition.priority {
                100 => String::new(),
                50 => " (mkForce)".to_string(),
                1000 => " (mkDefault)".to_string(),
                other => format!(" (priority {other})"),
            };
            let place = definition.place.text();
            let _ = writeln!(out, "  set       {value}{priority} at {place} for {}", definition.hosts.join(", "));
        }
    }
    out
}

/// A value on one line, not longer than what one reads at a glance.
fn one_line(value: &str) -> String {
    let line = value.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
        None => line,
    }
}
