//! flakewise.toml, and what the editor is set to.
//!
//! ```toml
//! exclude = ["archived/**"]
//! store = "/nix/store"
//!
//! [rules]
//! unused-helper = "off"
//!
//! [inputs]
//! nixpkgs = "../nixpkgs"
//! "home-manager/nixpkgs" = "~/src/nixpkgs"
//! ```
//!
//! The editor's settings have the same shape as JSON. Where both name a rule
//! the file decides: the repository's owners agreed on it, and the command line
//! sees nothing else.

use std::collections::BTreeMap;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::base::{TextRange, TextSize, glob};
use crate::hir::Name;
use crate::rules;
pub use crate::rules::Level;

/// What can be set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Rules that speak otherwise than by themselves.
    pub rules: BTreeMap<String, Level>,
    /// Patterns of paths, relative to the flake, about which nothing is said.
    pub exclude: Vec<String>,
    /// Folders where the sources of inputs lie: of a file's settings relative to
    /// the file, of an editor's relative to the flake. The inputs of an input
    /// are named as Nix names them: `home-manager/nixpkgs`.
    pub inputs: BTreeMap<String, String>,
    /// Where the sources of locked inputs are looked for.
    pub store: Option<Store>,
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
        reader.top(Item::Toml(&DeValue::Table(table.into_inner()), None));
        (reader.settings, reader.problems)
    }

    /// Reads the editor's settings: the value of its section `flakewise`.
    pub fn from_json(value: &Value) -> (Settings, Vec<SettingsProblem>) {
        let mut reader = Reader::default();
        if !value.is_null() {
            reader.top(Item::Json(value));
        }
        (reader.settings, reader.problems)
    }

    /// These settings where they say something, and `weaker` where they do not.
    #[must_use]
    pub fn over(&self, weaker: &Settings) -> Settings {
        let mut merged = weaker.clone();
        merged.rules.extend(self.rules.iter().map(|(rule, level)| (rule.clone(), *level)));
        merged.inputs.extend(self.inputs.iter().map(|(input, path)| (input.clone(), path.clone())));
        let new: Vec<String> = self.exclude.iter().filter(|it| !merged.exclude.contains(it)).cloned().collect();
        merged.exclude.extend(new);
        merged.store = self.store.clone().or(merged.store);
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
        rules::Settings { levels: self.rules.clone(), exclude: self.exclude.clone() }
    }

    /// Whether nothing is to be said about a file, by its path relative to the flake.
    pub fn excludes(&self, path: &str) -> bool {
        self.exclude.iter().any(|pattern| glob::matches(pattern, path))
    }
}

/// A value in either notation.
#[derive(Clone, Copy)]
enum Item<'a> {
    Toml(&'a DeValue<'a>, Option<TextRange>),
    Json(&'a Value),
}

impl<'a> Item<'a> {
    fn spanned(value: &'a Spanned<DeValue<'a>>) -> Item<'a> {
        Item::Toml(value.get_ref(), Some(text_range(value.span())))
    }

    fn range(self) -> Option<TextRange> {
        match self {
            Item::Toml(_, range) => range,
            Item::Json(_) => None,
        }
    }

    fn text(self) -> Option<&'a str> {
        match self {
            Item::Toml(value, _) => value.as_str(),
            Item::Json(value) => value.as_str(),
        }
    }

    fn bool(self) -> Option<bool> {
        match self {
            Item::Toml(value, _) => value.as_bool(),
            Item::Json(value) => value.as_bool(),
        }
    }

    fn list(self) -> Option<Vec<Item<'a>>> {
        match self {
            Item::Toml(value, _) => Some(value.as_array()?.iter().map(Item::spanned).collect()),
            Item::Json(value) => Some(value.as_array()?.iter().map(Item::Json).collect()),
        }
    }

    /// The members, each with the place of its name.
    fn members(self) -> Option<Vec<(&'a str, Option<TextRange>, Item<'a>)>> {
        match self {
            Item::Toml(value, _) => {
                let member = |(key, value): (&'a Spanned<_>, &'a Spanned<DeValue<'a>>)| {
                    let name: &'a std::borrow::Cow<'a, str> = key.get_ref();
                    (name.as_ref(), Some(text_range(key.span())), Item::spanned(value))
                };
                Some(value.as_table()?.iter().map(member).collect())
            }
            Item::Json(value) => {
                Some(value.as_object()?.iter().map(|(name, value)| (name.as_str(), None, Item::Json(value))).collect())
            }
        }
    }
}

