//! Values, thunks and environments.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use super::list::List;
use super::unknown::{Stop, Unknown};
use super::{Evaluator, Result};
use crate::base::FileId;
use crate::hir::{self, ExprId, KeyId, Name};

/// A value of the Nix language in weak head normal form, or what is known of it.
#[derive(Clone)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    String(Rc<NixString>),
    /// An absolute path, normalised, of the machine's file system.
    Path(Name),
    List(Rc<List>),
    Attrs(Rc<Attrs>),
    Lambda(Rc<Closure>),
    Primop(Rc<Primop>),
    /// A value that is not known, and why.
    Unknown(Rc<Unknown>),
}

/// A string; `context` names the store objects it refers to, as far as they matter here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NixString {
    pub text: Name,
    /// What the string refers to, as Nix's `NixStringContextElem`: a store path,
    /// `!output!` before that of a derivation, or `=` before it for all of its
    /// outputs. A path outside of the store stands for its copy in it.
    pub context: Rc<[Name]>,
}

thread_local! {
    /// The context of most strings: one for all of them.
    static NO_CONTEXT: Rc<[Name]> = Rc::new([]);
}

impl NixString {
    /// A string that refers to nothing.
    pub fn plain(text: impl Into<Name>) -> NixString {
        NixString { text: text.into(), context: NO_CONTEXT.with(Rc::clone) }
    }
}

/// An attribute set. With `rest` it is open: any other name may be there too.
#[derive(Clone, Default)]
pub struct Attrs {
    /// Sorted by name.
    entries: Vec<(Name, Entry)>,
    pub rest: Option<Rest>,
}

/// An attribute's value and where it was defined.
#[derive(Clone)]
pub struct Entry {
    pub value: Thunk,
    pub origin: Option<Origin>,
    /// Whether a condition that was not decided says if it is there at all.
    pub maybe: bool,
}

/// An attribute that an open set was asked for by name.
pub struct Resolved {
    pub value: Value,
    /// Whether a condition that was not decided says if it is there at all.
    pub maybe: bool,
}

/// Finds an attribute of an open set once somebody asks for it by name.
pub type Resolve = Rc<dyn Fn(&Evaluator, &Name) -> Option<Resolved>>;

/// The unknown part of an open set.
#[derive(Clone)]
pub struct Rest {
    pub unknown: Rc<Unknown>,
    /// Attributes that are known once somebody asks for them by name.
    pub resolve: Option<Resolve>,
    /// How many open sets `resolve` asks, one inside of the other.
    layers: u32,
}

/// How many open sets one may be put together from before what the lowest of
/// them resolve is given up: asking them is a recursion.
const MAX_LAYERS: u32 = 200;

impl Rest {
    /// An unknown part of which nothing is known by name either.
    pub fn new(unknown: Rc<Unknown>) -> Rest {
        Rest { unknown, resolve: None, layers: 0 }
    }

    /// The unknown part of `self // over`.
    fn under(&self, over: &Rest) -> Rest {
        let layers = self.layers + over.layers + 1;
        let resolve: Option<Resolve> = match (self.resolve.clone(), over.resolve.clone()) {
            (Some(_), Some(over)) if layers > MAX_LAYERS => {
                return Rest { unknown: self.unknown.clone(), resolve: Some(over), layers: 0 };
            }
            (Some(under), Some(over)) => Some(Rc::new(move |ev, name| over(ev, name).or_else(|| under(ev, name)))),
            (under, over) => over.or(under),
        };
        Rest { unknown: over.unknown.clone(), resolve, layers }
    }
}

/// Where in the repository something was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    pub file: FileId,
    pub site: Site,
}

/// A place in a lowered file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Site {
    Key(KeyId),
    Expr(ExprId),
}

/// A file as the evaluator sees it.
pub struct Code {
    /// The absolute path of the file.
    pub path: Name,
    pub id: FileId,
    pub hir: std::sync::Arc<hir::File>,
    /// Whether the file is part of flakewise itself; its origins are nobody's.
    pub internal: bool,
    /// Whether the file has syntax errors: what stands around them is
    /// evaluated, and what they may have swallowed is not known.
    pub broken: bool,
    /// Whether the file belongs to an input: its expressions are nobody's either.
    pub foreign: bool,
    /// The names that `scopedImport` gives the file beside the globals.
    pub scope: Option<Rc<Attrs>>,
}

