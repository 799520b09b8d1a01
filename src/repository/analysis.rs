//! From snapshots to models, keeping what still holds.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::bypass::{self, Bypass, Suspect};
use super::helpers;
use super::hosts;
use super::listing::{self, HostEntry, Listing};
use super::model::{Flake, Host, Repository};
use super::session::Session;
use crate::base::FileId;
use crate::db::{Memo, Snapshot, Sources};
use crate::eval::{Bounds, Files, ReadSet, STACK_SIZE, join_path};
use crate::flake::{LockError, LockGraph};
use crate::hir::Name;

/// Analyses one snapshot after the other, and keeps what still holds.
#[derive(Default)]
pub struct Analyzer {
    flakes: BTreeMap<Name, FlakeMemo>,
    counts: Counts,
    proofs: usize,
    bounds: Bounds,
}

/// How often something was evaluated, for tests of incrementality.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Evaluations of a flake's outputs.
    pub listings: usize,
    /// Evaluations of a host with its users.
    pub hosts: usize,
}

#[derive(Default)]
struct FlakeMemo {
    /// Which sources of inputs were at hand.
    sources: Arc<Sources>,
    listing: Option<Memo<Listing>>,
    hosts: BTreeMap<Vec<Name>, Memo<HostMemo>>,
    bypasses: BTreeMap<Vec<Name>, Memo<BypassMemo>>,
}

struct HostMemo {
    entry: HostEntry,
    hosts: Vec<Arc<Host>>,
}

struct BypassMemo {
    suspect: Suspect,
    bypass: Arc<Bypass>,
}

/// What one piece of work gave.
enum Done {
    Listing(Listing),
    Host(HostMemo, ReadSet),
    Bypass(BypassMemo, ReadSet),
}

impl Analyzer {
    /// An analyzer that knows nothing yet.
    pub fn new() -> Analyzer {
        Analyzer::default()
    }

    /// An analyzer whose evaluations may do this much each: one for the
    /// outputs, one for each host. A host that uses up all that it has leaves
    /// the others theirs.
    pub fn with_bounds(bounds: Bounds) -> Analyzer {
        Analyzer { bounds, ..Analyzer::default() }
    }

    /// How much was evaluated so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// How often a host by hand was held against the helpers beside it.
    pub fn proofs(&self) -> usize {
        self.proofs
    }

    /// The model of the flakes at `roots` (absolute folders that hold a
    /// flake.nix). A file that is being edited and does not parse counts with the last text that
    /// did, and so it is in the model's snapshot. `None` when `cancelled` was set in the meantime; what was
    /// finished by then is kept for the next time. Evaluation runs on threads
    /// of its own, one per core, with the stacks that it needs.
    pub fn analyze(&mut self, snapshot: &Snapshot, roots: &[Name], cancelled: &AtomicBool) -> Option<Repository> {
        let snapshot = &snapshot.last_good();
        self.flakes.retain(|root, _| roots.contains(root));
        let mut flakes = Vec::new();
        for root in roots {
            let path = join_path(root, "flake.nix");
            let Ok((file, _)) = snapshot.file_at(&path) else { continue };
            flakes.push(Arc::new(self.flake(snapshot, root, file, cancelled)?));
        }
        flakes.sort_by(|a, b| a.root.cmp(&b.root));
        Some(Repository { snapshot: snapshot.clone(), flakes })
    }

    fn flake(&mut self, snapshot: &Snapshot, root: &Name, file: FileId, cancelled: &AtomicBool) -> Option<Flake> {
        let lock = read_lock(snapshot, root);
        let graph = lock.as_ref().and_then(|lock| lock.as_ref().ok().cloned());
        let memo = self.flakes.entry(root.clone()).or_default();
        if *memo.sources != **snapshot.sources() {
            *memo = FlakeMemo { sources: snapshot.sources().clone(), ..FlakeMemo::default() };
        }
        let listing = match memo.listing.as_ref().and_then(|memo| memo.get(snapshot)) {
            Some(listing) => listing,
            None => {
                if cancelled.load(Ordering::Relaxed) {
                    return None;
                }
                let done = run(vec![Work::Listing], snapshot, root, graph.as_ref(), self.bounds, cancelled);
                let listing = done.into_iter().find_map(|done| match done {
                    Done::Listing(listing) => Some(listing),
                    Done::Host(..) | Done::Bypass(..) => None,
                })?;
                self.counts.listings += 1;
                let mut reads = listing.reads.clone();
                // The lock names what inputs are.
                reads.texts.insert(join_path(root, "flake.lock"));
                let listing = Arc::new(listing);
                memo.listing = Some(Memo::new(listing.clone(), snapshot, &reads));
                listing
            }
        };
        memo.hosts.retain(|path, _| listing.hosts.iter().any(|entry| entry.path == *path));
        let missing: Vec<Work> = listing
            .hosts
            .iter()
            .filter(|entry| {
                let kept = memo.hosts.get(&entry.path).and_then(|memo| memo.get(snapshot));
                kept.is_none_or(|kept| kept.entry != **entry)
            })
            .cloned()
            .map(Work::Host)
            .collect();
        let wanted = missing.len();
        let mut finished = 0;
        for done in run(missing, snapshot, root, graph.as_ref(), self.bounds, cancelled) {
            if let Done::Host(host, mut reads) = done {
                self.counts.hosts += 1;
                finished += 1;
                reads.texts.insert(join_path(root, "flake.lock"));
                memo.hosts.insert(host.entry.path.clone(), Memo::new(Arc::new(host), snapshot, &reads));
            }
        }
        if finished < wanted {
            return None;
        }
        let mut hosts: Vec<Arc<Host>> = Vec::new();
        for entry in &listing.hosts {
            if let Some(memo) = memo.hosts.get(&entry.path) {
                hosts.extend(memo.last().hosts.iter().cloned());
            }
        }
        hosts.extend(listing.held.iter().cloned().map(Arc::new));
        hosts.sort_by(|a, b| a.output.cmp(&b.output));
        let helpers = helpers::find(snapshot, &listing, &hosts);
        let suspects = bypass::suspects(snapshot, &listing, &hosts, &helpers);
        let bypasses = self.bypasses(snapshot, root, graph.as_ref(), suspects, cancelled)?;
        Some(Flake {
            root: root.clone(),
            file,
            inputs: Arc::new(listing.inputs.clone()),
            lock,
            outputs: Arc::new(listing.outputs.clone()),
            hosts,
            helpers: Arc::new(helpers),
            bypasses,
            output_names: Arc::new(listing.names.clone()),
            called: Arc::new(listing.called.clone()),
            package_uses: Arc::new(listing.package_uses.clone()),
            problems: Arc::new(listing.problems.clone()),
            broken: Arc::new(listing.reads.broken.clone()),
        })
    }

