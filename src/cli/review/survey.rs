//! What there is in a repository, counted.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::FileId;
use crate::cli::load::Loaded;
use crate::eval::Origin;
use crate::hir::Name;
use crate::module_system::{ModuleSource, OptionFacts};
use crate::repository::{Host, HostKind, Repository, is_plain};

/// The numbers of a repository.
pub(super) struct Survey<'a> {
    pub(super) loaded: &'a Loaded,
    /// Hosts that are outputs, not the users within them.
    pub(super) hosts: Vec<&'a Host>,
    /// Images and the like, which outputs make of a configuration of their own; one for all systems of each.
    pub(super) images: Vec<&'a Host>,
    /// Nix files of the flake with their lines, by path relative to it.
    pub(super) files: BTreeMap<String, usize>,
    /// Module files with the hosts that have them, by output.
    pub(super) modules: BTreeMap<String, BTreeSet<&'a str>>,
    /// Module files of homes.
    pub(super) home_modules: BTreeSet<String>,
    /// Options that the repository declares, by path as text.
    pub(super) options: BTreeMap<String, &'a OptionFacts>,
    pub(super) inputs: Vec<InputRow>,
    /// The copies of nixpkgs in the lock.
    pub(super) nixpkgs: usize,
}

/// An input of the flake.
pub(super) struct InputRow {
    pub(super) name: Name,
    pub(super) source: String,
    pub(super) nixpkgs: Nixpkgs,
    /// How many hosts have modules of it.
    pub(super) hosts: usize,
}

/// Which nixpkgs an input uses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Nixpkgs {
    Itself,
    /// One that is an input of the flake too.
    Follows,
    /// A copy of its own.
    Own,
    None,
    /// The lock does not say.
    Unknown,
}

impl<'a> Survey<'a> {
    pub(super) fn of(loaded: &'a Loaded) -> Survey<'a> {
        let flake = &loaded.flake;
        let all = flake.hosts.iter().map(|host| &**host).filter(|host| host.within.is_none());
        let (mut hosts, mut images): (Vec<&Host>, Vec<&Host>) = all.partition(|host| is_host(host));
        hosts.sort_by_key(|host| (super::KINDS.iter().position(|(kind, _, _)| *kind == host.kind), &host.output));
        let mut definitions = BTreeSet::new();
        images.retain(|image| definitions.insert((image.definition, image.name.clone())));
        let mut survey = Survey {
            loaded,
            hosts,
            images,
            files: files(&loaded.repository, loaded),
            modules: BTreeMap::new(),
            home_modules: BTreeSet::new(),
            options: BTreeMap::new(),
            inputs: Vec::new(),
            nixpkgs: 0,
        };
        for host in &flake.hosts {
            let top = host.within.as_deref().unwrap_or(&host.output);
            let counts = survey.hosts.iter().any(|host| host.output == top);
            for module in &host.facts.modules {
                let ModuleSource::File { path, .. } = &module.source else { continue };
                let path = loaded.relative(path);
                if host.kind == HostKind::Home {
                    survey.home_modules.insert(path.clone());
                }
                let hosts = survey.modules.entry(path).or_default();
                if counts {
                    hosts.insert(top);
                }
            }
            let own = host.facts.options.iter().filter(|option| host.facts.is_own(option));
            survey.options.extend(own.map(|option| (crate::module_system::path_text(&option.path), option)));
        }
        survey.inputs = inputs(loaded);
        let lock = flake.lock.as_ref().and_then(|lock| lock.as_ref().ok());
        survey.nixpkgs = lock.map_or(0, |lock| lock.nixpkgs_nodes().len());
        survey
    }

    /// The users within a host.
    pub(super) fn users(&self, host: &Host) -> Vec<&'a Host> {
        let within = self.loaded.flake.hosts.iter().map(|it| &**it);
        within.filter(|user| user.within.as_deref() == Some(&host.output)).collect()
    }

    /// How many module files a host has, with its users.
    pub(super) fn module_files(&self, host: &Host) -> usize {
        let mut files = BTreeSet::new();
        for host in self.users(host).into_iter().chain([host]) {
            files.extend(host.facts.modules.iter().filter_map(|module| match &module.source {
                ModuleSource::File { path, .. } => Some(path.clone()),
                _ => None,
            }));
        }
        files.len()
    }

    pub(super) fn lines(&self) -> usize {
        self.files.values().sum()
    }

    /// `path:line`, as it is printed.
    pub(super) fn place(&self, origin: Option<Origin>) -> Option<String> {
        let place = self.loaded.origin(origin)?;
        Some(format!("{}:{}", place.path, place.range.start.line + 1))
    }
}

/// Whether an output is a host, and not an image that is made of one.
fn is_host(host: &Host) -> bool {
    let output = host.output.as_str();
    is_plain(output, host.kind) || output.starts_with("colmena") || output.contains("onfigurations")
}

/// The Nix files of the flake that it sees, with their lines.
fn files(repository: &Repository, loaded: &Loaded) -> BTreeMap<String, usize> {
    let snapshot = &repository.snapshot;
    let owned = |path: &Name| {
        repository.flake_of(path).is_some_and(|flake| flake.root == loaded.flake.root)
            && snapshot.tree().node(path).is_some_and(|node| node.tracked)
    };
    let lines = |file: FileId| snapshot.file(file).map_or(0, |data| data.text().lines().count());
    let files = snapshot.nix_files().iter().filter(|(path, _)| owned(path));
    files.map(|(path, file)| (loaded.relative(path), lines(*file))).collect()
}

fn inputs(loaded: &Loaded) -> Vec<InputRow> {
    let flake = &loaded.flake;
    let lock = flake.lock.as_ref().and_then(|lock| lock.as_ref().ok());
    let direct = lock.map(|lock| lock.direct_inputs()).unwrap_or_default();
    let direct_nodes: BTreeSet<Name> = direct.iter().filter_map(|(_, node)| node.clone()).collect();
    let row = |input: &crate::repository::Input| {
        let node = direct.iter().find(|(name, _)| *name == input.name).and_then(|(_, node)| node.clone());
        let locked = lock.zip(node.as_ref()).and_then(|(lock, node)| Some((lock, node, lock.node(node)?)));
        let nixpkgs = match locked {
            None => Nixpkgs::Unknown,
            Some((lock, node, _)) if lock.is_nixpkgs(node) => Nixpkgs::Itself,
            Some((lock, node, locked)) => {
                let of_it = locked.inputs.keys().filter_map(|name| lock.resolve(node, name));
                let of_it: Vec<Name> = of_it.filter(|node| lock.is_nixpkgs(node)).collect();
                match of_it.iter().all(|node| direct_nodes.contains(node)) {
                    _ if of_it.is_empty() => Nixpkgs::None,
                    true => Nixpkgs::Follows,
                    false => Nixpkgs::Own,
                }
            }
        };
        let uses = |host: &&std::sync::Arc<Host>| {
            host.facts.modules.iter().any(|module| match &module.source {
                ModuleSource::Input { input: name, .. } => *name == input.name,
                _ => false,
            })
        };
        let url = input.url.as_ref().map(|url| url.text.to_string());
        let follows = input.follows.as_ref().map(|follows| format!("follows {}", follows.text));
        InputRow {
            name: input.name.clone(),
            source: url.or(follows).or(locked.map(|(_, _, node)| node.locked_url())).unwrap_or_default(),
            nixpkgs,
            hosts: flake.hosts.iter().filter(uses).count(),
        }
    };
    flake.inputs.iter().map(row).collect()
}
