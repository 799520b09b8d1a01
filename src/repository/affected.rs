//! Which outputs a change of files concerns, and why.
//!
//! A host is concerned where a file that it reads is another one, and what the host gets from it may be another: module
//! files always, with what their text names; files around them (flake.nix, helpers, lists of hosts) only where it is not proven
//! that the host is given the same in both revisions ([`compare`](super::compare)). Everything else errs on the
//! side of too much: who builds nothing of a host because of this answer must be able to rely on it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::analysis::read_lock;
use super::compare::{Compared, compare};
use super::model::{Flake, Host, OutputKind, Repository, is_below};
use super::references::{References, Referred};
use crate::db::Snapshot;
use crate::eval::{Files, Origin, join_path};
use crate::flake::{InputEdge, LockGraph};
use crate::hir::Name;
use crate::module_system::ModuleSource;

/// What a change concerns.
#[derive(Clone, Debug, Default)]
pub struct Affection {
    /// Inputs whose source, or a source of which they are made, is another one.
    pub inputs: BTreeSet<Name>,
    /// Hosts and other outputs, sorted.
    pub affected: Vec<Affected>,
    /// Outputs that are as they were.
    pub untouched: Vec<String>,
}

/// An output that is concerned.
#[derive(Clone, Debug)]
pub struct Affected {
    /// `nixosConfigurations.a`, `packages.x86_64-linux.hello`
    pub output: String,
    pub is_host: bool,
    pub definition: Option<Origin>,
    /// At least one; the first of each kind that was found, by path.
    pub reasons: Vec<Reason>,
}

/// Why an output is concerned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A file that it reads, and the files that lead there: each imports or names the next one.
    File { path: Name, chain: Vec<Name> },
    /// A file around its modules, and what the host is given that may be another: `modules`, `specialArgs`.
    Given { path: Name, what: Vec<Name> },
    /// Modules that it did not have before, and that it has no more.
    Modules { added: Vec<Name>, removed: Vec<Name> },
    /// An input.
    Input { name: Name },
    /// An output of the flake that it uses, and that is concerned itself.
    Output { output: String },
    /// It was not there before.
    New,
}

/// What the difference between two revisions concerns: `old` is the snapshot of before, `changed` are the paths of all files
/// that differ, and `same` the hosts that are known to be what they were ([`Analyzer::same_in`](super::Analyzer::same_in)). The
/// flake has to be one of `repository`.
pub fn affected(
    repository: &Repository,
    flake: &Flake,
    old: &Snapshot,
    changed: &BTreeSet<Name>,
    same: &BTreeSet<String>,
) -> Affection {
    let new = &repository.snapshot;
    let lock = join_path(&flake.root, "flake.lock");
    let meaningful: Vec<Name> = changed
        .iter()
        .filter(|path| **path != lock && is_below(path, &flake.root) && !means_the_same(old, new, path))
        .cloned()
        .collect();
    let parsed = |snapshot| read_lock(snapshot, &flake.root).and_then(Result::ok);
    let inputs = match changed.contains(&lock) {
        true => changed_inputs(parsed(old).as_deref(), parsed(new).as_deref()),
        false => BTreeSet::new(),
    };
    let compared = if meaningful.is_empty() { BTreeMap::new() } else { compare(old, new, flake, &meaningful, same) };
    let names: BTreeSet<Name> = flake.inputs.iter().map(|input| input.name.clone()).collect();
    let there = |snapshot: &Snapshot, path: &Name| snapshot.tree().node(path).is_some();
    let moved = meaningful.iter().filter(|path| there(old, path) != there(new, path)).cloned().collect();
    let mut look =
        Look { new, flake, changed: &meaningful, moved, inputs: &inputs, names, compared, files: BTreeMap::new() };
    let mut found: Vec<Looked> = Vec::new();
    for host in flake.hosts.iter().filter(|host| host.within.is_none()) {
        found.push(look.host(host));
    }
    let hosts: BTreeSet<String> = found.iter().map(|it| it.affected.output.clone()).collect();
    for output in flake.outputs.iter().filter(|output| output.kind != OutputKind::Unknown) {
        let name = path_text(&output.path);
        if !hosts.contains(&name) {
            found.push(look.output(name, &output.path, output.definition));
        }
    }
    spread(&mut found);
    let mut affection = Affection { inputs, ..Affection::default() };
    for Looked { affected: output, .. } in found {
        match output.reasons.is_empty() {
            true => affection.untouched.push(output.output),
            false => affection.affected.push(output),
        }
    }
    affection.affected.sort_by(|a, b| (!a.is_host, &a.output).cmp(&(!b.is_host, &b.output)));
    affection.untouched.sort();
    affection
}

