//! One file per request: what it answers, and the capability that announces it.

pub mod call_hierarchy;
pub mod code_action;
pub mod code_lens;
pub mod completion;
pub mod definition;
pub mod definitions;
pub mod diagnostics;
pub mod document_highlight;
pub mod document_link;
pub mod document_symbol;
pub mod execute_command;
pub mod folding_range;
pub mod formatting;
pub mod graph;
pub mod hosts;
pub mod hover;
pub mod implementation;
pub mod references;
pub mod rename;
pub mod inlay_hint;
pub mod linked_editing_range;
pub mod on_type_formatting;
pub mod inputs;
pub mod options;
pub mod outputs;
pub mod selection_range;
pub mod semantic_tokens;
pub mod signature_help;
pub mod text;
pub mod views;
pub mod workspace_symbol;

use tower_lsp_server::ls_types as lsp;

use super::client::ClientFeatures;
use crate::base::PositionEncoding;

/// Everything that the server can do for this client.
pub fn server_capabilities(features: &ClientFeatures) -> lsp::ServerCapabilities {
    let encoding = match features.encoding {
        PositionEncoding::Utf8 => lsp::PositionEncodingKind::UTF8,
        PositionEncoding::Utf16 => lsp::PositionEncodingKind::UTF16,
        PositionEncoding::Utf32 => lsp::PositionEncodingKind::UTF32,
    };
    let sync = lsp::TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(lsp::TextDocumentSyncKind::INCREMENTAL),
        save: Some(lsp::TextDocumentSyncSaveOptions::SaveOptions(lsp::SaveOptions { include_text: Some(false) })),
        ..lsp::TextDocumentSyncOptions::default()
    };
    let folders = lsp::WorkspaceFoldersServerCapabilities {
        supported: Some(true),
        change_notifications: Some(lsp::OneOf::Left(true)),
    };
    lsp::ServerCapabilities {
        position_encoding: Some(encoding),
        text_document_sync: Some(lsp::TextDocumentSyncCapability::Options(sync)),
        workspace: Some(lsp::WorkspaceServerCapabilities {
            workspace_folders: Some(folders),
            file_operations: Some(rename::file_operations()),
        }),
        completion_provider: Some(completion::capability()),
        definition_provider: Some(definition::capability()),
        declaration_provider: Some(lsp::DeclarationCapability::Simple(true)),
        implementation_provider: Some(implementation::capability()),
        references_provider: Some(references::capability()),
        document_highlight_provider: Some(document_highlight::capability()),
        rename_provider: Some(rename::capability(features)),
        document_formatting_provider: formatting::capability(features),
        document_range_formatting_provider: formatting::range_capability(features),
        document_on_type_formatting_provider: on_type_formatting::capability(features),
        linked_editing_range_provider: linked_editing_range::capability(features),
        hover_provider: Some(hover::capability()),
        document_symbol_provider: Some(document_symbol::capability()),
        workspace_symbol_provider: Some(workspace_symbol::capability()),
        folding_range_provider: folding_range::capability(features),
        selection_range_provider: selection_range::capability(features),
        document_link_provider: document_link::capability(features),
        code_lens_provider: code_lens::capability(features),
        inlay_hint_provider: inlay_hint::capability(features),
        semantic_tokens_provider: semantic_tokens::capability(features),
        signature_help_provider: signature_help::capability(features),
        call_hierarchy_provider: call_hierarchy::capability(features),
        diagnostic_provider: diagnostics::capability(features),
        code_action_provider: code_action::capability(features),
        execute_command_provider: Some(execute_command::capability()),
        experimental: Some(views::capability()),
        ..lsp::ServerCapabilities::default()
    }
}
