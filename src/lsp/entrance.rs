//! Where messages come in.
//!
//! tower-lsp-server makes a future of every message and lets a scheduler run
//! them side by side. The order of edits must not be left to that. So the
//! methods here only send an event before they wait for anything, and
//! [`Entrance`] runs each future up to that point while it still has the
//! messages one by one, as they were on the wire.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{Notify, oneshot};
use tower_lsp_server::jsonrpc::{Error, Request, Response, Result};
use tower_lsp_server::ls_types as lsp;
use tower_lsp_server::{ExitedError, LanguageServer, LspService, Server};
use tower_service::Service;

use super::client::ClientFeatures;
use super::event::{Event, Needs, RequestTask};
use super::framing::{Framing, refusal};
use super::requests::{
    self,
    views::{OfFlake, ViewParams},
};
use super::world::World;
use super::{main_loop, outgoing};
use crate::ide::views;
use crate::workspace::git_add;

/// How long answers may still go out after the client closed our input.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// More requests than this are not looked at until others are answered. It is
/// no limit that a client meets: requests wait for nothing but their turn.
const MAX_REQUESTS: usize = 1 << 16;

/// Serves one client. Whether it asked for the shutdown before it left.
pub async fn serve(input: impl AsyncRead + Unpin, output: impl AsyncWrite) -> bool {
    let (events, queue) = std::sync::mpsc::channel();
    let goodbye = Arc::new(Goodbye::default());
    let mut client = None;
    let (service, socket) = LspService::build(|to_client| {
        client = Some(to_client);
        Backend { events: events.clone() }
    })
    .custom_method("flakewise/text", Backend::text)
    .custom_method("flakewise/hosts", Backend::hosts)
    .custom_method("flakewise/graph", Backend::graph)
    .custom_method("flakewise/definitions", Backend::definitions)
    .custom_method("flakewise/options", Backend::options)
    .custom_method("flakewise/inputs", Backend::inputs)
    .custom_method("flakewise/outputs", Backend::outputs)
    .finish();
    let Some(client) = client else { return false };
    let outgoing = outgoing::start(client, events.clone());
    main_loop::start(queue, events, outgoing);
    let service = Entrance { inner: service, goodbye: goodbye.clone() };
    let input = UntilEnd { inner: Framing::new(input), goodbye: goodbye.clone() };
    let server = Server::new(input, output, socket).concurrency_level(MAX_REQUESTS).serve(service);
    tokio::select! {
        () = server => {}
        () = goodbye.after_the_end() => {}
    }
    goodbye.shutdown.load(Ordering::Acquire)
}

/// What is known of the end of the conversation.
#[derive(Default)]
struct Goodbye {
    shutdown: AtomicBool,
    ended: Notify,
}

impl Goodbye {
    /// Requests that nobody answers any more must not keep the process alive.
    async fn after_the_end(&self) {
        self.ended.notified().await;
        tokio::time::sleep(LAST_WORDS).await;
    }
}

/// Input that tells when it ended.
struct UntilEnd<R> {
    inner: R,
    goodbye: Arc<Goodbye>,
}

impl<R: AsyncRead + Unpin> AsyncRead for UntilEnd<R> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let poll = Pin::new(&mut self.inner).poll_read(cx, buf);
        let ended = match &poll {
            Poll::Ready(Ok(())) => buf.remaining() > 0 && buf.filled().len() == before,
            Poll::Ready(Err(_)) => true,
            Poll::Pending => false,
        };
        if ended {
            self.goodbye.ended.notify_one();
        }
        poll
    }
}

/// Runs every message up to its first wait, in the order of the wire.
struct Entrance<S> {
    inner: S,
    goodbye: Arc<Goodbye>,
}

type Answer = Pin<Box<dyn Future<Output = std::result::Result<Option<Response>, ExitedError>> + Send>>;

impl<S> Service<Request> for Entrance<S>
where
    S: Service<Request, Response = Option<Response>, Error = ExitedError, Future = Answer>,
{
    type Response = Option<Response>;
    type Error = ExitedError;
    type Future = Answer;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<std::result::Result<(), ExitedError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Answer {
        if let Some(refusal) = refusal(&request) {
            return Box::pin(std::future::ready(Ok(Some(refusal))));
        }
        if request.method() == "shutdown" {
            self.goodbye.shutdown.store(true, Ordering::Release);
        }
        let mut answer = self.inner.call(request);
        // Whoever awaits the answer polls it again with a real waker.
        match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => Box::pin(std::future::ready(done)),
            Poll::Pending => answer,
        }
    }
}

