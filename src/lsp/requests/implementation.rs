//! `textDocument/implementation`: what gives an option its value.

use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;
use tower_lsp_server::ls_types::request::{GotoImplementationParams, GotoImplementationResponse};

use crate::ide::references::definitions_of_option;
use crate::lsp::world::World;

/// What the server announces.
pub fn capability() -> lsp::ImplementationProviderCapability {
    lsp::ImplementationProviderCapability::Simple(true)
}

/// The definitions of the option under the cursor, on all hosts.
pub fn handle(world: &World, params: GotoImplementationParams) -> Result<Option<GotoImplementationResponse>> {
    let Some(position) = world.position(&params.text_document_position_params) else { return Ok(None) };
    let found = definitions_of_option(&world.analysis, position);
    let locations: Vec<lsp::Location> = found.into_iter().filter_map(|it| world.location(it)).collect();
    Ok((!locations.is_empty()).then_some(GotoImplementationResponse::Array(locations)))
}
