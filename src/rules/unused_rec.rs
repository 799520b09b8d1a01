//! A `rec` set none of whose attributes refers to another one.
//!
//! Without use, `rec` is a trap: an attribute that is added later hides the name of an argument or `let` with the same
//! name. The fix removes the word.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   outputs = { self }: {
//!     value = rec {
//!   #         ^^^
//!       a = 1;
//!       b = self.a;
//!     };
//!   };
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   outputs = { self }: {
//!     value = rec {
//!       a = 1;
//!       b = a;
//!     };
//!   };
//! }
//! ```

use super::language::{self, OneFile};
use super::{Chapter, Context, Diagnostic, Rule, Severity, edits};
use crate::base::{TextEdit, TextRange};
use crate::hir::{Expr, Usage};
use crate::syntax::ast;

pub(super) const RULE: Rule = Rule {
    id: "unused-rec",
    chapter: Chapter::Language,
    severity: Severity::Hint,
    source: include_str!("unused_rec.rs"),
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
    let found = lowered.file.exprs().filter(|(_, expr)| is_unused(usage, expr)).filter_map(|(id, _)| {
        let root = one.data.parse().root();
        let node: ast::AttrSet = edits::node_at(&root, lowered.source_map.expr(id))?;
        let word = node.rec_token()?.text_range();
        let mut diagnostic = RULE.finding(one.at(word), "no attribute of this set refers to another one; remove rec");
        let open = TextRange::new(word.start(), node.l_curly_token()?.text_range().start());
        if !edits::has_comment(&root, open) {
            diagnostic.fixes.push(one.fix("Remove rec", [TextEdit::delete(open)]));
        }
        Some(diagnostic)
    });
    found.collect()
}

fn is_unused(usage: &Usage, expr: &Expr) -> bool {
    let Expr::Attrs(set) = expr else { return false };
    set.recursive
        && !set.attrs.iter().any(|attr| attr.name == "__overrides" || attr.keys.iter().any(|key| usage.uses_key(*key)))
}
