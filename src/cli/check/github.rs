//! Findings as workflow commands, which GitHub shows at their lines.

use std::fmt::Write;

use crate::cli::load::Loaded;
use crate::rules::{Diagnostic, Severity};

pub(super) fn render(loaded: &Loaded, found: &[Diagnostic]) -> String {
    let mut out = String::new();
    let prefix = loaded.prefix_for_github();
    for diagnostic in found {
        let command = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Information | Severity::Hint => "notice",
        };
        let place = loaded.place(diagnostic.at);
        let (start, end) = (place.range.start, place.range.end);
        let _ =
            write!(out, "::{command} file={},line={}", property(&format!("{prefix}{}", place.path)), start.line + 1);
        // A column across lines confuses the page.
        if start.line == end.line {
            let _ =
                write!(out, ",col={},endColumn={}", start.character + 1, (end.character + 1).max(start.character + 1));
        } else {
            let _ = write!(out, ",endLine={}", end.line + 1);
        }
        let _ = writeln!(out, ",title={}::{}", property(diagnostic.rule), data(&diagnostic.message));
    }
    out
}

/// Escapes as `@actions/core` does (`escapeData`).
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes as `@actions/core` does (`escapeProperty`).
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
