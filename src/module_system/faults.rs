//! What Nix refuses of an option once it is read: values that are not of its type
//! (`checkDefsForError` of `lib.modules.mergeDefinitions`), definitions that its type cannot merge
//! (`mergeEqualOption`, `mergeOneOption`), and types that are none.
//!
//! Only what is certain is a fault: the definition is in force, nothing
//! stronger may be, and the value is known as far as it takes.

use std::rc::Rc;

use super::definitions::{Contribution, DefinitionNode, PLAIN_PRIORITY};
use super::facts::{Condition, FaultKind, FaultPlace, OptionPath};
use super::modules::marker;
use super::options::DeclaredOption;
use super::types;
use crate::eval::{ErrorKind, Evaluator, Origin, PrintLimits, Stop, Thunk, Value, print, values_equal};
use crate::hir::Name;

/// How deep types within types are looked into.
const MAX_NESTING: u32 = 6;
/// How many faults of one option are worth telling.
const MAX_FAULTS: usize = 16;

/// How much of a value is kept.
const VALUE: PrintLimits = PrintLimits { depth: 1, items: 4, length: 60, force: true };

/// A fault without the option that it belongs to.
type Found = (OptionPath, FaultKind, Vec<FaultPlace>);

/// What is wrong with the type of an option.
pub(super) struct InvalidType {
    pub(super) kind: FaultKind,
    /// The attribute `type`.
    pub(super) origin: Option<Origin>,
    /// The expression of the type.
    pub(super) value_origin: Option<Origin>,
}

/// What is wrong with the definitions of an option of this type.
pub(super) fn of_definitions(ev: &Evaluator, path: &[Name], ty: &Value, node: &Rc<DefinitionNode>) -> Vec<Found> {
    let mut found = Vec::new();
    definitions(ev, &mut path.to_vec(), ty, node, &mut found, 0);
    found
}

/// Whether reading the option asks for its merged value. What `lib` puts in `apply` for options that have another name does not.
pub(super) fn looks_at_its_value(ev: &Evaluator, option: &DeclaredOption) -> bool {
    option.attrs.get("apply").is_none_or(|apply| {
        let place = apply.origin.and_then(|origin| ev.code_of(origin.file));
        place.is_some_and(|code| !code.internal && !code.foreign)
    })
}

/// The contributions of a node that are certainly in force, and their priority.
fn in_force(ev: &Evaluator, node: &DefinitionNode) -> (Vec<Contribution>, i64) {
    let all = node.discharged(ev);
    let priority = |contribution: &Contribution| contribution.priority.unwrap_or(PLAIN_PRIORITY);
    let possible: Vec<(&Contribution, Condition)> =
        all.iter().map(|it| (it, it.condition(ev))).filter(|(_, condition)| *condition != Condition::Fails).collect();
    // One in doubt that is stronger may take the place of the others.
    let Some(strongest) = possible.iter().map(|(it, _)| priority(it)).min() else {
        return (Vec::new(), PLAIN_PRIORITY);
    };
    let certain = possible
        .into_iter()
        .filter(|(it, condition)| *condition == Condition::Holds && !it.maybe && priority(it) == strongest);
    (certain.map(|(it, _)| it.clone()).collect(), strongest)
}

fn definitions(
    ev: &Evaluator,
    path: &mut OptionPath,
    ty: &Value,
    node: &Rc<DefinitionNode>,
    found: &mut Vec<Found>,
    depth: u32,
) {
    if depth > MAX_NESTING || found.len() >= MAX_FAULTS || ev.step(1).is_err() {
        return;
    }
    let (contributions, priority) = in_force(ev, node);
    let mut mismatch = false;
    for contribution in &contributions {
        // What it says may change without anything having to be evaluated again.
        if contribution.value.string_literal().is_some() && types::takes_any_string(ev, ty) {
            continue;
        }
        let value = ev.force(&contribution.value);
        if let Ok(value) = value
            && marker(ev, &value).is_none()
            && is_refused(ev, ty, &value, &contribution.value)
            && let Some(expected) = types::facts(ev, ty)
        {
            mismatch = true;
            found.push((path.clone(), FaultKind::Mismatch { expected }, vec![place(ev, contribution, None)]));
        }
    }
    if mismatch {
        return;
    }
    let Some(kind) = types::name(ev, ty) else { return };
    if takes_one_value(ev, ty, 0) {
        conflict(ev, path, &contributions, priority, found);
        return;
    }
    if types::has_own_merge(ev, ty) {
        return;
    }
    match kind.as_str() {
        "nullOr" => {
            let is_null = |it: &Contribution| {
                it.value.string_literal().is_none() && matches!(ev.force(&it.value), Ok(Value::Null))
            };
            if !contributions.iter().any(is_null)
                && let Some(element) = types::element(ev, ty)
            {
                definitions(ev, path, &element, node, found, depth + 1);
            }
        }
        "listOf" | "nonEmptyListOf" => {
            let Some(element) = types::element(ev, ty) else { return };
            for contribution in &contributions {
                elements(ev, path, &element, contribution, found, depth);
            }
        }
        "attrsOf" | "lazyAttrsOf" => {
            let Some(element) = types::element(ev, ty) else { return };
            // Options of submodules are looked at as options.
            if contributions.is_empty() || types::name(ev, &element).as_deref() == Some("submodule") {
                return;
            }
            for name in node.names(ev) {
                path.push(name.clone());
                definitions(ev, path, &element, &node.child(ev, &name), found, depth + 1);
                path.pop();
            }
        }
        _ => {}
    }
}

