//! Definitions of one option that contradict each other.
//!
//! A host is given different values of the same priority for an option that has room for one: a boolean, a number, a string.
//! Nix refuses the configuration once the option is read: `The option … has conflicting definition values`. Where no definition
//! in force reads an option of the repository it is a warning. One of them has to be stronger (`lib.mkForce`) or the
//! others weaker (`lib.mkDefault`). Which one is meant only a person knows, so the fixes count as unsafe.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./base.nix ./box.nix ]; };
//!   };
//! }
//! #- /base.nix
//! { config, lib, ... }:
//! {
//!   options.custom.shell = lib.mkOption { type = lib.types.str; };
//!   config.custom.shell = "bash";
//!   config.services.openssh.enable = true;
//!   config.environment.etc.shell.text = config.custom.shell;
//! }
//! #- /box.nix
//! { lib, ... }:
//! {
//!   custom.shell = "fish";
//! # ^^^^^^^^^^^^^^^^^^^^^^
//!   services.openssh.enable = false;
//! # ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./base.nix ./box.nix ]; };
//!   };
//! }
//! #- /base.nix
//! { config, lib, ... }:
//! {
//!   options.custom.shell = lib.mkOption { type = lib.types.str; };
//!   options.custom.motd = lib.mkOption { type = lib.types.lines; };
//!   config.custom.shell = lib.mkDefault "bash";
//!   config.custom.motd = "a";
//!   config.services.openssh.enable = lib.mkIf (config.custom.shell == "bash") true;
//!   config.environment.etc.shell.text = config.custom.shell;
//! }
//! #- /box.nix
//! {
//!   custom.shell = "fish";
//!   custom.motd = "b";
//!   services.openssh.enable = false;
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   inputs.home-manager.url = "github:nix-community/home-manager";
//!   outputs = { nixpkgs, home-manager, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem {
//!       modules = [ home-manager.nixosModules.default ./base.nix ./box.nix ];
//!     };
//!   };
//! }
//! #- /base.nix
//! { lib, ... }:
//! {
//!   services.openssh.enable = lib.mkDefault true;
//!   home-manager.users.kit.home.homeDirectory = lib.mkDefault "/home/kit";
//! }
//! #- /box.nix
//! { lib, ... }:
//! {
//!   services.openssh.enable = lib.mkDefault false;
//!   home-manager.users.kit.home.homeDirectory = lib.mkDefault "/srv/kit";
//! }
//! ```

use std::collections::BTreeMap;

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity, edits, listed};
use crate::base::FileRange;
use crate::module_system::path_text;
use crate::repository::{Conflict, Contradiction, conflicts};

pub(super) const RULE: Rule = Rule {
    id: "conflicting-definitions",
    chapter: Chapter::Modules,
    severity: Severity::Error,
    source: include_str!("conflicting_definitions.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<(FileRange, String), Diagnostic> = BTreeMap::new();
    for conflict in conflicts(context.repository, context.flake) {
        let places = conflict.definitions.iter().filter_map(|it| Some((it, context.place(it.origin)?)));
        let mut places: Vec<(&Contradiction, FileRange)> = places.collect();
        places.dedup_by_key(|(_, at)| *at);
        // The last one is where somebody overrides what stood before.
        let Some((last, _)) = places.pop() else { continue };
        let Some(at) = last.origin.and_then(|origin| context.repository.whole_range(origin)) else { continue };
        let path = path_text(&conflict.path);
        let diagnostic = found.entry((at, path)).or_insert_with(|| report(context, &conflict, at, last, &places));
        let needed = || context.flake.host(&conflict.host).is_some_and(|host| context.needs(host, &conflict.path));
        if conflict.is_upstream || needed() {
            diagnostic.severity = Severity::Error;
        }
        if !diagnostic.hosts.contains(&conflict.host) {
            diagnostic.hosts.push(conflict.host.clone());
        }
    }
    let mut found: Vec<Diagnostic> = found.into_values().collect();
    for diagnostic in &mut found {
        let rest = format!("; Nix refuses {} until one of them is stronger", listed(&diagnostic.hosts));
        diagnostic.message.push_str(&rest);
    }
    found
}

fn report(
    context: &Context<'_>,
    conflict: &Conflict,
    at: FileRange,
    last: &Contradiction,
    others: &[(&Contradiction, FileRange)],
) -> Diagnostic {
    let path = path_text(&conflict.path);
    let other = conflict.definitions.iter().rev().find(|it| it.value != last.value);
    let value = |it: Option<&Contradiction>| it.map_or_else(String::new, |it| it.value.clone());
    let message = format!("{path} is set to {} here and to {} elsewhere", last.value, value(other));
    let mut diagnostic = RULE.finding(at, message);
    diagnostic.severity = Severity::Warning;
    for (it, _) in others {
        diagnostic.related.extend(context.related(it.origin, format!("set to {} here", it.value)));
    }
    let wrapped = |origin, function: &str, title: String| {
        let edit = edits::wrap_value(context.repository, origin, function)?;
        Some(Fix { title, edits: vec![edit], is_unsafe: true, ..Fix::default() })
    };
    // mkForce beats plain definitions and nothing that is forced already.
    if conflict.priority > 50 {
        diagnostic.fixes.extend(wrapped(last.origin, "mkForce", format!("Let {} win with mkForce", last.value)));
    }
    if let ([(other, _)], true) = (others, conflict.priority == 100) {
        diagnostic.fixes.extend(wrapped(other.origin, "mkDefault", format!("Make {} a default", other.value)));
    }
    diagnostic
}
