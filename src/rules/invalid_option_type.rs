//! What an option is given as its type is no type.
//!
//! `types.oneOf` chooses between types, not between values (that is `types.enum`), `types.listOf` wants the type of the elements,
//! and some names are other languages'. Nix says so only once the option is read, with a message that is hard to follow.
//! Where nothing asks for the type, as nothing reads the option, it is a warning; so is `types.string`, which nixpkgs warns of.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./web.nix ]; };
//!   };
//! }
//! #- /web.nix
//! { lib, ... }:
//! {
//!   options.custom.web = {
//!     proxy = lib.mkOption { type = lib.types.oneOf [ "nginx" "caddy" ]; };
//! #                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//!     public = lib.mkOption { type = lib.types.boolean; };
//! #                                  ^^^^^^^^^^^^^^^^^
//!     name = lib.mkOption { type = lib.types.string; };
//! #                                ^^^^^^^^^^^^^^^^
//!   };
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./web.nix ]; };
//!   };
//! }
//! #- /web.nix
//! { lib, pkgs, ... }:
//! {
//!   options.custom.web = {
//!     proxy = lib.mkOption { type = lib.types.oneOf [ (lib.types.enum [ "nginx" ]) lib.types.int ]; };
//!     settings = lib.mkOption { type = (pkgs.formats.json { }).type; };
//!     any = lib.mkOption { };
//!   };
//! }
//! ```

use std::collections::BTreeMap;

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity, edits, listed};
use crate::base::{FileRange, TextEdit};
use crate::hir::{Expr, ExprId, Key};
use crate::module_system::{Declared, FaultKind, FaultPlace, path_text};

pub(super) const RULE: Rule = Rule {
    id: "invalid-option-type",
    chapter: Chapter::Modules,
    severity: Severity::Error,
    source: include_str!("invalid_option_type.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<FileRange, Diagnostic> = BTreeMap::new();
    for host in &context.flake.hosts {
        for fault in &host.facts.faults {
            let [place] = &fault.places[..] else { continue };
            let path = path_text(&fault.path);
            let (message, instead) = match &fault.kind {
                FaultKind::InvalidType { found, instead: Some(instead), .. } => (
                    format!("{path} has {found} for its type, which does not exist; types.{instead} does"),
                    Some(*instead),
                ),
                FaultKind::InvalidType { found, instead: None, .. } => {
                    (format!("the type of {path} is none: {found} stands where a type is needed"), None)
                }
                FaultKind::DeprecatedType { instead } => {
                    (format!("{path} has a type that nixpkgs warns of; types.{instead} is meant"), Some(*instead))
                }
                _ => continue,
            };
            let Some(at) = edits::value_place(context, place) else { continue };
            // An option without any value is an error of its own, and nobody asks for its type.
            let option = host.facts.options.get(fault.option);
            let has_value = option.is_some_and(|option| option.default.is_some())
                || host.facts.definitions.iter().any(|it| it.status == Declared::Option(fault.option));
            let whole = matches!(fault.kind, FaultKind::InvalidType { of_elements: false, .. });
            let certain = whole && has_value && context.needs(host, &fault.path);
            let diagnostic = found.entry(at).or_insert_with(|| {
                let mut diagnostic = RULE.finding(at, message);
                diagnostic.severity = Severity::Warning;
                diagnostic.fixes.extend(fix(context, place, at, instead));
                diagnostic
            });
            if certain {
                diagnostic.severity = Severity::Error;
            }
            if !diagnostic.hosts.contains(&host.output) {
                diagnostic.hosts.push(host.output.clone());
            }
        }
    }
    let mut found: Vec<Diagnostic> = found.into_values().collect();
    for diagnostic in &mut found {
        let rest = format!(" (for {})", listed(&diagnostic.hosts));
        diagnostic.message.push_str(&rest);
    }
    found
}

fn fix(context: &Context<'_>, place: &FaultPlace, at: FileRange, instead: Option<&str>) -> Option<Fix> {
    let data = context.repository.snapshot.file(at.file).ok()?;
    let lowered = data.lowered();
    let expr = lowered.source_map.expr_with_range(at.range)?;
    // The place of the name in `types.NAME`, or of `oneOf` in a call with strings.
    let last_name = |expr: ExprId| match lowered.file.expr(expr) {
        Expr::Select { path, .. } => match path.last()? {
            Key::Static { key, name } => Some((lowered.source_map.key(*key).name, name.clone())),
            Key::Dynamic(_) => None,
        },
        Expr::Var(var) => Some((lowered.source_map.expr(expr), var.name.clone())),
        _ => None,
    };
    let (range, new) = match (lowered.file.expr(expr), instead) {
        (Expr::Apply { function, argument }, None) => {
            let (range, name) = last_name(*function)?;
            let Expr::List(items) = lowered.file.expr(*argument) else { return None };
            let strings = items.iter().all(|item| matches!(lowered.file.expr(*item), Expr::Str(_)));
            ((name == "oneOf" && strings && place.value_origin.is_some()).then_some(range)?, "enum")
        }
        (_, Some(instead)) => (last_name(expr)?.0, instead),
        _ => return None,
    };
    // A container that stands without its element type does not get better by another name.
    let takes_no_type = !matches!(new, "listOf" | "nullOr");
    takes_no_type.then(|| Fix {
        title: format!("Replace it by {new}"),
        edits: vec![(at.file, TextEdit::replace(range, new))],
        ..Fix::default()
    })
}
