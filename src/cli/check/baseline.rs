//! Findings that a repository lives with for the time being, so that only new ones are reported.
//!
//! A finding is known by its rule, its file, and the text that it is about, with white space taken together: lines that
//! come before it, and other indentation, change nothing. Of findings that are alike in all this, as many are known as are listed.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::cli::Failure;
use crate::cli::json::{VERSION, document};
use crate::cli::load::Loaded;
use crate::rules::Diagnostic;

/// The longest text that is kept of a place, in characters.
const LONGEST: usize = 120;

/// By what a finding is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    path: String,
    rule: String,
    text: String,
}

/// Known findings, each with how many there are.
#[derive(Debug, Default)]
pub(super) struct Baseline(BTreeMap<Key, usize>);

/// A baseline as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    /// Which file this is, for whoever opens it.
    flakewise: String,
    findings: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    path: String,
    rule: String,
    text: String,
    count: usize,
}

const KIND: &str = "baseline";

impl Baseline {
    /// The baseline that consists of these findings.
    pub(super) fn of(loaded: &Loaded, found: &[Diagnostic]) -> Baseline {
        let mut baseline = Baseline::default();
        for diagnostic in found {
            *baseline.0.entry(key(loaded, diagnostic)).or_default() += 1;
        }
        baseline
    }

    pub(super) fn read(file: &Path) -> Result<Baseline, Failure> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| format!("the baseline {} cannot be read: {error}", file.display()))?;
        Baseline::parse(&text).map_err(|error| format!("{} is no baseline: {error}", file.display()).into())
    }

    fn parse(text: &str) -> Result<Baseline, String> {
        let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if document.version != VERSION || document.flakewise != KIND {
            return Err(format!("version {} of {} is not known", document.version, document.flakewise));
        }
        let mut baseline = Baseline::default();
        for Entry { path, rule, text, count } in document.findings {
            *baseline.0.entry(Key { path, rule, text }).or_default() += count;
        }
        Ok(baseline)
    }

    /// Writes it. What is there already and is no baseline is somebody's work, and stays.
    pub(super) fn write(&self, file: &Path) -> Result<(), Failure> {
        match std::fs::read_to_string(file) {
            Ok(text) => {
                let refusal = |error| format!("{} is there and is no baseline: {error}", file.display());
                Baseline::parse(&text).map_err(refusal)?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("{} cannot be read: {error}", file.display()).into()),
        }
        let entry = |(key, count): (&Key, &usize)| {
            let Key { path, rule, text } = key.clone();
            Entry { path, rule, text, count: *count }
        };
        let findings = self.0.iter().map(entry).collect();
        let text = document(&Document { version: VERSION, flakewise: KIND.to_string(), findings });
        std::fs::write(file, text).map_err(|error| format!("{} cannot be written: {error}", file.display()).into())
    }

    /// How many findings it lists.
    pub(super) fn len(&self) -> usize {
        self.0.values().sum()
    }

    /// Takes out of `found` what is listed, and says how many that were and how many are listed and not found any more.
    pub(super) fn filter(mut self, loaded: &Loaded, found: &mut Vec<Diagnostic>) -> Known {
        let before = found.len();
        found.retain(|diagnostic| match self.0.get_mut(&key(loaded, diagnostic)) {
            Some(left) if *left > 0 => {
                *left -= 1;
                false
            }
            _ => true,
        });
        Known { known: before - found.len(), gone: self.len() }
    }
}

/// What a baseline did.
#[derive(Serialize, Clone, Copy, Debug, Default)]
pub(super) struct Known {
    /// Findings that it lists.
    pub(super) known: usize,
    /// What it lists and is not found any more.
    pub(super) gone: usize,
}

fn key(loaded: &Loaded, diagnostic: &Diagnostic) -> Key {
    let path = loaded.relative(&loaded.repository.path(diagnostic.at.file));
    let data = loaded.repository.snapshot.file(diagnostic.at.file).ok();
    let text = data.as_deref().map(|data| {
        let range = diagnostic.at.range;
        match data.text().get(std::ops::Range::<usize>::from(range)).unwrap_or_default() {
            // A place between two characters is known by its line.
            "" => data.line_index().line_range(data.line_index().line(range.start())),
            _ => Some(range),
        }
        .and_then(|range| data.text().get(std::ops::Range::<usize>::from(range)))
        .unwrap_or_default()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
    });
    let text: String = text.unwrap_or_default().chars().take(LONGEST).collect();
    Key { path, rule: diagnostic.rule.to_string(), text }
}
