//! `textDocument/signatureHelp`

use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;

use crate::base::TextRange;
use crate::ide::signature_help::signature_help;
use crate::lsp::client::ClientFeatures;
use crate::lsp::markup;
use crate::lsp::world::World;

/// What the server announces to clients that show signatures. Nix calls by white space.
pub fn capability(features: &ClientFeatures) -> Option<lsp::SignatureHelpOptions> {
    features.signature_help.then(|| lsp::SignatureHelpOptions {
        trigger_characters: Some(vec![" ".to_string(), "{".to_string()]),
        retrigger_characters: Some(vec![";".to_string(), "}".to_string(), ")".to_string()]),
        work_done_progress_options: lsp::WorkDoneProgressOptions::default(),
    })
}

/// What the function takes that is being called.
pub fn handle(world: &World, params: lsp::SignatureHelpParams) -> Result<Option<lsp::SignatureHelp>> {
    let Some(position) = world.position(&params.text_document_position_params) else { return Ok(None) };
    let Some(help) = signature_help(&world.analysis, position) else { return Ok(None) };
    let parameter = |range: &TextRange| {
        let text = help.label.get(usize::from(range.start())..usize::from(range.end())).unwrap_or_default();
        let label = if world.features.signature_offsets {
            // Whatever the encoding of positions, these count in UTF-16 (LSP, "ParameterInformation").
            let units = |end: usize| help.label.get(..end).unwrap_or_default().encode_utf16().count() as u32;
            lsp::ParameterLabel::LabelOffsets([units(range.start().into()), units(range.end().into())])
        } else {
            lsp::ParameterLabel::Simple(text.to_string())
        };
        lsp::ParameterInformation { label, documentation: None }
    };
    let parameters = help.parameters.iter().map(parameter).collect();
    let in_words = |it: &String| markup::documentation(world.features.signature_markdown, it.clone());
    let documentation = help.documentation.as_ref().map(in_words);
    // None of them: an index that there is not.
    let active = help.active.unwrap_or(help.parameters.len()) as u32;
    let signature = lsp::SignatureInformation {
        label: help.label.clone(),
        documentation,
        parameters: Some(parameters),
        active_parameter: Some(active),
    };
    Ok(Some(lsp::SignatureHelp {
        signatures: vec![signature],
        active_signature: Some(0),
        active_parameter: Some(active),
    }))
}
