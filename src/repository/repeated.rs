//! Blocks of definitions that stand in several places.
//!
//! Two kinds: the set `home-manager = { … }` that makes Home Manager part of a
//! host, written again for every host; and a set of definitions that stands word for word in two modules. Both are
//! compared by structure: white space, comments and the order of attributes do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::{Flake, Repository, for_each_child};
use crate::base::FileId;
use crate::eval::{Origin, Site};
use crate::hir::{Attr, AttrValue, AttrsExpr, Expr, ExprId, File, Key, KeyId, Name, Param, StrPart};

/// Places that say the same.
#[derive(Clone, Debug)]
pub struct Repeated {
    /// The option path of the block.
    pub path: Vec<Name>,
    /// Where it stands, sorted; two at least.
    pub places: Vec<Origin>,
    /// The names of the attributes that all places share.
    pub shared: Vec<String>,
    /// Whether it is the block that makes Home Manager part of a host.
    pub integration: bool,
}

/// How many attributes two integration blocks must share to be the same block.
const SHARED_ATTRIBUTES: usize = 3;
/// How many values a block of definitions must hold to be worth a module.
const BLOCK_VALUES: usize = 8;

/// Attributes that make a set under `home-manager` an integration block.
const INTEGRATION: &[&str] = &[
    "useGlobalPkgs",
    "useUserPackages",
    "extraSpecialArgs",
    "backupFileExtension",
    "sharedModules",
    "users",
    "verbose",
];

/// The blocks of a flake that stand in several places, sorted by the first place.
pub fn repeated(repository: &Repository, flake: &Flake) -> Vec<Repeated> {
    let files: Vec<(FileId, std::sync::Arc<File>)> = reached_files(repository, flake);
    let mut found = integration_blocks(&files);
    found.extend(definition_blocks(&files, flake));
    found.sort_by(|a, b| a.places.cmp(&b.places));
    found
}

/// flake.nix, the modules of all hosts, and the files that their builders stand in.
fn reached_files(repository: &Repository, flake: &Flake) -> Vec<(FileId, std::sync::Arc<File>)> {
    let mut files = BTreeSet::from([flake.file]);
    for host in &flake.hosts {
        files.extend(host.facts.modules.iter().filter_map(|module| module.file()));
        files.extend(host.call.iter().chain(&host.helpers).chain(&host.definition).map(|origin| origin.file));
    }
    files.extend(flake.helpers.iter().map(|helper| helper.origin.file));
    let own = files.into_iter().filter(|file| super::is_below(&repository.path(*file), &flake.root));
    own.filter_map(|file| Some((file, repository.snapshot.file(file).ok()?.hir().clone()))).collect()
}

struct Block {
    place: Origin,
    attributes: BTreeMap<String, String>,
}

fn integration_blocks(files: &[(FileId, std::sync::Arc<File>)]) -> Vec<Repeated> {
    let mut blocks: Vec<Block> = Vec::new();
    for (file, hir) in files {
        for (_, expr) in hir.exprs() {
            let Expr::Attrs(attrs) = expr else { continue };
            for attr in attrs.attrs.iter().filter(|attr| attr.name == "home-manager") {
                let (Some(set), Some(key)) = (literal_set(hir, attr), attr.keys.first()) else { continue };
                if !set.attrs.iter().any(|attr| INTEGRATION.contains(&attr.name.as_str())) {
                    continue;
                }
                let mut attributes = BTreeMap::new();
                // What is taken out of another set stands once already.
                for attr in set.attrs.iter().filter(|attr| !matches!(attr.value, AttrValue::InheritFrom(_))) {
                    attributes.insert(attr.name.to_string(), attr_shape(hir, set, attr));
                }
                blocks.push(Block { place: Origin { file: *file, site: Site::Key(*key) }, attributes });
            }
        }
    }
    groups(&blocks)
}

