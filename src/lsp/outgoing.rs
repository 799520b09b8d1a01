//! What the client is told or asked without having asked itself.
//!
//! Notifications leave in the order in which they were decided on. Questions
//! wait for their answers apart, so that a client that is slow to answer still
//! hears what is new.

use std::sync::mpsc::Sender;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tower_lsp_server::Client;
use tower_lsp_server::ls_types as lsp;

use super::event::Event;
use super::requests::views::{Changed, ChangedParams};

/// The section of the client's settings that is ours.
pub const SECTION: &str = "flakewise";

/// Something for the client.
pub enum Outgoing {
    Publish {
        uri: lsp::Uri,
        diagnostics: Vec<lsp::Diagnostic>,
        version: Option<i32>,
    },
    RefreshDiagnostics,
    RefreshLenses,
    RefreshHints,
    RefreshTokens,
    /// What views show may be something else now.
    Changed(ChangedParams),
    Register(Vec<lsp::Registration>),
    AskConfiguration,
    BeginProgress(String),
    EndProgress,
    Log(lsp::MessageType, String),
    Show(lsp::MessageType, String),
}

/// Starts the queue.
pub fn start(client: Client, events: Sender<Event>) -> UnboundedSender<Outgoing> {
    let (sender, queue) = unbounded_channel();
    tokio::spawn(run(client, events, queue));
    sender
}

async fn run(client: Client, events: Sender<Event>, mut queue: UnboundedReceiver<Outgoing>) {
    let mut progress: Option<oneshot::Sender<()>> = None;
    let mut token = 0;
    while let Some(message) = queue.recv().await {
        let client = client.clone();
        match message {
            Outgoing::Publish { uri, diagnostics, version } => {
                client.publish_diagnostics(uri, diagnostics, version).await;
            }
            Outgoing::Log(kind, message) => client.log_message(kind, message).await,
            Outgoing::Show(kind, message) => client.show_message(kind, message).await,
            Outgoing::RefreshDiagnostics => {
                tokio::spawn(async move { complain("refresh", client.workspace_diagnostic_refresh().await) });
            }
            Outgoing::RefreshLenses => {
                tokio::spawn(async move { complain("refresh", client.code_lens_refresh().await) });
            }
            Outgoing::RefreshHints => {
                tokio::spawn(async move { complain("refresh", client.inlay_hint_refresh().await) });
            }
            Outgoing::RefreshTokens => {
                tokio::spawn(async move { complain("refresh", client.semantic_tokens_refresh().await) });
            }
            Outgoing::Changed(params) => client.send_notification::<Changed>(params).await,
            Outgoing::Register(registrations) => {
                tokio::spawn(async move { complain("register", client.register_capability(registrations).await) });
            }
            Outgoing::AskConfiguration => {
                let events = events.clone();
                tokio::spawn(async move {
                    let item = lsp::ConfigurationItem { scope_uri: None, section: Some(SECTION.to_string()) };
                    match client.configuration(vec![item]).await {
                        Ok(answers) => {
                            let _ = events.send(Event::Configuration(answers.into_iter().next().unwrap_or_default()));
                        }
                        Err(error) => complain::<()>("ask for settings", Err(error)),
                    }
                });
            }
            Outgoing::BeginProgress(title) => {
                let (end, ended) = oneshot::channel();
                progress = Some(end);
                token += 1;
                tokio::spawn(show_progress(client, token, title, ended));
            }
            // Whoever waits for it also takes its being dropped for the end.
            Outgoing::EndProgress => drop(progress.take()),
        }
    }
}

async fn show_progress(client: Client, number: i32, title: String, ended: oneshot::Receiver<()>) {
    let token = lsp::ProgressToken::String(format!("flakewise/{number}"));
    if let Err(error) = client.create_work_done_progress(token.clone()).await {
        complain::<()>("show progress", Err(error));
        return;
    }
    let progress = client.progress(token, title).begin().await;
    let _ = ended.await;
    progress.finish().await;
}

/// What a client refuses is its own affair.
fn complain<T>(what: &str, result: tower_lsp_server::jsonrpc::Result<T>) {
    if let Err(error) = result {
        tracing::debug!("the client does not let us {what}: {error}");
    }
}
