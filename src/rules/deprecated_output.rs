//! An output has the name that it had before Nix 2.7.
//!
//! Nix still reads `devShell`, `defaultPackage`, `defaultApp`, `overlay`, `nixosModule` and `defaultTemplate`, warns of
//! each in `nix flake check`, and will stop to. Each is now the `default` among its like. Flakes that use this one by the
//! old name must follow, which is why the fix is left to people.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     devShell.x86_64-linux = nixpkgs.legacyPackages.x86_64-linux.mkShell { };
//! #   ^^^^^^^^
//!     overlay = final: prev: { };
//! #   ^^^^^^^
//!   };
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     devShells.x86_64-linux.default = nixpkgs.legacyPackages.x86_64-linux.mkShell { };
//!     overlays.default = final: prev: { };
//!   };
//! }
//! ```

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity, edits};
use crate::base::{FileRange, TextEdit};
use crate::eval::{Origin, Site};
use crate::hir::{AttrValue, Expr, ExprId, File, Key, KeyId};
use crate::repository::{OutputName, RENAMED, Renamed, is_system, uses_own_output};
use crate::syntax::NodeOrToken;
use crate::syntax::ast::{self, AstNode, HasEntry};

pub(super) const RULE: Rule = Rule {
    id: "deprecated-output",
    chapter: Chapter::Hosts,
    severity: Severity::Warning,
    source: include_str!("deprecated_output.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let names = context.flake.output_names.iter().filter(|output| !output.maybe);
    let old = names.filter_map(|output| Some((output, RENAMED.iter().find(|it| output.name == it.old)?)));
    old.filter_map(|(output, renamed)| report(context, output, renamed)).collect()
}

fn report(context: &Context<'_>, output: &OutputName, renamed: &Renamed) -> Option<Diagnostic> {
    let at = context.place(output.definition)?;
    let now = match renamed.by_system {
        true => format!("{}.<system>.default", renamed.new),
        false => format!("{}.default", renamed.new),
    };
    let other = context.flake.output_names.iter().find(|it| it.name == renamed.new);
    let has_default = other.is_some_and(|other| {
        other.keys.iter().any(|key| key.name == "default")
            || context.flake.outputs.iter().any(|it| {
                it.path.first().is_some_and(|name| name == renamed.new)
                    && it.path.get(2).is_some_and(|name| name == "default")
            })
    });
    let advice = match has_default {
        true => format!("{now} is there already, so that it can go"),
        false => format!("call it {now}"),
    };
    let mut diagnostic =
        RULE.finding(at, format!("Nix renamed the output {} and warns of the old name: {advice}", output.name));
    if has_default && !uses_own_output(context.repository, context.flake, output) {
        diagnostic.fixes.extend(removal(context, output));
    }
    if other.is_none() && !uses_own_output(context.repository, context.flake, output) {
        diagnostic.fixes.extend(renaming(context, at, output, renamed));
    }
    Some(diagnostic)
}

/// Takes the old output away.
fn removal(context: &Context<'_>, output: &OutputName) -> Option<Fix> {
    let whole = context.repository.whole_range(output.definition?)?;
    let data = context.repository.snapshot.file(whole.file).ok()?;
    // One name of several that are inherited at once is more than a binding.
    let text = data.text().get(std::ops::Range::<usize>::from(whole.range))?;
    let edits = vec![(whole.file, TextEdit::delete(edits::whole_line(data.text(), whole.range)))];
    let title = format!("Remove {}", output.name);
    text.ends_with(';').then(|| Fix { title, edits, is_unsafe: true, ..Fix::default() })
}

/// Changes the name, and puts `default` where it belongs.
fn renaming(context: &Context<'_>, at: FileRange, output: &OutputName, renamed: &Renamed) -> Option<Fix> {
    let data = context.repository.snapshot.file(at.file).ok()?;
    let root = data.parse().root();
    let attr = match root.covering_element(at.range) {
        NodeOrToken::Node(node) => node,
        NodeOrToken::Token(token) => token.parent()?,
    };
    let attr = attr.ancestors().find(|node| ast::Attr::can_cast(node.kind()))?;
    let path = attr.parent().and_then(ast::Attrpath::cast)?;
    let binding = path.syntax().parent().and_then(ast::AttrpathValue::cast)?;
    let attrs: Vec<ast::Attr> = path.attrs().collect();
    let here = attrs.iter().position(|it| *it.syntax() == attr)?;
    let rename = |to: &str| TextEdit::replace(at.range, to);
    let after = |node: &ast::Attr| TextEdit::insert(node.syntax().text_range().end(), ".default".to_string());
    let edits = match attrs.get(here + 1..)? {
        [] if !renamed.by_system => vec![rename(&format!("{}.default", renamed.new))],
        [system] if renamed.by_system => vec![rename(renamed.new), after(system)],
        [] => match binding.value()? {
            // `devShell = { x86_64-linux = …; };`
            ast::Expr::AttrSet(set) if output.definition.is_some() && holds_systems(&set) => {
                let systems = set.attrpath_values().filter_map(|inner| inner.attrpath()?.attrs().next());
                [rename(renamed.new)].into_iter().chain(systems.map(|it| after(&it))).collect()
            }
            _ => match is_of_each_system(data.hir(), output.definition?) {
                true => vec![rename(&format!("{}.default", renamed.new))],
                false => return None,
            },
        },
        _ => return None,
    };
    let edits = edits.into_iter().map(|edit| (at.file, edit)).collect();
    Some(Fix { title: format!("Rename to {}", renamed.new), edits, is_unsafe: true, ..Fix::default() })
}

/// Whether a set has one name of a system for each of its attributes.
fn holds_systems(set: &ast::AttrSet) -> bool {
    let mut bindings = set.attrpath_values().peekable();
    bindings.peek().is_some()
        && set.inherits().next().is_none()
        && bindings.all(|binding| {
            let Some(path) = binding.attrpath() else { return false };
            let names: Vec<String> = path.attrs().map(|attr| attr.syntax().text().to_string()).collect();
            matches!(names.as_slice(), [one] if is_system(one.trim_matches('"')))
        })
}

/// Whether an attribute stands in what a function gives that flake-utils calls for each system.
fn is_of_each_system(hir: &File, origin: Origin) -> bool {
    let Site::Key(key) = origin.site else { return false };
    let holds = |expr: ExprId| result_has(hir, expr, key);
    hir.exprs().any(|(_, expr)| match expr {
        Expr::Apply { function, argument } => {
            let is_each = match hir.expr(*function) {
                Expr::Apply { function, .. } => last_name(hir, *function) == Some("eachSystem"),
                _ => last_name(hir, *function) == Some("eachDefaultSystem"),
            };
            is_each && matches!(hir.expr(*argument), Expr::Lambda(lambda) if holds(lambda.body))
        }
        _ => false,
    })
}

fn last_name(hir: &File, expr: ExprId) -> Option<&str> {
    match hir.expr(expr) {
        Expr::Var(var) => Some(&var.name),
        Expr::Select { path, .. } => path.last().and_then(Key::name).map(|name| name.as_str()),
        _ => None,
    }
}

/// Whether the set that an expression gives has its attribute at `key`.
fn result_has(hir: &File, mut expr: ExprId, key: KeyId) -> bool {
    loop {
        expr = match hir.expr(expr) {
            Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body, .. } => *body,
            Expr::Attrs(set) => {
                return set
                    .attrs
                    .iter()
                    .any(|attr| attr.keys.contains(&key) && matches!(attr.value, AttrValue::Expr(_)));
            }
            _ => return false,
        };
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{assert_marks, fixed};

    fn flake(outputs: &str) -> String {
        format!(
            "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  inputs.flake-utils.url = \"github:numtide/flake-utils\";\n  outputs = {{ self, nixpkgs, flake-utils, ... }}: {outputs};\n}}\n"
        )
    }

    #[track_caller]
    fn check(outputs: &str, expected: &str) {
        let fixed = fixed(super::RULE.id, &flake(outputs));
        assert!(fixed[0].1.contains(expected), "{}", fixed[0].1);
    }

    #[test]
    fn default_stands_where_it_belongs() {
        check("{ overlay = final: prev: { }; }", "{ overlays.default = final: prev: { }; }");
        check("{ devShell.\"x86_64-linux\" = nixpkgs.x; }", "{ devShells.\"x86_64-linux\".default = nixpkgs.x; }");
        check(
            "{ defaultPackage = { x86_64-linux = 1; aarch64-linux = 2; }; }",
            "{ packages = { x86_64-linux.default = 1; aarch64-linux.default = 2; }; }",
        );
        check(
            "flake-utils.lib.eachDefaultSystem (system: let x = 1; in { devShell = nixpkgs.legacyPackages.${system}.mkShell { }; })",
            "{ devShells.default = nixpkgs",
        );
        check(
            "flake-utils.lib.eachSystem [ \"x86_64-linux\" ] (system: { defaultApp = { }; })",
            "{ apps.default = { }; }",
        );
    }

    #[test]
    fn what_is_there_twice_goes() {
        check(
            "{ packages.x86_64-linux.default = 1;\n  defaultPackage.x86_64-linux = 1;\n}",
            "{ packages.x86_64-linux.default = 1;\n}",
        );
    }

    #[test]
    fn no_fix_where_something_else_depends_on_the_name() {
        let fixes = |outputs: &str| {
            let (_, found) =
                crate::rules::testing::found(super::RULE.id, &crate::fixture::Fixture::parse(&flake(outputs)));
            assert_eq!(found.len(), 1, "{outputs}");
            found[0].fixes.len()
        };
        assert_eq!(fixes("{ overlay = final: prev: { }; x = self.overlay; }"), 0);
        assert_eq!(fixes("{ overlay = final: prev: { }; overlays.other = final: prev: { }; }"), 0);
        assert_eq!(
            fixes(
                "{ devShell = nixpkgs.lib.genAttrs [ \"x86_64-linux\" ] (system: nixpkgs.legacyPackages.${system}.mkShell { }); }"
            ),
            0
        );
    }

    #[test]
    fn what_may_not_be_there_is_left_alone() {
        assert_marks(
            super::RULE.id,
            &flake("if nixpkgs.lib ? nothing && nixpkgs.unknown then { overlay = 1; } else { }"),
        );
    }
}
