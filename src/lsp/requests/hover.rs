//! `textDocument/hover`

use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;

use crate::base::FileRange;
use crate::ide::hover::hover;
use crate::lsp::markup::markup;
use crate::lsp::world::World;

/// What the server announces.
pub fn capability() -> lsp::HoverProviderCapability {
    lsp::HoverProviderCapability::Simple(true)
}

/// What is known of the thing under the cursor.
pub fn handle(world: &World, params: lsp::HoverParams) -> Result<Option<lsp::Hover>> {
    let Some(position) = world.position(&params.text_document_position_params) else { return Ok(None) };
    let Some(found) = hover(&world.analysis, position) else { return Ok(None) };
    let contents = lsp::HoverContents::Markup(markup(world.features.markdown, found.markdown));
    Ok(Some(lsp::Hover { contents, range: world.range(FileRange { file: position.file, range: found.range }) }))
}
