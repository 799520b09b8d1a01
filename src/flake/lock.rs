//! flake.lock, versions 5 to 7.

use std::collections::BTreeMap;

use crate::hir::Name;

/// The graph of a flake.lock. Nodes are named by their keys in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct LockGraph {
    /// The format version, 5 to 7.
    pub version: u64,
    /// The key of the node that stands for the flake itself.
    pub root: Name,
    pub nodes: BTreeMap<Name, LockNode>,
}

/// A node of the lock graph.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct LockNode {
    pub inputs: BTreeMap<Name, InputEdge>,
    /// `original`: the reference as it was written, as JSON.
    pub original: serde_json::Map<String, serde_json::Value>,
    /// `locked`: the reference that was locked, as JSON.
    pub locked: serde_json::Map<String, serde_json::Value>,
    /// `flake`; false for plain sources.
    pub is_flake: bool,
}

/// Where an input of a node leads.
#[derive(Clone, Debug, PartialEq)]
pub enum InputEdge {
    /// A node.
    Node(Name),
    /// A path of inputs from the root; empty: the input was removed (`follows = ""`).
    Follows(Vec<Name>),
}

/// Why a flake.lock cannot be used.
#[derive(Clone, Debug, PartialEq)]
pub struct LockError {
    pub message: String,
    /// Zero-based line and column (in characters) in the file, where that is known.
    pub position: Option<(u32, u32)>,
}
