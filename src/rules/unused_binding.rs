//! A `let` binds a name that nothing uses.
//!
//! It is never evaluated, and whoever reads the file looks in vain for what it is for. The fix removes it. A name that
//! starts with `_` is meant to be unused. Functions that build hosts are `unused-helper`'s.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   outputs = { self }:
//!     let
//!       system = "x86_64-linux";
//!       inherit (self) inputs lib;
//!       #                     ^^^
//!       unused = 1;
//!   #   ^^^^^^
//!     in
//!     { value = [ system inputs ]; };
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   outputs = { self }:
//!     let
//!       system = "x86_64-linux";
//!       _kept = 1;
//!     in
//!     { value = system; };
//! }
//! ```

use super::language::{self, OneFile};
use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity, edits};
use crate::base::{TextEdit, TextRange};
use crate::hir::{Attr, AttrValue, AttrsExpr, Expr, ExprId};
use crate::syntax::ast::{self, AstNode};

pub(super) const RULE: Rule = Rule {
    id: "unused-binding",
    chapter: Chapter::Language,
    severity: Severity::Hint,
    source: include_str!("unused_binding.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    language::check_all(context, &RULE)
}

pub(super) fn check_file(one: &OneFile<'_>) -> Vec<Diagnostic> {
    if !one.is_whole() {
        return Vec::new();
    }
    let lowered = one.data.lowered();
    let usage = one.data.usage();
    let mut found = Vec::new();
    for (id, expr) in lowered.file.exprs() {
        let Expr::Let { bindings, .. } = expr else { continue };
        for attr in &bindings.attrs {
            let Some(key) = attr.keys.first() else { continue };
            if usage.uses_key(*key) || attr.name.starts_with('_') || one.is_helper(&attr.name) {
                continue;
            }
            let at = one.at(lowered.source_map.key(*key).name);
            let message = format!("nothing uses {}; remove it", attr.name);
            let mut diagnostic = RULE.finding(at, message);
            diagnostic.fixes.extend(removal(one, id, bindings, attr));
            found.push(diagnostic);
        }
    }
    found
}

fn removal(one: &OneFile<'_>, id: ExprId, bindings: &AttrsExpr, attr: &Attr) -> Option<Fix> {
    let lowered = one.data.lowered();
    let root = one.data.parse().root();
    let title = format!("Remove {}", attr.name);
    let only = bindings.attrs.len() + bindings.dynamics.len() == 1;
    let node: ast::LetIn = edits::node_at(&root, lowered.source_map.expr(id))?;
    if only {
        let start = node.syntax().text_range().start();
        let body = node.body()?.syntax().text_range().start();
        let whole = TextRange::new(start, body);
        if !edits::has_comment(&root, whole) {
            return Some(one.fix(title, [TextEdit::delete(whole)]));
        }
    }
    let mut changes = Vec::new();
    for key in &attr.keys {
        let source = lowered.source_map.key(*key);
        let range = match attr.value {
            AttrValue::Expr(_) => source.whole,
            AttrValue::Inherit(_) | AttrValue::InheritFrom(_) => {
                let name = node.syntax().covering_element(source.name);
                let inherit = name.ancestors().find_map(ast::Inherit::cast)?;
                if inherit.attrs().count() > 1 { source.name } else { inherit.syntax().text_range() }
            }
        };
        if edits::has_comment(&root, range) {
            return None;
        }
        changes.push(edits::delete_binding(one.data.text(), range));
    }
    Some(one.fix(title, changes))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing;

    #[track_caller]
    fn check(before: &str, after: &str) {
        let text = |body: &str| format!("{{\n  outputs = {{ self }}:\n{body}}}\n");
        let files = testing::fixed(RULE.id, &format!("#- /flake.nix\n{}", text(before)));
        assert_eq!(files, [("/flake.nix".to_string(), text(after))]);
    }

    #[test]
    fn bindings_go_with_their_line() {
        check("let\n  # why\n  a = 1;\n  b = 2;\nin { v = b; };\n", "let\n  # why\n  b = 2;\nin { v = b; };\n");
        check("let a = 1; b = 2; in { v = b; };\n", "let b = 2; in { v = b; };\n");
        check("let\n  a.b = 1;\n  a.c = 2;\n  d = 1;\nin { v = d; };\n", "let\n  d = 1;\nin { v = d; };\n");
        check(
            "let\n  inherit (self) a b c;\nin { v = [ a c ]; };\n",
            "let\n  inherit (self) a c;\nin { v = [ a c ]; };\n",
        );
        check("let\n  inherit (self) a;\n  b = 1;\nin { v = b; };\n", "let\n  b = 1;\nin { v = b; };\n");
    }

    #[test]
    fn the_last_binding_takes_the_let_along() {
        check("let a = 1; in { v = 2; };\n", "{ v = 2; };\n");
        check("let\n  a = 1; # why\nin\n{ v = 2; };\n", "let\n # why\nin\n{ v = 2; };\n");
    }
}
