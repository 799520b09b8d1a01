//! A function that does nothing but call another one with its argument: `x: f x` is `f`.
//!
//! The fix counts as unsafe for functions that are not builtins: `f` may take a set of named arguments, which whoever is
//! given the function can see (`functionArgs`, `callPackage`), and it is looked up earlier than before.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   outputs = { self }: {
//!     value = map (number: toString number) [ 1 2 ];
//!   #              ^^^^^^^^^^^^^^^^^^^^^^^
//!   };
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   outputs = { self }: {
//!     value = map (number: toString (number + 1)) [ 1 2 ];
//!     twice = map (f: f f) [ ];
//!     other = map (file: import ./other.nix file) [ ];
//!   };
//! }
//! ```

use super::language::{self, OneFile};
use super::{Chapter, Context, Diagnostic, Rule, Severity, edits};
use crate::base::TextEdit;
use crate::hir::{Expr, ExprId, File, Key, KeyId, LambdaExpr, Param, VarTarget};
use crate::syntax::ast::{self, AstNode};

pub(super) const RULE: Rule = Rule {
    id: "eta-reduction",
    chapter: Chapter::Language,
    severity: Severity::Hint,
    source: include_str!("eta_reduction.rs"),
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
    let (file, map) = (&lowered.file, &lowered.source_map);
    let root = one.data.parse().root();
    let mut found = Vec::new();
    for (id, expr) in file.exprs() {
        let Expr::Lambda(lambda) = expr else { continue };
        let Some((called, is_builtin)) = called(file, lambda) else { continue };
        let range = map.expr(id);
        let Some(text) = one.data.text().get(std::ops::Range::from(map.expr(called))) else { continue };
        let mut diagnostic =
            RULE.finding(one.at(range), format!("this function only calls {text}; give {text} itself"));
        // With the parentheses around it, where they hold a name then and stand apart.
        let paren =
            edits::node_at::<ast::Lambda>(&root, range).and_then(|node| ast::Paren::cast(node.syntax().parent()?));
        let whole =
            paren.map(|paren| paren.syntax().text_range()).filter(|whole| edits::stands_apart(one.data.text(), *whole));
        let whole = whole.unwrap_or(range);
        if !edits::has_comment(&root, whole) && !text.contains('\n') {
            let mut fix = one.fix(format!("Replace it by {text}"), [TextEdit::replace(whole, text)]);
            fix.is_unsafe = !is_builtin;
            diagnostic.fixes.push(fix);
        }
        found.push(diagnostic);
    }
    found
}

/// The function that is called with the argument alone, and whether it is a builtin.
fn called(file: &File, lambda: &LambdaExpr) -> Option<(ExprId, bool)> {
    let Param::Ident { key, .. } = &lambda.param else { return None };
    let Expr::Apply { function, argument } = file.expr(lambda.body) else { return None };
    if !refers(file, *argument, *key) {
        return None;
    }
    let base = match file.expr(*function) {
        Expr::Select { base, path, default: None } if path.iter().all(|name| matches!(name, Key::Static { .. })) => {
            *base
        }
        _ => *function,
    };
    match file.expr(base) {
        Expr::Var(var) if !refers(file, base, *key) => Some((*function, var.target == VarTarget::Global)),
        _ => None,
    }
}

/// Whether an expression is the variable bound at `key`.
fn refers(file: &File, expr: ExprId, key: KeyId) -> bool {
    matches!(file.expr(expr), Expr::Var(var) if matches!(var.target, VarTarget::Slot { key: of, .. } if of == key))
}
