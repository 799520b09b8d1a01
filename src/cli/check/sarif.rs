//! Findings as SARIF 2.1.0, which code scanning services read.

use serde_json::{Value, json};

use crate::base::{FileRange, PositionRange};
use crate::cli::load::Loaded;
use crate::rules::{Diagnostic, Fix, RULES, Severity};

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
    let report = Report { loaded, prefix: loaded.prefix_for_github() };
    let results: Vec<Value> = found.iter().map(|diagnostic| report.result(diagnostic)).collect();
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
            // Relative on purpose: a report that names the folders of one machine can be compared with no other one.
            "originalUriBaseIds": { "%SRCROOT%": { "description": { "text": "The root of the repository." } } },
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

/// What all results of a report share.
struct Report<'a> {
    loaded: &'a Loaded,
    /// What stands before the paths of the flake.
    prefix: String,
}

impl Report<'_> {
    fn result(&self, diagnostic: &Diagnostic) -> Value {
        let mut related: Vec<Value> = Vec::new();
        for it in &diagnostic.related {
            let mut location = self.location(it.at);
            if let Some(location) = location.as_object_mut() {
                location.insert("message".to_string(), json!({ "text": it.message }));
            }
            // Both lists are sets to SARIF.
            if !related.contains(&location) {
                related.push(location);
            }
        }
        let mut fixes: Vec<Value> = Vec::new();
        // SARIF knows changes of files only: no new ones, no commands.
        for fix in diagnostic.fixes.iter().filter(|fix| fix.only_edits()) {
            let fix = self.fix(fix);
            if !fixes.contains(&fix) {
                fixes.push(fix);
            }
        }
        let mut result = json!({
            "ruleId": diagnostic.rule,
            "level": level(diagnostic.severity),
            "message": { "text": diagnostic.message },
            "locations": [self.location(diagnostic.at)],
            "relatedLocations": related,
            "fixes": fixes,
            // Hints and information are one level of SARIF.
            "properties": { "severity": diagnostic.severity.name(), "hosts": diagnostic.hosts },
        });
        let index = RULES.iter().position(|rule| rule.id == diagnostic.rule);
        if let (Some(members), Some(index)) = (result.as_object_mut(), index) {
            members.shift_insert(1, "ruleIndex".to_string(), json!(index));
        }
        result
    }

    fn fix(&self, fix: &Fix) -> Value {
        let mut changes: Vec<(String, Vec<Value>)> = Vec::new();
        for (file, edit) in &fix.edits {
            let place = self.loaded.place(FileRange { file: *file, range: edit.range });
            let replacement =
                json!({ "deletedRegion": region(place.range), "insertedContent": { "text": edit.insert } });
            match changes.iter_mut().find(|(path, _)| *path == place.path) {
                Some((_, replacements)) => replacements.push(replacement),
                None => changes.push((place.path, vec![replacement])),
            }
        }
        let changes: Vec<Value> = changes
            .into_iter()
            .map(|(path, replacements)| {
                json!({ "artifactLocation": self.artifact(&path), "replacements": replacements })
            })
            .collect();
        json!({ "description": { "text": fix.title }, "artifactChanges": changes })
    }

    fn location(&self, at: FileRange) -> Value {
        let place = self.loaded.place(at);
        json!({
            "physicalLocation": { "artifactLocation": self.artifact(&place.path), "region": region(place.range) },
        })
    }

    fn artifact(&self, path: &str) -> Value {
        json!({ "uri": format!("{}{}", uri(&self.prefix), uri(path)), "uriBaseId": "%SRCROOT%" })
    }
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
