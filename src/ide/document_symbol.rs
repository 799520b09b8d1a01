//! The outline of a file.

use crate::base::{FileId, TextRange};
use crate::ide::{Analysis, SymbolKind};

/// A named thing of a file, with what is within it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentSymbol {
    /// As it is written: `services.nginx.enable`.
    pub name: String,
    pub detail: Option<String>,
    pub kind: SymbolKind,
    /// All of it; holds the ranges of all children.
    pub full: TextRange,
    /// Its name.
    pub focus: TextRange,
    pub children: Vec<DocumentSymbol>,
}

/// The outline of a file. Empty for a file that cannot be read.
pub fn document_symbols(analysis: &Analysis, file: FileId) -> Vec<DocumentSymbol> {
    let _ = (analysis, file);
    Vec::new()
}
