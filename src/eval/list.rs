//! Lists, and what is known of one that is not known whole.

use std::rc::Rc;

use super::Result;
use super::unknown::{Stop, Unknown};
use super::value::{Thunk, Value};

/// A list. With `rest` it is open: something about which elements it has is not known.
pub struct List {
    pub items: Vec<Thunk>,
    /// Why the list is not known whole.
    pub rest: Option<Rc<Unknown>>,
    /// Of an open list, which of the items are there for certain: `[ a ] ++ unknown` has `a`. Those left out are in doubt.
    certain: Vec<bool>,
    /// Of an open list, whether it has no elements but (some of) the items.
    no_others: bool,
}

impl List {
    /// A list that is wholly known.
    pub fn closed(items: Vec<Thunk>) -> List {
        List { items, rest: None, certain: Vec::new(), no_others: false }
    }

    /// Whether the item at `index` is there, whatever else is.
    pub fn is_certain(&self, index: usize) -> bool {
        self.rest.is_none() || self.certain.get(index).copied().unwrap_or_default()
    }

    /// For each item whether it is certainly there.
    pub fn certainty(&self) -> impl Iterator<Item = bool> + '_ {
        (0..self.items.len()).map(|index| self.is_certain(index))
    }

    /// What comes of an item: where the item may not be there, an error of it is no error of the whole.
    pub fn outcome(&self, index: usize, result: Result<Value>) -> Result<Value> {
        match (result, &self.rest) {
            (Err(Stop::Error(_)), Some(why)) if !self.is_certain(index) => Ok(Value::Unknown(why.derive())),
            (result, _) => result,
        }
    }

    /// Why there may be elements that are none of the items; `None` where at most some of these are missing.
    pub fn others(&self) -> Option<&Rc<Unknown>> {
        self.rest.as_ref().filter(|_| !self.no_others)
    }

    /// Why some of the items may be missing while there are no others.
    fn doubt(&self) -> Option<&Rc<Unknown>> {
        self.rest.as_ref().filter(|_| self.no_others)
    }
}

/// A list that is being put together from parts that are known more or less.
#[derive(Default)]
pub struct ListBuilder {
    items: Vec<Thunk>,
    certain: Vec<bool>,
    doubt: Option<Rc<Unknown>>,
    others: Option<Rc<Unknown>>,
}

impl ListBuilder {
    /// An empty list that may have what a list has that it is made of, but for its items.
    pub fn like(list: &List) -> ListBuilder {
        let derived = |why: Option<&Rc<Unknown>>| why.map(|unknown| unknown.derive());
        ListBuilder { doubt: derived(list.doubt()), others: derived(list.others()), ..ListBuilder::default() }
    }

    /// Whether there is no item so far.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many items there are so far.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// An item that is there, or may be; the reason for the latter is told by [`ListBuilder::doubt`] or [`ListBuilder::others`].
    pub fn push(&mut self, item: Thunk, certain: bool) {
        self.items.push(item);
        self.certain.push(certain);
    }

    /// The items of another list, with what is not known of it; `certain` if the list itself is there for certain.
    pub fn extend(&mut self, list: &List, certain: bool) {
        self.items.extend(list.items.iter().cloned());
        self.certain.extend(list.certainty().map(|there| there && certain));
        self.open_as(list);
    }

    /// What is not known of another list is not known of this one.
    pub fn open_as(&mut self, list: &List) {
        if let Some(unknown) = list.doubt() {
            self.doubt(|| unknown.clone());
        }
        if let Some(unknown) = list.others() {
            self.others(unknown);
        }
    }

    /// Some of the items may be missing.
    pub fn doubt(&mut self, why: impl FnOnce() -> Rc<Unknown>) {
        self.doubt.get_or_insert_with(why);
    }

    /// There may be elements that are none of the items.
    pub fn others(&mut self, why: &Rc<Unknown>) {
        self.others.get_or_insert_with(|| why.clone());
    }

    /// The list.
    pub fn finish(self) -> Value {
        let no_others = self.others.is_none();
        let rest = self.others.or(self.doubt);
        let certain = if rest.is_some() && self.certain.contains(&true) { self.certain } else { Vec::new() };
        Value::List(Rc::new(List { items: self.items, rest, certain, no_others }))
    }
}
