//! flake.nix and flake.lock: inputs, follows, the lock graph, flake references.

mod frameworks;
mod lock;
mod reference;

pub use frameworks::FRAMEWORK_FILES;
pub use lock::{InputEdge, LockError, LockGraph, LockNode};
pub use reference::{FlakeRef, Forge, RefError};
