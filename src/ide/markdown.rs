//! Options and inputs as text for people, where more than one feature shows them.

use std::fmt::Write;

use crate::base::FileRange;
use crate::eval::Shown;
use crate::ide::Analysis;
use crate::module_system::{Condition, Declared, ModuleSource};
use crate::repository::Flake;
use crate::semantics::{DefinitionRef, OptionRef};

/// More hosts than this are counted, not listed.
const MAX_HOSTS: usize = 4;
/// More definitions than this are counted, not listed.
const MAX_DEFINITIONS: usize = 12;
/// Longer values are cut off.
const MAX_VALUE: usize = 80;

/// The head of an option: path, type, description, default, example.
pub(super) fn option_head(analysis: &Analysis, option: OptionRef) -> String {
    let Some(facts) = analysis.option(option) else { return String::new() };
    let mut text = String::new();
    let ty = facts.ty.as_ref().map_or("unknown type", |ty| ty.description.as_str());
    let _ = writeln!(text, "```nix\n{}: {ty}\n```", facts.path.join("."));
    let shown = |shown: &Shown| analysis.shown(shown);
    if let Some(description) = &facts.description {
        let _ = writeln!(text, "\n{}", shown(description).trim());
    }
    let mut lines = Vec::new();
    if let Some(default) = &facts.default {
        lines.push(format!("Default: {}", code(&shown(default))));
    }
    if let Some(example) = &facts.example {
        lines.push(format!("Example: {}", code(&shown(example))));
    }
    if facts.read_only {
        lines.push("Read only".to_string());
    }
    if !lines.is_empty() {
        let _ = writeln!(text, "\n{}", lines.join("  \n"));
    }
    text
}

/// Where an option is declared, and who sets it to what.
pub(super) fn option_places(analysis: &Analysis, options: &[OptionRef]) -> String {
    let mut text = String::new();
    let declared: Vec<String> = analysis
        .declarations(options)
        .into_iter()
        .filter_map(|origin| analysis.range(origin))
        .map(|range| place(analysis, range))
        .collect();
    if !declared.is_empty() {
        let _ = writeln!(text, "\nDeclared in {}", declared.join(", "));
    }
    let rows = settings(analysis, options);
    if rows.is_empty() {
        text.push_str("\nNo host sets it.\n");
        return text;
    }
    text.push_str("\nSet by\n");
    for row in rows.iter().take(MAX_DEFINITIONS) {
        let _ = writeln!(text, "- {row}");
    }
    if rows.len() > MAX_DEFINITIONS {
        let _ = writeln!(text, "- {} more", rows.len() - MAX_DEFINITIONS);
    }
    text
}

/// One line for every place that sets an option, with the hosts that it sets it for.
fn settings(analysis: &Analysis, options: &[OptionRef]) -> Vec<String> {
    let mut rows: Vec<(String, String, Vec<String>)> = Vec::new();
    for definition in analysis.definitions(options) {
        let Some((what, place)) = setting(analysis, definition) else { continue };
        let host = analysis.host(definition.host).map(|host| host.output.clone()).unwrap_or_default();
        match rows.iter_mut().find(|(other, at, _)| *other == what && *at == place) {
            Some((_, _, hosts)) => {
                if !hosts.contains(&host) {
                    hosts.push(host);
                }
            }
            None => rows.push((what, place, vec![host])),
        }
    }
    let rows = rows.into_iter().map(|(what, place, hosts)| {
        let mut names: Vec<String> = hosts.iter().take(MAX_HOSTS).map(|host| format!("`{host}`")).collect();
        if hosts.len() > MAX_HOSTS {
            names.push(format!("{} more", hosts.len() - MAX_HOSTS));
        }
        let place = if place.is_empty() { String::new() } else { format!(" in {place}") };
        format!("{}: {what}{place}", names.join(", "))
    });
    rows.collect()
}

fn setting(analysis: &Analysis, definition: DefinitionRef) -> Option<(String, String)> {
    let facts = analysis.definition(definition)?;
    let mut what = match &facts.value {
        Some(value) => code(&analysis.shown(value)),
        None => "a value that is not known".to_string(),
    };
    if let Declared::Inside(option) = facts.status {
        let option = analysis.option(OptionRef { host: definition.host, option })?;
        let inside = facts.path.get(option.path.len()..).unwrap_or_default();
        if !inside.is_empty() {
            what = format!("`.{}` = {what}", inside.join("."));
        }
    }
    match facts.priority {
        100 => {}
        50 => what.push_str(" (mkForce)"),
        1000 => what.push_str(" (mkDefault)"),
        1500 => what.push_str(" (mkOptionDefault)"),
        priority => {
            let _ = write!(what, " (priority {priority})");
        }
    }
    match facts.condition {
        Condition::Holds => {}
        Condition::Fails => what.push_str(", under a condition that is false"),
        Condition::Undecided => what.push_str(", under a condition"),
    }
    let range = facts.origin.and_then(|origin| analysis.range(origin));
    let place = match range {
        Some(range) => place(analysis, range),
        None => match &analysis.definition_module(definition)?.source {
            ModuleSource::File { file, .. } | ModuleSource::Inline { file, .. } => {
                format!("`{}`", analysis.display_path(*file))
            }
            _ => String::new(),
        },
    };
    Some((what, place))
}

