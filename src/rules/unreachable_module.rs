//! A module file that no host, home or exported module reaches.
//!
//! Nothing in it has any effect; it is left over, or its import was forgotten. Files whose folder is named like something put aside
//! (`templates`, `archive`, `examples`, `tests`, …) are not reported, nor anything while a host has modules that could not be found out.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./box.nix ]; };
//!   };
//! }
//! #- /box.nix
//! { pkgs, ... }:
//! {
//!   environment.systemPackages = [ (pkgs.callPackage ./greeter.nix { }) ];
//! }
//! #- /web.nix
//!   { config, lib, ... }:
//! # ^^^^^^^^^^^^^^^^^^^^^
//! {
//!   services.nginx.enable = true;
//! }
//! #- /greeter.nix
//! { lib, stdenv }:
//! stdenv.mkDerivation { name = "greeter"; }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./box.nix ]; };
//!     nixosModules.web = ./web.nix;
//!     templates.default.path = ./templates/start;
//!   };
//! }
//! #- /box.nix
//! { }
//! #- /web.nix
//! { config, lib, ... }:
//! {
//!   imports = [ ./proxy.nix ];
//! }
//! #- /proxy.nix
//! { config, lib, ... }:
//! {
//!   services.nginx.enable = true;
//! }
//! #- /templates/start/configuration.nix
//! { config, pkgs, ... }:
//! {
//!   services.openssh.enable = true;
//! }
//! ```

use super::{Chapter, Context, Diagnostic, Rule, Severity};
use crate::base::{FileRange, TextRange, TextSize};
use crate::repository::unreachable;
use crate::syntax::ast::AstNode;

pub(super) const RULE: Rule = Rule {
    id: "unreachable-module",
    chapter: Chapter::Modules,
    severity: Severity::Hint,
    source: include_str!("unreachable_module.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let files = unreachable(context.repository, context.flake).into_iter();
    let found = files.filter_map(|file| {
        let data = context.repository.snapshot.file(file).ok()?;
        // The first line of code stands for the file.
        let start = data.parse().tree().expr().map(|expr| expr.syntax().text_range().start())?;
        let line = data.line_index().line_range(data.line_index().line(start))?;
        let text = data.text().get(std::ops::Range::from(line))?.trim_end();
        let end = line.start() + TextSize::of(text);
        let at = FileRange { file, range: TextRange::new(start, end.max(start)) };
        Some(RULE.finding(at, "no host, home or exported module reaches this module; import it or remove it"))
    });
    found.collect()
}
