//! What the names of one file stand for, as far as the file alone can tell.
//!
//! `cfg.enable` is `config.custom.enable` when `cfg` is bound to
//! `config.custom`: an expression is followed through `let`, `inherit` and
//! selections to the [`Root`] that it is a part of. Nothing is evaluated.

use std::sync::{Arc, OnceLock};

use crate::hir::{
    AttrValue, AttrsExpr, Expr, ExprId, File, Key, KeyId, Name, Param, PathAnchor, StrPart, Var, VarTarget,
};

/// How many names an alias is followed through.
const MAX_STEPS: u32 = 32;

/// A file with what its names stand for.
pub struct FileInfo {
    /// The file that this was computed from.
    pub hir: Arc<File>,
    /// What each key is bound to, by key id.
    bound: Vec<Bound>,
    /// The variables that refer to each key, sorted by key.
    uses: Vec<(KeyId, ExprId)>,
    /// The expression that each key is a segment of (`base.a.b`), with the index of the segment.
    segments: Vec<Option<(ExprId, u32)>>,
    /// Selections from `config` and kin, in the order of lowering.
    pub reads: Vec<Read>,
    elsewhere: OnceLock<Vec<Elsewhere>>,
}

/// What a key binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Bound {
    /// Nothing: a segment of a selection, or a name of another kind.
    #[default]
    Nothing,
    /// `name = expr`, in a set or `let`.
    Expr(ExprId),
    /// `inherit name;`: the variable.
    Inherit(ExprId),
    /// `inherit (source) name;`
    InheritFrom(ExprId),
    /// `{ name, … }:`, of this function.
    Formal(ExprId),
    /// `name:` and `{ … }@name:`, of this function.
    Argument(ExprId),
}

/// Where a chain of selections starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// An argument of this name, of a function that takes a set.
    Argument { name: Name, function: ExprId },
    /// `builtins`, or a builtin by its bare name.
    Builtins,
    /// `import ./path`, the path as written.
    Import(Name),
    /// A set of this file.
    Set(ExprId),
}

/// An expression as a root with the attributes selected from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    pub root: Root,
    pub path: Vec<Name>,
    /// Whether a computed name cut the path off.
    pub cut: bool,
}

/// `config.a.b`, directly or through other names.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// `config`, `osConfig`, `options` or another argument that is a configuration.
    pub argument: Name,
    /// The function whose argument it is.
    pub function: ExprId,
    pub path: Vec<Name>,
    /// The segments as they stand in this selection: the last names of `path`.
    pub keys: Vec<KeyId>,
    /// The selection, or what is inherited from.
    pub expr: ExprId,
}

/// `nodes.a.config.b`: what may be a configuration, selected from something that is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Elsewhere {
    /// Where the selections start, as far as they can be followed.
    pub root: Option<Root>,
    /// With an attribute that has the name of a configuration, which is not the last one.
    pub path: Vec<Name>,
    /// The segments as they stand in this selection: the last names of `path`.
    pub keys: Vec<KeyId>,
}

impl FileInfo {
    /// Goes through a file once.
    pub fn new(hir: Arc<File>) -> FileInfo {
        let mut info = FileInfo {
            bound: vec![Bound::Nothing; hir.key_count()],
            segments: vec![None; hir.key_count()],
            uses: Vec::new(),
            reads: Vec::new(),
            elsewhere: OnceLock::new(),
            hir: hir.clone(),
        };
        for (id, expr) in hir.exprs() {
            match expr {
                Expr::Var(var) => {
                    if let VarTarget::Slot { key, .. } = var.target {
                        info.uses.push((key, id));
                    }
                }
                Expr::Attrs(attrs) => info.bind_attrs(attrs),
                Expr::Let { bindings, .. } => info.bind_attrs(bindings),
                Expr::Lambda(lambda) => match &lambda.param {
                    Param::Ident { key, .. } => info.bind(*key, Bound::Argument(id)),
                    Param::Pattern { formals, bind, .. } => {
                        for formal in formals {
                            info.bind(formal.key, Bound::Formal(id));
                        }
                        if let Some((_, key)) = bind {
                            info.bind(*key, Bound::Argument(id));
                        }
                    }
                },
                Expr::Select { path, .. } | Expr::HasAttr { path, .. } => {
                    for (index, segment) in path.iter().enumerate() {
                        if let Key::Static { key, .. } = segment
                            && let Some(slot) = info.segments.get_mut(key.0 as usize)
                        {
                            *slot = Some((id, index as u32));
                        }
                    }
                }
                _ => {}
            }
        }
        info.uses.sort();
        let selected = hir.exprs().filter_map(|(id, expr)| info.read(id, expr));
        let keys = (0..hir.key_count()).map(|at| KeyId(at as u32));
        let inherited = keys.filter_map(|key| info.inherited_read(key));
        info.reads = selected.chain(inherited).collect();
        info
    }

