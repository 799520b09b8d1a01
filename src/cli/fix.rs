//! `flakewise check --fix`: makes the changes that cannot break anything, and with `--unsafe-fixes` those that may.
//!
//! Whether a fix does what it says is not left to its rule alone: the changed texts are analysed before they are
//! written, and a fix after which its finding is still there, a file does not parse any more, or something else is
//! wrong that was not before, is not made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Failure;
use super::load::Loaded;
use crate::base::{FileId, TextEdit, apply_edits};
use crate::db::Change;
use crate::rules::{self, Diagnostic, Fix, RuleId, Severity};
use crate::syntax::Parse;
use crate::workspace::{disk_path, is_below};

/// How often the repository is looked at again: one fix may make another one possible.
const ROUNDS: usize = 32;

/// Rules about the lock, which the next command of Nix writes anew.
const OF_THE_LOCK: &[&str] = &["stale-lock", "missing-lock"];

/// Applies fixes until there are none, and returns how many were made. The flake is then as it is on disk.
pub(super) fn fix(loaded: &mut Loaded, only: Option<&[RuleId]>, with_unsafe: bool) -> Result<usize, Failure> {
    let found = rules::check(&loaded.repository, &loaded.settings, None);
    let mut fixing = Fixing { loaded, with_unsafe, found, refused: BTreeSet::new(), before: BTreeMap::new() };
    let mut made = 0;
    for _ in 0..ROUNDS {
        let chosen = fixing.choose(only);
        if chosen.is_empty() {
            break;
        }
        made += fixing.make(&chosen);
    }
    let Fixing { before, loaded, .. } = fixing;
    for (file, text) in before {
        write(loaded, file, &text)?;
    }
    Ok(made)
}

/// By what a finding is known again.
type Key = (RuleId, String, String);

/// A repository while it is mended.
struct Fixing<'a> {
    loaded: &'a mut Loaded,
    with_unsafe: bool,
    /// What is found in the texts of now.
    found: Vec<Diagnostic>,
    /// Findings whose fix did not do what it says.
    refused: BTreeSet<Key>,
    /// The texts of changed files, as they were.
    before: BTreeMap<FileId, Arc<str>>,
}

impl Fixing<'_> {
    /// The first fix of each finding that may be made, as far as they do not touch each other.
    fn choose(&self, only: Option<&[RuleId]>) -> Vec<(Key, Fix)> {
        // What is taken away is neither added to nor followed by what else is mended: that is looked at again then.
        let (removals, others): (Vec<_>, Vec<_>) = self.found.iter().partition(|it| it.rule == "unused-input");
        let removals = self.chosen(&removals, only);
        if removals.is_empty() { self.chosen(&others, only) } else { removals }
    }

    fn chosen(&self, found: &[&Diagnostic], only: Option<&[RuleId]>) -> Vec<(Key, Fix)> {
        let mut chosen = Chosen::default();
        for diagnostic in found {
            let key = self.key(diagnostic);
            if only.is_some_and(|only| !only.contains(&diagnostic.rule)) || self.refused.contains(&key) {
                continue;
            }
            let fix = diagnostic.fixes.iter().find(|fix| (self.with_unsafe || !fix.is_unsafe) && fix.only_edits());
            if let Some(fix) = fix {
                chosen.add(self.loaded, key, fix);
            }
        }
        chosen.fixes
    }

    /// Makes fixes, or those of them that do what they say; how many.
    fn make(&mut self, fixes: &[(Key, Fix)]) -> usize {
        if fixes.is_empty() {
            return 0;
        }
        if self.attempt(fixes) {
            return fixes.len();
        }
        if let [(key, _)] = fixes {
            self.refused.insert(key.clone());
            return 0;
        }
        let (first, second) = fixes.split_at(fixes.len() / 2);
        match self.make(first) {
            0 => self.make(second),
            // The places of the others are those of texts that are no more; they are found again.
            made => made,
        }
    }

    /// Makes fixes, if all is well with them.
    fn attempt(&mut self, fixes: &[(Key, Fix)]) -> bool {
        let mut edits: BTreeMap<FileId, Vec<TextEdit>> = BTreeMap::new();
        for (file, edit) in fixes.iter().flat_map(|(_, fix)| &fix.edits) {
            let edits = edits.entry(*file).or_default();
            // Two findings may ask for one and the same change.
            if !edits.contains(edit) {
                edits.push(edit.clone());
            }
        }
        let mut changes = Vec::new();
        let mut old = Vec::new();
        for (file, edits) in edits {
            let Ok(data) = self.loaded.repository.snapshot.file(file) else { return false };
            let Ok(text) = apply_edits(data.text(), &edits) else { return false };
            if data.parse().errors().is_empty() && !Parse::new(&text).errors().is_empty() {
                return false;
            }
            old.push((file, data.text().clone()));
            changes.push(Change::Text { path: self.loaded.repository.path(file), text: text.into() });
        }
        let Some((repository, flake)) = self.loaded.analyzed(changes) else { return false };
        let found = rules::check(&repository, &self.loaded.settings, None);
        let promised = fixes.iter().any(|(_, fix)| fix.keeps_facts);
        if promised && crate::repository::difference(&self.loaded.repository, &repository, &[]).is_some() {
            return false;
        }
        let now = self.count(&found);
        let then = self.count(&self.found);
        let (before, after) = (grave(&self.found), grave(&found));
        let more = |rule: &RuleId, count: usize| count > before.get(rule).copied().unwrap_or_default();
        let worse = after.iter().any(|(rule, count)| more(rule, *count) && !OF_THE_LOCK.contains(rule));
        let said = |found: &[Diagnostic], key: &Key| found.iter().filter(|it| self.key(it) == *key).count();
        let gone = fixes.iter().all(|(key, _)| {
            let count = |of: &Counts| of.get(&(key.0, key.1.clone())).copied().unwrap_or_default();
            // Another one may come to light where one goes: what only the unused used.
            count(&now) < count(&then) || said(&found, key) < said(&self.found, key)
        });
        if worse || !gone {
            return false;
        }
        self.loaded.repository = repository;
        self.loaded.flake = flake;
        self.found = found;
        for (file, text) in old {
            self.before.entry(file).or_insert(text);
        }
        true
    }

    fn key(&self, diagnostic: &Diagnostic) -> Key {
        let path = self.loaded.relative(&self.loaded.repository.path(diagnostic.at.file));
        (diagnostic.rule, path, diagnostic.message.clone())
    }

    /// Findings by rule and file.
    fn count(&self, found: &[Diagnostic]) -> Counts {
        let mut counts = Counts::new();
        for diagnostic in found {
            let path = self.loaded.relative(&self.loaded.repository.path(diagnostic.at.file));
            *counts.entry((diagnostic.rule, path)).or_default() += 1;
        }
        counts
    }
}

