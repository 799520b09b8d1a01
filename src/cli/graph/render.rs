//! A graph as text of several kinds.

use std::fmt::Write;

use super::layout::{Drawing, HEIGHT, Pass, layout};
use crate::ide::views::graph::{Graph, NodeKind};

/// Fill and border.
fn colours(kind: NodeKind) -> (&'static str, &'static str) {
    match kind {
        NodeKind::Host => ("#dbeafe", "#1d4ed8"),
        NodeKind::File => ("#ffffff", "#475569"),
        NodeKind::Inline => ("#f1f5f9", "#64748b"),
        NodeKind::Input => ("#dcfce7", "#15803d"),
        NodeKind::Unknown => ("#fee2e2", "#b91c1c"),
    }
}

pub(super) fn dot(graph: &Graph) -> String {
    let mut out = String::from(
        "digraph modules {\n  rankdir = LR;\n  node [shape = box, style = filled, fontname = monospace];\n",
    );
    for (index, node) in graph.nodes.iter().enumerate() {
        let label = node.label.replace('\\', "\\\\").replace('"', "\\\"");
        let (fill, border) = colours(node.kind);
        let _ = writeln!(out, "  n{index} [label = \"{label}\", fillcolor = \"{fill}\", color = \"{border}\"];");
    }
    for (from, to) in &graph.edges {
        let _ = writeln!(out, "  n{from} -> n{to};");
    }
    out.push_str("}\n");
    out
}

pub(super) fn mermaid(graph: &Graph) -> String {
    let mut out = String::from("graph LR\n");
    for (index, node) in graph.nodes.iter().enumerate() {
        let label = node.label.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;");
        let (open, close) = match node.kind {
            NodeKind::Host => ("([", "])"),
            NodeKind::Input => ("[[", "]]"),
            NodeKind::Unknown => ("{{", "}}"),
            NodeKind::File | NodeKind::Inline => ("[", "]"),
        };
        let _ = writeln!(out, "  n{index}{open}\"{label}\"{close}");
    }
    for (from, to) in &graph.edges {
        let _ = writeln!(out, "  n{from} --> n{to}");
    }
    out
}

/// The graph as a picture. One that would be too large shows folders in the place of modules, and says so.
pub(super) fn svg(graph: &Graph) -> String {
    if let Some(drawing) = layout(graph) {
        return draw(graph, &drawing, None);
    }
    let note = "Folders stand for the modules in them: there are too many for one picture.";
    let folded = [3, 2, 1, 0].into_iter().map(|depth| graph.folded(depth));
    let drawn = folded.filter_map(|graph| layout(&graph).map(|drawing| draw(&graph, &drawing, Some(note)))).next();
    let none = "The hosts and inputs alone are too many for one picture: name one with --host.";
    drawn.unwrap_or_else(|| draw(&Graph::default(), &Drawing::default(), Some(none)))
}

/// The height of the line above the picture that says what it leaves out.
const NOTE: f64 = 30.0;

fn draw(graph: &Graph, drawing: &Drawing, note: Option<&str>) -> String {
    let top = if note.is_some() { NOTE } else { 0.0 };
    let (width, height) = (drawing.width.max(if note.is_some() { 560.0 } else { 0.0 }), drawing.height + top);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 {:.0} {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
         font-family=\"monospace\" font-size=\"11\">\n<rect y=\"{:.0}\" width=\"100%\" height=\"100%\" fill=\"#f8fafc\"/>\n",
        0.0 - top,
        0.0 - top
    );
    if let Some(note) = note {
        let _ = writeln!(out, "<text x=\"20\" y=\"-8\" fill=\"#0f172a\">{}</text>", escape(note));
    }
    for line in &drawing.lines {
        let mut path = String::new();
        let mut before: Option<&Pass> = None;
        for pass in &line.passes {
            let Pass { left, right, y } = pass;
            let _ = match before {
                None => write!(path, "M{left:.1} {y:.1}"),
                Some(before) => {
                    let middle = (before.right + left) / 2.0;
                    write!(path, " C{middle:.1} {:.1} {middle:.1} {y:.1} {left:.1} {y:.1}", before.y)
                }
            };
            if right > left {
                let _ = write!(path, " H{right:.1}");
            }
            before = Some(pass);
        }
        let dashes = if line.back { " stroke-dasharray=\"5 3\"" } else { "" };
        let _ = writeln!(out, "<path d=\"{path}\" fill=\"none\" stroke=\"#94a3b8\"{dashes}/>");
    }
    for (node, place) in graph.nodes.iter().zip(&drawing.boxes) {
        let (fill, border) = colours(node.kind);
        let _ = writeln!(
            out,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{HEIGHT}\" rx=\"4\" fill=\"{fill}\" stroke=\"{border}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" fill=\"#0f172a\">{}</text>",
            place.x,
            place.y,
            place.width,
            place.x + 8.0,
            place.y + 16.0,
            escape(&node.label)
        );
    }
    out.push_str("</svg>\n");
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
