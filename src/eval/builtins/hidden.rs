//! Functions that only the Nix files inside of flakewise can call, behind two
//! underscores: the hot parts of `lib`, and what must keep origins, doubts and
//! open ends of sets that a detour over lists of names and values would lose.

use std::rc::Rc;

use super::{Definition, attrs, binary, strings_hidden, unary};
use crate::eval::operators;
use crate::eval::unknown::{Cause, Stop, Unknown};
use crate::eval::value::{Attrs, Entry, Thunk, Value};
use crate::eval::{Evaluator, ListBuilder, Result};
use crate::hir::Name;

/// Functions that a layer above gives through [`Evaluator::define`], and what an unknown result of them is called.
const PROVIDED: &[(&str, &str)] = &[
    ("__evalModules", "evalModules"),
    ("__localFlake", "getFlake"),
    ("__nixosSystem", "nixosSystem"),
    ("__evalOptionValue", "evalOptionValue"),
    ("__mergeModules", "mergeModules"),
    ("__mergeModulesPrime", "mergeModules'"),
    ("__mergeOptionDecls", "mergeOptionDecls"),
    ("__collectModules", "collectModules"),
];

pub(super) fn definitions() -> Vec<Definition> {
    let mut table = vec![
        binary("__filterAttrs", attrs::filter_attrs),
        binary("__mapAttrsPrime", map_attrs_prime),
        binary("__mapAttrsToList", map_attrs_to_list),
        binary("__genAttrs", gen_attrs),
        binary("__recursiveUpdate", |ev, left, right| recursive_update(ev, ev.force(left)?, ev.force(right)?)),
        unary("__mergeAttrsList", merge_attrs_list),
        binary("__openAttrs", |ev, path, set| {
            let attrs = ev.attrs(set)?;
            Ok(Value::attrs((*attrs).clone().open(nixpkgs(ev, path)?)))
        }),
        binary("__openInput", |ev, path, set| {
            let attrs = ev.attrs(set)?;
            Ok(Value::attrs((*attrs).clone().open(input(ev, path)?)))
        }),
        unary("__isKnown", |ev, value| {
            let value = ev.force(value).or_else(Result::<Value>::from)?;
            Ok(Value::Bool(value.unknown().is_none()))
        }),
        unary("__openValue", |ev, path| Ok(Value::Unknown(nixpkgs(ev, path)?))),
        unary("__flatten", flatten),
        unary("__unique", unique),
    ];
    table.extend(strings_hidden::definitions());
    table.extend(PROVIDED.iter().map(|(name, shown)| (*name, Value::Unknown(Unknown::new(Cause::Builtin(shown))))));
    table
}

/// What a nixpkgs has at a path, where that depends on the nixpkgs.
fn nixpkgs(ev: &Evaluator, path: &Thunk) -> Result<Rc<Unknown>> {
    let mut unknown = Unknown::new(Cause::Input(Name::new_static("nixpkgs")));
    for name in &ev.list(path)?.items {
        unknown = unknown.select(&ev.string(name)?.text);
    }
    Ok(unknown)
}

/// What an input has at a path that starts with its name.
fn input(ev: &Evaluator, path: &Thunk) -> Result<Rc<Unknown>> {
    let path = ev.list(path)?;
    let mut names = path.items.iter();
    let first = names.next().map(|name| ev.string(name)).transpose()?;
    let mut unknown = Unknown::new(Cause::Input(first.map_or(Name::new_static("?"), |name| name.text.clone())));
    for name in names {
        unknown = unknown.select(&ev.string(name)?.text);
    }
    Ok(unknown)
}

fn with_rest(attrs: Attrs, rest: Option<Rc<Unknown>>) -> Value {
    Value::attrs(match rest {
        Some(unknown) => attrs.open(unknown.derive()),
        None => attrs,
    })
}

