//! From snapshots to models, keeping what still holds.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

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

    /// How many results are kept for later analyses, for tests of what grows while somebody works.
    pub fn kept(&self) -> usize {
        let kept = self.flakes.values();
        kept.map(|memo| usize::from(memo.listing.is_some()) + memo.hosts.len() + memo.bypasses.len()).sum()
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

    /// The hosts of the flake at `root`, by output path, that read nothing which is another one in `other`: they are the
    /// same there, and nobody has to evaluate them again to know it.
    pub fn same_in(&self, root: &str, other: &Snapshot) -> BTreeSet<String> {
        let hosts = self.flakes.get(root).into_iter().flat_map(|memo| &memo.hosts);
        let same = hosts.filter(|(_, memo)| memo.stamps().are_exact_in(other));
        same.map(|(path, _)| hosts::output_name(path)).collect()
    }

    fn flake(&mut self, snapshot: &Snapshot, root: &Name, file: FileId, cancelled: &AtomicBool) -> Option<Flake> {
        let lock = read_lock(snapshot, root);
        let graph = lock.as_ref().and_then(|lock| lock.as_ref().ok().cloned());
        let memo = self.flakes.entry(root.clone()).or_default();
        if *memo.sources != **snapshot.sources() {
            *memo = FlakeMemo { sources: snapshot.sources().clone(), ..FlakeMemo::default() };
        }
        if memo.listing.is_none() {
            // Files have the same numbers however threads take turns: sorted by path.
            snapshot.nix_files();
        }
        let kept = memo.listing.as_ref().and_then(|memo| memo.get(snapshot));
        // Hosts that are evaluated while the rest of the outputs is still being listed.
        let known = &memo.hosts;
        let is_missing = |entry: &HostEntry| {
            let kept = known.get(&entry.path).and_then(|memo| memo.get(snapshot));
            kept.is_none_or(|kept| kept.entry != *entry)
        };
        let first = match &kept {
            Some(listing) => listing.hosts.iter().filter(|entry| is_missing(entry)).cloned().map(Work::Host).collect(),
            None => vec![Work::Listing],
        };
        let task = Task { snapshot, root, lock: graph.as_ref(), bounds: self.bounds, cancelled };
        let (all_done, whole) = task.run(first, &is_missing);
        let mut listed = None;
        for done in all_done {
            match done {
                Done::Listing(listing) => {
                    self.counts.listings += 1;
                    let mut reads = listing.reads.clone();
                    // The lock names what inputs are.
                    reads.texts.insert(join_path(root, "flake.lock"));
                    let listing = Arc::new(listing);
                    memo.listing = Some(Memo::new(listing.clone(), snapshot, &reads));
                    listed = Some(listing);
                }
                Done::Host(host, mut reads) => {
                    self.counts.hosts += 1;
                    reads.texts.insert(join_path(root, "flake.lock"));
                    memo.hosts.insert(host.entry.path.clone(), Memo::new(Arc::new(host), snapshot, &reads));
                }
                Done::Bypass(..) => {}
            }
        }
        let listing = kept.or(listed)?;
        memo.hosts.retain(|path, _| listing.hosts.iter().any(|entry| entry.path == *path));
        if !whole {
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
        let kept = self.flakes.get(root).into_iter().flat_map(|memo| memo.hosts.values());
        let mut read: BTreeSet<FileId> = kept.flat_map(Memo::nix_files).collect();
        read.extend(listing.reads.nix_files.iter().copied());
        let mut demanded = listing.demanded.clone();
        demanded.extend(hosts.iter().flat_map(|host| host.demanded.iter().copied()));
        let kept = self.flakes.get(root).into_iter().flat_map(|memo| memo.hosts.values());
        let mut listed: BTreeSet<Name> = kept.flat_map(Memo::folders).cloned().collect();
        listed.extend(listing.reads.folders.iter().cloned());
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
            misshapen: Arc::new(listing.misshapen.clone()),
            called: Arc::new(listing.called.clone()),
            package_uses: Arc::new(listing.package_uses.clone()),
            problems: Arc::new(listing.problems.clone()),
            exhausted: Arc::new(listing.exhausted.clone()),
            broken: Arc::new(listing.reads.broken.clone()),
            demanded: Arc::new(demanded),
            modelled: listing.modelled,
            missing_functions: listing.missing_functions.clone(),
            read: Arc::new(read),
            listed: Arc::new(listed),
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
        let task = Task { snapshot, root, lock, bounds: self.bounds, cancelled };
        let (all_done, whole) = task.run(missing, &|_| false);
        for done in all_done {
            if let Done::Bypass(found, mut reads) = done {
                self.proofs += 1;
                reads.texts.insert(join_path(root, "flake.lock"));
                memo.bypasses.insert(found.suspect.entry.path.clone(), Memo::new(Arc::new(found), snapshot, &reads));
            }
        }
        if !whole {
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

/// What all pieces of work are about.
#[derive(Clone, Copy)]
struct Task<'a> {
    snapshot: &'a Snapshot,
    root: &'a Name,
    lock: Option<&'a Arc<LockGraph>>,
    bounds: Bounds,
    cancelled: &'a AtomicBool,
}

impl Task<'_> {
    /// Does the work on all cores, and with it that of the hosts which a listing
    /// finds, as far as they are wanted. Values belong to one thread; what comes back is plain data,
    /// and whether that is all of it: a cancelled analysis leaves work undone.
    fn run(self, work: Vec<Work>, wanted: &(dyn Fn(&HostEntry) -> bool + Sync)) -> (Vec<Done>, bool) {
        // How many hosts a listing finds nobody knows yet.
        let lists = work.iter().any(|item| matches!(item, Work::Listing));
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if lists { cores } else { cores.min(work.len()) };
        let queue = Queue::new(work);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let worker = || {
                    while let Some(taken) = queue.next(self.cancelled) {
                        let done = self.complete(&taken.work, &queue, wanted);
                        queue.finish(taken, done);
                    }
                };
                // Without the memory for such a stack nothing can be evaluated; the next analysis tries again.
                let spawned = std::thread::Builder::new().stack_size(STACK_SIZE).spawn_scoped(scope, worker);
                if let Err(error) = spawned {
                    tracing::error!("no thread for evaluation: {error}");
                }
            }
        });
        let state = queue.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        (state.done, state.waiting.is_empty())
    }

    fn complete(self, work: &Work, queue: &Queue, wanted: &(dyn Fn(&HostEntry) -> bool + Sync)) -> Done {
        let Task { snapshot, root, lock, bounds, .. } = self;
        let session = || Session::new(snapshot, root, lock.cloned(), bounds);
        match work {
            Work::Listing => Done::Listing(listing::list(&session(), &|entry| {
                if wanted(entry) {
                    queue.add(Work::Host(entry.clone()));
                }
            })),
            Work::Host(entry) => {
                let session = session();
                let hosts = hosts::look_into(&session, entry).into_iter().map(Arc::new).collect();
                Done::Host(HostMemo { entry: entry.clone(), hosts }, session.ev.reads())
            }
            Work::Bypass(suspect) => {
                let (bypass, reads) = bypass::look_into(suspect, snapshot, root, lock, bounds);
                Done::Bypass(BypassMemo { suspect: suspect.clone(), bypass: Arc::new(bypass) }, reads)
            }
        }
    }
}

