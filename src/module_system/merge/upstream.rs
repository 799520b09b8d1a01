//! Options that only upstream declares, and values of which nobody says how they merge.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::values::{single, untyped};
use super::{Def, effective, merge_defs};
use crate::eval::{Attrs, Cause, Entry, Evaluator, ListBuilder, Result, Thunk, Unknown, Value};
use crate::hir::Name;
use crate::module_system::definitions::{Contribution, DefinitionNode, PLAIN_PRIORITY, set};
use crate::module_system::facts::Condition;

/// The value of an option of upstream that has one plain value.
pub(in crate::module_system) fn upstream_value(ev: &Evaluator, node: &Rc<DefinitionNode>, name: &str) -> Result<Value> {
    let defs = effective(ev, &node.discharged(ev), None);
    if defs.is_empty() {
        let cause = Cause::Argument(Name::new(name));
        return Ok(Value::Unknown(Unknown::new(cause)));
    }
    merge_defs(ev, &[Name::new(name)], &Value::Null, defs)
}

/// Whether something is said at a node whatever the conditions that are not decided come to.
pub(in crate::module_system) fn is_said(said: &[Said]) -> bool {
    said.iter().any(|(condition, _)| *condition == Condition::Holds)
}

/// The value of `lib.NAME.FUNCTION`, functions that modules share with each other (nixpkgs' `nixos/modules/misc/lib.nix`:
/// `attrsOf attrs`, of which the last definition wins), if all that is said of it is certain.
pub(in crate::module_system) fn of_lib(ev: &Evaluator, node: &Rc<DefinitionNode>) -> Option<Value> {
    let said = said(ev, node);
    let (_, last) = said.last().filter(|_| said.iter().all(|(condition, _)| *condition == Condition::Holds))?;
    ev.force(&last.value).ok()
}

/// What is said under a condition that does not fail.
pub(in crate::module_system) type Said = (Condition, Contribution);

/// What is said at a node where its condition does not fail.
pub(in crate::module_system) fn said(ev: &Evaluator, node: &Rc<DefinitionNode>) -> Vec<Said> {
    let expanded = node.expanded(ev);
    let with_condition = |contribution: &Contribution| (contribution.condition(ev), contribution.clone());
    expanded.iter().map(with_condition).filter(|(condition, _)| *condition != Condition::Fails).collect()
}

/// Whether all that is said at a node are sets of further options or values, so that its parts can be looked up.
pub(in crate::module_system) fn is_plain_set(ev: &Evaluator, said: &[Said]) -> bool {
    let plain = |(_, contribution): &Said| {
        set(ev, &contribution.value).is_some_and(|attrs| {
            ["type", "_type", "outPath", "__functor", "__toString"].iter().all(|name| attrs.get(name).is_none())
        })
    };
    !said.is_empty() && said.iter().all(plain)
}

/// What the definitions alone tell of an option that only upstream declares: elements that lists of
/// it have, and what a switch is set to. Defaults, which other modules outweigh, tell nothing.
pub(in crate::module_system) fn lower_bound(ev: &Evaluator, said: &[Said], rest: &Rc<Unknown>) -> Option<Value> {
    let mut defs: Vec<(Condition, Value)> = Vec::new();
    for (condition, contribution) in said {
        if contribution.priority.unwrap_or(PLAIN_PRIORITY) <= PLAIN_PRIORITY {
            // Of a string nothing is told.
            if contribution.value.string_literal().is_some() {
                return None;
            }
            defs.push((*condition, ev.force(&contribution.value).ok()?));
        }
    }
    match defs.first()? {
        (_, Value::List(_)) => {
            let mut known = ListBuilder::default();
            known.others(rest);
            for (condition, value) in &defs {
                let Value::List(list) = value else { return None };
                // What is in the list only perhaps is part of what is not known of it.
                if *condition == Condition::Holds {
                    known.extend(list, false);
                }
            }
            Some(known.finish())
        }
        (_, Value::Bool(first)) => {
            let alike = |(condition, value): &(Condition, Value)| {
                *condition == Condition::Holds && matches!(value, Value::Bool(other) if other == first)
            };
            defs.iter().all(alike).then_some(Value::Bool(*first))
        }
        _ => None,
    }
}

/// Without a declaration that is known. Sets that Nix would refuse to merge are merged for want of anything better: more
/// often an option of an absent framework declares how than the configuration is wrong.
pub(super) fn undeclared(ev: &Evaluator, path: &[Name], defs: &[Def]) -> Result<Value> {
    let set = |def: &Def| matches!(ev.force(&def.value), Ok(Value::Attrs(_)));
    if defs.len() > 1 && defs.iter().all(set) {
        return anything(ev, path, defs);
    }
    untyped(ev, path, defs)
}

/// As `types.anything`, and leniently: what may be left out is left in doubt.
pub(super) fn anything(ev: &Evaluator, path: &[Name], defs: &[Def]) -> Result<Value> {
    if let [def] = defs
        && !def.maybe
    {
        return ev.force(&def.value);
    }
    let is_set = |def: &Def| matches!(ev.force(&def.value), Ok(Value::Attrs(attrs)) if attrs.get("type").is_none() && attrs.get("__functor").is_none());
    if !defs.iter().all(is_set) {
        if let [first, ..] = defs
            && matches!(ev.force(&first.value), Ok(Value::Attrs(_)))
        {
            return ev.force(&first.value);
        }
        return single(ev, path, defs);
    }
    let mut gathered: BTreeMap<Name, Vec<Def>> = BTreeMap::new();
    let mut rest = None;
    for def in defs {
        let attrs = ev.attrs(&def.value)?;
        rest = rest.or_else(|| attrs.rest.as_ref().map(|rest| rest.unknown.clone()));
        for (name, entry) in attrs.iter() {
            let inner = Def { value: entry.value.clone(), maybe: def.maybe || entry.maybe, ..def.clone() };
            gathered.entry(name.clone()).or_default().push(inner);
        }
    }
    let entries = gathered.into_iter().map(|(name, defs)| {
        let maybe = defs.iter().all(|def| def.maybe);
        let mut inner = path.to_vec();
        inner.push(name.clone());
        (name, Entry { value: Thunk::native(move |ev| anything(ev, &inner, &defs)), origin: None, maybe })
    });
    let attrs = Attrs::new(entries.collect());
    Ok(Value::attrs(match rest {
        Some(unknown) => attrs.open(unknown),
        None => attrs,
    }))
}
