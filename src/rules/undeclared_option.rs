//! A module sets an option that no module of the host declares.
//!
//! Nix refuses the configuration: `The option … does not exist`. It is reported only where the opposite is excluded:
//! in a namespace that the repository owns (`custom`, or `services.x` where it declares `services.x.enable`),
//! for hosts whose modules are all known, and neither below a freeform type nor beside computed names.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./host.nix ./custom.nix ]; };
//!   };
//! }
//! #- /host.nix
//! {
//!   custom.desktop.enabel = true;
//! #                ^^^^^^
//! }
//! #- /custom.nix
//! { lib, ... }:
//! {
//!   options.custom.desktop.enable = lib.mkEnableOption "the desktop";
//! }
//! ```
//!
//! Names below a freeform type are the writer's own:
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./host.nix ./custom.nix ]; };
//!   };
//! }
//! #- /host.nix
//! {
//!   custom.desktop.enable = true;
//!   custom.settings.anything = 1;
//! }
//! #- /custom.nix
//! { lib, ... }:
//! {
//!   options.custom.desktop.enable = lib.mkEnableOption "the desktop";
//!   options.custom.settings = lib.mkOption { type = lib.types.attrsOf lib.types.int; };
//! }
//! ```

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity, listed};
use crate::base::TextEdit;
use crate::eval::attr_name;
use crate::module_system::path_text;
use crate::repository::Undeclared;

pub(super) const RULE: Rule = Rule {
    id: "undeclared-option",
    chapter: Chapter::Modules,
    severity: Severity::Error,
    source: include_str!("undeclared_option.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let all = context.undeclared();
    // What another module declares is `option-not-imported`.
    all.iter().filter(|one| one.declared_by.is_empty() && context.owns(one.at.file)).map(report).collect()
}

fn report(one: &Undeclared) -> Diagnostic {
    // The name that is wrong, with what follows where that is a single option.
    let path = match one.options.as_slice() {
        [only] => path_text(only),
        _ => path_text(&one.path),
    };
    let meant = one.nearest.as_ref().map(|name| {
        let mut path = one.path.clone();
        path.pop();
        path.push(name.clone());
        path_text(&path)
    });
    let hint = meant.as_ref().map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
    let message = format!("no module of {} declares {path}{hint}", listed(&one.hosts));
    let mut diagnostic = RULE.finding(one.at, message);
    diagnostic.severity = if one.certain { Severity::Error } else { Severity::Warning };
    diagnostic.hosts = one.hosts.clone();
    if let (Some(name), Some(meant)) = (&one.nearest, meant) {
        let edit = TextEdit::replace(one.at.range, attr_name(name));
        diagnostic.fixes.push(Fix {
            title: format!("Change to {meant}"),
            edits: vec![(one.at.file, edit)],
            is_unsafe: false,
            ..Fix::default()
        });
    }
    diagnostic
}
