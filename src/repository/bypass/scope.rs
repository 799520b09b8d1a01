//! What a helper is called at some place, if it can be named there at all.

use crate::base::FileId;
use crate::db::Snapshot;
use crate::eval::{Site, attr_name, join_path, normalise_path};
use crate::hir::{AttrValue, AttrsExpr, Expr, ExprId, File, Key, KeyId, Name, Param, PathAnchor, StrPart, VarTarget};
use crate::repository::for_each_child;
use crate::repository::model::Helper;

/// How many ways to name a helper are tried.
const MAX_REFERENCES: usize = 3;

/// A name in scope.
struct Binder {
    name: Name,
    key: KeyId,
    value: Option<ExprId>,
}

/// Whether a binding of this file is in scope at an expression of it.
pub(super) fn is_in_scope(hir: &File, binding: KeyId, at: ExprId) -> bool {
    binders(hir, at).iter().any(|binder| binder.key == binding)
}

/// The expressions by which a helper may be reached at a place, the likeliest first.
pub(super) fn references(snapshot: &Snapshot, helper: &Helper, file: FileId, at: ExprId) -> Vec<String> {
    let Ok(data) = snapshot.file(file) else { return Vec::new() };
    let hir = data.hir();
    let binders = binders(hir, at);
    let mut found = Vec::new();
    // The innermost binding of a name hides the others.
    let visible = |name: &Name| binders.iter().rev().find(|binder| binder.name == *name);
    if let Some(binder) = visible(&helper.name) {
        let own = file == helper.origin.file && Site::Key(binder.key) == helper.origin.site;
        // An argument of this name is likely what others pass: an evaluation says whether it is.
        if own || binder.value.is_none() {
            found.push(attr_name(&helper.name));
        }
    }
    for path in uses(hir, &helper.name) {
        if path.first().is_some_and(|first| visible(first).is_some()) {
            found.push(spelled(&path));
        }
    }
    let helper_path = snapshot.paths().path(helper.function.file);
    let path = snapshot.paths().path(file);
    for binder in binders.iter().rev() {
        let Some(value) = binder.value else { continue };
        if visible(&binder.name).is_some_and(|it| it.key == binder.key) && mentions(hir, value, &path, &helper_path) {
            found.push(spelled(&[binder.name.clone(), helper.name.clone()]));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|reference| seen.insert(reference.clone()));
    found.truncate(MAX_REFERENCES);
    found
}

fn spelled(path: &[Name]) -> String {
    path.iter().map(|name| attr_name(name)).collect::<Vec<_>>().join(".")
}

/// Selections of an attribute of this name from a variable: `helpers.mkSystem`.
fn uses(hir: &File, name: &Name) -> Vec<Vec<Name>> {
    let mut found = Vec::new();
    for (_, expr) in hir.exprs() {
        let Expr::Select { base, path, default: None } = expr else { continue };
        let (Expr::Var(var), Some(last)) = (hir.expr(*base), path.last().and_then(Key::name)) else { continue };
        if last != name || !matches!(var.target, VarTarget::Slot { .. }) {
            continue;
        }
        let names = path.iter().map(|key| key.name().cloned());
        if let Some(names) = std::iter::once(Some(var.name.clone())).chain(names).collect() {
            found.push(names);
        }
    }
    found
}

/// Whether an expression of the file at `path` holds a literal path to the file at `target`, or to its folder.
fn mentions(hir: &File, expr: ExprId, path: &str, target: &str) -> bool {
    if let Expr::Path { anchor: PathAnchor::Relative, parts } = hir.expr(expr)
        && let [StrPart::Literal(text)] = &parts[..]
    {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let named = normalise_path(&join_path(folder, text));
        if named == target || target.strip_prefix(named.as_str()).is_some_and(|rest| rest == "/default.nix") {
            return true;
        }
    }
    let mut found = false;
    for_each_child(hir, expr, &mut |child| found = found || mentions(hir, child, path, target));
    found
}

/// The names in scope at an expression, the innermost last. Those of a `with` are not among them.
fn binders(hir: &File, at: ExprId) -> Vec<Binder> {
    let mut way = Vec::new();
    if let Some(root) = hir.root() {
        find(hir, root, at, &mut way);
    }
    let mut binders = Vec::new();
    let set = |set: &AttrsExpr, binders: &mut Vec<Binder>| {
        for attr in &set.attrs {
            let value = match &attr.value {
                AttrValue::Expr(value) => Some(*value),
                AttrValue::Inherit(_) | AttrValue::InheritFrom(_) => None,
            };
            binders.extend(attr.keys.first().map(|key| Binder { name: attr.name.clone(), key: *key, value }));
        }
    };
    for expr in way {
        match hir.expr(expr) {
            Expr::Let { bindings, .. } => set(bindings, &mut binders),
            Expr::Attrs(attrs) if attrs.recursive => set(attrs, &mut binders),
            Expr::Lambda(lambda) => match &lambda.param {
                Param::Ident { name, key } => binders.push(Binder { name: name.clone(), key: *key, value: None }),
                Param::Pattern { formals, bind, .. } => {
                    let formals = formals.iter().map(|formal| (&formal.name, formal.key));
                    let all = bind.iter().map(|(name, key)| (name, *key));
                    let new = formals.chain(all).map(|(name, key)| Binder { name: name.clone(), key, value: None });
                    binders.extend(new);
                }
            },
            _ => {}
        }
    }
    binders
}

/// The expressions around one, the outermost first.
fn find(hir: &File, expr: ExprId, wanted: ExprId, way: &mut Vec<ExprId>) -> bool {
    if expr == wanted {
        return true;
    }
    // Inner expressions are lowered before outer ones.
    if expr < wanted {
        return false;
    }
    way.push(expr);
    let mut found = false;
    for_each_child(hir, expr, &mut |child| found = found || find(hir, child, wanted, way));
    if !found {
        way.pop();
    }
    found
}
