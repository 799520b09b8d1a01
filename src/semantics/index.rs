//! Where the facts of a repository can be looked up from: by file and by place.

use rustc_hash::FxHashMap;

use super::HostId;
use crate::base::FileId;
use crate::eval::Origin;
use crate::module_system::ModuleSource;
use crate::repository::Repository;

/// Look-up tables over the facts of all hosts.
pub(super) struct Index {
    /// Flake and host of every [`HostId`].
    pub hosts: Vec<(usize, usize)>,
    /// The modules that a file is, or that stand in it.
    pub modules: FxHashMap<FileId, Vec<ModuleRef>>,
    /// What facts say of a place, sorted by host.
    pub roles: FxHashMap<Origin, Vec<Role>>,
    /// The users within each host.
    pub users: FxHashMap<HostId, Vec<HostId>>,
    /// The host around each user.
    pub within: FxHashMap<HostId, HostId>,
}

/// A module of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModuleRef {
    pub host: HostId,
    pub module: usize,
    /// Where an inline module stands; `None` when the module is the whole file.
    pub inline: Option<Origin>,
}

/// What a place is to a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It declares this option.
    Declaration { host: HostId, option: usize },
    /// It is this definition.
    Definition { host: HostId, definition: usize },
}

impl Index {
    pub fn new(repository: &Repository) -> Index {
        let mut index = Index {
            hosts: Vec::new(),
            modules: FxHashMap::default(),
            roles: FxHashMap::default(),
            users: FxHashMap::default(),
            within: FxHashMap::default(),
        };
        for (flake_at, flake) in repository.flakes.iter().enumerate() {
            let first = index.hosts.len();
            for (host_at, host) in flake.hosts.iter().enumerate() {
                let id = HostId(index.hosts.len() as u32);
                index.hosts.push((flake_at, host_at));
                index.add_facts(id, &host.facts);
            }
            let by_output: FxHashMap<&str, usize> =
                flake.hosts.iter().enumerate().map(|(at, host)| (host.output.as_str(), at)).collect();
            for (host_at, host) in flake.hosts.iter().enumerate() {
                let outer = host.within.as_deref().and_then(|within| by_output.get(within));
                if let Some(outer) = outer {
                    let outer = HostId((first + outer) as u32);
                    let inner = HostId((first + host_at) as u32);
                    index.users.entry(outer).or_default().push(inner);
                    index.within.insert(inner, outer);
                }
            }
        }
        index
    }

    fn add_facts(&mut self, host: HostId, facts: &crate::module_system::Facts) {
        for (module, facts) in facts.modules.iter().enumerate() {
            let (file, inline) = match &facts.source {
                ModuleSource::File { file, .. } => (*file, None),
                ModuleSource::Inline { file, origin, .. } => (*file, Some(*origin)),
                _ => continue,
            };
            self.modules.entry(file).or_default().push(ModuleRef { host, module, inline });
        }
        for (option, facts) in facts.options.iter().enumerate() {
            for origin in facts.declarations.iter().filter_map(|declaration| declaration.origin) {
                self.roles.entry(origin).or_default().push(Role::Declaration { host, option });
            }
        }
        for (definition, facts) in facts.definitions.iter().enumerate() {
            if let Some(origin) = facts.origin {
                self.roles.entry(origin).or_default().push(Role::Definition { host, definition });
            }
        }
    }
}
