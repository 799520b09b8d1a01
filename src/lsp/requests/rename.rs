//! `textDocument/rename`, and `workspace/willRenameFiles`

use std::collections::{BTreeMap, HashMap};

use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp_server::ls_types as lsp;

use crate::base::{FileId, FileRange, TextEdit};
use crate::ide::rename::{Move, Renaming, move_files, prepare_rename, rename};
use crate::lsp::client::ClientFeatures;
use crate::lsp::convert;
use crate::lsp::world::World;

/// The annotation of changes that are not all that there may be to change.
const NOTES: &str = "flakewise.rename";

/// What the server announces.
pub fn capability(features: &ClientFeatures) -> lsp::OneOf<bool, lsp::RenameOptions> {
    if !features.prepare_rename {
        return lsp::OneOf::Left(true);
    }
    let work_done_progress_options = lsp::WorkDoneProgressOptions::default();
    lsp::OneOf::Right(lsp::RenameOptions { prepare_provider: Some(true), work_done_progress_options })
}

/// The files and folders whose new names are asked about.
pub fn file_operations() -> lsp::WorkspaceFileOperationsServerCapabilities {
    let filter = |glob: &str, matches| lsp::FileOperationFilter {
        scheme: Some("file".to_string()),
        pattern: lsp::FileOperationPattern { glob: glob.to_string(), matches: Some(matches), options: None },
    };
    let filters =
        vec![filter("**/*", lsp::FileOperationPatternKind::File), filter("**", lsp::FileOperationPatternKind::Folder)];
    lsp::WorkspaceFileOperationsServerCapabilities {
        will_rename: Some(lsp::FileOperationRegistrationOptions { filters }),
        ..lsp::WorkspaceFileOperationsServerCapabilities::default()
    }
}

/// Whether the thing under the cursor can be renamed. What cannot be is refused with the reason.
pub fn prepare(world: &World, params: lsp::TextDocumentPositionParams) -> Result<Option<lsp::PrepareRenameResponse>> {
    let Some(position) = world.position(&params) else { return Ok(None) };
    let found = prepare_rename(&world.analysis, position).map_err(refused)?;
    let range = world.range(FileRange { file: position.file, range: found.range });
    Ok(range.map(|range| lsp::PrepareRenameResponse::RangeWithPlaceholder { range, placeholder: found.name }))
}

/// Renames the thing under the cursor everywhere.
pub fn handle(world: &World, params: lsp::RenameParams) -> Result<Option<lsp::WorkspaceEdit>> {
    let Some(position) = world.position(&params.text_document_position) else { return Ok(None) };
    let renaming = rename(&world.analysis, position, &params.new_name).map_err(refused)?;
    Ok(workspace_edit(world, &renaming))
}

/// What has to change so that paths lead where they led.
pub fn will_rename_files(world: &World, params: lsp::RenameFilesParams) -> Result<Option<lsp::WorkspaceEdit>> {
    let name = |uri: &str| uri.parse::<lsp::Uri>().ok().map(|uri| convert::name_of_uri(&uri));
    let moves = params.files.iter().filter_map(|it| Some(Move { from: name(&it.old_uri)?, to: name(&it.new_uri)? }));
    let edits = move_files(&world.analysis, &moves.collect::<Vec<_>>());
    let renaming = Renaming { edits, ..Renaming::default() };
    Ok(if renaming.edits.is_empty() { None } else { workspace_edit(world, &renaming) })
}

fn refused(why: String) -> Error {
    Error { code: ErrorCode::ServerError(lsp::error_codes::REQUEST_FAILED), message: why.into(), data: None }
}

fn workspace_edit(world: &World, renaming: &Renaming) -> Option<lsp::WorkspaceEdit> {
    let mut by_file: BTreeMap<FileId, Vec<lsp::TextEdit>> = BTreeMap::new();
    for (file, TextEdit { range, insert }) in &renaming.edits {
        let range = world.range(FileRange { file: *file, range: *range })?;
        by_file.entry(*file).or_default().push(lsp::TextEdit { range, new_text: insert.clone() });
    }
    if !world.features.document_changes {
        let changes = by_file.into_iter().map(|(file, edits)| Some((world.uri(&world.path(file))?, edits)));
        let changes = changes.collect::<Option<HashMap<lsp::Uri, Vec<lsp::TextEdit>>>>()?;
        return Some(lsp::WorkspaceEdit { changes: Some(changes), ..lsp::WorkspaceEdit::default() });
    }
    let annotated = world.features.change_annotations && !renaming.notes.is_empty();
    let edits = by_file.into_iter().map(|(file, edits)| {
        let path = world.path(file);
        let version = world.documents.get(&path).map(|document| document.version);
        let annotate = |edit: lsp::TextEdit| {
            if annotated {
                let annotation_id = NOTES.to_string();
                lsp::OneOf::Right(lsp::AnnotatedTextEdit { text_edit: edit, annotation_id })
            } else {
                lsp::OneOf::Left(edit)
            }
        };
        Some(lsp::TextDocumentEdit {
            text_document: lsp::OptionalVersionedTextDocumentIdentifier { uri: world.uri(&path)?, version },
            edits: edits.into_iter().map(annotate).collect(),
        })
    });
    let annotation = lsp::ChangeAnnotation {
        label: format!("Rename {}", renaming.of),
        needs_confirmation: Some(true),
        description: Some(renaming.notes.join("; ")),
    };
    Some(lsp::WorkspaceEdit {
        document_changes: Some(lsp::DocumentChanges::Edits(edits.collect::<Option<Vec<_>>>()?)),
        change_annotations: annotated.then(|| HashMap::from([(NOTES.to_string(), annotation)])),
        ..lsp::WorkspaceEdit::default()
    })
}
