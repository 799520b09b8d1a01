//! Inputs whose source is at hand: which files are theirs, and what their
//! modules are called.
//!
//! Files of an input are evaluated like those of the repository, but they are
//! not the repository's: functions in them are nobody's helpers, expressions in
//! them are no place to point at. Names of attributes keep their origin, for
//! those who want to look where an option is declared.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::{Evaluator, Origin, Result, Value, join_path, normalise_path};
use crate::hir::Name;

/// What takes the place of the value of a file.
type Replacement = Rc<dyn Fn(&Evaluator) -> Result<Value>>;

/// The sources of an evaluation.
#[derive(Default)]
pub(super) struct InputSources {
    /// Folders and the inputs they are the source of, longest first.
    roots: RefCell<Vec<(Name, Name)>>,
    /// Folders of functions that make modules of what the repository gives them (`mkRenamedOptionModule`).
    libraries: RefCell<Vec<Name>>,
    /// What values that inputs export are called, with the values: so none of
    /// the pointers is used again while it stands here.
    names: RefCell<FxHashMap<Identity, (Value, InputName)>>,
    replaced: RefCell<FxHashMap<Name, Replacement>>,
}

/// An attribute of an input: `disko`, `nixosModules.disko`.
pub type InputName = (Name, Name);

#[derive(PartialEq, Eq, Hash)]
enum Identity {
    Path(Name),
    Pointer(usize),
}

fn identity(value: &Value) -> Option<Identity> {
    Some(match value {
        Value::Path(path) => Identity::Path(path.clone()),
        Value::String(text) if text.text.starts_with('/') => Identity::Path(text.text.clone()),
        Value::Lambda(closure) => Identity::Pointer(Rc::as_ptr(closure) as usize),
        Value::Attrs(attrs) => Identity::Pointer(Rc::as_ptr(attrs) as usize),
        _ => return None,
    })
}

/// The same value by itself: an input may export one function under several names.
fn alone(value: Value) -> Value {
    match value {
        Value::Lambda(closure) => Value::Lambda(Rc::new((*closure).clone())),
        Value::Attrs(attrs) => Value::Attrs(Rc::new((*attrs).clone())),
        other => other,
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Evaluator {
    /// Says that the files in `root` are the source of an input. Of several inputs with one source the first counts.
    pub fn add_source(&self, root: &Name, input: &Name) {
        let mut roots = self.sources.roots.borrow_mut();
        if !roots.iter().any(|(known, _)| known == root) {
            roots.push((root.clone(), input.clone()));
            roots.sort_by_key(|(root, _)| std::cmp::Reverse(root.len()));
        }
    }

    /// The input that a file belongs to, and the path of the file in its source.
    pub fn source_of(&self, path: &str) -> Option<(Name, Name)> {
        self.sources.roots.borrow().iter().find_map(|(root, input)| {
            let rest = path.strip_prefix(root.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then(|| (input.clone(), Name::new(rest.trim_start_matches('/'))))
        })
    }

    /// Whether a file belongs to an input.
    pub fn is_foreign(&self, path: &str) -> bool {
        self.sources.roots.borrow().iter().any(|(root, _)| is_below(path, root))
    }

    /// A place, if it is in the repository: what is said of it must not point into inputs.
    pub fn own_origin(&self, origin: Option<Origin>) -> Option<Origin> {
        origin.filter(|origin| !self.code_of(origin.file).is_some_and(|code| code.foreign))
    }

    /// Says that modules which functions in this folder make are those of whoever calls the functions.
    pub fn add_library(&self, folder: &Name) {
        let mut libraries = self.sources.libraries.borrow_mut();
        if !libraries.contains(folder) {
            libraries.push(folder.clone());
        }
    }

    /// Whether a file belongs to such a library.
    pub fn is_library(&self, path: &str) -> bool {
        self.sources.libraries.borrow().iter().any(|folder| is_below(path, folder))
    }

    /// Says what an exported value is called, and gives the value that has the name.
    pub fn name_input_value(&self, value: Value, input: &Name, attribute: Name) -> Value {
        let value = alone(value);
        if let Some(identity) = identity(&value) {
            self.sources
                .names
                .borrow_mut()
                .entry(identity)
                .or_insert_with(|| (value.clone(), (input.clone(), attribute)));
        }
        value
    }

    /// What an exported value is called.
    pub fn input_value_name(&self, value: &Value) -> Option<InputName> {
        let identity = identity(value)?;
        self.sources.names.borrow().get(&identity).map(|(_, name)| name.clone())
    }

    /// Says what importing a file gives, whatever is in it.
    pub fn replace_file(&self, path: Name, value: impl Fn(&Evaluator) -> Result<Value> + 'static) {
        self.sources.replaced.borrow_mut().insert(path, Rc::new(value));
    }

    /// What importing a path gives, if that was said. The file need not exist.
    pub(super) fn replaced_file(&self, path: &str) -> Option<Result<Value>> {
        let replacement = {
            let replaced = self.sources.replaced.borrow();
            if replaced.is_empty() {
                return None;
            }
            let path = normalise_path(path);
            replaced.get(&path).or_else(|| replaced.get(&join_path(&path, "default.nix"))).cloned()
        };
        replacement.map(|replacement| replacement(self))
    }
}
