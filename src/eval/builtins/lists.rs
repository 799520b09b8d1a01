//! Builtins on lists.

use std::cmp::Ordering;
use std::rc::Rc;

use super::{Definition, binary, function, sort, ternary, unary};
use crate::eval::operators;
use crate::eval::unknown::{Cause, ErrorKind, EvalError, Stop, Unknown};
use crate::eval::value::{Attrs, Entry, Thunk, Value};
use crate::eval::{Evaluator, List, ListBuilder, Result};
use crate::hir::Name;

pub(super) fn definitions() -> Vec<Definition> {
    vec![
        binary("map", map),
        binary("filter", filter),
        binary("elem", elem),
        binary("elemAt", elem_at),
        unary("head", head),
        unary("tail", tail),
        unary("length", length),
        unary("concatLists", concat_lists),
        binary("concatMap", concat_map),
        ternary("foldl'", foldl),
        binary("any", any),
        binary("all", all),
        binary("genList", gen_list),
        binary("sort", sort_list),
        binary("partition", partition),
        binary("groupBy", group_by),
        unary("genericClosure", generic_closure),
    ]
}

/// A list of which every element is known, as functions need it that count or order.
fn closed(ev: &Evaluator, list: &Thunk) -> Result<Rc<List>> {
    let list = ev.list(list)?;
    match &list.rest {
        Some(unknown) => Err(Stop::Unknown(unknown.derive())),
        None => Ok(list),
    }
}

fn map(ev: &Evaluator, mapped: &Thunk, list: &Thunk) -> Result<Value> {
    let list = ev.list(list)?;
    if list.items.is_empty() && list.rest.is_none() {
        return Ok(Value::List(list));
    }
    ev.step(list.items.len() as u64)?;
    let mapped = function(ev, mapped)?;
    let mut out = ListBuilder::like(&list);
    for (item, certain) in list.items.iter().zip(list.certainty()) {
        let (mapped, item) = (mapped.clone(), item.clone());
        out.push(Thunk::native(move |ev| ev.call(&mapped, item)), certain);
    }
    Ok(out.finish())
}

fn filter(ev: &Evaluator, predicate: &Thunk, list: &Thunk) -> Result<Value> {
    let list = ev.list(list)?;
    if list.items.is_empty() {
        return Ok(Value::List(list));
    }
    let predicate = function(ev, predicate)?;
    let mut kept = ListBuilder::like(&list);
    for (item, certain) in list.items.iter().zip(list.certainty()) {
        ev.step(1)?;
        match ev.call(&predicate, item.clone())? {
            Value::Bool(true) => kept.push(item.clone(), certain),
            Value::Bool(false) => {}
            Value::Unknown(unknown) => {
                kept.push(item.clone(), false);
                kept.doubt(|| unknown.derive());
            }
            other => return Err(ev.type_error("a boolean", &other)),
        }
    }
    Ok(kept.finish())
}

fn elem(ev: &Evaluator, wanted: &Thunk, list: &Thunk) -> Result<Value> {
    let list = ev.list(list)?;
    let mut unknown = list.rest.clone();
    if list.items.is_empty() && unknown.is_none() {
        return Ok(Value::Bool(false));
    }
    for (item, certain) in list.items.iter().zip(list.certainty()) {
        match operators::equal_thunks(ev, wanted, item) {
            Ok(true) if list.rest.is_none() => return Ok(Value::Bool(true)),
            Ok(true) if certain => {
                ev.assume();
                return Ok(Value::Bool(true));
            }
            // Another element of an open list may be absent after all.
            Ok(true) => unknown = list.rest.clone(),
            Ok(false) => {}
            Err(Stop::Unknown(cause)) => unknown = Some(cause),
            Err(error) => return Err(error),
        }
    }
    match unknown {
        Some(unknown) => Err(Stop::Unknown(unknown.derive())),
        None => Ok(Value::Bool(false)),
    }
}

fn elem_at(ev: &Evaluator, list: &Thunk, index: &Thunk) -> Result<Value> {
    let index = ev.int(index)?;
    let list = closed(ev, list)?;
    let item = usize::try_from(index).ok().and_then(|index| list.items.get(index));
    match item {
        Some(item) => ev.force(item),
        None => Err(EvalError::stop(
            ErrorKind::Other,
            format!("index {index} is outside of a list of {} elements", list.items.len()),
        )),
    }
}

fn head(ev: &Evaluator, list: &Thunk) -> Result<Value> {
    match closed(ev, list)?.items.first() {
        Some(item) => ev.force(item),
        None => Err(EvalError::stop(ErrorKind::Other, "head of an empty list")),
    }
}

fn tail(ev: &Evaluator, list: &Thunk) -> Result<Value> {
    let list = closed(ev, list)?;
    match list.items.split_first() {
        Some((_, rest)) => {
            ev.step(rest.len() as u64 / 8)?;
            Ok(Value::list(rest.to_vec()))
        }
        None => Err(EvalError::stop(ErrorKind::Other, "tail of an empty list")),
    }
}

