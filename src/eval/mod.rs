//! The lazy partial evaluator of the Nix language.
//!
//! It computes what Nix would compute as far as that is possible without
//! building, fetching or running anything, and says of the rest why it is not
//! known ([`Unknown`]). Values keep where their attributes were written
//! ([`Origin`]), through `//`, `mapAttrs`, `inherit`, `import` and calls.
//!
//! The world is asked only through [`Files`], and what was asked is recorded
//! ([`ReadSet`]). Fuel and depth are bounded; a program that exceeds them has
//! unknown values, not an endless evaluation.

mod builtins;
mod expr;
mod files;
mod lib;
mod list;
mod notes;
mod operators;
mod print;
mod same;
mod sources;
mod strings;
mod unknown;
mod value;

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

pub(crate) use builtins::{base32, hash_bytes};
pub use builtins::{builtin_names, call_builtin, json_to_value};
pub use files::{FileType, Files, NixFile, ReadError, ReadSet};
pub use lib::{INTERNAL_FILES, INTERNAL_ROOT};
pub use list::{List, ListBuilder};
pub use notes::{Exhausted, MissingFunction};
pub use print::{PrintLimits, Shown, attr_name, print, show, show_thunk};
pub use same::Sameness;
pub use strings::{join_path, normalise_path};
pub use unknown::{Cause, ErrorKind, EvalError, Limit, Stop, Unknown};
pub use value::{
    Attrs, Closure, Code, Entry, Env, NixString, Origin, Primop, PrimopFn, Resolved, Rest, Site, Thunk, Value,
};

use crate::hir::{ExprId, Name};

/// What an evaluation gives.
pub type Result<T> = std::result::Result<T, Stop>;

/// How much an evaluator may do.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Evaluation steps: expressions entered and elements processed by builtins.
    pub fuel: u64,
    /// Nested evaluations. Each takes a few kilobytes of the thread's stack.
    pub depth: u32,
    /// Bytes of a string, elements of a list.
    pub size: usize,
}

impl Default for Bounds {
    fn default() -> Bounds {
        // The outputs of the largest flakes of people take 1.5 million steps,
        // their largest hosts half a million. Ten million are some seconds, and
        // what is computed in them fits into memory on every core at once.
        Bounds { fuel: 10_000_000, depth: 12_000, size: 4 << 20 }
    }
}

/// Bytes of a new string that cost as much as a step: otherwise a program
/// could copy, and keep, megabytes in every step that it has.
const BYTES_PER_STEP: u64 = 64;

/// The stack that a thread needs to evaluate with the default [`Bounds`], in
/// bytes. It is reserved, not used, until an evaluation is that deep.
pub const STACK_SIZE: usize = 1 << 30;

