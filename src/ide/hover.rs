//! What is known of the thing under the cursor.

use crate::base::TextRange;
use crate::ide::{Analysis, FilePosition};

/// A text to show beside the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// What it is about.
    pub range: TextRange,
    pub markdown: String,
}

/// What is known of what stands at a place.
pub fn hover(analysis: &Analysis, position: FilePosition) -> Option<Hover> {
    let _ = (analysis, position);
    None
}
