//! Tokens to a tree.
//!
//! The tree has the shape that rnix gives to correct code, so that rnix's typed
//! tree can be laid over it. What rnix does to incorrect code is of no use to an
//! editor: it skips to wherever the one expected token comes next. Here a parse
//! of unfinished code keeps what stands around the hole:
//!
//! - What is missing is reported and nothing is skipped for it. In the place of a
//!   missing expression stands an empty `NODE_ERROR`, so that the parts after it
//!   are not taken for it.
//! - What cannot stand somewhere goes into a `NODE_ERROR`, up to the next place
//!   from which to go on: the end of the binding, a bracket that closes something
//!   still open, or `name =`, which only a binding can start with.
//! - Strings and paths only ever have the children that rnix's accessors assume,
//!   and a literal only ever is one.
//! - One mistake is one error: as long as nothing was read since the last error,
//!   there is no other.
//!
//! Every function reads at least one token or opens nothing, and the depth of the
//! tree is limited, so that parsing ends in linear time on a small stack.

mod bindings;
mod expressions;
mod literals;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use super::SyntaxKind::{self, *};
use super::error::{self, SyntaxError};
use super::lexer::{Lexer, Token};
use super::tree_builder::{Checkpoint, GreenElement, TreeBuilder};
use crate::base::{TextRange, TextSize};

/// How deep nodes may nest. The parser and the drop of a tree recurse, and so
/// does whoever walks one; this much fits the 2 MB stack of an ordinary thread
/// with room to spare. Of 5,000 files looked at, the deepest has 257 levels: one
/// long chain of operators. All others stay under 100.
pub const MAX_DEPTH: u32 = 512;

/// No text gets more errors than this. Whoever opens a binary file does not want
/// to be told about each of its bytes.
pub(super) const MAX_ERRORS: usize = 256;

/// What is open around the parser, by the token that would close it.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Open {
    pub braces: u32,
    pub brackets: u32,
    pub parens: u32,
    pub lets: u32,
    pub thens: u32,
    pub elses: u32,
    /// Things that end with `;`.
    pub statements: u32,
    /// Argument sets, whose entries end with `,`.
    pub patterns: u32,
}

pub(super) struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    /// Tokens lexed and not yet read.
    ahead: VecDeque<Token>,
    /// Where the first of them starts.
    offset: TextSize,
    builder: TreeBuilder,
    errors: Vec<SyntaxError>,
    /// Where the last token other than white space and comments ended.
    read: TextSize,
    last: Option<Token>,
    /// Nothing was read since the last error.
    error_is_fresh: bool,
    /// Where [`MAX_DEPTH`] was exceeded. From then on there are no more tokens.
    too_deep: Option<TextSize>,
    open: Open,
}

/// What comes of parsing.
pub(super) struct Parsed {
    pub elements: Vec<GreenElement>,
    pub errors: Vec<SyntaxError>,
    /// Where the text nests deeper than [`MAX_DEPTH`]. The rest is worthless then.
    pub too_deep: Option<TextSize>,
}

/// Parses a whole text.
pub(super) fn parse(text: &str) -> Parsed {
    let mut parser = Parser::new(text, TextSize::new(0), 0);
    parser.root();
    parser.finish()
}

