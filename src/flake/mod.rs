//! flake.nix and flake.lock: inputs, follows, the lock graph, flake references.

mod frameworks;
mod lock;
mod page;
mod reference;
mod source;
mod store;

pub use frameworks::Framework;
pub use lock::{InputEdge, LockError, LockGraph, LockNode};
pub use reference::{FlakeRef, Forge, RefError, is_registered, registered_url};
pub use source::Source;
pub use store::{STORE, source_path};
