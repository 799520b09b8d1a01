//! One file lowered: expressions and names by id, without offsets.
//!
//! Lowering splits a file in two. [`File`] is the stable half: expressions,
//! scopes and resolved names, equal for texts that differ only in white space
//! or comments, so that everything computed from it can be kept while somebody
//! re-indents. [`SourceMap`] is the located half: the only place that says
//! where an expression or a name stands in the text.

mod expr;
mod lower;
mod source_map;
mod summary;
mod usage;

pub use expr::{
    Attr, AttrValue, AttrsExpr, BinaryOp, DynamicAttr, Expr, ExprId, File, Formal, Key, KeyId, LambdaExpr, Name, Param,
    PathAnchor, StrPart, UnaryOp, Var, VarTarget,
};
pub use lower::{LowerError, LowerErrorKind, Lowered, lower};
pub use source_map::{BindingSource, SourceMap};
pub use summary::{ModuleShape, Summary};
pub use usage::Usage;

/// Names that are in scope everywhere without `builtins.`, as Nix's base
/// environment has them (`EvalState::createBaseEnv`, `src/libexpr/primops.cc`).
pub const GLOBAL_NAMES: &[&str] = &[
    "abort",
    "baseNameOf",
    "break",
    "builtins",
    "derivation",
    "derivationStrict",
    "dirOf",
    "false",
    "fetchGit",
    "fetchMercurial",
    "fetchTarball",
    "fetchTree",
    "fromTOML",
    "import",
    "isNull",
    "map",
    "null",
    "placeholder",
    "removeAttrs",
    "scopedImport",
    "throw",
    "toString",
    "true",
];
