//! A report as blocks, and the two forms that it is written in.
//!
//! Text within blocks is Markdown of two kinds only: `code` and **bold**. What comes from the repository goes through [`code`].

use std::fmt::Write;

/// A part of a report.
pub(super) enum Block {
    Heading(usize, String),
    Paragraph(String),
    /// A head, rows, and which columns are numbers.
    Table(Vec<&'static str>, Vec<Vec<String>>),
    List(Vec<Item>),
    /// A drawing: as Mermaid, and as SVG.
    Drawing {
        mermaid: String,
        svg: String,
    },
    /// What is there for those who want all of it.
    Details(String, Vec<Item>),
}

/// An element of a list, with elements of its own.
pub(super) struct Item {
    pub(super) text: String,
    pub(super) below: Vec<String>,
}

impl Item {
    pub(super) fn of(text: impl Into<String>) -> Item {
        Item { text: text.into(), below: Vec::new() }
    }
}

/// A name, a path or a piece of Nix, as it stands in text.
pub(super) fn code(text: &str) -> String {
    // A line break or a backtick would end it early.
    let text: String = text.chars().map(|c| if c == '`' || c.is_control() { ' ' } else { c }).collect();
    format!("`{text}`")
}

pub(super) fn markdown(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        if !out.is_empty() {
            out.push('\n');
        }
        match block {
            Block::Heading(level, text) => {
                let _ = writeln!(out, "{} {text}", "#".repeat(*level));
            }
            Block::Paragraph(text) => {
                let _ = writeln!(out, "{text}");
            }
            Block::Table(head, rows) => {
                let _ = writeln!(out, "| {} |", head.join(" | "));
                let _ = writeln!(out, "|{}", " --- |".repeat(head.len()));
                for row in rows {
                    let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
                    let _ = writeln!(out, "| {} |", cells.join(" | "));
                }
            }
            Block::List(items) => items.iter().for_each(|item| element(&mut out, "- ", item)),
            Block::Drawing { mermaid, .. } => {
                let _ = writeln!(out, "```mermaid\n{}```", mermaid);
            }
            Block::Details(summary, items) => {
                let _ = writeln!(out, "<details><summary>{}</summary>\n", escaped(summary));
                items.iter().for_each(|item| element(&mut out, "- ", item));
                out.push_str("\n</details>\n");
            }
        }
    }
    out
}

fn element(out: &mut String, mark: &str, item: &Item) {
    let _ = writeln!(out, "{mark}{}", item.text);
    for line in &item.below {
        let _ = writeln!(out, "{}- {line}", " ".repeat(mark.len()));
    }
}

const STYLE: &str = "\
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #2563eb }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 62rem; margin: 2.5rem auto; padding: 0 1.25rem }
h1, h2, h3 { line-height: 1.25 }
h2 { margin-top: 2.5rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line) }
h3 { margin-top: 1.8rem }
code { font: .88em ui-monospace, monospace; background: var(--soft); padding: .1em .3em; border-radius: 4px; overflow-wrap: anywhere }
table { border-collapse: collapse; display: block; overflow-x: auto }
@media (min-width: 40rem) { p code { white-space: nowrap } }
th, td { text-align: left; padding: .3rem .8rem; border-bottom: 1px solid var(--line); vertical-align: top }
td { white-space: nowrap }
th { vertical-align: bottom }
li { margin: .2rem 0 }
details { margin: .6rem 0 }
summary { cursor: pointer; color: var(--accent) }
figure { margin: 1rem 0; width: max-content; min-width: 100%; max-width: calc(100vw - 2.5rem); position: relative; left: 50%; transform: translateX(-50%); box-sizing: border-box; overflow-x: auto; border: 1px solid var(--line); border-radius: 6px }
@media (prefers-color-scheme: dark) { figure svg { filter: invert(1) hue-rotate(180deg) } }
";

/// One file that needs nothing else: no script, no font, no picture from elsewhere.
pub(super) fn html(title: &str, blocks: &[Block]) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        escaped(title)
    );
    for block in blocks {
        match block {
            Block::Heading(level, text) => {
                let _ = writeln!(out, "<h{level}>{}</h{level}>", inline(text));
            }
            Block::Paragraph(text) => {
                let _ = writeln!(out, "<p>{}</p>", inline(text));
            }
            Block::Table(head, rows) => {
                let cells = |tag: &str, row: &mut dyn Iterator<Item = String>| {
                    row.map(|cell| format!("<{tag}>{cell}</{tag}>")).collect::<String>()
                };
                let _ = writeln!(out, "<table>\n<tr>{}</tr>", cells("th", &mut head.iter().map(|cell| inline(cell))));
                for row in rows {
                    let _ = writeln!(out, "<tr>{}</tr>", cells("td", &mut row.iter().map(|cell| inline(cell))));
                }
                out.push_str("</table>\n");
            }
            Block::List(items) => elements(&mut out, items),
            Block::Drawing { svg, .. } => {
                let _ = writeln!(out, "<figure>\n{svg}</figure>");
            }
            Block::Details(summary, items) => {
                let _ = writeln!(out, "<details><summary>{}</summary>", inline(summary));
                elements(&mut out, items);
                out.push_str("</details>\n");
            }
        }
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn elements(out: &mut String, items: &[Item]) {
    let _ = writeln!(out, "<ul>");
    for item in items {
        let _ = write!(out, "<li>{}", inline(&item.text));
        if !item.below.is_empty() {
            let below: String = item.below.iter().map(|line| format!("<li>{}</li>", inline(line))).collect();
            let _ = write!(out, "<ul>{below}</ul>");
        }
        out.push_str("</li>\n");
    }
    let _ = writeln!(out, "</ul>");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// `code` and **bold** as HTML.
fn inline(text: &str) -> String {
    let mut out = String::new();
    for (at, part) in text.split('`').enumerate() {
        let part = escaped(part);
        if at % 2 == 1 {
            let _ = write!(out, "<code>{part}</code>");
            continue;
        }
        for (at, part) in part.split("**").enumerate() {
            match at % 2 {
                1 => drop(write!(out, "<strong>{part}</strong>")),
                _ => out.push_str(part),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let blocks = [
            Block::Heading(1, "A & b".to_string()),
            Block::Table(vec!["x"], vec![vec![format!("{} | **c**", code("<a`|\nb>"))]]),
            Block::List(vec![Item { text: "one".to_string(), below: vec![code("a.nix:1")] }]),
        ];
        let text = markdown(&blocks);
        assert_eq!(text, "# A & b\n\n| x |\n| --- |\n| `<a \\| b>` \\| **c** |\n\n- one\n  - `a.nix:1`\n");
        let page = html("<t>", &blocks);
        assert!(page.contains("<title>&lt;t&gt;</title>") && page.contains("<h1>A &amp; b</h1>"), "{page}");
        assert!(page.contains("<td><code>&lt;a | b&gt;</code> | <strong>c</strong></td>"), "{page}");
        assert!(page.contains("<ul>\n<li>one<ul><li><code>a.nix:1</code></li></ul></li>\n</ul>"), "{page}");
    }
}
