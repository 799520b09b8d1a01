//! The builtins: one file per subject, one table of all.
//!
//! A builtin that Nix has and flakewise cannot know (fetchers, the clock, the
//! environment) is in the table too, as a function whose result is unknown and
//! says why.

mod attrs;
mod context;
mod control;
mod derivation;
mod files;
mod float_text;
mod flake_refs;
mod hash;
mod hidden;
mod json;
mod lists;
mod numbers;
mod regex;
mod sort;
mod strings;
mod strings_hidden;
mod to_file;
mod toml_version;
mod types;
mod xml;

use std::rc::Rc;

use rustc_hash::FxHashMap;

pub(crate) use hash::{base32, hash_bytes};
pub use json::json_to_value;
pub(super) use regex::Pattern;

use super::unknown::{Cause, Unknown};
use super::value::{Attrs, Entry, Thunk, Value};
use super::{Evaluator, Result};
use crate::hir::{GLOBAL_NAMES, Name};

/// A builtin's name and value.
type Definition = (&'static str, Value);

fn unary(name: &'static str, function: fn(&Evaluator, &Thunk) -> Result<Value>) -> Definition {
    let wrapped = move |ev: &Evaluator, args: &[Thunk]| match args {
        [argument] => function(ev, argument),
        _ => Ok(wrong_arity(name)),
    };
    (name, Value::primop(name, 1, wrapped))
}

fn binary(name: &'static str, function: fn(&Evaluator, &Thunk, &Thunk) -> Result<Value>) -> Definition {
    let wrapped = move |ev: &Evaluator, args: &[Thunk]| match args {
        [first, second] => function(ev, first, second),
        _ => Ok(wrong_arity(name)),
    };
    (name, Value::primop(name, 2, wrapped))
}

fn ternary(name: &'static str, function: fn(&Evaluator, &Thunk, &Thunk, &Thunk) -> Result<Value>) -> Definition {
    let wrapped = move |ev: &Evaluator, args: &[Thunk]| match args {
        [first, second, third] => function(ev, first, second, third),
        _ => Ok(wrong_arity(name)),
    };
    (name, Value::primop(name, 3, wrapped))
}

/// A value that can be called, as Nix's `forceFunction`; an unknown may be one.
fn function(ev: &Evaluator, thunk: &Thunk) -> Result<Value> {
    let value = ev.force(thunk)?;
    match &value {
        Value::Lambda(_) | Value::Primop(_) | Value::Unknown(_) => Ok(value),
        Value::Attrs(attrs) if attrs.get("__functor").is_some() || attrs.rest.is_some() => Ok(value),
        other => Err(ev.type_error("a function", other)),
    }
}

/// A function whose result only a real evaluation gives.
fn opaque(name: &'static str, arity: usize) -> Definition {
    (name, Value::primop(name, arity, move |_, _| Ok(Value::Unknown(Unknown::new(Cause::Builtin(name))))))
}

fn wrong_arity(name: &'static str) -> Value {
    crate::base::never!("builtin {name} called with the wrong number of arguments");
    Value::Unknown(Unknown::new(Cause::Builtin(name)))
}

fn table() -> Vec<Definition> {
    let mut table = Vec::new();
    table.extend(attrs::definitions());
    table.extend(context::definitions());
    table.extend(control::definitions());
    table.extend(derivation::definitions());
    table.extend(files::definitions());
    table.extend(flake_refs::definitions());
    table.extend(hash::definitions());
    table.extend(json::definitions());
    table.extend(lists::definitions());
    table.extend(numbers::definitions());
    table.extend(regex::definitions());
    table.extend(strings::definitions());
    table.extend(to_file::definitions());
    table.extend(types::definitions());
    table.extend(xml::definitions());
    table
}

/// The names of all builtins, sorted.
pub fn builtin_names() -> Vec<&'static str> {
    let mut names: Vec<&'static str> = table().into_iter().map(|(name, _)| name).collect();
    names.extend(["builtins", "true", "false", "null"]);
    names.sort_unstable();
    names
}

/// Calls a builtin from Rust.
pub fn call_builtin(ev: &Evaluator, name: &str, arguments: &[Thunk]) -> Result<Value> {
    match ev.select(&ev.builtins(), &Name::new(name))? {
        Some(function) => ev.call_all(&function, arguments.iter().cloned()),
        None => Ok(Value::Unknown(Unknown::new(Cause::Builtin("builtins")))),
    }
}

impl Evaluator {
    /// The set `builtins`.
    pub fn builtins(&self) -> Value {
        let make = || {
            let mut entries: Vec<(Name, Entry)> =
                table().into_iter().map(|(name, value)| (Name::new_static(name), listed(name, value))).collect();
            entries.push((Name::new_static("true"), plain(Value::Bool(true))));
            entries.push((Name::new_static("false"), plain(Value::Bool(false))));
            entries.push((Name::new_static("null"), plain(Value::Null)));
            entries.push((Name::new_static("builtins"), Entry::new(Thunk::native(|ev| Ok(ev.builtins())), None)));
            Value::Attrs(Rc::new(Attrs::new(entries)))
        };
        self.builtins.get_or_init(make).clone()
    }

    /// Whether a value is the set `builtins`.
    pub(super) fn is_builtins(&self, value: &Value) -> bool {
        match (value, self.builtins.get()) {
            (Value::Attrs(attrs), Some(Value::Attrs(builtins))) => Rc::ptr_eq(attrs, builtins),
            _ => false,
        }
    }

    /// A name of the base environment: one of [`GLOBAL_NAMES`], or any builtin behind two underscores.
    pub(super) fn global(&self, name: &Name) -> Option<Thunk> {
        let make = || {
            let mut globals = FxHashMap::default();
            if let Value::Attrs(builtins) = self.builtins() {
                for (name, entry) in builtins.iter() {
                    let global = match GLOBAL_NAMES.contains(&name.as_str()) {
                        true => name.clone(),
                        false => Name::from(format!("__{name}")),
                    };
                    globals.insert(global, entry.value.clone());
                }
            }
            globals
        };
        self.globals.get_or_init(make).get(name).cloned()
    }

    /// A function that only flakewise's own Nix files can name.
    pub(super) fn hidden_global(&self, name: &Name) -> Option<Thunk> {
        let make = || {
            let table = hidden::definitions().into_iter();
            table.map(|(name, value)| (Name::new_static(name), Thunk::value(value))).collect()
        };
        let defined = name.strip_prefix("__").and_then(|name| self.defined.borrow().get(name).cloned());
        defined.map(Thunk::value).or_else(|| self.hidden.get_or_init(make).get(name).cloned())
    }
}

/// Builtins that are there only with a setting or flag of the Nix that evaluates.
const OCCASIONAL: &[&str] = &["exec", "fetchClosure", "importNative", "outputOf"];

fn listed(name: &str, value: Value) -> Entry {
    Entry { maybe: OCCASIONAL.contains(&name), ..plain(value) }
}

fn plain(value: Value) -> Entry {
    Entry::new(Thunk::value(value), None)
}
