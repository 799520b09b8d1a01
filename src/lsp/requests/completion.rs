//! `textDocument/completion` and `completionItem/resolve`

use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;

use crate::base::FileRange;
use crate::ide::completion::{CompletionItem, Completions, TRIGGER_CHARACTERS, completions};
use crate::lsp::world::World;
use crate::lsp::{convert, markup};

/// What the server announces.
pub fn capability() -> lsp::CompletionOptions {
    lsp::CompletionOptions {
        trigger_characters: Some(TRIGGER_CHARACTERS.iter().map(ToString::to_string).collect()),
        resolve_provider: Some(true),
        ..lsp::CompletionOptions::default()
    }
}

/// The documentation of the last list, for clients that ask for it one by one:
/// a client shows one list at a time.
#[derive(Default)]
pub struct LastList {
    number: u64,
    documentation: Vec<Option<String>>,
}

/// The proposals at a place.
pub fn handle(world: &World, params: lsp::CompletionParams) -> Result<Option<lsp::CompletionResponse>> {
    let Some(position) = world.position(&params.text_document_position) else { return Ok(None) };
    let Completions { items: found, more } = completions(&world.analysis, position);
    let number = world.features.resolve_documentation.then(|| {
        let mut last = world.last_list.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let documentation = found.iter().map(|item| item.documentation.clone()).collect();
        *last = LastList { number: last.number + 1, documentation };
        last.number
    });
    let items = found.into_iter().enumerate().filter_map(|(at, item)| {
        let range = world.range(FileRange { file: position.file, range: item.edit.range })?;
        let data = number.filter(|_| item.documentation.is_some()).map(|number| json!([number, at]));
        Some(to_lsp(world, item, range, data))
    });
    let list = lsp::CompletionList { is_incomplete: more || !world.analysed, items: items.collect() };
    Ok(Some(lsp::CompletionResponse::List(list)))
}

/// A proposal with its documentation.
pub fn resolve(world: &World, mut item: lsp::CompletionItem) -> Result<lsp::CompletionItem> {
    let numbers = item.data.as_ref().and_then(Value::as_array);
    let number = |at: usize| numbers.and_then(|numbers| numbers.get(at)).and_then(Value::as_u64);
    let (Some(list), Some(at)) = (number(0), number(1)) else { return Ok(item) };
    let last = world.last_list.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if last.number == list {
        let documentation = usize::try_from(at).ok().and_then(|at| last.documentation.get(at)).cloned().flatten();
        item.documentation = documentation.map(|it| markup::documentation(world.features.item_markdown, it));
    }
    Ok(item)
}

fn to_lsp(world: &World, item: CompletionItem, range: lsp::Range, data: Option<Value>) -> lsp::CompletionItem {
    let snippet = item.snippet && world.features.snippets;
    let insert = item.edit.insert;
    let in_words = |it| markup::documentation(world.features.item_markdown, it);
    let new_text = if item.snippet && !snippet { without_placeholders(&insert) } else { insert };
    lsp::CompletionItem {
        kind: Some(convert::completion_kind(item.kind, &world.features.completion_kinds)),
        detail: item.detail,
        documentation: item.documentation.filter(|_| data.is_none()).map(in_words),
        sort_text: Some(item.sort_text),
        filter_text: item.filter_text,
        insert_text_format: snippet.then_some(lsp::InsertTextFormat::SNIPPET),
        text_edit: Some(lsp::CompletionTextEdit::Edit(lsp::TextEdit { range, new_text })),
        data,
        label: item.label,
        ..lsp::CompletionItem::default()
    }
}

/// A snippet as plain text: `${1:name}` is `name`, `$0` is nothing, `\$` is `$`.
fn without_placeholders(snippet: &str) -> String {
    let mut plain = String::with_capacity(snippet.len());
    let mut open = 0;
    let mut chars = snippet.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => plain.extend(chars.next()),
            '$' => {
                let braced = chars.next_if_eq(&'{').is_some();
                while chars.next_if(char::is_ascii_digit).is_some() {}
                if braced {
                    open += 1;
                    chars.next_if_eq(&':');
                }
            }
            '}' if open > 0 => open -= 1,
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_taken_out() {
        for (snippet, plain) in [
            ("enable = ${1:true};$0", "enable = true;"),
            ("a = { $0 };", "a = {  };"),
            (r"\${x\} ${1}", "${x} "),
            ("${1:${2:x}}", "x"),
            ("plain }", "plain }"),
            ("$", ""),
        ] {
            assert_eq!(without_placeholders(snippet), plain);
        }
    }
}