impl<'a> Parser<'a> {
    /// A parser for a part of `text`, which will stand under `outer` nodes.
    pub fn new(text: &'a str, offset: TextSize, outer: u32) -> Parser<'a> {
        Parser {
            text,
            lexer: Lexer::new(text, offset.into()),
            ahead: VecDeque::new(),
            offset,
            builder: TreeBuilder::new(outer),
            errors: Vec::new(),
            read: offset,
            last: None,
            error_is_fresh: false,
            too_deep: None,
            open: Open::default(),
        }
    }

    /// Takes all this to be open around the first token, and nothing else.
    pub fn begin_within(&mut self, open: Open) {
        self.open = open;
    }

    pub fn finish(self) -> Parsed {
        Parsed { elements: self.builder.into_elements(), errors: self.errors, too_deep: self.too_deep }
    }

    fn root(&mut self) {
        self.builder.start(NODE_ROOT);
        self.expression();
        if self.peek().is_some() {
            let found = self.found();
            self.error_here(format!("expected the end of the file, found {found}"));
            // Errors in what should not be there at all help nobody.
            let errors = self.errors.len();
            self.start(NODE_ERROR);
            while self.peek().is_some() {
                self.skip_one();
            }
            self.finish_node();
            self.errors.truncate(errors);
        }
        self.eat_trivia();
        self.finish_node();
    }

    // Reading.

    /// The token `n` places after the next, white space and comments included.
    fn raw(&mut self, n: usize) -> Option<Token> {
        if self.too_deep.is_some() {
            // Everything that reads stops at the end of the text.
            return None;
        }
        while self.ahead.len() <= n {
            self.ahead.push_back(self.lexer.next()?);
        }
        self.ahead.get(n).copied()
    }

    /// The kind of the next token.
    pub fn peek(&mut self) -> Option<SyntaxKind> {
        self.nth(0)
    }

    /// The kind of the token `n` places after the next.
    fn nth(&mut self, n: usize) -> Option<SyntaxKind> {
        let mut seen = 0;
        for index in 0.. {
            let kind = self.raw(index)?.kind;
            if !is_trivia(kind) {
                if seen == n {
                    return Some(kind);
                }
                seen += 1;
            }
        }
        None
    }

    fn at(&mut self, kind: SyntaxKind) -> bool {
        self.peek() == Some(kind)
    }

    /// The next token with its range.
    pub fn next_token(&mut self) -> Option<(SyntaxKind, TextRange)> {
        let mut start = self.offset;
        for index in 0.. {
            let token = self.raw(index)?;
            let range = TextRange::at(start, token.len.into());
            if !is_trivia(token.kind) {
                return Some((token.kind, range));
            }
            start = range.end();
        }
        None
    }

    fn slice(&self, range: TextRange) -> &'a str {
        self.text.get(range.start().into()..range.end().into()).unwrap_or_default()
    }

    /// Whether the next token stands on a later line than the last.
    fn starts_line(&mut self) -> bool {
        let mut start = self.offset;
        for index in 0.. {
            let Some(token) = self.raw(index) else { break };
            if !is_trivia(token.kind) {
                break;
            }
            let range = TextRange::at(start, token.len.into());
            if breaks_line(self.slice(range)) {
                return true;
            }
            start = range.end();
        }
        false
    }

    /// Where the last token ended.
    pub fn position(&self) -> TextSize {
        self.read
    }

    /// The last token.
    pub fn last_token(&self) -> Option<Token> {
        self.last
    }

    /// Whether there was an error since then.
    pub fn error_is_fresh(&self) -> bool {
        self.error_is_fresh
    }

    // Building.

    pub fn eat_trivia(&mut self) {
        while let Some(token) = self.raw(0)
            && is_trivia(token.kind)
        {
            self.take(token, token.kind);
        }
    }

    fn take(&mut self, token: Token, kind: SyntaxKind) {
        let range = TextRange::at(self.offset, token.len.into());
        self.builder.token(kind, self.slice(range));
        self.offset = range.end();
        self.ahead.pop_front();
    }

    /// Reads the next token.
    fn bump(&mut self) {
        self.eat_trivia();
        if let Some(token) = self.raw(0) {
            self.bump_raw(token, token.kind);
        }
    }

    /// Reads the next token, whatever it is, as one of another kind.
    fn bump_as(&mut self, kind: SyntaxKind) {
        self.eat_trivia();
        if let Some(token) = self.raw(0) {
            self.bump_raw(token, kind);
        }
    }

    fn bump_raw(&mut self, token: Token, kind: SyntaxKind) {
        self.take(token, kind);
        self.read = self.offset;
        self.last = Some(token);
        self.error_is_fresh = false;
    }

