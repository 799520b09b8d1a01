//! Merging definitions by type, as `lib.modules.mergeDefinitions` and the `merge` of each of `lib.types`.

mod containers;
mod in_force;
mod submodules;
mod upstream;
mod values;

use std::rc::Rc;

pub(super) use in_force::{InForce, in_force};
pub(super) use submodules::submodule_configuration;
pub(super) use upstream::{is_plain_set, is_said, lower_bound, of_lib, said, upstream_value};

use super::configuration::Configuration;
use super::definitions::{Contribution, DefinitionNode, PLAIN_ORDER, PLAIN_PRIORITY, Taken};
use super::facts::Condition;
use super::options::DeclaredOption;
use super::types;
use crate::eval::{Attrs, Cause, Entry, ErrorKind, EvalError, Evaluator, Result, Stop, Thunk, Unknown, Value};
use crate::hir::Name;
use containers::{attrs_of, coerced_to, either, function_to, list_of, null_or};
use submodules::{deferred_module, submodule};
use upstream::undeclared;
use values::{anything_typed, option_type, separated, shallow_attrs, single, unique, untyped};

/// The priority of an option's default (`lib.mkOptionDefault`).
pub const DEFAULT_PRIORITY: i64 = 1500;

/// A definition that takes part in a merge.
#[derive(Clone)]
struct Def {
    value: Thunk,
    order: Option<i64>,
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
    let ty = declared_once(ev, path, option)?;
    // Without a type an option has this one.
    let ty = match ty {
        None if option.attrs.get("type").is_none() && option.attrs.rest.is_none() => {
            ev.select_path(&ev.lib()?, &["types", "unspecified"])?
        }
        ty => ty,
    };
    let default = option.attrs.get("default").map(|entry| entry.value.clone());
    set_once(ev, path, option, node)?;
    let defs = effective(ev, &node.discharged(ev), default);
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
        merge_checked(ev, path, &ty.unwrap_or(Value::Null), defs)?
    };
    if let Some(apply) = option.attrs.get("apply") {
        let function = ev.force(&apply.value)?;
        value = ev.call(&function, Thunk::value(value))?;
    }
    Ok(value)
}

/// The type of an option; an error where its declarations contradict each other.
fn declared_once(ev: &Evaluator, path: &[Name], option: &DeclaredOption) -> Result<Option<Value>> {
    option.merged_type(ev).map_err(|()| {
        let message = format!("the option {} is declared several times, each time differently", path.join("."));
        EvalError::stop(ErrorKind::Other, message)
    })
}

/// An error where an option that is read-only is set more often than once.
fn set_once(ev: &Evaluator, path: &[Name], option: &DeclaredOption, node: &Rc<DefinitionNode>) -> Result<()> {
    if option.read_only(ev) {
        let certain = node.contributions().iter().filter(|contribution| !contribution.maybe).count();
        if certain + usize::from(option.attrs.get("default").is_some()) > 1 {
            let message = format!("the option {} is read-only, but it is set multiple times", path.join("."));
            return Err(EvalError::stop(ErrorKind::Other, message));
        }
    }
    Ok(())
}

impl Def {
    fn file_value(&self) -> Value {
        match &self.file {
            Some(file) => Value::string(file.clone()),
            // `unknownModule`: nobody says where such a module is from.
            None if self.module != usize::MAX => Value::string("<unknown-file>"),
            None => Value::Unknown(Unknown::new(Cause::Builtin("evalModules"))),
        }
    }

    fn located(&self) -> Value {
        Value::attrs(Attrs::new(vec![
            (Name::new_static("file"), Entry::new(Thunk::value(self.file_value()), None)),
            (Name::new_static("value"), Entry::new(self.value.clone(), None)),
        ]))
    }
}

/// Merges everything said at a node (`lib.modules.mergeDefinitions`).
pub(super) fn merge_node(ev: &Evaluator, path: &[Name], ty: &Value, node: &Rc<DefinitionNode>) -> Result<Value> {
    let defs = effective(ev, &node.discharged(ev), None);
    if defs.is_empty() {
        return match types::empty_value(ev, ty) {
            Some(empty) => Ok(empty),
            None => Err(EvalError::stop(
                ErrorKind::Other,
                format!("the option {} is read, but nothing defines it", path.join(".")),
            )),
        };
    }
    merge_checked(ev, path, ty, defs)
}

/// Merges what freeform modules say of options that nobody declares. Nix does not check these as a whole.
pub(super) fn merge_freeform(
    ev: &Evaluator,
    path: &[Name],
    ty: &Value,
    contributions: &[Contribution],
) -> Result<Value> {
    merge_defs(ev, path, ty, effective(ev, contributions, None))
}

/// The value of `_module.freeformType`: `types.nullOr types.optionType`.
pub(super) fn freeform_type(ev: &Evaluator, node: &Rc<DefinitionNode>) -> Result<Option<Value>> {
    let mut merged: Option<Value> = None;
    for def in effective(ev, &node.discharged(ev), None) {
        let ty = match ev.force(&def.value)? {
            Value::Null => continue,
            ty => ty,
        };
        if def.maybe {
            return Ok(Some(Value::Unknown(Unknown::new(Cause::Condition))));
        }
        merged = Some(match merged {
            None => ty,
            Some(first) => types::merged(ev, &first, &ty)
                .map_err(|()| EvalError::stop(ErrorKind::Other, "the freeform types of the modules do not agree"))?,
        });
    }
    Ok(merged)
}

/// Merges definitions that the type has to take.
fn merge_checked(ev: &Evaluator, path: &[Name], ty: &Value, defs: Vec<Def>) -> Result<Value> {
    for def in &defs {
        if !def.maybe && types::accepts(ev, ty, &def.value) == Some(false) {
            let description = types::description(ev, ty).unwrap_or_default();
            let message = format!("a definition for the option {} is not of type {description}", path.join("."));
            return Err(EvalError::stop(ErrorKind::Other, message));
        }
    }
    merge_defs(ev, path, ty, defs)
}

