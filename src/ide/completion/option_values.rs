//! Values of an option, by its type.

use super::{CompletionItem, CompletionKind, Context};
use crate::base::TextRange;
use crate::module_system::TypeKind;
use crate::semantics::{Segment, enclosing_place};
use crate::syntax::SyntaxNode;
use crate::syntax::ast::{self, AstNode};

/// Values where an expression stands.
pub(super) fn complete(context: &Context, node: &SyntaxNode, items: &mut Vec<CompletionItem>) {
    for kind in types_at(context, node) {
        push(&kind, context.word, false, items);
    }
}

/// Members of an enum within quotes.
pub(super) fn in_string(context: &Context, string: &ast::Str, items: &mut Vec<CompletionItem>) {
    for kind in types_at(context, string.syntax()) {
        push(&kind, context.word, true, items);
    }
}

/// The types of the option whose value an expression is, or is an element of.
pub(super) fn types_at(context: &Context, node: &SyntaxNode) -> Vec<TypeKind> {
    let Some(place) = enclosing_place(node, Vec::new()) else { return Vec::new() };
    let (hosts, mut path) = context.analysis.hosts_at(context.file, context.offset, &place);
    let mut kinds = Vec::new();
    let mut in_list = false;
    // The element of a list has no path of its own unless it is a submodule.
    if context.analysis.options_at(&hosts, &path).is_empty() && path.last() == Some(&Segment::Any) {
        path.pop();
        in_list = true;
    }
    let mut of_attrs = false;
    if context.analysis.options_at(&hosts, &path).is_empty() && path.len() > 1 {
        path.pop();
        of_attrs = true;
    }
    for option in context.analysis.options_at(&hosts, &path) {
        let Some(ty) = context.analysis.option(option).and_then(|facts| facts.ty.as_ref()) else { continue };
        let kind = match (&ty.kind, in_list, of_attrs) {
            (TypeKind::ListOf(of), true, false) | (TypeKind::AttrsOf(of), false, true) => (**of).clone(),
            (kind, false, false) => kind.clone(),
            _ => continue,
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}

fn push(kind: &TypeKind, word: TextRange, quoted: bool, items: &mut Vec<CompletionItem>) {
    let value = |label: &str| CompletionItem::new(label, CompletionKind::Value, word).rank(0);
    match kind {
        TypeKind::Enum(members) => {
            for member in members {
                let inner = member.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
                let item = match (quoted, inner) {
                    (true, Some(inner)) => CompletionItem::new(inner, CompletionKind::EnumMember, word),
                    (true, None) => continue,
                    (false, inner) => {
                        let item = CompletionItem::new(member.as_str(), CompletionKind::EnumMember, word);
                        CompletionItem { filter_text: inner.map(str::to_string), ..item }
                    }
                };
                items.push(item.rank(0));
            }
        }
        TypeKind::NullOr(inner) => {
            if !quoted {
                items.push(value("null"));
            }
            push(inner, word, quoted, items);
        }
        TypeKind::Either(kinds) => kinds.iter().for_each(|kind| push(kind, word, quoted, items)),
        _ if quoted => {}
        TypeKind::Bool => items.extend([value("true"), value("false")]),
        TypeKind::String { .. } => items.push(value("\"\"").snippet("\"$0\"")),
        TypeKind::ListOf(_) => items.push(value("[ ]").snippet("[ $0 ]")),
        TypeKind::AttrsOf(_) | TypeKind::Submodule => items.push(value("{ }").snippet("{\n  $0\n}")),
        TypeKind::Path => items.push(value("./").text("./")),
        TypeKind::Int { .. } | TypeKind::Float | TypeKind::Package | TypeKind::Other(_) => {}
    }
}
