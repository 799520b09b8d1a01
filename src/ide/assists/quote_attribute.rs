//! Puts the name of an attribute in quotes, or takes them away.
//!
//! ```nix before
//! { a.b$0c = 1; }
//! ```
//!
//! ```nix after
//! { a."bc" = 1; }
//! ```
//!
//! ```nix before
//! x."a$0b".c
//! ```
//!
//! ```nix after
//! x.ab.c
//! ```
//!
//! ```nix nothing
//! x."a $0b".c
//! ```

use super::{Assist, AssistKind, Context, Offer};
use crate::base::TextEdit;
use crate::eval::attr_name as spelled;
use crate::syntax::SyntaxKind;
use crate::syntax::ast::{self, AstNode};
use crate::syntax::string_value::plain_string;

pub(super) const ASSIST: Assist =
    Assist { id: "quote-attribute", kind: AssistKind::Rewrite, source: include_str!("quote_attribute.rs"), offer };

fn offer(context: &Context<'_>) -> Option<Offer> {
    let path: ast::Attrpath = context.node()?;
    let attr = path.attrs().find(|attr| attr.syntax().text_range().contains_range(context.range))?;
    let range = attr.syntax().text_range();
    match attr {
        ast::Attr::Ident(ident) => {
            // A name of `let` is a variable, whatever it looks like.
            let holder = path.syntax().parent()?.parent();
            if holder.is_some_and(|it| it.kind() == SyntaxKind::NODE_LET_IN) {
                return None;
            }
            let name = ident.syntax().text().to_string();
            context.offer("Quote the name", vec![TextEdit::replace(range, format!("\"{name}\""))])
        }
        ast::Attr::Str(string) => {
            let name = plain_string(&string)?;
            if spelled(&name) != name {
                return None;
            }
            context.offer("Take the quotes away", vec![TextEdit::replace(range, name)])
        }
        ast::Attr::Dynamic(_) => None,
    }
}
