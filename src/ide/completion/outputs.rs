//! The outputs of a flake where they are written: their names, systems, and a new host as the repository builds them.

use super::{CompletionItem, CompletionKind, Context};
use crate::repository::{Flake, HostKind, is_by_system};
use crate::semantics::{Segment, attr_name};
use crate::syntax::ast::{self, AstNode};
use crate::syntax::{SyntaxKind::*, SyntaxNode};

/// Outputs that people write, with what they are.
const OUTPUTS: &[(&str, &str)] = &[
    ("apps", "Programs for `nix run`, by system"),
    ("checks", "What `nix flake check` builds, by system"),
    ("darwinConfigurations", "Hosts of nix-darwin"),
    ("darwinModules", "Modules of nix-darwin for other flakes"),
    ("devShells", "Shells for `nix develop`, by system"),
    ("formatter", "The program of `nix fmt`, by system"),
    ("homeConfigurations", "Homes without a system"),
    ("homeModules", "Modules of Home Manager for other flakes"),
    ("legacyPackages", "Nested sets of packages, by system"),
    ("lib", "Functions for other flakes"),
    ("nixOnDroidConfigurations", "Hosts of nix-on-droid"),
    ("nixosConfigurations", "Hosts of NixOS"),
    ("nixosModules", "Modules of NixOS for other flakes"),
    ("overlays", "Overlays of nixpkgs"),
    ("packages", "Packages, by system"),
    ("templates", "Templates for `nix flake init`"),
];

/// The systems that nixpkgs is built for.
const SYSTEMS: &[&str] = &["x86_64-linux", "aarch64-linux", "aarch64-darwin", "x86_64-darwin"];

/// Names of outputs, and the names in them that mean something.
pub(super) fn in_binding(context: &Context, set: &SyntaxNode, before: &[Segment], items: &mut Vec<CompletionItem>) {
    let Some(flake) = context.analysis.flake(context.file).filter(|flake| flake.file == context.file) else { return };
    let Some(mut path) = path_in_outputs(set) else { return };
    path.extend(before.iter().map(|segment| segment.name().map(ToString::to_string).unwrap_or_default()));
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        [] => items.extend(OUTPUTS.iter().map(|(name, doc)| {
            CompletionItem::new(*name, CompletionKind::Attribute, context.word).detail(*doc).rank(1)
        })),
        [output] if is_by_system(output) || *output == "legacyPackages" => {
            items.extend(
                SYSTEMS
                    .iter()
                    .map(|system| CompletionItem::new(*system, CompletionKind::Attribute, context.word).rank(1)),
            );
        }
        [output] => items.extend(new_host(context, flake, output)),
        _ => {}
    }
}

/// A host, as a helper of the repository builds them, or as nixpkgs does.
fn new_host(context: &Context, flake: &Flake, output: &str) -> Option<CompletionItem> {
    let kind = match output {
        "nixosConfigurations" => HostKind::Nixos,
        "darwinConfigurations" => HostKind::Darwin,
        "homeConfigurations" => HostKind::Home,
        _ => return None,
    };
    let used = flake.helpers.iter().filter(|helper| helper.builds == kind && !helper.hosts.is_empty());
    // The one that most hosts come from, and that this file can name.
    let helper = used.filter(|helper| helper.origin.file == context.file).max_by_key(|helper| helper.hosts.len());
    let (call, detail) = match helper {
        Some(helper) => (
            format!("{} {{\n  $2\n}}", helper.name),
            format!("a host of {}, as {} others", helper.name, helper.hosts.len()),
        ),
        None => {
            let call = match kind {
                HostKind::Darwin => "darwin.lib.darwinSystem {\n  modules = [ $2 ];\n}",
                HostKind::Home => {
                    "home-manager.lib.homeManagerConfiguration {\n  pkgs = nixpkgs.legacyPackages.x86_64-linux;\n  modules = [ $2 ];\n}"
                }
                _ => "nixpkgs.lib.nixosSystem {\n  modules = [ $2 ];\n}",
            };
            (call.to_string(), "a new host".to_string())
        }
    };
    let item = CompletionItem::new("new host", CompletionKind::Snippet, context.word);
    Some(item.snippet(format!("${{1:name}} = {call};$0")).detail(detail).rank(2))
}

/// Systems, where a string says one.
pub(super) fn in_string(context: &Context, string: &ast::Str, items: &mut Vec<CompletionItem>) {
    let mut node = string.syntax().parent();
    if node.as_ref().is_some_and(|it| it.kind() == NODE_LIST) {
        node = node.and_then(|list| list.parent());
    }
    let binding = node.and_then(ast::AttrpathValue::cast);
    let name = binding.and_then(|it| attr_name(&it.attrpath()?.attrs().last()?));
    let says_system = name.is_some_and(|name| {
        matches!(name.as_str(), "system" | "systems" | "hostPlatform" | "localSystem" | "crossSystem")
            || name.ends_with("Systems")
    });
    if says_system {
        let systems = SYSTEMS.iter();
        items.extend(systems.map(|it| CompletionItem::new(*it, CompletionKind::EnumMember, context.word).rank(0)));
    }
}

/// The names from the set that the outputs are down to a set; `None` for any other set.
fn path_in_outputs(set: &SyntaxNode) -> Option<Vec<String>> {
    let mut path: Vec<String> = Vec::new();
    let mut inside = set.clone();
    for outer in set.ancestors().skip(1) {
        match outer.kind() {
            NODE_ATTRPATH_VALUE => {
                let binding = ast::AttrpathValue::cast(outer.clone())?;
                let names: Vec<String> = binding
                    .attrpath()?
                    .attrs()
                    .map(|attr| attr_name(&attr).map(|name| name.to_string()).unwrap_or_default())
                    .collect();
                if names == ["outputs"] {
                    return Some(path);
                }
                path.splice(0..0, names);
            }
            // The value of a name of a `let` stands wherever the name is used.
            NODE_LET_IN if ast::LetIn::cast(outer.clone())?.body()?.syntax() != &inside => return None,
            // Any function but that of the outputs makes sets that are called somewhere else.
            NODE_LAMBDA if !path.is_empty() && !is_outputs(&outer) => return None,
            NODE_LAMBDA | NODE_LET_IN | NODE_ATTR_SET | NODE_PAREN | NODE_WITH | NODE_BIN_OP => {}
            _ => return None,
        }
        inside = outer;
    }
    None
}

/// Whether a function is the value of `outputs`.
fn is_outputs(function: &SyntaxNode) -> bool {
    let binding = function.parent().and_then(ast::AttrpathValue::cast);
    binding.and_then(|binding| binding.attrpath()).is_some_and(|path| path.syntax().text() == "outputs")
}
