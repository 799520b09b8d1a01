//! Whether two revisions of a flake give an output the same, as far as that can be proven.
//!
//! Both revisions are evaluated, and what the builder of a host is given on either side is compared, down to functions
//! and values that are not known ([`Sameness`]). `self` counts as the same on both sides: who wants to know
//! what a host takes from the flake itself asks [`references`](super::references).
//! What stands in module files is not part of it: a module is given by its path.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::analysis::read_lock;
use super::hosts;
use super::listing::{self, HostEntry, mark};
use super::model::Flake;
use super::session::Session;
use crate::db::Snapshot;
use crate::eval::{Attrs, Bounds, ReadSet, STACK_SIZE, Sameness, Thunk, Value};
use crate::flake::LockGraph;
use crate::hir::Name;
use crate::module_system::{Module, ModuleSource};

/// What two revisions make of one output.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// Whether both are provably given the same.
    pub same: bool,
    /// What a host is given that may differ: `modules`, `specialArgs`, `system`. Empty where it is not known what.
    pub differs: Vec<Name>,
    /// What the evaluation of the host read in both revisions.
    pub reads: ReadSet,
    /// The paths of its modules, in both revisions.
    pub modules: [Vec<Name>; 2],
}

/// Compares the outputs of `flake`, which is of `new`, with those of the same flake in `old`; `changed` are the
/// paths that differ, and `same` the hosts that are known to be what they were. By output path; hosts and other outputs
/// that only one of them has are not there.
pub fn compare(
    old: &Snapshot,
    new: &Snapshot,
    flake: &Flake,
    changed: &[Name],
    same: &BTreeSet<String>,
) -> BTreeMap<String, Compared> {
    std::thread::scope(|scope| {
        let work = || compare_here(old, new, flake, changed, same);
        let spawned = std::thread::Builder::new().stack_size(STACK_SIZE).spawn_scoped(scope, work);
        match spawned.map(|thread| thread.join()) {
            Ok(Ok(compared)) => compared,
            _ => BTreeMap::new(),
        }
    })
}

fn compare_here(
    old: &Snapshot,
    new: &Snapshot,
    flake: &Flake,
    changed: &[Name],
    unread: &BTreeSet<String>,
) -> BTreeMap<String, Compared> {
    let lock = |snapshot| read_lock(snapshot, &flake.root).and_then(|lock| lock.ok());
    let (old_lock, new_lock) = (lock(old), lock(new));
    let session = |snapshot: &Snapshot, lock: &Option<Arc<LockGraph>>| {
        let session = Session::new(snapshot, &flake.root, lock.clone(), Bounds::default());
        session.ev.remember_expressions();
        session
    };
    let listing = listing::list(&session(new, &new_lock), &|_| {});
    let (kept, looked_at): (Vec<_>, Vec<_>) =
        listing.hosts.iter().partition(|entry| unread.contains(&hosts::output_name(&entry.path)));
    let same = || Compared { same: true, ..Compared::default() };
    let mut found: BTreeMap<String, Compared> =
        kept.iter().map(|entry| (hosts::output_name(&entry.path), same())).collect();
    // Each in evaluations of its own, as hosts always are: what it reads is then its own.
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(entry) = looked_at.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (before, after) = (session(old, &old_lock), session(new, &new_lock));
            let compared = host(&before, &after, entry, changed);
            done.extend(compared.map(|compared| (hosts::output_name(&entry.path), compared)));
        }
        done
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(looked_at.len());
    std::thread::scope(|scope| {
        let spawn = |_| std::thread::Builder::new().stack_size(STACK_SIZE).spawn_scoped(scope, work);
        let threads: Vec<_> = (1..cores).map_while(|at| spawn(at).ok()).collect();
        found.extend(work());
        for thread in threads {
            found.extend(thread.join().unwrap_or_default());
        }
    });
    let (before, after) = (session(old, &old_lock), session(new, &new_lock));
    // What is in module files only hosts are made of.
    let modules: BTreeSet<&Name> = found.values().flat_map(|it| it.modules.iter().flatten()).collect();
    let around: Vec<&Name> = changed.iter().filter(|path| !modules.contains(path)).collect();
    let mut reads = listing.reads.clone();
    reads.texts.retain(|path| !modules.contains(path));
    reads.nix_files.retain(|file| !modules.contains(&new.paths().path(*file)));
    let mut outputs = BTreeMap::new();
    for output in &listing.outputs {
        let name = hosts::output_name(&output.path);
        if found.contains_key(&name) {
            continue;
        }
        let names: Vec<&str> = output.path.iter().map(Name::as_str).collect();
        let same = match (thunk_at(&before, &names), thunk_at(&after, &names)) {
            (Some(Some(_)), Some(Some(_))) if around.is_empty() => true,
            // One output may not use up what the others need.
            (Some(Some(a)), Some(Some(b))) => {
                let compare = || sameness(&before, &after, changed).thunks(&a, &b);
                before.ev.with_share(|| after.ev.with_share(compare))
            }
            // It was not there.
            (Some(None), _) => continue,
            _ => false,
        };
        // Which of these are for this output nobody knows.
        outputs.insert(name, Compared { same, reads: reads.clone(), ..Compared::default() });
    }
    found.extend(outputs);
    found
}

