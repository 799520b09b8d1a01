//! `textDocument/definition`

use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;
use tower_lsp_server::ls_types::request::{GotoDeclarationParams, GotoDeclarationResponse};

use crate::base::FileRange;
use crate::ide::goto_definition::goto_definition;
use crate::lsp::world::World;

/// What the server announces.
pub fn capability() -> lsp::OneOf<bool, lsp::DefinitionOptions> {
    lsp::OneOf::Left(true)
}

/// Where the thing under the cursor is defined.
pub fn handle(world: &World, params: lsp::GotoDefinitionParams) -> Result<Option<lsp::GotoDefinitionResponse>> {
    places(world, params, world.features.definition_links)
}

/// Where it is declared. Options are declared where they are defined; for everything else the two are the same.
pub fn declaration(world: &World, params: GotoDeclarationParams) -> Result<Option<GotoDeclarationResponse>> {
    places(world, params, world.features.declaration_links)
}

fn places(
    world: &World,
    params: lsp::GotoDefinitionParams,
    with_links: bool,
) -> Result<Option<lsp::GotoDefinitionResponse>> {
    let Some(position) = world.position(&params.text_document_position_params) else { return Ok(None) };
    let Some(found) = goto_definition(&world.analysis, position) else { return Ok(None) };
    if !with_links {
        let locations = found.targets.iter().filter_map(|target| world.location(target.focus_range()));
        return Ok(Some(lsp::GotoDefinitionResponse::Array(locations.collect())));
    }
    let source = world.range(FileRange { file: position.file, range: found.source });
    let links = found.targets.iter().filter_map(|target| {
        Some(lsp::LocationLink {
            origin_selection_range: source,
            target_uri: world.uri(&world.path(target.file))?,
            target_range: world.range(FileRange { file: target.file, range: target.full.cover(target.focus) })?,
            target_selection_range: world.range(target.focus_range())?,
        })
    });
    Ok(Some(lsp::GotoDefinitionResponse::Link(links.collect())))
}
