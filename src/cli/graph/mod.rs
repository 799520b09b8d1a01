//! `flakewise graph`

mod layout;
mod render;

use super::arguments::{GraphArguments, GraphFormat};
use super::json;
use super::load::Loaded;
use super::{Answer, Failure};
use crate::ide::views::graph::{Graph, document};
use crate::repository::Host;

pub(super) fn run(arguments: &GraphArguments) -> Result<Answer, Failure> {
    let loaded = Loaded::open(arguments.dir.as_deref())?;
    let hosts: Vec<&Host> = match &arguments.host {
        Some(wanted) => vec![loaded.host(wanted)?],
        None => loaded.flake.hosts.iter().map(|host| &**host).collect(),
    };
    let graph = Graph::of(&loaded, &hosts);
    let text = match arguments.format {
        GraphFormat::Dot => render::dot(&graph),
        GraphFormat::Mermaid => render::mermaid(&graph),
        GraphFormat::Json => json::document(&document(&graph)),
        GraphFormat::Svg => render::svg(&graph),
    };
    Ok(Answer::ok(text))
}

/// How many boxes an overview has before folders are taken together.
const OVERVIEW: usize = 40;

/// Hosts and folders of modules, as Mermaid and as SVG.
pub(super) fn overview(loaded: &Loaded, hosts: &[&Host]) -> (String, String) {
    let graph = Graph::of(loaded, hosts);
    let folded = [3, 2, 1].into_iter().map(|depth| graph.folded(depth));
    let mut last = Graph::default();
    for graph in folded {
        last = graph;
        if last.nodes.len() <= OVERVIEW {
            break;
        }
    }
    (render::mermaid(&last), render::svg(&last))
}
