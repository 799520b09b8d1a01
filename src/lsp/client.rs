//! What the client can do, as far as the server behaves differently for it.

use std::path::PathBuf;

use tower_lsp_server::ls_types as lsp;

use super::convert;
use super::requests::code_lens::SHOW_REFERENCES;
use crate::base::PositionEncoding;

/// The features of a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientFeatures {
    pub encoding: PositionEncoding,
    /// `workspace/configuration`
    pub configuration: bool,
    pub dynamic_configuration: bool,
    pub dynamic_watchers: bool,
    pub relative_patterns: bool,
    pub progress: bool,
    pub snippets: bool,
    /// In hovers.
    pub markdown: bool,
    /// In the documentation of proposals, and of signatures.
    pub item_markdown: bool,
    pub signature_markdown: bool,
    pub resolve_documentation: bool,
    /// The kinds that it knows, where it says so.
    pub completion_kinds: Option<Vec<lsp::CompletionItemKind>>,
    pub document_symbol_kinds: Option<Vec<lsp::SymbolKind>>,
    pub workspace_symbol_kinds: Option<Vec<lsp::SymbolKind>>,
    pub definition_links: bool,
    pub declaration_links: bool,
    pub hierarchical_symbols: bool,
    pub code_action_literals: bool,
    /// Whether the change of an action may be asked for when somebody chose it (`codeAction/resolve`).
    pub resolve_edits: bool,
    pub document_changes: bool,
    /// Whether edits may say what they are, to be confirmed.
    pub change_annotations: bool,
    pub prepare_rename: bool,
    pub formatting: bool,
    pub range_formatting: bool,
    pub on_type_formatting: bool,
    pub linked_editing: bool,
    /// Whether an edit may create files.
    pub create_files: bool,
    pub related_information: bool,
    pub diagnostic_tags: bool,
    pub folding: bool,
    pub line_folding_only: bool,
    pub folding_limit: Option<u32>,
    pub selection_ranges: bool,
    pub document_links: bool,
    pub code_lenses: bool,
    pub lens_refresh: bool,
    /// Whether the client has the command that shows places beside each other (`flakewise.showReferences`).
    /// It says so as clients of rust-analyzer do: among `commands` of its experimental capabilities.
    pub show_references: bool,
    /// Whether the client wants to be told when views of the repository are to be asked for again
    /// (`flakewise/changed`). It says so with `flakewise.changed` among its experimental capabilities.
    pub changed: bool,
    pub inlay_hints: bool,
    pub hint_refresh: bool,
    pub semantic_tokens: bool,
    pub token_refresh: bool,
    pub signature_help: bool,
    /// Whether arguments of a signature may be named by their offsets in its label.
    pub signature_offsets: bool,
    pub call_hierarchy: bool,
    /// `textDocument/diagnostic`, in a client that asks again when it is told to refresh.
    pub pull_diagnostics: bool,
    pub diagnostic_refresh: bool,
    /// `workspace/diagnostic`, in a client that asks for opened documents too when it is told to refresh.
    pub pull_workspace: bool,
}

impl ClientFeatures {
    /// Reads the capabilities of a client. Whatever it does not mention it cannot do.
    pub fn new(params: &lsp::InitializeParams) -> ClientFeatures {
        let capabilities = &params.capabilities;
        let mut features = ClientFeatures { encoding: encoding(capabilities), ..ClientFeatures::default() };
        if let Some(workspace) = &capabilities.workspace {
            features.configuration = workspace.configuration.unwrap_or_default();
            features.dynamic_configuration =
                workspace.did_change_configuration.is_some_and(|it| it.dynamic_registration.unwrap_or_default());
            if let Some(watched) = &workspace.did_change_watched_files {
                features.dynamic_watchers = watched.dynamic_registration.unwrap_or_default();
                features.relative_patterns = watched.relative_pattern_support.unwrap_or_default();
            }
            if let Some(edit) = &workspace.workspace_edit {
                features.document_changes = edit.document_changes.unwrap_or_default();
                features.change_annotations = edit.change_annotation_support.is_some();
                let operations = edit.resource_operations.as_deref().unwrap_or_default();
                // Operations stand among document changes only. Neovim announces them and not `documentChanges`,
                // which it takes all the same.
                features.create_files = operations.contains(&lsp::ResourceOperationKind::Create);
            }
            let kinds = workspace.symbol.as_ref().and_then(|it| it.symbol_kind.as_ref());
            features.workspace_symbol_kinds = kinds.and_then(|it| it.value_set.clone());
            features.lens_refresh =
                workspace.code_lens.as_ref().is_some_and(|it| it.refresh_support.unwrap_or_default());
            features.hint_refresh =
                workspace.inlay_hint.as_ref().is_some_and(|it| it.refresh_support.unwrap_or_default());
            features.token_refresh =
                workspace.semantic_tokens.as_ref().is_some_and(|it| it.refresh_support.unwrap_or_default());
            features.diagnostic_refresh =
                workspace.diagnostics.as_ref().is_some_and(|it| it.refresh_support.unwrap_or_default());
        }
        let changed = capabilities.experimental.as_ref().and_then(|it| it.get("flakewise")?.get("changed")?.as_bool());
        features.changed = changed.unwrap_or_default();
        let commands =
            capabilities.experimental.as_ref().and_then(|it| it.get("commands")?.get("commands")?.as_array());
        features.show_references = commands.is_some_and(|it| it.iter().any(|command| command == SHOW_REFERENCES));
        features.progress = capabilities.window.as_ref().is_some_and(|it| it.work_done_progress.unwrap_or_default());
        if let Some(document) = &capabilities.text_document {
            features.text_document(document);
        }
        // Neovim (up to 0.12, `vim.lsp.diagnostic.on_refresh`) answers a refresh with `workspace/diagnostic` alone
        // where a server has it, and ignores what that says of documents that it asked for one by one: an opened
        // file would keep the diagnostics of the moment it was opened. Without, it asks again for each of them.
        let neovim = params.client_info.as_ref().is_some_and(|client| client.name.eq_ignore_ascii_case("neovim"));
        // What the repository says of a document changes without an edit of it. A client that cannot be told to ask again
        // (lsp-mode of Emacs, 10.0) would keep what was known at its last keystroke: it is told what is new instead.
        features.pull_diagnostics &= features.diagnostic_refresh;
        features.pull_workspace = features.pull_diagnostics && !neovim;
        features
    }

