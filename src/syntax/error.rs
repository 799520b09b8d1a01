//! What is wrong with a text, said to people.

use std::fmt;

use crate::base::TextRange;

/// Something that Nix would refuse to parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where to point; empty where something is missing.
    pub range: TextRange,
    /// What was expected and what was found, without a full stop.
    pub message: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
