//! An open document: the client's text, edit by edit.

use std::sync::Arc;

use ropey::{Rope, RopeSlice};
use tower_lsp_server::ls_types as lsp;

use crate::base::{PositionEncoding, TextEdit, TextRange, TextSize};

/// Changes of one notification beyond this number are applied as a single
/// edit: then one re-parse of all that lies between beats one for each.
const SINGLE_EDITS: usize = 8;

/// An open document.
pub struct Document {
    /// As the client spells it.
    pub uri: lsp::Uri,
    pub version: i32,
    /// Finds lines without an index that every edit would throw away.
    rope: Rope,
    text: Arc<str>,
}

/// A step from one text to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub edit: TextEdit,
    /// The text after it.
    pub text: Arc<str>,
}

impl Document {
    /// A document as it was opened.
    pub fn new(item: lsp::TextDocumentItem) -> Document {
        Document { rope: Rope::from_str(&item.text), text: item.text.into(), uri: item.uri, version: item.version }
    }

    /// The text.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Applies the changes of one notification, one after the other as the
    /// protocol wants it, and says what they come down to.
    pub fn apply(
        &mut self,
        version: i32,
        changes: Vec<lsp::TextDocumentContentChangeEvent>,
        encoding: PositionEncoding,
    ) -> Vec<Step> {
        self.version = version;
        if changes.len() <= SINGLE_EDITS {
            return changes.into_iter().filter_map(|change| self.apply_one(change, encoding)).collect();
        }
        let before = self.text.clone();
        for change in changes {
            match change.range {
                Some(range) => self.edit_rope(&TextEdit::replace(self.text_range(range, encoding), change.text)),
                None => self.rope = Rope::from_str(&change.text),
            }
        }
        self.text = Arc::from(String::from(&self.rope));
        let edit = difference(&before, &self.text);
        vec![Step { edit, text: self.text.clone() }]
    }

    fn apply_one(&mut self, change: lsp::TextDocumentContentChangeEvent, encoding: PositionEncoding) -> Option<Step> {
        let edit = match change.range {
            Some(range) => TextEdit::replace(self.text_range(range, encoding), change.text),
            // Clients that send whole texts still change a few characters at a time.
            None => difference(&self.text, &change.text),
        };
        let text = edit.apply(&self.text);
        if crate::never!(text.is_none(), "the edit {:?} does not fit its document", edit.range) {
            return None;
        }
        self.edit_rope(&edit);
        self.text = text?.into();
        Some(Step { edit, text: self.text.clone() })
    }

    fn edit_rope(&mut self, edit: &TextEdit) {
        let char_of = |offset: TextSize| self.rope.byte_to_char(usize::from(offset).min(self.rope.len_bytes()));
        let (start, end) = (char_of(edit.range.start()), char_of(edit.range.end()));
        self.rope.remove(start..end);
        self.rope.insert(start, &edit.insert);
    }

    /// Places that the text does not have are those before them, as
    /// [`crate::base::LineIndex::text_range_clamped`] has it.
    fn text_range(&self, range: lsp::Range, encoding: PositionEncoding) -> TextRange {
        let start = self.offset(range.start, encoding);
        let end = self.offset(range.end, encoding);
        TextRange::new(start, end.max(start))
    }

    fn offset(&self, position: lsp::Position, encoding: PositionEncoding) -> TextSize {
        let line = position.line as usize;
        if line >= self.rope.len_lines() {
            return size(self.rope.len_bytes());
        }
        let content = without_terminator(self.rope.line(line));
        let wanted = position.character as usize;
        let within = match encoding {
            PositionEncoding::Utf8 => content.char_to_byte(content.byte_to_char(wanted.min(content.len_bytes()))),
            PositionEncoding::Utf16 => {
                content.char_to_byte(content.utf16_cu_to_char(wanted.min(content.len_utf16_cu())))
            }
            PositionEncoding::Utf32 => content.char_to_byte(wanted.min(content.len_chars())),
        };
        size(self.rope.line_to_byte(line) + within)
    }
}

