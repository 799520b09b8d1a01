//! Text to a lossless tree. Never fails, never panics, ends for every input.
//!
//! This is the only layer that names rnix. What it shares with rnix is the names
//! of nodes and tokens and the typed tree over them ([`ast`]), and for correct
//! code the shape of the tree. It is parsed by Nix's own grammar, trailing commas
//! and pipe operators included, and what Nix refuses is a [`SyntaxError`].
//!
//! What to know of trees of incorrect code:
//!
//! - An expression that is missing is an empty `NODE_ERROR` ([`ast::Expr::Error`]),
//!   so that what follows it is not taken for it. Tokens may be missing anywhere.
//! - What cannot stand where it stands is in a `NODE_ERROR` beside what can.
//!   Characters that mean nothing are bare `TOKEN_ERROR`s.
//! - The name of an attribute that is missing leaves its path shorter, or empty.
//! - No node nests deeper than [`MAX_DEPTH`], so that trees can be walked by recursion.
//!
//! Not looked for, because it takes more than the shape of the code: attributes or
//! arguments that are there twice, and names that are not there at all.

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
