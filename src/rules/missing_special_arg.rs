//! A module asks for an argument that nobody passes to it.
//!
//! Nix refuses the configuration once the value of the argument is needed: `attribute … missing`. Pass it in `specialArgs`
//! (`extraSpecialArgs` of homes), or give it a default. Where it is only used under a condition that is not decided it is
//! a hint, and where nothing that is evaluated uses it nothing is said. A module of an input that is not at hand may pass
//! what it has to its users (`_module.args`); beside one, only `self`, `inputs` and the inputs themselves are reported, as hints.
//! The fix passes the argument where the host is built and a name for it is in scope; it is no safe one where that call
//! builds other hosts too.
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
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   inputs.extras.url = "github:somebody/extras";
//!   outputs = { nixpkgs, extras, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem {
//!       modules = [ extras.nixosModules.default ./host.nix ];
//!     };
//!   };
//! }
//! #- /host.nix
//! { extraPkgs, ... }:
//! {
//!   environment.systemPackages = [ extraPkgs.greeter ];
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   inputs.disko.url = "github:nix-community/disko";
//!   outputs = { nixpkgs, disko, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem {
//!       modules = [ disko.nixosModules.default ./image.nix ];
//!     };
//!   };
//! }
//! #- /image.nix
//! { diskoLib, ... }:
//! {
//!   environment.etc.disks.text = diskoLib.describe "box";
//! }
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity, edits, listed};
use crate::base::FileRange;
use crate::eval::Origin;
use crate::module_system::{Facts, ModuleSource, Problem, ProblemKind};
use crate::repository::{HostKind, Need, argument_need, is_well_known, passes_argument};

pub(super) const RULE: Rule = Rule {
    id: "missing-special-arg",
    chapter: Chapter::Modules,
    severity: Severity::Error,
    source: include_str!("missing_special_arg.rs"),
    check,
};

/// An argument that a module asks for.
struct Asked {
    name: String,
    hosts: Vec<String>,
    all_homes: bool,
    /// Whether imports need it, at least for one of the hosts.
    for_imports: bool,
}

/// What `lib.evalModules` passes by itself.
const ALWAYS_PASSED: &[&str] = &["lib", "options", "config", "specialArgs", "_class", "_prefix"];

/// Whether imports of a configuration need an argument that nobody passes and no module gives.
pub(super) fn is_missing(facts: &Facts, argument: &str) -> bool {
    let asks = |problem: &Problem| matches!(&problem.kind, ProblemKind::MissingArgument { name } if name == argument);
    facts.problems.iter().any(asks)
}

/// Whether the imports of the module that has this problem need the argument: what comes by way of other modules comes
/// too late for them, whatever is not known of these modules.
fn is_for_imports(facts: &Facts, module: usize, name: &str) -> bool {
    facts.problems.iter().any(|problem| {
        problem.module == Some(module)
            && matches!(&problem.kind, ProblemKind::ImportsNeed { argument } if argument == name)
    })
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<(FileRange, Need), Asked> = BTreeMap::new();
    for host in &context.flake.hosts {
        // Modules that are not at hand may set `_module.args`.
        let opaque = host
            .facts
            .modules
            .iter()
            .any(|module| matches!(module.source, ModuleSource::Unknown { .. } | ModuleSource::Missing { .. }));
        let inputs: BTreeSet<&str> = host
            .facts
            .modules
            .iter()
            .filter_map(|module| match &module.source {
                ModuleSource::Input { input, at_hand: false, .. }
                | ModuleSource::WithinInput { input, at_hand: false, .. } => Some(input.as_str()),
                _ => None,
            })
            .collect();
        let foreign = inputs.iter().any(|input| !is_well_known(context.flake, input));
        if host.kind == HostKind::Other {
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
            let for_imports = is_for_imports(&host.facts, index, name);
            // A framework that flakewise knows in part may pass what it makes up itself, early enough for imports.
            if for_imports && host.modelled {
                continue;
            }
            // A module that is not at hand and not widespread may pass anything that is its own.
            let may_be_passed = || {
                opaque
                    || foreign && !is_of_this_flake(context, name)
                    || inputs
                        .iter()
                        .any(|input| is_well_known(context.flake, input) && passes_argument(context.flake, input, name))
            };
            if !for_imports && may_be_passed() {
                continue;
            }
            let need = match argument_need(context.repository, host, index, origin) {
                _ if for_imports => Need::Certain,
                need if foreign => need.min(Need::Perhaps),
                need => need,
            };
            let Some(at) = context.place(problem.origin).filter(|_| need > Need::Never) else { continue };
            let asked = found.entry((at, need)).or_insert_with(|| Asked {
                name: name.to_string(),
                hosts: Vec::new(),
                all_homes: true,
                for_imports: false,
            });
            asked.all_homes &= host.kind == HostKind::Home;
            asked.for_imports |= for_imports;
            if !asked.hosts.contains(&host.output) {
                asked.hosts.push(host.output.clone());
            }
        }
    }
    let reports = found.into_iter().map(|((at, need), Asked { name, hosts, all_homes, for_imports })| {
        let into = if all_homes { "extraSpecialArgs" } else { "specialArgs" };
        let verb = if hosts.len() == 1 { "does" } else { "do" };
        let listed = listed(&hosts);
        let message = if for_imports {
            format!(
                "the imports of this module need {name}, which {listed} {verb} not pass: infinite recursion; add it to {into}"
            )
        } else {
            format!("this module asks for {name}, which {listed} {verb} not pass; add it to {into}")
        };
        let mut diagnostic = RULE.finding(at, message);
        diagnostic.fixes.extend(passing(context, &name, &hosts));
        diagnostic.hosts = hosts;
        if need == Need::Perhaps {
            diagnostic.severity = Severity::Hint;
        }
        diagnostic
    });
    reports.collect()
}

