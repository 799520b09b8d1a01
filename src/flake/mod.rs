//! flake.nix and flake.lock: inputs, follows, the lock graph, flake references.

mod lock;

pub use lock::{InputEdge, LockError, LockGraph, LockNode};
