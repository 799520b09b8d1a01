//! From offsets to lines and characters and back, as LSP 3.17 counts them.
//!
//! A line ends with `\n`, `\r\n` or `\r`. Where a character stands depends on
//! the unit that client and server agreed on. Nearly all lines are ASCII, for
//! which all units are bytes; the index remembers the few that are not, so that
//! only those are ever walked.

use text_size::{TextRange, TextSize};

/// The unit in which [`Position::character`] is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PositionEncoding {
    /// Bytes of UTF-8.
    Utf8,
    /// Code units of UTF-16: what LSP means unless something else is agreed on.
    #[default]
    Utf16,
    /// Code points.
    Utf32,
}

impl PositionEncoding {
    fn width(self, c: char) -> u32 {
        // A character has at most four units in any encoding.
        match self {
            PositionEncoding::Utf8 => c.len_utf8() as u32,
            PositionEncoding::Utf16 => c.len_utf16() as u32,
            PositionEncoding::Utf32 => 1,
        }
    }
}

/// A place in a text as a client sees it. Both numbers start at zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// How far into the line, in units of some [`PositionEncoding`].
    pub character: u32,
}

impl Position {
    /// The place `character` units into `line`.
    pub fn new(line: u32, character: u32) -> Position {
        Position { line, character }
    }
}

/// A stretch of text as a client sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PositionRange {
    /// Where it starts.
    pub start: Position,
    /// Where it ends; this place is not part of it.
    pub end: Position,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line {
    start: TextSize,
    /// Where the line's own text ends and its terminator begins.
    content_end: TextSize,
}

/// Where the lines of one text lie.
///
/// Its methods that take the text must be given the text it was made for. Given
/// another one they answer nonsense, but do not panic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineIndex {
    /// Never empty: a text without any terminator is one line.
    lines: Vec<Line>,
    /// The lines that are not pure ASCII, ascending.
    wide: Vec<u32>,
}

impl LineIndex {
    /// Finds the lines of `text`. Texts are under 4 GiB.
    pub fn new(text: &str) -> LineIndex {
        let bytes = text.as_bytes();
        // Nix code has about 30 bytes to a line.
        let mut lines = Vec::with_capacity(bytes.len() / 30 + 1);
        let mut wide = Vec::new();
        let mut start = 0;
        loop {
            let rest = bytes.get(start..).unwrap_or_default();
            let (length, ascii) = scan_line(rest);
            let content_end = start + length;
            if !ascii {
                wide.push(lines.len() as u32);
            }
            lines.push(Line { start: size(start), content_end: size(content_end) });
            start = match rest.get(length..) {
                Some([b'\r', b'\n', ..]) => content_end + 2,
                Some([_, ..]) => content_end + 1,
                _ => break,
            };
        }
        LineIndex { lines, wide }
    }

    /// How many lines there are. A text that ends with a terminator has an
    /// empty last line, and the empty text has one line.
    pub fn line_count(&self) -> u32 {
        self.lines.len() as u32
    }

    /// The text of a line without its terminator, or `None` past the last line.
    pub fn line_range(&self, line: u32) -> Option<TextRange> {
        let line = self.lines.get(line as usize)?;
        Some(TextRange::new(line.start, line.content_end))
    }

    /// The line that `offset` lies in. A terminator belongs to the line it ends.
    pub fn line(&self, offset: TextSize) -> u32 {
        // The first line starts at zero, so that at least one counts.
        (self.lines.partition_point(|line| line.start <= offset) as u32).saturating_sub(1)
    }

    /// The offset of `position`, or `None` if the text has no such place: the
    /// line or the character is past the end, or lies within a character.
    pub fn offset(&self, text: &str, position: Position, encoding: PositionEncoding) -> Option<TextSize> {
        let line = self.lines.get(position.line as usize)?;
        let (offset, exact) = self.walk(text, line, position, encoding);
        exact.then_some(offset)
    }

    /// The offset of `position`, or of the nearest place before it that exists.
    ///
    /// As LSP wants it, a character past the end of its line is the end of the
    /// line. A line past the end is the end of the text; what lies within a
    /// character is where the character starts.
    pub fn offset_clamped(&self, text: &str, position: Position, encoding: PositionEncoding) -> TextSize {
        match self.lines.get(position.line as usize) {
            Some(line) => self.walk(text, line, position, encoding).0,
            None => size(text.len()),
        }
    }

