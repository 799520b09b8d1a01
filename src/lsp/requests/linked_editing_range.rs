//! `textDocument/linkedEditingRange`

use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;

use crate::base::FileRange;
use crate::ide::linked_editing::linked_editing_ranges;
use crate::lsp::client::ClientFeatures;
use crate::lsp::world::World;

/// What the server announces to clients that type in several places at once.
pub fn capability(features: &ClientFeatures) -> Option<lsp::LinkedEditingRangeServerCapabilities> {
    features.linked_editing.then_some(lsp::LinkedEditingRangeServerCapabilities::Simple(true))
}

/// The places that change with the name at a place.
pub fn handle(world: &World, params: lsp::LinkedEditingRangeParams) -> Result<Option<lsp::LinkedEditingRanges>> {
    let Some(position) = world.position(&params.text_document_position_params) else { return Ok(None) };
    let Some(found) = linked_editing_ranges(&world.analysis, position) else { return Ok(None) };
    let ranges = found.into_iter().filter_map(|range| world.range(FileRange { file: position.file, range }));
    Ok(Some(lsp::LinkedEditingRanges { ranges: ranges.collect(), word_pattern: None }))
}