fn elements(
    ev: &Evaluator,
    path: &mut OptionPath,
    element: &Value,
    contribution: &Contribution,
    found: &mut Vec<Found>,
    depth: u32,
) {
    let Ok(Value::List(list)) = ev.force(&contribution.value) else { return };
    for item in &list.items {
        let mut inner = Vec::new();
        let alone = Contribution { value: item.clone(), priority: None, order: None, ..contribution.clone() };
        let alone = Contribution { conditions: Rc::default(), taken: super::definitions::Taken::Conditions, ..alone };
        definitions(ev, path, element, &DefinitionNode::new(vec![alone]), &mut inner, depth + 1);
        for (_, _, places) in &mut inner {
            for place in places {
                place.value_origin = place.value_origin.or(ev.own_origin(item.origin()));
            }
        }
        found.extend(inner);
    }
}

/// Whether the type certainly does not take a value.
fn is_refused(ev: &Evaluator, ty: &Value, value: &Value, thunk: &Thunk) -> bool {
    // What it refers to would be in the store, where its path is another one.
    let in_store = match value {
        Value::Path(_) => true,
        Value::String(string) => !string.context.is_empty() || string.text.starts_with('/'),
        Value::Attrs(attrs) => attrs.rest.is_some() || attrs.iter().any(|(_, entry)| entry.maybe),
        Value::List(list) => list.rest.is_some() && list.items.is_empty(),
        Value::Lambda(_) | Value::Primop(_) => types::name(ev, ty).is_some_and(|name| name.contains("unction")),
        _ => false,
    };
    if in_store && !is_plain(ev, ty, 0) {
        return false;
    }
    types::accepts(ev, ty, thunk) == Some(false)
}

/// Whether a type is told by the kind of its values alone, whatever paths are in them.
fn is_plain(ev: &Evaluator, ty: &Value, depth: u32) -> bool {
    match types::name(ev, ty).as_deref() {
        Some("bool" | "int" | "float" | "str") => true,
        Some("listOf" | "attrsOf" | "lazyAttrsOf") => true,
        Some("nullOr") => depth < MAX_NESTING && types::element(ev, ty).is_some_and(|ty| is_plain(ev, &ty, depth + 1)),
        _ => false,
    }
}

/// Whether all definitions of an option of this type must be equal.
fn takes_one_value(ev: &Evaluator, ty: &Value, depth: u32) -> bool {
    if depth > MAX_NESTING || types::has_own_merge(ev, ty) {
        return false;
    }
    match types::name(ev, ty).as_deref() {
        Some("bool" | "int" | "float" | "str" | "enum" | "path" | "nonEmptyStr" | "singleLineStr") => true,
        Some(name) if name.starts_with("strMatching") || name.starts_with("passwdEntry") => true,
        Some(name) if name.starts_with("int") || name.contains("Int") => true,
        Some("nullOr") => types::element(ev, ty).is_some_and(|element| takes_one_value(ev, &element, depth + 1)),
        Some("either" | "oneOf") => {
            let members = types::members(ev, ty);
            !members.is_empty() && members.iter().all(|member| takes_one_value(ev, member, depth + 1))
        }
        _ => false,
    }
}

