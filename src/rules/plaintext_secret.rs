//! A secret is written out in the configuration.
//!
//! It stands in the repository and, once the host is built, in the store, which everybody on the machine can read.
//! Give the option that takes a file (`hashedPasswordFile`, `passwordFile`, `environmentFile`) the path of a secret that
//! sops-nix or agenix decrypts on the host, and change the secret: it was public. A password that is
//! only the first one (`initialPassword`) is a hint. A hash in an option that wants the password itself makes
//! the text of the hash the password; it belongs into `hashedPassword`.
//!
//! ```nix fails
//! #! minipkgs: flake
//! #- /host.nix
//! {
//!   users.users.ada.password = "hunter2-and-more";
//! #                 ^^^^^^^^
//!   virtualisation.oci-containers.containers.db.environment.POSTGRES_PASSWORD = "hunter2";
//! #                                                         ^^^^^^^^^^^^^^^^^
//! }
//! ```
//!
//! The fix for a hash is to say what it is:
//!
//! ```nix fails
//! #! minipkgs: flake
//! #- /host.nix
//! {
//!   users.users.ada.initialPassword = "$6$rounds$0123456789abcdef0123456789";
//! #                 ^^^^^^^^^^^^^^^
//! }
//! ```
//!
//! What says where the secret is holds none:
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem {
//!       modules = [ { systemd.network.networks."10-lan".ipv6AcceptRAConfig.Token = "static:::a1"; } ];
//!     };
//!   };
//! }
//! ```
//!
//! ```nix passes
//! #! minipkgs: flake
//! #- /host.nix
//! {
//!   users.users.ada.hashedPasswordFile = "/run/secrets/ada";
//!   services.app.settings.password = "$__file{/run/secrets/app}";
//!   services.app.settings.token = "APP_TOKEN";
//!   networking.wireless.networks.home.pskRaw = "ext:psk_home";
//! }
//! ```

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity, listed};
use crate::base::{FileRange, TextEdit};
use crate::db::{FileData, OfText};
use crate::hir::ExprId;
use crate::repository::{SecretKind, WrittenSecret, written_keys, written_secrets};

