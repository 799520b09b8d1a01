//! What is wrong, as the server keeps it: by file, in offsets of the text that
//! it was found in.

use std::collections::BTreeMap;

use tower_lsp_server::ls_types as lsp;

use super::world::World;
use crate::base::{FileId, TextEdit, TextRange};
use crate::hir::Name;
use crate::repository::{Repository, is_below};
use crate::rules::{self, Diagnostic, NewFile, Rule, Severity, Surroundings};
use crate::workspace::Settings;

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
    /// Whether hosts and definitions stay what they are.
    pub keeps_facts: bool,
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

/// What the rules find, by file.
pub fn rule_findings(repository: &Repository, settings: &BTreeMap<Name, Settings>) -> Findings {
    let mut findings = Findings::new();
    let path = |file| repository.path(file);
    for flake in &repository.flakes {
        let settings = settings.get(&flake.root).map(Settings::for_rules).unwrap_or_default();
        for diagnostic in rules::check_flake(repository, flake, &settings, None) {
            findings.entry(path(diagnostic.at.file)).or_default().push(Finding::new(diagnostic, path));
        }
    }
    findings
}

/// What each flake means for its files, by its root.
pub fn surroundings(repository: &Repository) -> BTreeMap<Name, Surroundings> {
    let flakes = repository.flakes.iter();
    flakes.map(|flake| (flake.root.clone(), Surroundings::of(repository, flake))).collect()
}

impl Finding {
    fn new(diagnostic: Diagnostic, path: impl Fn(FileId) -> Name) -> Finding {
        let related = diagnostic.related.into_iter();
        let fixes = diagnostic.fixes.into_iter().map(|fix| Fix {
            title: fix.title,
            edits: fix.edits.into_iter().map(|(file, edit)| (path(file), edit)).collect(),
            creates: fix.creates,
            tracks: fix.tracks,
            is_unsafe: fix.is_unsafe,
            keeps_facts: fix.keeps_facts,
        });
        Finding {
            range: diagnostic.at.range,
            severity: severity(diagnostic.severity),
            code: diagnostic.rule.to_string(),
            message: diagnostic.message,
            fixes: fixes.collect(),
            related: related.map(|it| (path(it.at.file), it.at.range, it.message)).collect(),
        }
    }
}

fn severity(severity: Severity) -> lsp::DiagnosticSeverity {
    match severity {
        Severity::Hint => lsp::DiagnosticSeverity::HINT,
        Severity::Information => lsp::DiagnosticSeverity::INFORMATION,
        Severity::Warning => lsp::DiagnosticSeverity::WARNING,
        Severity::Error => lsp::DiagnosticSeverity::ERROR,
    }
}

impl World {
    /// All diagnostics of a file, for the text that this world has of it.
    pub fn diagnostics(&self, path: &Name) -> Vec<lsp::Diagnostic> {
        let mut found: Vec<lsp::Diagnostic> = Vec::new();
        // What an input says is not the user's to mend.
        if self.analysis.snapshot().is_foreign(path) {
            return found;
        }
        let fresh = self
            .file(path)
            .filter(|file| self.documents.contains_key(path) && is_nix(path) && !self.was_checked(path, *file));
        if let Some(file) = fresh {
            let current = self.analysis.snapshot();
            found.extend(self.local_findings(path, file).into_iter().filter_map(|it| {
                let range = self.range_in(current, path, it.range)?;
                Some(self.diagnostic(&it, range, |path, range| self.range_in(current, path, range)))
            }));
        }
        let known = |findings: &Findings| findings.get(path).cloned().unwrap_or_default();
        let mut carried = known(&self.findings.repository);
        // The rules about one file alone are asked again with every letter, all others are carried over.
        let is_local = |it: &Finding| Rule::find(&it.code).is_some_and(Rule::is_local);
        carried.retain(|it| fresh.is_none() || !is_local(it));
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

    /// What one file shows alone, in the text that it has now.
    fn local_findings(&self, path: &Name, file: FileId) -> Vec<Finding> {
        let Ok(data) = self.analysis.snapshot().file(file) else { return Vec::new() };
        let flakes = self.settings.keys().chain(self.surroundings.keys()).filter(|flake| is_below(path, flake));
        let flake = flakes.max_by_key(|flake| flake.len());
        let around = flake.and_then(|flake| self.surroundings.get(flake));
        let settings = flake.and_then(|flake| self.settings.get(flake)).map(Settings::for_rules).unwrap_or_default();
        let relative = flake.and_then(|flake| path.get(flake.len()..)).unwrap_or(path).trim_start_matches('/');
        let found = rules::check_file(file, &data, relative, around, &settings);
        found.into_iter().map(|it| Finding::new(it, |file| self.path(file))).collect()
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
