//! flakewise.toml, and what the editor is set to.
//!
//! ```toml
//! exclude = ["archived/**"]
//! store = "/nix/store"
//! formatter = "nixfmt"
//!
//! [rules]
//! unused-helper = "off"
//!
//! [inputs]
//! nixpkgs = "../nixpkgs"
//! "home-manager/nixpkgs" = "~/src/nixpkgs"
//!
//! [lenses]
//! modules = false
//!
//! [hints]
//! values = false
//!
//! [[overrides]]
//! paths = ["hosts/old"]
//! rules = { undeclared-option = "warning" }
//! ```
//!
//! What there is to set stands in [`keys`]: reading, the words for what is not there, and
//! the published schema are made from it.
//!
//! The editor's settings have the same shape as JSON. Where both name a rule
//! the file decides: the repository's owners agreed on it, and the command line
//! sees nothing else.

mod item;
mod keys;
mod schema;

use std::collections::BTreeMap;

use serde_json::Value;
use toml::de::{DeTable, DeValue};

use super::formatter::Formatter;
use crate::base::{TextRange, glob};
use crate::hir::Name;
use crate::rules;
pub use crate::rules::{Level, Override};
use item::{Item, text_range};
use keys::Reader;
pub use schema::schema;

/// What can be set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Rules that speak otherwise than by themselves.
    pub rules: BTreeMap<String, Level>,
    /// Patterns of paths, relative to the flake, about which nothing is said.
    pub exclude: Vec<String>,
    /// Rules that speak otherwise of some files, the strongest last.
    pub overrides: Vec<Override>,
    /// Folders where the sources of inputs lie: of a file's settings relative to
    /// the file, of an editor's relative to the flake. The inputs of an input
    /// are named as Nix names them: `home-manager/nixpkgs`.
    pub inputs: BTreeMap<String, String>,
    /// Where the sources of locked inputs are looked for.
    pub store: Option<Store>,
    pub lenses: Lenses,
    pub hints: Hints,
    /// The program that formats. Without one nothing is formatted and no program is started for it.
    pub formatter: Option<Formatter>,
}

/// The setting `lenses`. What is not set is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lenses {
    pub options: Option<bool>,
    pub modules: Option<bool>,
    pub hosts: Option<bool>,
}

/// The setting `hints`. What is not set is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    pub values: Option<bool>,
    pub arguments: Option<bool>,
    pub ends: Option<bool>,
}

/// The setting `store`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// `false`: nowhere.
    Off,
    /// `true`, or a folder that holds what `/nix/store` does (a chroot store).
    At(String),
}

/// A setting that means nothing, which its author will want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsProblem {
    pub message: String,
    /// Where in flakewise.toml; `None` for the editor's settings.
    pub range: Option<TextRange>,
}

