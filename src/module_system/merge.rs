//! Merging definitions by type, as `lib.modules.mergeDefinitions` and the `merge` of each of `lib.types`.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::configuration::{Configuration, Spec};
use super::definitions::{Contribution, DefinitionNode, PLAIN_ORDER, PLAIN_PRIORITY, in_file};
use super::facts::Condition;
use super::options::DeclaredOption;
use super::types;
use crate::eval::{Attrs, Cause, Entry, ErrorKind, EvalError, Evaluator, List, Result, Stop, Thunk, Unknown, Value};
use crate::hir::Name;

/// The priority of an option's default (`lib.mkOptionDefault`).
pub const DEFAULT_PRIORITY: i64 = 1500;

/// A definition that takes part in a merge.
#[derive(Clone)]
struct Def {
    value: Thunk,
    order: i64,
    module: usize,
    file: Option<Name>,
    /// Its condition was not decided.
    maybe: bool,
}

/// The value of a declared option.
pub(super) fn option_value(
    ev: &Evaluator,
    configuration: &Configuration,
    path: &[Name],
    option: &DeclaredOption,
    node: &Rc<DefinitionNode>,
) -> Result<Value> {
    let ty = option.ty(ev);
    let default = option.attrs.get("default").map(|entry| entry.value.clone());
    let defs = effective(ev, &node.expanded(ev), default);
    let ty = ty.map(|ty| with_more_types(ev, ty, &option.more_types));
    let submodule = ty.as_ref().filter(|ty| types::name(ev, ty).as_deref() == Some("submodule"));
    let mut value = if let (true, Some(ty)) = (defs.is_empty(), submodule) {
        // What nobody defines still has the defaults of all declarations.
        merge_defs(ev, path, ty, defs)?
    } else if defs.is_empty() {
        match ty.as_ref().and_then(|ty| types::empty_value(ev, ty)) {
            Some(empty) => empty,
            None if configuration.is_open(ev) => {
                return Ok(Value::Unknown(configuration.unknown(&path.join("."))));
            }
            None => {
                return Err(EvalError::stop(
                    ErrorKind::Other,
                    format!("the option {} is read, but nothing defines it", path.join(".")),
                ));
            }
        }
    } else {
        merge_defs(ev, path, &ty.unwrap_or(Value::Null), defs)?
    };
    if let Some(apply) = option.attrs.get("apply") {
        let function = ev.force(&apply.value)?;
        value = ev.call(&function, Thunk::value(value))?;
    }
    Ok(value)
}

/// An option declared several times: submodules are declared together, of other types the first one counts.
fn with_more_types(ev: &Evaluator, ty: Value, more: &[Thunk]) -> Value {
    let mut ty = ty;
    for other in more {
        if let Ok(other) = ev.force(other) {
            ty = types::combine(ev, &ty, &other).unwrap_or(ty);
        }
    }
    ty
}

/// The value of an option of upstream that has one plain value.
pub(super) fn upstream_value(ev: &Evaluator, node: &Rc<DefinitionNode>, name: &str) -> Result<Value> {
    let defs = effective(ev, &node.expanded(ev), None);
    if defs.is_empty() {
        let cause = Cause::Argument(Name::new(name));
        return Ok(Value::Unknown(Unknown::new(cause)));
    }
    merge_defs(ev, &[Name::new(name)], &Value::Null, defs)
}

/// Whether all that is said at a node are sets of further options or values, so that its parts can be looked up.
pub(super) fn is_plain_set(ev: &Evaluator, node: &Rc<DefinitionNode>) -> bool {
    let expanded = node.expanded(ev);
    let plain = |contribution: &Contribution| match ev.force(&contribution.value) {
        Ok(Value::Attrs(attrs)) => {
            ["type", "_type", "outPath", "__functor", "__toString"].iter().all(|name| attrs.get(name).is_none())
        }
        _ => false,
    };
    !expanded.is_empty() && expanded.iter().all(plain)
}

