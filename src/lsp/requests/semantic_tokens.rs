//! `textDocument/semanticTokens/full`, `/full/delta` and `/range`

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;

use crate::base::{FileId, FileRange, TextRange, map_range};
use crate::hir::Name;
use crate::ide::semantic_tokens::{self, Modifiers, TokenKind};
use crate::lsp::client::ClientFeatures;
use crate::lsp::convert;
use crate::lsp::world::World;

/// Documents whose last tokens are kept for the difference to the next ones.
const MAX_KEPT: usize = 64;

/// The tokens that were sent last, by document, each with its id.
#[derive(Default)]
pub struct LastTokens(BTreeMap<Name, (String, Vec<lsp::SemanticToken>)>);

/// What the protocol has for the kinds of tokens: only names that every editor has colours for.
const KINDS: &[lsp::SemanticTokenType] = &[
    lsp::SemanticTokenType::PROPERTY,
    lsp::SemanticTokenType::NAMESPACE,
    lsp::SemanticTokenType::CLASS,
    lsp::SemanticTokenType::FUNCTION,
    lsp::SemanticTokenType::PARAMETER,
    lsp::SemanticTokenType::VARIABLE,
    lsp::SemanticTokenType::STRING,
    lsp::SemanticTokenType::OPERATOR,
    lsp::SemanticTokenType::INTERFACE,
];

/// What more is said of them. The protocol knows the first three; the others tell apart
/// what shares a kind: options from attributes, paths from strings.
const MODIFIERS: &[lsp::SemanticTokenModifier] = &[
    lsp::SemanticTokenModifier::DECLARATION,
    lsp::SemanticTokenModifier::DEFINITION,
    lsp::SemanticTokenModifier::DEFAULT_LIBRARY,
    lsp::SemanticTokenModifier::new("option"),
    lsp::SemanticTokenModifier::new("declared"),
    lsp::SemanticTokenModifier::new("undeclared"),
    lsp::SemanticTokenModifier::new("path"),
];

/// What the server announces to clients that colour by it.
pub fn capability(features: &ClientFeatures) -> Option<lsp::SemanticTokensServerCapabilities> {
    features.semantic_tokens.then(|| {
        lsp::SemanticTokensServerCapabilities::SemanticTokensOptions(lsp::SemanticTokensOptions {
            work_done_progress_options: lsp::WorkDoneProgressOptions::default(),
            legend: lsp::SemanticTokensLegend { token_types: KINDS.to_vec(), token_modifiers: MODIFIERS.to_vec() },
            range: Some(true),
            full: Some(lsp::SemanticTokensFullOptions::Delta { delta: Some(true) }),
        })
    })
}

/// The tokens of a document.
pub fn full(world: &World, params: lsp::SemanticTokensParams) -> Result<Option<lsp::SemanticTokensResult>> {
    let Some((path, file)) = world.file_of(&params.text_document.uri) else { return Ok(None) };
    let data = encoded(world, file, None);
    let result_id = Some(keep(world, path, &data).0);
    Ok(Some(lsp::SemanticTokensResult::Tokens(lsp::SemanticTokens { result_id, data })))
}

/// What is different from the tokens that the client has.
pub fn delta(
    world: &World,
    params: lsp::SemanticTokensDeltaParams,
) -> Result<Option<lsp::SemanticTokensFullDeltaResult>> {
    let Some((path, file)) = world.file_of(&params.text_document.uri) else { return Ok(None) };
    let data = encoded(world, file, None);
    let (id, last) = keep(world, path, &data);
    let result_id = Some(id);
    Ok(Some(match last.filter(|(id, _)| *id == params.previous_result_id) {
        Some((_, last)) => {
            let edits = difference(&last, &data).into_iter().collect();
            lsp::SemanticTokensFullDeltaResult::TokensDelta(lsp::SemanticTokensDelta { result_id, edits })
        }
        None => lsp::SemanticTokensFullDeltaResult::Tokens(lsp::SemanticTokens { result_id, data }),
    }))
}

/// The tokens of a part of a document.
pub fn range(world: &World, params: lsp::SemanticTokensRangeParams) -> Result<Option<lsp::SemanticTokensRangeResult>> {
    let Some((_, file)) = world.file_of(&params.text_document.uri) else { return Ok(None) };
    let Ok(data) = world.analysis.snapshot().file(file) else { return Ok(None) };
    let offset = |position| convert::offset(data.line_index(), data.text(), position, world.features.encoding);
    let (start, end) = (offset(params.range.start), offset(params.range.end));
    let data = encoded(world, file, Some(TextRange::new(start.min(end), start.max(end))));
    Ok(Some(lsp::SemanticTokensRangeResult::Tokens(lsp::SemanticTokens { result_id: None, data })))
}

/// Keeps what is sent. Gives its id, and what was sent before it.
fn keep(world: &World, path: Name, data: &[lsp::SemanticToken]) -> (String, Option<(String, Vec<lsp::SemanticToken>)>) {
    let mut hasher = DefaultHasher::new();
    for it in data {
        [it.delta_line, it.delta_start, it.length, it.token_type, it.token_modifiers_bitset].hash(&mut hasher);
    }
    let id = format!("{:016x}", hasher.finish());
    let mut last = world.last_tokens.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if last.0.len() >= MAX_KEPT && !last.0.contains_key(&path) {
        last.0.retain(|path, _| world.documents.contains_key(path));
        if last.0.len() >= MAX_KEPT {
            last.0.clear();
        }
    }
    let before = last.0.insert(path, (id.clone(), data.to_vec()));
    (id, before)
}

