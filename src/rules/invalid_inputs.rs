//! flake.nix holds something that Nix refuses to read.
//!
//! Nix reads the inputs before it evaluates anything, and so computes nothing in them: no `let`, no `import`, no
//! `"${…}"`, no names put together. What `outputs` is must be a function that is written out. A reference that cannot be
//! one, an attribute that inputs do not have, and a url beside `follows` are refused as well.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/" + "nixos-unstable";
//! #                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//!   inputs.disko.url = "gihtub:nix-community/disko";
//! #                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//!   inputs.agenix = import ./agenix.nix;
//! #                 ^^^^^^^^^^^^^^^^^^^
//!   outputs = _: { };
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   inputs.site = { url = "git+ssh://git@example.org/site"; flake = false; };
//!   inputs.tools = { type = "github"; owner = "example"; repo = "tools"; };
//!   inputs.here.url = ./here;
//!   inputs.self.submodules = true;
//!   outputs = inputs: import ./outputs.nix inputs;
//! }
//! #- /outputs.nix
//! _: { }
//! ```

use super::{Chapter, Context, Diagnostic, Rule, Severity};
use crate::base::{FileRange, TextRange};
use crate::repository::refused;

pub(super) const RULE: Rule = Rule {
    id: "invalid-inputs",
    chapter: Chapter::Inputs,
    severity: Severity::Error,
    source: include_str!("invalid_inputs.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for one in refused(context.repository, context.flake) {
        let Some(at) = context.place(Some(one.origin)) else { continue };
        let mut diagnostic = RULE.finding(first_line(context, at), one.message);
        if one.depends_on_version {
            diagnostic.severity = Severity::Warning;
        }
        found.push(diagnostic);
    }
    found
}

/// The first line of a place: what is refused may be a whole file.
fn first_line(context: &Context<'_>, at: FileRange) -> FileRange {
    let Ok(data) = context.repository.snapshot.file(at.file) else { return at };
    let index = data.line_index();
    let line = index.line_range(index.line(at.range.start()));
    let end = line.map_or(at.range.end(), |line| line.end().min(at.range.end()));
    FileRange { file: at.file, range: TextRange::new(at.range.start(), end.max(at.range.start())) }
}

#[cfg(test)]
mod tests {
    use crate::fixture::Fixture;
    use crate::rules::testing::found;

    /// Checks what is refused in a flake.nix, by its text.
    #[track_caller]
    fn check(flake: &str, expected: &[&str]) {
        let text = format!("#- /flake.nix\n{flake}\n#- /outputs.nix\n_: {{ }}\n");
        let fixture = Fixture::parse(&text);
        let (_, found) = found(super::RULE.id, &fixture);
        let texts: Vec<&str> = found.iter().map(|it| &fixture.text("/repo/flake.nix")[it.at.range]).collect();
        assert_eq!(texts, expected, "{flake}\n{found:#?}");
    }

    #[test]
    fn what_is_written_out_is_read() {
        check("{ inputs.a = { type = \"git\"; url = \"ssh://git@example.org/a\"; }; outputs = _: { }; }", &[]);
        check(
            "{ inputs = { \"a b\".url = ''github:a/b''; c = { }; d.follows = \"c\"; ${\"e\"}.url = \"flake:c\"; }; outputs = { ... }: { }; }",
            &[],
        );
        check(
            "{ description = \"x\"; nixConfig.sandbox = true; inputs.a = { url = \"path:./a\"; inputs.b.follows = \"\"; }; outputs = x: x; }",
            &[],
        );
        // A name of a recursive set may stand for what was written out before.
        check("rec { description = \"github:a/b\"; inputs.a.url = description; outputs = _: { }; }", &[]);
    }

    #[test]
    fn what_older_versions_read_is_no_error() {
        let text = "#- /flake.nix\n{ inputs.a = { url = \"github:a/b\"; follows = \"c\"; }; outputs = _: { }; }\n";
        let (_, found) = found(super::RULE.id, &Fixture::parse(text));
        assert_eq!(found[0].severity, crate::rules::Severity::Warning);
    }

    #[test]
    fn what_is_computed_is_refused() {
        let call = "builtins.mapAttrs (_: url: { inherit url; }) { }";
        check(&format!("{{ inputs = {call}; outputs = _: {{ }}; }}"), &[call]);
        let choice = "if true then \"c\" else \"d\"";
        check(&format!("{{ inputs.a.inputs.b.follows = {choice}; outputs = _: {{ }}; }}"), &[choice]);
        check("{ inputs.a.url = \"github:${\"a\"}/b\"; outputs = _: { }; }", &["\"github:${\"a\"}/b\""]);
        check("{ outputs = import ./outputs.nix; }", &["import ./outputs.nix"]);
        let file = "let x = 1; in { outputs = _: { }; }";
        check(file, &[file]);
    }

    #[test]
    fn what_inputs_do_not_have_is_refused() {
        check("{ inputs.a = { url = \"github:a/b\"; ref = \"main\"; }; outputs = _: { }; }", &["ref"]);
        check("{ inputs.a = { url = \"github:a/b\"; follows = \"c\"; }; outputs = _: { }; }", &["\"c\""]);
        check("{ inputs.a = \"github:a/b\"; outputs = _: { }; }", &["\"github:a/b\""]);
        check("{ nixosConfigurations = { }; outputs = _: { }; }", &["nixosConfigurations"]);
    }
}
