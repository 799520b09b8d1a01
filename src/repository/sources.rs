//! Inputs whose source is at hand: where it lies, and its value.
//!
//! Most inputs are evaluated as the repository is, with the inputs that the
//! lock gives them. nixpkgs and what else builds hosts are not: their modules
//! are thousands, and flakewise knows what they make of a list of modules. Of
//! these only the `lib` and single files come from the source.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::builders;
use super::inputs;
use super::model::Input;
use super::session::{self, State};
use crate::db::Sources;
use crate::eval::{Attrs, Cause, Entry, Evaluator, FileType, Origin, Result, Thunk, Unknown, Value, join_path};
use crate::flake::{InputEdge, LockGraph, LockNode, source_path};
use crate::hir::Name;

/// Outputs that hold no modules, or that are large.
const UNNAMED: &[&str] = &[
    "apps",
    "checks",
    "devShells",
    "formatter",
    "hydraJobs",
    "inputs",
    "legacyPackages",
    "lib",
    "outPath",
    "outputs",
    "overlay",
    "overlays",
    "packages",
    "sourceInfo",
    "templates",
];

/// How deep names reach: `modules.nixos.disko`.
const NAMED_DEPTH: usize = 3;

/// What the flakes of one evaluation share.
pub(super) struct Shared {
    pub sources: Arc<Sources>,
    /// The values of inputs with a source, by lock and node, or by folder.
    values: RefCell<FxHashMap<Name, Value>>,
    /// Whether a flake of the repository was evaluated for its value as an input.
    flakes: Cell<bool>,
    /// The folders of inputs that build hosts, by the input's label.
    hosts: RefCell<BTreeMap<Name, (Role, Name)>>,
    libs: RefCell<FxHashMap<Name, Value>>,
    /// Calls of `import nixpkgs` that give it nothing but a system, with the input.
    pub plain_imports: RefCell<BTreeMap<Origin, Name>>,
    /// Whether a model of a framework took part that leaves parts of it out.
    pub modelled: Cell<bool>,
}

/// An input that builds hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Nixpkgs,
    HomeManager,
    NixDarwin,
    NixOnDroid,
}

/// Where the source of an input lies.
struct Located {
    /// The folder of the source.
    folder: Name,
    /// The node of the lock.
    node: Option<Name>,
    /// Whether it is outside of the repository.
    foreign: bool,
}

impl Shared {
    pub(super) fn new(sources: Arc<Sources>) -> Shared {
        Shared {
            sources,
            values: RefCell::default(),
            flakes: Cell::new(false),
            hosts: RefCell::default(),
            libs: RefCell::default(),
            plain_imports: RefCell::default(),
            modelled: Cell::new(false),
        }
    }

    /// Whether another flake of the repository than the one at hand was evaluated.
    pub(super) fn has_flakes(&self) -> bool {
        self.flakes.get()
    }
}

/// The folders that were given for inputs of a flake: by node of its lock, or by name where it has none.
#[derive(Default)]
pub(super) struct Given {
    nodes: BTreeMap<Name, Name>,
    names: BTreeMap<Name, Name>,
}

impl Given {
    pub(super) fn new(sources: &Sources, root: &str, lock: Option<&LockGraph>) -> Given {
        let mut given = Given::default();
        for (input, folder) in sources.given(root) {
            let path: Vec<Name> = input.split('/').map(Name::new).collect();
            match lock.and_then(|lock| lock.resolve_path(&path)) {
                Some(node) => given.nodes.insert(node, folder.clone()),
                None => given.names.insert(input.clone(), folder.clone()),
            };
        }
        given
    }
}

/// The value of an input whose source is at hand.
pub(super) fn value(ev: &Evaluator, state: &Rc<State>, input: &Input) -> Option<Value> {
    let located = locate(ev, state, input)?;
    let label = label(state, input);
    let key = match &located.node {
        Some(node) => Name::from(format!("{node} of {}", state.lock_root)),
        None => located.folder.clone(),
    };
    if let Some(value) = state.shared.values.borrow().get(&key) {
        return Some(value.clone());
    }
    let node = located.node.as_ref().and_then(|node| state.lock.as_ref()?.node(node));
    if located.foreign {
        ev.add_source(state.shared.sources.root_of(&located.folder)?, &label);
        if let Some(role) = role(ev, state, input, &located.folder) {
            state.shared.hosts.borrow_mut().insert(label.clone(), (role, located.folder.clone()));
            builders::replace_files(ev, state, role, &label, &located.folder);
            for library in ["lib", "modules/lib"] {
                ev.add_library(&join_path(&located.folder, library));
            }
            let value = inputs::absent(state, input, visible_source(ev, role, &located.folder));
            state.shared.values.borrow_mut().insert(key, value.clone());
            return Some(value);
        }
    }
    let is_flake = input.is_flake && node.is_none_or(|node| node.is_flake);
    let dir = node.and_then(LockNode::dir).or_else(|| input.url.as_ref().and_then(|url| dir_of_url(&url.text)));
    let folder = match dir {
        Some(dir) if is_flake => join_path(&located.folder, dir),
        _ => located.folder.clone(),
    };
    if !is_flake {
        let metadata = node.map(session::locked_metadata).unwrap_or_default();
        let value = Value::attrs(metadata.update(&Attrs::of([("outPath", session::source_path(&folder))])));
        state.shared.values.borrow_mut().insert(key, value.clone());
        return Some(value);
    }
    evaluate(ev, state, &Located { folder, ..located }, &label, key)
}

