//! An option is set to a value that is not of its type.
//!
//! Nix refuses the configuration as soon as the option is read: `A definition for option … is not of type …`. It is an error
//! where a definition in force reads the option, else a warning. Only values that are known are looked at, in definitions that are
//! certainly in force. The fix quotes, unquotes, or takes the nearest member of an enum.
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
//! {
//!   custom.web.port = "8080";
//! #                   ^^^^^^
//!   custom.web.proxy = "ngnix";
//! #                    ^^^^^^^
//! }
//! #- /web.nix
//! { config, lib, ... }:
//! {
//!   options.custom.web = {
//!     port = lib.mkOption { type = lib.types.port; };
//!     proxy = lib.mkOption { type = lib.types.enum [ "nginx" "caddy" ]; };
//!   };
//!   config.networking.firewall.allowedTCPPorts = [ config.custom.web.port ];
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
//! { lib, pkgs, ... }:
//! {
//!   custom.web.port = lib.mkIf pkgs.stdenv.isLinux "8080";
//!   custom.web.proxy = lib.mkMerge [ (lib.mkDefault "none") "nginx" ];
//! }
//! #- /web.nix
//! { config, lib, ... }:
//! {
//!   options.custom.web = {
//!     port = lib.mkOption { type = lib.types.port; };
//!     proxy = lib.mkOption { type = lib.types.enum [ "nginx" "caddy" ]; };
//!   };
//!   config.networking.firewall.allowedTCPPorts = [ config.custom.web.port ];
//! }
//! ```

use std::collections::BTreeMap;

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity, edits, listed};
use crate::base::{FileRange, TextEdit, nearest};
use crate::module_system::{Facts, Fault, FaultKind, FaultPlace, TypeKind, path_text};

