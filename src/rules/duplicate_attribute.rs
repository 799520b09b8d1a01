//! An attribute or argument is defined twice.
//!
//! Nix refuses the whole file: `attribute … already defined`. Sets that are both written out are merged and may stand apart.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   outputs = inputs: { a = 1; b = 2; a = 3; };
//! #                                   ^
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   outputs = inputs: { a.x = 1; b = 2; a.y = 3; };
//! }
//! ```

use super::language::{self, OneFile};
use super::{Chapter, Context, Diagnostic, Related, Rule, Severity};
use crate::base::FileRange;
use crate::hir::LowerErrorKind;

pub(super) const RULE: Rule = Rule {
    id: "duplicate-attribute",
    chapter: Chapter::Language,
    severity: Severity::Error,
    source: include_str!("duplicate_attribute.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    language::check_all(context, &RULE)
}

pub(super) fn check_file(one: &OneFile<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for error in &one.data.lowered().errors {
        let (what, name, first) = match &error.kind {
            LowerErrorKind::DuplicateAttribute { name, first } => ("attribute", name, first),
            LowerErrorKind::DuplicateFormal { name, first } => ("argument", name, first),
            _ => continue,
        };
        let message = format!("the {what} {name} is defined twice");
        let mut diagnostic = RULE.finding(FileRange { file: one.file, range: error.range }, message);
        diagnostic.related = vec![Related {
            at: FileRange { file: one.file, range: *first },
            message: "it is defined here first".to_string(),
        }];
        diagnostic.severity = one.severity;
        found.push(diagnostic);
    }
    found
}
