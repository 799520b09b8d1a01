//! What a string or path literal says once its quotes and escapes are taken off.
//!
//! rnix has this too, but resolves escapes after it has stripped the indentation,
//! strips what Nix does not (a tab is no indentation, an escaped character ends
//! it), and panics for trees it did not expect. Here the steps are those of Nix:
//! the text is cut into the pieces that Nix's lexer makes, then each piece goes
//! through what Nix calls `stripIndentation`.

use rowan::ast::AstNode;

use super::SyntaxKind::*;
use super::{NodeOrToken, SyntaxNode, ast};

/// A piece of a string or path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// Text as Nix sees it: escapes resolved, indentation stripped.
    Literal(String),
    /// `${…}`.
    Interpolation(ast::Interpol),
}

/// The pieces of a `"…"` or `''…''` string. Two literals never stand side by
/// side, and none is empty; the empty string has no pieces.
///
/// A string that is never closed goes on to the end of the text.
pub fn string_parts(string: &ast::Str) -> Vec<Part> {
    let node = string.syntax();
    let is_indented = node.first_token().is_some_and(|it| it.text() == "''");
    let mut parts = Parts::default();
    if is_indented {
        strip_indentation(&pieces(node), &mut parts);
    } else {
        for element in node.children_with_tokens() {
            match element {
                NodeOrToken::Token(token) if token.kind() == TOKEN_STRING_CONTENT => {
                    parts.text(&unescape(token.text()));
                }
                NodeOrToken::Token(_) => {}
                NodeOrToken::Node(node) => parts.interpolation(node),
            }
        }
    }
    parts.done
}

/// The value of a string without interpolation, or `None` if it has one.
pub fn plain_string(string: &ast::Str) -> Option<String> {
    plain(string_parts(string))
}

/// The pieces of a path as written: relative ones are not resolved, and `~` and
/// `..` stay. A search path loses its angle brackets.
pub fn path_parts(path: &ast::Path) -> Vec<Part> {
    let mut parts = Parts::default();
    for element in path.syntax().children_with_tokens() {
        match element {
            NodeOrToken::Token(token) if token.kind() == TOKEN_PATH_SEARCH => {
                parts.text(token.text().trim_start_matches('<').trim_end_matches('>'));
            }
            NodeOrToken::Token(token) => parts.text(token.text()),
            NodeOrToken::Node(node) => parts.interpolation(node),
        }
    }
    parts.done
}

/// The text of a path without interpolation, or `None` if it has one.
pub fn plain_path(path: &ast::Path) -> Option<String> {
    plain(path_parts(path))
}

fn plain(parts: Vec<Part>) -> Option<String> {
    let mut parts = parts.into_iter();
    match (parts.next(), parts.next()) {
        (None, _) => Some(String::new()),
        (Some(Part::Literal(text)), None) => Some(text),
        _ => None,
    }
}

#[derive(Default)]
struct Parts {
    done: Vec<Part>,
}

impl Parts {
    fn text(&mut self, text: &str) {
        if let Some(Part::Literal(last)) = self.done.last_mut() {
            last.push_str(text);
        } else if !text.is_empty() {
            self.done.push(Part::Literal(text.to_owned()));
        }
    }

    fn interpolation(&mut self, node: SyntaxNode) {
        self.done.extend(ast::Interpol::cast(node).map(Part::Interpolation));
    }
}

/// Resolves the escapes of a `"…"` string. Line ends become `\n`.
fn unescape(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => result.extend(chars.next().map(unescaped)),
            '\r' => {
                chars.next_if_eq(&'\n');
                result.push('\n');
            }
            _ => result.push(c),
        }
    }
    result
}

/// What a character means after a backslash.
fn unescaped(c: char) -> char {
    match c {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        _ => c,
    }
}

