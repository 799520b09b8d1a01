//! Where the nodes of a graph are drawn and how the lines run between them: in layers, importers to the left.
//!
//! Layers, places and the ways around boxes are those of `layout-rs`. It looks for circles by walking every path,
//! and makes a place of its own in each layer that a line crosses. Both are more than a hostile graph may cost:
//! lines are therefore given to it without circles and from the left to the right, where its search ends at once,
//! and a graph whose lines cross too many layers is refused.

use layout::core::base::Orientation;
use layout::core::color::Color;
use layout::core::format::{ClipHandle, RenderBackend};
use layout::core::geometry::{Point, Position};
use layout::core::style::StyleAttr;
use layout::std_shapes::shapes::{Arrow, Element, ShapeKind};
use layout::topo::layout::VisualGraph;

use crate::ide::views::graph::Graph;

/// The place of a node, in units of the drawing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Box {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
}

/// Where a line crosses a layer, straight and level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pass {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) y: f64,
}

/// How a line runs: level across each layer that it passes, in a curve from each to the next.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    /// From the right side of the one box, through each layer between, to the left side of the other.
    pub(super) passes: Vec<Pass>,
    /// Whether it closes a circle: what it leads to imports what it comes from.
    pub(super) back: bool,
}

/// A graph that has its places.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Drawing {
    /// One for each node.
    pub(super) boxes: Vec<Box>,
    pub(super) lines: Vec<Line>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// The height of a node.
pub(super) const HEIGHT: f64 = 24.0;
/// The width of a character of the font.
const CHARACTER: f64 = 7.0;
const PADDING: f64 = 16.0;
/// The room between two layers, and half of the room between two boxes of one layer.
const LAYER_GAP: f64 = 70.0;
const HALF_ROW_GAP: f64 = 6.0;
const MARGIN: f64 = 20.0;
/// How many places a drawing may have: nodes, and layers that lines cross. More is legible to nobody.
const MOST_PLACES: usize = 4_000;
/// Up to how many lines the order is improved until no two of them need cross, which takes the square of their number.
const MOST_ORDERED: usize = 400;

/// The places of all nodes and lines. None if the graph is too large for a drawing.
pub(super) fn layout(graph: &Graph) -> Option<Drawing> {
    if graph.nodes.is_empty() {
        return Some(Drawing { width: 2.0 * MARGIN, height: 2.0 * MARGIN, ..Drawing::default() });
    }
    let arrows = without_circles(graph);
    if places(graph.nodes.len(), &arrows) > MOST_PLACES {
        return None;
    }
    let mut visual = VisualGraph::new(Orientation::LeftToRight);
    // Its own check of what it built walks every path as well.
    visual.dag.set_validate(false);
    let look = StyleAttr::new(Color::fast("black"), 1, None, 0, 11);
    // All boxes are as wide as the widest for the library, so that those of a layer begin at the same place.
    let widths: Vec<f64> =
        graph.nodes.iter().map(|node| node.label.chars().count() as f64 * CHARACTER + PADDING).collect();
    let size = Point::new(widths.iter().copied().fold(0.0, f64::max), HEIGHT);
    let handles: Vec<_> = (0..graph.nodes.len())
        .map(|index| {
            let (shape, name) = (ShapeKind::new_box(""), index.to_string());
            let mut element =
                Element::create_with_properties(shape, look.clone(), Orientation::LeftToRight, size, name);
            element.pos = Position::new(Point::zero(), size, Point::zero(), Point::new(LAYER_GAP, HALF_ROW_GAP));
            visual.add_node(element)
        })
        .collect();
    for (index, arrow) in arrows.iter().enumerate() {
        if let (Some(from), Some(to)) = (handles.get(arrow.from), handles.get(arrow.to)) {
            let line = Arrow { properties: Some(index.to_string()), ..Arrow::simple("") };
            visual.add_edge(line, *from, *to);
        }
    }
    let mut taken = Recorder { corners: vec![(0.0, 0.0); graph.nodes.len()], ways: vec![Vec::new(); arrows.len()] };
    visual.do_it(false, arrows.len() > MOST_ORDERED, false, &mut taken);
    Some(taken.drawing(&arrows, &widths))
}

/// A line from the left to the right.
struct LeftToRight {
    from: usize,
    to: usize,
    /// Whether the import is the other way round.
    back: bool,
}

