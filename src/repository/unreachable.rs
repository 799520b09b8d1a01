//! Files that look like modules and that nothing of a flake can reach.
//!
//! Reached is what an evaluation read, and what such a file names: by a path, below a folder that it names, or by a string
//! that ends like the path of the file. While modules are unknown nothing can be said: they may import anything.

use std::collections::BTreeSet;

use super::{Flake, OutputKind, Repository};
use crate::base::FileId;
use crate::eval::{FileType, Files, join_path};
use crate::hir::{Expr, File, Name, Param, PathAnchor, StrPart};
use crate::module_system::ModuleSource;

/// Folders whose files nobody expects to be reached.
const ASIDE: &[&str] = &[
    "archive",
    "archived",
    "attic",
    "disabled",
    "doc",
    "docs",
    "example",
    "examples",
    "old",
    "template",
    "templates",
    "test",
    "tests",
    "unused",
];

/// Module files that nothing reaches, sorted by path.
pub fn unreachable(repository: &Repository, flake: &Flake) -> Vec<FileId> {
    if flake.hosts.is_empty() || !flake.broken.is_empty() || !is_known(flake) {
        return Vec::new();
    }
    let snapshot = &repository.snapshot;
    let own = |path: &str| repository.flake_of(path).is_some_and(|of| of.root == flake.root);
    let files: Vec<(Name, FileId)> = snapshot.nix_files().iter().filter(|(path, _)| own(path)).cloned().collect();
    let mut candidates: Vec<(String, FileId)> = Vec::new();
    for (path, file) in &files {
        let relative = flake.relative(path);
        let tracked = snapshot.tree().node(path).is_none_or(|node| node.tracked);
        let aside = relative.split('/').any(|segment| ASIDE.contains(&segment) || segment.starts_with('_'));
        let data = snapshot.file(*file).ok().filter(|data| data.parse().errors().is_empty());
        if tracked && !aside && data.is_some_and(|data| is_module(data.hir())) && !flake.read.contains(file) {
            candidates.push((relative, *file));
        }
    }
    if candidates.is_empty() {
        return Vec::new();
    }
    let reached = Reached::of(repository, flake, &files);
    candidates.retain(|(path, file)| !reached.files.contains(file) && !reached.is_named(path));
    candidates.into_iter().map(|(_, file)| file).collect()
}

/// Whether everything is known that could import a file.
fn is_known(flake: &Flake) -> bool {
    let is_unknown = |source: &ModuleSource| matches!(source, ModuleSource::Unknown { .. });
    let hosts = flake.hosts.iter().all(|host| !host.facts.modules.iter().any(|module| is_unknown(&module.source)));
    hosts && !flake.outputs.iter().any(|output| output.kind == OutputKind::Unknown)
}

/// Whether a file is a module by its shape: a function of at least some of what modules are given, or a set with `options` or `imports`.
fn is_module(hir: &File) -> bool {
    let Some(mut expr) = hir.root() else { return false };
    let mut asks = false;
    loop {
        match hir.expr(expr) {
            Expr::Lambda(lambda) if !asks => {
                let Param::Pattern { formals, ellipsis: true, .. } = &lambda.param else { return false };
                asks = formals.iter().any(|formal| matches!(formal.name.as_str(), "config" | "lib" | "pkgs"));
                if !asks && !formals.is_empty() {
                    return false;
                }
                expr = lambda.body;
            }
            Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body, .. } => expr = *body,
            Expr::Attrs(attrs) => {
                let has = |name: &str| attrs.attrs.iter().any(|attr| attr.name == name);
                let parts = has("options") || has("imports") || has("config");
                // A set of plain definitions is told by names that NixOS and Home Manager have.
                let known = ["programs", "services", "environment", "home", "boot", "networking", "users"];
                return parts || (asks && known.into_iter().any(has));
            }
            _ => return false,
        }
    }
}

struct Reached {
    files: BTreeSet<FileId>,
    /// Folders, relative to the flake, of which any file may be meant.
    folders: BTreeSet<String>,
    /// Parts of paths that stand in strings.
    texts: BTreeSet<String>,
}

