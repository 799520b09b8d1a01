//! An output is not laid out as the tools that read it expect.
//!
//! `nix build .#hello` looks for `packages.x86_64-linux.hello`: packages, shells, apps and checks have a name of a system
//! above them, and `nix flake check` refuses any other name there. A host in `nixosConfigurations` is what `nixosSystem`
//! makes, not a module or a list of modules. A system has a set of named derivations and no derivation itself, an app a
//! type and a program, an overlay two arguments.
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
//! The flake nixpkgs is not its packages, and a shell has a name:
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     legacyPackages.x86_64-linux = nixpkgs;
//! #                  ^^^^^^^^^^^^
//!     devShells.x86_64-linux = nixpkgs.legacyPackages.x86_64-linux.mkShell { };
//! #             ^^^^^^^^^^^^
//!   };
//! }
//! ```
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   outputs = { self }: {
//!     overlays.default = final: { };
//! #            ^^^^^^^
//!     apps.x86_64-linux.greet = { program = "greet"; };
//! #                     ^^^^^
//!   };
//! }
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
//!     legacyPackages.x86_64-linux = nixpkgs.legacyPackages.x86_64-linux;
//!     overlays.default = final: prev: { };
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ { networking.hostName = "box"; } ]; };
//!   };
//! }
//! ```

use std::collections::BTreeMap;

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity};
use crate::base::{FileRange, TextEdit, TextRange, TextSize};
use crate::eval::attr_name;
use crate::hir::Name;
use crate::repository::{
    Misshapen, OutputKey, OutputName, ShapeFault, is_by_system, is_system, nearest_system, uses_own_output,
};

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
    found.extend(misshapen(context));
    found
}

/// Outputs whose values are not what must be there. What is the same for several systems is said once.
fn misshapen(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<FileRange, (&Misshapen, usize)> = BTreeMap::new();
    for output in context.flake.misshapen.iter() {
        // As with names that are no systems.
        let Some(at) = context.place(output.definition).filter(|at| context.relative(at.file) != "default.nix") else {
            continue;
        };
        found.entry(within_output(context, output, at)).or_insert((output, 0)).1 += 1;
    }
    found.into_iter().map(|(at, (output, times))| misshapen_at(context, at, output, times)).collect()
}

/// The place of a name within an output, or else that of the output: systems may come from a list elsewhere.
fn within_output(context: &Context<'_>, output: &Misshapen, at: FileRange) -> FileRange {
    let top = context.flake.output_names.iter().find(|name| output.path.first() == Some(&name.name));
    let Some(origin) = top.and_then(|top| top.definition) else { return at };
    let is_list = |text: &str| text.starts_with('"');
    let written = context.repository.snapshot.file(at.file).ok();
    let written = written.as_ref().and_then(|data| data.text().get(std::ops::Range::<usize>::from(at.range)));
    let inside = |whole: FileRange| whole.file == at.file && whole.range.contains_range(at.range);
    match context.repository.whole_range(origin) {
        Some(whole) if !inside(whole) && written.is_some_and(is_list) => context.place(Some(origin)).unwrap_or(at),
        _ => at,
    }
}

