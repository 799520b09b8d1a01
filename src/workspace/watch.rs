//! From what a client saw happen to files to changes for the database.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use super::loader::DiskLoader;
use super::{SETTINGS_FILE, Workspace, disk_path};
use crate::db::{Change, Loader};
use crate::eval::FileType;
use crate::hir::Name;

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileEventKind {
    Created,
    Changed,
    Deleted,
}

/// Something happened to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEvent {
    pub path: Name,
    pub kind: FileEventKind,
}

/// The files about which the program wants to hear, as glob patterns.
///
/// Evaluation reads more than Nix files: `fromJSON (readFile ./x.json)` is
/// common. A folder that appears or vanishes comes as its files.
pub const WATCHED: &[&str] =
    &["**/*.nix", "**/flake.lock", "**/*.{json,toml,yaml,yml,age,conf,sh}", "**/.git/index", "**/.git/HEAD"];

impl Workspace {
    /// What follows from what happened. Several events of one file count as
    /// one: what matters is how the file is now.
    pub fn handle_events(&mut self, events: &[FileEvent]) -> Vec<Change> {
        let mut listing = false;
        let mut sources = None;
        let mut texts: BTreeMap<&Name, FileEventKind> = BTreeMap::new();
        for event in events {
            if let Some(change) = self.source_changed(&event.path) {
                sources = Some(change);
                continue;
            }
            let git = event.path.contains("/.git/");
            // A file that is known as a folder, or the reverse, is another listing too.
            let unknown = !self.knows_file(&event.path);
            listing |= git || event.kind != FileEventKind::Changed || unknown;
            if event.path.ends_with(SETTINGS_FILE) {
                self.settings_changed();
            }
            if !git {
                texts.insert(&event.path, event.kind);
            }
        }
        let mut changes = if listing { self.rescan() } else { Vec::new() };
        changes.extend(sources);
        changes.extend(texts.into_keys().filter_map(|path| self.text_change(path)));
        changes
    }

    /// Looks for what changed on disk since the last call, where nobody watches. The first call only takes note.
    pub fn poll(&mut self) -> Vec<Change> {
        let mut changes = self.rescan();
        let nodes = self.scans.iter().flat_map(|scan| &scan.nodes);
        let files = nodes.filter(|(path, node)| node.kind == FileType::Regular && is_polled(path));
        let now: BTreeMap<Name, (Option<SystemTime>, u64)> = files
            .filter_map(|(path, _)| {
                let metadata = std::fs::metadata(disk_path(path)).ok()?;
                Some((path.clone(), (metadata.modified().ok(), metadata.len())))
            })
            .collect();
        let changed = now.iter().filter(|(path, now)| self.polled.get(*path).is_some_and(|then| then != *now));
        let events: Vec<FileEvent> =
            changed.map(|(path, _)| FileEvent { path: path.clone(), kind: FileEventKind::Changed }).collect();
        self.polled = now;
        if !events.is_empty() {
            changes.extend(self.handle_events(&events));
        }
        changes
    }

    /// The change that makes the text of a file what it is on disk.
    ///
    /// Nix files are read at once: so a text that is the same as before keeps
    /// all that was computed from it. Others are forgotten, and read when somebody asks.
    pub fn text_change(&self, path: &Name) -> Option<Change> {
        if !self.knows_file(path) {
            return None;
        }
        let forget = Change::Forget { path: path.clone() };
        if !path.ends_with(".nix") {
            return Some(forget);
        }
        Some(match read_text(self.disk_loader(), path) {
            Some(text) => Change::Text { path: path.clone(), text },
            None => forget,
        })
    }
}

/// Whether a file is one of those that would be [`WATCHED`].
fn is_polled(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    name == "flake.lock"
        || extension.is_some_and(|it| matches!(it, "nix" | "json" | "toml" | "yaml" | "yml" | "age" | "conf" | "sh"))
}

fn read_text(loader: &DiskLoader, path: &str) -> Option<Arc<str>> {
    let bytes = loader.load(path).ok()?;
    String::from_utf8(bytes).ok().map(Arc::from)
}