/// All imports as lines that make no circle, each after all that lead to where it starts.
fn without_circles(graph: &Graph) -> Vec<LeftToRight> {
    let count = graph.nodes.len();
    let mut targets: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (from, to) in &graph.edges {
        if let Some(list) = targets.get_mut(*from).filter(|_| *to < count) {
            list.push(*to);
        }
    }
    // The order of leaving, backwards, is an order in which only what closes a circle leads back.
    let (mut seen, mut left) = (vec![false; count], Vec::with_capacity(count));
    for start in 0..count {
        let mut open = vec![(start, 0)];
        if std::mem::replace(seen.get_mut(start).unwrap_or(&mut true), true) {
            continue;
        }
        while let Some((node, next)) = open.last_mut() {
            match targets.get(*node).and_then(|list| list.get(*next)).copied() {
                Some(target) => {
                    *next += 1;
                    if let Some(seen) = seen.get_mut(target).filter(|seen| !**seen) {
                        *seen = true;
                        open.push((target, 0));
                    }
                }
                None => {
                    left.push(*node);
                    open.pop();
                }
            }
        }
    }
    let mut rank = vec![0; count];
    for (at, node) in left.iter().rev().enumerate() {
        if let Some(rank) = rank.get_mut(*node) {
            *rank = at;
        }
    }
    let rank = |node: usize| rank.get(node).copied().unwrap_or_default();
    let edges = graph.edges.iter().filter(|(from, to)| from != to && *from < count && *to < count);
    let mut lines: Vec<LeftToRight> = edges
        .map(|(from, to)| match rank(*from) < rank(*to) {
            true => LeftToRight { from: *from, to: *to, back: false },
            false => LeftToRight { from: *to, to: *from, back: true },
        })
        .collect();
    lines.sort_by_key(|line| rank(line.from));
    lines
}

/// How many places a drawing needs if each node stands in the layer after the last of its importers.
fn places(nodes: usize, lines: &[LeftToRight]) -> usize {
    let mut layers = vec![0_usize; nodes];
    let layer = |layers: &[usize], node: usize| layers.get(node).copied().unwrap_or_default();
    for line in lines {
        let after = layer(&layers, line.from) + 1;
        if let Some(layer) = layers.get_mut(line.to) {
            *layer = after.max(*layer);
        }
    }
    let crossed = lines.iter().map(|line| layer(&layers, line.to).saturating_sub(layer(&layers, line.from) + 1));
    nodes + crossed.sum::<usize>()
}

/// Takes down what the library would draw. Nodes and lines carry their number as their properties.
struct Recorder {
    /// The upper left corner of each box.
    corners: Vec<(f64, f64)>,
    /// The heights at which each line crosses the layers between its ends.
    ways: Vec<Vec<f64>>,
}

impl Recorder {
    /// The same with each layer only as wide as its widest box.
    fn drawing(self, arrows: &[LeftToRight], widths: &[f64]) -> Drawing {
        let mut starts: Vec<f64> = self.corners.iter().map(|(x, _)| *x).collect();
        starts.sort_by(f64::total_cmp);
        starts.dedup_by(|a, b| (*a - *b).abs() < 1.0);
        let layer = |x: f64| starts.partition_point(|start| *start < x - 1.0);
        let mut layers = vec![0.0_f64; starts.len()];
        for ((x, _), width) in self.corners.iter().zip(widths) {
            if let Some(widest) = layers.get_mut(layer(*x)) {
                *widest = widest.max(*width);
            }
        }
        let mut right = MARGIN - LAYER_GAP;
        let layers: Vec<(f64, f64)> = layers
            .into_iter()
            .map(|width| {
                let left = right + LAYER_GAP;
                right = left + width;
                (left, right)
            })
            .collect();
        let top = self.corners.iter().map(|(_, y)| *y).chain(self.ways.iter().flatten().copied());
        let top = top.fold(f64::INFINITY, f64::min) - MARGIN;
        let boxes: Vec<Box> = self
            .corners
            .iter()
            .zip(widths)
            .map(|((x, y), width)| Box {
                x: layers.get(layer(*x)).map_or(MARGIN, |(left, _)| *left),
                y: y - top,
                width: *width,
            })
            .collect();
        let line = |(arrow, way): (&LeftToRight, &Vec<f64>)| {
            let (from, to) = (boxes.get(arrow.from)?, boxes.get(arrow.to)?);
            let [first, last] = [arrow.from, arrow.to].map(|node| self.corners.get(node).map(|(x, _)| layer(*x)));
            let (first, last) = (first?, last?);
            let out = layers.get(first).map_or(from.x + from.width, |(_, right)| *right);
            let mut passes = vec![Pass { left: from.x + from.width, right: out, y: from.y + HEIGHT / 2.0 }];
            if way.len() == last.saturating_sub(first + 1) {
                let between = layers.iter().skip(first + 1).zip(way);
                passes.extend(between.map(|((left, right), y)| Pass { left: *left, right: *right, y: y - top }));
            }
            passes.push(Pass { left: to.x, right: to.x, y: to.y + HEIGHT / 2.0 });
            Some(Line { passes, back: arrow.back })
        };
        let lines: Vec<Line> = arrows.iter().zip(&self.ways).filter_map(line).collect();
        let lowest = boxes.iter().map(|place| place.y + HEIGHT);
        let lowest = lowest.chain(lines.iter().flat_map(|line| line.passes.iter().map(|pass| pass.y)));
        let height = lowest.fold(0.0, f64::max) + MARGIN;
        Drawing { boxes, lines, width: right + MARGIN, height }
    }
}