/// Evaluates Nix. One evaluator belongs to one thread and one revision of the files.
pub struct Evaluator {
    files: files::Recorder,
    bounds: Bounds,
    fuel: Cell<u64>,
    depth: Cell<u32>,
    /// Conditions that were not decided, around what is evaluated now.
    speculation: Cell<u32>,
    /// Left sides of `&&` and `||` that are not known, around what is evaluated now.
    undecided: Cell<u32>,
    codes: RefCell<FxHashMap<Name, Rc<Code>>>,
    codes_by_id: RefCell<FxHashMap<crate::base::FileId, Rc<Code>>>,
    imports: RefCell<FxHashMap<Name, Thunk>>,
    builtins: OnceCell<Value>,
    globals: OnceCell<FxHashMap<Name, Thunk>>,
    hidden: OnceCell<FxHashMap<Name, Thunk>>,
    patterns: RefCell<FxHashMap<Name, Rc<builtins::Pattern>>>,
    lib: OnceCell<Thunk>,
    calls: RefCell<Vec<Origin>>,
    called: RefCell<FxHashSet<Origin>>,
    current: RefCell<Vec<Origin>>,
    knots: RefCell<Knots>,
    held: RefCell<Vec<Rc<dyn std::any::Any>>>,
    defined: RefCell<FxHashMap<&'static str, Value>>,
    input_files: RefCell<Option<InputFiles>>,
    fetched: RefCell<Option<Fetched>>,
    in_doubt: Cell<bool>,
    sources: sources::InputSources,
    exploring: Cell<bool>,
    /// Whether an argument is evaluated that nobody is known to ask for.
    aside: Cell<bool>,
    /// The expressions of evaluated thunks by address, with the thunks; `None` while nobody wants to know.
    remembered: RefCell<Option<FxHashMap<usize, (Thunk, same::Place)>>>,
    /// The folder that printed paths are relative to.
    root: RefCell<Option<Name>>,
    /// The files that `toFile` made, by their paths in the store.
    store_texts: RefCell<FxHashMap<Name, Rc<NixString>>>,
    next_number: Cell<u32>,
    assumed: Cell<bool>,
    /// The sets of which everything is known, whatever takes part in the evaluation.
    exact: RefCell<Vec<std::rc::Weak<Attrs>>>,
    /// Selections from nixpkgs' `lib` of what it does not have, but nearly.
    missing_functions: RefCell<std::collections::BTreeMap<Origin, MissingFunction>>,
    /// The files of the repository that were imported where nothing was left undecided.
    demanded: RefCell<std::collections::BTreeSet<crate::base::FileId>>,
    /// The bounds that were reached.
    exhausted: RefCell<Vec<Exhausted>>,
    /// Where an attribute is selected straight from an input that does not say what it has: input and attribute.
    selections: RefCell<std::collections::BTreeMap<Origin, (Name, Name)>>,
}

/// What `import` gives for a file of an input that is not at hand: input, path inside it.
pub type InputFiles = Rc<dyn Fn(&Evaluator, &str, &str) -> Option<Value>>;

/// What is known of the source that a builtin (`fetchTree`) fetches for an argument, before it is fetched.
pub type Fetched = Rc<dyn Fn(&Evaluator, &str, &Value) -> Option<Value>>;

/// The cycles of references that an evaluation made. Values are counted
/// references; recursive bindings refer to themselves and would never go.
#[derive(Default)]
struct Knots {
    frames: Vec<value::Knot>,
    thunks: Vec<value::Loop>,
    /// The numbers of frames and thunks at which dead ones are looked for next.
    next_sweep: usize,
    next_thunk_sweep: usize,
}

impl Drop for Evaluator {
    fn drop(&mut self) {
        // Taken out first: what it keeps may be the last that holds something of the evaluator.
        let remembered = self.remembered.take();
        drop(remembered);
        let knots = std::mem::take(&mut *self.knots.borrow_mut());
        for knot in &knots.frames {
            knot.cut();
        }
        for thunk in &knots.thunks {
            thunk.cut();
        }
        if let Some(Value::Attrs(builtins)) = self.builtins.get()
            && let Some(entry) = builtins.get("builtins")
        {
            entry.value.cut();
        }
    }
}

impl Evaluator {
    /// An evaluator over these files.
    pub fn new(files: Arc<dyn Files>, bounds: Bounds) -> Evaluator {
        Evaluator {
            files: files::Recorder::new(files),
            bounds,
            fuel: Cell::new(bounds.fuel),
            depth: Cell::new(0),
            speculation: Cell::new(0),
            undecided: Cell::new(0),
            codes: RefCell::default(),
            codes_by_id: RefCell::default(),
            imports: RefCell::default(),
            builtins: OnceCell::new(),
            globals: OnceCell::new(),
            hidden: OnceCell::new(),
            patterns: RefCell::default(),
            lib: OnceCell::new(),
            calls: RefCell::default(),
            called: RefCell::default(),
            current: RefCell::default(),
            knots: RefCell::default(),
            held: RefCell::default(),
            defined: RefCell::default(),
            input_files: RefCell::default(),
            fetched: RefCell::default(),
            in_doubt: Cell::new(false),
            sources: sources::InputSources::default(),
            exploring: Cell::new(false),
            aside: Cell::new(false),
            remembered: RefCell::default(),
            root: RefCell::default(),
            store_texts: RefCell::default(),
            next_number: Cell::new(0),
            assumed: Cell::new(false),
            exact: RefCell::default(),
            missing_functions: RefCell::default(),
            demanded: RefCell::default(),
            exhausted: RefCell::default(),
            selections: RefCell::default(),
        }
    }

