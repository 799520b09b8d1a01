//! `flakewise/outputs`: the leaves of the outputs.

use tower_lsp_server::jsonrpc::Result;

use super::views::{OfFlake, ViewParams, of_flakes};
use crate::ide::views::outputs::{Document, document};
use crate::lsp::world::World;

/// The outputs of every flake.
pub fn handle(world: &World, params: ViewParams) -> Result<Vec<OfFlake<Document>>> {
    Ok(of_flakes(world, &params, |places| document(places)))
}
