//! Option types, read off the values that `lib.types` makes.
//!
//! A type is a set with `_type = "option-type"`. The fields read here are
//! those of nixpkgs' `lib/types.nix`, so that types made by the real library
//! and by flakewise's are read alike.

use std::rc::Rc;

use super::facts::{TypeFacts, TypeKind};
use crate::eval::{Attrs, Evaluator, PrintLimits, Result, Stop, Thunk, Value, print};
use crate::hir::Name;

/// How deep types of types are looked into.
const MAX_NESTING: u32 = 8;
/// How many types a choice is looked into for.
const MAX_MEMBERS: usize = 128;

/// A field of a type.
pub(super) fn field(ev: &Evaluator, ty: &Value, name: &str) -> Option<Value> {
    let Value::Attrs(attrs) = ty else { return None };
    ev.force(&attrs.get(name)?.value).ok()
}

fn path(ev: &Evaluator, ty: &Value, names: &[&str]) -> Option<Value> {
    names.iter().try_fold(ty.clone(), |value, name| field(ev, &value, name))
}

fn text(value: Option<Value>) -> Option<Name> {
    match value {
        Some(Value::String(string)) => Some(string.text.clone()),
        _ => None,
    }
}

/// The `name` of a type: `listOf`, `submodule`, `str`.
pub(super) fn name(ev: &Evaluator, ty: &Value) -> Option<Name> {
    text(field(ev, ty, "name"))
}

/// A type among `nestedTypes`.
pub(super) fn nested(ev: &Evaluator, ty: &Value, name: &str) -> Option<Value> {
    path(ev, ty, &["nestedTypes", name]).filter(|value| matches!(value, Value::Attrs(_)))
}

/// A field of the type's `functor.payload`.
pub(super) fn payload(ev: &Evaluator, ty: &Value, name: &str) -> Option<Value> {
    path(ev, ty, &["functor", "payload", name])
}

/// The type of the elements of a container type.
pub(super) fn element(ev: &Evaluator, ty: &Value) -> Option<Value> {
    nested(ev, ty, "elemType")
}

/// The types that `either` and `oneOf` choose from.
pub(super) fn members(ev: &Evaluator, ty: &Value) -> Vec<Value> {
    let mut members = Vec::new();
    let mut rest = vec![ty.clone()];
    // A choice between itself and something else never ends.
    let mut left_over = 2 * MAX_MEMBERS;
    while let Some(ty) = rest.pop() {
        if left_over == 0 {
            break;
        }
        left_over -= 1;
        match (nested(ev, &ty, "left"), nested(ev, &ty, "right")) {
            (Some(left), Some(right)) => {
                rest.push(right);
                rest.push(left);
            }
            _ => members.push(ty),
        }
    }
    members
}

/// Whether a type of the library was given another way to merge: `types.attrsOf x // { merge = …; }`.
pub(super) fn has_own_merge(ev: &Evaluator, ty: &Value) -> bool {
    let Value::Attrs(attrs) = ty else { return false };
    let place = attrs.get("merge").and_then(|entry| entry.origin).and_then(|origin| ev.code_of(origin.file));
    place.is_some_and(|code| !code.internal && !code.path.ends_with("/lib/types.nix"))
}

/// The value of an option of this type that nobody defines.
pub(super) fn empty_value(ev: &Evaluator, ty: &Value) -> Option<Value> {
    path(ev, ty, &["emptyValue", "value"])
}

/// The description of a type, as Nix words it.
pub(super) fn description(ev: &Evaluator, ty: &Value) -> Option<Name> {
    text(field(ev, ty, "description"))
}

/// Whether the type's `check` takes a value; `None` where that cannot be told.
pub(super) fn accepts(ev: &Evaluator, ty: &Value, value: &Thunk) -> Option<bool> {
    let check = field(ev, ty, "check")?;
    if matches!(check, Value::Unknown(_)) {
        return None;
    }
    match ev.call(&check, value.clone()) {
        Ok(Value::Bool(verdict)) => Some(verdict),
        _ => None,
    }
}

