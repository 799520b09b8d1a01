//! Names after a dot: options that are read, inputs, builtins, `lib`, attributes of sets.

use super::context::Selection;
use super::{CompletionItem, CompletionKind, Context, flake_inputs, input_outputs, names, option_paths};
use crate::base::TextRange;
use crate::eval::builtin_names;
use crate::hir::Expr;
use crate::semantics::{
    Segment, SyntaxChain, SyntaxRoot, attr_name, builtin_doc, is_configuration, lib_names, names_in_scope, resolve,
    withs,
};
use crate::syntax::ast::{self, AstNode, HasEntry};
use crate::syntax::{SyntaxKind::*, SyntaxNode};

/// The names that a selection can go on with.
pub(super) fn complete(context: &Context, select: &Selection, items: &mut Vec<CompletionItem>) {
    let Some(mut chain) = resolve(&select.base) else { return };
    for attr in &select.before {
        let name = match (attr_name(attr), attr) {
            (Some(name), _) => name,
            // `packages.${system}`: what there is for one system is mostly there for all.
            (None, ast::Attr::Dynamic(_)) => system(context),
            (None, _) => return,
        };
        chain = chain.select(name);
    }
    // A name that a `with` provides.
    if chain.root == SyntaxRoot::Free {
        for namespace in withs(select.base.syntax()) {
            let Some(of) = resolve(&namespace).filter(|of| of.root != SyntaxRoot::Free) else { continue };
            let whole = chain.path.iter().cloned().fold(of, SyntaxChain::select);
            push_chain(context, whole, items);
        }
    }
    push_chain(context, chain, items);
}

/// A system that the flake builds for.
fn system(context: &Context) -> crate::hir::Name {
    let hosts = context.analysis.hosts_around(context.file, context.offset);
    let system = hosts.iter().find_map(|host| context.analysis.host(*host)?.system.clone());
    system.unwrap_or(crate::hir::Name::new_static("x86_64-linux"))
}

/// The names that `inherit` can take.
pub(super) fn in_inherit(context: &Context, inherit: &ast::Inherit, items: &mut Vec<CompletionItem>) {
    match inherit.from().and_then(|from| from.expr()) {
        Some(from) => {
            if let Some(chain) = resolve(&from) {
                push_chain(context, chain, items);
            }
        }
        None => {
            // What the set itself binds is not what it can inherit.
            let Some(outer) = inherit.syntax().parent().and_then(|set| set.parent()) else { return };
            for name in names_in_scope(&outer) {
                items.push(CompletionItem::new(name.name, CompletionKind::Variable, context.word).rank(1));
            }
        }
    }
}

/// The attributes of what a chain leads to.
pub(super) fn push_chain(context: &Context, chain: SyntaxChain, items: &mut Vec<CompletionItem>) {
    let SyntaxChain { root, mut path } = chain;
    match root {
        SyntaxRoot::Builtins if path.is_empty() => {
            items.extend(builtin_names().into_iter().map(|name| builtin(name, context.word).rank(1)));
        }
        SyntaxRoot::Builtins => {}
        SyntaxRoot::Argument { name, .. } if is_configuration(&name) => {
            let around = context.analysis.hosts_around(context.file, context.offset);
            let hosts = context.analysis.hosts_of_argument(&name, &around);
            let path: Vec<Segment> = path.into_iter().map(Segment::Name).collect();
            option_paths::push_children(context.analysis, &hosts, &path, context.word, items);
        }
        SyntaxRoot::Argument { name, function } => {
            let Some(flake) = context.analysis.flake(context.file) else {
                return if name == "lib" {
                    push_lib(context, &path, items)
                };
            };
            let self_inputs = name == "self" && path.first().is_some_and(|first| first == "inputs");
            if self_inputs {
                path.remove(0);
            }
            let mut argument = vec![name.clone()];
            argument.extend(path.iter().cloned());
            for given in context.analysis.given_names(context.file, context.offset, &argument) {
                items.push(CompletionItem::new(given, CompletionKind::Attribute, context.word).rank(1));
            }
            match name.as_str() {
                "lib" => push_lib(context, &path, items),
                "inputs" | "self" if self_inputs || name == "inputs" => match path.split_first() {
                    None => flake_inputs::push_inputs(context, flake, items),
                    Some((input, rest)) if flake.input(input).is_some() => {
                        let lib = rest.first().is_some_and(|first| first == "lib");
                        input_outputs::push(context, flake, input, rest, items);
                        if lib && input.starts_with("nixpkgs") {
                            push_lib(context, rest.get(1..).unwrap_or_default(), items);
                        }
                    }
                    Some(_) => {}
                },
                "pkgs" if path.is_empty() => input_outputs::push_packages(context, flake, items),
                "self" => push_outputs(context, &path, items),
                name if name.starts_with("nixpkgs") && path.first().is_some_and(|first| first == "lib") => {
                    push_lib(context, path.get(1..).unwrap_or_default(), items);
                }
                name if is_input(context, name, &function) => {
                    input_outputs::push(context, flake, &name.into(), &path, items);
                }
                _ => {}
            }
        }
        SyntaxRoot::Arguments { function } if path.is_empty() => {
            let is_outputs = function
                .parent()
                .and_then(ast::AttrpathValue::cast)
                .is_some_and(|binding| binding.attrpath().is_some_and(|path| path.syntax().text() == "outputs"));
            if let Some(flake) = context.analysis.flake(context.file).filter(|_| is_outputs) {
                flake_inputs::push_inputs(context, flake, items);
                items.push(CompletionItem::new("self", CompletionKind::Argument, context.word).rank(1));
            }
            let pattern = ast::Lambda::cast(function).and_then(|function| match function.param()? {
                ast::Param::Pattern(pattern) => Some(pattern),
                ast::Param::IdentParam(_) => None,
            });
            for name in pattern.iter().flat_map(|it| it.pat_entries()).filter_map(|entry| entry.ident()) {
                let name = name.syntax().text().to_string();
                if !items.iter().any(|item| item.label == name) {
                    items.push(CompletionItem::new(name, CompletionKind::Argument, context.word).rank(1));
                }
            }
        }
        SyntaxRoot::Free if path.first().is_some_and(|first| first == "lib") => {
            push_lib(context, path.get(1..).unwrap_or_default(), items);
        }
        // `types.` under `with lib;`; nothing else in scope has that name.
        SyntaxRoot::Free if !path.is_empty() => push_lib(context, &path, items),
        SyntaxRoot::Set(set) => push_set(context, &set, &path, items),
        SyntaxRoot::Import(literal) => push_imported(context, &literal, &path, items),
        SyntaxRoot::Arguments { .. } | SyntaxRoot::Free => {}
    }
}

