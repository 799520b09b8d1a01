//! `imports` that depend on `config` or `pkgs`.
//!
//! What `config` and `pkgs` are is known only once all modules are, and so Nix stops with `infinite recursion encountered`. What may decide about
//! imports are `specialArgs` (and `extraSpecialArgs` of homes): they are there before any module is. Or the module is imported always,
//! and what it sets stands under `lib.mkIf`.
//!
//! The same is true of what `_module.args` gives. An argument that nobody gives at all is `missing-special-arg`.
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
//! { config, lib, ... }:
//! {
//!   imports = lib.optional config.services.xserver.enable ./desktop.nix;
//! # ^^^^^^^
//! }
//! #- /desktop.nix
//! { }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem {
//!       specialArgs.desktop = true;
//!       modules = [ ./box.nix ];
//!     };
//!   };
//! }
//! #- /box.nix
//! { config, lib, desktop, ... }:
//! {
//!   imports = lib.optional desktop ./desktop.nix;
//! }
//! #- /desktop.nix
//! { }
//! ```

use std::collections::BTreeMap;

use super::{Chapter, Context, Diagnostic, Rule, Severity, listed, missing_special_arg};
use crate::base::FileRange;
use crate::module_system::ProblemKind;

pub(super) const RULE: Rule = Rule {
    id: "config-in-imports",
    chapter: Chapter::Modules,
    severity: Severity::Error,
    source: include_str!("config_in_imports.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<FileRange, (String, Vec<String>)> = BTreeMap::new();
    for host in context.flake.hosts.iter().filter(|host| host.broken.is_empty()) {
        for problem in &host.facts.problems {
            let ProblemKind::ImportsNeed { argument } = &problem.kind else { continue };
            if missing_special_arg::is_missing(&host.facts, argument) {
                continue;
            }
            let maybe =
                problem.module.and_then(|index| host.facts.modules.get(index)).is_some_and(|module| module.maybe);
            let Some(at) = context.place(problem.origin).filter(|_| !maybe) else { continue };
            let (_, hosts) = found.entry(at).or_insert_with(|| (argument.to_string(), Vec::new()));
            if !hosts.contains(&host.output) {
                hosts.push(host.output.clone());
            }
        }
    }
    let reports = found.into_iter().map(|(at, (argument, hosts))| {
        let hosts_text = listed(&hosts);
        let message = match argument.as_str() {
            "config" | "options" | "pkgs" => format!(
                "these imports depend on {argument}, which only all modules together tell: infinite recursion for \
                 {hosts_text}; import it always and use lib.mkIf inside, or decide by specialArgs"
            ),
            _ => format!(
                "these imports depend on {argument}, which comes by _module.args, and that only all modules together \
                 tell: infinite recursion for {hosts_text}; pass {argument} in specialArgs (extraSpecialArgs of homes)"
            ),
        };
        let mut diagnostic = RULE.finding(at, message);
        diagnostic.hosts = hosts;
        diagnostic
    });
    reports.collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing;

    #[track_caller]
    fn check(special: &str, module: &str, expected: usize) {
        let text = format!(
            "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-unstable\";\n  \
             outputs = {{ nixpkgs, ... }}: {{\n    nixosConfigurations.box = nixpkgs.lib.nixosSystem {{\n      \
             specialArgs = {{ {special} }};\n      modules = [ ./box.nix ];\n    }};\n  }};\n}}\n\
             #- /box.nix\n{module}\n#- /a.nix\n{{ }}\n"
        );
        let (_, found) = testing::found(RULE.id, &crate::fixture::Fixture::parse(&text));
        assert_eq!(found.len(), expected, "{module}: {found:#?}");
    }

    /// What is found in a host with these special arguments and modules.
    fn findings(rule: &'static str, special: &str, files: &str) -> Vec<String> {
        let text = format!(
            "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-unstable\";\n  \
             outputs = inputs@{{ nixpkgs, ... }}: {{\n    nixosConfigurations.box = nixpkgs.lib.nixosSystem {{\n      \
             specialArgs = {{ {special} }};\n      modules = [ ./box.nix ];\n    }};\n  }};\n}}\n{files}\n"
        );
        let (_, found) = testing::found(rule, &crate::fixture::Fixture::parse(&text));
        found.into_iter().map(|it| it.message).collect()
    }

    #[test]
    fn an_argument_that_nobody_gives_is_what_is_missing() {
        let files = "#- /box.nix\n{ inputs, ... }: { imports = [ inputs.self.nixosModules.a ]; }";
        assert_eq!(findings(RULE.id, "", files), Vec::<String>::new());
        assert_eq!(
            findings("missing-special-arg", "", files),
            [
                "the imports of this module need inputs, which nixosConfigurations.box does not pass: infinite recursion; add it to specialArgs"
            ]
        );
        assert_eq!(findings("missing-special-arg", "inherit inputs;", files), Vec::<String>::new());
    }

    #[test]
    fn an_argument_of_module_args_comes_too_late() {
        let files = "#- /box.nix\n{ own, ... }: { imports = [ own.module ]; _module.args.own.module = { }; }";
        assert_eq!(
            findings(RULE.id, "", files),
            [
                "these imports depend on own, which comes by _module.args, and that only all modules together tell: infinite \
              recursion for nixosConfigurations.box; pass own in specialArgs (extraSpecialArgs of homes)"
            ]
        );
        assert_eq!(findings("missing-special-arg", "", files), Vec::<String>::new());
    }

    #[test]
    fn files_that_import_each_other_are_no_config() {
        let failing = |files: &str| {
            assert_eq!(findings(RULE.id, "", files), Vec::<String>::new());
            findings("failing-host", "", files)
        };
        let circle = "#- /box.nix\n{ config, ... }: { imports = import ./a.nix; }\n#- /a.nix\nimport ./b.nix\n#- /b.nix\nimport ./a.nix ++ [ ]";
        assert_eq!(failing(circle), ["a.nix imports itself, so that nixosConfigurations.box cannot be evaluated"]);
        let values = "#- /box.nix\n{ imports = [ (import ./a.nix) ]; }\n#- /a.nix\n{ imports = [ (import ./b.nix) ]; }\n#- /b.nix\n{ imports = [ (import ./a.nix) ]; }";
        assert_eq!(
            failing(values),
            [
                "infinite recursion: this imports, by value, a module that imports this again; import paths, so that nixosConfigurations.box cannot be evaluated"
            ]
        );
        let paths = "#- /box.nix\n{ imports = [ ./a.nix ]; }\n#- /a.nix\n{ imports = [ ./b.nix ]; }\n#- /b.nix\n{ imports = [ ./a.nix ]; }";
        assert_eq!(failing(paths), Vec::<String>::new());
    }

    #[test]
    fn packages() {
        let module = "{ lib, pkgs, ... }: { imports = lib.optional pkgs.stdenv.isLinux ./a.nix; }";
        check("", module, 1);
        check("pkgs = nixpkgs.legacyPackages.x86_64-linux;", module, 0);
        check("", "{ lib, pkgs, ... }: { imports = [ (if pkgs.stdenv.isLinux then ./a.nix else { }) ]; }", 1);
        check("", "{ lib, pkgs, ... }: { imports = [ (import ./a.nix // { x = pkgs.y; }) ]; }", 0);
        check("", "{ lib, pkgs, ... }: { imports = [ ({ ... }: { a = pkgs.b; }) ]; }", 0);
        check(
            "inputs = { };",
            "{ lib, pkgs, inputs, ... }: { imports = lib.optional (inputs ? x) (import ./a.nix pkgs); }",
            0,
        );
    }
}
