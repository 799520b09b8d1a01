//! `parseFlakeRef` and `flakeRefToString` for the kinds of references that
//! people write, as Nix's `libflake/flakeref.cc` and the schemes of
//! `libfetchers` have them; the rest is unknown.

use std::collections::BTreeMap;

use super::{Definition, unary};
use crate::eval::unknown::{Cause, ErrorKind, EvalError, Stop, Unknown};
use crate::eval::value::{Attrs, Thunk, Value};
use crate::eval::{Evaluator, Result};
use crate::hir::Name;

pub(super) fn definitions() -> Vec<Definition> {
    vec![unary("parseFlakeRef", parse), unary("flakeRefToString", unparse)]
}

fn opaque() -> Stop {
    Stop::Unknown(Unknown::new(Cause::Builtin("parseFlakeRef")))
}

fn failure(message: impl Into<String>) -> Stop {
    EvalError::stop(ErrorKind::Other, message)
}

/// A reference taken apart.
type Parts = BTreeMap<Name, Value>;

fn put(parts: &mut Parts, name: &'static str, value: &str) {
    parts.insert(Name::new_static(name), Value::string(value));
}

/// Whether a text holds nothing that addresses escape.
fn is_plain(text: &str, also: &[u8]) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/:@".contains(&byte) || also.contains(&byte))
}

fn is_id(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn is_revision(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Refuses what is no commit. Hashes in other notations are left to Nix.
fn check_revision(text: &str) -> Result<()> {
    match text.len() {
        _ if is_revision(text) => Ok(()),
        28 | 32 | 40 => Err(opaque()),
        _ if text.contains([':', '-']) => Err(opaque()),
        _ => Err(failure(format!("{text:?} is no commit"))),
    }
}

/// Refuses what cannot be the name of a branch. What needs all of git's rules is left to Nix.
fn check_branch(text: &str) -> Result<()> {
    if text.is_empty() {
        return Err(failure("the name of a branch cannot be empty"));
    }
    let usual = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
            && !part.contains("..")
            && !part.ends_with('.')
            && !part.ends_with(".lock")
    };
    if text.split('/').all(usual) { Ok(()) } else { Err(opaque()) }
}

/// The attributes of a reference, as Nix's `parseFlakeRef` without a folder that it is relative to.
fn parse(ev: &Evaluator, reference: &Thunk) -> Result<Value> {
    let text = ev.plain_string(reference)?;
    // Escapes, fragments and unusual characters are left to Nix.
    if !is_plain(&text, b"+?=&") {
        return Err(opaque());
    }
    let (location, query) = text.split_once('?').unwrap_or((&text, ""));
    let mut given: BTreeMap<&str, &str> = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or_else(opaque)?;
        if value.contains(['=', '?', '+']) || location.is_empty() {
            return Err(opaque());
        }
        // Of equal keys the first one counts.
        given.entry(key).or_insert(value);
    }
    let first = location.split('/').next().unwrap_or_default();
    if is_id(first) && !text.contains(['?', ':']) {
        return Ok(to_value(indirect(location)?));
    }
    let folder = given.remove("dir").unwrap_or_default();
    let mut parts = match location.split_once(':') {
        Some((scheme, rest)) if !scheme.contains('/') => by_scheme(scheme, rest, given)?,
        _ if location.starts_with('/') => path(location, given)?,
        _ => return Err(failure(format!("{text:?} is no absolute path"))),
    };
    if !folder.is_empty() {
        put(&mut parts, "dir", folder);
    }
    Ok(to_value(parts))
}

fn to_value(parts: Parts) -> Value {
    Value::attrs(Attrs::of(parts))
}

fn by_scheme(scheme: &str, rest: &str, given: BTreeMap<&str, &str>) -> Result<Parts> {
    match (scheme.split_once('+'), scheme) {
        (None, "github" | "gitlab" | "sourcehut") => archive(scheme, rest, given),
        (None, "path") => path(rest, given),
        (None, "flake") => indirect(rest),
        (None, "http" | "https" | "file") => download("tarball", scheme, rest, given),
        (Some((kind @ ("tarball" | "file"), transport @ ("http" | "https" | "file"))), _) => {
            download(kind, transport, rest, given)
        }
        (Some(("git", transport @ ("http" | "https" | "ssh" | "file"))), _) => git(transport, rest, given),
        (None, "git" | "hg") | (Some(("git" | "hg", _)), _) => Err(opaque()),
        _ => Err(failure(format!("references with {scheme:?} are not supported"))),
    }
}

