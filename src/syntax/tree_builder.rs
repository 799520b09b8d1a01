//! Builds a tree from the bottom up, and knows how deep it has become.
//!
//! rowan has a builder of its own. It shares equal subtrees, and to do so walks
//! them again whenever its table grows; this one shares equal tokens only, which
//! is where nearly all of the memory is saved, and takes linear time for every
//! tree. It also counts the height of what it builds, because trees are dropped
//! and walked by recursion: what is too deep must never come to exist.

use rowan::{GreenNode, GreenToken, NodeOrToken};

use super::SyntaxKind;

pub(super) type GreenElement = NodeOrToken<GreenNode, GreenToken>;

/// A place among the siblings built so far, where a node may be begun later.
#[derive(Debug, Clone, Copy)]
pub(super) struct Checkpoint(usize);

struct Built {
    element: GreenElement,
    /// Zero for a token.
    height: u32,
}

pub(super) struct TreeBuilder {
    built: Vec<Built>,
    /// The nodes begun and not finished, and which of `built` is their first child.
    begun: Vec<(SyntaxKind, usize)>,
    tokens: TokenCache,
    /// How many nodes the tree stands under, when it is a part of a larger one.
    outer: u32,
    height: u32,
}

impl TreeBuilder {
    /// A builder for what will have `outer` ancestors.
    pub fn new(outer: u32) -> TreeBuilder {
        TreeBuilder { built: Vec::new(), begun: Vec::new(), tokens: TokenCache::default(), outer, height: 0 }
    }

    pub fn token(&mut self, kind: SyntaxKind, text: &str) {
        let token = self.tokens.get(kind, text);
        self.built.push(Built { element: NodeOrToken::Token(token), height: 0 });
    }

    pub fn start(&mut self, kind: SyntaxKind) {
        self.start_at(self.checkpoint(), kind);
    }

    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint(self.built.len())
    }

    pub fn start_at(&mut self, checkpoint: Checkpoint, kind: SyntaxKind) {
        self.begun.push((kind, checkpoint.0));
    }

    pub fn finish(&mut self) {
        let Some((kind, first)) = self.begun.pop() else {
            return;
        };
        let mut height = 0;
        let children = self.built.drain(first..).map(|built| {
            height = height.max(built.height);
            built.element
        });
        let node = GreenNode::new(raw(kind), children);
        height += 1;
        self.height = self.height.max(height);
        self.built.push(Built { element: NodeOrToken::Node(node), height });
    }

    /// How deep the deepest place of the tree is so far, its ancestors included.
    pub fn depth(&self) -> u32 {
        self.outer + (self.begun.len() as u32).max(self.height)
    }

    /// What was built, in order. Nodes still begun count as if they never were.
    pub fn into_elements(self) -> Vec<GreenElement> {
        self.built.into_iter().map(|built| built.element).collect()
    }
}

pub(super) fn raw(kind: SyntaxKind) -> rowan::SyntaxKind {
    rowan::SyntaxKind(kind as u16)
}

/// The tokens made last, one for each hash: names, punctuation and indentation
/// come again and again.
struct TokenCache {
    slots: Vec<Option<GreenToken>>,
}

const SLOTS: usize = 1 << 10;
const LONGEST_SHARED: usize = 24;

impl Default for TokenCache {
    fn default() -> TokenCache {
        TokenCache { slots: vec![None; SLOTS] }
    }
}

impl TokenCache {
    fn get(&mut self, kind: SyntaxKind, text: &str) -> GreenToken {
        let make = || GreenToken::new(raw(kind), text);
        if text.len() > LONGEST_SHARED {
            return make();
        }
        let hash = text
            .bytes()
            .fold(kind as usize, |hash, byte| (hash.rotate_left(5) ^ usize::from(byte)).wrapping_mul(0x9e37_79b9));
        match self.slots.get_mut((hash >> 16) % SLOTS) {
            Some(Some(token)) if token.kind() == raw(kind) && token.text() == text => token.clone(),
            Some(slot) => slot.insert(make()).clone(),
            None => make(),
        }
    }
}