    /// Defines a function that flakewise's own Nix files see as `__name`; layers above provide theirs so.
    pub fn define(&self, name: &'static str, value: Value) {
        self.defined.borrow_mut().insert(name, value);
    }

    /// A function that was defined so.
    pub fn defined(&self, name: &str) -> Option<Value> {
        self.defined.borrow().get(name).cloned()
    }

    /// Says which folder is the flake's: printed values name its files relative to it.
    pub fn set_root(&self, root: &Name) {
        *self.root.borrow_mut() = Some(root.clone());
    }

    /// Says what importing a file of an absent input gives.
    pub fn provide_input_files(&self, provide: InputFiles) {
        *self.input_files.borrow_mut() = Some(provide);
    }

    /// Says what is known of sources that builtins fetch.
    pub fn provide_fetched(&self, fetched: Fetched) {
        *self.fetched.borrow_mut() = Some(fetched);
    }

    /// Notes that code which is not at hand takes part: it may declare, add and change what nobody here can see.
    pub fn note_doubt(&self) {
        self.in_doubt.set(true);
    }

    /// Whether code that is not at hand takes part in this evaluation, as far as it went.
    pub fn in_doubt(&self) -> bool {
        self.in_doubt.get()
    }

    /// While exploring, the arguments of unknown functions are evaluated one
    /// level deep, so that what they hold (a host given to an image builder) is seen.
    pub fn explore(&self, exploring: bool) -> bool {
        self.exploring.replace(exploring)
    }

    /// Whether anything was taken for granted because the configuration is meant to deploy: that an assertion holds
    /// which nobody can decide, that a way is not taken which fails, or that a string does not refer to the store.
    pub fn assumed(&self) -> bool {
        self.assumed.get()
    }

    /// Where attributes were selected straight from inputs of which nobody here can say whether they have them, in
    /// code that is certainly evaluated: the selections, with input and attribute.
    pub fn selections(&self) -> std::collections::BTreeMap<Origin, (Name, Name)> {
        self.selections.borrow().clone()
    }

    /// Notes such a selection.
    fn note_selection(&self, origin: Option<Origin>, found: &Value) {
        let Some(([attribute], input)) = found.unknown().and_then(|it| it.input()).map(|(input, path)| (path, input))
        else {
            return;
        };
        if let Some(origin) = origin.filter(|_| self.speculation.get() == 0) {
            self.selections.borrow_mut().insert(origin, (input.clone(), attribute.clone()));
        }
    }

    fn assume(&self) {
        self.assumed.set(true);
    }

    /// Whether what is evaluated now is one way of a condition that was not decided.
    pub fn speculates(&self) -> bool {
        self.speculation.get() > 0
    }

    /// A number that no other call gave, for things that need an identity.
    pub fn number(&self) -> u32 {
        let number = self.next_number.get();
        self.next_number.set(number + 1);
        number
    }

    /// From now on keeps the expressions of the thunks that are evaluated, so that [`Sameness`] can compare them.
    pub fn remember_expressions(&self) {
        self.remembered.borrow_mut().get_or_insert_default();
        self.files.reads.borrow_mut().all_strings = true;
    }

    /// The expression that a thunk delays, or delayed.
    fn expression(&self, thunk: &Thunk) -> Option<same::Place> {
        thunk.pending().or_else(|| {
            let remembered = self.remembered.borrow();
            remembered.as_ref()?.get(&thunk.address()).map(|(_, place)| place.clone())
        })
    }

