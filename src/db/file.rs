//! One text and everything that follows from it alone.

use std::any::TypeId;
use std::cell::Cell;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::kept::Values;
use crate::base::{LineIndex, TextEdit};
use crate::hir::{self, Lowered, Summary, Usage};
use crate::syntax::Parse;

/// Of a text that is longer, in bytes, nobody asks what it means: it is parsed, and its value is unknown. The largest files that
/// people write by hand have 2 MB; an edit of one with four costs a tenth of a second.
pub const MAX_MEANT: usize = 4 << 20;

/// How many edits since the last text that parsed are kept one by one. Nobody types that much before the file parses again, but
/// a file may stay broken for as long as an editor runs.
const MAX_LOG: usize = 512;

/// A text with its parse tree, lowered form and line index, each computed once and only when asked for.
pub struct FileData {
    derived: Arc<Derived>,
    last_good: Option<LastGood>,
}

/// What [`FileData`]s of the same text share.
struct Derived {
    text: Arc<str>,
    parse: OnceLock<Parse>,
    lowered: OnceLock<Arc<Lowered>>,
    hir: OnceLock<Arc<hir::File>>,
    summary: OnceLock<Arc<Summary>>,
    usage: OnceLock<Arc<Usage>>,
    line_index: OnceLock<Arc<LineIndex>>,
    others: Mutex<Values>,
    /// The file before the edit that made this one.
    before: Option<Arc<hir::File>>,
}

/// What a layer above this one makes of one text alone. It is computed once for each text, so that whoever looks at a
/// whole repository again after an edit looks at one file.
pub trait OfText: Send + Sync + 'static {
    /// Computes it.
    fn of(file: &FileData) -> Self;
}

thread_local! {
    static COMPUTED: Cell<usize> = const { Cell::new(0) };
}

/// How often this thread computed something [`OfText`], for tests that count work.
pub fn computed_of_texts() -> usize {
    COMPUTED.get()
}

/// The last text before an edited one that parsed.
#[derive(Clone)]
struct LastGood {
    /// Without any history of its own, so that an edited file keeps one older text and not all of them.
    file: Arc<FileData>,
    /// The edits since then. Later texts add theirs to the same list.
    log: Arc<Mutex<Vec<TextEdit>>>,
    /// How many of them lie between.
    edits: usize,
}

impl FileData {
    /// A file with this text.
    pub fn new(text: Arc<str>) -> FileData {
        FileData::after(text, None, None)
    }

    fn after(text: Arc<str>, before: Option<Arc<hir::File>>, last_good: Option<LastGood>) -> FileData {
        let derived = Derived {
            text,
            parse: OnceLock::new(),
            lowered: OnceLock::new(),
            hir: OnceLock::new(),
            summary: OnceLock::new(),
            usage: OnceLock::new(),
            line_index: OnceLock::new(),
            others: Mutex::default(),
            before,
        };
        FileData { derived: Arc::new(derived), last_good }
    }

    /// The file after one edit: the tree is re-parsed around the edit, and the
    /// lowered file stays the very same where only white space or comments changed.
    pub fn edited(&self, edit: &TextEdit, text: Arc<str>) -> FileData {
        let last_good = self.last_good_of_next(edit, &text);
        let file = FileData::after(text, self.last_hir(), last_good);
        if let Some(parse) = self.derived.parse.get() {
            let _ = file.derived.parse.set(parse.reparse(self.text(), edit, file.text()));
        }
        file
    }

    /// A new text of the same file, as after a change on disk.
    pub fn replaced(&self, text: Arc<str>) -> FileData {
        FileData::after(text, self.last_hir(), None)
    }

    fn last_hir(&self) -> Option<Arc<hir::File>> {
        self.derived.hir.get().cloned().or_else(|| self.derived.before.clone())
    }

