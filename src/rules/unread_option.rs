//! An option that the repository declares and whose value nothing reads.
//!
//! Setting it has no effect. Any selection that may be the option counts as a read, also of an argument of a helper; in flakes that export
//! modules nothing is said, since others may read what these declare.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./web.nix { custom.web.port = 80; } ]; };
//!   };
//! }
//! #- /web.nix
//! { config, lib, ... }:
//! {
//!   options.custom.web.port = lib.mkOption { type = lib.types.port; };
//! #                    ^^^^
//!   config.services.nginx.enable = true;
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./web.nix { custom.web.port = 80; } ]; };
//!   };
//! }
//! #- /web.nix
//! { config, lib, ... }:
//! let
//!   cfg = config.custom.web;
//! in
//! {
//!   options.custom.web.port = lib.mkOption { type = lib.types.port; };
//!   config.networking.firewall.allowedTCPPorts = [ cfg.port ];
//! }
//! ```

use super::{Chapter, Context, Diagnostic, Rule, Severity};
use crate::module_system::path_text;
use crate::repository::{exports_modules, own_options};

pub(super) const RULE: Rule = Rule {
    id: "unread-option",
    chapter: Chapter::Modules,
    severity: Severity::Hint,
    source: include_str!("unread_option.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    if exports_modules(context.flake) || !context.flake.hosts.iter().all(|host| host.complete()) {
        return Vec::new();
    }
    let unread = own_options(context.repository, context.flake)
        .into_iter()
        .filter(|option| !context.reads().may_read_somehow(&option.path));
    let found = unread.filter_map(|option| {
        let message = format!(
            "nothing reads {}, so that setting it has no effect; use it, or remove it",
            path_text(&option.path)
        );
        let mut diagnostic = RULE.finding(context.place(Some(option.origin))?, message);
        diagnostic.hosts = option.hosts;
        Some(diagnostic)
    });
    found.collect()
}
