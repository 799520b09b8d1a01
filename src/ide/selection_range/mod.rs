//! From a place in the text outwards: the name, the path to it, the binding, the set, the file.

#[cfg(test)]
mod tests;

use crate::base::{TextRange, TextSize};
use crate::ide::{Analysis, FilePosition};
use crate::syntax::ast::{self, AstNode, HasEntry};
use crate::syntax::{Direction, NodeOrToken, SyntaxKind, SyntaxKind::*, SyntaxNode, SyntaxToken};

/// The stretches of text around a place, from the innermost to the whole file, each larger than the one before it.
pub fn selection_ranges(analysis: &Analysis, position: FilePosition) -> Vec<TextRange> {
    let Ok(data) = analysis.snapshot().file(position.file) else { return Vec::new() };
    let root = data.parse().root();
    let offset = position.offset.min(root.text_range().end());
    let mut ranges = Ranges { text: data.text(), offset, found: Vec::new() };
    if let Some(token) = token_at(&root, offset) {
        ranges.token(&token);
        token.parent_ancestors().for_each(|node| ranges.node(&node));
    }
    ranges.add(root.text_range());
    ranges.found
}

/// The token that the cursor means: of two, the one that has more to select in it.
fn token_at(root: &SyntaxNode, offset: TextSize) -> Option<SyntaxToken> {
    let rank = |token: &SyntaxToken| match token.kind() {
        TOKEN_IDENT => 3,
        TOKEN_WHITESPACE => 0,
        TOKEN_STRING_CONTENT | TOKEN_COMMENT => 2,
        kind => 1 + u8::from(kind.is_literal()),
    };
    root.token_at_offset(offset).max_by_key(|token| (rank(token), token.text_range().start()))
}

struct Ranges<'a> {
    text: &'a str,
    offset: TextSize,
    found: Vec<TextRange>,
}

impl Ranges<'_> {
    /// Adds what holds more than all before it.
    fn add(&mut self, range: TextRange) {
        let grows = match self.found.last() {
            Some(last) => range != *last && range.contains_range(*last),
            None => !range.is_empty() && range.contains_inclusive(self.offset),
        };
        if grows {
            self.found.push(range);
        }
    }

    /// The same without the white space at both ends.
    fn add_trimmed(&mut self, range: TextRange) {
        let Some(text) = self.text.get(usize::from(range.start())..usize::from(range.end())) else { return };
        let size = |at: usize| TextSize::try_from(at).unwrap_or_default();
        let start = range.start() + size(text.len() - text.trim_start().len());
        self.add(TextRange::at(start, size(text.trim().len())));
    }

    fn token(&mut self, token: &SyntaxToken) {
        let range = token.text_range();
        match token.kind() {
            TOKEN_WHITESPACE => {}
            TOKEN_COMMENT => {
                self.within(range);
                self.add(range);
                self.add(comments_around(token));
            }
            TOKEN_STRING_CONTENT => {
                self.within(range);
                self.add_trimmed(range);
                self.add(range);
            }
            _ => self.add(range),
        }
    }

    /// The word and the line of running text that the cursor stands in.
    fn within(&mut self, range: TextRange) {
        let (start, end) = (usize::from(range.start()), usize::from(range.end()));
        let at = usize::from(self.offset).clamp(start, end);
        let (Some(before), Some(after)) = (self.text.get(start..at), self.text.get(at..end)) else { return };
        let around = |is_part: &dyn Fn(char) -> bool| {
            let left: usize = before.chars().rev().take_while(|c| is_part(*c)).map(char::len_utf8).sum();
            let right: usize = after.chars().take_while(|c| is_part(*c)).map(char::len_utf8).sum();
            let size = |at: usize| TextSize::try_from(at).unwrap_or_default();
            TextRange::new(size(at - left), size(at + right))
        };
        self.add(around(&|c| c.is_alphanumeric() || matches!(c, '_' | '-')));
        self.add_trimmed(around(&|c| c != '\n'));
    }

    fn node(&mut self, node: &SyntaxNode) {
        match node.kind() {
            NODE_ATTR_SET | NODE_LEGACY_LET => self.between(node, TOKEN_L_BRACE, TOKEN_R_BRACE),
            NODE_PATTERN => self.between(node, TOKEN_L_BRACE, TOKEN_R_BRACE),
            NODE_LIST => self.between(node, TOKEN_L_BRACK, TOKEN_R_BRACK),
            NODE_PAREN => self.between(node, TOKEN_L_PAREN, TOKEN_R_PAREN),
            NODE_INTERPOL | NODE_DYNAMIC => self.between(node, TOKEN_INTERPOL_START, TOKEN_INTERPOL_END),
            NODE_STRING => {
                let inner = inner(node, TOKEN_STRING_START, TOKEN_STRING_END);
                inner.into_iter().for_each(|inner| {
                    self.add_trimmed(inner);
                    self.add(inner);
                });
            }
            NODE_LET_IN => self.bindings(node),
            NODE_ATTRPATH => self.path(node),
            _ => {}
        }
        self.add(node.text_range());
    }

    /// What stands between two brackets.
    fn between(&mut self, node: &SyntaxNode, open: SyntaxKind, close: SyntaxKind) {
        if let Some(inner) = inner(node, open, close) {
            self.add_trimmed(inner);
        }
    }

    /// All bindings of a `let`.
    fn bindings(&mut self, node: &SyntaxNode) {
        let Some(let_in) = ast::LetIn::cast(node.clone()) else { return };
        let entries = let_in.entries().map(|entry| entry.syntax().text_range());
        if let Some(all) = entries.reduce(TextRange::cover) {
            self.add(all);
        }
    }

    /// The path up to the name that the cursor is on; of a selection, with what is selected from.
    fn path(&mut self, node: &SyntaxNode) {
        let Some(path) = ast::Attrpath::cast(node.clone()) else { return };
        let start = match node.parent() {
            Some(select) if select.kind() == NODE_SELECT => select.text_range().start(),
            _ => node.text_range().start(),
        };
        for attr in path.attrs().map(|attr| attr.syntax().text_range()) {
            if attr.end() >= self.offset {
                self.add(TextRange::new(start, attr.end()));
            }
        }
    }
}

/// What stands between two tokens of a node.
fn inner(node: &SyntaxNode, open: SyntaxKind, close: SyntaxKind) -> Option<TextRange> {
    let token = |kind| node.children_with_tokens().filter_map(NodeOrToken::into_token).find(|it| it.kind() == kind);
    let start = token(open)?.text_range().end();
    let end = token(close).map_or(node.text_range().end(), |token| token.text_range().start());
    (start <= end).then(|| TextRange::new(start, end))
}

/// A comment with those on the lines above and below it.
fn comments_around(token: &SyntaxToken) -> TextRange {
    let mut range = token.text_range();
    for direction in [Direction::Prev, Direction::Next] {
        for sibling in token.siblings_with_tokens(direction).skip(1) {
            let Some(sibling) = sibling.into_token() else { break };
            match sibling.kind() {
                TOKEN_WHITESPACE if sibling.text().matches('\n').count() < 2 => {}
                TOKEN_COMMENT => range = range.cover(sibling.text_range()),
                _ => break,
            }
        }
    }
    range
}
