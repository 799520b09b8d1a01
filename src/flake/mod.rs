//! flake.nix and flake.lock: inputs, follows, the lock graph, flake references.

mod frameworks;
mod lock;
mod reference;

pub use frameworks::Framework;
pub use lock::{InputEdge, LockError, LockGraph, LockNode};
pub use reference::{FlakeRef, Forge, RefError};
