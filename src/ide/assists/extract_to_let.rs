//! Gives the selected expression a name in a `let` around it.
//!
//! ```nix before
//! { lib }:
//! {
//!   a = lib.concatStrings $1[ "x" "y" ]$0;
//! }
//! ```
//!
//! ```nix after
//! { lib }:
//! let
//!   extracted = [ "x" "y" ];
//! in
//! {
//!   a = lib.concatStrings extracted;
//! }
//! ```
//!
//! ```nix before
//! x:
//! let
//!   y = 1;
//! in
//! map (z: $1x + y$0) [ ]
//! ```
//!
//! ```nix after
//! x:
//! let
//!   y = 1;
//!   extracted = x + y;
//! in
//! map (z: extracted) [ ]
//! ```

use super::{Assist, AssistKind, Context, Offer, needs_parens};
use crate::base::{TextEdit, TextRange};
use crate::hir::{Expr, VarTarget};
use crate::syntax::ast::{self, AstNode, HasEntry};
use crate::syntax::{SyntaxKind, SyntaxNode};

pub(super) const ASSIST: Assist =
    Assist { id: "extract-to-let", kind: AssistKind::Extract, source: include_str!("extract_to_let.rs"), offer };

fn offer(context: &Context<'_>) -> Option<Offer> {
    let expr = context.selected_expr()?;
    // What has a name already gets no other one.
    if matches!(expr, ast::Expr::Ident(_)) {
        return None;
    }
    let scope = scope(context, expr.syntax())?;
    let name = context.free_name("extracted");
    let text = expr.syntax().text().to_string();
    let range = expr.syntax().text_range();
    let mut edits = vec![TextEdit::replace(range, name.clone())];
    match scope {
        Scope::Let(let_in) => {
            let last = let_in.entries().last()?.syntax().text_range();
            let keyword = let_in.in_token()?.text_range().start();
            // Behind a comment on the line of the last binding.
            let between = context.text(TextRange::new(last.end(), keyword));
            let lines = between.contains('\n');
            let rest = between.split('\n').next().unwrap_or_default().trim_end();
            let at = if lines { last.end() + crate::base::TextSize::of(rest) } else { last.end() };
            let separator = if lines { format!("\n{}", context.indent(last.start())) } else { " ".to_string() };
            if at > range.start() && at < range.end() {
                return None;
            }
            edits.push(TextEdit::insert(at, format!("{separator}{name} = {text};")));
        }
        Scope::Body(body) => {
            let at = body.text_range().start();
            let before = context.text(TextRange::up_to(at));
            let own_line = before.rsplit('\n').next().is_some_and(|line| line.trim().is_empty());
            let indent = context.indent(at);
            let insert = if own_line {
                format!("let\n{indent}  {name} = {text};\n{indent}in\n{indent}")
            } else {
                format!("let {name} = {text}; in ")
            };
            // The whole body: the name stands for it, which is no gain.
            if body.text_range() == range {
                return None;
            }
            edits.push(TextEdit::insert(at, insert));
        }
    }
    let _ = needs_parens;
    context.offer(format!("Extract into a `let`, as {name}"), edits)
}

enum Scope {
    Let(ast::LetIn),
    /// An expression that the `let` is put around.
    Body(SyntaxNode),
}

/// The outermost place where all names of the expression are known: the nearest `let` that sees them, or the body of the
/// innermost function that binds one of them.
fn scope(context: &Context<'_>, expr: &SyntaxNode) -> Option<Scope> {
    let lowered = context.data.lowered();
    let within = expr.text_range();
    // Where the names that it uses are bound.
    let mut bound: Vec<TextRange> = Vec::new();
    let mut with = false;
    for (id, value) in lowered.file.exprs() {
        let Expr::Var(var) = value else { continue };
        if !within.contains_range(lowered.source_map.expr(id)) {
            continue;
        }
        match &var.target {
            VarTarget::Slot { key, .. } if !within.contains_range(lowered.source_map.key(*key).name) => {
                bound.push(lowered.source_map.key(*key).name);
            }
            VarTarget::With(_) => with = true,
            _ => {}
        }
    }
    let mut previous = expr.clone();
    for node in expr.ancestors().skip(1) {
        let binds_here = bound.iter().any(|name| node.text_range().contains_range(*name));
        match node.kind() {
            SyntaxKind::NODE_LET_IN => return ast::LetIn::cast(node).map(Scope::Let),
            SyntaxKind::NODE_LAMBDA => {
                let lambda = ast::Lambda::cast(node.clone())?;
                let in_body = lambda.body().is_some_and(|body| body.syntax().text_range().contains_range(within));
                let own = lambda
                    .param()
                    .is_some_and(|param| bound.iter().any(|name| param.syntax().text_range().contains_range(*name)));
                let outermost = lambda
                    .syntax()
                    .ancestors()
                    .skip(1)
                    .all(|outer| !matches!(outer.kind(), SyntaxKind::NODE_LET_IN | SyntaxKind::NODE_LAMBDA));
                if own || outermost {
                    return in_body.then_some(Scope::Body(lambda.body()?.syntax().clone()));
                }
            }
            // Names of a recursive set, and of `with`, are known nowhere else.
            SyntaxKind::NODE_ATTR_SET if binds_here => {
                let recursive = ast::AttrSet::cast(node.clone()).is_some_and(|set| set.rec_token().is_some());
                let names = node.children().filter_map(ast::AttrpathValue::cast).filter_map(|it| it.attrpath());
                let own = names
                    .into_iter()
                    .any(|path| bound.iter().any(|name| path.syntax().text_range().contains_range(*name)));
                if recursive && own {
                    return Some(Scope::Body(value_around(expr)?));
                }
            }
            SyntaxKind::NODE_WITH if with => return Some(Scope::Body(previous)),
            SyntaxKind::NODE_ROOT => {
                // flake.nix has to be a set that is written out.
                let flake = context.analysis.path(context.file).ends_with("/flake.nix");
                return (!flake).then_some(Scope::Body(previous));
            }
            _ => {}
        }
        previous = node;
    }
    None
}

/// The value of the binding around an expression.
fn value_around(expr: &SyntaxNode) -> Option<SyntaxNode> {
    let binding = expr.ancestors().find_map(ast::AttrpathValue::cast)?;
    Some(binding.value()?.syntax().clone())
}
