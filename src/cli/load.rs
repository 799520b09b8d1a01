//! From a directory to the model of the flake in it.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::Failure;
use crate::base::{FileRange, LineIndex, PositionEncoding, PositionRange};
use crate::db::Snapshot;
use crate::eval::Origin;
use crate::hir::Name;
use crate::repository::{Analyzer, Flake, Host, Repository};
use crate::rules;
use crate::workspace::{SETTINGS_FILE, Settings, Workspace, absolute, disk_path, is_below, name_of};

/// A flake with everything known about it.
pub(super) struct Loaded {
    pub(super) repository: Repository,
    pub(super) flake: Arc<Flake>,
    pub(super) settings: rules::Settings,
}

impl Loaded {
    /// The flake in `dir`, or at or above the current directory.
    pub(super) fn open(dir: Option<&Path>) -> Result<Loaded, Failure> {
        let root = match dir {
            Some(dir) => flake_root(dir)?,
            None => flake_root_above(&current_dir()?)?,
        };
        Loaded::open_root(&root)
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
        Ok(Loaded { repository, flake, settings })
    }

    /// The same flake as it is on disk now.
    pub(super) fn reopen(&self) -> Result<Loaded, Failure> {
        Loaded::open_root(&disk_path(&self.flake.root))
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
    let settings = workspace.settings_of(root, &Settings::default()).for_rules();
    match settings.levels.keys().find(|id| rules::Rule::find(id).is_none()) {
        Some(id) => Err(format!("{SETTINGS_FILE}: {}", no_such_rule(id)).into()),
        None => Ok(settings),
    }
}

/// What is said about a rule that does not exist.
pub(super) fn no_such_rule(id: &str) -> String {
    let meant = rules::Rule::nearest(id).map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
    format!("there is no rule {id}{meant}")
}

/// A line on stderr while something takes its time, for people who sit before a terminal.
struct Progress {
    shown: bool,
}

impl Progress {
    fn new(what: &str) -> Progress {
        let mut stderr = std::io::stderr();
        let shown = stderr.is_terminal();
        if shown {
            let _ = write!(stderr, "{what} …").and_then(|()| stderr.flush());
        }
        Progress { shown }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let mut stderr = std::io::stderr();
            let _ = write!(stderr, "\r\x1b[K").and_then(|()| stderr.flush());
        }
    }
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
    if !root.join("flake.nix").is_file() {
        return Err(format!("{} has no flake.nix", dir.display()).into());
    }
    std::fs::File::open(root.join("flake.nix"))
        .map_err(|error| format!("{} cannot be read: {error}", dir.join("flake.nix").display()))?;
    Ok(root)
}

fn flake_root_above(dir: &Path) -> Result<PathBuf, Failure> {
    let found = dir.ancestors().find(|folder| folder.join("flake.nix").is_file());
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
