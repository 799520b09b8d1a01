//! Package sets with overlays: nixpkgs' `overlays` argument, `pkgs.extend` and `pkgs.appendOverlays`.

use std::rc::Rc;

use super::nixpkgs::PackageSet;
use crate::eval::{Evaluator, Result, Thunk, Unknown, Value};
use crate::hir::Name;

/// What overlays add to a package set: one result per overlay, computed when somebody asks for an attribute.
pub(super) struct Layers {
    /// The results, the last one counts first. An error for as long as the list of overlays is not known.
    results: Vec<Thunk>,
    /// There may be more overlays than these.
    rest: Option<Rc<Unknown>>,
}

/// What the overlays say of one attribute.
pub(super) enum Found {
    /// They set it.
    Set(Value),
    /// They do not.
    Below,
    /// One that is not known may.
    Maybe(Rc<Unknown>),
}

impl Layers {
    /// Applies a list of overlays to a package set, lazily: `final` is the whole set, `prev` what
    /// stands below the overlay.
    pub(super) fn new(ev: &Evaluator, base: &PackageSet, overlays: &Thunk, whole: &Thunk) -> Layers {
        let (items, rest) = match ev.force(overlays) {
            Ok(Value::List(list)) => (list.items.clone(), list.rest.clone()),
            Ok(Value::Unknown(unknown)) => (Vec::new(), Some(unknown)),
            Ok(_) => (Vec::new(), None),
            Err(stop) => (Vec::new(), Some(stop.into_unknown())),
        };
        let mut results: Vec<Thunk> = Vec::with_capacity(items.len());
        for overlay in items {
            let (below, rest) = (results.clone(), rest.clone());
            let (base, whole) = (base.clone(), whole.clone());
            let result = Thunk::native(move |ev| {
                let below = Layers { results: below.clone(), rest: rest.clone() };
                let previous = Thunk::value(base.value(Some(Rc::new(below))));
                let mut overlay = ev.force(&overlay)?;
                // Overlays may be given as files.
                if let Value::Path(path) = &overlay {
                    overlay = ev.import(&ev.import_path(path)?)?;
                }
                let partial = ev.call(&overlay, whole.clone())?;
                ev.call(&partial, previous)
            });
            ev.tie_thunk(&result);
            results.push(result);
        }
        Layers { results, rest }
    }

    /// The attribute `name`, as the overlays have it.
    pub(super) fn find(&self, ev: &Evaluator, name: &Name) -> Result<Found> {
        let mut doubt = self.rest.clone();
        for result in self.results.iter().rev() {
            match ev.force(result) {
                Ok(Value::Attrs(attrs)) => {
                    if let Some(entry) = attrs.get(name) {
                        return Ok(match ev.force(&entry.value) {
                            Ok(value) if !entry.maybe && doubt.is_none() => Found::Set(value),
                            Ok(Value::Unknown(unknown)) => Found::Maybe(unknown),
                            Ok(value @ Value::Attrs(_)) => Found::Set(value),
                            Ok(_) => Found::Maybe(doubt.unwrap_or_else(|| Unknown::new(crate::eval::Cause::Packages))),
                            Err(stop) => Found::Maybe(stop.into_unknown()),
                        });
                    }
                    if let Some(rest) = &attrs.rest {
                        doubt.get_or_insert_with(|| rest.unknown.clone());
                    }
                }
                Ok(Value::Unknown(unknown)) => {
                    doubt.get_or_insert(unknown);
                }
                Ok(_) => {}
                // An overlay that needs what it makes, or that fails for want of something known.
                Err(stop) => {
                    doubt.get_or_insert_with(|| stop.into_unknown());
                }
            }
        }
        Ok(match doubt {
            Some(unknown) => Found::Maybe(unknown),
            None => Found::Below,
        })
    }
}
