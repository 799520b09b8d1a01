//! What files there are, and which of them a flake sees.
//!
//! Nix copies what git tracks. So in a git repository the index decides which
//! files are seen; the others are listed as well, because a path that leads to
//! one of them deserves another word than a path that leads nowhere. The whole
//! repository around the opened folder is listed, for flakes in a subfolder may
//! import from above it; but what nobody tracks is looked for only in the opened
//! folder, since the repository may be somebody's home.
//!
//! Links are recorded and never followed, so that their circles do not matter.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::git::{IndexStamp, Repository, Tracked};
use super::git_index::EntryKind;
use super::paths::{disk_path, is_below, name_of};
use crate::db::Node;
use crate::eval::{FileType, join_path};
use crate::hir::Name;

/// More files than this are not listed.
const MAX_FILES: usize = 400_000;

/// Folders that tools fill. They are passed over unless git tracks something in them.
const HEAVY: &[&str] =
    &["node_modules", ".direnv", ".devenv", ".jj", ".hg", ".svn", ".cache", "__pycache__", ".terraform", "target"];

/// One listed folder.
#[derive(Debug, Default)]
pub struct Scan {
    /// The folder that was listed as a whole.
    pub base: Name,
    /// Everything in it, by absolute path.
    pub nodes: BTreeMap<Name, Node>,
    /// Whether nothing was left out.
    pub complete: bool,
    /// The repositories whose indexes were read, as they were.
    pub stamps: Vec<(Repository, IndexStamp)>,
}

/// The repository that a folder of the walk belongs to.
#[derive(Clone)]
struct Context<'a> {
    /// What it tracks, and where it starts. `None`: everything is seen.
    tracked: Option<&'a Tracked>,
    /// The path of its top.
    top: Name,
}

impl Context<'_> {
    /// The path that git knows `name` by.
    fn relative<'b>(&self, name: &'b str) -> &'b str {
        name.strip_prefix(self.top.as_str()).unwrap_or(name).trim_start_matches('/')
    }
}

impl Scan {
    /// Lists the repository around `root`, or `root` itself where there is none.
    pub fn new(root: &Path) -> Scan {
        let Some(root_name) = name_of(root) else { return Scan::default() };
        let mut scan = Scan { complete: true, ..Scan::default() };
        let repository = Repository::around(root);
        scan.base = repository.as_ref().and_then(|repository| name_of(&repository.top)).unwrap_or(root_name.clone());
        // An opened folder that is a link into a repository has no `.git` above it by name.
        let linked = if repository.is_none() { linked_repository(root) } else { None };
        let mut tracked = repository.as_ref().and_then(Repository::tracked);
        let mut stamps: Vec<Repository> = repository.into_iter().collect();
        if let Some((repository, inside)) = linked {
            tracked = repository.tracked().map(|tracked| tracked.below(&inside));
            stamps.push(repository);
        }
        if !stamps.is_empty() {
            scan.git(&scan.base.clone());
        }
        scan.stamps = stamps.into_iter().map(|repository| (repository.clone(), repository.stamp())).collect();
        let context = Context { tracked: tracked.as_ref(), top: scan.base.clone() };
        scan.walk(scan.base.clone(), &root_name, &context);
        scan.tracked_elsewhere(&context);
        scan
    }

