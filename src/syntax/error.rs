//! What is wrong with a text, said to people.

use std::fmt;

use super::SyntaxKind::{self, *};
use crate::base::{TextRange, TextSize};

/// Something that Nix would refuse to parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where to point; empty where something is missing.
    pub range: TextRange,
    /// What was expected and what was found, without a full stop.
    pub message: String,
    /// Up to where the text was read when the error was noticed. Errors are in
    /// this order. It tells whether an edit may have made or mended the error.
    pub(super) noticed: TextSize,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// No token is quoted at greater length.
const LONGEST_QUOTE: usize = 40;

/// What was found, for the end of a message; `None` is the end of the text.
pub(super) fn found(token: Option<(SyntaxKind, &str)>) -> String {
    let Some((kind, text)) = token else {
        return "the end of the file".to_owned();
    };
    match kind {
        TOKEN_STRING_START => "a string".to_owned(),
        TOKEN_ERROR if text.starts_with("/*") => "a comment that is never closed".to_owned(),
        TOKEN_ERROR => unknown_characters(text),
        _ => quoted(text),
    }
}

/// The message about characters that are no part of the language.
pub(super) fn unknown(text: &str) -> String {
    if text.starts_with("/*") {
        "this comment is never closed: expected `*/`".to_owned()
    } else {
        format!("{} means nothing in Nix", unknown_characters(text))
    }
}

/// Names characters that are no part of the language, and why some of them are there.
fn unknown_characters(text: &str) -> String {
    let mut chars = text.chars();
    let (Some(first), more) = (chars.next(), chars.next().is_some()) else {
        return "nothing".to_owned();
    };
    let name = match first {
        '\u{a0}' => "a no-break space".to_owned(),
        '\u{feff}' => "a byte order mark".to_owned(),
        '\0' => "a null byte".to_owned(),
        '‘' | '’' | '“' | '”' | '„' | '«' | '»' => format!("the typographic quote `{first}`"),
        _ if first.is_control() || first.is_whitespace() => {
            format!("the character U+{:04X}", u32::from(first))
        }
        _ if more => return quoted(text),
        _ => format!("the character `{first}`"),
    };
    if more { format!("{name} and more") } else { name }
}

fn quoted(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(LONGEST_QUOTE) {
        Some((end, _)) => format!("`{}…`", line.get(..end).unwrap_or_default()),
        None if line.len() < text.len() => format!("`{line}…`"),
        None => format!("`{line}`"),
    }
}

/// How a token that has only one spelling is written.
pub(super) fn spelling(kind: SyntaxKind) -> &'static str {
    match kind {
        TOKEN_ASSIGN => "=",
        TOKEN_COLON => ":",
        TOKEN_ELSE => "else",
        TOKEN_IN => "in",
        TOKEN_L_BRACE => "{",
        TOKEN_INTERPOL_END | TOKEN_R_BRACE => "}",
        TOKEN_R_BRACK => "]",
        TOKEN_R_PAREN => ")",
        TOKEN_SEMICOLON => ";",
        TOKEN_THEN => "then",
        _ => "something else",
    }
}
