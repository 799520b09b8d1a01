//! A Nix file does not parse.
//!
//! Nix refuses the file as a whole, and with it every configuration that imports it. Everything else in the repository is checked all
//! the same. In files that no host reaches it is a warning. Files that are encrypted are left alone.
//!
//! Files of more than 4 MiB are only parsed: what they mean is not looked into, which this rule mentions at their
//! start. Of one file a hundred errors are shown.
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
use crate::base::{FileRange, TextRange, TextSize};
use crate::db::MAX_MEANT;
use crate::hir::LowerErrorKind;

pub(super) const RULE: Rule = Rule {
    id: "syntax-error",
    chapter: Chapter::Language,
    severity: Severity::Error,
    source: include_str!("syntax_error.rs"),
    check,
};

/// More errors of one file than this help nobody.
const MAX_ERRORS: usize = 100;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    language::check_all(context, &RULE)
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
        if found.len() == MAX_ERRORS {
            break;
        }
        found.push(finding(error.range, error.message.clone()));
    }
    if one.data.is_too_large() {
        let message = format!(
            "this file is larger than {} MiB: its syntax is checked, and what it means is taken for unknown",
            MAX_MEANT >> 20
        );
        let at = one.at(TextRange::empty(TextSize::from(0)));
        found.insert(0, Diagnostic { severity: Severity::Information, ..RULE.finding(at, message) });
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

#[cfg(test)]
mod tests {
    use crate::base::FileId;
    use crate::db::{FileData, MAX_MEANT};
    use crate::rules::{Settings, Severity, check_file};

    #[test]
    fn the_bounds_are_said() {
        let found =
            |text: String| check_file(FileId(0), &FileData::new(text.into()), "a.nix", None, &Settings::default());
        let line = "  { a = b; }\n";
        let large = format!("[\n{}]\n", line.repeat(MAX_MEANT / line.len() + 1));
        assert_eq!(FileData::new(large.as_str().into()).lowered().file.expr_count(), 0);
        let said = found(large);
        let [one] = &said[..] else { panic!("{said:?}") };
        assert_eq!((one.rule, one.severity), (super::RULE.id, Severity::Information));
        assert!(one.message.contains("4 MiB"), "{}", one.message);
        let broken = found(format!("{{\n{}}}\n", "a = ;\n".repeat(1000)));
        let errors = broken.iter().filter(|it| it.rule == super::RULE.id);
        assert_eq!(errors.count(), super::MAX_ERRORS);
    }
}
