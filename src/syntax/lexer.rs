//! Text to tokens, by the rules of Nix's own lexer.
//!
//! Nix takes the longest match of a list of regular expressions, which makes
//! `a-b` a name, `a/b` a path and `a:b` a URL. The same is done here by hand,
//! with one difference that matters for size: where Nix may look ahead over the
//! same characters again for each token, [`Run`] remembers how far it looked, so
//! that every text takes linear time.
//!
//! Token kinds and the cut of strings and paths into tokens are rnix's, because
//! its typed tree expects them.

use super::SyntaxKind::{self, *};

/// One token. Where it starts is known from those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: SyntaxKind,
    /// Length in bytes.
    pub len: u32,
    /// How many strings, paths and interpolations are open after this token.
    pub open: u32,
    /// How many more `{` than `}` there were up to here outside of those.
    pub braces: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Context {
    String { indented: bool },
    Interpolation { braces: u32 },
    Path(SyntaxKind),
}

/// The end of a stretch of characters of one class, kept for the next token
/// that starts within the same stretch.
#[derive(Debug, Default, Clone, Copy)]
struct Run {
    end: usize,
}

impl Run {
    fn end(&mut self, bytes: &[u8], from: usize, class: fn(u8) -> bool) -> usize {
        if self.end <= from {
            self.end = from + class_length(bytes, from, class);
        }
        self.end
    }
}

/// Cuts a text into tokens, from some offset on to its end.
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    offset: usize,
    contexts: Vec<Context>,
    braces: i32,
    path_run: Run,
    scheme_run: Run,
}

impl<'a> Lexer<'a> {
    /// Starts at `offset`, which lies neither in a token nor in a string.
    pub fn new(text: &'a str, offset: usize) -> Lexer<'a> {
        Lexer {
            bytes: text.as_bytes(),
            offset,
            contexts: Vec::new(),
            braces: 0,
            path_run: Run::default(),
            scheme_run: Run::default(),
        }
    }

    fn at(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.offset + ahead).copied()
    }

    fn byte(&self, offset: usize) -> Option<u8> {
        self.bytes.get(offset).copied()
    }

    fn interpolation_at(&self, offset: usize) -> bool {
        self.byte(offset) == Some(b'$') && self.byte(offset + 1) == Some(b'{')
    }

    fn string(&mut self, indented: bool) -> (SyntaxKind, usize) {
        let quote: &[u8] = if indented { b"''" } else { b"\"" };
        let body = if indented { self.indented_string_length() } else { self.string_length() };
        if body > 0 {
            (TOKEN_STRING_CONTENT, body)
        } else if self.interpolation_at(self.offset) {
            self.contexts.push(Context::Interpolation { braces: 0 });
            (TOKEN_INTERPOL_START, 2)
        } else {
            self.contexts.pop();
            (TOKEN_STRING_END, quote.len())
        }
    }

    /// The text of a `"…"` string up to its end or the next interpolation.
    fn string_length(&self) -> usize {
        let mut end = self.offset;
        while let Some(byte) = self.byte(end) {
            end += match byte {
                b'"' => break,
                b'\\' => 2,
                b'$' => match self.byte(end + 1) {
                    Some(b'{') => break,
                    Some(b'"' | b'\\') => 1,
                    // Taken as a pair: `$${` is no interpolation.
                    _ => 2,
                },
                _ => 1,
            };
        }
        end.min(self.bytes.len()) - self.offset
    }

    /// The text of a `''…''` string up to its end or the next interpolation.
    fn indented_string_length(&self) -> usize {
        let mut end = self.offset;
        while let Some(byte) = self.byte(end) {
            end += match byte {
                b'\'' if self.byte(end + 1) == Some(b'\'') => match self.byte(end + 2) {
                    Some(b'\'' | b'$') => 3,
                    Some(b'\\') => 4,
                    _ => break,
                },
                b'$' => match self.byte(end + 1) {
                    Some(b'{') => break,
                    Some(b'\'') => 1,
                    _ => 2,
                },
                _ => 1,
            };
        }
        end.min(self.bytes.len()) - self.offset
    }

