//! A module asks for an argument that nobody passes to it.
//!
//! Nix refuses the configuration once the value of the argument is needed: `attribute … missing`. Pass it in `specialArgs`
//! (`extraSpecialArgs` of homes), or give it a default. Where it is only used under a condition that is not decided it is
//! a hint, and where nothing that is evaluated uses it nothing is said.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./host.nix ]; };
//!   };
//! }
//! #- /host.nix
//! { lib, inputs, ... }:
//! #      ^^^^^^
//! {
//!   environment.etc.nixpkgs.source = inputs.nixpkgs;
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./host.nix ]; };
//!   };
//! }
//! #- /host.nix
//! { lib, inputs, ... }:
//! {
//!   environment.etc.nixpkgs = lib.mkIf false { source = inputs.nixpkgs; };
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }@inputs: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem {
//!       specialArgs = { inherit inputs; };
//!       modules = [ ./host.nix ];
//!     };
//!   };
//! }
//! #- /host.nix
//! { lib, inputs, ... }:
//! {
//!   environment.etc.nixpkgs.source = inputs.nixpkgs;
//! }
//! ```

use std::collections::BTreeMap;

use super::{Chapter, Context, Diagnostic, Rule, Severity, listed};
use crate::base::FileRange;
use crate::module_system::{ModuleSource, ProblemKind};
use crate::repository::{HostKind, Need, argument_need, is_well_known};

pub(super) const RULE: Rule = Rule {
    id: "missing-special-arg",
    chapter: Chapter::Modules,
    severity: Severity::Error,
    source: include_str!("missing_special_arg.rs"),
    check,
};

/// What `lib.evalModules` passes by itself.
const ALWAYS_PASSED: &[&str] = &["lib", "options", "config", "specialArgs", "_class", "_prefix"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<(FileRange, Need), (String, Vec<String>, bool)> = BTreeMap::new();
    for host in &context.flake.hosts {
        // Modules that are not at hand may set `_module.args`.
        let opaque = host
            .facts
            .modules
            .iter()
            .any(|module| matches!(module.source, ModuleSource::Unknown { .. } | ModuleSource::Missing { .. }));
        let foreign = host.facts.modules.iter().any(|module| match &module.source {
            ModuleSource::Input { input, .. } => !is_well_known(context.flake, input),
            _ => false,
        });
        if opaque || host.kind == HostKind::Other {
            continue;
        }
        for problem in &host.facts.problems {
            let ProblemKind::MissingArgument { name } = &problem.kind else { continue };
            let (Some(index), Some(origin)) = (problem.module, problem.origin) else { continue };
            if host.facts.modules.get(index).is_none_or(|module| module.maybe) {
                continue;
            }
            if ALWAYS_PASSED.contains(&name.as_str()) {
                continue;
            }
            // A module that is not at hand and not widespread may pass anything.
            let need = argument_need(context.repository, host, index, origin);
            let need = if foreign { need.min(Need::Perhaps) } else { need };
            let Some(at) = context.place(problem.origin).filter(|_| need > Need::Never) else { continue };
            let (_, hosts, all_homes) = found.entry((at, need)).or_insert_with(|| (name.to_string(), Vec::new(), true));
            *all_homes &= host.kind == HostKind::Home;
            if !hosts.contains(&host.output) {
                hosts.push(host.output.clone());
            }
        }
    }
    let reports = found.into_iter().map(|((at, need), (name, hosts, all_homes))| {
        let into = if all_homes { "extraSpecialArgs" } else { "specialArgs" };
        let verb = if hosts.len() == 1 { "does" } else { "do" };
        let message =
            format!("this module asks for {name}, which {} {verb} not pass; add it to {into}", listed(&hosts));
        let mut diagnostic = RULE.finding(at, message);
        diagnostic.hosts = hosts;
        if need == Need::Perhaps {
            diagnostic.severity = Severity::Hint;
        }
        diagnostic
    });
    reports.collect()
}
