//! Changes to a text, all of them relative to the text before the first one.

use std::fmt;

use text_size::{TextLen, TextRange, TextSize};

/// Replaces a range of a text by other text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TextEdit {
    /// What goes; empty for an insertion.
    pub range: TextRange,
    /// What comes in its place; empty for a deletion.
    pub insert: String,
}

impl TextEdit {
    /// Replaces `range` by `insert`.
    pub fn replace(range: TextRange, insert: impl Into<String>) -> TextEdit {
        TextEdit { range, insert: insert.into() }
    }

    /// Puts `insert` at `offset`.
    pub fn insert(offset: TextSize, insert: impl Into<String>) -> TextEdit {
        TextEdit::replace(TextRange::empty(offset), insert)
    }

    /// Takes `range` away.
    pub fn delete(range: TextRange) -> TextEdit {
        TextEdit::replace(range, "")
    }

    /// The one edit that leads from `old` to `new` and replaces the least.
    pub fn between(old: &str, new: &str) -> TextEdit {
        let same = |a: &(char, char)| a.0 == a.1;
        let head: usize = old.chars().zip(new.chars()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
        let (old_rest, new_rest) = (old.get(head..).unwrap_or_default(), new.get(head..).unwrap_or_default());
        let tail: usize =
            old_rest.chars().rev().zip(new_rest.chars().rev()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
        let insert = new_rest.get(..new_rest.len() - tail).unwrap_or_default();
        let start = TextSize::of(old.get(..head).unwrap_or_default());
        let replaced = TextSize::of(old_rest.get(..old_rest.len() - tail).unwrap_or_default());
        TextEdit::replace(TextRange::at(start, replaced), insert)
    }

    /// The range that the inserted text has once this edit alone is applied.
    pub fn range_after(&self) -> TextRange {
        TextRange::at(self.range.start(), self.insert.text_len())
    }

    /// The text after this edit alone, or `None` if the range does not lie in
    /// `text` or cuts a character in two.
    pub fn apply(&self, text: &str) -> Option<String> {
        let before = text.get(..self.range.start().into())?;
        let after = text.get(self.range.end().into()..)?;
        let mut result = String::with_capacity(before.len() + self.insert.len() + after.len());
        result.push_str(before);
        result.push_str(&self.insert);
        result.push_str(after);
        Some(result)
    }
}

/// Why a list of edits could not be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverlappingEdits {
    /// The edit that touches what an earlier one replaced, or that does not lie
    /// in the text at all.
    pub range: TextRange,
}

impl fmt::Display for OverlappingEdits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the edit of {:?} overlaps another one or leaves the text", self.range)
    }
}

impl std::error::Error for OverlappingEdits {}

/// Applies `edits`, in whatever order they come, to `text`.
///
/// All ranges are of `text` as it is now. Two edits may touch; several
/// insertions at one place are kept in the order given. When one of them cannot
/// be applied none is.
pub fn apply_edits(text: &str, edits: &[TextEdit]) -> Result<String, OverlappingEdits> {
    let mut ordered: Vec<&TextEdit> = edits.iter().collect();
    // Stable, so that insertions at one place keep their order; an insertion at
    // the start of a replaced range comes before the replacement.
    ordered.sort_by_key(|edit| (edit.range.start(), edit.range.end()));

    let growth: usize = edits.iter().map(|edit| edit.insert.len()).sum();
    let mut result = String::with_capacity(text.len() + growth);
    let mut done = TextSize::new(0);
    for edit in ordered {
        let refused = || OverlappingEdits { range: edit.range };
        // Where the edit starts before `done` this range is inverted, and `get` refuses it.
        let kept = text.get(done.into()..edit.range.start().into()).ok_or_else(refused)?;
        if !text.is_char_boundary(edit.range.end().into()) {
            return Err(refused());
        }
        result.push_str(kept);
        result.push_str(&edit.insert);
        done = edit.range.end();
    }
    result.push_str(text.get(done.into()..).unwrap_or_default());
    Ok(result)
}

