//! flake-parts, in Nix: `src/eval/frameworks/flake-parts.nix`.

use crate::eval::{Evaluator, Value};
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

/// `inputs.import-tree ./folder`
pub(super) fn import_tree_functor(ev: &Evaluator, identity: &str) -> Option<Value> {
    if !identity.contains("import-tree") {
        return None;
    }
    let function = ev.import("/<flakewise>/frameworks/import-tree.nix").ok()?;
    let lib = crate::eval::Thunk::native(|ev| ev.lib());
    ev.call(&function, lib).ok()
}
