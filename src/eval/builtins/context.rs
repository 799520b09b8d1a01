//! Builtins on what strings refer to, as Nix's `primops/context.cc` has them.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Definition, binary, unary};
use crate::eval::strings::{Coercion, STORE};
use crate::eval::unknown::{Cause, ErrorKind, EvalError, Stop, Unknown};
use crate::eval::value::{Attrs, NixString, Thunk, Value};
use crate::eval::{Evaluator, Result};
use crate::hir::Name;

pub(super) fn definitions() -> Vec<Definition> {
    vec![
        unary("hasContext", |ev, value| Ok(Value::Bool(!ev.string(value)?.context.is_empty()))),
        unary("getContext", get_context),
        binary("appendContext", append_context),
        unary("unsafeDiscardStringContext", |ev, value| {
            let value = ev.force(value)?;
            let string = ev.coerce_to_string(&value, Coercion::Interpolation)?;
            Ok(Value::string(string.text.clone()))
        }),
        unary("unsafeDiscardOutputDependency", |ev, value| {
            let value = ev.force(value)?;
            let string = ev.coerce_to_string(&value, Coercion::Interpolation)?;
            let context = string.context.iter().map(|name| match Element::of(name) {
                Element::Deep(path) => Name::new(path),
                _ => name.clone(),
            });
            Ok(Value::string_with_context(string.text.clone(), context.collect()))
        }),
        unary("addDrvOutputDependencies", add_outputs),
    ]
}

/// What one element of a context says.
enum Element<'a> {
    /// A store path.
    Plain(&'a str),
    /// A derivation with all of its outputs.
    Deep(&'a str),
    /// An output of a derivation.
    Output { derivation: &'a str, output: &'a str },
}

impl Element<'_> {
    fn of(name: &str) -> Element<'_> {
        if let Some(path) = name.strip_prefix('=') {
            return Element::Deep(path);
        }
        match name.strip_prefix('!').and_then(|rest| rest.split_once('!')) {
            Some((output, derivation)) => Element::Output { derivation, output },
            None => Element::Plain(name),
        }
    }
}

/// Refuses the copies of paths, whose places in the store are not known.
fn without_copies(string: &NixString) -> Result<()> {
    let copy = string
        .context
        .iter()
        .find(|name| matches!(Element::of(name), Element::Plain(path) if !path.starts_with(STORE)));
    copy.map_or(Ok(()), |path| Err(Stop::Unknown(Unknown::new(Cause::File(path.clone())))))
}

fn failure(message: impl Into<String>) -> Stop {
    EvalError::stop(ErrorKind::Other, message)
}

fn get_context(ev: &Evaluator, value: &Thunk) -> Result<Value> {
    #[derive(Default)]
    struct Info<'a> {
        path: bool,
        all_outputs: bool,
        outputs: Vec<&'a str>,
    }
    let string = ev.string(value)?;
    without_copies(&string)?;
    let mut infos: BTreeMap<&str, Info> = BTreeMap::new();
    for name in string.context.iter() {
        match Element::of(name) {
            Element::Plain(path) => infos.entry(path).or_default().path = true,
            Element::Deep(path) => infos.entry(path).or_default().all_outputs = true,
            Element::Output { derivation, output } => infos.entry(derivation).or_default().outputs.push(output),
        }
    }
    let entries = infos.into_iter().map(|(path, mut info)| {
        let mut known = Vec::new();
        if info.path {
            known.push(("path", Value::Bool(true)));
        }
        if info.all_outputs {
            known.push(("allOutputs", Value::Bool(true)));
        }
        if !info.outputs.is_empty() {
            info.outputs.sort_unstable();
            let outputs = info.outputs.iter().map(|output| Thunk::value(Value::string(*output)));
            known.push(("outputs", Value::list(outputs.collect())));
        }
        (path, Value::attrs(Attrs::of(known)))
    });
    Ok(Value::attrs(Attrs::of(entries)))
}

/// Whether a path is that of a store object itself: `/nix/store/<32 characters>-<name>`.
pub(super) fn is_store_path(path: &str) -> bool {
    let Some((hash, name)) = path.strip_prefix(STORE).and_then(|rest| rest.split_at_checked(32)) else { return false };
    hash.bytes().all(|byte| byte.is_ascii_digit() || (byte.is_ascii_lowercase() && !b"eotu".contains(&byte)))
        && name.strip_prefix('-').is_some_and(is_store_name)
}

/// Whether a store object may have this name, as Nix's `checkName`.
pub(super) fn is_store_name(name: &str) -> bool {
    let dots = name == "." || name == ".." || name.starts_with(".-") || name.starts_with("..-");
    !name.is_empty()
        && name.len() <= 211
        && !dots
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-._?=".contains(&byte))
}

fn append_context(ev: &Evaluator, value: &Thunk, context: &Thunk) -> Result<Value> {
    let string = ev.string(value)?;
    let added = ev.attrs(context)?;
    if let Some(rest) = &added.rest {
        return Err(Stop::Unknown(rest.unknown.derive()));
    }
    let mut context = string.context.to_vec();
    for (path, info) in added.iter() {
        if !is_store_path(path) {
            return Err(failure(format!("{path:?} is no store path")));
        }
        let info = ev.force(&info.value)?;
        ev.as_attrs(&info)?;
        let is_derivation = path.ends_with(".drv");
        let flag = |name: &'static str| match ev.select(&info, &Name::new_static(name))? {
            Some(flag) => ev.as_bool(&flag),
            None => Ok(false),
        };
        if flag("path")? {
            context.push(path.clone());
        }
        if flag("allOutputs")? {
            if !is_derivation {
                return Err(failure(format!("{path:?} is no derivation and has no outputs")));
            }
            context.push(Name::from(format!("={path}")));
        }
        if let Some(outputs) = ev.select(&info, &Name::new_static("outputs"))? {
            let outputs = ev.as_list(&outputs)?;
            if !outputs.items.is_empty() && !is_derivation {
                return Err(failure(format!("{path:?} is no derivation and has no outputs")));
            }
            if let Some(unknown) = &outputs.rest {
                return Err(Stop::Unknown(unknown.derive()));
            }
            for output in &outputs.items {
                context.push(Name::from(format!("!{}!{path}", ev.plain_string(output)?)));
            }
        }
    }
    let mut seen = rustc_hash::FxHashSet::default();
    context.retain(|name| seen.insert(name.clone()));
    Ok(Value::string_with_context(string.text.clone(), Rc::from(context)))
}

fn add_outputs(ev: &Evaluator, value: &Thunk) -> Result<Value> {
    let value = ev.force(value)?;
    let string = ev.coerce_to_string(&value, Coercion::Interpolation)?;
    without_copies(&string)?;
    let [name] = &*string.context else {
        return Err(failure("addDrvOutputDependencies needs a string that refers to exactly one derivation"));
    };
    let deep = match Element::of(name) {
        Element::Plain(path) if path.ends_with(".drv") => Name::from(format!("={path}")),
        Element::Deep(_) => name.clone(),
        _ => return Err(failure(format!("addDrvOutputDependencies needs a derivation and is given {name}"))),
    };
    Ok(Value::string_with_context(string.text.clone(), Rc::new([deep])))
}
