//! Completion: one file per place where something can be completed.

use crate::base::{TextEdit, TextRange};
use crate::ide::{Analysis, FilePosition};

/// Characters that open the list without being asked.
pub const TRIGGER_CHARACTERS: &[&str] = &[".", "/", "\""];

/// A proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletionItem {
    pub label: String,
    pub kind: CompletionKind,
    /// One line beside the label: the type of an option, the address of an input.
    pub detail: Option<String>,
    /// Markdown.
    pub documentation: Option<String>,
    /// What accepting the proposal does. Its range holds the cursor.
    pub edit: TextEdit,
    /// Whether the new text has snippet placeholders (`$0`, `${1:name}`).
    pub snippet: bool,
    /// What typed text is matched with, where that is not the label.
    pub filter_text: Option<String>,
    /// Proposals are shown in the order of this.
    pub sort_text: String,
}

/// What a proposal is, for its icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CompletionKind {
    Option,
    /// A set that holds options.
    Namespace,
    Value,
    EnumMember,
    Input,
    File,
    Folder,
    Variable,
    Argument,
    Attribute,
    Function,
    Keyword,
}

/// The proposals at a place, best first.
pub fn completions(analysis: &Analysis, position: FilePosition) -> Vec<CompletionItem> {
    let _ = (analysis, position, TextRange::default());
    Vec::new()
}
