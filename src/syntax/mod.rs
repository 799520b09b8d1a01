//! Text to a lossless tree. Never fails, never panics, ends for every input.
//!
//! This is the only layer that names rnix. What it shares with rnix is the
//! names of nodes and tokens and the typed tree over them ([`ast`]).

mod error;
mod lexer;
mod parse;
mod parser;
mod reparse;
#[cfg(test)]
mod samples;
pub mod string_value;
mod tree_builder;

pub use error::SyntaxError;
pub use parse::Parse;
pub use parser::MAX_DEPTH;
pub use rnix::{NixLanguage, SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken, match_ast};
pub use rowan::{Direction, GreenNode, NodeOrToken, TokenAtOffset, WalkEvent};

/// A place in a tree that outlives the tree: kind and range of a node.
pub type SyntaxNodePtr = rowan::ast::SyntaxNodePtr<NixLanguage>;
/// A [`SyntaxNodePtr`] that remembers the type of its node.
pub type AstPtr<N> = rowan::ast::AstPtr<N>;

/// The typed tree: one type per kind of node, with accessors for its parts.
///
/// Every accessor may answer `None`, for code that is not finished.
pub mod ast {
    pub use rnix::ast::*;
    // Shadows rnix's own trait of this name, which has none of the methods.
    pub use rowan::ast::{AstChildren, AstNode};
}