/// A token of an indented string, as Nix's lexer cuts it.
enum Piece {
    /// Text as it stands there, the only one whose spaces can be indentation.
    Text(String),
    /// An escape, or a `$` or `'` that could have begun one.
    Escaped(String),
    Interpolation(SyntaxNode),
}

fn pieces(string: &SyntaxNode) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut is_first = true;
    for element in string.children_with_tokens() {
        match element {
            NodeOrToken::Token(token) if token.kind() == TOKEN_STRING_CONTENT => {
                let text = token.text();
                let text = if is_first { without_blank_first_line(text) } else { text };
                cut(text, &mut pieces);
                is_first = false;
            }
            NodeOrToken::Token(_) => {}
            NodeOrToken::Node(node) => {
                pieces.push(Piece::Interpolation(node));
                is_first = false;
            }
        }
    }
    pieces
}

/// Spaces and a line end right after the opening quotes belong to the quotes.
fn without_blank_first_line(text: &str) -> &str {
    text.trim_start_matches(' ').strip_prefix('\n').unwrap_or(text)
}

fn cut(text: &str, pieces: &mut Vec<Piece>) {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (escaped, length) = match rest.as_bytes() {
            [b'\'', b'\'', b'\'', ..] => ("''".to_owned(), 3),
            [b'\'', b'\'', b'$', ..] => ("$".to_owned(), 3),
            [b'\'', b'\'', b'\\', ..] => {
                let c = rest.chars().nth(3);
                (c.map(unescaped).into_iter().collect(), 3 + c.map_or(0, char::len_utf8))
            }
            // Where the text ends, an interpolation or the closing quotes follow.
            [b'\''] | [b'\'', b'\'' | b'$', ..] => ("'".to_owned(), 1),
            [b'$'] | [b'$', b'\'', ..] => ("$".to_owned(), 1),
            [b'$', ..] => {
                // Together with whatever comes next: that is why `$${` is text.
                let length = 1 + rest.chars().nth(1).map_or(0, char::len_utf8);
                let (taken, left) = rest.split_at(length);
                plain.push_str(taken);
                rest = left;
                continue;
            }
            _ => {
                plain.push(first);
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
                continue;
            }
        };
        if !plain.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
        }
        pieces.push(Piece::Escaped(escaped));
        rest = rest.get(length..).unwrap_or_default();
    }
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
}

/// The least number of spaces that a line starts with. Lines of spaces only do
/// not count, unless something other than text comes after the spaces.
fn indentation(pieces: &[Piece]) -> usize {
    let mut least = usize::MAX;
    let mut current = 0;
    let mut at_start_of_line = true;
    for piece in pieces {
        let Piece::Text(text) = piece else {
            if at_start_of_line {
                at_start_of_line = false;
                least = least.min(current);
            }
            continue;
        };
        for c in text.chars() {
            match c {
                '\n' => {
                    at_start_of_line = true;
                    current = 0;
                }
                ' ' if at_start_of_line => current += 1,
                _ if at_start_of_line => {
                    at_start_of_line = false;
                    least = least.min(current);
                }
                _ => {}
            }
        }
    }
    least
}