    /// What the last good text is to the file after one more edit, which has this text. A text that nobody parsed is no known good one.
    fn last_good_of_next(&self, edit: &TextEdit, text: &str) -> Option<LastGood> {
        if self.derived.parse.get().is_some_and(|parse| parse.errors().is_empty()) {
            let file = FileData { derived: self.derived.clone(), last_good: None };
            let log = Arc::new(Mutex::new(vec![edit.clone()]));
            return Some(LastGood { file: Arc::new(file), log, edits: 1 });
        }
        let last = self.last_good.as_ref()?;
        if last.edits >= MAX_LOG {
            let all = TextEdit::between(last.file.text(), text);
            return Some(LastGood { file: last.file.clone(), log: Arc::new(Mutex::new(vec![all])), edits: 1 });
        }
        let mut log = last.log.lock().unwrap_or_else(PoisonError::into_inner);
        let edits = last.edits + 1;
        let log = if log.len() == last.edits {
            log.push(edit.clone());
            last.log.clone()
        } else {
            // Somebody else went another way from here.
            let known = log.iter().take(last.edits).chain([edit]).cloned();
            Arc::new(Mutex::new(known.collect()))
        };
        Some(LastGood { file: last.file.clone(), log, edits })
    }

    /// The edits that led from `older` to this text, where that is the last text before it that parsed.
    pub fn edits_since(&self, older: &FileData) -> Option<Vec<TextEdit>> {
        let last = self.last_good.as_ref().filter(|last| Arc::ptr_eq(&last.file.derived, &older.derived))?;
        let log = last.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.get(..last.edits).map(<[TextEdit]>::to_vec)
    }

    /// How many edits are kept for this text.
    pub(super) fn kept_edits(&self) -> usize {
        let log = |last: &LastGood| last.log.lock().unwrap_or_else(PoisonError::into_inner).len();
        self.last_good.as_ref().map_or(0, log)
    }

    /// Where this text does not parse, the last one before it that did, and how
    /// many edits led from that to this. `None` for a text that parses, and for
    /// one that was never seen whole.
    pub fn last_good(&self) -> Option<(&Arc<FileData>, usize)> {
        let last = self.last_good.as_ref()?;
        (!self.parse().errors().is_empty()).then_some((&last.file, last.edits))
    }

    /// The text.
    pub fn text(&self) -> &Arc<str> {
        &self.derived.text
    }

    /// The parse tree.
    pub fn parse(&self) -> &Parse {
        self.derived.parse.get_or_init(|| Parse::new(self.text()))
    }

    /// Whether nobody asks what this text means.
    pub fn is_too_large(&self) -> bool {
        self.text().len() > MAX_MEANT
    }

    /// The lowered file with its source map and errors; empty for a text that [is too large](FileData::is_too_large).
    pub fn lowered(&self) -> &Arc<Lowered> {
        self.derived.lowered.get_or_init(|| match self.is_too_large() {
            true => Arc::default(),
            false => Arc::new(hir::lower(self.parse())),
        })
    }

    /// The stable half of the lowered file. Texts of one file that lower to
    /// equal files share it, so that a pointer comparison tells whether
    /// anything beyond the file can have changed.
    pub fn hir(&self) -> &Arc<hir::File> {
        self.derived.hir.get_or_init(|| {
            let now = &self.lowered().file;
            let before = self.derived.before.iter();
            // After a repair the text may say what it said before it was broken.
            let good = self.last_good.iter().filter_map(|last| last.file.derived.hir.get());
            let same = before.chain(good).find(|other| ***other == *now);
            same.cloned().unwrap_or_else(|| Arc::new(now.clone()))
        })
    }

    /// What other files may depend on.
    pub fn summary(&self) -> &Arc<Summary> {
        self.derived.summary.get_or_init(|| Arc::new(Summary::of(self.hir())))
    }

    /// Which names and `with`s of the file anything in it uses.
    pub fn usage(&self) -> &Arc<Usage> {
        self.derived.usage.get_or_init(|| Arc::new(Usage::of(self.hir())))
    }

