//! A module sets an option that the repository declares, but in a module that this host does not import.
//!
//! Nix refuses the configuration: `The option … does not exist`. The fix adds the import to the module that sets the option.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./box.nix ./gaming.nix ]; };
//!     nixosConfigurations.nas = nixpkgs.lib.nixosSystem { modules = [ ./nas.nix ]; };
//!   };
//! }
//! #- /box.nix
//! {
//!   custom.gaming.enable = true;
//! }
//! #- /nas.nix
//! {
//!   custom.gaming.enable = true;
//! # ^^^^^^
//! }
//! #- /gaming.nix
//! { lib, ... }:
//! {
//!   options.custom.gaming.enable = lib.mkEnableOption "games";
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./box.nix ./gaming.nix ]; };
//!     nixosConfigurations.nas = nixpkgs.lib.nixosSystem { modules = [ ./nas.nix ]; };
//!   };
//! }
//! #- /box.nix
//! {
//!   custom.gaming.enable = true;
//! }
//! #- /nas.nix
//! {
//!   imports = [ ./gaming.nix ];
//!   custom.gaming.enable = true;
//! }
//! #- /gaming.nix
//! { lib, ... }:
//! {
//!   options.custom.gaming.enable = lib.mkEnableOption "games";
//! }
//! ```

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity, edits, listed};
use crate::module_system::path_text;
use crate::repository::Undeclared;

pub(super) const RULE: Rule = Rule {
    id: "option-not-imported",
    chapter: Chapter::Modules,
    severity: Severity::Error,
    source: include_str!("option_not_imported.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let all = context.undeclared();
    let found = all.iter().filter(|one| !one.declared_by.is_empty() && context.owns(one.at.file));
    found.map(|one| report(context, one)).collect()
}

fn report(context: &Context<'_>, one: &Undeclared) -> Diagnostic {
    let path = match one.options.as_slice() {
        [only] => path_text(only),
        _ => path_text(&one.path),
    };
    let modules: Vec<String> = one.declared_by.iter().map(|module| context.flake.relative(&module.path)).collect();
    let message = format!("{path} is declared in {}, which {} does not import", listed(&modules), listed(&one.hosts));
    let mut diagnostic = RULE.finding(one.at, message);
    diagnostic.severity = if one.certain { Severity::Error } else { Severity::Warning };
    diagnostic.hosts = one.hosts.clone();
    for module in &one.declared_by {
        let related = context.related(module.origin, format!("declared here, for {}", module.host));
        diagnostic.related.extend(related);
    }
    // Whatever else the module does, the host does then too.
    for module in one.declared_by.iter().filter(|module| module.importable) {
        let (file, inline) = one.set_by;
        if let Some((edit, path)) = edits::add_import(context.repository, file, inline, &module.path) {
            diagnostic.fixes.push(Fix {
                title: format!("Import {path}"),
                edits: vec![edit],
                is_unsafe: true,
                ..Fix::default()
            });
        }
    }
    diagnostic
}
