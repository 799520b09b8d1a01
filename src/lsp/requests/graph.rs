//! `flakewise/graph`: who imports whom.

use tower_lsp_server::jsonrpc::Result;

use super::views::{OfFlake, ViewParams, of_flakes};
use crate::ide::views::Places;
use crate::ide::views::graph::{Document, Graph, document};
use crate::lsp::world::World;

/// The module graph of every flake, or of one host.
pub fn handle(world: &World, params: ViewParams) -> Result<Vec<OfFlake<Document>>> {
    Ok(of_flakes(world, &params, |places| document(&Graph::of(places, &places.hosts(params.host.as_deref())))))
}
