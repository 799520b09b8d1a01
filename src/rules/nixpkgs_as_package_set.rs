//! The flake nixpkgs is used as if it were its packages.
//!
//! An input is what its flake gives, and nixpkgs gives `lib`, `legacyPackages` and little else: `nixpkgs.hello`,
//! `nixpkgs.mkShell` and `nixpkgs.callPackage` do not exist. The packages for a system are
//! `nixpkgs.legacyPackages.${system}`; modules have them as `pkgs`.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     packages.x86_64-linux.tool = nixpkgs.callPackage ./tool.nix { };
//! #                                ^^^^^^^^^^^^^^^^^^^
//!   };
//! }
//! #- /tool.nix
//! { stdenv }: stdenv.mkDerivation { name = "tool"; }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     packages.x86_64-linux.tool = nixpkgs.legacyPackages.x86_64-linux.callPackage ./tool.nix { };
//!     packages.x86_64-linux.rev = builtins.toFile "rev" (nixpkgs.rev or nixpkgs.lastModifiedDate);
//!   };
//! }
//! #- /tool.nix
//! { stdenv }: stdenv.mkDerivation { name = "tool"; }
//! ```

use std::collections::BTreeMap;

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity, edits, listed};
use crate::base::{FileRange, TextEdit};
use crate::hir::{Expr, ExprId, Key, Name};
use crate::repository::{PackageUse, PackageUseKind, is_system};

pub(super) const RULE: Rule = Rule {
    id: "nixpkgs-as-package-set",
    chapter: Chapter::Hosts,
    severity: Severity::Error,
    source: include_str!("nixpkgs_as_package_set.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<FileRange, Diagnostic> = BTreeMap::new();
    let of_outputs = context.flake.package_uses.iter().map(|package| (package, None));
    let of_hosts = context.flake.hosts.iter().flat_map(|host| host.package_uses.iter().map(move |it| (it, Some(host))));
    for (package, host) in of_outputs.chain(of_hosts) {
        let PackageUseKind::Attribute(attribute) = &package.kind else { continue };
        let Some((at, end)) = selection(context, package, attribute) else { continue };
        let diagnostic = found.entry(at).or_insert_with(|| report(context, package, attribute, at, end));
        if let Some(host) = host.filter(|host| !diagnostic.hosts.contains(&host.output)) {
            diagnostic.hosts.push(host.output.clone());
        }
    }
    let mut found: Vec<Diagnostic> = found.into_values().collect();
    for diagnostic in found.iter_mut().filter(|it| !it.hosts.is_empty()) {
        diagnostic.message = format!("{}, in {}", diagnostic.message, listed(&diagnostic.hosts));
    }
    found
}

/// The place of `nixpkgs.attribute` within a selection, and where the part before the attribute ends.
fn selection(
    context: &Context<'_>,
    package: &PackageUse,
    attribute: &Name,
) -> Option<(FileRange, crate::base::TextSize)> {
    let whole = context.place(Some(package.origin))?;
    let data = context.repository.snapshot.file(whole.file).ok()?;
    let expr: ExprId = data.lowered().source_map.expr_with_range(whole.range)?;
    let Expr::Select { base, path, default: None } = data.hir().expr(expr) else { return None };
    let at = path.iter().position(|key| key.name() == Some(attribute))?;
    let Key::Static { key, .. } = path.get(at)? else { return None };
    let map = &data.lowered().source_map;
    let name = map.key(*key).name;
    let before = match at.checked_sub(1).and_then(|before| path.get(before)) {
        Some(Key::Static { key, .. }) => map.key(*key).name.end(),
        Some(Key::Dynamic(_)) => return None,
        None => map.expr(*base).end(),
    };
    let range = crate::base::TextRange::new(whole.range.start(), name.end());
    Some((FileRange { file: whole.file, range }, before))
}

fn report(
    context: &Context<'_>,
    package: &PackageUse,
    attribute: &str,
    at: FileRange,
    before: crate::base::TextSize,
) -> Diagnostic {
    let input = &package.input;
    let message = format!(
        "{input} is a flake and has no {attribute}: packages of a system are in {input}.legacyPackages.${{system}}"
    );
    let mut diagnostic = RULE.finding(at, message);
    let system = edits::system_at(context.repository, at).or_else(|| system_of_output(context, at));
    if let Some(system) = system {
        let edit = TextEdit::insert(before, format!(".legacyPackages.{system}"));
        diagnostic.fixes.push(Fix {
            title: format!("Select from legacyPackages.{system}"),
            edits: vec![(at.file, edit)],
            is_unsafe: true,
            ..Fix::default()
        });
    }
    diagnostic
}

/// The system of the output whose definition a place is in: `packages.x86_64-linux.tool = …`.
fn system_of_output(context: &Context<'_>, at: FileRange) -> Option<Name> {
    let around = context.flake.outputs.iter().filter_map(|output| {
        let system = output.path.get(1).filter(|name| is_system(name))?;
        let whole = context.repository.whole_range(output.definition?)?;
        (whole.file == at.file && whole.range.contains_range(at.range)).then(|| (whole.range.len(), system.clone()))
    });
    around.min().map(|(_, system)| system)
}