    /// What another layer makes of the text.
    pub fn of_text<T: OfText>(&self) -> Arc<T> {
        let others = || self.derived.others.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = find(&others()) {
            return known;
        }
        // Without the lock: it may ask for another one. Two threads that compute the same agree on one.
        let computed = Arc::new(T::of(self));
        COMPUTED.set(COMPUTED.get() + 1);
        let mut others = others();
        find(&others).unwrap_or_else(|| {
            others.push((TypeId::of::<T>(), computed.clone()));
            computed
        })
    }

    /// The line index.
    pub fn line_index(&self) -> &Arc<LineIndex> {
        self.derived.line_index.get_or_init(|| Arc::new(LineIndex::new(self.text())))
    }
}

fn find<T: OfText>(others: &Values) -> Option<Arc<T>> {
    let found = others.iter().find(|(id, _)| *id == TypeId::of::<T>())?;
    found.1.clone().downcast::<T>().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{TextRange, TextSize};

    fn parsed(text: &str) -> FileData {
        let file = FileData::new(text.into());
        file.parse();
        file
    }

    fn insert(file: &FileData, at: u32, text: &str) -> FileData {
        let edit = TextEdit::insert(at.into(), text);
        file.edited(&edit, edit.apply(file.text()).expect("it fits").into())
    }

    #[test]
    fn the_last_text_that_parsed_is_kept() {
        let good = parsed("{ a = 1; }");
        let typed = insert(&good, 9, "b");
        let more = insert(&typed, 10, " =");
        let (last, edits) = more.last_good().expect("it does not parse");
        assert_eq!((&**last.text(), edits), ("{ a = 1; }", 2));
        assert!(Arc::ptr_eq(last.hir(), good.hir()));
        let since = more.edits_since(&good).expect("edits");
        assert_eq!(since, [TextEdit::insert(9.into(), "b"), TextEdit::insert(10.into(), " =")]);
        // Another way from the same text does not disturb the first.
        let other = insert(&typed, 0, " ");
        assert_eq!(other.edits_since(&good).map(|edits| edits.len()), Some(2));
        assert_eq!(more.edits_since(&good), Some(since));
        assert!(other.edits_since(&typed).is_none());
        // What parses needs no other text, and is the next last one.
        let repaired = insert(&more, 12, " 2;");
        assert!(repaired.last_good().is_none());
        let next = insert(&repaired, 0, "}");
        assert_eq!(
            next.last_good().map(|(last, edits)| (last.text().clone(), edits)),
            Some((repaired.text().clone(), 1))
        );
    }

    #[test]
    fn a_file_that_stays_broken_keeps_few_edits() {
        let good = parsed("{ a = 1; }");
        let mut file = insert(&good, 9, "(");
        for _ in 0..4 * MAX_LOG {
            file = insert(&file, 2, "b");
            assert!(file.kept_edits() <= MAX_LOG);
        }
        let since = file.edits_since(&good).expect("edits");
        let mut text = good.text().to_string();
        for edit in &since {
            text = edit.apply(&text).expect("it fits");
        }
        assert_eq!(text, **file.text());
    }

    #[test]
    fn a_repair_gives_the_same_file() {
        let good = parsed("{ a = 1; }");
        good.hir();
        let broken = insert(&good, 2, "= ");
        broken.hir();
        let edit = TextEdit::delete(TextRange::at(2.into(), TextSize::of("= ")));
        let repaired = broken.edited(&edit, "{ a = 1; }".into());
        assert!(Arc::ptr_eq(repaired.hir(), good.hir()));
    }

    #[test]
    fn texts_that_never_parsed_have_no_history() {
        assert!(insert(&parsed("{ a = "), 0, "(").last_good().is_none());
        assert!(parsed("{ }").replaced("{".into()).last_good().is_none());
        assert!(FileData::new("{".into()).last_good().is_none());
    }
}