/// The value of a flake that lies in the repository, without being an input.
pub(super) fn local_flake(ev: &Evaluator, state: &Rc<State>, folder: &Name) -> Option<Value> {
    if let Some(value) = state.shared.values.borrow().get(folder) {
        return Some(value.clone());
    }
    let located =
        Located { folder: folder.clone(), node: None, foreign: state.shared.sources.root_of(folder).is_some() };
    evaluate(ev, state, &located, folder, folder.clone())
}

/// Evaluates the flake in a folder. Its value is kept under `key`.
fn evaluate(ev: &Evaluator, state: &Rc<State>, located: &Located, label: &Name, key: Name) -> Option<Value> {
    let flake = ev.import(&join_path(&located.folder, "flake.nix")).ok()?;
    let function = ev.select(&flake, &Name::new_static("outputs")).ok()??;
    // Those outside of the repository have labels of their own.
    if !located.foreign {
        state.shared.flakes.set(true);
    }
    let inner =
        State::of_input(ev, state, &located.folder, located.node.clone(), located.foreign.then(|| label.clone()));
    let own = session::self_value(ev, &inner, &function, &inputs::declared(ev, &flake));
    // Two flakes may be inputs of each other; whoever asks while this one is made gets a set that is filled later.
    let lazy = {
        let own = own.clone();
        Attrs::default().open_with(Unknown::new(Cause::Input(label.clone())), move |ev, name| {
            let value = ev.force(&own).ok()?;
            ev.select(&value, name).ok()?
        })
    };
    state.shared.values.borrow_mut().insert(key.clone(), Value::attrs(lazy));
    let known = |outputs: &Attrs| match outputs.get("outputs") {
        Some(outputs) => matches!(ev.force(&outputs.value), Ok(Value::Attrs(_))),
        None => false,
    };
    let value = match ev.force(&own) {
        Ok(Value::Attrs(outputs)) if located.foreign && !known(&outputs) => None,
        Ok(Value::Attrs(outputs)) if located.foreign => {
            // What somebody has checked out may be another version than the locked one.
            let other_version = !state.shared.sources.is_immutable(&located.folder);
            Some(Value::attrs(exported(label, &outputs, &Name::new_static(""), 0, other_version)))
        }
        Ok(value) => Some(value),
        Err(_) => None,
    };
    match &value {
        Some(value) => state.shared.values.borrow_mut().insert(key, value.clone()),
        None => state.shared.values.borrow_mut().remove(&key),
    };
    value
}

/// Finds the source of an input: where the settings say, where a relative
/// path leads, at an absolute path, or in the store.
fn locate(ev: &Evaluator, state: &Rc<State>, input: &Input) -> Option<Located> {
    let sources = &state.shared.sources;
    let lock = state.lock.as_deref();
    let node = lock.and_then(|lock| lock.resolve(&state.node, &input.name));
    let at = |folder: &Name| {
        let is_folder = matches!(ev.file_type(folder), Ok(Some(FileType::Directory)));
        is_folder.then(|| Located {
            folder: folder.clone(),
            node: node.clone(),
            foreign: sources.root_of(folder).is_some(),
        })
    };
    let given = match &node {
        Some(node) => state.given.nodes.get(node),
        None if state.is_top() => state.given.names.get(&input.name),
        None => None,
    };
    if let Some(located) = given.and_then(at) {
        return Some(located);
    }
    let follows = lock.and_then(|lock| lock.node(&state.node)?.inputs.get(&input.name));
    if !matches!(follows, Some(InputEdge::Follows(_)))
        && let Some(url) = &input.url
        && let Some(path) = inputs::relative_path(&url.text)
        && let Some(located) = at(&join_path(&state.root, path))
    {
        return Some(located);
    }
    let locked = lock.zip(node.as_ref()).and_then(|(lock, node)| lock.node(node))?;
    if let Some(path) = locked.path().filter(|path| locked.kind() == Some("path") && path.starts_with('/'))
        && let Some(located) = at(&join_path("/", path))
    {
        return Some(located);
    }
    at(sources.in_store(&source_path(locked.nar_hash()?)?)?)
}