impl Code {
    /// The origin of a name in this file.
    pub fn key(&self, key: Option<KeyId>) -> Option<Origin> {
        if self.internal {
            return None;
        }
        key.map(|key| Origin { file: self.id, site: Site::Key(key) })
    }

    /// The origin of an expression in this file.
    pub fn expr(&self, expr: ExprId) -> Option<Origin> {
        if self.internal || self.foreign {
            return None;
        }
        Some(Origin { file: self.id, site: Site::Expr(expr) })
    }
}

/// A function written in Nix, with what it closes over.
#[derive(Clone)]
pub struct Closure {
    pub code: Rc<Code>,
    pub env: Env,
    /// The [`hir::Expr::Lambda`].
    pub expr: ExprId,
}

/// The implementation of a [`Primop`].
pub type PrimopFn = Rc<dyn Fn(&Evaluator, &[Thunk]) -> Result<Value>>;

/// A function of flakewise, perhaps with some arguments applied already.
pub struct Primop {
    pub name: &'static str,
    pub arity: usize,
    pub function: PrimopFn,
    pub args: Vec<Thunk>,
}

/// The runtime scopes around an expression.
#[derive(Clone)]
pub struct Env(Option<Rc<Frame>>);

pub(super) struct Frame {
    parent: Env,
    slots: RefCell<Slots>,
}

/// A frame that is part of a cycle of references.
pub(super) struct Knot(std::rc::Weak<Frame>);

impl Knot {
    /// Whether somebody still uses the frame.
    pub(super) fn alive(&self) -> bool {
        self.0.strong_count() > 0
    }

    /// Empties the frame and the thunks in it, so that what they kept alive
    /// can go. The thunks too: in `fix (self: { me = self; })` the argument has
    /// the value that has the argument in it.
    pub(super) fn cut(&self) {
        if let Some(frame) = self.0.upgrade() {
            // Taken out first: dropping the thunks may come back to this frame.
            let slots = std::mem::replace(&mut *frame.slots.borrow_mut(), Slots::Names(Vec::new()));
            match &slots {
                Slots::Names(thunks) => thunks.iter().for_each(Thunk::cut),
                Slots::With(thunk) => thunk.cut(),
            }
        }
    }
}

enum Slots {
    Names(Vec<Thunk>),
    With(Thunk),
}

impl Env {
    /// The environment of a file: nothing but the globals.
    pub fn empty() -> Env {
        Env(None)
    }

    /// A frame of names; they can be filled in later with [`Env::fill`], which ties recursive knots.
    pub fn with_names(&self, slots: Vec<Thunk>) -> Env {
        Env(Some(Rc::new(Frame { parent: self.clone(), slots: RefCell::new(Slots::Names(slots)) })))
    }

    /// A frame of a `with`.
    pub fn with_namespace(&self, namespace: Thunk) -> Env {
        Env(Some(Rc::new(Frame { parent: self.clone(), slots: RefCell::new(Slots::With(namespace)) })))
    }

    /// Fills the names of the innermost frame with thunks that may refer to
    /// it. Such a knot keeps itself alive; whoever ties it has it cut with [`Knot::cut`].
    pub(super) fn fill(&self, slots: Vec<Thunk>) -> Option<Knot> {
        *self.0.as_ref()?.slots.borrow_mut() = Slots::Names(slots);
        self.knot()
    }

    /// The innermost frame, to be cut when nobody needs it any more. Also one
    /// that does not refer to itself can be part of a cycle: in `fix f` the
    /// argument of `f` is a thunk whose value has the frame with this argument in it.
    pub(super) fn knot(&self) -> Option<Knot> {
        self.0.as_ref().map(|frame| Knot(Rc::downgrade(frame)))
    }

    fn up(&self, depth: u32) -> Option<&Rc<Frame>> {
        let mut env = self;
        for _ in 0..depth {
            env = &env.0.as_ref()?.parent;
        }
        env.0.as_ref()
    }

