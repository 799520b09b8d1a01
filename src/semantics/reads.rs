//! What the files of a flake read of `config`, as far as their text shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::file_info::{Bound, Chain, FileInfo, Root, is_configuration};
use crate::base::{FileId, FileRange, TextRange};
use crate::hir::{AttrsExpr, Expr, ExprId, File, KeyId, Name, SourceMap};
use crate::module_system::OptionPath;
use crate::repository::{Flake, Host, Need, Repository, for_each_child, need_of_place};

/// The paths of `config` that are read anywhere in a flake. Whose `config` it is counts for nothing, so this says
/// that something is not read, and not by whom it is.
#[derive(Clone, Debug, Default)]
pub struct Reads {
    /// Paths whose value goes somewhere else as a whole: everything in it may be read there.
    whole: BTreeSet<OptionPath>,
    /// All paths that are named.
    named: BTreeSet<OptionPath>,
    /// Two names that are selected one after the other from anything.
    pairs: BTreeSet<(Name, Name)>,
    /// Names that are selected from what is not followed here: arguments of helpers, results of calls.
    loose: BTreeSet<Name>,
    /// By file: where something is read, and whether its value goes on as a whole.
    places: BTreeMap<FileId, Vec<(OptionPath, bool, TextRange)>>,
}

impl Reads {
    /// Goes through all Nix files of a flake.
    pub fn of(repository: &Repository, flake: &Flake) -> Reads {
        let mut reads = Reads::default();
        for (path, file) in repository.snapshot.nix_files() {
            if repository.flake_of(&path).is_none_or(|of| of.root != flake.root) {
                continue;
            }
            if let Ok(data) = repository.snapshot.file(file) {
                reads.add(file, &FileInfo::new(data.hir().clone()), &data.lowered().source_map);
            }
        }
        reads
    }

    /// Whether an option, or a set of options that it is in, is read as an attribute of a `config`.
    pub fn may_read(&self, option: &[Name]) -> bool {
        let below = self.named.range(option.to_vec()..).next().is_some_and(|path| path.starts_with(option));
        below || (0..=option.len()).any(|length| option.get(..length).is_some_and(|path| self.whole.contains(path)))
    }

    /// Whether a definition in force in one of the modules of a host reads an option, or a set that it is in.
    pub fn needs(&self, repository: &Repository, host: &Host, option: &[Name]) -> bool {
        let concerns = |path: &OptionPath, whole: bool| path.starts_with(option) || (whole && option.starts_with(path));
        host.facts.modules.iter().enumerate().any(|(index, module)| {
            let Some(file) = module.file().filter(|_| !module.maybe) else { return false };
            let places = self.places.get(&file).into_iter().flatten();
            places.filter(|(path, whole, _)| concerns(path, *whole)).any(|(_, _, range)| {
                need_of_place(repository, host, index, FileRange { file, range: *range }) == Need::Certain
            })
        })
    }

    /// The same, also where the option may be read of what only some evaluation knows to be a `config`.
    pub fn may_read_somehow(&self, option: &[Name]) -> bool {
        let Some((last, before)) = option.split_last() else { return true };
        let pair = before.last().is_some_and(|before| self.pairs.contains(&(before.clone(), last.clone())));
        pair || self.loose.contains(last) || self.may_read(option)
    }

    fn add(&mut self, file: FileId, info: &FileInfo, map: &SourceMap) {
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
                            self.pairs.insert(((*first).clone(), (*second).clone()));
                        }
                    }
                    if let Some(chain) = &chain {
                        let pairs = chain.path.windows(2);
                        self.pairs.extend(pairs.filter_map(|it| Some((it.first()?.clone(), it.get(1)?.clone()))));
                    }
                    if !followed {
                        self.loose.extend(names.into_iter().take(1).cloned());
                    }
                    if let Some(chain) = chain {
                        self.note(&chain, surroundings.passes_on(id), file, map.expr(id));
                    }
                }
                Expr::Var(_) => {
                    if let Some(chain) = info.chain(id) {
                        self.note(&chain, surroundings.passes_on(id), file, map.expr(id));
                    }
                }
                _ => {}
            }
        }
        for key in (0..info.hir.key_count()).map(|at| KeyId(at as u32)) {
            let Bound::InheritFrom(source) = info.bound(key) else { continue };
            match info.chain_of_key(key) {
                Some(chain) if matches!(&chain.root, Root::Argument { name, .. } if is_configuration(name)) => {
                    self.note(&chain, !surroundings.bound.contains(&key), file, map.key(key).name);
                }
                _ => self.loose.extend(info.hir.key_name(key).cloned()),
            }
            if let (Some(chain), Some(name)) = (info.chain(source), info.hir.key_name(key))
                && let Some(last) = chain.path.last()
            {
                self.pairs.insert((last.clone(), name.clone()));
            }
        }
    }

    fn note(&mut self, chain: &Chain, whole: bool, file: FileId, at: TextRange) {
        let Root::Argument { name, .. } = &chain.root else { return };
        if !is_configuration(name) {
            return;
        }
        // A computed name may be any.
        let whole = whole || chain.cut;
        self.places.entry(file).or_default().push((chain.path.clone(), whole, at));
        if whole {
            self.whole.insert(chain.path.clone());
        }
        self.named.insert(chain.path.clone());
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
        let mut reads = Reads::default();
        let lowered = crate::hir::lower(&Parse::new(text));
        reads.add(FileId(0), &FileInfo::new(Arc::new(lowered.file)), &lowered.source_map);
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