fn number(properties: Option<String>) -> Option<usize> {
    properties?.parse().ok()
}

impl RenderBackend for Recorder {
    fn draw_rect(&mut self, xy: Point, _: Point, _: &StyleAttr, properties: Option<String>, _: Option<ClipHandle>) {
        if let Some(corner) = number(properties).and_then(|index| self.corners.get_mut(index)) {
            *corner = (xy.x, xy.y);
        }
    }

    /// A path has a point with its control point at each end, and one for each layer between.
    fn draw_arrow(
        &mut self,
        path: &[(Point, Point)],
        _: bool,
        _: (bool, bool),
        _: &StyleAttr,
        properties: Option<String>,
        _: &str,
    ) {
        if let Some(way) = number(properties).and_then(|index| self.ways.get_mut(index))
            && let [_, between @ .., _] = path
        {
            *way = between.iter().map(|(_, point)| point.y).collect();
        }
    }

    fn draw_line(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}

    fn draw_circle(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}

    fn draw_text(&mut self, _: Point, _: &str, _: &StyleAttr) {}

    fn create_clip(&mut self, _: Point, _: Point, _: usize) -> ClipHandle {
        ClipHandle::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::views::graph::{Node, NodeKind};

    fn graph(nodes: usize, edges: &[(usize, usize)]) -> Graph {
        let node = |index| Node { kind: NodeKind::File, label: format!("{index}.nix"), path: None, range: None };
        let mut graph = Graph::default();
        graph.nodes.extend((0..nodes).map(node));
        graph.edges.extend(edges);
        graph
    }

    /// Every box is apart from every other, inside of the drawing, and every line ends where its boxes are.
    fn assert_sound(graph: &Graph) -> Drawing {
        let drawing = layout(graph).expect("small enough to be drawn");
        assert_eq!(drawing.boxes.len(), graph.nodes.len());
        for (index, one) in drawing.boxes.iter().enumerate() {
            assert!(one.x >= 0.0 && one.y >= 0.0, "{one:?}");
            assert!(one.x + one.width <= drawing.width && one.y + HEIGHT <= drawing.height, "{one:?}");
            for other in drawing.boxes.iter().skip(index + 1) {
                let beside = one.x + one.width <= other.x || other.x + other.width <= one.x;
                assert!(beside || (one.y - other.y).abs() >= HEIGHT, "{one:?} and {other:?} lie on each other");
            }
        }
        let drawn = graph.edges.iter().filter(|(from, to)| from != to).count();
        assert_eq!(drawing.lines.len(), drawn);
        for line in &drawing.lines {
            for (one, next) in line.passes.iter().zip(line.passes.iter().skip(1)) {
                assert!(one.left <= one.right && one.right < next.left, "{line:?} runs back");
            }
        }
        drawing
    }

    #[test]
    fn importers_stand_to_the_left() {
        let drawing = assert_sound(&graph(4, &[(0, 1), (1, 2), (0, 3)]));
        let x = |node: usize| drawing.boxes[node].x;
        assert!(x(0) < x(1) && x(1) < x(2) && x(0) < x(3));
        assert!(drawing.lines.iter().all(|line| !line.back));
    }

    #[test]
    fn a_line_over_several_layers_runs_around_the_boxes_between() {
        let drawing = assert_sound(&graph(4, &[(0, 1), (1, 2), (2, 3), (0, 3)]));
        let long = drawing.lines.iter().max_by_key(|line| line.passes.len()).expect("lines");
        let [_, first, second, _] = long.passes.as_slice() else { panic!("it passes two layers: {long:?}") };
        for (pass, node) in [(first, 1), (second, 2)] {
            let place = drawing.boxes[node];
            assert_eq!((pass.left, pass.right), (place.x, place.x + place.width));
            assert!(pass.y < place.y || pass.y > place.y + HEIGHT, "{pass:?} runs through {place:?}");
        }
    }

    #[test]
    fn circles_and_modules_that_import_themselves_are_drawn() {
        let drawing = assert_sound(&graph(3, &[(0, 1), (1, 2), (2, 0), (1, 1)]));
        assert_eq!(drawing.lines.iter().filter(|line| line.back).count(), 1);
    }

    #[test]
    fn graphs_whose_paths_are_many_end() {
        assert_sound(&graph(0, &[]));
        assert_sound(&graph(3, &[]));
        let diamond = |i: usize| [(0, 1), (0, 2), (1, 3), (2, 3)].map(|(a, b)| (3 * i + a, 3 * i + b));
        assert_sound(&graph(181, &(0..60).rev().flat_map(diamond).collect::<Vec<_>>()));
        let complete: Vec<_> = (0..80).flat_map(|i| (i + 1..80).map(move |j| (i, j))).collect();
        assert_eq!(layout(&graph(80, &complete)), None, "82,160 layers are crossed");
        let chain: Vec<_> = (1..3_000).map(|i| (i - 1, i)).collect();
        assert_sound(&graph(3_000, &chain));
    }
}
