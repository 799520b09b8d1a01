//! docs/rules.md and docs/flakewise.schema.json say what the rules' own files and the settings say.

use std::path::Path;

#[test]
fn the_page_of_rules_is_made_from_the_rules() {
    assert_fresh("docs/rules.md", &flakewise::rules::page());
}

#[test]
fn the_schema_of_settings_is_made_from_the_settings() {
    let schema = serde_json::to_string_pretty(&flakewise::workspace::settings_schema()).expect("JSON");
    assert_fresh("docs/flakewise.schema.json", &(schema + "\n"));
}

#[track_caller]
fn assert_fresh(name: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("FLAKEWISE_UPDATE_DOCS").is_some() {
        std::fs::write(&path, made).expect("the page can be written");
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    // Not `assert_eq`: nobody wants to read both pages.
    assert!(
        kept == made,
        "{name} is not what the sources say; run `FLAKEWISE_UPDATE_DOCS=1 cargo test --test docs` and commit it"
    );
}

/// What the reader of settings takes, the schema takes, and nothing else.
#[test]
fn the_schema_of_settings_agrees_with_their_reader() {
    let schema = flakewise::workspace::settings_schema();
    let validator = jsonschema::draft7::new(&schema).expect("it is a schema");
    let cases = [
        ("exclude = [\"a\"]\nstore = false\n[rules]\nmissing-lock = \"off\"\n[inputs]\na = \"b\"\n", true),
        ("store = \"/mnt\"\n[[overrides]]\npaths = [\"a\"]\nrules = { missing-lock = \"hint\" }\n", true),
        ("[rules]\nexclude = [\"a\"]\n", true),
        ("colour = 1\n", false),
        ("exclude = \"a\"\n", false),
        ("exclude = [1]\n", false),
        ("[rules]\nmissing-lock = \"loud\"\n", false),
        ("[inputs]\na = 1\n", false),
        ("store = 1\n", false),
        ("[[overrides]]\nrules = { missing-lock = \"hint\" }\n", false),
        ("[[overrides]]\npaths = [\"a\"]\nruls = { missing-lock = \"hint\" }\n", false),
        ("overrides = 1\n", false),
        ("[lenses]\noptions = false\nmodules = true\n[hints]\nvalues = false\nends = false\n", true),
        ("[lenses]\noptions = \"off\"\n", false),
        ("[hints]\noptions = false\n", false),
        ("hints = false\n", false),
    ];
    for (text, expected) in cases {
        let value: serde_json::Value = toml::from_str(text).expect("it is TOML");
        let (_, problems) = flakewise::workspace::Settings::from_toml(text);
        assert_eq!((validator.is_valid(&value), problems.is_empty()), (expected, expected), "{text}{problems:?}");
    }
}

/// What is shown in docs/ci.md can be copied.
#[test]
fn the_examples_for_ci_parse() {
    let page = include_str!("../docs/ci.md");
    let mut open: Option<(&str, String)> = None;
    let mut counts = [0, 0];
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => open = Some((language, String::new())),
            (Some((language, text)), Some(_)) => {
                match *language {
                    "nix" => {
                        // Some show attributes of a set.
                        let whole = if text.starts_with('{') { text.clone() } else { format!("{{\n{text}}}") };
                        let parse = flakewise::syntax::Parse::new(&whole);
                        assert!(parse.errors().is_empty(), "{:?} in\n{text}", parse.errors());
                        counts[0] += 1;
                    }
                    "toml" => {
                        let (_, problems) = flakewise::workspace::Settings::from_toml(text);
                        assert_eq!(problems, [], "{text}");
                        counts[1] += 1;
                    }
                    _ => {}
                }
                open = None;
            }
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert_eq!(counts, [3, 1]);
}