fn segments(location: &str) -> Vec<&str> {
    location.split('/').filter(|segment| !segment.is_empty()).collect()
}

fn indirect(location: &str) -> Result<Parts> {
    let mut parts = Parts::new();
    put(&mut parts, "type", "indirect");
    let segments = segments(location);
    let (id, reference, revision) = match segments.as_slice() {
        [id] => (*id, None, None),
        [id, revision] if is_revision(revision) => (*id, None, Some(*revision)),
        [id, reference] => (*id, Some(*reference), None),
        [id, reference, revision] if is_revision(revision) => (*id, Some(*reference), Some(*revision)),
        _ => return Err(failure(format!("{location:?} is no flake reference"))),
    };
    if !is_id(id) {
        return Err(failure(format!("{id:?} is no name of a flake")));
    }
    put(&mut parts, "id", id);
    if let Some(reference) = reference {
        check_branch(reference)?;
        put(&mut parts, "ref", reference);
    }
    if let Some(revision) = revision {
        put(&mut parts, "rev", &revision.to_ascii_lowercase());
    }
    Ok(parts)
}

fn archive(kind: &str, location: &str, given: BTreeMap<&str, &str>) -> Result<Parts> {
    if location.starts_with("//") {
        return Err(opaque());
    }
    let mut parts = Parts::new();
    let segments = segments(location);
    let [owner, repo, reference @ ..] = segments.as_slice() else {
        return Err(failure(format!("{location:?} names no repository")));
    };
    put(&mut parts, "type", kind);
    put(&mut parts, "owner", owner);
    put(&mut parts, "repo", repo);
    match reference {
        [] => {}
        [revision] if is_revision(revision) => put(&mut parts, "rev", revision),
        reference => put(&mut parts, "ref", &reference.join("/")),
    }
    for (key, value) in given {
        let name = match key {
            "ref" => "ref",
            "rev" => "rev",
            "host" => "host",
            "narHash" => "narHash",
            // Ignored up to Nix 2.34, an error since.
            _ => return Err(opaque()),
        };
        if parts.contains_key(name) {
            return Err(failure(format!("the reference says {name} twice")));
        }
        put(&mut parts, name, value);
    }
    check_archive(&parts)?;
    Ok(parts)
}

fn text_of<'p>(parts: &'p Parts, name: &str) -> Result<Option<&'p str>> {
    match parts.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(&text.text)),
        Some(_) => Err(failure(format!("{name} of a flake reference is a string"))),
    }
}

fn required<'p>(parts: &'p Parts, name: &str) -> Result<&'p str> {
    text_of(parts, name)?.ok_or_else(|| failure(format!("the flake reference has no {name}")))
}

/// What `inputFromAttrs` of the archives refuses.
fn check_archive(parts: &Parts) -> Result<()> {
    required(parts, "owner")?;
    required(parts, "repo")?;
    let (reference, revision) = (text_of(parts, "ref")?, text_of(parts, "rev")?);
    if reference.is_some() && revision.is_some() {
        return Err(failure("a reference has either a branch or a commit"));
    }
    reference.map_or(Ok(()), check_branch)?;
    revision.map_or(Ok(()), check_revision)?;
    match text_of(parts, "host")? {
        Some(host) if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)) => {
            Err(failure(format!("{host:?} is no host")))
        }
        _ => Ok(()),
    }
}

fn path(location: &str, given: BTreeMap<&str, &str>) -> Result<Parts> {
    if location.starts_with("//") || location.is_empty() {
        return Err(opaque());
    }
    let mut parts = Parts::new();
    put(&mut parts, "type", "path");
    put(&mut parts, "path", location);
    for (key, value) in given {
        match key {
            "rev" => put(&mut parts, "rev", value),
            "narHash" => put(&mut parts, "narHash", value),
            "revCount" | "lastModified" => {
                let number = number(value).ok_or_else(|| failure(format!("{key} is no number")))?;
                parts.insert(Name::new(key), Value::Int(number));
            }
            _ => return Err(failure(format!("a path reference has no parameter {key}"))),
        }
    }
    Ok(parts)
}

