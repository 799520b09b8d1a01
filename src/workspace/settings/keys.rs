//! What there is to set: each setting with its name, what it means, what it takes and how it is read.

use super::item::Item;
use super::{Hints, Lenses, Level, Override, Settings, SettingsProblem, Store};
use crate::base::{TextRange, nearest};
use crate::workspace::Formatter;

/// A setting, or a part of one.
pub(super) struct Key<T> {
    pub name: &'static str,
    /// What an editor says of it.
    pub description: &'static str,
    pub takes: Takes,
    read: fn(&mut Reader, Item<'_>, &mut T),
}

/// What a setting takes, as the schema has it.
pub(super) enum Takes {
    /// A list of patterns of paths.
    Patterns,
    /// A table of levels by rule.
    Levels,
    /// A table of folders by input.
    Folders,
    /// A folder or a switch.
    Store,
    /// The name of a formatter.
    Formatter,
    /// A list of tables.
    Overrides,
    /// True or false; true where nothing is said.
    Switch,
    /// A table of switches.
    Lenses,
    /// A table of switches.
    Hints,
}

/// The settings.
pub(super) const KEYS: &[Key<Settings>] = &[
    Key {
        name: "rules",
        description: "How loudly rules speak, by rule.",
        takes: Takes::Levels,
        read: |reader, item, settings| {
            let levels = reader.levels(item, |reader, item| {
                // What stands below `[rules]` in a file is part of it, wherever its author wanted it.
                settings.exclude.extend(reader.patterns("exclude", item));
            });
            settings.rules.extend(levels);
        },
    },
    Key {
        name: "exclude",
        description: "Patterns of paths, relative to the flake, about which nothing is said.",
        takes: Takes::Patterns,
        read: |reader, item, settings| settings.exclude.extend(reader.patterns("exclude", item)),
    },
    Key {
        name: "inputs",
        description: "Folders where the sources of inputs lie, relative to this file. \
                      The inputs of an input are named as Nix names them: home-manager/nixpkgs.",
        takes: Takes::Folders,
        read: Reader::inputs,
    },
    Key {
        name: "store",
        description: "Where the sources of locked inputs are looked for: false for nowhere, \
                      or a folder that holds what /nix/store does.",
        takes: Takes::Store,
        read: Reader::store,
    },
    Key {
        name: "formatter",
        description: "The program that formats files when an editor asks for it: nixfmt, alejandra or nixpkgs-fmt. \
                      Without it nothing is formatted and no program is started.",
        takes: Takes::Formatter,
        read: Reader::formatter,
    },
    Key {
        name: "overrides",
        description: "Levels of rules for some files, over those of `rules`. The last one that names a rule and fits a file decides.",
        takes: Takes::Overrides,
        read: |reader, item, settings| {
            let Some(tables) = item.list() else {
                return reader.problem(item.range(), "`overrides` must be a list of tables".to_string());
            };
            for table in tables {
                let mut found = Override::default();
                let before = reader.problems.len();
                reader.table("an element of `overrides`", OVERRIDE_KEYS, table, &mut found);
                if found.paths.is_empty() && reader.problems.len() == before {
                    reader.problem(table.range(), "an element of `overrides` needs `paths`".to_string());
                }
                settings.overrides.push(found);
            }
        },
    },
    Key {
        name: "lenses",
        description: "What an editor shows above the lines of a file.",
        takes: Takes::Lenses,
        read: |reader, item, settings| reader.table("`lenses`", LENS_KEYS, item, &mut settings.lenses),
    },
    Key {
        name: "hints",
        description: "What an editor shows within the lines of a file.",
        takes: Takes::Hints,
        read: |reader, item, settings| reader.table("`hints`", HINT_KEYS, item, &mut settings.hints),
    },
];

/// The parts of `lenses`.
pub(super) const LENS_KEYS: &[Key<Lenses>] = &[
    Key {
        name: "options",
        description: "Above the declaration of an option: how many hosts set it and how many modules read it.",
        takes: Takes::Switch,
        read: |reader, item, lenses| lenses.options = reader.switch("options", item),
    },
    Key {
        name: "modules",
        description: "Above a module: the hosts that it is a part of.",
        takes: Takes::Switch,
        read: |reader, item, lenses| lenses.modules = reader.switch("modules", item),
    },
    Key {
        name: "hosts",
        description: "Above the definition of a host: how many modules and options it has.",
        takes: Takes::Switch,
        read: |reader, item, lenses| lenses.hosts = reader.switch("hosts", item),
    },
];

/// The parts of `hints`.
pub(super) const HINT_KEYS: &[Key<Hints>] = &[
    Key {
        name: "values",
        description: "After a definition that is overridden: the value that hosts have instead.",
        takes: Takes::Switch,
        read: |reader, item, hints| hints.values = reader.switch("values", item),
    },
    Key {
        name: "arguments",
        description: "In calls of functions that build hosts: the names of the arguments.",
        takes: Takes::Switch,
        read: |reader, item, hints| hints.arguments = reader.switch("arguments", item),
    },
    Key {
        name: "ends",
        description: "At the end of a binding that is longer than a screen: its name.",
        takes: Takes::Switch,
        read: |reader, item, hints| hints.ends = reader.switch("ends", item),
    },
];

/// The parts of an element of `overrides`.
pub(super) const OVERRIDE_KEYS: &[Key<Override>] = &[
    Key {
        name: "paths",
        description: "Patterns of paths, relative to the flake.",
        takes: Takes::Patterns,
        read: |reader, item, found| found.paths.extend(reader.patterns("paths", item)),
    },
    Key {
        name: "rules",
        description: "How loudly rules speak of these files, by rule.",
        takes: Takes::Levels,
        read: |reader, item, found| {
            let levels = reader.levels(item, |reader, item| {
                reader.problem(
                    item.range(),
                    "`exclude` excludes from everything, and stands outside of `overrides`".to_string(),
                );
            });
            found.levels.extend(levels);
        },
    },
];

/// Reads settings and notes what means nothing.
#[derive(Default)]
pub(super) struct Reader {
    pub problems: Vec<SettingsProblem>,
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

