//! Frameworks that flakes are written with, for when their source is not at
//! hand: Nix files in the words of each framework, written for flakewise.

/// The files, by their internal path, and their texts.
pub const FRAMEWORK_FILES: &[(&str, &str)] = &[
    ("/<flakewise>/frameworks/flake-parts.nix", include_str!("frameworks/flake-parts.nix")),
    ("/<flakewise>/frameworks/flake-utils.nix", include_str!("frameworks/flake-utils.nix")),
    ("/<flakewise>/frameworks/import-tree.nix", include_str!("frameworks/import-tree.nix")),
];