fn number(text: &str) -> Option<i64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn with_query(address: String, query: &BTreeMap<&str, &str>) -> String {
    let pairs: Vec<String> = query.iter().map(|(key, value)| format!("{key}={value}")).collect();
    if pairs.is_empty() { address } else { format!("{address}?{}", pairs.join("&")) }
}

/// An address whose host and path stay as they are written.
fn address(transport: &str, rest: &str) -> Result<String> {
    let (host, path) = rest.strip_prefix("//").and_then(|rest| rest.split_once('/')).ok_or_else(opaque)?;
    let host_fits = if transport == "file" { host.is_empty() } else { !host.is_empty() && !host.contains([':', '~']) };
    if !host_fits || path.contains('+') {
        return Err(opaque());
    }
    Ok(format!("{transport}://{host}/{path}"))
}

fn download(kind: &str, transport: &str, rest: &str, mut given: BTreeMap<&str, &str>) -> Result<Parts> {
    let address = address(transport, rest)?;
    let mut parts = Parts::new();
    put(&mut parts, "type", kind);
    for name in ["narHash", "rev"] {
        if let Some(value) = given.get(name) {
            put(&mut parts, name, value);
        }
    }
    for name in ["revCount", "lastModified"] {
        if let Some(number) = given.get(name).and_then(|value| number(value)) {
            parts.insert(Name::new_static(name), Value::Int(number));
        }
    }
    given.retain(|key, _| !["url", "narHash", "name", "unpack", "rev", "revCount", "lastModified"].contains(key));
    put(&mut parts, "url", &with_query(address, &given));
    Ok(parts)
}

fn git(transport: &str, rest: &str, mut given: BTreeMap<&str, &str>) -> Result<Parts> {
    let address = address(transport, rest)?;
    let mut parts = Parts::new();
    put(&mut parts, "type", "git");
    for name in ["verifyCommit", "keytype", "publicKey", "publicKeys"] {
        if given.contains_key(name) {
            return Err(opaque());
        }
    }
    for name in ["rev", "ref"] {
        if let Some(value) = given.remove(name) {
            put(&mut parts, name, value);
        }
    }
    for name in ["shallow", "submodules", "lfs", "exportIgnore", "allRefs"] {
        if let Some(value) = given.remove(name) {
            parts.insert(Name::new_static(name), Value::Bool(value == "1"));
        }
    }
    text_of(&parts, "ref")?.map_or(Ok(()), check_branch)?;
    put(&mut parts, "url", &with_query(address, &given));
    Ok(parts)
}

/// What may stand in a reference of a kind, beside `type` and `dir`.
fn allowed(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "github" | "gitlab" | "sourcehut" => {
            &["owner", "repo", "ref", "rev", "narHash", "lastModified", "host", "treeHash"]
        }
        "path" => &["path", "rev", "revCount", "lastModified", "narHash"],
        "indirect" => &["id", "ref", "rev", "narHash"],
        "tarball" | "file" => &["url", "narHash", "name", "unpack", "rev", "revCount", "lastModified"],
        "git" => &[
            "url",
            "ref",
            "rev",
            "shallow",
            "submodules",
            "lfs",
            "exportIgnore",
            "lastModified",
            "revCount",
            "narHash",
            "allRefs",
            "name",
            "dirtyRev",
            "dirtyShortRev",
        ],
        _ => return None,
    })
}

