//! What a part of a file refers to: paths, inputs of the flake, and outputs of the flake itself.
//!
//! A part is an expression with everything that its names lead to in the same file, so that of a flake.nix with ten hosts each
//! has what it needs and nothing of the others. This reads what is written and evaluates nothing: it is for
//! questions where too much is better than too little.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::for_each_child;
use crate::base::FileId;
use crate::db::Snapshot;
use crate::eval::{Origin, Site, join_path};
use crate::hir::{
    AttrValue, AttrsExpr, BinaryOp, Expr, ExprId, File, Key, KeyId, Name, Param, PathAnchor, StrPart, Var, VarTarget,
};

/// A path that is written somewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Referred {
    /// Absolute.
    pub path: Name,
    /// Whether it is all of the path; else what follows is computed.
    pub whole: bool,
}

/// What an expression refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    pub paths: BTreeSet<Referred>,
    /// Inputs, by name.
    pub inputs: BTreeSet<Name>,
    /// What is selected from `self`, as far as that is written out.
    pub own: BTreeSet<Vec<Name>>,
}

impl References {
    /// What a whole file refers to. `root` is the folder of the flake, `inputs` are the names of its inputs.
    pub fn of_file(snapshot: &Snapshot, root: &str, inputs: &BTreeSet<Name>, file: FileId) -> References {
        References::walked(snapshot, root, inputs, file, |hir, walk| {
            hir.root().into_iter().for_each(|it| walk.visit(it))
        })
    }

    /// What an attribute or expression refers to.
    pub fn of_origin(snapshot: &Snapshot, root: &str, inputs: &BTreeSet<Name>, origin: Origin) -> References {
        References::walked(snapshot, root, inputs, origin.file, |_, walk| match origin.site {
            Site::Expr(expr) => walk.visit(expr),
            Site::Key(key) => walk.binding(key),
        })
    }

    /// What the output at `path` refers to in flake.nix, as far as it is written there attribute by attribute.
    pub fn of_output(
        snapshot: &Snapshot,
        root: &str,
        inputs: &BTreeSet<Name>,
        file: FileId,
        path: &[Name],
    ) -> References {
        References::walked(snapshot, root, inputs, file, |hir, walk| match output(hir, path) {
            Some(expr) => walk.visit(expr),
            None => hir.root().into_iter().for_each(|it| walk.visit(it)),
        })
    }

    /// Adds what something else refers to.
    pub fn extend(&mut self, other: References) {
        self.paths.extend(other.paths);
        self.inputs.extend(other.inputs);
        self.own.extend(other.own);
    }

    fn walked(
        snapshot: &Snapshot,
        root: &str,
        inputs: &BTreeSet<Name>,
        file: FileId,
        start: impl FnOnce(&File, &mut Walk<'_>),
    ) -> References {
        let Ok(data) = snapshot.file(file) else { return References::default() };
        let path = snapshot.paths().path(file);
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut walk = Walk {
            hir: data.hir(),
            folder,
            root,
            inputs,
            bindings: bindings(data.hir()),
            seen: HashSet::new(),
            found: References::default(),
        };
        start(data.hir(), &mut walk);
        walk.found
    }
}

/// The expression of an output, looked up in the attributes of a file: those of `outputs` that are called as the
/// path is, as deep as it is written out.
fn output(hir: &File, path: &[Name]) -> Option<ExprId> {
    let mut best: Option<(usize, ExprId)> = None;
    for (_, expr) in hir.exprs() {
        let Expr::Attrs(attrs) = expr else { continue };
        let (mut attrs, mut depth) = (attrs, 0);
        while let Some(name) = path.get(depth)
            && let Some(AttrValue::Expr(value)) =
                attrs.attrs.iter().find(|attr| attr.name == *name).map(|attr| &attr.value)
        {
            depth += 1;
            if best.is_none_or(|(deepest, _)| depth > deepest) {
                best = Some((depth, *value));
            }
            let Expr::Attrs(inner) = hir.expr(*value) else { break };
            attrs = inner;
        }
    }
    best.map(|(_, expr)| expr)
}

/// What a name is bound to.
#[derive(Clone, Copy)]
enum Bound {
    Expr(ExprId),
    /// `inherit (source) name;`
    From(ExprId),
}

/// The expressions of all names that a file binds.
fn bindings(hir: &File) -> HashMap<KeyId, Bound> {
    let mut found = HashMap::new();
    for (_, expr) in hir.exprs() {
        let (Expr::Attrs(set) | Expr::Let { bindings: set, .. }) = expr else { continue };
        for attr in &set.attrs {
            let bound = match &attr.value {
                AttrValue::Expr(value) | AttrValue::Inherit(value) => Bound::Expr(*value),
                AttrValue::InheritFrom(source) => match set.inherit_sources.get(*source as usize) {
                    Some(source) => Bound::From(*source),
                    None => continue,
                },
            };
            found.extend(attr.keys.iter().map(|key| (*key, bound)));
        }
    }
    found
}

struct Walk<'a> {
    hir: &'a File,
    folder: &'a str,
    root: &'a str,
    inputs: &'a BTreeSet<Name>,
    bindings: HashMap<KeyId, Bound>,
    seen: HashSet<ExprId>,
    found: References,
}

/// Things that every flake passes around.
#[derive(Clone, Copy, PartialEq)]
enum Known {
    Inputs,
    Own,
}

