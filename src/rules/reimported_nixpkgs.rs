//! nixpkgs is imported where `legacyPackages` would do.
//!
//! `import nixpkgs { inherit system; }` evaluates nixpkgs once more, for every flake and every place that does it;
//! `nixpkgs.legacyPackages.${system}` is the same packages, evaluated once and shared with everybody. The import is
//! needed for another `config` or for overlays only.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }:
//!     let
//!       pkgs = import nixpkgs { system = "x86_64-linux"; };
//! #            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//!     in
//!     {
//!       devShells.x86_64-linux.default = pkgs.mkShell { };
//!     };
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }:
//!     let
//!       pkgs = import nixpkgs { system = "x86_64-linux"; config.allowUnfree = true; };
//!     in
//!     {
//!       devShells.x86_64-linux.default = pkgs.mkShell { };
//!       devShells.aarch64-linux.default = nixpkgs.legacyPackages.aarch64-linux.mkShell { };
//!     };
//! }
//! ```

use std::collections::BTreeSet;

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity};
use crate::base::{FileRange, TextEdit};
use crate::hir::{AttrValue, AttrsExpr, Expr, ExprId, File, SourceMap};
use crate::repository::PackageUseKind;

pub(super) const RULE: Rule = Rule {
    id: "reimported-nixpkgs",
    chapter: Chapter::Hosts,
    severity: Severity::Hint,
    source: include_str!("reimported_nixpkgs.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let imports = context.flake.package_uses.iter().filter(|it| it.kind == PackageUseKind::PlainImport);
    let places: BTreeSet<(FileRange, &str)> =
        imports.filter_map(|it| Some((context.place(Some(it.origin))?, it.input.as_str()))).collect();
    places.into_iter().filter_map(|(at, input)| report(context, at, input)).collect()
}

fn report(context: &Context<'_>, at: FileRange, input: &str) -> Option<Diagnostic> {
    let data = context.repository.snapshot.file(at.file).ok()?;
    let (hir, map) = (data.hir(), &data.lowered().source_map);
    let Expr::Apply { function, argument } = hir.expr(map.expr_with_range(at.range)?) else { return None };
    // Somewhere else the import may be given more.
    let Expr::Attrs(given) = hir.expr(*argument) else { return None };
    let Expr::Apply { function: import, argument: source } = hir.expr(*function) else { return None };
    if !matches!(hir.expr(*import), Expr::Var(var) if var.name == "import") {
        return None;
    }
    let text = |expr: ExprId| data.text().get(std::ops::Range::<usize>::from(map.expr(expr)));
    let system = system(hir, map, data.text(), given)?;
    let message = format!(
        "this evaluates {input} once more for nothing: {input}.legacyPackages.{system} is the same packages, evaluated once for all"
    );
    let mut diagnostic = RULE.finding(at, message);
    if matches!(hir.expr(*source), Expr::Var(_) | Expr::Select { default: None, .. }) {
        let new = format!("{}.legacyPackages.{system}", text(*source)?);
        diagnostic.fixes.push(Fix {
            title: format!("Use legacyPackages.{system}"),
            edits: vec![(at.file, TextEdit::replace(at.range, new))],
            is_unsafe: true,
            ..Fix::default()
        });
    }
    Some(diagnostic)
}

/// The system that an import is given, as a name in a selection.
fn system(hir: &File, map: &SourceMap, text: &str, given: &AttrsExpr) -> Option<String> {
    let attr = given.attrs.iter().find(|attr| attr.name == "system")?;
    let (AttrValue::Expr(value) | AttrValue::Inherit(value)) = attr.value else { return None };
    let range = map.expr(value);
    let text = text.get(std::ops::Range::<usize>::from(range))?;
    let plain = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    Some(match (plain, hir.expr(value)) {
        (Some(plain), _) if crate::repository::is_system(plain) => plain.to_string(),
        _ if text.contains('\n') => return None,
        _ => format!("${{{text}}}"),
    })
}
