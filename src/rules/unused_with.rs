//! A `with` that provides nothing: no name in it can come from there.
//!
//! It hides misspelt names until they are evaluated, and makes readers look for what it is for. The fix removes it.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   outputs = { self }: with self; { value = [ self ]; };
//! #                     ^^^^^^^^^^
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   outputs = { self }: with self; { value = [ lib ]; };
//! }
//! ```

use super::language::{self, OneFile};
use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity, edits};
use crate::base::{TextEdit, TextRange};
use crate::hir::Expr;
use crate::syntax::ast::{self, AstNode};

pub(super) const RULE: Rule = Rule {
    id: "unused-with",
    chapter: Chapter::Language,
    severity: Severity::Hint,
    source: include_str!("unused_with.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    language::check_all(context, &RULE)
}

pub(super) fn check_file(one: &OneFile<'_>) -> Vec<Diagnostic> {
    if !one.is_whole() {
        return Vec::new();
    }
    let lowered = one.data.lowered();
    let usage = one.data.usage();
    let unused = lowered.file.exprs().filter(|(id, expr)| matches!(expr, Expr::With { .. }) && !usage.uses_with(*id));
    let found = unused.filter_map(|(id, _)| {
        let node: ast::With = edits::node_at(&one.data.parse().root(), lowered.source_map.expr(id))?;
        let start = node.syntax().text_range().start();
        let end = node.semicolon_token()?.text_range().end();
        let message = "no name comes from this with; remove it";
        let mut diagnostic = RULE.finding(one.at(TextRange::new(start, end)), message);
        diagnostic.fixes.extend(removal(one, &node));
        Some(diagnostic)
    });
    found.collect()
}

fn removal(one: &OneFile<'_>, node: &ast::With) -> Option<Fix> {
    let body = node.body()?;
    let whole = TextRange::new(node.syntax().text_range().start(), body.syntax().text_range().start());
    if edits::has_comment(&one.data.parse().root(), whole) {
        return None;
    }
    // `with` binds less than any operator: what follows it would be torn apart.
    let operand = node.syntax().parent().and_then(ast::Expr::cast).is_some_and(|parent| {
        matches!(parent, ast::Expr::BinOp(_) | ast::Expr::UnaryOp(_) | ast::Expr::Apply(_) | ast::Expr::HasAttr(_))
    });
    let closed = matches!(body, ast::Expr::List(_) | ast::Expr::AttrSet(_) | ast::Expr::Paren(_) | ast::Expr::Str(_));
    (closed || !operand).then(|| one.fix("Remove the with", [TextEdit::delete(whole)]))
}
