//! Overlays that a flake offers and does not use.
//!
//! Package sets are not evaluated far enough to see every overlay applied, so an
//! overlay counts as used as soon as anything could lead to it: its name, the set that
//! holds it, the file or the binding that it comes from, or a call while the outputs were listed.

use super::names::Names;
use super::{Flake, OutputKey, Repository, is_below};
use crate::db::FileData;
use crate::eval::{Origin, Site, join_path};
use crate::hir::{AttrValue, Expr, ExprId, File, Key, KeyId, Name, Var, VarTarget};

/// The overlays that nothing in the flake can apply.
pub fn unapplied_overlays<'f>(repository: &Repository, flake: &'f Flake) -> Vec<&'f OutputKey> {
    let Some(output) = flake.output_names.iter().find(|output| output.name == "overlays") else { return Vec::new() };
    // What a flake without hosts offers is for others.
    if flake.hosts.is_empty() || !flake.broken.is_empty() {
        return Vec::new();
    }
    let files = repository.snapshot.nix_files().iter().filter(|(path, _)| is_below(path, &flake.root)).cloned();
    let mut texts = Vec::new();
    for (path, file) in files {
        match repository.snapshot.file(file) {
            Ok(data) if data.parse().errors().is_empty() => texts.push((path, file, data)),
            // What cannot be read may use anything.
            _ => return Vec::new(),
        }
    }
    let overlays = output.keys.iter().filter(|key| !key.maybe && key.function.is_some() && key.definition.is_some());
    let is_called = |key: &OutputKey| key.function.is_some_and(|function| flake.called.contains(&function));
    let overlays = overlays.filter(|key| !is_called(key)).filter(|key| {
        let is_used = |(path, file, data): &(Name, crate::base::FileId, std::sync::Arc<FileData>)| {
            let hir = data.hir();
            let own = key.definition.filter(|it| it.file == *file);
            let names = data.of_text::<Names>();
            let may_name = names.contains(&key.name) || names.contains("overlays");
            may_name && names_overlay(hir, &key.name) || own.is_some_and(|own| comes_from_elsewhere(hir, own, key)) || {
                // The file that the function stands in, from another place than the output's definition.
                let function = key.function.filter(|it| key.definition.is_some_and(|own| own.file != it.file));
                function
                    .is_some_and(|it| named_paths(data, path, &repository.path(it.file)) > usize::from(own.is_some()))
            }
        };
        let whole = output.definition.is_some_and(|it| key.definition.is_some_and(|own| own.file != it.file));
        let defined_in = key.definition.map(|it| repository.path(it.file)).unwrap_or_default();
        let imports = || texts.iter().map(|(path, _, data)| named_paths(data, path, &defined_in)).sum::<usize>();
        !(whole && imports() > 1 || texts.iter().any(is_used))
    });
    overlays.collect()
}

/// Whether a file selects an overlay of this name, or the set of all overlays.
fn names_overlay(hir: &File, name: &str) -> bool {
    let of_path = |base: ExprId, path: &[Key]| {
        let is_option = matches!(hir.expr(base), Expr::Var(var) if matches!(var.name.as_str(), "config" | "options" | "pkgs" | "lib"));
        let is_overlays = matches!(hir.expr(base), Expr::Var(var) if var.name == "overlays");
        let position = path.iter().position(|key| key.name().is_some_and(|it| it == "overlays"));
        let after = match (position, is_overlays) {
            (Some(at), _) => path.get(at + 1),
            (None, true) => path.first(),
            (None, false) => {
                // By a name of its own, wherever it is.
                return name != "default"
                    && !is_option
                    && path.iter().any(|key| key.name().is_some_and(|it| it == name));
            }
        };
        !is_option && after.is_none_or(|key| key.name().is_none_or(|it| it == name))
    };
    hir.exprs().any(|(_, expr)| match expr {
        Expr::Select { base, path, .. } => of_path(*base, path),
        // `with overlays`, `attrValues overlays`, `[ tools ]`
        Expr::Var(Var { name: used, target: VarTarget::With(_) | VarTarget::Undefined }) => {
            used == name || used == "overlays"
        }
        Expr::Attrs(set) | Expr::Let { bindings: set, .. } => set.attrs.iter().any(|attr| {
            matches!(attr.value, AttrValue::InheritFrom(_)) && (attr.name == name || attr.name == "overlays")
        }),
        _ => false,
    })
}

/// Whether an overlay, or the set that holds it, is bound to something in the file that is used a second time.
fn comes_from_elsewhere(hir: &File, own: Origin, key: &OutputKey) -> bool {
    let Site::Key(defined) = own.site else { return true };
    let mut bindings: Vec<KeyId> = Vec::new();
    for (_, expr) in hir.exprs() {
        let (Expr::Attrs(set) | Expr::Let { bindings: set, .. }) = expr else { continue };
        for attr in &set.attrs {
            let (AttrValue::Expr(value) | AttrValue::Inherit(value)) = attr.value else { continue };
            let is_own = attr.keys.contains(&defined) || attr.name == "overlays" || attr.name == key.name;
            if let (true, Expr::Var(Var { target: VarTarget::Slot { key, .. }, .. })) = (is_own, hir.expr(value)) {
                bindings.push(*key);
            }
            // `rec`, `let overlays = { … }`: whoever names the binding has it.
            if is_own {
                bindings.extend(attr.keys.iter().copied());
            }
        }
    }
    let uses = hir.exprs().filter(|(_, expr)| {
        matches!(expr, Expr::Var(Var { target: VarTarget::Slot { key, .. }, .. }) if bindings.contains(key))
    });
    // One use is that by which it is the output.
    uses.count() > 1
}

/// How often a file names a path that leads to `target`.
fn named_paths(data: &FileData, path: &str, target: &str) -> usize {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let leads = |relative: &String| {
        // Most paths are told from it by their last name.
        let last = relative.rsplit('/').next().unwrap_or_default();
        if !matches!(last, "" | "." | "..") && !target.split('/').any(|name| name == last) {
            return false;
        }
        let named = join_path(folder, relative);
        named == target
            || format!("{named}/default.nix") == target
            || is_below(target, &named) && !named.ends_with(".nix") && named != folder
    };
    data.summary().paths.iter().filter(|relative| leads(relative)).count()
}
