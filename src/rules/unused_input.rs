//! An input that nothing in the flake uses.
//!
//! It is fetched, locked and updated for nothing. An input counts as used where its name stands in any place that could mean
//! it, where another one follows it, where a framework takes it by name, and where something that looks
//! through all inputs gets them (`attrValues inputs`, a registry made of all inputs, a function of an input that
//! flakewise does not know).
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs = {
//!     nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!     disko.url = "github:nix-community/disko";
//! #   ^^^^^
//!     disko.inputs.nixpkgs.follows = "nixpkgs";
//!   };
//!   outputs = { self, nixpkgs, disko, ... }@inputs: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { specialArgs = { inherit inputs; }; modules = [ ./box.nix ]; };
//!   };
//! }
//! #- /box.nix
//! { inputs, ... }: { system.configurationRevision = inputs.self.rev or null; }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs = {
//!     nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!     systems.url = "github:nix-systems/default-linux";
//!     flake-utils.url = "github:numtide/flake-utils";
//!     flake-utils.inputs.systems.follows = "systems";
//!     disko.url = "github:nix-community/disko";
//!   };
//!   outputs = { self, nixpkgs, flake-utils, ... }@inputs:
//!     flake-utils.lib.eachDefaultSystem (system: {
//!       devShells.default = nixpkgs.legacyPackages.${system}.mkShell { };
//!     })
//!     // {
//!       nixosConfigurations.box = nixpkgs.lib.nixosSystem { specialArgs = { inherit inputs; }; modules = [ ./box.nix ]; };
//!     };
//! }
//! #- /box.nix
//! { inputs, ... }: { imports = [ inputs.disko.nixosModules.disko ]; }
//! ```

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity, edits};
use crate::base::{TextEdit, TextRange, TextSize};
use crate::eval::Site;
use crate::hir::{AttrValue, Expr, File, KeyId};
use crate::repository::{Input, outputs_parameter, unused_inputs};

pub(super) const RULE: Rule = Rule {
    id: "unused-input",
    chapter: Chapter::Inputs,
    severity: Severity::Hint,
    source: include_str!("unused_input.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for input in unused_inputs(context.repository, context.flake) {
        let Some(at) = context.place(input.origin) else { continue };
        let message = format!(
            "nothing in this flake uses the input {}, and no other input follows it: it is fetched and updated for nothing, remove it",
            input.name
        );
        let mut diagnostic = RULE.finding(at, message);
        diagnostic.fixes.extend(removal(context, input));
        found.push(diagnostic);
    }
    found
}

/// Takes away what declares the input, and the argument of `outputs` that is called like it.
fn removal(context: &Context<'_>, input: &Input) -> Option<Fix> {
    let origin = input.origin?;
    let data = context.repository.snapshot.file(origin.file).ok()?;
    let Site::Key(key) = origin.site else { return None };
    let map = &data.lowered().source_map;
    let text = data.text();
    let mut ranges: Vec<TextRange> =
        keys_beside(data.hir(), key)?.iter().map(|key| edits::whole_line(text, map.key(*key).whole)).collect();
    let parameter = outputs_parameter(context.repository, context.flake);
    let argument = parameter.as_ref().and_then(|it| it.names.iter().find(|(name, _)| *name == input.name));
    if let Some((_, origin)) = argument {
        ranges.push(without_argument(text, context.repository.whole_range(*origin)?.range));
    }
    ranges.sort_by_key(|range| (range.start(), range.end()));
    ranges.dedup();
    let overlap = ranges.windows(2).any(|pair| matches!(pair, [first, second] if first.end() > second.start()));
    let edits = ranges.into_iter().map(|range| (origin.file, TextEdit::delete(range))).collect();
    let fix = Fix { title: format!("Remove the input {}", input.name), edits, is_unsafe: true, ..Fix::default() };
    (!overlap).then_some(fix)
}

/// The names of all bindings that declare what is declared at `key`: `x.url` and `x.inputs.y.follows`.
fn keys_beside(hir: &File, key: KeyId) -> Option<Vec<KeyId>> {
    hir.exprs().find_map(|(_, expr)| {
        let Expr::Attrs(set) = expr else { return None };
        let attr = set.attrs.iter().find(|attr| attr.keys.contains(&key))?;
        matches!(attr.value, AttrValue::Expr(_)).then(|| attr.keys.to_vec())
    })
}

