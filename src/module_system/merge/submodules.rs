//! Types whose values are modules.

use std::rc::Rc;

use super::Def;
use crate::eval::{Attrs, Cause, Entry, Evaluator, ListBuilder, Result, Thunk, Unknown, Value};
use crate::hir::Name;
use crate::module_system::configuration::{Configuration, Spec};
use crate::module_system::definitions::in_file;
use crate::module_system::types;

/// `types.deferredModule`: the definitions become the imports of a module, after those of the type.
pub(super) fn deferred_module(ev: &Evaluator, ty: &Value, defs: Vec<Def>) -> Result<Value> {
    let (modules, as_list) = types::static_modules(ev, ty);
    let mut out = ListBuilder::default();
    for module in modules {
        out.push(module, true);
    }
    for def in defs {
        if def.maybe {
            out.doubt(|| Unknown::new(Cause::Condition));
        }
        let certain = !def.maybe;
        let module = match def.file {
            Some(file) => in_file(file, def.value),
            None => def.value,
        };
        out.push(module, certain);
    }
    let list = out.finish();
    Ok(if as_list { list } else { Value::attrs(Attrs::of([("imports", list)])) })
}

/// `types.submodule`: the definitions are modules, evaluated together with those of the type.
pub(super) fn submodule(ev: &Evaluator, path: &[Name], ty: &Value, defs: Vec<Def>) -> Result<Value> {
    // The merge function of submodules does not take definitions with an order.
    if defs.iter().any(|def| def.order.is_some() && !def.maybe) {
        return Ok(Value::Unknown(Unknown::new(Cause::Condition)));
    }
    let configuration =
        submodule_configuration(ev, path, ty, defs.into_iter().map(|def| (def.value, def.file)).collect())?;
    ev.force(&configuration.config())
}

/// The configuration that a submodule type and its definitions make.
pub(in crate::module_system) fn submodule_configuration(
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
            class: match types::payload(ev, ty, "class") {
                Some(Value::String(class)) => Some(class.text.clone()),
                _ => None,
            },
            prefix: path.to_vec(),
            upstream: false,
            scalars: &[],
            defaults: Vec::new(),
        },
    ))
}