    /// The thunk in a slot of the frame that is `depth` frames up.
    pub fn slot(&self, depth: u32, slot: u32) -> Option<Thunk> {
        match &*self.up(depth)?.slots.borrow() {
            Slots::Names(names) => names.get(slot as usize).cloned(),
            Slots::With(_) => None,
        }
    }

    /// The namespace of the `with` that is `depth` frames up.
    pub fn namespace(&self, depth: u32) -> Option<Thunk> {
        match &*self.up(depth)?.slots.borrow() {
            Slots::With(namespace) => Some(namespace.clone()),
            Slots::Names(_) => None,
        }
    }
}

/// A thunk that is part of a cycle of references without any frame in it.
pub(super) struct Loop(std::rc::Weak<ThunkCell>);

impl Loop {
    /// Whether somebody still uses the thunk.
    pub(super) fn alive(&self) -> bool {
        self.0.strong_count() > 0
    }

    /// Forgets what the thunk held.
    pub(super) fn cut(&self) {
        if let Some(cell) = self.0.upgrade() {
            Thunk(cell).cut();
        }
    }
}

/// A value that may not be computed yet, and the expression that makes it.
#[derive(Clone)]
pub struct Thunk(Rc<ThunkCell>);

struct ThunkCell {
    state: RefCell<State>,
    origin: Option<Origin>,
}

/// A computation of flakewise's own that a thunk delays.
type Compute = Box<dyn FnOnce(&Evaluator) -> Result<Value>>;

/// Values hold thunks that hold values: a list of a list of a list, a million
/// deep, is easily computed, and the stack is not deep enough to drop it by
/// recursion. From some depth on what a thunk held waits until the outermost
/// of the thunks that are being dropped is done.
struct Drops {
    depth: Cell<u32>,
    waiting: RefCell<Vec<State>>,
}

/// How many thunks are dropped inside of each other.
const MAX_DROP_DEPTH: u32 = 128;

thread_local! {
    static DROPS: Drops = const { Drops { depth: Cell::new(0), waiting: RefCell::new(Vec::new()) } };
}

impl Drop for ThunkCell {
    fn drop(&mut self) {
        let state = std::mem::replace(self.state.get_mut(), State::Busy);
        let holds_thunks = match &state {
            State::Expr { .. } | State::Native(_) => true,
            State::Done(Ok(value)) => {
                matches!(value, Value::List(_) | Value::Attrs(_) | Value::Lambda(_) | Value::Primop(_))
            }
            State::Done(Err(_)) | State::Busy => false,
        };
        if holds_thunks {
            // While the thread ends there is no such list any more; nothing is nested deeply then.
            let _ = DROPS.try_with(|drops| drops.release(state));
        }
    }
}

impl Drops {
    fn release(&self, state: State) {
        let depth = self.depth.get();
        if depth >= MAX_DROP_DEPTH {
            self.waiting.borrow_mut().push(state);
            return;
        }
        self.depth.set(depth + 1);
        drop(state);
        if depth == 0 {
            loop {
                // Not in the condition of the loop, where it would stay borrowed.
                let next = self.waiting.borrow_mut().pop();
                match next {
                    Some(state) => drop(state),
                    None => break,
                }
            }
        }
        self.depth.set(depth);
    }
}

pub(super) enum State {
    Done(Result<Value>),
    Expr { code: Rc<Code>, env: Env, expr: ExprId },
    Native(Compute),
    Busy,
}

impl Thunk {
    /// An expression to be evaluated when it is asked for.
    pub fn expr(code: &Rc<Code>, env: &Env, expr: ExprId) -> Thunk {
        // Literals cost less than the thunk that would delay them.
        match code.hir.expr(expr) {
            hir::Expr::Int(value) => return Thunk::value_from(Value::Int(*value), code.expr(expr)),
            hir::Expr::Var(hir::Var { target: hir::VarTarget::Slot { depth, slot, .. }, .. }) => {
                if let Some(thunk) = env.slot(*depth, *slot) {
                    return thunk;
                }
            }
            _ => {}
        }
        let state = State::Expr { code: code.clone(), env: env.clone(), expr };
        Thunk(Rc::new(ThunkCell { state: RefCell::new(state), origin: code.expr(expr) }))
    }

