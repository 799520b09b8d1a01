//! The result of parsing one text.

use std::sync::Arc;

use rowan::{GreenNode, GreenToken, NodeOrToken, ast::AstNode};

use super::parser::{self, MAX_DEPTH, Parsed};
use super::reparse;
use super::tree_builder::raw;
use super::{SyntaxError, SyntaxKind, SyntaxNode, ast};
use crate::base::{TextEdit, TextRange, TextSize, never};

/// A parsed text. Cheap to clone, and shared between threads.
///
/// There is a tree for every text, and the text of the tree is that text.
#[derive(Debug, Clone)]
pub struct Parse {
    inner: Arc<Inner>,
}

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    green: GreenNode,
    errors: Vec<SyntaxError>,
    /// The tree is one error node: the text cannot be parsed at all.
    is_opaque: bool,
}

impl PartialEq for Parse {
    fn eq(&self, other: &Parse) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) || self.inner == other.inner
    }
}

impl Eq for Parse {}

impl Parse {
    /// Parses `text`.
    ///
    /// What nests deeper than [`MAX_DEPTH`] gets a single node and an error.
    pub fn new(text: &str) -> Parse {
        if u32::try_from(text.len()).is_err() {
            return Parse::opaque("", TextSize::new(0), "this file is larger than 4 GiB");
        }
        let Parsed { elements, errors, too_deep, .. } = parser::parse(text);
        if let Some(offset) = too_deep {
            let message = format!("nested too deeply (limit {MAX_DEPTH}): nothing in this file can be looked at");
            return Parse::opaque(text, offset, message);
        }
        match <[_; 1]>::try_from(elements) {
            Ok([NodeOrToken::Node(green)]) => Parse::from_parts(green, errors),
            _ => {
                never!("a text has no single root");
                Parse::opaque(text, TextSize::new(0), "this file could not be parsed")
            }
        }
    }

    pub(super) fn from_parts(green: GreenNode, errors: Vec<SyntaxError>) -> Parse {
        Parse { inner: Arc::new(Inner { green, errors, is_opaque: false }) }
    }

    fn opaque(text: &str, offset: TextSize, message: impl Into<String>) -> Parse {
        let token = GreenToken::new(raw(SyntaxKind::TOKEN_ERROR), text);
        let node = GreenNode::new(raw(SyntaxKind::NODE_ERROR), [NodeOrToken::Token(token)]);
        let green = GreenNode::new(raw(SyntaxKind::NODE_ROOT), [NodeOrToken::Node(node)]);
        let error = SyntaxError { range: TextRange::empty(offset), message: message.into(), noticed: offset };
        Parse { inner: Arc::new(Inner { green, errors: vec![error], is_opaque: true }) }
    }

    /// Parses `new_text`, which is `old_text` after `edit`, where this is the
    /// parse of `old_text`.
    ///
    /// The result is what [`Parse::new`] gives for `new_text`. But usually only the
    /// bindings or brackets around the edit are parsed, and the rest is shared.
    #[must_use]
    pub fn reparse(&self, old_text: &str, edit: &TextEdit, new_text: &str) -> Parse {
        if self.inner.is_opaque || u32::try_from(new_text.len()).is_err() {
            return Parse::new(new_text);
        }
        let is_given = usize::from(self.inner.green.text_len()) == old_text.len()
            && usize::from(edit.range.end()) <= old_text.len()
            && old_text.len() + edit.insert.len() == new_text.len() + usize::from(edit.range.len())
            && new_text.get(usize::from(edit.range.start())..).is_some_and(|it| it.starts_with(&edit.insert));
        if never!(!is_given, "the edit does not lead to the new text") {
            return Parse::new(new_text);
        }
        reparse::reparse(self, edit, new_text).unwrap_or_else(|| Parse::new(new_text))
    }

    /// The root of the tree.
    pub fn root(&self) -> SyntaxNode {
        SyntaxNode::new_root(self.inner.green.clone())
    }

    /// The typed root of the tree.
    pub fn tree(&self) -> ast::Root {
        ast::Root::cast(self.root()).unwrap_or_else(|| {
            never!("the root is not a root");
            rnix::Root::parse("").tree()
        })
    }

    /// The tree without positions, for comparing.
    pub fn green(&self) -> &GreenNode {
        &self.inner.green
    }

    /// What is wrong with the text, in the order in which it was noticed.
    pub fn errors(&self) -> &[SyntaxError] {
        &self.inner.errors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn can_be_sent_to_other_threads() {
        fn is_shared<T: Send + Sync + Clone>() {}
        is_shared::<Parse>();
    }

    #[test]
    fn what_is_too_deep_still_has_its_text() {
        let text = "[".repeat(10_000);
        let parse = Parse::new(&text);
        assert_eq!(parse.root().text().to_string(), text);
        assert_eq!(parse.errors().len(), 1);
        assert!(parse.errors()[0].message.starts_with("nested too deeply (limit 512)"));
        assert!(parse.tree().expr().is_some_and(|it| matches!(it, ast::Expr::Error(_))));
        let edit = TextEdit::delete(TextRange::up_to(9_999.into()));
        assert_eq!(parse.reparse(&text, &edit, "["), Parse::new("["));
    }

    #[test]
    #[should_panic(expected = "the edit does not lead to the new text")]
    fn an_edit_of_another_text_is_a_bug() {
        let edit = TextEdit::insert(1.into(), "b");
        let _ = Parse::new("a").reparse("a", &edit, "ac");
    }
}
