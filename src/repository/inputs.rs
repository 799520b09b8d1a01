//! The inputs of a flake: as flake.nix declares them, and as values that `outputs` gets.

use std::rc::Rc;

use super::builders;
use super::model::{Input, Override, PackageUse, PackageUseKind, Spelled};
use super::session::{Session, State, locked_metadata, source_path};
use super::sources;
use crate::eval::{Attrs, Cause, Entry, Evaluator, Origin, Thunk, Unknown, Value};
use crate::flake::{LockNode, Source};
use crate::hir::{Expr, Name, Param};

/// Reads `inputs` of an evaluated flake.nix.
pub(super) fn declared(ev: &Evaluator, flake: &Value) -> Vec<Input> {
    let Ok(Some(Value::Attrs(inputs))) = ev.select(flake, &Name::new_static("inputs")) else { return Vec::new() };
    let mut declared = Vec::new();
    for (name, entry) in inputs.iter() {
        // `inputs.self` holds settings of the flake itself.
        if name == "self" {
            continue;
        }
        declared.push(read_input(ev, name, entry));
    }
    declared
}

fn read_input(ev: &Evaluator, name: &Name, entry: &Entry) -> Input {
    let mut input = Input {
        name: name.clone(),
        origin: entry.origin,
        url: None,
        follows: None,
        is_flake: true,
        overrides: Vec::new(),
    };
    let Ok(Value::Attrs(attrs)) = ev.force(&entry.value) else { return input };
    input.url = url_of(ev, &attrs);
    input.follows = spelled(ev, &attrs, "follows");
    if let Some(flake) = attrs.get("flake")
        && let Ok(Value::Bool(is_flake)) = ev.force(&flake.value)
    {
        input.is_flake = is_flake;
    }
    read_overrides(ev, &attrs, &mut Vec::new(), &mut input.overrides, 0);
    input
}

/// `url`, or the set form `{ type = "github"; owner = …; repo = …; }` written as one.
fn url_of(ev: &Evaluator, attrs: &Attrs) -> Option<Spelled> {
    if let Some(url) = spelled(ev, attrs, "url") {
        return Some(url);
    }
    let text = |name: &str| spelled(ev, attrs, name).map(|spelled| spelled.text);
    let kind = text("type")?;
    let origin = attrs.get("type").and_then(|entry| entry.origin);
    let url = match kind.as_str() {
        "github" | "gitlab" | "sourcehut" => {
            let mut url = format!("{kind}:{}/{}", text("owner")?, text("repo")?);
            if let Some(reference) = text("ref").or_else(|| text("rev")) {
                url.push('/');
                url.push_str(&reference);
            }
            url
        }
        "indirect" => text("id")?.to_string(),
        "path" => format!("path:{}", text("path")?),
        "git" => format!("git+{}", text("url")?),
        _ => text("url")?.to_string(),
    };
    Some(Spelled { text: Name::from(url), origin })
}

fn spelled(ev: &Evaluator, attrs: &Attrs, name: &str) -> Option<Spelled> {
    let entry = attrs.get(name)?;
    match ev.force(&entry.value).ok()? {
        Value::String(text) => Some(Spelled { text: text.text.clone(), origin: entry.origin }),
        Value::Path(path) => Some(Spelled { text: path, origin: entry.origin }),
        _ => None,
    }
}

fn read_overrides(ev: &Evaluator, attrs: &Attrs, path: &mut Vec<Name>, found: &mut Vec<Override>, depth: u32) {
    let Some(inputs) = attrs.get("inputs") else { return };
    let Ok(Value::Attrs(inputs)) = ev.force(&inputs.value) else { return };
    for (name, entry) in inputs.iter() {
        let Ok(Value::Attrs(inner)) = ev.force(&entry.value) else { continue };
        path.push(name.clone());
        let (follows, url) = (spelled(ev, &inner, "follows"), url_of(ev, &inner));
        if follows.is_some() || url.is_some() {
            found.push(Override { path: path.clone(), origin: entry.origin, follows, url });
        }
        if depth < 16 {
            read_overrides(ev, &inner, path, found, depth + 1);
        }
        path.pop();
    }
}

/// The argument names of the `outputs` function.
pub(super) fn formals(function: &Value) -> Vec<(Name, Option<Origin>)> {
    let Value::Lambda(closure) = function else { return Vec::new() };
    let Expr::Lambda(lambda) = closure.code.hir.expr(closure.expr) else { return Vec::new() };
    match &lambda.param {
        Param::Pattern { formals, .. } => formals
            .iter()
            .filter(|formal| formal.default.is_none())
            .map(|formal| (formal.name.clone(), closure.code.key(Some(formal.key))))
            .collect(),
        Param::Ident { .. } => Vec::new(),
    }
}

