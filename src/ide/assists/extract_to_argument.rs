//! Makes the selected expression an argument of the function around it, with the expression as its default.
//!
//! ```nix before
//! { lib, port }: { address = "localhost"; port = $180 + 1$0; }
//! ```
//!
//! ```nix after
//! { lib, port, extracted ? 80 + 1 }: { address = "localhost"; port = extracted; }
//! ```
//!
//! A value that uses names bound within the function cannot be its argument.
//!
//! ```nix nothing
//! { lib }: let x = 1; in { port = $1x + 1$0; }
//! ```

use super::{Assist, AssistKind, Context, Offer, open_brace};
use crate::base::TextEdit;
use crate::hir::{Expr, VarTarget};
use crate::syntax::ast::{self, AstNode};

pub(super) const ASSIST: Assist = Assist {
    id: "extract-to-argument",
    kind: AssistKind::Extract,
    source: include_str!("extract_to_argument.rs"),
    offer,
};

fn offer(context: &Context<'_>) -> Option<Offer> {
    let expr = context.selected_expr().filter(|expr| !matches!(expr, ast::Expr::Ident(_)))?;
    let within = expr.syntax().text_range();
    let function = expr.syntax().ancestors().skip(1).filter_map(ast::Lambda::cast).find(|lambda| {
        matches!(lambda.param(), Some(ast::Param::Pattern(_)))
            && lambda.body().is_some_and(|body| body.syntax().text_range().contains_range(within))
    })?;
    let ast::Param::Pattern(pattern) = function.param()? else { return None };
    let body = function.body()?.syntax().text_range();
    // The outputs of a flake are called with its inputs only, a module with what the host has.
    if context.analysis.path(context.file).ends_with("/flake.nix")
        && function.syntax().ancestors().skip(1).all(|it| ast::Lambda::cast(it).is_none())
    {
        return None;
    }
    let lowered = context.data.lowered();
    for (id, value) in lowered.file.exprs() {
        let Expr::Var(var) = value else { continue };
        let range = lowered.source_map.expr(id);
        if !within.contains_range(range) {
            continue;
        }
        match &var.target {
            VarTarget::Slot { key, .. } => {
                let name = lowered.source_map.key(*key).name;
                if body.contains_range(name) && !within.contains_range(name) {
                    return None;
                }
            }
            VarTarget::With(_) => return None,
            _ => {}
        }
    }
    let name = context.free_name("extracted");
    let default = format!("{name} ? {}", expr.syntax().text());
    let insert = match pattern.pat_entries().last() {
        Some(last) => {
            let lines = pattern.syntax().text().to_string().contains('\n');
            let indent = context.indent(last.syntax().text_range().start());
            let separator = if lines { format!(",\n{indent}") } else { ", ".to_string() };
            TextEdit::insert(last.syntax().text_range().end(), format!("{separator}{default}"))
        }
        None => {
            let rest = if pattern.ellipsis_token().is_some() { "," } else { " " };
            TextEdit::insert(open_brace(&pattern)?.text_range().end(), format!(" {default}{rest}"))
        }
    };
    context.offer(format!("Extract into an argument, as {name}"), vec![insert, TextEdit::replace(within, name)])
}