struct Backend {
    events: Sender<Event>,
}

impl Backend {
    /// The owner's thread lives as long as anybody can send.
    fn send(&self, event: Event) {
        if self.events.send(event).is_err() {
            tracing::error!("an event came after the end");
        }
    }

    async fn ask<P: Send + 'static, R: Send + 'static>(
        &self,
        needs: Needs,
        params: P,
        handler: fn(&World, P) -> Result<R>,
    ) -> Result<R> {
        let (answer, answered) = oneshot::channel();
        self.send(Event::Request(RequestTask::new(needs, params, handler, answer)));
        // Whoever drops the question gives it up.
        answered.await.unwrap_or_else(|_| Err(Error::content_modified()))
    }

    async fn text(&self, params: lsp::TextDocumentIdentifier) -> Result<Option<requests::text::Text>> {
        self.ask(Needs::Texts, params, requests::text::handle).await
    }

    async fn hosts(&self, params: ViewParams) -> Result<Vec<OfFlake<views::hosts::Document>>> {
        self.ask(Needs::Facts, params, requests::hosts::handle).await
    }

    async fn graph(&self, params: ViewParams) -> Result<Vec<OfFlake<views::graph::Document>>> {
        self.ask(Needs::Facts, params, requests::graph::handle).await
    }

    async fn options(&self, params: ViewParams) -> Result<Vec<OfFlake<views::options::Document>>> {
        self.ask(Needs::Facts, params, requests::options::handle).await
    }

    async fn inputs(&self, params: ViewParams) -> Result<Vec<OfFlake<views::inputs::Document>>> {
        self.ask(Needs::Facts, params, requests::inputs::handle).await
    }

    async fn outputs(&self, params: ViewParams) -> Result<Vec<OfFlake<views::outputs::Document>>> {
        self.ask(Needs::Facts, params, requests::outputs::handle).await
    }

    async fn definitions(
        &self,
        params: requests::definitions::Params,
    ) -> Result<OfFlake<views::definitions::Document>> {
        self.ask(Needs::Facts, params, requests::definitions::handle).await
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: lsp::InitializeParams) -> Result<lsp::InitializeResult> {
        let features = Arc::new(ClientFeatures::new(&params));
        let capabilities = requests::server_capabilities(&features);
        self.send(Event::Initialize { features, params: Box::new(params) });
        Ok(lsp::InitializeResult {
            capabilities,
            server_info: Some(lsp::ServerInfo {
                name: env!("CARGO_PKG_NAME").to_string(),
                version: Some(crate::VERSION.to_string()),
            }),
            ..lsp::InitializeResult::default()
        })
    }

    async fn initialized(&self, _: lsp::InitializedParams) {
        self.send(Event::Initialized);
    }

    async fn shutdown(&self) -> Result<()> {
        self.send(Event::Shutdown);
        Ok(())
    }

    async fn did_open(&self, params: lsp::DidOpenTextDocumentParams) {
        self.send(Event::Open(params.text_document));
    }

    async fn did_change(&self, params: lsp::DidChangeTextDocumentParams) {
        self.send(Event::Change(params));
    }

    async fn did_save(&self, params: lsp::DidSaveTextDocumentParams) {
        self.send(Event::Save(params.text_document));
    }

    async fn did_close(&self, params: lsp::DidCloseTextDocumentParams) {
        self.send(Event::Close(params.text_document));
    }

    async fn did_change_watched_files(&self, params: lsp::DidChangeWatchedFilesParams) {
        self.send(Event::Watched(params.changes));
    }

    async fn did_change_configuration(&self, params: lsp::DidChangeConfigurationParams) {
        self.send(Event::ConfigurationChanged(params.settings));
    }

    async fn did_change_workspace_folders(&self, params: lsp::DidChangeWorkspaceFoldersParams) {
        self.send(Event::Folders(params.event));
    }

    async fn completion(&self, params: lsp::CompletionParams) -> Result<Option<lsp::CompletionResponse>> {
        self.ask(Needs::Texts, params, requests::completion::handle).await
    }

