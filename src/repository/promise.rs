//! What a change promises of the hosts of a flake, put to the proof by evaluating the flake with the change in it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::bypass;
use super::unchanged::of_flake;
use super::{Analyzer, Flake, Host, Repository};
use crate::db::{Change, Node, Snapshot};
use crate::eval::{FileType, STACK_SIZE};
use crate::hir::Name;

/// What is not to change, and what is to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Promise {
    /// Hosts, modules, options and definitions are what they were, but for modules that are new files.
    SameHosts,
    /// There is one more host, by output, which has the new files for modules. The others are what they were.
    NewHost(String),
    /// What builds this host is given the same as before, down to functions and unknown values.
    SameHost(String),
}

/// The changes that bring a file into being, which git is taken to track by then.
pub fn created(path: &Name, text: &str) -> [Change; 2] {
    let node = Node { kind: FileType::Regular, tracked: true, target: None };
    [Change::Node { path: path.clone(), node }, Change::Text { path: path.clone(), text: text.into() }]
}

/// In what way changes of the texts in `now` break their promise, as words; `None` where they keep it. `known` is the
/// model to hold the hosts against, which is used where it is that of `now`; `root` is the flake's folder and `added`
/// are the files that are new. Evaluates the flake, and takes as long as that does.
pub fn broken_promise(
    known: &Repository,
    now: &Snapshot,
    root: &Name,
    changes: Vec<Change>,
    added: &[Name],
    promise: &Promise,
) -> Option<String> {
    if let Promise::SameHost(output) = promise {
        let flake = known.flakes.iter().find(|flake| flake.root == *root);
        let host = flake.and_then(|flake| Some((flake, flake.host(output)?)));
        let same = host.is_some_and(|(flake, host)| same_host(flake, host, now, changes));
        return (!same).then(|| format!("{output} could not be shown to be built of the same"));
    }
    let mut analyzer = Analyzer::new();
    let mut analyzed = |snapshot: &Snapshot| -> Option<Repository> {
        analyzer.analyze(snapshot, std::slice::from_ref(root), &AtomicBool::new(false))
    };
    let again = if known.snapshot.revision() == now.revision() { None } else { Some(analyzed(now)?) };
    let before = again.as_ref().unwrap_or(known);
    let Some(after) = analyzed(&now.apply(changes)) else {
        return Some("the flake could not be evaluated".to_string());
    };
    let of = |repository: &Repository| repository.flakes.iter().find(|flake| flake.root == *root).cloned();
    let (Some(old), Some(new)) = (of(before), of(&after)) else {
        return Some("the flake could not be evaluated".to_string());
    };
    match promise {
        Promise::NewHost(output) => {
            let is_new = |host: &Host| host.output == *output || host.within.as_ref() == Some(output);
            let Some(host) = new.host(output) else { return Some(format!("{output} does not come into being")) };
            let files: Vec<&str> = added.iter().map(Name::as_str).collect();
            if let Some(lost) = files.iter().find(|path| !has_module(&new, output, path)) {
                return Some(format!("{} is no module of {output}", new.relative(lost)));
            }
            if let Some(problem) = host.facts.problems.first().filter(|_| !fails(&old)) {
                return Some(format!("{output}: {}", problem.message));
            }
            let others: Vec<Arc<Host>> = new.hosts.iter().filter(|host| !is_new(host)).cloned().collect();
            let rest = Flake { hosts: others, ..(*new).clone() };
            of_flake((before, &old), (&after, &rest), added)
        }
        Promise::SameHosts | Promise::SameHost(_) => of_flake((before, &old), (&after, &new), added),
    }
}

/// Whether any host of the flake has a problem of its own, so that a new one may have it too.
fn fails(flake: &Flake) -> bool {
    flake.hosts.iter().any(|host| !host.facts.problems.is_empty())
}

/// Whether a file is a module of a host, or of a user within it.
fn has_module(flake: &Flake, output: &str, path: &str) -> bool {
    use crate::module_system::ModuleSource;
    let hosts = flake.hosts.iter().filter(|host| host.output == output || host.within.as_deref() == Some(output));
    let mut modules = hosts.flat_map(|host| &host.facts.modules);
    modules.any(|module| matches!(&module.source, ModuleSource::File { path: other, .. } if *other == path))
}

/// Whether a host is built of the same where one text is another one.
fn same_host(flake: &Flake, host: &Host, now: &Snapshot, changes: Vec<Change>) -> bool {
    let [Change::Edit { path, edit, .. }] = changes.as_slice() else { return false };
    let proof = || bypass::builds_the_same(flake, host, now, path, edit);
    std::thread::scope(|scope| {
        let spawned = std::thread::Builder::new().stack_size(STACK_SIZE).spawn_scoped(scope, proof);
        spawned.is_ok_and(|thread| thread.join().unwrap_or_default())
    })
}
