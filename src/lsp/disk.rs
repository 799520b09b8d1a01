//! The thread that reads the disk.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use serde_json::Value;
use tower_lsp_server::ls_types as lsp;

use super::event::Event;
use super::findings::{Finding, Findings};
use crate::base::{TextRange, TextSize};
use crate::db::{Change, Loader};
use crate::hir::Name;
use crate::rules::Rule;
use crate::workspace::{FileEvent, Settings, SettingsProblem, Workspace, disk_path};

/// Tools write many files at once. What comes within this time is one change.
const TOGETHER: Duration = Duration::from_millis(30);

/// Something to look at.
pub enum Look {
    /// These folders are open now.
    Folders(Vec<PathBuf>),
    /// These files changed.
    Events(Vec<FileEvent>),
    /// A document was opened, saved or closed.
    Opened(Name),
    Saved(Name),
    Closed(Name),
    /// What git tracks was changed.
    GitIndex,
    /// The editor's settings are these.
    Settings(Value),
    /// The client watches no files: what changed on disk is looked for when a document is opened or saved.
    Unwatched,
}

/// What was seen.
pub struct DiskReport {
    pub changes: Vec<Change>,
    /// The flakes to analyse.
    pub flakes: Vec<Name>,
    /// The settings of each of them.
    pub settings: BTreeMap<Name, Settings>,
    pub settings_findings: Findings,
    /// What is wrong with the editor's settings, where they are new.
    pub complaints: Vec<String>,
    /// The indexes of git that lie outside of the opened folders.
    pub git_indexes: Vec<PathBuf>,
}

/// The way to the thread.
pub struct Disk {
    looks: Sender<Look>,
    pub loader: Arc<dyn Loader>,
}

impl Disk {
    /// Starts the thread.
    pub fn start(events: Sender<Event>) -> Disk {
        let (looks, queue) = channel();
        let workspace = Workspace::new([]);
        let loader = workspace.loader();
        let mut reader = Reader { workspace, editor: Settings::default(), complaints: Vec::new(), unwatched: false };
        let thread = std::thread::Builder::new().name("disk".to_string());
        if let Err(error) = thread.spawn(move || reader.run(&queue, &events)) {
            tracing::error!("the disk cannot be read: {error}");
        }
        Disk { looks, loader }
    }

    /// Has something looked at.
    pub fn look(&self, look: Look) {
        if self.looks.send(look).is_err() {
            tracing::error!("nobody reads the disk");
        }
    }
}

struct Reader {
    workspace: Workspace,
    editor: Settings,
    complaints: Vec<String>,
    unwatched: bool,
}

impl Reader {
    fn run(&mut self, queue: &Receiver<Look>, events: &Sender<Event>) {
        while let Ok(first) = queue.recv() {
            let burst = matches!(first, Look::Events(_));
            let mut looks = vec![first];
            if burst {
                std::thread::sleep(TOGETHER);
            }
            looks.extend(queue.try_iter());
            let report = catch_unwind(AssertUnwindSafe(|| {
                let changes = self.look(looks);
                self.report(changes)
            }));
            match report {
                Ok(report) => {
                    if events.send(Event::Disk(report)).is_err() {
                        return;
                    }
                }
                Err(_) => tracing::error!("reading the disk failed"),
            }
        }
    }

