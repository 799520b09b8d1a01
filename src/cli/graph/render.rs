//! A graph as text of several kinds.

use std::fmt::Write;

use super::layout::{HEIGHT, layout};
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

pub(super) fn svg(graph: &Graph) -> String {
    let (boxes, width, height) = layout(graph);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
         font-family=\"monospace\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"#f8fafc\"/>\n"
    );
    for (from, to) in &graph.edges {
        let (Some(a), Some(b)) = (boxes.get(*from), boxes.get(*to)) else { continue };
        let (x1, y1, x2, y2) = (a.x + a.width, a.y + HEIGHT / 2.0, b.x, b.y + HEIGHT / 2.0);
        let bend = ((x2 - x1) / 2.0).abs().max(30.0);
        let _ = writeln!(
            out,
            "<path d=\"M{x1:.1} {y1:.1} C{:.1} {y1:.1} {:.1} {y2:.1} {x2:.1} {y2:.1}\" fill=\"none\" stroke=\"#94a3b8\"/>",
            x1 + bend,
            x2 - bend
        );
    }
    for (node, place) in graph.nodes.iter().zip(&boxes) {
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
