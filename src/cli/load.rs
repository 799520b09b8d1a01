//! From a directory to the model of the flake in it.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::Failure;
use crate::base::{FileRange, LineIndex, PositionEncoding, PositionRange};
use crate::db::{Change, Snapshot};
use crate::eval::Origin;
use crate::hir::Name;
use crate::ide::views::{Location, Places};
use crate::module_system::ModuleSource;
use crate::repository::{Analyzer, Flake, Host, Repository};
use crate::rules;
use crate::workspace::{MAX_FILE, SETTINGS_FILE, Settings, Workspace, absolute, disk_path, is_below, name_of};

/// A flake with everything known about it.
pub(super) struct Loaded {
    pub(super) repository: Repository,
    pub(super) flake: Arc<Flake>,
    pub(super) settings: rules::Settings,
    /// Knows what still holds where texts are changed.
    analyzer: Analyzer,
}

impl Loaded {
    /// The flake in `dir`, or at or above the current directory.
    pub(super) fn open(dir: Option<&Path>) -> Result<Loaded, Failure> {
        let root = match dir {
            Some(dir) => flake_root(dir)?,
            None => flake_root_above(&current_dir()?)?,
        };
        let loaded = Loaded::open_root(&root)?;
        loaded.say_what_is_unread();
        Ok(loaded)
    }

    /// What a module says that cannot be read is not known. That is no finding: an encrypted file is decrypted before
    /// it is deployed. But whoever relies on what is printed is told.
    fn say_what_is_unread(&self) {
        let modules = self.flake.hosts.iter().flat_map(|host| &host.facts.modules);
        let unread: BTreeSet<&Name> = modules
            .filter_map(|module| match &module.source {
                ModuleSource::Unknown { unread: Some(path), .. } if self.holds(path) => Some(path),
                _ => None,
            })
            .collect();
        for path in unread {
            if let Some(why) = unreadable(&disk_path(path)) {
                let _ =
                    writeln!(std::io::stderr(), "flakewise: {} {why}, and is taken for unknown", self.relative(path));
            }
        }
    }

    /// What an empty list of something of the flake means: that it has none, or that it is not known.
    pub(super) fn none_of(&self, what: &str) -> String {
        match self.flake.problems.iter().find(|problem| problem.output.is_none()) {
            Some(problem) => format!("This flake has no known {what}: {}\n", problem.message),
            None => format!("This flake has no {what}.\n"),
        }
    }

    /// Whether a path lies in the flake.
    pub(super) fn holds(&self, path: &str) -> bool {
        is_below(path, &self.flake.root)
    }

    fn open_root(root: &Path) -> Result<Loaded, Failure> {
        let progress = Progress::new("looking at the repository");
        let name = name(root)?;
        let (mut workspace, snapshot) = Workspace::open(root);
        let settings = settings(&mut workspace, &name)?;
        let mut analyzer = Analyzer::new();
        let never = AtomicBool::new(false);
        let repository = analyzer.analyze(&snapshot, std::slice::from_ref(&name), &never);
        drop(progress);
        let repository = repository.ok_or("the analysis was stopped")?;
        let flake = repository.flakes.iter().find(|flake| flake.root == name).cloned();
        let flake = flake.ok_or_else(|| format!("nothing is known about the flake in {}", root.display()))?;
        Ok(Loaded { repository, flake, settings, analyzer })
    }

    /// What the flake would be with other texts.
    pub(super) fn analyzed(&mut self, changes: Vec<Change>) -> Option<(Repository, Arc<Flake>)> {
        let snapshot = self.repository.snapshot.apply(changes);
        let root = self.flake.root.clone();
        let never = AtomicBool::new(false);
        let repository = self.analyzer.analyze(&snapshot, std::slice::from_ref(&root), &never)?;
        let flake = repository.flakes.iter().find(|flake| flake.root == root).cloned()?;
        Some((repository, flake))
    }

    /// The hosts that are the same with the texts of another snapshot, by output.
    pub(super) fn same_in(&self, other: &Snapshot) -> BTreeSet<String> {
        self.analyzer.same_in(&self.flake.root, other)
    }