/// `mapAttrs'`: the new attribute comes from where the old one was written.
fn map_attrs_prime(ev: &Evaluator, function: &Thunk, set: &Thunk) -> Result<Value> {
    let attrs = ev.attrs(set)?;
    if attrs.is_empty() && attrs.rest.is_none() {
        return Ok(Value::Attrs(attrs));
    }
    let function = ev.force(function)?;
    let mut entries = Vec::with_capacity(attrs.len());
    let mut rest = attrs.rest.as_ref().map(|rest| rest.unknown.clone());
    for (name, entry) in attrs.iter() {
        ev.step(1)?;
        let pair = ev.call_all(&function, [Thunk::value(Value::string(name.clone())), entry.value.clone()])?;
        let new_name = match &pair {
            Value::Unknown(unknown) => Value::Unknown(unknown.clone()),
            pair => attrs::required(ev, pair, "name", "mapAttrs'")?,
        };
        match new_name {
            Value::String(new_name) => {
                let value = attrs::required_thunk(ev, &pair, "value", "mapAttrs'")?;
                entries.push((new_name.text.clone(), Entry { value, origin: entry.origin, maybe: entry.maybe }));
            }
            Value::Unknown(unknown) => rest = Some(unknown),
            other => return Err(ev.type_error("a string", &other)),
        }
    }
    // Of equal names the first one stays, as with listToAttrs.
    entries.reverse();
    Ok(with_rest(Attrs::new(entries), rest))
}

fn map_attrs_to_list(ev: &Evaluator, function: &Thunk, set: &Thunk) -> Result<Value> {
    let attrs = ev.attrs(set)?;
    ev.step(attrs.len() as u64)?;
    let items = attrs.iter().map(|(name, entry)| attrs::map_entry(function, name, &entry.value)).collect();
    Ok(attrs::list_of_all(&attrs, items))
}

/// `genAttrs`: an attribute comes from where its name stands in the list, if that is a literal.
fn gen_attrs(ev: &Evaluator, names: &Thunk, function: &Thunk) -> Result<Value> {
    let names = ev.list(names)?;
    let mut entries = Vec::with_capacity(names.items.len());
    let mut rest = names.rest.clone();
    for (item, certain) in names.items.iter().zip(names.certainty()) {
        ev.step(1)?;
        let origin = item.origin();
        match ev.force(item)? {
            Value::String(name) => {
                let (function, argument) = (function.clone(), item.clone());
                let value = Thunk::native(move |ev| {
                    let function = ev.force(&function)?;
                    ev.call(&function, argument)
                });
                entries.push((name.text.clone(), Entry { value, origin, maybe: !certain }));
            }
            Value::Unknown(unknown) => rest = Some(unknown),
            other => return Err(ev.type_error("a string", &other)),
        }
    }
    entries.reverse();
    Ok(with_rest(Attrs::new(entries), rest))
}

fn recursive_update(ev: &Evaluator, left: Value, right: Value) -> Result<Value> {
    let (Value::Attrs(l), Value::Attrs(r)) = (&left, &right) else {
        return operators::update(ev, left, right);
    };
    ev.step((l.len() + r.len()) as u64 / 8)?;
    let updated = l.update(r);
    let entries = updated.iter().map(|(name, entry)| {
        let merged = match (l.get(name), r.get(name)) {
            (Some(old), Some(new)) => Entry {
                value: merge_values(old, new),
                origin: new.origin.or(old.origin),
                maybe: old.maybe && new.maybe,
            },
            _ => entry.clone(),
        };
        (name.clone(), merged)
    });
    let mut merged = Attrs::new(entries.collect());
    merged.rest = updated.rest.clone();
    Ok(Value::attrs(merged))
}

