//! The outside world, turned into changes for the database: which files there
//! are, what git tracks of them, their texts, and what the user has set.
//!
//! Nothing here fails: a file that vanishes while it is read, a folder that may
//! not be entered, an index that is just being written are the normal case, and
//! what cannot be read is as if it were not there.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod formatter;
mod git;
mod git_add;
mod git_index;
mod git_since;
mod loader;
mod paths;
mod scan;
mod settings;
mod sources;
mod watch;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

pub use formatter::{Formatter, format};
pub use git_add::git_add;
pub use git_since::{Since, since};
pub use loader::{DiskLoader, MAX_FILE};
pub use paths::{absolute, disk_path, is_below, name_of};
pub use settings::{Hints, Lenses, Level, Settings, SettingsProblem, Store, schema as settings_schema};
pub use watch::{FileEvent, FileEventKind, WATCHED};

use crate::db::{Change, Loader, Node, Snapshot, Sources};
use crate::eval::FileType;
use crate::hir::Name;
use scan::Scan;

/// The name of the file with the settings of a repository.
pub const SETTINGS_FILE: &str = "flakewise.toml";

/// A folder that holds a flake.nix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlakeRoot {
    pub path: Name,
    /// Whether it lies among templates, examples or what was put away: it is
    /// somebody's flake, but hardly the one that is being worked on.
    pub sample: bool,
}

/// The settings of one flakewise.toml.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsFile {
    /// The file.
    pub path: Name,
    /// Its text, for the places of the problems.
    pub text: Arc<str>,
    pub settings: Settings,
    pub problems: Vec<SettingsProblem>,
}

/// The opened folders, as they were when they were last looked at.
pub struct Workspace {
    roots: Vec<PathBuf>,
    scans: Vec<Scan>,
    loader: Arc<DiskLoader>,
    settings: Vec<SettingsFile>,
    settings_outdated: bool,
    /// The sources of inputs that were told last.
    sources: Sources,
    /// Files as they were when [`Workspace::poll`] looked last.
    polled: BTreeMap<Name, (Option<SystemTime>, u64)>,
}

impl Workspace {
    /// A workspace of these folders. Nothing is read yet.
    pub fn new(roots: impl IntoIterator<Item = PathBuf>) -> Workspace {
        let mut workspace = Workspace {
            roots: Vec::new(),
            scans: Vec::new(),
            loader: Arc::default(),
            settings: Vec::new(),
            settings_outdated: true,
            sources: Sources::default(),
            polled: BTreeMap::new(),
        };
        workspace.set_roots(roots);
        workspace
    }

    /// Opens one folder and lists it: the snapshot that a command starts from.
    pub fn open(root: &Path) -> (Workspace, Snapshot) {
        let mut workspace = Workspace::new([root.to_path_buf()]);
        let mut changes = workspace.rescan();
        changes.extend(workspace.sources_change(&Settings::default()));
        let snapshot = Snapshot::new(workspace.loader()).apply(changes);
        (workspace, snapshot)
    }

    /// Replaces the opened folders; [`Workspace::rescan`] makes it so.
    pub fn set_roots(&mut self, roots: impl IntoIterator<Item = PathBuf>) {
        self.roots = roots.into_iter().filter_map(|root| absolute(&root).ok()).collect();
        self.roots.sort();
        self.roots.dedup();
    }

    /// The opened folders.
    pub fn roots(&self) -> &[PathBuf] {
        &self.roots
    }

    /// Reads texts of the listed folders from disk, now and after later changes of the folders.
    pub fn loader(&self) -> Arc<dyn Loader> {
        self.loader.clone()
    }

    fn disk_loader(&self) -> &DiskLoader {
        &self.loader
    }

    /// Lists everything again, and says what is different from the last time.
    pub fn rescan(&mut self) -> Vec<Change> {
        let mut scans: Vec<Scan> = Vec::new();
        for root in &self.roots {
            // Two folders of one repository are listed together, a folder in an opened one is there already.
            let name = name_of(root).unwrap_or_default();
            if scans.iter().any(|scan| scan.stamps.is_empty() && is_below(&name, &scan.base)) {
                continue;
            }
            let scan = Scan::new(root);
            if scan.base.is_empty() {
                continue;
            }
            match scans.iter_mut().find(|other| other.base == scan.base) {
                Some(other) => {
                    other.nodes.extend(scan.nodes);
                    other.complete &= scan.complete;
                }
                None => scans.push(scan),
            }
        }
        self.loader.set_roots(scans.iter().map(|scan| disk_path(&scan.base)));
        let changes = difference(&self.scans, &scans);
        self.scans = scans;
        self.settings_outdated = true;
        changes
    }

    /// Lists everything again if an index of git was written since the last
    /// time: for clients that do not tell.
    pub fn rescan_if_outdated(&mut self) -> Vec<Change> {
        if self.scans.iter().any(Scan::outdated) { self.rescan() } else { Vec::new() }
    }

    /// Whether a path is a listed file.
    fn knows_file(&self, path: &str) -> bool {
        self.node(path).is_some_and(|node| node.kind != FileType::Directory)
    }

    /// What is at a path.
    pub fn node(&self, path: &str) -> Option<&Node> {
        self.scans.iter().find_map(|scan| scan.nodes.get(path))
    }

    /// The folders that were listed: git repositories, or the opened folders.
    pub fn bases(&self) -> Vec<Name> {
        self.scans.iter().map(|scan| scan.base.clone()).collect()
    }

