//! flake.nix and flake.lock disagree on the inputs.
//!
//! An input that flake.lock does not hold is fetched anew by everybody, and refused where the lock may not be written
//! (`--no-update-lock-file`, a flake in the store). One that flake.nix does not declare any more is dead weight. `nix flake lock` brings both together.
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
use crate::hir::Name;
use crate::repository::outputs_parameter;

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
    found
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::assert_marks;

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
