//! Tells TOML 1.1 from 1.0: the library reads both, Nix only the older one.

/// Whether a correct document needs TOML 1.1: a line end or a last comma in an
/// inline table, or one of the escapes `\\e` and `\\x`.
pub(super) fn is_newer(text: &str) -> bool {
    let mut brackets: Vec<u8> = Vec::new();
    let mut after_comma = false;
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'#' => {
                at += bytes.get(at..).unwrap_or_default().iter().take_while(|byte| **byte != b'\n').count();
                continue;
            }
            b' ' | b'\t' | b'\r' => continue,
            b'\n' if brackets.last() == Some(&b'{') => return true,
            b'\n' => continue,
            b'"' | b'\'' => match end_of_string(bytes, at - 1) {
                Some(end) => at = end,
                None => return true,
            },
            b'[' | b'{' => brackets.push(*byte),
            b'}' if after_comma => return true,
            b']' | b'}' => {
                brackets.pop();
            }
            _ => {}
        }
        after_comma = *byte == b',';
    }
    false
}

/// Where the string ends whose quotes begin at `start`; `None` if it has an escape of TOML 1.1.
fn end_of_string(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = bytes.get(start..).unwrap_or_default();
    let quote = *rest.first()?;
    let triple = rest.starts_with(&[quote; 3]);
    let mut at = start + if triple { 3 } else { 1 };
    while let Some(byte) = bytes.get(at) {
        if *byte == b'\\' && quote == b'"' {
            if matches!(bytes.get(at + 1), Some(b'e' | b'x')) {
                return None;
            }
            at += 2;
        } else if *byte == quote && !triple {
            return Some(at + 1);
        } else if *byte == quote && bytes.get(at..).unwrap_or_default().starts_with(&[quote; 3]) {
            // Up to two more quotes belong to the text.
            let quotes = bytes.get(at..).unwrap_or_default().iter().take_while(|byte| **byte == quote).count();
            return Some(at + quotes.min(5));
        } else {
            at += 1;
        }
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::is_newer;

    #[test]
    fn tells_the_versions() {
        for old in [
            "a = { b = 1, c = [ 1,\n 2, ] } # },\n",
            "a = '\\e'",
            "[t]\nb = \"\"\"x\"\"\"\"\"\nc = { d = \",\" }",
            "a = [ { }, ]",
        ] {
            assert!(!is_newer(old), "{old}");
        }
        for new in ["a = { b = 1, }", "a = {\n}", "a = \"\\e\"", "a = \"\"\"\\x41\"\"\"", "a = { b = 1, # c\n }"] {
            assert!(is_newer(new), "{new}");
        }
    }
}
