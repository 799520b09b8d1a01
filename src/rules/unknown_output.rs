//! No tool reads an output of this name.
//!
//! Outputs are found by name: `nixos-rebuild` builds what `nixosConfigurations` holds, and never looks into
//! `nixosConfiguration`. A name that is nearly a known one is taken for a slip. Any other name is a hint only, and
//! none where the flake uses the output itself (`self.name`): `nix build .#name` reaches it.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfiguration.box = nixpkgs.lib.nixosSystem { modules = [ { networking.hostName = "box"; } ]; };
//! #   ^^^^^^^^^^^^^^^^^^
//!   };
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { self, nixpkgs, ... }: {
//!     nixosConfigurations = builtins.mapAttrs (_: modules: nixpkgs.lib.nixosSystem { inherit modules; }) self.machines;
//!     machines.box = [ { networking.hostName = "box"; } ];
//!   };
//! }
//! ```

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity};
use crate::base::TextEdit;
use crate::eval::attr_name;
use crate::repository::{is_known_output, nearest_output, uses_own_output};

pub(super) const RULE: Rule = Rule {
    id: "unknown-output",
    chapter: Chapter::Hosts,
    severity: Severity::Warning,
    source: include_str!("unknown_output.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let names = &context.flake.output_names;
    for output in names.iter().filter(|it| !it.maybe && !is_known_output(&it.name)) {
        let Some(at) = context.place(output.definition) else { continue };
        if uses_own_output(context.repository, context.flake, output) {
            continue;
        }
        let meant = nearest_output(&output.name);
        let message = match meant {
            Some(meant) => format!("no tool reads the output {}: did you mean {meant}?", output.name),
            None => format!(
                "no tool that flakewise knows reads the output {}, and nothing in this flake uses it: only who names it reaches it",
                output.name
            ),
        };
        let mut diagnostic = RULE.finding(at, message);
        if meant.is_none() {
            diagnostic.severity = Severity::Hint;
        }
        // What is under the right name already would be in the way.
        if let Some(meant) = meant.filter(|meant| !names.iter().any(|it| it.name == *meant)) {
            diagnostic.fixes.push(Fix {
                title: format!("Rename to {meant}"),
                edits: vec![(at.file, TextEdit::replace(at.range, attr_name(meant)))],
                is_unsafe: true,
                ..Fix::default()
            });
        }
        found.push(diagnostic);
    }
    found
}