/// Whether a type takes every string, whatever it says: `str` does, and with `addCheck` it does not.
pub(super) fn takes_any_string(ev: &Evaluator, ty: &Value) -> bool {
    match name(ev, ty).as_deref() {
        Some("anything" | "raw" | "unspecified") => true,
        Some("nullOr") => element(ev, ty).is_some_and(|element| takes_any_string(ev, &element)),
        _ => matches!(field(ev, ty, "check"), Some(Value::Primop(check)) if check.name == "isString"),
    }
}

/// The modules of a submodule type.
pub(super) fn submodule_modules(ev: &Evaluator, ty: &Value) -> Result<Vec<Thunk>> {
    let modules = payload(ev, ty, "modules").or_else(|| field(ev, ty, "getSubModules"));
    match modules {
        Some(Value::List(list)) => Ok(list.items.clone()),
        Some(Value::Unknown(unknown)) => Ok(vec![Thunk::value(Value::Unknown(unknown))]),
        Some(Value::Null) | None => Ok(Vec::new()),
        Some(other) => Ok(vec![Thunk::value(other)]),
    }
}

/// The type `submoduleWith { modules = [ { inherit options; } ]; }`.
pub(super) fn submodule_of_options(ev: &Evaluator, options: &Attrs) -> Option<Value> {
    let module = Value::attrs(Attrs::of([("options", Value::attrs(options.clone()))]));
    let argument =
        Attrs::of([("modules", Value::list(vec![Thunk::value(module)])), ("shorthandOnlyDefinesConfig", Value::Null)]);
    let make = ev.select_path(&ev.lib().ok()?, &["types", "submoduleWith"]).ok()??;
    ev.call(&make, Thunk::value(Value::attrs(argument))).ok()
}

/// The modules that a type of deferred modules adds to all definitions, and whether its merge gives
/// a list, as that of flake-parts, instead of a module.
pub(super) fn static_modules(ev: &Evaluator, ty: &Value) -> (Vec<Thunk>, bool) {
    let known = |value: &Value| match value {
        Value::List(list) => Some(list.items.clone()),
        _ => None,
    };
    let modules = payload(ev, ty, "staticModules").and_then(|modules| known(&modules)).unwrap_or_default();
    let as_list = field(ev, ty, "merge")
        .and_then(|merge| {
            let merge = ev.call(&merge, Thunk::value(Value::list(Vec::new()))).ok()?;
            ev.call(&merge, Thunk::value(Value::list(Vec::new()))).ok()
        })
        .is_some_and(|merged| matches!(merged, Value::List(_)));
    (modules, as_list)
}

/// The type of an option that two modules declare (`typeMerge`); `Err` where the types cannot be merged.
pub(super) fn merged(ev: &Evaluator, first: &Value, second: &Value) -> std::result::Result<Value, ()> {
    let functor = field(ev, second, "functor").filter(|functor| matches!(functor, Value::Attrs(_)));
    let merge = field(ev, first, "typeMerge").filter(|merge| !matches!(merge, Value::Unknown(_)));
    let (Some(functor), Some(merge)) = (functor, merge) else {
        return Ok(combine(ev, first, second).unwrap_or_else(|| first.clone()));
    };
    match ev.call(&merge, Thunk::value(functor)) {
        Ok(ty @ Value::Attrs(_)) => Ok(ty),
        Ok(Value::Null) | Err(Stop::Error(_)) => Err(()),
        _ => Ok(combine(ev, first, second).unwrap_or_else(|| first.clone())),
    }
}

/// Two declarations of one option: of submodules the modules of both count.
pub(super) fn combine(ev: &Evaluator, first: &Value, second: &Value) -> Option<Value> {
    combine_within(ev, first, second, 0)
}

