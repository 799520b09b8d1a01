//! `flakewise options`
//!
//! Each host has an option table of its own. Here they are one: an option is a
//! path with the places that declare it, and a definition is a place with the
//! hosts for which it sets that option.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use super::arguments::{Format, OptionsArguments};
use super::json::{self, Location};
use super::load::{Loaded, Place};
use super::{Answer, Failure};
use crate::base::{FileRange, TextRange};
use crate::eval::Shown;
use crate::module_system::{Condition, Declared, Definition, OptionFacts};
use crate::repository::Host;

#[derive(Serialize)]
struct Document {
    version: u32,
    options: Vec<OptionEntry>,
}

#[derive(Serialize)]
struct OptionEntry {
    path: String,
    #[serde(rename = "type")]
    ty: Option<String>,
    default: Option<String>,
    description: Option<String>,
    hosts: Vec<String>,
    declarations: Vec<Location>,
    definitions: Vec<DefinitionEntry>,
}

#[derive(Serialize)]
struct DefinitionEntry {
    path: String,
    range: json::Range,
    hosts: Vec<String>,
    value: Option<String>,
    priority: i64,
}

/// An option as it is declared at certain places, for all hosts that have it.
struct Merged {
    path: String,
    ty: Option<String>,
    default: Option<String>,
    description: Option<String>,
    hosts: Vec<String>,
    declarations: Vec<Place>,
    definitions: Vec<MergedDefinition>,
}

struct MergedDefinition {
    place: Place,
    hosts: Vec<String>,
    value: Option<String>,
    priority: i64,
}

pub(super) fn run(arguments: &OptionsArguments) -> Result<Answer, Failure> {
    let (loaded, prefix) = Loaded::open_with(arguments.dir.as_deref(), arguments.prefix.as_deref())?;
    let hosts: Vec<&Host> = match &arguments.host {
        Some(wanted) => vec![loaded.host(wanted)?],
        None => loaded.flake.hosts.iter().map(|host| &**host).collect(),
    };
    let options = merge(&loaded, &hosts, prefix);
    let text = match arguments.format {
        Format::Json => json::document(&document(options)),
        Format::Text => text(&options),
    };
    Ok(Answer::ok(text))
}

/// The options of all hosts, sorted by path, then by where they are declared.
fn merge(loaded: &Loaded, hosts: &[&Host], prefix: Option<&str>) -> Vec<Merged> {
    let mut merged: BTreeMap<(String, Vec<FileRange>), Merged> = BTreeMap::new();
    for host in hosts {
        let keys: Vec<Option<(String, Vec<FileRange>)>> = host
            .facts
            .options
            .iter()
            .map(|option| {
                let path = crate::module_system::path_text(&option.path);
                if !prefix.is_none_or(|prefix| is_below(&path, prefix)) {
                    return None;
                }
                let sites = sites(loaded, host, option);
                (!sites.is_empty()).then_some((path, sites))
            })
            .collect();
        for (option, key) in host.facts.options.iter().zip(&keys) {
            let Some(key) = key else { continue };
            let entry = merged.entry(key.clone()).or_insert_with(|| Merged {
                path: key.0.clone(),
                ty: None,
                default: None,
                description: None,
                hosts: Vec::new(),
                declarations: key.1.iter().map(|site| loaded.place(*site)).collect(),
                definitions: Vec::new(),
            });
            entry.hosts.push(host.output.clone());
            entry.ty = entry.ty.take().or_else(|| option.ty.as_ref().map(|ty| ty.description.clone()));
            let text = |shown: &Option<Shown>| shown.as_ref().map(|shown| loaded.repository.shown(shown));
            entry.default = entry.default.take().or_else(|| text(&option.default));
            entry.description = entry.description.take().or_else(|| text(&option.description));
        }
        for definition in host.facts.definitions.iter().filter(|it| it.condition != Condition::Fails) {
            let (Declared::Option(at) | Declared::Inside(at)) = definition.status else { continue };
            let Some(key) = keys.get(at).and_then(Option::as_ref) else { continue };
            let Some(entry) = merged.get_mut(key) else { continue };
            let Some(place) =
                loaded.origin(definition.origin).or_else(|| module_place(loaded, host, definition.module))
            else {
                continue;
            };
            let value = host.facts.options.get(at).and_then(|option| value(loaded, option, definition));
            add_definition(entry, host, place, value, definition.priority);
        }
    }
    merged.into_values().collect()
}

fn add_definition(entry: &mut Merged, host: &Host, place: Place, value: Option<String>, priority: i64) {
    let same =
        entry.definitions.iter_mut().find(|it| it.place == place && it.priority == priority && it.value == value);
    match same {
        Some(same) if same.hosts.contains(&host.output) => {}
        Some(same) => same.hosts.push(host.output.clone()),
        None => entry.definitions.push(MergedDefinition { place, hosts: vec![host.output.clone()], value, priority }),
    }
}

/// Where the repository declares an option: nowhere for those of inputs and frameworks.
fn sites(loaded: &Loaded, host: &Host, option: &OptionFacts) -> Vec<FileRange> {
    let mut sites: Vec<FileRange> = option
        .declarations
        .iter()
        .filter_map(|declaration| {
            let site = match declaration.origin {
                Some(origin) => loaded.repository.range(origin),
                None => module_start(host, declaration.module),
            }?;
            let path = loaded.repository.path(site.file);
            let own = crate::repository::is_below(&path, &loaded.flake.root);
            (own && !loaded.repository.snapshot.is_foreign(&path)).then_some(site)
        })
        .collect();
    sites.sort();
    sites.dedup();
    sites
}

fn module_start(host: &Host, module: usize) -> Option<FileRange> {
    let file = host.facts.modules.get(module)?.file()?;
    Some(FileRange { file, range: TextRange::default() })
}

fn module_place(loaded: &Loaded, host: &Host, module: usize) -> Option<Place> {
    module_start(host, module).map(|site| loaded.place(site))
}

/// What a definition sets the option to. One that sets only a part of the value is shown as a set with that part.
fn value(loaded: &Loaded, option: &OptionFacts, definition: &Definition) -> Option<String> {
    let value = loaded.repository.shown(definition.value.as_ref()?);
    match definition.path.get(option.path.len()..) {
        Some(rest) if !rest.is_empty() => Some(format!("{{ {} = {value}; }}", crate::module_system::path_text(rest))),
        _ => Some(value),
    }
}

/// Whether an option path is `prefix` or lies below it.
fn is_below(path: &str, prefix: &str) -> bool {
    let prefix = prefix.trim_end_matches('.');
    prefix.is_empty() || path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn document(options: Vec<Merged>) -> Document {
    let options = options.into_iter().map(|option| OptionEntry {
        path: option.path,
        ty: option.ty,
        default: option.default,
        description: option.description,
        hosts: option.hosts,
        declarations: option.declarations.into_iter().map(Location::from).collect(),
        definitions: option
            .definitions
            .into_iter()
            .map(|definition| DefinitionEntry {
                path: definition.place.path,
                range: definition.place.range.into(),
                hosts: definition.hosts,
                value: definition.value,
                priority: definition.priority,
            })
            .collect(),
    });
    Document { version: json::VERSION, options: options.collect() }
}

fn text(options: &[Merged]) -> String {
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
