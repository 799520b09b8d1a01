//! What an input gives: the names in its outputs, and the packages of a nixpkgs.
//!
//! Looked up when somebody asks, and kept while what was read stays the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::session::Session;
use super::{Flake, Input, builders, inputs, sources};
use crate::db::{Memo, Snapshot};
use crate::eval::{Bounds, Files, ReadSet, STACK_SIZE, Value, join_path};
use crate::hir::{Expr, ExprId, File, Name};

/// Names are wanted while somebody types: an input that takes longer than this keeps them to itself.
const BOUNDS: Bounds = Bounds { fuel: 400_000, depth: 2_000, size: 1 << 20 };

/// By flake, and path or input.
type Memos<K, T> = Mutex<BTreeMap<(Name, K), Memo<T>>>;

/// What was found out so far.
#[derive(Default)]
struct Found {
    names: Memos<Vec<Name>, Given>,
    packages: Memos<Name, Vec<Name>>,
}

/// What there is at a path of an input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// Sorted.
    pub names: Vec<Name>,
    /// Whether there may be others, because the source is not at hand or something in it is not known.
    pub open: bool,
}

/// What an input gives at a path: the input's name, and names of its outputs.
pub fn input_names(snapshot: &Snapshot, flake: &Flake, path: &[Name]) -> Arc<Given> {
    let found = snapshot.kept().get::<Found>();
    let key = (flake.root.clone(), path.to_vec());
    let known = found.names.lock().unwrap_or_else(PoisonError::into_inner).get(&key).and_then(|it| it.get(snapshot));
    if let Some(known) = known {
        return known;
    }
    let (given, reads) = apart(|| evaluate(snapshot, flake, path)).unwrap_or_default();
    let given = Arc::new(given);
    let memo = Memo::new(given.clone(), snapshot, &reads);
    found.names.lock().unwrap_or_else(PoisonError::into_inner).insert(key, memo);
    given
}

/// The names of packages in the source of an input that is a nixpkgs, sorted, without evaluating any: those of
/// all-packages.nix, and the folders of pkgs/by-name. Empty where the source is not at hand.
pub fn package_names(snapshot: &Snapshot, flake: &Flake, input: &Name) -> Arc<Vec<Name>> {
    let found = snapshot.kept().get::<Found>();
    let key = (flake.root.clone(), input.clone());
    let known = found.packages.lock().unwrap_or_else(PoisonError::into_inner).get(&key).and_then(|it| it.get(snapshot));
    if let Some(known) = known {
        return known;
    }
    let (folder, mut reads) = apart(|| packages_folder(snapshot, flake, input)).unwrap_or_default();
    let names = Arc::new(folder.map(|folder| names_below(snapshot, &folder, &mut reads)).unwrap_or_default());
    let memo = Memo::new(names.clone(), snapshot, &reads);
    found.packages.lock().unwrap_or_else(PoisonError::into_inner).insert(key, memo);
    names
}

/// The input that packages of a flake come from: the one that is called nixpkgs, or the first that is one.
pub fn nixpkgs_of(flake: &Flake) -> Option<&Input> {
    let is_nixpkgs = |input: &&Input| {
        input.name == "nixpkgs" || input.url.as_ref().is_some_and(|url| url.text.to_lowercase().contains("nixpkgs"))
    };
    flake.input("nixpkgs").or_else(|| flake.inputs.iter().find(is_nixpkgs))
}

/// Evaluation needs a stack of its own.
fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let spawned = std::thread::Builder::new().stack_size(STACK_SIZE).spawn_scoped(scope, work);
        spawned.ok()?.join().ok()
    })
}

fn session(snapshot: &Snapshot, flake: &Flake) -> Session {
    let lock = flake.lock.as_ref().and_then(|lock| lock.as_ref().ok().cloned());
    Session::new(snapshot, &flake.root, lock, BOUNDS)
}

fn evaluate(snapshot: &Snapshot, flake: &Flake, path: &[Name]) -> (Given, ReadSet) {
    let session = session(snapshot, flake);
    let given = path.split_first().and_then(|(input, rest)| {
        let input = flake.input(input)?;
        let value = inputs::value(&session.ev, &session.state, input);
        let names: Vec<&str> = rest.iter().map(Name::as_str).collect();
        let value = session.ev.select_path(&value, &names).ok()??;
        Some(match session.ev.force(&crate::eval::Thunk::value(value)) {
            Ok(Value::Attrs(attrs)) => {
                let named = attrs.iter().filter(|(name, _)| !name.starts_with('_'));
                Given { names: named.map(|(name, _)| name.clone()).collect(), open: attrs.rest.is_some() }
            }
            Ok(Value::Unknown(_)) | Err(_) => Given { names: Vec::new(), open: true },
            Ok(_) => Given::default(),
        })
    });
    let mut given = given.unwrap_or(Given { names: Vec::new(), open: true });
    given.names.sort();
    (given, session.ev.reads())
}

/// The folder of packages in the source of an input.
fn packages_folder(snapshot: &Snapshot, flake: &Flake, input: &Name) -> (Option<Name>, ReadSet) {
    let session = session(snapshot, flake);
    let folder = flake.input(input).and_then(|input| {
        let _ = inputs::value(&session.ev, &session.state, input);
        let source = inputs::repository_of(&session.state, input);
        let label = sources::label(&session.state, input);
        sources::folder_of(&session.ev, &session.state, &label, "pkgs").filter(|_| builders::has_lib(&source))
    });
    (folder, session.ev.reads())
}

fn names_below(snapshot: &Snapshot, folder: &Name, reads: &mut ReadSet) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    if let Ok((id, data)) = snapshot.file_at(&join_path(folder, "top-level/all-packages.nix")) {
        reads.nix_files.insert(id);
        names.extend(bound(data.hir()));
    }
    let by_name = join_path(folder, "by-name");
    reads.folders.insert(by_name.clone());
    for (shard, _) in snapshot.read_dir(&by_name).unwrap_or_default() {
        let shard = join_path(&by_name, &shard);
        reads.folders.insert(shard.clone());
        names.extend(snapshot.read_dir(&shard).unwrap_or_default().into_iter().map(|(name, _)| name));
    }
    names.retain(|name| !name.starts_with('_') && !name.ends_with(".nix") && !name.ends_with(".md"));
    names.sort();
    names.dedup();
    names
}

/// The names of the set that a file's functions return.
fn bound(hir: &File) -> Vec<Name> {
    let mut expr = hir.root();
    let mut names = Vec::new();
    let mut steps = 64;
    while let Some(at) = expr.filter(|_| steps > 0) {
        steps -= 1;
        expr = match hir.expr(at) {
            Expr::Lambda(lambda) => Some(lambda.body),
            Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body, .. } => Some(*body),
            Expr::Attrs(attrs) => {
                names.extend(attrs.attrs.iter().map(|attr| attr.name.clone()));
                None
            }
            _ => None::<ExprId>,
        };
    }
    names
}
