//! JSON and TOML.

use super::{Definition, unary};
use crate::eval::strings::Coercion;
use crate::eval::unknown::{Cause, ErrorKind, EvalError, Limit, Stop, Unknown};
use crate::eval::value::{Attrs, Entry, Thunk, Value};
use crate::eval::{Evaluator, Result};
use crate::hir::Name;

pub(super) fn definitions() -> Vec<Definition> {
    vec![unary("fromJSON", from_json), unary("toJSON", to_json), unary("fromTOML", from_toml)]
}

fn from_json(ev: &Evaluator, text: &Thunk) -> Result<Value> {
    let text = ev.string(text)?.text.clone();
    ev.step(text.len() as u64 / 256)?;
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
            // `-0` is an integer, which has no negative zero.
            None if number.as_f64() == Some(0.0) => match number.as_f64().is_some_and(f64::is_sign_negative) {
                true => Value::Int(0),
                false => Value::Float(0.0),
            },
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
    let text = ev.string(text)?.text.clone();
    ev.step(text.len() as u64 / 256)?;
    let table: toml::Table =
        text.parse().map_err(|error| EvalError::stop(ErrorKind::Other, format!("fromTOML: {error}")))?;
    if text.contains("\\u0000") || text.contains("\\U00000000") || text.contains("\\x00") {
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
        Value::Float(value) => out.push_str(&json_float(*value)),
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

/// The significant digits of a positive number, and where its decimal point stands among them.
fn digits_and_point(value: f64) -> (String, i32) {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    (digits, exponent.parse::<i32>().unwrap_or_default() + 1)
}

/// The shortest notation that reads back as the same number, in the layout of Nix's JSON library.
pub(super) fn json_float(value: f64) -> String {
    if !value.is_finite() {
        return "null".into();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value == 0.0 {
        return format!("{sign}0.0");
    }
    let (digits, point) = digits_and_point(value.abs());
    let count = digits.len() as i32;
    let zeros = |n: i32| "0".repeat(usize::try_from(n).unwrap_or_default());
    let split = |at: i32| digits.split_at_checked(usize::try_from(at).unwrap_or_default()).unwrap_or((&digits, ""));
    if (count..=15).contains(&point) {
        return format!("{sign}{digits}{}.0", zeros(point - count));
    }
    if (1..=15).contains(&point) {
        let (whole, fraction) = split(point);
        return format!("{sign}{whole}.{fraction}");
    }
    if (-3..=0).contains(&point) {
        return format!("{sign}0.{}{digits}", zeros(-point));
    }
    let (first, fraction) = split(1);
    let dot = if fraction.is_empty() { "" } else { "." };
    let exponent = point - 1;
    let mark = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{first}{dot}{fraction}e{mark}{:02}", exponent.abs())
}

/// The notation of C's `%g`, which `std::ostream` uses: six significant digits.
pub(super) fn general_float(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "nan".into()
        } else if value > 0.0 {
            "inf".into()
        } else {
            "-inf".into()
        };
    }
    if value == 0.0 {
        return if value.is_sign_negative() { "-0".into() } else { "0".into() };
    }
    let text = format!("{value:.5e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent = exponent.parse::<i32>().unwrap_or_default();
    let strip = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text.to_string(),
    };
    if !(-4..6).contains(&exponent) {
        let mark = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{mark}{:02}", strip(mantissa), exponent.abs());
    }
    strip(&format!("{value:.*}", usize::try_from(5 - exponent).unwrap_or_default()))
}
