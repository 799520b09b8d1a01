//! `textDocument/references`

use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;

use crate::ide::references::references;
use crate::lsp::world::World;

/// What the server announces.
pub fn capability() -> lsp::OneOf<bool, lsp::ReferenceOptions> {
    lsp::OneOf::Left(true)
}

/// Where the thing under the cursor is used, over the whole repository.
pub fn handle(world: &World, params: lsp::ReferenceParams) -> Result<Option<Vec<lsp::Location>>> {
    let Some(position) = world.position(&params.text_document_position) else { return Ok(None) };
    let found = references(&world.analysis, position, params.context.include_declaration);
    Ok(Some(found.into_iter().filter_map(|it| world.location(it.range)).collect()))
}