    fn explore_argument(&self, argument: &Thunk) {
        if !self.exploring.get() || self.step(16).is_err() {
            return;
        }
        let outside = self.aside.replace(true);
        match self.force(argument) {
            Ok(Value::Attrs(attrs)) => {
                for (_, entry) in attrs.iter() {
                    let _ = self.force(&entry.value);
                }
            }
            Ok(Value::List(list)) => {
                for item in &list.items {
                    let _ = self.force(item);
                }
            }
            _ => {}
        }
        self.aside.set(outside);
    }

    /// Remembers a frame until the evaluator goes: it may be part of a cycle.
    fn tie(&self, knot: Option<value::Knot>) {
        let Some(knot) = knot else { return };
        let mut knots = self.knots.borrow_mut();
        knots.frames.push(knot);
        if knots.frames.len() >= knots.next_sweep {
            knots.frames.retain(value::Knot::alive);
            knots.next_sweep = (knots.frames.len() * 2).max(4096);
        }
    }

    /// Says that a thunk may be part of a cycle without any frame in it
    /// (`self`, `config`): it is emptied when the evaluator goes.
    pub fn tie_thunk(&self, thunk: &Thunk) {
        let mut knots = self.knots.borrow_mut();
        knots.thunks.push(thunk.as_loop());
        if knots.thunks.len() >= knots.next_thunk_sweep {
            knots.thunks.retain(value::Loop::alive);
            knots.next_thunk_sweep = (knots.thunks.len() * 2).max(1024);
        }
    }

    /// Keeps something alive as long as the evaluator, for closures that hold it weakly.
    pub fn hold(&self, object: Rc<dyn std::any::Any>) {
        self.held.borrow_mut().push(object);
    }

    /// Everything read so far.
    pub fn reads(&self) -> ReadSet {
        self.files.reads.borrow().clone()
    }

    /// The steps that are left.
    pub fn fuel_left(&self) -> u64 {
        self.fuel.get()
    }

    /// Fills the fuel up again, as for another host.
    pub fn refuel(&self) {
        self.fuel.set(self.bounds.fuel);
    }

    /// Runs one of several independent computations with a part of the fuel
    /// that is left, so that one which never ends leaves something to the rest.
    pub fn with_share<T>(&self, compute: impl FnOnce() -> T) -> T {
        let left = self.fuel.get();
        // However many of them use up theirs, there is some left for the next.
        let share = left / 4;
        self.fuel.set(share);
        let result = compute();
        self.fuel.set(left - (share - self.fuel.get().min(share)));
        result
    }

    /// The functions of the repository that are being called now, outermost first.
    pub fn call_stack(&self) -> Vec<Origin> {
        self.calls.borrow().clone()
    }

    /// Every function of the repository that was called at all.
    pub fn called_functions(&self) -> FxHashSet<Origin> {
        self.called.borrow().clone()
    }

    /// The innermost expression of the repository that is being evaluated.
    pub fn current_expr(&self) -> Option<Origin> {
        self.current.borrow().last().copied()
    }

    /// Uses up fuel; an [`Unknown`] once there is none left.
    pub fn step(&self, cost: u64) -> Result<()> {
        let left = self.fuel.get();
        if left < cost {
            return Err(Stop::Unknown(self.note_exhausted(Limit::Fuel)));
        }
        self.fuel.set(left - cost);
        Ok(())
    }

    /// An [`Unknown`] for a size beyond the bounds.
    pub fn check_size(&self, size: usize) -> Result<()> {
        if size > self.bounds.size {
            return Err(Stop::Unknown(self.note_exhausted(Limit::Size)));
        }
        Ok(())
    }

    /// The value of a thunk. An unknown value is `Ok`; `Err` is an error of the program.
    pub fn force(&self, thunk: &Thunk) -> Result<Value> {
        let state = thunk.take();
        match state {
            value::State::Done(result) => result,
            value::State::Busy => {
                Err(EvalError::stop(ErrorKind::InfiniteRecursion, "infinite recursion: the value needs itself"))
            }
            value::State::Expr { code, env, expr } => {
                if let Some(remembered) = &mut *self.remembered.borrow_mut() {
                    let place = same::Place { code: code.clone(), env: env.clone(), expr, right: false };
                    remembered.insert(thunk.address(), (thunk.clone(), place));
                }
                let result = self.eval(&code, &env, expr);
                thunk.finish(result.clone());
                result
            }
            value::State::Native(compute) => {
                let result = self.nested(|| compute(self));
                thunk.finish(result.clone());
                result
            }
        }
    }

