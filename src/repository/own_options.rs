//! The options that a flake declares for itself, and whether any of its hosts sets them.

use std::collections::BTreeMap;

use super::option_tree::is_placeholder;
use super::upstream::is_upstream_root;
use super::{Flake, HostKind, OutputKind, Repository};
use crate::eval::Origin;
use crate::module_system::{Declared, OptionPath};

/// An option below a name that is the repository's own.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnOption {
    pub path: OptionPath,
    /// The name where it is declared.
    pub origin: Origin,
    /// The hosts that have it.
    pub hosts: Vec<String>,
    /// Whether a module of one of them defines it, or a part of its value, under whatever condition.
    pub is_set: bool,
    /// In Nix's notation.
    pub default: Option<String>,
}

/// The options of all hosts that people are to set and to read, sorted by place and path: none that is hidden, read-only or part of a
/// submodule.
pub fn own_options(repository: &Repository, flake: &Flake) -> Vec<OwnOption> {
    let mut found: BTreeMap<(crate::base::FileId, OptionPath), OwnOption> = BTreeMap::new();
    for host in flake.hosts.iter().filter(|host| host.kind != HostKind::Other) {
        let facts = &host.facts;
        let mut set = vec![false; facts.options.len()];
        for definition in &facts.definitions {
            let (Declared::Option(index) | Declared::Inside(index)) = definition.status else { continue };
            if let Some(set) = set.get_mut(index) {
                *set = true;
            }
        }
        for (option, is_set) in facts.options.iter().zip(set) {
            let Some(root) = option.path.first() else { continue };
            let plain = !option.hidden && !option.read_only && !option.path.iter().any(|name| is_placeholder(name));
            if !plain || is_upstream_root(host.kind, root) {
                continue;
            }
            // What a submodule holds is set and read with the option that it is the value of.
            let within = (1..option.path.len()).filter_map(|length| option.path.get(..length));
            if within.into_iter().any(|around| facts.option(around).is_some()) {
                continue;
            }
            let [declaration] = &option.declarations[..] else { continue };
            let in_file = facts.modules.get(declaration.module).is_some_and(|module| module.file().is_some());
            let Some(origin) = declaration.origin.filter(|_| in_file) else { continue };
            let known = found.entry((origin.file, option.path.clone())).or_insert_with(|| OwnOption {
                path: option.path.clone(),
                origin,
                hosts: Vec::new(),
                is_set: false,
                default: option.default.as_ref().map(|default| repository.shown(default)),
            });
            known.is_set |= is_set;
            known.hosts.push(host.output.clone());
        }
    }
    found.into_values().collect()
}

/// Whether modules of the flake may be used where nobody here sees it: it exports some.
pub fn exports_modules(flake: &Flake) -> bool {
    flake.outputs.iter().any(|output| {
        matches!(
            output.kind,
            OutputKind::NixosModule | OutputKind::HomeModule | OutputKind::DarwinModule | OutputKind::FlakeModule
        )
    })
}
