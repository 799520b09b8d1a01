//! No host and no package set of this flake applies an overlay that it offers.
//!
//! An overlay does nothing until it stands in `nixpkgs.overlays` of a host, in the `overlays` of an
//! `import nixpkgs`, or goes to `pkgs.extend`. In a flake with hosts of its own, one that nothing applies was
//! most likely forgotten; where it is for other flakes only, switch the rule off at that line.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     overlays.tools = final: prev: { tool = final.callPackage ./tool.nix { }; };
//! #            ^^^^^
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ { networking.hostName = "box"; } ]; };
//!   };
//! }
//! #- /tool.nix
//! { stdenv }: stdenv.mkDerivation { name = "tool"; }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { self, nixpkgs, ... }: {
//!     overlays.tools = final: prev: { tool = final.callPackage ./tool.nix { }; };
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem {
//!       modules = [ { networking.hostName = "box"; nixpkgs.overlays = builtins.attrValues self.overlays; } ];
//!     };
//!   };
//! }
//! #- /tool.nix
//! { stdenv }: stdenv.mkDerivation { name = "tool"; }
//! ```

use super::{Chapter, Context, Diagnostic, Rule, Severity};
use crate::eval::attr_name;
use crate::repository::unapplied_overlays;

pub(super) const RULE: Rule = Rule {
    id: "unapplied-overlay",
    chapter: Chapter::Hosts,
    severity: Severity::Information,
    source: include_str!("unapplied_overlay.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let unapplied = unapplied_overlays(context.repository, context.flake).into_iter();
    let found = unapplied.filter_map(|overlay| {
        let at = context.place(overlay.definition)?;
        let message = format!(
            "no host and no package set of this flake applies overlays.{}: add it to nixpkgs.overlays, or remove it",
            attr_name(&overlay.name)
        );
        Some(RULE.finding(at, message))
    });
    found.collect()
}