/// The values of all declared inputs.
pub(super) fn values(ev: &Evaluator, state: &Rc<State>, declared: &[Input]) -> Vec<(Name, Entry)> {
    let _ = ev;
    let values = declared.iter().map(|input| {
        let (weak, wanted) = (state.me.clone(), input.clone());
        let value = Thunk::native(move |ev| match weak.upgrade() {
            Some(state) => Ok(value(ev, &state, &wanted)),
            None => Ok(Value::Null),
        });
        (input.name.clone(), Entry::new(value, input.origin))
    });
    values.collect()
}

/// The value of an input. One whose source is at hand is evaluated; of
/// another one the value is open and named.
pub(super) fn value(ev: &Evaluator, state: &Rc<State>, input: &Input) -> Value {
    sources::value(ev, state, input).unwrap_or_else(|| absent(state, input, None))
}

/// The value of an input whose outputs are not evaluated: open and named, with
/// what flakewise knows of it. `folder` is where its files lie.
pub(super) fn absent(state: &Rc<State>, input: &Input, folder: Option<Name>) -> Value {
    let label = sources::label(state, input);
    let unknown = Unknown::new(Cause::Input(label.clone()));
    let mut known = Vec::new();
    let constant = |name: &'static str, value: Value| (Name::new_static(name), Entry::new(Thunk::value(value), None));
    known.push(constant("_type", Value::string("flake")));
    known.push(constant(
        "outPath",
        match folder {
            Some(folder) => source_path(&folder),
            None => Value::Unknown(unknown.select(&Name::new_static("outPath"))),
        },
    ));
    if let Some(locked) = locked(state, &input.name) {
        known.extend(locked_metadata(locked).iter().map(|(name, entry)| (name.clone(), entry.clone())));
    }
    let mut source = repository_of(state, input);
    source.input = label;
    if let Some(result) = builders::import_result(state, &source) {
        known.push(constant("__importResult", result));
    }
    let weak = state.me.clone();
    let attrs = Attrs::new(known).open_with(unknown, move |ev, name| {
        let state = weak.upgrade()?;
        builders::input_attribute(ev, &state, &source, name)
    });
    Value::attrs(attrs)
}

/// The lock node that an input leads to.
fn locked<'a>(state: &'a State, input: &str) -> Option<&'a LockNode> {
    let lock = state.lock.as_ref()?;
    lock.node(&lock.resolve(&state.node, input)?)
}

/// What an input is, as far as lock, URL and name tell.
pub(super) fn repository_of(state: &State, input: &Input) -> Source {
    let url = input.url.as_ref().map(|url| url.text.as_str());
    Source::of_node(state.lock.as_deref().map(|lock| (lock, &state.node)), &input.name, url)
}

/// What the flake nixpkgs has (its flake.nix), and what Nix adds to every flake (`call-flake.nix`).
const OF_NIXPKGS: &[&str] = &[
    "_type",
    "checks",
    "devShells",
    "dirtyRev",
    "dirtyShortRev",
    "formatter",
    "htmlDocs",
    "inputs",
    "lastModified",
    "lastModifiedDate",
    "legacyPackages",
    "lib",
    "narHash",
    "nixosModules",
    "outPath",
    "outputs",
    "rev",
    "revCount",
    "shortRev",
    "sourceInfo",
    "submodules",
];

/// How nixpkgs was used as what it is not, in everything that was evaluated so far. Forks may
/// have outputs of their own; only nixpkgs itself counts.
pub(super) fn package_uses(session: &Session) -> Vec<PackageUse> {
    let is_nixpkgs = |name: &Name| {
        let input = session.inputs.iter().find(|input| input.name == *name);
        let by_argument = || Source::of(session.state.lock.as_deref(), name, None);
        let source = input.map_or_else(by_argument, |input| repository_of(&session.state, input));
        source.repository() == Some("nixos/nixpkgs") && input.is_none_or(|input| input.is_flake)
    };
    let attributes = session
        .ev
        .selections()
        .into_iter()
        .filter(|(_, (input, attribute))| !OF_NIXPKGS.contains(&attribute.as_str()) && is_nixpkgs(input));
    let attributes = attributes.map(|(origin, (input, attribute))| PackageUse {
        origin,
        input,
        kind: PackageUseKind::Attribute(attribute),
    });
    let imports = session.state.shared.plain_imports.borrow();
    let imports = imports.iter().filter(|(_, input)| is_nixpkgs(input));
    let imports = imports.map(|(origin, input)| PackageUse {
        origin: *origin,
        input: input.clone(),
        kind: PackageUseKind::PlainImport,
    });
    attributes.chain(imports).collect()
}

/// The path of `path:../platform`, `./sub`: relative to the flake.
pub(super) fn relative_path(url: &str) -> Option<&str> {
    let path = url.strip_prefix("path:").unwrap_or(url);
    let path = path.split('?').next()?;
    (path.starts_with("./") || path.starts_with("../") || path == "." || path == "..").then_some(path)
}
