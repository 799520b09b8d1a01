//! `follows` names an input that does not exist.
//!
//! Nix refuses a flake whose input follows nothing. An override of an input that the dependency
//! does not have does nothing: Nix only warns, but the copy that it was meant to avoid is there. What a dependency has is read from flake.lock.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs = {
//!     nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!     disko.url = "github:nix-community/disko";
//!     disko.inputs.nixpkgs.follows = "nixpgks";
//! #                        ^^^^^^^
//!   };
//!   outputs = inputs: { };
//! }
//! ```
//!
//! An empty `follows` is no mistake; it removes the input:
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs = {
//!     nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!     disko.url = "github:nix-community/disko";
//!     disko.inputs.nixpkgs.follows = "";
//!   };
//!   outputs = inputs: { };
//! }
//! ```

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity};
use crate::base::{TextEdit, nearest};
use crate::eval::attr_name;
use crate::flake::LockGraph;
use crate::hir::Name;
use crate::repository::{Input, Override, Spelled, outputs_parameter};

pub(super) const RULE: Rule = Rule {
    id: "dangling-follows",
    chapter: Chapter::Inputs,
    severity: Severity::Error,
    source: include_str!("dangling_follows.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let flake = context.flake;
    let mut found = Vec::new();
    for input in flake.inputs.iter() {
        found.extend(input.follows.as_ref().and_then(|follows| no_target(context, input, follows)));
        for other in &input.overrides {
            found.extend(other.follows.as_ref().and_then(|follows| no_target(context, input, follows)));
            if let Some(Ok(lock)) = &flake.lock {
                found.extend(no_such_input(context, lock, input, other));
            }
        }
    }
    found
}

/// A target whose first name is no input of this flake, or whose further names do not exist by the lock.
fn no_target(context: &Context<'_>, input: &Input, follows: &Spelled) -> Option<Diagnostic> {
    let flake = context.flake;
    let path: Vec<Name> = follows.text.split('/').map(Name::new).collect();
    let first = path.first().filter(|first| !first.is_empty())?;
    let at = context.place(follows.origin)?;
    if exists(context, first) {
        return None;
    }
    let names = flake.inputs.iter().filter(|it| it.origin.is_some()).map(|it| it.name.as_str());
    let meant = nearest(first, names);
    let hint = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
    let message = format!("{} follows {first}, but this flake has no such input{hint}", input.name);
    let mut diagnostic = RULE.finding(at, message);
    if let Some(meant) = meant
        && let Some(whole) = follows.origin.and_then(|origin| context.repository.whole_range(origin))
        && let Ok(data) = context.repository.snapshot.file(whole.file)
        && let Some(text) = data.text().get(std::ops::Range::<usize>::from(whole.range))
        && let Some(at) = text.find(&format!("\"{}\"", follows.text))
    {
        let start = whole.range.start() + crate::base::TextSize::try_from(at + 1).ok()?;
        let range = crate::base::TextRange::at(start, crate::base::TextSize::of(first.as_str()));
        let title = format!("Follow {meant}");
        diagnostic.fixes.push(Fix {
            title,
            edits: vec![(whole.file, TextEdit::replace(range, meant))],
            is_unsafe: false,
            ..Fix::default()
        });
    }
    Some(diagnostic)
}

/// Whether a direct input has this name: one that is declared, or that an argument of `outputs` asks the registry for.
/// The lock does not count: Nix writes it anew from flake.nix, and what is not declared any more is gone then.
fn exists(context: &Context<'_>, name: &str) -> bool {
    let asked_for = || {
        let parameter = outputs_parameter(context.repository, context.flake);
        parameter.is_some_and(|it| it.names.iter().any(|(argument, _)| argument == name && name != "self"))
    };
    context.flake.input(name).is_some() || asked_for()
}

/// An override of an input that the dependency does not have.
fn no_such_input(context: &Context<'_>, lock: &LockGraph, input: &Input, other: &Override) -> Option<Diagnostic> {
    let [name] = other.path.as_slice() else { return None };
    let key = lock.resolve(&lock.root, &input.name)?;
    let node = lock.node(&key)?;
    let root = lock.root_node()?;
    // A lock that was written before the input was added says nothing about it.
    if !node.is_flake || !root.inputs.contains_key(&input.name) || node.inputs.contains_key(name) {
        return None;
    }
    let at = context.place(other.origin)?;
    let meant = nearest(name, node.inputs.keys().map(Name::as_str)).or_else(|| related(name, node.inputs.keys()));
    let hint = match meant {
        Some(meant) => format!("; it has {meant}"),
        None => String::new(),
    };
    let message = format!("by flake.lock {} has no input {name}, so that this override does nothing{hint}", input.name);
    let mut diagnostic = RULE.finding(at, message);
    // A flake that Nix builds with a warning.
    diagnostic.severity = Severity::Warning;
    if let Some(meant) = meant
        && !input.overrides.iter().any(|it| it.path.first().is_some_and(|first| first == meant))
    {
        let edit = TextEdit::replace(at.range, attr_name(meant));
        diagnostic.fixes.push(Fix {
            title: format!("Override {meant}"),
            edits: vec![(at.file, edit)],
            is_unsafe: false,
            ..Fix::default()
        });
    }
    Some(diagnostic)
}

/// `nixpkgs` for `nixpkgs-stable`, and the reverse.
fn related<'a>(name: &str, mut candidates: impl Iterator<Item = &'a Name>) -> Option<&'a str> {
    candidates.find(|other| name.starts_with(other.as_str()) || other.starts_with(name)).map(Name::as_str)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::assert_marks;

    fn flake(inputs: &str, arguments: &str) -> String {
        let lock = r#"{"nodes":{"root":{"inputs":{"gone":"gone","a":"a"}},"gone":{"locked":{},"original":{}},"a":{"inputs":{"x":"gone"},"locked":{},"original":{}}},"root":"root","version":7}"#;
        format!(
            "#- /flake.nix\n{{\n  inputs.a.url = \"github:example/a\";\n{inputs}\n  outputs = {{ {arguments} }}: {{ }};\n}}\n#- /flake.lock\n{lock}\n"
        )
    }

    #[test]
    fn what_only_a_stale_lock_has_is_gone() {
        let follows = "  inputs.a.inputs.x.follows = \"gone\";\n#                   ^^^^^^^";
        assert_marks(super::RULE.id, &flake(follows, "self, a"));
    }

    #[test]
    fn an_argument_of_outputs_is_an_input() {
        let follows = "  inputs.a.inputs.x.follows = \"gone\";";
        assert_marks(super::RULE.id, &flake(follows, "self, a, gone"));
        assert_marks(super::RULE.id, &flake(follows, "self, a, gone ? null"));
    }
}
