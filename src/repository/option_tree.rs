//! The options of a configuration by path, for asking how much of a path is declared.

use std::collections::BTreeMap;

use crate::hir::Name;
use crate::module_system::OptionFacts;

/// Options as a tree. Placeholders (`<name>`, `*`) stand for any name.
#[derive(Clone, Debug, Default)]
pub struct OptionTree {
    children: BTreeMap<Name, OptionTree>,
    /// The option at this path, as an index into the facts.
    option: Option<usize>,
}

/// How far a path leads into a tree.
#[derive(Clone, Copy, Debug)]
pub struct Reached<'a> {
    /// How many names of the path are declared.
    pub depth: usize,
    /// The tree below them.
    pub node: &'a OptionTree,
}

impl OptionTree {
    /// The tree of these options.
    pub fn new(options: &[OptionFacts]) -> OptionTree {
        let mut root = OptionTree::default();
        for (index, option) in options.iter().enumerate() {
            let mut node = &mut root;
            for name in &option.path {
                node = node.children.entry(name.clone()).or_default();
            }
            node.option = Some(index);
        }
        root
    }

    /// Follows a path with real names as far as it is declared.
    pub fn reach(&self, path: &[Name]) -> Reached<'_> {
        let mut best = Reached { depth: 0, node: self };
        let Some((first, rest)) = path.split_first() else { return best };
        let exact = self.children.get(first).into_iter();
        let any = self.children.iter().filter(|(name, _)| is_placeholder(name)).map(|(_, child)| child);
        for child in exact.chain(any) {
            let below = child.reach(rest);
            if below.depth + 1 > best.depth {
                best = Reached { depth: below.depth + 1, node: below.node };
            }
        }
        best
    }

    /// The option at exactly this place.
    pub fn option(&self) -> Option<usize> {
        self.option
    }

    /// The names one level further, without placeholders, sorted.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.children.keys().filter(|name| !is_placeholder(name))
    }

    /// Whether anything lies below.
    pub fn is_leaf(&self) -> bool {
        self.children.is_empty()
    }
}

/// Whether a name stands for any name, as in `users.<name>.shell`.
pub fn is_placeholder(name: &str) -> bool {
    name == "*" || (name.starts_with('<') && name.ends_with('>'))
}

/// Whether the pattern, which may hold placeholders, is a prefix of the path, or the path one of it.
pub(super) fn overlaps(pattern: &[Name], path: &[Name]) -> bool {
    pattern.iter().zip(path).all(|(a, b)| a == b || is_placeholder(a))
}
