//! The result of parsing one text.

use std::sync::Arc;

use rowan::GreenNode;

use super::{SyntaxError, SyntaxNode, ast};
use crate::base::{TextEdit, TextRange, TextSize};

/// How deep nodes may nest. Deeper files are not parsed.
pub const MAX_DEPTH: usize = 512;

/// A parsed text. Cheap to clone, and shared between threads.
#[derive(Debug, Clone)]
pub struct Parse {
    inner: Arc<Inner>,
}

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    green: GreenNode,
    errors: Vec<SyntaxError>,
}

impl PartialEq for Parse {
    fn eq(&self, other: &Parse) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) || self.inner == other.inner
    }
}

impl Eq for Parse {}

impl Parse {
    /// Parses `text`. There is a tree for every text; what is wrong with it is in [`Parse::errors`].
    pub fn new(text: &str) -> Parse {
        let parse = rnix::Root::parse(text);
        let end = TextSize::of(text);
        let errors = parse
            .errors()
            .iter()
            .map(|error| SyntaxError {
                range: match error {
                    rnix::ParseError::Unexpected(range)
                    | rnix::ParseError::UnexpectedExtra(range)
                    | rnix::ParseError::UnexpectedWanted(_, range, _)
                    | rnix::ParseError::UnexpectedDoubleBind(range) => *range,
                    _ => TextRange::empty(end),
                },
                message: error.to_string(),
            })
            .collect();
        let green = parse.syntax().green().to_owned();
        Parse { inner: Arc::new(Inner { green, errors }) }
    }

    /// The tree of `new_text`, which is `old_text` after `edit`.
    pub fn reparse(&self, old_text: &str, edit: &TextEdit, new_text: &str) -> Parse {
        let _ = (old_text, edit);
        Parse::new(new_text)
    }

    /// The root of the tree.
    pub fn root(&self) -> SyntaxNode {
        SyntaxNode::new_root(self.inner.green.clone())
    }

    /// The typed root of the tree.
    pub fn tree(&self) -> ast::Root {
        rowan::ast::AstNode::cast(self.root()).expect("the root is a root")
    }

    /// The tree without positions.
    pub fn green(&self) -> &GreenNode {
        &self.inner.green
    }

    /// What is wrong, in the order of the text.
    pub fn errors(&self) -> &[SyntaxError] {
        &self.inner.errors
    }
}
