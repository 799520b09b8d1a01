//! Types that are made of others: lists, sets, choices, functions.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::values::{loose, single};
use super::{Def, by_merge_function, has_plain_value, merge_defs, merge_node};
use crate::eval::{
    Attrs, Cause, Entry, ErrorKind, EvalError, Evaluator, ListBuilder, Result, Stop, Thunk, Unknown, Value,
};
use crate::hir::Name;
use crate::module_system::definitions::{Contribution, DefinitionNode};
use crate::module_system::facts::Condition;
use crate::module_system::modules::marker;
use crate::module_system::types;

pub(super) fn list_of(ev: &Evaluator, path: &[Name], ty: &Value, defs: &[Def]) -> Result<Value> {
    let element = types::element(ev, ty).unwrap_or(Value::Null);
    let kind = types::name(ev, &element);
    // Of these types a value that fits is its own merge; so it keeps its place.
    let plain =
        kind.as_deref().is_some_and(|name| has_plain_value(name) || matches!(name, "raw" | "attrs" | "unspecified"));
    let mut out = ListBuilder::default();
    for (at, def) in defs.iter().enumerate() {
        let list = match ev.force(&def.value)? {
            Value::List(list) => list,
            Value::Unknown(unknown) => {
                out.others(&unknown);
                continue;
            }
            _ => continue,
        };
        if def.maybe {
            out.doubt(|| Unknown::new(Cause::Condition));
        }
        out.open_as(&list);
        ev.step(list.items.len() as u64)?;
        for (index, item) in list.items.iter().enumerate() {
            let mut there = !def.maybe && list.is_certain(index);
            let properties = matches!(ev.force(item), Ok(value) if marker(ev, &value).is_some());
            if !properties && plain && types::accepts(ev, &element, item) != Some(false) {
                out.push(item.clone(), there);
                continue;
            }
            let contribution =
                Contribution { file: def.file.clone(), ..Contribution::plain(def.module, item.clone(), None, false) };
            let node = DefinitionNode::new(vec![contribution]);
            match if properties { presence(ev, &node) } else { Condition::Holds } {
                Condition::Fails => continue,
                Condition::Holds => {}
                Condition::Undecided => {
                    there = false;
                    out.doubt(|| Unknown::new(Cause::Condition));
                }
            }
            let mut inner = path.to_vec();
            inner.push(Name::from(format!("[definition {}-entry {}]", at + 1, index + 1)));
            let element = element.clone();
            out.push(Thunk::native(move |ev| merge_node(ev, &inner, &element, &node)), there);
        }
    }
    Ok(out.finish())
}

pub(super) fn attrs_of(ev: &Evaluator, path: &[Name], ty: &Value, defs: &[Def]) -> Result<Value> {
    let lazy = types::name(ev, ty).as_deref() == Some("lazyAttrsOf");
    // The elements of a set of anything are anything.
    let element = if types::name(ev, ty).as_deref() == Some("anything") {
        ty.clone()
    } else {
        types::element(ev, ty).unwrap_or(Value::Null)
    };
    let mut gathered: BTreeMap<Name, Vec<Contribution>> = BTreeMap::new();
    let mut rest: Option<Rc<Unknown>> = None;
    for def in defs {
        match ev.force(&def.value) {
            Ok(Value::Attrs(attrs)) => {
                if let Some(open) = &attrs.rest {
                    rest = Some(open.unknown.clone());
                }
                ev.step(attrs.len() as u64)?;
                for (name, entry) in attrs.iter() {
                    gathered.entry(name.clone()).or_default().push(Contribution {
                        file: def.file.clone(),
                        ..Contribution::plain(def.module, entry.value.clone(), entry.origin, def.maybe || entry.maybe)
                    });
                }
            }
            Ok(Value::Unknown(unknown)) | Err(Stop::Unknown(unknown)) => rest = Some(unknown),
            Ok(other) => return Err(ev.type_error("a set", &other)),
            Err(error) => return Err(error),
        }
    }
    let mut entries = Vec::new();
    for (name, contributions) in gathered {
        let origin = contributions.iter().find_map(|contribution| contribution.origin);
        // A set that is not lazy looks at all its values.
        for contribution in contributions.iter().filter(|contribution| !lazy && !contribution.maybe) {
            if let Err(stop @ Stop::Error(_)) = ev.force(&contribution.value) {
                return Err(stop);
            }
        }
        let node = DefinitionNode::new(contributions);
        // A lazy set does not look at its values, not even to drop those whose condition is false.
        let maybe = match if lazy { Condition::Holds } else { presence(ev, &node) } {
            Condition::Fails => continue,
            Condition::Holds => false,
            Condition::Undecided => true,
        };
        let mut inner = path.to_vec();
        inner.push(name.clone());
        let element = element.clone();
        let value = Thunk::native(move |ev| merge_node(ev, &inner, &element, &node));
        entries.push((name, Entry { value, origin, maybe }));
    }
    let attrs = Attrs::new(entries);
    Ok(Value::attrs(match rest {
        Some(unknown) => attrs.open(unknown),
        None => attrs,
    }))
}

