//! The thread that analyses the repository.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use super::event::Event;
use super::findings::{Findings, rule_findings, surroundings};
use crate::db::Snapshot;
use crate::hir::Name;
use crate::repository::{Analyzer, Repository};
use crate::rules::Surroundings;
use crate::workspace::Settings;

/// Recursion over trees and values; only what is used is taken.
const STACK: usize = 256 << 20;

/// A snapshot to analyse.
pub struct Job {
    pub snapshot: Snapshot,
    pub flakes: Vec<Name>,
    pub settings: Arc<BTreeMap<Name, Settings>>,
    pub cancelled: Arc<AtomicBool>,
}

/// What came of it.
pub struct Analyzed {
    /// What was to be analysed.
    pub snapshot: Snapshot,
    /// `None` where it was cancelled, or failed.
    pub outcome: Option<Outcome>,
}

/// What the analysis found.
pub struct Outcome {
    pub repository: Arc<Repository>,
    pub rules: Findings,
    /// What each flake means for its files.
    pub surroundings: BTreeMap<Name, Surroundings>,
}

/// Starts the thread.
pub fn start(events: Sender<Event>) -> Sender<Job> {
    let (jobs, queue) = channel();
    let thread = std::thread::Builder::new().name("analysis".to_string()).stack_size(STACK);
    if let Err(error) = thread.spawn(move || run(&queue, &events)) {
        tracing::error!("the repository cannot be analysed: {error}");
    }
    jobs
}

fn run(queue: &Receiver<Job>, events: &Sender<Event>) {
    let mut analyzer = Analyzer::new();
    while let Ok(job) = queue.recv() {
        let outcome = catch_unwind(AssertUnwindSafe(|| analyze(&mut analyzer, &job))).unwrap_or_else(|_| {
            tracing::error!("the analysis failed");
            // What it was about to remember may be half done.
            analyzer = Analyzer::new();
            None
        });
        let analyzed = Analyzed { snapshot: job.snapshot, outcome };
        if events.send(Event::Analyzed(Box::new(analyzed))).is_err() {
            return;
        }
    }
}

fn analyze(analyzer: &mut Analyzer, job: &Job) -> Option<Outcome> {
    let repository = Arc::new(analyzer.analyze(&job.snapshot, &job.flakes, &job.cancelled)?);
    if job.cancelled.load(Ordering::Relaxed) {
        return None;
    }
    let rules = rule_findings(&repository, &job.settings);
    let surroundings = surroundings(&repository);
    Some(Outcome { repository, rules, surroundings })
}
