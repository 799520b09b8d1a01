//! Patterns of paths, as `exclude` takes them.

/// Whether `path`, relative and with `/`, matches `pattern`, or lies in a folder that does.
///
/// `*` and `?` stand for characters of one name, `**` for any number of folders.
/// A pattern without `/` matches a name at any depth, as in a .gitignore.
pub fn matches(pattern: &str, path: &str) -> bool {
    let anchored = pattern.trim_end_matches('/').contains('/');
    let mut segments: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if segments.is_empty() {
        return false;
    }
    if !anchored {
        segments.insert(0, "**");
    }
    let names: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    (1..=names.len()).any(|end| match_all(&segments, names.get(..end).unwrap_or_default()))
}

/// Every wildcard remembers only the last place to go on from: without
/// alternatives in a pattern nothing is lost by it, and time stays quadratic.
fn match_all(pattern: &[&str], names: &[&str]) -> bool {
    wild(pattern, names, |part| *part == "**", |part, name| match_name(part, name))
}

fn match_name(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    wild(&pattern, &name, |c| *c == '*', |p, c| *p == '?' || p == c)
}

fn wild<P, T>(pattern: &[P], text: &[T], any: impl Fn(&P) -> bool, one: impl Fn(&P, &T) -> bool) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut resume: Option<(usize, usize)> = None;
    while let Some(item) = text.get(t) {
        match pattern.get(p) {
            Some(part) if any(part) => {
                resume = Some((p, t));
                p += 1;
            }
            Some(part) if one(part, item) => {
                p += 1;
                t += 1;
            }
            _ => match resume {
                Some((star, at)) => {
                    resume = Some((star, at + 1));
                    p = star + 1;
                    t = at + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(any)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, path) in [
            ("archived", "archived/relay.nix"),
            ("archived/", "hosts/archived/relay.nix"),
            ("archived/**", "archived/a/b.nix"),
            ("*.generated.nix", "a/b/x.generated.nix"),
            ("hosts/*/hardware-configuration.nix", "hosts/a/hardware-configuration.nix"),
            ("**/old/*.nix", "a/b/old/c.nix"),
            ("**/old/*.nix", "old/c.nix"),
            ("./hosts/a.nix", "hosts/a.nix"),
            ("/hosts", "hosts/a.nix"),
            ("h?sts/a", "hosts/a/b"),
            ("*ä*", "xäy"),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("", "a"),
            ("/", "a"),
            ("hosts/a", "x/hosts/a"),
            ("host", "hosts/a"),
            ("hosts/*.nix", "hosts/a/b.nix"),
            ("archived/x", "archived"),
        ] {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn hostile_patterns_end() {
        assert!(!matches(&"*a".repeat(200), &"a".repeat(150)));
        assert!(!matches(&"**/a/".repeat(200), &"a/".repeat(150)));
    }
}
