//! Builtins on strings.

use std::rc::Rc;

use super::{Definition, binary, ternary, unary};
use crate::eval::strings::{Builder, Coercion};
use crate::eval::unknown::{Cause, ErrorKind, EvalError, Stop, Unknown};
use crate::eval::value::{Attrs, Thunk, Value};
use crate::eval::{BYTES_PER_STEP, Evaluator, Result};
use crate::hir::Name;

pub(super) fn definitions() -> Vec<Definition> {
    vec![
        unary("toString", |ev, value| {
            let value = ev.force(value)?;
            match ev.coerce_to_string(&value, Coercion::ToString) {
                // `toString inputs.x` is still the source of the input.
                Err(Stop::Unknown(unknown)) => Ok(Value::Unknown(unknown)),
                string => string.map(Value::String),
            }
        }),
        unary("stringLength", |ev, value| {
            let value = ev.force(value)?;
            let string = ev.coerce_to_string(&value, Coercion::Interpolation)?;
            Ok(Value::Int(ev.exact_text(&string)?.len() as i64))
        }),
        ternary("substring", substring),
        binary("concatStringsSep", concat_strings_sep),
        ternary("replaceStrings", replace_strings),
        unary("parseDrvName", parse_drv_name),
        unary("splitVersion", |ev, version| {
            let version = ev.plain_string(version)?;
            let parts = version_parts(&version);
            Ok(Value::list(parts.into_iter().map(|part| Thunk::value(Value::string(part))).collect()))
        }),
        binary("compareVersions", |ev, a, b| {
            let (a, b) = (ev.plain_string(a)?, ev.plain_string(b)?);
            Ok(Value::Int(compare_versions(&a, &b) as i64))
        }),
    ]
}

fn substring(ev: &Evaluator, start: &Thunk, length: &Thunk, string: &Thunk) -> Result<Value> {
    let start = ev.int(start)?;
    let start =
        usize::try_from(start).map_err(|_| EvalError::stop(ErrorKind::Other, "substring starts before the string"))?;
    let length = ev.int(length)?;
    let value = ev.force(string)?;
    let string = ev.coerce_to_string(&value, Coercion::Interpolation)?;
    if length == 0 {
        return Ok(Value::string_with_context("", string.context.clone()));
    }
    let bytes = ev.exact_text(&string)?.as_bytes();
    let start = start.min(bytes.len());
    let end = usize::try_from(length).map_or(bytes.len(), |length| start.saturating_add(length).min(bytes.len()));
    let piece = bytes.get(start..end).unwrap_or_default();
    ev.step(piece.len() as u64 / BYTES_PER_STEP)?;
    match std::str::from_utf8(piece) {
        Ok(text) => Ok(Value::string_with_context(text, string.context.clone())),
        // Nix strings are bytes; half a character is not representable here.
        Err(_) => Err(Stop::Unknown(Unknown::new(Cause::Builtin("substring")))),
    }
}

fn concat_strings_sep(ev: &Evaluator, separator: &Thunk, list: &Thunk) -> Result<Value> {
    let separator = ev.string(separator)?;
    let list = ev.list(list)?;
    if let Some(unknown) = &list.rest {
        return Err(Stop::Unknown(unknown.derive()));
    }
    let mut builder = Builder::default();
    // What the separator refers to counts also where nothing is separated.
    builder.push_context(&separator);
    for (index, item) in list.items.iter().enumerate() {
        ev.step(1)?;
        if index > 0 {
            builder.push_string(&separator);
        }
        let value = ev.force(item)?;
        match ev.coerce_to_string(&value, Coercion::Interpolation) {
            Ok(string) => builder.push_string(&string),
            Err(Stop::Unknown(unknown)) => builder.push_unknown(unknown)?,
            Err(error) => return Err(error),
        }
        ev.check_size(builder.len())?;
    }
    ev.step(builder.len() as u64 / BYTES_PER_STEP)?;
    Ok(builder.finish())
}

