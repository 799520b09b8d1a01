//! `parseFlakeRef` and `flakeRefToString` for the kinds of references that
//! people write; the rest is unknown.

use super::{Definition, unary};
use crate::eval::unknown::{Cause, ErrorKind, EvalError, Stop, Unknown};
use crate::eval::value::{Attrs, Thunk, Value};
use crate::eval::{Evaluator, Result};

pub(super) fn definitions() -> Vec<Definition> {
    vec![unary("parseFlakeRef", parse), unary("flakeRefToString", unparse)]
}

fn opaque() -> Stop {
    Stop::Unknown(Unknown::new(Cause::Builtin("parseFlakeRef")))
}

fn is_revision(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn is_id(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn parse(ev: &Evaluator, reference: &Thunk) -> Result<Value> {
    let text = ev.string(reference)?.text.clone();
    // Escapes, fragments and unusual characters are left to Nix.
    if text.contains(['%', '#', ' ', '&', '+']) && !text.starts_with("git+") {
        return Err(opaque());
    }
    let (location, query) = text.split_once('?').map_or((text.as_str(), ""), |(location, query)| (location, query));
    let mut known: Vec<(&str, &str)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or_else(opaque)?;
        if !["dir", "ref", "rev", "host"].contains(&key) || value.contains(['%', '+', '#']) {
            return Err(opaque());
        }
        known.push((key, value));
    }
    let parts: Vec<&str> = location.split('/').collect();
    let revision = |text: &str| if is_revision(text) { "rev" } else { "ref" };
    if let Some((kind @ ("github" | "gitlab" | "sourcehut"), _)) = location.split_once(':') {
        let [owner, repo, rest @ ..] = parts.as_slice() else {
            return Err(EvalError::stop(ErrorKind::Other, format!("{text:?} is no flake reference")));
        };
        let owner = owner.split_once(':').map_or(*owner, |(_, owner)| owner);
        known.extend([("type", kind), ("owner", owner), ("repo", repo)]);
        let reference = rest.join("/");
        if !is_name(repo) || owner.is_empty() {
            return Err(opaque());
        }
        if !reference.is_empty() {
            known.push((revision(&reference), &reference));
        }
        return Ok(to_value(&known));
    }
    if let Some(url) = location.strip_prefix("git+") {
        known.extend([("type", "git"), ("url", url)]);
        let mut url_known: Vec<(&str, &str)> = known;
        // What the fetcher does not know stays in the address.
        if url_known.iter().any(|(key, _)| *key == "host") || url.contains('+') {
            return Err(opaque());
        }
        url_known.retain(|(_, value)| !value.is_empty());
        return Ok(to_value(&url_known));
    }
    if let Some(path) = location.strip_prefix("path:") {
        if known.iter().any(|(key, _)| *key != "dir") {
            return Err(opaque());
        }
        known.extend([("type", "path"), ("path", path)]);
        return Ok(to_value(&known));
    }
    let indirect = location.strip_prefix("flake:").unwrap_or(location);
    let pieces: Vec<&str> = indirect.split('/').collect();
    match pieces.as_slice() {
        [id, rest @ ..] if is_id(id) && rest.len() <= 1 && known.is_empty() => {
            known.extend([("type", "indirect"), ("id", id)]);
            if let [reference] = rest {
                known.push((revision(reference), reference));
            }
            Ok(to_value(&known))
        }
        _ => Err(opaque()),
    }
}

fn to_value(known: &[(&str, &str)]) -> Value {
    Value::attrs(Attrs::of(known.iter().map(|(key, value)| (*key, Value::string(*value)))))
}

fn unparse(ev: &Evaluator, set: &Thunk) -> Result<Value> {
    let attrs = ev.attrs(set)?;
    if attrs.rest.is_some() {
        return Err(opaque());
    }
    let mut known = std::collections::BTreeMap::new();
    for (name, entry) in attrs.iter() {
        match ev.force(&entry.value)? {
            Value::String(text) if !text.text.contains(['%', '#', ' ', '?', '&', '+']) => {
                known.insert(name.as_str(), text.text.clone());
            }
            _ => return Err(opaque()),
        }
    }
    let mut take = |name: &str| known.remove(name);
    let head = match take("type").as_deref() {
        Some(kind @ ("github" | "gitlab" | "sourcehut")) => {
            let (Some(owner), Some(repo)) = (take("owner"), take("repo")) else { return Err(opaque()) };
            let reference = take("ref").or_else(|| take("rev"));
            format!("{kind}:{owner}/{repo}{}", reference.map(|text| format!("/{text}")).unwrap_or_default())
        }
        Some("path") => format!("path:{}", take("path").ok_or_else(opaque)?),
        _ => return Err(opaque()),
    };
    let query: Vec<String> = known.iter().map(|(key, value)| format!("{key}={value}")).collect();
    match query.as_slice() {
        [] => Ok(Value::string(head)),
        [single] if single.starts_with("dir=") => Ok(Value::string(format!("{head}?{single}"))),
        _ => Err(opaque()),
    }
}
