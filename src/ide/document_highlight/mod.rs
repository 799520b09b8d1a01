//! Where the thing under the cursor stands in the same file.

#[cfg(test)]
mod tests;

use crate::base::TextRange;
use crate::ide::{Analysis, FilePosition};
use crate::semantics::{Access, Meaning};

/// A place to be highlighted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Highlight {
    pub range: TextRange,
    pub access: Access,
}

/// The places in the file that mean what stands at a place. Asked with every move of the cursor.
pub fn document_highlight(analysis: &Analysis, position: FilePosition) -> Vec<Highlight> {
    let Some(classified) = analysis.classify(position.file, position.offset) else { return Vec::new() };
    let references = match &classified.meaning {
        // The other files need not be looked at.
        Meaning::Path { target: Some(target), .. } => {
            let same = analysis.path_literals(position.file).into_iter().filter(|literal| {
                let start = literal.range.start();
                literal.range == classified.range
                    || matches!(
                        analysis.classify(position.file, start).map(|it| it.meaning),
                        Some(Meaning::Path { target: Some(other), .. }) if other == *target
                    )
            });
            return same.map(|literal| Highlight { range: literal.range, access: Access::Read }).collect();
        }
        _ => analysis.references(position.file, position.offset),
    };
    let here = references.into_iter().filter(|it| it.range.file == position.file);
    here.map(|it| Highlight { range: it.range.range, access: it.access }).collect()
}
