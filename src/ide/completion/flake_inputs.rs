//! Inputs of the flake, wherever one can be named.

use super::{CompletionItem, CompletionKind, Context};
use crate::ide::markdown;
use crate::repository::Flake;
use crate::semantics::Segment;
use crate::syntax::ast::{self, AstNode};
use crate::syntax::{SyntaxKind::*, SyntaxNode};

/// What an input takes.
const INPUT_ATTRS: &[(&str, &str)] = &[
    ("url", "Where the input comes from"),
    ("follows", "Another input that it is"),
    ("inputs", "Inputs of the input"),
    ("flake", "Whether it is a flake; true unless it is said"),
];

/// What flake.nix has at its top.
const FLAKE_ATTRS: &[(&str, &str)] = &[
    ("description", "One line about the flake"),
    ("inputs", "Other flakes and sources"),
    ("nixConfig", "Settings of Nix for this flake"),
    ("outputs", "What the flake gives"),
];

/// All inputs as proposals.
pub(super) fn push_inputs(context: &Context, flake: &Flake, items: &mut Vec<CompletionItem>) {
    for input in flake.inputs.iter() {
        let item = CompletionItem::new(input.name.as_str(), CompletionKind::Input, context.word).rank(0);
        let item = match (&input.url, &input.follows) {
            (Some(url), _) => item.detail(url.text.as_str()),
            (None, Some(follows)) => item.detail(format!("follows {}", follows.text)),
            (None, None) => item,
        };
        items.push(match markdown::input(flake, &input.name) {
            Some(text) => item.documentation(text),
            None => item,
        });
    }
}

/// The flake whose flake.nix is being edited.
fn own_flake<'a>(context: &Context<'a>) -> Option<&'a Flake> {
    context.analysis.flake(context.file).filter(|flake| flake.file == context.file).map(|flake| &**flake)
}

/// The string of `follows`.
pub(super) fn in_string(context: &Context, string: &ast::Str, items: &mut Vec<CompletionItem>) {
    let Some(flake) = own_flake(context) else { return };
    let path = path_around(string.syntax());
    if path.last().is_some_and(|last| last == "follows") && path.first().is_some_and(|first| first == "inputs") {
        // An input that follows itself is none.
        let own = path.get(1).filter(|_| path.len() == 3);
        push_inputs(context, flake, items);
        items.retain(|item| own.is_none_or(|own| item.label != *own));
    }
}

/// Names in `inputs`, and the top of flake.nix.
pub(super) fn in_binding(context: &Context, set: &SyntaxNode, before: &[Segment], items: &mut Vec<CompletionItem>) {
    let Some(flake) = own_flake(context) else { return };
    let mut path = path_around(set);
    path.extend(before.iter().map(|segment| segment.name().map(ToString::to_string).unwrap_or_default()));
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let attrs = match path.as_slice() {
        [] if set.parent().is_some_and(|parent| parent.kind() == NODE_ROOT) => FLAKE_ATTRS,
        ["inputs", _] | ["inputs", _, "inputs", _] => INPUT_ATTRS,
        ["inputs", name, "inputs"] => {
            for inner in markdown::inputs_of(flake, name) {
                items.push(CompletionItem::new(inner, CompletionKind::Input, context.word).rank(0));
            }
            &[]
        }
        _ => &[],
    };
    items.extend(
        attrs.iter().map(|(name, doc)| {
            CompletionItem::new(*name, CompletionKind::Attribute, context.word).detail(*doc).rank(1)
        }),
    );
}

/// The arguments of `outputs`.
pub(super) fn in_formals(context: &Context, function: &SyntaxNode, items: &mut Vec<CompletionItem>) {
    let Some(flake) = own_flake(context) else { return };
    if path_around(function) == ["outputs"] {
        push_inputs(context, flake, items);
        items.push(CompletionItem::new("self", CompletionKind::Argument, context.word).detail("this flake").rank(1));
    }
}

/// The names of the bindings around a node, from the root of the file. Empty inside of functions.
fn path_around(node: &SyntaxNode) -> Vec<String> {
    let mut path = Vec::new();
    for outer in node.ancestors().skip(1) {
        match outer.kind() {
            NODE_ATTRPATH_VALUE => {
                let attrs = ast::AttrpathValue::cast(outer).and_then(|binding| binding.attrpath());
                let names = attrs
                    .into_iter()
                    .flat_map(|path| path.attrs())
                    .map(|attr| crate::semantics::attr_name(&attr).map(|name| name.to_string()).unwrap_or_default());
                let mut names: Vec<String> = names.collect();
                names.append(&mut path);
                path = names;
            }
            NODE_LAMBDA | NODE_APPLY | NODE_LET_IN => return Vec::from(["".to_string()]),
            _ => {}
        }
    }
    path
}