pub(super) const RULE: Rule = Rule {
    id: "option-type-mismatch",
    chapter: Chapter::Modules,
    severity: Severity::Error,
    source: include_str!("option_type_mismatch.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<(FileRange, String), Diagnostic> = BTreeMap::new();
    for host in context.flake.hosts.iter().filter(|host| host.broken.is_empty()) {
        for fault in &host.facts.faults {
            let (FaultKind::Mismatch { expected }, [place]) = (&fault.kind, &fault.places[..]) else { continue };
            let Some(at) = edits::value_place(context, place) else { continue };
            let path = path_text(&fault.path);
            let diagnostic = found.entry((at, path.clone())).or_insert_with(|| {
                let value = place.value.as_deref().unwrap_or("a value of another kind");
                let message = format!("{path} is of type {}, and {value} is not", expected.description);
                let mut diagnostic = RULE.finding(at, message);
                diagnostic.related = declarations(context, &host.facts, fault);
                diagnostic.fixes.extend(fix(context, at, place, &expected.kind));
                diagnostic.severity = Severity::Warning;
                diagnostic
            });
            if context.needs(host, &fault.path) {
                diagnostic.severity = Severity::Error;
            }
            if !diagnostic.hosts.contains(&host.output) {
                diagnostic.hosts.push(host.output.clone());
            }
        }
    }
    let mut found: Vec<Diagnostic> = found.into_values().collect();
    for diagnostic in &mut found {
        let hosts = listed(&diagnostic.hosts);
        let rest = match diagnostic.severity {
            Severity::Error => format!("; Nix refuses {hosts} over it"),
            _ => format!("; Nix refuses {hosts} as soon as something reads it"),
        };
        diagnostic.message.push_str(&rest);
    }
    found
}

fn declarations(context: &Context<'_>, facts: &Facts, fault: &Fault) -> Vec<super::Related> {
    let option = facts.options.get(fault.option).into_iter();
    let declared = option.flat_map(|option| &option.declarations);
    declared.filter_map(|declaration| context.related(declaration.origin, "declared here")).collect()
}

fn fix(context: &Context<'_>, at: FileRange, place: &FaultPlace, expected: &TypeKind) -> Option<Fix> {
    let data = context.repository.snapshot.file(at.file).ok()?;
    let text = data.text().get(std::ops::Range::from(at.range))?.to_string();
    let value = place.value.clone()?;
    // Only a literal says what was meant.
    if text != value {
        return None;
    }
    let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let (new, is_guess) = match (expected, quoted) {
        (TypeKind::NullOr(inner), _) => return fix(context, at, place, inner),
        (TypeKind::String { .. }, None) if value.parse::<i64>().is_ok() || value == "true" || value == "false" => {
            (format!("\"{value}\""), false)
        }
        (TypeKind::Int { min, max }, Some(digits)) => {
            let number: i64 = digits.parse().ok()?;
            let fits = min.is_none_or(|min| min <= number) && max.is_none_or(|max| number <= max);
            (fits.then(|| number.to_string())?, false)
        }
        (TypeKind::Bool, Some(word @ ("true" | "false"))) => (word.to_string(), false),
        (TypeKind::Enum(members), Some(_)) => (nearest(&value, members.iter().map(String::as_str))?.to_string(), true),
        _ => return None,
    };
    let edits = vec![(at.file, TextEdit::replace(at.range, new.clone()))];
    Some(Fix { title: format!("Replace it by {new}"), edits, is_unsafe: is_guess, ..Fix::default() })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixture::Fixture;
    use crate::rules::{Severity, testing};

    fn flake(ty: &str, value: &str, read: &str) -> String {
        format!(
            "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-unstable\";\n  \
             outputs = {{ nixpkgs, ... }}: {{\n    \
             nixosConfigurations.box = nixpkgs.lib.nixosSystem {{ modules = [ ./box.nix ./m.nix ]; }};\n  }};\n}}\n\
             #- /box.nix\n{{ config, lib, pkgs, inputs, ... }}: with lib; {{\n  custom.x = {value};\n}}\n\
             #- /m.nix\n{{ config, lib, pkgs, ... }}: with lib; {{\n  \
             options.custom.x = mkOption {{ type = with types; {ty}; }};\n  config.environment.etc.x = {read};\n}}\n"
        )
    }

    #[track_caller]
    fn check(ty: &str, value: &str, expected: &[&str]) {
        let fixture = Fixture::parse(&flake(ty, value, "config.custom.x"));
        let (repository, found) = testing::found(RULE.id, &fixture);
        let found: Vec<&str> = found
            .iter()
            .map(|it| {
                assert!(it.severity == Severity::Error || value.starts_with('{'), "{it:?}");
                &fixture.text(&repository.path(it.at.file))[it.at.range]
            })
            .collect();
        assert_eq!(found, expected, "{ty}: {value}");
    }

    #[test]
    fn values() {
        check("bool", "1", &["1"]);
        check("bool", "true", &[]);
        check("str", "./.", &["./."]);
        check("ints.between 1 3", "4", &["4"]);
        check("nullOr int", "\"a\"", &["\"a\""]);
        check("nullOr int", "null", &[]);
        check("listOf str", "[ \"a\" 1 ]", &["1"]);
        check("listOf str", "\"a\"", &["\"a\""]);
        check("attrsOf int", "{ a = 1; b = \"b\"; }", &["\"b\""]);
        check("attrsOf (listOf bool)", "{ a = [ true ]; b = [ 1 ]; }", &["1"]);
        check("either int str", "[ ]", &["[ ]"]);
        check("submodule { options.a = mkOption { type = int; }; }", "{ a = \"1\"; }", &["\"1\""]);
        check("attrsOf (submodule { options.a = mkOption { type = int; }; })", "{ b.a = \"1\"; }", &["\"1\""]);
    }

    #[test]
    fn what_is_not_certain() {
        check("bool", "pkgs.hello", &[]);
        check("bool", "mkIf pkgs.stdenv.isLinux 1", &[]);
        check("bool", "mkIf false 1", &[]);
        check("bool", "mkMerge [ (mkForce true) 1 ]", &[]);
        check("package", "./.", &[]);
        check("path", "inputs.self", &[]);
        check("attrsOf int", "mkMerge [ { a = \"a\"; } { a = mkForce 1; } ]", &[]);
        check("coercedTo int toString str", "1", &[]);
        check("listOf str", "[ \"a\" (mkIf false 1) pkgs.hello ]", &[]);
    }

    #[test]
    fn types_that_depend_on_what_is_set() {
        let colour = "let names = attrNames config.names; in mkOption { type = enum names; }";
        let ty = format!(
            "attrsOf (submodule ({{ config, ... }}: {{\n    options.names = mkOption {{ type = attrsOf str; }};\n    \
             options.main = {colour};\n  }}))"
        );
        check(&ty, "{ a.names.red = \"#ff0000\"; a.main = \"red\"; }", &[]);
    }

    #[test]
    fn aliases_of_options() {
        let alias = "#- /m.nix\n{ lib, ... }: {\n  imports = [ (lib.mkAliasOptionModule [ \"custom\" \"x\" ] \
                     [ \"users\" \"users\" \"kim\" \"packages\" ]) ];\n}\n";
        let text = flake("bool", "[ pkgs.hello ]", "1");
        let (before, _) = text.split_once("#- /m.nix").expect("the module is the last file");
        testing::assert_marks(RULE.id, &format!("{before}{alias}"));
    }

    #[test]
    fn options_that_nothing_reads() {
        let (_, found) = testing::found(RULE.id, &Fixture::parse(&flake("bool", "1", "1")));
        assert_eq!(found.iter().map(|it| it.severity).collect::<Vec<_>>(), [Severity::Warning]);
    }
}