/// Whether a file is the same to Nix in both revisions: white space and comments are nothing.
fn means_the_same(old: &Snapshot, new: &Snapshot, path: &Name) -> bool {
    match (old.file_at(path), new.file_at(path)) {
        (Ok((_, a)), Ok((_, b))) if path.ends_with(".nix") => {
            a.parse().errors().is_empty() && b.parse().errors().is_empty() && a.hir() == b.hir()
        }
        _ => false,
    }
}

/// The inputs of a flake of which anything is another source than before.
fn changed_inputs(old: Option<&LockGraph>, new: Option<&LockGraph>) -> BTreeSet<Name> {
    let Some(new) = new else { return BTreeSet::new() };
    let source = |lock: &LockGraph, node: &Name| {
        let locked = &lock.node(node)?.locked;
        let what = locked.get("narHash").or_else(|| locked.get("rev")).map(ToString::to_string);
        Some((what, locked.get("dir").map(ToString::to_string)))
    };
    // Everything that an input is made of, as the names of inputs lead there.
    let sources = |lock: &LockGraph, start: &Name| {
        let mut found = BTreeMap::new();
        let mut open = VecDeque::from([(start.clone(), Vec::<Name>::new())]);
        let mut seen = BTreeSet::new();
        while let Some((node, path)) = open.pop_front() {
            if !seen.insert(node.clone()) {
                continue;
            }
            for (input, edge) in lock.node(&node).into_iter().flat_map(|it| &it.inputs) {
                let next = match edge {
                    InputEdge::Node(next) => Some(next.clone()),
                    InputEdge::Follows(_) => lock.resolve(&node, input),
                };
                let mut path = path.clone();
                path.push(input.clone());
                open.extend(next.map(|next| (next, path)));
            }
            found.insert(path, source(lock, &node));
        }
        found
    };
    let node = |lock: &LockGraph, name: &Name| lock.direct_inputs().into_iter().find(|(it, _)| it == name)?.1;
    let differs = |(name, here): &(Name, Option<Name>)| {
        let then = old.and_then(|old| Some(sources(old, &node(old, name)?)));
        then != here.as_ref().map(|here| sources(new, here))
    };
    new.direct_inputs().into_iter().filter(differs).map(|(name, _)| name).collect()
}

/// Outputs that use others which are concerned are so too.
fn spread(found: &mut [Looked]) {
    loop {
        let touched: Vec<(String, Vec<Name>)> = found
            .iter()
            .filter(|it| !it.affected.reasons.is_empty())
            .map(|it| (it.affected.output.clone(), it.path.clone()))
            .collect();
        let mut grown = false;
        for Looked { affected, own, .. } in found.iter_mut().filter(|it| it.affected.reasons.is_empty()) {
            let uses = |path: &Vec<Name>| own.iter().any(|own| path.starts_with(own) || own.starts_with(path));
            if let Some((other, _)) = touched.iter().find(|(other, path)| *other != affected.output && uses(path)) {
                affected.reasons.push(Reason::Output { output: other.clone() });
                grown = true;
            }
        }
        if !grown {
            return;
        }
    }
}

fn path_text(path: &[Name]) -> String {
    super::hosts::output_name(path)
}

/// The names in an output's path as it is written: `a."b.c"`.
fn names_of(output: &str) -> Vec<Name> {
    let (mut names, mut name, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = output.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => name.extend(chars.next()),
            '.' if !quoted => names.push(Name::from(std::mem::take(&mut name))),
            c => name.push(c),
        }
    }
    names.push(Name::from(name));
    names
}

struct Look<'a> {
    new: &'a Snapshot,
    flake: &'a Flake,
    changed: &'a [Name],
    /// Those of them that are new or gone, as whoever lists their folder sees.
    moved: Vec<Name>,
    /// Those that changed.
    inputs: &'a BTreeSet<Name>,
    /// Those that there are.
    names: BTreeSet<Name>,
    compared: BTreeMap<String, Compared>,
    /// What files refer to.
    files: BTreeMap<Name, References>,
}

/// An output that was looked at.
struct Looked {
    affected: Affected,
    path: Vec<Name>,
    /// What it takes from `self`.
    own: BTreeSet<Vec<Name>>,
}

/// A set of files with the one that led to each.
type Reached = BTreeMap<Name, Option<Name>>;

