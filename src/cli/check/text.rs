//! Findings for people.

use std::fmt::Write;
use std::io::IsTerminal;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Renderer, Snippet};

use super::{Counts, Known};
use crate::cli::load::Loaded;
use crate::rules::{Diagnostic, Severity};

/// The findings with their source lines, and how many there are.
pub(super) fn render(loaded: &Loaded, found: &[Diagnostic], fixed: usize, known: Option<Known>) -> String {
    let renderer = if colour() { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for diagnostic in found {
        out.push_str(&one(loaded, diagnostic, &renderer));
        out.push_str("\n\n");
    }
    if fixed > 0 {
        out.push_str(&format!("{} made.\n", counted(fixed, "fix", "fixes")));
    }
    out.push_str(&summary(Counts::of(found)));
    if let Some(Known { known, gone }) = known {
        let _ = write!(out, "{known} more known from the baseline");
        if gone > 0 {
            let _ = write!(
                out,
                "; {} that it lists {} gone",
                counted(gone, "finding", "findings"),
                if gone == 1 { "is" } else { "are" }
            );
        }
        out.push_str(".\n");
    }
    out
}

/// Whether stdout is a terminal and nobody asked for plain text, see <https://no-color.org>.
fn colour() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stdout().is_terminal() && !set("NO_COLOR") && !dumb
}

fn one(loaded: &Loaded, diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Information => Level::INFO,
        Severity::Hint => Level::HELP.with_name("hint"),
    };
    let place = loaded.place(diagnostic.at);
    let text = loaded.repository.snapshot.file(diagnostic.at.file).map(|data| data.text().to_string());
    let text = text.unwrap_or_default();
    // An empty range at the very end has no line to be shown on unless it touches the last one.
    let end = usize::from(diagnostic.at.range.end()).min(text.len());
    let start = usize::from(diagnostic.at.range.start()).min(end);
    let title = level.primary_title(&diagnostic.message).id(diagnostic.rule);
    let snippet = Snippet::source(&text).path(&place.path).annotation(AnnotationKind::Primary.span(start..end));
    let mut elements: Vec<Element<'_>> = vec![snippet.into()];
    for related in &diagnostic.related {
        let note = format!("{}: {}", loaded.place(related.at).text(), related.message);
        elements.push(Level::NOTE.message(note).into());
    }
    for fix in &diagnostic.fixes {
        // The message says the command.
        if !fix.tracks.is_empty() {
            continue;
        }
        let how = match fix.is_unsafe {
            // A new file is not made behind anybody's back.
            _ if !fix.only_edits() => "to be made in the editor",
            true => "made by --fix --unsafe-fixes",
            false => "made by --fix",
        };
        elements.push(Level::HELP.message(format!("{} ({how})", fix.title)).into());
    }
    renderer.render(&[Group::with_title(title).elements(elements)])
}

pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn summary(counts: Counts) -> String {
    let all = [
        (counts.error, "error", "errors"),
        (counts.warning, "warning", "warnings"),
        (counts.information, "piece of information", "pieces of information"),
        (counts.hint, "hint", "hints"),
    ];
    let parts: Vec<String> =
        all.iter().filter(|(count, _, _)| *count > 0).map(|(count, one, many)| counted(*count, one, many)).collect();
    match parts.as_slice() {
        [] => "Nothing found.\n".to_string(),
        parts => format!("{}.\n", parts.join(", ")),
    }
}
