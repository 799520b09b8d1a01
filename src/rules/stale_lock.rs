//! flake.nix and flake.lock disagree on the inputs.
//!
//! An input that flake.lock does not hold is fetched anew by everybody, and refused where the lock may not be written
//! (`--no-update-lock-file`, a flake in the store). One that flake.nix does not declare any more is dead weight. And where an
//! input follows another one in flake.lock and no longer in flake.nix, it gets a source of its own as soon as Nix writes the lock.
//! `nix flake lock` brings both together.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   inputs.disko.url = "github:nix-community/disko";
//! #        ^^^^^
//!   outputs = inputs: { };
//! }
//! #- /flake.lock
//! {
//!   "nodes": {
//!     "nixpkgs": {
//!       "locked": { "type": "github", "owner": "NixOS", "repo": "nixpkgs", "rev": "1", "narHash": "sha256-" },
//!       "original": { "type": "github", "owner": "NixOS", "repo": "nixpkgs", "ref": "nixos-unstable" }
//!     },
//!     "root": { "inputs": { "nixpkgs": "nixpkgs" } }
//!   },
//!   "root": "root",
//!   "version": 7
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = inputs: { };
//! }
//! #- /flake.lock
//! {
//!   "nodes": {
//!     "nixpkgs": {
//!       "locked": { "type": "github", "owner": "NixOS", "repo": "nixpkgs", "rev": "1", "narHash": "sha256-" },
//!       "original": { "type": "github", "owner": "NixOS", "repo": "nixpkgs", "ref": "nixos-unstable" }
//!     },
//!     "root": { "inputs": { "nixpkgs": "nixpkgs" } }
//!   },
//!   "root": "root",
//!   "version": 7
//! }
//! ```

use super::{Chapter, Context, Diagnostic, Rule, Severity};
use crate::flake::{InputEdge, LockGraph};
use crate::hir::Name;
use crate::repository::{Input, outputs_parameter};

