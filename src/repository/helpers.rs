//! Helpers: functions of the repository whose result is a host.

use rustc_hash::{FxHashMap, FxHashSet};

use super::listing::Listing;
use super::model::{Helper, Host, HostKind};
use crate::base::FileId;
use crate::db::Snapshot;
use crate::eval::{Origin, Site, normalise_path};
use crate::hir::{AttrValue, AttrsExpr, Expr, ExprId, File, Key, KeyId, Name, PathAnchor, StrPart, VarTarget};

/// The helpers in the files that the outputs were evaluated from.
pub(super) fn find(snapshot: &Snapshot, listing: &Listing, hosts: &[std::sync::Arc<Host>]) -> Vec<Helper> {
    let mut helpers = Vec::new();
    for file in &listing.reads.nix_files {
        let path = snapshot.paths().path(*file);
        if path.starts_with(crate::eval::INTERNAL_ROOT) {
            continue;
        }
        let Ok(data) = snapshot.file(*file) else { continue };
        let hir = data.hir();
        for (name, key, function) in functions(hir) {
            let Some(builds) = builds(hir, function) else { continue };
            let origin = Origin { file: *file, site: Site::Key(key) };
            let chain = lambda_chain(hir, function);
            let involved = |called: &Origin| {
                called.file == *file && matches!(called.site, Site::Expr(expr) if chain.contains(&expr))
            };
            let built = hosts.iter().filter(|host| host.helpers.iter().any(involved));
            let called = listing.called.iter().any(involved)
                || references(hir, key, &listing.called, *file)
                || is_attribute_of_result(hir, key);
            helpers.push(Helper {
                name,
                origin,
                function: Origin { file: *file, site: Site::Expr(function) },
                applied: 0,
                builds,
                hosts: built.map(|host| host.output.clone()).collect(),
                called,
            });
        }
        helpers.extend(imported(snapshot, *file, &path, hir, listing, hosts));
    }
    helpers
}

/// Functions that are files of their own, under the names that a file binds
/// them to: `mkSystem = import ./mk-system.nix { inherit inputs; };`.
fn imported(
    snapshot: &Snapshot,
    file: FileId,
    path: &str,
    hir: &File,
    listing: &Listing,
    hosts: &[std::sync::Arc<Host>],
) -> Vec<Helper> {
    let mut found = Vec::new();
    for (_, expr) in hir.exprs() {
        let bindings = match expr {
            Expr::Attrs(attrs) => attrs,
            Expr::Let { bindings, .. } => bindings,
            _ => continue,
        };
        for attr in &bindings.attrs {
            let (AttrValue::Expr(value), Some(key)) = (&attr.value, attr.keys.first()) else { continue };
            let Some((target, applied)) = import_of(hir, *value, path) else { continue };
            let file_of = |path: &str| snapshot.file_at(path).ok();
            let Some((other, data)) = file_of(&target).or_else(|| file_of(&format!("{target}/default.nix"))) else {
                continue;
            };
            let Some(function) = data.hir().root() else { continue };
            let chain = lambdas(data.hir(), function);
            let (Some(own), Some(builds)) = (chain.get(applied..), builds(data.hir(), function)) else { continue };
            if own.is_empty() {
                continue;
            }
            let involved = |called: &Origin| {
                called.file == other && matches!(called.site, Site::Expr(expr) if own.contains(&expr))
            };
            let built = hosts.iter().filter(|host| host.helpers.iter().any(involved));
            found.push(Helper {
                name: attr.name.clone(),
                origin: Origin { file, site: Site::Key(*key) },
                function: Origin { file: other, site: Site::Expr(function) },
                applied,
                builds,
                hosts: built.map(|host| host.output.clone()).collect(),
                called: listing.called.iter().any(involved)
                    || references(hir, *key, &listing.called, file)
                    || is_attribute_of_result(hir, *key),
            });
        }
    }
    found
}

/// The path that an expression imports, and how many arguments it gives to what it imports.
fn import_of(hir: &File, mut expr: ExprId, path: &str) -> Option<(Name, usize)> {
    let mut applied = 0;
    loop {
        let Expr::Apply { function, argument } = hir.expr(expr) else { return None };
        let is_import = matches!(hir.expr(*function), Expr::Var(var) if var.name == "import");
        if let (true, Expr::Path { anchor: PathAnchor::Relative, parts }) = (is_import, hir.expr(*argument))
            && let [StrPart::Literal(text)] = &parts[..]
        {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            return Some((normalise_path(&format!("{folder}/{text}")), applied));
        }
        applied += 1;
        expr = *function;
    }
}

