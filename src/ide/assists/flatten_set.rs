//! Writes the bindings of a nested set with their whole paths.
//!
//! ```nix before
//! {
//!   services.ssh$0 = {
//!     enable = true;
//!     settings = { X11Forwarding = false; }; # no
//!   };
//! }
//! ```
//!
//! ```nix after
//! {
//!   services.ssh.enable = true;
//!   services.ssh.settings = { X11Forwarding = false; }; # no
//! }
//! ```
//!
//! ```nix nothing
//! { a$0 = rec { b = 1; c = b; }; }
//! ```

use super::{Assist, AssistKind, Context, Offer};
use crate::base::{TextEdit, TextRange};
use crate::syntax::ast::{self, AstNode, HasEntry};
use crate::syntax::{NodeOrToken, SyntaxKind};

pub(super) const ASSIST: Assist =
    Assist { id: "flatten-set", kind: AssistKind::Rewrite, source: include_str!("flatten_set.rs"), offer };

fn offer(context: &Context<'_>) -> Option<Offer> {
    let binding: ast::AttrpathValue = context.node()?;
    let ast::Expr::AttrSet(set) = binding.value()? else { return None };
    let holder = binding.syntax().parent()?;
    // The first name of a path of `let` may be the same in several bindings, which it then may not be written in.
    if set.rec_token().is_some() || set.entries().next().is_none() || holder.kind() != SyntaxKind::NODE_ATTR_SET {
        return None;
    }
    let path = binding.attrpath()?;
    // On what stands inside of the set the inner bindings are meant.
    let head = TextRange::new(binding.syntax().text_range().start(), set.l_curly_token()?.text_range().end());
    if !head.contains_range(context.range) {
        return None;
    }
    let prefix = path.syntax().text().to_string();
    let outer = context.indent(binding.syntax().text_range().start());
    let mut edits = Vec::new();
    let open = set.l_curly_token()?.text_range();
    let close = set.r_curly_token()?.text_range();
    let body = TextRange::new(open.end(), close.start());
    let first = set.entries().next()?.syntax().text_range();
    let inner = context.indent(first.start());
    let multiline = context.text(body).contains('\n');
    // `services.ssh = {` goes with the white space behind it.
    let start = binding.syntax().text_range().start();
    let lead = context.text(TextRange::new(open.end(), first.start()));
    let gone = lead.len() - lead.trim_start().len();
    let gone = open.end() + crate::base::TextSize::try_from(gone).ok()?;
    edits.push(TextEdit::delete(TextRange::new(start, gone)));
    for entry in set.entries() {
        match &entry {
            ast::Entry::AttrpathValue(inner) => {
                let at = inner.attrpath()?.syntax().text_range().start();
                edits.push(TextEdit::insert(at, format!("{prefix}.")));
            }
            ast::Entry::Inherit(inherit) => {
                let from = inherit.from();
                let names: Vec<String> = inherit.attrs().map(|attr| attr.syntax().text().to_string()).collect();
                let text = match from {
                    Some(from) => format!("{prefix} = {{ inherit {} {}; }};", from.syntax().text(), names.join(" ")),
                    None => format!("{prefix} = {{ inherit {}; }};", names.join(" ")),
                };
                // Two sets of one name cannot both be written out.
                if set.entries().filter(|it| matches!(it, ast::Entry::Inherit(_))).count() > 1 {
                    return None;
                }
                edits.push(TextEdit::replace(inherit.syntax().text_range(), text));
            }
        }
    }
    if multiline {
        // The lines move to the left, but for those of strings in plain quotes.
        let raw = set
            .syntax()
            .descendants_with_tokens()
            .filter_map(NodeOrToken::into_token)
            .any(|token| token.kind() == SyntaxKind::TOKEN_STRING_CONTENT && token.text().contains('\n'));
        let extra = inner.strip_prefix(outer.as_str()).filter(|extra| !extra.is_empty() && !raw);
        if let Some(extra) = extra {
            let text = context.text(body).to_string();
            let mut at = usize::from(gone - body.start());
            while let Some(found) = text.get(at..).and_then(|rest| rest.find('\n')) {
                at += found + 1;
                let line = text.get(at..).unwrap_or_default();
                if line.starts_with(&inner) && !line.trim_start_matches([' ', '\t']).starts_with('\n') {
                    let from = body.start() + crate::base::TextSize::try_from(at).ok()?;
                    edits.push(TextEdit::delete(TextRange::at(from, crate::base::TextSize::of(extra))));
                }
            }
        }
    }
    let trail = context.text(body);
    let kept = trail.trim_end().len();
    let end = body.start() + crate::base::TextSize::try_from(kept).ok()?;
    // A comment at the end of the last line takes the line end with it.
    let comment = trail.trim_end().rsplit('\n').next().is_some_and(|line| line.contains('#'));
    let end = if comment { end.max(body.start()) } else { end };
    edits.push(TextEdit::delete(TextRange::new(end, binding.syntax().text_range().end())));
    context.offer(format!("Flatten {prefix}"), edits)
}