fn length(ev: &Evaluator, list: &Thunk) -> Result<Value> {
    Ok(Value::Int(closed(ev, list)?.items.len() as i64))
}

fn concat_lists(ev: &Evaluator, lists: &Thunk) -> Result<Value> {
    let lists = ev.list(lists)?;
    concat_all(ev, lists.items.iter().map(|list| ev.force(list)), &lists)
}

/// The items of `lists`, of which each comes from the item of `of` at the same place.
fn concat_all(ev: &Evaluator, lists: impl Iterator<Item = Result<Value>>, of: &List) -> Result<Value> {
    let mut out = ListBuilder::like(of);
    for (list, certain) in lists.zip(of.certainty()) {
        match list? {
            Value::List(list) => {
                ev.step(list.items.len() as u64 + 1)?;
                out.extend(&list, certain);
            }
            Value::Unknown(unknown) => out.others(&unknown),
            other => return Err(ev.type_error("a list", &other)),
        }
        ev.check_size(out.len())?;
    }
    Ok(out.finish())
}

fn concat_map(ev: &Evaluator, mapped: &Thunk, list: &Thunk) -> Result<Value> {
    let mapped = function(ev, mapped)?;
    let list = ev.list(list)?;
    let mapped = |(index, item): (usize, &Thunk)| list.outcome(index, ev.call(&mapped, item.clone()));
    concat_all(ev, list.items.iter().enumerate().map(mapped), &list)
}

fn foldl(ev: &Evaluator, operator: &Thunk, start: &Thunk, list: &Thunk) -> Result<Value> {
    let operator = function(ev, operator)?;
    let list = ev.list(list)?;
    let mut accumulator = start.clone();
    for (index, item) in list.items.iter().enumerate() {
        ev.step(1)?;
        let value = list.outcome(index, ev.call_all(&operator, [accumulator, item.clone()]))?;
        accumulator = Thunk::value(value);
    }
    let value = ev.force(&accumulator)?;
    match (&list.rest, value) {
        (None, value) => Ok(value),
        // Unknown elements may add to sets and lists; of anything else nothing remains.
        (Some(rest), Value::Attrs(attrs)) => Ok(Value::attrs((*attrs).clone().open(rest.derive()))),
        (Some(rest), Value::List(known)) => {
            let mut out = ListBuilder::default();
            out.extend(&known, false);
            out.others(&rest.derive());
            Ok(out.finish())
        }
        (Some(rest), _) => Err(Stop::Unknown(rest.derive())),
    }
}

/// `any` and `all`: `decisive` is the verdict that ends the search.
fn quantify(ev: &Evaluator, predicate: &Thunk, list: &Thunk, decisive: bool) -> Result<Value> {
    let predicate = function(ev, predicate)?;
    let list = ev.list(list)?;
    let mut unknown = list.rest.clone();
    for (index, (item, certain)) in list.items.iter().zip(list.certainty()).enumerate() {
        ev.step(1)?;
        match list.outcome(index, ev.call(&predicate, item.clone()))? {
            Value::Bool(verdict) if verdict == decisive && certain => {
                if list.rest.is_some() {
                    ev.assume();
                }
                return Ok(Value::Bool(decisive));
            }
            Value::Bool(_) => {}
            Value::Unknown(cause) => unknown = Some(cause),
            other => return Err(ev.type_error("a boolean", &other)),
        }
    }
    match unknown {
        Some(unknown) => Err(Stop::Unknown(unknown.derive())),
        None => Ok(Value::Bool(!decisive)),
    }
}

fn any(ev: &Evaluator, predicate: &Thunk, list: &Thunk) -> Result<Value> {
    quantify(ev, predicate, list, true)
}

fn all(ev: &Evaluator, predicate: &Thunk, list: &Thunk) -> Result<Value> {
    quantify(ev, predicate, list, false)
}

fn gen_list(ev: &Evaluator, generator: &Thunk, length: &Thunk) -> Result<Value> {
    let length = ev.int(length)?;
    let length = usize::try_from(length)
        .map_err(|_| EvalError::stop(ErrorKind::Other, format!("a list cannot have {length} elements")))?;
    let generator = function(ev, generator)?;
    ev.check_size(length)?;
    ev.step(length as u64)?;
    let items = (0..length).map(|index| {
        let generator = generator.clone();
        Thunk::native(move |ev| ev.call(&generator, Thunk::value(Value::Int(index as i64))))
    });
    Ok(Value::list(items.collect()))
}

fn sort_list(ev: &Evaluator, comparison: &Thunk, list: &Thunk) -> Result<Value> {
    let list = closed(ev, list)?;
    if list.items.is_empty() {
        return Ok(Value::List(list));
    }
    let comparison = function(ev, comparison)?;
    for item in &list.items {
        ev.force(item)?;
    }
    let sorted = sort::sort(list.items.clone(), |left, right| {
        ev.step(1)?;
        let verdict = ev.call_all(&comparison, [left.clone(), right.clone()])?;
        ev.as_bool(&verdict)
    })?;
    Ok(Value::list(sorted))
}