    fn text_document(&mut self, document: &lsp::TextDocumentClientCapabilities) {
        let shows_markdown = |formats: &Option<Vec<lsp::MarkupKind>>| {
            formats.as_ref().is_some_and(|formats| formats.contains(&lsp::MarkupKind::Markdown))
        };
        let kinds = document.completion.as_ref().and_then(|it| it.completion_item_kind.as_ref());
        self.completion_kinds = kinds.and_then(|it| it.value_set.clone());
        if let Some(item) = document.completion.as_ref().and_then(|it| it.completion_item.as_ref()) {
            self.item_markdown = shows_markdown(&item.documentation_format);
            self.snippets = item.snippet_support.unwrap_or_default();
            let resolve = item.resolve_support.as_ref();
            self.resolve_documentation =
                resolve.is_some_and(|it| it.properties.iter().any(|property| property == "documentation"));
        }
        self.markdown = document.hover.as_ref().is_some_and(|it| shows_markdown(&it.content_format));
        self.formatting = document.formatting.is_some();
        self.range_formatting = document.range_formatting.is_some();
        self.on_type_formatting = document.on_type_formatting.is_some();
        self.linked_editing = document.linked_editing_range.is_some();
        self.prepare_rename = document.rename.as_ref().is_some_and(|it| it.prepare_support.unwrap_or_default());
        self.definition_links = document.definition.is_some_and(|it| it.link_support.unwrap_or_default());
        self.declaration_links = document.declaration.is_some_and(|it| it.link_support.unwrap_or_default());
        let kinds = document.document_symbol.as_ref().and_then(|it| it.symbol_kind.as_ref());
        self.document_symbol_kinds = kinds.and_then(|it| it.value_set.clone());
        self.hierarchical_symbols = document
            .document_symbol
            .as_ref()
            .is_some_and(|it| it.hierarchical_document_symbol_support.unwrap_or_default());
        if let Some(action) = &document.code_action {
            self.code_action_literals = action.code_action_literal_support.is_some();
            let resolves =
                action.resolve_support.as_ref().is_some_and(|it| it.properties.iter().any(|it| it == "edit"));
            // Without data there is nothing to find the action again by.
            self.resolve_edits = resolves && action.data_support.unwrap_or_default();
        }
        if let Some(publish) = &document.publish_diagnostics {
            self.related_information = publish.related_information.unwrap_or_default();
            let tags = publish.tag_support.as_ref();
            self.diagnostic_tags = tags.is_some_and(|it| it.value_set.contains(&lsp::DiagnosticTag::UNNECESSARY));
        }
        if let Some(folding) = &document.folding_range {
            self.folding = true;
            self.line_folding_only = folding.line_folding_only.unwrap_or_default();
            self.folding_limit = folding.range_limit;
        }
        self.selection_ranges = document.selection_range.is_some();
        self.document_links = document.document_link.is_some();
        self.code_lenses = document.code_lens.is_some();
        self.inlay_hints = document.inlay_hint.is_some();
        self.semantic_tokens = document.semantic_tokens.is_some();
        if let Some(help) = &document.signature_help {
            self.signature_help = true;
            let information = help.signature_information.as_ref();
            self.signature_markdown = information.is_some_and(|it| shows_markdown(&it.documentation_format));
            let parameters = information.and_then(|it| it.parameter_information.as_ref());
            self.signature_offsets = parameters.is_some_and(|it| it.label_offset_support.unwrap_or_default());
        }
        self.call_hierarchy = document.call_hierarchy.is_some();
        self.pull_diagnostics = document.diagnostic.is_some();
    }
}

