//! Builtins on attribute sets.

use rustc_hash::FxHashMap;

use super::{Definition, binary, function, unary};
use crate::eval::operators::{Lookup, lookup};
use crate::eval::unknown::{Cause, ErrorKind, EvalError, Stop, Unknown};
use crate::eval::value::{Attrs, Entry, Origin, Site, Thunk, Value};
use crate::eval::{Evaluator, ListBuilder, Result};
use crate::hir::Name;

pub(super) fn definitions() -> Vec<Definition> {
    vec![
        unary("attrNames", attr_names),
        unary("attrValues", attr_values),
        binary("getAttr", get_attr),
        binary("hasAttr", has_attr),
        binary("removeAttrs", remove_attrs),
        unary("listToAttrs", list_to_attrs),
        binary("intersectAttrs", intersect_attrs),
        binary("catAttrs", cat_attrs),
        binary("mapAttrs", map_attrs),
        binary("zipAttrsWith", zip_attrs_with),
        binary("unsafeGetAttrPos", get_attr_pos),
    ]
}

fn attr_names(ev: &Evaluator, set: &Thunk) -> Result<Value> {
    let attrs = ev.attrs(set)?;
    ev.step(attrs.len() as u64)?;
    let items = attrs.iter().map(|(name, _)| Thunk::value(Value::string(name.clone()))).collect();
    Ok(list_of_all(&attrs, items))
}

fn attr_values(ev: &Evaluator, set: &Thunk) -> Result<Value> {
    let attrs = ev.attrs(set)?;
    ev.step(attrs.len() as u64)?;
    let items = attrs.iter().map(|(_, entry)| entry.value.clone()).collect();
    Ok(list_of_all(&attrs, items))
}

/// A list with one item for each attribute of a set, in their order.
pub(super) fn list_of_all(attrs: &Attrs, items: Vec<Thunk>) -> Value {
    let mut out = ListBuilder::default();
    for ((_, entry), item) in attrs.iter().zip(items) {
        out.push(item, !entry.maybe);
        if entry.maybe {
            out.doubt(|| Unknown::new(Cause::Condition));
        }
    }
    if let Some(rest) = &attrs.rest {
        out.others(&rest.unknown.derive());
    }
    out.finish()
}

/// An attribute that a function's argument must have.
pub(super) fn required_thunk(ev: &Evaluator, set: &Value, name: &'static str, by: &str) -> Result<Thunk> {
    match lookup(ev, set, &Name::new_static(name)) {
        Lookup::Found(thunk) => Ok(thunk),
        Lookup::Value(value) | Lookup::Maybe(value) => Ok(Thunk::value(value)),
        Lookup::Absent => {
            ev.as_attrs(set)?;
            Err(EvalError::stop(
                ErrorKind::Missing { name: Name::new_static(name) },
                format!("{by} needs an attribute {name}"),
            ))
        }
    }
}

/// See [`required_thunk`].
pub(super) fn required(ev: &Evaluator, set: &Value, name: &'static str, by: &str) -> Result<Value> {
    ev.force(&required_thunk(ev, set, name, by)?)
}

fn get_attr(ev: &Evaluator, name: &Thunk, set: &Thunk) -> Result<Value> {
    let name = ev.plain_string(name)?;
    let set = ev.force(set)?;
    ev.select(&set, &name)?.ok_or_else(|| {
        EvalError::stop(ErrorKind::Missing { name: name.clone() }, format!("attribute {name} is missing"))
    })
}

fn has_attr(ev: &Evaluator, name: &Thunk, set: &Thunk) -> Result<Value> {
    let name = ev.plain_string(name)?;
    let set = ev.force(set)?;
    match lookup(ev, &set, &name) {
        Lookup::Found(_) | Lookup::Value(_) => Ok(Value::Bool(true)),
        Lookup::Absent => match set {
            Value::Attrs(_) => Ok(Value::Bool(false)),
            other => Err(ev.type_error("a set", &other)),
        },
        Lookup::Maybe(Value::Unknown(unknown)) => Err(Stop::Unknown(unknown.derive())),
        Lookup::Maybe(_) => Err(Stop::Unknown(Unknown::new(Cause::Condition))),
    }
}

fn remove_attrs(ev: &Evaluator, set: &Thunk, names: &Thunk) -> Result<Value> {
    let attrs = ev.attrs(set)?;
    let names = ev.list(names)?;
    let (mut remove, mut perhaps) = (Vec::with_capacity(names.items.len()), Vec::new());
    for (name, certain) in names.items.iter().zip(names.certainty()) {
        ev.step(1)?;
        let list = if certain { &mut remove } else { &mut perhaps };
        list.push(ev.plain_string(name)?);
    }
    let attrs = attrs.without(|name| remove.iter().any(|removed| removed == name));
    Ok(Value::attrs(match perhaps.is_empty() {
        true => attrs,
        false => attrs.doubting(|name| perhaps.iter().any(|removed| removed == name)),
    }))
}

