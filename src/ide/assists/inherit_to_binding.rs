//! Writes an inherited name as a binding.
//!
//! ```nix before
//! { pkgs, lib }: { inherit (pkgs) git he$0llo; }
//! ```
//!
//! ```nix after
//! { pkgs, lib }: { inherit (pkgs) git; hello = pkgs.hello; }
//! ```
//!
//! ```nix before
//! { lib }: { inherit li$0b; }
//! ```
//!
//! ```nix after
//! { lib }: { lib = lib; }
//! ```
//!
//! ```nix nothing
//! { lib }: rec { inherit li$0b; }
//! ```

use super::{Assist, AssistKind, Context, Offer, needs_parens};
use crate::base::{TextEdit, TextRange};
use crate::syntax::SyntaxKind;
use crate::syntax::ast::{self, AstNode};

pub(super) const ASSIST: Assist = Assist {
    id: "inherit-to-binding",
    kind: AssistKind::Rewrite,
    source: include_str!("inherit_to_binding.rs"),
    offer,
};

fn offer(context: &Context<'_>) -> Option<Offer> {
    let inherit: ast::Inherit = context.node()?;
    let at = context.range;
    let names: Vec<ast::Attr> = inherit.attrs().collect();
    let on = |attr: &&ast::Attr| attr.syntax().text_range().contains_range(at);
    let (index, ast::Attr::Ident(ident)) = (names.iter().position(|attr| on(&attr))?, names.iter().find(on)?) else {
        return None;
    };
    let name = ident.syntax().text().to_string();
    let value = match inherit.from() {
        Some(from) => {
            let from = from.expr()?;
            let text = from.syntax().text().to_string();
            if needs_parens(&from) { format!("({text}).{name}") } else { format!("{text}.{name}") }
        }
        None => {
            let set = inherit.syntax().parent()?;
            // `x = x` refers to itself where the set is recursive.
            let plain = set.kind() == SyntaxKind::NODE_ATTR_SET
                && ast::AttrSet::cast(set).is_some_and(|set| set.rec_token().is_none());
            if !plain {
                return None;
            }
            name.clone()
        }
    };
    let binding = format!("{name} = {value};");
    let whole = inherit.syntax().text_range();
    let title = format!("Write as `{binding}`");
    if names.len() == 1 {
        return context.offer(title, vec![TextEdit::replace(whole, binding)]);
    }
    let range = ident.syntax().text_range();
    // With the white space before it, or behind it where it is the first.
    let before = match index {
        0 => inherit.inherit_token()?.text_range().end(),
        _ => names.get(index - 1)?.syntax().text_range().end(),
    };
    let before = match inherit.from().filter(|_| index == 0) {
        Some(from) => from.syntax().text_range().end(),
        None => before,
    };
    let lines = context.text(TextRange::new(before, range.start())).contains('\n');
    let separator = if lines { format!("\n{}", context.indent(whole.start())) } else { " ".to_string() };
    let edits = vec![
        TextEdit::delete(TextRange::new(before, range.end())),
        TextEdit::insert(whole.end(), format!("{separator}{binding}")),
    ];
    context.offer(title, edits)
}
