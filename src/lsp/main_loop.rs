//! The owner of all state: one thread that takes one event after the other.
//!
//! Nothing here waits for anything but the next event. What takes time (the
//! disk, the analysis, answers, diagnostics) happens on other threads, on
//! immutable views, and comes back as an event.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use tower_lsp_server::ls_types as lsp;

use super::analysis::{self, Analyzed, Job};
use super::client::{ClientFeatures, opened_folders};
use super::convert;
use super::disk::{Disk, DiskReport, Look};
use super::document::{Document, difference};
use super::event::{Event, Needs, RequestTask};
use super::findings::AllFindings;
use super::outgoing::{Outgoing, SECTION};
use super::pool::Pool;
use super::publish::{Publisher, Report, reports};
use super::requests::completion::LastList;
use super::requests::semantic_tokens::LastTokens;
use super::requests::views::ChangedParams;
use super::world::{OpenDocument, World};
use crate::db::{Change, Snapshot};
use crate::hir::Name;
use crate::ide::Analysis;
use crate::repository::Repository;
use crate::rules::Surroundings;
use crate::workspace::{FileEvent, FileEventKind, Settings, WATCHED};

/// How long after an edit the repository is analysed: two letters of one word
/// are one edit.
const PAUSE: Duration = Duration::from_millis(25);

/// Somebody who never pauses still sees the repository's diagnostics this old.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a question may wait for the first analysis.
const FIRST_ANALYSIS: Duration = Duration::from_secs(8);

/// Findings of a text that was edited more often since are not carried over any more.
const MAX_EDITS: usize = 2000;

/// Starts the thread. It ends when nobody can send events any more.
pub fn start(queue: Receiver<Event>, events: Sender<Event>, outgoing: UnboundedSender<Outgoing>) {
    let mut state = State::new(events, outgoing);
    // Edits re-parse around themselves, by recursion.
    let thread = std::thread::Builder::new().name("state".to_string()).stack_size(256 << 20);
    if let Err(error) = thread.spawn(move || state.run(&queue)) {
        tracing::error!("the server cannot start: {error}");
    }
}

struct State {
    events: Sender<Event>,
    outgoing: UnboundedSender<Outgoing>,
    pool: Pool,
    disk: Disk,
    jobs: Sender<Job>,

    features: Arc<ClientFeatures>,
    folders: Vec<PathBuf>,
    documents: BTreeMap<Name, Document>,
    /// What views know of the documents.
    open: Arc<BTreeMap<Name, OpenDocument>>,
    /// The facts of the last analysis over the texts of now.
    analysis: Analysis,
    findings: Arc<AllFindings>,
    surroundings: Arc<BTreeMap<Name, Surroundings>>,
    last_list: Arc<Mutex<LastList>>,
    last_tokens: Arc<Mutex<LastTokens>>,
    flakes: Vec<Name>,
    settings: Arc<BTreeMap<Name, Settings>>,

    schedule: Schedule,
    publisher: Publisher,
    /// Documents that were edited and whose diagnostics nobody computes yet.
    edited: BTreeSet<Name>,
    /// Documents whose diagnostics are being computed.
    reporting: BTreeSet<Name>,
    /// Questions that wait for the first analysis, as the world was when they came.
    waiting: Vec<(World, RequestTask)>,
    /// Questions for diagnostics of a client that cannot be told to ask again: they wait for an analysis of what it sees.
    held: Vec<Held>,
    /// Before the client says that it is ready, nothing may be asked of it, and
    /// diagnostics that it is sent may be lost (LSP, "Initialize Request").
    ready: bool,
    git_indexes: Vec<PathBuf>,
    watching: bool,
    progress: bool,
}

/// A question for diagnostics of a document, or of all, and the world as it was when it came.
struct Held {
    path: Option<Name>,
    world: World,
    task: RequestTask,
}

/// When the repository is analysed.
struct Schedule {
    /// Whether the disk was read: before that there is nothing to analyse.
    scanned: bool,
    analysed: bool,
    running: Option<Arc<AtomicBool>>,
    wanted: bool,
    last_change: Instant,
    last_result: Instant,
}