/// A reference as text, as Nix's `FlakeRef::to_string`.
fn unparse(ev: &Evaluator, set: &Thunk) -> Result<Value> {
    let attrs = ev.attrs(set)?;
    if attrs.rest.is_some() {
        return Err(opaque());
    }
    let mut parts = Parts::new();
    for (name, entry) in attrs.iter() {
        let value = ev.force(&entry.value)?;
        match &value {
            Value::Int(number) if *number < 0 => return Err(failure(format!("{name} is negative"))),
            Value::Int(_) | Value::Bool(_) | Value::String(_) => parts.insert(name.clone(), value),
            Value::Unknown(_) => return Err(opaque()),
            _ => return Err(failure(format!("{name} of a flake reference is a string, number or boolean"))),
        };
    }
    let mut query: BTreeMap<String, String> = BTreeMap::new();
    if let Some(Value::String(folder)) =
        parts.remove("dir").filter(|dir| !matches!(dir, Value::String(it) if it.text.is_empty()))
    {
        query.insert("dir".to_string(), folder.text.to_string());
    }
    let kind = required(&parts, "type")?.to_string();
    match allowed(&kind) {
        None if kind == "hg" => return Err(opaque()),
        None => return Err(failure(format!("references of the type {kind} are not supported"))),
        Some(allowed) => {
            if let Some(name) = parts.keys().find(|name| *name != "type" && !allowed.contains(&name.as_str())) {
                return Err(failure(format!("a {kind} reference has no {name}")));
            }
        }
    }
    if parts.contains_key("narHash") {
        return Err(opaque());
    }
    let location = match kind.as_str() {
        "github" | "gitlab" | "sourcehut" => {
            check_archive(&parts)?;
            let mut segments = vec![required(&parts, "owner")?.to_string(), required(&parts, "repo")?.to_string()];
            segments.extend(text_of(&parts, "ref")?.map(str::to_string));
            segments.extend(text_of(&parts, "rev")?.map(str::to_ascii_lowercase));
            if let Some(host) = text_of(&parts, "host")? {
                query.insert("host".to_string(), host.to_string());
            }
            format!("{kind}:{}", encoded_path(&segments))
        }
        "path" => {
            for (name, value) in &parts {
                let text = match value {
                    _ if name == "path" || name == "type" => continue,
                    Value::Int(number) => number.to_string(),
                    Value::Bool(flag) => if *flag { "1" } else { "0" }.to_string(),
                    Value::String(text) => text.text.to_string(),
                    _ => continue,
                };
                query.insert(name.to_string(), text);
            }
            let path = required(&parts, "path")?;
            if path.starts_with("//") || path.is_empty() {
                return Err(opaque());
            }
            format!("path:{}", encoded_path(&path.split('/').collect::<Vec<_>>()))
        }
        "indirect" => {
            let id = required(&parts, "id")?;
            if !is_id(id) {
                return Err(failure(format!("{id:?} is no name of a flake")));
            }
            let mut segments = vec![id.to_string()];
            segments.extend(text_of(&parts, "ref")?.map(str::to_string));
            if let Some(revision) = text_of(&parts, "rev")? {
                check_revision(revision)?;
                segments.push(revision.to_ascii_lowercase());
            }
            format!("flake:{}", encoded_path(&segments))
        }
        "git" => git_location(&parts, &mut query)?,
        _ => return Err(opaque()),
    };
    let pairs: Vec<String> =
        query.iter().map(|(key, value)| format!("{}={}", encoded(key, b":@/?"), encoded(value, b":@/?"))).collect();
    Ok(Value::string(if pairs.is_empty() { location } else { format!("{location}?{}", pairs.join("&")) }))
}

fn git_location(parts: &Parts, query: &mut BTreeMap<String, String>) -> Result<String> {
    let url = required(parts, "url")?;
    let (transport, rest) = url.split_once(':').ok_or_else(opaque)?;
    if !is_plain(url, b"") || !["http", "https", "ssh", "file"].contains(&transport) {
        return Err(opaque());
    }
    let address = address(transport, rest)?;
    if let Some(reference) = text_of(parts, "ref")? {
        check_branch(reference)?;
        query.insert("ref".to_string(), reference.to_string());
    }
    if let Some(revision) = text_of(parts, "rev")? {
        check_revision(revision)?;
        query.insert("rev".to_string(), revision.to_ascii_lowercase());
    }
    for name in ["shallow", "submodules", "lfs", "exportIgnore", "allRefs"] {
        match parts.get(name) {
            Some(Value::Bool(true)) if name != "allRefs" => {
                query.insert(name.to_string(), "1".to_string());
            }
            None | Some(Value::Bool(_)) => {}
            Some(_) => return Err(failure(format!("{name} of a flake reference is a boolean"))),
        }
    }
    Ok(format!("git+{address}"))
}

/// Percent-encodes what is not unreserved in an address, less `keep`.
fn encoded(text: &str, keep: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || keep.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn encoded_path<T: AsRef<str>>(segments: &[T]) -> String {
    let encoded: Vec<String> = segments.iter().map(|segment| encoded(segment.as_ref(), b":@")).collect();
    encoded.join("/")
}
