//! Derivations: values with known attributes, whose build results are unknown.

use std::rc::Rc;

use super::context::is_store_name;
use super::{Definition, unary};
use crate::eval::strings::Coercion;
use crate::eval::unknown::{Cause, ErrorKind, EvalError, Stop, Unknown};
use crate::eval::value::{Attrs, Entry, Thunk, Value};
use crate::eval::{Evaluator, List, Result};
use crate::hir::Name;

pub(super) fn definitions() -> Vec<Definition> {
    vec![unary("derivation", derivation), unary("derivationStrict", derivation_strict)]
}

fn failure(message: impl Into<String>) -> Stop {
    EvalError::stop(ErrorKind::Other, message)
}

/// What `derivation` knows of a derivation before anything of it is asked for.
struct Draft {
    arguments: Thunk,
    attrs: Rc<Attrs>,
    /// The names of the outputs; `None` where they are not known.
    outputs: Option<Vec<Name>>,
    /// What `derivationStrict` gives.
    strict: Thunk,
}

/// The set that `derivation` gives, as Nix's `derivation.nix` builds it: that of the first output.
fn derivation(ev: &Evaluator, arguments: &Thunk) -> Result<Value> {
    let attrs = ev.attrs(arguments)?;
    let outputs = match attrs.get("outputs") {
        None => Some(vec![Name::new_static("out")]),
        Some(entry) => match ev.force(&entry.value)? {
            Value::Unknown(_) => None,
            list => output_names(ev, &*ev.as_list(&list)?)?,
        },
    };
    let first = match outputs.as_deref() {
        Some([first, ..]) => first.clone(),
        Some([]) => return Err(failure("a derivation without outputs")),
        None => Name::new_static("out"),
    };
    let strict = {
        let arguments = arguments.clone();
        Thunk::native(move |ev| derivation_strict(ev, &arguments))
    };
    let draft = Rc::new(Draft { arguments: arguments.clone(), attrs, outputs, strict });
    Ok(output_value(&draft, &first))
}

/// The names in a list of outputs; `None` where some are not known.
fn output_names(ev: &Evaluator, list: &List) -> Result<Option<Vec<Name>>> {
    let mut names = Vec::with_capacity(list.items.len());
    for item in &list.items {
        match ev.force(item)? {
            Value::Unknown(_) => return Ok(None),
            name => names.push(ev.as_plain_string(&name)?),
        }
    }
    Ok(list.rest.is_none().then_some(names))
}

/// The derivation, seen as one of its outputs.
fn output_value(draft: &Rc<Draft>, output: &Name) -> Value {
    let of = |output: &Name| {
        let (draft, output) = (draft.clone(), output.clone());
        Thunk::native(move |_| Ok(output_value(&draft, &output)))
    };
    let result = |attr: Name| {
        let strict = draft.strict.clone();
        Thunk::native(move |ev| {
            let strict = ev.force(&strict)?;
            ev.select(&strict, &attr)?.ok_or_else(|| failure(format!("the derivation has no output {attr}")))
        })
    };
    let entry = |name: &'static str, value: Thunk| (Name::new_static(name), Entry::new(value, None));
    let all = match &draft.outputs {
        Some(outputs) => Value::list(outputs.iter().map(of).collect()),
        None => Value::Unknown(Unknown::new(Cause::Builtin("derivation"))),
    };
    let outputs = draft.outputs.iter().flatten().map(|output| (output.clone(), Entry::new(of(output), None)));
    let known = vec![
        entry("all", Thunk::value(all)),
        entry("drvAttrs", draft.arguments.clone()),
        entry("type", Thunk::value(Value::string("derivation"))),
        entry("outputName", Thunk::value(Value::string(output.clone()))),
        entry("outPath", result(output.clone())),
        entry("drvPath", result(Name::new_static("drvPath"))),
    ];
    Value::attrs(draft.attrs.update(&Attrs::new(outputs.collect())).update(&Attrs::new(known)))
}

/// The paths of a derivation's outputs, which are unknown. What Nix asks for first is asked for here too.
fn derivation_strict(ev: &Evaluator, arguments: &Thunk) -> Result<Value> {
    let attrs = ev.attrs(arguments)?;
    let name = match attrs.get("name") {
        Some(entry) => match ev.force(&entry.value)? {
            Value::Unknown(unknown) => return Ok(Value::Unknown(unknown.derive())),
            name => ev.as_plain_string(&name)?,
        },
        None if attrs.rest.is_some() => Name::new_static("?"),
        None => return Err(failure("a derivation needs a name")),
    };
    if !is_store_name(&name) || name.ends_with(".drv") {
        return Err(failure(format!("{name:?} cannot be the name of a derivation")));
    }
    let unknown = Unknown::new(Cause::Derivation(name));
    let outputs = match attrs.get("outputs") {
        None => Some(vec![Name::new_static("out")]),
        Some(entry) => match ev.force(&entry.value)? {
            Value::List(list) => output_names(ev, &list)?,
            // Words are a list too, as in the environment of a builder.
            other => match ev.coerce_to_string(&other, Coercion::ToString) {
                Ok(words) => Some(words.text.split_ascii_whitespace().map(Name::new).collect()),
                Err(Stop::Unknown(_)) => None,
                Err(error) => return Err(error),
            },
        },
    };
    let Some(outputs) = outputs else { return Ok(Value::Unknown(unknown)) };
    let paths = outputs.into_iter().chain([Name::new_static("drvPath")]);
    Ok(Value::attrs(Attrs::of(paths.map(|path| {
        let value = Value::Unknown(unknown.select(&path));
        (path, value)
    }))))
}
