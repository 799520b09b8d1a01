//! One text and everything that follows from it alone.

use std::sync::{Arc, OnceLock};

use crate::base::{LineIndex, TextEdit};
use crate::hir::{self, Lowered, Summary};
use crate::syntax::Parse;

/// A text with its parse tree, lowered form and line index, each computed once and only when asked for.
pub struct FileData {
    text: Arc<str>,
    parse: OnceLock<Parse>,
    lowered: OnceLock<Arc<Lowered>>,
    hir: OnceLock<Arc<hir::File>>,
    summary: OnceLock<Arc<Summary>>,
    line_index: OnceLock<Arc<LineIndex>>,
    /// The file before the edit that made this one, until the first question for [`FileData::hir`].
    before: Option<Arc<hir::File>>,
}

impl FileData {
    /// A file with this text.
    pub fn new(text: Arc<str>) -> FileData {
        FileData {
            text,
            parse: OnceLock::new(),
            lowered: OnceLock::new(),
            hir: OnceLock::new(),
            summary: OnceLock::new(),
            line_index: OnceLock::new(),
            before: None,
        }
    }

    /// The file after one edit: the tree is re-parsed around the edit, and the
    /// lowered file stays the very same where only white space or comments changed.
    pub fn edited(&self, edit: &TextEdit, text: Arc<str>) -> FileData {
        let mut file = FileData::new(text);
        if let Some(parse) = self.parse.get() {
            let _ = file.parse.set(parse.reparse(&self.text, edit, &file.text));
        }
        file.before = self.hir.get().cloned().or_else(|| self.before.clone());
        file
    }

    /// A new text of the same file, as after a change on disk.
    pub fn replaced(&self, text: Arc<str>) -> FileData {
        let mut file = FileData::new(text);
        file.before = self.hir.get().cloned().or_else(|| self.before.clone());
        file
    }

    /// The text.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The parse tree.
    pub fn parse(&self) -> &Parse {
        self.parse.get_or_init(|| Parse::new(&self.text))
    }

    /// The lowered file with its source map and errors.
    pub fn lowered(&self) -> &Arc<Lowered> {
        self.lowered.get_or_init(|| Arc::new(hir::lower(self.parse())))
    }

    /// The stable half of the lowered file. Texts of one file that lower to
    /// equal files share it, so that a pointer comparison tells whether
    /// anything beyond the file can have changed.
    pub fn hir(&self) -> &Arc<hir::File> {
        self.hir.get_or_init(|| {
            let lowered = self.lowered();
            match &self.before {
                Some(before) if **before == lowered.file => before.clone(),
                _ => Arc::new(lowered.file.clone()),
            }
        })
    }

    /// What other files may depend on.
    pub fn summary(&self) -> &Arc<Summary> {
        self.summary.get_or_init(|| Arc::new(Summary::of(self.hir())))
    }

    /// The line index.
    pub fn line_index(&self) -> &Arc<LineIndex> {
        self.line_index.get_or_init(|| Arc::new(LineIndex::new(&self.text)))
    }
}
