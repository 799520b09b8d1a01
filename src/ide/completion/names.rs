//! Names in scope, builtins, and keywords.

use super::{CompletionItem, CompletionKind, Context, selections};
use crate::hir::GLOBAL_NAMES;
use crate::semantics::{NameKind, SyntaxRoot, builtin_doc, names_in_scope, resolve, withs};
use crate::syntax::{SyntaxKind::*, SyntaxNode};

const KEYWORDS: &[&str] = &["assert", "else", "if", "in", "inherit", "let", "rec", "then", "with"];

/// Arguments that every module can ask for.
const MODULE_ARGUMENTS: &[(&str, &str)] = &[
    ("config", "the configuration as a whole"),
    ("lib", "nixpkgs' library"),
    ("options", "all options"),
    ("pkgs", "the package set"),
];

/// What can be named in an expression.
pub(super) fn complete(context: &Context, node: &SyntaxNode, items: &mut Vec<CompletionItem>) {
    for name in names_in_scope(node) {
        let kind = match name.kind {
            NameKind::Binding => CompletionKind::Variable,
            NameKind::Argument => CompletionKind::Argument,
        };
        items.push(CompletionItem::new(name.name, kind, context.word).rank(3));
    }
    let known = items.len();
    for name in GLOBAL_NAMES {
        if items.iter().take(known).any(|item| item.label == *name) {
            continue;
        }
        items.push(selections::builtin(name, context.word).rank(5));
    }
    items.extend(KEYWORDS.iter().map(|word| CompletionItem::new(*word, CompletionKind::Keyword, context.word).rank(6)));
    for namespace in withs(node) {
        let Some(mut chain) = resolve(&namespace) else { continue };
        if chain.root == SyntaxRoot::Free && chain.path.first().is_some_and(|first| first != "lib") {
            chain.path.clear();
            continue;
        }
        let mut found = Vec::new();
        selections::push_chain(context, chain, &mut found);
        items.extend(found.into_iter().map(|item| item.rank(4)));
    }
}

/// Arguments of a module.
pub(super) fn in_formals(context: &Context, function: &SyntaxNode, items: &mut Vec<CompletionItem>) {
    // Functions within a file are called by somebody who is not known; the
    // function that a file is gets what its hosts pass.
    if function.ancestors().skip(1).any(|outer| matches!(outer.kind(), NODE_ATTRPATH_VALUE | NODE_APPLY)) {
        return;
    }
    let mut names: Vec<(String, &str)> = MODULE_ARGUMENTS.iter().map(|(name, doc)| (name.to_string(), *doc)).collect();
    for host in context.analysis.hosts_around(context.file, context.offset) {
        let Some(host) = context.analysis.host(host) else { continue };
        for argument in &host.arguments {
            if !argument.starts_with('_') && !names.iter().any(|(name, _)| argument == name) {
                names.push((argument.to_string(), "passed to the modules of a host"));
            }
        }
    }
    let taken = names_in_scope(function);
    for (name, doc) in names {
        if !taken.iter().any(|it| it.name == name) {
            items.push(CompletionItem::new(name, CompletionKind::Argument, context.word).detail(doc).rank(1));
        }
    }
}

/// Whether a builtin is a function, for its icon.
pub(super) fn builtin_kind(name: &str) -> CompletionKind {
    match builtin_doc(name) {
        Some((signature, _)) if signature.contains(' ') => CompletionKind::Function,
        _ => CompletionKind::Variable,
    }
}
