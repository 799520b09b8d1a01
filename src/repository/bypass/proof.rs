//! Whether a call of a helper builds the host that is written by hand.
//!
//! Both are evaluated at once, in a text in which the new call holds the old
//! one: what both refer to is then one and the same thing, and what they were
//! given can be compared even where it is not known, see [`Sameness`].

use std::rc::Rc;
use std::sync::Arc;

use crate::db::{Change, Snapshot};
use crate::eval::{Attrs, Bounds, List, ReadSet, Sameness, Thunk, Value, attr_name};
use crate::flake::LockGraph;
use crate::hir::Name;
use crate::repository::listing::{HostEntry, mark};
use crate::repository::session::Session;

use super::render::Rendered;

/// The attribute that holds the call by hand.
const BEFORE: &str = "__flakewiseBefore";

/// What an evaluation said.
pub(super) enum Verdict {
    /// Both builders are given the same.
    Same {
        /// Whether the modules come in the same order.
        ordered: bool,
    },
    /// All is the same but for modules that only the helper has.
    Adds(Vec<String>),
    /// Anything else, or nothing was proven.
    Different,
}

/// Who is to build the host.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Way {
    /// A function of the repository.
    Helper,
    /// Whoever does.
    Any,
}

/// The flake that a proof evaluates.
pub(super) struct Ground<'a> {
    pub snapshot: &'a Snapshot,
    pub root: &'a Name,
    pub lock: Option<&'a Arc<LockGraph>>,
    pub bounds: Bounds,
}

/// Evaluates a host with `call` in place of what builds it in the file at `path`, once.
pub(super) fn prove(
    ground: &Ground<'_>,
    entry: &HostEntry,
    path: &Name,
    call: &Rendered,
    way: Way,
) -> (Verdict, ReadSet) {
    let Some(text) = both(ground.snapshot, path, call) else { return (Verdict::Different, ReadSet::default()) };
    let edited = ground.snapshot.apply([Change::Text { path: path.clone(), text: text.into() }]);
    let session = Session::new(&edited, ground.root, ground.lock.cloned(), ground.bounds);
    session.ev.remember_expressions();
    let mut verdict = compare(&session, entry, way, true);
    // It is while comparing that flakes of the workspace are evaluated.
    if session.state.has_other_flakes() {
        verdict = compare(&session, entry, way, false);
    }
    let reads = session.ev.reads();
    // What syntax errors hide may differ.
    let verdict = verdict.filter(|_| reads.broken.is_empty()).unwrap_or(Verdict::Different);
    (verdict, reads)
}

/// The text with the new call, which holds the old one.
fn both(snapshot: &Snapshot, path: &Name, call: &Rendered) -> Option<String> {
    let (_, data) = snapshot.file_at(path).ok()?;
    let text = data.text();
    let (start, end) = (usize::from(call.range.start()), usize::from(call.range.end()));
    let (before, old, after) = (text.get(..start)?, text.get(start..end)?, text.get(end..)?);
    // What ends in a body (`let`, `with`, a function) would take the old call into its scope without parentheses of its own.
    Some(format!("{before}(({}) // {{ {BEFORE} = {old}; }}){after}", call.text))
}

fn compare(session: &Session, entry: &HostEntry, way: Way, unique_inputs: bool) -> Option<Verdict> {
    let ev = &session.ev;
    let names: Vec<&str> = entry.path.iter().map(Name::as_str).collect();
    let outputs = session.outputs().ok()?;
    let new = ev.select_path(&outputs, &names).ok()??;
    let old = ev.force(&ev.entry(&new, BEFORE)?.value).ok()?;
    let (new, old) = (mark(session, &new)?, mark(session, &old)?);
    let ((new_given, helpers), old_given) = {
        let calls = session.state.calls.borrow();
        let (new, old) = (calls.get(new)?, calls.get(old)?);
        if new.kind != old.kind || (&new.input, &new.flake) != (&old.input, &old.flake) {
            return Some(Verdict::Different);
        }
        ((new.given.clone()?, new.helpers.len()), old.given.clone()?)
    };
    if (way == Way::Helper && helpers == 0) || new_given.rest.is_some() || old_given.rest.is_some() {
        return Some(Verdict::Different);
    }
    let mut sameness = Sameness::new(ev, unique_inputs);
    let is_list = |name: &str| matches!(name, "modules" | "extraModules");
    let is_set = |name: &str| matches!(name, "specialArgs" | "extraSpecialArgs");
    let mut names: Vec<&Name> = new_given.iter().chain(old_given.iter()).map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    for name in names.into_iter().filter(|name| !is_list(name)) {
        let empty = || Thunk::value(Value::attrs(Attrs::default()));
        let get = |given: &Rc<Attrs>| match given.get(name) {
            Some(entry) if entry.maybe => None,
            Some(entry) => Some(entry.value.clone()),
            // To leave them out is to give none.
            None => is_set(name).then(empty),
        };
        let (Some(new), Some(old)) = (get(&new_given), get(&old_given)) else { return Some(Verdict::Different) };
        if !sameness.thunks(&new, &old) {
            return Some(Verdict::Different);
        }
    }
    let mut ordered = true;
    let mut added = Vec::new();
    for name in ["modules", "extraModules"] {
        let list = |given: &Rc<Attrs>| match given.get(name) {
            Some(entry) if entry.maybe => None,
            Some(entry) => ev.list(&entry.value).ok().filter(|list| list.rest.is_none()),
            None => Some(Rc::new(List::closed(Vec::new()))),
        };
        let (new, old) = (list(&new_given)?, list(&old_given)?);
        if new.items.len() == old.items.len()
            && new.items.iter().zip(&old.items).all(|(new, old)| sameness.thunks(new, old))
        {
            continue;
        }
        ordered = false;
        let mut left: Vec<&Thunk> = old.items.iter().collect();
        for module in &new.items {
            match left.iter().position(|it| sameness.thunks(module, it)) {
                Some(at) => drop(left.remove(at)),
                None => added.push(module.clone()),
            }
        }
        if !left.is_empty() {
            return Some(Verdict::Different);
        }
    }
    if added.is_empty() {
        return Some(Verdict::Same { ordered });
    }
    let described: Option<Vec<String>> = added.iter().map(|module| describe(session, module)).collect();
    Some(described.map_or(Verdict::Different, Verdict::Adds))
}

/// A module as people write it, where it has a name.
fn describe(session: &Session, module: &Thunk) -> Option<String> {
    match session.ev.force(module).ok()? {
        Value::Path(path) => {
            let below = path.strip_prefix(session.state.root.as_str())?.strip_prefix('/')?;
            Some(format!("./{below}"))
        }
        Value::Unknown(unknown) => {
            let (input, path) = unknown.input()?;
            let names = std::iter::once(input).chain(path).map(|name| attr_name(name));
            Some(names.collect::<Vec<_>>().join("."))
        }
        _ => None,
    }
}
