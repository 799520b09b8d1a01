//! flakewise: a language server for flake repositories.
//!
//! The modules stand in reading order, from the bottom of the program to its
//! top. A module may name only those above it in this list; `tests/layers.rs`
//! reads the order from here and holds it.
//!
//! Nothing up to `ide` touches disk, clock, environment, processes or the network:
//! clippy.toml bans what leads there, `workspace`, `lsp` and `cli` allow it for themselves.
#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::disallowed_types))]

/// The version of this program, with the commit it was built from where that is known: `0.1.0 (1a2b3c4d5e6f)`.
pub const VERSION: &str = env!("FLAKEWISE_VERSION");

/// What every layer shares and knows no Nix: file ids, ranges, line index, text edits.
pub mod base;
/// Test support: a few files, a cursor and marks in one string.
#[doc(hidden)]
pub mod fixture;
/// Text to a lossless tree, never failing; the only layer that names rnix.
pub mod syntax;
/// One file lowered: expressions and names by id, without offsets; scopes and name resolution.
pub mod hir;
/// The lazy partial evaluator: values, unknowns with causes, origins, fuel, builtins and `lib`.
pub mod eval;
/// flake.nix and flake.lock: inputs, follows, the lock graph, flake references.
pub mod flake;
/// Option declarations and types, definitions, imports, merging: one option tree per configuration.
pub mod module_system;
/// Everything known at one revision: snapshots, results with what they read.
pub mod db;
/// The model that all features read: hosts, their modules and options, helpers, outputs.
pub mod repository;
/// From a cursor to its meaning: what it is, where it is defined and used, which hosts reach it.
pub mod semantics;
/// One file per rule: everything that flakewise reports.
pub mod rules;
/// One file per editor feature, named as editors name it.
pub mod ide;
/// The outside world: scan, watch, git index, settings; turns all of it into changes for `db`.
pub mod workspace;
/// The language server: the only layer that names types of the protocol.
pub mod lsp;
/// The commands of the command line.
pub mod cli;