fn misshapen_at(context: &Context<'_>, at: FileRange, output: &Misshapen, times: usize) -> Diagnostic {
    let names: Vec<String> = output.path.iter().map(|name| attr_name(name)).collect();
    let others = if times > 1 { format!(" (and {} more like it)", times - 1) } else { String::new() };
    let path = format!("{}{others}", names.join("."));
    let first = names.first().cloned().unwrap_or_default();
    let inner = output.path.last().map(Name::as_str).unwrap_or_default();
    let mut severity = Severity::Warning;
    let message = match &output.fault {
        ShapeFault::NoSet(what) => format!("{path} is {what}, and must be a set: `nix flake check` refuses it"),
        ShapeFault::Derivation if first == "apps" && names.len() == 3 => format!(
            "{path} is a derivation and no app: an app is a set with `type = \"app\"` and a `program`; or put it into \
             packages, which `nix run` takes as well"
        ),
        ShapeFault::Derivation => {
            format!("{path} is a derivation where a set of named ones must be: call it {}.default", names.join("."))
        }
        ShapeFault::PackageSet => format!(
            "{path} is a whole package set, which holds more than derivations, so that `nix flake check` refuses it: \
             choose from it, or make it legacyPackages"
        ),
        ShapeFault::Flake => {
            format!("{path} is a flake and not its packages: these are in its legacyPackages.${{system}}")
        }
        ShapeFault::NoDerivation(what) => {
            // Tools that look for homes and hosts of a system do so here.
            if inner.ends_with("Configurations") {
                severity = Severity::Hint;
            }
            format!("{path} is {what}, and must be a derivation: `nix flake check` refuses it")
        }
        ShapeFault::AppLacks(name) => format!("{path} has no {name}, so that `nix run` refuses it"),
        ShapeFault::AppProgram("a derivation") => {
            format!("the program of {path} is a derivation, and must be a string: the path in it, as of `lib.getExe`")
        }
        ShapeFault::AppProgram(what) => format!("the program of {path} is {what}, and must be a string"),
        ShapeFault::AppAttribute(name) => {
            severity = Severity::Hint;
            format!("apps have type, program and meta: newer `nix flake check` refuses {name} in {path}")
        }
        ShapeFault::NoOverlay(what) => {
            format!("{path} is {what} and no overlay, which is a function: `final: prev: …`")
        }
        ShapeFault::OneArgument => format!("{path} takes one argument, and an overlay takes two: `final: prev: …`"),
        ShapeFault::NotFinal(name) => {
            severity = Severity::Hint;
            format!(
                "`nix flake check` refuses {path}: it wants the first argument of an overlay to be called final, not {name}"
            )
        }
        ShapeFault::NoModule(what) => {
            let is_used = |name: &OutputName| uses_own_output(context.repository, context.flake, name);
            if context.flake.output_names.iter().any(|name| name.name == first && is_used(name)) {
                severity = Severity::Hint;
            }
            format!(
                "{path} is {what} and no module: whoever imports it gets an error; a module that imports them is one"
            )
        }
        ShapeFault::TemplateLacks(name) => format!("{path} has no {name}: `nix flake check` refuses it"),
    };
    let mut diagnostic = RULE.finding(at, message);
    diagnostic.severity = severity;
    diagnostic.fixes.extend(shaping(context, at, output));
    diagnostic
}

