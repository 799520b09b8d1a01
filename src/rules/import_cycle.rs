//! Modules that import each other.
//!
//! Nix takes each module once, so it works; but none of them can be used, moved or read without the others, and whoever looks for where
//! an import comes from goes round in circles. Usually one of the imports is left over. Modules that a program lists, as a folder that imports all of its files,
//! are not reported.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./a.nix ]; };
//!   };
//! }
//! #- /a.nix
//! {
//!   imports = [ ./b.nix ];
//! }
//! #- /b.nix
//! {
//!   imports = [ ./a.nix ];
//! #             ^^^^^^^
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./a.nix ./b.nix ]; };
//!   };
//! }
//! #- /a.nix
//! {
//!   imports = [ ./b.nix ];
//! }
//! #- /b.nix
//! {
//!   imports = [ ./c.nix ];
//! }
//! #- /c.nix
//! { }
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::{Chapter, Context, Diagnostic, Related, Rule, Severity};
use crate::base::FileRange;
use crate::hir::{Expr, PathAnchor};
use crate::module_system::{Facts, ModuleSource};

pub(super) const RULE: Rule = Rule {
    id: "import-cycle",
    chapter: Chapter::Modules,
    severity: Severity::Warning,
    source: include_str!("import_cycle.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<FileRange, Diagnostic> = BTreeMap::new();
    let mut known: BTreeSet<BTreeSet<FileRange>> = BTreeSet::new();
    for host in &context.flake.hosts {
        for cycle in cycles(&host.facts) {
            let sites: Option<Vec<FileRange>> = cycle.iter().map(|edge| written(context, &host.facts, *edge)).collect();
            let Some((at, others)) = sites.as_deref().and_then(|sites| sites.split_last()) else { continue };
            let diagnostic = match found.get_mut(at) {
                Some(diagnostic) => diagnostic,
                // The same circle, entered elsewhere.
                None if !known.insert(sites.iter().flatten().copied().collect()) => continue,
                None => found.entry(*at).or_insert_with(|| report(context, *at, others)),
            };
            if !diagnostic.hosts.contains(&host.output) {
                diagnostic.hosts.push(host.output.clone());
            }
        }
    }
    found.into_values().collect()
}

fn report(context: &Context<'_>, at: FileRange, others: &[FileRange]) -> Diagnostic {
    let this = context.relative(at.file);
    let message = match others.first() {
        None => format!("{this} imports itself"),
        Some(first) => format!(
            "{this} imports {}, which leads back to it; take one of the imports away",
            context.relative(first.file)
        ),
    };
    let mut diagnostic = RULE.finding(at, message);
    let related = others.iter().map(|at| Related { at: *at, message: "the circle goes on here".to_string() });
    diagnostic.related = related.collect();
    diagnostic
}

/// The place of an import, if it is a path that is written there.
fn written(context: &Context<'_>, facts: &Facts, (module, import): (usize, usize)) -> Option<FileRange> {
    let site = facts.modules.get(module)?.import_sites.get(import).copied().flatten()?;
    let at = context.place(Some(site))?;
    let data = context.repository.snapshot.file(at.file).ok()?;
    let expr = data.lowered().source_map.expr_with_range(at.range)?;
    let literal = matches!(data.hir().expr(expr), Expr::Path { anchor: PathAnchor::Relative, .. });
    // Of an import in another file, such as a helper, the module says nothing.
    (literal && facts.modules.get(module)?.file() == Some(at.file)).then_some(at)
}

/// Circles of modules that are files, each as its imports: the module and which of its imports it is.
fn cycles(facts: &Facts) -> Vec<Vec<(usize, usize)>> {
    let is_file = |index: usize| {
        facts.modules.get(index).is_some_and(|module| matches!(module.source, ModuleSource::File { .. }))
    };
    let mut found = Vec::new();
    let mut done = vec![false; facts.modules.len()];
    for start in (0..facts.modules.len()).filter(|index| is_file(*index)) {
        // The way from the start: each module with the import that is looked at next.
        let mut way: Vec<(usize, usize)> = if done.get(start) == Some(&false) { vec![(start, 0)] } else { Vec::new() };
        while let Some((module, next)) = way.last().copied() {
            let import = facts.modules.get(module).and_then(|module| module.imports.get(next)).copied();
            match import {
                None => {
                    way.pop();
                    if let Some(done) = done.get_mut(module) {
                        *done = true;
                    }
                    if let Some((_, next)) = way.last_mut() {
                        *next += 1;
                    }
                }
                Some(import) => {
                    if let Some(at) = way.iter().position(|(on_way, _)| *on_way == import) {
                        found.extend(way.get(at..).map(<[(usize, usize)]>::to_vec));
                    } else if is_file(import) && done.get(import) == Some(&false) {
                        way.push((import, 0));
                        continue;
                    }
                    if let Some((_, next)) = way.last_mut() {
                        *next += 1;
                    }
                }
            }
        }
    }
    found
}
