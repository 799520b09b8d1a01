//! Another name for a set of options: for each of them it changes a segment of the path, wherever that is written.

use super::{Refusal, Renaming, change, note_unseen, place};
use crate::base::{FileId, FileRange};
use crate::hir::{Expr, KeyId, Name};
use crate::ide::Analysis;
use crate::module_system::{Declared, path_text};
use crate::semantics::{Access, HostId, Meaning, OptionRef, Reference, Segment};

/// The options below a path that all get another name with it; or why they do not.
pub(super) fn renameable(analysis: &Analysis, path: &[Name], hosts: &[HostId]) -> Result<Vec<OptionRef>, Refusal> {
    let shown = path_text(path);
    let segments: Vec<Segment> = path.iter().cloned().map(Segment::Name).collect();
    let options = analysis.below_in_all_hosts(hosts, &segments);
    if options.is_empty() {
        return Err(format!("{shown} is no set of options that this repository declares"));
    }
    // What else is set there is declared by somebody who will not follow.
    let mut hosts: Vec<HostId> = options.iter().map(|option| option.host).collect();
    hosts.dedup();
    let definitions = hosts.iter().filter_map(|host| analysis.host(*host)).flat_map(|host| &host.facts.definitions);
    let mut elsewhere = definitions.filter(|it| it.status == Declared::Elsewhere && it.path.starts_with(path));
    if let Some(other) = elsewhere.next() {
        let name = path_text(&other.path);
        return Err(format!("{name} is set and not declared in this repository, so {shown} keeps its name"));
    }
    for option in &options {
        let declarations = analysis.declarations(&[*option]);
        let foreign = declarations.iter().any(|it| analysis.snapshot().is_foreign(&analysis.path(it.file)));
        if foreign || declarations.is_empty() {
            let name = analysis.option(*option).map(|facts| path_text(&facts.path)).unwrap_or_default();
            return Err(format!("{name} is not declared in this repository, so {shown} keeps its name"));
        }
    }
    Ok(options)
}

/// Gives the set of options at `path` another last name.
pub(super) fn rename(
    analysis: &Analysis,
    path: &[Name],
    options: &[OptionRef],
    new: &str,
) -> Result<Renaming, Refusal> {
    let Some((old, around)) = path.split_last() else { return Err("this has no name".to_string()) };
    let shown = path_text(path);
    let mut hosts: Vec<HostId> = options.iter().map(|option| option.host).collect();
    hosts.dedup();
    let mut beside: Vec<Segment> = around.iter().cloned().map(Segment::Name).collect();
    beside.push(Segment::Name(Name::new(new)));
    if analysis.is_namespace(&hosts, &beside) {
        return Err(format!("{shown} cannot be called {new}: there are options of this name"));
    }
    let mut renaming = Renaming { of: format!("options {shown}"), ..Renaming::default() };
    let mut declares: Vec<FileId> = Vec::new();
    for file in analysis.files_beside(options) {
        for (range, meaning) in named(analysis, file, old) {
            let (access, of, around) = match meaning {
                Meaning::OptionDeclaration { path, hosts, .. } => (Access::Declaration, path, hosts),
                Meaning::OptionSet { path, hosts, .. } => (Access::Write, path, hosts),
                Meaning::OptionRead { path, hosts, .. } => (Access::Read, path, hosts),
                _ => continue,
            };
            if of != path || !around.iter().any(|host| hosts.contains(host)) {
                continue;
            }
            if access == Access::Declaration {
                declares.push(file);
            }
            change(analysis, &mut renaming, Reference::certain(range, access), old, new);
        }
    }
    let mut origins = analysis.declarations(options);
    origins.retain(|origin| !declares.contains(&origin.file));
    origins.dedup_by_key(|origin| origin.file);
    for at in origins.into_iter().filter_map(|origin| analysis.range(origin)) {
        let place = place(analysis, at);
        renaming.notes.push(format!("options in it are declared at {place}, where {shown} is not spelled out"));
    }
    note_unseen(analysis, &mut renaming, path, options);
    Ok(renaming)
}

/// The places of a file where a name stands that may be a segment of the path of an option, with what they mean.
fn named(analysis: &Analysis, file: FileId, name: &Name) -> Vec<(FileRange, Meaning)> {
    let (Some(info), Ok(data)) = (analysis.info(file), analysis.snapshot().file(file)) else { return Vec::new() };
    let source_map = &data.lowered().source_map;
    let keys = (0..info.hir.key_count()).map(|at| KeyId(at as u32));
    let keys = keys.filter(|key| info.hir.key_name(*key) == Some(name)).map(|key| source_map.key(key).name);
    let under_with = info.hir.exprs().filter(
        |(_, expr)| matches!(expr, Expr::Var(var) if var.name == *name && matches!(var.target, crate::hir::VarTarget::With(_))),
    );
    let ranges = keys.chain(under_with.map(|(id, _)| source_map.expr(id)));
    let found = ranges.filter_map(|range| {
        let meaning = analysis.classify(file, range.start())?.meaning;
        Some((FileRange { file, range }, meaning))
    });
    found.collect()
}
