//! Options by path, over many hosts at once.

use std::collections::BTreeMap;
use std::ops::Range;

use super::index::Role;
use super::{HostId, Kind, Place, Segment, Semantics};
use crate::base::{FileId, TextSize};
use crate::eval::Origin;
use crate::hir::Name;
use crate::module_system::{Declared, Definition, Module, OptionFacts};

/// An option of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OptionRef {
    pub host: HostId,
    /// Index into the options of its facts.
    pub option: usize,
}

/// A definition of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DefinitionRef {
    pub host: HostId,
    /// Index into the definitions of its facts.
    pub definition: usize,
}

/// A name below a path of options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// The option of exactly this name.
    pub option: Option<OptionRef>,
    /// Whether there are options below it.
    pub has_children: bool,
    /// Whether a module of the repository declares it, or something below it.
    pub is_own: bool,
}

/// Whether a segment stands for any name, in the option of a submodule.
fn is_placeholder(segment: &str) -> bool {
    segment == "*" || segment.starts_with('<')
}

/// The options within `ranges` whose segment number `depth` is `segment`. All
/// options of a range share the segments before it, so that they are sorted by it.
fn narrow(options: &[OptionFacts], ranges: &[Range<usize>], depth: usize, segment: &Segment) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for range in ranges {
        let Some(slice) = options.get(range.clone()) else { continue };
        let mut at = 0;
        // Placeholders sort before all names of real options, and there is hardly ever more than one.
        while let Some(option) = slice.get(at) {
            let Some(name) = option.path.get(depth) else {
                at += 1;
                continue;
            };
            let end = at + run(slice.get(at..).unwrap_or_default(), depth, name);
            let matches = match segment {
                Segment::Any => true,
                Segment::Name(wanted) => wanted == name || is_placeholder(name),
            };
            if matches {
                found.push(range.start + at..range.start + end);
            }
            at = match segment {
                Segment::Name(wanted) if wanted > name && !is_placeholder(name) => {
                    let rest = slice.get(end..).unwrap_or_default();
                    end + rest.partition_point(|option| {
                        option.path.get(depth).is_some_and(|name| name < wanted && !is_placeholder(name))
                    })
                }
                Segment::Name(wanted) if wanted < name && !is_placeholder(name) => break,
                _ => end,
            };
        }
    }
    found
}

/// How many options at the start of `slice` have this name at `depth`.
fn run(slice: &[OptionFacts], depth: usize, name: &Name) -> usize {
    slice.partition_point(|option| option.path.get(depth).is_some_and(|other| other <= name))
}

impl Semantics {
    /// The facts of an option.
    pub fn option(&self, option: OptionRef) -> Option<&OptionFacts> {
        self.host(option.host)?.facts.options.get(option.option)
    }

    /// The facts of a definition.
    pub fn definition(&self, definition: DefinitionRef) -> Option<&Definition> {
        self.host(definition.host)?.facts.definitions.get(definition.definition)
    }

    /// The module of a definition.
    pub fn definition_module(&self, definition: DefinitionRef) -> Option<&Module> {
        let facts = &self.host(definition.host)?.facts;
        facts.modules.get(facts.definitions.get(definition.definition)?.module)
    }

    fn below(&self, host: HostId, path: &[Segment]) -> Option<(&[OptionFacts], Vec<Range<usize>>)> {
        let options = self.host(host)?.facts.options.as_slice();
        let mut ranges: Vec<Range<usize>> = std::iter::once(0..options.len()).collect();
        for (depth, segment) in path.iter().enumerate() {
            ranges = narrow(options, &ranges, depth, segment);
        }
        Some((options, ranges))
    }

    /// The option at a path in each of these hosts.
    pub fn options_at(&self, hosts: &[HostId], path: &[Segment]) -> Vec<OptionRef> {
        let mut found = Vec::new();
        for host in hosts {
            let Some((options, ranges)) = self.below(*host, path) else { continue };
            for range in ranges {
                let exact = options.get(range.start).is_some_and(|option| option.path.len() == path.len());
                if exact {
                    found.push(OptionRef { host: *host, option: range.start });
                }
            }
        }
        found
    }

    /// The option at a path, or the one inside of whose value the path leads.
    pub fn options_around(&self, hosts: &[HostId], path: &[Segment]) -> Vec<OptionRef> {
        if self.is_namespace(hosts, path) {
            return self.options_at(hosts, path);
        }
        let prefixes = (1..path.len()).rev().filter_map(|length| path.get(..length));
        let mut around = prefixes.map(|prefix| self.options_at(hosts, prefix));
        around.find(|options| !options.is_empty()).unwrap_or_default()
    }