/// `dir=` of an input that is not locked.
fn dir_of_url(url: &str) -> Option<&str> {
    let (_, query) = url.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix("dir="))
}

/// What an input is called where it is named: as the outermost flake calls it,
/// or else as Nix does, `home-manager/nixpkgs`.
pub(super) fn label(state: &State, input: &Input) -> Name {
    let Some(outer) = &state.input else { return input.name.clone() };
    let direct = state.lock.as_ref().and_then(|lock| {
        let node = lock.resolve(&state.node, &input.name)?;
        lock.direct_inputs().into_iter().find(|(_, to)| to.as_ref() == Some(&node)).map(|(name, _)| name)
    });
    direct.unwrap_or_else(|| Name::from(format!("{outer}/{}", input.name)))
}

/// Whether an input builds hosts: by the repository that it is, or by what lies in it.
fn role(ev: &Evaluator, state: &State, input: &Input, folder: &Name) -> Option<Role> {
    let source = inputs::repository_of(state, input);
    if builders::has_lib(&source) {
        return Some(Role::Nixpkgs);
    }
    let named =
        [("home-manager", Role::HomeManager), ("nix-darwin", Role::NixDarwin), ("nix-on-droid", Role::NixOnDroid)];
    if let Some((_, role)) = named.into_iter().find(|(name, _)| source.is(name)) {
        return Some(role);
    }
    let holds = |path: &str| matches!(ev.file_type(&join_path(folder, path)), Ok(Some(FileType::Regular)));
    if holds("nixos/lib/eval-config.nix") || (holds("lib/modules.nix") && holds("lib/systems/default.nix")) {
        return Some(Role::Nixpkgs);
    }
    if holds("modules/lib/stdlib-extended.nix") {
        return Some(Role::HomeManager);
    }
    None
}

/// The folder that an input that builds hosts shows. A nixpkgs of which only
/// the `lib` is at hand keeps its files unknown: they are not missing.
fn visible_source(ev: &Evaluator, role: Role, folder: &Name) -> Option<Name> {
    let whole = role != Role::Nixpkgs || holds_modules(ev, folder);
    whole.then(|| folder.clone())
}

fn holds_modules(ev: &Evaluator, folder: &Name) -> bool {
    matches!(ev.file_type(&join_path(folder, "nixos/modules")), Ok(Some(FileType::Directory)))
}

/// A folder in the source of an input that builds hosts.
pub(super) fn folder_of(ev: &Evaluator, state: &State, input: &Name, inside: &str) -> Option<Name> {
    let (_, folder) = state.shared.hosts.borrow().get(input).cloned()?;
    let folder = join_path(&folder, inside);
    matches!(ev.file_type(&folder), Ok(Some(_))).then_some(folder)
}

/// nixpkgs' own `lib`, where its source is at hand. Modules are evaluated
/// natively, whichever lib is asked.
pub(super) fn lib(ev: &Evaluator, state: &State, input: &Name) -> Option<Value> {
    let (role, folder) = state.shared.hosts.borrow().get(input).cloned()?;
    if role != Role::Nixpkgs {
        return None;
    }
    if let Some(lib) = state.shared.libs.borrow().get(&folder) {
        return Some(lib.clone());
    }
    let plain = ev.import_as_it_is(join_path(&folder, "lib/default.nix")).ok()?;
    let overlay = Value::primop("lib", 2, |ev, args| {
        let [own, before] = args else { return Ok(Value::Null) };
        let eval_modules = eval_modules(ev, own.clone());
        let modules = Attrs::of([("evalModules", eval_modules.clone())]);
        let mut entries = vec![
            (Name::new_static("evalModules"), Entry::new(Thunk::value(eval_modules), None)),
            (Name::new_static("modules"), Entry::new(replaced_part(before, "modules", move |_, _| Ok(modules)), None)),
        ];
        entries.extend(NATIVE_PARTS.iter().map(|part| {
            let native = replaced_part(before, part, |ev, real| native_functions(ev, part, real));
            (Name::new_static(part), Entry::new(native, None))
        }));
        Ok(Value::attrs(Attrs::new(entries)))
    });
    let extend = ev.select(&plain, &Name::new_static("extend")).ok()??;
    let lib = ev.call(&extend, Thunk::value(overlay)).ok()?;
    state.shared.libs.borrow_mut().insert(folder, lib.clone());
    Some(lib)
}

/// The parts of `lib` some of whose functions flakewise has natively: they say
/// the same, but keep origins and doubts that a detour over lists loses.
const NATIVE_PARTS: &[&str] = &["attrsets", "lists", "strings"];

