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
    // A file that does not parse is broken whoever reads it, but for one that is not Nix yet.
    let severity = match one.severity {
        Severity::Hint if is_template(one) => Severity::Hint,
        severity => severity.max(Severity::Warning),
    };
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

/// Whether what does not parse is the placeholder of a template: of snippets of an editor, of Mustache, Jinja, `substituteAll` and their like.
fn is_template(one: &OneFile<'_>) -> bool {
    let text = one.data.text();
    // The error may stand behind the first character of the placeholder.
    let starts = one.data.parse().errors().iter().flat_map(|error| {
        let start = usize::from(error.range.start());
        [Some(start), start.checked_sub(1)]
    });
    starts.flatten().filter_map(|start| text.get(start..)).any(is_placeholder)
}

fn is_placeholder(text: &str) -> bool {
    let numbered = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let named = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
        end.is_some_and(|end| end > 0 && text.get(end..).is_some_and(|rest| rest.starts_with('@')))
    };
    ["\\${", "{{", "{%", "<%", "<#"].iter().any(|start| text.starts_with(start))
        || text.strip_prefix('$').is_some_and(|rest| numbered(rest.trim_start_matches('{')))
        || text.strip_prefix('@').is_some_and(named)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::base::FileId;
    use crate::db::{FileData, MAX_MEANT};
    use crate::fixture::Fixture;
    use crate::rules::{Settings, Severity, check_file, testing};

    #[test]
    fn the_bounds_are_said() {
        let found =
            |text: String| check_file(FileId(0), &FileData::new(text.into()), "a.nix", None, &Settings::default());
        let large = format!("\"{}\"\n", "x".repeat(MAX_MEANT));
        assert_eq!(FileData::new(large.as_str().into()).lowered().file.expr_count(), 0);
        let said = found(large);
        let [one] = &said[..] else { panic!("{said:?}") };
        assert_eq!((one.rule, one.severity), (super::RULE.id, Severity::Information));
        assert!(one.message.contains("4 MiB"), "{}", one.message);
        let broken = found(format!("{{\n{}}}\n", "a = ;\n".repeat(1000)));
        let errors = broken.iter().filter(|it| it.rule == super::RULE.id);
        assert_eq!(errors.count(), super::MAX_ERRORS);
    }

    #[track_caller]
    fn check(path: &str, text: &str, expected: Severity) {
        let fixture = format!("#! minipkgs: flake\n#- /host.nix\n{{ imports = [ ./used.nix ]; }}\n#- {path}\n{text}\n");
        let (_, found) = testing::found(RULE.id, &Fixture::parse(&fixture));
        assert!(!found.is_empty() && found.iter().all(|it| it.severity == expected), "{text}: {found:#?}");
    }

    #[test]
    fn templates_are_no_nix_yet() {
        for text in [
            "{ pkgs }: pkgs.mkShell { packages = [ $1 ]; }",
            "{ a.\\${system} = 1; b = [ $2 ]; }",
            "{ name = {{ name }}; }",
            "{ name = @name@; }",
            "{ name = <%= name %>; }",
        ] {
            check("/snippets/shell.nix", text, Severity::Hint);
            check("/used.nix", text, Severity::Error);
        }
        check("/snippets/shell.nix", "{ a = ; }", Severity::Warning);
        check("/snippets/shell.nix", "{ a = \"$1\"; b = ; }", Severity::Warning);
    }
}
