//! docs/features.md says of flakewise what it says of itself.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::creating;
use super::support::{Client, Files};

const PAGE: &str = include_str!("../../docs/features.md");

/// The rows of a table below a heading, by cells.
fn table(heading: &str) -> Vec<Vec<String>> {
    let part = PAGE.split(&format!("\n## {heading}\n")).nth(1).expect("the heading");
    let part = part.split("\n## ").next().unwrap_or_default();
    let rows = part.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_string()).collect()).collect()
}

#[test]
fn the_capabilities_are_those_of_the_answer() {
    let files = Files::new(&[("flake.nix", "{ outputs = { self }: { }; }\n")]);
    let mut capabilities = creating();
    for feature in [
        "formatting",
        "rangeFormatting",
        "onTypeFormatting",
        "linkedEditingRange",
        "foldingRange",
        "selectionRange",
        "documentLink",
        "codeLens",
        "inlayHint",
        "signatureHelp",
        "callHierarchy",
        "rename",
    ] {
        capabilities["textDocument"][feature] = json!({});
    }
    capabilities["textDocument"]["semanticTokens"] = json!({"requests": {"full": {"delta": true}, "range": true}, "tokenTypes": [], "tokenModifiers": [], "formats": []});
    let (_client, result) = Client::initialize(&[&files.root()], capabilities);
    let Value::Object(answer) = &result["capabilities"] else { panic!("{result}") };
    let announced: BTreeSet<&str> = answer.keys().map(String::as_str).filter(|name| *name != "experimental").collect();
    let rows = table("Requests");
    let listed: BTreeSet<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(announced, listed, "announced (left), listed (right)");
}

#[test]
fn the_actions_exist() {
    let actions: Vec<&str> = flakewise::ide::assists::ASSISTS.iter().map(|assist| assist.id).collect();
    let mut listed = BTreeSet::new();
    for row in table("Code actions and fixes") {
        for name in row[3].split('`').skip(1).step_by(2) {
            let known = actions.contains(&name) || flakewise::rules::Rule::find(name).is_some();
            assert!(known, "{name} is no action and no rule");
            listed.insert(name.to_string());
        }
    }
    for action in actions {
        assert!(listed.contains(action), "{action} is not listed");
    }
}