/// A part of a lib with some of its attributes replaced.
fn replaced_part(
    lib: &Thunk,
    part: &'static str,
    replace: impl FnOnce(&Evaluator, &Attrs) -> Result<Attrs> + 'static,
) -> Thunk {
    let lib = lib.clone();
    Thunk::native(move |ev| {
        let lib = ev.force(&lib)?;
        match ev.select(&lib, &Name::new_static(part))? {
            Some(Value::Attrs(real)) => Ok(Value::attrs(real.update(&replace(ev, &real)?))),
            other => Ok(other.unwrap_or(Value::Null)),
        }
    })
}

/// The functions of a part of flakewise's own lib that are native and that the real one has too.
fn native_functions(ev: &Evaluator, part: &'static str, real: &Attrs) -> Result<Attrs> {
    let Some(Value::Attrs(own)) = ev.select(&ev.lib()?, &Name::new_static(part))? else { return Ok(Attrs::default()) };
    let mut native = Vec::new();
    for (name, entry) in own.iter().filter(|(name, _)| real.get(name).is_some()) {
        if matches!(ev.force(&entry.value), Ok(Value::Primop(_))) {
            native.push((name.clone(), entry.clone()));
        }
    }
    Ok(Attrs::new(native))
}

/// `evalModules` of a lib: modules get that lib.
fn eval_modules(ev: &Evaluator, lib: Thunk) -> Value {
    let Some(native) = ev.defined("evalModules") else { return Value::Null };
    Value::primop("evalModules", 1, move |ev, args| {
        let Some(argument) = args.first() else { return Ok(Value::Null) };
        let attrs = ev.attrs(argument)?;
        let given = attrs.get("specialArgs").map(|entry| entry.value.clone());
        let own = Attrs::new(vec![(Name::new_static("lib"), Entry::new(lib.clone(), None))]);
        let special = Thunk::native(move |ev| match given {
            None => Ok(Value::attrs(own)),
            Some(given) => match ev.force(&given)? {
                Value::Attrs(given) => Ok(Value::attrs(own.update(&given))),
                Value::Unknown(unknown) => Ok(Value::attrs(own.open(unknown))),
                other => Err(ev.type_error("a set", &other)),
            },
        });
        let special = Attrs::new(vec![(Name::new_static("specialArgs"), Entry::new(special, None))]);
        ev.call(&native, Thunk::value(Value::attrs(attrs.update(&special))))
    })
}

/// `lib.hm`, where the source of Home Manager is at hand: `modules/lib` over a lib.
pub(super) fn home_manager_lib(ev: &Evaluator, state: &State, lib: &Thunk) -> Option<Value> {
    let folder = {
        let hosts = state.shared.hosts.borrow();
        hosts.values().find(|(role, _)| *role == Role::HomeManager).map(|(_, folder)| folder.clone())?
    };
    let function = ev.import(&join_path(&folder, "modules/lib")).ok()?;
    let argument = Attrs::new(vec![(Name::new_static("lib"), Entry::new(lib.clone(), None))]);
    ev.call(&function, Thunk::value(Value::attrs(argument))).ok()
}

/// The outputs of an input with the names under which it exports them.
fn exported(input: &Name, attrs: &Attrs, prefix: &Name, depth: usize, other_version: bool) -> Attrs {
    let entries = attrs.iter().map(|(name, entry)| {
        if depth == 0 && (UNNAMED.contains(&name.as_str()) || name.starts_with('_')) {
            return (name.clone(), entry.clone());
        }
        let path = if depth == 0 { name.clone() } else { Name::from(format!("{prefix}.{name}")) };
        let (input, value) = (input.clone(), entry.value.clone());
        let value = Thunk::native(move |ev| Ok(named(ev, ev.force(&value)?, &input, path, depth, other_version)));
        (name.clone(), Entry { value, ..entry.clone() })
    });
    let mut out = Attrs::new(entries.collect());
    out.rest = attrs.rest.clone();
    if other_version && out.rest.is_none() && depth < NAMED_DEPTH - 1 {
        let mut unknown = Unknown::new(Cause::Input(input.clone()));
        for name in prefix.split('.').filter(|name| !name.is_empty()) {
            unknown = unknown.select(&Name::new(name));
        }
        out = out.open(unknown);
    }
    out
}

fn named(ev: &Evaluator, value: Value, input: &Name, path: Name, depth: usize, other_version: bool) -> Value {
    let value = match value {
        Value::Attrs(attrs) if depth + 1 < NAMED_DEPTH && !is_module(&attrs) => {
            Value::attrs(exported(input, &attrs, &path, depth + 1, other_version))
        }
        value => value,
    };
    ev.name_input_value(value, input, path)
}

/// A set that is a module, a package or the like, and not a set of such.
fn is_module(attrs: &Attrs) -> bool {
    let marks = ["imports", "options", "config", "_class", "_file", "_type", "type", "__functor"];
    marks.iter().any(|name| attrs.get(name).is_some())
}
