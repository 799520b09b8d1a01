//! Puts the value of a name where the name is used, and takes the binding away.
//!
//! ```nix before
//! let
//!   x$0 = a + 1;
//!   a = 2;
//! in
//! [ x a ]
//! ```
//!
//! ```nix after
//! let
//!   a = 2;
//! in
//! [ (a + 1) a ]
//! ```
//!
//! ```nix before
//! let x = 1; in y: x$0 + y
//! ```
//!
//! ```nix after
//! y: 1 + y
//! ```
//!
//! Where a name of the value would mean something else it is not offered.
//!
//! ```nix nothing
//! let a = 1; x$0 = a; in a: x
//! ```

use super::{Assist, AssistKind, Context, Offer, needs_parens, takes_any};
use crate::base::{TextEdit, TextRange};
use crate::hir::{Expr, KeyId, VarTarget};
use crate::syntax::ast::{self, AstNode, HasEntry};
use crate::syntax::{NodeOrToken, SyntaxKind, SyntaxNode};

pub(super) const ASSIST: Assist =
    Assist { id: "inline-binding", kind: AssistKind::Inline, source: include_str!("inline_binding.rs"), offer };

fn offer(context: &Context<'_>) -> Option<Offer> {
    let lowered = context.data.lowered();
    let key = key(context)?;
    let name = lowered.source_map.key(key).name;
    let node = match context.root.covering_element(name) {
        NodeOrToken::Node(node) => node,
        NodeOrToken::Token(token) => token.parent()?,
    };
    let binding = node.ancestors().find_map(ast::AttrpathValue::cast)?;
    let let_in = ast::LetIn::cast(binding.syntax().parent()?)?;
    if binding.attrpath()?.attrs().count() != 1 {
        return None;
    }
    let value = binding.value()?;
    let value_range = value.syntax().text_range();
    let text = value.syntax().text().to_string();
    // The names of the value, and where they are bound.
    let mut inner: Vec<(String, Option<KeyId>)> = Vec::new();
    let mut uses: Vec<TextRange> = Vec::new();
    for (id, expr) in lowered.file.exprs() {
        let Expr::Var(var) = expr else { continue };
        let range = lowered.source_map.expr(id);
        let target = match &var.target {
            VarTarget::Slot { key, .. } => Some(*key),
            VarTarget::Global => None,
            // A name that `with` provides may be another one elsewhere.
            _ if value_range.contains_range(range) => return None,
            _ => continue,
        };
        if target == Some(key) {
            // One that uses itself cannot be put anywhere.
            if value_range.contains_range(range) {
                return None;
            }
            uses.push(range);
        } else if value_range.contains_range(range)
            && !target.is_some_and(|key| value_range.contains_range(lowered.source_map.key(key).name))
        {
            inner.push((var.name.to_string(), target));
        }
    }
    if uses.is_empty() {
        return None;
    }
    let mut edits = Vec::new();
    for range in &uses {
        let place = match context.root.covering_element(*range) {
            NodeOrToken::Node(node) => node,
            NodeOrToken::Token(token) => token.parent()?,
        };
        let between = place.ancestors().skip(1).take_while(|node| node != let_in.syntax());
        let taken =
            |node: SyntaxNode| bound_names(&node).iter().any(|name| inner.iter().any(|(other, _)| other == name));
        if between.into_iter().any(taken) {
            return None;
        }
        if place.parent()?.kind() == SyntaxKind::NODE_INHERIT {
            return None;
        }
        let base = place.parent().is_some_and(|parent| parent.kind() == SyntaxKind::NODE_SELECT);
        let parens = needs_parens(&value) && !takes_any(&place) || base && matches!(value, ast::Expr::Lambda(_));
        edits.push(TextEdit::replace(*range, if parens { format!("({text})") } else { text.clone() }));
    }
    let whole = binding.syntax().text_range();
    if let_in.entries().count() == 1 {
        let body = let_in.body()?.syntax().text_range();
        edits.insert(0, TextEdit::delete(TextRange::new(let_in.syntax().text_range().start(), body.start())));
    } else {
        let before = context.text(TextRange::up_to(whole.start()));
        let space = before.len() - before.trim_end().len();
        let start = whole.start() - crate::base::TextSize::try_from(space).ok()?;
        edits.push(TextEdit::delete(TextRange::new(start, whole.end())));
    }
    let times = if uses.len() == 1 { String::new() } else { format!(" in {} places", uses.len()) };
    context.offer(format!("Put the value of {} where it is used{times}", context.text(name)), edits)
}

/// The name of a `let` that the cursor is on: where it is bound, or where it is used.
fn key(context: &Context<'_>) -> Option<KeyId> {
    let lowered = context.data.lowered();
    let ident: ast::Ident = context.node()?;
    let range = ident.syntax().text_range();
    if let Some(id) = lowered.source_map.expr_with_range(range)
        && let Expr::Var(var) = lowered.file.expr(id)
    {
        return match var.target {
            VarTarget::Slot { key, .. } => Some(key),
            _ => None,
        };
    }
    lowered.source_map.key_at(range.start())
}

/// The names that a node binds for what stands in it.
fn bound_names(node: &SyntaxNode) -> Vec<String> {
    let entries = |entries: Vec<ast::Entry>| {
        let names = entries.into_iter().flat_map(|entry| match entry {
            ast::Entry::Inherit(inherit) => inherit.attrs().collect::<Vec<_>>(),
            ast::Entry::AttrpathValue(binding) => {
                binding.attrpath().into_iter().filter_map(|path| path.attrs().next()).collect()
            }
        });
        names.map(|attr| attr.syntax().text().to_string()).collect::<Vec<_>>()
    };
    match ast::Expr::cast(node.clone()) {
        Some(ast::Expr::LetIn(let_in)) => entries(let_in.entries().collect()),
        Some(ast::Expr::AttrSet(set)) if set.rec_token().is_some() => entries(set.entries().collect()),
        Some(ast::Expr::Lambda(lambda)) => match lambda.param() {
            Some(ast::Param::IdentParam(param)) => vec![param.syntax().text().to_string()],
            Some(ast::Param::Pattern(pattern)) => {
                let formals = pattern.pat_entries().filter_map(|entry| entry.ident());
                let bind = pattern.pat_bind().and_then(|bind| bind.ident());
                formals.chain(bind).map(|ident| ident.syntax().text().to_string()).collect()
            }
            None => Vec::new(),
        },
        // What it has is not known.
        Some(ast::Expr::With(_)) => Vec::new(),
        _ => Vec::new(),
    }
}
