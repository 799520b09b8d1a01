//! A Nix file does not parse.
//!
//! Nix refuses the file as a whole, and with it every configuration that imports it. Everything else in the repository is checked all
//! the same. In files that no host reaches it is a warning. Files that are encrypted are left alone.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   outputs = inputs: { };;
//! #                       ^
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   outputs = inputs: { };
//! }
//! ```

use super::language::{self, OneFile};
use super::{Chapter, Context, Diagnostic, Rule, Severity};
use crate::base::FileRange;
use crate::hir::LowerErrorKind;

pub(super) const RULE: Rule = Rule {
    id: "syntax-error",
    chapter: Chapter::Language,
    severity: Severity::Error,
    source: include_str!("syntax_error.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    language::check_all(context, check_file)
}

pub(super) fn check_file(one: &OneFile<'_>) -> Vec<Diagnostic> {
    // A file that does not parse is broken whoever reads it.
    let severity = one.severity.max(Severity::Warning);
    let finding =
        |range, message: String| Diagnostic { severity, ..RULE.finding(FileRange { file: one.file, range }, message) };
    let mut found = Vec::new();
    let mut last_line = None;
    let errors = one.data.parse().errors();
    for error in errors {
        // One mistake often shows several times on its line; the first is where to look.
        let line = one.data.line_index().line(error.range.start());
        if last_line == Some(line) {
            continue;
        }
        last_line = Some(line);
        found.push(finding(error.range, error.message.clone()));
    }
    for error in &one.data.lowered().errors {
        let message = match &error.kind {
            // The parser says so too.
            LowerErrorKind::IntegerTooLarge if !errors.is_empty() => continue,
            LowerErrorKind::IntegerTooLarge => "the number does not fit 64 bits",
            LowerErrorKind::DynamicNotAllowed => "`let` and `inherit` take no computed names",
            _ => continue,
        };
        found.push(finding(error.range, message.to_string()));
    }
    found
}