    /// Reads the next token if it is of this kind.
    fn eat(&mut self, kind: SyntaxKind) -> bool {
        let found = self.at(kind);
        if found {
            self.bump();
        }
        found
    }

    fn start(&mut self, kind: SyntaxKind) {
        self.eat_trivia();
        self.builder.start(kind);
        self.check_depth();
    }

    fn checkpoint(&mut self) -> Checkpoint {
        self.eat_trivia();
        self.builder.checkpoint()
    }

    fn start_at(&mut self, checkpoint: Checkpoint, kind: SyntaxKind) {
        self.builder.start_at(checkpoint, kind);
        self.check_depth();
    }

    fn finish_node(&mut self) {
        self.builder.finish();
        self.check_depth();
    }

    fn check_depth(&mut self) {
        if self.builder.depth() > MAX_DEPTH && self.too_deep.is_none() {
            self.too_deep = Some(self.read);
        }
    }

    /// A node without content. The white space before it stays outside.
    fn empty(&mut self, kind: SyntaxKind) {
        self.builder.start(kind);
        self.finish_node();
    }

    // Errors.

    fn error(&mut self, range: TextRange, message: impl Into<String>) {
        if !self.error_is_fresh {
            self.push_error(range, message.into(), self.read);
        }
        self.error_is_fresh = true;
    }

    /// Points at the next token.
    fn error_here(&mut self, message: impl Into<String>) {
        let range = self.next_token().map_or(TextRange::empty(self.read), |(_, range)| range);
        self.error(range, message);
    }

    /// Points behind the last token, where something is missing.
    fn error_behind(&mut self, message: impl Into<String>) {
        self.error(TextRange::empty(self.read), message);
    }

    /// An error that does not disturb the parse: the code is clear, but not allowed.
    /// It may be about the next token, which then counts as read already.
    fn remark(&mut self, range: TextRange, message: impl Into<String>) {
        let noticed = self.read.max(range.end());
        if !self.error_is_fresh {
            self.push_error(range, message.into(), noticed);
        }
    }

    fn push_error(&mut self, range: TextRange, message: String, noticed: TextSize) {
        if self.too_deep.is_none() && self.errors.len() < MAX_ERRORS {
            self.errors.push(SyntaxError { range, message, noticed });
        }
    }

    /// The next token as messages name it.
    fn found(&mut self) -> String {
        let token = self.next_token().map(|(kind, range)| (kind, self.slice(range)));
        error::found(token)
    }

    /// Reads a token that has to come here, or says what it would be for.
    fn expect(&mut self, kind: SyntaxKind, purpose: &str) -> bool {
        if self.eat(kind) {
            return true;
        }
        let found = self.found();
        self.error_behind(format!("expected `{}` {purpose}, found {found}", error::spelling(kind)));
        false
    }

    /// Reads the bracket that closes `opening`, after skipping what may not stand before it.
    fn close(&mut self, kind: SyntaxKind, opening: TextRange) {
        self.skip_until(kind);
        self.close_here(kind, opening);
    }

    /// Reads the bracket that closes `opening`, if it comes next.
    fn close_here(&mut self, kind: SyntaxKind, opening: TextRange) {
        if self.eat(kind) {
            return;
        }
        let found = self.found();
        let bracket = self.slice(opening);
        let spelling = error::spelling(kind);
        self.error(opening, format!("this `{bracket}` is never closed: expected `{spelling}`, found {found}"));
    }

    // Going on after a mistake.

