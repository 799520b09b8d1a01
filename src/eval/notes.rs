//! What an evaluation notes on its way, for those who say what is wrong: which files Nix needs as well, and
//! what is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Evaluator;
use super::unknown::{self, Cause, Limit, Unknown};
use super::value::{Attrs, Origin, Value};
use crate::base::FileId;
use crate::hir::Name;

/// A function that `lib` does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingFunction {
    pub name: Name,
    /// The input whose `lib` it is.
    pub input: Name,
    /// What it has under nearly the same name.
    pub nearest: Name,
    /// Whether that is a function which the repository added to it.
    pub own: bool,
}

/// A bound of the evaluator that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    pub limit: Limit,
    /// The innermost call of the repository that was being evaluated.
    pub origin: Option<Origin>,
}

impl Evaluator {
    /// Notes that a bound is reached, the first time for each bound.
    pub(super) fn note_exhausted(&self, limit: Limit) -> Rc<Unknown> {
        let mut exhausted = self.exhausted.borrow_mut();
        // What is looked at without anybody asking for it may be as large as it likes.
        if !self.aside.get() && !exhausted.iter().any(|it| it.limit == limit) {
            let origin = self.current.try_borrow().ok().and_then(|current| current.last().copied());
            exhausted.push(Exhausted { limit, origin });
        }
        Unknown::new(Cause::Limit(limit))
    }

    /// The bounds that were reached since this was asked the last time, each with where it was reached first.
    pub fn take_exhausted(&self) -> Vec<Exhausted> {
        self.exhausted.take()
    }

    /// The files of the repository that were imported so far and that Nix imports as well: not those that only one way
    /// of an undecided condition leads to, or only a look into the arguments of an unknown function.
    pub fn demanded(&self) -> BTreeSet<FileId> {
        self.demanded.borrow().clone()
    }

    /// Says that a set has the attributes that it has and no others, whatever else is not known.
    pub fn note_exact(&self, attrs: &Rc<Attrs>) {
        self.exact.borrow_mut().push(Rc::downgrade(attrs));
    }

    pub(super) fn is_exact(&self, attrs: &Rc<Attrs>) -> bool {
        self.exact.borrow().iter().any(|exact| std::ptr::eq(exact.as_ptr(), Rc::as_ptr(attrs)))
    }

    /// Selections from nixpkgs' `lib`, in code that is certainly evaluated, of what no nixpkgs that flakewise knows has
    /// there and what has nearly the name of something that is there.
    pub fn missing_functions(&self) -> BTreeMap<Origin, MissingFunction> {
        self.missing_functions.borrow().clone()
    }

    /// Notes such a selection of `name` from `lib`, which gave `found`.
    pub(super) fn note_missing_function(&self, origin: Option<Origin>, lib: &Attrs, name: &Name, found: &Value) {
        let input = found.unknown().and_then(|unknown| match (&unknown.cause, unknown.path.as_slice()) {
            (Cause::Input(input), [lib, selected]) if !unknown.derived && lib == "lib" && selected == name => {
                Some(input.clone())
            }
            _ => None,
        });
        // The libraries of others are sets of a few functions, or of none that is known.
        let Some(origin) = origin.filter(|_| lib.len() > 100 && !self.speculates() && !self.aside.get()) else {
            return;
        };
        let (Some(input), Some(nearest)) = (input, unknown::nearest_name(name, lib)) else { return };
        let own = lib.get(&nearest).is_some_and(|entry| self.own_origin(entry.origin).is_some());
        let missing = MissingFunction { name: name.clone(), input, nearest, own };
        self.missing_functions.borrow_mut().insert(origin, missing);
    }

    pub(super) fn note_demand(&self, path: &Name) {
        if self.speculates() || self.aside.get() {
            return;
        }
        if let Some(code) = self.codes.borrow().get(path).filter(|code| !code.internal && !code.foreign) {
            self.demanded.borrow_mut().insert(code.id);
        }
    }
}