    /// Whether any of these hosts has an option below a path.
    pub fn is_namespace(&self, hosts: &[HostId], path: &[Segment]) -> bool {
        hosts.iter().any(|host| self.below(*host, path).is_some_and(|(_, ranges)| !ranges.is_empty()))
    }

    /// The names of options directly below a path in any of these hosts.
    /// Hidden options are left out, and the names that a submodule leaves open.
    pub fn children(&self, hosts: &[HostId], path: &[Segment]) -> BTreeMap<Name, Child> {
        let mut children: BTreeMap<Name, Child> = BTreeMap::new();
        for host in hosts {
            let Some((options, ranges)) = self.below(*host, path) else { continue };
            let Some(facts) = self.host(*host).map(|host| &host.facts) else { continue };
            for at in ranges.into_iter().flatten() {
                let Some(option) = options.get(at).filter(|option| !option.hidden) else { continue };
                let Some(name) = option.path.get(path.len()).filter(|name| !is_placeholder(name)) else { continue };
                if !children.contains_key(name) {
                    children.insert(name.clone(), Child { option: None, has_children: false, is_own: false });
                }
                let Some(child) = children.get_mut(name) else { continue };
                child.is_own |= facts.is_own(option);
                if option.path.len() > path.len() + 1 {
                    child.has_children = true;
                } else if child.option.is_none() {
                    child.option = Some(OptionRef { host: *host, option: at });
                }
            }
        }
        children
    }

    /// All options directly at or below a path, in reading order.
    pub fn options_below(&self, hosts: &[HostId], path: &[Segment]) -> Vec<OptionRef> {
        let mut found = Vec::new();
        for host in hosts {
            let Some((_, ranges)) = self.below(*host, path) else { continue };
            found.extend(ranges.into_iter().flatten().map(|option| OptionRef { host: *host, option }));
        }
        found
    }