pub(super) const RULE: Rule = Rule {
    id: "stale-lock",
    chapter: Chapter::Inputs,
    severity: Severity::Warning,
    source: include_str!("stale_lock.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let flake = context.flake;
    let Some(Ok(lock)) = &flake.lock else { return Vec::new() };
    let Some(root) = lock.root_node() else { return Vec::new() };
    let mut found = Vec::new();
    for input in flake.inputs.iter().filter(|input| !root.inputs.contains_key(&input.name)) {
        if let Some(at) = context.place(input.origin) {
            let message = format!("flake.lock does not hold the input {}; run `nix flake lock`", input.name);
            found.push(RULE.finding(at, message));
        }
    }
    // Inputs that only the arguments of `outputs` name come from the registry, and are locked as well.
    let parameter = outputs_parameter(context.repository, flake);
    let is_argument =
        |name: &Name| parameter.as_ref().is_some_and(|it| it.names.iter().any(|(taken, _)| taken == name));
    let gone: Vec<&Name> =
        root.inputs.keys().filter(|name| flake.input(name).is_none() && !is_argument(name)).collect();
    let mut places: Vec<_> = flake.inputs.iter().filter_map(|input| context.place(input.origin)).collect();
    places.sort();
    if let (Some(first), Some(at)) = (gone.first(), places.first()) {
        let others = if gone.len() > 1 { format!(" and {} more", gone.len() - 1) } else { String::new() };
        let message =
            format!("flake.lock holds {first}{others}, which flake.nix does not declare; run `nix flake lock`");
        let mut diagnostic = RULE.finding(*at, message);
        diagnostic.severity = Severity::Hint;
        found.push(diagnostic);
    }
    if flake.broken.is_empty() {
        found.extend(flake.inputs.iter().filter_map(|input| gone_follows(context, lock, input)));
    }
    found
}

/// How deep follows of inputs of inputs are looked for.
const MAX_DEPTH: usize = 8;

/// What follows something by flake.lock below an input, and not by flake.nix any more. Nix asks the same
/// (`computeLocks` in its flake.cc) and fetches the input anew.
fn gone_follows(context: &Context<'_>, lock: &LockGraph, input: &Input) -> Option<Diagnostic> {
    let at = context.place(input.origin)?;
    let Some(InputEdge::Node(key)) = lock.root_node()?.inputs.get(&input.name) else { return None };
    let mut gone: Vec<(Vec<Name>, Vec<Name>)> = Vec::new();
    let mut open = vec![(key.clone(), Vec::<Name>::new())];
    while let Some((key, path)) = open.pop() {
        for (name, edge) in lock.node(&key).into_iter().flat_map(|node| &node.inputs) {
            let inner: Vec<Name> = path.iter().chain([name]).cloned().collect();
            match edge {
                InputEdge::Node(key) if inner.len() < MAX_DEPTH => open.push((key.clone(), inner)),
                // What stays below the input may be its own flake.nix saying so.
                InputEdge::Follows(target)
                    if target.first().is_some_and(|first| *first != input.name) && !is_overridden(input, &inner) =>
                {
                    gone.push((inner, target.clone()));
                }
                _ => {}
            }
        }
    }
    gone.sort();
    let (path, target) = gone.first()?;
    let join = |names: &[Name]| names.iter().map(Name::as_str).collect::<Vec<_>>().join("/");
    let others = if gone.len() > 1 { format!(" and {} more", gone.len() - 1) } else { String::new() };
    let (name, path, target) = (&input.name, join(path), join(target));
    let message = format!(
        "by flake.lock {path} of {name} follows {target}{others}, which flake.nix does not say any more: it gets a source \
         of its own once Nix writes the lock; run `nix flake lock`"
    );
    Some(RULE.finding(at, message))
}

/// Whether flake.nix says anything of the input at this path below an input, or of one around it.
fn is_overridden(input: &Input, path: &[Name]) -> bool {
    input.follows.is_some() || input.overrides.iter().any(|it| path.starts_with(&it.path))
}

#[cfg(test)]
mod tests {
    use crate::fixture::Fixture;
    use crate::rules::testing::{self, assert_marks};

    #[test]
    fn what_follows_by_the_lock_alone() {
        let lock = r#"{ "nodes": {
            "root": { "inputs": { "nixpkgs": "nixpkgs", "a": "a" } },
            "nixpkgs": { },
            "a": { "inputs": { "nixpkgs": [ "nixpkgs" ], "own": [ "a", "b" ], "b": "b" } },
            "b": { "inputs": { "nixpkgs": [ "nixpkgs" ], "c": [ "a", "c" ] } }
          }, "root": "root", "version": 7 }"#;
        let found = |inputs: &str| {
            let text = format!(
                "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  inputs.a.url = \"github:x/a\";\n{inputs}  outputs = _: {{ }};\n}}\n#- /flake.lock\n{lock}\n"
            );
            let (_, found) = testing::found(super::RULE.id, &Fixture::parse(&text));
            found.into_iter().map(|it| it.message).collect::<Vec<_>>()
        };
        let end = "which flake.nix does not say any more: it gets a source of its own once Nix writes the lock; run `nix flake lock`";
        assert_eq!(found(""), [format!("by flake.lock b/nixpkgs of a follows nixpkgs and 1 more, {end}")]);
        let first = "  inputs.a.inputs.nixpkgs.follows = \"nixpkgs\";\n";
        let second = "  inputs.a.inputs.b.inputs.nixpkgs.follows = \"nixpkgs\";\n";
        assert_eq!(found(first), [format!("by flake.lock b/nixpkgs of a follows nixpkgs, {end}")]);
        assert_eq!(found(&format!("{first}{second}")), Vec::<String>::new());
    }

    #[test]
    fn an_argument_that_the_registry_gives_is_locked_too() {
        let lock = r#"{ "nodes": { "root": { "inputs": { "nixpkgs": "nixpkgs", "systems": "systems" } }, "nixpkgs": { }, "systems": { } }, "root": "root", "version": 7 }"#;
        let flake = |arguments: &str| {
            format!(
                "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n{arguments}}}\n#- /flake.lock\n{lock}\n"
            )
        };
        assert_marks(super::RULE.id, &flake("  outputs = { nixpkgs, systems, ... }: { };\n"));
        assert_marks(super::RULE.id, &flake("#        ^^^^^^^\n  outputs = { nixpkgs, ... }: { };\n"));
    }
}
