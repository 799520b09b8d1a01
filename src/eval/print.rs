//! Values as text, as far as they are known already or cheap to know.

use std::fmt::Write;

use super::value::{Thunk, Value};
use super::{Evaluator, Result};

/// How much of a value is printed.
#[derive(Clone, Copy, Debug)]
pub struct PrintLimits {
    /// Nesting of sets and lists that is shown; deeper ones are `{ … }` and `[ … ]`.
    pub depth: u32,
    /// Elements of a set or list that are shown.
    pub items: usize,
    /// Bytes of the whole text after which nothing more is added.
    pub length: usize,
    /// Whether values that were not needed so far are evaluated.
    pub force: bool,
}

impl Default for PrintLimits {
    fn default() -> PrintLimits {
        PrintLimits { depth: 4, items: 24, length: 400, force: true }
    }
}

/// A value in Nix's notation; `None` where it is not known.
pub fn print(ev: &Evaluator, value: &Value, limits: PrintLimits) -> Option<String> {
    let mut out = String::new();
    write_value(ev, value, limits, limits.depth, &mut out).ok()?;
    Some(out)
}

/// What stands for something unknown inside of a printed value.
const HIDDEN: &str = "…";

fn write_value(
    ev: &Evaluator,
    value: &Value,
    limits: PrintLimits,
    depth: u32,
    out: &mut String,
) -> std::result::Result<(), ()> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(value) => write!(out, "{value}").map_err(drop)?,
        Value::Float(value) => write!(out, "{value}").map_err(drop)?,
        Value::String(string) => match below_root(ev, &string.text) {
            // A path of the flake as a string: the same on every machine, and as somebody would write it.
            Some(inside) => {
                let start = out.len();
                write_string(inside, limits, out);
                out.insert_str(start + 1, "${self}");
            }
            None => write_string(&string.text, limits, out),
        },
        Value::Path(path) => match below_root(ev, path) {
            Some("") => out.push_str("./."),
            Some(inside) => {
                out.push('.');
                out.push_str(inside);
            }
            None => out.push_str(path),
        },
        Value::List(list) => {
            if list.items.is_empty() && list.rest.is_none() {
                out.push_str("[ ]");
                return Ok(());
            }
            out.push_str("[ ");
            let mut whole = depth > 0 && list.rest.is_none();
            if depth > 0 {
                for (index, item) in list.items.iter().enumerate() {
                    if index >= limits.items || out.len() > limits.length {
                        whole = false;
                        break;
                    }
                    write_thunk(ev, item, limits, depth - 1, out);
                    out.push(' ');
                }
            }
            out.push_str(if whole { "]" } else { "… ]" });
        }
        Value::Attrs(attrs) => {
            if attrs.get("type").is_some_and(
                |entry| matches!(entry.value.peek(), Some(Value::String(kind)) if kind.text == "derivation"),
            ) {
                out.push_str("«derivation»");
                return Ok(());
            }
            if attrs.is_empty() && attrs.rest.is_none() {
                out.push_str("{ }");
                return Ok(());
            }
            out.push_str("{ ");
            let mut whole = depth > 0 && attrs.rest.is_none();
            if depth > 0 {
                for (index, (name, entry)) in attrs.iter().enumerate() {
                    if index >= limits.items || out.len() > limits.length {
                        whole = false;
                        break;
                    }
                    out.push_str(&attr_name(name));
                    out.push_str(" = ");
                    write_thunk(ev, &entry.value, limits, depth - 1, out);
                    out.push_str("; ");
                }
            }
            out.push_str(if whole { "}" } else { "… }" });
        }
        Value::Lambda(_) | Value::Primop(_) => out.push_str("«function»"),
        Value::Unknown(_) => return Err(()),
    }
    Ok(())
}

/// The part of a path below the folder of the flake, with its slash.
fn below_root<'p>(ev: &Evaluator, path: &'p str) -> Option<&'p str> {
    let root = ev.root.borrow();
    let inside = path.strip_prefix(root.as_ref()?.as_str())?;
    (inside.is_empty() || inside.starts_with('/')).then_some(inside)
}

fn write_thunk(ev: &Evaluator, thunk: &Thunk, limits: PrintLimits, depth: u32, out: &mut String) {
    let value: Option<Result<Value>> = if limits.force { Some(ev.force(thunk)) } else { thunk.peek().map(Ok) };
    let start = out.len();
    match value {
        Some(Ok(value)) => {
            if write_value(ev, &value, limits, depth, out).is_err() {
                out.truncate(start);
                out.push_str(HIDDEN);
            }
        }
        _ => out.push_str(HIDDEN),
    }
}

fn write_string(text: &str, limits: PrintLimits, out: &mut String) {
    out.push('"');
    let mut chars = text.chars().peekable();
    let mut count = 0;
    while let Some(c) = chars.next() {
        if count >= limits.length {
            out.push('…');
            break;
        }
        count += 1;
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // `${` in the text of a string is no interpolation.
            '$' if chars.peek() == Some(&'{') => out.push_str("\\$"),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// An attribute name as it is written, quoted where it must be.
pub fn attr_name(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '\''))
        && !matches!(name, "if" | "then" | "else" | "assert" | "with" | "let" | "in" | "rec" | "inherit");
    if plain {
        name.to_string()
    } else {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${"))
    }
}
