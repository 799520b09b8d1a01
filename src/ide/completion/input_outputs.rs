//! What inputs give: their outputs, and packages.
//!
//! Where the source of an input is at hand these are its own. Otherwise they are the names that flakes agree on.

use super::{CompletionItem, CompletionKind, Context};
use crate::hir::Name;
use crate::repository::{Flake, GivenNames, input_names, is_by_system, nixpkgs_of, package_names};

/// Outputs that other flakes use.
const CONVENTIONAL: &[(&str, &str)] = &[
    ("darwinModules", "modules of nix-darwin"),
    ("homeManagerModules", "modules of Home Manager, by their old name"),
    ("homeModules", "modules of Home Manager"),
    ("legacyPackages", "nested sets of packages, by system"),
    ("lib", "functions"),
    ("nixosModules", "modules of NixOS"),
    ("overlays", "overlays of nixpkgs"),
    ("packages", "packages, by system"),
];

/// The systems that nixpkgs is built for.
const SYSTEMS: &[&str] = &["x86_64-linux", "aarch64-linux", "aarch64-darwin", "x86_64-darwin"];

/// Outputs with a name for each thing, the usual one of which is `default`.
const BY_NAME: &[&str] =
    &["darwinModules", "flakeModules", "homeManagerModules", "homeModules", "nixosModules", "overlays", "templates"];

/// What an input gives at `path` within its outputs.
pub(super) fn push(context: &Context, flake: &Flake, input: &Name, path: &[Name], items: &mut Vec<CompletionItem>) {
    let mut whole = vec![input.clone()];
    whole.extend(path.iter().cloned());
    let GivenNames { names, open } = &*input_names(context.analysis.snapshot(), flake, &whole);
    let item = |name: &str| CompletionItem::new(name, CompletionKind::Attribute, context.word).text(quoted(name));
    let path: Vec<&str> = path.iter().map(Name::as_str).collect();
    for name in names {
        let what = CONVENTIONAL.iter().find(|(known, _)| path.is_empty() && *known == name.as_str());
        // What Nix says of every flake is hardly ever what somebody looks for.
        let usual = !path.is_empty() || what.is_some();
        let item = item(name).rank(if usual { 0 } else { 2 });
        items.push(match what {
            Some((_, what)) => item.detail(*what),
            None => item,
        });
    }
    let known = |name: &str| names.iter().any(|it| it == name);
    let mut conventional = |name: &str, detail: String| {
        if *open && !known(name) {
            items.push(item(name).detail(detail).rank(1));
        }
    };
    match path.as_slice() {
        [] => CONVENTIONAL.iter().for_each(|(name, what)| conventional(name, format!("{what}, if the input has it"))),
        [output] if is_by_system(output) || *output == "legacyPackages" => {
            SYSTEMS.iter().for_each(|system| conventional(system, "a system".to_string()));
        }
        [output] if BY_NAME.contains(output) => {
            conventional("default", "the usual one".to_string());
            // Most inputs have one module, which has their name.
            conventional(input, "a usual name".to_string());
        }
        ["legacyPackages", _] if nixpkgs_of(flake).is_some_and(|it| it.name == *input) => {
            packages_of(context, flake, input, items);
        }
        [output, _] if is_by_system(output) => conventional("default", "the usual one".to_string()),
        _ => {}
    }
}

/// The packages of the nixpkgs that the flake has.
pub(super) fn push_packages(context: &Context, flake: &Flake, items: &mut Vec<CompletionItem>) {
    if let Some(input) = nixpkgs_of(flake) {
        packages_of(context, flake, &input.name, items);
    }
}

fn packages_of(context: &Context, flake: &Flake, input: &Name, items: &mut Vec<CompletionItem>) {
    let names = package_names(context.analysis.snapshot(), flake, input);
    let item = |name: &Name| CompletionItem::new(name.as_str(), CompletionKind::Attribute, context.word);
    items.extend(names.iter().map(|name| item(name).text(quoted(name)).detail("a package").rank(2)));
}

/// A name as it is written after a dot.
fn quoted(name: &str) -> String {
    crate::eval::attr_name(name)
}
