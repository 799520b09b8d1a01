//! `textDocument/inlayHint`

use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;

use crate::base::{FileRange, TextRange};
use crate::ide::inlay_hint::{HintKind, InlayHint, InlayHintConfig, inlay_hints};
use crate::lsp::client::ClientFeatures;
use crate::lsp::convert;
use crate::lsp::markup::markup;
use crate::lsp::world::World;

/// What the server announces to clients that show hints.
pub fn capability(features: &ClientFeatures) -> Option<lsp::OneOf<bool, lsp::InlayHintServerCapabilities>> {
    features.inlay_hints.then_some(lsp::OneOf::Left(true))
}

/// The hints of a stretch of a document.
pub fn handle(world: &World, params: lsp::InlayHintParams) -> Result<Option<Vec<lsp::InlayHint>>> {
    let Some((_, file)) = world.file_of(&params.text_document.uri) else { return Ok(None) };
    let Ok(data) = world.analysis.snapshot().file(file) else { return Ok(None) };
    let offset = |position| convert::offset(data.line_index(), data.text(), position, world.features.encoding);
    let (start, end) = (offset(params.range.start), offset(params.range.end));
    let settings = world.settings_of(file).map(|settings| settings.hints).unwrap_or_default();
    let config = InlayHintConfig {
        values: settings.values.unwrap_or(true),
        arguments: settings.arguments.unwrap_or(true),
        ends: settings.ends.unwrap_or(true),
    };
    let at = FileRange { file, range: TextRange::new(start.min(end), end.max(start)) };
    let hints = inlay_hints(&world.analysis, at, config).into_iter();
    Ok(Some(hints.filter_map(|hint| shown(world, file, hint)).collect()))
}

fn shown(world: &World, file: crate::base::FileId, hint: InlayHint) -> Option<lsp::InlayHint> {
    let position = world.range(FileRange { file, range: TextRange::empty(hint.offset) })?.start;
    let (kind, left, right) = match hint.kind {
        HintKind::Value => (None, true, false),
        HintKind::Argument => (Some(lsp::InlayHintKind::PARAMETER), false, true),
        HintKind::End => (None, true, false),
    };
    let label = match hint.target.and_then(|target| world.location(target)) {
        None => lsp::InlayHintLabel::String(hint.label),
        Some(location) => lsp::InlayHintLabel::LabelParts(vec![lsp::InlayHintLabelPart {
            value: hint.label,
            location: Some(location),
            ..lsp::InlayHintLabelPart::default()
        }]),
    };
    // The protocol has no word for what clients show here; they show what they do on hovering.
    let markup = |value| markup(world.features.markdown, value);
    Some(lsp::InlayHint {
        position,
        label,
        kind,
        text_edits: None,
        tooltip: hint.tooltip.map(markup).map(lsp::InlayHintTooltip::MarkupContent),
        padding_left: Some(left),
        padding_right: Some(right),
        data: None,
    })
}
