//! All places that mean the same thing as the one under the cursor.

use super::{Doubt, Meaning, OptionRef, Semantics};
use crate::base::{FileId, FileRange, TextSize};
use crate::eval::{FileType, Files, Origin, Site};
use crate::hir::Name;

/// A place that refers to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    pub range: FileRange,
    pub access: Access,
    /// Why it may be one to something else.
    pub doubt: Option<Doubt>,
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

impl Reference {
    /// A reference that is one for certain.
    pub fn certain(range: FileRange, access: Access) -> Reference {
        Reference { range, access, doubt: None }
    }
}

impl Semantics {
    /// All references to what stands at a place, declarations included, by file and place.
    pub fn references(&self, file: FileId, offset: TextSize) -> Vec<Reference> {
        let Some(classified) = self.classify(file, offset) else { return Vec::new() };
        let mut found = match classified.meaning {
            Meaning::Given { path } => self.references_to_given(&path, &self.given(file, offset, &path)),
            Meaning::Local { key } | Meaning::Argument { key: Some(key), .. } => {
                let data = self.snapshot().file(file);
                let bound = data.map(|data| data.lowered().source_map.key(key).name).unwrap_or_default();
                let uses = self.local_uses(file, key).into_iter();
                let local = uses.map(|range| {
                    let access = if range.range == bound { Access::Declaration } else { Access::Read };
                    Reference::certain(range, access)
                });
                // What modules are given has uses in them.
                let origin = Origin { file, site: Site::Key(key) };
                let paths = self.given_as(file, key).into_iter();
                local.chain(paths.flat_map(|path| self.references_to_given(&path, &[origin]))).collect()
            }
            Meaning::OptionSet { options, .. }
            | Meaning::OptionDeclaration { options, .. }
            | Meaning::OptionRead { options, .. } => self.references_to_options(&options),
            Meaning::Input { name, .. } => self.references_to_input(file, &name),
            Meaning::Path { target: Some(target), .. } => self.references_to_file(target),
            _ => Vec::new(),
        };
        found.sort();
        found.dedup_by_key(|reference| reference.range);
        found
    }

    fn references_to_given(&self, path: &[Name], origins: &[Origin]) -> Vec<Reference> {
        let declared = origins.iter().filter_map(|origin| self.range(*origin));
        let declared = declared.map(|range| Reference::certain(range, Access::Declaration));
        let used = self.given_uses(path, origins).into_iter();
        declared.chain(used.map(|range| Reference::certain(range, Access::Read))).collect()
    }

    /// Where these options are declared, set and read, over all hosts that have them.
    pub fn references_to_options(&self, options: &[OptionRef]) -> Vec<Reference> {
        let options = self.in_all_hosts(options);
        let declared = self.declarations(&options).into_iter().filter_map(|origin| self.range(origin));
        let declared = declared.map(|range| Reference::certain(range, Access::Declaration));
        let used = self.option_uses(&options).into_iter().map(|it| {
            let access = if it.write { Access::Write } else { Access::Read };
            Reference { range: it.range, access, doubt: it.doubt }
        });
        declared.chain(used).collect()
    }

    /// Where an input is declared and used, in the flake that a file belongs to.
    pub fn references_to_input(&self, file: FileId, name: &str) -> Vec<Reference> {
        let Some(flake) = self.flake(file) else { return Vec::new() };
        let declared = flake.input(name).and_then(|input| input.origin).and_then(|origin| self.range(origin));
        let declared = declared.map(|range| Reference::certain(range, Access::Declaration));
        let used = self.input_uses(flake, name).into_iter();
        declared.into_iter().chain(used.map(|range| Reference::certain(range, Access::Read))).collect()
    }

    /// The paths that are written down anywhere and lead to a file; a folder leads to its default.nix.
    pub fn references_to_file(&self, target: FileId) -> Vec<Reference> {
        let wanted = self.path(target);
        let tree = self.snapshot().tree();
        let leads = |path: &str| {
            let path = match self.snapshot().file_type(path) {
                Ok(Some(FileType::Directory)) => Name::new(format!("{}/default.nix", path.trim_end_matches('/'))),
                _ => Name::new(path),
            };
            path == wanted || tree.resolve(&path).is_some_and(|(real, _)| real == wanted)
        };
        let mut found = Vec::new();
        for (_, file) in self.snapshot().nix_files().iter().cloned() {
            let literals = self.path_literals(file).into_iter().filter(|literal| leads(&literal.path));
            found.extend(
                literals.map(|literal| Reference::certain(FileRange { file, range: literal.range }, Access::Read)),
            );
        }
        found
    }
}
