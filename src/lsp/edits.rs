//! What requests change, as edits that the client can make.

use std::collections::{BTreeMap, HashMap};

use tower_lsp_server::ls_types as lsp;

use super::world::World;
use crate::hir::Name;
use crate::rules::NewFile;

/// Changes of texts and new files.
#[derive(Default)]
pub struct Changes {
    /// By path, in places of the texts of now.
    pub edits: BTreeMap<Name, Vec<lsp::TextEdit>>,
    pub creates: Vec<NewFile>,
    /// What the user is shown before anything is changed, where the client can do that.
    pub preview: Option<Preview>,
}

/// What is said of changes before they are made.
pub struct Preview {
    /// Its name among the annotations of the edit.
    pub id: &'static str,
    pub label: String,
    pub description: Option<String>,
}

/// Whether a client shows a [`Preview`].
pub fn shows_previews(world: &World) -> bool {
    world.features.document_changes && world.features.change_annotations
}

/// Whether the client can bring these files into being, as far as it is known what is there.
pub fn can_create(world: &World, files: &[NewFile]) -> bool {
    let tree = world.analysis.snapshot().tree();
    // A file beside a document that has no place on disk has none either.
    let free = |file: &NewFile| file.path.starts_with('/') && tree.node(&file.path).is_none();
    files.is_empty() || world.features.create_files && files.iter().all(free)
}

/// The edit; `None` where the client cannot make it.
pub fn workspace_edit(world: &World, changes: Changes) -> Option<lsp::WorkspaceEdit> {
    let Changes { edits, creates, preview } = changes;
    if !world.features.document_changes && creates.is_empty() {
        let edits = edits.into_iter().map(|(path, edits)| Some((world.uri(&path)?, edits)));
        let changes = edits.collect::<Option<HashMap<lsp::Uri, Vec<lsp::TextEdit>>>>()?;
        return Some(lsp::WorkspaceEdit { changes: Some(changes), ..lsp::WorkspaceEdit::default() });
    }
    let preview = preview.filter(|_| shows_previews(world));
    let annotation = preview.as_ref().map(|preview| preview.id.to_string());
    let edits = edits.into_iter().map(|(path, edits)| text_edit(world, &path, edits, annotation.as_ref()));
    let edits = edits.collect::<Option<Vec<_>>>()?;
    let document_changes = if creates.is_empty() {
        lsp::DocumentChanges::Edits(edits)
    } else {
        // The new files first, so that what names them finds them.
        let mut operations = creations(world, &creates, annotation.as_ref())?;
        operations.extend(edits.into_iter().map(lsp::DocumentChangeOperation::Edit));
        lsp::DocumentChanges::Operations(operations)
    };
    let annotations = preview.map(|preview| {
        let annotation = lsp::ChangeAnnotation {
            label: preview.label,
            needs_confirmation: Some(true),
            description: preview.description,
        };
        HashMap::from([(preview.id.to_string(), annotation)])
    });
    Some(lsp::WorkspaceEdit {
        document_changes: Some(document_changes),
        change_annotations: annotations,
        ..lsp::WorkspaceEdit::default()
    })
}

/// The edits of one document.
fn text_edit(
    world: &World,
    path: &Name,
    edits: Vec<lsp::TextEdit>,
    annotation: Option<&String>,
) -> Option<lsp::TextDocumentEdit> {
    let version = world.documents.get(path).map(|document| document.version);
    let text_document = lsp::OptionalVersionedTextDocumentIdentifier { uri: world.uri(path)?, version };
    let annotate = |edit: lsp::TextEdit| match annotation {
        Some(id) => lsp::OneOf::Right(lsp::AnnotatedTextEdit { text_edit: edit, annotation_id: id.clone() }),
        None => lsp::OneOf::Left(edit),
    };
    Some(lsp::TextDocumentEdit { text_document, edits: edits.into_iter().map(annotate).collect() })
}

/// New files, each followed by its text. Never over a file that is there: the client refuses that, and it is not
/// offered where it is known.
fn creations(
    world: &World,
    files: &[NewFile],
    annotation: Option<&String>,
) -> Option<Vec<lsp::DocumentChangeOperation>> {
    if !can_create(world, files) {
        return None;
    }
    let mut operations = Vec::new();
    for file in files {
        operations.push(lsp::DocumentChangeOperation::Op(lsp::ResourceOp::Create(lsp::CreateFile {
            uri: world.uri(&file.path)?,
            options: Some(lsp::CreateFileOptions { overwrite: Some(false), ignore_if_exists: Some(false) }),
            annotation_id: annotation.cloned(),
        })));
        if !file.text.is_empty() {
            let edit = lsp::TextEdit { range: lsp::Range::default(), new_text: file.text.clone() };
            let edit = text_edit(world, &file.path, vec![edit], annotation)?;
            operations.push(lsp::DocumentChangeOperation::Edit(edit));
        }
    }
    Some(operations)
}