/// Whether any definition of a node is in force.
pub(super) fn presence(ev: &Evaluator, node: &Rc<DefinitionNode>) -> Condition {
    let mut presence = Condition::Fails;
    for contribution in node.discharged(ev).iter() {
        match contribution.condition(ev) {
            Condition::Holds => return Condition::Holds,
            Condition::Undecided => presence = Condition::Undecided,
            Condition::Fails => {}
        }
    }
    presence
}

pub(super) fn null_or(ev: &Evaluator, path: &[Name], ty: &Value, defs: Vec<Def>) -> Result<Value> {
    let mut others = Vec::new();
    let (mut nulls, mut certain_nulls) = (0, 0);
    for def in defs {
        match ev.force(&def.value) {
            Ok(Value::Null) => {
                nulls += 1;
                certain_nulls += u32::from(!def.maybe);
            }
            _ => others.push(def),
        }
    }
    if others.is_empty() {
        return Ok(Value::Null);
    }
    let in_doubt = others.iter().all(|def| def.maybe);
    if certain_nulls > 0 && others.iter().any(|def| !def.maybe) {
        let message = format!("the option {} is defined both null and not null", path.join("."));
        return Err(EvalError::stop(ErrorKind::Other, message));
    }
    let merged = match types::element(ev, ty) {
        Some(element) => merge_defs(ev, path, &element, others),
        None => single(ev, path, &others),
    };
    if nulls > 0 && in_doubt { ev.join(Ok(Value::Null), merged) } else { merged }
}

pub(super) fn either(ev: &Evaluator, path: &[Name], ty: &Value, defs: Vec<Def>) -> Result<Value> {
    let mut doubtful = false;
    for member in types::members(ev, ty) {
        let verdicts: Vec<Option<bool>> = defs.iter().map(|def| types::accepts(ev, &member, &def.value)).collect();
        if verdicts.iter().all(|verdict| *verdict == Some(true)) {
            return if doubtful { loose(ev, &defs) } else { merge_defs(ev, path, &member, defs) };
        }
        doubtful |= !verdicts.contains(&Some(false));
    }
    if doubtful || defs.iter().any(|def| def.maybe) {
        return loose(ev, &defs);
    }
    match defs.as_slice() {
        [def] => ev.force(&def.value),
        _ => Err(EvalError::stop(
            ErrorKind::Other,
            format!("the definitions of the option {} are not all of one of its types", path.join(".")),
        )),
    }
}

/// What is coerced is merged by the type's own function: only that knows how it coerces.
pub(super) fn coerced_to(ev: &Evaluator, path: &[Name], ty: &Value, defs: Vec<Def>) -> Result<Value> {
    let targets = (types::nested(ev, ty, "coercedType"), types::nested(ev, ty, "finalType"));
    let (Some(source), Some(target)) = targets else { return by_merge_function(ev, path, ty, &defs) };
    let coerces: Vec<Option<bool>> = defs.iter().map(|def| types::accepts(ev, &source, &def.value)).collect();
    if coerces.iter().all(|coerces| *coerces == Some(false)) {
        return merge_defs(ev, path, &target, defs);
    }
    if coerces.contains(&None) || defs.iter().any(|def| def.maybe) {
        let fits = defs.iter().all(|def| types::accepts(ev, &target, &def.value) == Some(true));
        return if fits && !coerces.contains(&Some(true)) {
            merge_defs(ev, path, &target, defs)
        } else {
            Ok(Value::Unknown(Unknown::new(Cause::Condition)))
        };
    }
    by_merge_function(ev, path, ty, &defs)
}

pub(super) fn function_to(ev: &Evaluator, path: &[Name], ty: &Value, defs: Vec<Def>) -> Result<Value> {
    let element = types::element(ev, ty).unwrap_or(Value::Null);
    let mut path = path.to_vec();
    path.push(Name::new_static("<function body>"));
    Ok(Value::primop("functionTo", 1, move |ev, args| {
        let Some(argument) = args.first() else { return Ok(Value::Null) };
        let results = defs.iter().map(|def| {
            let (function, argument) = (def.value.clone(), argument.clone());
            let value = Thunk::native(move |ev| {
                let function = ev.force(&function)?;
                ev.call(&function, argument)
            });
            Contribution { file: def.file.clone(), ..Contribution::plain(def.module, value, None, def.maybe) }
        });
        merge_node(ev, &path, &element, &DefinitionNode::new(results.collect()))
    }))
}