type Counts = BTreeMap<(RuleId, String), usize>;

/// Warnings and errors by rule.
fn grave(found: &[Diagnostic]) -> BTreeMap<RuleId, usize> {
    let mut counts = BTreeMap::new();
    for diagnostic in found.iter().filter(|it| it.severity >= Severity::Warning) {
        *counts.entry(diagnostic.rule).or_default() += 1;
    }
    counts
}

/// Fixes that can be made together.
#[derive(Default)]
struct Chosen {
    fixes: Vec<(Key, Fix)>,
    edits: BTreeMap<FileId, Vec<TextEdit>>,
}

impl Chosen {
    fn add(&mut self, loaded: &Loaded, key: Key, fix: &Fix) {
        let mut new: Vec<(FileId, TextEdit)> = Vec::new();
        for (file, edit) in &fix.edits {
            let others = self.edits.get(file).map(Vec::as_slice).unwrap_or_default();
            // What another fix does is done.
            if others.contains(edit) {
                continue;
            }
            let owned = is_below(&loaded.repository.path(*file), &loaded.flake.root);
            if !owned || !others.iter().all(|other| apart(other, edit)) {
                return;
            }
            new.push((*file, edit.clone()));
        }
        if new.is_empty() {
            return;
        }
        for (file, edit) in new {
            self.edits.entry(file).or_default().push(edit);
        }
        self.fixes.push((key, fix.clone()));
    }
}

fn apart(a: &TextEdit, b: &TextEdit) -> bool {
    a.range.end() < b.range.start() || b.range.end() < a.range.start()
}

/// Writes the text that a file has now, where it still is on disk what it was before.
fn write(loaded: &Loaded, file: FileId, before: &str) -> Result<(), Failure> {
    let path = loaded.repository.path(file);
    let shown = loaded.relative(&path);
    let data = loaded.repository.snapshot.file(file).map_err(|error| format!("{shown} cannot be read: {error:?}"))?;
    // Somebody may have written the file since it was read; their work is not to be lost.
    let on_disk = std::fs::read(disk_path(&path)).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    if on_disk != before.as_bytes() {
        return Err(format!("{shown} was changed in the meantime; nothing was written to it").into());
    }
    std::fs::write(disk_path(&path), data.text().as_bytes())
        .map_err(|error| format!("{shown} cannot be written: {error}").into())
}