fn sameness<'a>(before: &'a Session, after: &'a Session, changed: &[Name]) -> Sameness<'a> {
    let unique_inputs = !before.state.has_other_flakes() && !after.state.has_other_flakes();
    let mut sameness = Sameness::across(&before.ev, &after.ev, changed, unique_inputs);
    let pairs = [(before.own(), after.own()), (before.state.arguments.get(), after.state.arguments.get())];
    for (a, b) in pairs {
        let (Some(a), Some(b)) = (a, b) else { continue };
        sameness.assume(a, b);
        if let (Ok(a), Ok(b)) = (before.ev.force(a), after.ev.force(b)) {
            sameness.assume_sets(&a, &b, 0);
        }
    }
    // Inputs of which there is another version are asked for by name, and not here; so is their `lib`.
    let libs: Vec<(Name, Value)> =
        before.state.libs.borrow().iter().map(|(input, lib)| (input.clone(), lib.clone())).collect();
    for (input, lib) in libs {
        let other = after.state.libs.borrow().get(&input).cloned();
        if let Some(other) = other {
            sameness.assume_sets(&lib, &other, 1);
        }
    }
    sameness
}

/// The attribute at a path of outputs, not evaluated: `Some(None)` where there certainly is none, `None` where that
/// is not known.
fn thunk_at(session: &Session, path: &[&str]) -> Option<Option<Thunk>> {
    let (last, above) = path.split_last()?;
    match session.ev.select_path(&session.outputs().ok()?, above).ok()? {
        Some(Value::Attrs(set)) => match set.get(last) {
            Some(entry) => Some(Some(entry.value.clone())),
            None => set.rest.is_none().then_some(None),
        },
        Some(_) => None,
        None => Some(None),
    }
}

fn host(before: &Session, after: &Session, entry: &HostEntry, changed: &[Name]) -> Option<Compared> {
    let names: Vec<&str> = entry.path.iter().map(Name::as_str).collect();
    // Where an output is no longer what it was, somebody has to look; where it is new, there is nothing to compare.
    if matches!(thunk_at(before, &names), Some(None)) {
        return None;
    }
    let mut compared = Compared::default();
    for (at, session) in [before, after].into_iter().enumerate() {
        let hosts = hosts::look_into(session, entry);
        if let Some(modules) = compared.modules.get_mut(at) {
            *modules = hosts.iter().flat_map(|host| host.facts.modules.iter().map(described)).collect();
        }
        compared.reads.extend(&session.ev.reads());
        session.ev.refuel();
    }
    let (Some(old), Some(new)) = (given(before, &names), given(after, &names)) else { return Some(compared) };
    if old.rest.is_some() || new.rest.is_some() {
        return Some(compared);
    }
    let mut sameness = sameness(before, after, changed);
    let mut all: Vec<&Name> = old.iter().chain(new.iter()).map(|(name, _)| name).collect();
    all.sort();
    all.dedup();
    for name in all {
        let same = match (old.get(name), new.get(name)) {
            (Some(a), Some(b)) => !a.maybe && !b.maybe && sameness.thunks(&a.value, &b.value),
            _ => false,
        };
        if !same {
            compared.differs.push(name.clone());
        }
    }
    compared.same = compared.differs.is_empty();
    Some(compared)
}

/// What the function that builds a host was given, with the function.
fn given(session: &Session, path: &[&str]) -> Option<Rc<Attrs>> {
    let outputs = session.outputs().ok()?;
    let value = match path {
        ["colmena", ..] => return None,
        _ => session.ev.select_path(&outputs, path).ok()??,
    };
    let index = mark(session, &value)?;
    let calls = session.state.calls.borrow();
    let call = calls.get(index)?;
    let given = call.given.clone()?;
    let builder = Value::string(format!("{:?} of {}", call.kind, call.input));
    Some(Rc::new(given.update(&Attrs::of([("builder", builder)]))))
}

fn described(module: &Module) -> Name {
    match &module.source {
        ModuleSource::File { path, .. } => path.clone(),
        // Its text is part of what is given.
        ModuleSource::Inline { path, .. } => Name::from(format!("in {path}")),
        ModuleSource::Input { input, attr, .. } => Name::from(format!("{input}.{attr}")),
        ModuleSource::WithinInput { input, what, .. } => Name::from(format!("{what} of {input}")),
        ModuleSource::Unknown { why, .. } => Name::from(format!("unknown: {why}")),
        ModuleSource::Missing { path } => Name::from(format!("missing: {path}")),
        ModuleSource::Native { name } => name.clone(),
    }
}
