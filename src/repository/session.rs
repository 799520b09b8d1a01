//! One evaluation of a flake: its inputs, its outputs, and the hosts that were built on the way.

use std::cell::{OnceCell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::model::HostKind;
use super::{builders, inputs};
use crate::db::Snapshot;
use crate::eval::{Attrs, Bounds, Cause, Entry, Evaluator, Origin, Result, Thunk, Unknown, Value, join_path};
use crate::flake::LockGraph;
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
}

/// What builders share. They hold it weakly, the evaluator keeps it.
pub(super) struct State {
    pub calls: Rc<RefCell<Vec<HostCall>>>,
    pub me: Weak<State>,
    pub root: Name,
    pub lock: Option<Arc<LockGraph>>,
    /// The outputs of the frameworks that stand in for inputs, by their file.
    pub frameworks: RefCell<FxHashMap<&'static str, Value>>,
    /// Flakes of the workspace that this one has as inputs, by folder.
    locals: Rc<RefCell<FxHashMap<Name, Value>>>,
    /// The `lib` of each input that is a nixpkgs: there is one of each, as in Nix.
    pub libs: RefCell<FxHashMap<Name, Value>>,
}

impl State {
    /// Whether other flakes of the workspace were evaluated, whose inputs may have the names of this one's.
    pub(super) fn has_other_flakes(&self) -> bool {
        !self.locals.borrow().is_empty()
    }

    fn new(ev: &Evaluator, root: &Name, lock: Option<Arc<LockGraph>>, outer: Option<&State>) -> Rc<State> {
        let state = Rc::new_cyclic(|me: &Weak<State>| State {
            calls: outer.map(|outer| outer.calls.clone()).unwrap_or_default(),
            me: me.clone(),
            root: root.clone(),
            lock,
            frameworks: RefCell::default(),
            locals: outer.map(|outer| outer.locals.clone()).unwrap_or_default(),
            libs: RefCell::default(),
        });
        ev.hold(state.clone());
        state
    }
}

/// The value of a flake that lies in the workspace, as an input of another one.
pub(super) fn local_flake(ev: &Evaluator, outer: &Rc<State>, folder: &Name) -> Option<Value> {
    if let Some(value) = outer.locals.borrow().get(folder) {
        return Some(value.clone());
    }
    let flake = ev.import(&join_path(folder, "flake.nix")).ok()?;
    let function = ev.select(&flake, &Name::new_static("outputs")).ok()??;
    let lock =
        ev.read_text(&join_path(folder, "flake.lock")).and_then(|text| LockGraph::parse(&text).ok()).map(Arc::new);
    let state = State::new(ev, folder, lock, Some(outer));
    let own = self_value(ev, &state, &function, &inputs::declared(ev, &flake));
    // Two flakes may be inputs of each other; whoever asks while this one is made gets a set that is filled later.
    let lazy = {
        let own = own.clone();
        Attrs::default().open_with(Unknown::new(Cause::Input(folder.clone())), move |ev, name| {
            let value = ev.force(&own).ok()?;
            ev.select(&value, name).ok()?
        })
    };
    outer.locals.borrow_mut().insert(folder.clone(), Value::attrs(lazy));
    let value = ev.force(&own).ok()?;
    outer.locals.borrow_mut().insert(folder.clone(), value.clone());
    Some(value)
}

impl Session {
    /// Starts to evaluate the flake at `root`.
    pub(super) fn new(snapshot: &Snapshot, root: &Name, lock: Option<Arc<LockGraph>>, bounds: Bounds) -> Session {
        let ev = Evaluator::new(Arc::new(snapshot.clone()), bounds);
        ev.set_root(root);
        let state = State::new(&ev, root, lock, None);
        builders::install(&ev, &state);
        let flake = ev.import(&join_path(root, "flake.nix"));
        let inputs = match &flake {
            Ok(flake) => inputs::declared(&ev, flake),
            Err(_) => Vec::new(),
        };
        Session { ev, state, flake, inputs, outputs: OnceCell::new() }
    }

    /// The flake's outputs. The same set every time: a host in it is the one that others reached through `self`.
    pub(super) fn outputs(&self) -> Result<Value> {
        self.outputs.get_or_init(|| self.evaluate_outputs()).clone()
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
fn self_value(ev: &Evaluator, state: &Rc<State>, function: &Value, declared: &[super::Input]) -> Thunk {
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
        Ok(Value::attrs(Attrs::new(entries)))
    });
    let outputs = {
        let (inputs, function) = (inputs.clone(), function.clone());
        Thunk::native(move |ev| ev.call(&function, inputs))
    };
    let root = state.root.clone();
    let own = {
        let (outputs, inputs) = (outputs.clone(), inputs.clone());
        Thunk::native(move |ev| {
            let fixed = Attrs::new(vec![
                (Name::new_static("inputs"), Entry::new(without_self(inputs), None)),
                (Name::new_static("outputs"), Entry::new(outputs.clone(), None)),
                (Name::new_static("_type"), Entry::new(Thunk::value(Value::string("flake")), None)),
                (Name::new_static("outPath"), Entry::new(Thunk::value(source_path(&root)), None)),
                (Name::new_static("sourceInfo"), Entry::new(Thunk::value(source_info(&root)), None)),
            ]);
            let fixed = metadata().update(&fixed);
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
        Ok(Value::attrs(attrs.without(|name| name == "self")))
    })
}

/// The path of the flake's source as a string: it names a store object, and reads like the repository.
fn source_path(root: &Name) -> Value {
    Value::string_with_context(root.clone(), Rc::new([root.clone()]))
}

fn source_info(root: &Name) -> Value {
    let path = Attrs::of([("outPath", source_path(root))]);
    Value::attrs(metadata().update(&path))
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