/// A place as `path:line`.
pub(super) fn place(analysis: &Analysis, at: FileRange) -> String {
    let path = analysis.display_path(at.file);
    match analysis.snapshot().file(at.file) {
        Ok(data) => {
            let before = data.text().get(..usize::from(at.range.start())).unwrap_or_default();
            format!("`{path}:{}`", before.bytes().filter(|byte| *byte == b'\n').count() + 1)
        }
        Err(_) => format!("`{path}`"),
    }
}

/// A value as inline code on one line.
pub(super) fn code(value: &str) -> String {
    let one_line = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut = match one_line.char_indices().nth(MAX_VALUE) {
        Some((at, _)) => format!("{}…", one_line.get(..at).unwrap_or_default()),
        None => one_line,
    };
    // A backtick inside needs a longer fence around.
    if cut.contains('`') { format!("`` {cut} ``") } else { format!("`{cut}`") }
}

/// What is known of an input: address, lock, follows.
pub(super) fn input(flake: &Flake, name: &str) -> Option<String> {
    let input = flake.input(name)?;
    let mut text = format!("```nix\ninputs.{name}\n```\n");
    if let Some(url) = &input.url {
        let _ = writeln!(text, "\n{}  ", code(&url.text));
    }
    if let Some(follows) = &input.follows {
        let _ = writeln!(text, "\nFollows {}", code(&follows.text));
    }
    if !input.is_flake {
        let _ = writeln!(text, "\nA source that is not a flake");
    }
    if let Some(Ok(lock)) = &flake.lock
        && let Some(line) = lock_node(lock, &[name]).and_then(locked)
    {
        let _ = writeln!(text, "\n{line}");
    }
    if !input.overrides.is_empty() {
        text.push('\n');
        for inner in &input.overrides {
            let path = inner.path.join(".");
            if let Some(follows) = &inner.follows {
                let _ = writeln!(text, "- its `{path}` follows {}", code(&follows.text));
            } else if let Some(url) = &inner.url {
                let _ = writeln!(text, "- its `{path}` is {}", code(&url.text));
            }
        }
    }
    Some(text)
}

/// The names of the inputs that an input has of its own, as flake.lock knows them.
pub(super) fn inputs_of(flake: &Flake, name: &str) -> Vec<String> {
    let Some(Ok(lock)) = &flake.lock else { return Vec::new() };
    lock_node(lock, &[name]).map(|node| node.inputs.keys().map(ToString::to_string).collect()).unwrap_or_default()
}

/// The node at a path of inputs from the root.
fn lock_node<'a>(lock: &'a crate::flake::LockGraph, path: &[&str]) -> Option<&'a crate::flake::LockNode> {
    let mut node = lock.nodes.get(&lock.root)?;
    // Follows may lead in circles; no sound lock has that many of them.
    let mut steps = 0;
    let mut rest: Vec<String> = path.iter().rev().map(ToString::to_string).collect();
    while let Some(name) = rest.pop() {
        steps += 1;
        if steps > 64 {
            return None;
        }
        match node.inputs.get(name.as_str())? {
            crate::flake::InputEdge::Node(key) => node = lock.nodes.get(key)?,
            crate::flake::InputEdge::Follows(path) => {
                rest.extend(path.iter().rev().map(ToString::to_string));
                node = lock.nodes.get(&lock.root)?;
            }
        }
    }
    Some(node)
}

/// Revision and date of a lock node.
fn locked(node: &crate::flake::LockNode) -> Option<String> {
    let text = |name: &str| node.locked.get(name).and_then(|value| value.as_str());
    let version = match (text("rev"), text("narHash")) {
        (Some(rev), _) => rev.get(..rev.len().min(11)).unwrap_or(rev),
        (None, Some(hash)) => hash,
        (None, None) => return None,
    };
    let date = node.locked.get("lastModified").and_then(serde_json::Value::as_i64).map(date);
    Some(match date {
        Some(date) => format!("Locked at `{version}` of {date}"),
        None => format!("Locked at `{version}`"),
    })
}

/// The day of a Unix time, as `2025-11-30`.
fn date(seconds: i64) -> String {
    // Howard Hinnant's `civil_from_days`.
    let days = seconds.div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(951_782_400), "2000-02-29");
        assert_eq!(date(1_764_460_799), "2025-11-29");
        assert_eq!(date(1_764_460_800), "2025-11-30");
    }

    #[test]
    fn code_stays_on_one_line() {
        assert_eq!(code("[ 1\n  2 ]"), "`[ 1 2 ]`");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(code(&"ä".repeat(100)).chars().count(), MAX_VALUE + 3);
    }
}
