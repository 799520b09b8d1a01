//! What every layer shares. Nothing in here knows Nix.
//!
//! Offsets are bytes in UTF-8 text ([`TextSize`]); what a client calls a
//! position is a [`Position`] in some [`PositionEncoding`], and only a
//! [`LineIndex`] turns one into the other.

pub mod glob;
mod line_diff;
mod line_index;
mod nearest;
mod never;
mod text_edit;

pub use line_diff::line_edits;
pub use line_index::{LineIndex, Position, PositionEncoding, PositionRange};
pub use nearest::{distance, nearest};
pub use text_edit::{OverlappingEdits, TextEdit, apply_edits, map_range};
pub use text_size::{TextLen, TextRange, TextSize};

pub use crate::never;

/// A file, by number. Which path it has is known to whoever gave out the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A stretch of text in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileRange {
    /// The file that the range lies in.
    pub file: FileId,
    /// Where in its text.
    pub range: TextRange,
}

impl PartialOrd for FileRange {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

// `TextRange` has no order of its own, because there are several sensible
// ones. Ours is that of reading: by file, then start, then end.
impl Ord for FileRange {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |it: &Self| (it.file, it.range.start(), it.range.end());
        key(self).cmp(&key(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_ranges_are_ordered_as_they_are_read() {
        let at = |file, start: u32, end: u32| FileRange {
            file: FileId(file),
            range: TextRange::new(start.into(), end.into()),
        };
        let mut ranges = vec![at(1, 0, 1), at(0, 5, 9), at(0, 5, 6), at(0, 2, 9)];
        ranges.sort();
        assert_eq!(ranges, vec![at(0, 2, 9), at(0, 5, 6), at(0, 5, 9), at(1, 0, 1)]);
    }
}
