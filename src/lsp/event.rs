//! Everything that can happen to the owner of the state.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::oneshot;
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types as lsp;

use super::analysis::Analyzed;
use super::client::ClientFeatures;
use super::disk::DiskReport;
use super::publish::Report;
use super::world::World;
use crate::hir::Name;

/// Something that happened.
pub enum Event {
    Initialize {
        features: Arc<ClientFeatures>,
        params: Box<lsp::InitializeParams>,
    },
    Initialized,
    Shutdown,
    Open(lsp::TextDocumentItem),
    Change(lsp::DidChangeTextDocumentParams),
    Save(lsp::TextDocumentIdentifier),
    Close(lsp::TextDocumentIdentifier),
    /// The client saw files change.
    Watched(Vec<lsp::FileEvent>),
    /// The client's settings are others now; it may or may not say which.
    ConfigurationChanged(Value),
    /// The client's settings, as it answered.
    Configuration(Value),
    Folders(lsp::WorkspaceFoldersChangeEvent),
    Request(RequestTask),
    /// The client asks for diagnostics of a document, or of all: it need not be told.
    Pulled(Option<lsp::Uri>),
    /// `git add` was run for the client; or why it did not do what it should.
    GitAdded(std::result::Result<(), String>),
    /// Something that the user has to know of an answer and that the answer cannot say.
    Notice(String),
    /// The disk was read.
    Disk(DiskReport),
    /// The repository was analysed.
    Analyzed(Box<Analyzed>),
    /// The diagnostics of documents were computed.
    Reported {
        asked: Vec<Name>,
        reports: Vec<Report>,
    },
}

/// What a request needs to be answered well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Needs {
    /// The texts as they are; what is known of the repository makes it better.
    Texts,
    /// Some analysis of the repository; before the first one there is nothing to say.
    Facts,
    /// The diagnostics of this document, or of all. Some are better than none for a client that can be told to ask
    /// again; one that cannot waits for those of the text that it sees.
    Findings(Option<lsp::Uri>),
}

/// A question and the way to answer it.
pub struct RequestTask {
    pub needs: Needs,
    run: Box<dyn FnOnce(&World) + Send>,
}

impl RequestTask {
    /// A question whose answer `handler` knows.
    pub fn new<P: Send + 'static, R: Send + 'static>(
        needs: Needs,
        params: P,
        handler: fn(&World, P) -> Result<R>,
        answer: oneshot::Sender<Result<R>>,
    ) -> RequestTask {
        let run = Box::new(move |world: &World| {
            // The client took the question back.
            if answer.is_closed() {
                return;
            }
            let result = catch_unwind(AssertUnwindSafe(|| handler(world, params)));
            let _ = answer.send(result.unwrap_or_else(|_| Err(Error::internal_error())));
        });
        RequestTask { needs, run }
    }

    /// Answers the question.
    pub fn answer(self, world: &World) {
        (self.run)(world);
    }
}