    /// The rest of a path after an interpolation, or its next interpolation.
    fn path_rest(&mut self, kind: SyntaxKind) -> (SyntaxKind, usize) {
        if self.interpolation_at(self.offset) {
            self.contexts.push(Context::Interpolation { braces: 0 });
            return (TOKEN_INTERPOL_START, 2);
        }
        let length = class_length(self.bytes, self.offset, is_path_or_slash);
        if !self.interpolation_at(self.offset + length) {
            self.contexts.pop();
        }
        (kind, length)
    }

    /// A path from its first character on, which is known to be one.
    fn path(&mut self, kind: SyntaxKind, head: usize) -> (SyntaxKind, usize) {
        let length = head + class_length(self.bytes, self.offset + head, is_path_or_slash);
        if self.interpolation_at(self.offset + length) {
            self.contexts.push(Context::Path(kind));
        }
        (kind, length)
    }

    fn code(&mut self, first: u8) -> (SyntaxKind, usize) {
        let second = self.at(1);
        match first {
            b' ' | b'\t' | b'\r' | b'\n' => (TOKEN_WHITESPACE, class_length(self.bytes, self.offset, is_whitespace)),
            b'#' => {
                let text = class_length(self.bytes, self.offset, |it| it != b'\n' && it != b'\r');
                (TOKEN_COMMENT, text)
            }
            b'/' => self.slash(second),
            b'"' => {
                self.contexts.push(Context::String { indented: false });
                (TOKEN_STRING_START, 1)
            }
            b'\'' if second == Some(b'\'') => {
                self.contexts.push(Context::String { indented: true });
                (TOKEN_STRING_START, 2)
            }
            b'$' if second == Some(b'{') => {
                self.contexts.push(Context::Interpolation { braces: 0 });
                (TOKEN_INTERPOL_START, 2)
            }
            b'{' => {
                match self.contexts.last_mut() {
                    Some(Context::Interpolation { braces }) => *braces += 1,
                    _ => self.braces += 1,
                }
                (TOKEN_L_BRACE, 1)
            }
            b'}' => self.closing_brace(),
            b'[' => (TOKEN_L_BRACK, 1),
            b']' => (TOKEN_R_BRACK, 1),
            b'(' => (TOKEN_L_PAREN, 1),
            b')' => (TOKEN_R_PAREN, 1),
            b';' => (TOKEN_SEMICOLON, 1),
            b',' => (TOKEN_COMMA, 1),
            b'@' => (TOKEN_AT, 1),
            b':' => (TOKEN_COLON, 1),
            b'?' => (TOKEN_QUESTION, 1),
            b'*' => (TOKEN_MUL, 1),
            b'=' if second == Some(b'=') => (TOKEN_EQUAL, 2),
            b'=' => (TOKEN_ASSIGN, 1),
            b'!' if second == Some(b'=') => (TOKEN_NOT_EQUAL, 2),
            b'!' => (TOKEN_INVERT, 1),
            b'&' if second == Some(b'&') => (TOKEN_AND_AND, 2),
            b'|' if second == Some(b'|') => (TOKEN_OR_OR, 2),
            b'|' if second == Some(b'>') => (TOKEN_PIPE_RIGHT, 2),
            b'<' => self.less(second),
            b'>' if second == Some(b'=') => (TOKEN_MORE_OR_EQ, 2),
            b'>' => (TOKEN_MORE, 1),
            b'~' => self.home_path(),
            _ if is_path(first) => self.word(first, second),
            _ => self.unknown(),
        }
    }

    fn slash(&mut self, second: Option<u8>) -> (SyntaxKind, usize) {
        match second {
            Some(b'*') => self.block_comment(),
            Some(b'/') => (TOKEN_UPDATE, 2),
            Some(byte) if is_path(byte) => self.path(TOKEN_PATH_ABS, 1),
            _ if self.interpolation_at(self.offset + 1) => self.path(TOKEN_PATH_ABS, 1),
            _ => (TOKEN_DIV, 1),
        }
    }