impl Look<'_> {
    fn host(&mut self, host: &Host) -> Looked {
        let flake = self.flake;
        let users = flake.hosts.iter().filter(|user| user.within.as_ref() == Some(&host.output));
        let all: Vec<&Host> = std::iter::once(host).chain(users.map(|user| &**user)).collect();
        let mut reached: Reached = BTreeMap::new();
        let mut inputs: BTreeSet<Name> = BTreeSet::new();
        for host in &all {
            for module in &host.facts.modules {
                match &module.source {
                    ModuleSource::File { path, .. } => {
                        let importer = module.importer.and_then(|at| host.facts.modules.get(at));
                        let from = importer.and_then(|importer| match &importer.source {
                            ModuleSource::File { path, .. } | ModuleSource::Inline { path, .. } => Some(path.clone()),
                            _ => None,
                        });
                        reached.entry(path.clone()).or_insert(from.filter(|from| from != path));
                    }
                    ModuleSource::Input { input, .. } | ModuleSource::WithinInput { input, .. } => {
                        inputs.insert(input.clone());
                    }
                    _ => {}
                }
            }
        }
        // The wiring: what the host's own attribute says, and the functions around it.
        let path = names_of(&host.output);
        let mut wiring = self.of_path(&path, host.definition);
        for origin in host.helpers.iter().chain(&host.call) {
            wiring.extend(References::of_origin(self.new, &flake.root, &self.names, *origin));
        }
        inputs.extend(wiring.inputs.iter().cloned());
        let compared = self.compared.get(&host.output).cloned();
        let reads = compared.as_ref().map(|it| self.read_paths(it)).unwrap_or_default();
        // Files that the wiring imports can use any input that they name.
        let imported: Vec<Name> =
            wiring.paths.iter().filter(|it| it.whole).filter_map(|it| self.nix_file(&it.path)).collect();
        for path in imported.iter().filter(|path| !reached.contains_key(*path)) {
            inputs.extend(self.file(path).inputs);
        }
        let mut own = wiring.own.clone();
        self.close(&mut reached, &reads);
        for path in reached.keys().cloned().collect::<Vec<_>>() {
            let refers = self.file(&path);
            inputs.extend(refers.inputs);
            own.extend(refers.own);
        }
        // What the wiring itself puts into an inline module: a picture, a list of keys.
        let named = wiring.paths.iter().flat_map(|it| self.exactly(it).into_iter().chain(self.below(it, &reads)));
        for path in named.filter(|path| !path.ends_with(".nix")).collect::<Vec<_>>() {
            reached.entry(path).or_insert(None);
        }
        let mut reasons = self.file_reasons(&reached);
        match &compared {
            None if self.changed.is_empty() => {}
            None => reasons.push(Reason::New),
            Some(compared) => {
                let [before, after] = &compared.modules;
                let only = |these: &[Name], those: &[Name]| {
                    let only: BTreeSet<&Name> = these.iter().filter(|it| !those.contains(it)).collect();
                    only.into_iter().cloned().collect::<Vec<Name>>()
                };
                let (added, removed) = (only(after, before), only(before, after));
                if before != after {
                    reasons.push(Reason::Modules { added, removed });
                } else if !compared.same {
                    reasons.extend(self.given(&reached, &reads, &compared.differs));
                }
            }
        }
        let named: BTreeSet<Name> = self.inputs.intersection(&inputs).cloned().collect();
        reasons.extend(named.into_iter().map(|name| Reason::Input { name }));
        let output = host.output.clone();
        Looked { affected: Affected { output, is_host: true, definition: host.definition, reasons }, path, own }
    }

    fn output(&mut self, name: String, path: &[Name], definition: Option<Origin>) -> Looked {
        let refers = self.of_path(path, definition);
        let (mut inputs, mut own) = (refers.inputs, refers.own);
        let mut reached: Reached = BTreeMap::new();
        let compared = self.compared.get(&name).cloned();
        // Which of the files that outputs read are this one's is not known: all.
        let reads = compared.as_ref().map(|it| self.read_paths(it)).unwrap_or_default();
        reached.extend(refers.paths.iter().filter_map(|it| Some((self.exactly(it)?, None))));
        self.close(&mut reached, &reads);
        for path in refers.paths.iter().flat_map(|it| self.below(it, &reads)) {
            reached.entry(path).or_insert(None);
        }
        for path in reached.keys().cloned().collect::<Vec<_>>() {
            let refers = self.file(&path);
            inputs.extend(refers.inputs);
            own.extend(refers.own);
        }
        let mut reasons = self.file_reasons(&reached);
        match &compared {
            None if self.changed.is_empty() => {}
            None => reasons.push(Reason::New),
            Some(compared) if !compared.same && reasons.is_empty() => {
                reasons.extend(self.given(&reached, &reads, &[]));
            }
            Some(_) => {}
        }
        let named: BTreeSet<Name> = self.inputs.intersection(&inputs).cloned().collect();
        reasons.extend(named.into_iter().map(|name| Reason::Input { name }));
        Looked { affected: Affected { output: name, is_host: false, definition, reasons }, path: path.to_vec(), own }
    }

    /// What an output refers to where it is written, and in flake.nix.
    fn of_path(&self, path: &[Name], definition: Option<Origin>) -> References {
        let (root, names) = (&self.flake.root, &self.names);
        let mut found = References::of_output(self.new, root, names, self.flake.file, path);
        if let Some(origin) = definition.filter(|origin| origin.file != self.flake.file) {
            found.extend(References::of_origin(self.new, root, names, origin));
        }
        found
    }

    /// Everything that an evaluation read or listed.
    fn read_paths(&self, compared: &Compared) -> BTreeSet<Name> {
        let reads = &compared.reads;
        let nix = reads.nix_files.iter().map(|file| self.new.paths().path(*file));
        let listed = self
            .moved
            .iter()
            .filter(|path| path.rsplit_once('/').is_some_and(|(folder, _)| reads.folders.contains(folder)));
        let others = reads.texts.iter().chain(&reads.probes).chain(listed).cloned();
        nix.chain(others).collect()
    }

    /// Files that changed around the modules of an output which is not proven to be given the same.
    fn given(&self, reached: &Reached, reads: &BTreeSet<Name>, what: &[Name]) -> Vec<Reason> {
        let around = self.changed.iter().filter(|path| reads.contains(*path) && !reached.contains_key(*path));
        around.map(|path| Reason::Given { path: path.clone(), what: what.to_vec() }).collect()
    }

    /// Adds what files refer to, again and again; at last what lies in folders that they refer to.
    fn close(&mut self, reached: &mut Reached, reads: &BTreeSet<Name>) {
        let mut open: VecDeque<Name> = reached.keys().cloned().collect();
        let mut folders: VecDeque<(Referred, Option<Name>)> = VecDeque::new();
        loop {
            while let Some(path) = open.pop_front() {
                for referred in self.file(&path).paths {
                    if let Some(next) = self.exactly(&referred)
                        && !reached.contains_key(&next)
                    {
                        reached.insert(next.clone(), Some(path.clone()));
                        open.push_back(next);
                    }
                    folders.push_back((referred, Some(path.clone())));
                }
            }
            let Some((folder, from)) = folders.pop_front() else { return };
            for path in self.below(&folder, reads) {
                if !reached.contains_key(&path) {
                    reached.insert(path.clone(), from.clone());
                    open.push_back(path);
                }
            }
        }
    }

    fn file(&mut self, path: &Name) -> References {
        if !path.ends_with(".nix") {
            return References::default();
        }
        if let Some(known) = self.files.get(path) {
            return known.clone();
        }
        let found = match self.new.file_at(path) {
            Ok((file, _)) => References::of_file(self.new, &self.flake.root, &self.names, file),
            Err(_) => References::default(),
        };
        self.files.insert(path.clone(), found.clone());
        found
    }

    /// The Nix file that importing a path reads.
    fn nix_file(&self, path: &Name) -> Option<Name> {
        match self.new.file_type(path) {
            Ok(Some(crate::eval::FileType::Directory)) => {
                let file = join_path(path, "default.nix");
                self.new.file_at(&file).is_ok().then_some(file)
            }
            _ => path.ends_with(".nix").then(|| path.clone()),
        }
    }

    /// The file that a path stands for: itself, or its default.nix.
    fn exactly(&self, referred: &Referred) -> Option<Name> {
        let path = &referred.path;
        let file = referred.whole.then(|| self.nix_file(path)).flatten();
        file.or_else(|| (referred.whole && self.changed.contains(path)).then(|| path.clone()))
    }

    /// Changed files below a path, but for Nix files that nobody evaluated.
    fn below(&self, referred: &Referred, reads: &BTreeSet<Name>) -> Vec<Name> {
        let path = &referred.path;
        // The whole flake is not what anybody means by `./.` in flake.nix.
        if *path == self.flake.root {
            return Vec::new();
        }
        let below = self.changed.iter().filter(|changed| is_below(changed, path) && *changed != path);
        below.filter(|changed| !changed.ends_with(".nix") || reads.contains(*changed)).cloned().collect()
    }

    fn file_reasons(&self, reached: &Reached) -> Vec<Reason> {
        let concerned = self.changed.iter().filter(|path| reached.contains_key(*path));
        concerned.map(|path| Reason::File { path: path.clone(), chain: chain(reached, path) }).collect()
    }
}

/// From where it starts to a file.
fn chain(reached: &Reached, path: &Name) -> Vec<Name> {
    let mut found = vec![path.clone()];
    let mut at = path;
    while let Some(Some(from)) = reached.get(at) {
        if found.contains(from) {
            break;
        }
        found.push(from.clone());
        at = from;
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::{names_of, path_text};
    use crate::hir::Name;

    #[test]
    fn outputs_are_paths() {
        for names in [&["nixosConfigurations", "a"][..], &["homeConfigurations", "ada@box.lan"], &["a", "x\"y\\${z}"]] {
            let names: Vec<Name> = names.iter().map(Name::new).collect();
            assert_eq!(names_of(&path_text(&names)), names);
        }
    }
}
