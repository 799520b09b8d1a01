//! What the files of a flake read of `config`, as far as their text shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::file_info::{self, Chain, FileInfo, Root, is_configuration};
use crate::base::{FileId, FileRange, TextRange};
use crate::db::{FileData, OfText};
use crate::hir::{AttrsExpr, Expr, ExprId, File, KeyId, Name, SourceMap};
use crate::module_system::OptionPath;
use crate::repository::{Flake, Host, Need, Repository, for_each_child, need_of_place};

/// The paths of `config` that are read anywhere in a flake. Whose `config` it is counts for nothing, so this says
/// that something is not read, and not by whom it is.
#[derive(Clone, Debug, Default)]
pub struct Reads {
    /// What each file reads, sorted by file.
    files: Vec<(FileId, Arc<FileReads>)>,
    all: Arc<Counted>,
}

/// What one file reads, as its text alone shows it.
#[derive(Debug, Default)]
pub struct FileReads {
    names: Names,
    /// Where something is read, and whether its value goes on as a whole.
    places: Vec<(OptionPath, bool, TextRange)>,
}

/// What is read, by name.
#[derive(Debug, Default, PartialEq)]
struct Names {
    /// Paths whose value goes somewhere else as a whole: everything in it may be read there.
    whole: BTreeSet<OptionPath>,
    /// All paths that are named.
    named: BTreeSet<OptionPath>,
    /// Two names that are selected one after the other from anything.
    pairs: BTreeSet<(Name, Name)>,
    /// Names that are selected from what is not followed here: arguments of helpers, results of calls.
    loose: BTreeSet<Name>,
}

/// The same of all files, with how many of them name it: so one file can be taken out again.
#[derive(Clone, Debug, Default)]
struct Counted {
    whole: BTreeMap<OptionPath, usize>,
    named: BTreeMap<OptionPath, usize>,
    pairs: FxHashMap<(Name, Name), usize>,
    loose: FxHashMap<Name, usize>,
}

/// The reads of the flakes that were asked for last, by root.
#[derive(Default)]
struct LastReads(Mutex<BTreeMap<Name, Reads>>);

impl OfText for FileReads {
    fn of(file: &FileData) -> FileReads {
        FileReads::new(&FileInfo::new(file.hir().clone()), &file.lowered().source_map)
    }
}

impl Counted {
    fn add(&mut self, names: &Names) {
        names.whole.iter().for_each(|path| *self.whole.entry(path.clone()).or_default() += 1);
        names.named.iter().for_each(|path| *self.named.entry(path.clone()).or_default() += 1);
        names.pairs.iter().for_each(|pair| *self.pairs.entry(pair.clone()).or_default() += 1);
        names.loose.iter().for_each(|name| *self.loose.entry(name.clone()).or_default() += 1);
    }

    fn remove(&mut self, names: &Names) {
        fn one_less(count: Option<&mut usize>) -> bool {
            count.is_some_and(|count| {
                *count = count.saturating_sub(1);
                *count == 0
            })
        }
        for path in &names.whole {
            if one_less(self.whole.get_mut(path)) {
                self.whole.remove(path);
            }
        }
        for path in &names.named {
            if one_less(self.named.get_mut(path)) {
                self.named.remove(path);
            }
        }
        for pair in &names.pairs {
            if one_less(self.pairs.get_mut(pair)) {
                self.pairs.remove(pair);
            }
        }
        for name in &names.loose {
            if one_less(self.loose.get_mut(name)) {
                self.loose.remove(name);
            }
        }
    }
}

impl Reads {
    /// What all Nix files of a flake read. Only files that have changed since the last time are looked at.
    pub fn of(repository: &Repository, flake: &Flake) -> Reads {
        let of_flake = |path: &Name| repository.flake_of(path).is_some_and(|of| of.root == flake.root);
        let files = repository.snapshot.nix_files().iter().filter(|(path, _)| of_flake(path));
        let texts = files.filter_map(|(_, file)| Some((*file, repository.snapshot.file(*file).ok()?)));
        let mut now: Vec<(FileId, Arc<FileReads>)> = texts.map(|(file, data)| (file, data.of_text())).collect();
        now.sort_by_key(|(file, _)| *file);
        let last = repository.snapshot.kept().get::<LastReads>();
        let mut last = last.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reads = last.remove(&flake.root).unwrap_or_default();
        reads.become_those_of(now);
        // Flakes that are no more would be kept for nobody.
        last.retain(|root, _| repository.flakes.iter().any(|flake| flake.root == *root));
        last.insert(flake.root.clone(), reads.clone());
        reads
    }