fn combine_within(ev: &Evaluator, first: &Value, second: &Value, depth: u32) -> Option<Value> {
    if depth > MAX_NESTING {
        return None;
    }
    let kind = name(ev, first)?;
    if Some(&kind) != name(ev, second).as_ref() {
        return None;
    }
    let Value::Attrs(attrs) = first else { return None };
    let replaced = match kind.as_str() {
        "submodule" => {
            let mut modules = submodule_modules(ev, first).ok()?;
            modules.extend(submodule_modules(ev, second).ok()?);
            let functor = ev.force(&attrs.get("functor")?.value).ok()?;
            let payload = field(ev, &functor, "payload")?;
            let (Value::Attrs(functor), Value::Attrs(payload)) = (functor, payload) else { return None };
            let arguments = |ty: &Value| match self::payload(ev, ty, "specialArgs") {
                Some(Value::Attrs(arguments)) => arguments,
                _ => Rc::default(),
            };
            let arguments = arguments(first).update(&arguments(second));
            let payload = payload
                .update(&Attrs::of([("modules", Value::list(modules)), ("specialArgs", Value::attrs(arguments))]));
            Attrs::of([("functor", Value::attrs(functor.update(&Attrs::of([("payload", Value::attrs(payload))]))))])
        }
        "deferredModule" => {
            let mut modules = static_modules(ev, first).0;
            modules.extend(static_modules(ev, second).0);
            let functor = ev.force(&attrs.get("functor")?.value).ok()?;
            let Value::Attrs(functor) = functor else { return None };
            let payload = Attrs::of([("staticModules", Value::list(modules))]);
            Attrs::of([("functor", Value::attrs(functor.update(&Attrs::of([("payload", Value::attrs(payload))]))))])
        }
        "attrsOf" | "lazyAttrsOf" | "listOf" | "nullOr" => {
            let inner = combine_within(ev, &element(ev, first)?, &element(ev, second)?, depth + 1)?;
            Attrs::of([("nestedTypes", Value::attrs(Attrs::of([("elemType", inner)])))])
        }
        _ => return None,
    };
    Some(Value::attrs(attrs.update(&replaced)))
}

/// The facts of a type.
pub(super) fn facts(ev: &Evaluator, ty: &Value) -> Option<TypeFacts> {
    let description = text(field(ev, ty, "description")).or_else(|| name(ev, ty))?;
    Some(TypeFacts { description: description.to_string(), kind: kind(ev, ty, 0) })
}

fn kind(ev: &Evaluator, ty: &Value, depth: u32) -> TypeKind {
    let Some(name) = name(ev, ty) else { return TypeKind::Other(String::new()) };
    if depth > MAX_NESTING || ev.step(1).is_err() {
        return TypeKind::Other(name.to_string());
    }
    let element_kind = || match element(ev, ty) {
        Some(element) => Box::new(kind(ev, &element, depth + 1)),
        None => Box::new(TypeKind::Other(String::new())),
    };
    match name.as_str() {
        "bool" => TypeKind::Bool,
        "str" | "singleLineStr" | "nonEmptyStr" | "passwdEntry str" | "string" => TypeKind::String { merges: false },
        "separatedString" | "lines" | "commas" | "envVar" => TypeKind::String { merges: true },
        "float" => TypeKind::Float,
        "path" | "pathInStore" | "externalPath" => TypeKind::Path,
        "package" | "shellPackage" => TypeKind::Package,
        "enum" => TypeKind::Enum(enum_members(ev, ty)),
        "nullOr" => TypeKind::NullOr(element_kind()),
        "listOf" | "nonEmptyListOf" => TypeKind::ListOf(element_kind()),
        "attrsOf" | "lazyAttrsOf" => TypeKind::AttrsOf(element_kind()),
        "submodule" => TypeKind::Submodule,
        "either" | "oneOf" => {
            TypeKind::Either(members(ev, ty).iter().map(|member| kind(ev, member, depth + 1)).collect())
        }
        "coercedTo" => {
            let nested = ["coercedType", "finalType"].into_iter().filter_map(|name| nested(ev, ty, name));
            TypeKind::Either(nested.map(|ty| kind(ev, &ty, depth + 1)).collect())
        }
        name if name.starts_with("int") || name.contains("Int") => int_kind(ev, ty, name),
        name if name.starts_with("strMatching") => TypeKind::String { merges: false },
        name => TypeKind::Other(name.to_string()),
    }
}