    /// A value that is known already.
    pub fn value(value: Value) -> Thunk {
        Thunk(Rc::new(ThunkCell { state: RefCell::new(State::Done(Ok(value))), origin: None }))
    }

    /// A value that is known already, and where it stands.
    pub fn value_from(value: Value, origin: Option<Origin>) -> Thunk {
        Thunk(Rc::new(ThunkCell { state: RefCell::new(State::Done(Ok(value))), origin }))
    }

    /// A computation of flakewise's own.
    pub fn native(compute: impl FnOnce(&Evaluator) -> Result<Value> + 'static) -> Thunk {
        Thunk(Rc::new(ThunkCell { state: RefCell::new(State::Native(Box::new(compute))), origin: None }))
    }

    /// The value, if it was computed before.
    pub fn peek(&self) -> Option<Value> {
        match &*self.0.state.try_borrow().ok()? {
            State::Done(Ok(value)) => Some(value.clone()),
            _ => None,
        }
    }

    /// Whether anybody asked for the value.
    pub fn was_forced(&self) -> bool {
        self.0.state.try_borrow().map_or(true, |state| matches!(&*state, State::Done(_) | State::Busy))
    }

    /// Whether the value is being computed at this moment, so that whoever asks for it is part of it.
    pub fn is_busy(&self) -> bool {
        self.0.state.try_borrow().map_or(true, |state| matches!(&*state, State::Busy))
    }

    /// Whether two thunks are one and the same.
    pub fn same(&self, other: &Thunk) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// The expression of the repository that the value comes from.
    pub fn origin(&self) -> Option<Origin> {
        self.0.origin
    }

    /// What tells the thunk from all others that are alive.
    pub(super) fn address(&self) -> usize {
        Rc::as_ptr(&self.0).cast::<()>() as usize
    }

    /// The expression that was not evaluated yet.
    pub(super) fn pending(&self) -> Option<super::same::Place> {
        match &*self.0.state.try_borrow().ok()? {
            State::Expr { code, env, expr } => {
                Some(super::same::Place { code: code.clone(), env: env.clone(), expr: *expr, right: false })
            }
            _ => None,
        }
    }

    /// The string without interpolations that a thunk still is, in the repository's own words: what it says does not
    /// matter to those who only want to know that it is a string, or where it stands.
    pub fn string_literal(&self) -> Option<(FileId, ExprId)> {
        match &*self.0.state.try_borrow().ok()? {
            State::Expr { code, expr, .. } if !code.internal => {
                code.hir.expr(*expr).plain_string().map(|_| (code.id, *expr))
            }
            _ => None,
        }
    }

    pub(super) fn take(&self) -> State {
        let mut state = self.0.state.borrow_mut();
        match &*state {
            State::Done(result) => State::Done(result.clone()),
            State::Busy => State::Busy,
            _ => std::mem::replace(&mut *state, State::Busy),
        }
    }

    /// The thunk, to be cut when nobody needs it any more.
    pub(super) fn as_loop(&self) -> Loop {
        Loop(Rc::downgrade(&self.0))
    }

    /// Forgets the value or computation, to cut a cycle of references.
    pub fn cut(&self) {
        let state = self.0.state.try_borrow_mut().ok().map(|mut state| std::mem::replace(&mut *state, State::Busy));
        drop(state);
    }

    pub(super) fn finish(&self, result: Result<Value>) {
        *self.0.state.borrow_mut() = State::Done(result);
    }
}

impl Entry {
    /// An attribute that is certainly there.
    pub fn new(value: Thunk, origin: Option<Origin>) -> Entry {
        Entry { value, origin, maybe: false }
    }
}

/// Up to how many attributes are looked through one by one.
const FEW_ATTRS: usize = 8;

impl Attrs {
    /// A set of these attributes; of equal names the last one stays.
    pub fn new(mut entries: Vec<(Name, Entry)>) -> Attrs {
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        entries.reverse();
        entries.dedup_by(|later, kept| later.0 == kept.0);
        entries.reverse();
        Attrs { entries, rest: None }
    }