/// Passes the argument in the calls that build these hosts.
fn passing(context: &Context<'_>, name: &str, hosts: &[String]) -> Option<Fix> {
    let mut calls: BTreeMap<Origin, &'static str> = BTreeMap::new();
    for host in hosts {
        let host = context.flake.host(host).filter(|host| host.within.is_none())?;
        let attribute = match host.kind {
            HostKind::Nixos | HostKind::Darwin => "specialArgs",
            HostKind::Home | HostKind::Droid => "extraSpecialArgs",
            HostKind::Other => return None,
        };
        calls.insert(host.call?, attribute);
    }
    let mut edits = Vec::new();
    for (call, attribute) in &calls {
        let (call, is_input) = (context.place(Some(*call))?, context.flake.input(name).is_some());
        edits.push(edits::pass_argument(context.repository, call, attribute, name, is_input)?);
    }
    let others = context.flake.hosts.iter().filter(|host| !hosts.contains(&host.output));
    let shared = others.filter_map(|host| host.call).any(|call| calls.contains_key(&call));
    let into = calls.values().next()?;
    (!edits.is_empty()).then(|| Fix {
        title: format!("Pass {name} in {into}"),
        edits,
        is_unsafe: shared,
        ..Fix::default()
    })
}

/// Whether an argument is a thing of this flake by its name, which a module of an input does not have.
fn is_of_this_flake(context: &Context<'_>, name: &str) -> bool {
    matches!(name, "self" | "inputs") || context.flake.input(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixture::Fixture;
    use crate::rules::{Severity, testing};

    #[test]
    fn beside_a_module_that_is_not_at_hand() {
        let found = |name: &str| {
            let text = format!(
                "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-unstable\";\n  \
                 inputs.extras.url = \"github:somebody/extras\";\n  outputs = {{ nixpkgs, extras, ... }}: {{\n    \
                 nixosConfigurations.box = nixpkgs.lib.nixosSystem {{\n      \
                 modules = [ extras.nixosModules.default ./host.nix ];\n    }};\n  }};\n}}\n\
                 #- /host.nix\n{{ {name}, ... }}:\n{{ environment.etc.x.source = {name}; }}\n"
            );
            let (_, found) = testing::found(RULE.id, &Fixture::parse(&text));
            found.iter().map(|it| it.severity).collect::<Vec<_>>()
        };
        assert_eq!(found("extraPkgs"), []);
        for name in ["self", "inputs", "extras"] {
            assert_eq!(found(name), [Severity::Hint], "{name}");
        }
    }

    #[test]
    fn what_a_framework_that_is_known_in_part_may_pass_to_imports() {
        let messages = |flake: &str| {
            let module = "{ quirk, lib, ... }: lib.optionalAttrs (quirk != { }) { age.secrets = quirk; }";
            let text = format!(
                "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-unstable\";\n  \
                 inputs.snowfall-lib.url = \"github:snowfallorg/lib\";\n  outputs = inputs: {flake};\n}}\n\
                 #- /systems/x86_64-linux/box/default.nix\n{module}\n"
            );
            let (_, found) = testing::found(RULE.id, &Fixture::parse(&text));
            found.into_iter().filter(|it| it.severity == Severity::Error).map(|it| it.message).collect::<Vec<_>>()
        };
        let by_hand = "{ nixosConfigurations.box = inputs.nixpkgs.lib.nixosSystem { \
                       modules = [ ./systems/x86_64-linux/box ]; }; }";
        assert_eq!(messages(by_hand).len(), 1);
        assert_eq!(messages("inputs.snowfall-lib.mkFlake { inherit inputs; src = ./.; }"), Vec::<String>::new());
    }

    #[test]
    fn arguments_are_passed_as_others_are() {
        let check = |call: &str, expected: &str| {
            let text = format!(
                "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-unstable\";\n  \
                 outputs = {{ self, nixpkgs, ... }}@inputs: {{\n    nixosConfigurations.box = nixpkgs.lib.nixosSystem {call};\n  }};\n}}\n\
                 #- /host.nix\n{{ self, ... }}:\n{{ environment.etc.x.source = self; }}\n"
            );
            let files = testing::fixed(RULE.id, &text);
            assert!(files[0].1.contains(&format!("nixosSystem {expected};")), "{}", files[0].1);
        };
        check("{ modules = [ ./host.nix ]; }", "{ specialArgs = { inherit self; }; modules = [ ./host.nix ]; }");
        check(
            "{\n      modules = [ ./host.nix ];\n    }",
            "{\n      specialArgs = { inherit self; };\n      modules = [ ./host.nix ];\n    }",
        );
        check(
            "{ specialArgs = { inherit inputs; }; modules = [ ./host.nix ]; }",
            "{ specialArgs = { inherit inputs self; }; modules = [ ./host.nix ]; }",
        );
        check(
            "{ specialArgs = { x = 1; }; modules = [ ./host.nix ]; }",
            "{ specialArgs = { x = 1; inherit self; }; modules = [ ./host.nix ]; }",
        );
        check(
            "{ specialArgs = { } // { x = 1; }; modules = [ ./host.nix ]; }",
            "{ specialArgs = { inherit self; } // { x = 1; }; modules = [ ./host.nix ]; }",
        );
        check(
            "{ specialArgs.x = 1; modules = [ ./host.nix ]; }",
            "{ specialArgs.x = 1; specialArgs.self = self; modules = [ ./host.nix ]; }",
        );
    }
}
