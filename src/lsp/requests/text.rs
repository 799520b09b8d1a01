//! `flakewise/text`: the text that the server has of a document, to compare
//! with the client's when something looks out of step.

use serde::Serialize;
use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;

use crate::lsp::world::World;

/// A document as the server sees it.
#[derive(Serialize)]
pub struct Text {
    text: String,
    version: Option<i32>,
}

/// The text of a document; nothing for one that cannot be read.
pub fn handle(world: &World, params: lsp::TextDocumentIdentifier) -> Result<Option<Text>> {
    let Some((path, file)) = world.file_of(&params.uri) else { return Ok(None) };
    let Ok(data) = world.analysis.snapshot().file(file) else { return Ok(None) };
    let version = world.documents.get(&path).map(|document| document.version);
    Ok(Some(Text { text: data.text().to_string(), version }))
}
