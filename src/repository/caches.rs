//! Which binary caches a flake takes from.

use std::collections::BTreeSet;

use super::{Flake, Repository};

/// What the host names of binary caches start or go on with.
const CACHIX: &str = ".cachix.org";
const CACHE: &str = "://cache.";

/// The names of the binary caches that the flake's files name, in lower case: `hyprland` for hyprland.cachix.org,
/// `example` for cache.example.com. Names are read wherever they stand, since a cache is as often
/// set on the machine as in flake.nix: too many names cost nothing.
pub fn binary_caches(repository: &Repository, flake: &Flake) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    for file in flake.read.iter().chain([&flake.file]) {
        let Ok(data) = repository.snapshot.file(*file) else { continue };
        let text = data.text();
        for (at, _) in text.match_indices(CACHIX) {
            let before = text.get(..at).unwrap_or_default();
            found.extend(before.rsplit(|c| !is_part(c)).next().map(str::to_lowercase));
        }
        for (at, _) in text.match_indices(CACHE) {
            let after = text.get(at + CACHE.len()..).unwrap_or_default();
            found.extend(after.split(|c| !is_part(c)).next().map(str::to_lowercase));
        }
    }
    found.remove("");
    found
}
