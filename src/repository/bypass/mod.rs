//! Hosts that are written by hand beside a function that could build them, and
//! the calls of that function which provably build the same hosts.
//!
//! A call is guessed ([`matching`]), written ([`render`]), and put to the proof
//! by an evaluation of the one host ([`proof`]). What is kept of it has no positions.

mod matching;
mod proof;
mod render;
mod scope;
mod spelling;

use std::sync::Arc;

use super::listing::{HostEntry, Listing};
use super::model::{Flake, Helper, Host, HostKind};
use crate::base::{FileId, TextEdit};
use crate::db::Snapshot;
use crate::eval::{Bounds, Origin, ReadSet, Site};
use crate::flake::LockGraph;
use crate::hir::{ExprId, Name};

use matching::Argument;
use proof::{Ground, Verdict};
use spelling::Text;

/// How many calls are evaluated for one host.
const MAX_PROOFS: usize = 4;

/// A host that is written by hand beside a helper.
#[derive(Clone, Debug)]
pub struct Bypass {
    /// The host's output.
    pub host: String,
    /// Where the helper's name is bound.
    pub helper: Origin,
    /// The call of the helper that provably builds the same host, where one was found.
    pub rewrite: Option<Rewrite>,
    /// The modules that the helper would add, where nothing else differs and all of them have names.
    pub adds: Vec<String>,
}

/// A call of a helper in place of a call by hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Rewrite {
    file: FileId,
    call: ExprId,
    reference: String,
    arguments: Vec<Argument>,
    /// Whether the modules keep their order. Where they do not, lists that
    /// several of them define are merged in another order.
    pub ordered: bool,
}

impl Rewrite {
    /// The change of the text as it is in `snapshot`, in which the call has to
    /// mean what it meant. `None` where a comment would be lost.
    pub fn edit(&self, snapshot: &Snapshot) -> Option<(FileId, TextEdit)> {
        let data = snapshot.file(self.file).ok()?;
        let rendered = render::render(&data, self.call, &self.reference, &self.arguments)?;
        rendered.keeps_comments.then(|| (self.file, TextEdit::replace(rendered.range, rendered.text)))
    }
}

/// A host by hand, and the helpers that may build it.
#[derive(Clone)]
pub(super) struct Suspect {
    pub entry: HostEntry,
    host: Arc<Host>,
    /// The one that the finding names, unless another one turns out to fit.
    first: Helper,
    others: Vec<Helper>,
    /// Whether only this host is built by that call.
    alone: bool,
}

impl Suspect {
    /// Whether what was found out about another one holds for this one, as
    /// long as the files that were read stay the same.
    pub(super) fn is_same(&self, other: &Suspect) -> bool {
        let key = |it: &Suspect| (it.entry.clone(), it.host.call, it.host.system.clone(), it.alone);
        let helper = |it: &Helper| (it.origin, it.function, it.applied);
        key(self) == key(other) && self.helpers().map(helper).eq(other.helpers().map(helper))
    }

