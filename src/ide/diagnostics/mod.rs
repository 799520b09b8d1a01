//! What is wrong with one file alone: what does not parse, and what Nix refuses before it evaluates.

#[cfg(test)]
mod tests;

use crate::base::{FileId, TextRange};
use crate::hir::LowerErrorKind;
use crate::ide::Analysis;

/// A finding in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDiagnostic {
    pub range: TextRange,
    /// A stable name for the kind of finding.
    pub code: &'static str,
    pub message: String,
    /// Other places in the same file, with what they are.
    pub related: Vec<(TextRange, String)>,
}

/// The errors of a file, by place. Empty for a file that cannot be read.
pub fn file_diagnostics(analysis: &Analysis, file: FileId) -> Vec<FileDiagnostic> {
    let Ok(data) = analysis.snapshot().file(file) else { return Vec::new() };
    let plain = |range, code, message| FileDiagnostic { range, code, message, related: Vec::new() };
    let syntax = data.parse().errors().iter();
    let mut found: Vec<FileDiagnostic> =
        syntax.map(|error| plain(error.range, "syntax-error", error.message.clone())).collect();
    let broken = !found.is_empty();
    for error in &data.lowered().errors {
        let range = error.range;
        let first = |range: &TextRange| vec![(*range, "first defined here".to_string())];
        found.push(match &error.kind {
            LowerErrorKind::DuplicateAttribute { name, first: at } => FileDiagnostic {
                related: first(at),
                ..plain(range, "duplicate-attribute", format!("attribute `{name}` is defined twice"))
            },
            LowerErrorKind::DuplicateFormal { name, first: at } => FileDiagnostic {
                related: first(at),
                ..plain(range, "duplicate-argument", format!("the function has two arguments named `{name}`"))
            },
            // The parser says so too.
            LowerErrorKind::IntegerTooLarge if broken => continue,
            LowerErrorKind::IntegerTooLarge => {
                plain(range, "integer-too-large", "the number does not fit 64 bits".to_string())
            }
            LowerErrorKind::DynamicNotAllowed => {
                plain(range, "dynamic-attribute", "a computed name cannot stand here".to_string())
            }
            // Where the text does not parse, scopes may be cut off: no name is certainly undefined.
            LowerErrorKind::UndefinedName { .. } if broken => continue,
            LowerErrorKind::UndefinedName { name } => {
                plain(range, "undefined-name", format!("nothing in scope is named `{name}`"))
            }
        });
    }
    found.sort_by_key(|diagnostic| (diagnostic.range.start(), diagnostic.range.end(), diagnostic.code));
    found
}
