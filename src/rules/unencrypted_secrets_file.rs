//! The file that a secret manager is given is not encrypted.
//!
//! sops leaves its metadata in what it encrypts, whatever the format; sops-nix refuses a file without. agenix
//! cannot decrypt what age did not encrypt. Worse than the host that fails: the secret stands in the repository, and
//! in the store, for everybody to read. Encrypt it (`sops --encrypt --in-place FILE`, `agenix --edit FILE`) and change the secret.
//!
//! ```nix fails
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
//! {
//!   sops.secrets.mail.sopsFile = ./mail.yaml;
//! #                   ^^^^^^^^
//! }
//! #- /mail.yaml
//! mail: hunter2
//! ```
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
//! {
//!   sops.secrets.mail.sopsFile = ./mail.yaml;
//! }
//! #- /mail.yaml
//! mail: ENC[AES256_GCM,data:aGVsbG8=,type:str]
//! sops:
//!     version: 3.9.0
//! ```

use super::{Chapter, Context, Diagnostic, Rule, Severity, listed};
use crate::eval::Files;
use crate::repository::{SecretFile, SecretManager, is_age_encrypted, is_sops_encrypted, secret_files};

pub(super) const RULE: Rule = Rule {
    id: "unencrypted-secrets-file",
    chapter: Chapter::Secrets,
    severity: Severity::Error,
    source: include_str!("unencrypted_secrets_file.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    secret_files(context.flake).into_iter().filter_map(|file| report(context, &file)).collect()
}

fn report(context: &Context<'_>, file: &SecretFile) -> Option<Diagnostic> {
    // What is no text was encrypted by something.
    let text = context.repository.snapshot.read_file(&file.path).ok()?;
    let (is_encrypted, what) = match file.manager {
        SecretManager::Sops => (is_sops_encrypted(&text), "sops-nix, has no sops metadata: it is not encrypted"),
        SecretManager::Age => (is_age_encrypted(&text), "agenix, is not encrypted by age"),
    };
    // A repository that git-crypt has locked holds something else than what is deployed.
    if is_encrypted || text.starts_with("\0GITCRYPT") {
        return None;
    }
    let at = context.place(Some(file.origin))?;
    let message = format!(
        "{}, which {} gives to {what}, so that {} fails and the secret is readable by everybody: encrypt it, and change the secret",
        context.flake.relative(&file.path),
        file.option,
        listed(&file.hosts)
    );
    let mut diagnostic = RULE.finding(at, message);
    diagnostic.hosts = file.hosts.clone();
    Some(diagnostic)
}
