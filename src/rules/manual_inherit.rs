//! An attribute is given the variable of its own name: `a = a;` is `inherit a;`.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   outputs = { self }: {
//!     value = { self = self; };
//!   #           ^^^^^^^^^^^^
//!   };
//! }
//! ```
//!
//! In a `rec` set it is something else, an attribute that needs itself:
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   outputs = { self }: {
//!     value = { inherit self; other.self = self; };
//!     never = rec { self = self; };
//!   };
//! }
//! ```

use super::language::{self, OneFile};
use super::{Chapter, Context, Diagnostic, Rule, Severity, edits};
use crate::base::TextEdit;
use crate::hir::{Attr, AttrValue, Expr, File, VarTarget};
use crate::syntax::ast;

pub(super) const RULE: Rule = Rule {
    id: "manual-inherit",
    chapter: Chapter::Language,
    severity: Severity::Hint,
    source: include_str!("manual_inherit.rs"),
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
    let root = one.data.parse().root();
    let mut found = Vec::new();
    for (_, expr) in lowered.file.exprs() {
        let Expr::Attrs(set) = expr else { continue };
        for attr in set.attrs.iter().filter(|attr| !set.recursive && is_same(&lowered.file, attr)) {
            let [key] = &attr.keys[..] else { continue };
            let whole = lowered.source_map.key(*key).whole;
            // Neither `x.a = a;` nor `"a" = a;`.
            let plain = edits::node_at::<ast::AttrpathValue>(&root, whole).and_then(|binding| {
                let mut names = binding.attrpath()?.attrs();
                Some(matches!((names.next(), names.next()), (Some(ast::Attr::Ident(_)), None)))
            });
            if plain != Some(true) {
                continue;
            }
            let message = format!("{0} = {0} says twice what inherit {0} says", attr.name);
            let mut diagnostic = RULE.finding(one.at(whole), message);
            if !edits::has_comment(&root, whole) {
                let edit = TextEdit::replace(whole, format!("inherit {};", attr.name));
                diagnostic.fixes.push(one.fix("Inherit it", [edit]));
            }
            found.push(diagnostic);
        }
    }
    found
}

fn is_same(file: &File, attr: &Attr) -> bool {
    let AttrValue::Expr(value) = attr.value else { return false };
    matches!(file.expr(value), Expr::Var(var) if var.name == attr.name && var.target != VarTarget::Undefined)
}