    async fn completion_resolve(&self, item: lsp::CompletionItem) -> Result<lsp::CompletionItem> {
        self.ask(Needs::Texts, item, requests::completion::resolve).await
    }

    async fn goto_definition(&self, params: lsp::GotoDefinitionParams) -> Result<Option<lsp::GotoDefinitionResponse>> {
        self.ask(Needs::Facts, params, requests::definition::handle).await
    }

    async fn goto_declaration(
        &self,
        params: lsp::request::GotoDeclarationParams,
    ) -> Result<Option<lsp::request::GotoDeclarationResponse>> {
        self.ask(Needs::Facts, params, requests::definition::declaration).await
    }

    async fn goto_implementation(
        &self,
        params: lsp::request::GotoImplementationParams,
    ) -> Result<Option<lsp::request::GotoImplementationResponse>> {
        self.ask(Needs::Facts, params, requests::implementation::handle).await
    }

    async fn references(&self, params: lsp::ReferenceParams) -> Result<Option<Vec<lsp::Location>>> {
        self.ask(Needs::Facts, params, requests::references::handle).await
    }

    async fn document_highlight(
        &self,
        params: lsp::DocumentHighlightParams,
    ) -> Result<Option<Vec<lsp::DocumentHighlight>>> {
        self.ask(Needs::Facts, params, requests::document_highlight::handle).await
    }

    async fn prepare_rename(
        &self,
        params: lsp::TextDocumentPositionParams,
    ) -> Result<Option<lsp::PrepareRenameResponse>> {
        self.ask(Needs::Facts, params, requests::rename::prepare).await
    }

    async fn rename(&self, params: lsp::RenameParams) -> Result<Option<lsp::WorkspaceEdit>> {
        let renamed = self.ask(Needs::Facts, params, requests::rename::handle).await?;
        if let Some(notice) = renamed.notice {
            self.send(Event::Notice(notice));
        }
        Ok(renamed.edit)
    }

    async fn will_rename_files(&self, params: lsp::RenameFilesParams) -> Result<Option<lsp::WorkspaceEdit>> {
        self.ask(Needs::Facts, params, requests::rename::will_rename_files).await
    }

    async fn formatting(&self, params: lsp::DocumentFormattingParams) -> Result<Option<Vec<lsp::TextEdit>>> {
        // Which formatter is set is known with the first analysis.
        self.ask(Needs::Facts, params, requests::formatting::handle).await
    }

    async fn range_formatting(&self, params: lsp::DocumentRangeFormattingParams) -> Result<Option<Vec<lsp::TextEdit>>> {
        self.ask(Needs::Facts, params, requests::formatting::handle_range).await
    }

    async fn on_type_formatting(
        &self,
        params: lsp::DocumentOnTypeFormattingParams,
    ) -> Result<Option<Vec<lsp::TextEdit>>> {
        self.ask(Needs::Texts, params, requests::on_type_formatting::handle).await
    }

    async fn linked_editing_range(
        &self,
        params: lsp::LinkedEditingRangeParams,
    ) -> Result<Option<lsp::LinkedEditingRanges>> {
        self.ask(Needs::Texts, params, requests::linked_editing_range::handle).await
    }

    async fn hover(&self, params: lsp::HoverParams) -> Result<Option<lsp::Hover>> {
        self.ask(Needs::Facts, params, requests::hover::handle).await
    }

    async fn document_symbol(&self, params: lsp::DocumentSymbolParams) -> Result<Option<lsp::DocumentSymbolResponse>> {
        self.ask(Needs::Texts, params, requests::document_symbol::handle).await
    }

    async fn symbol(&self, params: lsp::WorkspaceSymbolParams) -> Result<Option<lsp::WorkspaceSymbolResponse>> {
        self.ask(Needs::Facts, params, requests::workspace_symbol::handle).await
    }

    async fn folding_range(&self, params: lsp::FoldingRangeParams) -> Result<Option<Vec<lsp::FoldingRange>>> {
        self.ask(Needs::Texts, params, requests::folding_range::handle).await
    }

    async fn selection_range(&self, params: lsp::SelectionRangeParams) -> Result<Option<Vec<lsp::SelectionRange>>> {
        self.ask(Needs::Texts, params, requests::selection_range::handle).await
    }

