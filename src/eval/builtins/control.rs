//! Builtins that steer evaluation: errors, strictness, tracing.

use std::rc::Rc;

use super::{Definition, binary, opaque, unary};
use crate::eval::strings::Coercion;
use crate::eval::unknown::{Cause, ErrorKind, EvalError, Stop, Unknown};
use crate::eval::value::{Attrs, Thunk, Value};
use crate::eval::{Evaluator, Result};
use crate::hir::Name;

pub(super) fn definitions() -> Vec<Definition> {
    vec![
        unary("throw", |ev, message| fail(ev, ErrorKind::Thrown, message)),
        unary("abort", |ev, message| fail(ev, ErrorKind::Aborted, message)),
        unary("tryEval", try_eval),
        binary("seq", |ev, first, second| {
            ev.force(first)?;
            ev.force(second)
        }),
        binary("deepSeq", |ev, first, second| {
            let value = ev.force(first)?;
            deep_force(ev, &value)?;
            ev.force(second)
        }),
        binary("trace", |ev, message, value| {
            ev.force(message)?;
            ev.force(value)
        }),
        binary("traceVerbose", |ev, _, value| ev.force(value)),
        binary("warn", |ev, message, value| {
            match ev.string(message) {
                // A message made of something unknown is still a message.
                Ok(_) | Err(Stop::Unknown(_)) => ev.force(value),
                Err(error) => Err(error),
            }
        }),
        unary("break", |ev, value| ev.force(value)),
        binary("addErrorContext", |ev, _, value| ev.force(value)),
        unary("import", import),
        binary("scopedImport", |ev, scope, path| {
            let scope = ev.attrs(scope)?;
            let path = ev.force(path)?;
            let path = ev.coerce_to_path(&path)?;
            ev.scoped_import(&path, scope)
        }),
        ("nixVersion", Value::string("2.34.0")),
        ("langVersion", Value::Int(6)),
        ("storeDir", Value::string("/nix/store")),
        // Pure evaluation, which flakes are, has neither currentSystem nor currentTime.
        ("nixPath", Value::list(Vec::new())),
        unary("getEnv", |ev, name| {
            ev.plain_string(name)?;
            Ok(Value::string(""))
        }),
        opaque("exec", 1),
        opaque("importNative", 2),
    ]
}

fn fail(ev: &Evaluator, kind: ErrorKind, message: &Thunk) -> Result<Value> {
    let message = match ev.force(message).and_then(|message| ev.coerce_to_string(&message, Coercion::Interpolation)) {
        Ok(message) => message.text.to_string(),
        // The message is made of something unknown, the failure is certain.
        Err(Stop::Unknown(unknown)) => format!("(a message {unknown})"),
        Err(error) => return Err(error),
    };
    Err(EvalError::stop(kind, message))
}

fn try_eval(ev: &Evaluator, value: &Thunk) -> Result<Value> {
    let (success, value) = match ev.force(value) {
        Ok(Value::Unknown(unknown)) => (Value::Unknown(unknown.derive()), Value::Unknown(unknown)),
        Ok(value) => (Value::Bool(true), value),
        Err(Stop::Error(error)) if error.kind == ErrorKind::Thrown => (Value::Bool(false), Value::Bool(false)),
        Err(stop) => return Err(stop),
    };
    Ok(Value::attrs(Attrs::of([("success", success), ("value", value)])))
}

/// Evaluates a value to its leaves.
pub(super) fn deep_force(ev: &Evaluator, value: &Value) -> Result<()> {
    deep_force_new(ev, value, &mut rustc_hash::FxHashSet::default())
}

/// As [`deep_force`]; sets and lists may contain themselves, so each is visited once.
fn deep_force_new(ev: &Evaluator, value: &Value, seen: &mut rustc_hash::FxHashSet<usize>) -> Result<()> {
    ev.step(1)?;
    let inner: Vec<Thunk> = match value {
        Value::List(list) if seen.insert(Rc::as_ptr(list) as usize) => list.items.clone(),
        Value::Attrs(attrs) if seen.insert(Rc::as_ptr(attrs) as usize) => {
            attrs.iter().map(|(_, entry)| entry.value.clone()).collect()
        }
        _ => return Ok(()),
    };
    for thunk in inner {
        let value = ev.force(&thunk)?;
        ev.deeper(|| deep_force_new(ev, &value, seen))?;
    }
    Ok(())
}

fn import(ev: &Evaluator, path: &Thunk) -> Result<Value> {
    let value = ev.force(path)?;
    match &value {
        // The flake file of an input, its package set, a file in it: all unknown, but not without a name.
        Value::Unknown(unknown) => Ok(match &unknown.cause {
            Cause::InputFile { input, path } if !unknown.derived => {
                let provide = ev.input_files.borrow().clone();
                provide.and_then(|provide| provide(ev, input, path)).unwrap_or_else(|| value.clone())
            }
            _ => Value::Unknown(import_of(unknown)),
        }),
        Value::Attrs(attrs) if attrs.get("__importResult").is_some() => {
            match ev.select(&value, &Name::new_static("__importResult"))? {
                Some(result) => Ok(result),
                None => Ok(Value::Unknown(Unknown::new(Cause::Builtin("import")))),
            }
        }
        Value::Attrs(attrs) if attrs.get("outPath").is_none() && attrs.rest.is_some() => {
            let unknown = attrs.rest.as_ref().map(|rest| rest.unknown.clone());
            Ok(Value::Unknown(
                unknown.map_or_else(|| Unknown::new(Cause::Builtin("import")), |unknown| import_of(&unknown)),
            ))
        }
        other => {
            let path = match ev.coerce_to_path(other) {
                Err(Stop::Unknown(unknown)) => return Ok(Value::Unknown(import_of(&unknown))),
                path => path?,
            };
            ev.import(&path)
        }
    }
}

fn import_of(unknown: &Rc<Unknown>) -> Rc<Unknown> {
    unknown.derive()
}