    fn become_those_of(&mut self, now: Vec<(FileId, Arc<FileReads>)>) {
        let then = std::mem::replace(&mut self.files, now);
        let (mut gone, mut new) = (Vec::new(), Vec::new());
        let (mut before, mut after) = (then.iter().peekable(), self.files.iter().peekable());
        loop {
            match (before.peek(), after.peek()) {
                (Some((a, then)), Some((b, now))) if a == b => {
                    if !Arc::ptr_eq(then, now) && then.names != now.names {
                        gone.push(&then.names);
                        new.push(&now.names);
                    }
                    before.next();
                    after.next();
                }
                (Some((a, then)), now) if now.is_none_or(|(b, _)| a < b) => {
                    gone.push(&then.names);
                    before.next();
                }
                (_, Some((_, now))) => {
                    new.push(&now.names);
                    after.next();
                }
                (_, None) => break,
            }
        }
        if !gone.is_empty() || !new.is_empty() {
            let all = Arc::make_mut(&mut self.all);
            // What is added first need not be made again after it was taken out.
            new.into_iter().for_each(|names| all.add(names));
            gone.into_iter().for_each(|names| all.remove(names));
        }
    }

    /// Whether an option, or a set of options that it is in, is read as an attribute of a `config`.
    pub fn may_read(&self, option: &[Name]) -> bool {
        let named = self.all.named.range::<[Name], _>((Bound::Included(option), Bound::Unbounded)).next();
        let below = named.is_some_and(|(path, _)| path.starts_with(option));
        below || (0..=option.len()).any(|it| option.get(..it).is_some_and(|path| self.all.whole.contains_key(path)))
    }

    /// Whether a definition in force in one of the modules of a host reads an option, or a set that it is in.
    pub fn needs(&self, repository: &Repository, host: &Host, option: &[Name]) -> bool {
        let concerns = |path: &OptionPath, whole: bool| path.starts_with(option) || (whole && option.starts_with(path));
        host.facts.modules.iter().enumerate().any(|(index, module)| {
            let Some(file) = module.file().filter(|_| !module.maybe) else { return false };
            let at = self.files.binary_search_by_key(&file, |(file, _)| *file);
            let places = at.ok().and_then(|at| self.files.get(at)).into_iter().flat_map(|(_, reads)| &reads.places);
            places.filter(|(path, whole, _)| concerns(path, *whole)).any(|(_, _, range)| {
                need_of_place(repository, host, index, FileRange { file, range: *range }) == Need::Certain
            })
        })
    }

    /// The sets that an option is in, below the top, whose value goes somewhere else as a whole, and where.
    pub fn wholes_above(&self, option: &[Name]) -> Vec<(OptionPath, FileRange)> {
        let above = |path: &OptionPath| !path.is_empty() && path.len() < option.len() && option.starts_with(path);
        let places = self.files.iter().flat_map(|(file, reads)| reads.places.iter().map(|place| (*file, place)));
        let places = places.filter(|(_, (path, whole, _))| *whole && above(path));
        places.map(|(file, (path, _, range))| (path.clone(), FileRange { file, range: *range })).collect()
    }

    /// The same, also where the option may be read of what only some evaluation knows to be a `config`.
    pub fn may_read_somehow(&self, option: &[Name]) -> bool {
        let Some((last, before)) = option.split_last() else { return true };
        let pair = before.last().is_some_and(|before| self.all.pairs.contains_key(&(before.clone(), last.clone())));
        pair || self.all.loose.contains_key(last) || self.may_read(option)
    }
}

impl FileReads {
    fn new(info: &FileInfo, map: &SourceMap) -> FileReads {
        let mut reads = FileReads::default();
        reads.add(info, map);
        reads
    }

    fn add(&mut self, info: &FileInfo, map: &SourceMap) {
        let surroundings = Surroundings::of(&info.hir);
        for (id, expr) in info.hir.exprs() {
            match expr {
                Expr::Select { path, .. } | Expr::HasAttr { path, .. } => {
                    let chain = info.selection(id, path.len());
                    let names: Vec<&Name> = path.iter().map_while(|key| key.name()).collect();
                    let followed = chain.as_ref().is_some_and(|chain| match &chain.root {
                        Root::Argument { name, .. } => is_configuration(name),
                        Root::Builtins | Root::Set(_) => true,
                        Root::Import(_) => false,
                    });
                    for pair in names.windows(2) {
                        if let [first, second] = pair {
                            self.names.pairs.insert(((*first).clone(), (*second).clone()));
                        }
                    }
                    if let Some(chain) = &chain {
                        let pairs = chain.path.windows(2);
                        self.names.pairs.extend(pairs.filter_map(|it| Some((it.first()?.clone(), it.get(1)?.clone()))));
                    }
                    if !followed {
                        self.names.loose.extend(names.into_iter().take(1).cloned());
                    }
                    if let Some(chain) = chain {
                        self.note(&chain, surroundings.passes_on(id), map.expr(id));
                    }
                }
                Expr::Var(_) => {
                    if let Some(chain) = info.chain(id) {
                        self.note(&chain, surroundings.passes_on(id), map.expr(id));
                    }
                }
                _ => {}
            }
        }
        for key in (0..info.hir.key_count()).map(|at| KeyId(at as u32)) {
            let file_info::Bound::InheritFrom(source) = info.bound(key) else { continue };
            match info.chain_of_key(key) {
                Some(chain) if matches!(&chain.root, Root::Argument { name, .. } if is_configuration(name)) => {
                    self.note(&chain, !surroundings.bound.contains(&key), map.key(key).name);
                }
                _ => self.names.loose.extend(info.hir.key_name(key).cloned()),
            }
            if let (Some(chain), Some(name)) = (info.chain(source), info.hir.key_name(key))
                && let Some(last) = chain.path.last()
            {
                self.names.pairs.insert((last.clone(), name.clone()));
            }
        }
    }

