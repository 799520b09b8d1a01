//! Writes a string in the other kind of quotes.
//!
//! ```nix before
//! { x = "a $0\"quoted\" ${word}\n  b"; }
//! ```
//!
//! ```nix after
//! { x = ''a "quoted" ${word}
//!   b''; }
//! ```
//!
//! ```nix before
//! { x = ''$0one "two" ${three}''; }
//! ```
//!
//! ```nix after
//! { x = "one \"two\" ${three}"; }
//! ```
//!
//! ```nix nothing
//! { x = "tab\t$0"; }
//! ```

use super::{Assist, AssistKind, Context, Offer};
use crate::base::TextEdit;
use crate::syntax::ast::{self, AstNode};
use crate::syntax::string_value::{Part, string_parts};

pub(super) const ASSIST: Assist =
    Assist { id: "rewrite-string", kind: AssistKind::Rewrite, source: include_str!("rewrite_string.rs"), offer };

fn offer(context: &Context<'_>) -> Option<Offer> {
    let string: ast::Str = context.node()?;
    let parent = string.syntax().parent()?;
    // Quoted names of paths take plain quotes only.
    if ast::Attrpath::can_cast(parent.kind()) || ast::Inherit::can_cast(parent.kind()) {
        return None;
    }
    let indented = string.syntax().first_token()?.text() == "''";
    let parts = string_parts(&string);
    let text = if indented { plain(&parts) } else { in_two_quotes(&parts)? };
    // What the other kind of quotes makes of it has to be the same.
    let parse = crate::syntax::Parse::new(&text);
    let ast::Expr::Str(made) = parse.tree().expr()? else { return None };
    if shown(&string_parts(&made)) != shown(&parts) {
        return None;
    }
    let title = if indented { "Write as a string in \"…\"" } else { "Write as a string in ''…''" };
    context.offer(title, vec![TextEdit::replace(string.syntax().text_range(), text)])
}

fn plain(parts: &[Part]) -> String {
    let mut out = String::from("\"");
    for part in parts {
        match part {
            Part::Literal(text) => {
                let mut letters = text.chars().peekable();
                while let Some(letter) = letters.next() {
                    match letter {
                        '$' if letters.peek() == Some(&'{') => out.push_str("\\$"),
                        '"' => out.push_str("\\\""),
                        '\\' => out.push_str("\\\\"),
                        '\n' => out.push_str("\\n"),
                        '\t' => out.push_str("\\t"),
                        '\r' => out.push_str("\\r"),
                        other => out.push(other),
                    }
                }
            }
            Part::Interpolation(interpol) => out.push_str(&interpol.syntax().text().to_string()),
        }
    }
    out.push('"');
    out
}

/// `None` where a letter cannot stand between two quotes by itself.
fn in_two_quotes(parts: &[Part]) -> Option<String> {
    let mut out = String::from("''");
    for part in parts {
        match part {
            Part::Literal(text) => {
                if text.contains(['\t', '\r']) {
                    return None;
                }
                out.push_str(&text.replace("''", "\'\'\'").replace("${", "''${"));
            }
            Part::Interpolation(interpol) => out.push_str(&interpol.syntax().text().to_string()),
        }
    }
    out.push_str("''");
    Some(out)
}

fn shown(parts: &[Part]) -> Vec<String> {
    let of = |part: &Part| match part {
        Part::Literal(text) => format!("literal {text}"),
        Part::Interpolation(interpol) => format!("code {}", interpol.syntax().text()),
    };
    parts.iter().map(of).collect()
}