/// An argument with its comma, and with its line where it has one to itself.
fn without_argument(text: &str, argument: TextRange) -> TextRange {
    let at = |offset: usize| TextSize::try_from(offset).unwrap_or_default();
    let (start, end) = (usize::from(argument.start()), usize::from(argument.end()));
    let before = text.get(..start).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    let blank = after.len() - after.trim_start().len();
    if !after.trim_start().starts_with(',') {
        // The last one: its comma stands before it.
        let kept = before.trim_end();
        let from = if kept.ends_with(',') { kept.len() - 1 } else { start };
        return TextRange::new(at(from), at(end));
    }
    let comma = end + blank + 1;
    let rest = text.get(comma..).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let own_line = before.get(line_start..).is_some_and(|indent| indent.trim().is_empty())
        && !after.get(..blank).is_some_and(|it| it.contains('\n'));
    match rest.split_once('\n') {
        Some((line, _)) if own_line && line.trim().is_empty() => {
            TextRange::new(at(line_start), at(comma + line.len() + 1))
        }
        _ => {
            let space = rest.len() - rest.trim_start_matches(' ').len();
            TextRange::new(at(start), at(comma + space))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{assert_marks, fixed};

    fn flake(inputs: &str, outputs: &str) -> String {
        format!(
            "#- /flake.nix\n{{\n  inputs = {{\n    nixpkgs.url = \"github:NixOS/nixpkgs\";\n{inputs}\n  }};\n  outputs = {outputs};\n}}\n"
        )
    }

    /// Nothing is said, whatever the outputs do with the input `spare`.
    #[track_caller]
    fn used(outputs: &str, files: &str) {
        let text =
            flake("    spare.url = \"github:example/spare\";\n    other.url = \"github:example/other\";", outputs);
        let text = text.replace("    other.url", "    other.inputs.nixpkgs.follows = \"nixpkgs\";\n    other.url");
        let fixture = crate::fixture::Fixture::parse(&format!("{text}{files}"));
        let (_, found) = crate::rules::testing::found(super::RULE.id, &fixture);
        assert!(!found.iter().any(|it| it.message.contains("spare")), "{outputs}\n{files}");
    }

    #[test]
    fn whatever_may_use_it_does() {
        used("{ self, nixpkgs, spare, ... }: { x = spare.lib; }", "");
        used("inputs: { x = builtins.attrValues inputs; }", "");
        used("inputs: { x = builtins.mapAttrs (_: flake: { inherit flake; }) inputs; }", "");
        used("inputs: with inputs; { x = spare; }", "");
        used("inputs: { x = let inherit (inputs) spare; in spare; }", "");
        used("inputs: { x = name: inputs.${name}; }", "");
        used("inputs: { x = n: inputs.\"spa${n}\"; }", "");
        used("inputs: { x = builtins.getAttr \"spare\" inputs; }", "");
        used("inputs: inputs.other.lib.make { inherit inputs; }", "");
        used("{ other, ... }@inputs: other { inherit inputs; }", "");
        used("inputs: { x = [ inputs ]; }", "");
        used("{ self, ... }: { x = builtins.attrNames self.inputs; }", "");
        used("args: import ./outputs.nix args", "#- /outputs.nix\nall: { x = all.spare; }\n");
        used("args: import ./outputs.nix args", "#- /outputs.nix\nall: builtins.attrNames all\n");
        used(
            "inputs: import ./outputs.nix { flakes = inputs; }",
            "#- /outputs.nix\n{ flakes }: { x = builtins.attrNames flakes; }\n",
        );
        used(
            "{ nixpkgs, ... }@inputs: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { specialArgs = inputs; modules = [ ./a.nix ]; }; }",
            "#- /a.nix\n{ spare, ... }: { imports = [ spare.nixosModules.x ]; }\n",
        );
        used("inputs: { }", "#- /broken.nix\n{ x = ; }\n");
    }

    #[test]
    fn a_framework_takes_inputs_by_their_names() {
        let outputs = "inputs: inputs.snowfall-lib.mkFlake { inherit inputs; src = ./.; }";
        let inputs = "    snowfall-lib.url = \"github:snowfallorg/lib\";\n    home-manager.url = \"github:nix-community/home-manager\";\n    spare.url = \"github:example/spare\";\n#   ^^^^^";
        assert_marks(super::RULE.id, &flake(inputs, outputs));
    }

    #[test]
    fn all_of_the_input_goes() {
        let text = "#- /flake.nix\n{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  # Why.\n  inputs.spare.url = \"github:example/spare\"; # once\n  inputs.spare.inputs.nixpkgs.follows = \"nixpkgs\";\n  outputs = {\n    self,\n    spare,\n    nixpkgs\n  }: { x = nixpkgs.lib; };\n}\n";
        let fixed = fixed(super::RULE.id, text);
        assert_eq!(
            fixed[0].1,
            "{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  # Why.\n  outputs = {\n    self,\n    nixpkgs\n  }: { x = nixpkgs.lib; };\n}\n"
        );
    }

    #[test]
    fn arguments_of_every_style_go() {
        let check = |arguments: &str, expected: &str| {
            let text = format!(
                "#- /flake.nix\n{{\n  inputs = {{ nixpkgs.url = \"github:NixOS/nixpkgs\"; spare = {{ url = \"github:example/spare\"; }}; }};\n  outputs = {{ {arguments} }}: {{ x = nixpkgs.lib; }};\n}}\n"
            );
            let fixed = fixed(super::RULE.id, &text);
            assert!(fixed[0].1.contains(&format!("outputs = {{ {expected} }}:")), "{}", fixed[0].1);
        };
        check("self, spare, nixpkgs", "self, nixpkgs");
        check("self, nixpkgs, spare", "self, nixpkgs");
        check("self, nixpkgs, spare, ...", "self, nixpkgs, ...");
        check("self\n, spare\n, nixpkgs\n,", "self\n, nixpkgs\n,");
    }
}