    /// All settings.
    pub(super) fn top(&mut self, item: Item<'_>) -> Settings {
        let mut settings = Settings::default();
        self.table("the settings", KEYS, item, &mut settings);
        settings
    }

    fn table<T>(&mut self, what: &str, keys: &[Key<T>], item: Item<'_>, into: &mut T) {
        for (name, at, value) in self.members(what, item) {
            match keys.iter().find(|key| key.name == name) {
                // What an editor has not set.
                _ if matches!(value, Item::Json(serde_json::Value::Null)) => {}
                Some(key) => (key.read)(self, value, into),
                // What an editor keeps beside: which server to start, what to log.
                None if matches!(item, Item::Json(_)) && ["server", "trace"].contains(&name) => {}
                // Editors that look for a schema find it by this.
                None if name == "$schema" && value.text().is_some() => {}
                None => {
                    let names = || keys.iter().map(|key| key.name);
                    let hint = match nearest(name, names()) {
                        Some(meant) => format!("did you mean `{meant}`?"),
                        None => format!("there are {}", listed(names().collect())),
                    };
                    self.problem(at, format!("there is no setting `{name}`; {hint}"));
                }
            }
        }
    }

    fn levels(&mut self, item: Item<'_>, mut exclude: impl FnMut(&mut Reader, Item<'_>)) -> Vec<(String, Level)> {
        let mut levels = Vec::new();
        for (name, _, value) in self.members("`rules`", item) {
            if name == "exclude" {
                exclude(self, value);
                continue;
            }
            match value.text().and_then(Level::parse) {
                Some(level) => levels.push((name.to_string(), level)),
                None => {
                    let words = Level::NAMES.map(|(name, _)| name);
                    let meant = value.text().and_then(|text| nearest(text, words));
                    let hint = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
                    let words = words.join(", ");
                    self.problem(value.range(), format!("the level of `{name}` must be one of {words}{hint}"));
                }
            }
        }
        levels
    }

    fn patterns(&mut self, what: &str, item: Item<'_>) -> Vec<String> {
        let Some(patterns) = item.list() else {
            self.problem(item.range(), format!("`{what}` must be a list of patterns"));
            return Vec::new();
        };
        let mut found = Vec::new();
        for pattern in patterns {
            match pattern.text() {
                Some(text) => found.push(text.to_string()),
                None => self.problem(pattern.range(), format!("a pattern of `{what}` must be a string")),
            }
        }
        found
    }

    fn inputs(&mut self, item: Item<'_>, settings: &mut Settings) {
        for (name, _, value) in self.members("`inputs`", item) {
            match value.text() {
                Some(path) => {
                    settings.inputs.insert(name.to_string(), path.to_string());
                }
                None => self.problem(value.range(), format!("the source of `{name}` must be a path")),
            }
        }
    }

    fn switch(&mut self, what: &str, item: Item<'_>) -> Option<bool> {
        if item.bool().is_none() {
            self.problem(item.range(), format!("`{what}` must be true or false"));
        }
        item.bool()
    }

    fn formatter(&mut self, item: Item<'_>, settings: &mut Settings) {
        match item.text().and_then(Formatter::parse) {
            Some(formatter) => settings.formatter = Some(formatter),
            None => {
                let names = Formatter::NAMES.map(|(name, _)| name);
                let message = format!("`formatter` must be one of {}", names.join(", "));
                self.problem(item.range(), message);
            }
        }
    }

    fn store(&mut self, item: Item<'_>, settings: &mut Settings) {
        settings.store = match (item.bool(), item.text()) {
            (Some(false), _) => Some(Store::Off),
            (Some(true), _) => Some(Store::At(crate::flake::STORE.to_string())),
            (_, Some(folder)) => Some(Store::At(folder.to_string())),
            _ => return self.problem(item.range(), "`store` must be a folder, or false".to_string()),
        };
    }
}

/// `a, b and c`
fn listed(names: Vec<&str>) -> String {
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}
