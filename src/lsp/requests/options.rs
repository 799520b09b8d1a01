//! `flakewise/options`: the options that the repository declares, and who sets them.

use tower_lsp_server::jsonrpc::Result;

use super::views::{OfFlake, ViewParams, of_flakes};
use crate::ide::views::Places;
use crate::ide::views::options::{Document, document, table};
use crate::lsp::world::World;

/// The options of every flake, of one host, or at or below a path.
pub fn handle(world: &World, params: ViewParams) -> Result<Vec<OfFlake<Document>>> {
    Ok(of_flakes(world, &params, |places| {
        document(table(places, &places.hosts(params.host.as_deref()), params.prefix.as_deref()))
    }))
}
