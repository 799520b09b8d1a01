//! The sorting of `builtins.sort`.
//!
//! Any stable sort gives the same where the comparison is an order. Where it is
//! not (`a: b: true`), the result follows from which elements are compared, so
//! that is as in Nix (`peeksort` in `libutil/sort.hh`): a merge sort that looks
//! for runs around the middle (Munro and Wild, "Nearly-Optimal Mergesorts",
//! 2018), with insertion for what is short.

use crate::eval::Result;

/// Up to this many elements are sorted by insertion.
const SHORT: usize = 16;

/// Sorts with a comparison that may fail. An inconsistent one gives some order and no panic.
pub(super) fn sort<T: Clone>(items: Vec<T>, less: impl FnMut(&T, &T) -> Result<bool>) -> Result<Vec<T>> {
    let length = items.len();
    let mut sorter = Sorter { items, less };
    match length {
        0 | 1 => {}
        2 => {
            if sorter.less(1, 0)? {
                sorter.items.swap(0, 1);
            }
        }
        _ => sorter.sort(0, length, 0, length)?,
    }
    Ok(sorter.items)
}

struct Sorter<T, F> {
    items: Vec<T>,
    less: F,
}

impl<T: Clone, F: FnMut(&T, &T) -> Result<bool>> Sorter<T, F> {
    fn less(&mut self, left: usize, right: usize) -> Result<bool> {
        match (self.items.get(left), self.items.get(right)) {
            (Some(left), Some(right)) => (self.less)(left, right),
            _ => Ok(false),
        }
    }

    /// Sorts `begin..end`, of which `begin..left` and `right..end` are sorted already.
    fn sort(&mut self, begin: usize, end: usize, left: usize, right: usize) -> Result<()> {
        if left == end || right == begin {
            return Ok(());
        }
        if end - begin <= SHORT {
            return self.insertion(begin, end);
        }
        let middle = begin + (end - begin) / 2;
        if middle <= left {
            self.sort(left, end, left + 1, right)?;
            return self.merge(begin, left, end);
        }
        if middle >= right {
            self.sort(begin, right, left, right - 1)?;
            return self.merge(begin, right, end);
        }
        // The run around the middle.
        let falling = self.less(middle, middle - 1)?;
        let first = self.run_before(left, middle, falling)?;
        let last = self.run_after(middle - 1, right, falling)?;
        if falling && let Some(run) = self.items.get_mut(first..last) {
            run.reverse();
        }
        if first == begin && last == end {
            return Ok(());
        }
        if middle - first < last - middle {
            self.sort(begin, first, left, first.saturating_sub(1))?;
            self.sort(first, end, last, right)?;
            self.merge(begin, first, end)
        } else {
            self.sort(begin, last, left, first)?;
            self.sort(last, end, last + 1, right)?;
            self.merge(begin, last, end)
        }
    }

    /// Where the run begins that ends at `end`; a falling one has no equal neighbours.
    fn run_before(&mut self, begin: usize, mut end: usize, falling: bool) -> Result<usize> {
        while end > begin + 1 && self.less(end - 1, end - 2)? == falling {
            end -= 1;
        }
        Ok(end - 1)
    }

    /// Where the run ends that begins at `begin`.
    fn run_after(&mut self, mut begin: usize, end: usize, falling: bool) -> Result<usize> {
        while begin + 1 < end && self.less(begin + 1, begin)? == falling {
            begin += 1;
        }
        Ok(begin + 1)
    }

    fn insertion(&mut self, begin: usize, end: usize) -> Result<()> {
        for current in begin + 1..end {
            let mut at = current;
            while at > begin && self.less(at, at - 1)? {
                self.items.swap(at, at - 1);
                at -= 1;
            }
        }
        Ok(())
    }

    /// Merges the sorted `begin..middle` and `middle..end`.
    fn merge(&mut self, begin: usize, middle: usize, end: usize) -> Result<()> {
        let (mut left, mut right) = (begin, middle);
        let mut merged = Vec::with_capacity(end - begin);
        while left < middle && right < end {
            let next = if self.less(right, left)? { &mut right } else { &mut left };
            merged.extend(self.items.get(*next).cloned());
            *next += 1;
        }
        merged.extend_from_slice(self.items.get(left..middle).unwrap_or_default());
        merged.extend_from_slice(self.items.get(right..end).unwrap_or_default());
        if let Some(place) = self.items.get_mut(begin..end)
            && place.len() == merged.len()
        {
            place.clone_from_slice(&merged);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::sort;

    #[test]
    fn sorts_stably() {
        // Numbers that follow from their place, so that there are runs and none.
        for length in 0..200usize {
            let items: Vec<(usize, usize)> = (0..length).map(|at| (at * 7919 % 37 / (1 + at % 3), at)).collect();
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            let sorted = sort(items, |a, b| Ok(a.0 < b.0));
            assert_eq!(sorted.ok(), Some(expected));
        }
    }

    #[test]
    fn keeps_every_element_whatever_the_comparison_says() {
        for length in 0..100usize {
            for verdict in [true, false] {
                let mut sorted = sort((0..length).collect(), |_, _| Ok(verdict)).unwrap_or_default();
                sorted.sort_unstable();
                assert_eq!(sorted, (0..length).collect::<Vec<_>>());
            }
        }
    }
}