impl State {
    fn new(events: Sender<Event>, outgoing: UnboundedSender<Outgoing>) -> State {
        let disk = Disk::start(events.clone());
        let snapshot = Snapshot::new(disk.loader.clone());
        let now = Instant::now();
        State {
            pool: Pool::start(),
            jobs: analysis::start(events.clone()),
            analysis: Analysis::new(Arc::new(Repository { snapshot, flakes: Vec::new() })),
            events,
            outgoing,
            disk,
            features: Arc::default(),
            folders: Vec::new(),
            documents: BTreeMap::new(),
            open: Arc::default(),
            findings: Arc::default(),
            surroundings: Arc::default(),
            last_list: Arc::default(),
            last_tokens: Arc::default(),
            flakes: Vec::new(),
            settings: Arc::default(),
            schedule: Schedule {
                scanned: false,
                analysed: false,
                running: None,
                wanted: false,
                last_change: now,
                last_result: now,
            },
            publisher: Publisher::default(),
            edited: BTreeSet::new(),
            reporting: BTreeSet::new(),
            waiting: Vec::new(),
            held: Vec::new(),
            ready: false,
            git_indexes: Vec::new(),
            watching: false,
            progress: false,
        }
    }

    fn run(&mut self, queue: &Receiver<Event>) {
        loop {
            let first = match self.deadline() {
                None => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(at) => queue.recv_timeout(at.saturating_duration_since(Instant::now())),
            };
            match first {
                Ok(event) => {
                    self.guarded(event);
                    // What is there already comes before what follows from it.
                    for event in queue.try_iter() {
                        self.guarded(event);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.report_edited();
            self.analyse_if_due();
            self.give_up_waiting();
            self.answer_held();
        }
    }

    /// A fault in the handling of one event must not take the documents with it.
    fn guarded(&mut self, event: Event) {
        if catch_unwind(AssertUnwindSafe(|| self.handle(event))).is_err() {
            tracing::error!("an event could not be handled");
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Initialize { features, params } => self.initialize(features, &params),
            Event::Initialized => self.initialized(),
            Event::Shutdown => self.schedule.cancel(),
            Event::Open(item) => self.open(item),
            Event::Change(params) => self.change(params),
            Event::Save(document) => self.disk.look(Look::Saved(convert::name_of_uri(&document.uri))),
            Event::Close(document) => self.close(&document.uri),
            Event::Watched(changes) => self.watched(changes),
            Event::ConfigurationChanged(value) => self.configuration_changed(value),
            Event::Configuration(value) => self.disk.look(Look::Settings(value)),
            Event::Folders(event) => self.folders(event),
            Event::Request(task) => self.request(task),
            Event::Pulled(uri) => self.pulled(uri),
            Event::GitAdded(outcome) => self.git_added(outcome),
            Event::Notice(text) => {
                let _ = self.outgoing.send(Outgoing::Show(lsp::MessageType::WARNING, text));
            }
            Event::Disk(report) => self.disk_report(report),
            Event::Analyzed(analyzed) => self.analyzed(*analyzed),
            Event::Reported { asked, reports } => self.reported(asked, reports),
        }
    }

    fn send(&self, message: Outgoing) {
        // After the end there is nobody to tell.
        let _ = self.outgoing.send(message);
    }

    fn snapshot(&self) -> &Snapshot {
        self.analysis.snapshot()
    }

    fn apply(&mut self, changes: impl IntoIterator<Item = Change>) {
        let next = self.snapshot().apply(changes);
        self.analysis = self.analysis.with_snapshot(next);
        self.schedule.changed();
    }

    fn world(&self) -> World {
        World {
            analysis: self.analysis.clone(),
            analysed: self.schedule.analysed,
            features: self.features.clone(),
            documents: self.open.clone(),
            findings: self.findings.clone(),
            settings: self.settings.clone(),
            surroundings: self.surroundings.clone(),
            last_list: self.last_list.clone(),
            last_tokens: self.last_tokens.clone(),
        }
    }

    // Beginning, folders and settings.

    fn initialize(&mut self, features: Arc<ClientFeatures>, params: &lsp::InitializeParams) {
        self.features = features;
        self.folders = opened_folders(params);
        if let Some(options) = &params.initialization_options {
            self.disk.look(Look::Settings(section(options.clone())));
        }
        self.disk.look(Look::Folders(self.folders.clone()));
        if !self.features.dynamic_watchers {
            self.disk.look(Look::Unwatched);
        }
    }

    fn initialized(&mut self) {
        self.ready = true;
        self.watch();
        if self.features.progress && !self.folders.is_empty() {
            self.progress = true;
            self.send(Outgoing::BeginProgress("Reading the repository".to_string()));
        }
        if self.features.dynamic_configuration {
            self.send(Outgoing::Register(vec![lsp::Registration {
                id: "flakewise-configuration".to_string(),
                method: "workspace/didChangeConfiguration".to_string(),
                register_options: Some(serde_json::json!({ "section": SECTION })),
            }]));
        }
        if self.features.configuration {
            self.send(Outgoing::AskConfiguration);
        }
        // What was found in the meantime.
        let paths: Vec<Name> = self.findings.paths().cloned().collect();
        self.report(paths);
    }

    fn configuration_changed(&mut self, value: Value) {
        if self.features.configuration {
            self.send(Outgoing::AskConfiguration);
        } else {
            self.disk.look(Look::Settings(section(value)));
        }
    }

    fn folders(&mut self, event: lsp::WorkspaceFoldersChangeEvent) {
        let removed: Vec<PathBuf> = event.removed.iter().filter_map(|it| convert::disk_path_of(&it.uri)).collect();
        self.folders.retain(|folder| !removed.contains(folder));
        self.folders.extend(event.added.iter().filter_map(|it| convert::disk_path_of(&it.uri)));
        self.disk.look(Look::Folders(self.folders.clone()));
    }

    // Documents.

    fn open(&mut self, item: lsp::TextDocumentItem) {
        let path = convert::name_of_uri(&item.uri);
        let document = Document::new(item);
        let text = document.text().clone();
        let mut view = OpenDocument { uri: document.uri.clone(), version: document.version, edits: Arc::default() };
        self.apply([Change::Text { path: path.clone(), text: text.clone() }]);
        // What was found in the file on disk is shown where it is in this text.
        if self.findings.paths().any(|found| *found == path) {
            let then = &self.analysis.repository().snapshot;
            let old = then.paths().existing(&path).and_then(|file| then.file(file).ok());
            if let Some(old) = old.filter(|old| *old.text() != text) {
                view.edits = Arc::new(vec![(self.snapshot().revision(), difference(old.text(), &text))]);
            }
        }
        Arc::make_mut(&mut self.open).insert(path.clone(), view);
        self.documents.insert(path.clone(), document);
        self.edited.insert(path.clone());
        self.disk.look(Look::Opened(path));
    }

    fn change(&mut self, params: lsp::DidChangeTextDocumentParams) {
        let path = convert::name_of_uri(&params.text_document.uri);
        if !self.documents.contains_key(&path) {
            tracing::warn!("an edit of {path}, which is not open, says nothing about its text");
            return;
        }
        let version = params.text_document.version;
        self.answer_outdated(&path);
        let Some(document) = self.documents.get_mut(&path) else { return };
        let steps = document.apply(version, params.content_changes, self.features.encoding);
        let changes = steps.iter().map(|step| Change::Edit {
            path: path.clone(),
            edit: step.edit.clone(),
            text: step.text.clone(),
        });
        self.apply(changes.collect::<Vec<_>>());
        let revision = self.snapshot().revision();
        if let Some(view) = Arc::make_mut(&mut self.open).get_mut(&path) {
            view.version = version;
            Arc::make_mut(&mut view.edits).extend(steps.into_iter().map(|step| (revision, step.edit)));
            if view.edits.len() > MAX_EDITS {
                view.edits = Arc::default();
                let findings = Arc::make_mut(&mut self.findings);
                findings.repository.remove(&path);
                findings.settings.remove(&path);
            }
        }
        self.edited.insert(path);
    }

    fn close(&mut self, uri: &lsp::Uri) {
        let path = convert::name_of_uri(uri);
        if self.documents.remove(&path).is_none() {
            return;
        }
        self.answer_outdated(&path);
        Arc::make_mut(&mut self.open).remove(&path);
        self.publisher.closed(&path);
        self.edited.insert(path.clone());
        if path.starts_with('/') {
            self.disk.look(Look::Closed(path));
        } else {
            self.apply([Change::Remove { path }]);
        }
    }

    fn watched(&mut self, changes: Vec<lsp::FileEvent>) {
        let events = changes.into_iter().filter_map(|change| {
            let kind = match change.typ {
                lsp::FileChangeType::CREATED => FileEventKind::Created,
                lsp::FileChangeType::DELETED => FileEventKind::Deleted,
                _ => FileEventKind::Changed,
            };
            convert::disk_path_of(&change.uri).map(|_| FileEvent { path: convert::name_of_uri(&change.uri), kind })
        });
        let events: Vec<FileEvent> = events.collect();
        if !events.is_empty() {
            self.disk.look(Look::Events(events));
        }
    }

    /// What the disk says counts where no document is open.
    fn disk_report(&mut self, report: DiskReport) {
        let open = |path: &Name| self.documents.contains_key(path);
        let changes: Vec<Change> = report
            .changes
            .into_iter()
            .filter(|change| !matches!(change, Change::Text { path, .. } | Change::Forget { path } if open(path)))
            .collect();
        let changed = !changes.is_empty()
            || report.flakes != self.flakes
            || report.settings != *self.settings
            || !self.schedule.scanned;
        if changed {
            self.apply(changes);
        }
        self.flakes = report.flakes;
        self.settings = Arc::new(report.settings);
        self.schedule.scanned = true;
        // Documents that are nowhere on disk are open all the same.
        let texts: Vec<Change> = self
            .documents
            .iter()
            .filter(|(path, _)| self.snapshot().tree().node(path).is_none())
            .map(|(path, document)| Change::Text { path: path.clone(), text: document.text().clone() })
            .collect();
        if !texts.is_empty() {
            self.apply(texts);
        }
        if report.settings_findings != self.findings.settings {
            let paths: BTreeSet<Name> =
                self.findings.settings.keys().chain(report.settings_findings.keys()).cloned().collect();
            Arc::make_mut(&mut self.findings).settings = report.settings_findings;
            if self.ready {
                self.report(paths);
            }
        }
        for complaint in report.complaints {
            self.send(Outgoing::Log(lsp::MessageType::WARNING, format!("flakewise settings: {complaint}")));
        }
        self.git_indexes = report.git_indexes;
        self.watch();
    }

    /// Asks the client to tell what happens to files, once it is known where the indexes of git lie.
    fn watch(&mut self) {
        let known = self.ready && self.schedule.scanned;
        if self.watching || !known || !self.features.dynamic_watchers || self.folders.is_empty() {
            return;
        }
        self.watching = true;
        let mut watchers: Vec<Value> =
            WATCHED.iter().map(|pattern| serde_json::json!({ "globPattern": pattern })).collect();
        if self.features.relative_patterns {
            let folders =
                self.git_indexes.iter().filter_map(|index| index.parent().and_then(crate::workspace::name_of));
            watchers.extend(
                folders
                    .filter_map(|folder| convert::uri_of(&folder))
                    .map(|uri| serde_json::json!({ "globPattern": { "baseUri": uri.as_str(), "pattern": "index" } })),
            );
        }
        self.send(Outgoing::Register(vec![lsp::Registration {
            id: "flakewise-files".to_string(),
            method: "workspace/didChangeWatchedFiles".to_string(),
            register_options: Some(serde_json::json!({ "watchers": watchers })),
        }]));
    }

    // Questions.

    fn request(&mut self, task: RequestTask) {
        let world = self.world();
        let waits = match &task.needs {
            Needs::Findings(of) if !self.features.diagnostic_refresh && self.schedule.is_behind() => {
                let path = of.as_ref().map(convert::name_of_uri);
                self.held.push(Held { path, world, task });
                return;
            }
            Needs::Facts | Needs::Findings(None) => self.schedule.first_is_coming(),
            Needs::Texts | Needs::Findings(Some(_)) => false,
        };
        if waits {
            self.waiting.push((world, task));
        } else {
            self.pool.run(move || task.answer(&world));
        }
    }

    /// Answers questions for diagnostics when nothing is left to analyse.
    fn answer_held(&mut self) {
        if self.schedule.is_behind() {
            return;
        }
        let world = self.world();
        for Held { task, .. } in std::mem::take(&mut self.held) {
            let world = world.clone();
            self.pool.run(move || task.answer(&world));
        }
    }

    /// What is asked of a text that is not there any more is answered as well as it can be: the client asks again.
    fn answer_outdated(&mut self, path: &Name) {
        let held = std::mem::take(&mut self.held);
        let (outdated, held): (Vec<Held>, Vec<Held>) = held.into_iter().partition(|it| it.path.as_ref() == Some(path));
        self.held = held;
        for Held { world, task, .. } in outdated {
            self.pool.run(move || task.answer(&world));
        }
    }

    /// Answers what waited for the first analysis: for the texts of then, with the facts of now. What came before the
    /// disk was read knew of no file but those that are open.
    fn answer_waiting(&mut self) {
        for (mut world, task) in std::mem::take(&mut self.waiting) {
            let same = |(path, then): (&Name, &OpenDocument)| {
                self.open.get(path).is_some_and(|now| now.version == then.version)
            };
            if world.documents.iter().all(same) {
                world = self.world();
            } else {
                let texts = world.analysis.snapshot().clone();
                world.analysis = self.analysis.with_snapshot(texts);
                world.analysed = self.schedule.analysed;
                world.findings = self.findings.clone();
            }
            self.pool.run(move || task.answer(&world));
        }
    }

    fn give_up_waiting(&mut self) {
        if !self.waiting.is_empty() && self.schedule.last_result.elapsed() > FIRST_ANALYSIS {
            self.answer_waiting();
        }
    }

    /// Clients may not watch the index of git; and what failed may have done a part.
    fn git_added(&mut self, outcome: Result<(), String>) {
        if let Err(message) = outcome {
            self.send(Outgoing::Show(lsp::MessageType::ERROR, message));
        }
        self.disk.look(Look::GitIndex);
    }

    // Diagnostics.

    fn pulled(&mut self, uri: Option<lsp::Uri>) {
        let path = uri.as_ref().map(convert::name_of_uri);
        for uri in self.publisher.pulls(path) {
            self.send(Outgoing::Publish { uri, diagnostics: Vec::new(), version: None });
        }
    }

    /// Has the diagnostics of edited documents computed, of each one at a time:
    /// so a large file is as late as one computation, and never starves.
    fn report_edited(&mut self) {
        if !self.ready {
            return;
        }
        let due: Vec<Name> = self.edited.difference(&self.reporting).cloned().collect();
        for path in due {
            self.edited.remove(&path);
            self.reporting.insert(path.clone());
            self.report([path]);
        }
    }

    fn report(&mut self, paths: impl IntoIterator<Item = Name>) {
        let paths: Vec<Name> = paths.into_iter().collect();
        let (world, events, number) = (self.world(), self.events.clone(), self.publisher.next_number());
        self.pool.run(move || {
            let asked = paths.clone();
            let found = catch_unwind(AssertUnwindSafe(|| reports(&world, paths, number))).unwrap_or_default();
            let _ = events.send(Event::Reported { asked, reports: found });
        });
    }

    fn reported(&mut self, asked: Vec<Name>, reports: Vec<Report>) {
        for path in asked {
            self.reporting.remove(&path);
        }
        for report in reports {
            // A report for an open document must not reach the closed one, nor the reverse.
            let open = self.documents.contains_key(&report.path);
            if open == report.version.is_some() && self.publisher.tell(&report) {
                let Report { uri, diagnostics, version, .. } = report;
                self.send(Outgoing::Publish { uri, diagnostics, version });
            }
        }
    }

    // The analysis.

    fn analysis_due_at(&self) -> Option<Instant> {
        self.schedule.due_at().filter(|_| self.ready)
    }

    fn deadline(&self) -> Option<Instant> {
        let analysis = self.analysis_due_at();
        let waiting = (!self.waiting.is_empty()).then(|| self.schedule.last_result + FIRST_ANALYSIS);
        analysis.into_iter().chain(waiting).min()
    }

    fn analyse_if_due(&mut self) {
        if self.analysis_due_at().is_none_or(|at| at > Instant::now()) {
            return;
        }
        let cancelled = Arc::new(AtomicBool::new(false));
        self.schedule.wanted = false;
        self.schedule.running = Some(cancelled.clone());
        let job = Job {
            snapshot: self.snapshot().clone(),
            flakes: self.flakes.clone(),
            settings: self.settings.clone(),
            cancelled,
        };
        if self.jobs.send(job).is_err() {
            tracing::error!("nobody analyses the repository");
        }
    }

    fn analyzed(&mut self, analyzed: Analyzed) {
        self.schedule.running = None;
        let Some(outcome) = analyzed.outcome else {
            // Cancelled by what came since, which wants another one; or failed, and then there is none to wait for.
            if !self.schedule.wanted {
                self.answer_waiting();
                self.end_progress();
            }
            return;
        };
        self.schedule.last_result = Instant::now();
        self.schedule.analysed = true;
        let texts = self.snapshot().clone();
        let news = !self.analysis.repository().is_same(&outcome.repository);
        self.analysis = self.analysis.with_repository(outcome.repository).with_snapshot(texts);
        self.surroundings = Arc::new(outcome.surroundings);
        let lost = self.forget_edits(&analyzed.snapshot);
        let mut findings = AllFindings { repository: outcome.rules, settings: self.findings.settings.clone() };
        findings.repository.retain(|path, _| !lost.contains(path));
        let changed = *self.findings != findings;
        let mut paths: BTreeSet<Name> = self.publisher.told().cloned().collect();
        paths.extend(findings.paths().cloned());
        paths.extend(self.documents.keys().cloned());
        self.findings = Arc::new(findings);
        self.report(paths);
        if changed && self.publisher.anybody_pulls() && self.features.diagnostic_refresh {
            self.send(Outgoing::RefreshDiagnostics);
        }
        if news {
            self.refresh_views();
        }
        // Also without news: what a string says, and where things stand, is no fact and yet shown.
        if self.features.changed {
            self.send(Outgoing::Changed(ChangedParams::new(self.analysis.repository())));
        }
        self.end_progress();
        self.answer_waiting();
    }

    /// Has the client ask again for what it shows of the facts beside the texts.
    fn refresh_views(&mut self) {
        if self.features.lens_refresh {
            self.send(Outgoing::RefreshLenses);
        }
        if self.features.hint_refresh {
            self.send(Outgoing::RefreshHints);
        }
        if self.features.token_refresh {
            self.send(Outgoing::RefreshTokens);
        }
    }

    /// From here on, edits since the analysed texts count. Of a file that did
    /// not parse, an older text than the one of `snapshot` was analysed. Gives
    /// the files for which it is not known how that one became this one.
    fn forget_edits(&mut self, snapshot: &Snapshot) -> BTreeSet<Name> {
        let mut lost = BTreeSet::new();
        for (path, view) in Arc::make_mut(&mut self.open) {
            let data = snapshot.paths().existing(path).and_then(|file| snapshot.file(file).ok());
            let behind = data.and_then(|data| data.last_good().map(|(_, edits)| edits)).unwrap_or(0);
            let known = view.edits.iter().take_while(|(revision, _)| *revision <= snapshot.revision()).count();
            if known < behind {
                lost.insert(path.clone());
            } else if known > behind {
                Arc::make_mut(&mut view.edits).drain(..known - behind);
            }
        }
        lost
    }

    fn end_progress(&mut self) {
        if std::mem::take(&mut self.progress) {
            self.send(Outgoing::EndProgress);
        }
    }
}

impl Schedule {
    /// Something was changed.
    fn changed(&mut self) {
        self.wanted = true;
        self.last_change = Instant::now();
        // What runs is about a text of the past, but better than nothing for long.
        if self.last_result.elapsed() < PATIENCE {
            self.cancel();
        }
    }

    fn cancel(&self) {
        if let Some(running) = &self.running {
            running.store(true, Ordering::Relaxed);
        }
    }

    /// When the next analysis is to start.
    fn due_at(&self) -> Option<Instant> {
        let ready = self.scanned && self.wanted && self.running.is_none();
        // For the first one nobody should wait longer than needed.
        ready.then(|| if self.analysed { self.last_change + PAUSE } else { self.last_change })
    }

    /// Whether something is not analysed yet.
    fn is_behind(&self) -> bool {
        !self.scanned || self.wanted || self.running.is_some()
    }

    /// Whether there was no analysis yet, and there will be one.
    fn first_is_coming(&self) -> bool {
        !self.analysed && self.last_result.elapsed() < FIRST_ANALYSIS
    }
}

/// Our section of settings, which some clients send alone and some with its name around it.
fn section(value: Value) -> Value {
    match value {
        Value::Object(mut members) if members.contains_key(SECTION) => members.remove(SECTION).unwrap_or_default(),
        value => value,
    }
}
