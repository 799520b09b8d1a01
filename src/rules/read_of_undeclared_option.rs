//! A module reads an option that no module of its host declares.
//!
//! Nix stops when the value is needed: `attribute … missing`. Only names below a namespace that the repository owns are looked at, in hosts
//! of which all modules are known; what is read with `or`, or asked about with `?`, may be missing.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./box.nix ./web.nix ]; };
//!   };
//! }
//! #- /box.nix
//! { config, ... }:
//! {
//!   networking.firewall.allowedTCPPorts = [ config.custom.web.prot ];
//! #                                                           ^^^^
//! }
//! #- /web.nix
//! { lib, ... }:
//! {
//!   options.custom.web.port = lib.mkOption { type = lib.types.port; default = 80; };
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./box.nix ./web.nix ]; };
//!   };
//! }
//! #- /box.nix
//! { config, lib, ... }:
//! let
//!   cfg = config.custom.web;
//! in
//! {
//!   networking.firewall.allowedTCPPorts = [ cfg.port (config.custom.web.admin or 81) ];
//!   networking.hostName = config.networking.domain;
//!   options.sites = lib.mkOption {
//!     type = lib.types.attrsOf (lib.types.submodule ({ config, ... }: {
//!       options.a = lib.mkOption { default = config.custom.b; };
//!     }));
//!   };
//! }
//! #- /web.nix
//! { lib, ... }:
//! {
//!   options.custom.web.port = lib.mkOption { type = lib.types.port; default = 80; };
//! }
//! ```

use std::collections::BTreeMap;

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity, listed};
use crate::base::{FileRange, TextEdit};
use crate::eval::attr_name;
use crate::hir::Name;
use crate::module_system::path_text;
use crate::repository::{Namespaces, Need, need_of_place};
use crate::semantics::{module_function, plain_reads};

pub(super) const RULE: Rule = Rule {
    id: "read-of-undeclared-option",
    chapter: Chapter::Modules,
    severity: Severity::Warning,
    source: include_str!("read_of_undeclared_option.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let namespaces = Namespaces::of(context.repository, context.flake);
    let mut found: BTreeMap<FileRange, (String, Option<Name>, Vec<String>)> = BTreeMap::new();
    for (index, host) in context.flake.hosts.iter().enumerate() {
        for (module, facts) in host.facts.modules.iter().enumerate() {
            let Some(file) = facts.file().filter(|file| !facts.maybe && context.owns(*file)) else { continue };
            let Ok(data) = context.repository.snapshot.file(file) else { continue };
            let Some(function) = module_function(&data, facts, "config") else { continue };
            for read in plain_reads(&data, function).iter() {
                let Some((depth, nearest)) = namespaces.missing(index, &read.path) else { continue };
                let Some(path) = read.path.get(..=depth) else { continue };
                // A name that another selection reads is reported there.
                let before = read.path.len() - read.keys.len().min(read.path.len());
                let Some(key) = depth.checked_sub(before).and_then(|at| read.keys.get(at)) else { continue };
                let at = FileRange { file, range: data.lowered().source_map.expr(read.expr) };
                // What no definition of this host uses may be there for others.
                if need_of_place(context.repository, host, module, at) < Need::Certain {
                    continue;
                }
                let at = FileRange { file, range: data.lowered().source_map.key(*key).name };
                let (_, known, hosts) =
                    found.entry(at).or_insert_with(|| (path_text(path), nearest.clone(), Vec::new()));
                if *known != nearest {
                    *known = None;
                }
                if !hosts.contains(&host.output) {
                    hosts.push(host.output.clone());
                }
            }
        }
    }
    let reports = found.into_iter().map(|(at, (path, nearest, hosts))| {
        let meant = nearest.as_ref().map(|name| format!("; did you mean {name}?")).unwrap_or_default();
        let message = format!("{path} is read, but no module of {} declares it{meant}", listed(&hosts));
        let mut diagnostic = RULE.finding(at, message);
        diagnostic.hosts = hosts;
        diagnostic.fixes.extend(nearest.map(|name| Fix {
            title: format!("Read {name}"),
            edits: vec![(at.file, TextEdit::replace(at.range, attr_name(&name)))],
            is_unsafe: true,
            ..Fix::default()
        }));
        diagnostic
    });
    reports.collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing;

    #[test]
    fn homes_in_the_file_of_a_host_see_the_config_of_the_host() {
        let (_, found) = testing::assert_marks(
            RULE.id,
            r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  inputs.home-manager.url = "github:nix-community/home-manager";
  outputs = { nixpkgs, home-manager, ... }: {
    nixosConfigurations.box = nixpkgs.lib.nixosSystem {
      modules = [ home-manager.nixosModules.home-manager ./box.nix ./common.nix ];
    };
  };
}
#- /box.nix
{ config, ... }:
{
  home-manager.users.kim = {
    programs.git.userName = config.common.name;
    home.stateVersion = config.common.missing;
#                                     ^^^^^^^
  };
}
#- /common.nix
{ lib, ... }:
{
  options.common.name = lib.mkOption { type = lib.types.str; default = "kim"; };
}
"#,
        );
        assert_eq!(found[0].hosts, ["nixosConfigurations.box"]);
    }
}
