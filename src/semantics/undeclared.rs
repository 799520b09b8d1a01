//! Names of options that no module declares, by file.

use rustc_hash::FxHashMap;

use super::Semantics;
use crate::base::{FileId, FileRange};
use crate::repository::undeclared;

/// Sorted places, by file.
pub(super) type Undeclared = FxHashMap<FileId, Vec<FileRange>>;

impl Semantics {
    /// The names in a file that nothing can declare, sorted. None for a text that was not analysed.
    pub fn undeclared_in(&self, file: FileId) -> Vec<FileRange> {
        let (Ok(now), Ok(then)) = (self.snapshot.file(file), self.repository.snapshot.file(file)) else {
            return Vec::new();
        };
        if now.text() != then.text() {
            return Vec::new();
        }
        let all = self.undeclared.get_or_init(|| {
            let mut all: Undeclared = FxHashMap::default();
            for flake in &self.repository.flakes {
                for found in undeclared(&self.repository, flake).into_iter().filter(|found| found.certain) {
                    all.entry(found.at.file).or_default().push(found.at);
                }
            }
            all.values_mut().for_each(|places| places.sort());
            all
        });
        all.get(&file).cloned().unwrap_or_default()
    }
}
