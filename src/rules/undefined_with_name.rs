//! A name that only a `with` could provide, and that none does.
//!
//! Nix says nothing about it until it evaluates the expression: then it is `undefined variable`. Reported are arguments of modules that a
//! module forgot to ask for, where every `with` around them is one of `lib`. The fix adds the argument.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./box.nix ]; };
//!   };
//! }
//! #- /box.nix
//! { lib, ... }:
//! with lib;
//! {
//!   environment.systemPackages = [ pkgs.hello ];
//! #                                ^^^^
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./box.nix ]; };
//!   };
//! }
//! #- /box.nix
//! { lib, pkgs, ... }:
//! with lib;
//! {
//!   environment.systemPackages = [ pkgs.hello (with pkgs; [ config ]) ];
//!   networking.domain = mkDefault "example.org";
//! }
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity, edits, listed};
use crate::base::{FileRange, TextEdit};
use crate::db::{FileData, OfText};
use crate::eval::{Origin, Site};
use crate::hir::{Expr, ExprId, Name};
use crate::repository::{Need, need_of_place};
use crate::semantics::{FileInfo, Root, lib_names, module_function, names_from_withs};
use crate::syntax::ast::{self, AstNode};

pub(super) const RULE: Rule = Rule {
    id: "undefined-with-name",
    chapter: Chapter::Modules,
    severity: Severity::Error,
    source: include_str!("undefined_with_name.rs"),
    check,
};

struct Found {
    name: Name,
    function: Origin,
    hosts: Vec<String>,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<(FileRange, Need), Found> = BTreeMap::new();
    for host in &context.flake.hosts {
        for (index, module) in host.facts.modules.iter().enumerate() {
            let Some(file) = module.file().filter(|file| !module.maybe && context.owns(*file)) else { continue };
            let Ok(data) = context.repository.snapshot.file(file) else { continue };
            let Some(function) = module_function(&data, module, "lib") else { continue };
            for (expr, name) in missing_names(&data, function).iter().cloned() {
                // What is no argument either may be a name of another lib.
                if !host.arguments.contains(&name) || lib_names(&[]).iter().any(|(known, ..)| name == *known) {
                    continue;
                }
                let at = FileRange { file, range: data.lowered().source_map.expr(expr) };
                let need = need_of_place(context.repository, host, index, at);
                let function = Origin { file, site: Site::Expr(function) };
                let one = found.entry((at, need)).or_insert_with(|| Found { name, function, hosts: Vec::new() });
                if !one.hosts.contains(&host.output) {
                    one.hosts.push(host.output.clone());
                }
            }
        }
    }
    let needed: BTreeSet<FileRange> =
        found.keys().filter(|(_, need)| *need != Need::Never).map(|(at, _)| *at).collect();
    // What no host gets to is wrong all the same, and waits for the first one that does.
    let found = found.into_iter().filter(|((at, need), _)| *need != Need::Never || !needed.contains(at));
    let reports = found.map(|((at, need), one)| {
        let when = match need {
            Need::Never => "undefined variable for the first host that gets here".to_string(),
            _ => format!("undefined variable for {}", listed(&one.hosts)),
        };
        let message =
            format!("lib has no {0}, and the module does not ask for it: {when}; add {0} to its arguments", one.name);
        let mut diagnostic = RULE.finding(at, message);
        match need {
            Need::Never => diagnostic.severity = Severity::Hint,
            Need::Perhaps => diagnostic.severity = Severity::Warning,
            _ => {}
        }
        diagnostic.fixes.extend(add_argument(context, one.function, &one.name));
        diagnostic.hosts = one.hosts;
        diagnostic
    });
    reports.collect()
}

/// What [`missing`] says of functions of a file: the same for every host that has the module.
#[derive(Default)]
struct MissingNames(Mutex<FxHashMap<ExprId, Arc<Unbound>>>);

/// Names, each with the variable.
type Unbound = [(ExprId, Name)];

impl OfText for MissingNames {
    fn of(_: &FileData) -> MissingNames {
        MissingNames::default()
    }
}

