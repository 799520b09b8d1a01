//! Derivations: values with known attributes, whose build results are unknown.

use super::{Definition, unary};
use crate::eval::unknown::{Cause, Unknown};
use crate::eval::value::{Attrs, Entry, Thunk, Value};
use crate::eval::{Evaluator, Result};
use crate::hir::Name;

pub(super) fn definitions() -> Vec<Definition> {
    vec![
        unary("derivation", derivation),
        unary("derivationStrict", |_, _| Ok(Value::Unknown(Unknown::new(Cause::Builtin("derivationStrict"))))),
        unary("addDrvOutputDependencies", |ev, value| ev.force(value)),
        unary("unsafeDiscardOutputDependency", |ev, value| ev.force(value)),
    ]
}

/// The set that `derivation` gives, as Nix's `derivation-internal.nix` builds it, with unknown store paths.
fn derivation(ev: &Evaluator, arguments: &Thunk) -> Result<Value> {
    let attrs = ev.attrs(arguments)?;
    let name = match attrs.get("name") {
        Some(entry) => ev.string(&entry.value)?.text.clone(),
        None => Name::new_static("?"),
    };
    let unknown = Unknown::new(Cause::Derivation(name));
    let result = Value::Unknown(unknown.clone());
    let extra = ["outPath", "drvPath", "out"].map(|attr| {
        let value = Value::Unknown(unknown.select(&Name::new_static(attr)));
        (Name::new_static(attr), Entry::new(Thunk::value(value), None))
    });
    let mut known = vec![
        (Name::new_static("type"), Entry::new(Thunk::value(Value::string("derivation")), None)),
        (Name::new_static("drvAttrs"), Entry::new(arguments.clone(), None)),
        (Name::new_static("all"), Entry::new(Thunk::value(result), None)),
        (Name::new_static("outputName"), Entry::new(Thunk::value(Value::string("out")), None)),
    ];
    known.extend(extra);
    Ok(Value::attrs(attrs.update(&Attrs::new(known))))
}