    /// The same options in all hosts that have them: those with a declaration in common.
    pub fn in_all_hosts(&self, options: &[OptionRef]) -> Vec<OptionRef> {
        let mut found: Vec<OptionRef> = options.to_vec();
        for option in options {
            let Some(facts) = self.option(*option) else { continue };
            for origin in facts.declarations.iter().filter_map(|declaration| declaration.origin) {
                for role in self.roles(origin) {
                    if let Role::Declaration { host, option } = role
                        // One place can declare many options, as in a function over names.
                        && self.option(OptionRef { host: *host, option: *option }).is_some_and(|it| it.path == facts.path)
                    {
                        found.push(OptionRef { host: *host, option: *option });
                    }
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }

    /// All options at or below a path, in every host that shares one of them, whatever else is there.
    pub fn below_in_all_hosts(&self, hosts: &[HostId], path: &[Segment]) -> Vec<OptionRef> {
        let mut hosts = hosts.to_vec();
        loop {
            let found = self.in_all_hosts(&self.options_below(&hosts, path));
            let mut all: Vec<HostId> = found.iter().map(|option| option.host).chain(hosts.iter().copied()).collect();
            all.sort();
            all.dedup();
            if all.len() <= hosts.len() {
                return found;
            }
            hosts = all;
        }
    }

    /// Options with those that the same places declare under the same last name, by path, over all hosts: functions
    /// that declare an option declare it for whoever calls them.
    pub fn declared_together(&self, options: &[OptionRef]) -> BTreeMap<Vec<Name>, Vec<OptionRef>> {
        let mut found: BTreeMap<Vec<Name>, Vec<OptionRef>> = BTreeMap::new();
        let mut waiting = self.in_all_hosts(options);
        while let Some(option) = waiting.pop() {
            let Some(facts) = self.option(option) else { continue };
            let known = found.entry(facts.path.clone()).or_default();
            if known.contains(&option) {
                continue;
            }
            known.push(option);
            for origin in facts.declarations.iter().filter_map(|declaration| declaration.origin) {
                for role in self.roles(origin) {
                    let Role::Declaration { host, option } = *role else { continue };
                    let other = OptionRef { host, option };
                    if self.option(other).is_some_and(|other| other.path.last() == facts.path.last()) {
                        waiting.push(other);
                    }
                }
            }
        }
        found.values_mut().for_each(|options| options.sort());
        found
    }

    /// Where these options are declared, each place once.
    pub fn declarations(&self, options: &[OptionRef]) -> Vec<Origin> {
        let mut origins: Vec<Origin> = options
            .iter()
            .filter_map(|option| self.option(*option))
            .flat_map(|facts| facts.declarations.iter().filter_map(|declaration| declaration.origin))
            .collect();
        origins.sort();
        origins.dedup();
        origins
    }

    /// The definitions of these options in their hosts.
    pub fn definitions(&self, options: &[OptionRef]) -> Vec<DefinitionRef> {
        let mut found = Vec::new();
        for option in options {
            let Some(host) = self.host(option.host) else { continue };
            for (definition, facts) in host.facts.definitions.iter().enumerate() {
                if matches!(facts.status, Declared::Option(at) | Declared::Inside(at) if at == option.option) {
                    found.push(DefinitionRef { host: option.host, definition });
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }

    /// The hosts in whose configuration a place stands, and its path there: a
    /// place below `home-manager.users.me` stands in the configuration of the user `me`.
    pub fn hosts_at(&self, file: FileId, offset: TextSize, place: &Place) -> (Vec<HostId>, Vec<Segment>) {
        let hosts = self.hosts_around(file, offset);
        let is = |at: usize, name: &str| place.path.get(at).and_then(Segment::name).is_some_and(|it| it == name);
        let prefix = if is(0, "home-manager") && is(1, "users") && place.path.len() >= 3 {
            3
        } else if is(0, "home-manager") && is(1, "config") {
            2
        } else {
            return (hosts, place.path.clone());
        };
        if place.path.len() == prefix && place.kind != Kind::Top {
            // The name of the user itself.
            return (hosts, place.path.clone());
        }
        let wanted = if prefix == 3 { place.path.get(2).and_then(Segment::name) } else { None };
        let all = hosts.iter().flat_map(|host| self.users(*host)).copied();
        let of_name = |user: &HostId| match (wanted, self.host(*user)) {
            (Some(name), Some(host)) => host.name == *name,
            _ => true,
        };
        let mut users: Vec<HostId> = all.clone().filter(of_name).collect();
        if users.is_empty() {
            // A user that is only being written: the modules of the others are the best guess.
            users = all.collect();
        }
        users.sort();
        users.dedup();
        (users, place.path.get(prefix..).unwrap_or_default().to_vec())
    }

    /// The hosts whose module a place stands in. For a file that no host reaches, all hosts of its flake.
    pub fn hosts_around(&self, file: FileId, offset: TextSize) -> Vec<HostId> {
        let modules = self.modules(file);
        let holds = |origin: Origin| self.whole_range(origin).is_some_and(|at| at.range.contains_inclusive(offset));
        let mut hosts: Vec<HostId> = modules
            .iter()
            .filter(|module| match module.inline {
                // The file in which a user's module is written is that of its host.
                None => !(self.is_defined_in(module.host, file) && self.stands_within_host(module.host, file)),
                // A user's module written within the module of its host is found by its path.
                Some(origin) => holds(origin) && !self.stands_within_host(module.host, file),
            })
            .map(|module| module.host)
            .collect();
        // A flake.nix is no module, it only holds some.
        if hosts.is_empty() && self.flake(file).is_none_or(|flake| flake.file != file) {
            hosts = self.hosts_of_flake(file);
        }
        hosts.sort();
        hosts.dedup();
        hosts
    }

    fn is_defined_in(&self, user: HostId, file: FileId) -> bool {
        self.host(user).and_then(|user| user.definition).is_some_and(|definition| definition.file == file)
    }

    fn stands_within_host(&self, user: HostId, file: FileId) -> bool {
        self.within(user).is_some_and(|host| self.modules(file).iter().any(|module| module.host == host))
    }

    /// The hosts whose configuration an argument of a module is: `config` is that of
    /// the module's own hosts, `osConfig` that of the hosts around them.
    pub fn hosts_of_argument(&self, argument: &str, hosts: &[HostId]) -> Vec<HostId> {
        if matches!(argument, "config" | "options") {
            return hosts.to_vec();
        }
        let mut found: Vec<HostId> = hosts.iter().filter_map(|host| self.within(*host)).collect();
        for (at, (flake, _)) in self.index().hosts.iter().enumerate() {
            let Some(flake) = self.repository().flakes.get(*flake) else { continue };
            let Some(this) = self.host(HostId(at as u32)) else { continue };
            let given = hosts.iter().filter_map(|host| self.host(*host)).flat_map(|host| &host.simulated_os_config);
            for simulated in given.filter(|simulated| simulated.argument == argument) {
                if simulated.hosts.contains(&this.output) && flake.host(&this.output).is_some() {
                    found.push(HostId(at as u32));
                }
            }
        }
        if found.is_empty() {
            return hosts.to_vec();
        }
        found.sort();
        found.dedup();
        found
    }
}