    /// A set of attributes that are sorted by name, each name once.
    pub(super) fn sorted(entries: Vec<(Name, Entry)>) -> Attrs {
        debug_assert!(entries.is_sorted_by(|a, b| a.0 < b.0));
        Attrs { entries, rest: None }
    }

    /// A set of attributes without origin.
    pub fn of<N: Into<Name>>(entries: impl IntoIterator<Item = (N, Value)>) -> Attrs {
        let entries = entries.into_iter().map(|(name, value)| (name.into(), Entry::new(Thunk::value(value), None)));
        Attrs::new(entries.collect())
    }

    /// The same set with an unknown rest.
    pub fn open(mut self, unknown: Rc<Unknown>) -> Attrs {
        self.rest = Some(Rest::new(unknown));
        self
    }

    /// The same set with an unknown rest of which some attributes are known when asked for.
    pub fn open_with(
        self,
        unknown: Rc<Unknown>,
        resolve: impl Fn(&Evaluator, &Name) -> Option<Value> + 'static,
    ) -> Attrs {
        self.open_resolving(unknown, move |ev, name| resolve(ev, name).map(|value| Resolved { value, maybe: false }))
    }

    /// As [`Attrs::open_with`], for attributes that may be there.
    pub fn open_resolving(
        mut self,
        unknown: Rc<Unknown>,
        resolve: impl Fn(&Evaluator, &Name) -> Option<Resolved> + 'static,
    ) -> Attrs {
        self.rest = Some(Rest { unknown, resolve: Some(Rc::new(resolve)), layers: 0 });
        self
    }

    /// The attribute of this name, if it is among the known ones.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        // Names of different lengths are told apart without being read.
        if self.entries.len() <= FEW_ATTRS {
            return self.entries.iter().find(|(key, _)| key.as_str() == name).map(|(_, entry)| entry);
        }
        let at = self.entries.binary_search_by(|(key, _)| key.as_str().cmp(name)).ok()?;
        self.entries.get(at).map(|(_, entry)| entry)
    }

    /// The known attributes, sorted by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Name, &Entry)> + DoubleEndedIterator {
        self.entries.iter().map(|(name, entry)| (name, entry))
    }

    /// How many attributes are known.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no attribute is known.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// `self // other`, as Nix's update operator: the right side wins.
    pub fn update(&self, other: &Attrs) -> Attrs {
        let mut entries = Vec::with_capacity(self.entries.len() + other.entries.len());
        let (mut left, mut right) = (self.entries.iter().peekable(), other.entries.iter().peekable());
        loop {
            let take_left = match (left.peek(), right.peek()) {
                (Some(l), Some(r)) => match l.0.cmp(&r.0) {
                    std::cmp::Ordering::Less => true,
                    std::cmp::Ordering::Greater => false,
                    std::cmp::Ordering::Equal => {
                        if let Some((name, kept)) = left.next()
                            && let Some((_, new)) = right.next()
                        {
                            entries.push((name.clone(), overlay(kept, new)));
                        }
                        continue;
                    }
                },
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (None, None) => break,
            };
            entries.extend(if take_left { left.next() } else { right.next() }.cloned());
        }
        // An open right side may replace what stands on the left.
        if let Some(rest) = &other.rest {
            for (name, entry) in &mut entries {
                if other.get(name).is_none() {
                    entry.value = shadowed(entry.value.clone(), name.clone(), rest.clone());
                }
            }
        }
        let rest = match (&self.rest, &other.rest) {
            (None, None) => None,
            (Some(rest), None) | (None, Some(rest)) => Some(rest.clone()),
            (Some(left), Some(right)) => Some(left.under(right)),
        };
        Attrs { entries, rest }
    }

    /// The set in which the attributes of these names may not be there.
    pub fn doubting(&self, mut doubt: impl FnMut(&str) -> bool) -> Attrs {
        let mut attrs = self.clone();
        for (name, entry) in &mut attrs.entries {
            entry.maybe |= doubt(name);
        }
        attrs
    }

    /// The set without these names.
    pub fn without(&self, mut remove: impl FnMut(&str) -> bool) -> Attrs {
        let entries = self.entries.iter().filter(|(name, _)| !remove(name)).cloned().collect();
        Attrs { entries, rest: self.rest.clone() }
    }
}

