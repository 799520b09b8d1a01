//! Where the nodes of a graph are drawn: in layers, importers to the left.
//!
//! The layers are those of Sugiyama's method without its dummy nodes: a node
//! stands one layer after the deepest of its importers, and within a layer
//! nodes are ordered by the middle of their neighbours.

use crate::ide::views::graph::Graph;

/// The place of a node, in units of the drawing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Box {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
}

/// The height of a node.
pub(super) const HEIGHT: f64 = 24.0;
/// The width of a character of the font.
const CHARACTER: f64 = 7.0;
const PADDING: f64 = 16.0;
const LAYER_GAP: f64 = 80.0;
const ROW_GAP: f64 = 10.0;
const MARGIN: f64 = 20.0;
/// How often the order within the layers is made better.
const SWEEPS: usize = 8;

/// The boxes of all nodes, and the size of the drawing.
pub(super) fn layout(graph: &Graph) -> (Vec<Box>, f64, f64) {
    let layers = layers(graph);
    let rows = order(graph, &layers);
    let width_of = |node: usize| {
        let length = graph.nodes.get(node).map_or(0, |node| node.label.chars().count());
        length as f64 * CHARACTER + PADDING
    };
    let mut boxes = vec![Box::default(); graph.nodes.len()];
    let tallest = rows.iter().map(Vec::len).max().unwrap_or_default();
    let height = tallest as f64 * (HEIGHT + ROW_GAP) - ROW_GAP;
    let mut x = MARGIN;
    for row in &rows {
        let width = row.iter().map(|node| width_of(*node)).fold(0.0, f64::max);
        let used = row.len() as f64 * (HEIGHT + ROW_GAP) - ROW_GAP;
        let mut y = MARGIN + (height - used) / 2.0;
        for node in row {
            if let Some(place) = boxes.get_mut(*node) {
                *place = Box { x, y, width: width_of(*node) };
            }
            y += HEIGHT + ROW_GAP;
        }
        x += width + LAYER_GAP;
    }
    let width = boxes.iter().map(|place| place.x + place.width).fold(0.0, f64::max);
    (boxes, width + MARGIN, height.max(0.0) + 2.0 * MARGIN)
}

/// The layer of each node: one more than the deepest importer, circles cut where they close.
fn layers(graph: &Graph) -> Vec<usize> {
    let count = graph.nodes.len();
    let mut layers = vec![0; count];
    // Without circles no path is longer than there are nodes; with them the rounds end all the same.
    for _ in 0..count.min(64) {
        let mut changed = false;
        for (from, to) in &graph.edges {
            let (Some(above), Some(below)) = (layers.get(*from).copied(), layers.get_mut(*to)) else { continue };
            if *below <= above && above + 1 < count.min(64) {
                *below = above + 1;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    layers
}

fn order(graph: &Graph, layers: &[usize]) -> Vec<Vec<usize>> {
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); layers.iter().max().map_or(0, |last| last + 1)];
    for (node, layer) in layers.iter().enumerate() {
        if let Some(row) = rows.get_mut(*layer) {
            row.push(node);
        }
    }
    rows.retain(|row| !row.is_empty());
    for sweep in 0..SWEEPS {
        let mut position = vec![0.0; layers.len()];
        for row in &rows {
            for (at, node) in row.iter().enumerate() {
                if let Some(slot) = position.get_mut(*node) {
                    *slot = (at as f64 + 0.5) / row.len() as f64;
                }
            }
        }
        for row in &mut rows {
            let mut weighed: Vec<(f64, usize)> =
                row.iter().map(|node| (middle(graph, *node, sweep, &position), *node)).collect();
            weighed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            *row = weighed.into_iter().map(|(_, node)| node).collect();
        }
    }
    rows
}

/// The mean place of a node's importers, or of its imports in every other sweep.
fn middle(graph: &Graph, node: usize, sweep: usize, position: &[f64]) -> f64 {
    let neighbours: Vec<f64> = graph
        .edges
        .iter()
        .filter_map(|(from, to)| match sweep % 2 {
            0 => (*to == node).then_some(*from),
            _ => (*from == node).then_some(*to),
        })
        .filter_map(|other| position.get(other).copied())
        .collect();
    match neighbours.len() {
        0 => position.get(node).copied().unwrap_or_default(),
        count => neighbours.iter().sum::<f64>() / count as f64,
    }
}
