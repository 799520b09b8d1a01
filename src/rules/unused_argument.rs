//! A function takes an argument that it does not use.
//!
//! Nothing is said of what is there by custom: `config`, `lib`, `pkgs`, `options` and `modulesPath` of modules, `self` and the
//! inputs that `outputs` takes, `final` and `prev` of overlays, names that start with `_`; nor of named arguments of
//! functions in sets and calls, which frameworks look at. The fix removes a named argument; where
//! the function has no `...` it counts as unsafe, since callers may pass it. An argument in the order of
//! the call is renamed to `_name`.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   outputs = { self }: { nixosModules.a = import ./module.nix; };
//! }
//! #- /module.nix
//! { config, lib, pkgs, username, ... }@args:
//! #                    ^^^^^^^^
//! #                                    ^^^^
//! {
//!   value = map (name: 1) [ ];
//! #              ^^^^
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs";
//!   outputs = { self, nixpkgs, ... }@inputs: {
//!     nixosModules.a = { config, lib, pkgs, ... }: { };
//!     overlays.default = final: prev: { };
//!     value = map (_: 1) [ ];
//!   };
//! }
//! ```

use std::collections::BTreeSet;

use super::language::{self, OneFile};
use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity, edits};
use crate::base::{TextEdit, TextRange};
use crate::hir::{AttrValue, Expr, ExprId, File, Formal, KeyId, LambdaExpr, Name, Param};
use crate::syntax::ast::{self, AstNode};
use crate::syntax::{NodeOrToken, SyntaxKind};

pub(super) const RULE: Rule = Rule {
    id: "unused-argument",
    chapter: Chapter::Language,
    severity: Severity::Hint,
    source: include_str!("unused_argument.rs"),
    check,
};

/// Names that functions of a kind take whether they need them or not.
const BY_CUSTOM: &[&str] =
    &["config", "final", "inputs'", "lib", "modulesPath", "options", "pkgs", "prev", "self", "self'", "super"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    language::check_all(context, &RULE)
}

pub(super) fn check_file(one: &OneFile<'_>) -> Vec<Diagnostic> {
    if !one.is_whole() {
        return Vec::new();
    }
    let file = one.data.hir();
    let outputs = if one.is_flake { outputs(file) } else { None };
    let mut found = Vec::new();
    let private = private_functions(file);
    for (id, expr) in file.exprs() {
        if let Expr::Lambda(lambda) = expr
            && outputs != Some(id)
        {
            function(one, id, lambda, private.contains(&id), &mut found);
        }
    }
    found
}

/// Functions that only those see who know what they do: what the file itself is, and what a `let` binds. Of others a
/// framework may look at the names of the arguments, as den does to tell hosts from users.
fn private_functions(file: &File) -> BTreeSet<ExprId> {
    let bodies = file.exprs().filter_map(|(_, expr)| match expr {
        Expr::Let { bindings, .. } => Some(bindings),
        _ => None,
    });
    let bound = bodies.flat_map(|bindings| &bindings.attrs).filter_map(|attr| match attr.value {
        AttrValue::Expr(value) => Some(value),
        AttrValue::Inherit(_) | AttrValue::InheritFrom(_) => None,
    });
    let mut found = BTreeSet::new();
    for mut expr in bound.chain(file.root()) {
        while let Expr::Lambda(lambda) = file.expr(expr) {
            found.insert(expr);
            expr = lambda.body;
        }
    }
    found
}

/// The function that is `outputs` of a flake.nix.
fn outputs(file: &File) -> Option<ExprId> {
    let Expr::Attrs(set) = file.expr(file.root()?) else { return None };
    match set.attrs.iter().find(|attr| attr.name == "outputs")?.value {
        AttrValue::Expr(value) => Some(value),
        AttrValue::Inherit(_) | AttrValue::InheritFrom(_) => None,
    }
}

fn function(one: &OneFile<'_>, id: ExprId, lambda: &LambdaExpr, is_private: bool, found: &mut Vec<Diagnostic>) {
    let usage = one.data.usage();
    let unused =
        |name: &Name, key: KeyId| !usage.uses_key(key) && !name.starts_with('_') && !BY_CUSTOM.contains(&name.as_str());
    let mut report = |name: &Name, key: KeyId, fix: Option<Fix>| {
        let at = one.at(one.data.lowered().source_map.key(key).name);
        let mut diagnostic = RULE.finding(at, format!("the function does not use its argument {name}"));
        diagnostic.fixes.extend(fix);
        found.push(diagnostic);
    };
    match &lambda.param {
        Param::Ident { name, key } if unused(name, *key) => report(name, *key, renamed(one, lambda, name, *key)),
        Param::Ident { .. } => {}
        Param::Pattern { formals, ellipsis, bind } => {
            // Whoever uses the whole set uses each argument in it, and names the arguments that are to be in it.
            let whole = bind.as_ref().filter(|(_, key)| usage.uses_key(*key));
            // A function of the outputs takes the inputs as `outputs` itself does.
            let is_outputs = formals.iter().any(|formal| formal.name == "self");
            let speaks = |formal: &Formal| is_private && !is_outputs && unused(&formal.name, formal.key);
            for formal in formals.iter().filter(|formal| whole.is_none() && speaks(formal)) {
                report(&formal.name, formal.key, without(one, id, formals, formal, *ellipsis));
            }
            if let Some((name, key)) = bind.as_ref().filter(|(name, key)| unused(name, *key) && !is_outputs) {
                report(name, *key, without_bind(one, id, name));
            }
        }
    }
}

