//! Keywords where no expression stands.

use super::{CompletionItem, CompletionKind, Context};
use crate::semantics::Segment;
use crate::syntax::SyntaxNode;
use crate::syntax::ast::{self, AstNode};

/// `inherit` among bindings, and `in` after those of a `let` that has none yet.
pub(super) fn in_binding(context: &Context, set: &SyntaxNode, before: &[Segment], items: &mut Vec<CompletionItem>) {
    if !before.is_empty() {
        return;
    }
    let keyword = |word: &str| CompletionItem::new(word, CompletionKind::Keyword, context.word).rank(6);
    items.push(keyword("inherit"));
    if ast::LetIn::cast(set.clone()).is_some_and(|let_in| let_in.in_token().is_none()) {
        items.push(keyword("in"));
    }
}
