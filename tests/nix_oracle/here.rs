//! flakewise's side of the comparison.

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;

use flakewise::db::{Change, Loader, Node, Snapshot};
use flakewise::eval::{Bounds, Evaluator, FileType, ReadError, STACK_SIZE, Stop, Thunk, Value, call_builtin};

use super::answer::Answer;

struct Disk;

impl Loader for Disk {
    fn load(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        std::fs::read(path).map_err(|_| ReadError::Missing)
    }
}

/// Runs on a thread with the stack that an evaluation may need.
pub fn on_large_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(STACK_SIZE).spawn(run).expect("a thread").join().expect("no panic")
}

/// Everything below some folders, as the workspace would have scanned it; there is nothing else on this disk.
pub fn snapshot(folders: &[&Path]) -> Snapshot {
    let mut changes = vec![Change::Root { path: "/".into() }];
    for folder in folders {
        changes.push(Change::Root { path: folder.display().to_string().into() });
        scan(folder, &mut changes);
    }
    Snapshot::new(Arc::new(Disk)).apply(changes)
}

fn scan(folder: &Path, changes: &mut Vec<Change>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else { continue };
        let (kind, target) = match () {
            () if kind.is_symlink() => {
                let target = std::fs::read_link(&path).ok().map(|target| {
                    let parent = path.parent().unwrap_or(folder).display().to_string();
                    flakewise::eval::join_path(&parent, &target.display().to_string())
                });
                (FileType::Symlink, target)
            }
            () if kind.is_dir() => (FileType::Directory, None),
            () => (FileType::Regular, None),
        };
        changes
            .push(Change::Node { path: path.display().to_string().into(), node: Node { kind, tracked: true, target } });
        if kind == FileType::Directory {
            scan(&path, changes);
        }
    }
}

/// The answer to the file at `path`; `apply` is the builtin that makes a string of its value. With `with_lib` its
/// value is a function of flakewise's own `lib`.
pub fn answer(snapshot: &Snapshot, path: &str, apply: &str, with_lib: bool) -> Answer {
    // What Nix refuses before it evaluates; an editor evaluates such a file nevertheless, as far as it goes.
    if let Ok((_, file)) = snapshot.file_at(path) {
        if let Some(error) = file.parse().errors().first() {
            return Answer::Failure(format!("{error:?}"));
        }
        if let Some(error) = file.lowered().errors.first() {
            return Answer::Failure(format!("{:?}", error.kind));
        }
    }
    let evaluate = || {
        let ev = Evaluator::new(Arc::new(snapshot.clone()), Bounds::default());
        let evaluated = || {
            let mut value = ev.import(path)?;
            if with_lib {
                value = ev.call(&value, Thunk::value(ev.lib()?))?;
            }
            call_builtin(&ev, apply, &[Thunk::value(value)])
        };
        match evaluated() {
            // What is known only if something unknown does not fail is not known.
            Ok(_) if ev.assumed() => Answer::Unknown("something was taken for granted".to_string()),
            Ok(Value::String(json)) => Answer::Json(json.text.to_string()),
            Ok(Value::Unknown(unknown)) => Answer::Unknown(unknown.to_string()),
            Ok(other) => Answer::Failure(format!("{other:?}")),
            Err(Stop::Unknown(unknown)) => Answer::Unknown(unknown.to_string()),
            Err(Stop::Error(error)) => Answer::Failure(error.message.clone()),
        }
    };
    // A panic is a finding like any other: the expression is wanted with it.
    std::panic::catch_unwind(AssertUnwindSafe(evaluate)).unwrap_or_else(|_| Answer::Json("PANIC".to_string()))
}
