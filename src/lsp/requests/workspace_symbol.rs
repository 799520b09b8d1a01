//! `workspace/symbol`

use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types as lsp;

use crate::ide::workspace_symbol::workspace_symbols;
use crate::lsp::convert;
use crate::lsp::world::World;

/// Nobody reads on after this many; the next letter finds the rest.
const LIMIT: usize = 256;

/// What the server announces.
pub fn capability() -> lsp::OneOf<bool, lsp::WorkspaceSymbolOptions> {
    lsp::OneOf::Left(true)
}

/// Hosts, modules, options and outputs by name.
pub fn handle(world: &World, params: lsp::WorkspaceSymbolParams) -> Result<Option<lsp::WorkspaceSymbolResponse>> {
    let found = workspace_symbols(&world.analysis, &params.query, LIMIT).into_iter();
    let symbols = found.filter_map(|symbol| {
        #[allow(deprecated)]
        Some(lsp::SymbolInformation {
            location: world.location(symbol.target.focus_range())?,
            name: symbol.name,
            kind: convert::symbol_kind(symbol.kind, &world.features.workspace_symbol_kinds),
            tags: None,
            deprecated: None,
            container_name: symbol.container,
        })
    });
    Ok(Some(lsp::WorkspaceSymbolResponse::Flat(symbols.collect())))
}