#[derive(Default)]
struct Reader {
    settings: Settings,
    problems: Vec<SettingsProblem>,
}

impl Reader {
    fn problem(&mut self, range: Option<TextRange>, message: String) {
        self.problems.push(SettingsProblem { message, range });
    }

    fn members<'a>(&mut self, what: &str, item: Item<'a>) -> Vec<(&'a str, Option<TextRange>, Item<'a>)> {
        let members = item.members();
        if members.is_none() {
            self.problem(item.range(), format!("{what} must be a table"));
        }
        members.unwrap_or_default()
    }

    fn top(&mut self, item: Item<'_>) {
        for (name, at, value) in self.members("the settings", item) {
            match name {
                // What an editor keeps beside: which server to start, what to log. And what it has not set.
                "server" | "trace" if matches!(item, Item::Json(_)) => {}
                _ if matches!(value, Item::Json(Value::Null)) => {}
                "rules" => self.rules(value),
                "exclude" => self.exclude(value),
                "inputs" => self.inputs(value),
                "store" => self.store(value),
                _ => self
                    .problem(at, format!("there is no setting `{name}`; there are rules, exclude, inputs and store")),
            }
        }
    }

    fn rules(&mut self, item: Item<'_>) {
        for (name, _, value) in self.members("`rules`", item) {
            // What stands below `[rules]` in a file is part of it, wherever its author wanted it.
            if name == "exclude" {
                self.exclude(value);
                continue;
            }
            match value.text().and_then(Level::parse) {
                Some(level) => {
                    self.settings.rules.insert(name.to_string(), level);
                }
                None => {
                    let levels = Level::NAMES.map(|(name, _)| name).join(", ");
                    self.problem(value.range(), format!("the level of `{name}` must be one of {levels}"));
                }
            }
        }
    }

    fn exclude(&mut self, item: Item<'_>) {
        let Some(patterns) = item.list() else {
            self.problem(item.range(), "`exclude` must be a list of patterns".to_string());
            return;
        };
        for pattern in patterns {
            match pattern.text() {
                Some(text) => self.settings.exclude.push(text.to_string()),
                None => self.problem(pattern.range(), "a pattern of `exclude` must be a string".to_string()),
            }
        }
    }

    fn inputs(&mut self, item: Item<'_>) {
        for (name, _, value) in self.members("`inputs`", item) {
            match value.text() {
                Some(path) => {
                    self.settings.inputs.insert(name.to_string(), path.to_string());
                }
                None => self.problem(value.range(), format!("the source of `{name}` must be a path")),
            }
        }
    }
}

impl Reader {
    fn store(&mut self, item: Item<'_>) {
        self.settings.store = match (item.bool(), item.text()) {
            (Some(false), _) => Some(Store::Off),
            (Some(true), _) => Some(Store::At(crate::flake::STORE.to_string())),
            (_, Some(folder)) => Some(Store::At(folder.to_string())),
            _ => return self.problem(item.range(), "`store` must be a folder, or false".to_string()),
        };
    }
}

fn text_range(span: std::ops::Range<usize>) -> TextRange {
    let size = |at: usize| TextSize::new(u32::try_from(at).unwrap_or(u32::MAX));
    TextRange::new(size(span.start), size(span.end.max(span.start)))
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
