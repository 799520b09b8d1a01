//! flakewise's side of the comparison.

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use flakewise::db::{Change, Loader, Snapshot};
use flakewise::eval::{
    Attrs, Bounds, Entry, Evaluator, ReadError, Result, STACK_SIZE, Stop, Thunk, Value, call_builtin,
};
use flakewise::hir::Name;
use flakewise::module_system::{Configuration, Spec, eval_modules, path_text};

use super::answer::Answer;

struct Disk;

impl Loader for Disk {
    fn load(&self, path: &str) -> std::result::Result<Vec<u8>, ReadError> {
        std::fs::read(path).map_err(|_| ReadError::Missing)
    }
}

/// Runs on a thread with the stack that an evaluation may need.
pub fn on_large_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(STACK_SIZE).spawn(run).expect("a thread").join().expect("no panic")
}

/// Everything below some folders.
pub fn snapshot(folders: &[&Path]) -> Snapshot {
    let mut changes = Vec::new();
    for folder in folders {
        scan(folder, &mut changes);
    }
    Snapshot::new(Arc::new(Disk)).apply(changes)
}

fn scan(folder: &Path, changes: &mut Vec<Change>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            scan(&path, changes);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            changes.push(Change::Text { path: path.display().to_string().into(), text: text.into() });
        }
    }
}

/// The answer to the file at `path`, a function of `lib`, whose value is a string.
pub fn answer(snapshot: &Snapshot, path: &str) -> Answer {
    asked(snapshot, |ev| {
        let function = ev.import(path)?;
        ev.call(&function, Thunk::value(ev.lib()?))
    })
}

/// The options that the facts list of the modules in the file at `path`, a function of `lib`: their names and the
/// descriptions of their types, as JSON.
pub fn options(snapshot: &Snapshot, path: &str) -> Answer {
    asked(snapshot, |ev| {
        let function = ev.import(path)?;
        let modules = ev.call(&function, Thunk::value(ev.lib()?))?;
        let lib = Entry::new(Thunk::value(ev.lib()?), None);
        let spec = Spec {
            modules: Thunk::value(modules),
            special_args: Rc::new(Attrs::new(vec![(Name::new_static("lib"), lib)])),
            provided_args: Vec::new(),
            class: None,
            prefix: Vec::new(),
            upstream: false,
            scalars: &[],
            defaults: Vec::new(),
        };
        let facts = Configuration::new(ev, spec).facts(ev);
        let items = facts.options.iter().map(|option| {
            let ty = option.ty.as_ref().map_or("unspecified value", |ty| ty.description.as_str());
            Thunk::value(Value::string(format!("{}: {ty}", path_text(&option.path))))
        });
        call_builtin(ev, "toJSON", &[Thunk::value(Value::list(items.collect()))])
    })
}

fn asked(snapshot: &Snapshot, evaluate: impl Fn(&Evaluator) -> Result<Value>) -> Answer {
    let evaluated = || {
        let ev = Evaluator::new(Arc::new(snapshot.clone()), Bounds::default());
        ev.define("evalModules", eval_modules());
        match evaluate(&ev) {
            Ok(Value::String(json)) => Answer::Json(json.text.to_string()),
            Ok(Value::Unknown(unknown)) => Answer::Unknown(unknown.to_string()),
            Ok(other) => Answer::Failure(format!("{other:?}")),
            Err(Stop::Unknown(unknown)) => Answer::Unknown(unknown.to_string()),
            Err(Stop::Error(error)) => Answer::Failure(error.message.clone()),
        }
    };
    // A panic is a finding like any other: the modules are wanted with it.
    std::panic::catch_unwind(AssertUnwindSafe(evaluated)).unwrap_or_else(|_| Answer::Json("PANIC".to_string()))
}