    /// [`Loaded::open`] for commands whose second argument may come alone:
    /// what is no directory is the second argument, and the directory the default.
    pub(super) fn open_with<'a>(
        dir: Option<&'a Path>,
        second: Option<&'a str>,
    ) -> Result<(Loaded, Option<&'a str>), Failure> {
        if let (Some(only), None) = (dir, second)
            && !only.exists()
            && let Some(text) = only.to_str().filter(|text| !text.contains(['/', '\\']))
            && let Ok(loaded) = Loaded::open(None)
        {
            return Ok((loaded, Some(text)));
        }
        Ok((Loaded::open(dir)?, second))
    }

    /// The host with this output path, or the only one with this name.
    pub(super) fn host(&self, wanted: &str) -> Result<&Arc<Host>, Failure> {
        if let Some(host) = self.flake.host(wanted) {
            return Ok(host);
        }
        let named: Vec<&Arc<Host>> = self.flake.hosts.iter().filter(|host| host.name == wanted).collect();
        match named.as_slice() {
            [host] => Ok(host),
            [] => Err(format!("this flake has no host {wanted}").into()),
            several => {
                let outputs: Vec<&str> = several.iter().map(|host| host.output.as_str()).collect();
                Err(format!("several hosts are called {wanted}: {}", outputs.join(", ")).into())
            }
        }
    }

    /// Where a workflow of GitHub has the repository, if the flake lies in it: annotations and uploads are about paths
    /// from there, also where the flake is in a folder of it. Elsewhere paths are those of the flake.
    pub(super) fn prefix_for_github(&self) -> String {
        let folder = std::env::var_os("GITHUB_WORKSPACE").map(PathBuf::from);
        let folder = folder.and_then(|folder| name_of(&absolute(&folder).ok()?));
        let below = folder.and_then(|folder| self.flake.root.strip_prefix(folder.as_str()).map(str::to_string));
        match below.as_deref().and_then(|below| below.strip_prefix('/')) {
            Some(below) => format!("{below}/"),
            None => String::new(),
        }
    }

    /// The path of a file relative to the flake root.
    pub(super) fn relative(&self, path: &str) -> String {
        self.flake.relative(path)
    }

    /// Where a stretch of text is, as it is printed.
    pub(super) fn place(&self, at: FileRange) -> Place {
        let path = self.relative(&self.repository.path(at.file));
        let range = self
            .repository
            .snapshot
            .file(at.file)
            .map(|data| data.line_index().range(data.text(), at.range, PositionEncoding::Utf16));
        Place { path, range: range.unwrap_or_default() }
    }

    /// Where an origin is, as it is printed.
    pub(super) fn origin(&self, origin: Option<Origin>) -> Option<Place> {
        self.repository.range(origin?).map(|at| self.place(at))
    }
}

impl Places for Loaded {
    fn repository(&self) -> &Repository {
        &self.repository
    }

    fn flake(&self) -> &Flake {
        &self.flake
    }

    fn range(&self, origin: Origin) -> Option<FileRange> {
        self.repository.range(origin)
    }

    fn place(&self, at: FileRange) -> Location {
        Loaded::place(self, at).into()
    }
}

/// A place in the flake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Relative to the flake root.
    pub(super) path: String,
    pub(super) range: PositionRange,
}

impl Place {
    /// The place for people: lines and columns start at one.
    pub(super) fn text(&self) -> String {
        format!("{}:{}:{}", self.path, self.range.start.line + 1, self.range.start.character + 1)
    }
}

fn current_dir() -> Result<PathBuf, Failure> {
    std::env::current_dir().map_err(|error| Failure(format!("the current directory cannot be read: {error}")))
}

fn name(path: &Path) -> Result<Name, Failure> {
    Ok(name_of(path).ok_or_else(|| format!("the path {} is not UTF-8", path.display()))?)
}

/// The settings of the flake. Those that mean nothing would silently do nothing, so they are refused.
fn settings(workspace: &mut Workspace, root: &str) -> Result<rules::Settings, Failure> {
    let files = workspace.settings_files().iter();
    let above = files.filter(|file| {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        folder.is_empty() || is_below(root, folder)
    });
    for file in above {
        if let Some(problem) = file.problems.first() {
            let line = problem.range.map(|range| LineIndex::new(&file.text).line(range.start()) + 1);
            let place = line.map(|line| format!(":{line}")).unwrap_or_default();
            return Err(format!("{SETTINGS_FILE}{place}: {}", problem.message).into());
        }
    }
    let settings = workspace.settings_of(root, &Settings::default());
    match settings.rule_names().find(|id| rules::Rule::find(id).is_none()) {
        Some(id) => Err(format!("{SETTINGS_FILE}: {}", no_such_rule(id)).into()),
        None => Ok(settings.for_rules()),
    }
}

