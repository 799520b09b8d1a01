//! `textDocument/rename`, and `workspace/willRenameFiles`

use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp_server::ls_types as lsp;

use crate::base::{FileRange, TextEdit};
use crate::ide::rename::{Move, Renaming, move_files, notes_on_moves, prepare_rename, rename};
use crate::lsp::client::ClientFeatures;
use crate::lsp::convert;
use crate::lsp::edits::{self, Changes, Preview};
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

/// What becomes of a renaming.
#[derive(Default)]
pub struct Renamed {
    pub edit: Option<lsp::WorkspaceEdit>,
    /// What the client has to be told because the edit cannot carry it.
    pub notice: Option<String>,
}

/// Renames the thing under the cursor everywhere.
pub fn handle(world: &World, params: lsp::RenameParams) -> Result<Renamed> {
    let Some(position) = world.position(&params.text_document_position) else { return Ok(Renamed::default()) };
    let renaming = rename(&world.analysis, position, &params.new_name).map_err(refused)?;
    let notice = (!edits::shows_previews(world) && !renaming.notes.is_empty())
        .then(|| format!("Renaming {}: {}", renaming.of, renaming.notes.join("; ")));
    Ok(Renamed { edit: workspace_edit(world, &renaming), notice })
}

/// What has to change so that paths lead where they led.
pub fn will_rename_files(world: &World, params: lsp::RenameFilesParams) -> Result<Option<lsp::WorkspaceEdit>> {
    let name = |uri: &str| uri.parse::<lsp::Uri>().ok().map(|uri| convert::name_of_uri(&uri));
    let moves = params.files.iter().filter_map(|it| Some(Move { from: name(&it.old_uri)?, to: name(&it.new_uri)? }));
    let moves: Vec<Move> = moves.collect();
    let edits = move_files(&world.analysis, &moves);
    let notes = notes_on_moves(&world.analysis, &moves);
    let renaming = Renaming { of: "paths".to_string(), edits, notes };
    Ok(if renaming.edits.is_empty() { None } else { workspace_edit(world, &renaming) })
}

fn refused(why: String) -> Error {
    Error { code: ErrorCode::ServerError(lsp::error_codes::REQUEST_FAILED), message: why.into(), data: None }
}

fn workspace_edit(world: &World, renaming: &Renaming) -> Option<lsp::WorkspaceEdit> {
    let mut changes = Changes::default();
    for (file, TextEdit { range, insert }) in &renaming.edits {
        let range = world.range(FileRange { file: *file, range: *range })?;
        let edit = lsp::TextEdit { range, new_text: insert.clone() };
        changes.edits.entry(world.path(*file)).or_default().push(edit);
    }
    changes.preview = (!renaming.notes.is_empty()).then(|| Preview {
        id: NOTES,
        label: format!("Rename {}", renaming.of),
        description: Some(renaming.notes.join("; ")),
    });
    edits::workspace_edit(world, changes)
}
