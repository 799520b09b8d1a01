//! The flake has inputs and no flake.lock.
//!
//! Without a lock every machine gets whatever its inputs are at that moment. `nix flake lock` writes one.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//! #        ^^^^^^^
//!   outputs = inputs: { };
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   outputs = inputs: { };
//! }
//! ```

use super::{Chapter, Context, Diagnostic, Rule, Severity};
use crate::base::{FileRange, TextRange};

pub(super) const RULE: Rule = Rule {
    id: "missing-lock",
    chapter: Chapter::Inputs,
    severity: Severity::Warning,
    source: include_str!("missing_lock.rs"),
    check,
};

/// A lock that is there and cannot be read: Nix stops at it, and nothing that depends on it can be checked.
fn unreadable(context: &Context<'_>, why: &str) -> Vec<Diagnostic> {
    let at = FileRange { file: context.flake.file, range: TextRange::default() };
    let mut diagnostic = RULE
        .finding(at, format!("flake.lock cannot be read ({why}): repair it, or let `nix flake lock` write it anew"));
    diagnostic.severity = Severity::Error;
    vec![diagnostic]
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let flake = context.flake;
    if let Some(Err(error)) = &flake.lock {
        return unreadable(context, &error.message);
    }
    // One that git does not track yet is there all the same.
    let path = format!("{}/flake.lock", flake.root);
    if flake.lock.is_some() || context.repository.snapshot.tree().node(&path).is_some() {
        return Vec::new();
    }
    // A template is locked by whoever starts from it.
    if flake.root.split('/').any(|folder| matches!(folder, "template" | "templates")) {
        return Vec::new();
    }
    let mut places: Vec<_> = flake.inputs.iter().filter_map(|input| context.place(input.origin)).collect();
    places.sort();
    let first = places.first().map(|at| {
        RULE.finding(
            *at,
            "this flake has inputs and no flake.lock: every machine gets other sources; run `nix flake lock`",
        )
    });
    first.into_iter().collect()
}
