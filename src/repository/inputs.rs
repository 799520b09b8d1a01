//! The inputs of a flake: as flake.nix declares them, and as values that `outputs` gets.

use std::rc::Rc;

use super::builders;
use super::model::{Input, Override, Spelled};
use super::session::State;
use crate::eval::{Attrs, Cause, Entry, Evaluator, Origin, Thunk, Unknown, Value, join_path};
use crate::flake::Source;
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

/// The value of an input. A flake of the same workspace is evaluated; of one
/// whose source is not at hand the value is open and named.
pub(super) fn value(ev: &Evaluator, state: &Rc<State>, input: &Input) -> Value {
    if let Some(value) = local_flake(ev, state, input) {
        return value;
    }
    let unknown = Unknown::new(Cause::Input(input.name.clone()));
    let mut known = Vec::new();
    let constant = |name: &'static str, value: Value| (Name::new_static(name), Entry::new(Thunk::value(value), None));
    known.push(constant("_type", Value::string("flake")));
    known.push(constant("outPath", Value::Unknown(unknown.select(&Name::new_static("outPath")))));
    if let Some(locked) = locked(state, &input.name) {
        for name in ["rev", "narHash"] {
            if let Some(text) = locked.get(name).and_then(serde_json::Value::as_str) {
                known.push(constant(name, Value::string(text)));
                if name == "rev"
                    && let Some(short) = text.get(..7)
                {
                    known.push(constant("shortRev", Value::string(short)));
                }
            }
        }
        if let Some(modified) = locked.get("lastModified").and_then(serde_json::Value::as_i64) {
            known.push(constant("lastModified", Value::Int(modified)));
        }
    }
    let url = input.url.as_ref().map(|url| url.text.as_str());
    let source = Source::of(state.lock.as_deref(), &input.name, url);
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

/// The `locked` part of the lock node that a direct input leads to.
fn locked<'a>(state: &'a State, input: &str) -> Option<&'a serde_json::Map<String, serde_json::Value>> {
    let lock = state.lock.as_ref()?;
    let key = lock.resolve(&lock.root, input)?;
    Some(&lock.nodes.get(&key)?.locked)
}

/// A flake that lies in the workspace: `path:../platform`, `./sub`.
fn local_flake(ev: &Evaluator, state: &Rc<State>, input: &Input) -> Option<Value> {
    let url = input.url.as_ref()?.text.as_str();
    let path = url.strip_prefix("path:").unwrap_or(url);
    let path = path.split('?').next()?;
    if !(path.starts_with("./") || path.starts_with("../") || path == "." || path == "..") {
        return None;
    }
    let folder = join_path(&state.root, path);
    ev.file_type(&folder).ok()??;
    if !input.is_flake {
        let path = Value::string_with_context(folder.clone(), Rc::new([folder.clone()]));
        return Some(Value::attrs(Attrs::of([("outPath", path)])));
    }
    super::session::local_flake(ev, state, &folder)
}
