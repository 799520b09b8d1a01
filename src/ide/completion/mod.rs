//! Completion: one file per place where something can be completed.
//!
//! The text at the cursor is hardly ever complete, and what is completed may be
//! an empty word. So a made-up name is put in place of the word, and what it
//! parses to says where it stands ([`context::Context`]).

mod context;
mod flake_inputs;
mod names;
mod option_paths;
mod input_outputs;
mod keywords;
mod option_values;
mod outputs;
mod paths;
mod selections;
mod snippets;

#[cfg(test)]
mod kinds;
#[cfg(test)]
mod tests;

use crate::base::{TextEdit, TextRange};
use crate::ide::{Analysis, FilePosition};

use context::{Context, Spot};

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
    Snippet,
}

impl CompletionItem {
    /// A proposal that replaces `range` by its label.
    fn new(label: impl Into<String>, kind: CompletionKind, range: TextRange) -> CompletionItem {
        let label = label.into();
        CompletionItem {
            edit: TextEdit { range, insert: label.clone() },
            sort_text: label.clone(),
            label,
            kind,
            detail: None,
            documentation: None,
            snippet: false,
            filter_text: None,
        }
    }

    fn detail(mut self, detail: impl Into<String>) -> CompletionItem {
        self.detail = Some(detail.into());
        self
    }

    fn documentation(mut self, markdown: impl Into<String>) -> CompletionItem {
        self.documentation = Some(markdown.into());
        self
    }

    fn text(mut self, new_text: impl Into<String>) -> CompletionItem {
        self.edit.insert = new_text.into();
        self
    }

    fn snippet(mut self, new_text: impl Into<String>) -> CompletionItem {
        self.snippet = true;
        self.text(new_text)
    }

    /// Sorts among all proposals: smaller ranks come first.
    fn rank(mut self, rank: u8) -> CompletionItem {
        self.sort_text = format!("{rank}{}", self.label);
        self
    }
}

/// The proposals at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completions {
    /// Best first.
    pub items: Vec<CompletionItem>,
    /// Whether there are more once more is typed.
    pub more: bool,
}

/// More proposals than this nobody looks at.
const MAX_ITEMS: usize = 1000;

/// The proposals at a place, best first.
pub fn completions(analysis: &Analysis, position: FilePosition) -> Completions {
    let Some(context) = Context::new(analysis, position) else { return Completions::default() };
    let mut items = Vec::new();
    match &context.spot {
        Spot::Path { typed } => paths::complete(&context, typed, &mut items),
        Spot::String(string) => {
            flake_inputs::in_string(&context, string, &mut items);
            outputs::in_string(&context, string, &mut items);
            option_values::in_string(&context, string, &mut items);
        }
        Spot::Binding { set, before } => {
            flake_inputs::in_binding(&context, set, before, &mut items);
            outputs::in_binding(&context, set, before, &mut items);
            option_paths::in_binding(&context, set, before, &mut items);
            keywords::in_binding(&context, set, before, &mut items);
            names::in_binding(&context, set, before, &mut items);
        }
        Spot::Selection(select) => selections::complete(&context, select, &mut items),
        Spot::Inherit(inherit) => selections::in_inherit(&context, inherit, &mut items),
        Spot::Formal(function) => {
            flake_inputs::in_formals(&context, function, &mut items);
            names::in_formals(&context, function, &mut items);
        }
        Spot::Expression(node) => {
            option_values::complete(&context, node, &mut items);
            snippets::complete(&context, node, &mut items);
            names::complete(&context, node, &mut items);
        }
    }
    items.sort_by(|a, b| a.sort_text.cmp(&b.sort_text));
    items.dedup_by(|a, b| a.label == b.label && a.edit == b.edit);
    // Of very many those that begin with what was typed, which every editor takes for the best.
    let more = items.len() > MAX_ITEMS;
    if more {
        let typed = context.typed.to_lowercase();
        items.retain(|item| item.filter_text.as_ref().unwrap_or(&item.label).to_lowercase().starts_with(&typed));
        items.truncate(MAX_ITEMS);
    }
    Completions { items, more }
}
