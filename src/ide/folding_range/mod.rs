//! What of a file can be folded away.

#[cfg(test)]
mod tests;

use crate::base::{FileId, LineIndex, TextRange, TextSize};
use crate::ide::Analysis;
use crate::semantics::attr_name;
use crate::syntax::ast::{self, AstNode};
use crate::syntax::{NodeOrToken, SyntaxKind, SyntaxKind::*, SyntaxNode, SyntaxToken};

/// A stretch of text that can be folded away: what stands between two brackets, not the brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Goes over more than one line.
    pub range: TextRange,
    pub kind: FoldKind,
}

/// What a [`Fold`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoldKind {
    Code,
    Comment,
    /// A list of modules.
    Imports,
}

/// What can be folded, in the order of the text, outer before inner. Empty for a file that cannot be read.
pub fn folding_ranges(analysis: &Analysis, file: FileId) -> Vec<Fold> {
    let Ok(data) = analysis.snapshot().file(file) else { return Vec::new() };
    let mut folds = Folds { lines: data.line_index(), found: Vec::new(), comments: None, code_line: None };
    for element in data.parse().root().descendants_with_tokens() {
        match element {
            NodeOrToken::Node(node) => folds.node(&node),
            NodeOrToken::Token(token) => folds.token(&token),
        }
    }
    folds.end_of_comments();
    folds.found.sort_by_key(|fold| (fold.range.start(), std::cmp::Reverse(fold.range.end())));
    folds.found.truncate(MAX_FOLDS);
    folds.found
}

/// More folds of one file than this are nobody's to fold.
const MAX_FOLDS: usize = 50_000;

struct Folds<'a> {
    lines: &'a LineIndex,
    found: Vec<Fold>,
    /// Comments on lines of their own, without an empty line between them.
    comments: Option<TextRange>,
    /// The line on which the last token ended that is no comment.
    code_line: Option<u32>,
}

impl Folds<'_> {
    fn add(&mut self, start: TextSize, end: TextSize, kind: FoldKind) {
        if start < end && self.lines.line(start) < self.lines.line(end) {
            self.found.push(Fold { range: TextRange::new(start, end), kind });
        }
    }

    fn node(&mut self, node: &SyntaxNode) {
        match node.kind() {
            NODE_ATTR_SET => self.between(node, TOKEN_L_BRACE, TOKEN_R_BRACE, FoldKind::Code),
            NODE_PATTERN => self.between(node, TOKEN_L_BRACE, TOKEN_R_BRACE, FoldKind::Code),
            NODE_LIST => {
                let kind = if is_import_list(node) { FoldKind::Imports } else { FoldKind::Code };
                self.between(node, TOKEN_L_BRACK, TOKEN_R_BRACK, kind);
            }
            NODE_PAREN => self.between(node, TOKEN_L_PAREN, TOKEN_R_PAREN, FoldKind::Code),
            NODE_INTERPOL => self.between(node, TOKEN_INTERPOL_START, TOKEN_INTERPOL_END, FoldKind::Code),
            NODE_STRING => self.between(node, TOKEN_STRING_START, TOKEN_STRING_END, FoldKind::Code),
            NODE_LET_IN => self.between(node, TOKEN_LET, TOKEN_IN, FoldKind::Code),
            // What begins on the line of the name is folded by itself.
            NODE_LAMBDA => self.below(node, TOKEN_COLON),
            NODE_ATTRPATH_VALUE => self.below(node, TOKEN_ASSIGN),
            _ => {}
        }
    }

    /// What stands between two tokens of a node. While the closing one is missing, all that the node has taken in.
    fn between(&mut self, node: &SyntaxNode, open: SyntaxKind, close: SyntaxKind, kind: FoldKind) {
        let Some(start) = token(node, open).map(|token| token.text_range().end()) else { return };
        let end = token(node, close).map_or(node.text_range().end(), |token| token.text_range().start());
        self.add(start, end, kind);
    }

    /// An expression that begins on a line after the token before it.
    fn below(&mut self, node: &SyntaxNode, before: SyntaxKind) {
        let Some(start) = token(node, before).map(|token| token.text_range().end()) else { return };
        let body = node.children().filter(|child| child.text_range().start() >= start).last();
        if let Some(body) = body.map(|body| body.text_range())
            && self.lines.line(start) < self.lines.line(body.start())
        {
            self.add(start, body.end(), FoldKind::Code);
        }
    }

    fn token(&mut self, token: &SyntaxToken) {
        let range = token.text_range();
        match token.kind() {
            TOKEN_WHITESPACE => {}
            TOKEN_COMMENT => self.comment(range),
            _ => {
                self.end_of_comments();
                self.code_line = Some(self.lines.line(range.end()));
            }
        }
    }

    fn comment(&mut self, range: TextRange) {
        let line = self.lines.line(range.start());
        match self.comments {
            Some(before) if self.lines.line(before.end()) + 1 == line => self.comments = Some(before.cover(range)),
            _ => {
                self.end_of_comments();
                if self.code_line != Some(line) {
                    self.comments = Some(range);
                } else {
                    // It belongs to the code before it, but may be long by itself.
                    self.add(range.start(), range.end(), FoldKind::Comment);
                }
            }
        }
    }

    fn end_of_comments(&mut self) {
        if let Some(range) = self.comments.take() {
            self.add(range.start(), range.end(), FoldKind::Comment);
        }
    }
}

/// The token of a kind directly in a node.
fn token(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxToken> {
    node.children_with_tokens().filter_map(NodeOrToken::into_token).find(|token| token.kind() == kind)
}

/// Whether a list is bound to the name of a list of modules.
fn is_import_list(list: &SyntaxNode) -> bool {
    let binding = list.parent().and_then(ast::AttrpathValue::cast);
    let last = binding.and_then(|binding| binding.attrpath()?.attrs().last());
    last.and_then(|last| attr_name(&last)).is_some_and(|name| name == "imports" || name == "modules")
}
