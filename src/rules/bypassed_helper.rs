//! A host is built by hand beside a helper that could build it.
//!
//! What the helper gives to all hosts, this one has to repeat, and will miss when the helper changes.
//! Build it with the helper, or give the helper an argument for what this host does differently.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }:
//!     let
//!       mkSystem = modules: nixpkgs.lib.nixosSystem { modules = modules ++ [ { time.timeZone = "UTC"; } ]; };
//!     in
//!     {
//!       nixosConfigurations.box = mkSystem [ { networking.hostName = "box"; } ];
//!       nixosConfigurations.nas = nixpkgs.lib.nixosSystem {
//! #                         ^^^
//!         modules = [ { networking.hostName = "nas"; } { time.timeZone = "UTC"; } ];
//!       };
//!     };
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }:
//!     let
//!       mkSystem = modules: nixpkgs.lib.nixosSystem { modules = modules ++ [ { time.timeZone = "UTC"; } ]; };
//!     in
//!     {
//!       nixosConfigurations.box = mkSystem [ { networking.hostName = "box"; } ];
//!       nixosConfigurations.nas = mkSystem [ { networking.hostName = "nas"; } ];
//!     };
//! }
//! ```

use super::{Chapter, Context, Diagnostic, Rule, Severity};
use crate::eval::{Origin, Site};
use crate::hir::Expr;
use crate::repository::{Helper, Host, HostKind};

pub(super) const RULE: Rule = Rule {
    id: "bypassed-helper",
    chapter: Chapter::Hosts,
    severity: Severity::Information,
    source: include_str!("bypassed_helper.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for host in context.flake.hosts.iter().filter(|host| is_plain_host(host)) {
        // A host that any function of the repository builds is not written by hand.
        if !host.helpers.is_empty() || host.call.is_none() || !host.broken.is_empty() {
            continue;
        }
        let Some(helper) = context.flake.helpers.iter().find(|helper| could_build(context, helper, host)) else {
            continue;
        };
        let Some(at) = context.place(host.definition) else { continue };
        let others = helper.hosts.iter().filter(|other| is_plain(other, host.kind)).count();
        let why = match others {
            0 => "which nothing uses".to_string(),
            1 => "which builds another host".to_string(),
            count => format!("which builds {count} others"),
        };
        let message = format!("{} is built by hand beside {}, {why}", host.name, helper.name);
        let mut diagnostic = RULE.finding(at, message);
        diagnostic.hosts = vec![host.output.clone()];
        diagnostic.related.extend(context.related(Some(helper.origin), format!("{} is here", helper.name)));
        found.push(diagnostic);
    }
    found
}

/// Whether a host stands among the outputs for hosts of its kind, and is no
/// image or container made from a configuration.
fn is_plain_host(host: &Host) -> bool {
    host.within.is_none() && is_plain(&host.output, host.kind)
}

fn is_plain(output: &str, kind: HostKind) -> bool {
    let root = match kind {
        HostKind::Nixos => "nixosConfigurations.",
        HostKind::Darwin => "darwinConfigurations.",
        HostKind::Home => "homeConfigurations.",
        HostKind::Droid => "nixOnDroidConfigurations.",
        HostKind::Other => return false,
    };
    output.starts_with(root)
}

/// Whether a helper builds hosts like this one: other plain hosts, or none yet but it is in scope.
fn could_build(context: &Context<'_>, helper: &Helper, host: &Host) -> bool {
    if helper.builds != host.kind {
        return false;
    }
    if helper.hosts.iter().any(|other| is_plain(other, host.kind)) {
        return true;
    }
    helper.hosts.is_empty() && host.call.is_some_and(|call| in_scope(context, helper.origin, call))
}

/// Whether the `let` or the set that binds a name is around a place.
fn in_scope(context: &Context<'_>, binding: Origin, place: Origin) -> bool {
    let (Site::Key(key), Some(at)) = (binding.site, context.repository.range(place)) else { return false };
    if binding.file != place.file {
        return false;
    }
    let Ok(data) = context.repository.snapshot.file(binding.file) else { return false };
    let around = data.hir().exprs().find_map(|(id, expr)| {
        let binds = match expr {
            Expr::Let { bindings, .. } => bindings.attrs.iter().any(|attr| attr.keys.contains(&key)),
            Expr::Attrs(set) if set.recursive => set.attrs.iter().any(|attr| attr.keys.contains(&key)),
            _ => false,
        };
        binds.then(|| data.lowered().source_map.expr(id))
    });
    around.is_some_and(|range| range.contains_range(at.range))
}