    /// Selections through an attribute `config` of something else, in the order of lowering.
    pub fn elsewhere(&self) -> &[Elsewhere] {
        self.elsewhere.get_or_init(|| {
            let selected = self.hir.exprs().filter_map(|(id, expr)| match expr {
                Expr::Select { path, .. } | Expr::HasAttr { path, .. } => self.read_elsewhere(id, path),
                _ => None,
            });
            let keys = (0..self.hir.key_count()).map(|at| KeyId(at as u32));
            let inherited = keys.filter_map(|key| self.inherited_elsewhere(key));
            selected.chain(inherited).collect()
        })
    }

    fn bind(&mut self, key: KeyId, bound: Bound) {
        if let Some(slot) = self.bound.get_mut(key.0 as usize) {
            *slot = bound;
        }
    }

    fn bind_attrs(&mut self, attrs: &AttrsExpr) {
        for attr in &attrs.attrs {
            let bound = match attr.value {
                AttrValue::Expr(expr) => Bound::Expr(expr),
                AttrValue::Inherit(expr) => Bound::Inherit(expr),
                AttrValue::InheritFrom(source) => match attrs.inherit_sources.get(source as usize) {
                    Some(source) => Bound::InheritFrom(*source),
                    None => Bound::Nothing,
                },
            };
            for key in &attr.keys {
                self.bind(*key, bound);
            }
        }
    }

    /// What a key binds.
    pub fn bound(&self, key: KeyId) -> Bound {
        self.bound.get(key.0 as usize).copied().unwrap_or_default()
    }

