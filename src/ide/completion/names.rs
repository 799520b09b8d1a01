//! Names in scope, builtins, and keywords.

use super::{CompletionItem, CompletionKind, Context, option_values, selections};
use crate::hir::{GLOBAL_NAMES, Name, Param};
use crate::module_system::TypeKind;
use crate::semantics::{
    Callee, NameKind, ScopeName, Segment, SyntaxRoot, attr_name, builtin_doc, names_in_scope, resolve, withs,
};
use crate::syntax::ast::{self, AstNode};
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
    let wanted = option_values::types_at(context, node);
    for name in names_in_scope(node) {
        let kind = match name.kind {
            NameKind::Binding => CompletionKind::Variable,
            NameKind::Argument => CompletionKind::Argument,
        };
        // `let "a b" = 1;` has no name that an expression could use.
        if !is_identifier(&name.name) {
            continue;
        }
        // What is written out as a value of the type that the place wants comes first.
        let fits = value_of(node, &name).is_some_and(|value| wanted.iter().any(|kind| is_of(kind, &value)));
        let packages = name.name == "pkgs" && wanted.iter().any(holds_packages);
        items.push(CompletionItem::new(name.name, kind, context.word).rank(if fits || packages { 2 } else { 3 }));
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
        let Some(chain) = resolve(&namespace) else { continue };
        if chain.root == SyntaxRoot::Free && chain.path.first().is_some_and(|first| first != "lib") {
            continue;
        }
        let mut found = Vec::new();
        selections::push_chain(context, chain, &mut found);
        items.extend(found.into_iter().map(|item| item.rank(4)));
    }
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '\''))
}

/// The value of a binding that is written out.
fn value_of(node: &SyntaxNode, name: &ScopeName) -> Option<ast::Expr> {
    let root = node.ancestors().last()?;
    let at = root.token_at_offset(name.range.start()).right_biased()?.parent()?;
    let binding = at.ancestors().find_map(ast::AttrpathValue::cast)?;
    let path = binding.attrpath()?;
    let is_it = path.syntax().text_range() == name.range && path.attrs().count() == 1;
    binding.value().filter(|_| is_it)
}

/// Whether an expression is certainly a value of a type, by its look.
fn is_of(kind: &TypeKind, value: &ast::Expr) -> bool {
    match kind {
        TypeKind::Bool => {
            matches!(value, ast::Expr::Ident(name) if matches!(name.syntax().text().to_string().as_str(), "true" | "false"))
        }
        TypeKind::String { .. } => matches!(value, ast::Expr::Str(_)),
        TypeKind::Int { .. } => {
            matches!(value, ast::Expr::Literal(literal) if !literal.syntax().text().contains_char('.'))
        }
        TypeKind::Float => matches!(value, ast::Expr::Literal(_)),
        TypeKind::Path => matches!(value, ast::Expr::PathRel(_) | ast::Expr::PathAbs(_)),
        TypeKind::ListOf(_) => matches!(value, ast::Expr::List(_)),
        TypeKind::AttrsOf(_) | TypeKind::Submodule => matches!(value, ast::Expr::AttrSet(_)),
        TypeKind::Enum(members) => {
            matches!(value, ast::Expr::Str(text) if members.contains(&text.syntax().text().to_string()))
        }
        TypeKind::NullOr(inner) => is_of(inner, value),
        TypeKind::Either(kinds) => kinds.iter().any(|kind| is_of(kind, value)),
        TypeKind::Package | TypeKind::Other(_) => false,
    }
}

/// Whether a type is made of packages.
fn holds_packages(kind: &TypeKind) -> bool {
    match kind {
        TypeKind::Package => true,
        TypeKind::NullOr(inner) | TypeKind::ListOf(inner) | TypeKind::AttrsOf(inner) => holds_packages(inner),
        TypeKind::Either(kinds) => kinds.iter().any(holds_packages),
        _ => false,
    }
}

/// Names that a binding may get: those that others of the same set begin with, those that are selected from the set, and
/// the arguments of the function that is called with it.
pub(super) fn in_binding(context: &Context, set: &SyntaxNode, before: &[Segment], items: &mut Vec<CompletionItem>) {
    let mut names: Vec<(Name, CompletionKind)> = Vec::new();
    let is_let = ast::LetIn::can_cast(set.kind());
    let recursive = ast::AttrSet::cast(set.clone()).is_some_and(|set| set.rec_token().is_some());
    let path: Option<Vec<Name>> = before.iter().map(|segment| segment.name().cloned()).collect();
    let Some(path) = path else { return };
    if path.is_empty() && (is_let || recursive) {
        let entries = set.children().filter_map(ast::AttrpathValue::cast).filter_map(|binding| binding.attrpath());
        let long = entries.filter(|path| path.attrs().count() > 1).filter_map(|path| attr_name(&path.attrs().next()?));
        names.extend(long.map(|name| (name, CompletionKind::Attribute)));
    }
    // What is read of the name that is bound here.
    if is_let && let Some((first, rest)) = path.split_first() {
        for select in set.descendants().filter_map(ast::Select::cast) {
            let of = select.expr().is_some_and(|of| of.syntax().text() == first.as_str());
            let selected: Vec<Name> =
                select.attrpath().into_iter().flat_map(|it| it.attrs()).filter_map(|it| attr_name(&it)).collect();
            if of && selected.starts_with(rest) {
                names.extend(selected.get(rest.len()).cloned().map(|name| (name, CompletionKind::Attribute)));
            }
        }
    }
    if path.is_empty() {
        names.extend(formals_of_callee(context, set).into_iter().map(|name| (name, CompletionKind::Argument)));
    }
    let taken: Vec<String> = set
        .children()
        .filter_map(ast::AttrpathValue::cast)
        .filter(|binding| {
            binding.assign_token().is_some() && !binding.syntax().text_range().contains_inclusive(context.offset)
        })
        .filter_map(|binding| Some(binding.attrpath()?.syntax().text().to_string()))
        .collect();
    for (name, kind) in names {
        if !items.iter().any(|item| item.label == name.as_str()) && !taken.iter().any(|it| it == name.as_str()) {
            let text = crate::eval::attr_name(&name);
            items.push(CompletionItem::new(name, kind, context.word).text(text).rank(1));
        }
    }
}

/// The arguments of the function of the repository that is called with a set. The set is of the tree with the made-up
/// name in it; what stands before it is the same in the text.
fn formals_of_callee(context: &Context, set: &SyntaxNode) -> Vec<Name> {
    let Some(apply) = set.parent().and_then(ast::Apply::cast) else { return Vec::new() };
    let Some(function) = apply.lambda().filter(|it| it.syntax() != set) else { return Vec::new() };
    let Ok(data) = context.analysis.snapshot().file(context.file) else { return Vec::new() };
    let id = data.lowered().source_map.expr_with_range(function.syntax().text_range());
    let Some(Callee::Function(function)) = id.and_then(|id| context.analysis.callee(context.file, id)) else {
        return Vec::new();
    };
    let names = context.analysis.lambda(function, |lambda| match &lambda.param {
        Param::Pattern { formals, .. } => formals.iter().map(|formal| formal.name.clone()).collect(),
        Param::Ident { .. } => Vec::new(),
    });
    names.unwrap_or_default()
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
