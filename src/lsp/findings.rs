//! What is wrong, as the server keeps it: by file, in offsets of the text that
//! it was found in.

use std::collections::BTreeMap;

use tower_lsp_server::ls_types as lsp;

use super::world::World;
use crate::base::{FileId, TextEdit, TextRange, TextSize};
use crate::hir::Name;
use crate::ide::Analysis;
use crate::ide::diagnostics::file_diagnostics;
use crate::repository::Repository;
use crate::rules::{self, Level, NewFile, Severity};
use crate::workspace::{Settings, is_below};

/// Something wrong in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub range: TextRange,
    pub severity: lsp::DiagnosticSeverity,
    /// The rule, or the kind of error.
    pub code: String,
    pub message: String,
    /// Other places, with what they are.
    pub related: Vec<(Name, TextRange, String)>,
    pub fixes: Vec<Fix>,
}

/// A way to put it right.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    pub title: String,
    /// By file, in offsets of the analysed texts.
    pub edits: Vec<(Name, TextEdit)>,
    pub creates: Vec<NewFile>,
    /// Files and folders that git is to track.
    pub tracks: Vec<Name>,
    /// Whether it may change what a configuration that works means.
    pub is_unsafe: bool,
}

/// Findings by the path of their file.
pub type Findings = BTreeMap<Name, Vec<Finding>>;

/// All findings of the last analysis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AllFindings {
    /// What the rules found in all flakes.
    pub repository: Findings,
    /// What is wrong with flakewise.toml.
    pub settings: Findings,
}

impl AllFindings {
    /// The files that have any.
    pub fn paths(&self) -> impl Iterator<Item = &Name> {
        self.repository.keys().chain(self.settings.keys())
    }
}

/// The rules whose findings a text shows alone. While somebody types they are
/// found anew with every letter, and all others are carried over.
const LOCAL: &[&str] = &["syntax-error", "undefined-name", "duplicate-attribute"];

/// What the rules find, by file.
pub fn rule_findings(repository: &Repository, settings: &BTreeMap<Name, Settings>) -> Findings {
    let mut findings = Findings::new();
    for flake in &repository.flakes {
        let settings = settings.get(&flake.root).map(Settings::for_rules).unwrap_or_default();
        for diagnostic in rules::check_flake(repository, flake, &settings, None) {
            let path = |file| repository.path(file);
            let related = diagnostic.related.into_iter();
            let fixes = diagnostic.fixes.into_iter().map(|fix| Fix {
                title: fix.title,
                edits: fix.edits.into_iter().map(|(file, edit)| (path(file), edit)).collect(),
                creates: fix.creates,
                tracks: fix.tracks,
                is_unsafe: fix.is_unsafe,
            });
            findings.entry(path(diagnostic.at.file)).or_default().push(Finding {
                range: diagnostic.at.range,
                severity: severity(diagnostic.severity),
                code: diagnostic.rule.to_string(),
                message: diagnostic.message,
                related: related.map(|it| (path(it.at.file), it.at.range, it.message)).collect(),
                fixes: fixes.collect(),
            });
        }
    }
    findings
}

fn severity(severity: Severity) -> lsp::DiagnosticSeverity {
    match severity {
        Severity::Hint => lsp::DiagnosticSeverity::HINT,
        Severity::Information => lsp::DiagnosticSeverity::INFORMATION,
        Severity::Warning => lsp::DiagnosticSeverity::WARNING,
        Severity::Error => lsp::DiagnosticSeverity::ERROR,
    }
}

/// What one file shows alone.
pub fn local_findings(analysis: &Analysis, path: &Name, file: FileId) -> Vec<Finding> {
    let found = file_diagnostics(analysis, file).into_iter();
    found
        .map(|diagnostic| Finding {
            range: diagnostic.range,
            severity: lsp::DiagnosticSeverity::ERROR,
            code: diagnostic.code.to_string(),
            message: diagnostic.message,
            related: diagnostic.related.into_iter().map(|(range, what)| (path.clone(), range, what)).collect(),
            fixes: Vec::new(),
        })
        .collect()
}

/// Where a stretch of text is after some edits. It grows with edits inside of
/// it; `None` where an edit reached across one of its ends.
pub fn map_range<'a>(range: TextRange, edits: impl IntoIterator<Item = &'a TextEdit>) -> Option<TextRange> {
    edits.into_iter().try_fold(range, |range, edit| {
        let (start, end) = (edit.range.start(), edit.range.end());
        let inserted = TextSize::of(edit.insert.as_str());
        // Where both touch, what is inserted at the edge lies outside.
        if end <= range.start() {
            let start = range.start() - (end - start) + inserted;
            Some(TextRange::at(start, range.len()))
        } else if start >= range.end() {
            Some(range)
        } else if start >= range.start() && end <= range.end() {
            Some(TextRange::at(range.start(), range.len() - (end - start) + inserted))
        } else {
            None
        }
    })
}