/// Blocks that share enough with another one, joined.
fn groups(blocks: &[Block]) -> Vec<Repeated> {
    let shared = |a: &Block, b: &Block| {
        a.attributes.iter().filter(|(name, shape)| b.attributes.get(*name) == Some(shape)).count()
    };
    let mut group: Vec<usize> = (0..blocks.len()).collect();
    for (i, a) in blocks.iter().enumerate() {
        for (j, b) in blocks.iter().enumerate().skip(i + 1) {
            let names: BTreeSet<&String> = a.attributes.keys().chain(b.attributes.keys()).collect();
            let shared = shared(a, b);
            // Blocks that agree in less than half of what they say are different blocks.
            if shared < SHARED_ATTRIBUTES || shared * 2 <= names.len() {
                continue;
            }
            let (Some(&from), Some(&to)) = (group.get(j), group.get(i)) else { continue };
            group.iter_mut().filter(|it| **it == from).for_each(|it| *it = to);
        }
    }
    let mut by_group: BTreeMap<usize, Vec<&Block>> = BTreeMap::new();
    for (block, group) in blocks.iter().zip(&group) {
        by_group.entry(*group).or_default().push(block);
    }
    let repeated = by_group.into_values().filter(|blocks| blocks.len() > 1).filter_map(|blocks| {
        let (first, others) = blocks.split_first()?;
        let in_all = |name: &&String| {
            let shape = first.attributes.get(*name);
            others.iter().all(|other| other.attributes.get(*name) == shape)
        };
        let shared = first.attributes.keys().filter(in_all).cloned().collect();
        let mut places: Vec<Origin> = blocks.iter().map(|block| block.place).collect();
        places.sort();
        Some(Repeated { path: vec![Name::new_static("home-manager")], places, shared, integration: true })
    });
    repeated.collect()
}

/// Equal sets of definitions in different files.
fn definition_blocks(files: &[(FileId, std::sync::Arc<File>)], flake: &Flake) -> Vec<Repeated> {
    let mut seen: BTreeMap<(Vec<Name>, String), Vec<Origin>> = BTreeMap::new();
    for (file, hir) in files.iter().filter(|(file, _)| *file != flake.file) {
        let Some(root) = hir.root() else { continue };
        let mut visitor = Visitor { file: *file, hir, path: Vec::new(), seen: &mut seen };
        visitor.module(root);
    }
    seen.retain(|_, places| places.iter().map(|place| place.file).collect::<BTreeSet<_>>().len() > 1);
    // A part of a block that is repeated itself says nothing new.
    let outer: Vec<(Vec<Name>, Vec<Origin>)> =
        seen.iter().map(|((path, _), places)| (path.clone(), files_of(places))).collect();
    let repeated = seen.into_iter().filter(|((path, _), places)| {
        let files = files_of(places);
        !outer.iter().any(|(other, theirs)| other.len() < path.len() && path.starts_with(other) && *theirs == files)
    });
    let repeated = repeated.map(|((path, _), mut places)| {
        places.sort();
        Repeated { path, places, shared: Vec::new(), integration: false }
    });
    repeated.collect()
}

fn files_of(places: &[Origin]) -> Vec<Origin> {
    let files: BTreeSet<FileId> = places.iter().map(|place| place.file).collect();
    files.into_iter().map(|file| Origin { file, site: Site::Expr(ExprId(0)) }).collect()
}

struct Visitor<'a> {
    file: FileId,
    hir: &'a File,
    path: Vec<Name>,
    seen: &'a mut BTreeMap<(Vec<Name>, String), Vec<Origin>>,
}

impl Visitor<'_> {
    /// Visits the set that a module is.
    fn module(&mut self, mut expr: ExprId) {
        loop {
            expr = match self.hir.expr(expr) {
                Expr::Lambda(lambda) => lambda.body,
                Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body, .. } => *body,
                Expr::Attrs(set) => {
                    for attr in &set.attrs {
                        // What is declared, imported or computed from is no definition.
                        match (attr.name.as_str(), &attr.value) {
                            ("imports" | "options" | "disabledModules", _) => {}
                            ("config", AttrValue::Expr(value)) => self.module(*value),
                            _ => self.attribute(attr),
                        }
                    }
                    return;
                }
                _ => return,
            };
        }
    }

    fn attribute(&mut self, attr: &Attr) {
        let Some(set) = literal_set(self.hir, attr) else { return };
        let Some(key) = attr.keys.first() else { return };
        self.path.push(attr.name.clone());
        if let AttrValue::Expr(value) = attr.value
            && values(self.hir, value) >= BLOCK_VALUES
            && !generated(&self.path)
        {
            let place = Origin { file: self.file, site: Site::Key(innermost(self.hir, set, *key)) };
            self.seen.entry((self.path.clone(), shape(self.hir, value))).or_default().push(place);
        }
        for attr in &set.attrs {
            self.attribute(attr);
        }
        self.path.pop();
    }
}

/// Disks and what `nixos-generate-config` writes is alike on like machines, and not to be shared.
fn generated(path: &[Name]) -> bool {
    matches!(path.first().map(Name::as_str), Some("disko" | "fileSystems" | "swapDevices" | "boot" | "hardware"))
}

/// The name of `a.b.c = { … }` that stands last.
fn innermost(hir: &File, set: &AttrsExpr, key: KeyId) -> KeyId {
    match &set.attrs[..] {
        [only] if set.dynamics.is_empty() => match (literal_set(hir, only), only.keys.first()) {
            (Some(inner), Some(key)) => innermost(hir, inner, *key),
            _ => key,
        },
        _ => key,
    }
}