    /// The offsets of a stretch of text, clamped as [`LineIndex::offset_clamped`]
    /// does. A range that ends before it starts is empty at its start.
    pub fn text_range_clamped(&self, text: &str, range: PositionRange, encoding: PositionEncoding) -> TextRange {
        let start = self.offset_clamped(text, range.start, encoding);
        let end = self.offset_clamped(text, range.end, encoding);
        TextRange::new(start, end.max(start))
    }

    /// The place of `offset`.
    ///
    /// Offsets past the end are the end; those within a character are where it
    /// starts, and those within `\r\n` are the end of the line.
    pub fn position(&self, text: &str, offset: TextSize, encoding: PositionEncoding) -> Position {
        let number = self.line(offset);
        let Some(line) = self.lines.get(number as usize) else {
            return Position::default();
        };
        let within = offset.min(line.content_end) - line.start;
        let character = if encoding == PositionEncoding::Utf8 || self.is_ascii(number) {
            let mut end = usize::from(line.start + within).min(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            size(end).checked_sub(line.start).unwrap_or_default().into()
        } else {
            let content = content(text, line);
            content
                .char_indices()
                .take_while(|&(at, c)| at + c.len_utf8() <= usize::from(within))
                .map(|(_, c)| encoding.width(c))
                .sum()
        };
        Position { line: number, character }
    }

    /// The places of both ends of `range`.
    pub fn range(&self, text: &str, range: TextRange, encoding: PositionEncoding) -> PositionRange {
        PositionRange {
            start: self.position(text, range.start(), encoding),
            end: self.position(text, range.end(), encoding),
        }
    }

    fn is_ascii(&self, line: u32) -> bool {
        self.wide.binary_search(&line).is_err()
    }

    /// Walks `position.character` units into the line, and says whether it got
    /// exactly there.
    fn walk(&self, text: &str, line: &Line, position: Position, encoding: PositionEncoding) -> (TextSize, bool) {
        let wanted = position.character;
        let length = u32::from(line.content_end - line.start);
        if self.is_ascii(position.line) {
            return (line.start + TextSize::new(wanted.min(length)), wanted <= length);
        }
        let mut seen = 0;
        for (at, c) in content(text, line).char_indices() {
            if seen == wanted {
                return (line.start + size(at), true);
            }
            seen += encoding.width(c);
            if seen > wanted {
                return (line.start + size(at), false);
            }
        }
        (line.content_end, seen == wanted)
    }
}

fn content<'a>(text: &'a str, line: &Line) -> &'a str {
    text.get(line.start.into()..line.content_end.into()).unwrap_or_default()
}

/// How many bytes come before the next terminator, and whether they are ASCII.
fn scan_line(bytes: &[u8]) -> (usize, bool) {
    let mut seen = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte == b'\n' || byte == b'\r' {
            return (at, seen < 0x80);
        }
        seen |= byte;
    }
    (bytes.len(), seen < 0x80)
}