/// Where a stretch of text is after some edits. It grows with edits inside of
/// it; `None` where an edit reached across one of its ends.
pub fn map_range<'a>(range: TextRange, edits: impl IntoIterator<Item = &'a TextEdit>) -> Option<TextRange> {
    edits.into_iter().try_fold(range, |range, edit| {
        let (start, end) = (edit.range.start(), edit.range.end());
        let inserted = TextSize::of(edit.insert.as_str());
        // Where both touch, what is inserted at the edge lies outside.
        if end <= range.start() {
            let start = range.start() - (end - start) + inserted;
            Some(TextRange::at(start, range.len()))
        } else if start >= range.end() {
            Some(range)
        } else if start >= range.start() && end <= range.end() {
            Some(TextRange::at(range.start(), range.len() - (end - start) + inserted))
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn range(start: u32, end: u32) -> TextRange {
        TextRange::new(start.into(), end.into())
    }

    #[test]
    fn edits_are_relative_to_the_old_text() {
        let edits = [
            TextEdit::replace(range(8, 11), "bar"),
            TextEdit::insert(0.into(), "# hi\n"),
            TextEdit::delete(range(3, 4)),
        ];
        assert_eq!(apply_edits("let  x = foo", &edits).unwrap(), "# hi\nlet x =baro");
    }

    #[test]
    fn the_least_edit_between_two_texts() {
        let between = |old: &str, new: &str| {
            let edit = TextEdit::between(old, new);
            assert_eq!(edit.apply(old).as_deref(), Some(new));
            (u32::from(edit.range.start()), u32::from(edit.range.end()), edit.insert)
        };
        assert_eq!(between("a = 1;", "a = 12;"), (5, 5, "2".to_string()));
        assert_eq!(between("aaa", "aa"), (2, 3, String::new()));
        assert_eq!(between("aba", "aa"), (1, 2, String::new()));
        assert_eq!(between("same", "same"), (4, 4, String::new()));
        assert_eq!(between("x\u{e4}y", "x\u{e5}y"), (1, 3, "\u{e5}".to_string()));
        assert_eq!(between("", "new"), (0, 0, "new".to_string()));
    }

    #[test]
    fn no_edits_change_nothing() {
        assert_eq!(apply_edits("text", &[]).unwrap(), "text");
    }

    #[test]
    fn edits_may_touch() {
        let edits = [TextEdit::replace(range(1, 2), "X"), TextEdit::replace(range(0, 1), "Y")];
        assert_eq!(apply_edits("abc", &edits).unwrap(), "YXc");
    }

    #[test]
    fn insertions_at_one_place_keep_their_order() {
        let edits =
            [TextEdit::replace(range(1, 2), "B"), TextEdit::insert(1.into(), "1"), TextEdit::insert(1.into(), "2")];
        assert_eq!(apply_edits("abc", &edits).unwrap(), "a12Bc");
    }

    #[test]
    fn overlap_is_refused() {
        let edits = [TextEdit::delete(range(0, 3)), TextEdit::delete(range(2, 4))];
        assert_eq!(apply_edits("abcdef", &edits), Err(OverlappingEdits { range: range(2, 4) }));
        let inside = [TextEdit::delete(range(0, 3)), TextEdit::insert(1.into(), "x")];
        assert!(apply_edits("abcdef", &inside).is_err());
    }

    #[test]
    fn what_leaves_the_text_is_refused() {
        assert!(apply_edits("abc", &[TextEdit::delete(range(2, 9))]).is_err());
        assert!(apply_edits("abc", &[TextEdit::insert(9.into(), "x")]).is_err());
        assert_eq!(TextEdit::insert(9.into(), "x").apply("abc"), None);
        assert_eq!(TextEdit::delete(range(2, 9)).apply("abc"), None);
    }

    #[test]
    fn what_cuts_a_character_is_refused() {
        assert!(apply_edits("ä", &[TextEdit::insert(1.into(), "x")]).is_err());
        assert!(apply_edits("aä", &[TextEdit::delete(range(0, 2))]).is_err());
        assert_eq!(TextEdit::delete(range(0, 1)).apply("ä"), None);
    }

    #[test]
    fn range_after_is_where_the_new_text_lies() {
        let edit = TextEdit::replace(range(4, 5), "name");
        let after = edit.apply("a = x;").unwrap();
        assert_eq!(&after[edit.range_after()], "name");
    }

    #[test]
    fn ranges_move_with_the_text() {
        let at = range(10, 20);
        let map = |edit: TextEdit| map_range(at, [&edit]);
        assert_eq!(map(TextEdit::insert(0.into(), "abc")), Some(range(13, 23)));
        assert_eq!(map(TextEdit::delete(range(2, 10))), Some(range(2, 12)));
        assert_eq!(map(TextEdit::insert(10.into(), "x")), Some(range(11, 21)));
        assert_eq!(map(TextEdit::insert(20.into(), "x")), Some(at));
        assert_eq!(map(TextEdit::replace(range(12, 14), "xyz")), Some(range(10, 21)));
        assert_eq!(map(TextEdit::delete(range(10, 20))), Some(range(10, 10)));
        assert_eq!(map(TextEdit::delete(range(5, 11))), None);
        assert_eq!(map(TextEdit::delete(range(19, 21))), None);
        let edits = [TextEdit::insert(0.into(), "a"), TextEdit::delete(range(0, 3))];
        assert_eq!(map_range(at, &edits), Some(range(8, 18)));
    }

    proptest! {
        #[test]
        fn one_edit_or_many_agree(text in "[a-cäß😀\n]{0,12}", cuts in prop::collection::vec(0usize..14, 0..6), insert in "[x-z]{0,3}") {
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|&it| text.is_char_boundary(it)).collect();
            cuts.sort();
            let edits: Vec<TextEdit> = cuts
                .chunks_exact(2)
                .map(|pair| TextEdit::replace(range(pair[0] as u32, pair[1] as u32), insert.clone()))
                .collect();
            // From the back, one at a time, no range moves before it is used.
            let mut expected = text.clone();
            for edit in edits.iter().rev() {
                expected = edit.apply(&expected).unwrap();
            }
            prop_assert_eq!(apply_edits(&text, &edits).unwrap(), expected);
        }
    }
}