/// What both sides have: two sets are merged, anything else is replaced.
fn merge_values(old: &Entry, new: &Entry) -> Thunk {
    let (left, right, maybe) = (old.value.clone(), new.value.clone(), new.maybe);
    Thunk::native(move |ev| {
        let old = ev.force(&left)?;
        let merged = match old.type_name() {
            Some("set") | None => match ev.force(&right)? {
                Value::Attrs(new) => recursive_update(ev, old.clone(), Value::Attrs(new)),
                Value::Unknown(unknown) => match &old {
                    Value::Attrs(_) => operators::update(ev, old.clone(), Value::Unknown(unknown)),
                    _ => Ok(Value::Unknown(unknown)),
                },
                new => Ok(new),
            },
            Some(_) => ev.force(&right),
        };
        if maybe { ev.join(Ok(old), merged) } else { merged }
    })
}

fn merge_attrs_list(ev: &Evaluator, sets: &Thunk) -> Result<Value> {
    let list = ev.list(sets)?;
    if let ([single], None) = (&list.items[..], &list.rest) {
        return ev.force(single);
    }
    let mut merged = Value::attrs(Attrs::default());
    for set in &list.items {
        ev.step(1)?;
        merged = operators::update(ev, merged, ev.force(set)?)?;
    }
    match &list.rest {
        Some(unknown) => operators::update(ev, merged, Value::Unknown(unknown.derive())),
        None => Ok(merged),
    }
}

fn flatten(ev: &Evaluator, value: &Thunk) -> Result<Value> {
    let mut out = ListBuilder::default();
    flatten_into(ev, value, true, &mut out, 0)?;
    Ok(out.finish())
}

fn flatten_into(ev: &Evaluator, value: &Thunk, certain: bool, out: &mut ListBuilder, depth: u32) -> Result<()> {
    ev.step(1)?;
    // A list may contain itself.
    if depth > 1000 {
        return Err(Stop::Unknown(Unknown::new(Cause::Limit(crate::eval::Limit::Depth))));
    }
    match ev.force(value)? {
        Value::List(list) => {
            for (item, there) in list.items.iter().zip(list.certainty()) {
                flatten_into(ev, item, certain && there, out, depth + 1)?;
            }
            out.open_as(&list);
        }
        // An element, or a list of any length.
        Value::Unknown(unknown) => {
            out.others(&unknown.derive());
            out.push(value.clone(), false);
        }
        _ => out.push(value.clone(), certain),
    }
    ev.check_size(out.len())
}

fn unique(ev: &Evaluator, list: &Thunk) -> Result<Value> {
    let list = ev.list(list)?;
    let mut kept: Vec<(Thunk, bool)> = Vec::new();
    let mut seen_strings = rustc_hash::FxHashMap::default();
    let mut out = ListBuilder::like(&list);
    for (item, certain) in list.items.iter().zip(list.certainty()) {
        let value = ev.force(item)?;
        // Strings are equal to strings only: the common case needs no comparison with every other element.
        if let Value::String(string) = &value {
            match seen_strings.entry(string.text.clone()) {
                std::collections::hash_map::Entry::Occupied(at) => {
                    if let Some((_, there)) = kept.get_mut(*at.get()) {
                        *there |= certain;
                    }
                    continue;
                }
                std::collections::hash_map::Entry::Vacant(at) => at.insert(kept.len()),
            };
            if kept.iter().all(|(other, _)| matches!(other.peek(), Some(Value::String(_)))) {
                kept.push((item.clone(), certain));
                continue;
            }
        }
        let (mut known, mut decided) = (false, true);
        for (other, there) in &mut kept {
            match operators::equal(ev, &value, &ev.force(other)?) {
                Ok(true) => {
                    known = true;
                    *there |= certain;
                }
                Ok(false) => {}
                Err(Stop::Unknown(unknown)) => {
                    decided = false;
                    out.doubt(|| unknown);
                }
                Err(error) => return Err(error),
            }
        }
        if !known {
            kept.push((item.clone(), certain && decided));
        }
    }
    for (item, certain) in kept {
        out.push(item, certain);
    }
    Ok(out.finish())
}