/// Editors do not open files of 4 GiB, and callers do not read them.
fn size(offset: usize) -> TextSize {
    TextSize::new(u32::try_from(offset).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use PositionEncoding::{Utf8, Utf16, Utf32};
    use proptest::prelude::*;

    const ALL: [PositionEncoding; 3] = [Utf8, Utf16, Utf32];

    fn at(line: u32, character: u32) -> Position {
        Position::new(line, character)
    }

    /// Checks a place in all three encodings, both ways.
    fn check(text: &str, offset: u32, line: u32, characters: [u32; 3]) {
        let index = LineIndex::new(text);
        for (encoding, character) in ALL.into_iter().zip(characters) {
            let position = at(line, character);
            assert_eq!(index.position(text, offset.into(), encoding), position, "{encoding:?}");
            assert_eq!(index.offset(text, position, encoding), Some(offset.into()), "{encoding:?}");
            assert_eq!(index.offset_clamped(text, position, encoding), offset.into(), "{encoding:?}");
        }
    }

    #[test]
    fn the_empty_text_is_one_line() {
        let index = LineIndex::new("");
        assert_eq!(index.line_count(), 1);
        assert_eq!(index.line_range(0), Some(TextRange::empty(0.into())));
        assert_eq!(index.line_range(1), None);
        check("", 0, 0, [0, 0, 0]);
    }

    #[test]
    fn a_final_terminator_opens_an_empty_line() {
        for text in ["a\n", "a\r", "a\r\n"] {
            let index = LineIndex::new(text);
            assert_eq!(index.line_count(), 2, "{text:?}");
            assert_eq!(index.line_range(0), Some(TextRange::new(0.into(), 1.into())));
            check(text, text.len() as u32, 1, [0, 0, 0]);
        }
    }

    #[test]
    fn all_terminators_in_one_text() {
        let text = "a\nbb\r\nccc\rdddd\n\r";
        let index = LineIndex::new(text);
        let lines: Vec<&str> = (0..index.line_count()).map(|line| &text[index.line_range(line).unwrap()]).collect();
        assert_eq!(lines, ["a", "bb", "ccc", "dddd", "", ""]);
    }

    #[test]
    fn ascii() {
        let text = "let\n  x = 1;\nin x";
        check(text, 0, 0, [0; 3]);
        check(text, 3, 0, [3; 3]);
        check(text, 4, 1, [0; 3]);
        check(text, 6, 1, [2; 3]);
        check(text, 17, 2, [4; 3]);
    }

    #[test]
    fn units_differ_past_ascii() {
        // Two bytes, one unit; then four bytes, two units.
        let text = "x\n# ä😀 z";
        check(text, 4, 1, [2, 2, 2]);
        check(text, 6, 1, [4, 3, 3]);
        check(text, 10, 1, [8, 5, 4]);
        check(text, 12, 1, [10, 7, 6]);
    }

    #[test]
    fn combining_characters_are_characters() {
        // `e` and a combining acute accent, a family emoji with joiners.
        let text = "e\u{301} 👨\u{200d}👩";
        check(text, 1, 0, [1, 1, 1]);
        check(text, 3, 0, [3, 2, 2]);
        check(text, 8, 0, [8, 5, 4]);
        check(text, 11, 0, [11, 6, 5]);
        check(text, 15, 0, [15, 8, 6]);
    }

    #[test]
    fn what_lies_within_a_character_is_rounded_down() {
        let text = "a😀b";
        let index = LineIndex::new(text);
        for within in 2..5 {
            for (encoding, character) in ALL.into_iter().zip([1, 1, 1]) {
                let position = index.position(text, within.into(), encoding);
                assert_eq!(position, at(0, character));
            }
            assert_eq!(index.offset(text, at(0, within), Utf8), None);
            assert_eq!(index.offset_clamped(text, at(0, within), Utf8), 1.into());
        }
        assert_eq!(index.offset(text, at(0, 2), Utf16), None);
        assert_eq!(index.offset_clamped(text, at(0, 2), Utf16), 1.into());
        assert_eq!(index.offset(text, at(0, 3), Utf16), Some(5.into()));
        assert_eq!(index.offset(text, at(0, 2), Utf32), Some(5.into()));
    }

    #[test]
    fn what_is_past_the_end_is_the_end() {
        for text in ["ab\ncd", "ab\r\ncd", "äb\n😀d"] {
            let index = LineIndex::new(text);
            let first = index.line_range(0).unwrap();
            for encoding in ALL {
                assert_eq!(index.offset(text, at(0, 99), encoding), None);
                assert_eq!(index.offset_clamped(text, at(0, 99), encoding), first.end());
                assert_eq!(index.offset(text, at(2, 0), encoding), None);
                let end = TextSize::of(text);
                assert_eq!(index.offset_clamped(text, at(2, 0), encoding), end);
                assert_eq!(index.offset_clamped(text, at(1, u32::MAX), encoding), end);
                assert_eq!(index.offset_clamped(text, at(u32::MAX, u32::MAX), encoding), end);
                assert_eq!(index.position(text, 999.into(), encoding), index.position(text, end, encoding));
            }
        }
    }

    #[test]
    fn within_a_terminator_is_the_end_of_the_line() {
        let text = "ab\r\ncd";
        let index = LineIndex::new(text);
        for encoding in ALL {
            assert_eq!(index.position(text, 2.into(), encoding), at(0, 2));
            assert_eq!(index.position(text, 3.into(), encoding), at(0, 2));
            assert_eq!(index.position(text, 4.into(), encoding), at(1, 0));
        }
    }

    #[test]
    fn ranges() {
        let text = "ä = 1;\nb = 2;\n";
        let index = LineIndex::new(text);
        let range = TextRange::new(5.into(), 9.into());
        let places = PositionRange { start: at(0, 4), end: at(1, 1) };
        assert_eq!(index.range(text, range, Utf16), places);
        assert_eq!(index.text_range_clamped(text, places, Utf16), range);
        let inverted = PositionRange { start: at(1, 1), end: at(0, 4) };
        assert_eq!(index.text_range_clamped(text, inverted, Utf16), TextRange::empty(9.into()),);
    }

    #[test]
    fn positions_are_ordered_as_they_are_read() {
        assert!(at(0, 9) < at(1, 0));
        assert!(at(1, 0) < at(1, 1));
    }

    #[test]
    fn another_text_gives_nonsense_but_no_panic() {
        let index = LineIndex::new("abc\näöü\nlong enough");
        for text in ["", "ä", "😀😀😀😀😀😀"] {
            for encoding in ALL {
                for offset in 0..40 {
                    index.position(text, offset.into(), encoding);
                    for line in 0..4 {
                        index.offset(text, at(line, offset), encoding);
                        index.offset_clamped(text, at(line, offset), encoding);
                    }
                }
            }
        }
    }

    fn texts() -> impl Strategy<Value = String> {
        prop::collection::vec(
            prop::sample::select(vec![
                "a",
                "let x = 1;",
                "\n",
                "\r\n",
                "\r",
                "ä",
                "ß",
                "漢",
                "😀",
                "e\u{301}",
                "👩\u{200d}👩",
                "\t",
                "\u{2028}",
                "\0",
                "",
            ]),
            0..24,
        )
        .prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn offsets_survive_the_round_trip(text in texts()) {
            let index = LineIndex::new(&text);
            for encoding in ALL {
                for (offset, _) in text.char_indices().chain([(text.len(), '\0')]) {
                    let inside_terminator = text[..offset].ends_with('\r') && text[offset..].starts_with('\n');
                    if inside_terminator {
                        continue;
                    }
                    let position = index.position(&text, size(offset), encoding);
                    prop_assert_eq!(index.offset(&text, position, encoding), Some(size(offset)));
                    prop_assert_eq!(index.offset_clamped(&text, position, encoding), size(offset));
                }
            }
        }

        #[test]
        fn places_survive_the_round_trip(text in texts(), line in 0u32..12, character in 0u32..12) {
            let index = LineIndex::new(&text);
            for encoding in ALL {
                let position = at(line, character);
                let clamped = index.offset_clamped(&text, position, encoding);
                prop_assert!(text.is_char_boundary(clamped.into()));
                match index.offset(&text, position, encoding) {
                    Some(offset) => {
                        prop_assert_eq!(offset, clamped);
                        prop_assert_eq!(index.position(&text, offset, encoding), position);
                    }
                    None => prop_assert!(index.position(&text, clamped, encoding) < position),
                }
            }
        }

        #[test]
        fn the_lines_are_those_of_the_definition(text in texts()) {
            let index = LineIndex::new(&text);
            let expected: Vec<String> =
                text.replace("\r\n", "\n").replace('\r', "\n").split('\n').map(str::to_owned).collect();
            let lines: Vec<&str> =
                (0..index.line_count()).map(|line| &text[index.line_range(line).unwrap()]).collect();
            prop_assert_eq!(lines, expected);
        }

        #[test]
        fn positions_are_in_the_order_of_offsets(text in texts()) {
            let index = LineIndex::new(&text);
            for encoding in ALL {
                let positions: Vec<Position> =
                    (0..=text.len()).map(|offset| index.position(&text, size(offset), encoding)).collect();
                prop_assert!(positions.is_sorted());
            }
        }
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "the time is shown, and decides nothing")]
    fn a_megabyte_takes_little_time() {
        let text = "  services.openssh.enable = true; # ä\n  foo = [ 1 2 3 ];\n".repeat(18_000);
        let start = std::time::Instant::now();
        let index = LineIndex::new(&text);
        let took = start.elapsed();
        assert_eq!(index.line_count(), 36_001);
        eprintln!("{} bytes indexed in {took:?}", text.len());
    }
}