/// The smallest edit at one place that leads from one list to another, in numbers of which each token has five.
fn difference(old: &[lsp::SemanticToken], new: &[lsp::SemanticToken]) -> Option<lsp::SemanticTokensEdit> {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let longest = old.len().min(new.len()) - start;
    let tail = old.iter().rev().zip(new.iter().rev()).take(longest).take_while(|(a, b)| a == b).count();
    let (removed, inserted) = (old.len() - start - tail, new.get(start..new.len() - tail).unwrap_or_default());
    (removed > 0 || !inserted.is_empty()).then(|| lsp::SemanticTokensEdit {
        start: 5 * start as u32,
        delete_count: 5 * removed as u32,
        data: Some(inserted.to_vec()),
    })
}

/// Where the rules have found names of options that no module declares, in the text of now.
fn undeclared(world: &World, file: FileId) -> Vec<TextRange> {
    let path = world.path(file);
    let findings = world.findings.repository.get(&path).into_iter().flatten();
    let found = findings.filter(|finding| finding.code == "undeclared-option").map(|finding| finding.range);
    match world.documents.get(&path) {
        Some(document) => {
            found.filter_map(|range| map_range(range, document.edits.iter().map(|(_, edit)| edit))).collect()
        }
        None => found.collect(),
    }
}

/// The tokens as the protocol has them: each by its distance from the one before.
fn encoded(world: &World, file: FileId, within: Option<TextRange>) -> Vec<lsp::SemanticToken> {
    let mut last = lsp::Position::default();
    let undeclared = undeclared(world, file);
    let tokens = semantic_tokens::semantic_tokens(&world.analysis, file, within, &undeclared).into_iter();
    let encoded = tokens.filter_map(|token| {
        let range = world.range(FileRange { file, range: token.range })?;
        // A token stands within a line.
        if range.start.line != range.end.line || range.end.character <= range.start.character {
            return None;
        }
        let (kind, more) = kind(token.kind);
        let delta_line = range.start.line - last.line;
        let delta_start = if delta_line == 0 { range.start.character - last.character } else { range.start.character };
        last = range.start;
        Some(lsp::SemanticToken {
            delta_line,
            delta_start,
            length: range.end.character - range.start.character,
            token_type: KINDS.iter().position(|it| *it == kind)? as u32,
            token_modifiers_bitset: more | modifiers(token.modifiers),
        })
    });
    encoded.collect()
}

fn bit(wanted: &lsp::SemanticTokenModifier) -> u32 {
    MODIFIERS.iter().position(|it| it == wanted).map_or(0, |at| 1 << at)
}

fn kind(kind: TokenKind) -> (lsp::SemanticTokenType, u32) {
    use lsp::{SemanticTokenModifier as Modifier, SemanticTokenType as Type};
    match kind {
        TokenKind::Option => (Type::PROPERTY, bit(&Modifier::new("option"))),
        TokenKind::Attribute => (Type::PROPERTY, 0),
        TokenKind::Namespace => (Type::NAMESPACE, 0),
        TokenKind::Input => (Type::INTERFACE, 0),
        TokenKind::Host => (Type::CLASS, 0),
        TokenKind::Library => (Type::FUNCTION, bit(&Modifier::DEFAULT_LIBRARY)),
        TokenKind::Function => (Type::FUNCTION, 0),
        TokenKind::Argument => (Type::PARAMETER, 0),
        TokenKind::Local => (Type::VARIABLE, 0),
        TokenKind::Path => (Type::STRING, bit(&Modifier::new("path"))),
        TokenKind::Interpolation => (Type::OPERATOR, 0),
    }
}

fn modifiers(modifiers: Modifiers) -> u32 {
    use lsp::SemanticTokenModifier as Modifier;
    let Modifiers { declaration, definition, declared, undeclared } = modifiers;
    let all = [
        (declaration, Modifier::DECLARATION),
        (definition, Modifier::DEFINITION),
        (declared, Modifier::new("declared")),
        (undeclared, Modifier::new("undeclared")),
    ];
    all.iter().filter(|(is, _)| *is).map(|(_, modifier)| bit(modifier)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn token(length: u32) -> lsp::SemanticToken {
        lsp::SemanticToken { length, ..lsp::SemanticToken::default() }
    }

    proptest! {
        #[test]
        fn differences_lead_there(old in prop::collection::vec(0u32..3, 0..8), new in prop::collection::vec(0u32..3, 0..8)) {
            let (old, new): (Vec<_>, Vec<_>) = (old.into_iter().map(token).collect(), new.into_iter().map(token).collect());
            let mut made = old.clone();
            if let Some(edit) = difference(&old, &new) {
                let start = edit.start as usize / 5;
                made.splice(start..start + edit.delete_count as usize / 5, edit.data.unwrap());
            }
            prop_assert_eq!(made, new);
        }
    }
}
