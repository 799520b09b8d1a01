//! Findings as SARIF 2.1.0, which code scanning services read.

use serde_json::{Value, json};

use crate::base::{FileRange, PositionRange};
use crate::cli::load::Loaded;
use crate::rules::{Diagnostic, RULES, Severity};

pub(super) fn render(loaded: &Loaded, found: &[Diagnostic]) -> String {
    let rules: Vec<Value> = RULES
        .iter()
        .map(|rule| {
            json!({
                "id": rule.id,
                "shortDescription": { "text": rule.summary() },
                "fullDescription": { "text": rule.summary() },
                "help": { "text": rule.page_text(), "markdown": rule.page_text() },
                "defaultConfiguration": { "level": level(rule.severity) },
            })
        })
        .collect();
    let results: Vec<Value> = found.iter().map(|diagnostic| result(loaded, diagnostic)).collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "flakewise",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            } },
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    });
    crate::cli::json::document(&document)
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information | Severity::Hint => "note",
    }
}

fn result(loaded: &Loaded, diagnostic: &Diagnostic) -> Value {
    let index = RULES.iter().position(|rule| rule.id == diagnostic.rule);
    let related: Vec<Value> = diagnostic
        .related
        .iter()
        .map(|related| {
            let mut location = location(loaded, related.at);
            if let Some(location) = location.as_object_mut() {
                location.insert("message".to_string(), json!({ "text": related.message }));
            }
            location
        })
        .collect();
    let fixes: Vec<Value> = diagnostic
        .fixes
        .iter()
        // SARIF knows changes of files only: no new ones, no commands.
        .filter(|fix| fix.only_edits())
        .map(|fix| {
            let changes: Vec<Value> = fix
                .edits
                .iter()
                .map(|(file, edit)| {
                    let place = loaded.place(FileRange { file: *file, range: edit.range });
                    json!({
                        "artifactLocation": artifact(&place.path),
                        "replacements": [{
                            "deletedRegion": region(place.range),
                            "insertedContent": { "text": edit.insert },
                        }],
                    })
                })
                .collect();
            json!({ "description": { "text": fix.title }, "artifactChanges": changes })
        })
        .collect();
    json!({
        "ruleId": diagnostic.rule,
        "ruleIndex": index,
        "level": level(diagnostic.severity),
        "message": { "text": diagnostic.message },
        "locations": [location(loaded, diagnostic.at)],
        "relatedLocations": related,
        "fixes": fixes,
        "properties": { "hosts": diagnostic.hosts },
    })
}

fn location(loaded: &Loaded, at: FileRange) -> Value {
    let place = loaded.place(at);
    json!({ "physicalLocation": { "artifactLocation": artifact(&place.path), "region": region(place.range) } })
}

fn artifact(path: &str) -> Value {
    json!({ "uri": uri(path), "uriBaseId": "%SRCROOT%" })
}

/// Lines and columns start at one.
fn region(range: PositionRange) -> Value {
    json!({
        "startLine": range.start.line + 1,
        "startColumn": range.start.character + 1,
        "endLine": range.end.line + 1,
        "endColumn": range.end.character + 1,
    })
}

/// A path as a relative URI reference.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}
