//! Parentheses that group nothing.
//!
//! They stand around a name, a string, a list or a set, around other parentheses, or around the whole value of a binding
//! or the whole body of a `let`. The fix removes them.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   outputs = { self }: {
//!     value = (map (x: x + 1) [ (self) ]);
//!   #         ^^^^^^^^^^^^^^^^^^^^^^^^^^^
//!   #                           ^^^^^^
//!   };
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   outputs = { self }: {
//!     value = map (x: x + 1) [ (self.a or 1) (-1) (x: x) ];
//!     path = (./. + "/x") + "y";
//!   };
//! }
//! ```

use super::language::{self, OneFile};
use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity};
use crate::base::{TextEdit, TextRange, TextSize};
use crate::syntax::ast::{self, AstNode};

pub(super) const RULE: Rule = Rule {
    id: "useless-parentheses",
    chapter: Chapter::Language,
    severity: Severity::Hint,
    source: include_str!("useless_parentheses.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    language::check_all(context, &RULE)
}

pub(super) fn check_file(one: &OneFile<'_>) -> Vec<Diagnostic> {
    if !one.is_whole() {
        return Vec::new();
    }
    let root = one.data.parse().root();
    let useless = root.descendants().filter_map(ast::Paren::cast).filter(|paren| is_useless(paren) == Some(true));
    let found = useless.map(|paren| {
        let mut diagnostic = RULE.finding(one.at(paren.syntax().text_range()), "these parentheses group nothing");
        diagnostic.fixes.extend(removal(one, &paren));
        diagnostic
    });
    found.collect()
}

fn is_useless(paren: &ast::Paren) -> Option<bool> {
    let parent = paren.syntax().parent()?;
    let inner = paren.expr()?;
    let atom = match &inner {
        ast::Expr::Paren(_) | ast::Expr::Str(_) | ast::Expr::List(_) | ast::Expr::AttrSet(_) => true,
        // `or` is a name only where nothing else can be meant.
        ast::Expr::Ident(ident) => ident.syntax().text() != "or",
        _ => false,
    };
    let whole_body = ast::LetIn::cast(parent.clone())
        .and_then(|node| node.body())
        .is_some_and(|body| body.syntax() == paren.syntax());
    Some(atom || whole_body || ast::AttrpathValue::can_cast(parent.kind()))
}

fn removal(one: &OneFile<'_>, paren: &ast::Paren) -> Option<Fix> {
    let (open, close) = (paren.l_paren_token()?.text_range(), paren.r_paren_token()?.text_range());
    let text = one.data.text();
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "_'-.\"".contains(c));
    let before = text.get(..open.start().into())?;
    let after = text.get(close.end().into()..)?;
    let inner = text.get(open.end().into()..close.start().into())?;
    // The white space next to the parentheses goes with them.
    let left = inner.len() - inner.trim_start_matches([' ', '\t']).len();
    let right = inner.len() - inner.trim_end_matches([' ', '\t']).len();
    let (left, right) = if inner.trim().is_empty() { (0, 0) } else { (left, right) };
    let space = |needed: bool| if needed { " " } else { "" };
    let first = TextRange::new(open.start(), open.end() + TextSize::try_from(left).ok()?);
    let last = TextRange::new(close.start().checked_sub(TextSize::try_from(right).ok()?)?, close.end());
    let trimmed = inner.trim();
    let opening = space(joins(before.chars().next_back()) && joins(trimmed.chars().next()));
    let closing = space(joins(trimmed.chars().next_back()) && (joins(after.chars().next()) || after.starts_with('(')));
    Some(one.fix("Remove the parentheses", [TextEdit::replace(first, opening), TextEdit::replace(last, closing)]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing;

    #[track_caller]
    fn check(before: &str, after: &str) {
        let text = |body: &str| format!("{{\n  outputs = {{ self }}: {{ v = {body}; }};\n}}\n");
        let files = testing::fixed(RULE.id, &format!("#- /flake.nix\n{}", text(before)));
        assert_eq!(files, [("/flake.nix".to_string(), text(after))]);
    }

    #[test]
    fn what_stood_apart_still_does() {
        check("map(self)[ ]", "map self[ ]");
        check("( self )", "self");
        check("[ (self)(self) ]", "[ self self ]");
        check("let a = self; in (a // { })", "let a = self; in a // { }");
    }
}