    fn look(&mut self, looks: Vec<Look>) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut seen: Vec<FileEvent> = Vec::new();
        for look in looks {
            // Events that came before something else are handled before it.
            if !matches!(look, Look::Events(_)) && !seen.is_empty() {
                changes.extend(self.workspace.handle_events(&std::mem::take(&mut seen)));
            }
            match look {
                Look::Events(events) => seen.extend(events),
                Look::Folders(folders) => {
                    self.workspace.set_roots(folders);
                    changes.extend(self.workspace.rescan());
                }
                Look::GitIndex => changes.extend(self.workspace.rescan()),
                Look::Unwatched => {
                    self.unwatched = true;
                    changes.extend(self.workspace.poll());
                }
                Look::Opened(path) => {
                    changes.extend(self.opened(&path));
                    if self.unwatched {
                        changes.extend(self.workspace.poll());
                    }
                }
                Look::Saved(path) if self.workspace.source_changed(&path).is_some() => {
                    changes.extend(self.workspace.source_changed(&path));
                }
                Look::Saved(_) if self.unwatched => changes.extend(self.workspace.poll()),
                Look::Saved(path) => changes.extend(if self.workspace.node(&path).is_none() {
                    self.workspace.rescan()
                } else {
                    self.workspace.rescan_if_outdated()
                }),
                // What is on disk now, whatever the editor showed.
                Look::Closed(path) => {
                    let change = self.workspace.text_change(&path);
                    changes.push(change.unwrap_or(Change::Remove { path }));
                }
                Look::Settings(value) => {
                    let (settings, problems) = Settings::from_json(&value);
                    self.complaints.extend(problems.into_iter().map(|problem| problem.message));
                    self.complaints.extend(unknown_rules(&settings).map(|(_, message)| message));
                    self.editor = settings;
                }
            }
        }
        if !seen.is_empty() {
            changes.extend(self.workspace.handle_events(&seen));
        }
        changes
    }

    /// An editor that opens files without a folder still means the flake around them.
    fn opened(&mut self, path: &Name) -> Vec<Change> {
        if !self.workspace.roots().is_empty() || !path.starts_with('/') {
            return Vec::new();
        }
        let file = disk_path(path);
        let flake = file.ancestors().skip(1).find(|folder| folder.join("flake.nix").is_file());
        match flake {
            Some(flake) => {
                self.workspace.set_roots([flake.to_path_buf()]);
                self.workspace.rescan()
            }
            None => Vec::new(),
        }
    }

    fn report(&mut self, mut changes: Vec<Change>) -> DiskReport {
        changes.extend(self.workspace.sources_change(&self.editor));
        let flakes = self.workspace.main_flakes();
        let settings = flakes.iter().map(|flake| (flake.clone(), self.workspace.settings_of(flake, &self.editor)));
        let settings = settings.collect();
        let settings_findings = self.workspace.settings_files().iter().map(|file| {
            let finding = |problem: &SettingsProblem| Finding {
                range: problem.range.unwrap_or_default(),
                severity: lsp::DiagnosticSeverity::WARNING,
                code: "settings".to_string(),
                message: problem.message.clone(),
                related: Vec::new(),
                fixes: Vec::new(),
            };
            let mut findings: Vec<Finding> = file.problems.iter().map(finding).collect();
            findings.extend(unknown_rules(&file.settings).map(|(id, message)| {
                let at = file.text.find(id).and_then(|at| u32::try_from(at).ok()).unwrap_or_default();
                let range = TextRange::at(at.into(), TextSize::of(id));
                finding(&SettingsProblem { message, range: Some(range) })
            }));
            (file.path.clone(), findings)
        });
        let settings_findings = settings_findings.filter(|(_, findings)| !findings.is_empty()).collect();
        let roots = self.workspace.roots();
        let outside = |index: &PathBuf| !roots.iter().any(|root| index.starts_with(root));
        DiskReport {
            changes,
            flakes,
            settings,
            settings_findings,
            complaints: std::mem::take(&mut self.complaints),
            git_indexes: self.workspace.git_indexes().into_iter().filter(outside).collect(),
        }
    }
}

/// The rules that settings name and that there are not, each with what to say.
fn unknown_rules(settings: &Settings) -> impl Iterator<Item = (&str, String)> {
    let unknown = settings.rule_names().filter(|id| Rule::find(id).is_none());
    unknown.map(|id| {
        let meant = Rule::nearest(id).map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
        (id, format!("there is no rule {id}{meant}"))
    })
}