/// The definitions in force: conditions applied, then only those of the
/// strongest priority, as `filterOverrides`. Those in doubt stay, marked,
/// unless a certain one is stronger.
fn effective(ev: &Evaluator, contributions: &[Contribution], default: Option<Thunk>) -> Vec<Def> {
    ranked(ev, contributions, default).0
}

fn ranked(ev: &Evaluator, contributions: &[Contribution], default: Option<Thunk>) -> (Vec<Def>, Option<i64>) {
    let mut candidates: Vec<(i64, Def)> = Vec::new();
    let default = default.map(|default| {
        let contribution = Contribution::plain(usize::MAX, default, None, false);
        // `mkOptionDefault` stands around it.
        DefinitionNode::new(vec![Contribution {
            priority: Some(DEFAULT_PRIORITY),
            taken: Taken::Priority,
            ..contribution
        }])
        .discharged(ev)
    });
    for contribution in default.iter().flat_map(|default| default.iter()).chain(contributions) {
        let maybe = match contribution.condition(ev) {
            Condition::Fails => continue,
            Condition::Holds => false,
            Condition::Undecided => true,
        };
        let def = Def {
            value: contribution.value.clone(),
            order: contribution.order,
            module: contribution.module,
            file: contribution.file.clone(),
            maybe,
        };
        candidates.push((contribution.priority.unwrap_or(PLAIN_PRIORITY), def));
    }
    let strongest = candidates.iter().filter(|(_, def)| !def.maybe).map(|(priority, _)| *priority).min();
    let mut kept: Vec<Def> = candidates
        .into_iter()
        .filter(|(priority, def)| {
            strongest.is_none_or(|strongest| if def.maybe { *priority <= strongest } else { *priority == strongest })
        })
        .map(|(_, def)| def)
        .collect();
    kept.sort_by_key(|def| def.order.unwrap_or(PLAIN_ORDER));
    (kept, strongest)
}

/// Merges definitions of one type.
fn merge_defs(ev: &Evaluator, path: &[Name], ty: &Value, defs: Vec<Def>) -> Result<Value> {
    // A type may be made of itself.
    ev.deeper(|| merge_by_type(ev, path, ty, defs))
}

fn merge_by_type(ev: &Evaluator, path: &[Name], ty: &Value, defs: Vec<Def>) -> Result<Value> {
    ev.step(1)?;
    let kind = types::name(ev, ty);
    if types::has_own_merge(ev, ty) {
        return by_merge_function(ev, path, ty, &defs);
    }
    match kind.as_deref() {
        Some("deferredModule") => deferred_module(ev, ty, defs),
        Some("submodule") => submodule(ev, path, ty, defs),
        Some("attrsOf" | "lazyAttrsOf") => attrs_of(ev, path, ty, &defs),
        Some("listOf" | "nonEmptyListOf") => list_of(ev, path, ty, &defs),
        Some("nullOr") => null_or(ev, path, ty, defs),
        Some("either" | "oneOf") => either(ev, path, ty, defs),
        Some("coercedTo") => coerced_to(ev, path, ty, defs),
        Some("attrs") => shallow_attrs(ev, &defs),
        Some("anything") => anything_typed(ev, path, ty, defs),
        Some("separatedString" | "lines" | "commas" | "envVar") => separated(ev, ty, &defs),
        Some("functionTo") => function_to(ev, path, ty, defs),
        None => {
            let value = undeclared(ev, path, &defs)?;
            Ok(match (value, ty) {
                // A type may add what nobody sets.
                (Value::Attrs(attrs), Value::Unknown(unknown)) => Value::attrs((*attrs).clone().open(unknown.derive())),
                (value, _) => value,
            })
        }
        Some("unspecified") if !defs.iter().any(|def| def.maybe) => by_merge_function(ev, path, ty, &defs),
        Some("unspecified") => untyped(ev, path, &defs),
        Some("optionType") if !defs.iter().any(|def| def.maybe) => option_type(ev, path, &defs),
        Some("unique" | "uniq") => unique(ev, path, ty, defs),
        Some(name) if has_plain_value(name) => single(ev, path, &defs),
        Some(_) => by_merge_function(ev, path, ty, &defs),
    }
}

/// Whether types of this name merge with `mergeEqualOption`.
fn has_plain_value(name: &str) -> bool {
    matches!(
        name,
        "bool" | "int" | "float" | "str" | "enum" | "path" | "nonEmptyStr" | "luaInline" | "package" | "shellPackage"
    ) || name.starts_with("strMatching")
        || name.starts_with("passwdEntry")
        || name.starts_with("int")
        || name.contains("Int")
}

/// Types of which only their own `merge` knows how: `raw`, `attrTag`, and those of the repository.
fn by_merge_function(ev: &Evaluator, path: &[Name], ty: &Value, defs: &[Def]) -> Result<Value> {
    let merge = types::field(ev, ty, "merge").filter(|merge| !matches!(merge, Value::Unknown(_)));
    let Some(merge) = merge.filter(|_| !defs.iter().any(|def| def.maybe)) else { return single(ev, path, defs) };
    let loc = path.iter().map(|name| Thunk::value(Value::string(name.clone()))).collect();
    let located = defs.iter().map(|def| Thunk::value(def.located())).collect();
    ev.call_all(&merge, [Thunk::value(Value::list(loc)), Thunk::value(Value::list(located))])
}

fn conflict(path: &[Name]) -> Stop {
    EvalError::stop(ErrorKind::Other, format!("the option {} has conflicting definitions", path.join(".")))
}
