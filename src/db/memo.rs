//! Results with what they were computed from.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::Snapshot;
use crate::base::FileId;
use crate::eval::{Files, ReadSet};
use crate::hir::{self, ExprId, Name};

/// What a computation read, as it was then.
#[derive(Clone, Default)]
pub struct Stamps {
    nix_files: Vec<(FileId, Name, Option<Code>)>,
    /// Sorted; `None` where all strings of the files count.
    strings: Option<Vec<(FileId, ExprId)>>,
    others: Vec<(Question, u64)>,
}

/// A lowered file, and whether its text parses.
type Code = (Arc<hir::File>, bool);

#[derive(Clone, Hash)]
enum Question {
    Text(Name),
    Folder(Name),
    Probe(Name),
}

impl Question {
    fn answer(&self, snapshot: &Snapshot) -> u64 {
        let mut hasher = DefaultHasher::new();
        match self {
            Question::Text(path) => match snapshot.read_file(path) {
                Ok(text) => text.hash(&mut hasher),
                Err(error) => format!("{error:?}").hash(&mut hasher),
            },
            Question::Folder(path) => match snapshot.read_dir(path) {
                Ok(entries) => entries.hash(&mut hasher),
                Err(error) => format!("{error:?}").hash(&mut hasher),
            },
            Question::Probe(path) => {
                format!("{:?} {:?}", snapshot.file_type(path), snapshot.own_type(path)).hash(&mut hasher);
            }
        }
        hasher.finish()
    }
}

impl Stamps {
    /// What `reads` says was read, as it is in `snapshot`. What cannot change
    /// is not asked again: a locked input in the store.
    pub fn new(snapshot: &Snapshot, reads: &ReadSet) -> Stamps {
        let changes = |path: &Name| !snapshot.sources().is_immutable(path);
        let nix_files = reads.nix_files.iter().filter_map(|id| {
            let path = snapshot.paths().path(*id);
            changes(&path).then(|| (*id, path, current(snapshot, *id)))
        });
        let of = |paths: &std::collections::BTreeSet<Name>, question: fn(Name) -> Question| {
            paths.iter().filter(|path| changes(path)).cloned().map(question).collect::<Vec<Question>>()
        };
        let texts = of(&reads.texts, Question::Text).into_iter();
        let folders = of(&reads.folders, Question::Folder).into_iter();
        let probes = of(&reads.probes, Question::Probe).into_iter();
        let others = texts.chain(folders).chain(probes).map(|question| {
            let answer = question.answer(snapshot);
            (question, answer)
        });
        let strings = (!reads.all_strings).then(|| {
            let mut strings: Vec<(FileId, ExprId)> = reads.strings.iter().copied().collect();
            strings.sort_unstable();
            strings
        });
        Stamps { nix_files: nix_files.collect(), strings, others: others.collect() }
    }

    /// Whether everything is in `snapshot` as it was.
    pub fn hold(&self, snapshot: &Snapshot) -> bool {
        let same = |(id, _, then): &(FileId, Name, Option<Code>)| match (then, current(snapshot, *id)) {
            (Some(then), Some(now)) => {
                then.1 == now.1 && (Arc::ptr_eq(&then.0, &now.0) || self.only_other_strings(*id, &then.0, &now.0))
            }
            (None, None) => true,
            _ => false,
        };
        self.nix_files.iter().all(same)
            && self.others.iter().all(|(question, answer)| question.answer(snapshot) == *answer)
    }

    /// Whether everything that was read is in `snapshot` the very same, strings that nobody evaluated included.
    pub fn are_exact_in(&self, snapshot: &Snapshot) -> bool {
        let same = |(id, _, then): &(FileId, Name, Option<Code>)| match (then, current(snapshot, *id)) {
            (Some(then), Some(now)) => then.1 == now.1 && Arc::ptr_eq(&then.0, &now.0),
            (None, None) => true,
            _ => false,
        };
        self.nix_files.iter().all(same)
            && self.others.iter().all(|(question, answer)| question.answer(snapshot) == *answer)
    }

    /// Whether the files differ in nothing but strings that nobody evaluated.
    fn only_other_strings(&self, id: FileId, then: &hir::File, now: &hir::File) -> bool {
        let Some(strings) = &self.strings else { return false };
        let differing = then.differing_strings(now);
        differing.is_some_and(|found| found.iter().all(|expr| strings.binary_search(&(id, *expr)).is_err()))
    }

    /// The folders that were listed.
    pub fn folders(&self) -> impl Iterator<Item = &Name> {
        self.others.iter().filter_map(|(question, _)| match question {
            Question::Folder(path) => Some(path),
            _ => None,
        })
    }

    /// Whether this file is among what was read.
    pub fn reads_file(&self, id: FileId) -> bool {
        self.nix_files.iter().any(|(read, _, _)| *read == id)
    }
}

/// The lowered file, unless it is gone.
fn current(snapshot: &Snapshot, id: FileId) -> Option<Code> {
    let data = snapshot.file(id).ok()?;
    Some((data.hir().clone(), data.parse().errors().is_empty()))
}

/// A result that is kept while what it was computed from stays the same.
#[derive(Clone)]
pub struct Memo<T> {
    value: Arc<T>,
    stamps: Arc<Stamps>,
}

impl<T> Memo<T> {
    /// Keeps `value`, which was computed from `snapshot` and read `reads`.
    pub fn new(value: Arc<T>, snapshot: &Snapshot, reads: &ReadSet) -> Memo<T> {
        Memo { value, stamps: Arc::new(Stamps::new(snapshot, reads)) }
    }

    /// The value, if it still holds.
    pub fn get(&self, snapshot: &Snapshot) -> Option<Arc<T>> {
        self.stamps.hold(snapshot).then(|| self.value.clone())
    }

    /// The value, whether it still holds or not.
    pub fn last(&self) -> &Arc<T> {
        &self.value
    }

    /// The folders that were listed for it.
    pub fn folders(&self) -> impl Iterator<Item = &Name> {
        self.stamps.folders()
    }

    /// The Nix files that it was computed from.
    pub fn nix_files(&self) -> impl Iterator<Item = FileId> + '_ {
        self.stamps.nix_files.iter().map(|(file, _, _)| *file)
    }

    /// What the value depends on.
    pub fn stamps(&self) -> &Stamps {
        &self.stamps
    }
}