    /// Runs a computation one level deeper, and makes an unknown that stopped it its value.
    fn nested(&self, compute: impl FnOnce() -> Result<Value>) -> Result<Value> {
        let depth = self.depth.get();
        if depth >= self.bounds.depth {
            return Ok(Value::Unknown(self.note_exhausted(Limit::Depth)));
        }
        self.depth.set(depth + 1);
        let result = compute();
        self.depth.set(depth);
        match result {
            Err(Stop::Unknown(unknown)) => Ok(Value::Unknown(unknown)),
            result => result,
        }
    }

    /// Runs a recursion over values, such as a comparison, one level deeper.
    /// Values contain themselves, or are as deep as a program has steps.
    pub(crate) fn deeper<T>(&self, compute: impl FnOnce() -> Result<T>) -> Result<T> {
        let depth = self.depth.get();
        if depth >= self.bounds.depth {
            return Err(Stop::Unknown(self.note_exhausted(Limit::Depth)));
        }
        self.depth.set(depth + 1);
        let result = compute();
        self.depth.set(depth);
        result
    }

    /// Evaluates the file at `path`, once per evaluator.
    pub fn import(&self, path: &str) -> Result<Value> {
        if let Some(replaced) = self.replaced_file(path) {
            return replaced;
        }
        self.import_as_it_is(self.import_path(path)?)
    }

    /// As [`Evaluator::import`] of a path of a file, whatever [`Evaluator::replace_file`] said.
    pub fn import_as_it_is(&self, path: Name) -> Result<Value> {
        let cached = self.imports.borrow().get(&path).cloned();
        let thunk = match cached {
            Some(thunk) => thunk,
            None => {
                let thunk = self.import_thunk(&path)?;
                self.imports.borrow_mut().insert(path.clone(), thunk.clone());
                thunk
            }
        };
        self.note_demand(&path);
        if thunk.is_busy() {
            let message = format!("{path} imports itself");
            return Err(EvalError::stop(ErrorKind::ImportsItself { path }, message));
        }
        self.force(&thunk)
    }

    /// Evaluates the file at `path` with further names in scope, each time anew.
    pub fn scoped_import(&self, path: &str, scope: Rc<Attrs>) -> Result<Value> {
        let path = self.import_path(path)?;
        let code = self.code(&path)?;
        let root = code.hir.root().ok_or_else(|| {
            EvalError::stop(ErrorKind::Syntax { path: path.clone() }, format!("{path} holds no expression"))
        })?;
        let scoped = Code {
            path,
            id: code.id,
            hir: code.hir.clone(),
            internal: code.internal,
            broken: code.broken,
            foreign: code.foreign,
            scope: Some(scope),
        };
        self.eval(&Rc::new(scoped), &Env::empty(), root)
    }

    fn import_thunk(&self, path: &Name) -> Result<Thunk> {
        let code = self.code(path)?;
        let root = code.hir.root().ok_or_else(|| {
            if code.broken {
                return expr::swallowed(&code);
            }
            EvalError::stop(ErrorKind::Syntax { path: path.clone() }, format!("{path} holds no expression"))
        })?;
        Ok(Thunk::expr(&code, &Env::empty(), root))
    }

    /// The file that `import path` reads: a folder stands for its default.nix.
    pub fn import_path(&self, path: &str) -> Result<Name> {
        let path = normalise_path(path);
        if path.starts_with(INTERNAL_ROOT) {
            return Ok(path);
        }
        match self.file_type(&path)? {
            Some(FileType::Directory) => {
                let inner = Name::from(format!("{}/default.nix", path.trim_end_matches('/')));
                match self.file_type(&inner)? {
                    Some(_) => Ok(inner),
                    None => Err(missing_file(&inner)),
                }
            }
            Some(_) => Ok(path),
            None => Err(missing_file(&path)),
        }
    }