    /// The variables that refer to a key.
    pub fn uses(&self, key: KeyId) -> impl Iterator<Item = ExprId> + '_ {
        let start = self.uses.partition_point(|(used, _)| *used < key);
        self.uses.iter().skip(start).take_while(move |(used, _)| *used == key).map(|(_, expr)| *expr)
    }

    /// The selection that a key is a segment of, and which segment.
    pub fn segment(&self, key: KeyId) -> Option<(ExprId, usize)> {
        self.segments.get(key.0 as usize).copied().flatten().map(|(expr, index)| (expr, index as usize))
    }

    /// What the first `count` segments of a selection come to, its base alone for zero.
    pub fn selection(&self, expr: ExprId, count: usize) -> Option<Chain> {
        match self.hir.expr(expr) {
            Expr::Select { base, path, .. } | Expr::HasAttr { base, path } => {
                self.select(*base, path.get(..count.min(path.len()))?, MAX_STEPS)
            }
            _ => None,
        }
    }

    /// The chain of selections that an expression stands for.
    pub fn chain(&self, expr: ExprId) -> Option<Chain> {
        self.follow(expr, MAX_STEPS)
    }

    /// The chain that a bound name stands for.
    pub fn chain_of_key(&self, key: KeyId) -> Option<Chain> {
        self.follow_key(key, MAX_STEPS)
    }

    fn follow(&self, expr: ExprId, steps: u32) -> Option<Chain> {
        let steps = steps.checked_sub(1)?;
        match self.hir.expr(expr) {
            Expr::Var(var) => match var.target {
                VarTarget::Slot { key, .. } => self.follow_key(key, steps),
                VarTarget::Global if var.name == "builtins" => Some(Chain::of(Root::Builtins)),
                VarTarget::Global => Some(Chain { path: vec![var.name.clone()], ..Chain::of(Root::Builtins) }),
                _ => None,
            },
            Expr::Select { base, path, .. } => self.select(*base, path, steps),
            Expr::Attrs(_) => Some(Chain::of(Root::Set(expr))),
            Expr::Apply { .. } => self.imported(expr).map(|path| Chain::of(Root::Import(path))),
            Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body, .. } => self.follow(*body, steps),
            _ => None,
        }
    }

    fn follow_key(&self, key: KeyId, steps: u32) -> Option<Chain> {
        let steps = steps.checked_sub(1)?;
        match self.bound(key) {
            Bound::Nothing => None,
            Bound::Expr(expr) | Bound::Inherit(expr) => self.follow(expr, steps),
            Bound::InheritFrom(source) => {
                let name = self.hir.key_name(key)?.clone();
                Some(self.step(self.follow(source, steps)?, &name, steps))
            }
            Bound::Formal(function) => {
                let name = self.hir.key_name(key)?.clone();
                Some(Chain::of(Root::Argument { name, function }))
            }
            // The name of the whole argument is the root of no chain, but its attributes are.
            Bound::Argument(function) => Some(Chain::of(Root::Argument { name: Name::new_static(""), function })),
        }
    }

    fn select(&self, base: ExprId, path: &[Key], steps: u32) -> Option<Chain> {
        let mut chain = self.follow(base, steps)?;
        for segment in path {
            match segment.name() {
                Some(name) if !chain.cut => chain = self.step(chain, name, steps),
                _ => chain.cut = true,
            }
        }
        Some(chain)
    }

    /// The chain with one more name. Into the sets of this file it looks right away.
    fn step(&self, mut chain: Chain, name: &Name, steps: u32) -> Chain {
        match &chain.root {
            Root::Argument { name: whole, function } if whole.is_empty() && chain.path.is_empty() => {
                Chain::of(Root::Argument { name: name.clone(), function: *function })
            }
            Root::Set(set) if chain.path.is_empty() => {
                let found = self.attr(*set, name).and_then(|key| match self.bound(key) {
                    Bound::Nothing => None,
                    _ => self.follow_key(key, steps),
                });
                found.unwrap_or_else(|| {
                    chain.path.push(name.clone());
                    chain
                })
            }
            _ => {
                chain.path.push(name.clone());
                chain
            }
        }
    }

    /// The key of an attribute of a set.
    pub fn attr(&self, set: ExprId, name: &str) -> Option<KeyId> {
        let Expr::Attrs(attrs) = self.hir.expr(set) else { return None };
        let attr = attrs.attrs.iter().find(|attr| attr.name == name)?;
        attr.keys.first().copied()
    }

    /// The key at the end of a path of attributes, as far as sets are written out.
    pub fn attr_path(&self, set: ExprId, path: &[Name]) -> Option<KeyId> {
        let (first, rest) = path.split_first()?;
        let key = self.attr(set, first)?;
        if rest.is_empty() {
            return Some(key);
        }
        let chain = self.chain_of_key(key)?;
        match chain.root {
            Root::Set(inner) if chain.path.is_empty() && inner != set => self.attr_path(inner, rest),
            _ => None,
        }
    }

    /// The set that the file gives in the end, through functions, `let`, `with` and `//`.
    pub fn result_set(&self) -> Option<ExprId> {
        let mut expr = self.hir.root()?;
        for _ in 0..MAX_STEPS {
            match self.hir.expr(expr) {
                Expr::Lambda(lambda) => expr = lambda.body,
                Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body, .. } => expr = *body,
                Expr::Attrs(_) => return Some(expr),
                Expr::Binary { lhs, .. } => expr = *lhs,
                _ => return None,
            }
        }
        None
    }

    /// The key that an inherited name stands for, as far as it is one of this file; else the key itself.
    pub fn inherited_key(&self, mut key: KeyId) -> KeyId {
        for _ in 0..MAX_STEPS {
            let next = match self.bound(key) {
                Bound::Inherit(variable) => match self.hir.expr(variable) {
                    Expr::Var(Var { target: VarTarget::Slot { key, .. }, .. }) => Some(*key),
                    _ => None,
                },
                Bound::InheritFrom(source) => {
                    self.set_of(source).zip(self.hir.key_name(key)).and_then(|(set, name)| self.attr(set, name))
                }
                _ => None,
            };
            match next {
                Some(next) if next != key => key = next,
                _ => break,
            }
        }
        key
    }

    /// The set that an expression is, through names.
    fn set_of(&self, expr: ExprId) -> Option<ExprId> {
        let chain = self.chain(expr)?;
        match chain.root {
            Root::Set(set) if chain.path.is_empty() => Some(set),
            _ => None,
        }
    }

    /// The path in `import ./path …`, with any further arguments.
    fn imported(&self, mut expr: ExprId) -> Option<Name> {
        for _ in 0..MAX_STEPS {
            let Expr::Apply { function, argument } = self.hir.expr(expr) else { return None };
            if let Expr::Var(var) = self.hir.expr(*function)
                && var.target == VarTarget::Global
                && var.name == "import"
            {
                return self.path_literal(*argument);
            }
            expr = *function;
        }
        None
    }

    /// The text of a relative path literal without interpolation.
    pub fn path_literal(&self, expr: ExprId) -> Option<Name> {
        match self.hir.expr(expr) {
            Expr::Path { anchor: PathAnchor::Relative, parts } => match &parts[..] {
                [StrPart::Literal(text)] => Some(text.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    /// `inherit (config.a) b;`
    fn inherited_read(&self, key: KeyId) -> Option<Read> {
        let Bound::InheritFrom(source) = self.bound(key) else { return None };
        let chain = self.chain_of_key(key)?;
        let Root::Argument { name, function } = chain.root else { return None };
        if !is_configuration(&name) || chain.path.is_empty() || chain.cut {
            return None;
        }
        Some(Read { argument: name, function, path: chain.path, keys: vec![key], expr: source })
    }

    /// What an expression is selected from, and the names that are selected one after the other, also where
    /// the start of them cannot be followed.
    fn loose(&self, expr: ExprId, steps: u32) -> (Option<Root>, Vec<Name>) {
        let Some(steps) = steps.checked_sub(1) else { return (None, Vec::new()) };
        if let Some(chain) = self.follow(expr, steps).filter(|chain| !chain.cut) {
            return (Some(chain.root), chain.path);
        }
        match self.hir.expr(expr) {
            Expr::Select { base, path, .. } => self.loose_selection(*base, path, steps),
            Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body, .. } => self.loose(*body, steps),
            Expr::Var(Var { target: VarTarget::Slot { key, .. }, .. }) => match self.bound(*key) {
                Bound::Expr(expr) | Bound::Inherit(expr) => self.loose(expr, steps),
                Bound::InheritFrom(source) => {
                    let (root, mut path) = self.loose(source, steps);
                    path.extend(self.hir.key_name(*key).cloned());
                    (root, path)
                }
                _ => (None, Vec::new()),
            },
            _ => (None, Vec::new()),
        }
    }

    fn loose_selection(&self, base: ExprId, path: &[Key], steps: u32) -> (Option<Root>, Vec<Name>) {
        // What follows a computed name may begin anew: `nodes.${name}.config`.
        let named = path.iter().rposition(|key| key.name().is_none()).map_or(0, |at| at + 1);
        let (root, mut names) = if named == 0 { self.loose(base, steps) } else { (None, Vec::new()) };
        names.extend(path.get(named..).unwrap_or_default().iter().filter_map(Key::name).cloned());
        (root, names)
    }

    fn read_elsewhere(&self, id: ExprId, path: &[Key]) -> Option<Elsewhere> {
        let (Expr::Select { base, .. } | Expr::HasAttr { base, .. }) = self.hir.expr(id) else { return None };
        let (root, names) = self.loose_selection(*base, path, MAX_STEPS);
        let reversed = path.iter().rev().map_while(|segment| match segment {
            Key::Static { key, .. } => Some(*key),
            Key::Dynamic(_) => None,
        });
        let mut keys: Vec<KeyId> = reversed.collect();
        keys.reverse();
        Elsewhere { root, path: names, keys }.filtered()
    }

    fn inherited_elsewhere(&self, key: KeyId) -> Option<Elsewhere> {
        let Bound::InheritFrom(source) = self.bound(key) else { return None };
        let (root, mut path) = self.loose(source, MAX_STEPS);
        path.push(self.hir.key_name(key)?.clone());
        Elsewhere { root, path, keys: vec![key] }.filtered()
    }

    fn read(&self, id: ExprId, expr: &Expr) -> Option<Read> {
        let (Expr::Select { path, .. } | Expr::HasAttr { path, .. }) = expr else { return None };
        let chain = self.selection(id, path.len())?;
        let Root::Argument { name, function } = chain.root else { return None };
        if !is_configuration(&name) || chain.path.is_empty() {
            return None;
        }
        let keys = path.iter().map_while(|segment| match segment {
            Key::Static { key, .. } => Some(*key),
            Key::Dynamic(_) => None,
        });
        Some(Read { argument: name, function, path: chain.path, keys: keys.collect(), expr: id })
    }
}

impl Elsewhere {
    /// Only what may be a read: something is selected from an attribute that has the name of a configuration.
    fn filtered(self) -> Option<Elsewhere> {
        let own = match &self.root {
            Some(Root::Argument { name, .. }) => is_configuration(name),
            Some(Root::Builtins) => true,
            _ => false,
        };
        let before = self.path.len().checked_sub(1)?;
        let found = self.path.get(..before)?.iter().any(|name| is_configuration(name));
        (found && !own).then_some(self)
    }
}

impl Chain {
    fn of(root: Root) -> Chain {
        Chain { root, path: Vec::new(), cut: false }
    }
}

/// Whether a module argument of this name is a configuration or its options.
pub fn is_configuration(name: &str) -> bool {
    matches!(name, "config" | "osConfig" | "nixosConfig" | "darwinConfig" | "options")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Parse;

    fn info(text: &str) -> FileInfo {
        FileInfo::new(Arc::new(crate::hir::lower(&Parse::new(text)).file))
    }

    /// The reads of a file as `argument.path`.
    fn reads(text: &str) -> Vec<String> {
        let info = info(text);
        info.reads.iter().map(|read| format!("{}.{}", read.argument, read.path.join("."))).collect()
    }

    #[test]
    fn reads_through_aliases() {
        assert_eq!(reads("{ config, ... }: config.a.b"), ["config.a.b"]);
        assert_eq!(reads("{ config, ... }: let cfg = config.a; in cfg.b.c"), ["config.a", "config.a.b.c"]);
        assert_eq!(reads("{ config, ... }: let inherit (config) a; in a.b"), ["config.a.b", "config.a"]);
        let twice = "{ config, ... }: let inherit (config.a) b; x = b; in x.c";
        assert_eq!(reads(twice), ["config.a", "config.a.b.c", "config.a.b"]);
        assert_eq!(reads("args: args.config.a.b"), ["config.a.b"]);
        assert_eq!(reads("{ ... }@args: args.config.a"), ["config.a"]);
        assert_eq!(reads("{ osConfig, options, ... }: [ osConfig.a options.b ]"), ["osConfig.a", "options.b"]);
        assert_eq!(reads("{ config, ... }: config ? a.b"), ["config.a.b"]);
        assert_eq!(reads("{ config, x, ... }: config.a.${x}.c"), ["config.a"]);
    }

    #[test]
    fn other_names_are_no_reads() {
        assert!(reads("let config = { a.b = 1; }; in config.a.b").is_empty());
        assert!(reads("{ lib, pkgs, ... }: lib.a pkgs.b").is_empty());
        assert!(reads("let a = b; b = a; in a.c").is_empty());
        assert!(reads("rec { x = x.y; }").is_empty());
        assert!(reads("").is_empty());
    }

    #[test]
    fn results_of_imports() {
        let info = info("{ a, ... }: let x = import ./lib.nix { inherit a; }; in { y.z = x.f; }");
        let set = info.result_set().unwrap();
        let key = info.attr_path(set, &["y".into(), "z".into()]).unwrap();
        let chain = info.chain_of_key(key).unwrap();
        assert_eq!(chain, Chain { root: Root::Import("./lib.nix".into()), path: vec!["f".into()], cut: false });
    }
}