    async fn document_link(&self, params: lsp::DocumentLinkParams) -> Result<Option<Vec<lsp::DocumentLink>>> {
        self.ask(Needs::Texts, params, requests::document_link::handle).await
    }

    async fn code_lens(&self, params: lsp::CodeLensParams) -> Result<Option<Vec<lsp::CodeLens>>> {
        self.ask(Needs::Facts, params, requests::code_lens::handle).await
    }

    async fn code_lens_resolve(&self, lens: lsp::CodeLens) -> Result<lsp::CodeLens> {
        self.ask(Needs::Facts, lens, requests::code_lens::resolve).await
    }

    async fn inlay_hint(&self, params: lsp::InlayHintParams) -> Result<Option<Vec<lsp::InlayHint>>> {
        self.ask(Needs::Facts, params, requests::inlay_hint::handle).await
    }

    async fn semantic_tokens_full(
        &self,
        params: lsp::SemanticTokensParams,
    ) -> Result<Option<lsp::SemanticTokensResult>> {
        self.ask(Needs::Texts, params, requests::semantic_tokens::full).await
    }

    async fn semantic_tokens_full_delta(
        &self,
        params: lsp::SemanticTokensDeltaParams,
    ) -> Result<Option<lsp::SemanticTokensFullDeltaResult>> {
        self.ask(Needs::Texts, params, requests::semantic_tokens::delta).await
    }

    async fn semantic_tokens_range(
        &self,
        params: lsp::SemanticTokensRangeParams,
    ) -> Result<Option<lsp::SemanticTokensRangeResult>> {
        self.ask(Needs::Texts, params, requests::semantic_tokens::range).await
    }

    async fn signature_help(&self, params: lsp::SignatureHelpParams) -> Result<Option<lsp::SignatureHelp>> {
        self.ask(Needs::Texts, params, requests::signature_help::handle).await
    }

    async fn prepare_call_hierarchy(
        &self,
        params: lsp::CallHierarchyPrepareParams,
    ) -> Result<Option<Vec<lsp::CallHierarchyItem>>> {
        self.ask(Needs::Facts, params, requests::call_hierarchy::prepare).await
    }

    async fn incoming_calls(
        &self,
        params: lsp::CallHierarchyIncomingCallsParams,
    ) -> Result<Option<Vec<lsp::CallHierarchyIncomingCall>>> {
        self.ask(Needs::Facts, params, requests::call_hierarchy::incoming).await
    }

    async fn outgoing_calls(
        &self,
        params: lsp::CallHierarchyOutgoingCallsParams,
    ) -> Result<Option<Vec<lsp::CallHierarchyOutgoingCall>>> {
        self.ask(Needs::Facts, params, requests::call_hierarchy::outgoing).await
    }

    async fn diagnostic(&self, params: lsp::DocumentDiagnosticParams) -> Result<lsp::DocumentDiagnosticReportResult> {
        let uri = params.text_document.uri.clone();
        self.send(Event::Pulled(Some(uri.clone())));
        self.ask(Needs::Findings(Some(uri)), params, requests::diagnostics::document).await
    }

    async fn workspace_diagnostic(
        &self,
        params: lsp::WorkspaceDiagnosticParams,
    ) -> Result<lsp::WorkspaceDiagnosticReportResult> {
        self.send(Event::Pulled(None));
        self.ask(Needs::Findings(None), params, requests::diagnostics::workspace).await
    }

    /// Once it is known what to run, it is run apart from the answers, which wait for nothing.
    async fn execute_command(&self, params: lsp::ExecuteCommandParams) -> Result<Option<lsp::LSPAny>> {
        let wanted = self.ask(Needs::Texts, params, requests::execute_command::handle).await?;
        let ran = tokio::task::spawn_blocking(move || git_add(&wanted.paths, &wanted.folders)).await;
        let outcome = ran.unwrap_or_else(|_| Err("git add failed".to_string()));
        self.send(Event::GitAdded(outcome));
        Ok(None)
    }

    async fn code_action(&self, params: lsp::CodeActionParams) -> Result<Option<lsp::CodeActionResponse>> {
        self.ask(Needs::Facts, params, requests::code_action::handle).await
    }

    async fn code_action_resolve(&self, action: lsp::CodeAction) -> Result<lsp::CodeAction> {
        self.ask(Needs::Facts, action, requests::code_action::resolve).await
    }
}
