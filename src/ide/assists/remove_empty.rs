//! Takes away an `inherit` without names, and a `let` without bindings.
//!
//! ```nix before
//! { a = 1; inhe$0rit; }
//! ```
//!
//! ```nix after
//! { a = 1; }
//! ```
//!
//! ```nix before
//! le$0t in { a = 1; }
//! ```
//!
//! ```nix after
//! { a = 1; }
//! ```

use super::{Assist, AssistKind, Context, Offer};
use crate::base::{TextEdit, TextRange, TextSize};
use crate::syntax::ast::{self, AstNode, HasEntry};

pub(super) const ASSIST: Assist =
    Assist { id: "remove-empty", kind: AssistKind::Quick, source: include_str!("remove_empty.rs"), offer };

fn offer(context: &Context<'_>) -> Option<Offer> {
    if let Some(inherit) = context.node::<ast::Inherit>().filter(|inherit| inherit.attrs().next().is_none()) {
        let range = inherit.syntax().text_range();
        let before = context.text(TextRange::up_to(range.start()));
        let space = TextSize::try_from(before.len() - before.trim_end().len()).ok()?;
        let edit = TextEdit::delete(TextRange::new(range.start() - space, range.end()));
        return context.offer("Remove the empty `inherit`", vec![edit]);
    }
    let let_in: ast::LetIn = context.node()?;
    let body = let_in.body()?.syntax().text_range();
    let head = TextRange::new(let_in.syntax().text_range().start(), body.start());
    if let_in.entries().next().is_some() || !head.contains_range(context.range) || context.text(head).contains('#') {
        return None;
    }
    context.offer("Remove the empty `let`", vec![TextEdit::delete(head)])
}
