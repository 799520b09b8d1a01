//! Puts the bindings that begin with the same name into one set.
//!
//! ```nix before
//! {
//!   services.$0ssh.enable = true;
//!   x = 1;
//!   services.cron.enable = true;
//! }
//! ```
//!
//! ```nix after
//! {
//!   services = {
//!     ssh.enable = true;
//!     cron.enable = true;
//!   };
//!   x = 1;
//! }
//! ```
//!
//! ```nix nothing
//! { services.ssh.ena$0ble = true; }
//! ```

use super::{Assist, AssistKind, Context, Offer};
use crate::base::{TextEdit, TextRange, TextSize};
use crate::syntax::ast::{self, AstNode, HasEntry};
use crate::syntax::{NodeOrToken, SyntaxKind};

pub(super) const ASSIST: Assist =
    Assist { id: "pack-set", kind: AssistKind::Rewrite, source: include_str!("pack_set.rs"), offer };

fn offer(context: &Context<'_>) -> Option<Offer> {
    let binding: ast::AttrpathValue = context.node()?;
    let attrs: Vec<ast::Attr> = binding.attrpath()?.attrs().collect();
    let first = attrs.first()?;
    if attrs.len() < 2 || matches!(first, ast::Attr::Dynamic(_)) {
        return None;
    }
    // The cursor says the name by which they are packed: only the first one has others beside it.
    let name_range = TextRange::new(binding.syntax().text_range().start(), attrs.get(1)?.syntax().text_range().start());
    if !name_range.contains_range(context.range) {
        return None;
    }
    let name = first.syntax().text().to_string();
    let set = ast::AttrSet::cast(binding.syntax().parent()?)?;
    let mut of_name = Vec::new();
    for entry in set.entries() {
        let ast::Entry::AttrpathValue(other) = entry else { continue };
        let names: Vec<ast::Attr> = other.attrpath()?.attrs().collect();
        if names.first()?.syntax().text() != name.as_str() {
            continue;
        }
        // `services = { … };` beside it would have to be looked into.
        let second = names.get(1)?;
        of_name.push((other.clone(), second.syntax().text_range().start()));
    }
    let raw = of_name.iter().flat_map(|(node, _)| node.syntax().descendants_with_tokens()).any(|it| match it {
        NodeOrToken::Token(token) => token.kind() == SyntaxKind::TOKEN_STRING_CONTENT && token.text().contains('\n'),
        NodeOrToken::Node(_) => false,
    });
    let indent = context.indent(of_name.first()?.0.syntax().text_range().start());
    let mut body = String::new();
    let mut edits = Vec::new();
    for (index, (other, rest)) in of_name.iter().enumerate() {
        let range = other.syntax().text_range();
        let text = context.text(TextRange::new(*rest, range.end()));
        let text = if raw { text.to_string() } else { text.replace(&format!("\n{indent}"), &format!("\n{indent}  ")) };
        body.push_str(&format!("{indent}  {text}\n"));
        if index > 0 {
            // With its line, if it has one to itself.
            let before = context.text(TextRange::up_to(range.start()));
            let spaces = before.len() - before.trim_end_matches([' ', '\t']).len();
            let alone = before.trim_end_matches([' ', '\t']).ends_with('\n');
            let start = range.start() - TextSize::try_from(spaces + usize::from(alone)).ok()?;
            edits.push(TextEdit::delete(TextRange::new(start, range.end())));
        }
    }
    let first = of_name.first()?.0.syntax().text_range();
    edits.push(TextEdit::replace(first, format!("{name} = {{\n{body}{indent}}};")));
    context.offer(format!("Put {name} into one set"), edits)
}