fn conflict(ev: &Evaluator, path: &OptionPath, contributions: &[Contribution], priority: i64, found: &mut Vec<Found>) {
    if contributions.len() < 2 {
        return;
    }
    let values = contributions.iter().filter_map(|it| Some((it, ev.force(&it.value).ok()?)));
    let values: Vec<(&Contribution, Value)> = values.filter(|(_, value)| is_scalar(value)).collect();
    let Some((_, first)) = values.first() else { return };
    if values.iter().all(|(_, value)| !matches!(values_equal(ev, first, value), Ok(false))) {
        return;
    }
    let mut places: Vec<FaultPlace> = values.iter().map(|(it, _)| place(ev, it, None)).collect();
    places.sort_by_key(|place| place.module);
    found.push((path.clone(), FaultKind::Conflict { priority }, places));
}

fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::String(_) | Value::Path(_))
}

fn place(ev: &Evaluator, contribution: &Contribution, element: Option<Origin>) -> FaultPlace {
    FaultPlace {
        origin: ev.own_origin(contribution.origin),
        value_origin: element.or_else(|| ev.own_origin(contribution.value.origin())),
        value: ev.force(&contribution.value).ok().and_then(|value| print(ev, &value, VALUE)),
        module: contribution.module,
    }
}

/// What is wrong with the type of an option, if anything certainly is.
pub(super) fn of_type(ev: &Evaluator, option: &DeclaredOption) -> Option<InvalidType> {
    let entry = option.attrs.get("type").filter(|entry| !entry.maybe)?;
    let kind = invalid(ev, &entry.value, 0)?;
    Some(InvalidType { kind, origin: entry.origin, value_origin: ev.own_origin(entry.value.origin()) })
}

fn invalid(ev: &Evaluator, ty: &Thunk, depth: u32) -> Option<FaultKind> {
    if depth > MAX_NESTING || ev.step(1).is_err() {
        return None;
    }
    let found = |found: String| Some(FaultKind::InvalidType { found, instead: None, of_elements: false });
    let value = match ev.force(ty) {
        Ok(value) => value,
        // A type that this lib has not may be one of a newer nixpkgs.
        Err(Stop::Error(error)) => {
            return match &error.kind {
                ErrorKind::Missing { name } | ErrorKind::Undefined { name } => {
                    instead_of(name).map(|instead| FaultKind::InvalidType {
                        found: format!("types.{name}"),
                        instead: Some(instead),
                        of_elements: false,
                    })
                }
                _ => None,
            };
        }
        Err(Stop::Unknown(_)) => return None,
    };
    match &value {
        Value::Attrs(attrs) => match marker(ev, &value).as_deref() {
            Some("option-type") => {
                if types::name(ev, &value).as_deref() == Some("string") {
                    return Some(FaultKind::DeprecatedType { instead: "str" });
                }
                let Some(Value::Attrs(nested)) = types::field(ev, &value, "nestedTypes") else { return None };
                let parts = ["elemType", "left", "right", "coercedType", "finalType"].into_iter();
                let kind = |(name, part): (&str, &Thunk)| match invalid(ev, part, depth + 1)? {
                    // A container without elements does not look at their type.
                    FaultKind::InvalidType { found, instead, .. } if name == "elemType" => {
                        Some(FaultKind::InvalidType { found, instead, of_elements: true })
                    }
                    kind => Some(kind),
                };
                parts.filter_map(|part| Some((part, &nested.get(part)?.value))).find_map(kind)
            }
            Some(_) => None,
            None if attrs.rest.is_some() || attrs.get("_type").is_some() => None,
            None => found("a set".to_string()),
        },
        // What is missing from the known part of a lib.
        Value::Unknown(unknown) => match unknown.path.as_slice() {
            [.., types, name]
                if types == "types" && !unknown.derived && unknown.path.iter().any(|name| name == "lib") =>
            {
                let instead = instead_of(name)?;
                Some(FaultKind::InvalidType {
                    found: format!("types.{name}"),
                    instead: Some(instead),
                    of_elements: false,
                })
            }
            _ => None,
        },
        Value::Null => None,
        Value::Lambda(_) | Value::Primop(_) => found("a function".to_string()),
        value => found(print(ev, value, VALUE)?),
    }
}

/// The type of nixpkgs that somebody means who writes `types.NAME`, where there is none of this name.
fn instead_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "boolean" => "bool",
        "integer" => "int",
        "strings" | "text" => "str",
        "list" | "array" => "listOf",
        "set" | "attrset" | "attributeSet" | "object" => "attrs",
        "any" => "anything",
        "double" => "float",
        "optional" | "nullable" => "nullOr",
        "file" | "directory" => "path",
        "module" => "deferredModule",
        _ => return None,
    })
}
