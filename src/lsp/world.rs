//! What a request is answered from: everything at the moment it came in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tower_lsp_server::ls_types as lsp;

use super::client::ClientFeatures;
use super::convert;
use super::findings::AllFindings;
use super::requests::completion::LastList;
use super::requests::semantic_tokens::LastTokens;
use crate::base::{FileId, FileRange, TextEdit, TextRange, map_range};
use crate::db::Snapshot;
use crate::eval::FileType;
use crate::hir::Name;
use crate::ide::{Analysis, FilePosition};
use crate::rules::Surroundings;
use crate::workspace::Settings;

/// An immutable view of everything. Cheap to clone.
#[derive(Clone)]
pub struct World {
    /// The facts of the last analysis, over the texts of now.
    pub analysis: Analysis,
    /// Whether there was an analysis yet.
    pub analysed: bool,
    pub features: Arc<ClientFeatures>,
    pub documents: Arc<BTreeMap<Name, OpenDocument>>,
    pub findings: Arc<AllFindings>,
    /// Of each flake.
    pub settings: Arc<BTreeMap<Name, Settings>>,
    /// What each flake means for its files, as the last analysis has it.
    pub surroundings: Arc<BTreeMap<Name, Surroundings>>,
    pub last_list: Arc<Mutex<LastList>>,
    pub last_tokens: Arc<Mutex<LastTokens>>,
}

/// What is to be known of an open document beyond its text.
#[derive(Clone)]
pub struct OpenDocument {
    pub uri: lsp::Uri,
    pub version: i32,
    /// The edits since the text that the last analysis read, each with the
    /// revision that it led to.
    pub edits: Arc<Vec<(u64, TextEdit)>>,
}

impl World {
    /// The file of a path that is open or listed.
    pub fn file(&self, path: &Name) -> Option<FileId> {
        let snapshot = self.analysis.snapshot();
        let listed = || snapshot.tree().node(path).is_some_and(|node| node.kind != FileType::Directory);
        (self.documents.contains_key(path) || listed()).then(|| snapshot.paths().id(path))
    }

    /// The file of a document, open or not. `None` for what is nowhere.
    pub fn file_of(&self, uri: &lsp::Uri) -> Option<(Name, FileId)> {
        let path = convert::name_of_uri(uri);
        let file = self.file(&path)?;
        Some((path, file))
    }

    /// The settings of the flake that a file belongs to. Where there is none, nothing is set.
    pub fn settings_of(&self, file: FileId) -> Option<&Settings> {
        self.settings.get(&self.analysis.flake(file)?.root)
    }

    /// The URI of a file: as the client spells it, where it has it open.
    pub fn uri(&self, path: &str) -> Option<lsp::Uri> {
        match self.documents.get(path) {
            Some(document) => Some(document.uri.clone()),
            None => convert::uri_of(path),
        }
    }

    /// The path of a file.
    pub fn path(&self, file: FileId) -> Name {
        self.analysis.snapshot().paths().path(file)
    }

    /// The place that a request is about, in the text that its sender saw.
    pub fn position(&self, at: &lsp::TextDocumentPositionParams) -> Option<FilePosition> {
        let (_, file) = self.file_of(&at.text_document.uri)?;
        let data = self.analysis.snapshot().file(file).ok()?;
        let offset = convert::offset(data.line_index(), data.text(), at.position, self.features.encoding);
        Some(FilePosition { file, offset })
    }

    /// A stretch of a current text as the client counts.
    pub fn range(&self, range: FileRange) -> Option<lsp::Range> {
        let data = self.analysis.snapshot().file(range.file).ok()?;
        Some(convert::range(data.line_index(), data.text(), range.range, self.features.encoding))
    }

    /// A stretch of a text of some snapshot as the client counts.
    pub fn range_in(&self, snapshot: &Snapshot, path: &str, range: TextRange) -> Option<lsp::Range> {
        let data = snapshot.file(snapshot.paths().existing(path)?).ok()?;
        Some(convert::range(data.line_index(), data.text(), range, self.features.encoding))
    }

    /// A stretch of a text that the last analysis read, where it is now.
    /// `None` where it was edited away.
    pub fn analysed_range(&self, path: &Name, range: TextRange) -> Option<lsp::Range> {
        match self.documents.get(path) {
            Some(document) => {
                let range = map_range(range, document.edits.iter().map(|(_, edit)| edit))?;
                self.range_in(self.analysis.snapshot(), path, range)
            }
            None => self.range_in(&self.analysis.repository().snapshot, path, range),
        }
    }

    /// A stretch of text as a place to go to.
    pub fn location(&self, range: FileRange) -> Option<lsp::Location> {
        Some(lsp::Location { uri: self.uri(&self.path(range.file))?, range: self.range(range)? })
    }
}
