//! `textDocument/codeAction`: the fixes of what is wrong here.

use std::collections::{BTreeMap, HashMap};

use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;

use crate::base::{TextEdit, map_range};
use crate::hir::Name;
use crate::lsp::client::ClientFeatures;
use crate::lsp::findings::{Finding, Fix};
use crate::lsp::requests::execute_command;
use crate::lsp::world::World;
use crate::rules::NewFile;

/// What the server announces to clients that take more than commands.
pub fn capability(features: &ClientFeatures) -> Option<lsp::CodeActionProviderCapability> {
    features.code_action_literals.then(|| {
        lsp::CodeActionProviderCapability::Options(lsp::CodeActionOptions {
            code_action_kinds: Some(vec![lsp::CodeActionKind::QUICKFIX]),
            ..lsp::CodeActionOptions::default()
        })
    })
}

/// The fixes of the findings that touch a range.
pub fn handle(world: &World, params: lsp::CodeActionParams) -> Result<Option<lsp::CodeActionResponse>> {
    let wanted = params.context.only.as_ref();
    let quickfix = lsp::CodeActionKind::QUICKFIX;
    // A kind stands for all below it; the empty kind is all.
    if wanted.is_some_and(|kinds| !kinds.iter().any(|kind| kind.as_str().is_empty() || *kind == quickfix)) {
        return Ok(Some(Vec::new()));
    }
    let Some((path, _)) = world.file_of(&params.text_document.uri) else { return Ok(None) };
    let findings = world.findings.repository.get(&path).into_iter().flatten();
    let mut actions: Vec<lsp::CodeActionOrCommand> = Vec::new();
    for finding in findings {
        let Some(range) = world.analysed_range(&path, finding.range) else { continue };
        if range.end < params.range.start || params.range.end < range.start {
            continue;
        }
        let diagnostics = diagnostics_of(&params.context.diagnostics, finding, range);
        for (at, fix) in finding.fixes.iter().enumerate() {
            let (edit, command) = if fix.tracks.is_empty() {
                let Some(edit) = workspace_edit(world, fix) else { continue };
                (Some(edit), None)
            } else {
                let Some(command) = execute_command::git_add(world, fix) else { continue };
                (None, Some(command))
            };
            actions.push(lsp::CodeActionOrCommand::CodeAction(lsp::CodeAction {
                title: fix.title.clone(),
                kind: Some(lsp::CodeActionKind::QUICKFIX),
                diagnostics: diagnostics.clone(),
                edit,
                command,
                is_preferred: Some(at == 0 && finding.fixes.len() == 1 && !fix.is_unsafe),
                ..lsp::CodeAction::default()
            }));
        }
    }
    Ok(Some(actions))
}

/// The client's own diagnostics that the finding is.
fn diagnostics_of(
    diagnostics: &[lsp::Diagnostic],
    finding: &Finding,
    range: lsp::Range,
) -> Option<Vec<lsp::Diagnostic>> {
    let same = |it: &&lsp::Diagnostic| {
        it.range == range && matches!(&it.code, Some(lsp::NumberOrString::String(code)) if *code == finding.code)
    };
    let same: Vec<lsp::Diagnostic> = diagnostics.iter().filter(same).cloned().collect();
    (!same.is_empty()).then_some(same)
}

/// What a fix changes, in the texts as they are now; `None` where one of the places is not what it was when the fix
/// was made, and where the client cannot make the change.
fn workspace_edit(world: &World, fix: &Fix) -> Option<lsp::WorkspaceEdit> {
    let mut changes: BTreeMap<&Name, Vec<lsp::TextEdit>> = BTreeMap::new();
    for (path, edit) in &fix.edits {
        let range = untouched(world, path, edit)?;
        changes.entry(path).or_default().push(lsp::TextEdit { range, new_text: edit.insert.clone() });
    }
    if world.features.document_changes || !fix.creates.is_empty() {
        let edits = changes.into_iter().map(|(path, edits)| text_edit(world, path, edits));
        let edits = edits.collect::<Option<Vec<_>>>()?;
        let changes = if fix.creates.is_empty() {
            lsp::DocumentChanges::Edits(edits)
        } else {
            // The new files first, so that what names them finds them.
            let mut operations = creations(world, &fix.creates)?;
            operations.extend(edits.into_iter().map(lsp::DocumentChangeOperation::Edit));
            lsp::DocumentChanges::Operations(operations)
        };
        return Some(lsp::WorkspaceEdit { document_changes: Some(changes), ..lsp::WorkspaceEdit::default() });
    }
    let changes = changes.into_iter().map(|(path, edits)| Some((world.uri(path)?, edits)));
    let changes = changes.collect::<Option<HashMap<lsp::Uri, Vec<lsp::TextEdit>>>>()?;
    Some(lsp::WorkspaceEdit { changes: Some(changes), ..lsp::WorkspaceEdit::default() })
}

/// The edits of one document.
fn text_edit(world: &World, path: &Name, edits: Vec<lsp::TextEdit>) -> Option<lsp::TextDocumentEdit> {
    let version = world.documents.get(path).map(|document| document.version);
    let text_document = lsp::OptionalVersionedTextDocumentIdentifier { uri: world.uri(path)?, version };
    Some(lsp::TextDocumentEdit { text_document, edits: edits.into_iter().map(lsp::OneOf::Left).collect() })
}

/// New files, each followed by its text. Never over a file that is there: the client refuses that, and it is not
/// offered where it is known.
fn creations(world: &World, files: &[NewFile]) -> Option<Vec<lsp::DocumentChangeOperation>> {
    if !world.features.create_files {
        return None;
    }
    let mut operations = Vec::new();
    for file in files {
        if world.analysis.snapshot().tree().node(&file.path).is_some() {
            return None;
        }
        operations.push(lsp::DocumentChangeOperation::Op(lsp::ResourceOp::Create(lsp::CreateFile {
            uri: world.uri(&file.path)?,
            options: Some(lsp::CreateFileOptions { overwrite: Some(false), ignore_if_exists: Some(false) }),
            annotation_id: None,
        })));
        if !file.text.is_empty() {
            let edit = lsp::TextEdit { range: lsp::Range::default(), new_text: file.text.clone() };
            operations.push(lsp::DocumentChangeOperation::Edit(text_edit(world, &file.path, vec![edit])?));
        }
    }
    Some(operations)
}

/// Where the text of an edit is now, if nobody typed in it since.
fn untouched(world: &World, path: &Name, edit: &TextEdit) -> Option<lsp::Range> {
    let snapshot = world.analysis.snapshot();
    let (now, then) = (snapshot, &world.analysis.repository().snapshot);
    let text = |snapshot: &crate::db::Snapshot, range| {
        let data = snapshot.file(snapshot.paths().existing(path)?).ok()?;
        data.text().get(std::ops::Range::<usize>::from(range)).map(str::to_string)
    };
    let range = match world.documents.get(path) {
        Some(document) => map_range(edit.range, document.edits.iter().map(|(_, edit)| edit))?,
        None => edit.range,
    };
    if text(now, range)? != text(then, edit.range)? {
        return None;
    }
    world.range_in(now, path, range)
}
