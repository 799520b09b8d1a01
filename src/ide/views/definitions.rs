//! What one module sets in one host.

use serde::Serialize;

use super::hosts::{ModuleEntry, module_entry};
use super::{Location, Places, Point, VERSION, module_start};
use crate::module_system::{Condition, Declared, path_text};
use crate::repository::Host;

/// The answer to `flakewise/definitions`.
#[derive(Serialize)]
pub struct Document {
    version: u32,
    definitions: Vec<Entry>,
}

/// An option that the module sets.
#[derive(Serialize, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The option as it is set, with real names.
    pub option: String,
    #[serde(flatten)]
    pub place: Location,
    pub value: Option<String>,
    pub priority: i64,
    /// Whether a condition that was not decided says if it is in force.
    pub conditional: bool,
    /// Whether the repository, or an input whose source is at hand, declares the option.
    pub declared: bool,
}

/// What the modules of `host` that are the file `path` set. Of those written within it only the one that starts at `inline`.
pub fn document(places: &impl Places, host: &Host, path: &str, inline: Option<Point>) -> Document {
    let is_meant = |module| match module_entry(places, module) {
        Some(ModuleEntry::File { path: file }) => inline.is_none() && file == path,
        Some(ModuleEntry::Inline { path: file, range, .. }) => inline == Some(range.start) && file == path,
        _ => false,
    };
    let meant: Vec<bool> = host.facts.modules.iter().map(is_meant).collect();
    let of_module = |module: usize| meant.get(module).copied().unwrap_or_default();
    let in_force = host.facts.definitions.iter().filter(|it| it.condition != Condition::Fails);
    let mut definitions: Vec<Entry> = in_force
        .filter(|definition| of_module(definition.module))
        .filter_map(|definition| {
            let start = || module_start(host, definition.module).map(|start| places.place(start));
            Some(Entry {
                option: path_text(&definition.path),
                place: places.origin(definition.origin).or_else(start)?,
                value: definition.value.as_ref().map(|value| places.shown(value)),
                priority: definition.priority,
                conditional: definition.maybe || definition.condition == Condition::Undecided,
                declared: definition.status != Declared::Elsewhere,
            })
        })
        .collect();
    definitions.sort();
    definitions.dedup();
    Document { version: VERSION, definitions }
}
