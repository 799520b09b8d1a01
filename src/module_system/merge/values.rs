//! Types whose values are not looked into, and those that merge by what their values are.

use super::containers::attrs_of;
use super::upstream::anything;
use super::{Def, by_merge_function, conflict, merge_defs};
use crate::eval::{Attrs, Cause, Entry, ErrorKind, EvalError, Evaluator, ListBuilder, Result, Stop, Unknown, Value};
use crate::hir::Name;
use crate::module_system::types;

/// `types.optionType`: types that several modules give are merged.
pub(super) fn option_type(ev: &Evaluator, path: &[Name], defs: &[Def]) -> Result<Value> {
    let mut merged: Option<Value> = None;
    for def in defs {
        let ty = ev.force(&def.value)?;
        merged = Some(match merged {
            None => ty,
            Some(first) => types::merged(ev, &first, &ty).map_err(|()| conflict(path))?,
        });
    }
    merged.ok_or_else(|| conflict(path))
}

/// `types.unique`: one definition.
pub(super) fn unique(ev: &Evaluator, path: &[Name], ty: &Value, defs: Vec<Def>) -> Result<Value> {
    if defs.iter().filter(|def| !def.maybe).count() > 1 {
        let message =
            format!("the option {} is defined multiple times while it is expected to be unique", path.join("."));
        return Err(EvalError::stop(ErrorKind::Other, message));
    }
    match types::element(ev, ty) {
        Some(element) => merge_defs(ev, path, &element, defs),
        None => single(ev, path, &defs),
    }
}

/// Types with one value: all definitions must be equal (`mergeEqualOption`).
pub(super) fn single(ev: &Evaluator, path: &[Name], defs: &[Def]) -> Result<Value> {
    if let [def] = defs
        && !def.maybe
    {
        return ev.force(&def.value);
    }
    let mut certain: Option<Result<Value>> = None;
    let mut joined: Option<Result<Value>> = None;
    for def in defs {
        let value = ev.force(&def.value);
        if def.maybe {
            joined = Some(match joined.take() {
                Some(before) => ev.join(before, value),
                None => value,
            });
            continue;
        }
        if let Some(Ok(first)) = &certain
            && let Ok(value) = &value
            && !same(ev, first, value)
        {
            return Err(conflict(path));
        }
        certain.get_or_insert(value);
    }
    match (certain, joined) {
        (Some(value), None) => value,
        (Some(value), Some(doubtful)) => ev.join(value, doubtful),
        (None, Some(_)) | (None, None) => Ok(Value::Unknown(Unknown::new(Cause::Condition))),
    }
}

/// Whether two values are equal, or cannot be told apart.
pub(super) fn same(ev: &Evaluator, first: &Value, second: &Value) -> bool {
    crate::eval::values_equal(ev, first, second).unwrap_or(true)
}

/// `unspecified`, the type of options without one: `lib.options.mergeDefaultOption`.
pub(super) fn untyped(ev: &Evaluator, path: &[Name], defs: &[Def]) -> Result<Value> {
    if let [def] = defs
        && !def.maybe
    {
        return ev.force(&def.value);
    }
    let values: Vec<Value> = defs.iter().map(|def| ev.force(&def.value)).collect::<Result<_>>()?;
    if values.iter().all(|value| matches!(value, Value::List(_))) {
        return concat(defs.iter().zip(values));
    }
    if values.iter().all(|value| matches!(value, Value::Attrs(_))) {
        return shallow_attrs(ev, defs);
    }
    single(ev, path, defs)
}

pub(super) fn concat<'a>(pairs: impl Iterator<Item = (&'a Def, Value)>) -> Result<Value> {
    let mut out = ListBuilder::default();
    for (def, value) in pairs {
        match value {
            Value::List(list) => {
                out.extend(&list, !def.maybe);
                if def.maybe {
                    out.doubt(|| Unknown::new(Cause::Condition));
                }
            }
            Value::Unknown(unknown) => out.others(&unknown),
            _ => {}
        }
    }
    Ok(out.finish())
}

/// The value of definitions of which nobody can tell how they merge: the only one as it is.
pub(super) fn loose(ev: &Evaluator, defs: &[Def]) -> Result<Value> {
    match defs {
        [def] if !def.maybe => ev.force(&def.value),
        _ => Ok(Value::Unknown(Unknown::new(Cause::Condition))),
    }
}

/// `types.attrs`: `//` of all definitions, without looking inside.
pub(super) fn shallow_attrs(ev: &Evaluator, defs: &[Def]) -> Result<Value> {
    let mut merged = Attrs::default();
    for def in defs {
        match ev.force(&def.value)? {
            Value::Attrs(attrs) if def.maybe => {
                let doubtful = attrs.iter().map(|(name, entry)| (name.clone(), Entry { maybe: true, ..entry.clone() }));
                merged = merged.update(&Attrs::new(doubtful.collect()));
            }
            Value::Attrs(attrs) => merged = merged.update(&attrs),
            Value::Unknown(unknown) => merged = merged.update(&Attrs::default().open(unknown)),
            other => return Err(ev.type_error("a set", &other)),
        }
    }
    Ok(Value::attrs(merged))
}

/// `types.anything`: sets merge deeply, all else must be equal.
pub(super) fn anything_typed(ev: &Evaluator, path: &[Name], ty: &Value, defs: Vec<Def>) -> Result<Value> {
    let kind = |def: &Def| match ev.force(&def.value) {
        Ok(Value::Attrs(attrs)) if attrs.get("outPath").is_some() || attrs.get("__toString").is_some() => {
            Some("package")
        }
        Ok(value) => value.type_name(),
        Err(_) => None,
    };
    let kinds: Vec<Option<&str>> = defs.iter().map(kind).collect();
    let first = kinds.first().copied().flatten();
    if kinds.contains(&None) || defs.iter().any(|def| def.maybe) {
        return anything(ev, path, &defs);
    }
    if kinds.iter().any(|kind| *kind != first) {
        return Err(conflict(path));
    }
    match first {
        Some("set") => attrs_of(ev, path, ty, &defs),
        Some("package") if defs.len() > 1 => Err(conflict(path)),
        Some("lambda") if defs.len() > 1 => by_merge_function(ev, path, ty, &defs),
        _ => single(ev, path, &defs),
    }
}

pub(super) fn separated(ev: &Evaluator, ty: &Value, defs: &[Def]) -> Result<Value> {
    let separator = match types::payload(ev, ty, "sep") {
        Some(Value::String(separator)) => separator.text.clone(),
        _ => Name::new_static("\n"),
    };
    let mut text = String::new();
    for (index, def) in defs.iter().enumerate() {
        if def.maybe {
            return Err(Stop::Unknown(Unknown::new(Cause::Condition)));
        }
        if index > 0 {
            text.push_str(&separator);
        }
        text.push_str(&ev.string(&def.value)?.text);
        ev.check_size(text.len())?;
    }
    Ok(Value::string(text))
}
