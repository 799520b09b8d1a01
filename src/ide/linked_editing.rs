//! The places of a file that are typed at once: a name that `let` or a function binds, with its uses.

use crate::base::TextRange;
use crate::ide::{Analysis, FilePosition};
use crate::semantics::{Bound, Meaning};
use crate::syntax::SyntaxKind;

/// The places of the name at a place, itself among them. Only names that nothing outside of their `let` or function
/// can see: to change an attribute or an argument is more than to type.
pub fn linked_editing_ranges(analysis: &Analysis, position: FilePosition) -> Option<Vec<TextRange>> {
    let classified = analysis.classify(position.file, position.offset)?;
    let Meaning::Local { key } = classified.meaning else { return None };
    let info = analysis.info(position.file)?;
    if matches!(info.bound(key), Bound::Formal(_) | Bound::Inherit(_) | Bound::InheritFrom(_)) {
        return None;
    }
    let data = analysis.snapshot().file(position.file).ok()?;
    let root = data.parse().root();
    let name = data.lowered().source_map.key(key).name;
    let token = root.token_at_offset(name.start()).right_biased()?;
    let mut holders = token.parent_ancestors().filter(|node| {
        matches!(node.kind(), SyntaxKind::NODE_LET_IN | SyntaxKind::NODE_LAMBDA | SyntaxKind::NODE_ATTR_SET)
    });
    if holders.next()?.kind() == SyntaxKind::NODE_ATTR_SET {
        return None;
    }
    let found: Vec<TextRange> = analysis.local_uses(position.file, key).into_iter().map(|it| it.range).collect();
    let text = |range: TextRange| data.text().get(std::ops::Range::<usize>::from(range));
    // What is quoted in one place, or inherited, is spelled otherwise when it changes.
    let plain = |range: &TextRange| {
        let inherited = root
            .token_at_offset(range.start())
            .right_biased()
            .and_then(|token| token.parent()?.parent())
            .is_some_and(|node| node.kind() == SyntaxKind::NODE_INHERIT);
        text(*range) == text(name) && !inherited
    };
    (found.len() > 1 && found.iter().all(plain)).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::linked_editing_ranges;
    use crate::ide::testing::at_cursor;

    #[track_caller]
    fn check(text: &str, expected: Option<&[(u32, u32)]>) {
        let (analysis, _, position) = at_cursor(text);
        let found = linked_editing_ranges(&analysis, position);
        let found: Option<Vec<(u32, u32)>> =
            found.map(|found| found.into_iter().map(|range| (range.start().into(), range.end().into())).collect());
        assert_eq!(found.as_deref(), expected, "{text}");
    }

    #[test]
    fn names_that_only_their_scope_sees() {
        check("let x$0 = 1; in x + x", Some(&[(4, 5), (14, 15), (18, 19)]));
        check("name$0: name", Some(&[(0, 4), (6, 10)]));
        check("{ a }: a$0", None);
        check("{ x$0 = 1; }", None);
        check("let x = 1; in { inherit x$0; }", None);
        check("let x$0 = 1; in 2", None);
    }
}
