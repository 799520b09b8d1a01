//! A standalone home is given the configuration of a host.
//!
//! Modules that ask for `osConfig` want to know about the system they run on. A standalone home runs on any system: what it is
//! told about one host of this flake is wrong on all others, ties the home to that host's
//! architecture, and evaluates the whole host for the home (in a circle, where the host holds the home). Let
//! modules work without `osConfig` (`osConfig ? null`), or pass what they need as plain values.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   inputs.home-manager.url = "github:nix-community/home-manager";
//!   outputs = { self, nixpkgs, home-manager, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ { networking.hostName = "box"; } ]; };
//!     homeConfigurations.ada = home-manager.lib.homeManagerConfiguration {
//!       pkgs = nixpkgs.legacyPackages.x86_64-linux;
//!       extraSpecialArgs = { osConfig = self.nixosConfigurations.box.config; };
//! #                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//!       modules = [ { home.username = "ada"; } ];
//!     };
//!   };
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   inputs.home-manager.url = "github:nix-community/home-manager";
//!   outputs = { self, nixpkgs, home-manager, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ { networking.hostName = "box"; } ]; };
//!     homeConfigurations.ada = home-manager.lib.homeManagerConfiguration {
//!       pkgs = nixpkgs.legacyPackages.x86_64-linux;
//!       extraSpecialArgs = { osConfig = null; };
//!       modules = [ { home.username = "ada"; } ];
//!     };
//!   };
//! }
//! ```

use std::collections::BTreeMap;

use super::{Chapter, Context, Diagnostic, Rule, Severity, listed};

pub(super) const RULE: Rule = Rule {
    id: "simulated-os-config",
    chapter: Chapter::Hosts,
    severity: Severity::Warning,
    source: include_str!("simulated_os_config.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<crate::base::FileRange, Diagnostic> = BTreeMap::new();
    for host in &context.flake.hosts {
        for simulated in &host.simulated_os_config {
            let Some(at) = context.place(simulated.origin.or(host.definition)) else { continue };
            let diagnostic = found.entry(at).or_insert_with(|| {
                let message = format!(
                    "a home without a system gets the configuration of {} as {}: it is wrong on every other system",
                    listed(&simulated.hosts),
                    simulated.argument
                );
                RULE.finding(at, message)
            });
            diagnostic.hosts.push(host.output.clone());
            let chosen = context.related(simulated.through, format!("{} is chosen here", simulated.argument));
            diagnostic.related.extend(chosen.filter(|it| !diagnostic.related.contains(it)));
            for os in simulated.hosts.iter().filter_map(|output| context.flake.host(output)) {
                let related = context.related(os.definition, format!("{} is defined here", os.output));
                diagnostic.related.extend(related.filter(|it| !diagnostic.related.contains(it)));
            }
        }
    }
    found.into_values().collect()
}