fn without_terminator(line: RopeSlice<'_>) -> RopeSlice<'_> {
    let mut end = line.len_chars();
    while end > 0 && matches!(line.char(end - 1), '\n' | '\r') {
        end -= 1;
    }
    line.slice(..end)
}

fn size(offset: usize) -> TextSize {
    TextSize::new(u32::try_from(offset).unwrap_or(u32::MAX))
}

/// The smallest edit at one place that leads from one text to another.
pub fn difference(old: &str, new: &str) -> TextEdit {
    let mut start = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
    while !(old.is_char_boundary(start) && new.is_char_boundary(start)) {
        start -= 1;
    }
    let longest = old.len().min(new.len()) - start;
    let mut tail = old.bytes().rev().zip(new.bytes().rev()).take(longest).take_while(|(a, b)| a == b).count();
    while !(old.is_char_boundary(old.len() - tail) && new.is_char_boundary(new.len() - tail)) {
        tail -= 1;
    }
    let inserted = new.get(start..new.len() - tail).unwrap_or_default();
    TextEdit::replace(TextRange::new(size(start), size(old.len() - tail)), inserted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{LineIndex, Position, PositionRange};
    use proptest::prelude::*;

    fn document(text: &str) -> Document {
        Document::new(lsp::TextDocumentItem {
            uri: "untitled:x".parse().unwrap(),
            language_id: "nix".to_string(),
            version: 0,
            text: text.to_string(),
        })
    }

    fn change(range: Option<(u32, u32, u32, u32)>, text: &str) -> lsp::TextDocumentContentChangeEvent {
        let range = range.map(|(line, character, end_line, end_character)| lsp::Range {
            start: lsp::Position { line, character },
            end: lsp::Position { line: end_line, character: end_character },
        });
        lsp::TextDocumentContentChangeEvent { range, range_length: None, text: text.to_string() }
    }

    #[test]
    fn changes_build_on_each_other() {
        let mut document = document("a\nb\n");
        let steps = document.apply(
            7,
            vec![change(Some((0, 0, 0, 0)), "x\n"), change(Some((2, 0, 2, 1)), "c")],
            PositionEncoding::Utf16,
        );
        assert_eq!(&**document.text(), "x\na\nc\n");
        assert_eq!(document.version, 7);
        let texts: Vec<&str> = steps.iter().map(|step| &*step.text).collect();
        assert_eq!(texts, ["x\na\nb\n", "x\na\nc\n"]);
    }

    #[test]
    fn whole_texts_become_small_edits() {
        let mut document = document("let a = 1; in a");
        let steps = document.apply(1, vec![change(None, "let a = 21; in a")], PositionEncoding::Utf16);
        assert_eq!(steps[0].edit, TextEdit::insert(8.into(), "2"));
        assert_eq!(&*steps[0].text, "let a = 21; in a");
    }

    #[test]
    fn many_changes_become_one_edit() {
        let mut document = document("aaaaaaaaaaaa");
        let changes = (0..12).map(|at| change(Some((0, at, 0, at + 1)), "b")).collect();
        let steps = document.apply(1, changes, PositionEncoding::Utf8);
        assert_eq!(steps.len(), 1);
        assert_eq!(&**document.text(), "bbbbbbbbbbbb");
    }

    #[test]
    fn other_separators_are_no_ends_of_lines() {
        let mut document = document("a\u{2028}b\u{b}c\u{85}d\ne");
        document.apply(1, vec![change(Some((1, 0, 1, 1)), "E")], PositionEncoding::Utf16);
        assert_eq!(&**document.text(), "a\u{2028}b\u{b}c\u{85}d\nE");
    }

    #[test]
    fn differences_keep_characters_whole() {
        for (old, new) in [("ä", "ö"), ("aä", "aöb"), ("", "x"), ("x", ""), ("aa", "aaa"), ("😀", "😁")] {
            assert_eq!(difference(old, new).apply(old).as_deref(), Some(new));
        }
    }

    proptest! {
        #[test]
        fn places_are_those_of_the_line_index(
            text in "[a-c\nä😀\r]{0,20}",
            edits in prop::collection::vec((0u32..6, 0u32..9, 0u32..6, 0u32..9, "[x\n\r€😀]{0,3}"), 1..14),
            together in any::<bool>(),
        ) {
            for encoding in [PositionEncoding::Utf8, PositionEncoding::Utf16, PositionEncoding::Utf32] {
                let mut model = text.clone();
                for (line, character, end_line, end_character, insert) in &edits {
                    let range = PositionRange {
                        start: Position::new(*line, *character),
                        end: Position::new(*end_line, *end_character),
                    };
                    let range = LineIndex::new(&model).text_range_clamped(&model, range, encoding);
                    model = TextEdit::replace(range, insert.as_str()).apply(&model).unwrap();
                }
                let changes: Vec<_> = edits.iter().map(|(a, b, c, d, insert)| change(Some((*a, *b, *c, *d)), insert)).collect();
                let mut document = document(&text);
                if together {
                    document.apply(1, changes, encoding);
                } else {
                    for one in changes {
                        document.apply(1, vec![one], encoding);
                    }
                }
                prop_assert_eq!(&**document.text(), &model);
                prop_assert_eq!(String::from(&document.rope), model);
            }
        }

        #[test]
        fn differences_lead_there(old in "[abä😀]{0,8}", new in "[abä😀]{0,8}") {
            prop_assert_eq!(difference(&old, &new).apply(&old), Some(new));
        }
    }
}