    /// The indexes of git that decide what flakes see.
    pub fn git_indexes(&self) -> Vec<PathBuf> {
        let stamps = self.scans.iter().flat_map(|scan| scan.stamps.iter());
        stamps.map(|(repository, _)| repository.index_path()).collect()
    }

    /// Every folder with a flake.nix, sorted.
    pub fn flakes(&self) -> Vec<FlakeRoot> {
        let mut flakes: Vec<FlakeRoot> = Vec::new();
        for scan in &self.scans {
            for (path, node) in &scan.nodes {
                let Some(root) = path.strip_suffix("/flake.nix") else { continue };
                if node.kind == FileType::Directory {
                    continue;
                }
                let below = root.strip_prefix(scan.base.as_str()).unwrap_or_default();
                let sample = below.split('/').any(is_sample);
                let path = if root.is_empty() { Name::new("/") } else { Name::new(root) };
                flakes.push(FlakeRoot { path, sample });
            }
        }
        flakes.sort_by(|a, b| a.path.cmp(&b.path));
        flakes.dedup_by(|a, b| a.path == b.path);
        flakes
    }

    /// The flakes to analyse: all but samples, or the samples where there is nothing else.
    pub fn main_flakes(&self) -> Vec<Name> {
        let flakes = self.flakes();
        let only_samples = flakes.iter().all(|flake| flake.sample);
        flakes.into_iter().filter(|flake| only_samples || !flake.sample).map(|flake| flake.path).collect()
    }

    fn settings_changed(&mut self) {
        self.settings_outdated = true;
    }

    /// Every flakewise.toml, innermost folders last.
    pub fn settings_files(&mut self) -> &[SettingsFile] {
        if self.settings_outdated {
            self.settings_outdated = false;
            let nodes = self.scans.iter().flat_map(|scan| scan.nodes.keys());
            let files = nodes.filter(|path| path.rsplit('/').next() == Some(SETTINGS_FILE));
            let read = |path: &Name| {
                let text = String::from_utf8(self.loader.load(path).ok()?).ok()?;
                let (mut settings, problems) = Settings::from_toml(&text);
                settings
                    .locate(|folder| sources::folder_at(path.strip_suffix(SETTINGS_FILE).unwrap_or_default(), folder));
                Some(SettingsFile { path: path.clone(), text: text.into(), settings, problems })
            };
            let mut found: Vec<SettingsFile> = files.filter_map(read).collect();
            found.sort_by(|a, b| (a.path.len(), &a.path).cmp(&(b.path.len(), &b.path)));
            self.settings = found;
        }
        &self.settings
    }

    /// The settings of the flake at `root`: those of every flakewise.toml at or
    /// above it, the nearest first, over the editor's.
    pub fn settings_of(&mut self, root: &str, editor: &Settings) -> Settings {
        let mut merged = editor.clone();
        for file in self.settings_files() {
            let folder = file.path.strip_suffix(SETTINGS_FILE).unwrap_or_default().trim_end_matches('/');
            if is_below(root, folder) {
                merged = file.settings.over(&merged);
            }
        }
        merged
    }
}

/// Folders whose flakes are not what is being worked on.
fn is_sample(folder: &str) -> bool {
    matches!(folder, "template" | "templates" | "example" | "examples") || folder.starts_with("archive")
}

/// The changes that lead from one listing to another.
fn difference(old: &[Scan], new: &[Scan]) -> Vec<Change> {
    let mut changes = Vec::new();
    for scan in old {
        if !new.iter().any(|other| other.base == scan.base) {
            changes.push(Change::RemoveRoot { path: scan.base.clone() });
        }
    }
    for scan in new {
        let before = old.iter().find(|other| other.base == scan.base);
        // A listing that left something out does not say of anything that it is not there.
        match before {
            Some(before) if before.complete && !scan.complete => {
                changes.push(Change::RemoveRoot { path: scan.base.clone() });
                changes.extend(nodes(scan));
                continue;
            }
            Some(before) if before.complete || !scan.complete => {}
            _ if scan.complete => changes.push(Change::Root { path: scan.base.clone() }),
            _ => {}
        }
        match before {
            Some(before) => changes.extend(changed_nodes(before, scan)),
            None => changes.extend(nodes(scan)),
        }
    }
    changes
}

fn nodes(scan: &Scan) -> impl Iterator<Item = Change> + '_ {
    scan.nodes.iter().map(|(path, node)| Change::Node { path: path.clone(), node: node.clone() })
}

fn changed_nodes(old: &Scan, new: &Scan) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    // Folders take being tracked from what they hold, and do not give it back:
    // where less is tracked now, the folder is listed anew.
    let mut again: Vec<&str> = Vec::new();
    for (path, node) in &old.nodes {
        match new.nodes.get(path) {
            None => {
                changes.push(Change::Remove { path: path.clone() });
                again.extend(outer_folder(path, &new.base));
            }
            Some(now) if node.tracked && !now.tracked => again.extend(outer_folder(path, &new.base)),
            Some(_) => {}
        }
    }
    again.sort_unstable();
    again.dedup();
    changes.extend(again.iter().map(|folder| Change::Remove { path: Name::new(folder) }));
    for (path, node) in &new.nodes {
        let removed = again.iter().any(|folder| is_below(path, folder));
        if removed || old.nodes.get(path) != Some(node) {
            changes.push(Change::Node { path: path.clone(), node: node.clone() });
        }
    }
    changes
}

/// The folder just below `base` that holds `path`.
fn outer_folder<'a>(path: &'a str, base: &str) -> Option<&'a str> {
    let from = if base == "/" { 1 } else { base.len() + 1 };
    let end = from + path.get(from..)?.find('/')?;
    path.get(..end)
}
