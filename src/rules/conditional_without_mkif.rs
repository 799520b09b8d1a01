//! Which options a module sets depends on `config`.
//!
//! `config = if config.… then … else …`, and the same with `//` and `lib.optionalAttrs`, has to know `config` before it can tell what
//! is set, and what is set before it knows `config`: `infinite recursion encountered`. `lib.mkIf` is there for that: what it holds is named in any case
//! and the condition is looked at later. So is `pkgs` (`pkgs.stdenv.isLinux`), which modules get by way of `config`.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./web.nix ]; };
//!   };
//! }
//! #- /web.nix
//! { config, lib, ... }:
//! {
//!   options.custom.web.enable = lib.mkEnableOption "the web server";
//!   config = if config.custom.web.enable then { services.nginx.enable = true; } else { };
//! #          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem {
//!       specialArgs.desktop = true;
//!       modules = [ ./web.nix ];
//!     };
//!   };
//! }
//! #- /web.nix
//! { config, lib, desktop, ... }:
//! {
//!   options.custom.web.enable = lib.mkEnableOption "the web server";
//!   config = lib.mkMerge [
//!     (lib.mkIf config.custom.web.enable { services.nginx.enable = true; })
//!     (if desktop then { services.xserver.enable = config.custom.web.enable; } else { })
//!   ];
//! }
//! ```

use std::collections::BTreeMap;

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity, edits, listed};
use crate::base::{FileRange, TextEdit, TextRange, TextSize, apply_edits};
use crate::module_system::ProblemKind;
use crate::repository::attribute;
use crate::syntax::ast::{self, AstNode, HasEntry};
use crate::syntax::{NodeOrToken, SyntaxKind, SyntaxNode};