impl Settings {
    /// Reads flakewise.toml. What can be understood is kept, whatever the rest is.
    pub fn from_toml(text: &str) -> (Settings, Vec<SettingsProblem>) {
        let mut reader = Reader::default();
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let range = error.span().map(text_range);
            reader.problems.push(SettingsProblem { message: error.message().to_string(), range });
        }
        let settings = reader.top(Item::Toml(&DeValue::Table(table.into_inner()), None));
        (settings, reader.problems)
    }

    /// Reads the editor's settings: the value of its section `flakewise`.
    pub fn from_json(value: &Value) -> (Settings, Vec<SettingsProblem>) {
        let mut reader = Reader::default();
        let settings = if value.is_null() { Settings::default() } else { reader.top(Item::Json(value)) };
        (settings, reader.problems)
    }

    /// These settings where they say something, and `weaker` where they do not.
    #[must_use]
    pub fn over(&self, weaker: &Settings) -> Settings {
        let mut merged = weaker.clone();
        merged.rules.extend(self.rules.iter().map(|(rule, level)| (rule.clone(), *level)));
        merged.inputs.extend(self.inputs.iter().map(|(input, path)| (input.clone(), path.clone())));
        let new: Vec<String> = self.exclude.iter().filter(|it| !merged.exclude.contains(it)).cloned().collect();
        merged.exclude.extend(new);
        merged.overrides.extend(self.overrides.iter().cloned());
        merged.store = self.store.clone().or(merged.store);
        merged.formatter = self.formatter.or(merged.formatter);
        merged.lenses = Lenses {
            options: self.lenses.options.or(weaker.lenses.options),
            modules: self.lenses.modules.or(weaker.lenses.modules),
            hosts: self.lenses.hosts.or(weaker.lenses.hosts),
        };
        merged.hints = Hints {
            values: self.hints.values.or(weaker.hints.values),
            arguments: self.hints.arguments.or(weaker.hints.arguments),
            ends: self.hints.ends.or(weaker.hints.ends),
        };
        merged
    }

    /// Makes the folders that are named absolute, before settings of other places are put beside them.
    pub(super) fn locate(&mut self, absolute: impl Fn(&str) -> Option<Name>) {
        let inputs = std::mem::take(&mut self.inputs).into_iter();
        self.inputs = inputs.filter_map(|(input, folder)| Some((input, absolute(&folder)?.to_string()))).collect();
        if let Some(Store::At(folder)) = &mut self.store
            && let Some(found) = absolute(folder)
        {
            *folder = found.to_string();
        }
    }

    /// What of this the rules go by. Names of rules that do not exist are a problem elsewhere.
    pub fn for_rules(&self) -> rules::Settings {
        let (levels, exclude) = (self.rules.clone(), self.exclude.clone());
        rules::Settings { levels, exclude, overrides: self.overrides.clone() }
    }

    /// The names of rules that are set, wherever.
    pub fn rule_names(&self) -> impl Iterator<Item = &str> {
        let overridden = self.overrides.iter().flat_map(|it| it.levels.keys());
        self.rules.keys().chain(overridden).map(String::as_str)
    }

    /// Whether nothing is to be said about a file, by its path relative to the flake.
    pub fn excludes(&self, path: &str) -> bool {
        self.exclude.iter().any(|pattern| glob::matches(pattern, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_file() {
        let text = "exclude = [\"archived/**\"]\n[rules]\nunused-helper = \"off\"\nmissing-follows = \"error\"\n[inputs]\nnixpkgs = \"../nixpkgs\"\n";
        let (settings, problems) = Settings::from_toml(text);
        assert_eq!(problems, []);
        assert_eq!(settings.rules["unused-helper"], Level::Off);
        assert_eq!(settings.rules["missing-follows"], Level::Error);
        assert_eq!(settings.inputs["nixpkgs"], "../nixpkgs");
        assert!(settings.excludes("archived/a.nix"));
        assert!(!settings.excludes("hosts/a.nix"));
    }

    #[test]
    fn what_means_nothing_is_said_at_its_place() {
        let text =
            "colour = 1\nexclude = \"x\"\n[rules]\na = \"loud\"\nb = \"hint\"\nexclude = [\"y\", 1]\n[inputs]\nn = 1\n";
        let (settings, problems) = Settings::from_toml(text);
        assert_eq!(settings.rules.len(), 1);
        assert_eq!(settings.exclude, ["y"]);
        let mut found: Vec<&str> = problems.iter().map(|problem| &text[problem.range.unwrap()]).collect();
        found.sort_unstable();
        assert_eq!(found, ["\"loud\"", "\"x\"", "1", "1", "colour"]);
    }

    #[test]
    fn the_store() {
        let store = |text: &str| Settings::from_toml(text);
        assert_eq!(store("").0.store, None);
        assert_eq!(store("store = false").0.store, Some(Store::Off));
        assert_eq!(store("store = true").0.store, Some(Store::At("/nix/store".to_string())));
        assert_eq!(store("store = \"/mnt/nix/store\"").0.store, Some(Store::At("/mnt/nix/store".to_string())));
        assert_eq!(store("store = 1").1.len(), 1);
        assert_eq!(store("store = false").0.over(&store("store = true").0).store, Some(Store::Off));
        assert_eq!(Settings::from_json(&json!({"store": false})).0.store, Some(Store::Off));
    }

    #[test]
    fn lenses_and_hints() {
        let (file, problems) = Settings::from_toml("[lenses]\nhosts = false\n[hints]\nends = 1\nvalue = true\n");
        assert_eq!(file.lenses, Lenses { hosts: Some(false), ..Lenses::default() });
        assert_eq!((file.hints, problems.len()), (Hints::default(), 2));
        let (editor, problems) = Settings::from_json(&json!({"lenses": {"hosts": true, "options": false}}));
        assert_eq!(problems, []);
        let merged = file.over(&editor).lenses;
        assert_eq!(merged, Lenses { hosts: Some(false), options: Some(false), modules: None });
    }

    #[test]
    fn half_written_files_keep_what_they_say() {
        let (settings, problems) = Settings::from_toml("[rules]\na = \"off\"\nb = \n");
        assert_eq!(settings.rules["a"], Level::Off);
        assert!(!problems.is_empty());
        for text in ["", "[", "rules", "rules = 1", "\u{0}", "[rules]\n[rules]\n"] {
            let _ = Settings::from_toml(text);
        }
        let _ = Settings::from_toml(&format!("a = {}", "[".repeat(50_000)));
    }

    #[test]
    fn the_editor() {
        let (settings, problems) =
            Settings::from_json(&json!({"rules": {"a": "hint"}, "exclude": ["x"], "colour": 1, "inputs": []}));
        assert_eq!(settings.rules["a"], Level::Hint);
        let messages: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert!(messages.iter().any(|message| message.contains("`colour`")));
        assert!(messages.iter().any(|message| message.contains("`inputs`")));
        for nothing in [json!(null), json!({"server": {"path": "x"}, "trace": {"server": "off"}, "exclude": null})] {
            assert_eq!(Settings::from_json(&nothing), (Settings::default(), Vec::new()));
        }
        assert_eq!(Settings::from_json(&json!(7)).1.len(), 1);
    }

    #[test]
    fn the_file_is_stronger() {
        let (file, _) = Settings::from_toml("exclude = [\"x\", \"y\"]\n[rules]\na = \"off\"\n");
        let (editor, _) = Settings::from_json(&json!({"rules": {"a": "error", "b": "hint"}, "exclude": ["x"]}));
        let merged = file.over(&editor);
        assert_eq!(merged.rules["a"], Level::Off);
        assert_eq!(merged.rules["b"], Level::Hint);
        assert_eq!(merged.exclude, ["x", "y"]);
    }
}
