//! `flakewise/definitions`: what one module sets in one host.

use serde::Deserialize;
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types as lsp;

use super::views::{OfFlake, ViewParams, of_flakes};
use crate::ide::views::definitions::{Document, document};
use crate::ide::views::{Places, Point};
use crate::lsp::world::World;

/// Which module is meant.
#[derive(Deserialize)]
pub struct Params {
    root: lsp::Uri,
    host: String,
    /// Relative to the root.
    path: String,
    /// Where a module starts that is written within the file.
    inline: Option<lsp::Position>,
}

/// The options that a module sets, in their order.
pub fn handle(world: &World, params: Params) -> Result<OfFlake<Document>> {
    let Params { root, host, path, inline } = params;
    let wanted = ViewParams { root: Some(root), ..ViewParams::default() };
    let inline = inline.map(|it| Point { line: it.line, character: it.character });
    let found = of_flakes(world, &wanted, |places| {
        let hosts = places.hosts(Some(&host));
        hosts.first().map(|host| document(places, host, &path, inline))
    });
    let document = found.into_iter().next().and_then(OfFlake::transpose);
    document.ok_or_else(|| Error::invalid_params(format!("there is no host {host}")))
}