pub(super) const RULE: Rule = Rule {
    id: "conditional-without-mkif",
    chapter: Chapter::Modules,
    severity: Severity::Warning,
    source: include_str!("conditional_without_mkif.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<FileRange, Vec<String>> = BTreeMap::new();
    // What a file that does not parse says may be anything, and what needs it too.
    // What a framework makes of modules, and flakewise knows in part, may need less of them than it seems.
    for host in context.flake.hosts.iter().filter(|host| host.broken.is_empty() && !host.modelled) {
        for problem in host.facts.problems.iter().filter(|problem| problem.kind == ProblemKind::ConfigNeedsItself) {
            let maybe =
                problem.module.and_then(|index| host.facts.modules.get(index)).is_some_and(|module| module.maybe);
            let Some(at) = context.place(problem.origin).filter(|_| !maybe) else { continue };
            let hosts = found.entry(at).or_default();
            if !hosts.contains(&host.output) {
                hosts.push(host.output.clone());
            }
        }
    }
    let reports = found.into_iter().map(|(at, hosts)| {
        let message = format!(
            "what this module sets depends on config, and config on what it sets: infinite recursion for {}; use lib.mkIf",
            listed(&hosts)
        );
        let mut diagnostic = RULE.finding(at, message);
        diagnostic.hosts = hosts;
        diagnostic.fixes.extend(with_mk_if(context, at));
        diagnostic
    });
    reports.collect()
}

/// `if condition then { … } else { }` and `lib.optionalAttrs condition { … }` with `mkIf`, and where such are joined
/// to other sets by `//`, all of them with `mkMerge`.
fn with_mk_if(context: &Context<'_>, at: FileRange) -> Option<Fix> {
    let data = context.repository.snapshot.file(at.file).ok()?;
    let root = data.parse().root();
    let expr: ast::Expr = edits::node_at(&root, at.range)?;
    let (title, edits) = match &expr {
        ast::Expr::BinOp(_) => ("Use mkMerge and mkIf", merged(data.text(), &root, &expr)?),
        _ => ("Use mkIf", conditional(data.text(), &root, &expr)?),
    };
    let edits = edits.into_iter().map(|edit| (at.file, edit)).collect();
    Some(Fix { title: title.to_string(), edits, ..Fix::default() })
}

/// What makes a `mkIf` of a condition of the language.
fn conditional(whole: &str, root: &SyntaxNode, expr: &ast::Expr) -> Option<Vec<TextEdit>> {
    let text = |range: TextRange| whole.get(std::ops::Range::from(range));
    let at = expr.syntax().text_range();
    let mk_if = edits::name_of_lib_function(expr.syntax(), "mkIf")?;
    match expr {
        ast::Expr::IfElse(branch) => {
            let nothing = matches!(branch.else_body()?, ast::Expr::AttrSet(set) if set.entries().next().is_none());
            let (condition, body) = (branch.condition()?, branch.body()?);
            if !nothing || !matches!(body, ast::Expr::AttrSet(_)) {
                return None;
            }
            let range = condition.syntax().text_range();
            let condition = match condition {
                ast::Expr::Select(_) | ast::Expr::Ident(_) | ast::Expr::Paren(_) => text(range)?.to_string(),
                _ => format!("({})", text(range)?),
            };
            let start = TextRange::new(at.start(), body.syntax().text_range().start());
            let end = TextRange::new(body.syntax().text_range().end(), at.end());
            if edits::has_comment(root, end) || edits::has_comment(root, start) {
                return None;
            }
            Some(vec![TextEdit::replace(start, format!("{mk_if} {condition} ")), TextEdit::delete(end)])
        }
        ast::Expr::Apply(outer) => {
            let ast::Expr::Apply(inner) = outer.lambda()? else { return None };
            let function = inner.lambda()?.syntax().text_range();
            if !text(function)?.ends_with("optionalAttrs") {
                return None;
            }
            Some(vec![TextEdit::replace(function, mk_if)])
        }
        _ => None,
    }
}

/// `{ … } // lib.optionalAttrs condition { … }` as a `mkMerge` of the sets. Where several of them have the same name, `//`
/// takes the last one and `mkMerge` merges them; there was no configuration before in which the one was meant.
fn merged(text: &str, root: &SyntaxNode, expr: &ast::Expr) -> Option<Vec<TextEdit>> {
    let mk_merge = edits::name_of_lib_function(expr.syntax(), "mkMerge")?;
    let (mut sets, mut operators) = (Vec::new(), Vec::new());
    joined(expr, &mut sets, &mut operators)?;
    let (mut edits, mut conditions, last) = (Vec::new(), 0, sets.len().checked_sub(1)?);
    for (index, set) in sets.iter().enumerate() {
        let range = set.syntax().text_range();
        let mut new = text.get(std::ops::Range::from(range))?.to_string();
        let (inner, closed) = match set {
            // What is no definition cannot stand in a list of them.
            ast::Expr::AttrSet(set) if attribute(set, "imports").is_none() && attribute(set, "options").is_none() => {
                (None, true)
            }
            ast::Expr::Ident(_) | ast::Expr::Select(_) => (None, true),
            ast::Expr::Paren(paren) => (Some(paren.expr()?), true),
            other => (Some(other.clone()), false),
        };
        if let Some(inner) = inner {
            conditions += 1;
            let moved = |edit: TextEdit| TextEdit { range: edit.range - range.start(), ..edit };
            let change: Vec<TextEdit> = conditional(text, root, &inner)?.into_iter().map(moved).collect();
            new = apply_edits(&new, &change).ok()?;
            if !closed {
                new = format!("({new})");
            }
        }
        if index == 0 {
            new = format!("{mk_merge} [ {new}");
        }
        if index == last {
            new.push_str(" ]");
        }
        edits.push(TextEdit::replace(range, new));
    }
    for operator in operators {
        // With the space before it, unless it stands at the beginning of a line.
        let before = text.get(..operator.start().into())?;
        let space = before.len() - before.trim_end_matches(' ').len();
        let spaced = before.trim_end_matches(' ').ends_with('\n');
        let after = text.get(operator.end().into()..)?;
        let range = match spaced {
            true => {
                TextRange::new(operator.start(), operator.end() + TextSize::from(u32::from(after.starts_with(' '))))
            }
            false => TextRange::new(operator.start() - TextSize::try_from(space).ok()?, operator.end()),
        };
        edits.push(TextEdit::delete(range));
    }
    (conditions > 0).then_some(edits)
}

/// The sets that `//` joins, in order, and the places of the operators.
fn joined(expr: &ast::Expr, sets: &mut Vec<ast::Expr>, operators: &mut Vec<TextRange>) -> Option<()> {
    let ast::Expr::BinOp(binary) = expr else {
        sets.push(expr.clone());
        return Some(());
    };
    if binary.operator()? != ast::BinOpKind::Update {
        return None;
    }
    joined(&binary.lhs()?, sets, operators)?;
    let mut tokens = binary.syntax().children_with_tokens().filter_map(NodeOrToken::into_token);
    operators.push(tokens.find(|token| token.kind() == SyntaxKind::TOKEN_UPDATE)?.text_range());
    joined(&binary.rhs()?, sets, operators)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing;

    fn flake(module: &str) -> String {
        format!(
            "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-unstable\";\n  \
             outputs = {{ nixpkgs, ... }}: {{\n    \
             nixosConfigurations.box = nixpkgs.lib.nixosSystem {{ modules = [ ./web.nix ]; }};\n  }};\n}}\n\
             #- /web.nix\n{module}\n"
        )
    }

    #[test]
    fn optional_attributes() {
        let files = testing::fixed(
            RULE.id,
            &flake("{ config, lib, ... }:\n{\n  config = lib.optionalAttrs config.a.b { c = 1; };\n}"),
        );
        let expected = "{ config, lib, ... }:\n{\n  config = lib.mkIf config.a.b { c = 1; };\n}\n";
        assert_eq!(files, [("/web.nix".to_string(), expected.to_string())]);
    }

    #[test]
    fn joined_sets() {
        let check = |config: &str, expected: &str| {
            let files =
                testing::fixed(RULE.id, &flake(&format!("{{ config, lib, ... }}:\n{{\n  config = {config};\n}}")));
            assert_eq!(files[0].1, format!("{{ config, lib, ... }}:\n{{\n  config = {expected};\n}}\n"));
        };
        check(
            "{ a = 1; } // lib.optionalAttrs config.b.c { d = 1; }",
            "lib.mkMerge [ { a = 1; } (lib.mkIf config.b.c { d = 1; }) ]",
        );
        check(
            "{\n    # One.\n    a = 1;\n  }\n  // (if config.b.c then { d = 1; } else { })\n  // { e = 1; }",
            "lib.mkMerge [ {\n    # One.\n    a = 1;\n  }\n  (lib.mkIf config.b.c { d = 1; })\n  { e = 1; } ]",
        );
    }

    #[test]
    fn modules_of_which_all_depends_on_config() {
        let module = "{ config, lib, ... }:\nif config.networking.hostName == \"a\" then { a = 1; } else { }";
        assert_eq!(testing::found(RULE.id, &crate::fixture::Fixture::parse(&flake(module))).1.len(), 1);
        let module = "{ config, lib, ... }:\n{ a = 1; } // lib.optionalAttrs config.b.c { d = 1; }";
        assert_eq!(testing::found(RULE.id, &crate::fixture::Fixture::parse(&flake(module))).1.len(), 1);
    }

    #[test]
    fn beside_a_framework_that_is_known_in_part_nothing_is_certain() {
        let module = "{ config, lib, ... }: { a = 1; } // lib.optionalAttrs config.b.c { d = 1; }";
        let text = format!(
            "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-unstable\";\n  \
             inputs.snowfall-lib.url = \"github:snowfallorg/lib\";\n  \
             outputs = inputs: inputs.snowfall-lib.mkFlake {{ inherit inputs; src = ./.; }};\n}}\n\
             #- /systems/x86_64-linux/box/default.nix\n{module}\n"
        );
        assert_eq!(testing::found(RULE.id, &crate::fixture::Fixture::parse(&text)).1, []);
    }

    #[test]
    fn values_may_depend_on_config() {
        for module in [
            "{ config, lib, ... }: { a = if config.b.c then { d = 1; } else { }; }",
            "{ config, lib, ... }: { a = lib.optionalAttrs config.b.c { d = 1; }; }",
            "{ config, lib, ... }: { config = { a = 1; } // (if lib.versionOlder \"1\" \"2\" then { b = 1; } else { }); }",
        ] {
            testing::assert_marks(RULE.id, &flake(module));
        }
    }
}
