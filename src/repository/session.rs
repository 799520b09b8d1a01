//! One evaluation of a flake: its inputs, its outputs, and the hosts that were built on the way.

use std::cell::{OnceCell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::model::HostKind;
use super::sources::{Given, Shared};
use super::{builders, inputs};
use crate::db::{Snapshot, Sources};
use crate::eval::{Attrs, Bounds, Cause, Entry, Evaluator, Origin, Result, Thunk, Unknown, Value, join_path};
use crate::flake::{LockGraph, LockNode};
use crate::hir::Name;
use crate::module_system::Configuration;

/// The hidden attribute that a host's value carries: its index in [`Session::calls`].
pub(super) const HOST_MARK: &str = "__flakewiseHost";

/// A call of nixosSystem and kin.
pub(super) struct HostCall {
    pub kind: HostKind,
    pub configuration: Rc<Configuration>,
    /// The call, where it stands in the repository.
    pub call: Option<Origin>,
    /// The functions of the repository that were being evaluated, outermost first.
    pub helpers: Vec<Origin>,
    /// The `system` argument, or that of `pkgs`.
    pub system: Option<Thunk>,
    /// specialArgs or extraSpecialArgs.
    pub special_args: Rc<Attrs>,
    /// The input whose function it is, and the folder of the flake that has the input.
    pub input: Name,
    pub flake: Name,
    /// Everything that the function was given; `None` where the host extends another one.
    pub given: Option<Rc<Attrs>>,
}

/// A flake that is being evaluated.
pub(super) struct Session {
    pub ev: Evaluator,
    pub state: Rc<State>,
    /// What flake.nix evaluates to; an error where it does not.
    pub flake: Result<Value>,
    pub inputs: Vec<super::Input>,
    outputs: OnceCell<Result<Value>>,
    /// `self`, once the outputs were asked for.
    own: OnceCell<Thunk>,
}

/// What builders share. They hold it weakly, the evaluator keeps it.
pub(super) struct State {
    pub calls: Rc<RefCell<Vec<HostCall>>>,
    pub me: Weak<State>,
    pub root: Name,
    pub lock: Option<Arc<LockGraph>>,
    /// The folder of the flake whose lock that is.
    pub lock_root: Name,
    /// The node of the lock that this flake is.
    pub node: Name,
    /// The input that this flake is, where its source is not the repository's.
    pub input: Option<Name>,
    pub given: Rc<Given>,
    pub shared: Rc<Shared>,
    /// The outputs of the frameworks that stand in for inputs, by their file.
    pub frameworks: RefCell<FxHashMap<&'static str, Value>>,
    /// The `lib` of each input that is a nixpkgs: there is one of each, as in Nix.
    pub libs: RefCell<FxHashMap<Name, Value>>,
    /// What `outputs` is called with, once it was.
    pub arguments: OnceCell<Thunk>,
}

/// Which flake of a lock a [`State`] is.
struct Place {
    root: Name,
    lock: Option<Arc<LockGraph>>,
    lock_root: Name,
    node: Name,
    input: Option<Name>,
    given: Rc<Given>,
}

impl Place {
    /// A flake with a lock of its own.
    fn top(root: &Name, lock: Option<Arc<LockGraph>>, sources: &Sources) -> Place {
        Place {
            root: root.clone(),
            lock_root: root.clone(),
            node: lock.as_ref().map(|lock| lock.root.clone()).unwrap_or_default(),
            input: None,
            given: Rc::new(Given::new(sources, root, lock.as_deref())),
            lock,
        }
    }
}

impl State {
    /// Whether other flakes were evaluated, whose inputs may have the names of this one's.
    pub(super) fn has_other_flakes(&self) -> bool {
        self.shared.has_flakes()
    }

    fn new(ev: &Evaluator, place: Place, shared: Rc<Shared>, calls: Rc<RefCell<Vec<HostCall>>>) -> Rc<State> {
        let Place { root, lock, lock_root, node, input, given } = place;
        let state = Rc::new_cyclic(|me: &Weak<State>| State {
            calls,
            me: me.clone(),
            root,
            lock,
            lock_root,
            node,
            input,
            given,
            shared,
            frameworks: RefCell::default(),
            libs: RefCell::default(),
            arguments: OnceCell::new(),
        });
        ev.hold(state.clone());
        state
    }

    /// A flake that is an input of another one: it gets the inputs that the
    /// other one's lock gives it, or else those of its own lock. `input` is its
    /// name where it is not of the repository.
    pub(super) fn of_input(
        ev: &Evaluator,
        outer: &State,
        root: &Name,
        node: Option<Name>,
        input: Option<Name>,
    ) -> Rc<State> {
        let place = match node {
            Some(node) => Place {
                root: root.clone(),
                lock: outer.lock.clone(),
                lock_root: outer.lock_root.clone(),
                node,
                input,
                given: outer.given.clone(),
            },
            None => {
                let lock = ev.read_text(&join_path(root, "flake.lock")).and_then(|text| LockGraph::parse(&text).ok());
                Place { input, ..Place::top(root, lock.map(Arc::new), &outer.shared.sources) }
            }
        };
        State::new(ev, place, outer.shared.clone(), outer.calls.clone())
    }

    /// Whether the lock is this flake's own.
    pub(super) fn is_top(&self) -> bool {
        self.lock.as_ref().is_none_or(|lock| lock.root == self.node)
    }

    /// The node of the lock that this flake is, unless it is the lock's own.
    fn locked(&self) -> Option<&LockNode> {
        if self.is_top() { None } else { self.lock.as_ref()?.node(&self.node) }
    }
}

impl Session {
    /// Starts to evaluate the flake at `root`.
    pub(super) fn new(snapshot: &Snapshot, root: &Name, lock: Option<Arc<LockGraph>>, bounds: Bounds) -> Session {
        let ev = Evaluator::new(Arc::new(snapshot.clone()), bounds);
        ev.set_root(root);
        let sources = snapshot.sources();
        let place = Place::top(root, lock, sources);
        let state = State::new(&ev, place, Rc::new(Shared::new(sources.clone())), Rc::default());
        builders::install(&ev, &state);
        let flake = ev.import(&join_path(root, "flake.nix"));
        let inputs = match &flake {
            Ok(flake) => inputs::declared(&ev, flake),
            Err(_) => Vec::new(),
        };
        Session { ev, state, flake, inputs, outputs: OnceCell::new(), own: OnceCell::new() }
    }

    /// The flake's outputs. The same set every time: a host in it is the one that others reached through `self`.
    pub(super) fn outputs(&self) -> Result<Value> {
        self.outputs.get_or_init(|| self.evaluate_outputs()).clone()
    }

    /// The value that the flake knows itself by, if it has outputs.
    pub(super) fn own(&self) -> Option<&Thunk> {
        let _ = self.outputs();
        self.own.get()
    }

    fn evaluate_outputs(&self) -> Result<Value> {
        let flake = match &self.flake {
            Ok(flake) => flake.clone(),
            Err(stop) => return Err(stop.clone()),
        };
        let ev = &self.ev;
        let Some(function) = ev.select(&flake, &Name::new_static("outputs"))? else {
            return Ok(Value::attrs(Attrs::default()));
        };
        let own = self_value(ev, &self.state, &function, &self.inputs);
        let own = self.own.get_or_init(|| own).clone();
        ev.force(&own).and_then(|own| match own {
            Value::Attrs(attrs) => match attrs.get("outputs") {
                Some(outputs) => ev.force(&outputs.value),
                None => Ok(Value::attrs(Attrs::default())),
            },
            other => Ok(other),
        })
    }
}

/// `self`: the outputs with what Nix adds (`call-flake.nix`).
pub(super) fn self_value(ev: &Evaluator, state: &Rc<State>, function: &Value, declared: &[super::Input]) -> Thunk {
    let given = Rc::new(RefCell::new(None::<Thunk>));
    let (called, hole, weak) = (function.clone(), given.clone(), Rc::downgrade(state));
    let declared = declared.to_vec();
    let inputs = Thunk::native(move |ev| {
        let Some(state) = weak.upgrade() else { return Ok(Value::Null) };
        let mut entries = inputs::values(ev, &state, &declared);
        // Arguments of `outputs` that no input declares come from the registry.
        for (name, origin) in inputs::formals(&called) {
            if name != "self" && !entries.iter().any(|(known, _)| *known == name) {
                let input = super::Input {
                    name: name.clone(),
                    origin,
                    url: None,
                    follows: None,
                    is_flake: true,
                    overrides: Vec::new(),
                };
                entries.push((name, Entry::new(Thunk::value(inputs::value(ev, &state, &input)), origin)));
            }
        }
        if let Some(own) = hole.borrow().clone() {
            entries.push((Name::new_static("self"), Entry::new(own, None)));
        }
        Ok(exactly(ev, Attrs::new(entries)))
    });
    let _ = state.arguments.set(inputs.clone());
    let outputs = {
        let (inputs, function) = (inputs.clone(), function.clone());
        Thunk::native(move |ev| ev.call(&function, inputs))
    };
    let root = state.root.clone();
    let metadata = state.locked().filter(|_| state.input.is_some()).map_or_else(metadata, locked_metadata);
    let own = {
        let (outputs, inputs) = (outputs.clone(), inputs.clone());
        Thunk::native(move |ev| {
            let fixed = Attrs::new(vec![
                (Name::new_static("inputs"), Entry::new(without_self(inputs), None)),
                (Name::new_static("outputs"), Entry::new(outputs.clone(), None)),
                (Name::new_static("_type"), Entry::new(Thunk::value(Value::string("flake")), None)),
                (Name::new_static("outPath"), Entry::new(Thunk::value(source_path(&root)), None)),
                (Name::new_static("sourceInfo"), Entry::new(Thunk::value(source_info(&metadata, &root)), None)),
            ]);
            let fixed = metadata.update(&fixed);
            Ok(Value::attrs(match ev.force(&outputs)? {
                Value::Attrs(attrs) => attrs.update(&fixed),
                Value::Unknown(unknown) => fixed.open(unknown),
                other => return Err(ev.type_error("a set", &other)),
            }))
        })
    };
    *given.borrow_mut() = Some(own.clone());
    ev.tie_thunk(&own);
    ev.tie_thunk(&inputs);
    ev.tie_thunk(&outputs);
    own
}

fn without_self(inputs: Thunk) -> Thunk {
    Thunk::native(move |ev| {
        let attrs = ev.attrs(&inputs)?;
        Ok(exactly(ev, attrs.without(|name| name == "self")))
    })
}

/// The set of inputs: what is not declared is not there, whatever the inputs are.
fn exactly(ev: &Evaluator, inputs: Attrs) -> Value {
    let inputs = Rc::new(inputs);
    ev.note_exact(&inputs);
    Value::Attrs(inputs)
}

/// The path of the flake's source as a string: it names a store object, and reads like the repository.
pub(super) fn source_path(root: &Name) -> Value {
    Value::string_with_context(root.clone(), Rc::new([root.clone()]))
}

fn source_info(metadata: &Attrs, root: &Name) -> Value {
    let path = Attrs::of([("outPath", source_path(root))]);
    Value::attrs(metadata.update(&path))
}

/// What the lock says of the version of an input.
pub(super) fn locked_metadata(node: &LockNode) -> Attrs {
    let mut known = Vec::new();
    for name in ["rev", "narHash"] {
        if let Some(text) = node.locked.get(name).and_then(serde_json::Value::as_str) {
            known.push((name, Value::string(text)));
            if name == "rev"
                && let Some(short) = text.get(..7)
            {
                known.push(("shortRev", Value::string(short)));
            }
        }
    }
    if let Some(modified) = node.last_modified() {
        known.push(("lastModified", Value::Int(modified)));
        let unknown = Unknown::new(Cause::Builtin("fetchTree"));
        known.push(("lastModifiedDate", Value::Unknown(unknown)));
    }
    if let Some(count) = node.locked.get("revCount").and_then(serde_json::Value::as_i64) {
        known.push(("revCount", Value::Int(count)));
    }
    Attrs::of(known)
}

/// What a flake knows of its own version. Which of these there are depends on
/// whether the work tree is clean when it is built.
fn metadata() -> Attrs {
    let unknown = Unknown::new(Cause::Builtin("fetchTree"));
    let maybe = ["rev", "shortRev", "dirtyRev", "dirtyShortRev", "revCount"].map(|name| {
        let value = Thunk::value(Value::Unknown(unknown.select(&Name::new_static(name))));
        (Name::new_static(name), Entry { value, origin: None, maybe: true })
    });
    let certain = ["lastModified", "lastModifiedDate", "narHash", "submodules"].map(|name| {
        let value = Thunk::value(Value::Unknown(unknown.select(&Name::new_static(name))));
        (Name::new_static(name), Entry::new(value, None))
    });
    Attrs::new(maybe.into_iter().chain(certain).collect())
}
