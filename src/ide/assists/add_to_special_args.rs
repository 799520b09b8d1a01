//! Passes an argument to the modules of a host, which one of them asks for.
//!
//! At the argument of a module, and at the host's `specialArgs` or its name. The argument has to have a name where the host is
//! built. Once something that is evaluated uses it, `missing-special-arg` reports it and has the same change as its fix.
//! Users within a host get theirs from `home-manager.extraSpecialArgs`, which is not looked into.
//!
//! ```nix before
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs";
//!   outputs = { nixpkgs, ... }@inputs: {
//!     nixosConfigurations.nas = nixpkgs.lib.nixosSystem { modules = [ ./host.nix ]; };
//!   };
//! }
//! #- /host.nix
//! { inp$0uts, ... }: { }
//! ```
//!
//! ```nix after
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs";
//!   outputs = { nixpkgs, ... }@inputs: {
//!     nixosConfigurations.nas = nixpkgs.lib.nixosSystem { specialArgs = { inherit inputs; }; modules = [ ./host.nix ]; };
//!   };
//! }
//! ```
//!
//! ```nix before
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs";
//!   outputs = { self, nixpkgs }: {
//!     nixosConfigurations.nas = nixpkgs.lib.nixosSystem {
//!       special$0Args = { user = "ada"; };
//!       modules = [ ./host.nix ];
//!     };
//!   };
//! }
//! #- /host.nix
//! { self, user, ... }: { environment.etc.source.source = self; }
//! ```
//!
//! ```nix after
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs";
//!   outputs = { self, nixpkgs }: {
//!     nixosConfigurations.nas = nixpkgs.lib.nixosSystem {
//!       specialArgs = { user = "ada"; inherit self; };
//!       modules = [ ./host.nix ];
//!     };
//!   };
//! }
//! ```
//!
//! ```nix nothing
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.nas = nixpkgs.lib.nixosSystem { modules = [ ./host.nix ]; };
//!   };
//! }
//! #- /host.nix
//! { secr$0ets, ... }: { }
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::{Assist, AssistKind, Context, Offer};
use crate::eval::Origin;
use crate::hir::Name;
use crate::module_system::ProblemKind;
use crate::repository::{Flake, Host, HostKind, Need, argument_need};
use crate::rules::pass_argument;
use crate::semantics::attr_name;
use crate::syntax::ast::{self, AstNode};

pub(super) const ASSIST: Assist = Assist {
    id: "add-to-special-args",
    kind: AssistKind::Quick,
    source: include_str!("add_to_special_args.rs"),
    offer,
};

fn offer(context: &Context<'_>) -> Option<Offer> {
    let flake = context.analysis.flake(context.file)?;
    at_formal(context, flake).or_else(|| at_host(context, flake))
}

/// At the name that a module asks for.
fn at_formal(context: &Context<'_>, flake: &Flake) -> Option<Offer> {
    let entry: ast::PatEntry = context.node()?;
    let name = Name::new(entry.ident()?.syntax().text().to_string());
    let mut calls = BTreeMap::new();
    for host in &flake.hosts {
        for (index, missing, origin) in missing(host) {
            let module = host.facts.modules.get(index).and_then(|module| module.file());
            if module != Some(context.file) || missing != &name {
                continue;
            }
            // What the rule reports it puts right.
            if argument_need(context.analysis.repository(), host, index, origin) > Need::Never || host.within.is_some()
            {
                return None;
            }
            calls.insert(host.call?, attribute(host.kind)?);
        }
    }
    passing(context, flake, &name, &calls)
}

/// At `specialArgs`, and at the name of a host.
fn at_host(context: &Context<'_>, flake: &Flake) -> Option<Offer> {
    let binding: ast::AttrpathValue = context.node()?;
    let last = binding.attrpath()?.attrs().last()?;
    if !last.syntax().text_range().contains_range(context.range) {
        return None;
    }
    let is_set = matches!(attr_name(&last)?.as_str(), "specialArgs" | "extraSpecialArgs");
    let host = flake.hosts.iter().filter(|host| host.within.is_none()).find(|host| {
        let here = |origin: Option<Origin>| {
            let range = origin.filter(|it| it.file == context.file).and_then(|it| context.analysis.range(it));
            range.map(|range| range.range)
        };
        match is_set {
            true => here(host.call).is_some_and(|call| call.contains_range(binding.syntax().text_range())),
            false => here(host.definition) == Some(last.syntax().text_range()),
        }
    })?;
    let names: BTreeSet<&Name> = missing(host).map(|(_, name, _)| name).collect();
    let calls = BTreeMap::from([(host.call?, attribute(host.kind)?)]);
    names.into_iter().find_map(|name| passing(context, flake, name, &calls))
}

/// The arguments that modules of a host ask for and do not get: module, name, place.
fn missing(host: &Host) -> impl Iterator<Item = (usize, &Name, Origin)> {
    host.facts.problems.iter().filter_map(|problem| match &problem.kind {
        ProblemKind::MissingArgument { name } => Some((problem.module?, name, problem.origin?)),
        _ => None,
    })
}

/// Where the arguments of modules stand.
fn attribute(kind: HostKind) -> Option<&'static str> {
    match kind {
        HostKind::Nixos | HostKind::Darwin => Some("specialArgs"),
        HostKind::Home | HostKind::Droid => Some("extraSpecialArgs"),
        HostKind::Other => None,
    }
}

fn passing(context: &Context<'_>, flake: &Flake, name: &Name, calls: &BTreeMap<Origin, &'static str>) -> Option<Offer> {
    let repository = context.analysis.repository();
    let mut edits = Vec::new();
    for (call, attribute) in calls {
        if !context.analysis.is_current(call.file) {
            return None;
        }
        let place = repository.range(*call)?;
        edits.push(pass_argument(repository, place, attribute, name, flake.input(name).is_some())?);
    }
    let into = calls.values().next()?;
    Some(Offer { title: format!("Pass {name} in {into}"), edits, ..Offer::default() })
}