/// What the definitions alone tell of an option that only upstream declares: elements that lists of
/// it may have, and what a switch is set to. Defaults, which other modules outweigh, tell nothing.
pub(super) fn lower_bound(ev: &Evaluator, node: &Rc<DefinitionNode>, rest: &Rc<Unknown>) -> Option<Value> {
    let expanded = node.expanded(ev);
    let mut defs: Vec<(Condition, Value)> = Vec::new();
    for contribution in expanded.iter() {
        let condition = contribution.condition(ev);
        if condition != Condition::Fails && contribution.priority.unwrap_or(PLAIN_PRIORITY) <= PLAIN_PRIORITY {
            defs.push((condition, ev.force(&contribution.value).ok()?));
        }
    }
    match defs.first()? {
        (_, Value::List(_)) => {
            let mut items = Vec::new();
            for (_, value) in &defs {
                let Value::List(list) = value else { return None };
                items.extend(list.items.iter().cloned());
            }
            Some(Value::List(Rc::new(List { items, rest: Some(rest.clone()) })))
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

/// `options.….definitions`: the definitions in force, not merged.
pub(super) fn definitions_value(ev: &Evaluator, node: &Rc<DefinitionNode>) -> Value {
    let defs = effective(ev, &node.expanded(ev), None);
    let rest = defs.iter().any(|def| def.maybe).then(|| Unknown::new(Cause::Condition));
    Value::List(Rc::new(List { items: defs.into_iter().map(|def| def.value).collect(), rest }))
}

/// Merges everything said at a node.
pub(super) fn merge_node(ev: &Evaluator, path: &[Name], ty: &Value, node: &Rc<DefinitionNode>) -> Result<Value> {
    let defs = effective(ev, &node.expanded(ev), None);
    merge_defs(ev, path, ty, defs)
}

/// The definitions in force: conditions applied, then only those of the
/// strongest priority, as `filterOverrides`. Those in doubt stay, marked,
/// unless a certain one is stronger.
fn effective(ev: &Evaluator, contributions: &[Contribution], default: Option<Thunk>) -> Vec<Def> {
    let mut candidates: Vec<(i64, Def)> = Vec::new();
    for contribution in contributions {
        let maybe = match contribution.condition(ev) {
            Condition::Fails => continue,
            Condition::Holds => false,
            Condition::Undecided => true,
        };
        let def = Def {
            value: contribution.value.clone(),
            order: contribution.order.unwrap_or(PLAIN_ORDER),
            module: contribution.module,
            file: contribution.file.clone(),
            maybe,
        };
        candidates.push((contribution.priority.unwrap_or(PLAIN_PRIORITY), def));
    }
    if let Some(default) = default {
        let node = DefinitionNode::new(vec![Contribution {
            priority: None,
            ..Contribution::plain(usize::MAX, default, None, false)
        }]);
        for contribution in node.expanded(ev).iter() {
            let maybe = match contribution.condition(ev) {
                Condition::Fails => continue,
                Condition::Holds => false,
                Condition::Undecided => true,
            };
            let def =
                Def { value: contribution.value.clone(), order: PLAIN_ORDER, module: usize::MAX, file: None, maybe };
            candidates.push((contribution.priority.unwrap_or(DEFAULT_PRIORITY).max(DEFAULT_PRIORITY), def));
        }
    }
    let strongest = candidates.iter().filter(|(_, def)| !def.maybe).map(|(priority, _)| *priority).min();
    let mut kept: Vec<Def> = candidates
        .into_iter()
        .filter(|(priority, def)| {
            strongest.is_none_or(|strongest| if def.maybe { *priority <= strongest } else { *priority == strongest })
        })
        .map(|(_, def)| def)
        .collect();
    kept.sort_by_key(|def| def.order);
    kept
}

/// Merges definitions of one type.
fn merge_defs(ev: &Evaluator, path: &[Name], ty: &Value, defs: Vec<Def>) -> Result<Value> {
    // A type may be made of itself.
    ev.deeper(|| merge_by_type(ev, path, ty, defs))
}

fn merge_by_type(ev: &Evaluator, path: &[Name], ty: &Value, defs: Vec<Def>) -> Result<Value> {
    ev.step(1)?;
    let kind = types::name(ev, ty);
    match kind.as_deref() {
        Some("deferredModule") => deferred_module(ev, ty, defs),
        Some("submodule") => submodule(ev, path, ty, defs),
        Some("attrsOf" | "lazyAttrsOf") => attrs_of(ev, path, ty, &defs),
        Some("listOf" | "nonEmptyListOf") => list_of(ev, path, ty, &defs),
        Some("nullOr") => null_or(ev, path, ty, defs),
        Some("either" | "oneOf") => either(ev, path, ty, defs),
        Some("coercedTo") => coerced_to(ev, path, ty, defs),
        Some("attrs") => shallow_attrs(ev, &defs),
        Some("anything") => anything(ev, &defs),
        Some("separatedString" | "lines" | "commas" | "envVar") => separated(ev, ty, &defs),
        Some("functionTo") => function_to(ev, path, ty, defs),
        None | Some("unspecified") => untyped(ev, path, &defs),
        Some(_) => single(ev, path, &defs),
    }
}

/// Types with one value: all definitions must be equal (`mergeEqualOption`).
fn single(ev: &Evaluator, path: &[Name], defs: &[Def]) -> Result<Value> {
    // Sets that Nix would refuse to merge are merged for want of anything better: more often an
    // option of an absent framework declares how than the configuration is wrong.
    let set = |def: &Def| matches!(ev.force(&def.value), Ok(Value::Attrs(_)));
    if defs.len() > 1 && defs.iter().all(set) {
        return anything(ev, defs);
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
            return Err(EvalError::stop(
                ErrorKind::Other,
                format!("the option {} has conflicting definitions", path.join(".")),
            ));
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
fn same(ev: &Evaluator, first: &Value, second: &Value) -> bool {
    crate::eval::values_equal(ev, first, second).unwrap_or(true)
}

/// Without a type: `lib.options.mergeDefaultOption`.
fn untyped(ev: &Evaluator, path: &[Name], defs: &[Def]) -> Result<Value> {
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

fn concat<'a>(pairs: impl Iterator<Item = (&'a Def, Value)>) -> Result<Value> {
    let (mut items, mut rest) = (Vec::new(), None);
    for (def, value) in pairs {
        match value {
            Value::List(list) => {
                items.extend(list.items.iter().cloned());
                rest = rest.or_else(|| list.rest.clone());
                if def.maybe {
                    rest.get_or_insert_with(|| Unknown::new(Cause::Condition));
                }
            }
            Value::Unknown(unknown) => {
                rest.get_or_insert(unknown);
            }
            _ => {}
        }
    }
    Ok(Value::List(Rc::new(List { items, rest })))
}

fn list_of(ev: &Evaluator, path: &[Name], ty: &Value, defs: &[Def]) -> Result<Value> {
    let values: Vec<Value> = defs.iter().map(|def| ev.force(&def.value)).collect::<Result<_>>()?;
    let merged = concat(defs.iter().zip(values))?;
    let element = match types::element(ev, ty) {
        Some(element) if types::shapes_values(ev, &element) => element,
        _ => return Ok(merged),
    };
    let Value::List(list) = merged else { return Ok(merged) };
    let mut origins = Vec::new();
    for (number, def) in defs.iter().enumerate() {
        if let Ok(Value::List(list)) = ev.force(&def.value) {
            origins.extend((0..list.items.len()).map(|entry| (number + 1, entry + 1, def.file.clone())));
        }
    }
    let items = list.items.iter().zip(origins).map(|(item, (number, entry, file))| {
        let (item, element) = (item.clone(), element.clone());
        let mut inner = path.to_vec();
        inner.push(Name::from(format!("[definition {number}-entry {entry}]")));
        Thunk::native(move |ev| {
            let def = Def { value: item, order: PLAIN_ORDER, module: usize::MAX, file, maybe: false };
            merge_defs(ev, &inner, &element, vec![def])
        })
    });
    Ok(Value::List(Rc::new(List { items: items.collect(), rest: list.rest.clone() })))
}

fn attrs_of(ev: &Evaluator, path: &[Name], ty: &Value, defs: &[Def]) -> Result<Value> {
    let lazy = types::name(ev, ty).as_deref() == Some("lazyAttrsOf");
    let element = types::element(ev, ty).unwrap_or(Value::Null);
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
                        order: Some(def.order),
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
fn presence(ev: &Evaluator, node: &Rc<DefinitionNode>) -> Condition {
    let mut presence = Condition::Fails;
    for contribution in node.expanded(ev).iter() {
        match contribution.condition(ev) {
            Condition::Holds => return Condition::Holds,
            Condition::Undecided => presence = Condition::Undecided,
            Condition::Fails => {}
        }
    }
    presence
}

fn null_or(ev: &Evaluator, path: &[Name], ty: &Value, defs: Vec<Def>) -> Result<Value> {
    let mut others = Vec::new();
    let mut nulls = 0;
    for def in defs {
        match ev.force(&def.value) {
            Ok(Value::Null) => nulls += 1,
            _ => others.push(def),
        }
    }
    if others.is_empty() {
        return Ok(Value::Null);
    }
    let in_doubt = others.iter().all(|def| def.maybe);
    let merged = match types::element(ev, ty) {
        Some(element) => merge_defs(ev, path, &element, others),
        None => single(ev, path, &others),
    };
    if nulls > 0 && in_doubt { ev.join(Ok(Value::Null), merged) } else { merged }
}

fn either(ev: &Evaluator, path: &[Name], ty: &Value, defs: Vec<Def>) -> Result<Value> {
    for member in types::members(ev, ty) {
        let fits = defs.iter().all(|def| types::accepts(ev, &member, &def.value) == Some(true));
        if fits {
            return merge_defs(ev, path, &member, defs);
        }
    }
    single(ev, path, &defs)
}

fn coerced_to(ev: &Evaluator, path: &[Name], ty: &Value, defs: Vec<Def>) -> Result<Value> {
    let Some(target) = types::nested(ev, ty, "finalType") else { return single(ev, path, &defs) };
    if defs.iter().all(|def| types::accepts(ev, &target, &def.value) == Some(true)) {
        return merge_defs(ev, path, &target, defs);
    }
    let Some(coerce) = types::payload(ev, ty, "coerceFunc").or_else(|| types::field(ev, ty, "coerceFunc")) else {
        return Ok(Value::Unknown(Unknown::new(Cause::Condition)));
    };
    let source = types::nested(ev, ty, "coercedType");
    let defs = defs.into_iter().map(|def| {
        let coerces = source.as_ref().is_some_and(|source| types::accepts(ev, source, &def.value) == Some(true));
        if !coerces {
            return def;
        }
        let (coerce, value) = (coerce.clone(), def.value.clone());
        Def { value: Thunk::native(move |ev| ev.call(&coerce, value)), ..def }
    });
    let defs = defs.collect();
    merge_defs(ev, path, &target, defs)
}

/// `types.attrs`: `//` of all definitions, without looking inside.
fn shallow_attrs(ev: &Evaluator, defs: &[Def]) -> Result<Value> {
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
fn anything(ev: &Evaluator, defs: &[Def]) -> Result<Value> {
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
        return single(ev, &[], defs);
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
        (name, Entry { value: Thunk::native(move |ev| anything(ev, &defs)), origin: None, maybe })
    });
    let attrs = Attrs::new(entries.collect());
    Ok(Value::attrs(match rest {
        Some(unknown) => attrs.open(unknown),
        None => attrs,
    }))
}

fn separated(ev: &Evaluator, ty: &Value, defs: &[Def]) -> Result<Value> {
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

fn function_to(ev: &Evaluator, path: &[Name], ty: &Value, defs: Vec<Def>) -> Result<Value> {
    let element = types::element(ev, ty).unwrap_or(Value::Null);
    let path = path.to_vec();
    Ok(Value::primop("functionTo", 1, move |ev, args| {
        let Some(argument) = args.first() else { return Ok(Value::Null) };
        let results = defs.iter().map(|def| {
            let (function, argument) = (def.value.clone(), argument.clone());
            let value = Thunk::native(move |ev| {
                let function = ev.force(&function)?;
                ev.call(&function, argument)
            });
            Def { value, ..def.clone() }
        });
        merge_defs(ev, &path, &element, results.collect())
    }))
}

/// `types.deferredModule`: the definitions become the imports of a module, after those of the type.
fn deferred_module(ev: &Evaluator, ty: &Value, defs: Vec<Def>) -> Result<Value> {
    let (mut items, as_list) = types::static_modules(ev, ty);
    let rest = defs.iter().any(|def| def.maybe).then(|| Unknown::new(Cause::Condition));
    items.extend(defs.into_iter().map(|def| match def.file {
        Some(file) => in_file(file, def.value),
        None => def.value,
    }));
    let list = Value::List(Rc::new(List { items, rest }));
    Ok(if as_list { list } else { Value::attrs(Attrs::of([("imports", list)])) })
}

/// `types.submodule`: the definitions are modules, evaluated together with those of the type.
fn submodule(ev: &Evaluator, path: &[Name], ty: &Value, defs: Vec<Def>) -> Result<Value> {
    let configuration =
        submodule_configuration(ev, path, ty, defs.into_iter().map(|def| (def.value, def.file)).collect())?;
    ev.force(&configuration.config())
}

/// The configuration that a submodule type and its definitions make.
pub(super) fn submodule_configuration(
    ev: &Evaluator,
    path: &[Name],
    ty: &Value,
    definitions: Vec<(Thunk, Option<Name>)>,
) -> Result<Rc<Configuration>> {
    let mut modules = types::submodule_modules(ev, ty)?;
    let only_config = !matches!(types::payload(ev, ty, "shorthandOnlyDefinesConfig"), Some(Value::Bool(false)));
    for (definition, file) in definitions {
        modules.push(Thunk::native(move |ev| {
            let value = ev.force(&definition)?;
            match &value {
                Value::Attrs(attrs) if only_config && attrs.get("__functor").is_none() => {
                    let origin = attrs.iter().find_map(|(_, entry)| entry.origin);
                    let mut module =
                        vec![(Name::new_static("config"), Entry::new(Thunk::value(value.clone()), origin))];
                    if let Some(file) = file {
                        let file = Thunk::value(Value::string(file));
                        module.push((Name::new_static("_file"), Entry::new(file, None)));
                    }
                    Ok(Value::attrs(Attrs::new(module)))
                }
                _ => match file {
                    Some(file) => ev.force(&in_file(file, definition)),
                    None => Ok(value),
                },
            }
        }));
    }
    let special_args = match types::payload(ev, ty, "specialArgs") {
        Some(Value::Attrs(attrs)) => attrs,
        _ => Rc::new(Attrs::default()),
    };
    // Submodules get lib from nowhere but the evaluation itself.
    let lib = Thunk::native(|ev| ev.lib());
    let base = Attrs::new(vec![(Name::new_static("lib"), Entry::new(lib, None))]);
    let name = path.last().cloned().unwrap_or_default();
    Ok(Configuration::new(
        ev,
        Spec {
            modules: Thunk::value(Value::list(modules)),
            special_args: Rc::new(base.update(&special_args)),
            provided_args: vec![(Name::new_static("name"), Thunk::value(Value::string(name)))],
            prefix: path.to_vec(),
            upstream: false,
            scalars: &[],
            defaults: Vec::new(),
        },
    ))
}
