//! `flakewise options`

use std::fmt::Write;

use super::arguments::{Format, OptionsArguments};
use super::json;
use super::load::Loaded;
use super::{Answer, Failure};
use crate::ide::views::options::{OptionEntry, document, table};
use crate::repository::Host;

pub(super) fn run(arguments: &OptionsArguments) -> Result<Answer, Failure> {
    let (loaded, prefix) = Loaded::open_with(arguments.dir.as_deref(), arguments.prefix.as_deref())?;
    let hosts: Vec<&Host> = match &arguments.host {
        Some(wanted) => vec![loaded.host(wanted)?],
        None => loaded.flake.hosts.iter().map(|host| &**host).collect(),
    };
    let options = table(&loaded, &hosts, prefix);
    let text = match arguments.format {
        Format::Json => json::document(&document(options)),
        Format::Text => text(&options),
    };
    Ok(Answer::ok(text))
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
