//! Who imports a module, and what it imports; who calls a helper, and what it calls.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::base::{FileId, TextRange, TextSize};
use crate::eval::{Origin, Site};
use crate::hir::{Expr, ExprId, KeyId, Name};
use crate::ide::{Analysis, FilePosition, NavigationTarget};
use crate::semantics::{Bound, Callee, FileInfo, FunctionRef, Meaning};

/// A file or a function, as something that uses others and is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallItem {
    pub name: String,
    pub kind: CallKind,
    pub detail: Option<String>,
    pub target: NavigationTarget,
}

/// What a [`CallItem`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallKind {
    /// A file that is a module of some host.
    Module,
    /// Any other file.
    File,
    Function,
}

/// That one item uses another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The other one.
    pub item: CallItem,
    /// Where, in the file of the one that uses.
    pub ranges: Vec<TextRange>,
}

/// An item in a map: files before the functions in them.
type Node = (FileId, Option<KeyId>);
type Calls = BTreeMap<Node, Vec<TextRange>>;

/// The item that a place is about: the file that a path leads to, the function that a name stands for, else
/// the file itself.
pub fn prepare(analysis: &Analysis, position: FilePosition) -> Option<CallItem> {
    let meaning = analysis.classify(position.file, position.offset).map(|classified| classified.meaning);
    if let Some(Meaning::Path { target: Some(target), .. }) = meaning {
        return file_item(analysis, target);
    }
    let function = analysis.function_at(position.file, position.offset);
    let item = function.and_then(|function| function_item(analysis, function));
    item.or_else(|| file_item(analysis, position.file))
}

/// Who uses an item.
pub fn incoming(analysis: &Analysis, item: &CallItem) -> Vec<Call> {
    let mut calls = Calls::new();
    match function_of(analysis, item) {
        Some((function, key)) => callers(analysis, function, key, &mut calls),
        None => importers(analysis, item.target.file, &mut calls),
    }
    finished(analysis, calls)
}

/// What an item uses. The ranges lie in its file.
pub fn outgoing(analysis: &Analysis, item: &CallItem) -> Vec<Call> {
    let file = item.target.file;
    let mut calls = Calls::new();
    let function = function_of(analysis, item);
    let within = match function {
        Some((function, _)) => {
            let Ok(data) = analysis.snapshot().file(file) else { return Vec::new() };
            Some(data.lowered().source_map.expr(function.function))
        }
        None => None,
    };
    let holds = |range: &TextRange| within.is_none_or(|within| within.contains_range(*range));
    for (range, target) in analysis.paths_in(file) {
        if holds(&range) {
            calls.entry((target, None)).or_default().push(range);
        }
    }
    if function.is_none() {
        for import in analysis.imports(|import| import.importer == Some(file)) {
            let here = import.site.and_then(|site| analysis.range(site)).filter(|at| at.file == file);
            calls.entry((import.imported, None)).or_default().extend(here.map(|at| at.range));
        }
    }
    let Some(info) = analysis.info(file) else { return Vec::new() };
    for (expr, _, range) in names(analysis, file, &info) {
        if !holds(&range) {
            continue;
        }
        let Some(Callee::Function(called)) = analysis.callee(file, expr) else { continue };
        let node = (called.file, analysis.name_of_function(called));
        // What a file calls of itself is within it; a function is named where it is bound, too.
        let own = match function {
            None => called.file == file,
            Some((function, _)) => function == called,
        };
        if !own && (node.1.is_some() || is_root(analysis, called)) {
            calls.entry(node).or_default().push(range);
        }
    }
    calls.remove(&(file, function.map(|(_, key)| key)));
    finished(analysis, calls)
}

fn finished(analysis: &Analysis, calls: Calls) -> Vec<Call> {
    let found = calls.into_iter().filter_map(|((file, key), mut ranges)| {
        ranges.sort_by_key(|range| (range.start(), range.end()));
        ranges.dedup();
        let item = match key {
            Some(key) => key_item(analysis, file, key),
            None => file_item(analysis, file),
        }?;
        Some(Call { item, ranges })
    });
    found.collect()
}

/// The files that bring a file in: in lists of modules, by `import`, by naming its path.
fn importers(analysis: &Analysis, file: FileId, calls: &mut Calls) {
    for import in analysis.imports(|import| import.imported == file) {
        let site = import.site.and_then(|site| analysis.range(site));
        match (site, import.importer) {
            (Some(site), _) => calls.entry((site.file, None)).or_default().push(site.range),
            (None, Some(importer)) => {
                calls.entry((importer, None)).or_default();
            }
            (None, None) => {}
        }
    }
    for other in analysis.files() {
        let here = analysis.paths_in(other).into_iter().filter(|(_, target)| *target == file);
        for (range, _) in here {
            calls.entry((other, None)).or_default().push(range);
        }
    }
    calls.remove(&(file, None));
}

