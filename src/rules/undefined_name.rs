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

use super::language::{self, OneFile};
use super::{Chapter, Context, Diagnostic, Rule, Severity};
use crate::base::FileRange;
use crate::hir::LowerErrorKind;

pub(super) const RULE: Rule = Rule {
    id: "undefined-name",
    chapter: Chapter::Language,
    severity: Severity::Error,
    source: include_str!("undefined_name.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    language::check_all(context, &RULE)
}

pub(super) fn check_file(one: &OneFile<'_>) -> Vec<Diagnostic> {
    // Where the text does not parse, scopes may be cut off.
    if one.any_name || !one.data.parse().errors().is_empty() {
        return Vec::new();
    }
    let undefined = one.data.lowered().errors.iter().filter_map(|error| {
        let LowerErrorKind::UndefinedName { name } = &error.kind else { return None };
        let at = FileRange { file: one.file, range: error.range };
        let finding = RULE.finding(at, format!("nothing in scope defines {name}"));
        Some(Diagnostic { severity: one.severity, ..finding })
    });
    undefined.collect()
}
