//! A module of one kind of configuration is imported by another kind.
//!
//! A module for Home Manager in a NixOS host, or the reverse: the options that it sets do not exist there. Modules for homes belong
//! in `home-manager.users.NAME.imports` or `home-manager.sharedModules`, those for the system in the modules of the host.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   inputs.editor.url = "github:nobody/editor";
//!   outputs = { nixpkgs, editor, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem {
//!       modules = [
//!         editor.homeManagerModules.default
//! #       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//!         ./home.nix
//! #       ^^^^^^^^^^
//!       ];
//!     };
//!   };
//! }
//! #- /home.nix
//! { pkgs, ... }:
//! {
//!   home.packages = [ pkgs.hello ];
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   inputs.home-manager.url = "github:nix-community/home-manager";
//!   inputs.editor.url = "github:nobody/editor";
//!   outputs = { nixpkgs, home-manager, editor, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem {
//!       modules = [
//!         editor.nixosModules.default
//!         home-manager.nixosModules.home-manager
//!         { home-manager.users.kim.imports = [ editor.homeManagerModules.default ./home.nix ]; }
//!       ];
//!     };
//!   };
//! }
//! #- /home.nix
//! { pkgs, ... }:
//! {
//!   home.packages = [ pkgs.hello ];
//! }
//! ```

use std::collections::BTreeMap;

use super::{Chapter, Context, Diagnostic, Rule, Severity, listed};
use crate::base::FileRange;
use crate::repository::{HostKind, foreign_kind};

pub(super) const RULE: Rule = Rule {
    id: "mixed-module-class",
    chapter: Chapter::Modules,
    severity: Severity::Warning,
    source: include_str!("mixed_module_class.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<(FileRange, HostKind, HostKind), (String, Vec<String>)> = BTreeMap::new();
    for host in &context.flake.hosts {
        for (index, module) in host.facts.modules.iter().enumerate() {
            let Some(kind) = foreign_kind(host, index) else { continue };
            let Some(at) = context.place(module.import_site) else { continue };
            let name = module.file().map_or_else(|| "this module".to_string(), |file| context.relative(file));
            let (_, hosts) = found.entry((at, kind, host.kind)).or_insert_with(|| (name, Vec::new()));
            if !hosts.contains(&host.output) {
                hosts.push(host.output.clone());
            }
        }
    }
    let reports = found.into_iter().map(|((at, kind, of), (name, hosts))| {
        let message =
            format!("{name} is a module for {}, but {} imports it as one for {}", word(kind), listed(&hosts), word(of));
        let mut diagnostic = RULE.finding(at, message);
        diagnostic.hosts = hosts;
        diagnostic
    });
    reports.collect()
}

fn word(kind: HostKind) -> &'static str {
    match kind {
        HostKind::Nixos => "NixOS",
        HostKind::Darwin => "nix-darwin",
        HostKind::Home => "Home Manager",
        HostKind::Droid => "nix-on-droid",
        HostKind::Other => "something else",
    }
}