    fn walk(&mut self, base: Name, root: &str, context: &Context<'_>) {
        let mut open = vec![base.clone()];
        while let Some(folder) = open.pop() {
            // Folders that vanish or may not be read are empty.
            let Ok(entries) = fs::read_dir(disk_path(&folder)) else { continue };
            let mut children: Vec<(String, fs::FileType)> = entries
                .flatten()
                .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.file_type().ok()?)))
                .collect();
            children.sort_by(|a, b| a.0.cmp(&b.0));
            if folder != base
                && children.iter().any(|(name, _)| name == ".git")
                && let Some(repository) = Repository::at(&disk_path(&folder))
            {
                self.nested(&folder, root, &repository);
                continue;
            }
            for (name, kind) in children {
                if self.nodes.len() >= MAX_FILES {
                    self.complete = false;
                    return;
                }
                if name == ".git" {
                    continue;
                }
                let path = child(&folder, &name);
                if self.visit(&path, &name, kind, root, context) {
                    open.push(path);
                }
            }
        }
    }

    /// Lists one entry, and says whether it is a folder to look into.
    fn visit(&mut self, path: &Name, name: &str, kind: fs::FileType, root: &str, context: &Context<'_>) -> bool {
        let relative = context.relative(path);
        let git = context.tracked.and_then(|tracked| tracked.kind(relative));
        let tracked = context.tracked.is_none() || git.is_some();
        if kind.is_dir() {
            if git == Some(EntryKind::Submodule) {
                // Nix does not fetch submodules: it sees an empty folder.
                self.nodes.insert(path.clone(), folder(true));
                return false;
            }
            let holds = context.tracked.is_some_and(|tracked| tracked.holds(relative));
            let opened = is_below(path, root) || is_below(root, path);
            let heavy = is_heavy(name);
            if !holds && (heavy || !opened) {
                return false;
            }
            if context.tracked.is_none() {
                self.nodes.insert(path.clone(), folder(true));
            }
            return true;
        }
        if !tracked && (!is_below(path, root) && !context.tracked.is_some_and(|it| it.holds(parent(relative)))) {
            return false;
        }
        if !tracked && is_heavy(name) {
            return false;
        }
        self.insert(path.clone(), kind, tracked);
        false
    }

    fn insert(&mut self, path: Name, kind: fs::FileType, tracked: bool) {
        let node = if kind.is_symlink() {
            let target = fs::read_link(disk_path(&path)).ok();
            let target = target.and_then(|target| Some(target.to_str()?.replace(std::path::MAIN_SEPARATOR, "/")));
            let target = target.map(|target| join_path(parent(&path), &target));
            Node { kind: FileType::Symlink, tracked, target }
        } else if kind.is_dir() {
            folder(tracked)
        } else if kind.is_file() {
            Node { kind: FileType::Regular, tracked, target: None }
        } else {
            Node { kind: FileType::Unknown, tracked, target: None }
        };
        self.nodes.insert(path, node);
    }

    /// Lists `.git`, which no flake sees: so it is known that git decides here.
    fn git(&mut self, top: &str) {
        self.nodes.insert(child(top, ".git"), folder(false));
    }

    /// A repository within the walk that is no submodule: it sees what itself tracks.
    fn nested(&mut self, folder: &Name, root: &str, repository: &Repository) {
        self.git(folder);
        let tracked = repository.tracked();
        self.stamps.push((repository.clone(), repository.stamp()));
        let context = Context { tracked: tracked.as_ref(), top: folder.clone() };
        // The call stack grows with repositories in repositories only.
        if self.stamps.len() < 200 {
            self.walk(folder.clone(), root, &context);
        }
    }

    /// Tracked files that the walk passed over: those in heavy folders' depths,
    /// or where a folder may be entered but not listed.
    fn tracked_elsewhere(&mut self, context: &Context<'_>) {
        let Some(tracked) = context.tracked else { return };
        for (relative, kind) in tracked.files() {
            let path = child(&context.top, relative);
            if self.nodes.contains_key(&path) || self.nodes.len() >= MAX_FILES {
                continue;
            }
            match fs::symlink_metadata(disk_path(&path)) {
                Ok(meta) if kind == EntryKind::Submodule || !meta.is_dir() => self.insert(path, meta.file_type(), true),
                // What may not be seen is there, for all we know.
                Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                    self.nodes.insert(path, Node { kind: FileType::Regular, tracked: true, target: None });
                }
                // Removed from disk, not yet from git: Nix does not see it either.
                _ => {}
            }
        }
    }

    /// Whether any of the indexes was written since.
    pub fn outdated(&self) -> bool {
        self.stamps.iter().any(|(repository, stamp)| repository.stamp() != *stamp)
    }
}

impl Tracked {
    /// What is tracked below a folder, by path from there.
    fn below(&self, folder: &str) -> Tracked {
        let prefix = format!("{folder}/");
        self.map(|path| if folder.is_empty() { Some(path) } else { path.strip_prefix(&prefix) })
    }
}

/// The repository around what `root` links to, and the path of that from its top.
fn linked_repository(root: &Path) -> Option<(Repository, String)> {
    let real: PathBuf = fs::canonicalize(root).ok()?;
    let repository = Repository::around(&real)?;
    let inside = name_of(&real)?;
    let top = name_of(&repository.top)?;
    let inside = inside.strip_prefix(top.as_str())?.trim_start_matches('/').to_string();
    Some((repository, inside))
}

fn folder(tracked: bool) -> Node {
    Node { kind: FileType::Directory, tracked, target: None }
}

fn child(folder: &str, name: &str) -> Name {
    if folder == "/" { Name::from(format!("/{name}")) } else { Name::from(format!("{folder}/{name}")) }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// What `nix build` leaves behind, and what tools fill.
fn is_heavy(name: &str) -> bool {
    name == "result" || name.starts_with("result-") || HEAVY.contains(&name)
}
