//! Adds a name that nothing binds to the arguments of the function that the file is.
//!
//! ```nix before
//! { lib, ... }: { x = lib.mkIf true pk$0gs.hello; }
//! ```
//!
//! ```nix after
//! { lib, pkgs, ... }: { x = lib.mkIf true pkgs.hello; }
//! ```
//!
//! ```nix nothing
//! { lib, ... }: { x = l$0ib.mkIf true pkgs.hello; }
//! ```

use super::{Assist, AssistKind, Context, Offer, open_brace};
use crate::base::TextEdit;
use crate::hir::{Expr, VarTarget};
use crate::syntax::ast::{self, AstNode};

pub(super) const ASSIST: Assist =
    Assist { id: "add-to-formals", kind: AssistKind::Quick, source: include_str!("add_to_formals.rs"), offer };

fn offer(context: &Context<'_>) -> Option<Offer> {
    let name: ast::Ident = context.node()?;
    let lowered = context.data.lowered();
    let id = lowered.source_map.expr_with_range(name.syntax().text_range())?;
    let Expr::Var(var) = lowered.file.expr(id) else { return None };
    if !matches!(var.target, VarTarget::Undefined | VarTarget::With(_)) {
        return None;
    }
    let ast::Expr::Lambda(function) = context.data.parse().tree().expr()? else { return None };
    let ast::Param::Pattern(pattern) = function.param()? else { return None };
    let spelled = name.syntax().text().to_string();
    let entries: Vec<ast::PatEntry> = pattern.pat_entries().collect();
    let edit = match entries.last() {
        Some(last) => {
            let range = last.syntax().text_range();
            let first = entries.first().map_or(range, |first| first.syntax().text_range());
            let before =
                context.text(crate::base::TextRange::new(pattern.syntax().text_range().start(), first.start()));
            // One on each line, with the comma where the others have it.
            let lines = before.contains('\n');
            let indent = context.indent(range.start());
            let leading = context.text(crate::base::TextRange::up_to(range.start())).trim_end().ends_with(',')
                && context.indent(range.start()).len() < context.data.text().len()
                && context
                    .text(crate::base::TextRange::up_to(range.start()))
                    .rsplit('\n')
                    .next()
                    .is_some_and(|line| line.trim_start().starts_with(','));
            match (lines, leading) {
                (true, false) => TextEdit::insert(range.end(), format!(",\n{indent}{spelled}")),
                (_, true) => TextEdit::insert(range.end(), format!("\n{indent}, {spelled}")),
                _ => TextEdit::insert(range.end(), format!(", {spelled}")),
            }
        }
        None => {
            let open = open_brace(&pattern)?.text_range().end();
            let rest = if pattern.ellipsis_token().is_some() { "," } else { "" };
            TextEdit::insert(open, format!(" {spelled}{rest}"))
        }
    };
    context.offer(format!("Add {spelled} to the arguments"), vec![edit])
}
