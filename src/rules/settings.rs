//! What a repository says about rules, in `flakewise.toml`.

use std::collections::BTreeMap;

use super::{Diagnostic, Rule, Severity};
use crate::base::glob;

/// Levels of rules, and files about which nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// By the name of the rule.
    pub levels: BTreeMap<String, Level>,
    /// Patterns of paths relative to the flake, see [`glob::matches`].
    pub exclude: Vec<String>,
}

/// How loudly a rule speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Off,
    Hint,
    Information,
    Warning,
    Error,
}

impl Level {
    /// The words that settings take.
    pub const NAMES: [(&'static str, Level); 5] = [
        ("off", Level::Off),
        ("hint", Level::Hint),
        ("information", Level::Information),
        ("warning", Level::Warning),
        ("error", Level::Error),
    ];

    /// The level with this name.
    pub fn parse(word: &str) -> Option<Level> {
        Level::NAMES.iter().find(|(name, _)| *name == word).map(|(_, level)| *level)
    }

    /// The severity that it gives; `None` for [`Level::Off`].
    pub fn severity(self) -> Option<Severity> {
        Some(match self {
            Level::Off => return None,
            Level::Hint => Severity::Hint,
            Level::Information => Severity::Information,
            Level::Warning => Severity::Warning,
            Level::Error => Severity::Error,
        })
    }
}

impl Settings {
    /// A finding of a rule as loud as it is wanted; `None` where the rule is off.
    pub(super) fn apply(&self, rule: &Rule, mut diagnostic: Diagnostic) -> Option<Diagnostic> {
        let Some(level) = self.levels.get(rule.id) else { return Some(diagnostic) };
        let severity = level.severity()?;
        // A finding that is weaker than usual stays so: settings say how bad the usual one is.
        let is_usual = diagnostic.severity >= rule.severity;
        diagnostic.severity = if is_usual { severity } else { diagnostic.severity.min(severity) };
        Some(diagnostic)
    }

    /// Whether nothing is to be said about a file, by its path relative to the flake.
    pub fn excludes(&self, path: &str) -> bool {
        self.exclude.iter().any(|pattern| glob::matches(pattern, path))
    }
}
