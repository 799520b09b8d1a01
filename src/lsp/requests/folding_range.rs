//! `textDocument/foldingRange`

use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;

use crate::base::FileRange;
use crate::ide::folding_range::{Fold, FoldKind, folding_ranges};
use crate::lsp::client::ClientFeatures;
use crate::lsp::world::World;

/// What the server announces to clients that fold by it.
pub fn capability(features: &ClientFeatures) -> Option<lsp::FoldingRangeProviderCapability> {
    features.folding.then_some(lsp::FoldingRangeProviderCapability::Simple(true))
}

/// What of a document can be folded away.
pub fn handle(world: &World, params: lsp::FoldingRangeParams) -> Result<Option<Vec<lsp::FoldingRange>>> {
    let Some((_, file)) = world.file_of(&params.text_document.uri) else { return Ok(None) };
    let Ok(data) = world.analysis.snapshot().file(file) else { return Ok(None) };
    let mut ranges: Vec<lsp::FoldingRange> = Vec::new();
    for fold in folding_ranges(&world.analysis, file) {
        let Some(range) = world.range(FileRange { file, range: fold.range }) else { continue };
        let mut folding = lsp::FoldingRange {
            start_line: range.start.line,
            start_character: Some(range.start.character),
            end_line: range.end.line,
            end_character: Some(range.end.character),
            kind: kind(fold.kind),
            collapsed_text: None,
        };
        if world.features.line_folding_only {
            folding.start_character = None;
            folding.end_character = None;
            // The last line vanishes as a whole; what follows on it is to stay.
            folding.end_line -= u32::from(goes_on(data.text(), &fold));
            let same_line = ranges.last().is_some_and(|last| last.start_line == folding.start_line);
            if folding.end_line <= folding.start_line || same_line {
                continue;
            }
        }
        ranges.push(folding);
    }
    ranges.truncate(world.features.folding_limit.map_or(usize::MAX, |limit| limit as usize));
    Ok(Some(ranges))
}

/// Whether something stands behind the end of a fold, on its line.
fn goes_on(text: &str, fold: &Fold) -> bool {
    let rest = text.get(usize::from(fold.range.end())..).unwrap_or_default();
    !rest.lines().next().unwrap_or_default().trim().is_empty()
}

fn kind(kind: FoldKind) -> Option<lsp::FoldingRangeKind> {
    match kind {
        FoldKind::Code => None,
        FoldKind::Comment => Some(lsp::FoldingRangeKind::Comment),
        FoldKind::Imports => Some(lsp::FoldingRangeKind::Imports),
    }
}
