//! Helpers: functions of the repository whose result is a host.

use rustc_hash::{FxHashMap, FxHashSet};

use super::listing::Listing;
use super::model::{Helper, Host, HostKind};
use crate::base::FileId;
use crate::db::Snapshot;
use crate::eval::{Origin, Site};
use crate::hir::{AttrValue, AttrsExpr, Expr, ExprId, File, Key, KeyId, Name, VarTarget};

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
                builds,
                hosts: built.map(|host| host.output.clone()).collect(),
                called,
            });
        }
    }
    helpers
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

/// The functions of a curried function, outermost first.
fn lambda_chain(hir: &File, function: ExprId) -> FxHashSet<ExprId> {
    let mut chain = FxHashSet::default();
    let mut expr = function;
    loop {
        match hir.expr(expr) {
            Expr::Lambda(lambda) => {
                chain.insert(expr);
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
