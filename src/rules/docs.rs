//! The documentation of the rules, which is the doc comments of their files.

use std::fmt::Write;

use super::{Chapter, RULES, Rule};

/// The leading `//!` lines of a source.
pub(super) fn documentation(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let mut text = String::new();
    for line in lines {
        text.push_str(line.strip_prefix(' ').unwrap_or(line));
        text.push('\n');
    }
    text
}

/// The first sentence of a documentation.
pub(super) fn summary(documentation: &str) -> String {
    let paragraph = documentation.split("\n\n").next().unwrap_or_default();
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentence = line.split(". ").next().unwrap_or_default();
    sentence.trim_end_matches('.').to_string()
}

/// The page of all rules, in Markdown.
pub fn page() -> String {
    let mut out = String::from(
        "# Rules\n\n\
         This page is made from the doc comments in `src/rules/`: `FLAKEWISE_UPDATE_DOCS=1 cargo test --test docs` writes it.\n\n\
         A rule is switched off for a line by `# flakewise: allow ID` on it or on the line above, for a file by\n\
         `# flakewise: allow-file ID`, and for a repository in `flakewise.toml` beside flake.nix:\n\n\
         ```toml\n\
         exclude = [\"archived\", \"**/*.generated.nix\"]\n\n\
         [rules]\n\
         monolithic-flake = \"off\" # or hint, information, warning, error\n\
         \n\
         [[overrides]] # the last one that fits a file decides\n\
         paths = [\"hosts/old\"]\n\
         rules = { undeclared-option = \"warning\" }\n\
         ```\n\
         \n\
         `flakewise.schema.json` describes that file for editors. `check --write-baseline FILE` lists what is found, and\n\
         `check --baseline FILE` reports only what is not in the list.\n",
    );
    let mut chapter = None;
    for rule in RULES {
        if chapter != Some(rule.chapter) {
            chapter = Some(rule.chapter);
            let _ = write!(out, "\n## {}\n", chapter_title(rule.chapter));
        }
        let _ = write!(out, "\n### {}\n\n*{}*\n\n{}", rule.id, rule.severity.name(), page_text(rule));
    }
    out
}

/// The documentation without the words by which tests know what an example shows.
pub(super) fn page_text(rule: &Rule) -> String {
    let mut out = String::new();
    for line in rule.documentation().lines() {
        let _ = writeln!(out, "{}", if line.starts_with("```nix") { "```nix" } else { line });
    }
    out
}

fn chapter_title(chapter: Chapter) -> &'static str {
    match chapter {
        Chapter::Inputs => "Inputs and lock",
        Chapter::Hosts => "Hosts, helpers and outputs",
        Chapter::Modules => "Modules and options",
        Chapter::Secrets => "Secrets",
        Chapter::Language => "The language",
    }
}
