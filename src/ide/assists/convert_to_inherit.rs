//! Writes a binding of a name to itself, or to an attribute of that name, as `inherit`.
//!
//! ```nix before
//! { pkgs, lib }: { lib$0 = lib; hello = pkgs.hello; }
//! ```
//!
//! ```nix after
//! { pkgs, lib }: { inherit lib; hello = pkgs.hello; }
//! ```
//!
//! ```nix before
//! { pkgs, lib }: { a.hello =$0 pkgs.x.hello; }
//! ```
//!
//! ```nix after
//! { pkgs, lib }: { a = { inherit (pkgs.x) hello; }; }
//! ```
//!
//! In a recursive set, and in `let`, a name bound to itself is something else.
//!
//! ```nix nothing
//! let x =$0 x; in x
//! ```

use super::{Assist, AssistKind, Context, Offer};
use crate::base::{TextEdit, TextRange};
use crate::semantics::attr_name;
use crate::syntax::SyntaxKind;
use crate::syntax::ast::{self, AstNode};

pub(super) const ASSIST: Assist = Assist {
    id: "convert-to-inherit",
    kind: AssistKind::Rewrite,
    source: include_str!("convert_to_inherit.rs"),
    offer,
};

fn offer(context: &Context<'_>) -> Option<Offer> {
    let binding: ast::AttrpathValue = context.node()?;
    let attrs: Vec<ast::Attr> = binding.attrpath()?.attrs().collect();
    let (last, before) = attrs.split_last()?;
    let ast::Attr::Ident(name) = last else { return None };
    let name = name.syntax().text().to_string();
    let value = binding.value()?;
    let inherit = match &value {
        ast::Expr::Ident(ident) if ident.syntax().text() == name.as_str() => {
            let holder = binding.syntax().parent()?;
            let recursive = holder.kind() != SyntaxKind::NODE_ATTR_SET
                || ast::AttrSet::cast(holder).is_some_and(|set| set.rec_token().is_some());
            if recursive && before.is_empty() {
                return None;
            }
            format!("inherit {name};")
        }
        ast::Expr::Select(select) if select.or_token().is_none() => {
            let path: Vec<ast::Attr> = select.attrpath()?.attrs().collect();
            let (selected, rest) = path.split_last()?;
            if attr_name(selected)? != name || !matches!(selected, ast::Attr::Ident(_)) {
                return None;
            }
            let base = select.expr()?.syntax().text_range();
            let from = rest.last().map_or(base, |last| base.cover(last.syntax().text_range()));
            format!("inherit ({}) {name};", context.text(from))
        }
        _ => return None,
    };
    let text = match before.last() {
        Some(outer) => {
            let first = attrs.first()?.syntax().text_range();
            let path = context.text(TextRange::new(first.start(), outer.syntax().text_range().end()));
            format!("{path} = {{ {inherit} }};")
        }
        None => inherit.clone(),
    };
    context.offer(format!("Write as `{inherit}`"), vec![TextEdit::replace(binding.syntax().text_range(), text)])
}
