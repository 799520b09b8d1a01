//! What actions promise, put to the proof before an editor gets the change.

use super::Offer;
use crate::base::apply_edits;
use crate::db;
use crate::hir::Name;
use crate::ide::Analysis;
use crate::repository::{Promise, broken_promise, created, is_below};
use crate::rules::NewFile;

/// A change of texts and new files, by path.
pub struct Change<'a> {
    pub edits: Vec<(Name, crate::base::TextEdit)>,
    pub creates: &'a [NewFile],
}

/// Whether an offer keeps what it promises; in what way it does not, as words. Takes as long as an evaluation of the flake.
pub fn promised(analysis: &Analysis, offer: &Offer) -> Result<(), String> {
    let Some(promise) = &offer.promise else { return Ok(()) };
    let edits = offer.edits.iter().map(|(file, edit)| (analysis.path(*file), edit.clone()));
    let change = Change { edits: edits.collect(), creates: &offer.creates };
    match broken(analysis, &change, promise) {
        Some(broken) => Err(broken),
        None => Ok(()),
    }
}

/// In what way a change of the current texts breaks a promise; `None` where it keeps it.
pub fn broken(analysis: &Analysis, change: &Change<'_>, promise: &Promise) -> Option<String> {
    let snapshot = analysis.snapshot();
    let paths = || change.edits.iter().map(|(path, _)| path).chain(change.creates.iter().map(|new| &new.path));
    let flakes = &analysis.repository().flakes;
    let around = flakes.iter().filter(|flake| paths().all(|path| is_below(path, &flake.root)));
    let Some(root) = around.map(|flake| &flake.root).max_by_key(|root| root.len()) else {
        return Some("it changes files of several flakes".to_string());
    };
    let mut changes: Vec<db::Change> = Vec::new();
    let mut files: Vec<&Name> = change.edits.iter().map(|(path, _)| path).collect();
    files.sort();
    files.dedup();
    for path in files {
        let edits: Vec<_> = change.edits.iter().filter(|(of, _)| of == path).map(|(_, edit)| edit.clone()).collect();
        let Ok((_, data)) = snapshot.file_at(path) else { return Some(format!("{path} cannot be read")) };
        let Ok(text) = apply_edits(data.text(), &edits) else { return Some("its edits overlap".to_string()) };
        changes.push(match edits.as_slice() {
            [edit] => db::Change::Edit { path: path.clone(), edit: edit.clone(), text: text.into() },
            _ => db::Change::Text { path: path.clone(), text: text.into() },
        });
    }
    for new in change.creates {
        changes.extend(created(&new.path, &new.text));
    }
    let added: Vec<Name> = change.creates.iter().map(|new| new.path.clone()).collect();
    broken_promise(analysis.repository(), snapshot, root, changes, &added, promise)
}
