//! Hosts, modules, options and outputs by name.

use crate::ide::{Analysis, NavigationTarget, SymbolKind};

/// A named thing of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceSymbol {
    pub name: String,
    pub kind: SymbolKind,
    /// What holds it: the path of a file, the kind of a host.
    pub container: Option<String>,
    pub target: NavigationTarget,
}

/// At most `limit` symbols whose names hold the letters of `query` in order, best first.
pub fn workspace_symbols(analysis: &Analysis, query: &str, limit: usize) -> Vec<WorkspaceSymbol> {
    let _ = (analysis, query, limit);
    Vec::new()
}