/// Work that waits, is under way, and is done.
struct Queue {
    state: Mutex<QueueState>,
    /// There is more work, or there will be none.
    changed: Condvar,
}

struct QueueState {
    waiting: VecDeque<Work>,
    /// How much of what is under way may still add work.
    adding: usize,
    done: Vec<Done>,
}

/// Work that somebody took on. Also if it ends by unwinding, nobody waits for what it may add.
struct Taken<'q> {
    work: Work,
    queue: &'q Queue,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if matches!(self.work, Work::Listing) {
            self.queue.state().adding -= 1;
            self.queue.changed.notify_all();
        }
    }
}

impl Queue {
    fn new(work: Vec<Work>) -> Queue {
        let state = QueueState { waiting: work.into(), adding: 0, done: Vec::new() };
        Queue { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next piece of work; `None` when there is none left and none to come, or the analysis was cancelled.
    fn next(&self, cancelled: &AtomicBool) -> Option<Taken<'_>> {
        let mut state = self.state();
        loop {
            if cancelled.load(Ordering::Relaxed) {
                return None;
            }
            if let Some(work) = state.waiting.pop_front() {
                state.adding += usize::from(matches!(work, Work::Listing));
                return Some(Taken { work, queue: self });
            }
            if state.adding == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn add(&self, work: Work) {
        self.state().waiting.push_back(work);
        self.changed.notify_one();
    }

    fn finish(&self, taken: Taken<'_>, done: Done) {
        self.state().done.push(done);
        drop(taken);
    }
}