    /// Whether the next token is the end of something around here, so that it
    /// must not be skipped.
    fn at_end_of_something(&mut self) -> bool {
        let open = self.open;
        let count = match self.peek() {
            None | Some(TOKEN_INTERPOL_END) => return true,
            Some(TOKEN_R_BRACE) => open.braces,
            Some(TOKEN_R_BRACK) => open.brackets,
            Some(TOKEN_R_PAREN) => open.parens,
            Some(TOKEN_IN) => open.lets,
            Some(TOKEN_THEN) => open.thens,
            Some(TOKEN_ELSE) => open.elses,
            Some(TOKEN_SEMICOLON) => open.statements,
            Some(TOKEN_COMMA) => open.patterns,
            Some(TOKEN_IDENT | TOKEN_OR) if self.at_binding() => open.statements,
            Some(_) => return false,
        };
        count > 0
    }

    /// Whether `name =` or `name.name =` comes next. No expression has it, so
    /// wherever it comes a new binding begins.
    fn at_binding(&mut self) -> bool {
        /// Longer attribute paths are not recognized.
        const NAMES: usize = 12;
        for name in 0..NAMES {
            if !matches!(self.nth(2 * name), Some(TOKEN_IDENT | TOKEN_OR)) {
                return false;
            }
            match self.nth(2 * name + 1) {
                Some(TOKEN_ASSIGN) => return true,
                Some(TOKEN_DOT) => {}
                _ => return false,
            }
        }
        false
    }

    /// Skips what cannot stand here, up to `kind` or the end of something around here.
    fn skip_until(&mut self, kind: SyntaxKind) {
        if self.at(kind) || self.at_end_of_something() {
            return;
        }
        let found = self.found();
        self.error_here(format!("expected `{}`, found {found}", error::spelling(kind)));
        let errors = self.errors.len();
        self.start(NODE_ERROR);
        while !self.at(kind) && !self.at_end_of_something() {
            self.skip_one();
        }
        self.finish_node();
        // What made us skip is reported; that nothing good came of it is not news.
        self.errors.truncate(errors);
        self.error_is_fresh = true;
    }

    /// Reads one token, or one balanced expression, so that what is nested in the
    /// skipped text does not close anything outside of it.
    fn skip_one(&mut self) {
        match self.peek() {
            Some(TOKEN_INTERPOL_START) => self.dynamic(),
            Some(kind) if starts_simple(kind) => {
                self.select();
            }
            _ => self.bump(),
        }
    }

    /// Reads one token that cannot stand here into a node of its own.
    fn skip_token(&mut self, message: impl Into<String>) {
        let range = self.next_token().map_or(TextRange::empty(self.read), |(_, range)| range);
        let was_fresh = self.error_is_fresh;
        self.start(NODE_ERROR);
        self.bump();
        self.finish_node();
        if !was_fresh {
            self.error(range, message);
        }
        self.error_is_fresh = false;
    }

    /// Parses within something that `}` closes and nothing else can close:
    /// there the lexer itself decides where the end is.
    fn within_interpolation(&mut self, parse: impl FnOnce(&mut Self)) {
        let open = std::mem::take(&mut self.open);
        parse(self);
        self.open = open;
    }
}

pub(super) fn is_trivia(kind: SyntaxKind) -> bool {
    matches!(kind, TOKEN_WHITESPACE | TOKEN_COMMENT)
}

pub(super) fn breaks_line(trivia: &str) -> bool {
    trivia.contains(['\n', '\r'])
}

/// Whether an argument or an element of a list can start so.
fn starts_simple(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        TOKEN_IDENT
            | TOKEN_INTEGER
            | TOKEN_FLOAT
            | TOKEN_STRING_START
            | TOKEN_PATH_ABS
            | TOKEN_PATH_REL
            | TOKEN_PATH_HOME
            | TOKEN_PATH_SEARCH
            | TOKEN_URI
            | TOKEN_L_PAREN
            | TOKEN_L_BRACE
            | TOKEN_L_BRACK
            | TOKEN_REC
    )
}

/// Whether the name of an attribute can start so.
fn starts_attr(kind: SyntaxKind) -> bool {
    matches!(kind, TOKEN_IDENT | TOKEN_OR | TOKEN_STRING_START | TOKEN_INTERPOL_START)
}
