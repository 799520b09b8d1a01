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
    ("/<flakewise>/lib/asserts.nix", include_str!("lib/asserts.nix")),
    ("/<flakewise>/lib/attrsets.nix", include_str!("lib/attrsets.nix")),
    ("/<flakewise>/lib/cli.nix", include_str!("lib/cli.nix")),
    ("/<flakewise>/lib/customisation.nix", include_str!("lib/customisation.nix")),
    ("/<flakewise>/lib/debug.nix", include_str!("lib/debug.nix")),
    ("/<flakewise>/lib/default.nix", include_str!("lib/default.nix")),
    ("/<flakewise>/lib/derivations.nix", include_str!("lib/derivations.nix")),
    ("/<flakewise>/lib/exports.nix", include_str!("lib/exports.nix")),
    ("/<flakewise>/lib/fetchers.nix", include_str!("lib/fetchers.nix")),
    ("/<flakewise>/lib/fileset.nix", include_str!("lib/fileset.nix")),
    ("/<flakewise>/lib/filesystem.nix", include_str!("lib/filesystem.nix")),
    ("/<flakewise>/lib/fixed-points.nix", include_str!("lib/fixed-points.nix")),
    ("/<flakewise>/lib/flakes.nix", include_str!("lib/flakes.nix")),
    ("/<flakewise>/lib/generators.nix", include_str!("lib/generators.nix")),
    ("/<flakewise>/lib/gvariant.nix", include_str!("lib/gvariant.nix")),
    ("/<flakewise>/lib/kernel.nix", include_str!("lib/kernel.nix")),
    ("/<flakewise>/lib/licenses.nix", include_str!("lib/licenses.nix")),
    ("/<flakewise>/lib/lists.nix", include_str!("lib/lists.nix")),
    ("/<flakewise>/lib/meta.nix", include_str!("lib/meta.nix")),
    ("/<flakewise>/lib/misc.nix", include_str!("lib/misc.nix")),
    ("/<flakewise>/lib/modules.nix", include_str!("lib/modules.nix")),
    ("/<flakewise>/lib/network.nix", include_str!("lib/network.nix")),
    ("/<flakewise>/lib/options.nix", include_str!("lib/options.nix")),
    ("/<flakewise>/lib/path.nix", include_str!("lib/path.nix")),
    ("/<flakewise>/lib/source-types.nix", include_str!("lib/source-types.nix")),
    ("/<flakewise>/lib/sources.nix", include_str!("lib/sources.nix")),
    ("/<flakewise>/lib/strings-with-deps.nix", include_str!("lib/strings-with-deps.nix")),
    ("/<flakewise>/lib/strings.nix", include_str!("lib/strings.nix")),
    ("/<flakewise>/lib/systems.nix", include_str!("lib/systems.nix")),
    ("/<flakewise>/lib/trivial.nix", include_str!("lib/trivial.nix")),
    ("/<flakewise>/lib/types.nix", include_str!("lib/types.nix")),
    ("/<flakewise>/lib/versions.nix", include_str!("lib/versions.nix")),
];

impl Evaluator {
    /// The value of `nixpkgs.lib`, without what needs the module system.
    pub fn lib(&self) -> Result<Value> {
        let thunk = self.lib.get_or_init(|| Thunk::native(|ev| ev.import("/<flakewise>/lib/default.nix")));
        self.force(&thunk.clone())
    }
}
