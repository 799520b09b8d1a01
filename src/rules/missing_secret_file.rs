//! A secret manager is given a file that does not exist.
//!
//! sops-nix reads the file while the configuration is built, and agenix copies it into the store: without it no host
//! that uses it can be built. A file that exists but that git does not track is missing for the flake, too.
//! A file of agenix that is there, but not in the `secrets.nix` that the command `agenix` reads, is a piece of information.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   inputs.agenix.url = "github:ryantm/agenix";
//!   outputs = { nixpkgs, agenix, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem {
//!       modules = [ agenix.nixosModules.default ./box.nix ];
//!     };
//!   };
//! }
//! #- /box.nix
//! {
//!   age.secrets.mail.file = ./secrets/mial.age;
//! #                  ^^^^
//! }
//! #- /secrets/mail.age
//! age-encryption.org/v1
//! ```
//!
//! What is only used under a condition that nobody can decide here is left alone:
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   inputs.sops-nix.url = "github:Mic92/sops-nix";
//!   outputs = { nixpkgs, sops-nix, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem {
//!       modules = [ sops-nix.nixosModules.sops ./box.nix ];
//!     };
//!   };
//! }
//! #- /box.nix
//! { lib, ... }:
//! {
//!   sops.secrets = lib.mkIf (builtins.pathExists ./mail.yaml) { mail.sopsFile = ./mail.yaml; };
//!   # No secret is taken from it.
//!   sops.defaultSopsFile = ./none.yaml;
//! }
//! ```

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity, edits, listed, missing_import};
use crate::base::{TextEdit, nearest};
use crate::eval::{FileType, Files};
use crate::repository::{SecretFile, SecretManager, is_below, secret_files, unlisted_in};