fn literal_set<'a>(hir: &'a File, attr: &Attr) -> Option<&'a AttrsExpr> {
    match attr.value {
        AttrValue::Expr(value) => match hir.expr(value) {
            Expr::Attrs(set) => Some(set),
            _ => None,
        },
        _ => None,
    }
}

/// How many values a set holds; a list counts for its elements.
fn values(hir: &File, expr: ExprId) -> usize {
    match hir.expr(expr) {
        Expr::Attrs(set) => {
            let value = |attr: &Attr| match attr.value {
                AttrValue::Expr(value) => values(hir, value),
                _ => 1,
            };
            set.attrs.iter().map(value).sum::<usize>() + set.dynamics.len()
        }
        _ => 1,
    }
}

fn attr_shape(hir: &File, set: &AttrsExpr, attr: &Attr) -> String {
    match attr.value {
        AttrValue::Expr(value) | AttrValue::Inherit(value) => shape(hir, value),
        AttrValue::InheritFrom(source) => {
            let source = set.inherit_sources.get(source as usize).map(|source| shape(hir, *source));
            format!("{}.{}", source.unwrap_or_default(), attr.name)
        }
    }
}

/// An expression as text that is equal for equal expressions.
fn shape(hir: &File, expr: ExprId) -> String {
    let mut out = String::new();
    write_shape(hir, expr, &mut out);
    out
}

fn write_shape(hir: &File, expr: ExprId, out: &mut String) {
    let parts = |parts: &[StrPart], out: &mut String| {
        for part in parts {
            match part {
                StrPart::Literal(text) => {
                    let _ = write!(out, "{text:?}");
                }
                StrPart::Interpolation(expr) => {
                    out.push_str("${");
                    write_shape(hir, *expr, out);
                    out.push('}');
                }
            }
        }
    };
    match hir.expr(expr) {
        Expr::Attrs(set) => {
            let mut attrs: Vec<String> =
                set.attrs.iter().map(|attr| format!("{}={}", attr.name, attr_shape(hir, set, attr))).collect();
            attrs.extend(set.dynamics.iter().map(|it| format!("${}={}", shape(hir, it.name), shape(hir, it.value))));
            attrs.sort();
            let _ = write!(out, "{{{}}}", attrs.join(";"));
        }
        Expr::Var(var) => out.push_str(&var.name),
        Expr::Str(text) => parts(text, out),
        Expr::Path { parts: text, .. } => {
            out.push_str("path");
            parts(text, out);
        }
        Expr::Lambda(lambda) => {
            match &lambda.param {
                Param::Ident { name, .. } => out.push_str(name),
                Param::Pattern { formals, .. } => {
                    for formal in formals {
                        let _ = write!(out, "{},", formal.name);
                    }
                }
            }
            out.push(':');
            write_shape(hir, lambda.body, out);
        }
        Expr::Select { base, path, default } => {
            write_shape(hir, *base, out);
            for key in path {
                match key {
                    Key::Static { name, .. } => {
                        let _ = write!(out, ".{name}");
                    }
                    Key::Dynamic(expr) => {
                        out.push('.');
                        write_shape(hir, *expr, out);
                    }
                }
            }
            if let Some(default) = default {
                out.push_str(" or ");
                write_shape(hir, *default, out);
            }
        }
        other @ (Expr::Int(_) | Expr::Float(_) | Expr::SearchPath(_) | Expr::CurPos | Expr::Missing) => {
            let _ = write!(out, "{other:?}");
        }
        other => {
            // The kind of expression with its operator, then its parts in order.
            out.push_str(match other {
                Expr::Apply { .. } => "apply",
                Expr::HasAttr { .. } => "has",
                Expr::Let { .. } => "let",
                Expr::With { .. } => "with",
                Expr::If { .. } => "if",
                Expr::Assert { .. } => "assert",
                Expr::List(_) => "list",
                _ => "",
            });
            match other {
                Expr::Unary { op, .. } => {
                    let _ = write!(out, "{op:?}");
                }
                Expr::Binary { op, .. } => {
                    let _ = write!(out, "{op:?}");
                }
                Expr::Let { bindings, .. } => {
                    for attr in &bindings.attrs {
                        let _ = write!(out, " {}", attr.name);
                    }
                }
                Expr::HasAttr { path, .. } => {
                    for name in path.iter().filter_map(Key::name) {
                        let _ = write!(out, ".{name}");
                    }
                }
                _ => {}
            }
            out.push('(');
            for_each_child(hir, expr, &mut |child| {
                write_shape(hir, child, out);
                out.push(',');
            });
            out.push(')');
        }
    }
}