/// The range of an integer type, from its name (`unsignedInt16`, `intBetween`) or its description.
fn int_kind(ev: &Evaluator, ty: &Value, name: &str) -> TypeKind {
    let range = match name {
        "unsignedInt" => (Some(0), None),
        "positiveInt" => (Some(1), None),
        "unsignedInt8" => (Some(0), Some(255)),
        "unsignedInt16" => (Some(0), Some(65_535)),
        "unsignedInt32" => (Some(0), Some(4_294_967_295)),
        "signedInt8" => (Some(-128), Some(127)),
        "signedInt16" => (Some(-32_768), Some(32_767)),
        "signedInt32" => (Some(-2_147_483_648), Some(2_147_483_647)),
        _ => {
            let description = text(field(ev, ty, "description")).unwrap_or_default();
            match description.split_once("between ").and_then(|(_, range)| range.split_once(" and ")) {
                Some((low, high)) => (low.parse().ok(), high.split(' ').next().and_then(|high| high.parse().ok())),
                None => (None, None),
            }
        }
    };
    TypeKind::Int { min: range.0, max: range.1 }
}

/// The members of an enum, in Nix's notation.
fn enum_members(ev: &Evaluator, ty: &Value) -> Vec<String> {
    let values = payload(ev, ty, "values").or_else(|| path(ev, ty, &["functor", "payload"]));
    let Some(Value::List(list)) = values else { return Vec::new() };
    let members = list.items.iter().filter_map(|item| print(ev, &ev.force(item).ok()?, PrintLimits::default()));
    members.collect()
}

/// Where further options lie below an option of this type: the placeholder
/// segments that lead there, and the submodule type.
pub(super) fn submodules(ev: &Evaluator, ty: &Value) -> Vec<(Vec<Name>, Value)> {
    let mut found = Vec::new();
    collect_submodules(ev, ty, &mut Vec::new(), &mut found, 0);
    found
}

fn collect_submodules(
    ev: &Evaluator,
    ty: &Value,
    path: &mut Vec<Name>,
    found: &mut Vec<(Vec<Name>, Value)>,
    depth: u32,
) {
    if depth > MAX_NESTING || ev.step(1).is_err() {
        return;
    }
    let Some(name) = name(ev, ty) else { return };
    let placeholder = match name.as_str() {
        "submodule" => {
            found.push((path.clone(), ty.clone()));
            return;
        }
        "attrsOf" | "lazyAttrsOf" => text(path_of_placeholder(ev, ty))
            .map(|name| Name::from(format!("<{name}>")))
            .or(Some(Name::new_static("<name>"))),
        "listOf" | "nonEmptyListOf" => Some(Name::new_static("*")),
        "functionTo" => Some(Name::new_static("<function body>")),
        "nullOr" | "uniq" | "unique" => None,
        // The tags are options, of which one is set.
        "attrTag" => {
            if let Some(Value::Attrs(tags)) = field(ev, ty, "nestedTypes") {
                found.extend(submodule_of_options(ev, &tags).map(|ty| (path.clone(), ty)));
            }
            return;
        }
        "either" | "oneOf" => {
            for member in members(ev, ty) {
                collect_submodules(ev, &member, path, found, depth + 1);
            }
            return;
        }
        "coercedTo" => {
            if let Some(target) = nested(ev, ty, "finalType") {
                collect_submodules(ev, &target, path, found, depth + 1);
            }
            return;
        }
        _ => return,
    };
    let Some(element) = element(ev, ty) else { return };
    let pushed = placeholder.is_some();
    path.extend(placeholder);
    collect_submodules(ev, &element, path, found, depth + 1);
    if pushed {
        path.pop();
    }
}

/// `types.attrsWith { placeholder = …; }`
fn path_of_placeholder(ev: &Evaluator, ty: &Value) -> Option<Value> {
    payload(ev, ty, "placeholder")
}
