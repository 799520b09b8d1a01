//! The lines in which two texts differ.

use super::{TextEdit, TextRange, TextSize};

/// More steps than this are not worth a smaller edit.
const MAX_STEPS: usize = 2000;

/// Edits of whole lines that make `new` of `old`, in the order of the text and apart from each other. Lines that stay are
/// found as `diff` does it (Myers, "An O(ND) Difference Algorithm and Its Variations"); texts that differ in too much
/// are one edit.
pub fn line_edits(old: &str, new: &str) -> Vec<TextEdit> {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let rest = a.len().min(b.len()) - start;
    let end = a.iter().rev().zip(b.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let (middle_a, middle_b) =
        (a.get(start..a.len() - end).unwrap_or_default(), b.get(start..b.len() - end).unwrap_or_default());
    let same = same_lines(middle_a, middle_b).unwrap_or_default();
    let offset = |lines: usize| a.iter().take(lines).map(|line| TextSize::of(*line)).sum::<TextSize>();
    let mut edits = Vec::new();
    let (mut at_a, mut at_b) = (0, 0);
    for (next_a, next_b) in same.into_iter().chain([(middle_a.len(), middle_b.len())]) {
        if next_a > at_a || next_b > at_b {
            let range = TextRange::new(offset(start + at_a), offset(start + next_a));
            edits.push(TextEdit::replace(range, middle_b.get(at_b..next_b).unwrap_or_default().concat()));
        }
        (at_a, at_b) = (next_a + 1, next_b + 1);
    }
    edits
}

/// The pairs of lines that are kept, in their order.
fn same_lines(a: &[&str], b: &[&str]) -> Option<Vec<(usize, usize)>> {
    let bound = (a.len() + b.len()).min(MAX_STEPS);
    let width = 2 * bound + 3;
    let center = bound + 1;
    // For each diagonal how far down `a` the paths of so many steps lead.
    let mut reach = vec![0usize; width];
    let mut rounds: Vec<Vec<usize>> = Vec::new();
    for steps in 0..=bound {
        rounds.push(reach.clone());
        for diagonal in (center - steps..=center + steps).step_by(2) {
            let left = *reach.get(diagonal - 1)?;
            let right = *reach.get(diagonal + 1)?;
            let down = diagonal == center - steps || (diagonal != center + steps && left < right);
            let mut x = if down { right } else { left + 1 };
            let mut y = (x + center).checked_sub(diagonal)?;
            while x < a.len() && y < b.len() && a.get(x) == b.get(y) {
                (x, y) = (x + 1, y + 1);
            }
            *reach.get_mut(diagonal)? = x;
            if x >= a.len() && y >= b.len() {
                return trace(&rounds, center, a.len(), b.len());
            }
        }
    }
    None
}

fn trace(rounds: &[Vec<usize>], center: usize, mut x: usize, mut y: usize) -> Option<Vec<(usize, usize)>> {
    let mut same = Vec::new();
    for (steps, reach) in rounds.iter().enumerate().rev() {
        let diagonal = (x + center).checked_sub(y)?;
        let (left, right) = (*reach.get(diagonal - 1)?, *reach.get(diagonal + 1)?);
        let down = diagonal == center - steps || (diagonal != center + steps && left < right);
        let before = if down { diagonal + 1 } else { diagonal - 1 };
        let before_x = if steps == 0 { 0 } else { *reach.get(before)? };
        let before_y = if steps == 0 { 0 } else { (before_x + center).checked_sub(before)? };
        while x > before_x && y > before_y {
            (x, y) = (x - 1, y - 1);
            same.push((x, y));
        }
        (x, y) = (before_x, before_y);
    }
    same.reverse();
    Some(same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::apply_edits;

    #[test]
    fn lines_that_stay_are_not_touched() {
        let check = |old: &str, new: &str, expected: &[(u32, u32, &str)]| {
            let edits = line_edits(old, new);
            let shown: Vec<(u32, u32, &str)> =
                edits.iter().map(|it| (it.range.start().into(), it.range.end().into(), it.insert.as_str())).collect();
            assert_eq!(shown, expected, "{old:?} {new:?}");
            assert_eq!(apply_edits(old, &edits).unwrap(), new);
        };
        check("a\nb\nc\n", "a\nb\nc\n", &[]);
        check("a\nb\nc\n", "a\nx\nc\n", &[(2, 4, "x\n")]);
        check("a\nb\nc\nd\n", "x\nb\nc\ny\n", &[(0, 2, "x\n"), (6, 8, "y\n")]);
        check("a\nc\n", "a\nb\nc\n", &[(2, 2, "b\n")]);
        check("a\nb\nc", "a\nc", &[(2, 4, "")]);
        check("", "a", &[(0, 0, "a")]);
        check("a", "", &[(0, 1, "")]);
    }

    #[test]
    fn any_two_texts() {
        let mut random = 7u32;
        for _ in 0..500 {
            let mut text = || {
                let mut text = String::new();
                for _ in 0..8 {
                    random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    text.push_str(["a\n", "b\n", "c\n", ""][(random >> 16) as usize % 4]);
                }
                text
            };
            let (old, new) = (text(), text());
            assert_eq!(apply_edits(&old, &line_edits(&old, &new)).unwrap(), new);
        }
    }
}
