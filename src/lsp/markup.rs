//! Words for people, as their editor can show them: Markdown, or plain text.

use tower_lsp_server::ls_types as lsp;

/// `markdown` as it is, or without its marks for a client that shows text as it comes.
pub fn markup(is_shown: bool, markdown: String) -> lsp::MarkupContent {
    match is_shown {
        true => lsp::MarkupContent { kind: lsp::MarkupKind::Markdown, value: markdown },
        false => lsp::MarkupContent { kind: lsp::MarkupKind::PlainText, value: plain(&markdown) },
    }
}

/// The same for documentation, which may be a mere string: clients of before 2017 know nothing else, and to all others
/// it is plain text (LSP, "CompletionItem").
pub fn documentation(is_shown: bool, markdown: String) -> lsp::Documentation {
    match is_shown {
        true => lsp::Documentation::MarkupContent(markup(true, markdown)),
        false => lsp::Documentation::String(plain(&markdown)),
    }
}

/// What a reader would see: no fences, no quotes around code, `text (address)` for a link.
fn plain(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    let mut fence: Option<&str> = None;
    for line in markdown.lines() {
        let start = line.trim_start();
        if let Some(open) = fence {
            if start.starts_with(open) && start.trim_matches(['`', '~', ' ']).is_empty() {
                fence = None;
            } else {
                text.push_str(line);
                text.push('\n');
            }
            continue;
        }
        if let Some(open) = ["```", "~~~"].into_iter().find(|open| start.starts_with(open)) {
            fence = Some(open);
            continue;
        }
        let line = match start.trim_start_matches('#').strip_prefix(' ') {
            Some(heading) if start.starts_with('#') => heading,
            _ => line,
        };
        inline(line.trim_end(), &mut text);
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text
}

/// One line without its marks.
fn inline(line: &str, text: &mut String) {
    let mut rest = line;
    while let Some(at) = rest.find(['`', '[', '*', '\\']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        rest = match from.as_bytes().first() {
            Some(b'`') => {
                let ticks = from.len() - from.trim_start_matches('`').len();
                let (mark, inner) = from.split_at(ticks);
                match inner.find(mark) {
                    Some(end) => {
                        let code = inner.get(..end).unwrap_or_default();
                        // A space on both sides keeps ticks within apart (CommonMark, "Code spans").
                        let bare = code.strip_prefix(' ').and_then(|it| it.strip_suffix(' '));
                        text.push_str(bare.filter(|it| !it.trim().is_empty()).unwrap_or(code));
                        inner.get(end + ticks..).unwrap_or_default()
                    }
                    None => {
                        text.push_str(mark);
                        inner
                    }
                }
            }
            Some(b'[') => match link(from) {
                Some((label, address, after)) => {
                    inline(label, text);
                    if !address.is_empty() && address != label {
                        text.push_str(&format!(" ({address})"));
                    }
                    after
                }
                None => one(from, text),
            },
            // `**strong**`; a single star may be one of Nix.
            Some(b'*') if from.starts_with("**") => from.get(2..).unwrap_or_default(),
            Some(b'\\') => {
                let escaped = from.get(1..).unwrap_or_default();
                if escaped.starts_with(|c: char| c.is_ascii_punctuation()) {
                    one(escaped, text)
                } else {
                    one(from, text)
                }
            }
            _ => one(from, text),
        };
    }
    text.push_str(rest);
}

/// Takes over one character.
fn one<'t>(from: &'t str, text: &mut String) -> &'t str {
    let mut chars = from.chars();
    text.extend(chars.next());
    chars.as_str()
}

/// `[label](address)`, and what comes after it.
fn link(from: &str) -> Option<(&str, &str, &str)> {
    let (label, rest) = from.strip_prefix('[')?.split_once("](")?;
    let (address, after) = rest.split_once(')')?;
    (!label.contains('[') && !address.contains(char::is_whitespace)).then_some((label, address, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_taken_out() {
        for (markdown, expected) in [
            ("```nix\na.b: bool\n```\n\nWhether.\n", "a.b: bool\n\nWhether."),
            ("Default: `1`  \nExample: `` a`b ``", "Default: 1\nExample: a`b"),
            ("# Head\n\n- `a`: **b** * c", "Head\n\n- a: b * c"),
            ("see [the manual](https://nixos.org/x) and [1 2]", "see the manual (https://nixos.org/x) and [1 2]"),
            ("[https://a](https://a) \\* \\n `open", "https://a * \\n `open"),
            ("~~~\n# ``` `x`\n~~~\n#!shebang", "# ``` `x`\n#!shebang"),
            ("", ""),
        ] {
            assert_eq!(plain(markdown), expected);
        }
    }
}