fn replace_strings(ev: &Evaluator, from: &Thunk, to: &Thunk, string: &Thunk) -> Result<Value> {
    let (from_list, to_list) = (ev.list(from)?, ev.list(to)?);
    if let Some(unknown) = from_list.rest.as_ref().or(to_list.rest.as_ref()) {
        return Err(Stop::Unknown(unknown.derive()));
    }
    if from_list.items.len() != to_list.items.len() {
        return Err(EvalError::stop(ErrorKind::Other, "replaceStrings needs two lists of the same length"));
    }
    let mut from = Vec::with_capacity(from_list.items.len());
    for item in &from_list.items {
        from.push(ev.string(item)?.text.clone());
    }
    let string = ev.string(string)?;
    let mut builder = Builder::default();
    let text = ev.exact_text(&string)?.as_str();
    if from.iter().any(|pattern| pattern.is_empty()) && !text.is_ascii() {
        // Nix puts the replacement between the bytes of a character.
        return Err(Stop::Unknown(Unknown::new(Cause::Builtin("replaceStrings"))));
    }
    let mut at = 0;
    // As Nix: at each position the first pattern that fits; an empty pattern fits everywhere, also at the end.
    while at <= text.len() {
        ev.step(1)?;
        let rest = text.get(at..).unwrap_or_default();
        let hit = from.iter().position(|pattern| rest.starts_with(pattern.as_str()));
        let skipped = match hit {
            Some(index) => {
                if let Some(replacement) = to_list.items.get(index) {
                    builder.push_string(&*ev.string(replacement)?);
                }
                from.get(index).map_or(0, |pattern| pattern.len())
            }
            None => 0,
        };
        ev.check_size(builder.len())?;
        if skipped > 0 {
            at += skipped;
            continue;
        }
        match rest.chars().next() {
            Some(c) => {
                builder.push(c.encode_utf8(&mut [0; 4]));
                at += c.len_utf8();
            }
            None => break,
        }
    }
    match builder.finish() {
        Value::String(replaced) => {
            let mut context: Vec<Name> = string.context.to_vec();
            context.extend(replaced.context.iter().filter(|name| !string.context.contains(name)).cloned());
            Ok(Value::string_with_context(replaced.text.clone(), Rc::from(context)))
        }
        other => Ok(other),
    }
}

/// `parseDrvName`: the version starts after the first dash that no letter follows.
fn parse_drv_name(ev: &Evaluator, name: &Thunk) -> Result<Value> {
    let full = ev.plain_string(name)?;
    let bytes = full.as_bytes();
    let dash = (0..bytes.len())
        .find(|at| bytes.get(*at) == Some(&b'-') && bytes.get(at + 1).is_some_and(|next| !next.is_ascii_alphabetic()));
    let (name, version) = match dash.and_then(|at| full.split_at_checked(at)) {
        Some((name, version)) => (name, version.get(1..).unwrap_or_default()),
        None => (full.as_str(), ""),
    };
    Ok(Value::attrs(Attrs::of([("name", Value::string(name)), ("version", Value::string(version))])))
}

/// The components of a version, as Nix's `nextComponent` splits it.
fn version_parts(version: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = version;
    loop {
        rest = rest.trim_start_matches(['.', '-']);
        let Some(first) = rest.chars().next() else { return parts };
        let digit = first.is_ascii_digit();
        let end = rest
            .find(|c: char| if digit { !c.is_ascii_digit() } else { c.is_ascii_digit() || c == '.' || c == '-' })
            .unwrap_or(rest.len());
        let (part, tail) = rest.split_at(end);
        parts.push(part);
        rest = tail;
    }
}

/// Nix's `compareVersions`: numbers by value, `pre` before the end of a version, the end before anything else.
fn compare_versions(a: &str, b: &str) -> std::cmp::Ordering {
    let (a, b) = (version_parts(a), version_parts(b));
    for index in 0..a.len().max(b.len()) {
        let (left, right) = (a.get(index).copied().unwrap_or(""), b.get(index).copied().unwrap_or(""));
        if component_less(left, right) {
            return std::cmp::Ordering::Less;
        }
        if component_less(right, left) {
            return std::cmp::Ordering::Greater;
        }
    }
    std::cmp::Ordering::Equal
}

fn component_less(a: &str, b: &str) -> bool {
    // An `int` in Nix; larger ones are text.
    let number = |text: &str| text.parse::<i32>().ok();
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a < b,
        (None, Some(_)) if a.is_empty() => true,
        _ if a == "pre" && b != "pre" => true,
        _ if b == "pre" => false,
        (None, Some(_)) => true,
        (Some(_), None) => false,
        (None, None) => a < b,
    }
}