/// The functions and files that name a function.
fn callers(analysis: &Analysis, function: FunctionRef, key: KeyId, calls: &mut Calls) {
    let Some(name) = analysis.info(function.file).and_then(|info| info.hir.key_name(key).cloned()) else { return };
    for file in analysis.files().into_iter().chain([function.file]) {
        let Some(info) = analysis.info(file) else { continue };
        for (expr, used, range) in names(analysis, file, &info) {
            if *used == name && analysis.callee(file, expr) == Some(Callee::Function(function)) {
                let around = enclosing_function(analysis, file, &info, range.start());
                calls.entry((file, around)).or_default().push(range);
            }
        }
    }
}

/// The variables and selections of a file, each with its last name and the place of that.
fn names<'a>(
    analysis: &'a Analysis,
    file: FileId,
    info: &'a FileInfo,
) -> impl Iterator<Item = (ExprId, &'a Name, TextRange)> + use<'a> {
    let data = analysis.snapshot().file(file).ok();
    info.hir.exprs().filter_map(move |(id, expr)| {
        let source_map = &data.as_ref()?.lowered().source_map;
        match expr {
            Expr::Var(var) => Some((id, &var.name, source_map.expr(id))),
            Expr::Select { path, .. } => match path.last()? {
                crate::hir::Key::Static { name, key } => Some((id, name, source_map.key(*key).name)),
                crate::hir::Key::Dynamic(_) => None,
            },
            _ => None,
        }
    })
}

/// The innermost function with a name around a place.
fn enclosing_function(analysis: &Analysis, file: FileId, info: &FileInfo, at: TextSize) -> Option<KeyId> {
    let data = analysis.snapshot().file(file).ok()?;
    let source_map = &data.lowered().source_map;
    let keys = (0..info.hir.key_count()).map(|key| KeyId(key as u32));
    let functions = keys.filter(|key| match info.bound(*key) {
        Bound::Expr(expr) => {
            matches!(info.hir.expr(expr), Expr::Lambda(_)) && source_map.expr(expr).contains_inclusive(at)
        }
        _ => false,
    });
    let around = functions.min_by_key(|key| source_map.key(*key).whole.len())?;
    // `outputs` is the file.
    (info.hir.key_name(around)? != "outputs").then_some(around)
}

/// The function that an item is.
fn function_of(analysis: &Analysis, item: &CallItem) -> Option<(FunctionRef, KeyId)> {
    if item.kind != CallKind::Function {
        return None;
    }
    let file = item.target.file;
    let data = analysis.snapshot().file(file).ok()?;
    let key = data.lowered().source_map.key_at(item.target.focus.start())?;
    match analysis.info(file)?.bound(key) {
        Bound::Expr(function) => Some((FunctionRef { file, function }, key)),
        _ => None,
    }
}

/// Whether a function is what its whole file gives.
fn is_root(analysis: &Analysis, function: FunctionRef) -> bool {
    analysis.info(function.file).is_some_and(|info| info.hir.root() == Some(function.function))
}

fn function_item(analysis: &Analysis, function: FunctionRef) -> Option<CallItem> {
    match analysis.name_of_function(function) {
        Some(key) => key_item(analysis, function.file, key),
        None if is_root(analysis, function) => file_item(analysis, function.file),
        None => None,
    }
}

fn key_item(analysis: &Analysis, file: FileId, key: KeyId) -> Option<CallItem> {
    let data = analysis.snapshot().file(file).ok()?;
    let lowered = data.lowered();
    let source = lowered.source_map.key(key);
    let builds = analysis.flake(file).and_then(|flake| {
        let origin = Origin { file, site: Site::Key(key) };
        let helper = flake.helpers.iter().find(|helper| helper.origin == origin && analysis.is_current(file))?;
        Some(format!("builds {} hosts", helper.hosts.len()))
    });
    Some(CallItem {
        name: lowered.file.key_name(key)?.to_string(),
        kind: CallKind::Function,
        detail: builds.or_else(|| Some(analysis.display_path(file))),
        target: NavigationTarget { file, full: source.whole, focus: source.name },
    })
}

/// A file of the repository. The whole of it is the item, so that editors know what is within.
fn file_item(analysis: &Analysis, file: FileId) -> Option<CallItem> {
    let data = analysis.snapshot().file(file).ok()?;
    let path = analysis.path(file);
    if !path.ends_with(".nix") {
        return None;
    }
    let hosts = analysis.host_names(analysis.hosts_reaching(file));
    let whole = analysis.modules(file).iter().any(|module| module.inline.is_none());
    let detail = match hosts.len() {
        _ if !whole => None,
        1 => hosts.first().map(|host| format!("on {host}")),
        count => Some(format!("on {count} hosts")),
    };
    Some(CallItem {
        name: analysis.display_path(file),
        kind: if whole { CallKind::Module } else { CallKind::File },
        detail,
        target: NavigationTarget { file, full: data.parse().root().text_range(), focus: TextRange::default() },
    })
}
