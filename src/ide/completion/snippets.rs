//! What is written again and again: a module, a flake, the declaration of an option, its type.

use super::{CompletionItem, CompletionKind, Context, selections};
use crate::rules::name_of_lib_function;
use crate::semantics::{Kind, enclosing_place};
use crate::syntax::{SyntaxKind::*, SyntaxNode};

const MODULE: &str = "{ config, lib, pkgs, ... }:\n{\n  $0\n}";

const FLAKE: &str = "{\n  description = \"${1:description}\";\n\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-unstable\";\n\n  \
                     outputs =\n    { self, nixpkgs, ... }:\n    {\n      $0\n    };\n}";

/// Values of declarations, and whole files.
pub(super) fn complete(context: &Context, node: &SyntaxNode, items: &mut Vec<CompletionItem>) {
    let snippet = |label: &str, text: String, detail: &str| {
        CompletionItem::new(label, CompletionKind::Snippet, context.word).snippet(text).detail(detail).rank(1)
    };
    if node.parent().is_some_and(|parent| parent.kind() == NODE_ROOT) {
        let (label, text, detail) = match context.analysis.path(context.file).ends_with("/flake.nix") {
            true => ("flake", FLAKE, "a flake with nixpkgs"),
            false => ("module", MODULE, "a module"),
        };
        items.push(snippet(label, text.to_string(), detail));
        return;
    }
    let Some(place) = enclosing_place(node, Vec::new()) else { return };
    let lib = |name: &str| name_of_lib_function(node, name);
    match place.kind {
        Kind::Declare if !place.path.is_empty() => {
            if let (Some(option), Some(types)) = (lib("mkOption"), lib("types")) {
                let text = format!(
                    "{option} {{\n  type = {types}.${{1:str}};\n  default = ${{2:\"\"}};\n  description = \"${{3:description}}\";\n}}$0"
                );
                items.push(snippet(&option, text, "the declaration of an option"));
            }
            if let Some(enable) = lib("mkEnableOption") {
                let text = format!("{enable} \"${{1:what}}\"$0");
                items.push(snippet(&enable, text, "a switch, which is off where nobody sets it"));
            }
        }
        Kind::OptionArguments if place.path.last().and_then(|it| it.name()).is_some_and(|name| name == "type") => {
            if let Some(types) = lib("types") {
                let mut found = Vec::new();
                selections::push_lib(context, &["types".into()], &mut found);
                items.extend(found.into_iter().map(|item| {
                    let text = format!("{types}.{}", item.label);
                    CompletionItem { label: text.clone(), filter_text: Some(item.label.clone()), ..item }
                        .text(text)
                        .rank(0)
                }));
            }
        }
        _ => {}
    }
}
