//! `flakewise check --fix`: makes the changes that cannot break anything.

use std::collections::BTreeMap;

use super::Failure;
use super::load::Loaded;
use crate::base::{FileId, TextEdit, apply_edits};
use crate::rules::{self, Diagnostic, RuleId};
use crate::workspace::disk_path;

/// How often the repository is looked at again: one fix may make another one possible.
const ROUNDS: usize = 8;

/// Applies safe fixes until there are none, and returns the flake as it is then, with the number of fixes made.
pub(super) fn fix(mut loaded: Loaded, only: Option<&[RuleId]>) -> Result<(Loaded, usize), Failure> {
    let mut made = 0;
    for _ in 0..ROUNDS {
        let found = rules::check(&loaded.repository, &loaded.settings, only);
        let (edits, count) = chosen(&loaded, &found);
        if count == 0 {
            break;
        }
        for (file, edits) in edits {
            write(&loaded, file, &edits)?;
        }
        made += count;
        loaded = loaded.reopen()?;
    }
    Ok((loaded, made))
}

/// The edits of the first safe fix of each finding, as far as they do not touch each other.
fn chosen(loaded: &Loaded, found: &[Diagnostic]) -> (BTreeMap<FileId, Vec<TextEdit>>, usize) {
    let mut chosen: BTreeMap<FileId, Vec<TextEdit>> = BTreeMap::new();
    let mut count = 0;
    for diagnostic in found {
        let Some(fix) = diagnostic.fixes.iter().find(|fix| !fix.is_unsafe && fix.only_edits()) else { continue };
        let owned = fix
            .edits
            .iter()
            .all(|(file, _)| crate::workspace::is_below(&loaded.repository.path(*file), &loaded.flake.root));
        let known = |(file, edit): &(FileId, TextEdit)| chosen.get(file).is_some_and(|edits| edits.contains(edit));
        let free = fix
            .edits
            .iter()
            .all(|(file, edit)| chosen.get(file).is_none_or(|edits| edits.iter().all(|other| apart(other, edit))));
        if !owned || fix.edits.iter().all(known) || !free {
            continue;
        }
        for (file, edit) in &fix.edits {
            chosen.entry(*file).or_default().push(edit.clone());
        }
        count += 1;
    }
    (chosen, count)
}

fn apart(a: &TextEdit, b: &TextEdit) -> bool {
    a.range.end() < b.range.start() || b.range.end() < a.range.start()
}

fn write(loaded: &Loaded, file: FileId, edits: &[TextEdit]) -> Result<(), Failure> {
    let path = loaded.repository.path(file);
    let shown = loaded.relative(&path);
    let data = loaded.repository.snapshot.file(file).map_err(|error| format!("{shown} cannot be read: {error:?}"))?;
    let text = apply_edits(data.text(), edits).map_err(|error| format!("{shown}: {error}"))?;
    // Somebody may have written the file since it was read; their work is not to be lost.
    let on_disk = std::fs::read(disk_path(&path)).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    if on_disk != data.text().as_bytes() {
        return Err(format!("{shown} was changed in the meantime; nothing was written to it").into());
    }
    std::fs::write(disk_path(&path), text).map_err(|error| format!("{shown} cannot be written: {error}").into())
}
