//! A name that nothing in scope defines.
//!
//! Nix refuses the whole file before it evaluates anything: `undefined variable`. In files that no host imports it is a warning, and a hint in those that nothing names.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   outputs = { self }: { value = slef; };
//! #                               ^^^^
//! }
//! ```
//!
//! What a `with` may provide is not reported:
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   outputs = { self }: { value = with self; other; };
//! }
//! ```

use super::syntax_error::{files, reached};
use super::{Chapter, Context, Diagnostic, Rule, Severity};
use crate::base::FileRange;
use crate::hir::{Expr, LowerErrorKind};

pub(super) const RULE: Rule = Rule {
    id: "undefined-name",
    chapter: Chapter::Language,
    severity: Severity::Error,
    source: include_str!("undefined_name.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let files = files(context);
    // Files that are imported with a scope of their own may use any name.
    let scoped = files.iter().any(|(_, data)| {
        data.text().contains("scopedImport")
            && data.hir().exprs().any(|(_, expr)| match expr {
                Expr::Var(var) => var.name == "scopedImport",
                Expr::Select { path, .. } => {
                    path.iter().filter_map(|key| key.name()).any(|name| name == "scopedImport")
                }
                _ => false,
            })
    });
    if scoped {
        return Vec::new();
    }
    let reached = reached(context);
    let mut found = Vec::new();
    for (file, data) in files {
        // Where the text does not parse, scopes may be cut off.
        if !data.parse().errors().is_empty() {
            continue;
        }
        for error in &data.lowered().errors {
            let LowerErrorKind::UndefinedName { name } = &error.kind else { continue };
            let message = format!("nothing in scope defines {name}");
            let mut diagnostic = RULE.finding(FileRange { file, range: error.range }, message);
            diagnostic.severity = reached.severity(file);
            found.push(diagnostic);
        }
    }
    found
}
