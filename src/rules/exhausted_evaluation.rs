//! An evaluation that flakewise gave up.
//!
//! Each host and each output is evaluated with a bound on the steps, on how deeply it nests, and on how large a value
//! grows, so that a program without an end costs a moment and not the editor. What reached a bound is unknown, and nothing
//! is reported that depends on it. This says where that was: at the innermost call of this flake. Either Nix does not come to an end there
//! either (`infinite recursion`, `stack overflow`), or it has more patience than an editor has.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./box.nix ]; };
//!   };
//! }
//! #- /box.nix
//! { lib, ... }:
//! let
//!   count = from: 1 + count (from + 1);
//! #                   ^^^^^^^^^^^^^^^^ the evaluation of nixosConfigurations.box nests too deeply here; what depends on this is not known
//! in
//! {
//!   imports = lib.optional (count 0 > 3) ./more.nix;
//! }
//! #- /more.nix
//! { }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./box.nix ]; };
//!   };
//! }
//! #- /box.nix
//! { lib, pkgs, config, ... }:
//! let
//!   count = from: if from > 5000 then from else count (from + 1);
//!   isCall = value: builtins.isFunction value || (value ? __functor && isCall (value.__functor value));
//! in
//! {
//!   imports = lib.optional (count 0 > 3) ./more.nix;
//!   environment.etc.call.text = lib.boolToString (isCall config.services.hook);
//!   environment.etc.ini.text = lib.generators.toINI { } { main.shell = pkgs.bash; };
//! }
//! #- /more.nix
//! { }
//! ```

use std::collections::BTreeMap;

use super::{Chapter, Context, Diagnostic, Rule, Severity, listed};
use crate::base::FileRange;
use crate::eval::{Exhausted, Limit};

pub(super) const RULE: Rule = Rule {
    id: "exhausted-evaluation",
    chapter: Chapter::Hosts,
    severity: Severity::Information,
    source: include_str!("exhausted_evaluation.rs"),
    check,
};

/// What ran out at one place.
#[derive(Default)]
struct Concerned {
    /// The hosts and outputs whose evaluation it was.
    outputs: Vec<String>,
    /// Those of them that are hosts.
    hosts: Vec<String>,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<(FileRange, &'static str), Concerned> = BTreeMap::new();
    let of_hosts = context
        .flake
        .hosts
        .iter()
        .flat_map(|host| host.exhausted.iter().map(move |it| (it, host.output.clone(), true, host.place())));
    let of_outputs = context.flake.exhausted.iter().map(|(output, it)| {
        let definition = context.flake.output_names.iter().find(|name| name.name == *output);
        (it, output.to_string(), false, definition.and_then(|name| name.definition))
    });
    for (exhausted, output, is_host, place) in of_hosts.chain(of_outputs) {
        // A call of this flake, or what it is the evaluation of.
        let Some(at) = context.place(exhausted.origin).or_else(|| context.place(place)) else { continue };
        let Concerned { outputs, hosts } = found.entry((at, words(exhausted))).or_default();
        if !outputs.contains(&output) {
            outputs.push(output.clone());
            hosts.extend(is_host.then_some(output));
        }
    }
    let reports = found.into_iter().map(|((at, words), Concerned { outputs, hosts })| {
        let message = format!("the evaluation of {} {words} here; what depends on this is not known", listed(&outputs));
        let mut diagnostic = RULE.finding(at, message);
        diagnostic.hosts = hosts;
        diagnostic
    });
    reports.collect()
}

fn words(exhausted: &Exhausted) -> &'static str {
    match exhausted.limit {
        Limit::Fuel => "takes too many steps",
        Limit::Depth => "nests too deeply",
        Limit::Size => "makes a value that is too large",
    }
}
