//! The hot functions of `lib.strings`.

use std::rc::Rc;

use super::{Definition, binary, ternary, unary};
use crate::eval::strings::Coercion;
use crate::eval::unknown::{Cause, ErrorKind, EvalError, Stop, Unknown};
use crate::eval::value::{NixString, Thunk, Value};
use crate::eval::{Evaluator, Result};
use crate::hir::Name;

pub(super) fn definitions() -> Vec<Definition> {
    vec![
        binary("__hasPrefix", |ev, part, whole| has(ev, part, whole, |whole, part| whole.starts_with(part))),
        binary("__hasSuffix", |ev, part, whole| has(ev, part, whole, |whole, part| whole.ends_with(part))),
        binary("__hasInfix", |ev, part, whole| {
            // The original makes a regular expression of it, which must not refer to the store.
            ev.plain_string(part)?;
            has(ev, part, whole, |whole, part| whole.contains(part))
        }),
        binary("__removePrefix", |ev, part, whole| remove(ev, part, whole, |whole, part| whole.strip_prefix(part))),
        binary("__removeSuffix", |ev, part, whole| remove(ev, part, whole, |whole, part| whole.strip_suffix(part))),
        unary("__toLower", |ev, text| recase(ev, text, str::to_ascii_lowercase)),
        unary("__toUpper", |ev, text| recase(ev, text, str::to_ascii_uppercase)),
        ternary("__trim", trim),
        binary("__splitString", split_string),
        unary("__stringToCharacters", string_to_characters),
        unary("__charToInt", char_to_int),
        unary("__escapeURL", escape_url),
        binary("__levenshtein", levenshtein),
    ]
}

fn coerced(ev: &Evaluator, thunk: &Thunk) -> Result<Rc<NixString>> {
    let value = ev.force(thunk)?;
    ev.coerce_to_string(&value, Coercion::Interpolation)
}

fn has(ev: &Evaluator, part: &Thunk, whole: &Thunk, test: fn(&str, &str) -> bool) -> Result<Value> {
    let part_value = ev.force(part)?;
    let part = ev.coerce_to_string(&part_value, Coercion::Interpolation)?;
    let whole = coerced(ev, whole)?;
    // A path is copied to the store before it is compared, and never fits.
    let comparable = matches!(part_value, Value::String(_));
    Ok(Value::Bool(comparable && test(&whole.text, &part.text)))
}

fn remove(
    ev: &Evaluator,
    part: &Thunk,
    whole: &Thunk,
    strip: for<'a> fn(&'a str, &'a str) -> Option<&'a str>,
) -> Result<Value> {
    let part_value = ev.force(part)?;
    let part = ev.coerce_to_string(&part_value, Coercion::Interpolation)?;
    let whole_value = ev.force(whole)?;
    let whole = ev.coerce_to_string(&whole_value, Coercion::Interpolation)?;
    match strip(&whole.text, &part.text) {
        Some(rest) if matches!(part_value, Value::String(_)) => {
            Ok(Value::string_with_context(rest, whole.context.clone()))
        }
        _ => Ok(whole_value),
    }
}

fn recase(ev: &Evaluator, text: &Thunk, recase: fn(&str) -> String) -> Result<Value> {
    let string = ev.string(text)?;
    ev.exact_text(&string)?;
    Ok(Value::string_with_context(recase(&string.text), string.context.clone()))
}

fn trim(ev: &Evaluator, start: &Thunk, end: &Thunk, text: &Thunk) -> Result<Value> {
    let (start, end) = (ev.bool(start)?, ev.bool(end)?);
    let string = ev.string(text)?;
    let blank = [' ', '\t', '\r', '\n'];
    let mut text = string.text.as_str();
    if start {
        text = text.trim_start_matches(blank);
    }
    if end {
        text = text.trim_end_matches(blank);
    }
    // The original cuts the piece out with a regular expression, which loses the context.
    Ok(Value::string(text))
}

