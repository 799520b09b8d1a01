//! What modules are given as arguments, and the helpers in it: from a name to where it is written, and back.

use super::{FileInfo, Meaning, Semantics};
use crate::base::{FileId, FileRange, TextSize};
use crate::eval::{Origin, Site};
use crate::hir::{KeyId, Name};

impl Semantics {
    /// Where an argument of modules, or an attribute of one, is written, as far
    /// as the hosts around a place have it; sorted.
    pub fn given(&self, file: FileId, at: TextSize, path: &[Name]) -> Vec<Origin> {
        let hosts = self.hosts_around(file, at);
        let all = hosts.iter().filter_map(|host| self.host(*host)).flat_map(|host| {
            let start = host.given.partition_point(|it| it.path.as_slice() < path);
            host.given.iter().skip(start).take_while(|it| it.path == path)
        });
        let mut origins: Vec<Origin> = all.map(|it| it.origin).collect();
        origins.sort();
        origins.dedup();
        origins
    }

    /// The names that an argument of modules, or an attribute of one, is known to hold, sorted.
    pub fn given_names(&self, file: FileId, at: TextSize, path: &[Name]) -> Vec<Name> {
        let hosts = self.hosts_around(file, at);
        let given = hosts.iter().filter_map(|host| self.host(*host)).flat_map(|host| &host.given);
        let below = given.filter(|it| it.path.len() == path.len() + 1 && it.path.starts_with(path));
        let mut names: Vec<Name> = below.filter_map(|it| it.path.last().cloned()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// The paths within their arguments by which modules know what is bound at a key; sorted.
    pub fn given_as(&self, file: FileId, key: KeyId) -> Vec<Vec<Name>> {
        let origin = Origin { file, site: Site::Key(key) };
        if !self.is_current(file) {
            return Vec::new();
        }
        let given = self.repository().hosts().flat_map(|(_, host)| &host.given).filter(|it| it.origin == origin);
        let mut paths: Vec<Vec<Name>> = given.map(|it| it.path.clone()).collect();
        paths.sort();
        paths.dedup();
        paths
    }

    /// The places that name what is given at `origins` as `path`: selections
    /// from the argument, and, of a whole argument, the modules' own names for it.
    pub fn given_uses(&self, path: &[Name], origins: &[Origin]) -> Vec<FileRange> {
        let Some(name) = path.last() else { return Vec::new() };
        let mut files: Vec<FileId> = self.index().modules.keys().copied().collect();
        files.extend(origins.iter().map(|origin| origin.file));
        files.sort();
        files.dedup();
        let mut found = Vec::new();
        for file in files {
            let (Some(info), Ok(data)) = (self.info(file), self.snapshot().file(file)) else { continue };
            let source_map = &data.lowered().source_map;
            let named = (0..info.hir.key_count()).map(|at| KeyId(at as u32));
            let named = named.filter(|key| info.hir.key_name(*key) == Some(name));
            let variables =
                info.hir.exprs().filter(|(_, expr)| matches!(expr, crate::hir::Expr::Var(var) if var.name == *name));
            let variables = variables.map(|(id, _)| source_map.expr(id));
            for range in named.map(|key| source_map.key(key).name).chain(variables) {
                let Some(classified) = self.classify(file, range.start()) else { continue };
                let same = match &classified.meaning {
                    Meaning::Given { path: of } => of == path,
                    Meaning::Argument { key: Some(key), .. } => {
                        path.len() == 1 && self.is_module_argument(file, &info, *key)
                    }
                    _ => false,
                };
                if same && self.given(file, range.start(), path).iter().any(|it| origins.contains(it)) {
                    found.push(FileRange { file, range });
                }
            }
        }
        found
    }

    /// Whether a formal is one of the function that a module is: only that gets its arguments from a host.
    pub fn is_module_argument(&self, file: FileId, info: &FileInfo, formal: KeyId) -> bool {
        match info.bound(formal) {
            super::Bound::Formal(function) => self.is_module_function(file, info, function),
            _ => false,
        }
    }
}
