//! `flakewise/hosts`: hosts and users within hosts, with their modules.

use tower_lsp_server::jsonrpc::Result;

use super::views::{OfFlake, ViewParams, of_flakes};
use crate::ide::views::Places;
use crate::ide::views::hosts::{Document, document};
use crate::lsp::world::World;

/// The hosts of every flake, or one of them.
pub fn handle(world: &World, params: ViewParams) -> Result<Vec<OfFlake<Document>>> {
    Ok(of_flakes(world, &params, |places| document(places, &places.hosts(params.host.as_deref()))))
}
