//! `textDocument/selectionRange`

use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;

use crate::base::{FileRange, TextRange};
use crate::ide::FilePosition;
use crate::ide::selection_range::selection_ranges;
use crate::lsp::client::ClientFeatures;
use crate::lsp::convert;
use crate::lsp::world::World;

/// Each range is nested in the next one, and readers of JSON have a limit: 128 levels in clients that are written in Rust
/// (serde_json), which take a deeper answer for the end of the conversation.
const MAX_RANGES: usize = 100;

/// What the server announces to clients that widen selections by it.
pub fn capability(features: &ClientFeatures) -> Option<lsp::SelectionRangeProviderCapability> {
    features.selection_ranges.then_some(lsp::SelectionRangeProviderCapability::Simple(true))
}

/// What there is around each of the places, from the inside out.
pub fn handle(world: &World, params: lsp::SelectionRangeParams) -> Result<Option<Vec<lsp::SelectionRange>>> {
    let Some((_, file)) = world.file_of(&params.text_document.uri) else { return Ok(None) };
    let Ok(data) = world.analysis.snapshot().file(file) else { return Ok(None) };
    let ranges = params.positions.into_iter().map(|position| {
        let offset = convert::offset(data.line_index(), data.text(), position, world.features.encoding);
        let mut found = selection_ranges(&world.analysis, FilePosition { file, offset });
        // The whole file stays the last.
        if found.len() > MAX_RANGES {
            found.drain(MAX_RANGES - 1..found.len() - 1);
        }
        let nested = found.into_iter().rev().fold(None, |parent: Option<Box<lsp::SelectionRange>>, range| {
            let range = world.range(FileRange { file, range })?;
            Some(Box::new(lsp::SelectionRange { range, parent }))
        });
        let here = || lsp::SelectionRange {
            range: world.range(FileRange { file, range: TextRange::empty(offset) }).unwrap_or_default(),
            parent: None,
        };
        // The client counts the answers: one for each place.
        nested.map_or_else(here, |nested| *nested)
    });
    Ok(Some(ranges.collect()))
}
