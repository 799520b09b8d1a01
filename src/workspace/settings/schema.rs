//! The JSON schema of flakewise.toml, for editors that complete and check it.

use serde_json::{Map, Value, json};

use super::Level;
use super::keys::{HINT_KEYS, KEYS, Key, LENS_KEYS, OVERRIDE_KEYS, Takes};
use crate::rules::RULES;
use crate::workspace::Formatter;

/// The schema (JSON Schema, draft 7, which editors' TOML servers know).
pub fn schema() -> Value {
    let mut schema = table(KEYS, &[]);
    if let Some(members) = schema.as_object_mut() {
        let head = [
            ("$schema", json!("http://json-schema.org/draft-07/schema#")),
            ("title", json!("flakewise.toml")),
            ("description", json!("What a repository of NixOS configurations asks of flakewise.")),
        ];
        for (at, (name, value)) in head.into_iter().enumerate() {
            members.shift_insert(at, name.to_string(), value);
        }
        members.insert("definitions".to_string(), json!({ "level": level(), "levels": levels() }));
    }
    schema
}

fn table<T>(keys: &[Key<T>], required: &[&str]) -> Value {
    let properties: Map<String, Value> = keys.iter().map(|key| (key.name.to_string(), property(key))).collect();
    let mut table = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if let (Some(members), false) = (table.as_object_mut(), required.is_empty()) {
        members.insert("required".to_string(), json!(required));
    }
    table
}

fn property<T>(key: &Key<T>) -> Value {
    let mut value = match key.takes {
        Takes::Patterns => json!({ "type": "array", "items": { "type": "string" } }),
        // Beside a reference draft 7 ignores everything.
        Takes::Levels => json!({ "allOf": [{ "$ref": "#/definitions/levels" }] }),
        Takes::Folders => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        Takes::Store => json!({ "type": ["boolean", "string"] }),
        Takes::Formatter => json!({ "type": "string", "enum": Formatter::NAMES.map(|(name, _)| name) }),
        Takes::Switch => json!({ "type": "boolean", "default": true }),
        Takes::Lenses => table(LENS_KEYS, &[]),
        Takes::Hints => table(HINT_KEYS, &[]),
        Takes::Overrides => json!({ "type": "array", "items": table(OVERRIDE_KEYS, &["paths"]) }),
    };
    if let Some(members) = value.as_object_mut() {
        members.shift_insert(0, "description".to_string(), json!(key.description));
    }
    value
}

fn level() -> Value {
    json!({ "type": "string", "enum": Level::NAMES.map(|(name, _)| name) })
}

/// Every rule with what it is about and how loud it is by itself.
fn levels() -> Value {
    let rule = |rule: &&crate::rules::Rule| {
        let described = json!({
            "description": format!("{}.", rule.summary()),
            "default": rule.severity.name(),
            "allOf": [{ "$ref": "#/definitions/level" }],
        });
        (rule.id.to_string(), described)
    };
    let mut rules: Map<String, Value> = RULES.iter().map(rule).collect();
    let exclude = KEYS.iter().find(|key| key.name == "exclude").map(property);
    rules.extend(exclude.map(|schema| ("exclude".to_string(), schema)));
    json!({ "type": "object", "properties": rules, "additionalProperties": false })
}