fn missing_names(file: &FileData, function: ExprId) -> Arc<Unbound> {
    let known = file.of_text::<MissingNames>();
    let mut known = known.0.lock().unwrap_or_else(PoisonError::into_inner);
    let names = || match file.hir().exprs().any(|(_, expr)| matches!(expr, Expr::With { .. })) {
        true => missing(&FileInfo::new(file.hir().clone()), function).into(),
        false => Arc::from([]),
    };
    known.entry(function).or_insert_with(names).clone()
}

/// The names in a module that only `with lib` could provide.
fn missing(info: &FileInfo, function: ExprId) -> Vec<(ExprId, Name)> {
    let is_lib = |namespace: ExprId| {
        info.chain(namespace).is_some_and(|chain| {
            let of_lib =
                matches!(&chain.root, Root::Argument { name, function: of } if name == "lib" && *of == function);
            of_lib
                && !chain.cut
                && matches!(chain.path.as_slice(), [] | [_])
                && chain.path.iter().all(|it| it == "types")
        })
    };
    let names = names_from_withs(&info.hir, function).into_iter();
    names.filter(|(_, _, withs)| withs.iter().all(|with| is_lib(*with))).map(|(expr, name, _)| (expr, name)).collect()
}

/// Adds a name to the arguments of a function.
fn add_argument(context: &Context<'_>, function: Origin, name: &str) -> Option<Fix> {
    let at = context.place(Some(function))?;
    let data = context.repository.snapshot.file(at.file).ok()?;
    let text = data.text();
    let lambda: ast::Lambda = edits::node_at(&data.parse().root(), at.range)?;
    let ast::Param::Pattern(pattern) = lambda.param()? else { return None };
    let ellipsis = pattern.ellipsis_token()?.text_range();
    let last = pattern.pat_entries().last();
    let edit = match last.map(|entry| entry.syntax().text_range().end()) {
        Some(end) => {
            // As the names before it are set apart from what follows.
            let between = text.get(end.into()..ellipsis.start().into())?;
            if between.contains('#') || between.contains("/*") {
                return None;
            }
            TextEdit::insert(end, format!("{between}{name}"))
        }
        None => TextEdit::insert(ellipsis.start(), format!("{name}, ")),
    };
    let title = format!("Ask for {name}");
    Some(Fix { title, edits: vec![(at.file, edit)], ..Fix::default() })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixture::Fixture;
    use crate::rules::{Severity, testing};

    fn flake(module: &str) -> String {
        format!(
            "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-unstable\";\n  \
             outputs = {{ nixpkgs, ... }}: {{\n    \
             nixosConfigurations.box = nixpkgs.lib.nixosSystem {{ modules = [ ./box.nix ]; }};\n  }};\n}}\n\
             #- /box.nix\n{module}\n"
        )
    }

    #[test]
    fn arguments_are_added_in_the_style_of_the_others() {
        let body = "with lib; { a = [ pkgs.b ]; }";
        let check = |before: &str, after: &str| {
            let files = testing::fixed(RULE.id, &flake(&format!("{before}{body}")));
            assert_eq!(files, [("/box.nix".to_string(), format!("{after}{body}\n"))]);
        };
        check("{ lib, ... }: ", "{ lib, pkgs, ... }: ");
        check("{\n  lib,\n  ...\n}:\n", "{\n  lib,\n  pkgs,\n  ...\n}:\n");
        check("{ lib\n, ...\n}:\n", "{ lib\n, pkgs\n, ...\n}:\n");
    }

    #[test]
    fn how_certain_it_is() {
        let found = |module: &str| {
            let (_, found) = testing::found(RULE.id, &Fixture::parse(&flake(module)));
            found.iter().map(|it| it.severity).collect::<Vec<_>>()
        };
        assert_eq!(found("{ lib, ... }: with lib; { a = pkgs.b; }"), [Severity::Error]);
        assert_eq!(found("{ lib, x, ... }: with lib; { a = mkIf x.y pkgs.b; }"), [Severity::Warning]);
        assert_eq!(found("{ lib, ... }: with lib; { a = mkIf false pkgs.b; }"), [Severity::Hint]);
        assert_eq!(found("{ lib, ... }: with lib; let unused = pkgs.b; in { a = 1; }"), [Severity::Hint]);
        // Another set may have it.
        assert_eq!(found("{ lib, x, ... }: with lib; with x; { a = pkgs.b; }"), []);
        assert_eq!(found("{ lib, ... }: with lib; { a = unknownFunction 1; }"), []);
    }
}
