//! Where names and options are used.

use super::{Meaning, OptionRef, Read, Semantics};
use crate::base::{FileId, FileRange};
use crate::hir::{AttrsExpr, Expr, KeyId, Name};

/// A place that uses an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    pub range: FileRange,
    pub write: bool,
}

impl Semantics {
    /// Where these options are set and read, over all of their hosts.
    pub fn option_uses(&self, options: &[OptionRef]) -> Vec<Use> {
        let mut uses: Vec<Use> = Vec::new();
        for definition in self.definitions(options) {
            let Some(facts) = self.definition(definition) else { continue };
            let length = self.option_of(options, definition.host).map_or(0, |path| path.len());
            // What is set inside of the value of an option is no definition of its own.
            if facts.path.len() == length
                && let Some(range) = facts.origin.and_then(|origin| self.range(origin))
            {
                uses.push(Use { range, write: true });
            }
        }
        let Some(path) = options.first().and_then(|option| self.option(*option)).map(|facts| facts.path.clone()) else {
            return uses;
        };
        let mut files: Vec<FileId> = self.index().modules.keys().copied().collect();
        files.sort();
        for file in files {
            uses.extend(self.reads_in(file, &path, options));
        }
        uses.sort();
        uses.dedup();
        uses
    }

    fn option_of(&self, options: &[OptionRef], host: super::HostId) -> Option<&Vec<Name>> {
        let option = options.iter().find(|option| option.host == host)?;
        self.option(*option).map(|facts| &facts.path)
    }

    /// The reads of an option in a file.
    fn reads_in(&self, file: FileId, path: &[Name], options: &[OptionRef]) -> Vec<Use> {
        let (Some(info), Ok(data)) = (self.info(file), self.snapshot().file(file)) else { return Vec::new() };
        let source_map = &data.lowered().source_map;
        let mut uses = Vec::new();
        for read in &info.reads {
            let Some(key) = key_of(read, path.len()) else { continue };
            let same = |(read, option): (&Name, &Name)| read == option || option.starts_with('<') || option == "*";
            if !read.path.iter().zip(path).all(same) {
                continue;
            }
            let range = source_map.key(key).name;
            let hosts = self.hosts_of_argument(&read.argument, &self.hosts_around(file, range.start()));
            if options.iter().any(|option| hosts.contains(&option.host)) {
                uses.push(Use { range: FileRange { file, range }, write: false });
            }
        }
        uses
    }

    /// Where an input is named: as an argument of `outputs`, and in selections from it or from `inputs`.
    pub fn input_uses(&self, flake: &crate::repository::Flake, name: &str) -> Vec<FileRange> {
        let mut files: Vec<FileId> = self.index().modules.keys().copied().chain([flake.file]).collect();
        files.sort();
        files.dedup();
        let mut found = Vec::new();
        for file in files {
            let (Some(info), Ok(data)) = (self.info(file), self.snapshot().file(file)) else { continue };
            let source_map = &data.lowered().source_map;
            let named = (0..info.hir.key_count()).map(|at| KeyId(at as u32));
            let named = named.filter(|key| info.hir.key_name(*key).is_some_and(|it| it == name));
            let ranges = named.map(|key| source_map.key(key).name);
            let variables = info.hir.exprs().filter(|(_, expr)| matches!(expr, Expr::Var(var) if var.name == name));
            let variables = variables.map(|(id, _)| source_map.expr(id));
            for range in ranges.chain(variables) {
                let meaning = self.classify(file, range.start()).map(|classified| classified.meaning);
                if matches!(meaning, Some(Meaning::Input { name: of, path }) if of == name && path.is_empty()) {
                    found.push(FileRange { file, range });
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }

    /// Every place of a file where the name bound at `key` stands, bindings first among equals.
    pub fn local_uses(&self, file: FileId, key: KeyId) -> Vec<FileRange> {
        let (Some(info), Ok(data)) = (self.info(file), self.snapshot().file(file)) else { return Vec::new() };
        let source_map = &data.lowered().source_map;
        let keys = same_attribute(&info.hir, key);
        let mut ranges: Vec<FileRange> = Vec::new();
        let mut add = |range| ranges.push(FileRange { file, range });
        for key in &keys {
            add(source_map.key(*key).name);
            for variable in info.uses(*key) {
                add(source_map.expr(variable));
            }
        }
        // `set.name`, where the set is written in this file.
        let name = info.hir.key_name(key);
        for other in (0..info.hir.key_count()).map(|at| KeyId(at as u32)) {
            if info.hir.key_name(other) != name || info.segment(other).is_none() {
                continue;
            }
            let range = source_map.key(other).name;
            let meaning = self.classify(file, range.start()).map(|classified| classified.meaning);
            if matches!(meaning, Some(Meaning::Local { key } | Meaning::Argument { key: Some(key), .. }) if keys.contains(&key))
            {
                add(range);
            }
        }
        ranges.sort();
        ranges.dedup();
        ranges
    }
}

/// The key of a read that is the last segment of a path of `length` names.
fn key_of(read: &Read, length: usize) -> Option<KeyId> {
    let before = read.path.len().checked_sub(read.keys.len())?;
    read.keys.get(length.checked_sub(before + 1)?).copied()
}

/// The keys of the attribute that a key belongs to: nested paths write its name several times.
fn same_attribute(hir: &crate::hir::File, key: KeyId) -> Vec<KeyId> {
    let find = |attrs: &AttrsExpr| attrs.attrs.iter().find(|attr| attr.keys.contains(&key)).map(|it| it.keys.to_vec());
    let found = hir.exprs().find_map(|(_, expr)| match expr {
        Expr::Attrs(attrs) => find(attrs),
        Expr::Let { bindings, .. } => find(bindings),
        _ => None,
    });
    found.unwrap_or_else(|| vec![key])
}
