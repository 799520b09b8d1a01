//! `textDocument/documentHighlight`

use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;

use crate::base::FileRange;
use crate::ide::document_highlight::document_highlight;
use crate::lsp::world::World;
use crate::semantics::Access;

/// What the server announces.
pub fn capability() -> lsp::OneOf<bool, lsp::DocumentHighlightOptions> {
    lsp::OneOf::Left(true)
}

/// Where the thing under the cursor stands in the same document.
pub fn handle(world: &World, params: lsp::DocumentHighlightParams) -> Result<Option<Vec<lsp::DocumentHighlight>>> {
    let Some(position) = world.position(&params.text_document_position_params) else { return Ok(None) };
    let found = document_highlight(&world.analysis, position).into_iter().filter_map(|it| {
        let kind = match it.access {
            Access::Declaration | Access::Write => lsp::DocumentHighlightKind::WRITE,
            Access::Read => lsp::DocumentHighlightKind::READ,
        };
        let range = world.range(FileRange { file: position.file, range: it.range })?;
        Some(lsp::DocumentHighlight { range, kind: Some(kind) })
    });
    Ok(Some(found.collect()))
}
