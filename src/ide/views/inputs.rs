//! The inputs of a flake: what is declared, what is locked, what follows what.

use serde::Serialize;

use super::{Location, Places, VERSION};
use crate::flake::{InputEdge, LockGraph, LockNode};
use crate::hir::Name;
use crate::repository::{Input, Override};

/// The answer to `flakewise/inputs`.
#[derive(Serialize)]
pub struct Document {
    version: u32,
    inputs: Vec<InputEntry>,
    lock: LockEntry,
}

/// An input that flake.nix declares, or that only flake.lock has.
#[derive(Serialize)]
struct InputEntry {
    name: String,
    url: Option<String>,
    follows: Option<String>,
    flake: bool,
    definition: Option<Location>,
    state: State,
    /// What it is in the lock: a key of `lock.nodes`.
    node: Option<String>,
    overrides: Vec<OverrideEntry>,
}

/// How flake.nix and flake.lock agree about an input.
#[derive(Serialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum State {
    Locked,
    /// It is what another input is.
    Follows,
    /// flake.lock does not have it.
    Unlocked,
    /// flake.nix does not declare it.
    Undeclared,
}

/// What is said of an input's own input.
#[derive(Serialize)]
struct OverrideEntry {
    path: Vec<String>,
    follows: Option<String>,
    url: Option<String>,
    definition: Option<Location>,
}

#[derive(Serialize)]
struct LockEntry {
    /// Why flake.lock cannot be read; also where there is none.
    error: Option<String>,
    /// How many different nixpkgs it holds.
    nixpkgs: usize,
    nodes: Vec<NodeEntry>,
}

/// A node of flake.lock that the flake reaches.
#[derive(Serialize)]
struct NodeEntry {
    id: String,
    original: String,
    locked: String,
    rev: Option<String>,
    #[serde(rename = "lastModified")]
    last_modified: Option<i64>,
    flake: bool,
    inputs: Vec<EdgeEntry>,
}

#[derive(Serialize)]
struct EdgeEntry {
    name: String,
    /// The node that it is, through all follows.
    node: Option<String>,
    /// The path of inputs that it follows, from the root; empty where it was removed.
    follows: Option<Vec<String>>,
}

/// The document of a flake.
pub fn document(places: &impl Places) -> Document {
    let flake = places.flake();
    let lock = flake.lock.as_ref().and_then(|lock| lock.as_ref().ok());
    let declared = flake.inputs.iter().map(|input| entry(places, input, lock.map(|lock| &**lock)));
    let mut inputs: Vec<InputEntry> = declared.collect();
    if let Some(lock) = lock {
        let left = lock.direct_inputs().into_iter().filter(|(name, _)| flake.input(name).is_none());
        inputs.extend(left.map(|(name, node)| InputEntry {
            name: name.to_string(),
            url: None,
            follows: None,
            flake: node.as_ref().and_then(|node| lock.node(node)).is_none_or(|node| node.is_flake),
            definition: None,
            state: State::Undeclared,
            node: node.map(|node| node.to_string()),
            overrides: Vec::new(),
        }));
    }
    let error = match &flake.lock {
        None => Some("there is no flake.lock".to_string()),
        Some(Err(error)) => Some(error.to_string()),
        Some(Ok(_)) => None,
    };
    let nodes = lock.into_iter().flat_map(|lock| nodes(lock)).collect();
    let nixpkgs = lock.map_or(0, |lock| lock.nixpkgs_copies());
    Document { version: VERSION, inputs, lock: LockEntry { error, nixpkgs, nodes } }
}

fn entry(places: &impl Places, input: &Input, lock: Option<&LockGraph>) -> InputEntry {
    let node = lock.and_then(|lock| lock.resolve(&lock.root, &input.name));
    let state = match (&input.follows, &node) {
        (Some(_), _) => State::Follows,
        (None, Some(_)) => State::Locked,
        (None, None) => State::Unlocked,
    };
    InputEntry {
        name: input.name.to_string(),
        url: input.url.as_ref().map(|url| url.text.to_string()),
        follows: input.follows.as_ref().map(|follows| follows.text.to_string()),
        flake: input.is_flake,
        definition: places.origin(input.origin),
        state,
        node: node.map(|node| node.to_string()),
        overrides: input.overrides.iter().map(|it| overridden(places, it)).collect(),
    }
}

fn overridden(places: &impl Places, it: &Override) -> OverrideEntry {
    OverrideEntry {
        path: texts(&it.path),
        follows: it.follows.as_ref().map(|follows| follows.text.to_string()),
        url: it.url.as_ref().map(|url| url.text.to_string()),
        definition: places.origin(it.origin),
    }
}

fn nodes(lock: &LockGraph) -> Vec<NodeEntry> {
    let reachable = lock.reachable();
    let nodes = reachable.iter().filter(|key| **key != lock.root);
    nodes.filter_map(|key| Some(node(lock, key, lock.node(key)?))).collect()
}

fn node(lock: &LockGraph, key: &Name, node: &LockNode) -> NodeEntry {
    let inputs = node.inputs.iter().map(|(name, edge)| EdgeEntry {
        name: name.to_string(),
        node: lock.resolve(key, name).map(|node| node.to_string()),
        follows: match edge {
            InputEdge::Node(_) => None,
            InputEdge::Follows(path) => Some(texts(path)),
        },
    });
    NodeEntry {
        id: key.to_string(),
        original: node.original_url(),
        locked: node.locked_url(),
        rev: node.rev().map(str::to_string),
        last_modified: node.last_modified(),
        flake: node.is_flake,
        inputs: inputs.collect(),
    }
}

fn texts(path: &[Name]) -> Vec<String> {
    path.iter().map(|name| name.to_string()).collect()
}
