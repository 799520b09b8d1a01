//! The options that the repository declares, who sets them, to what.
//!
//! Each host has an option table of its own. Here they are one: an option is a path with the places that declare it,
//! and a definition is a place with the hosts for which it sets that option.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Location, Places, VERSION, module_start};
use crate::base::FileRange;
use crate::module_system::{Condition, Declared, Definition, OptionFacts, path_text};
use crate::repository::{Host, is_below};

/// `flakewise options --format json`
#[derive(Serialize)]
pub struct Document {
    version: u32,
    options: Vec<OptionEntry>,
}

/// An option as it is declared at certain places, for all hosts that have it.
#[derive(Serialize)]
pub struct OptionEntry {
    pub path: String,
    #[serde(rename = "type")]
    pub ty: Option<String>,
    pub default: Option<String>,
    pub description: Option<String>,
    pub hosts: Vec<String>,
    pub declarations: Vec<Location>,
    pub definitions: Vec<DefinitionEntry>,
}

/// A place that sets an option.
#[derive(Serialize)]
pub struct DefinitionEntry {
    #[serde(flatten)]
    pub place: Location,
    pub hosts: Vec<String>,
    pub value: Option<String>,
    pub priority: i64,
}

/// The document of these options.
pub fn document(options: Vec<OptionEntry>) -> Document {
    Document { version: VERSION, options }
}

/// The options of these hosts at or below a path, sorted by path, then by where they are declared.
pub fn table(places: &impl Places, hosts: &[&Host], prefix: Option<&str>) -> Vec<OptionEntry> {
    let mut merged: BTreeMap<(String, Vec<FileRange>), OptionEntry> = BTreeMap::new();
    for host in hosts {
        let keys: Vec<Option<(String, Vec<FileRange>)>> = host
            .facts
            .options
            .iter()
            .map(|option| {
                let path = path_text(&option.path);
                if !prefix.is_none_or(|prefix| is_at_or_below(&path, prefix)) {
                    return None;
                }
                let sites = sites(places, host, option);
                (!sites.is_empty()).then_some((path, sites))
            })
            .collect();
        for (option, key) in host.facts.options.iter().zip(&keys) {
            let Some(key) = key else { continue };
            let entry = merged.entry(key.clone()).or_insert_with(|| OptionEntry {
                path: key.0.clone(),
                ty: None,
                default: None,
                description: None,
                hosts: Vec::new(),
                declarations: key.1.iter().map(|site| places.place(*site)).collect(),
                definitions: Vec::new(),
            });
            entry.hosts.push(host.output.clone());
            entry.ty = entry.ty.take().or_else(|| option.ty.as_ref().map(|ty| ty.description.clone()));
            entry.default = entry.default.take().or_else(|| option.default.as_ref().map(|it| places.shown(it)));
            entry.description =
                entry.description.take().or_else(|| option.description.as_ref().map(|it| places.shown(it)));
        }
        for definition in host.facts.definitions.iter().filter(|it| it.condition != Condition::Fails) {
            let (Declared::Option(at) | Declared::Inside(at)) = definition.status else { continue };
            let Some(key) = keys.get(at).and_then(Option::as_ref) else { continue };
            let Some(entry) = merged.get_mut(key) else { continue };
            let start = || module_start(host, definition.module).map(|start| places.place(start));
            let Some(place) = places.origin(definition.origin).or_else(start) else { continue };
            let value = host.facts.options.get(at).and_then(|option| value(places, option, definition));
            add_definition(entry, host, place, value, definition.priority);
        }
    }
    merged.into_values().collect()
}

fn add_definition(entry: &mut OptionEntry, host: &Host, place: Location, value: Option<String>, priority: i64) {
    let same =
        entry.definitions.iter_mut().find(|it| it.place == place && it.priority == priority && it.value == value);
    match same {
        Some(same) if same.hosts.contains(&host.output) => {}
        Some(same) => same.hosts.push(host.output.clone()),
        None => entry.definitions.push(DefinitionEntry { place, hosts: vec![host.output.clone()], value, priority }),
    }
}

/// Where the repository declares an option: nowhere for those of inputs and frameworks.
fn sites(places: &impl Places, host: &Host, option: &OptionFacts) -> Vec<FileRange> {
    let repository = places.repository();
    let mut sites: Vec<FileRange> = option
        .declarations
        .iter()
        .filter_map(|declaration| {
            let site = match declaration.origin {
                Some(origin) => places.range(origin),
                None => module_start(host, declaration.module),
            }?;
            let path = repository.path(site.file);
            let own = is_below(&path, &places.flake().root);
            (own && !repository.snapshot.is_foreign(&path)).then_some(site)
        })
        .collect();
    sites.sort();
    sites.dedup();
    sites
}

/// What a definition sets the option to. One that sets only a part of the value is shown as a set with that part.
fn value(places: &impl Places, option: &OptionFacts, definition: &Definition) -> Option<String> {
    let value = places.shown(definition.value.as_ref()?);
    match definition.path.get(option.path.len()..) {
        Some(rest) if !rest.is_empty() => Some(format!("{{ {} = {value}; }}", path_text(rest))),
        _ => Some(value),
    }
}

/// Whether an option path is `prefix` or lies below it.
fn is_at_or_below(path: &str, prefix: &str) -> bool {
    let prefix = prefix.trim_end_matches('.');
    prefix.is_empty() || path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
