//! Where the modules of a host get their arguments from, and what is in them.
//!
//! `specialArgs` and `_module.args` are values like any others, and values know where they were written: the name that
//! gives an argument, and in a set of helpers (`lib.custom.mkX`, `myLib.mkX`) the name of each.

use super::session::Session;
use crate::eval::{EvalError, Evaluator, Origin, Stop, Thunk, Value};
use crate::hir::Name;
use crate::module_system::Configuration;

/// An argument of modules, or an attribute of one, that is written in a file at hand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Given {
    /// The name of the argument, and of the attributes within it.
    pub path: Vec<Name>,
    /// Where it is given: the name in `specialArgs` or `_module.args`, in the set of helpers.
    pub origin: Origin,
}

/// An argument of modules whose value fails.
#[derive(Clone, Debug, PartialEq)]
pub struct FailingArgument {
    pub name: Name,
    pub error: EvalError,
}

/// Sets within arguments are looked into this deep.
const MAX_DEPTH: usize = 4;
/// More than this many names are no helpers but data.
const MAX_NAMES: usize = 1024;

/// What the modules of a configuration are given, sorted, and which of it fails.
pub(super) fn given(session: &Session, configuration: &Configuration) -> (Vec<Given>, Vec<FailingArgument>) {
    let ev = &session.ev;
    let mut walk = Walk { session, found: Vec::new() };
    let mut failing = Vec::new();
    for (name, origin, value) in configuration.given_arguments(ev) {
        walk.found.extend(origin.map(|origin| Given { path: vec![name.clone()], origin }));
        // What one argument costs must not be missing to the others.
        ev.with_share(|| walk.attributes(ev, &mut vec![name.clone()], &value));
        if let Err(Stop::Error(error)) = ev.force(&value) {
            failing.push(FailingArgument { name, error: (*error).clone() });
        }
    }
    walk.found.sort();
    walk.found.dedup();
    (walk.found, failing)
}

struct Walk<'s> {
    session: &'s Session,
    found: Vec<Given>,
}

impl Walk<'_> {
    fn attributes(&mut self, ev: &Evaluator, path: &mut Vec<Name>, value: &Thunk) {
        if path.len() >= MAX_DEPTH || self.found.len() >= MAX_NAMES {
            return;
        }
        let Ok(Value::Attrs(attrs)) = ev.force(value) else { return };
        // Flakes, options and configurations are known by other ways.
        if attrs.get("_type").is_some() {
            return;
        }
        for (name, entry) in attrs.iter() {
            let Some(origin) = ev.own_origin(entry.origin).or(entry.value.origin()) else { continue };
            if self.session.inputs.iter().any(|input| input.origin == Some(origin)) {
                continue;
            }
            path.push(name.clone());
            self.found.push(Given { path: path.clone(), origin });
            self.attributes(ev, path, &entry.value);
            path.pop();
        }
    }
}