pub(super) const RULE: Rule = Rule {
    id: "missing-secret-file",
    chapter: Chapter::Secrets,
    severity: Severity::Error,
    source: include_str!("missing_secret_file.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let submodules = missing_import::submodules(context);
    let all = secret_files(context.flake);
    let mut found: Vec<Diagnostic> = all.iter().filter_map(|file| unlisted(context, file)).collect();
    let files = all.into_iter().filter(|file| {
        // A submodule that was not fetched is an empty folder here and full elsewhere.
        context.repository.snapshot.file_type(&file.path) == Ok(None)
            && !submodules.iter().any(|folder| is_below(&file.path, folder))
    });
    found.extend(files.filter_map(|file| report(context, &file)));
    found
}

/// A file of agenix that is there, and that the rules of the command `agenix` leave out. Hosts do not read these.
fn unlisted(context: &Context<'_>, file: &SecretFile) -> Option<Diagnostic> {
    let exists = context.repository.snapshot.file_type(&file.path) == Ok(Some(FileType::Regular));
    let rules = unlisted_in(context.repository, context.flake, &file.path)
        .filter(|_| exists && file.manager == SecretManager::Age)?;
    let at = context.place(Some(file.origin))?;
    let message = format!(
        "{} does not list {}: agenix can neither edit it nor encrypt it for other keys, add it there",
        context.flake.relative(&rules),
        context.flake.relative(&file.path)
    );
    let mut diagnostic = RULE.finding(at, message);
    diagnostic.severity = Severity::Information;
    diagnostic.hosts = file.hosts.clone();
    Some(diagnostic)
}

fn report(context: &Context<'_>, file: &SecretFile) -> Option<Diagnostic> {
    let at = context.place(Some(file.origin))?;
    let path = context.flake.relative(&file.path);
    let snapshot = &context.repository.snapshot;
    if snapshot.tree().resolve(&file.path).is_some() {
        let message = format!(
            "{path}, which {} names, is not tracked by git, so that the flake does not see it and {} cannot be built: `git add` it",
            file.option,
            listed(&file.hosts)
        );
        let mut diagnostic = RULE.finding(at, message);
        diagnostic.hosts = file.hosts.clone();
        diagnostic.fixes.push(Fix {
            title: format!("git add {path}"),
            tracks: vec![file.path.clone()],
            ..Fix::default()
        });
        return Some(diagnostic);
    }
    let meant = file.path.rsplit_once('/').and_then(|(folder, name)| {
        let entries = snapshot.read_dir(folder).ok()?;
        let files = entries.iter().filter(|(_, kind)| *kind == FileType::Regular);
        Some(format!("{folder}/{}", nearest(name, files.map(|(name, _)| name.as_str()))?))
    });
    let advice = match &meant {
        Some(meant) => format!("did you mean {}?", context.flake.relative(meant)),
        None => "create it with the secret manager, or remove the secret".to_string(),
    };
    let message = format!(
        "{path}, which {} names, does not exist, so that {} cannot be built: {advice}",
        file.option,
        listed(&file.hosts)
    );
    let mut diagnostic = RULE.finding(at, message);
    diagnostic.hosts = file.hosts.clone();
    diagnostic.fixes.extend(meant.and_then(|meant| replacement(context, file, &meant)));
    Some(diagnostic)
}

/// Writes the other path where the missing one is a literal.
fn replacement(context: &Context<'_>, file: &SecretFile, meant: &str) -> Option<Fix> {
    let whole = context.repository.whole_range(file.origin)?;
    let data = context.repository.snapshot.file(whole.file).ok()?;
    let text = data.text().get(std::ops::Range::<usize>::from(whole.range))?;
    let own = context.repository.path(whole.file);
    let old = [file.path.as_str(), meant].map(|path| edits::relative_path(&own, path));
    let [Some(old), Some(new)] = old else { return None };
    let at = text.find(&format!("{old};"))?;
    let start = whole.range.start() + crate::base::TextSize::try_from(at).ok()?;
    let range = crate::base::TextRange::at(start, crate::base::TextSize::of(old.as_str()));
    let edit = TextEdit::replace(range, new.clone());
    // Another file is another secret: only a person knows whether it is the one that was meant.
    Some(Fix { title: format!("Change to {new}"), edits: vec![(whole.file, edit)], is_unsafe: true, ..Fix::default() })
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{assert_marks, fixed};

    const FLAKE: &str = "#- /flake.nix\n{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-unstable\";\n  inputs.sops-nix.url = \"github:Mic92/sops-nix\";\n  outputs = { nixpkgs, sops-nix, ... }: {\n    nixosConfigurations.box = nixpkgs.lib.nixosSystem {\n      modules = [ sops-nix.nixosModules.sops ./box.nix ];\n    };\n  };\n}\n";

    #[test]
    fn the_default_file_is_needed_by_a_secret_without_its_own() {
        assert_marks(
            super::RULE.id,
            &format!(
                "{FLAKE}#- /box.nix\n{{\n  sops.defaultSopsFile = ./none.yaml;\n#      ^^^^^^^^^^^^^^^\n  sops.secrets.mail = {{ }};\n}}\n"
            ),
        );
        assert_marks(
            super::RULE.id,
            &format!(
                "{FLAKE}#- /box.nix\n{{\n  sops.defaultSopsFile = ./none.yaml;\n  sops.secrets.mail.sopsFile = ./a.yaml;\n}}\n#- /a.yaml\nsops: {{ }}\n"
            ),
        );
    }

    #[test]
    fn agenix_knows_the_files_that_secrets_nix_lists() {
        let flake = FLAKE.replace("sops-nix.nixosModules.sops ", "");
        let text = |rules: &str, mark: &str| {
            format!(
                "{flake}#- /box.nix\n{{\n  age.secrets.a.file = ./secrets/a.age;\n{mark}}}\n#- /secrets/a.age\nage-encryption.org/v1\n#- /secrets/secrets.nix\nlet k = [ \"age1x\" ]; in {rules}\n"
            )
        };
        assert_marks(super::RULE.id, &text("{ \"a.age\".publicKeys = k; }", ""));
        assert_marks(super::RULE.id, &text("{ \"b.age\".publicKeys = k; }", "#               ^^^^\n"));
        assert_marks(super::RULE.id, &text("builtins.listToAttrs k", ""));
    }

    #[test]
    fn a_stronger_definition_counts() {
        assert_marks(
            super::RULE.id,
            &format!(
                "{FLAKE}#- /box.nix\n{{ lib, ... }}:\n{{\n  imports = [ ./b.nix ];\n  sops.defaultSopsFile = lib.mkDefault ./none.yaml;\n  sops.secrets.mail = {{ }};\n}}\n#- /b.nix\n{{ sops.defaultSopsFile = ./a.yaml; }}\n#- /a.yaml\nsops: {{ }}\n"
            ),
        );
    }

    #[test]
    fn a_slip_is_corrected() {
        let text = format!(
            "{FLAKE}#- /box.nix\n{{ sops.secrets.mail.sopsFile = ./secrts.yaml; }}\n#- /secrets.yaml\nsops: {{ }}\n"
        );
        assert!(fixed(super::RULE.id, &text)[0].1.contains("sopsFile = ./secrets.yaml;"));
    }
}
