//! JSON and TOML.

use super::{Definition, unary};
use crate::eval::strings::Coercion;
use crate::eval::unknown::{ErrorKind, EvalError, Stop};
use crate::eval::value::{Attrs, Entry, Thunk, Value};
use crate::eval::{Evaluator, Result};
use crate::hir::Name;

pub(super) fn definitions() -> Vec<Definition> {
    vec![
        unary("fromJSON", from_json),
        unary("toJSON", to_json),
        unary("fromTOML", from_toml),
        unary("toXML", |_, _| Ok(Value::Unknown(crate::eval::Unknown::new(crate::eval::Cause::Builtin("toXML"))))),
    ]
}

fn from_json(ev: &Evaluator, text: &Thunk) -> Result<Value> {
    let text = ev.string(text)?.text.clone();
    ev.step(text.len() as u64 / 256)?;
    let json: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| EvalError::stop(ErrorKind::Other, format!("fromJSON: {error}")))?;
    Ok(json_to_value(&json))
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
    let text = ev.string(text)?.text.clone();
    ev.step(text.len() as u64 / 256)?;
    let table: toml::Table =
        text.parse().map_err(|error| EvalError::stop(ErrorKind::Other, format!("fromTOML: {error}")))?;
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
    let mut context = Vec::new();
    let json = value_to_json(ev, &value, &mut context, 0)?;
    let text =
        serde_json::to_string(&json).map_err(|error| EvalError::stop(ErrorKind::Other, format!("toJSON: {error}")))?;
    ev.check_size(text.len())?;
    Ok(Value::string_with_context(text, context.into()))
}

fn value_to_json(ev: &Evaluator, value: &Value, context: &mut Vec<Name>, depth: u32) -> Result<serde_json::Value> {
    ev.step(1)?;
    if depth > 200 {
        return Err(Stop::Unknown(crate::eval::Unknown::new(crate::eval::Cause::Limit(crate::eval::Limit::Depth))));
    }
    Ok(match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::String(_) | Value::Path(_) => {
            let string = ev.coerce_to_string(value, Coercion::Interpolation)?;
            context.extend(string.context.iter().cloned());
            string.text.as_str().into()
        }
        Value::List(list) => {
            if let Some(unknown) = &list.rest {
                return Err(Stop::Unknown(unknown.derive()));
            }
            let items = list.items.iter().map(|item| value_to_json(ev, &ev.force(item)?, context, depth + 1));
            serde_json::Value::Array(items.collect::<Result<_>>()?)
        }
        Value::Attrs(attrs) => {
            if attrs.get("__toString").is_some() || attrs.get("outPath").is_some() {
                let string = ev.coerce_to_string(value, Coercion::Interpolation)?;
                context.extend(string.context.iter().cloned());
                return Ok(string.text.as_str().into());
            }
            if let Some(rest) = &attrs.rest {
                return Err(Stop::Unknown(rest.unknown.derive()));
            }
            let mut members = serde_json::Map::new();
            for (name, entry) in attrs.iter() {
                members.insert(name.to_string(), value_to_json(ev, &ev.force(&entry.value)?, context, depth + 1)?);
            }
            serde_json::Value::Object(members)
        }
        other => return Err(ev.type_error("something that JSON can hold", other)),
    })
}