/// `name:` as `_name:`.
fn renamed(one: &OneFile<'_>, lambda: &LambdaExpr, name: &Name, key: KeyId) -> Option<Fix> {
    let lowered = one.data.lowered();
    let new = format!("_{name}");
    let range = lowered.source_map.key(key).name;
    // The new name must not hide one that the body uses.
    let body = lowered.source_map.expr(lambda.body);
    let hides = lowered.file.exprs().any(|(id, expr)| {
        matches!(expr, Expr::Var(var) if var.name == new) && body.contains_range(lowered.source_map.expr(id))
    });
    (!hides).then(|| one.fix(format!("Rename it to {new}"), [TextEdit::replace(range, new)]))
}

/// The pattern without one of its arguments.
fn without(one: &OneFile<'_>, id: ExprId, formals: &[Formal], formal: &Formal, ellipsis: bool) -> Option<Fix> {
    let map = &one.data.lowered().source_map;
    let at = formals.iter().position(|other| other.key == formal.key)?;
    let entry = map.key(formal.key).whole;
    let pattern = pattern(one, id)?;
    let next = formals.get(at + 1).map(|next| map.key(next.key).whole.start());
    let next = next.or_else(|| pattern.ellipsis_token().map(|token| token.text_range().start()));
    let range = match (next, at.checked_sub(1).and_then(|before| formals.get(before))) {
        (Some(next), _) => TextRange::new(entry.start(), next),
        (None, Some(before)) => TextRange::new(map.key(before.key).whole.end(), entry.end()),
        (None, None) => return None,
    };
    if edits::has_comment(&one.data.parse().root(), range) {
        return None;
    }
    let mut fix = one.fix(format!("Remove {}", formal.name), [TextEdit::delete(range)]);
    fix.is_unsafe = !ellipsis;
    Some(fix)
}

/// The pattern without the name for the whole set.
fn without_bind(one: &OneFile<'_>, id: ExprId, name: &str) -> Option<Fix> {
    let pattern = pattern(one, id)?;
    let bind = pattern.pat_bind()?.syntax().text_range();
    let brace = |kind: SyntaxKind| {
        let tokens = pattern.syntax().children_with_tokens().filter_map(NodeOrToken::into_token);
        tokens.filter(|token| token.kind() == kind).last().map(|token| token.text_range())
    };
    let (open, close) = (brace(SyntaxKind::TOKEN_L_BRACE)?, brace(SyntaxKind::TOKEN_R_BRACE)?);
    let range = if bind.start() < open.start() {
        TextRange::new(bind.start(), open.start())
    } else {
        TextRange::new(close.end(), bind.end())
    };
    let root = one.data.parse().root();
    (!edits::has_comment(&root, range)).then(|| one.fix(format!("Remove {name}"), [TextEdit::delete(range)]))
}

fn pattern(one: &OneFile<'_>, id: ExprId) -> Option<ast::Pattern> {
    let lambda: ast::Lambda = edits::node_at(&one.data.parse().root(), one.data.lowered().source_map.expr(id))?;
    match lambda.param()? {
        ast::Param::Pattern(pattern) => Some(pattern),
        ast::Param::IdentParam(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing;

    #[track_caller]
    fn check(before: &str, after: &str) {
        let flake = "#- /flake.nix\n{\n  outputs = { self }: { x = import ./m.nix; };\n}\n#- /m.nix\n";
        let files = testing::fixed(RULE.id, &format!("{flake}{before}\n"));
        assert_eq!(files, [("/m.nix".to_string(), format!("{after}\n"))]);
    }

    #[test]
    fn patterns() {
        check("{ a, b, ... }: a", "{ a, ... }: a");
        check("{ a, b, c, d, ... }: a + d", "{ a, d, ... }: a + d");
        check("{ a\n, b ? 1\n, ...\n}: a", "{ a\n, ...\n}: a");
        check("{ a, ... }: { }", "{ ... }: { }");
        check("{ a, b }: a", "{ a }: a");
        check("{ a, ... }@all: a", "{ a, ... }: a");
        check("all @ { a, ... }: a", "{ a, ... }: a");
    }

    #[test]
    fn in_the_order_of_the_call() {
        check("a: b: b", "_a: b: b");
    }

    #[test]
    fn nothing_is_said_of_sets_that_are_used_whole() {
        let flake = "#- /flake.nix\n{\n  outputs = { self }: { x = import ./m.nix; };\n}\n#- /m.nix\n";
        testing::assert_marks(RULE.id, &format!("{flake}{{ a, b, ... }}@all: all\n"));
        testing::assert_marks(RULE.id, &format!("{flake}{{ self, nixpkgs, ... }}@inputs: {{ }}\n"));
        testing::assert_marks(RULE.id, &format!("{flake}{{ ... }}: {{ }}\n"));
    }

    #[test]
    fn nothing_is_said_of_arguments_that_a_framework_may_look_at() {
        let flake = "#- /flake.nix\n{\n  outputs = { self }: { x = import ./m.nix; };\n}\n#- /m.nix\n";
        testing::assert_marks(RULE.id, &format!("{flake}{{ aspect = {{ host, ... }}: {{ }}; }}\n"));
        testing::assert_marks(RULE.id, &format!("{flake}{{ list = [ ({{ user }}: {{ }}) ]; }}\n"));
    }
}
