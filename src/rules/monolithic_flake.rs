//! flake.nix is long, and outputs in it could be files of their own.
//!
//! What is in flake.nix only people who open it will find, and every change of any output is a change of this one file. An output that is a function of a
//! few names can be `import ./outputs/packages.nix { inherit inputs; }`. Reported are files of over 300 lines
//! with an output of 30 lines or more; generated files are left alone.
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   outputs = inputs: {
//!     packages = import ./packages { inherit inputs; };
//!   };
//! }
//! #- /packages/default.nix
//! { inputs }: { }
//! ```

use super::{Chapter, Context, Diagnostic, Related, Rule, Severity};
use crate::base::FileRange;
use crate::hir::{AttrValue, Expr, ExprId, File};
use crate::repository::is_generated;

pub(super) const RULE: Rule = Rule {
    id: "monolithic-flake",
    chapter: Chapter::Hosts,
    severity: Severity::Information,
    source: include_str!("monolithic_flake.rs"),
    check,
};

/// Lines above which flake.nix is long.
const LONG: u32 = 300;
/// Lines above which an output is worth a file.
const OUTPUT: u32 = 30;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    report(context).into_iter().collect()
}

fn report(context: &Context<'_>) -> Option<Diagnostic> {
    let data = context.repository.snapshot.file(context.flake.file).ok()?;
    let index = data.line_index();
    // A last line end opens an empty line.
    let lines = index.line_count() - u32::from(data.text().ends_with('\n'));
    if lines <= LONG || is_generated(context.repository, context.flake.file) {
        return None;
    }
    let hir = data.hir();
    let map = &data.lowered().source_map;
    let root = attrs_of(hir, hir.root()?)?;
    let outputs = root.attrs.iter().find(|attr| attr.name == "outputs")?;
    let key = *outputs.keys.first()?;
    let AttrValue::Expr(value) = outputs.value else { return None };
    let mut large = Vec::new();
    for attr in &attrs_of(hir, value)?.attrs {
        let (AttrValue::Expr(value), Some(key)) = (&attr.value, attr.keys.first()) else { continue };
        let range = map.expr(*value);
        let length = index.line(range.end()) - index.line(range.start()) + 1;
        if length >= OUTPUT {
            large.push((attr.name.clone(), length, map.key(*key).name));
        }
    }
    if large.is_empty() {
        return None;
    }
    let names: Vec<String> = large.iter().map(|(name, length, _)| format!("{name} ({length} lines)")).collect();
    let at = FileRange { file: context.flake.file, range: map.key(key).name };
    let message =
        format!("flake.nix has {lines} lines; outputs that could be files of their own: {}", names.join(", "));
    let mut diagnostic = RULE.finding(at, message);
    let related = |(name, _, range): (crate::hir::Name, u32, _)| Related {
        at: FileRange { file: context.flake.file, range },
        message: format!("{name} could be a file"),
    };
    diagnostic.related = large.into_iter().map(related).collect();
    Some(diagnostic)
}

/// The set that an expression returns in the end.
fn attrs_of(hir: &File, mut expr: ExprId) -> Option<&crate::hir::AttrsExpr> {
    loop {
        expr = match hir.expr(expr) {
            Expr::Lambda(lambda) => lambda.body,
            Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body, .. } => *body,
            Expr::Binary { lhs, .. } => *lhs,
            Expr::Attrs(set) => return Some(set),
            _ => return None,
        };
    }
}
