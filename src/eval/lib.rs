//! nixpkgs' `lib`, as far as flakewise knows it exactly.
//!
//! Most of it is written in Nix (`lib/*.nix`), over the builtins: so it is
//! lazy in the same places as the original and takes unknown values as any
//! code does. The files are part of the binary and are read through
//! [`super::Files`] under [`INTERNAL_ROOT`].

use super::{Evaluator, Result, Thunk, Value};

/// The folder that the internal files seem to lie in. No real path starts so.
pub const INTERNAL_ROOT: &str = "/<flakewise>";

/// The internal files: path below [`INTERNAL_ROOT`], and text.
pub const INTERNAL_FILES: &[(&str, &str)] = &[
    ("/<flakewise>/lib/default.nix", include_str!("lib/default.nix")),
];

impl Evaluator {
    /// The value of `nixpkgs.lib`, without what needs the module system.
    pub fn lib(&self) -> Result<Value> {
        let thunk = self.lib.get_or_init(|| Thunk::native(|ev| ev.import("/<flakewise>/lib/default.nix")));
        self.force(&thunk.clone())
    }
}
