//! `outputs` and `inputs` do not agree on what there is.
//!
//! An argument of `outputs` that no input declares is looked up in the flake registry, and is an error where that has no
//! such flake; what flake.lock has for it was found once. The other way round, every input is passed: without `...`
//! an input that `outputs` does not take is an error, and so is a missing `self`.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { self, nixpkgs, hardware-config, nixpkg, ... }: { };
//! #                            ^^^^^^^^^^^^^^^
//! #                                             ^^^^^^
//! }
//! ```
//!
//! `systems` is in the registry:
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { self, nixpkgs, systems }: { };
//! }
//! ```

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity};
use crate::base::{TextEdit, TextRange, TextSize, nearest};
use crate::eval::{Origin, Site};
use crate::flake::is_registered;
use crate::hir::{Expr, VarTarget};
use crate::repository::{OutputsParameter, outputs_parameter};

pub(super) const RULE: Rule = Rule {
    id: "undeclared-input",
    chapter: Chapter::Inputs,
    severity: Severity::Error,
    source: include_str!("undeclared_input.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let Some(parameter) = outputs_parameter(context.repository, context.flake) else { return Vec::new() };
    let mut found = undeclared(context, &parameter);
    found.extend(not_taken(context, &parameter));
    found
}

/// Arguments that nothing gives.
fn undeclared(context: &Context<'_>, parameter: &OutputsParameter) -> Vec<Diagnostic> {
    let flake = context.flake;
    let locked = |name: &str| match &flake.lock {
        Some(Ok(lock)) => lock.root_node().is_some_and(|root| root.inputs.contains_key(name)),
        // Of a lock that cannot be read nothing is known.
        Some(Err(_)) => true,
        None => false,
    };
    let is_declared = |name: &str| flake.input(name).is_some_and(|input| input.origin.is_some());
    let missing = parameter
        .names
        .iter()
        .filter(|(name, _)| name != "self" && !is_declared(name) && !is_registered(name) && !locked(name));
    let mut found = Vec::new();
    for (name, origin) in missing {
        let Some(at) = context.place(Some(*origin)) else { continue };
        let untaken =
            flake.inputs.iter().filter(|input| !parameter.names.iter().any(|(taken, _)| *taken == input.name));
        let meant = nearest(name, untaken.map(|input| input.name.as_str()));
        let hint = match meant {
            Some(meant) => format!("did you mean {meant}?"),
            None => format!("add `inputs.{name}.url`, or remove the argument"),
        };
        let message =
            format!("no input is called {name}, and neither the registry nor flake.lock knows such a flake: {hint}");
        let mut diagnostic = RULE.finding(at, message);
        if let Some(meant) = meant {
            // Where the argument is used under the wrong name, more than this one word is to change.
            let edits = uses(context, *origin).into_iter().chain([at.range]);
            let edits = edits.map(|range| (at.file, TextEdit::replace(range, meant))).collect();
            diagnostic.fixes.push(Fix {
                title: format!("Rename to {meant}"),
                edits,
                is_unsafe: true,
                ..Fix::default()
            });
        }
        found.push(diagnostic);
    }
    found
}

/// Where flake.nix uses an argument.
fn uses(context: &Context<'_>, argument: Origin) -> Vec<TextRange> {
    let Site::Key(key) = argument.site else { return Vec::new() };
    let Ok(data) = context.repository.snapshot.file(argument.file) else { return Vec::new() };
    let map = &data.lowered().source_map;
    let uses = data.hir().exprs().filter(|(_, expr)| {
        matches!(expr, Expr::Var(var) if matches!(var.target, VarTarget::Slot { key: bound, .. } if bound == key))
    });
    let mut ranges: Vec<_> = uses.map(|(id, _)| map.expr(id)).collect();
    ranges.sort_by_key(|range| range.start());
    ranges.dedup();
    ranges
}

/// Whether `outputs` refuses inputs that it is given, so that nothing of the flake can be evaluated.
pub(super) fn refuses_inputs(context: &Context<'_>) -> bool {
    let parameter = outputs_parameter(context.repository, context.flake);
    parameter.is_some_and(|parameter| !not_taken(context, &parameter).is_empty())
}

/// Inputs, and `self`, that a pattern without `...` does not take.
fn not_taken(context: &Context<'_>, parameter: &OutputsParameter) -> Vec<Diagnostic> {
    if parameter.ellipsis {
        return Vec::new();
    }
    let takes = |name: &str| parameter.names.iter().any(|(taken, _)| taken == name);
    let mut found = Vec::new();
    let inputs = context.flake.inputs.iter().filter(|input| input.origin.is_some());
    for input in inputs.filter(|input| !takes(&input.name)) {
        let Some(at) = context.place(input.origin) else { continue };
        let message = format!(
            "outputs is given the input {}, which it does not take: add it to the arguments of outputs, or `...`",
            input.name
        );
        let mut diagnostic = RULE.finding(at, message);
        diagnostic.related.extend(context.related(Some(parameter.function), "outputs takes these arguments only"));
        diagnostic.fixes.extend(add_argument(context, parameter, "..."));
        found.push(diagnostic);
    }
    if !takes("self")
        && let Some(mut at) = context.place(Some(parameter.function))
    {
        at.range = TextRange::at(at.range.start(), 1.into());
        let mut diagnostic =
            RULE.finding(at, "outputs is given self, which it does not take: add self to its arguments, or `...`");
        diagnostic.fixes.extend(add_argument(context, parameter, "self"));
        found.push(diagnostic);
    }
    found
}

/// Adds an argument to the pattern of `outputs`, after its last one.
fn add_argument(context: &Context<'_>, parameter: &OutputsParameter, argument: &str) -> Option<Fix> {
    let function = context.place(Some(parameter.function))?;
    let data = context.repository.snapshot.file(function.file).ok()?;
    let text = data.text();
    let (edit, name) = match parameter.names.last() {
        Some((name, origin)) => {
            let last = context.repository.whole_range(*origin)?.range;
            let before = text.get(..last.start().into())?;
            let line = before.rsplit('\n').next()?;
            let rest = text.get(last.end().into()..)?;
            let comma = rest.len() - rest.trim_start().len();
            let has_comma = rest.trim_start().starts_with(',');
            let at = if has_comma { last.end() + TextSize::try_from(comma + 1).ok()? } else { last.end() };
            // On a line of its own where the others have one. Nothing may follow `...`.
            let separator = match (line.trim(), has_comma) {
                ("", true) => format!("\n{line}"),
                ("", false) => format!(",\n{line}"),
                (",", _) => format!("\n{line}"),
                (_, true) => " ".to_string(),
                (_, false) => ", ".to_string(),
            };
            (TextEdit::insert(at, format!("{separator}{argument}")), name)
        }
        None => return None,
    };
    let title = format!("Add {argument} after {name}");
    Some(Fix { title, edits: vec![(function.file, edit)], is_unsafe: false, ..Fix::default() })
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{assert_marks, fixed};

    #[test]
    fn outputs_take_what_they_are_given() {
        let text = "#- /flake.nix\n{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  inputs.disko.url = \"github:nix-community/disko\";\n#        ^^^^^\n  outputs = {\n    self,\n    nixpkgs\n  }: { };\n}\n";
        assert_marks(super::RULE.id, text);
        let fixed = fixed(super::RULE.id, text);
        assert!(fixed[0].1.contains("    self,\n    nixpkgs,\n    ...\n  }"), "{}", fixed[0].1);
    }

    #[test]
    fn nothing_follows_the_ellipsis() {
        let text = "#- /flake.nix\n{\n  inputs.disko.url = \"github:nix-community/disko\";\n#        ^^^^^\n  outputs = {\n    self,\n  }: { };\n}\n";
        assert!(fixed(super::RULE.id, text)[0].1.contains("    self,\n    ...\n  }"));
    }

    #[test]
    fn self_is_given_too() {
        let text = "#- /flake.nix\n{ outputs = { nixpkgs }: { };\n#           ^\n}\n";
        assert_marks(super::RULE.id, text);
        assert!(fixed(super::RULE.id, text)[0].1.contains("{ nixpkgs, self }"));
    }

    #[test]
    fn what_the_lock_has_was_found() {
        let lock = r#"{ "nodes": { "root": { "inputs": { "mine": "mine" } }, "mine": { "locked": { "type": "github", "owner": "a", "repo": "b" }, "original": { "type": "indirect", "id": "mine" } } }, "root": "root", "version": 7 }"#;
        assert_marks(
            super::RULE.id,
            &format!("#- /flake.nix\n{{ outputs = {{ self, mine }}: {{ }}; }}\n#- /flake.lock\n{lock}\n"),
        );
    }

    #[test]
    fn a_wrong_name_is_changed_where_it_is_used() {
        let text = "#- /flake.nix\n{\n  inputs.home-manager.url = \"github:nix-community/home-manager\";\n  outputs = { self, home-manger, ... }: { lib = home-manger.lib; };\n#                   ^^^^^^^^^^^\n}\n";
        assert_marks(super::RULE.id, text);
        assert!(fixed(super::RULE.id, text)[0].1.contains("{ self, home-manager, ... }: { lib = home-manager.lib; }"));
    }
}
