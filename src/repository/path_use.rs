//! What a path is written down for: the file that it names is imported, read, or neither.

use super::Repository;
use super::missing_reads::called;
use crate::base::FileRange;
use crate::hir::{Expr, ExprId, File};

/// What becomes of the file that a path names, as far as the place of the path shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathUse {
    /// `import ./x.nix`; `called` where the result is given arguments at once.
    Import { called: bool },
    /// `builtins.readFile ./x`
    Text,
    /// The argument of another builtin or of a function that wants more than a module:
    /// `readDir ./x`, `callPackage ./x { }`.
    Other,
    /// Nothing is said here: an element of a list, a value, the argument of a helper.
    Open,
}

/// Functions that take a path to something else than a module.
const OTHER: &[&str] = &[
    "callPackage",
    "callPackages",
    "fetchTree",
    "fileset",
    "filterSource",
    "getFlake",
    "hashFile",
    "importApply",
    "path",
    "readDir",
    "readFileType",
    "scopedImport",
];

/// What the path at a place is for. The place may also be the call that wanted the file, `import ./x.nix { }`.
pub fn path_use(repository: &Repository, at: FileRange) -> PathUse {
    let Ok(data) = repository.snapshot.file(at.file) else { return PathUse::Open };
    let Some(expr) = data.lowered().source_map.expr_with_range(at.range) else { return PathUse::Open };
    let hir = data.hir();
    let use_in = |call| match (called(hir, call), hir.expr(call)) {
        (Some("import"), Expr::Apply { function, .. }) => {
            let outer = matches!(hir.expr(*function), Expr::Apply { .. });
            Some(PathUse::Import { called: outer || call_with(hir, |function, _| function == call).is_some() })
        }
        (Some("readFile"), _) => Some(PathUse::Text),
        (Some(name), _) if OTHER.contains(&name) => Some(PathUse::Other),
        _ => None,
    };
    let itself = matches!(hir.expr(expr), Expr::Apply { .. }).then(|| use_in(expr)).flatten();
    let around = || use_in(call_with(hir, |_, argument| argument == expr)?);
    itself.or_else(around).unwrap_or(PathUse::Open)
}

/// The call of which this holds, by function and argument.
fn call_with(hir: &File, is_it: impl Fn(ExprId, ExprId) -> bool) -> Option<ExprId> {
    hir.exprs().find_map(|(id, expr)| match expr {
        Expr::Apply { function, argument } if is_it(*function, *argument) => Some(id),
        _ => None,
    })
}
