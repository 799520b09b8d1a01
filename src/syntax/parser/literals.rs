//! Strings, paths and numbers.

use super::Parser;
use crate::syntax::SyntaxKind::{self, *};

impl Parser<'_> {
    /// A string of either kind. Whatever is wrong with it, it has no other
    /// children than quotes, text and interpolations.
    pub(in crate::syntax) fn string(&mut self) {
        self.start(NODE_STRING);
        let opening = self.bump_opening();
        loop {
            match self.peek() {
                Some(TOKEN_STRING_CONTENT) => {
                    let range = self.bump_opening();
                    if self.slice(range).contains('\0') {
                        self.remark(range, "a string cannot contain a null byte");
                    }
                }
                Some(TOKEN_INTERPOL_START) => self.interpolation(),
                Some(TOKEN_STRING_END) => {
                    self.bump();
                    break;
                }
                _ => {
                    let quote = self.slice(opening);
                    self.error(opening, format!("this string is never closed: expected `{quote}`"));
                    break;
                }
            }
        }
        self.finish_node();
    }

    /// `${…}` in a string or path.
    pub(in crate::syntax) fn interpolation(&mut self) {
        self.interpolated(NODE_INTERPOL);
    }

    /// `${…}` as the name of an attribute.
    pub(in crate::syntax) fn dynamic(&mut self) {
        self.interpolated(NODE_DYNAMIC);
    }

    fn interpolated(&mut self, kind: SyntaxKind) {
        self.start(kind);
        let opening = self.bump_opening();
        self.within_interpolation(|it| {
            it.expression();
            it.close(TOKEN_INTERPOL_END, opening);
        });
        self.finish_node();
    }

    /// A path, with the interpolations in it. No space separates its parts.
    pub(super) fn path(&mut self, kind: SyntaxKind) {
        let node = match kind {
            TOKEN_PATH_ABS => NODE_PATH_ABS,
            TOKEN_PATH_HOME => NODE_PATH_HOME,
            TOKEN_PATH_SEARCH => NODE_PATH_SEARCH,
            _ => NODE_PATH_REL,
        };
        self.start(node);
        let mut last = self.bump_opening();
        while kind != TOKEN_PATH_SEARCH && self.raw(0).is_some_and(|it| it.kind == TOKEN_INTERPOL_START) {
            self.interpolation();
            if let Some(token) = self.raw(0)
                && token.kind == kind
                && let Some((_, range)) = self.next_token()
                && !self.slice(range).starts_with('~')
            {
                last = self.bump_opening();
            }
        }
        self.finish_node();
        let is_last = last.end() == self.read;
        if is_last && self.slice(last).ends_with('/') {
            self.remark(last, "a path cannot end with `/`");
        }
    }

    pub(super) fn literal(&mut self) {
        self.start(NODE_LITERAL);
        let token = self.next_token();
        self.bump();
        self.finish_node();
        match token {
            Some((TOKEN_INTEGER, range)) if self.slice(range).parse::<i64>().is_err() => {
                self.remark(range, "this integer does not fit into 64 bits");
            }
            Some((TOKEN_FLOAT, range)) if !float_fits(self.slice(range)) => {
                self.remark(range, "this number is too large or too small for 64 bits");
            }
            _ => {}
        }
    }
}

/// Whether C's `strtod`, which Nix reads floats with, reports no overflow or underflow.
fn float_fits(text: &str) -> bool {
    let value: f64 = text.parse().unwrap_or_default();
    let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
    let is_zero = !mantissa.contains(|c: char| matches!(c, '1'..='9'));
    value.is_finite() && (is_zero || value >= f64::MIN_POSITIVE)
}