impl Walk<'_> {
    fn binding(&mut self, key: KeyId) {
        match self.bindings.get(&key).copied() {
            Some(Bound::Expr(expr)) => self.visit(expr),
            Some(Bound::From(source)) => {
                if let Some(name) = self.hir.key_name(key).cloned() {
                    self.select(source, &[name]);
                }
                self.visit(source);
            }
            None => {}
        }
    }

    fn visit(&mut self, start: ExprId) {
        let mut open = vec![start];
        while let Some(id) = open.pop() {
            if !self.seen.insert(id) {
                continue;
            }
            match self.hir.expr(id) {
                Expr::Var(var) => open.extend(self.variable(var)),
                Expr::Select { base, path, .. } => {
                    let names: Vec<Name> = path.iter().map_while(Key::name).cloned().collect();
                    self.select(*base, &names);
                }
                Expr::Attrs(set) | Expr::Let { bindings: set, .. } => self.inherited(set),
                Expr::Path { anchor: PathAnchor::Relative, parts } => self.path(self.folder, parts),
                Expr::Str(parts) => {
                    if let [StrPart::Interpolation(first), rest @ ..] = &parts[..]
                        && self.known(*first) == Some(Known::Own)
                    {
                        self.path(self.root, rest);
                    }
                }
                Expr::Binary { op: BinaryOp::Add, lhs, rhs } if self.known(*lhs) == Some(Known::Own) => {
                    if let Expr::Str(parts) = self.hir.expr(*rhs) {
                        self.path(self.root, parts);
                    }
                }
                _ => {}
            }
            // What a `let` binds counts where it is used.
            match self.hir.expr(id) {
                Expr::Let { body, .. } => open.push(*body),
                _ => for_each_child(self.hir, id, &mut |child| open.push(child)),
            }
        }
    }

    /// What a variable leads to in this file.
    fn variable(&mut self, var: &Var) -> Option<ExprId> {
        match &var.target {
            VarTarget::Slot { key, .. } => match self.bindings.get(key).copied() {
                Some(Bound::Expr(expr)) => Some(expr),
                Some(Bound::From(source)) => {
                    self.select(source, std::slice::from_ref(&var.name));
                    Some(source)
                }
                // An argument.
                None => {
                    self.input(&var.name);
                    None
                }
            },
            VarTarget::With(_) => {
                self.input(&var.name);
                None
            }
            VarTarget::Global | VarTarget::Undefined => None,
        }
    }

    fn input(&mut self, name: &Name) {
        if self.inputs.contains(name) {
            self.found.inputs.insert(name.clone());
        }
    }

    fn inherited(&mut self, set: &AttrsExpr) {
        for attr in &set.attrs {
            if let AttrValue::InheritFrom(source) = &attr.value
                && let Some(source) = set.inherit_sources.get(*source as usize)
            {
                self.select(*source, std::slice::from_ref(&attr.name));
            }
        }
    }

    fn select(&mut self, base: ExprId, path: &[Name]) {
        match (self.known(base), path) {
            (Some(Known::Inputs), [first, rest @ ..]) if first == "self" => self.own(rest),
            (Some(Known::Inputs), [first, ..]) => self.input(first),
            // Which one is computed: any.
            (Some(Known::Inputs), []) => self.found.inputs.extend(self.inputs.iter().cloned()),
            (Some(Known::Own), [first, input, ..]) if first == "inputs" => self.input(input),
            (Some(Known::Own), path) => self.own(path),
            (None, _) => {}
        }
    }

    fn own(&mut self, path: &[Name]) {
        if !path.is_empty() {
            self.found.own.insert(path.to_vec());
        }
    }

    /// Whether an expression is `inputs` or `self`, by the names that they have everywhere.
    fn known(&self, expr: ExprId) -> Option<Known> {
        match self.hir.expr(expr) {
            Expr::Var(Var { name, target: VarTarget::Slot { .. } | VarTarget::With(_) }) => match name.as_str() {
                "inputs" | "inputs'" => Some(Known::Inputs),
                "self" | "self'" => Some(Known::Own),
                _ => self.is_all_arguments(name).then_some(Known::Inputs),
            },
            Expr::Select { base, path, default: None } => match (self.known(*base)?, &path[..]) {
                (Known::Inputs, [Key::Static { name, .. }]) if name == "self" => Some(Known::Own),
                (Known::Own, [Key::Static { name, .. }]) if name == "inputs" => Some(Known::Inputs),
                (Known::Own, [Key::Static { name, .. }]) if name == "outPath" => Some(Known::Own),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a name is that of all arguments of the outputs of a flake: `{ self, nixpkgs, ... }@flakes`.
    fn is_all_arguments(&self, name: &str) -> bool {
        self.hir.exprs().any(|(_, expr)| match expr {
            Expr::Lambda(lambda) => match &lambda.param {
                Param::Pattern { formals, bind: Some((bound, _)), .. } => {
                    bound == name && formals.iter().any(|formal| formal.name == "self")
                }
                _ => false,
            },
            _ => false,
        })
    }

    fn path(&mut self, folder: &str, parts: &[StrPart]) {
        let Some(StrPart::Literal(text)) = parts.first() else { return };
        let whole = parts.len() == 1;
        let text = text.trim_start_matches('/');
        let text = if whole { text } else { text.rsplit_once('/').map_or(".", |(folder, _)| folder) };
        self.found.paths.insert(Referred { path: join_path(folder, text), whole });
    }
}
