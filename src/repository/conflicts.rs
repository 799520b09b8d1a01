//! Definitions of hosts that contradict each other.
//!
//! Options that the repository declares say by their type whether they have room for
//! several values. Of upstream's options only those are looked at whose type is plain by their name: `….enable` is a
//! boolean, and a few others have one value.

use super::{Flake, Host, Repository};
use crate::eval::Origin;
use crate::module_system::{Condition, Declared, Definition, FaultKind, OptionPath, PLAIN_PRIORITY};

/// An option of a host that is given different values of the same priority.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    pub path: OptionPath,
    pub host: String,
    pub priority: i64,
    /// Whether the option is one of NixOS, Home Manager or their like, which something reads in any case.
    pub is_upstream: bool,
    /// In the order of the modules.
    pub definitions: Vec<Contradiction>,
}

/// One of several values that exclude each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Contradiction {
    /// The name where it is set.
    pub origin: Option<Origin>,
    /// In Nix's notation.
    pub value: String,
}

/// Options of upstream with one plain value.
const SCALARS: &[&[&str]] = &[
    &["console", "keyMap"],
    &["home", "homeDirectory"],
    &["home", "stateVersion"],
    &["home", "username"],
    &["i18n", "defaultLocale"],
    &["networking", "hostId"],
    &["networking", "hostName"],
    &["system", "stateVersion"],
    &["time", "timeZone"],
];

/// Upstream's namespaces in which `enable` is always the switch of a module.
const SWITCHED: &[&str] =
    &["boot", "hardware", "networking", "programs", "security", "services", "virtualisation", "xdg"];

/// All conflicts of the hosts of a flake.
pub fn conflicts(repository: &Repository, flake: &Flake) -> Vec<Conflict> {
    let hosts = flake.hosts.iter().filter(|host| host.broken.is_empty());
    hosts.flat_map(|host| declared(host).chain(upstream(repository, host))).collect()
}

fn declared(host: &Host) -> impl Iterator<Item = Conflict> + '_ {
    host.facts.faults.iter().filter_map(|fault| {
        let FaultKind::Conflict { priority } = fault.kind else { return None };
        let definitions = fault.places.iter();
        let definitions = definitions
            .map(|place| Contradiction { origin: place.origin, value: place.value.clone().unwrap_or_default() });
        Some(Conflict {
            path: fault.path.clone(),
            host: host.output.clone(),
            priority,
            is_upstream: false,
            definitions: definitions.collect(),
        })
    })
}

fn upstream<'a>(repository: &'a Repository, host: &'a Host) -> impl Iterator<Item = Conflict> + 'a {
    // Definitions are sorted by path.
    let groups = host.facts.definitions.chunk_by(|a, b| a.path == b.path);
    groups.filter_map(|group| {
        let possible: Vec<&Definition> = group.iter().filter(|it| it.condition != Condition::Fails).collect();
        let priority = possible.iter().map(|it| it.priority).min()?;
        let certain = possible.into_iter().filter(|it| {
            it.priority == priority
                && it.condition == Condition::Holds
                && !it.maybe
                && it.status == Declared::Elsewhere
                && host.facts.modules.get(it.module).is_some_and(|module| !module.maybe)
        });
        let certain: Vec<(&Definition, String)> =
            certain.filter_map(|it| Some((it, repository.shown(it.value.as_ref()?)))).collect();
        let (first, value) = certain.first()?;
        let one_value = is_scalar(first, value) && certain.iter().all(|(it, _)| it.value_type == first.value_type);
        if !one_value || certain.iter().all(|(_, other)| other == value) || is_outweighed(host, first) {
            return None;
        }
        let definitions = certain.iter().map(|(it, value)| Contradiction { origin: it.origin, value: value.clone() });
        Some(Conflict {
            path: first.path.clone(),
            host: host.output.clone(),
            priority,
            is_upstream: true,
            definitions: definitions.collect(),
        })
    })
}

/// Whether a definition sets an option of upstream that has one value.
fn is_scalar(definition: &Definition, value: &str) -> bool {
    let path: Vec<&str> = definition.path.iter().map(|name| name.as_str()).collect();
    match (path.as_slice(), definition.value_type) {
        ([first, .., last], Some("bool")) => {
            *last == "enable" && (3..=4).contains(&path.len()) && SWITCHED.contains(first) && !is_freeform(&path)
        }
        (_, Some("string")) => {
            // A value that is cut off in its text may be equal to the other one, or not.
            let whole = !value.contains('…');
            whole && SCALARS.contains(&path.as_slice())
        }
        _ => false,
    }
}

/// Whether upstream may set the option itself, more strongly than these definitions: modules switch each other on, and
/// Home Manager within a system takes the name and the folder of a user from the system.
fn is_outweighed(host: &Host, definition: &Definition) -> bool {
    let path: Vec<&str> = definition.path.iter().map(|name| name.as_str()).collect();
    let of_user = host.within.is_some() && matches!(path.as_slice(), ["home", "username" | "homeDirectory"]);
    definition.priority > PLAIN_PRIORITY && (of_user || definition.value_type == Some("bool"))
}

/// Whether a path leads into settings of a program, which are no options.
fn is_freeform(path: &[&str]) -> bool {
    path.iter().any(|name| ["settings", "config", "extraConfig", "extraOptions", "preferences"].contains(name))
}
