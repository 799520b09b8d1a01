//! `textDocument/formatting` and `textDocument/rangeFormatting`: by the formatter that is set, and by none where none is.

use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp_server::ls_types as lsp;

use crate::base::{FileRange, TextEdit, TextRange, line_edits};
use crate::lsp::client::ClientFeatures;
use crate::lsp::world::World;
use crate::workspace::{disk_path, format};

/// What the server announces to clients that format.
pub fn capability(features: &ClientFeatures) -> Option<lsp::OneOf<bool, lsp::DocumentFormattingOptions>> {
    features.formatting.then_some(lsp::OneOf::Left(true))
}

/// What the server announces to clients that format a part of a document.
pub fn range_capability(features: &ClientFeatures) -> Option<lsp::OneOf<bool, lsp::DocumentRangeFormattingOptions>> {
    features.range_formatting.then_some(lsp::OneOf::Left(true))
}

/// The lines that the formatter writes otherwise.
pub fn handle(world: &World, params: lsp::DocumentFormattingParams) -> Result<Option<Vec<lsp::TextEdit>>> {
    edits(world, &params.text_document.uri, |_| true)
}

/// Those of them that touch a range. A formatter knows files only, so what it would change elsewhere is left out.
pub fn handle_range(world: &World, params: lsp::DocumentRangeFormattingParams) -> Result<Option<Vec<lsp::TextEdit>>> {
    let place = |position| {
        let text_document = params.text_document.clone();
        world.position(&lsp::TextDocumentPositionParams { text_document, position })
    };
    let (Some(start), Some(end)) = (place(params.range.start), place(params.range.end)) else { return Ok(None) };
    let range = TextRange::new(start.offset.min(end.offset), start.offset.max(end.offset));
    edits(world, &params.text_document.uri, |edit| edit.range.intersect(range).is_some())
}

fn edits(world: &World, uri: &lsp::Uri, wanted: impl Fn(&TextEdit) -> bool) -> Result<Option<Vec<lsp::TextEdit>>> {
    let Some((path, file)) = world.file_of(uri) else { return Ok(None) };
    let Some(formatter) = world.settings_of(file).and_then(|settings| settings.formatter) else { return Ok(None) };
    let Ok(data) = world.analysis.snapshot().file(file) else { return Ok(None) };
    let Some((folder, _)) = path.rsplit_once('/').filter(|_| path.starts_with('/')) else { return Ok(None) };
    let folder = if folder.is_empty() { "/" } else { folder };
    let formatted = format(formatter, data.text(), &disk_path(folder)).map_err(|why| Error {
        code: ErrorCode::ServerError(lsp::error_codes::REQUEST_FAILED),
        message: why.into(),
        data: None,
    })?;
    let edits = line_edits(data.text(), &formatted).into_iter().filter(wanted);
    let edits = edits.filter_map(|edit| {
        Some(lsp::TextEdit { range: world.range(FileRange { file, range: edit.range })?, new_text: edit.insert })
    });
    Ok(Some(edits.collect()))
}