fn is_input(context: &Context, name: &str, function: &SyntaxNode) -> bool {
    context.analysis.flake(context.file).is_some_and(|flake| flake.file == context.file && flake.input(name).is_some())
        && function.parent().is_some_and(|parent| parent.kind() == NODE_ATTRPATH_VALUE)
}

pub(super) fn push_lib(context: &Context, path: &[crate::hir::Name], items: &mut Vec<CompletionItem>) {
    for (name, signature, doc) in lib_names(path) {
        let kind = if signature.contains(' ') { CompletionKind::Function } else { CompletionKind::Attribute };
        items.push(CompletionItem::new(name, kind, context.word).detail(signature).documentation(doc).rank(1));
    }
}

/// Outputs of this flake, one name at a time.
fn push_outputs(context: &Context, path: &[crate::hir::Name], items: &mut Vec<CompletionItem>) {
    let Some(flake) = context.analysis.flake(context.file) else { return };
    let below = flake.outputs.iter().filter_map(|output| {
        let rest = output.path.strip_prefix(path)?;
        Some((rest.first()?, (rest.len() == 1).then_some(output.kind)))
    });
    let mut found: Vec<CompletionItem> = Vec::new();
    for (name, kind) in below {
        if found.iter().any(|item| item.label == name.as_str()) {
            continue;
        }
        let item = CompletionItem::new(name.as_str(), CompletionKind::Attribute, context.word).rank(1);
        found.push(match kind {
            Some(kind) => item.detail(kind.name()),
            None => item,
        });
    }
    if path.is_empty() {
        found.push(CompletionItem::new("inputs", CompletionKind::Attribute, context.word).rank(1));
    }
    items.append(&mut found);
}

/// The attributes of a set that is written in the same file, below the names of a path in it.
fn push_set(context: &Context, set: &SyntaxNode, path: &[crate::hir::Name], items: &mut Vec<CompletionItem>) {
    let entries: Vec<ast::Entry> = match (ast::AttrSet::cast(set.clone()), ast::LetIn::cast(set.clone())) {
        (Some(set), _) => set.entries().collect(),
        (None, Some(let_in)) => let_in.entries().collect(),
        (None, None) => return,
    };
    for entry in entries {
        let names: Vec<Option<crate::hir::Name>> = match entry {
            ast::Entry::AttrpathValue(binding) => {
                let names: Vec<_> = binding.attrpath().into_iter().flat_map(|it| it.attrs()).collect();
                let names: Vec<_> = names.iter().map(attr_name).collect();
                let is_below = names.iter().zip(path).all(|(name, wanted)| name.as_ref() == Some(wanted));
                if !is_below {
                    continue;
                }
                names.get(path.len()).cloned().into_iter().collect()
            }
            ast::Entry::Inherit(inherit) if path.is_empty() => inherit.attrs().map(|attr| attr_name(&attr)).collect(),
            ast::Entry::Inherit(_) => continue,
        };
        for name in names.into_iter().flatten() {
            let text = crate::eval::attr_name(&name);
            items.push(CompletionItem::new(name, CompletionKind::Attribute, context.word).text(text).rank(1));
        }
    }
}

/// The attributes of the set that another file gives.
fn push_imported(context: &Context, literal: &str, path: &[crate::hir::Name], items: &mut Vec<CompletionItem>) {
    let Some(info) = context.analysis.path_target(context.file, literal).and_then(|file| context.analysis.info(file))
    else {
        return;
    };
    let mut set = info.result_set();
    for name in path {
        let chain = set.and_then(|set| info.attr(set, name)).and_then(|key| info.chain_of_key(key));
        set = chain.and_then(|chain| match chain.root {
            crate::semantics::Root::Set(set) if chain.path.is_empty() => Some(set),
            _ => None,
        });
    }
    if let Some(Expr::Attrs(attrs)) = set.map(|set| info.hir.expr(set)) {
        for attr in &attrs.attrs {
            items.push(CompletionItem::new(attr.name.as_str(), CompletionKind::Attribute, context.word).rank(1));
        }
    }
}

/// A builtin as a proposal.
pub(super) fn builtin(name: &str, word: TextRange) -> CompletionItem {
    let item = CompletionItem::new(name, names::builtin_kind(name), word);
    match builtin_doc(name) {
        Some((signature, doc)) => item.detail(signature).documentation(doc),
        None => item,
    }
}
