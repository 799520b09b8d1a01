//! Writes a builtin with `builtins.` before it, or without, where both are the same.
//!
//! ```nix before
//! x: ma$0p (y: y) x
//! ```
//!
//! ```nix after
//! x: builtins.map (y: y) x
//! ```
//!
//! ```nix before
//! { x = builtins.toSt$0ring 1; }
//! ```
//!
//! ```nix after
//! { x = toString 1; }
//! ```
//!
//! A builtin that has no name without it gets it.
//!
//! ```nix before
//! { x = read$0Dir ./.; }
//! ```
//!
//! ```nix after
//! { x = builtins.readDir ./.; }
//! ```
//!
//! ```nix nothing
//! { x = builtins.read$0Dir ./.; }
//! ```
//!
//! ```nix nothing
//! let toString = 1; in builtins.toSt$0ring 1
//! ```

use super::{Assist, AssistKind, Context, Offer};
use crate::base::{TextEdit, TextRange};
use crate::hir::{Expr, GLOBAL_NAMES, VarTarget};
use crate::semantics::{builtin_doc, names_in_scope, withs};
use crate::syntax::ast::{self, AstNode};

pub(super) const ASSIST: Assist =
    Assist { id: "add-builtins", kind: AssistKind::Rewrite, source: include_str!("add_builtins.rs"), offer };

fn offer(context: &Context<'_>) -> Option<Offer> {
    let ident: ast::Ident = context.node()?;
    let name = ident.syntax().text().to_string();
    let lowered = context.data.lowered();
    let of_nix = |range: TextRange| {
        let id = lowered.source_map.expr_with_range(range)?;
        match lowered.file.expr(id) {
            Expr::Var(var) => Some(var.target.clone()),
            _ => None,
        }
    };
    let range = ident.syntax().text_range();
    match of_nix(range) {
        Some(target) => {
            let global =
                matches!(target, VarTarget::Global) && !matches!(name.as_str(), "builtins" | "true" | "false" | "null");
            let undefined = matches!(target, VarTarget::Undefined) && builtin_doc(&name).is_some();
            let edit = TextEdit::insert(range.start(), "builtins.");
            context.offer(format!("Write builtins.{name}"), vec![edit]).filter(|_| global || undefined)
        }
        None => {
            let select = ast::Select::cast(ident.syntax().parent()?.parent()?)?;
            let base = select.expr()?.syntax().text_range();
            let is_builtins = matches!(of_nix(base), Some(VarTarget::Global)) && context.text(base) == "builtins";
            let first = select.attrpath()?.attrs().next()?;
            let taken = names_in_scope(select.syntax()).iter().any(|it| it.name == name);
            if !is_builtins
                || first.syntax() != ident.syntax()
                || taken
                || !GLOBAL_NAMES.contains(&name.as_str())
                || !withs(select.syntax()).is_empty()
            {
                return None;
            }
            let edit = TextEdit::delete(TextRange::new(base.start(), range.start()));
            context.offer(format!("Write {name} without builtins"), vec![edit])
        }
    }
}
