//! Everything that is known at one revision.
//!
//! A [`Snapshot`] is immutable: texts, parse trees and lowered files, the
//! folders and what git tracks in them. A [`Change`] makes the next one, which
//! shares all that did not change. [`Memo`] keeps what was computed from a
//! snapshot together with what the computation read, and says for a later
//! snapshot whether it still holds.
//!
//! There is no disk here: texts that are not part of a change come through a
//! [`Loader`] that the workspace provides, and so does what is read of inputs
//! that lie outside of the workspace ([`Sources`]).

mod file;
mod fixture;
mod kept;
mod memo;
mod paths;
mod snapshot;
mod sources;
mod tree;

pub use file::{FileData, MAX_MEANT, OfText, computed_of_texts};
#[cfg(test)]
pub(crate) use fixture::Folders;
pub use kept::Kept;
pub use memo::{Memo, Stamps};
pub use paths::Paths;
pub use snapshot::{Change, Loader, NoLoader, Retained, Snapshot};
pub use sources::Sources;
pub use tree::{Node, Tree};
