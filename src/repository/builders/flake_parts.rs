//! flake-parts, in Nix: `src/eval/frameworks/flake-parts.nix`.

use crate::eval::{Attrs, Cause, Entry, Evaluator, Thunk, Unknown, Value};
use crate::hir::Name;

/// A function of the `lib` output of flake-parts.
pub(super) fn library(ev: &Evaluator, identity: &str, attribute: &Name) -> Option<Value> {
    let file = if identity.contains("flake-parts") {
        "/<flakewise>/frameworks/flake-parts.nix"
    } else if identity.contains("flake-utils") && !identity.contains("plus") {
        "/<flakewise>/frameworks/flake-utils.nix"
    } else {
        return None;
    };
    let function = ev.import(file).ok()?;
    let lib = crate::eval::Thunk::native(|ev| ev.lib());
    let library = ev.call(&function, lib).ok()?;
    ev.select(&library, attribute).ok()?
}

/// The modules for flake-parts that flake-parts and Home Manager export.
pub(super) fn flake_modules(ev: &Evaluator, identity: &str, attribute: &Name) -> Option<Value> {
    let modules = library(ev, "flake-parts", &Name::new_static("modules"))?;
    let names: &[(&str, &str)] = if identity.contains("flake-parts") && attribute == "flakeModules" {
        &[("modules", "modules"), ("flakeModules", "flakeModules")]
    } else if identity.contains("home-manager") && attribute == "flakeModules" {
        &[("home-manager", "homeManager"), ("default", "homeManager")]
    } else {
        return None;
    };
    let mut known = Vec::new();
    for (exported, module) in names {
        let module = ev.select(&modules, &Name::new_static(module)).ok()??;
        known.push((Name::new_static(exported), Entry::new(Thunk::value(module), None)));
    }
    let unknown = Unknown::new(Cause::Input(Name::new(identity))).select(attribute);
    Some(Value::attrs(Attrs::new(known).open(unknown)))
}

/// `inputs.import-tree ./folder`
pub(super) fn import_tree_functor(ev: &Evaluator, identity: &str) -> Option<Value> {
    if !identity.contains("import-tree") {
        return None;
    }
    let function = ev.import("/<flakewise>/frameworks/import-tree.nix").ok()?;
    let lib = crate::eval::Thunk::native(|ev| ev.lib());
    let tree = ev.call(&function, lib).ok()?;
    ev.select(&tree, &Name::new_static("__functor")).ok()?
}
