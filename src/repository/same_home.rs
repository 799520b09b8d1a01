//! Standalone homes that are a user of a host once more.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Flake, Host, HostKind};
use crate::base::FileId;
use crate::eval::Origin;
use crate::hir::Name;
use crate::module_system::{Module, ModuleSource};

/// Where a module stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    File(FileId),
    Inline(Origin),
}

/// The users of hosts that have exactly the modules of a standalone home, but for those that only say whose home it is.
pub fn same_user<'f>(flake: &'f Flake, home: &Host) -> Vec<&'f Arc<Host>> {
    if home.kind != HostKind::Home || home.within.is_some() || !home.complete() {
        return Vec::new();
    }
    let modules = modules(home);
    // `ada@box`: of one host the user of that name.
    let name = home.name.split('@').next().unwrap_or_default();
    let users = flake.hosts.iter().filter(|user| {
        let on_host = user.within.as_deref().is_some_and(is_machine);
        on_host && user.kind == HostKind::Home && user.complete() && user.name.split('@').next() == Some(name)
    });
    // A home of another platform is another home.
    let other_system = |user: &Host| user.system.as_ref().zip(home.system.as_ref()).is_some_and(|(a, b)| a != b);
    let users = users.filter(|user| !other_system(user));
    users.filter(|user| !modules.is_empty() && self::modules(user) == modules).collect()
}

/// Whether an output is a machine that runs, and not an image or a test.
fn is_machine(output: &str) -> bool {
    ["nixosConfigurations.", "darwinConfigurations.", "nixOnDroidConfigurations."]
        .iter()
        .any(|it| output.starts_with(it))
}

/// The modules of a home that say what is in it.
fn modules(host: &Host) -> BTreeSet<Place> {
    let place = |(index, module): (usize, &Module)| match &module.source {
        ModuleSource::File { file, .. } if !module.maybe => Some(Place::File(*file)),
        ModuleSource::Inline { origin, .. } if !module.maybe && says_something(host, index) => {
            Some(Place::Inline(*origin))
        }
        _ => None,
    };
    host.facts.modules.iter().enumerate().filter_map(place).collect()
}

/// Whether a module sets or declares more than whose home it is.
fn says_something(host: &Host, module: usize) -> bool {
    let about = |path: &[Name]| {
        let names: Vec<&str> = path.iter().map(Name::as_str).collect();
        matches!(
            names.as_slice(),
            ["home", "username" | "homeDirectory" | "stateVersion"] | ["programs", "home-manager", ..]
        )
    };
    host.facts.definitions.iter().any(|it| it.module == module && !about(&it.path))
        || host.facts.options.iter().any(|it| it.declarations.iter().any(|it| it.module == module))
}
