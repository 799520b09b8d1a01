//! `textDocument/diagnostic` and `workspace/diagnostic`

use std::collections::{BTreeMap, BTreeSet};

use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;

use crate::hir::Name;
use crate::lsp::client::ClientFeatures;
use crate::lsp::convert;
use crate::lsp::publish::hash_of;
use crate::lsp::world::World;

/// What the server announces to clients that ask. The others are told.
pub fn capability(features: &ClientFeatures) -> Option<lsp::DiagnosticServerCapabilities> {
    features.pull_diagnostics.then(|| {
        lsp::DiagnosticServerCapabilities::Options(lsp::DiagnosticOptions {
            identifier: Some("flakewise".to_string()),
            inter_file_dependencies: true,
            workspace_diagnostics: features.pull_workspace,
            ..lsp::DiagnosticOptions::default()
        })
    })
}

/// The diagnostics of a document.
pub fn document(world: &World, params: lsp::DocumentDiagnosticParams) -> Result<lsp::DocumentDiagnosticReportResult> {
    let path = convert::name_of_uri(&params.text_document.uri);
    let items = world.diagnostics(&path);
    let id = result_id(&items);
    let report = if params.previous_result_id.as_ref() == Some(&id) {
        lsp::DocumentDiagnosticReport::Unchanged(lsp::RelatedUnchangedDocumentDiagnosticReport {
            related_documents: None,
            unchanged_document_diagnostic_report: lsp::UnchangedDocumentDiagnosticReport { result_id: id },
        })
    } else {
        lsp::DocumentDiagnosticReport::Full(lsp::RelatedFullDocumentDiagnosticReport {
            related_documents: None,
            full_document_diagnostic_report: lsp::FullDocumentDiagnosticReport { result_id: Some(id), items },
        })
    };
    Ok(lsp::DocumentDiagnosticReportResult::Report(report))
}

/// The diagnostics of all files, opened or not.
pub fn workspace(
    world: &World,
    params: lsp::WorkspaceDiagnosticParams,
) -> Result<lsp::WorkspaceDiagnosticReportResult> {
    let previous = params.previous_result_ids.into_iter();
    let previous: BTreeMap<Name, String> =
        previous.map(|previous| (convert::name_of_uri(&previous.uri), previous.value)).collect();
    // Of files that had diagnostics the client must hear that they have none.
    let paths: BTreeSet<&Name> = world.findings.paths().chain(world.documents.keys()).chain(previous.keys()).collect();
    let items = paths.into_iter().filter_map(|path| {
        let uri = world.uri(path)?;
        let version = world.documents.get(path).map(|document| i64::from(document.version));
        let items = world.diagnostics(path);
        let id = result_id(&items);
        Some(if previous.get(path) == Some(&id) {
            lsp::WorkspaceDocumentDiagnosticReport::Unchanged(lsp::WorkspaceUnchangedDocumentDiagnosticReport {
                uri,
                version,
                unchanged_document_diagnostic_report: lsp::UnchangedDocumentDiagnosticReport { result_id: id },
            })
        } else {
            lsp::WorkspaceDocumentDiagnosticReport::Full(lsp::WorkspaceFullDocumentDiagnosticReport {
                uri,
                version,
                full_document_diagnostic_report: lsp::FullDocumentDiagnosticReport { result_id: Some(id), items },
            })
        })
    });
    let report = lsp::WorkspaceDiagnosticReport { items: items.collect() };
    Ok(lsp::WorkspaceDiagnosticReportResult::Report(report))
}

/// Equal diagnostics have equal ids, so that what did not change is not sent again.
fn result_id(items: &[lsp::Diagnostic]) -> String {
    format!("{:016x}", hash_of(items))
}