fn partition(ev: &Evaluator, predicate: &Thunk, list: &Thunk) -> Result<Value> {
    let predicate = function(ev, predicate)?;
    let list = ev.list(list)?;
    let (mut right, mut wrong) = (ListBuilder::like(&list), ListBuilder::like(&list));
    for (item, certain) in list.items.iter().zip(list.certainty()) {
        ev.step(1)?;
        ev.force(item)?;
        match ev.call(&predicate, item.clone())? {
            Value::Bool(true) => right.push(item.clone(), certain),
            Value::Bool(false) => wrong.push(item.clone(), certain),
            Value::Unknown(unknown) => {
                for side in [&mut right, &mut wrong] {
                    side.push(item.clone(), false);
                    side.doubt(|| unknown.derive());
                }
            }
            other => return Err(ev.type_error("a boolean", &other)),
        }
    }
    Ok(Value::attrs(Attrs::of([("right", right.finish()), ("wrong", wrong.finish())])))
}

fn group_by(ev: &Evaluator, grouping: &Thunk, list: &Thunk) -> Result<Value> {
    let grouping = function(ev, grouping)?;
    let list = ev.list(list)?;
    let mut groups: std::collections::BTreeMap<Name, Vec<(Thunk, bool)>> = std::collections::BTreeMap::new();
    let mut rest = list.rest.clone();
    for (index, (item, certain)) in list.items.iter().zip(list.certainty()).enumerate() {
        ev.step(1)?;
        match list.outcome(index, ev.call(&grouping, item.clone()))? {
            Value::Unknown(unknown) => rest = Some(unknown.derive()),
            key => groups.entry(ev.as_plain_string(&key)?).or_default().push((item.clone(), certain)),
        }
    }
    let entries = groups.into_iter().map(|(name, items)| {
        let mut group = ListBuilder::default();
        if let Some(unknown) = &rest {
            group.others(unknown);
        }
        // A group is there if one of its items is.
        let maybe = !items.iter().any(|(_, certain)| *certain);
        for (item, certain) in items {
            group.push(item, certain);
        }
        (name, Entry { maybe, ..Entry::new(Thunk::value(group.finish()), None) })
    });
    let attrs = Attrs::new(entries.collect());
    Ok(Value::attrs(match rest {
        Some(unknown) => attrs.open(unknown),
        None => attrs,
    }))
}

fn generic_closure(ev: &Evaluator, argument: &Thunk) -> Result<Value> {
    let argument = ev.force(argument)?;
    let missing = |name: &'static str| {
        move || {
            EvalError::stop(ErrorKind::Missing { name: Name::new_static(name) }, format!("genericClosure needs {name}"))
        }
    };
    let start = ev.select(&argument, &Name::new_static("startSet"))?.ok_or_else(missing("startSet"))?;
    let start = ev.as_list(&start)?;
    if let Some(unknown) = &start.rest {
        return Err(Stop::Unknown(unknown.derive()));
    }
    if start.items.is_empty() {
        return Ok(Value::List(start));
    }
    let operator = ev.select(&argument, &Name::new_static("operator"))?.ok_or_else(missing("operator"))?;
    let operator = function(ev, &Thunk::value(operator))?;
    let mut queue: std::collections::VecDeque<Thunk> = start.items.iter().cloned().collect();
    let (mut seen, mut items): (Vec<Value>, Vec<Thunk>) = (Vec::new(), Vec::new());
    while let Some(item) = queue.pop_front() {
        ev.step(1)?;
        let element = ev.force(&item)?;
        let key = ev.select(&element, &Name::new_static("key"))?.ok_or_else(missing("key"))?;
        match position_of_key(ev, &seen, &key)? {
            Ok(_) => continue,
            Err(at) => seen.insert(at, key),
        }
        items.push(item.clone());
        ev.check_size(items.len())?;
        let next = ev.call(&operator, item)?;
        let next = ev.as_list(&next)?;
        if next.rest.is_some() {
            return Err(Stop::Unknown(Unknown::new(Cause::Condition)));
        }
        for item in &next.items {
            ev.force(item)?;
        }
        queue.extend(next.items.iter().cloned());
    }
    Ok(Value::list(items))
}

/// Where a key stands among the sorted ones, or where it belongs.
fn position_of_key(ev: &Evaluator, seen: &[Value], key: &Value) -> Result<std::result::Result<usize, usize>> {
    let (mut low, mut high) = (0, seen.len());
    while let Some(other) = seen.get((low + high) / 2)
        && low < high
    {
        let middle = (low + high) / 2;
        match operators::compare(ev, other, key) {
            Ok(Ordering::Equal) => return Ok(Ok(middle)),
            Ok(Ordering::Less) => low = middle + 1,
            Ok(Ordering::Greater) => high = middle,
            // Which keys of different types meet says the shape of Nix's tree of them, but for the first two.
            Err(Stop::Error(_)) if seen.len() > 1 => {
                return Err(Stop::Unknown(Unknown::new(Cause::Builtin("genericClosure"))));
            }
            Err(stop) => return Err(stop),
        }
    }
    Ok(Err(low))
}
