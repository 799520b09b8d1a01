//! Files and folders that get other names: the paths that lead to them, and those that lead out of them.

use crate::base::{FileId, TextEdit};
use crate::hir::Name;
use crate::ide::Analysis;
use crate::module_system::ModuleSource;
use crate::repository::is_below;
use crate::semantics::{PathLiteral, PathSpelling, relative_literal};

/// A file or folder, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    pub from: Name,
    pub to: Name,
}

/// What is to be edited in the texts as they are, before the files are moved, so that every written path leads where
/// it led. Paths that are computed (`./hosts + "/${name}"`) and names that folders are listed for stay as they are.
pub fn move_files(analysis: &Analysis, moves: &[Move]) -> Vec<(FileId, TextEdit)> {
    let mut edits = Vec::new();
    if moves.iter().all(|it| it.from == it.to) {
        return edits;
    }
    for (path, file) in analysis.snapshot().nix_files().iter().cloned() {
        let after = moved(moves, &path);
        let folder = |path: &str| path.rsplit_once('/').map_or("", |(folder, _)| folder).to_string();
        let (folder_then, folder_now) = (folder(&path), folder(after.as_deref().unwrap_or(&path)));
        for literal in analysis.path_literals(file) {
            let target = target_after(analysis, moves, &literal);
            let stays = literal.spelling != PathSpelling::Relative || folder_then == folder_now;
            if target.is_none() && stays {
                continue;
            }
            let target = target.unwrap_or_else(|| literal.path.clone());
            let insert = match literal.spelling {
                PathSpelling::Relative => relative_literal(&folder_now, &target),
                PathSpelling::Absolute => target.to_string(),
                PathSpelling::BelowSelf => match below_root(analysis, file, &target) {
                    Some(below) => below,
                    None => continue,
                },
            };
            let old = analysis.snapshot().file(file).ok();
            let old = old.as_ref().and_then(|data| data.text().get(std::ops::Range::<usize>::from(literal.range)));
            if old.is_some_and(|old| old != insert) {
                edits.push((file, TextEdit { range: literal.range, insert }));
            }
        }
    }
    edits
}

/// What moves of files mean beyond the paths that lead to them: folders that code lists.
pub fn notes_on_moves(analysis: &Analysis, moves: &[Move]) -> Vec<String> {
    let folder = |path: &str| path.rsplit_once('/').map_or("", |(folder, _)| folder).to_string();
    let mut notes = Vec::new();
    for one in moves.iter().filter(|it| it.from != it.to) {
        let listed = |folder: &str| analysis.repository().flakes.iter().any(|flake| flake.listed.contains(folder));
        for folder in [folder(&one.from), folder(&one.to)] {
            let shown = analysis.repository().flake_of(&one.from).map(|flake| flake.relative(&folder));
            let shown = shown.filter(|shown| !shown.is_empty()).unwrap_or_else(|| "the flake's folder".to_string());
            let note = format!("{shown} is listed by code, for which the names in it mean something");
            if listed(&folder) && !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes.extend(computed(analysis, moves));
    notes
}

/// More places than this are counted.
const MAX_NOTES: usize = 8;

/// The places that bring in a module that moves, and whose file has no path that leads there: it is computed.
fn computed(analysis: &Analysis, moves: &[Move]) -> Vec<String> {
    let mut found: Vec<(FileId, u32, Name)> = Vec::new();
    for (_, host) in analysis.repository().hosts() {
        for module in &host.facts.modules {
            let ModuleSource::File { file, path } = &module.source else { continue };
            let Some(site) = module.import_site.and_then(|site| analysis.range(site)) else { continue };
            if moved(moves, path).is_none() || moved(moves, &analysis.path(site.file)).is_some() {
                continue;
            }
            let Ok(data) = analysis.snapshot().file(site.file) else { continue };
            let line = data.line_index().line(site.range.start()) + 1;
            let place = (site.file, line, path.clone());
            if found.contains(&place) {
                continue;
            }
            let mut literals = analysis.path_literals(site.file).into_iter();
            if !literals.any(|it| it.path == *path || analysis.path_target(site.file, &it.path) == Some(*file)) {
                found.push(place);
            }
        }
    }
    // Where its folder is listed it is said already.
    let listed = |folder: &str| analysis.repository().flakes.iter().any(|flake| flake.listed.contains(folder));
    found.retain(|(_, _, path)| !path.rsplit_once('/').is_some_and(|(folder, _)| listed(folder)));
    found.sort();
    let more = found.len().saturating_sub(MAX_NOTES);
    let notes = found.iter().take(MAX_NOTES).map(|(file, line, path)| {
        let flake = analysis.repository().flake_of(path);
        let path = flake.map_or_else(|| path.to_string(), |flake| flake.relative(path));
        format!(
            "{}:{line} brings in {path} by a path that is computed, which is not changed",
            analysis.display_path(*file)
        )
    });
    let rest = (more > 0).then(|| format!("and {more} more places like these"));
    notes.chain(rest).collect()
}

/// Where a path is afterwards; `None` where it stays.
fn moved(moves: &[Move], path: &str) -> Option<Name> {
    // The innermost of several moves is the one that counts.
    let it = moves.iter().filter(|it| is_below(path, &it.from)).max_by_key(|it| it.from.len())?;
    let rest = path.get(it.from.trim_end_matches('/').len()..)?;
    Some(Name::new(format!("{}{rest}", it.to.trim_end_matches('/'))))
}

/// What a literal is to lead to. A folder stands for its default.nix, which may be moved alone.
fn target_after(analysis: &Analysis, moves: &[Move], literal: &PathLiteral) -> Option<Name> {
    if let Some(target) = moved(moves, &literal.path) {
        let there = analysis.snapshot().tree().node(&literal.path).is_some();
        return there.then_some(target);
    }
    let default = format!("{}/default.nix", literal.path.trim_end_matches('/'));
    let target = moves.iter().find(|it| it.from == default).map(|it| it.to.clone())?;
    Some(target.strip_suffix("/default.nix").map(Name::new).unwrap_or(target))
}

fn below_root(analysis: &Analysis, file: FileId, path: &str) -> Option<String> {
    let root = analysis.flake(file)?.root.clone();
    let below = path.strip_prefix(root.trim_end_matches('/'))?;
    let plain = below.starts_with('/') && !below.contains(['\\', '$', '"', '\'']);
    plain.then(|| below.to_string())
}