impl World {
    /// All diagnostics of a file, for the text that this world has of it.
    pub fn diagnostics(&self, path: &Name) -> Vec<lsp::Diagnostic> {
        let mut found: Vec<lsp::Diagnostic> = Vec::new();
        let fresh = self
            .file(path)
            .filter(|file| self.documents.contains_key(path) && is_nix(path) && !self.was_checked(path, *file));
        if let Some(file) = fresh {
            let current = self.analysis.snapshot();
            let local = local_findings(&self.analysis, path, file);
            found.extend(local.into_iter().filter_map(|it| self.under_settings(path, it)).filter_map(|it| {
                let range = self.range_in(current, path, it.range)?;
                Some(self.diagnostic(&it, range, |path, range| self.range_in(current, path, range)))
            }));
        }
        let known = |findings: &Findings| findings.get(path).cloned().unwrap_or_default();
        let mut carried = known(&self.findings.repository);
        carried.retain(|it| fresh.is_none() || !LOCAL.contains(&it.code.as_str()));
        carried.extend(known(&self.findings.settings));
        found.extend(self.analysed(&carried, path));
        found.sort_by(|a, b| {
            let key = |it: &lsp::Diagnostic| (it.range.start, it.range.end);
            key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
        });
        found
    }

    /// Whether the rules saw a file with the text that it has now.
    fn was_checked(&self, path: &Name, file: FileId) -> bool {
        let repository = self.analysis.repository();
        let seen = repository.flake_of(path).is_some()
            && repository.snapshot.tree().node(path).is_some_and(|node| node.tracked);
        match (self.analysis.snapshot().file(file), repository.snapshot.file(file)) {
            (Ok(now), Ok(then)) => seen && now.text() == then.text(),
            _ => false,
        }
    }

    /// A finding as loud as the settings of its flake want it.
    fn under_settings(&self, path: &Name, mut finding: Finding) -> Option<Finding> {
        let flakes = self.settings.iter().filter(|(flake, _)| is_below(path, flake));
        let Some((flake, settings)) = flakes.max_by_key(|(flake, _)| flake.len()) else { return Some(finding) };
        let settings = settings.for_rules();
        if settings.excludes(path.get(flake.len()..).unwrap_or_default().trim_start_matches('/')) {
            return None;
        }
        match settings.levels.get(&finding.code) {
            Some(Level::Off) => return None,
            Some(level) => finding.severity = level.severity().map_or(finding.severity, severity),
            None => {}
        }
        Some(finding)
    }

    /// Findings of the last analysis, carried over into the text as it is now.
    fn analysed(&self, findings: &[Finding], path: &Name) -> Vec<lsp::Diagnostic> {
        findings
            .iter()
            .filter_map(|it| {
                let range = self.analysed_range(path, it.range)?;
                Some(self.diagnostic(it, range, |path, range| self.analysed_range(path, range)))
            })
            .collect()
    }

    fn diagnostic(
        &self,
        finding: &Finding,
        range: lsp::Range,
        place: impl Fn(&Name, TextRange) -> Option<lsp::Range>,
    ) -> lsp::Diagnostic {
        let related = finding.related.iter().filter_map(|(path, range, message)| {
            let location = lsp::Location { uri: self.uri(path)?, range: place(path, *range)? };
            Some(lsp::DiagnosticRelatedInformation { location, message: message.clone() })
        });
        let related: Vec<_> = if self.features.related_information { related.collect() } else { Vec::new() };
        let unnecessary = finding.code.starts_with("unused-") && self.features.diagnostic_tags;
        lsp::Diagnostic {
            range,
            severity: Some(finding.severity),
            code: Some(lsp::NumberOrString::String(finding.code.clone())),
            source: Some("flakewise".to_string()),
            message: finding.message.clone(),
            related_information: (!related.is_empty()).then_some(related),
            tags: unnecessary.then(|| vec![lsp::DiagnosticTag::UNNECESSARY]),
            ..lsp::Diagnostic::default()
        }
    }
}

/// Whether a document is Nix: by its name, and where it has none by its being open here.
fn is_nix(path: &str) -> bool {
    path.ends_with(".nix") || !path.starts_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: u32, end: u32) -> TextRange {
        TextRange::new(start.into(), end.into())
    }

    #[test]
    fn ranges_move_with_the_text() {
        let at = range(10, 20);
        let map = |edit: TextEdit| map_range(at, [&edit]);
        assert_eq!(map(TextEdit::insert(0.into(), "abc")), Some(range(13, 23)));
        assert_eq!(map(TextEdit::delete(range(2, 10))), Some(range(2, 12)));
        assert_eq!(map(TextEdit::insert(10.into(), "x")), Some(range(11, 21)));
        assert_eq!(map(TextEdit::insert(20.into(), "x")), Some(at));
        assert_eq!(map(TextEdit::replace(range(12, 14), "xyz")), Some(range(10, 21)));
        assert_eq!(map(TextEdit::delete(range(10, 20))), Some(range(10, 10)));
        assert_eq!(map(TextEdit::delete(range(5, 11))), None);
        assert_eq!(map(TextEdit::delete(range(19, 21))), None);
        let edits = [TextEdit::insert(0.into(), "a"), TextEdit::delete(range(0, 3))];
        assert_eq!(map_range(at, &edits), Some(range(8, 18)));
    }
}