/// Bindings whose value is a function.
fn functions(hir: &File) -> Vec<(Name, KeyId, ExprId)> {
    let mut found = Vec::new();
    let mut visit = |attrs: &AttrsExpr| {
        for attr in &attrs.attrs {
            if let (AttrValue::Expr(value), Some(key)) = (&attr.value, attr.keys.first())
                && matches!(hir.expr(*value), Expr::Lambda(_))
            {
                found.push((attr.name.clone(), *key, *value));
            }
        }
    };
    for (_, expr) in hir.exprs() {
        match expr {
            Expr::Attrs(attrs) => visit(attrs),
            Expr::Let { bindings, .. } => visit(bindings),
            _ => {}
        }
    }
    found
}

/// The functions of a curried function.
fn lambda_chain(hir: &File, function: ExprId) -> FxHashSet<ExprId> {
    lambdas(hir, function).into_iter().collect()
}

/// The functions of a curried function, outermost first.
fn lambdas(hir: &File, function: ExprId) -> Vec<ExprId> {
    let mut chain = Vec::new();
    let mut expr = function;
    loop {
        match hir.expr(expr) {
            Expr::Lambda(lambda) => {
                chain.push(expr);
                expr = lambda.body;
            }
            Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body, .. } => expr = *body,
            _ => return chain,
        }
    }
}

/// The kind of host that a function returns: its result is a call of nixosSystem or kin.
fn builds(hir: &File, function: ExprId) -> Option<HostKind> {
    // A function may call itself.
    builds_within(hir, function, &mut 256)
}

fn builds_within(hir: &File, mut expr: ExprId, steps: &mut u32) -> Option<HostKind> {
    loop {
        *steps = steps.checked_sub(1)?;
        expr = match hir.expr(expr) {
            Expr::Lambda(lambda) => lambda.body,
            Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body, .. } => *body,
            Expr::If { then_branch, else_branch, .. } => {
                return builds_within(hir, *then_branch, steps).or_else(|| builds_within(hir, *else_branch, steps));
            }
            Expr::Apply { function, .. } => {
                let name = match hir.expr(*function) {
                    // `(mkHost …).extendModules { … }` is another host of that kind.
                    Expr::Select { base, path, .. }
                        if path.last().and_then(Key::name).is_some_and(|name| name == "extendModules") =>
                    {
                        expr = called_function(hir, *base)?;
                        continue;
                    }
                    Expr::Select { path, .. } => path.last().and_then(Key::name)?,
                    Expr::Var(var) => &var.name,
                    _ => return None,
                };
                return Some(match name.as_str() {
                    "nixosSystem" => HostKind::Nixos,
                    "darwinSystem" => HostKind::Darwin,
                    "homeManagerConfiguration" => HostKind::Home,
                    "nixOnDroidConfiguration" => HostKind::Droid,
                    _ => return None,
                });
            }
            _ => return None,
        };
    }
}

/// The function of this file that an expression calls by its name.
fn called_function(hir: &File, mut call: ExprId) -> Option<ExprId> {
    while let Expr::Apply { function, .. } = hir.expr(call) {
        call = *function;
    }
    let Expr::Var(var) = hir.expr(call) else { return None };
    let VarTarget::Slot { key, .. } = &var.target else { return None };
    functions(hir).into_iter().find(|(_, binding, _)| binding == key).map(|(_, _, function)| function)
}

/// Whether the name is used anywhere in its file other than by functions that
/// nobody calls. A use that no evaluation reached may still be one.
fn references(hir: &File, binding: KeyId, called: &FxHashSet<Origin>, file: FileId) -> bool {
    let owners = owners(hir);
    hir.exprs().any(|(id, expr)| match expr {
        Expr::Var(var) => match &var.target {
            VarTarget::Slot { key, .. } if *key == binding => match owners.get(&id) {
                Some(function) => called.contains(&Origin { file, site: Site::Expr(*function) }),
                None => true,
            },
            _ => false,
        },
        _ => false,
    })
}

/// The innermost function around each expression.
fn owners(hir: &File) -> FxHashMap<ExprId, ExprId> {
    let mut owners = FxHashMap::default();
    // Inner expressions are lowered before outer ones, so a function's body has smaller ids than itself.
    for (id, expr) in hir.exprs() {
        if let Expr::Lambda(lambda) = expr {
            mark_body(hir, lambda.body, id, &mut owners);
        }
    }
    owners
}

fn mark_body(hir: &File, expr: ExprId, function: ExprId, owners: &mut FxHashMap<ExprId, ExprId>) {
    if owners.contains_key(&expr) {
        return;
    }
    owners.insert(expr, function);
    super::children::for_each_child(hir, expr, &mut |child| mark_body(hir, child, function, owners));
}

/// Whether the binding is an attribute that the file's value offers (`{ mkHost = …; }`), for others to call.
fn is_attribute_of_result(hir: &File, binding: KeyId) -> bool {
    let Some(mut expr) = hir.root() else { return false };
    loop {
        expr = match hir.expr(expr) {
            Expr::Lambda(lambda) => lambda.body,
            Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body, .. } => *body,
            Expr::Attrs(attrs) => return attrs.attrs.iter().any(|attr| attr.keys.contains(&binding)),
            _ => return false,
        };
    }
}