    fn helpers(&self) -> impl Iterator<Item = &Helper> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

/// The hosts by hand beside helpers that build others, or that are in scope and build none.
pub(super) fn suspects(
    snapshot: &Snapshot,
    listing: &Listing,
    hosts: &[Arc<Host>],
    helpers: &[Helper],
) -> Vec<Suspect> {
    let mut found = Vec::new();
    for host in hosts.iter().filter(|host| host.within.is_none() && is_plain(&host.output, host.kind)) {
        // A host that any function of the repository builds is not written by hand.
        let by_hand = host.helpers.is_empty() && host.broken.is_empty();
        let Some(call) = host.call.filter(|_| by_hand) else { continue };
        let mut fitting = helpers.iter().filter(|helper| could_build(snapshot, helper, host.kind, call)).cloned();
        let Some(first) = fitting.next() else { continue };
        let entry = listing.hosts.iter().find(|entry| super::hosts::output_name(&entry.path) == host.output);
        if let Some(entry) = entry {
            let alone = hosts.iter().filter(|other| other.call == Some(call)).count() == 1;
            found.push(Suspect { entry: entry.clone(), host: host.clone(), first, others: fitting.collect(), alone });
        }
    }
    found
}

/// Whether an output is one for hosts of its kind, and no image or container made from a configuration.
pub fn is_plain(output: &str, kind: HostKind) -> bool {
    let root = match kind {
        HostKind::Nixos => "nixosConfigurations.",
        HostKind::Darwin => "darwinConfigurations.",
        HostKind::Home => "homeConfigurations.",
        HostKind::Droid => "nixOnDroidConfigurations.",
        HostKind::Other => return false,
    };
    output.starts_with(root)
}

/// Whether a helper builds hosts like this one: other plain hosts, or none yet but it is in scope.
fn could_build(snapshot: &Snapshot, helper: &Helper, kind: HostKind, call: Origin) -> bool {
    if helper.builds != kind {
        return false;
    }
    if helper.hosts.iter().any(|other| is_plain(other, kind)) {
        return true;
    }
    let (Site::Key(binding), Site::Expr(at)) = (helper.origin.site, call.site) else { return false };
    let in_scope = || snapshot.file(call.file).is_ok_and(|data| scope::is_in_scope(data.hir(), binding, at));
    helper.hosts.is_empty() && helper.origin.file == call.file && in_scope()
}

/// Looks for a call that builds the same host. The result holds while what was read stays the same.
pub(super) fn look_into(
    suspect: &Suspect,
    snapshot: &Snapshot,
    root: &Name,
    lock: Option<&Arc<LockGraph>>,
    bounds: Bounds,
) -> (Bypass, ReadSet) {
    let ground = Ground { snapshot, root, lock, bounds };
    let mut bypass =
        Bypass { host: suspect.host.output.clone(), helper: suspect.first.origin, rewrite: None, adds: Vec::new() };
    let mut reads = ReadSet::default();
    let mut proofs = 0;
    for helper in suspect.helpers() {
        reads.nix_files.insert(helper.function.file);
        for (rewrite, path, rendered) in candidates(suspect, helper, snapshot, &mut reads) {
            if proofs == MAX_PROOFS {
                return (bypass, reads);
            }
            proofs += 1;
            let (verdict, read) = proof::prove(&ground, &suspect.entry, &path, &rendered, proof::Way::Helper);
            reads.extend(&read);
            match verdict {
                Verdict::Same { ordered } => {
                    bypass.helper = helper.origin;
                    bypass.rewrite = Some(Rewrite { ordered, ..rewrite });
                    bypass.adds.clear();
                    return (bypass, reads);
                }
                Verdict::Adds(modules) if bypass.helper == helper.origin => bypass.adds = modules,
                Verdict::Adds(_) | Verdict::Different => {}
            }
        }
    }
    (bypass, reads)
}

/// Whether what builds a host is given the same when the text of the edit stands in its place.
pub(super) fn builds_the_same(flake: &Flake, host: &Host, snapshot: &Snapshot, path: &Name, edit: &TextEdit) -> bool {
    let lock = flake.lock.as_ref().and_then(|lock| lock.as_ref().ok());
    let ground = Ground { snapshot, root: &flake.root, lock, bounds: Bounds::default() };
    let Some((output, _)) = host.output.split_once('.') else { return false };
    let entry =
        HostEntry { path: vec![Name::new(output), host.name.clone()], kind: host.kind, definition: host.definition };
    let text = render::Rendered { range: edit.range, text: edit.insert.clone(), keeps_comments: true };
    let (verdict, _) = proof::prove(&ground, &entry, path, &text, proof::Way::Any);
    matches!(verdict, Verdict::Same { ordered: true })
}

/// The calls of a helper that may build a host, one for each way to name the helper.
fn candidates(
    suspect: &Suspect,
    helper: &Helper,
    snapshot: &Snapshot,
    reads: &mut ReadSet,
) -> Vec<(Rewrite, Name, render::Rendered)> {
    let Some(Origin { file, site: Site::Expr(call) }) = suspect.host.call.filter(|_| suspect.alone) else {
        return Vec::new();
    };
    reads.nix_files.insert(file);
    let (path, helper_path) = (snapshot.paths().path(file), snapshot.paths().path(helper.function.file));
    let (Ok(data), Ok(helper_data)) = (snapshot.file(file), snapshot.file(helper.function.file)) else {
        return Vec::new();
    };
    let text = Text { hir: data.hir(), path: &path };
    let helper_text = Text { hir: helper_data.hir(), path: &helper_path };
    let references = scope::references(snapshot, helper, file, call);
    if references.is_empty() {
        return Vec::new();
    }
    let Some(arguments) = matching::arguments(helper, helper_text, &suspect.host, text, call) else {
        return Vec::new();
    };
    let candidates = references.into_iter().filter_map(|reference| {
        let rendered = render::render(&data, call, &reference, &arguments)?;
        let rewrite = Rewrite { file, call, reference, arguments: arguments.clone(), ordered: false };
        Some((rewrite, path.clone(), rendered))
    });
    candidates.collect()
}