    /// What is at a path, symbolic links followed; an unknown for paths outside of what can be seen.
    pub fn file_type(&self, path: &str) -> Result<Option<FileType>> {
        if self.store_texts.borrow().contains_key(path) {
            return Ok(Some(FileType::Regular));
        }
        self.files.file_type(path).map_err(|error| read_error(error, path))
    }

    /// The text of a file, if it can be had.
    pub fn read_text(&self, path: &str) -> Option<Arc<str>> {
        self.files.read_file(path).ok()
    }

    /// The lowered file at `path`.
    pub fn code(&self, path: &Name) -> Result<Rc<Code>> {
        if let Some(code) = self.codes.borrow().get(path) {
            return Ok(code.clone());
        }
        let file = self.files.nix_file(path).map_err(|error| read_error(error, path))?;
        let foreign = self.is_foreign(path);
        if foreign && file.broken {
            // Nix reads what is locked: it is flakewise that does not.
            self.files.reads.borrow_mut().broken.remove(&file.id);
            return Err(Stop::Unknown(Unknown::new(Cause::File(path.clone()))));
        }
        let code = Rc::new(Code {
            path: path.clone(),
            id: file.id,
            hir: file.hir,
            internal: path.starts_with(INTERNAL_ROOT),
            broken: file.broken,
            foreign,
            scope: None,
        });
        self.codes.borrow_mut().insert(path.clone(), code.clone());
        self.codes_by_id.borrow_mut().entry(code.id).or_insert_with(|| code.clone());
        Ok(code)
    }

    /// The id of a Nix file that exists, also of one that does not parse.
    pub fn file_id(&self, path: &str) -> Option<crate::base::FileId> {
        self.files.nix_file(path).ok().map(|file| file.id)
    }

    /// The file with this id, if something of it was evaluated.
    pub fn code_of(&self, id: crate::base::FileId) -> Option<Rc<Code>> {
        self.codes_by_id.borrow().get(&id).cloned()
    }

    /// Calls a function value.
    pub fn call(&self, function: &Value, argument: Thunk) -> Result<Value> {
        self.nested(|| self.apply(function, argument))
    }

    /// Calls a function value with several arguments, one after the other.
    pub fn call_all(&self, function: &Value, arguments: impl IntoIterator<Item = Thunk>) -> Result<Value> {
        let mut value = function.clone();
        for argument in arguments {
            value = self.call(&value, argument)?;
        }
        Ok(value)
    }

    /// The attribute `name` of a value. `Ok(None)` when the set certainly has none.
    pub fn select(&self, value: &Value, name: &Name) -> Result<Option<Value>> {
        match value {
            Value::Attrs(attrs) => match attrs.get(name) {
                Some(entry) => self.force(&entry.value).map(Some),
                None => Ok(self.select_rest(attrs, name)),
            },
            Value::Unknown(unknown) => Ok(Some(Value::Unknown(unknown.select(name)))),
            other => Err(self.type_error("a set", other)),
        }
    }

    /// What an open set holds under a name that is not among its known ones.
    pub fn select_rest(&self, attrs: &Attrs, name: &Name) -> Option<Value> {
        let rest = attrs.rest.as_ref()?;
        let resolved = rest.resolve.as_ref().and_then(|resolve| resolve(self, name));
        Some(resolved.map_or_else(|| Value::Unknown(rest.unknown.select(name)), |resolved| resolved.value))
    }

    /// The attribute at a path, as [`Evaluator::select`].
    pub fn select_path(&self, value: &Value, path: &[&str]) -> Result<Option<Value>> {
        let mut value = value.clone();
        for name in path {
            match self.select(&value, &Name::new(name))? {
                Some(inner) => value = inner,
                None => return Ok(None),
            }
        }
        Ok(Some(value))
    }

    /// The entry `name` of a set, with its origin.
    pub fn entry(&self, value: &Value, name: &str) -> Option<Entry> {
        match value {
            Value::Attrs(attrs) => attrs.get(name).cloned(),
            _ => None,
        }
    }