/// UTF-8 where the client offers it, for then nothing has to be counted; UTF-16
/// is what a client speaks that says nothing.
fn encoding(capabilities: &lsp::ClientCapabilities) -> PositionEncoding {
    let offered = capabilities.general.as_ref().and_then(|general| general.position_encodings.as_ref());
    let offers = |kind: &lsp::PositionEncodingKind| offered.is_some_and(|offered| offered.contains(kind));
    if offers(&lsp::PositionEncodingKind::UTF8) {
        PositionEncoding::Utf8
    } else if offers(&lsp::PositionEncodingKind::UTF16) || !offers(&lsp::PositionEncodingKind::UTF32) {
        PositionEncoding::Utf16
    } else {
        PositionEncoding::Utf32
    }
}

/// The folders that the client has open.
pub fn opened_folders(params: &lsp::InitializeParams) -> Vec<PathBuf> {
    let folders = params.workspace_folders.iter().flatten();
    let mut roots: Vec<PathBuf> = folders.filter_map(|folder| convert::disk_path_of(&folder.uri)).collect();
    if roots.is_empty() {
        // Clients of before 2018, and those that have one folder only.
        #[allow(deprecated)]
        let (uri, path) = (&params.root_uri, &params.root_path);
        roots.extend(uri.as_ref().and_then(convert::disk_path_of));
        if roots.is_empty() {
            roots.extend(path.as_ref().map(PathBuf::from));
        }
    }
    roots
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn features(params: serde_json::Value) -> ClientFeatures {
        ClientFeatures::new(&serde_json::from_value(params).unwrap())
    }

    #[test]
    fn a_client_that_says_nothing_can_nothing() {
        assert_eq!(features(json!({"capabilities": {}})), ClientFeatures::default());
    }

    #[test]
    fn encodings() {
        let with =
            |kinds: &[&str]| features(json!({"capabilities": {"general": {"positionEncodings": kinds}}})).encoding;
        assert_eq!(with(&["utf-16", "utf-8"]), PositionEncoding::Utf8);
        assert_eq!(with(&["utf-32", "utf-16"]), PositionEncoding::Utf16);
        assert_eq!(with(&["utf-32"]), PositionEncoding::Utf32);
        assert_eq!(with(&["utf-7"]), PositionEncoding::Utf16);
        assert_eq!(with(&[]), PositionEncoding::Utf16);
    }

    #[test]
    fn files_are_created_by_clients_that_say_so() {
        let creates = |edit: serde_json::Value| {
            features(json!({"capabilities": {"workspace": {"workspaceEdit": edit}}})).create_files
        };
        assert!(creates(json!({"documentChanges": true, "resourceOperations": ["create", "rename"]})));
        assert!(creates(json!({"resourceOperations": ["rename", "create", "delete"]})));
        assert!(!creates(json!({"documentChanges": true, "resourceOperations": ["rename"]})));
        assert!(!creates(json!({"documentChanges": true})));
    }

    #[test]
    fn edits_are_asked_for_by_clients_that_send_the_data_back() {
        let resolves = |action: serde_json::Value| {
            features(json!({"capabilities": {"textDocument": {"codeAction": action}}})).resolve_edits
        };
        assert!(resolves(json!({"dataSupport": true, "resolveSupport": {"properties": ["edit", "command"]}})));
        assert!(!resolves(json!({"dataSupport": true, "resolveSupport": {"properties": ["command"]}})));
        assert!(!resolves(json!({"resolveSupport": {"properties": ["edit"]}})));
    }

    #[test]
    fn whoever_pulls_must_hear_when_to_pull_again() {
        let pulls = |refresh: bool| {
            features(json!({"capabilities": {
                "textDocument": {"diagnostic": {}},
                "workspace": {"diagnostics": {"refreshSupport": refresh}},
            }}))
            .pull_diagnostics
        };
        assert!(pulls(true));
        assert!(!pulls(false));
    }

    #[cfg(unix)]
    #[test]
    fn folders() {
        let of = |params: serde_json::Value| opened_folders(&serde_json::from_value(params).unwrap());
        let folder = |uri: &str| json!({"uri": uri, "name": "x"});
        let both = of(
            json!({"capabilities": {}, "rootUri": "file:///c", "workspaceFolders": [folder("file:///a"), folder("file:///b%20b"), folder("vscode-remote://x/y")]}),
        );
        assert_eq!(both, [PathBuf::from("/a"), PathBuf::from("/b b")]);
        assert_eq!(
            of(json!({"capabilities": {}, "rootUri": "file:///c", "workspaceFolders": null})),
            [PathBuf::from("/c")]
        );
        assert_eq!(of(json!({"capabilities": {}, "rootPath": "/d", "rootUri": null})), [PathBuf::from("/d")]);
        assert!(of(json!({"capabilities": {}})).is_empty());
    }
}