    /// What is known of hosts by hand, sorted by host.
    fn bypasses(
        &mut self,
        snapshot: &Snapshot,
        root: &Name,
        lock: Option<&Arc<LockGraph>>,
        suspects: Vec<Suspect>,
        cancelled: &AtomicBool,
    ) -> Option<Vec<Arc<Bypass>>> {
        let memo = self.flakes.entry(root.clone()).or_default();
        memo.bypasses.retain(|path, _| suspects.iter().any(|suspect| suspect.entry.path == *path));
        let is_known = |suspect: &&Suspect| {
            let kept = memo.bypasses.get(&suspect.entry.path).and_then(|memo| memo.get(snapshot));
            kept.is_some_and(|kept| kept.suspect.is_same(suspect))
        };
        let missing = suspects.iter().filter(|suspect| !is_known(suspect)).cloned().map(Work::Bypass);
        let missing: Vec<Work> = missing.collect();
        let wanted = missing.len();
        let mut finished = 0;
        for done in run(missing, snapshot, root, lock, self.bounds, cancelled) {
            if let Done::Bypass(found, mut reads) = done {
                self.proofs += 1;
                finished += 1;
                reads.texts.insert(join_path(root, "flake.lock"));
                memo.bypasses.insert(found.suspect.entry.path.clone(), Memo::new(Arc::new(found), snapshot, &reads));
            }
        }
        if finished < wanted {
            return None;
        }
        let known = suspects.iter().filter_map(|suspect| memo.bypasses.get(&suspect.entry.path));
        let mut bypasses: Vec<Arc<Bypass>> = known.map(|memo| memo.last().bypass.clone()).collect();
        bypasses.sort_by(|a, b| a.host.cmp(&b.host));
        Some(bypasses)
    }
}

pub(super) fn read_lock(snapshot: &Snapshot, root: &Name) -> Option<Result<Arc<LockGraph>, LockError>> {
    let path = join_path(root, "flake.lock");
    // A lock that git does not track yet is still what Nix would write.
    let text = snapshot.read_file(&path).ok()?;
    Some(LockGraph::parse(&text).map(Arc::new))
}

/// A piece of work: an evaluation of its own.
enum Work {
    Listing,
    Host(HostEntry),
    Bypass(Suspect),
}

/// Does the work on all cores. Values belong to one thread; what comes back is plain data.
fn run(
    work: Vec<Work>,
    snapshot: &Snapshot,
    root: &Name,
    lock: Option<&Arc<LockGraph>>,
    bounds: Bounds,
    cancelled: &AtomicBool,
) -> Vec<Done> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Done)>> = Mutex::new(Vec::new());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores.min(work.len()) {
            let worker = || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = work.get(index) else { return };
                    if cancelled.load(Ordering::Relaxed) {
                        return;
                    }
                    let session = || Session::new(snapshot, root, lock.cloned(), bounds);
                    let result = match item {
                        Work::Listing => Done::Listing(listing::list(&session())),
                        Work::Host(entry) => {
                            let session = session();
                            let hosts = hosts::look_into(&session, entry).into_iter().map(Arc::new).collect();
                            Done::Host(HostMemo { entry: entry.clone(), hosts }, session.ev.reads())
                        }
                        Work::Bypass(suspect) => {
                            let (bypass, reads) = bypass::look_into(suspect, snapshot, root, lock, bounds);
                            Done::Bypass(BypassMemo { suspect: suspect.clone(), bypass: Arc::new(bypass) }, reads)
                        }
                    };
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
                }
            };
            // Without the memory for such a stack nothing can be evaluated; the next analysis tries again.
            let spawned = std::thread::Builder::new().stack_size(STACK_SIZE).spawn_scoped(scope, worker);
            if let Err(error) = spawned {
                tracing::error!("no thread for evaluation: {error}");
            }
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, done)| done).collect()
}
