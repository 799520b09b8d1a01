//! Where names and options are used.

use super::{FileInfo, Meaning, OptionRef, Root, Segment, Semantics, is_configuration};
use crate::base::{FileId, FileRange};
use crate::eval::{Origin, Site};
use crate::hir::{AttrsExpr, Expr, ExprId, KeyId, Name};

/// A place that uses an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    pub range: FileRange,
    pub write: bool,
    pub doubt: Option<Doubt>,
}

/// Why a use may be one of something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// Whose configuration it is read of is not known, and all that have the option have this one.
    UnknownHost,
    /// The same, and other hosts have another option of this name.
    OtherOption,
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
                uses.push(Use { range, write: true, doubt: None });
                // `a = { }; a.b = 1;` is one attribute, whose name stands twice.
                let others = facts.origin.into_iter().flat_map(|origin| self.other_names(origin));
                uses.extend(others.map(|range| Use { range, write: true, doubt: None }));
            }
        }
        let Some(path) = options.first().and_then(|option| self.option(*option)).map(|facts| facts.path.clone()) else {
            return uses;
        };
        for file in self.files_beside(options) {
            uses.extend(self.reads_in(file, &path, options));
        }
        uses.sort();
        // Of a place that is found twice, the one without doubt.
        uses.dedup_by_key(|it| (it.range, it.write));
        uses
    }

    /// The other places where the name of an attribute stands in its set.
    fn other_names(&self, origin: Origin) -> Vec<FileRange> {
        let (Site::Key(key), Some(info)) = (origin.site, self.info(origin.file)) else { return Vec::new() };
        if !self.is_current(origin.file) {
            return Vec::new();
        }
        let attrs = info.hir.exprs().filter_map(|(_, expr)| match expr {
            Expr::Attrs(attrs) | Expr::Let { bindings: attrs, .. } => Some(&attrs.attrs),
            _ => None,
        });
        let attr = attrs.flatten().find(|attr| attr.keys.len() > 1 && attr.keys.contains(&key));
        let others = attr.into_iter().flat_map(|attr| attr.keys.iter()).filter(|other| **other != key);
        others.filter_map(|other| self.range(Origin { file: origin.file, site: Site::Key(*other) })).collect()
    }

    fn option_of(&self, options: &[OptionRef], host: super::HostId) -> Option<&Vec<Name>> {
        let option = options.iter().find(|option| option.host == host)?;
        self.option(*option).map(|facts| &facts.path)
    }

    /// The Nix files of the flakes that have these options, and what their modules come from.
    pub fn files_beside(&self, options: &[OptionRef]) -> Vec<FileId> {
        let mut flakes: Vec<usize> =
            options.iter().filter_map(|option| self.index().hosts.get(option.host.0 as usize)).map(|it| it.0).collect();
        flakes.sort_unstable();
        flakes.dedup();
        let roots = flakes.iter().filter_map(|flake| self.repository().flakes.get(*flake)).map(|flake| &flake.root);
        let roots: Vec<&Name> = roots.collect();
        let of_flake = |path: &Name| self.repository().flake_of(path).is_some_and(|flake| roots.contains(&&flake.root));
        let own = self.snapshot().nix_files().iter().filter(|(path, _)| of_flake(path)).map(|(_, file)| *file);
        let mut files: Vec<FileId> = own.chain(self.index().modules.keys().copied()).collect();
        files.sort();
        files.dedup();
        files
    }

    /// The reads of an option in a file.
    fn reads_in(&self, file: FileId, path: &[Name], options: &[OptionRef]) -> Vec<Use> {
        let (Some(info), Ok(data)) = (self.info(file), self.snapshot().file(file)) else { return Vec::new() };
        let Some(last) = path.last() else { return Vec::new() };
        let source_map = &data.lowered().source_map;
        let mut uses = Vec::new();
        let mut add = |root: Option<&Root>, read: &[Name], keys: &[KeyId]| {
            // Most selections are of something else altogether.
            let named = |key: &KeyId| info.hir.key_name(*key).is_some_and(|name| name == last || is_any(last));
            if !keys.iter().any(named) {
                return;
            }
            let Some(start) = keys.first().map(|key| source_map.key(*key).name.start()) else { return };
            let Some(found) = self.configuration(file, &info, root, read, start) else { return };
            let Some(key) = key_of(read.len(), keys, found.skip + path.len()) else { return };
            let same = |(read, option): (&Name, &Name)| read == option || is_any(option);
            if !read.iter().skip(found.skip).zip(path).all(same)
                || !options.iter().any(|option| found.hosts.contains(&option.host))
            {
                return;
            }
            let segments: Vec<Segment> = path.iter().cloned().map(Segment::Name).collect();
            let another = || self.options_at(&found.hosts, &segments).iter().any(|option| !options.contains(option));
            let doubt = match found.certain {
                true => None,
                false if another() => Some(Doubt::OtherOption),
                false => Some(Doubt::UnknownHost),
            };
            uses.push(Use { range: FileRange { file, range: source_map.key(key).name }, write: false, doubt });
        };
        for read in &info.reads {
            let root = Root::Argument { name: read.argument.clone(), function: read.function };
            add(Some(&root), &read.path, &read.keys);
        }
        for read in info.elsewhere() {
            add(read.root.as_ref(), &read.path, &read.keys);
        }
        uses.extend(self.reads_under_with(file, &info, path, options));
        uses
    }

    /// The reads of an option as a name that `with` provides, or selected from one.
    fn reads_under_with(&self, file: FileId, info: &FileInfo, path: &[Name], options: &[OptionRef]) -> Vec<Use> {
        let of_configuration = |namespace: ExprId| {
            let chain = info.chain(namespace);
            chain.is_some_and(|chain| matches!(&chain.root, Root::Argument { name, .. } if is_configuration(name)))
        };
        let withs = info.hir.exprs().any(|(_, expr)| match expr {
            Expr::With { namespace, .. } => of_configuration(*namespace),
            _ => false,
        });
        let (true, Some(last), Ok(data)) = (withs, path.last(), self.snapshot().file(file)) else { return Vec::new() };
        let source_map = &data.lowered().source_map;
        let variables = info.hir.exprs().filter(|(_, expr)| {
            matches!(expr, Expr::Var(var) if var.name == *last && matches!(var.target, crate::hir::VarTarget::With(_)))
        });
        let variables = variables.map(|(id, _)| source_map.expr(id));
        let keys = (0..info.hir.key_count()).map(|at| KeyId(at as u32));
        let keys = keys.filter(|key| info.hir.key_name(*key) == Some(last) && info.segment(*key).is_some());
        let ranges = variables.chain(keys.map(|key| source_map.key(key).name));
        let means = |range: &crate::base::TextRange| match self.classify(file, range.start()).map(|it| it.meaning) {
            Some(Meaning::OptionRead { path: read, options: found, .. }) => {
                read.len() == path.len() && found.iter().any(|option| options.contains(option))
            }
            _ => false,
        };
        let found = ranges.filter(means);
        found.map(|range| Use { range: FileRange { file, range }, write: false, doubt: None }).collect()
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

/// The key of a read of `names` names, the last of which stand at `keys`, that is number `length` of them.
fn key_of(names: usize, keys: &[KeyId], length: usize) -> Option<KeyId> {
    let before = names.checked_sub(keys.len())?;
    keys.get(length.checked_sub(before + 1)?).copied()
}

/// Whether a segment of the path of an option stands for any name.
fn is_any(name: &str) -> bool {
    name.starts_with('<') || name == "*"
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
