//! `flakewise/inputs`: what is declared, locked and followed.

use tower_lsp_server::jsonrpc::Result;

use super::views::{OfFlake, ViewParams, of_flakes};
use crate::ide::views::inputs::{Document, document};
use crate::lsp::world::World;

/// The inputs of every flake.
pub fn handle(world: &World, params: ViewParams) -> Result<Vec<OfFlake<Document>>> {
    Ok(of_flakes(world, &params, |places| document(places)))
}
