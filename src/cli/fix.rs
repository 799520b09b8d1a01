//! `flakewise check --fix`: makes the changes that cannot break anything, and with `--unsafe-fixes` those that may.

use std::collections::BTreeMap;

use super::Failure;
use super::load::Loaded;
use crate::base::{FileId, TextEdit, apply_edits};
use crate::rules::{self, Diagnostic, Fix, RuleId};
use crate::syntax::Parse;
use crate::workspace::{disk_path, is_below};

/// How often the repository is looked at again: one fix may make another one possible.
const ROUNDS: usize = 16;

/// Applies fixes until there are none, and returns the flake as it is then, with the number of fixes made.
pub(super) fn fix(mut loaded: Loaded, only: Option<&[RuleId]>, with_unsafe: bool) -> Result<(Loaded, usize), Failure> {
    let mut made = 0;
    for _ in 0..ROUNDS {
        let found = rules::check(&loaded.repository, &loaded.settings, only);
        let chosen = Chosen::of(&loaded, &found, with_unsafe);
        if chosen.count == 0 {
            break;
        }
        for (file, edits) in &chosen.edits {
            write(&loaded, *file, edits)?;
        }
        made += chosen.count;
        loaded = loaded.reopen()?;
    }
    Ok((loaded, made))
}

/// Changes that are made together.
#[derive(Default)]
struct Chosen {
    edits: BTreeMap<FileId, Vec<TextEdit>>,
    count: usize,
}

impl Chosen {
    /// The edits of the first fix of each finding that may be made, as far as they do not touch each other.
    fn of(loaded: &Loaded, found: &[Diagnostic], with_unsafe: bool) -> Chosen {
        let mut chosen = Chosen::default();
        for diagnostic in found {
            let fix = diagnostic.fixes.iter().find(|fix| (with_unsafe || !fix.is_unsafe) && fix.only_edits());
            if let Some(fix) = fix {
                chosen.add(loaded, fix);
            }
        }
        chosen
    }

    fn add(&mut self, loaded: &Loaded, fix: &Fix) {
        let owned = |file| is_below(&loaded.repository.path(file), &loaded.flake.root);
        let mut new: BTreeMap<FileId, Vec<TextEdit>> = BTreeMap::new();
        for (file, edit) in &fix.edits {
            let others = self.edits.get(file).map(Vec::as_slice).unwrap_or_default();
            // Two findings may ask for one and the same change.
            if others.contains(edit) {
                continue;
            }
            if !owned(*file) || !others.iter().all(|other| apart(other, edit)) {
                return;
            }
            new.entry(*file).or_default().push(edit.clone());
        }
        if new.is_empty() || !new.iter().all(|(file, edits)| self.parses(loaded, *file, edits)) {
            return;
        }
        for (file, edits) in new {
            self.edits.entry(file).or_default().extend(edits);
        }
        self.count += 1;
    }

    /// Whether a file that parses still does with these edits beside those that were chosen. A fix for which it does
    /// not is a mistake of its rule, and nobody's file is to suffer from it.
    fn parses(&self, loaded: &Loaded, file: FileId, edits: &[TextEdit]) -> bool {
        let Ok(data) = loaded.repository.snapshot.file(file) else { return false };
        let chosen = self.edits.get(&file).map(Vec::as_slice).unwrap_or_default();
        let edits: Vec<TextEdit> = chosen.iter().chain(edits).cloned().collect();
        let Ok(text) = apply_edits(data.text(), &edits) else { return false };
        !data.parse().errors().is_empty() || Parse::new(&text).errors().is_empty()
    }
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