fn list_to_attrs(ev: &Evaluator, list: &Thunk) -> Result<Value> {
    let list = ev.list(list)?;
    let mut entries: Vec<(Name, Entry)> = Vec::with_capacity(list.items.len());
    // Where the entries of items that may not be there stand.
    let mut doubtful: FxHashMap<Name, usize> = FxHashMap::default();
    let mut rest = list.rest.clone();
    for (index, item) in list.items.iter().enumerate() {
        ev.step(1)?;
        let certain = list.is_certain(index);
        let pair = match list.outcome(index, ev.force(item))? {
            Value::Unknown(unknown) => {
                rest = Some(unknown.derive());
                continue;
            }
            pair => ev.as_attrs(&pair)?,
        };
        let missing = |name: &'static str| {
            EvalError::stop(
                ErrorKind::Missing { name: Name::new_static(name) },
                format!("an element of listToAttrs has no {name}"),
            )
        };
        let name = pair.get("name").ok_or_else(|| missing("name"))?;
        match ev.force(&name.value)? {
            Value::Unknown(unknown) => rest = Some(unknown.derive()),
            name => {
                let name = ev.as_plain_string(&name)?;
                let Some(value) = pair.get("value") else {
                    // Only that of the first pair of a name is asked for.
                    if entries.iter().any(|(known, _)| *known == name) {
                        continue;
                    }
                    return Err(missing("value"));
                };
                // Which of them is the first one is not known while one before may not be there.
                if let Some((_, entry)) = doubtful.get(&name).and_then(|at| entries.get_mut(*at)) {
                    let why = list.rest.as_ref().map_or_else(|| Unknown::new(Cause::Condition), |why| why.derive());
                    *entry = Entry { value: Thunk::value(Value::Unknown(why)), origin: entry.origin, maybe: !certain };
                    if certain {
                        doubtful.remove(&name);
                    }
                    continue;
                }
                if !certain {
                    doubtful.insert(name.clone(), entries.len());
                }
                entries.push((name, Entry { value: value.value.clone(), origin: value.origin, maybe: !certain }));
            }
        }
    }
    // Of equal names Nix keeps the first one.
    entries.reverse();
    let attrs = Attrs::new(entries);
    Ok(Value::attrs(match rest {
        Some(unknown) => attrs.open(unknown),
        None => attrs,
    }))
}

fn intersect_attrs(ev: &Evaluator, first: &Thunk, second: &Thunk) -> Result<Value> {
    let (first, second) = (ev.attrs(first)?, ev.attrs(second)?);
    ev.step(first.len().min(second.len()) as u64)?;
    if let Some(rest) = first.rest.as_ref() {
        let entries = second.iter().map(|(name, entry)| {
            let certain = first.get(name).is_some_and(|first| !first.maybe);
            (name.clone(), Entry { maybe: entry.maybe || !certain, ..entry.clone() })
        });
        return Ok(Value::attrs(Attrs::new(entries.collect()).open(rest.unknown.derive())));
    }
    let mut entries = Vec::new();
    for (name, wanted) in first.iter() {
        match second.get(name) {
            Some(entry) => {
                entries.push((name.clone(), Entry { maybe: entry.maybe || wanted.maybe, ..entry.clone() }));
            }
            None => {
                if let Some(value) = ev.select_rest(&second, name) {
                    entries.push((name.clone(), Entry { value: Thunk::value(value), origin: None, maybe: true }));
                }
            }
        }
    }
    Ok(Value::attrs(Attrs::new(entries)))
}

fn cat_attrs(ev: &Evaluator, name: &Thunk, list: &Thunk) -> Result<Value> {
    let name = ev.plain_string(name)?;
    let list = ev.list(list)?;
    let mut out = ListBuilder::like(&list);
    for (item, there) in list.items.iter().zip(list.certainty()) {
        ev.step(1)?;
        let set = ev.force(item)?;
        match lookup(ev, &set, &name) {
            Lookup::Found(thunk) => out.push(thunk, there),
            Lookup::Value(value) => out.push(Thunk::value(value), there),
            Lookup::Absent => {
                ev.as_attrs(&set)?;
            }
            Lookup::Maybe(value) => {
                let why = Unknown::new(Cause::Condition);
                if value.unknown().is_none() {
                    out.doubt(|| why);
                    out.push(Thunk::value(value), false);
                } else {
                    out.others(&why);
                }
            }
        }
    }
    Ok(out.finish())
}

