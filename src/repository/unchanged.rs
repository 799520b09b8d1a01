//! Whether two revisions of a repository have the same hosts with the same modules, options and definitions.
//!
//! What a refactoring promises is held against this. Places are no part of it, and neither is the order of modules.

use std::collections::BTreeMap;

use super::{Flake, Host, Repository};
use crate::hir::Name;
use crate::module_system::{Declared, ModuleSource, path_text};

/// The first thing that differs, as words; `None` where nothing does. Modules that are files at `added` may be new.
pub fn difference(before: &Repository, after: &Repository, added: &[Name]) -> Option<String> {
    let roots = |repository: &Repository| repository.flakes.iter().map(|flake| flake.root.clone()).collect::<Vec<_>>();
    if roots(before) != roots(after) {
        return Some("other flakes".to_string());
    }
    before.flakes.iter().zip(&after.flakes).find_map(|(old, new)| of_flake((before, old), (after, new), added))
}

/// [`difference`] of one flake.
pub(super) fn of_flake(
    (before, old): (&Repository, &Flake),
    (after, new): (&Repository, &Flake),
    added: &[Name],
) -> Option<String> {
    let outputs = |flake: &Flake| flake.hosts.iter().map(|host| host.output.clone()).collect::<Vec<_>>();
    if outputs(old) != outputs(new) {
        return Some("other hosts".to_string());
    }
    let of_host = |(old, new): (&std::sync::Arc<Host>, &std::sync::Arc<Host>)| {
        if (old.kind, &old.system) != (new.kind, &new.system) {
            return Some(format!("{} is built for another system", old.output));
        }
        let pairs = [
            (modules(old, &[]), modules(new, added)),
            (options(old), options(new)),
            (definitions(before, old), definitions(after, new)),
        ];
        let differs = pairs.into_iter().find_map(|(old, new)| first_difference(&old, &new));
        differs.map(|what| format!("{}: {what}", old.output))
    };
    old.hosts.iter().zip(&new.hosts).find_map(of_host)
}

/// How often each description occurs.
type Described = BTreeMap<String, usize>;

fn counted(described: impl Iterator<Item = String>) -> Described {
    let mut counts = Described::new();
    for one in described {
        *counts.entry(one).or_default() += 1;
    }
    counts
}

fn first_difference(old: &Described, new: &Described) -> Option<String> {
    let gone = old.iter().find(|(what, count)| new.get(*what) != Some(count)).map(|(what, _)| what);
    let added = || new.iter().find(|(what, count)| old.get(*what) != Some(count)).map(|(what, _)| what);
    gone.or_else(added).cloned()
}

fn modules(host: &Host, without: &[Name]) -> Described {
    let described = host.facts.modules.iter().filter_map(|module| {
        let what = match &module.source {
            ModuleSource::File { path, .. } if without.contains(path) => return None,
            ModuleSource::File { path, .. } => path.to_string(),
            ModuleSource::Inline { path, .. } => format!("a module in {path}"),
            ModuleSource::Input { input, attr, .. } => format!("{input} {attr}"),
            ModuleSource::WithinInput { input, what, .. } => format!("{input} {what}"),
            ModuleSource::Unknown { why, .. } => why.clone(),
            ModuleSource::Missing { path } => format!("{path}, which is missing"),
            ModuleSource::Native { name } => name.to_string(),
        };
        Some(format!("{what}{}", if module.maybe { " under a condition" } else { "" }))
    });
    counted(described)
}

fn options(host: &Host) -> Described {
    let described = host.facts.options.iter().map(|option| {
        let ty = option.ty.as_ref().map_or("", |ty| ty.description.as_str());
        format!("option {} {ty}", path_text(&option.path))
    });
    counted(described)
}

fn definitions(repository: &Repository, host: &Host) -> Described {
    let described = host.facts.definitions.iter().map(|definition| {
        let value = definition.value.as_ref().map(|value| repository.shown(value)).unwrap_or_default();
        let declared = match definition.status {
            Declared::Option(_) => "",
            Declared::Inside(_) => " inside",
            Declared::Elsewhere => " elsewhere",
        };
        format!(
            "{} = {value} ({}, {:?}, {}{declared}{})",
            path_text(&definition.path),
            definition.value_type.unwrap_or_default(),
            definition.condition,
            definition.priority,
            if definition.maybe { ", maybe" } else { "" }
        )
    });
    counted(described)
}