fn split_string(ev: &Evaluator, separator: &Thunk, text: &Thunk) -> Result<Value> {
    let separator = ev.force(separator)?;
    let separator = ev.coerce_to_string(&separator, Coercion::ToString)?;
    // It becomes a regular expression in the original, which must not refer to the store.
    ev.as_plain_string(&Value::String(separator.clone()))?;
    let value = ev.force(text)?;
    let string = ev.coerce_to_string(&value, Coercion::Uncopied)?;
    ev.text_below_copy(&string)?;
    ev.step(string.text.len() as u64 / 64)?;
    let context = match &value {
        Value::Path(path) => Rc::new([path.clone()]),
        _ => string.context.clone(),
    };
    let part = |part: &str| Thunk::value(Value::string_with_context(part, context.clone()));
    if separator.text.is_empty() {
        // Nothing stands before each character and at the end.
        let mut parts = vec![part("")];
        parts.extend(string.text.chars().map(|c| part(c.encode_utf8(&mut [0; 4]))));
        parts.push(part(""));
        return Ok(Value::list(parts));
    }
    Ok(Value::list(string.text.split(separator.text.as_str()).map(part).collect()))
}

fn string_to_characters(ev: &Evaluator, text: &Thunk) -> Result<Value> {
    let string = coerced(ev, text)?;
    ev.exact_text(&string)?;
    ev.step(string.text.len() as u64)?;
    let items = string.text.chars().map(|c| {
        if c.is_ascii() {
            return vec![Thunk::value(Value::string_with_context(
                &*c.encode_utf8(&mut [0; 4]),
                string.context.clone(),
            ))];
        }
        // Nix cuts characters into their bytes, which are no strings here.
        (0..c.len_utf8()).map(|_| Thunk::value(Value::Unknown(Unknown::new(Cause::Builtin("substring"))))).collect()
    });
    Ok(Value::list(items.flatten().collect()))
}

/// The position of a character in the ASCII table, which begins with the tabulator in nixpkgs.
fn char_to_int(ev: &Evaluator, text: &Thunk) -> Result<Value> {
    let string = ev.string(text)?;
    match string.text.as_bytes() {
        [byte @ (b'\t' | b'\n' | b'\r' | b' '..=b'~')] => Ok(Value::Int(i64::from(*byte))),
        _ => Err(EvalError::stop(
            ErrorKind::Missing { name: string.text.clone() },
            format!("{:?} is no character of the ASCII table", string.text),
        )),
    }
}

fn escape_url(ev: &Evaluator, text: &Thunk) -> Result<Value> {
    let string = ev.string(text)?;
    ev.exact_text(&string)?;
    let mut out = String::with_capacity(string.text.len());
    for byte in string.text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
            b'\t' | b'\n' | b'\r' | b' '..=b'~' => out.push_str(&format!("%{byte:02X}")),
            // The original leaves alone what its table of characters does not have.
            _ => return Err(Stop::Unknown(Unknown::new(Cause::Builtin("replaceStrings")))),
        }
    }
    Ok(Value::string_with_context(Name::from(out), string.context.clone()))
}

fn levenshtein(ev: &Evaluator, a: &Thunk, b: &Thunk) -> Result<Value> {
    let (a, b) = (coerced(ev, a)?, coerced(ev, b)?);
    ev.exact_text(&a)?;
    ev.exact_text(&b)?;
    let (a, b) = (a.text.as_bytes(), b.text.as_bytes());
    ev.step(a.len() as u64 * b.len() as u64 / 16 + 1)?;
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = Vec::with_capacity(row.len());
        next.push(left);
        for (y, above) in b.iter().zip(row.iter().skip(1)) {
            let best = (diagonal + usize::from(x != y)).min(above + 1).min(left + 1);
            diagonal = *above;
            left = best;
            next.push(best);
        }
        row = next;
    }
    Ok(Value::Int(row.last().copied().unwrap_or_default() as i64))
}