/// Puts right what is written out in one place.
fn shaping(context: &Context<'_>, at: FileRange, output: &Misshapen) -> Option<Fix> {
    let binding = context.repository.whole_range(output.definition?)?;
    let data = context.repository.snapshot.file(at.file).ok()?;
    let text = |range: TextRange| data.text().get(std::ops::Range::<usize>::from(range));
    let (written, system) = (text(at.range)?, output.path.get(1)?);
    if binding.file != at.file
        || written.trim_matches('"') != system.as_str()
        || !binding.range.contains_range(at.range)
    {
        return None;
    }
    let after = text(TextRange::new(at.range.end(), binding.range.end()))?;
    let value = after.trim_start().strip_prefix('=')?.trim().trim_end_matches(';').trim_end();
    let (title, offset, added) = match &output.fault {
        ShapeFault::Derivation => ("Call it default".to_string(), at.range.end(), ".default".to_string()),
        // A name, or a selection: nothing needs parentheses.
        ShapeFault::Flake if value.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '\'')) => {
            let end = after.rfind(value)? + value.len();
            let offset = at.range.end() + TextSize::try_from(end).ok()?;
            (format!("Select legacyPackages.{system}"), offset, format!(".legacyPackages.{}", attr_name(system)))
        }
        _ => return None,
    };
    let edits = vec![(at.file, TextEdit::insert(offset, added))];
    Some(Fix { title, edits, is_unsafe: true, ..Fix::default() })
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
    use crate::fixture::Fixture;
    use crate::rules::Severity;
    use crate::rules::testing::{self, assert_marks};

    #[test]
    fn what_is_built_without_the_flake_has_any_shape() {
        let text = "#- /flake.nix\n{ outputs = _: import ./.; }\n#- /default.nix\n{ checks.all = derivation { name = \"all\"; system = \"x86_64-linux\"; builder = \"sh\"; }; }\n";
        assert_marks(super::RULE.id, text);
    }

    #[test]
    fn what_the_flake_uses_itself_is_only_called_wrongly() {
        let text = "#- /flake.nix\n{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = { self, nixpkgs }: {\n    homeConfigurations.ada = { imports = [ ]; };\n#                      ^^^\n    nixosConfigurations.box = nixpkgs.lib.nixosSystem {\n      modules = [ { home-manager.users.ada = self.homeConfigurations.ada; } ];\n    };\n  };\n}\n";
        let (_, found) = assert_marks(super::RULE.id, text);
        assert_eq!(found[0].severity, Severity::Hint);
    }

    /// The messages for a flake with these outputs.
    fn messages(outputs: &str) -> Vec<(String, Severity)> {
        let text = format!(
            "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  inputs.other.url = \"github:a/b\";\n  \
             outputs = {{ self, nixpkgs, other, ... }}: let pkgs = nixpkgs.legacyPackages.x86_64-linux; lib = nixpkgs.lib; in {{\n{outputs}\n  }};\n}}\n"
        );
        let (_, found) = testing::found(super::RULE.id, &Fixture::parse(&text));
        found.into_iter().map(|it| (it.message, it.severity)).collect()
    }

    #[test]
    fn what_nix_flake_check_refuses() {
        let said = |outputs: &str, expected: &str| {
            let found = messages(outputs);
            assert!(
                matches!(&found[..], [(message, Severity::Warning)] if message.contains(expected)),
                "{outputs}: {found:#?}"
            );
        };
        said("packages.x86_64-linux = pkgs;", "packages.x86_64-linux is a whole package set");
        said(
            "packages.x86_64-linux = import nixpkgs { system = \"x86_64-linux\"; overlays = [ ]; };",
            "a whole package set",
        );
        said("packages.x86_64-linux = nixpkgs;", "is a flake and not its packages");
        said("packages.x86_64-linux = [ pkgs.hello ];", "is a list, and must be a set");
        said("packages = [ pkgs.hello ];", "packages is a list, and must be a set");
        said(
            "packages.x86_64-linux.a = { b = pkgs.hello; };",
            "packages.x86_64-linux.a is a set, and must be a derivation",
        );
        said("checks.x86_64-linux.a = null;", "checks.x86_64-linux.a is null, and must be a derivation");
        said("packages.x86_64-linux.a = final: prev: { };", "is a function, and must be a derivation");
        said("devShells.x86_64-linux = pkgs.mkShell { packages = [ ]; };", "call it devShells.x86_64-linux.default");
        let systems =
            "devShells = lib.genAttrs lib.systems.flakeExposed (system: nixpkgs.legacyPackages.${system}.mkShell { });";
        said(systems, "more like it) is a derivation where a set of named ones must be");
        said("formatter.x86_64-linux = \"nixfmt\";", "formatter.x86_64-linux is a string, and must be a derivation");
        said("apps.x86_64-linux.a = { program = \"x\"; };", "has no type");
        said("apps.x86_64-linux.a = { type = \"app\"; };", "has no program");
        said("apps.x86_64-linux.a = { type = \"app\"; program = ./run.sh; };", "is a path, and must be a string");
        said("overlays.default = { };", "overlays.default is a set and no overlay");
        said("overlays = [ (final: prev: { }) ];", "overlays is a list");
        said("nixosModules.a = [ ./a.nix ];", "is a list and no module");
        said("templates.a = { path = ./a; };", "templates.a has no description");
    }

    #[test]
    fn what_it_refuses_in_some_versions_or_only_by_name() {
        let hint = |outputs: &str, expected: &str| {
            let found = messages(outputs);
            assert!(
                matches!(&found[..], [(message, Severity::Hint)] if message.contains(expected)),
                "{outputs}: {found:#?}"
            );
        };
        hint("overlays.default = self: super: { };", "to be called final, not self");
        hint(
            "apps.x86_64-linux.a = { type = \"app\"; program = \"x\"; description = \"it\"; };",
            "refuses description",
        );
        hint("packages.x86_64-linux.homeConfigurations = { };", "must be a derivation");
        hint("nixosModules.a = [ ./a.nix ]; x = self.nixosModules.a;", "is a list and no module");
    }

    #[test]
    fn what_may_be_right() {
        for outputs in [
            "packages.x86_64-linux = { inherit (pkgs) hello; };",
            "packages.x86_64-linux = other.packages.x86_64-linux;",
            "packages.x86_64-linux = import ./pkgs pkgs;",
            "packages.x86_64-linux.a = pkgs.callPackage ./a.nix { };",
            "packages.x86_64-linux.a = { } // pkgs.hello;",
            "packages.x86_64-linux = lib.filterAttrs (n: v: true) pkgs;",
            "packages.x86_64-linux = self.overlays.default pkgs pkgs; overlays.default = final: prev: { a = prev.hello; };",
            "legacyPackages.x86_64-linux = pkgs;",
            "devShells.x86_64-linux = { default = pkgs.mkShell { }; };",
            "devShells.x86_64-linux = (pkgs.callPackage ./shell.nix { }).shells;",
            "formatter.x86_64-linux = pkgs.nixfmt-tree;",
            "apps.x86_64-linux.a = { type = \"app\"; program = \"${pkgs.hello}/bin/hello\"; meta.description = \"it\"; };",
            "apps.x86_64-linux.a = other.lib.mkApp { drv = pkgs.hello; };",
            "overlays.default = _: prev: { };",
            "overlays.default = _final: prev: { };",
            "overlays.default = lib.composeManyExtensions [ (self: super: { }) ];",
            "overlays.default = other.overlays.default;",
            "overlays.default = import ./overlay.nix;",
            "nixosModules.a = ./a.nix; nixosModules.b = { }; nixosModules.c = { lib, ... }: { }; nixosModules.d = \"${other}/d.nix\";",
            "templates.a = { path = ./a; description = \"it\"; };",
        ] {
            assert_eq!(messages(outputs), [], "{outputs}");
        }
    }

    #[test]
    fn an_app_of_flake_parts_needs_no_type() {
        let text = "#- /flake.nix\n{\n  inputs.flake-parts.url = \"github:hercules-ci/flake-parts\";\n  outputs = inputs: inputs.flake-parts.lib.mkFlake { inherit inputs; } {\n    \
                    systems = [ \"x86_64-linux\" ];\n    perSystem = { pkgs, ... }: { apps.a.program = \"x\"; apps.b = { }; packages.c = pkgs.hello; };\n  };\n}\n";
        let (_, found) = testing::found(super::RULE.id, &Fixture::parse(text));
        let messages: Vec<&str> = found.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(messages, ["apps.x86_64-linux.b has no program, so that `nix run` refuses it"]);
    }

    #[test]
    fn fixes() {
        let fixed = |outputs: &str| {
            let text = format!(
                "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = {{ nixpkgs, ... }}: {{\n{outputs}\n  }};\n}}\n"
            );
            let fixture = Fixture::parse(&text);
            let (_, found) = testing::found(super::RULE.id, &fixture);
            let edits = found
                .iter()
                .flat_map(|it| it.fixes.iter().flat_map(|fix| fix.edits.iter().map(|(_, edit)| edit.clone())));
            let text = crate::base::apply_edits(fixture.text("/repo/flake.nix"), &edits.collect::<Vec<_>>())
                .expect("they fit");
            text.lines().nth(3).unwrap_or_default().to_string()
        };
        assert_eq!(
            fixed("legacyPackages.x86_64-linux = nixpkgs;"),
            "legacyPackages.x86_64-linux = nixpkgs.legacyPackages.x86_64-linux;"
        );
        assert_eq!(
            fixed("devShells.x86_64-linux = nixpkgs.legacyPackages.x86_64-linux.mkShell { };"),
            "devShells.x86_64-linux.default = nixpkgs.legacyPackages.x86_64-linux.mkShell { };"
        );
        assert_eq!(
            fixed("devShells = { x86_64-linux = nixpkgs.legacyPackages.x86_64-linux.mkShell { }; };"),
            "devShells = { x86_64-linux.default = nixpkgs.legacyPackages.x86_64-linux.mkShell { }; };"
        );
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