    fn block_comment(&self) -> (SyntaxKind, usize) {
        let rest = self.bytes.get(self.offset..).unwrap_or_default();
        let body = rest.get(2..).unwrap_or_default();
        match body.windows(2).position(|pair| pair == b"*/") {
            Some(length) => (TOKEN_COMMENT, 2 + length + 2),
            None => (TOKEN_ERROR, rest.len()),
        }
    }

    fn home_path(&mut self) -> (SyntaxKind, usize) {
        let is_path =
            self.at(1) == Some(b'/') && (self.at(2).is_some_and(is_path) || self.interpolation_at(self.offset + 2));
        if is_path { self.path(TOKEN_PATH_HOME, 2) } else { (TOKEN_ERROR, 1) }
    }

    fn less(&self, second: Option<u8>) -> (SyntaxKind, usize) {
        if let Some(length) = self.search_path_length() {
            return (TOKEN_PATH_SEARCH, length);
        }
        match second {
            Some(b'=') => (TOKEN_LESS_OR_EQ, 2),
            Some(b'|') => (TOKEN_PIPE_LEFT, 2),
            _ => (TOKEN_LESS, 1),
        }
    }

    /// `<nixpkgs/lib>`: segments that are not empty, between angle brackets.
    fn search_path_length(&self) -> Option<usize> {
        let mut end = self.offset + 1;
        loop {
            let segment = class_length(self.bytes, end, is_path);
            if segment == 0 {
                return None;
            }
            end += segment;
            match self.byte(end)? {
                b'/' => end += 1,
                b'>' => return Some(end + 1 - self.offset),
                _ => return None,
            }
        }
    }

    fn closing_brace(&mut self) -> (SyntaxKind, usize) {
        match self.contexts.last_mut() {
            Some(Context::Interpolation { braces }) => match braces.checked_sub(1) {
                Some(fewer) => {
                    *braces = fewer;
                    (TOKEN_R_BRACE, 1)
                }
                None => {
                    self.contexts.pop();
                    self.end_path_unless_it_goes_on(self.offset + 1);
                    (TOKEN_INTERPOL_END, 1)
                }
            },
            _ => {
                self.braces -= 1;
                (TOKEN_R_BRACE, 1)
            }
        }
    }

    fn end_path_unless_it_goes_on(&mut self, next: usize) {
        let goes_on = self.byte(next).is_some_and(is_path_or_slash) || self.interpolation_at(next);
        if !goes_on && matches!(self.contexts.last(), Some(Context::Path(_))) {
            self.contexts.pop();
        }
    }

    /// What starts with a letter, a digit, or one of `._+-`.
    fn word(&mut self, first: u8, second: Option<u8>) -> (SyntaxKind, usize) {
        let run = self.path_run.end(self.bytes, self.offset, is_path);
        if self.byte(run) == Some(b'/') && (self.byte(run + 1).is_some_and(is_path) || self.interpolation_at(run + 1)) {
            return self.path(TOKEN_PATH_REL, run + 1 - self.offset);
        }
        match first {
            b'a'..=b'z' | b'A'..=b'Z' => {
                let scheme = self.scheme_run.end(self.bytes, self.offset, is_scheme);
                if self.byte(scheme) == Some(b':') {
                    let rest = class_length(self.bytes, scheme + 1, is_uri);
                    if rest > 0 {
                        return (TOKEN_URI, scheme + 1 + rest - self.offset);
                    }
                }
                self.name()
            }
            b'_' => self.name(),
            b'0'..=b'9' => self.number(first),
            b'.' if second.is_some_and(|it| it.is_ascii_digit()) => (TOKEN_FLOAT, self.fraction_length(0)),
            b'.' if second == Some(b'.') && self.at(2) == Some(b'.') => (TOKEN_ELLIPSIS, 3),
            b'.' => (TOKEN_DOT, 1),
            b'+' if second == Some(b'+') => (TOKEN_CONCAT, 2),
            b'+' => (TOKEN_ADD, 1),
            b'-' if second == Some(b'>') => (TOKEN_IMPLICATION, 2),
            _ => (TOKEN_SUB, 1),
        }
    }

