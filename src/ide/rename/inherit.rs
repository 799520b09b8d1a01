//! `inherit` binds a name to what has the same name. Where the two part ways, it has to be spelled out.

use crate::base::{TextEdit, TextRange};
use crate::syntax::SyntaxKind::*;
use crate::syntax::ast::{self, AstNode};

/// Takes the name at `range` out of an `inherit`, and binds `target` to `source` of the same set instead.
pub(super) fn spell_out(inherit: &ast::Inherit, range: TextRange, target: &str, source: &str) -> Vec<TextEdit> {
    let value = match inherit.from().and_then(|from| from.expr()) {
        Some(from) => {
            let simple =
                matches!(from.syntax().kind(), NODE_IDENT | NODE_SELECT | NODE_PAREN | NODE_ATTR_SET | NODE_STRING);
            let text = from.syntax().text();
            if simple { format!("{text}.{source}") } else { format!("({text}).{source}") }
        }
        None => source.to_string(),
    };
    let binding = format!("{target} = {value};");
    let whole = inherit.syntax().text_range();
    if inherit.attrs().count() <= 1 {
        return vec![TextEdit { range: whole, insert: binding }];
    }
    let name = inherit.attrs().find(|attr| attr.syntax().text_range() == range);
    // The white space before it goes with it.
    let before = name.and_then(|name| name.syntax().prev_sibling_or_token()?.into_token());
    let start = before.filter(|it| it.kind() == TOKEN_WHITESPACE).map_or(range.start(), |it| it.text_range().start());
    let indent = inherit.syntax().prev_sibling_or_token().and_then(|it| it.into_token());
    let indent = indent.as_ref().map(|it| it.text()).and_then(|text| text.rfind('\n').map(|at| text[at..].to_string()));
    let separator = indent.unwrap_or_else(|| " ".to_string());
    vec![
        TextEdit { range: TextRange::new(start, range.end()), insert: String::new() },
        TextEdit { range: TextRange::empty(whole.end()), insert: format!("{separator}{binding}") },
    ]
}
