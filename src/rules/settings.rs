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
    /// Levels for some files, the strongest last.
    pub overrides: Vec<Override>,
}

/// Levels of rules for some files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Override {
    /// Patterns of paths relative to the flake.
    pub paths: Vec<String>,
    /// By the name of the rule.
    pub levels: BTreeMap<String, Level>,
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
    /// A finding of a rule in the file at `path` as loud as it is wanted; `None` where the rule is off there.
    pub(super) fn apply(&self, rule: &Rule, path: &str, mut diagnostic: Diagnostic) -> Option<Diagnostic> {
        let Some(level) = self.level(rule.id, path) else { return Some(diagnostic) };
        let severity = level.severity()?;
        // A finding that is weaker than usual stays so: settings say how bad the usual one is.
        let is_usual = diagnostic.severity >= rule.severity;
        diagnostic.severity = if is_usual { severity } else { diagnostic.severity.min(severity) };
        Some(diagnostic)
    }

    /// The level that is set for a rule in a file, by its path relative to the flake.
    fn level(&self, rule: &str, path: &str) -> Option<Level> {
        let fits = |it: &&Override| it.paths.iter().any(|pattern| glob::matches(pattern, path));
        let overridden = self.overrides.iter().rev().filter(|it| it.levels.contains_key(rule)).find(fits);
        overridden.map_or(&self.levels, |it| &it.levels).get(rule).copied()
    }

    /// Whether a rule says nothing about any file.
    pub(super) fn is_off(&self, rule: &str) -> bool {
        let loud = |level: &Level| *level != Level::Off;
        self.levels.get(rule) == Some(&Level::Off)
            && !self.overrides.iter().any(|it| it.levels.get(rule).is_some_and(loud))
    }

    /// Whether nothing is to be said about a file, by its path relative to the flake.
    pub fn excludes(&self, path: &str) -> bool {
        self.exclude.iter().any(|pattern| glob::matches(pattern, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_override_that_fits_decides() {
        let levels = |level| BTreeMap::from([("missing-import".to_string(), level)]);
        let over = |path: &str, level| Override { paths: vec![path.to_string()], levels: levels(level) };
        let settings = Settings {
            levels: levels(Level::Off),
            overrides: vec![over("hosts", Level::Error), over("hosts/old", Level::Hint), over("*.txt", Level::Error)],
            ..Settings::default()
        };
        assert_eq!(settings.level("missing-import", "a.nix"), Some(Level::Off));
        assert_eq!(settings.level("missing-import", "hosts/a.nix"), Some(Level::Error));
        assert_eq!(settings.level("missing-import", "hosts/old/a.nix"), Some(Level::Hint));
        assert_eq!(settings.level("missing-follows", "hosts/a.nix"), None);
        assert!(!settings.is_off("missing-import"));
        assert!(Settings { overrides: Vec::new(), ..settings }.is_off("missing-import"));
    }
}