fn strip_indentation(pieces: &[Piece], parts: &mut Parts) {
    let indentation = indentation(pieces);
    let mut at_start_of_line = true;
    let mut dropped = 0;
    for (index, piece) in pieces.iter().enumerate() {
        let text = match piece {
            Piece::Text(text) | Piece::Escaped(text) => text,
            Piece::Interpolation(node) => {
                at_start_of_line = false;
                dropped = 0;
                parts.interpolation(node.clone());
                continue;
            }
        };
        let mut stripped = String::with_capacity(text.len());
        for c in text.chars() {
            if at_start_of_line && c == ' ' {
                dropped += 1;
                if dropped <= indentation {
                    continue;
                }
            } else {
                // An escaped line end starts a line here, although not above.
                at_start_of_line = c == '\n';
                dropped = 0;
            }
            stripped.push(c);
        }
        // The spaces before the closing quotes go, if there is nothing else on their line.
        let is_last = index + 1 == pieces.len();
        if is_last
            && let Some((_, last_line)) = stripped.rsplit_once('\n')
            && last_line.bytes().all(|it| it == b' ')
        {
            stripped.truncate(stripped.len() - last_line.len());
        }
        parts.text(&stripped);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Parse;
    use proptest::prelude::*;

    /// The pieces of a literal, with interpolations as they are written.
    fn parts(text: &str) -> Vec<String> {
        let parse = Parse::new(text);
        let node = parse.root().first_child().unwrap();
        let parts = match ast::Str::cast(node.clone()) {
            Some(string) => string_parts(&string),
            None => path_parts(&ast::Path::cast(node).unwrap()),
        };
        parts
            .into_iter()
            .map(|part| match part {
                Part::Literal(text) => text,
                Part::Interpolation(interpol) => interpol.to_string(),
            })
            .collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(parts(text), expected, "{text}");
    }

    #[test]
    fn escapes() {
        check(r#""""#, &[]);
        check(r#""a""#, &["a"]);
        check(r#""\n\r\t\\\"\a\$""#, &["\n\r\t\\\"a$"]);
        check(r#""\${a}""#, &["${a}"]);
        check(r#""$${a}""#, &["$${a}"]);
        check(r#""$$${a}""#, &["$$", "${a}"]);
        check(r#""$""#, &["$"]);
        check(r#""$\n""#, &["$\n"]);
        check(r#""a $b {c}""#, &["a $b {c}"]);
        check(r#""''a''""#, &["''a''"]);
        check(r#""ä\ö😀""#, &["äö😀"]);
        check(r#""a${b}c${"d${e}"}""#, &["a", "${b}", "c", r#"${"d${e}"}"#]);
        check(r#""${a}${b}""#, &["${a}", "${b}"]);
    }

    #[test]
    fn line_ends_in_quotes_are_normalised() {
        check("\"a\r\nb\rc\nd\"", &["a\nb\nc\nd"]);
        check("\"a\\\r\nb\"", &["a\r\nb"]);
        check("\"  a\n  b\"", &["  a\n  b"]);
    }

    #[test]
    fn indentation_is_stripped() {
        check("''''", &[]);
        check("''a''", &["a"]);
        check("'' a''", &["a"]);
        check("''a ''", &["a "]);
        check("''\n''", &[]);
        check("''  \n  a\n    b\n''", &["a\n  b\n"]);
        check("''\n  a\n\n  b\n  ''", &["a\n\nb\n"]);
        check("''\n  a\n \n  b\n  ''", &["a\n\nb\n"]);
        check("''\n    a\n      \n    b''", &["a\n  \nb"]);
        check("''  a\n b''", &[" a\nb"]);
        check("''\n  a\n b\n''", &[" a\nb\n"]);
    }

    #[test]
    fn the_last_line_goes_if_it_is_blank() {
        check("''\n  a\n      ''", &["a\n"]);
        check("''\n  a\n ''", &["a\n"]);
        check("''a\n ''", &["a\n"]);
        check("''a\n\t''", &["a\n\t"]);
        check("''\n  ${a}\n  ''", &["${a}", "\n"]);
        check("''\n  a\n  ${b}''", &["a\n", "${b}"]);
    }

    #[test]
    fn an_interpolation_is_no_blank() {
        check("''\n    a\n  ${b}\n''", &["  a\n", "${b}", "\n"]);
        check("''\n  ${a}\n    b\n''", &["${a}", "\n  b\n"]);
        check("''  ${a}  ''", &["${a}", "  "]);
        check("''${a}\n  b''", &["${a}", "\n  b"]);
        check("''\n  a ${b}\n    c''", &["a ", "${b}", "\n  c"]);
        // The spaces after it are no indentation.
        check("''\n  ${a}  b''", &["${a}", "  b"]);
    }

    #[test]
    fn only_spaces_are_indentation() {
        check("''\n\ta\n\tb''", &["\ta\n\tb"]);
        check("''\n  \ta\n  b''", &["\ta\nb"]);
        check("''\n\u{a0} a\n b''", &["\u{a0} a\n b"]);
        // So that with these line ends nothing is stripped at all.
        check("''\r\n  a\r\n  b\r\n''", &["\r\n  a\r\n  b\r\n"]);
    }

    #[test]
    fn escapes_of_indented_strings() {
        check("''a''${b}''", &["a${b}"]);
        check("''$${a}''", &["$${a}"]);
        check("''$$${a}''", &["$$", "${a}"]);
        check("'''''''", &["''"]);
        check("''a'''b''", &["a''b"]);
        check("''''\\n''\\t''\\r''\\a''\\\\''", &["\n\t\ra\\"]);
        check("''''\\${a}''", &["${a}"]);
        check("''\\n''", &["\\n"]);
        check("''$a $''", &["$a $"]);
        check("''a$''", &["a$"]);
        check("'''${a}''", &["'", "${a}"]);
        check("''it's''", &["it's"]);
    }

    #[test]
    fn an_escape_ends_the_indentation() {
        check("''\n    a\n  ''$b''", &["  a\n$b"]);
        check("''\n    a\n  '''b''", &["  a\n''b"]);
        check("''\n    a\n  $'b''", &["  a\n$'b"]);
        // An escaped line end does not start a line that counts, but one that is stripped.
        check("''\n  a''\\n   b''", &["a\n b"]);
        check("''\n  a''\\n b\n  c''", &["a\nb\nc"]);
        check("''\n  ''\\n''", &["\n"]);
    }

    #[test]
    fn paths() {
        check("./a/b.nix", &["./a/b.nix"]);
        check("/a", &["/a"]);
        check("~/a", &["~/a"]);
        check("../.", &["../."]);
        check("a/b", &["a/b"]);
        check("./a/${b}/c.${d}e", &["./a/", "${b}", "/c.", "${d}", "e"]);
        check("<nixpkgs/nixos>", &["nixpkgs/nixos"]);
    }

    #[test]
    fn plain_values() {
        let string = |text: &str| {
            let node = Parse::new(text).root().first_child().unwrap();
            plain_string(&ast::Str::cast(node).unwrap())
        };
        assert_eq!(string("\"\""), Some(String::new()));
        assert_eq!(string("''\n  a\n''"), Some("a\n".to_owned()));
        assert_eq!(string("\"a ${b}\""), None);
        assert_eq!(string("\"${b}\""), None);
        let path = |text: &str| {
            let node = Parse::new(text).root().first_child().unwrap();
            plain_path(&ast::Path::cast(node).unwrap())
        };
        assert_eq!(path("./a"), Some("./a".to_owned()));
        assert_eq!(path("./${a}"), None);
    }

    #[test]
    fn unfinished_strings_have_a_value() {
        check("\"a", &["a"]);
        check("\"a\\", &["a"]);
        check("''\n  a", &["a"]);
        check("''a''\\", &["a"]);
        check("''a'", &["a'"]);
        check("\"${", &["${"]);
    }

    proptest! {
        #[test]
        fn text_survives_quoting(text in "[a-z'\"\\\\$ {}\n\t]{0,20}") {
            let quoted = text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${");
            prop_assert_eq!(parts(&format!("\"{quoted}\"")).concat(), text);
        }

        #[test]
        fn indentation_does_not_matter(lines in prop::collection::vec("[a-z][a-z ]{0,5}", 1..5), depth in 0usize..6) {
            let line_end = format!("\n{}", " ".repeat(depth));
            let text = format!("''{line_end}{}\n''", lines.join(&line_end));
            prop_assert_eq!(parts(&text).concat(), lines.join("\n") + "\n");
        }
    }
}
