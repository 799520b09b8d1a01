//! Addresses of the web in running text.

use crate::base::{TextRange, TextSize};

/// The addresses in a text with their places. `cut` says that more follows right after
/// the text that nobody knows: an address at its end is not one.
pub(super) fn addresses(text: &str, cut: bool) -> Vec<(TextRange, String)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("://")).map(|at| from + at) {
        from = at + "://".len();
        let before = text.get(..at).unwrap_or_default();
        let Some(scheme) = ["https", "http"].into_iter().find(|scheme| before.ends_with(scheme)) else { continue };
        let start = at - scheme.len();
        // `git+https://` is no address of the web.
        let joined = |c: char| c.is_alphanumeric() || matches!(c, '+' | '-' | '.');
        if text.get(..start).is_some_and(|before| before.ends_with(joined)) {
            continue;
        }
        let rest = text.get(from..).unwrap_or_default();
        let length = rest.find(|c: char| c.is_whitespace() || c.is_control() || "\"'`<>{}|\\^".contains(c));
        if length.is_none() && cut {
            break;
        }
        let rest = without_punctuation(rest.get(..length.unwrap_or(rest.len())).unwrap_or_default());
        if !rest.starts_with(|c: char| c.is_alphanumeric() || c == '[') {
            continue;
        }
        let end = from + rest.len();
        let size = |at: usize| TextSize::try_from(at).unwrap_or_default();
        let address = text.get(start..end).unwrap_or_default().to_string();
        found.push((TextRange::new(size(start), size(end)), address));
        from = end;
    }
    found
}

/// What belongs to the sentence around an address and not to it.
fn without_punctuation(mut text: &str) -> &str {
    loop {
        let opened = |open: char, close: char| text.matches(open).count() >= text.matches(close).count();
        let last = text.chars().next_back();
        let drop = match last {
            Some('.' | ',' | ';' | ':' | '!' | '?' | '*') => true,
            Some(')') => !opened('(', ')'),
            Some(']') => !opened('[', ']'),
            _ => false,
        };
        match last {
            Some(last) if drop => text = text.get(..text.len() - last.len_utf8()).unwrap_or_default(),
            _ => return text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_sentences() {
        let of = |text: &str, cut| {
            addresses(text, cut).into_iter().map(|(range, url)| (usize::from(range.start()), url)).collect::<Vec<_>>()
        };
        let one = |at: usize, url: &str| vec![(at, url.to_string())];
        assert_eq!(of("# see https://a.b/c.", false), one(6, "https://a.b/c"));
        assert_eq!(of("(https://a.b/c_(d))", false), one(1, "https://a.b/c_(d)"));
        assert_eq!(of("<http://ä.b/?x=1#y>, ok", false), one(1, "http://ä.b/?x=1#y"));
        assert_eq!(of("https://a.b/", true), []);
        assert_eq!(of("https://a.b/ and", true), one(0, "https://a.b/"));
        assert_eq!(of("git+https://a.b/c :// https:// ://x http://.", false), []);
        assert_eq!(of("http://a http://b", false).len(), 2);
    }
}
