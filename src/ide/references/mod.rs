//! All places that mean the same thing as the one under the cursor.

#[cfg(test)]
mod tests;

use crate::base::FileRange;
use crate::ide::{Analysis, FilePosition};
use crate::semantics::{Access, Meaning, Reference};

/// All references to what stands at a place, by file and place. Declarations are among them where they are wanted.
pub fn references(analysis: &Analysis, position: FilePosition, declarations: bool) -> Vec<Reference> {
    let mut found = analysis.references(position.file, position.offset);
    found.retain(|it| declarations || it.access != Access::Declaration);
    found
}

/// Where the option at a place is set, on all hosts that have it.
pub fn definitions_of_option(analysis: &Analysis, position: FilePosition) -> Vec<FileRange> {
    let meaning = analysis.classify(position.file, position.offset).map(|it| it.meaning);
    let Some(
        Meaning::OptionSet { options, .. }
        | Meaning::OptionDeclaration { options, .. }
        | Meaning::OptionRead { options, .. },
    ) = meaning
    else {
        return Vec::new();
    };
    let mut found = analysis.references_to_options(&options);
    found.retain(|it| it.access == Access::Write);
    let mut places: Vec<FileRange> = found.into_iter().map(|it| it.range).collect();
    places.sort();
    places.dedup();
    places
}
