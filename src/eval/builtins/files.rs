//! Builtins that read files. Everything goes through [`crate::eval::Files`].

use std::rc::Rc;

use super::{Definition, binary, opaque, unary};
use crate::eval::strings::Coercion;
use crate::eval::unknown::{Cause, ErrorKind, EvalError, Stop, Unknown};
use crate::eval::value::{Attrs, Entry, Thunk, Value};
use crate::eval::{Evaluator, FileType, Result, read_error};
use crate::hir::Name;

pub(super) fn definitions() -> Vec<Definition> {
    vec![
        unary("readDir", read_dir),
        unary("readFile", read_file),
        unary("readFileType", read_file_type),
        unary("pathExists", path_exists),
        unary("baseNameOf", base_name_of),
        unary("dirOf", dir_of),
        unary("path", path),
        binary("filterSource", |ev, filter, source| {
            let filter = ev.force(filter)?;
            if matches!(filter.type_name(), Some(kind) if kind != "lambda" && kind != "set") {
                return Err(ev.type_error("a function", &filter));
            }
            Ok(source_string(&ev.coerce_to_path(&ev.force(source)?)?))
        }),
        unary("toPath", |ev, value| {
            let value = ev.force(value)?;
            let path = ev.coerce_to_path(&value)?;
            let string = ev.coerce_to_string(&value, Coercion::Uncopied)?;
            Ok(Value::string_with_context(path, string.context.clone()))
        }),
        unary("storePath", |ev, value| {
            let value = ev.force(value)?;
            if value.unknown().is_none() {
                ev.coerce_to_string(&value, Coercion::Interpolation)?;
            }
            Ok(value)
        }),
        binary("findFile", |_, _, name| {
            let _ = name;
            Ok(Value::Unknown(Unknown::new(Cause::Builtin("findFile"))))
        }),
        opaque("fetchClosure", 1),
        fetcher("fetchGit"),
        opaque("fetchMercurial", 1),
        fetcher("fetchTarball"),
        fetcher("fetchTree"),
        opaque("fetchurl", 1),
        opaque("getFlake", 1),
        opaque("outputOf", 2),
    ]
}

/// A builtin that fetches a source: unknown, but perhaps not without a name.
fn fetcher(name: &'static str) -> Definition {
    let fetch = move |ev: &Evaluator, args: &[Thunk]| {
        let fetched = ev.fetched.borrow().clone();
        let argument = args.first().and_then(|argument| ev.force(argument).ok());
        let known = fetched.zip(argument).and_then(|(fetched, argument)| fetched(ev, name, &argument));
        Ok(known.unwrap_or_else(|| Value::Unknown(Unknown::new(Cause::Builtin(name)))))
    };
    (name, Value::primop(name, 1, fetch))
}

/// A path as the string that `"${path}"` gives: it names a store object.
fn source_string(path: &Name) -> Value {
    Value::string_with_context(path.clone(), Rc::new([path.clone()]))
}

/// The path of a file to read; a file of an absent input has its own unknown.
fn path_of(ev: &Evaluator, path: &Thunk) -> Result<Name> {
    ev.coerce_to_path(&ev.force(path)?)
}

fn read_dir(ev: &Evaluator, path: &Thunk) -> Result<Value> {
    let path = path_of(ev, path)?;
    let entries = ev.files.read_dir(&path).map_err(|error| read_error(error, &path))?;
    ev.step(entries.len() as u64)?;
    let entries = entries
        .into_iter()
        .map(|(name, kind)| (name, Entry::new(Thunk::value(Value::string(Name::new_static(kind.name()))), None)));
    Ok(Value::attrs(Attrs::new(entries.collect())))
}

fn read_file(ev: &Evaluator, path: &Thunk) -> Result<Value> {
    let path = path_of(ev, path)?;
    if let Some(text) = ev.store_texts.borrow().get(&path) {
        return Ok(Value::String(text.clone()));
    }
    let text = ev.files.read_file(&path).map_err(|error| read_error(error, &path))?;
    ev.check_size(text.len())?;
    ev.step(text.len() as u64 / 1024)?;
    Ok(Value::string(Name::new(&text)))
}

fn read_file_type(ev: &Evaluator, path: &Thunk) -> Result<Value> {
    let path = path_of(ev, path)?;
    match own_type(ev, &path)? {
        Some(kind) => Ok(Value::string(Name::new_static(kind.name()))),
        None => Err(crate::eval::missing_file(&path)),
    }
}

/// What is at a path itself: a link is a link, also one that leads nowhere.
fn own_type(ev: &Evaluator, path: &Name) -> Result<Option<FileType>> {
    if ev.store_texts.borrow().contains_key(path) {
        return Ok(Some(FileType::Regular));
    }
    ev.files.own_type(path).map_err(|error| read_error(error, path))
}

fn path_exists(ev: &Evaluator, path: &Thunk) -> Result<Value> {
    let value = ev.force(path)?;
    let folder_wanted =
        matches!(&value, Value::String(string) if string.text.ends_with('/') || string.text.ends_with("/."));
    let path = ev.coerce_to_path(&value)?;
    Ok(Value::Bool(match folder_wanted {
        true => ev.file_type(&path)? == Some(FileType::Directory),
        false => own_type(ev, &path)?.is_some(),
    }))
}

/// `baseNameOf`, as `legacyBaseNameOf` in Nix: one trailing slash is ignored.
fn base_name_of(ev: &Evaluator, path: &Thunk) -> Result<Value> {
    let value = ev.force(path)?;
    if let Value::Unknown(unknown) = &value
        && let Cause::InputFile { path, .. } = &unknown.cause
        && !unknown.derived
    {
        return Ok(Value::string(path.rsplit('/').next().unwrap_or_default()));
    }
    let string = ev.coerce_to_string(&value, Coercion::Uncopied)?;
    let text = ev.text_below_copy(&string)?.as_str();
    let text = text.strip_suffix('/').unwrap_or(text);
    let name = text.rsplit('/').next().unwrap_or_default();
    Ok(Value::string_with_context(name, string.context.clone()))
}

fn dir_of(ev: &Evaluator, path: &Thunk) -> Result<Value> {
    match ev.force(path)? {
        Value::Path(path) => {
            let folder = path.rsplit_once('/').map_or("/", |(folder, _)| if folder.is_empty() { "/" } else { folder });
            Ok(Value::Path(Name::new(folder)))
        }
        other => {
            let string = ev.coerce_to_string(&other, Coercion::Uncopied)?;
            ev.text_below_copy(&string)?;
            let folder = match string.text.rfind('/') {
                None => ".",
                Some(0) => "/",
                Some(at) => string.text.get(..at).unwrap_or("."),
            };
            Ok(Value::string_with_context(folder, string.context.clone()))
        }
    }
}

/// `builtins.path { path = …; }`: the copy in the store reads like its source, less what a filter removes.
fn path(ev: &Evaluator, argument: &Thunk) -> Result<Value> {
    let argument = ev.force(argument)?;
    match ev.select(&argument, &Name::new_static("path"))? {
        Some(Value::Unknown(unknown)) => Err(Stop::Unknown(unknown.derive())),
        Some(path) => Ok(source_string(&ev.coerce_to_path(&path)?)),
        None => Err(EvalError::stop(ErrorKind::Missing { name: Name::new_static("path") }, "builtins.path needs path")),
    }
}