    fn name(&self) -> (SyntaxKind, usize) {
        let length = class_length(self.bytes, self.offset, is_name);
        let kind = match self.bytes.get(self.offset..self.offset + length).unwrap_or_default() {
            b"assert" => TOKEN_ASSERT,
            b"else" => TOKEN_ELSE,
            b"if" => TOKEN_IF,
            b"in" => TOKEN_IN,
            b"inherit" => TOKEN_INHERIT,
            b"let" => TOKEN_LET,
            b"or" => TOKEN_OR,
            b"rec" => TOKEN_REC,
            b"then" => TOKEN_THEN,
            b"with" => TOKEN_WITH,
            _ => TOKEN_IDENT,
        };
        (kind, length)
    }

    /// A float needs a digit other than `0` or a fraction: `1.` is one, `0.` and `00.5` are not.
    fn number(&self, first: u8) -> (SyntaxKind, usize) {
        let digits = self.digits(0);
        let has_point = self.at(digits) == Some(b'.');
        let has_fraction = self.digits(digits + 1) > 0;
        let is_float = has_point && (first != b'0' || (digits == 1 && has_fraction));
        if is_float { (TOKEN_FLOAT, self.fraction_length(digits)) } else { (TOKEN_INTEGER, digits) }
    }

    /// The length up to here (`point`) of a float, with its fraction and exponent.
    fn fraction_length(&self, point: usize) -> usize {
        let fraction = point + 1 + self.digits(point + 1);
        if !matches!(self.at(fraction), Some(b'e' | b'E')) {
            return fraction;
        }
        let sign = usize::from(matches!(self.at(fraction + 1), Some(b'+' | b'-')));
        match self.digits(fraction + 1 + sign) {
            0 => fraction,
            digits => fraction + 1 + sign + digits,
        }
    }

    fn digits(&self, ahead: usize) -> usize {
        class_length(self.bytes, self.offset + ahead, |it| it.is_ascii_digit())
    }

    /// Characters that mean nothing in Nix; those that never could are taken
    /// together, so that a binary file is few tokens.
    fn unknown(&self) -> (SyntaxKind, usize) {
        let foreign =
            class_length(self.bytes, self.offset, |it| !it.is_ascii() || (it.is_ascii_control() && !is_whitespace(it)));
        (TOKEN_ERROR, foreign.max(1))
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let first = self.at(0)?;
        let (kind, length) = match self.contexts.last() {
            Some(&Context::String { indented }) => self.string(indented),
            Some(&Context::Path(kind)) => self.path_rest(kind),
            Some(Context::Interpolation { .. }) | None => self.code(first),
        };
        // A quote that the text ends in the middle of is still a token.
        let length = length.min(self.bytes.len() - self.offset);
        self.offset += length;
        Some(Token { kind, len: length as u32, open: self.contexts.len() as u32, braces: self.braces })
    }
}

fn class_length(bytes: &[u8], from: usize, class: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().position(|&it| !class(it)).unwrap_or(rest.len())
}

/// A space to Nix. Others, such as the no-break space, are no part of the language.
fn is_whitespace(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn is_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+')
}

fn is_path_or_slash(byte: u8) -> bool {
    is_path(byte) || byte == b'/'
}

fn is_scheme(byte: u8) -> bool {
    is_path(byte) && byte != b'_'
}

fn is_uri(byte: u8) -> bool {
    is_path_or_slash(byte)
        || matches!(byte, b'%' | b'?' | b':' | b'@' | b'&' | b'=' | b'$' | b',' | b'!' | b'~' | b'*' | b'\'')
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'\'' | b'-')
}