    fn note(&mut self, chain: &Chain, whole: bool, at: TextRange) {
        let Root::Argument { name, .. } = &chain.root else { return };
        if !is_configuration(name) {
            return;
        }
        // A computed name may be any.
        let whole = whole || chain.cut;
        self.places.push((chain.path.clone(), whole, at));
        if whole {
            self.names.whole.insert(chain.path.clone());
        }
        self.names.named.insert(chain.path.clone());
    }
}

/// What stands around the expressions of a file.
struct Surroundings {
    hir: Arc<File>,
    parents: FxHashMap<ExprId, ExprId>,
    /// The values of `let` bindings, and the names bound there.
    aliases: BTreeSet<ExprId>,
    bound: BTreeSet<KeyId>,
    sources: BTreeSet<ExprId>,
}

impl Surroundings {
    fn of(hir: &Arc<File>) -> Surroundings {
        let mut parents = FxHashMap::default();
        let (mut aliases, mut bound, mut sources) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut add_sources = |attrs: &AttrsExpr| sources.extend(attrs.inherit_sources.iter().copied());
        for (id, expr) in hir.exprs() {
            for_each_child(hir, id, &mut |child| {
                parents.insert(child, id);
            });
            match expr {
                Expr::Attrs(attrs) => add_sources(attrs),
                Expr::Let { bindings, .. } => {
                    add_sources(bindings);
                    for attr in &bindings.attrs {
                        bound.extend(attr.keys.iter().copied());
                        if let crate::hir::AttrValue::Expr(value) = attr.value {
                            aliases.insert(value);
                        }
                    }
                }
                _ => {}
            }
        }
        Surroundings { hir: hir.clone(), parents, aliases, bound, sources }
    }

    /// Whether the value of an expression goes on as a whole, and is not only selected from or given a name.
    fn passes_on(&self, expr: ExprId) -> bool {
        if self.aliases.contains(&expr) || self.sources.contains(&expr) {
            return false;
        }
        let Some(parent) = self.parents.get(&expr) else { return true };
        !matches!(self.hir.expr(*parent), Expr::Select { base, .. } | Expr::HasAttr { base, .. } if *base == expr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Parse;

    fn reads(text: &str) -> Reads {
        let lowered = crate::hir::lower(&Parse::new(text));
        let of_file = FileReads::new(&FileInfo::new(Arc::new(lowered.file)), &lowered.source_map);
        let mut reads = Reads::default();
        reads.become_those_of(vec![(FileId(0), Arc::new(of_file))]);
        reads
    }

    #[track_caller]
    fn check(text: &str, option: &str, read: bool) {
        let option: Vec<Name> = option.split('.').map(Name::new).collect();
        assert_eq!(reads(text).may_read(&option), read, "{text}");
    }

    #[test]
    fn options_and_sets_of_them() {
        check("{ config, ... }: config.a.b", "a.b", true);
        check("{ config, ... }: config.a.b.c", "a.b", true);
        check("{ config, ... }: config.a.b", "a.c", false);
        check("{ config, ... }: f config.a", "a.b", true);
        check("{ config, ... }: let cfg = config.a; in cfg.b", "a.b", true);
        check("{ config, ... }: let cfg = config.a; in cfg.b", "a.c", false);
        check("{ config, ... }: let cfg = config.a; in f cfg", "a.c", true);
        check("{ config, ... }: let cfg = config.a; in with cfg; b", "a.b", true);
        check("{ config, ... }: let inherit (config.a) b; in b.c", "a.b.c", true);
        check("{ config, ... }: let inherit (config.a) b; in b.c", "a.b.d", false);
        check("{ config, ... }: { inherit (config.a) b; }", "a.b.d", true);
        check("{ config, ... }: config.a.${x}.c", "a.b", true);
        check("{ config, ... }: { inherit config; }", "a.b", true);
        check("{ config, ... }: config ? a.b", "a.b", true);
    }

    #[test]
    fn what_may_be_a_config() {
        let option: Vec<Name> = ["a", "b"].map(Name::new_static).to_vec();
        for text in
            ["x: x.config.a.b", "cfg: cfg.b", "f: (f 1).b", "{ cfg }: { inherit (cfg) b; }", "x: { inherit (x.a) b; }"]
        {
            assert!(reads(text).may_read_somehow(&option), "{text}");
        }
        assert!(!reads("x: x.c.a").may_read_somehow(&option));
    }
}
