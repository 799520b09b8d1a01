//! An option that the repository declares and that no host sets.
//!
//! A switch that nobody turns on, or an option without a default: what it is there to decide is decided already. An option with another default
//! may well be left at it. Nothing is said in flakes that export modules, whose options others set, and while a host has modules
//! that could not be found out.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./web.nix ]; };
//!   };
//! }
//! #- /web.nix
//! { config, lib, ... }:
//! {
//!   options.custom.web.enable = lib.mkEnableOption "the web server";
//! #                    ^^^^^^
//!   config.services.nginx.enable = config.custom.web.enable;
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./web.nix ]; };
//!     nixosConfigurations.nas = nixpkgs.lib.nixosSystem { modules = [ ./web.nix { custom.web.enable = true; } ]; };
//!   };
//! }
//! #- /web.nix
//! { config, lib, ... }:
//! {
//!   options.custom.web.enable = lib.mkEnableOption "the web server";
//!   options.custom.web.port = lib.mkOption { default = 80; };
//!   config.services.nginx.enable = config.custom.web.enable;
//! }
//! ```

use super::{Chapter, Context, Diagnostic, Rule, Severity};
use crate::module_system::path_text;
use crate::repository::{exports_modules, own_options};

pub(super) const RULE: Rule = Rule {
    id: "unset-option",
    chapter: Chapter::Modules,
    severity: Severity::Hint,
    source: include_str!("unset_option.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    if exports_modules(context.flake) || !context.flake.hosts.iter().all(|host| host.complete()) {
        return Vec::new();
    }
    let unset = own_options(context.repository, context.flake).into_iter().filter(|option| {
        let idle = option.default.as_ref().is_none_or(|default| default == "false");
        !option.is_set && idle
    });
    let found = unset.filter_map(|option| {
        let message = format!("no host sets {}; set it somewhere, or remove it", path_text(&option.path));
        let mut diagnostic = RULE.finding(context.place(Some(option.origin))?, message);
        diagnostic.hosts = option.hosts;
        Some(diagnostic)
    });
    found.collect()
}
