//! Frameworks whose source is not at hand, in Nix: `src/flake/frameworks/*.nix`.

use std::rc::Rc;

use crate::eval::{Attrs, Cause, Evaluator, Thunk, Unknown, Value};
use crate::flake::Framework;
use crate::hir::Name;
use crate::repository::session::State;

/// An output of a framework's flake. What the framework is not known to have in it is unknown.
pub(super) fn output(
    ev: &Evaluator,
    state: &Rc<State>,
    framework: &Framework,
    input: &Name,
    name: &Name,
) -> Option<Value> {
    match ev.select(&outputs(ev, state, framework)?, name).ok()?? {
        Value::Attrs(attrs) => {
            let unknown = Unknown::new(Cause::Input(input.clone())).select(name);
            Some(Value::attrs((*attrs).clone().open(unknown)))
        }
        other => Some(other),
    }
}

/// A function of the `lib` output of a framework's flake.
pub(super) fn library(ev: &Evaluator, state: &Rc<State>, framework: &Framework, name: &Name) -> Option<Value> {
    let lib = ev.select(&outputs(ev, state, framework)?, &Name::new_static("lib")).ok()??;
    ev.select(&lib, name).ok()?
}

/// The outputs of a framework's flake: those that flakewise knows.
fn outputs(ev: &Evaluator, state: &Rc<State>, framework: &Framework) -> Option<Value> {
    if let Some(outputs) = state.frameworks.borrow().get(framework.file) {
        return Some(outputs.clone());
    }
    state.shared.modelled.set(state.shared.modelled.get() || !framework.whole);
    let function = ev.import(framework.file).ok()?;
    let lib = Attrs::of([("lib", ev.lib().ok()?)]);
    let outputs = ev.call(&function, Thunk::value(Value::attrs(lib))).ok()?;
    state.frameworks.borrow_mut().insert(framework.file, outputs.clone());
    Some(outputs)
}
