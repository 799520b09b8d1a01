//! A module is imported as a value, where its path would do.
//!
//! `imports = [ (import ./m.nix) ]` hands over what is in the file, without saying where it is from: error messages cannot name the file,
//! a module that is imported twice counts twice, and `disabledModules` does not find it. The fix takes the path. Where a host imports the file
//! in another place as well, that counts as unsafe: what the module sets no longer counts twice.
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
//! {
//!   imports = [ (import ./web.nix) ];
//! #              ^^^^^^^^^^^^^^^^
//! }
//! #- /web.nix
//! { config, ... }:
//! {
//!   services.nginx.enable = true;
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
//! {
//!   imports = [ ./web.nix (import ./site.nix "example.org") ];
//! }
//! #- /web.nix
//! {
//!   services.nginx.enable = true;
//! }
//! #- /site.nix
//! name: { config, ... }:
//! {
//!   services.nginx.virtualHosts.${name}.root = "/srv";
//! }
//! ```

use std::collections::BTreeMap;

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity, edits};
use crate::base::{FileRange, TextEdit};
use crate::eval::{Files, join_path};
use crate::hir::{Expr, Name, PathAnchor, StrPart, VarTarget};
use crate::module_system::{Module, ModuleSource};
use crate::syntax::ast::{self, AstNode};

pub(super) const RULE: Rule = Rule {
    id: "imported-module-value",
    chapter: Chapter::Modules,
    severity: Severity::Hint,
    source: include_str!("imported_module_value.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<FileRange, Diagnostic> = BTreeMap::new();
    for host in &context.flake.hosts {
        for module in &host.facts.modules {
            let Some((at, file)) = imported(context, module) else { continue };
            let twice = host
                .facts
                .modules
                .iter()
                .filter(|other| other.file().is_some_and(|it| context.repository.path(it) == file));
            let again = twice.filter(|other| other.import_site != module.import_site).count() > 0;
            let diagnostic = found.entry(at).or_insert_with(|| {
                let message = "this imports what is in the file and loses which file it is; its path is enough";
                let mut diagnostic = RULE.finding(at, message);
                diagnostic.fixes.extend(path_alone(context, at));
                diagnostic
            });
            for fix in &mut diagnostic.fixes {
                fix.is_unsafe |= again;
            }
            if !diagnostic.hosts.contains(&host.output) {
                diagnostic.hosts.push(host.output.clone());
            }
        }
    }
    found.into_values().collect()
}

/// The place of `import ./path` as the list element that a module is, and the file that it imports.
fn imported(context: &Context<'_>, module: &Module) -> Option<(FileRange, Name)> {
    // A path in the file would be a module with a place of its own.
    let ModuleSource::Inline { .. } = module.source else { return None };
    let at = context.place(module.import_site)?;
    let data = context.repository.snapshot.file(at.file).ok()?;
    let hir = data.hir();
    let expr = data.lowered().source_map.expr_with_range(at.range)?;
    let Expr::Apply { function, argument } = hir.expr(expr) else { return None };
    let is_import =
        matches!(hir.expr(*function), Expr::Var(var) if var.name == "import" && var.target == VarTarget::Global);
    let Expr::Path { anchor: PathAnchor::Relative, parts } = hir.expr(*argument) else { return None };
    let [StrPart::Literal(text)] = &parts[..] else { return None };
    let own = context.repository.path(at.file);
    let path = join_path(own.rsplit_once('/').map_or("", |(folder, _)| folder), text);
    let inner = Name::from(format!("{path}/default.nix"));
    let exists = context.repository.snapshot.file_type(&inner).is_ok_and(|kind| kind.is_some());
    let call: ast::Apply = edits::node_at(&data.parse().root(), at.range)?;
    let around = call.syntax().ancestors().skip(1).find(|node| !ast::Paren::can_cast(node.kind()))?;
    (is_import && ast::List::can_cast(around.kind())).then_some((at, if exists { inner } else { path }))
}

/// `(import ./m.nix)` as `./m.nix`.
fn path_alone(context: &Context<'_>, at: FileRange) -> Option<Fix> {
    let data = context.repository.snapshot.file(at.file).ok()?;
    let call: ast::Apply = edits::node_at(&data.parse().root(), at.range)?;
    let path = call.argument()?.syntax().text().to_string();
    let paren = call.syntax().parent().and_then(ast::Paren::cast).map(|paren| paren.syntax().text_range());
    let whole = paren.filter(|whole| edits::stands_apart(data.text(), *whole)).unwrap_or(at.range);
    if edits::has_comment(&data.parse().root(), whole) {
        return None;
    }
    let edits = vec![(at.file, TextEdit::replace(whole, path))];
    Some(Fix { title: "Import the path".to_string(), edits, ..Fix::default() })
}