    /// A type error that says what was found.
    pub fn type_error(&self, expected: &str, found: &Value) -> Stop {
        match found {
            Value::Unknown(unknown) => Stop::Unknown(unknown.derive()),
            other => EvalError::stop(
                ErrorKind::Type,
                format!("{} stands where {expected} is needed", with_article(other.type_name().unwrap_or("value"))),
            ),
        }
    }

    /// The set that a value is.
    pub fn as_attrs(&self, value: &Value) -> Result<Rc<Attrs>> {
        match value {
            Value::Attrs(attrs) => Ok(attrs.clone()),
            other => Err(self.type_error("a set", other)),
        }
    }

    /// The list that a value is.
    pub fn as_list(&self, value: &Value) -> Result<Rc<List>> {
        match value {
            Value::List(list) => Ok(list.clone()),
            other => Err(self.type_error("a list", other)),
        }
    }

    /// The string that a value is; paths are not coerced.
    pub fn as_string(&self, value: &Value) -> Result<Rc<NixString>> {
        match value {
            Value::String(string) => Ok(string.clone()),
            other => Err(self.type_error("a string", other)),
        }
    }

    /// The boolean that a value is.
    pub fn as_bool(&self, value: &Value) -> Result<bool> {
        match value {
            Value::Bool(value) => Ok(*value),
            other => Err(self.type_error("a boolean", other)),
        }
    }

    /// The integer that a value is.
    pub fn as_int(&self, value: &Value) -> Result<i64> {
        match value {
            Value::Int(value) => Ok(*value),
            other => Err(self.type_error("an integer", other)),
        }
    }

    /// Forces a thunk to a set, list and so on; the counterparts of `forceAttrs` and kin in Nix.
    pub fn attrs(&self, thunk: &Thunk) -> Result<Rc<Attrs>> {
        self.as_attrs(&self.force(thunk)?)
    }

    /// See [`Evaluator::attrs`].
    pub fn list(&self, thunk: &Thunk) -> Result<Rc<List>> {
        self.as_list(&self.force(thunk)?)
    }

    /// See [`Evaluator::attrs`].
    pub fn string(&self, thunk: &Thunk) -> Result<Rc<NixString>> {
        self.as_string(&self.force(thunk)?)
    }

    /// See [`Evaluator::attrs`].
    pub fn bool(&self, thunk: &Thunk) -> Result<bool> {
        self.as_bool(&self.force(thunk)?)
    }

    /// See [`Evaluator::attrs`].
    pub fn int(&self, thunk: &Thunk) -> Result<i64> {
        self.as_int(&self.force(thunk)?)
    }

    /// What remains of two values when it is not known which of them it is.
    pub fn join(&self, left: Result<Value>, right: Result<Value>) -> Result<Value> {
        operators::join(self, left, right)
    }

    /// Evaluates the root of a file's expression in isolation, as `nix eval --file`.
    pub fn eval_expr(&self, code: &Rc<Code>, env: &Env, expr: ExprId) -> Result<Value> {
        self.eval(code, env, expr)
    }
}

/// Whether two values are equal, as `==` has it.
pub fn values_equal(ev: &Evaluator, first: &Value, second: &Value) -> Result<bool> {
    operators::equal(ev, first, second)
}

fn with_article(name: &str) -> String {
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {name}")
}

pub(crate) fn missing_file(path: &Name) -> Stop {
    EvalError::stop(ErrorKind::NoSuchFile { path: path.clone() }, format!("{path} does not exist"))
}

fn read_error(error: ReadError, path: &str) -> Stop {
    match error {
        ReadError::Missing => missing_file(&Name::new(path)),
        // Nix reads bytes: what is no UTF-8 is nothing to it that we could know, and nothing wrong.
        ReadError::Unavailable | ReadError::NotText => Stop::Unknown(Unknown::new(Cause::File(Name::new(path)))),
        ReadError::WrongType => EvalError::stop(ErrorKind::Other, format!("{path} is a folder")),
    }
}
