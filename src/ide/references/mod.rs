//! All places that mean the same thing as the one under the cursor.

#[cfg(test)]
mod tests;

use crate::base::FileRange;
use crate::eval::{Origin, Site};
use crate::hir::Name;
use crate::ide::{Analysis, FilePosition};
use crate::semantics::{Meaning, OptionRef};

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
    let Some(classified) = analysis.classify(position.file, position.offset) else { return Vec::new() };
    let mut found = match classified.meaning {
        Meaning::Given { path } => given(analysis, &path, &analysis.given(position.file, position.offset, &path)),
        Meaning::Local { key } | Meaning::Argument { key: Some(key), .. } => {
            let data = analysis.snapshot().file(position.file);
            let bound = data.map(|data| data.lowered().source_map.key(key).name).unwrap_or_default();
            let uses = analysis.local_uses(position.file, key).into_iter();
            let local = uses.map(|range| {
                let access = if range.range == bound { Access::Declaration } else { Access::Read };
                Reference { range, access }
            });
            // What modules are given has uses in them.
            let origin = Origin { file: position.file, site: Site::Key(key) };
            let paths = analysis.given_as(position.file, key).into_iter();
            local.chain(paths.flat_map(|path| given(analysis, &path, &[origin]))).collect()
        }
        Meaning::OptionSet { options, .. }
        | Meaning::OptionDeclaration { options, .. }
        | Meaning::OptionRead { options, .. } => option(analysis, &options),
        Meaning::Input { name, .. } => input(analysis, position, &name),
        _ => Vec::new(),
    };
    found.sort();
    found.dedup_by_key(|reference| reference.range);
    found
}

fn given(analysis: &Analysis, path: &[Name], origins: &[Origin]) -> Vec<Reference> {
    let declared = origins.iter().filter_map(|origin| analysis.range(*origin));
    let declared = declared.map(|range| Reference { range, access: Access::Declaration });
    let used = analysis.given_uses(path, origins).into_iter();
    declared.chain(used.map(|range| Reference { range, access: Access::Read })).collect()
}

fn option(analysis: &Analysis, options: &[OptionRef]) -> Vec<Reference> {
    let options = analysis.in_all_hosts(options);
    let declared = analysis.declarations(&options).into_iter().filter_map(|origin| analysis.range(origin));
    let declared = declared.map(|range| Reference { range, access: Access::Declaration });
    let used = analysis
        .option_uses(&options)
        .into_iter()
        .map(|it| Reference { range: it.range, access: if it.write { Access::Write } else { Access::Read } });
    declared.chain(used).collect()
}

fn input(analysis: &Analysis, position: FilePosition, name: &str) -> Vec<Reference> {
    let Some(flake) = analysis.flake(position.file) else { return Vec::new() };
    let declared = flake.input(name).and_then(|input| input.origin).and_then(|origin| analysis.range(origin));
    let declared = declared.map(|range| Reference { range, access: Access::Declaration });
    let used = analysis.input_uses(flake, name).into_iter();
    declared.into_iter().chain(used.map(|range| Reference { range, access: Access::Read })).collect()
}