pub(super) const RULE: Rule = Rule {
    id: "plaintext-secret",
    chapter: Chapter::Secrets,
    severity: Severity::Warning,
    source: include_str!("plaintext_secret.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = written_secrets(context.repository, context.flake)
        .iter()
        .filter_map(|secret| report(context, secret))
        .collect();
    found.extend(keys(context));
    found
}

fn report(context: &Context<'_>, secret: &WrittenSecret) -> Option<Diagnostic> {
    let at = context.place(Some(secret.origin))?;
    let (option, hosts) = (&secret.option, listed(&secret.hosts));
    let message = match secret.kind {
        SecretKind::Plain => format!(
            "{option} of {hosts} is written out, and ends in the store that everybody on the host can read: use a secret that is decrypted on the host, by an option that takes a file, and change this one"
        ),
        SecretKind::Weak => format!(
            "{option} of {hosts} is written out, and ends in the store: if it keeps anybody out, use a secret that is decrypted on the host"
        ),
        SecretKind::Initial => format!(
            "{option} of {hosts} is written out, and ends in the store: change it at the first login, or use hashedPasswordFile"
        ),
        SecretKind::WellKnown => format!(
            "{option} of {hosts} is what was the default for everybody: it protects nothing; to keep what is encrypted with it, give a new one by a file and have the program encrypt it anew"
        ),
        SecretKind::MisplacedHash => {
            format!(
                "{option} of {hosts} wants the password itself: with a hash in it, the text of the hash is the password"
            )
        }
    };
    let mut diagnostic = RULE.finding(at, message);
    diagnostic.hosts = secret.hosts.clone();
    match secret.kind {
        // An image that everybody gets has no secrets; what is built from the same modules later may.
        SecretKind::Plain if secret.hosts.iter().all(|host| is_image(context, host)) => {
            diagnostic.severity = Severity::Hint;
        }
        // `mkIf (config.users.users.x.hashedPasswordFile == null)`
        SecretKind::Plain if secret.perhaps => {
            diagnostic.severity = Severity::Hint;
            diagnostic.message = diagnostic.message.replacen("ends in the store", "may end in the store", 1);
        }
        SecretKind::Plain => {}
        SecretKind::Weak | SecretKind::Initial | SecretKind::WellKnown => diagnostic.severity = Severity::Hint,
        SecretKind::MisplacedHash => diagnostic.fixes.extend(to_hashed(context, at)),
    }
    Some(diagnostic)
}

/// Whether a host is a part of a package: an image, a virtual machine.
fn is_image(context: &Context<'_>, output: &str) -> bool {
    let packages = ["packages.", "legacyPackages.", "apps.", "checks.", "hydraJobs."];
    packages.iter().any(|start| output.starts_with(start)) && context.flake.host(output).is_some()
}

/// Renames `password` to `hashedPassword`, and `initialPassword` alike.
fn to_hashed(context: &Context<'_>, at: FileRange) -> Option<Fix> {
    let data = context.repository.snapshot.file(at.file).ok()?;
    let name = match data.text().get(std::ops::Range::<usize>::from(at.range))? {
        "password" => "hashedPassword",
        "initialPassword" => "initialHashedPassword",
        _ => return None,
    };
    let edits = vec![(at.file, TextEdit::replace(at.range, name))];
    Some(Fix { title: format!("Rename to {name}"), edits, is_unsafe: true, ..Fix::default() })
}

/// The keys that stand in one file.
struct WrittenKeys(Vec<(ExprId, &'static str)>);

impl OfText for WrittenKeys {
    fn of(file: &FileData) -> WrittenKeys {
        WrittenKeys(written_keys(file.hir()))
    }
}

/// Keys and tokens in the texts of the flake, whatever they are for.
fn keys(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (file, data) in context.files() {
        for (expr, what) in data.of_text::<WrittenKeys>().0.iter().copied() {
            let range = data.lowered().source_map.expr(expr);
            let index = data.line_index();
            let line = index.line_range(index.line(range.start()));
            let end = line.map_or(range.end(), |line| line.end().min(range.end()));
            let at =
                FileRange { file: *file, range: crate::base::TextRange::new(range.start(), end.max(range.start())) };
            let message = format!(
                "{what} is written out: whoever reads the repository or the store has it; revoke it, and keep the next one encrypted"
            );
            found.push(RULE.finding(at, message));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::fixture::Fixture;
    use crate::rules::Severity;
    use crate::rules::testing::found;

    /// Checks how bad each finding in a host's module is.
    #[track_caller]
    fn check(module: &str, expected: &[Severity]) {
        let text = format!("#! minipkgs: flake\n#- /host.nix\n{module}\n");
        let (_, found) = found(super::RULE.id, &Fixture::parse(&text));
        let severities: Vec<Severity> = found.iter().map(|it| it.severity).collect();
        assert_eq!(severities, expected, "{module}\n{found:#?}");
    }

    #[test]
    fn what_looks_like_a_secret_is_a_warning() {
        check("{ services.player.settings.ApiKey = \"7215047f29bbb24662ef\"; }", &[Severity::Warning]);
        check("{ services.share.password = \"correct-horse\"; }", &[Severity::Warning]);
        check("{ networking.wireless.networks.home.psk = \"open sesame\"; }", &[]);
    }

    #[test]
    fn placeholders_are_hints_at_most() {
        // A program without authentication that wants a key all the same.
        check("{ services.agent.settings.api_key = \"local\"; }", &[Severity::Hint]);
        check("{ services.search.settings.secret_key = \"unnecessary\"; }", &[]);
        // Peer authentication: the name of the user stands where a password would.
        check("{ services.forge.settings.database.PASSWD = \"forge\"; }", &[Severity::Hint]);
        check("{ services.proxy.environment.BOOTSTRAP_TOKEN = \"bootstrap\"; }", &[Severity::Hint]);
        check("{ users.users.ada.initialPassword = \"changeme\"; }", &[Severity::Hint]);
    }

    #[test]
    fn what_may_not_be_in_force_is_a_hint() {
        let password = |condition: &str| {
            format!("{{ config, lib, ... }}: {{ services.share.password = lib.mkIf {condition} \"correct-horse\"; }}")
        };
        check(&password("(config.services.share.file == null)"), &[Severity::Hint]);
        check(&password("true"), &[Severity::Warning]);
        check(&password("false"), &[]);
    }

    #[test]
    fn what_everybody_knows_is_no_secret() {
        let key = |option: &str| format!("{{ services.grafana.settings.{option} = \"SW2YcwTIb9zpOOhoPsMm\"; }}");
        check(&key("security.secret_key"), &[Severity::Hint]);
        check(&key("smtp.password"), &[Severity::Warning]);
        check("{ services.grafana.settings.security.secret_key = \"SW2YcwTIb9zpOOhoPsMn\"; }", &[Severity::Warning]);
    }

    #[test]
    fn an_option_of_the_repository_may_name_a_secret() {
        let module = "{ lib, ... }: {\n  options.my.agent.token = lib.mkOption { type = lib.types.str; };\n  config.my.agent.token = \"agents-hub-2\";\n}";
        check(module, &[]);
        check("{ sops.secrets.hub.key = \"tokens/hub2\"; age.secrets.a.secret = \"b2c4d6e8f0\"; }", &[]);
    }

    #[test]
    fn keys_are_found_in_any_text() {
        let body = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gt";
        let key = format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----");
        check(&format!("{{ environment.etc.key.text = ''\n{key}\n''; }}"), &[Severity::Warning]);
        check("{ environment.etc.check.text = \"grep 'BEGIN OPENSSH PRIVATE KEY-----' $1\"; }", &[]);
    }
}
