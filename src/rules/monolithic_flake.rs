//! flake.nix is long, and outputs in it could be files of their own.
//!
//! What is in flake.nix only people who open it will find, and every change of any output is a change of this one file. An output that is a function of a
//! few names can be `import ./outputs/packages.nix { inherit inputs; }`. Reported are files of over 300 lines
//! with an output of 30 lines or more; generated files are left alone. The fix moves an output to a file beside flake.nix,
//! where its paths stay what they are, and gives it the names that it uses.
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

use super::own_file::move_to_own_file;
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
            large.push((attr.name.clone(), length, map.key(*key).name, *value, attr.keys.len() == 1));
        }
    }
    if large.is_empty() {
        return None;
    }
    let names: Vec<String> = large.iter().map(|(name, length, ..)| format!("{name} ({length} lines)")).collect();
    let at = FileRange { file: context.flake.file, range: map.key(key).name };
    let message =
        format!("flake.nix has {lines} lines; outputs that could be files of their own: {}", names.join(", "));
    let mut diagnostic = RULE.finding(at, message);
    for (name, _, range, value, alone) in large {
        let at = FileRange { file: context.flake.file, range };
        diagnostic.related.push(Related { at, message: format!("{name} could be a file") });
        // What stands in several places is no one value that could be moved.
        let whole = data.text().get(range.end().into()..map.expr(value).start().into()).unwrap_or_default();
        if alone && whole.trim() == "=" {
            diagnostic.fixes.extend(move_to_own_file(context, context.flake.file, &name, value));
        }
    }
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

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixture::Fixture;
    use crate::rules::testing;

    /// A flake.nix that is long, with `middle` among its outputs.
    fn flake(before: &str, middle: &str) -> String {
        let lines: String = (0..310).map(|at| format!("      # Line {at}.\n")).collect();
        format!(
            "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-unstable\";\n  outputs = {{ self, nixpkgs, ... }}@inputs:\n{before}    {{\n{lines}{middle}    }};\n}}\n"
        )
    }

    /// The new files that are offered, and what stands in flake.nix for them.
    fn moved(text: &str) -> Vec<(String, String, String)> {
        let (_, found) = testing::found(RULE.id, &Fixture::parse(text));
        let fixes = found.into_iter().flat_map(|it| it.fixes);
        let moved = fixes.map(|mut fix| {
            let (file, (_, edit)) = (fix.creates.remove(0), fix.edits.remove(0));
            (file.path.trim_start_matches("/repo/").to_string(), file.text, edit.insert)
        });
        moved.collect()
    }

    #[test]
    fn what_is_named_becomes_an_argument() {
        let values: String = (0..40).map(|at| format!("        v{at} = at;\n")).collect();
        let middle = format!(
            "      checks = let at = 1; in {{\n        inherit self;\n        system = builtins.elemAt systems 0;\n        text = \'\'\n          ${{toString ./a}}\n        \'\';\n{values}      }};\n"
        )
        .replace("\\'", "'");
        let files = moved(&flake("    let systems = [ \"x86_64-linux\" ]; in\n", &middle));
        let [(path, text, call)] = files.as_slice() else { panic!("{files:?}") };
        assert_eq!((path.as_str(), call.as_str()), ("checks.nix", "import ./checks.nix { inherit self systems; }"));
        assert!(text.starts_with("{ self, systems }:\nlet at = 1; in {\n  inherit self;\n"), "{text}");
        assert!(text.contains("\n  text = ''\n    ${toString ./a}\n  '';\n"), "{text}");
        assert!(text.ends_with("\n}\n"), "{text}");
    }

    #[test]
    fn what_may_mean_something_else_there_stays() {
        let values: String = (0..40).map(|at| format!("        v{at} = {at};\n")).collect();
        let check = |before: &str, first: &str| {
            let middle = format!("      checks = {{\n        {first}\n{values}      }};\n");
            assert_eq!(moved(&flake(before, &middle)), [], "{first}");
        };
        check("    with nixpkgs;\n", "a = lib;");
        check("", "a = __curPos.file;");
    }
}