/// What is said about a rule that does not exist.
pub(super) fn no_such_rule(id: &str) -> String {
    let meant = rules::Rule::nearest(id).map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
    format!("there is no rule {id}{meant}")
}

/// A line on stderr while something takes its time, for people who sit before a terminal.
struct Progress {
    /// How many columns are taken.
    shown: usize,
}

impl Progress {
    fn new(what: &str) -> Progress {
        let mut stderr = std::io::stderr();
        if !stderr.is_terminal() {
            return Progress { shown: 0 };
        }
        let line = format!("{what} …");
        let _ = write!(stderr, "{line}").and_then(|()| stderr.flush());
        Progress { shown: line.chars().count() }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown > 0 {
            let mut stderr = std::io::stderr();
            let _ = write!(stderr, "{}", wiped(self.shown)).and_then(|()| stderr.flush());
        }
    }
}

/// What wipes the beginning of a line out, on every terminal: with spaces, and without escape sequences, which
/// whoever sets `NO_COLOR` or has a dumb terminal does not want.
fn wiped(columns: usize) -> String {
    format!("\r{}\r", " ".repeat(columns))
}

/// The absolute path of `dir`, which must hold a flake.nix.
fn flake_root(dir: &Path) -> Result<PathBuf, Failure> {
    let cannot = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure(format!("no such directory: {}", dir.display())),
        _ => Failure(format!("{} cannot be read: {error}", dir.display())),
    };
    std::fs::metadata(dir).map_err(cannot)?;
    let root = absolute(dir).map_err(cannot)?;
    if !root.is_dir() {
        return Err(format!("{} is not a directory", dir.display()).into());
    }
    let file = root.join("flake.nix");
    if std::fs::symlink_metadata(&file).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        return Err(format!("{} has no flake.nix", dir.display()).into());
    }
    match unreadable(&file) {
        None => Ok(root),
        Some(why) => Err(format!("{} {why}", dir.join("flake.nix").display()).into()),
    }
}

/// Why the text of a file cannot be had, as what is said of it. Nothing is opened that one would have to wait for.
fn unreadable(file: &Path) -> Option<String> {
    let cannot = |error: std::io::Error| Some(format!("cannot be read: {error}"));
    match std::fs::metadata(file) {
        Err(error) => return cannot(error),
        Ok(meta) if meta.is_dir() => return Some("is a directory".to_string()),
        Ok(meta) if !meta.is_file() => return Some("is no regular file".to_string()),
        Ok(meta) if meta.len() > MAX_FILE => return Some(format!("is larger than {} MB", MAX_FILE >> 20)),
        Ok(_) => {}
    }
    match std::fs::read(file) {
        Err(error) => cannot(error),
        Ok(bytes) => std::str::from_utf8(&bytes).is_err().then(|| "is not UTF-8 text".to_string()),
    }
}

fn flake_root_above(dir: &Path) -> Result<PathBuf, Failure> {
    // Whatever has this name: to pass over one that cannot be read would be to answer about another flake.
    let found = dir.ancestors().find(|folder| std::fs::symlink_metadata(folder.join("flake.nix")).is_ok());
    let found = found.ok_or_else(|| format!("no flake.nix in {} or above it", dir.display()))?;
    flake_root(found)
}

/// A snapshot around one file, with the flake that it belongs to or else its folder.
pub(super) fn single_file(path: &Path) -> Result<(Snapshot, Name), Failure> {
    let file = absolute(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    if !file.is_file() {
        return Err(format!("{} is not a file", path.display()).into());
    }
    let folder = file.parent().unwrap_or(Path::new("/"));
    let root = folder.ancestors().find(|above| above.join("flake.nix").is_file()).unwrap_or(folder);
    let (_, snapshot) = Workspace::open(root);
    Ok((snapshot, name(&file)?))
}

#[cfg(test)]
mod tests {
    #[test]
    fn progress_is_wiped_out_without_escape_sequences() {
        assert_eq!(super::wiped(3), "\r   \r");
    }
}
