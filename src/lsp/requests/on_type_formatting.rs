//! `textDocument/onTypeFormatting`: the indentation of a new line, and of one that a bracket closes.

use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;

use crate::base::FileRange;
use crate::ide::on_type::indent_line;
use crate::lsp::client::ClientFeatures;
use crate::lsp::world::World;

/// What the server announces to clients that indent while somebody types.
pub fn capability(features: &ClientFeatures) -> Option<lsp::DocumentOnTypeFormattingOptions> {
    features.on_type_formatting.then(|| lsp::DocumentOnTypeFormattingOptions {
        first_trigger_character: "\n".to_string(),
        more_trigger_character: Some(["}", "]", ")"].map(str::to_string).to_vec()),
    })
}

/// The white space that the line begins with.
pub fn handle(world: &World, params: lsp::DocumentOnTypeFormattingParams) -> Result<Option<Vec<lsp::TextEdit>>> {
    let Some(position) = world.position(&params.text_document_position) else { return Ok(None) };
    let unit = if params.options.insert_spaces {
        " ".repeat(usize::try_from(params.options.tab_size.clamp(1, 16)).unwrap_or(2))
    } else {
        "\t".to_string()
    };
    let Some(edit) = indent_line(&world.analysis, position, &unit) else { return Ok(None) };
    let range = world.range(FileRange { file: position.file, range: edit.range });
    Ok(range.map(|range| vec![lsp::TextEdit { range, new_text: edit.insert }]))
}
