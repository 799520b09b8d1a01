//! `textDocument/documentLink`

use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;

use crate::base::FileRange;
use crate::ide::document_link::{LinkTarget, document_links};
use crate::lsp::client::ClientFeatures;
use crate::lsp::world::World;

/// What the server announces to clients that show links. They come with their targets.
pub fn capability(features: &ClientFeatures) -> Option<lsp::DocumentLinkOptions> {
    features.document_links.then(|| lsp::DocumentLinkOptions {
        resolve_provider: Some(false),
        work_done_progress_options: lsp::WorkDoneProgressOptions::default(),
    })
}

/// The paths and addresses of a document.
pub fn handle(world: &World, params: lsp::DocumentLinkParams) -> Result<Option<Vec<lsp::DocumentLink>>> {
    let Some((_, file)) = world.file_of(&params.text_document.uri) else { return Ok(None) };
    let links = document_links(&world.analysis, file).into_iter().filter_map(|link| {
        let target = match link.target {
            LinkTarget::File(target) => world.uri(&world.path(target))?,
            // What is no URI after all is no link.
            LinkTarget::Url(url) => url.parse().ok()?,
        };
        let range = world.range(FileRange { file, range: link.range })?;
        Some(lsp::DocumentLink { range, target: Some(target), tooltip: None, data: None })
    });
    Ok(Some(links.collect()))
}
