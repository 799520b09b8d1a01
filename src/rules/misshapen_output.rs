//! An output is not laid out as the tools that read it expect.
//!
//! `nix build .#hello` looks for `packages.x86_64-linux.hello`: packages, shells, apps and checks have a name of a system
//! above them, and `nix flake check` refuses any other name there. A host in `nixosConfigurations` is what `nixosSystem`
//! makes, not a module or a list of modules.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     packages.hello = nixpkgs.legacyPackages.x86_64-linux.hello;
//! #            ^^^^^
//!     nixosConfigurations.box = ./box.nix;
//! #                       ^^^
//!   };
//! }
//! #- /box.nix
//! { }
//! ```
//!
//! A system that is nearly one is corrected:
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     devShells.x86-64-linux.default = nixpkgs.legacyPackages.x86_64-linux.mkShell { };
//! #             ^^^^^^^^^^^^
//!   };
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     packages.riscv64-linux.hello = nixpkgs.legacyPackages.riscv64-linux.hello;
//!     legacyPackages.anything = { };
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ { networking.hostName = "box"; } ]; };
//!   };
//! }
//! ```

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity};
use crate::base::TextEdit;
use crate::eval::attr_name;
use crate::repository::{OutputKey, OutputName, is_by_system, is_system, nearest_system, uses_own_output};

pub(super) const RULE: Rule = Rule {
    id: "misshapen-output",
    chapter: Chapter::Hosts,
    severity: Severity::Warning,
    source: include_str!("misshapen_output.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for output in context.flake.output_names.iter().filter(|output| !output.maybe) {
        for key in output.keys.iter().filter(|key| !key.maybe) {
            found.extend(match is_by_system(&output.name) {
                true if is_system(&key.name) => None,
                true => no_system(context, output, key),
                false => no_host(context, output, key),
            });
        }
    }
    found
}

/// A name that is no system where one must stand.
fn no_system(context: &Context<'_>, output: &OutputName, key: &OutputKey) -> Option<Diagnostic> {
    let at = context.place(key.definition)?;
    // `nix-build -A checks.all` reads default.nix as it is; that a flake hands it on as well is beside the point.
    if context.relative(at.file) == "default.nix" {
        return None;
    }
    let (output, name) = (&output.name, attr_name(&key.name));
    let meant = nearest_system(&key.name);
    let advice = match meant {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("write {output}.x86_64-linux.{name}, and the same for other systems"),
    };
    let message = format!("{name} is no system, so that no command finds {output}.{name}: {advice}");
    let mut diagnostic = RULE.finding(at, message);
    // The name may also be computed, or stand for something else as well.
    let is_written = || {
        let data = context.repository.snapshot.file(at.file).ok()?;
        let text = data.text().get(std::ops::Range::<usize>::from(at.range))?;
        Some(text.trim_matches('"') == key.name)
    };
    if let Some(meant) = meant.filter(|_| is_written() == Some(true)) {
        diagnostic.fixes.push(Fix {
            title: format!("Rename to {meant}"),
            edits: vec![(at.file, TextEdit::replace(at.range, meant))],
            is_unsafe: true,
            ..Fix::default()
        });
    }
    Some(diagnostic)
}

/// Something else where a host belongs.
fn no_host(context: &Context<'_>, output: &OutputName, key: &OutputKey) -> Option<Diagnostic> {
    let what = key.no_host?;
    let at = context.place(key.definition)?;
    let builder = match output.name.as_str() {
        "nixosConfigurations" => "nixpkgs.lib.nixosSystem",
        "darwinConfigurations" => "darwinSystem",
        "homeConfigurations" => "homeManagerConfiguration",
        _ => "nixOnDroidConfiguration",
    };
    let message = format!(
        "{}.{} is {what} and no host, so that nothing can be built from it: give the modules to {builder}",
        output.name,
        attr_name(&key.name)
    );
    let mut diagnostic = RULE.finding(at, message);
    // What the flake itself takes from there is a module, or the arguments of a function: only the name misleads.
    if uses_own_output(context.repository, context.flake, output) {
        diagnostic.severity = Severity::Hint;
    }
    Some(diagnostic)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::assert_marks;

    #[test]
    fn what_is_built_without_the_flake_has_any_shape() {
        let text = "#- /flake.nix\n{ outputs = _: import ./.; }\n#- /default.nix\n{ checks.all = derivation { name = \"all\"; system = \"x86_64-linux\"; builder = \"sh\"; }; }\n";
        assert_marks(super::RULE.id, text);
    }

    #[test]
    fn what_the_flake_uses_itself_is_only_called_wrongly() {
        let text = "#- /flake.nix\n{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = { self, nixpkgs }: {\n    homeConfigurations.ada = { imports = [ ]; };\n#                      ^^^\n    nixosConfigurations.box = nixpkgs.lib.nixosSystem {\n      modules = [ { home-manager.users.ada = self.homeConfigurations.ada; } ];\n    };\n  };\n}\n";
        let (_, found) = assert_marks(super::RULE.id, text);
        assert_eq!(found[0].severity, crate::rules::Severity::Hint);
    }

    #[test]
    fn hosts_that_are_not_known_are_left_alone() {
        let flake = |outputs: &str| {
            format!(
                "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  inputs.other.url = \"github:a/b\";\n  outputs = {{ nixpkgs, other, ... }}: {{\n{outputs}\n  }};\n}}\n"
            )
        };
        assert_marks(
            super::RULE.id,
            &flake(
                "    nixosConfigurations.a = other.lib.host { };\n    nixosConfigurations.b = { config = other.x; };\n    homeConfigurations = other.homes;",
            ),
        );
        assert_marks(
            super::RULE.id,
            &flake(
                "    nixosConfigurations.a = { imports = [ ]; };\n#                       ^\n    homeConfigurations.b = [ ];\n#                      ^",
            ),
        );
    }
}
