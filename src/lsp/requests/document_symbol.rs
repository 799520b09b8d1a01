//! `textDocument/documentSymbol`

use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;

use crate::base::{FileId, FileRange};
use crate::ide::document_symbol::{DocumentSymbol, document_symbols};
use crate::lsp::convert;
use crate::lsp::world::World;

/// What the server announces.
pub fn capability() -> lsp::OneOf<bool, lsp::DocumentSymbolOptions> {
    lsp::OneOf::Left(true)
}

/// The outline of a document.
pub fn handle(world: &World, params: lsp::DocumentSymbolParams) -> Result<Option<lsp::DocumentSymbolResponse>> {
    let Some((_, file)) = world.file_of(&params.text_document.uri) else { return Ok(None) };
    let symbols = document_symbols(&world.analysis, file);
    if world.features.hierarchical_symbols {
        let symbols = symbols.into_iter().filter_map(|symbol| nested(world, file, symbol)).collect();
        return Ok(Some(lsp::DocumentSymbolResponse::Nested(symbols)));
    }
    let mut flat = Vec::new();
    for symbol in &symbols {
        flatten(world, file, symbol, None, &params.text_document.uri, &mut flat);
    }
    Ok(Some(lsp::DocumentSymbolResponse::Flat(flat)))
}

fn nested(world: &World, file: FileId, symbol: DocumentSymbol) -> Option<lsp::DocumentSymbol> {
    let children: Vec<_> = symbol.children.into_iter().filter_map(|child| nested(world, file, child)).collect();
    // Clients refuse a whole outline over one name that leaves its thing.
    let focus = symbol.full.intersect(symbol.focus).unwrap_or(symbol.full);
    #[allow(deprecated)]
    Some(lsp::DocumentSymbol {
        // An empty name is refused as well.
        name: if symbol.name.is_empty() { "\"\"".to_string() } else { symbol.name },
        detail: symbol.detail,
        kind: convert::symbol_kind(symbol.kind, &world.features.document_symbol_kinds),
        tags: None,
        deprecated: None,
        range: world.range(FileRange { file, range: symbol.full })?,
        selection_range: world.range(FileRange { file, range: focus })?,
        children: (!children.is_empty()).then_some(children),
    })
}

fn flatten(
    world: &World,
    file: FileId,
    symbol: &DocumentSymbol,
    container: Option<&str>,
    uri: &lsp::Uri,
    flat: &mut Vec<lsp::SymbolInformation>,
) {
    if let Some(range) = world.range(FileRange { file, range: symbol.full }) {
        #[allow(deprecated)]
        flat.push(lsp::SymbolInformation {
            name: symbol.name.clone(),
            kind: convert::symbol_kind(symbol.kind, &world.features.document_symbol_kinds),
            tags: None,
            deprecated: None,
            location: lsp::Location { uri: uri.clone(), range },
            container_name: container.map(str::to_string),
        });
    }
    for child in &symbol.children {
        flatten(world, file, child, Some(&symbol.name), uri, flat);
    }
}