fn map_attrs(ev: &Evaluator, function: &Thunk, set: &Thunk) -> Result<Value> {
    let attrs = ev.attrs(set)?;
    ev.step(attrs.len() as u64)?;
    let entries = attrs.iter().map(|(name, entry)| {
        let value = map_entry(function, name, &entry.value);
        (name.clone(), Entry { value, origin: entry.origin, maybe: entry.maybe })
    });
    let mut mapped = Attrs::new(entries.collect());
    if let Some(rest) = &attrs.rest {
        mapped = mapped.open(rest.unknown.derive());
    }
    Ok(Value::attrs(mapped))
}

pub(super) fn map_entry(function: &Thunk, name: &Name, value: &Thunk) -> Thunk {
    let (function, name, value) = (function.clone(), name.clone(), value.clone());
    Thunk::native(move |ev| {
        let function = ev.force(&function)?;
        ev.call_all(&function, [Thunk::value(Value::string(name)), value])
    })
}

pub(super) fn filter_attrs(ev: &Evaluator, predicate: &Thunk, set: &Thunk) -> Result<Value> {
    let attrs = ev.attrs(set)?;
    if attrs.is_empty() && attrs.rest.is_none() {
        return Ok(Value::Attrs(attrs));
    }
    let predicate = ev.force(predicate)?;
    let mut entries = Vec::new();
    for (name, entry) in attrs.iter() {
        ev.step(1)?;
        let verdict = ev.call_all(&predicate, [Thunk::value(Value::string(name.clone())), entry.value.clone()])?;
        match verdict {
            Value::Bool(true) => entries.push((name.clone(), entry.clone())),
            Value::Bool(false) => {}
            Value::Unknown(_) => entries.push((name.clone(), Entry { maybe: true, ..entry.clone() })),
            other => return Err(ev.type_error("a boolean", &other)),
        }
    }
    let mut kept = Attrs::new(entries);
    if let Some(rest) = &attrs.rest {
        kept = kept.open(rest.unknown.derive());
    }
    Ok(Value::attrs(kept))
}

fn zip_attrs_with(ev: &Evaluator, merge: &Thunk, sets: &Thunk) -> Result<Value> {
    function(ev, merge)?;
    let list = ev.list(sets)?;
    let mut rest = list.rest.clone();
    let mut gathered: std::collections::BTreeMap<Name, Vec<Entry>> = std::collections::BTreeMap::new();
    for (index, set) in list.items.iter().enumerate() {
        let attrs = match list.outcome(index, ev.force(set))? {
            Value::Unknown(unknown) => {
                rest = Some(unknown.derive());
                continue;
            }
            set => ev.as_attrs(&set)?,
        };
        ev.step(attrs.len() as u64 + 1)?;
        if let Some(inner) = &attrs.rest {
            rest = Some(inner.unknown.derive());
        }
        for (name, entry) in attrs.iter() {
            let maybe = entry.maybe || !list.is_certain(index);
            gathered.entry(name.clone()).or_default().push(Entry { maybe, ..entry.clone() });
        }
    }
    let open = rest.clone();
    let entries = gathered.into_iter().map(|(name, values)| {
        let origin = values.iter().find_map(|entry| entry.origin);
        let maybe = values.iter().all(|entry| entry.maybe);
        let mut items = ListBuilder::default();
        if let Some(unknown) = &open {
            items.others(unknown);
        }
        for entry in values {
            items.push(entry.value, false);
        }
        let values = Thunk::value(items.finish());
        (name.clone(), Entry { value: map_entry(merge, &name, &values), origin, maybe })
    });
    let zipped = Attrs::new(entries.collect());
    Ok(Value::attrs(match rest {
        Some(unknown) => zipped.open(unknown),
        None => zipped,
    }))
}

/// Where an attribute was written.
fn get_attr_pos(ev: &Evaluator, name: &Thunk, set: &Thunk) -> Result<Value> {
    let name = ev.plain_string(name)?;
    // Those that Nix has built in were written nowhere.
    if ev.is_builtins(&ev.force(set)?) {
        return Ok(Value::Null);
    }
    let attrs = ev.attrs(set)?;
    let Some(entry) = attrs.get(&name) else {
        return match &attrs.rest {
            Some(rest) => Err(Stop::Unknown(rest.unknown.derive())),
            None => Ok(Value::Null),
        };
    };
    // Origins survive `mapAttrs` and kin, where Nix forgets positions, but then the value is another one.
    match (entry.origin, entry.value.origin()) {
        (Some(origin @ Origin { file, site: Site::Key(_) }), Some(value)) if file == value.file => {
            match ev.code_of(file) {
                Some(code) => Ok(ev.position(&code.path, origin)),
                None => Err(Stop::Unknown(Unknown::new(Cause::Builtin("unsafeGetAttrPos")))),
            }
        }
        _ => Err(Stop::Unknown(Unknown::new(Cause::Builtin("unsafeGetAttrPos")))),
    }
}
