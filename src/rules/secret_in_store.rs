//! A secret is copied into the store.
//!
//! Everybody on a machine can read its store, and so can whoever gets a copy of it. `readFile` of a file with a
//! secret puts its text into whatever is built from it, also where git-crypt keeps the file encrypted in the
//! repository; a path literal in an option that names a file on the host (`passwordFile = ./password`) has Nix
//! copy the file. A secret is to be decrypted on the host: give the option the `path` of a secret of sops-nix
//! or agenix. To read such a path while the configuration is evaluated fails, or takes the secret of
//! the machine that builds.
//!
//! ```nix fails
//! #! minipkgs: flake
//! #- /host.nix
//! { config, ... }:
//! {
//!   services.app.passwordFile = ./password.txt;
//! #              ^^^^^^^^^^^^
//!   services.other.password = builtins.readFile config.sops.secrets.other.path;
//! #                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//!   services.third.token = builtins.readFile ./api-token;
//! #                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//! }
//! #- /password.txt
//! hunter2
//! #- /api-token
//! a1b2c3
//! ```
//!
//! ```nix passes
//! #! minipkgs: flake
//! #- /host.nix
//! { config, ... }:
//! {
//!   services.app.passwordFile = config.sops.secrets.app.path;
//!   users.users.ada.openssh.authorizedKeys.keys = [ (builtins.readFile ./token.pub) ];
//!   age.secrets.app.file = ./app-token.age;
//! }
//! #- /token.pub
//! ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGd1aWRl
//! #- /app-token.age
//! age-encryption.org/v1
//! ```

use super::{Chapter, Context, Diagnostic, Rule, Severity, listed};
use crate::repository::{StoredSecret, Storing, stored_secrets};

pub(super) const RULE: Rule = Rule {
    id: "secret-in-store",
    chapter: Chapter::Secrets,
    severity: Severity::Warning,
    source: include_str!("secret_in_store.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    stored_secrets(context.repository, context.flake).iter().filter_map(|one| report(context, one)).collect()
}

fn report(context: &Context<'_>, secret: &StoredSecret) -> Option<Diagnostic> {
    let at = context.place(Some(secret.origin))?;
    let advice = "use the path of a secret that is decrypted on the host";
    let what = match &secret.how {
        Storing::ReadsDecrypted => {
            "the decrypted secret is read while the configuration is evaluated, not on the host".to_string()
        }
        Storing::ReadsFile(path) => format!("the text of {} ends in the store", context.flake.relative(path)),
        Storing::Copies { option, path } => {
            format!("{option} is a path of the flake: {} is copied into the store", context.flake.relative(path))
        }
    };
    let message = format!("{what}, where everybody on {} can read it: {advice}", listed(&secret.hosts));
    let mut diagnostic = RULE.finding(at, message);
    diagnostic.hosts = secret.hosts.clone();
    Some(diagnostic)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixture::Fixture;
    use crate::rules::testing;

    #[test]
    fn what_clevis_encrypts_belongs_into_the_store() {
        let found = |secret: &str| {
            let text = format!(
                "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-unstable\";\n  \
                 outputs = {{ nixpkgs, ... }}: {{\n    nixosConfigurations.box = nixpkgs.lib.nixosSystem {{\n      \
                 modules = [ {{ boot.initrd.clevis.devices.disk.secretFile = ./disk; }} ];\n    }};\n  }};\n}}\n\
                 #- /disk\n{secret}\n"
            );
            testing::found(RULE.id, &Fixture::parse(&text)).1.len()
        };
        assert_eq!(found("eyJhbGciOiJkaXIifQ..dm1fYQ.c2VjcmV0.dGFn"), 0);
        assert_eq!(found("eyJhbGciOiJIUzI1NiJ9.c2VjcmV0.dGFn"), 1, "a token that is only signed");
    }
}
