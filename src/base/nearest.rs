//! The name that somebody meant.

/// How many letters must be typed differently (inserted, removed, replaced or
/// swapped with their neighbour) to make `b` of `a`. Differences of case count nothing
/// beyond the first, because `socket-mode` and `socketMode` are what people confuse.
pub fn distance(a: &str, b: &str) -> usize {
    if a == b {
        return 0;
    }
    let fold = |text: &str| -> Vec<char> {
        text.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
    };
    let (x, y) = (fold(a), fold(b));
    if x == y {
        return 1;
    }
    let width = y.len() + 1;
    let mut before_last: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for (i, cx) in x.iter().enumerate() {
        let mut row = vec![i + 1; width];
        for (j, cy) in y.iter().enumerate() {
            let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&last, j) + usize::from(cx != cy);
            let mut best = replaced.min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && x.get(i - 1) == Some(cy) && y.get(j - 1) == Some(cx);
            if swapped {
                best = best.min(at(&before_last, j - 1) + 1);
            }
            if let Some(cell) = row.get_mut(j + 1) {
                *cell = best;
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default().max(1)
}

/// The one of `candidates` that `name` was probably meant to be: near enough
/// for its length, and nearer than every other. `None` when nothing is, or two are.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let longest = (name.chars().count() / 3).clamp(1, 3);
    let mut best: Option<(usize, &str)> = None;
    let mut tied = false;
    for candidate in candidates {
        let found = distance(name, candidate);
        if found == 0 || found > longest {
            continue;
        }
        match best {
            Some((least, other)) if found == least && other != candidate => tied = true,
            Some((least, _)) if found >= least => {}
            _ => {
                best = Some((found, candidate));
                tied = false;
            }
        }
    }
    best.filter(|_| !tied).map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_is_typed_differently() {
        assert_eq!(distance("neovim", "neovim"), 0);
        assert_eq!(distance("neovm", "neovim"), 1);
        assert_eq!(distance("langauges", "languages"), 1);
        assert_eq!(distance("socket-mode", "socketMode"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn is_near_for_its_length_only() {
        assert_eq!(nearest("enabel", ["enable", "extra"]), Some("enable"));
        assert_eq!(nearest("logLvl", ["logLevel", "port"]), Some("logLevel"));
        assert_eq!(nearest("port", ["user", "sort2"]), None);
        assert_eq!(nearest("ab", ["xy"]), None);
    }

    #[test]
    fn is_silent_between_two() {
        assert_eq!(nearest("disk", ["disk1", "disk2"]), None);
        assert_eq!(nearest("disk", ["disk1", "disk1"]), Some("disk1"));
    }
}