/// What `left // right` holds where both have the attribute.
fn overlay(kept: &Entry, new: &Entry) -> Entry {
    if !new.maybe {
        return new.clone();
    }
    let (kept_value, new_value) = (kept.value.clone(), new.value.clone());
    let value = Thunk::native(move |ev| {
        let new = ev.force(&new_value);
        ev.join(ev.force(&kept_value), new)
    });
    Entry { value, origin: new.origin.or(kept.origin), maybe: kept.maybe }
}

/// An attribute that an unknown set may have replaced: still the known one, as
/// far as anybody can say, unless the unknown set is known to have the name.
fn shadowed(value: Thunk, name: Name, rest: Rest) -> Thunk {
    let Some(resolve) = rest.resolve else { return value };
    Thunk::native(move |ev| match resolve(ev, &name) {
        Some(Resolved { value: replaced, maybe: false }) => Ok(replaced),
        Some(Resolved { value: replaced, maybe: true }) => ev.join(ev.force(&value), Ok(replaced)),
        None => ev.force(&value),
    })
}

impl Value {
    /// A string without context.
    pub fn string(text: impl Into<Name>) -> Value {
        Value::String(Rc::new(NixString::plain(text)))
    }

    /// A string that names store objects.
    pub fn string_with_context(text: impl Into<Name>, context: Rc<[Name]>) -> Value {
        Value::String(Rc::new(NixString { text: text.into(), context }))
    }

    /// A closed set.
    pub fn attrs(attrs: Attrs) -> Value {
        Value::Attrs(Rc::new(attrs))
    }

    /// A closed list.
    pub fn list(items: Vec<Thunk>) -> Value {
        Value::List(Rc::new(List::closed(items)))
    }

    /// A function of flakewise.
    pub fn primop(
        name: &'static str,
        arity: usize,
        function: impl Fn(&Evaluator, &[Thunk]) -> Result<Value> + 'static,
    ) -> Value {
        Value::Primop(Rc::new(Primop { name, arity, function: Rc::new(function), args: Vec::new() }))
    }

    /// The name of the value's type, as `builtins.typeOf` gives it; `None` when it is unknown.
    pub fn type_name(&self) -> Option<&'static str> {
        Some(match self {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::String(_) => "string",
            Value::Path(_) => "path",
            Value::List(_) => "list",
            Value::Attrs(_) => "set",
            Value::Lambda(_) | Value::Primop(_) => "lambda",
            Value::Unknown(_) => return None,
        })
    }

    /// The unknown, if the value is one.
    pub fn unknown(&self) -> Option<&Rc<Unknown>> {
        match self {
            Value::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }
}

impl From<Rc<Unknown>> for Value {
    fn from(unknown: Rc<Unknown>) -> Value {
        Value::Unknown(unknown)
    }
}

impl From<Stop> for Result<Value> {
    fn from(stop: Stop) -> Result<Value> {
        match stop {
            Stop::Unknown(unknown) => Ok(Value::Unknown(unknown)),
            stop @ Stop::Error(_) => Err(stop),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Int(value) => write!(f, "{value}"),
            Value::Float(value) => write!(f, "{value}"),
            Value::String(value) => write!(f, "{:?}", value.text),
            Value::Path(path) => f.write_str(path),
            Value::List(list) => {
                write!(f, "[{} items{}]", list.items.len(), if list.rest.is_some() { ", …" } else { "" })
            }
            Value::Attrs(attrs) => {
                let names: Vec<&str> = attrs.iter().map(|(name, _)| name.as_str()).collect();
                write!(f, "{{{}{}}}", names.join(" "), if attrs.rest.is_some() { " …" } else { "" })
            }
            Value::Lambda(_) => f.write_str("«lambda»"),
            Value::Primop(primop) => write!(f, "«primop {}»", primop.name),
            Value::Unknown(unknown) => write!(f, "«unknown: {unknown}»"),
        }
    }
}