impl Reached {
    fn of(repository: &Repository, flake: &Flake, all: &[(Name, FileId)]) -> Reached {
        let snapshot = &repository.snapshot;
        let mut reached =
            Reached { files: flake.read.iter().copied().collect(), folders: BTreeSet::new(), texts: BTreeSet::new() };
        let mut open: Vec<FileId> = reached.files.iter().copied().collect();
        open.push(flake.file);
        // What is exported under the name of a file may be that file, found by listing its folder.
        let exported = flake.outputs.iter().filter(|output| {
            matches!(
                output.kind,
                OutputKind::NixosModule | OutputKind::HomeModule | OutputKind::DarwinModule | OutputKind::FlakeModule
            )
        });
        let names: BTreeSet<&str> = exported.filter_map(|output| output.path.last()).map(Name::as_str).collect();
        for (path, file) in all {
            let stem = path.strip_suffix("/default.nix").or(path.strip_suffix(".nix")).unwrap_or(path);
            let name = stem.rsplit('/').next().unwrap_or_default();
            let is_default = path.ends_with("/default.nix") && names.contains("default");
            if (is_default || names.contains(name)) && reached.files.insert(*file) {
                open.push(*file);
            }
        }
        while let Some(file) = open.pop() {
            let Ok(data) = snapshot.file(file) else { continue };
            let own = repository.path(file);
            let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder);
            let known = reached.folders.len();
            for (_, expr) in data.hir().exprs() {
                match expr {
                    Expr::Path { anchor: PathAnchor::Relative, parts } => {
                        let (Some(StrPart::Literal(text)), whole) = (parts.first(), parts.len() == 1) else { continue };
                        let text =
                            if whole { text.as_str() } else { text.rsplit_once('/').map_or(".", |(path, _)| path) };
                        let target = join_path(folder, text);
                        reached.path(repository, flake, &target, whole, &mut open);
                    }
                    Expr::Str(parts) => {
                        let texts = parts.iter().filter_map(|part| match part {
                            StrPart::Literal(text) => Some(text.trim_matches('/')),
                            StrPart::Interpolation(_) => None,
                        });
                        let texts = texts.filter(|text| text.len() > 3 && !text.contains(['\n', ' ']));
                        reached.texts.extend(texts.map(str::to_string));
                    }
                    _ => {}
                }
            }
            if reached.folders.len() > known {
                let below = all.iter().filter(|(path, _)| reached.is_in_folder(&flake.relative(path)));
                for (_, file) in below.collect::<Vec<_>>() {
                    if reached.files.insert(*file) {
                        open.push(*file);
                    }
                }
            }
        }
        reached
    }

    /// What a path leads to: a file, or a folder whose files somebody may list.
    fn path(&mut self, repository: &Repository, flake: &Flake, target: &Name, whole: bool, open: &mut Vec<FileId>) {
        let snapshot = &repository.snapshot;
        let mut add = |path: &str| {
            let found = snapshot.file_at(path).ok().map(|(id, _)| id);
            if let Some(id) = found.filter(|id| self.files.insert(*id)) {
                open.push(id);
            }
            found
        };
        match snapshot.file_type(target) {
            Ok(Some(FileType::Directory)) => {
                let inner = format!("{target}/default.nix");
                let default = if whole { add(&inner) } else { None };
                // A folder that was imported as a file is no folder to whoever names it.
                if default.is_none_or(|file| !flake.read.contains(&file)) {
                    self.folders.insert(flake.relative(target));
                }
            }
            Ok(Some(_)) if target.ends_with(".nix") => {
                add(target);
            }
            _ => {}
        }
    }

    fn is_in_folder(&self, relative: &str) -> bool {
        let folders = relative.match_indices('/').filter_map(|(at, _)| relative.get(..at));
        folders.chain([""]).any(|folder| self.folders.contains(folder))
    }

    /// Whether a string names the file, or a folder around it.
    fn is_named(&self, relative: &str) -> bool {
        let folder = relative.strip_suffix("/default.nix").unwrap_or(relative);
        self.texts.iter().any(|text| {
            relative == text
                || folder == text
                || relative.ends_with(&format!("/{text}"))
                || folder.ends_with(&format!("/{text}"))
                || relative.strip_suffix(".nix").is_some_and(|stem| stem == text || stem.ends_with(&format!("/{text}")))
                || (text.contains('/') && relative.starts_with(&format!("{text}/")))
        })
    }
}
