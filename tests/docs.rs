//! What documents say of the program is what it does: pages that are made from it are fresh, the output that they show
//! is its output, and what they link to exists.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn the_page_of_rules_is_made_from_the_rules() {
    assert_fresh("docs/rules.md", &flakewise::rules::page());
}

#[test]
fn the_page_of_code_actions_is_made_from_them() {
    assert_fresh("docs/assists.md", &flakewise::ide::assists::page());
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
        ("formatter = \"alejandra\"\n", true),
        ("formatter = \"rm\"\n", false),
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

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// README.md and the Markdown files of a folder and those in it, relative to the project.
fn pages() -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("README.md")];
    let mut folders = vec![PathBuf::from("docs"), PathBuf::from("editors")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(project().join(&folder)).expect("it can be read").flatten() {
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() && !["node_modules", "book"].iter().any(|name| path.ends_with(name)) {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A block that begins with "```console run" shows a command and what it prints, with `lines=N` the beginning of that.
#[test]
fn what_pages_show_of_commands_is_what_they_print() {
    let mut shown = 0;
    for page in pages() {
        let name = page.to_string_lossy().into_owned();
        let text = std::fs::read_to_string(project().join(&page)).expect("it can be read");
        let mut fresh = String::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            fresh.push_str(line);
            fresh.push('\n');
            // Output that has blocks of its own stands between longer fences.
            let fence = &line[..line.len() - line.trim_start_matches('`').len()];
            let Some(info) = line[fence.len()..].strip_prefix("console run").filter(|_| fence.len() > 2) else {
                continue;
            };
            let command = lines.next().expect("a block has a command");
            let arguments = command.strip_prefix("$ flakewise ").unwrap_or_else(|| panic!("{name}: {command}"));
            let limit = info.trim().strip_prefix("lines=").map(|limit| limit.parse().expect("a number"));
            fresh.push_str(&format!("{command}\n{}{fence}\n", printed(arguments, limit)));
            assert!(lines.any(|line| line == fence), "{name}: the block of {command} ends");
            shown += 1;
        }
        assert_fresh(&name, &fresh);
    }
    assert!(shown > 0, "no page shows a command");
}

/// The pictures of module graphs are what `flakewise graph` draws of the fixtures.
#[test]
fn pictures_of_graphs_are_drawn_by_the_program() {
    for (name, fixture) in [("graph-guide", "guide/hosts-and-modules"), ("graph-portable", "portable")] {
        let drawn = printed(&format!("graph fixtures/{fixture} --format svg"), None);
        assert_fresh(&format!("docs/images/{name}.svg"), &drawn);
    }
}

/// What a command prints that is called in the root of the project.
fn printed(arguments: &str, limit: Option<usize>) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flakewise"));
    command.args(arguments.split_whitespace()).current_dir(project()).env("NO_COLOR", "1");
    let output = command.output().expect("the program was built");
    let text = String::from_utf8(output.stdout).expect("output is UTF-8") + &String::from_utf8_lossy(&output.stderr);
    // Whether the fixtures are files of a repository of git depends on how one got them.
    let text = text.replace(" (git add it afterwards)", "");
    let all = text.lines().count();
    let kept = limit.filter(|limit| *limit < all).unwrap_or(all);
    let mut shown: String = text.lines().take(kept).map(|line| format!("{}\n", line.trim_end())).collect();
    if kept < all {
        shown.push_str("…\n");
    }
    shown
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut missing = Vec::new();
    for page in pages() {
        let text = std::fs::read_to_string(project().join(&page)).expect("it can be read");
        let folder = project().join(page.parent().unwrap_or(Path::new("")));
        for link in links(&text) {
            // The book has no files beside its pages, so it links to them where the repository is shown.
            let own = link.strip_prefix("https://github.com/flakewise/flakewise/blob/main/");
            let folder = if own.is_some() { project().to_path_buf() } else { folder.clone() };
            let (path, anchor) = own.unwrap_or(&link).split_once('#').unwrap_or((own.unwrap_or(&link), ""));
            if path.contains("://") || path.starts_with("mailto:") {
                continue;
            }
            let target = if path.is_empty() { project().join(&page) } else { folder.join(path) };
            if !target.exists() {
                missing.push(format!("{}: {link}", page.display()));
            } else if !anchor.is_empty() && target.extension().is_some_and(|ending| ending == "md") {
                let text = std::fs::read_to_string(&target).expect("it can be read");
                if !anchors(&text).contains(anchor) {
                    missing.push(format!("{}: {link}", page.display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "links that lead nowhere: {missing:#?}");
}

/// The targets of `[text](target)` outside of code.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            // What stands between backticks is no link.
            let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
            for rest in prose.split("](").skip(1) {
                found.extend(rest.split_once(')').map(|(target, _)| target.to_string()));
            }
        }
    }
    found
}

/// The anchors of headings, as GitHub and mdBook make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

/// The book (docs/SUMMARY.md, for mdBook) has every page once.
#[test]
fn the_book_has_every_page() {
    let summary = std::fs::read_to_string(project().join("docs/SUMMARY.md")).expect("the book has a summary");
    let listed: Vec<String> = links(&summary);
    let mut pages: BTreeSet<String> = pages()
        .iter()
        .filter_map(|page| page.strip_prefix("docs").ok())
        .map(|page| page.to_string_lossy().replace('\\', "/"))
        .collect();
    pages.remove("SUMMARY.md");
    let once: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(once.len(), listed.len(), "a page stands there once");
    assert_eq!(once, pages);
}

#[test]
fn the_page_of_settings_is_made_from_the_settings() {
    assert_fresh("docs/settings.md", &settings_page());
}

/// docs/settings.md, from the schema.
fn settings_page() -> String {
    let schema = flakewise::workspace::settings_schema();
    let mut page = String::from(
        "# Settings\n\n<!-- Made from src/workspace/settings/keys.rs by tests/docs.rs. -->\n\n\
         What holds for everyone who works on a repository stands in its `flakewise.toml`, beside `flake.nix`. Editors take \
         the same settings in their own way, as the section `flakewise` or as initialization options, but for \
         `overrides`; what the repository says wins. [The schema](flakewise.schema.json) completes and checks the file in \
         editors that know schemas of TOML.\n",
    );
    table(&mut page, &schema, "", 2);
    page.push_str("\nThe rules, each with its level where nothing is said, are on [a page of their own](rules.md).\n");
    page
}

fn table(page: &mut String, schema: &serde_json::Value, prefix: &str, depth: usize) {
    let Some(properties) = schema["properties"].as_object() else { return };
    for (name, property) in properties {
        let path = format!("{prefix}{name}");
        let kind = match &property["type"] {
            serde_json::Value::String(kind) => kind.clone(),
            serde_json::Value::Array(kinds) => {
                kinds.iter().filter_map(|kind| kind.as_str()).collect::<Vec<_>>().join(" or ")
            }
            _ => "object".to_string(),
        };
        let kind = match (path.as_str(), kind.as_str()) {
            (it, _) if it.ends_with("rules") => {
                "a table: a level for each rule (`off`, `hint`, `information`, `warning`, `error`)"
            }
            (_, "array") if property["items"]["type"] == "object" => "a list of tables",
            (_, "array") => "a list of strings",
            (_, "object") if property["additionalProperties"]["type"] == "string" => "a table of strings",
            (_, "object") => "a table",
            (_, "boolean") => "`true` or `false`",
            (_, "boolean or string") => "`true`, `false` or a folder",
            (_, other) => other,
        };
        let default =
            property["default"].as_bool().map(|it| format!("; `{it}` where nothing is said")).unwrap_or_default();
        let description = property["description"].as_str().unwrap_or_default();
        page.push_str(&format!("\n{} `{path}`\n\n{description}\n\nTakes {kind}{default}.\n", "#".repeat(depth)));
        if !path.ends_with("rules") {
            table(page, property, &format!("{path}."), depth + 1);
            table(page, &property["items"], &format!("{path}."), depth + 1);
        }
    }
}
