//! Between the protocol's types and ours.

use std::path::PathBuf;

use tower_lsp_server::ls_types as lsp;

use crate::base::{LineIndex, Position, PositionEncoding, TextRange, TextSize};
use crate::hir::Name;
use crate::ide::SymbolKind;
use crate::ide::completion::CompletionKind;
use crate::workspace::{disk_path, name_of};

/// The path on disk of a `file:` URI.
pub fn disk_path_of(uri: &lsp::Uri) -> Option<PathBuf> {
    let local = uri.scheme().as_str().eq_ignore_ascii_case("file");
    local.then(|| uri.to_file_path().map(|path| path.into_owned())).flatten()
}

/// The name of a document. Those that are no files (`untitled:`, `git:`) have
/// their URI for a name, which no path starts with.
pub fn name_of_uri(uri: &lsp::Uri) -> Name {
    disk_path_of(uri).and_then(|path| name_of(&path)).unwrap_or_else(|| Name::new(uri.as_str()))
}

/// The URI of a path, or of what was named after its URI.
pub fn uri_of(name: &str) -> Option<lsp::Uri> {
    if !name.starts_with('/') {
        return name.parse().ok();
    }
    let path = disk_path(name);
    let mut uri = String::from("file://");
    if !path.to_str()?.starts_with('/') {
        uri.push('/');
    }
    for byte in path.to_str()?.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.parse().ok()
}

/// A place as the client counts.
pub fn position(index: &LineIndex, text: &str, offset: TextSize, encoding: PositionEncoding) -> lsp::Position {
    let position = index.position(text, offset, encoding);
    lsp::Position { line: position.line, character: position.character }
}

/// A stretch of text as the client counts.
pub fn range(index: &LineIndex, text: &str, range: TextRange, encoding: PositionEncoding) -> lsp::Range {
    lsp::Range {
        start: position(index, text, range.start(), encoding),
        end: position(index, text, range.end(), encoding),
    }
}

/// The offset of a place; places that the text does not have are those before them.
pub fn offset(index: &LineIndex, text: &str, position: lsp::Position, encoding: PositionEncoding) -> TextSize {
    index.offset_clamped(text, Position::new(position.line, position.character), encoding)
}

/// The icon of a symbol, of those that the client has. One that does not say has those of the first protocol, up to
/// `Array` (LSP, "SymbolKind").
pub fn symbol_kind(kind: SymbolKind, known: &Option<Vec<lsp::SymbolKind>>) -> lsp::SymbolKind {
    let wanted = newest_symbol_kind(kind);
    let older = match wanted {
        lsp::SymbolKind::KEY => lsp::SymbolKind::FIELD,
        lsp::SymbolKind::NULL => lsp::SymbolKind::CONSTANT,
        other => other,
    };
    let is_known = known.as_ref().is_some_and(|known| known.contains(&wanted));
    if is_known { wanted } else { older }
}

fn newest_symbol_kind(kind: SymbolKind) -> lsp::SymbolKind {
    match kind {
        SymbolKind::Host => lsp::SymbolKind::CLASS,
        SymbolKind::Module => lsp::SymbolKind::MODULE,
        SymbolKind::Option => lsp::SymbolKind::FIELD,
        SymbolKind::Definition => lsp::SymbolKind::PROPERTY,
        SymbolKind::Input => lsp::SymbolKind::PACKAGE,
        SymbolKind::Output => lsp::SymbolKind::INTERFACE,
        SymbolKind::Function => lsp::SymbolKind::FUNCTION,
        SymbolKind::Variable => lsp::SymbolKind::VARIABLE,
        SymbolKind::Attribute => lsp::SymbolKind::KEY,
        SymbolKind::Namespace => lsp::SymbolKind::NAMESPACE,
        SymbolKind::String => lsp::SymbolKind::STRING,
        SymbolKind::Number => lsp::SymbolKind::NUMBER,
        SymbolKind::Boolean => lsp::SymbolKind::BOOLEAN,
        SymbolKind::List => lsp::SymbolKind::ARRAY,
        SymbolKind::Null => lsp::SymbolKind::NULL,
    }
}

/// The icon of a proposal, of those that the client has: up to `Reference` where it does not say (LSP,
/// "CompletionItemKind").
pub fn completion_kind(kind: CompletionKind, known: &Option<Vec<lsp::CompletionItemKind>>) -> lsp::CompletionItemKind {
    let wanted = newest_completion_kind(kind);
    let older = match wanted {
        lsp::CompletionItemKind::ENUM_MEMBER => lsp::CompletionItemKind::VALUE,
        lsp::CompletionItemKind::FOLDER => lsp::CompletionItemKind::FILE,
        other => other,
    };
    let is_known = known.as_ref().is_some_and(|known| known.contains(&wanted));
    if is_known { wanted } else { older }
}

fn newest_completion_kind(kind: CompletionKind) -> lsp::CompletionItemKind {
    match kind {
        CompletionKind::Option => lsp::CompletionItemKind::FIELD,
        CompletionKind::Namespace => lsp::CompletionItemKind::MODULE,
        CompletionKind::Value => lsp::CompletionItemKind::VALUE,
        CompletionKind::EnumMember => lsp::CompletionItemKind::ENUM_MEMBER,
        CompletionKind::Input => lsp::CompletionItemKind::INTERFACE,
        CompletionKind::File => lsp::CompletionItemKind::FILE,
        CompletionKind::Folder => lsp::CompletionItemKind::FOLDER,
        CompletionKind::Variable | CompletionKind::Argument => lsp::CompletionItemKind::VARIABLE,
        CompletionKind::Attribute => lsp::CompletionItemKind::PROPERTY,
        CompletionKind::Function => lsp::CompletionItemKind::FUNCTION,
        CompletionKind::Keyword => lsp::CompletionItemKind::KEYWORD,
        CompletionKind::Snippet => lsp::CompletionItemKind::SNIPPET,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn paths_and_uris() {
        for (path, uri) in [
            ("/home/u/flake.nix", "file:///home/u/flake.nix"),
            ("/a b/ä%[x].nix", "file:///a%20b/%C3%A4%25%5Bx%5D.nix"),
        ] {
            assert_eq!(uri_of(path).unwrap().as_str(), uri);
            assert_eq!(name_of_uri(&uri.parse().unwrap()), path);
        }
    }

    #[test]
    fn what_is_no_file_keeps_its_uri() {
        for uri in ["untitled:Untitled-1", "git:/home/u/flake.nix?HEAD", "vscode-remote://wsl/a"] {
            let name = name_of_uri(&uri.parse().unwrap());
            assert_eq!(name, uri);
            assert_eq!(uri_of(&name).unwrap().as_str(), uri);
        }
        assert_eq!(disk_path_of(&"untitled:/a".parse().unwrap()), None);
    }
}
