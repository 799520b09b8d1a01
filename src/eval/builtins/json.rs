//! JSON and TOML.

use std::borrow::Cow;

use super::{Definition, float_text, toml_version, unary};
use crate::eval::strings::Coercion;
use crate::eval::unknown::{Cause, ErrorKind, EvalError, Limit, Stop, Unknown};
use crate::eval::value::{Attrs, Entry, Thunk, Value};
use crate::eval::{Evaluator, Result};
use crate::hir::Name;

pub(super) fn definitions() -> Vec<Definition> {
    vec![unary("fromJSON", from_json), unary("toJSON", to_json), unary("fromTOML", from_toml)]
}

fn from_json(ev: &Evaluator, text: &Thunk) -> Result<Value> {
    let text = ev.plain_string(text)?;
    ev.step(text.len() as u64 / 256)?;
    let text = without_negative_zero(&text);
    let json: serde_json::Value = serde_json::from_str(&text).map_err(|error| {
        // Nix reads documents of any depth.
        if error.to_string().contains("recursion limit") {
            return Stop::Unknown(Unknown::new(Cause::Limit(Limit::Depth)));
        }
        EvalError::stop(ErrorKind::Other, format!("fromJSON: {error}"))
    })?;
    if text.contains("\\u0000") {
        return Err(EvalError::stop(ErrorKind::Other, "fromJSON: a string holds the character U+0000"));
    }
    if has_large_number(&json) {
        return Err(EvalError::stop(ErrorKind::Other, "fromJSON: an integer does not fit into 64 bits"));
    }
    Ok(json_to_value(&json))
}

/// The same document with `0` for `-0`: an integer, which has no sign, where serde_json reads a float.
fn without_negative_zero(text: &str) -> Cow<'_, str> {
    if !text.contains("-0") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            '-' if !in_string => {
                let mut after = text.get(at + 1..).unwrap_or_default().chars();
                if after.next() == Some('0') && !after.next().is_some_and(|c| matches!(c, '0'..='9' | '.' | 'e' | 'E'))
                {
                    continue;
                }
            }
            _ => {}
        }
        out.push(c);
    }
    Cow::Owned(out)
}

fn has_large_number(json: &serde_json::Value) -> bool {
    match json {
        serde_json::Value::Number(number) => number.is_u64() && !number.is_i64(),
        serde_json::Value::Array(items) => items.iter().any(has_large_number),
        serde_json::Value::Object(members) => members.values().any(has_large_number),
        _ => false,
    }
}

/// A JSON document as Nix's `parseJSON` turns it into a value.
pub fn json_to_value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(value) => Value::Int(value),
            None => Value::Float(number.as_f64().unwrap_or_default()),
        },
        serde_json::Value::String(text) => Value::string(Name::new(text)),
        serde_json::Value::Array(items) => {
            Value::list(items.iter().map(|item| Thunk::value(json_to_value(item))).collect())
        }
        serde_json::Value::Object(members) => {
            let entries = members
                .iter()
                .map(|(name, value)| (Name::new(name), Entry::new(Thunk::value(json_to_value(value)), None)));
            Value::attrs(Attrs::new(entries.collect()))
        }
    }
}

fn from_toml(ev: &Evaluator, text: &Thunk) -> Result<Value> {
    let text = ev.plain_string(text)?;
    ev.step(text.len() as u64 / 256)?;
    let table: toml::Table =
        text.parse().map_err(|error| EvalError::stop(ErrorKind::Other, format!("fromTOML: {error}")))?;
    if toml_version::is_newer(&text) {
        return Err(EvalError::stop(ErrorKind::Other, "fromTOML: this is TOML 1.1, and Nix reads TOML 1.0"));
    }
    if text.contains("\\u0000") || text.contains("\\U00000000") {
        return Err(EvalError::stop(ErrorKind::Other, "fromTOML: a string holds the character U+0000"));
    }
    toml_to_value(&toml::Value::Table(table))
}

fn toml_to_value(value: &toml::Value) -> Result<Value> {
    Ok(match value {
        toml::Value::String(text) => Value::string(Name::new(text)),
        toml::Value::Integer(value) => Value::Int(*value),
        toml::Value::Float(value) => Value::Float(*value),
        toml::Value::Boolean(value) => Value::Bool(*value),
        // Without the experimental feature parse-toml-timestamps.
        toml::Value::Datetime(_) => {
            return Err(EvalError::stop(ErrorKind::Other, "fromTOML: dates and times are not supported"));
        }
        toml::Value::Array(items) => {
            let items = items.iter().map(|item| toml_to_value(item).map(Thunk::value));
            Value::list(items.collect::<Result<_>>()?)
        }
        toml::Value::Table(table) => {
            let entries = table
                .iter()
                .map(|(name, value)| Ok((Name::new(name), Entry::new(Thunk::value(toml_to_value(value)?), None))));
            Value::attrs(Attrs::new(entries.collect::<Result<_>>()?))
        }
    })
}

fn to_json(ev: &Evaluator, value: &Thunk) -> Result<Value> {
    let value = ev.force(value)?;
    let (mut out, mut context) = (String::new(), Vec::new());
    write_json(ev, &value, &mut out, &mut context, 0)?;
    Ok(Value::string_with_context(out, context.into()))
}

fn write_json(ev: &Evaluator, value: &Value, out: &mut String, context: &mut Vec<Name>, depth: u32) -> Result<()> {
    ev.step(1)?;
    ev.check_size(out.len())?;
    if depth > 200 {
        return Err(Stop::Unknown(Unknown::new(Cause::Limit(Limit::Depth))));
    }
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(value) => out.push_str(&value.to_string()),
        Value::Float(value) => out.push_str(&float_text::json_float(*value)),
        Value::String(_) | Value::Path(_) => write_coerced(ev, value, out, context)?,
        Value::List(list) => {
            if let Some(unknown) = &list.rest {
                return Err(Stop::Unknown(unknown.derive()));
            }
            out.push('[');
            for (index, item) in list.items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_json(ev, &ev.force(item)?, out, context, depth + 1)?;
            }
            out.push(']');
        }
        Value::Attrs(attrs) => {
            if attrs.get("__toString").is_some() {
                return write_coerced(ev, value, out, context);
            }
            if let Some(path) = attrs.get("outPath") {
                return write_json(ev, &ev.force(&path.value)?, out, context, depth + 1);
            }
            if let Some(rest) = &attrs.rest {
                return Err(Stop::Unknown(rest.unknown.derive()));
            }
            out.push('{');
            for (index, (name, entry)) in attrs.iter().enumerate() {
                if entry.maybe {
                    return Err(Stop::Unknown(Unknown::new(Cause::Condition)));
                }
                if index > 0 {
                    out.push(',');
                }
                write_text(name, out);
                out.push(':');
                write_json(ev, &ev.force(&entry.value)?, out, context, depth + 1)?;
            }
            out.push('}');
        }
        other => return Err(ev.type_error("something that JSON can hold", other)),
    }
    Ok(())
}

fn write_coerced(ev: &Evaluator, value: &Value, out: &mut String, context: &mut Vec<Name>) -> Result<()> {
    let string = ev.coerce_to_string(value, Coercion::Interpolation)?;
    for name in string.context.iter() {
        if !context.contains(name) {
            context.push(name.clone());
        }
    }
    write_text(&string.text, out);
    Ok(())
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}
