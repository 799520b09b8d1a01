//! The function that a module is, and what it is given.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::file_info::{Chain, FileInfo, Root};
use crate::db::{FileData, OfText};
use crate::eval::Site;
use crate::hir::{Expr, ExprId, File, Key, KeyId, Name, Param, VarTarget};
use crate::module_system::Module;
use crate::repository::for_each_child;

/// A selection from `config` that fails where the option is not there: without `or`, and not behind `?`.
#[derive(Clone, Debug, PartialEq)]
pub struct PlainRead {
    pub path: Vec<Name>,
    /// Where the last names of the path stand.
    pub keys: Vec<KeyId>,
    /// The selection.
    pub expr: ExprId,
}

/// The function that a module of the facts is, in this file: the one that asks for the argument which the module is known to ask
/// for. A file may hold modules of other configurations as well, which see the arguments of its function and are not it.
pub fn module_function(file: &FileData, module: &Module, argument: &str) -> Option<ExprId> {
    let (_, origin) = module.arguments.iter().find(|(name, _)| name == argument)?;
    let Site::Key(wanted) = (*origin)?.site else { return None };
    file.of_text::<Functions>().0.get(&wanted).copied()
}

/// The functions of a file, each by the names that it asks for.
struct Functions(FxHashMap<KeyId, ExprId>);

impl OfText for Functions {
    fn of(file: &FileData) -> Functions {
        let mut by_name = FxHashMap::default();
        for (id, expr) in file.hir().exprs() {
            let Expr::Lambda(lambda) = expr else { continue };
            let Param::Pattern { formals, .. } = &lambda.param else { continue };
            by_name.extend(formals.iter().map(|formal| (formal.key, id)));
        }
        Functions(by_name)
    }
}

/// What functions of a file read of their `config`, as far as somebody asked.
#[derive(Default)]
struct KnownReads(Mutex<FxHashMap<ExprId, Arc<[PlainRead]>>>);

impl OfText for KnownReads {
    fn of(_: &FileData) -> KnownReads {
        KnownReads::default()
    }
}

/// What is read of the `config` that a function of a file is given, below first names that the file does not ask
/// about with `?`.
pub fn plain_reads(file: &FileData, function: ExprId) -> Arc<[PlainRead]> {
    let known = file.of_text::<KnownReads>();
    let mut known = known.0.lock().unwrap_or_else(PoisonError::into_inner);
    let reads = || FileInfo::new(file.hir().clone()).plain_reads(function).into();
    known.entry(function).or_insert_with(reads).clone()
}

/// The variables inside of an expression that only `with` can provide, each with the namespaces that may have it.
pub fn names_from_withs(hir: &File, within: ExprId) -> Vec<(ExprId, Name, Vec<ExprId>)> {
    let mut found = Vec::new();
    collect(hir, within, &mut Vec::new(), &mut found);
    found
}

/// `frames` has the namespaces of the frames between: `None` for those that bind names.
fn collect(hir: &File, expr: ExprId, frames: &mut Vec<Option<ExprId>>, found: &mut Vec<(ExprId, Name, Vec<ExprId>)>) {
    let mut inside = |children: &[ExprId], frame: Option<Option<ExprId>>| {
        let opened = frame.is_some();
        frames.extend(frame);
        for child in children {
            collect(hir, *child, frames, found);
        }
        if opened {
            frames.pop();
        }
    };
    match hir.expr(expr) {
        Expr::Var(var) => {
            let VarTarget::With(depths) = &var.target else { return };
            let namespaces = depths.iter().map(|depth| {
                let at = frames.len().checked_sub(*depth as usize + 1)?;
                *frames.get(at)?
            });
            // One that stands around the whole is not known here.
            if let Some(namespaces) = namespaces.collect() {
                found.push((expr, var.name.clone(), namespaces));
            }
        }
        Expr::With { namespace, body } => {
            inside(&[*namespace], None);
            inside(&[*body], Some(Some(*namespace)));
        }
        Expr::Lambda(_) | Expr::Let { .. } => inside(&children(hir, expr), Some(None)),
        Expr::Attrs(attrs) if attrs.recursive => inside(&children(hir, expr), Some(None)),
        _ => inside(&children(hir, expr), None),
    }
}

fn children(hir: &File, expr: ExprId) -> Vec<ExprId> {
    let mut children = Vec::new();
    for_each_child(hir, expr, &mut |child| children.push(child));
    children
}

impl FileInfo {
    fn plain_reads(&self, function: ExprId) -> Vec<PlainRead> {
        let of_config = |chain: &Chain| matches!(&chain.root, Root::Argument { name, function: of } if name == "config" && *of == function);
        let mut asked: Vec<Name> = Vec::new();
        let mut found = Vec::new();
        for (id, expr) in self.hir.exprs() {
            match expr {
                Expr::HasAttr { path, .. } => {
                    let chain = self.selection(id, path.len());
                    asked.extend(chain.and_then(|chain| chain.path.first().cloned()));
                }
                Expr::Select { path, default, .. } => {
                    let Some(chain) = self.selection(id, path.len()).filter(of_config) else { continue };
                    if default.is_some() {
                        asked.extend(chain.path.last().cloned().filter(|_| chain.path.len() == 1));
                        continue;
                    }
                    let keys = path.iter().map_while(|key| match key {
                        Key::Static { key, .. } => Some(*key),
                        Key::Dynamic(_) => None,
                    });
                    let keys = keys.collect();
                    found.push(PlainRead { path: chain.path, keys, expr: id });
                }
                _ => {}
            }
        }
        found.retain(|read| read.path.first().is_some_and(|first| !asked.contains(first)));
        found
    }
}
