//! Secrets: the files that secret managers are given, literals in options that
//! hold secrets, and what copies a secret into the store.

use std::collections::BTreeMap;

use super::missing_reads::called;
use super::{Flake, Host, Repository};
use crate::base::FileId;
use crate::eval::{Files, Origin, Site, join_path};
use crate::hir::{Expr, ExprId, File, Key, Name, PathAnchor, StrPart};
use crate::module_system::{Condition, Declared, Definition, path_text};

/// A program that decrypts secrets on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretManager {
    /// sops-nix: one file holds many secrets.
    Sops,
    /// agenix and ragenix: a file for each secret.
    Age,
}

/// A file of the flake that a secret manager is given.
#[derive(Clone, Debug, PartialEq)]
pub struct SecretFile {
    /// Absolute.
    pub path: Name,
    pub manager: SecretManager,
    /// The option that names it: `sops.secrets."a/b".sopsFile`
    pub option: String,
    pub origin: Origin,
    pub hosts: Vec<String>,
}

/// A secret that is written out in an option.
#[derive(Clone, Debug, PartialEq)]
pub struct WrittenSecret {
    pub option: String,
    pub kind: SecretKind,
    pub origin: Origin,
    pub hosts: Vec<String>,
    /// Whether it stands under a condition that was decided for none of the hosts.
    pub perhaps: bool,
}

/// What a written secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretKind {
    /// A password, token or key.
    Plain,
    /// What may be a placeholder: no text that somebody would have made to be secret.
    Weak,
    /// A password that is meant to be changed at the first login.
    Initial,
    /// The value that a program had for everybody before somebody set one: no secret, and no protection either.
    WellKnown,
    /// The hash of a password where its text is wanted.
    MisplacedHash,
}

/// A place that copies a secret into the store.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSecret {
    pub origin: Origin,
    pub how: Storing,
    pub hosts: Vec<String>,
}

/// How a secret gets into the store.
#[derive(Clone, Debug, PartialEq)]
pub enum Storing {
    /// The text of a decrypted secret is read while the configuration is evaluated.
    ReadsDecrypted,
    /// The text of a secrets file is read.
    ReadsFile(Name),
    /// An option that names a file on the host is given a file of the flake.
    Copies { option: String, path: Name },
}

/// Whether a definition of a host is in force for certain: of the strongest priority, and under no condition. Looks
/// through all definitions.
fn is_in_force(host: &Host, it: &Definition) -> bool {
    let stronger = |other: &Definition| other.priority < it.priority && other.path == it.path;
    it.condition == Condition::Holds && !it.maybe && !host.facts.definitions.iter().any(stronger)
}

/// The path that a printed value names, if that is a path of the flake.
fn path_of(flake: &Flake, definition: &Definition) -> Option<Name> {
    // A string that names a path is put together, and so it is no literal.
    let value = definition.value.as_ref()?.known_text()?;
    let inside = match definition.value_type? {
        "path" => value.strip_prefix("./")?,
        "string" => value.strip_prefix("\"${self}/")?.strip_suffix('"')?,
        _ => return None,
    };
    let plain = !inside.is_empty() && !inside.contains(['…', '"', '\\', '$']);
    plain.then(|| join_path(&flake.root, inside))
}

fn names(path: &[Name]) -> Vec<&str> {
    path.iter().map(Name::as_str).collect()
}

/// The files of the flake that hosts give to sops-nix and agenix. Only what a host certainly uses.
pub fn secret_files(flake: &Flake) -> Vec<SecretFile> {
    let mut found: BTreeMap<(Origin, Name), SecretFile> = BTreeMap::new();
    for host in &flake.hosts {
        let by_default = uses_default(host);
        for definition in &host.facts.definitions {
            if !matches!(definition.path.first().map(Name::as_str), Some("sops" | "age")) {
                continue;
            }
            let manager = match names(&definition.path).as_slice() {
                ["sops", "secrets", _, "sopsFile"] => SecretManager::Sops,
                ["sops", "defaultSopsFile"] if by_default => SecretManager::Sops,
                ["age", "secrets", _, "file"] => SecretManager::Age,
                _ => continue,
            };
            let (Some(path), Some(origin)) = (path_of(flake, definition), definition.origin) else { continue };
            if !is_in_force(host, definition) {
                continue;
            }
            let one = found.entry((origin, path.clone())).or_insert_with(|| SecretFile {
                path,
                manager,
                option: path_text(&definition.path),
                origin,
                hosts: Vec::new(),
            });
            if !one.hosts.contains(&host.output) {
                one.hosts.push(host.output.clone());
            }
        }
    }
    found.into_values().collect()
}

/// Whether a secret of the host is certainly taken from the default file.
fn uses_default(host: &Host) -> bool {
    let secrets = host.facts.definitions.iter().filter(|it| it.path.starts_with(&["sops".into(), "secrets".into()]));
    let mut own: BTreeMap<&Name, (bool, bool)> = BTreeMap::new();
    for definition in secrets {
        let Some(name) = definition.path.get(2) else { continue };
        let (certain, other) = own.entry(name).or_default();
        *certain |= definition.condition == Condition::Holds && !definition.maybe && definition.value.is_some();
        // A set that could not be looked into may name a file.
        *other |= match definition.path.get(3) {
            Some(option) => option == "sopsFile",
            None => !definition.value.as_ref().is_some_and(|value| value.is("{ }")),
        };
    }
    own.values().any(|(certain, other)| *certain && !other)
}

/// The `secrets.nix` that the command `agenix` would read for an encrypted file and that does not list it. `None`
/// where there is none, where it lists the file, and where not all names in it are written out.
pub fn unlisted_in(repository: &Repository, flake: &Flake, path: &str) -> Option<Name> {
    let mut folder = path;
    while let Some((parent, _)) = folder.rsplit_once('/').filter(|(parent, _)| parent.len() >= flake.root.len()) {
        folder = parent;
        let rules = join_path(folder, "secrets.nix");
        let Ok((_, data)) = repository.snapshot.file_at(&rules) else { continue };
        let hir = data.hir();
        let mut expr = hir.root()?;
        let set = loop {
            expr = match hir.expr(expr) {
                Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body, .. } => *body,
                Expr::Attrs(set) => break set,
                _ => return None,
            };
        };
        let lists_any = set.attrs.iter().any(|attr| attr.name.ends_with(".age"));
        let lists_it = set.attrs.iter().any(|attr| join_path(folder, &attr.name) == path);
        return (lists_any && !lists_it && set.dynamics.is_empty()).then_some(rules);
    }
    None
}

/// Whether a text is encrypted as sops leaves it: every format keeps the metadata under the name `sops`.
pub fn is_sops_encrypted(text: &str) -> bool {
    text.contains("\"sops\"")
        || text.lines().any(|line| {
            let line = line.trim_start_matches('\u{feff}');
            line.starts_with("sops:") || line.starts_with("sops_") || line.trim() == "[sops]"
        })
}

/// Whether a text is a file that age encrypted.
pub fn is_age_encrypted(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with("age-encryption.org/") || text.starts_with("-----BEGIN AGE ENCRYPTED FILE-----")
}

/// Literals in options of hosts that hold secrets.
pub fn written_secrets(repository: &Repository, flake: &Flake) -> Vec<WrittenSecret> {
    let mut found: BTreeMap<Origin, WrittenSecret> = BTreeMap::new();
    for host in &flake.hosts {
        for definition in host.facts.definitions.iter().filter(|it| it.condition != Condition::Fails) {
            let Some(kind) = secret_kind(repository, definition) else { continue };
            let Some(origin) = definition.origin else { continue };
            let one = found.entry(origin).or_insert_with(|| WrittenSecret {
                option: path_text(&definition.path),
                kind,
                origin,
                hosts: Vec::new(),
                perhaps: true,
            });
            one.perhaps &= definition.condition != Condition::Holds;
            if !one.hosts.contains(&host.output) {
                one.hosts.push(host.output.clone());
            }
        }
    }
    found.into_values().collect()
}

/// Names of options that hold a secret itself, in small letters and without what joins words.
const SECRET_OPTIONS: &[&str] = &[
    "accesskey",
    "accesstoken",
    "adminpassword",
    "apikey",
    "apitoken",
    "authkey",
    "authtoken",
    "bearertoken",
    "bindpassword",
    "clientsecret",
    "encryptionkey",
    "jwtsecret",
    "passphrase",
    "passwd",
    "password",
    "presharedkey",
    "privatekey",
    "psk",
    "refreshtoken",
    "rootpassword",
    "secret",
    "secretaccesskey",
    "secretkey",
    "token",
    "userpassword",
];

/// Endings of environment variables that hold a secret.
const SECRET_VARIABLES: &[&str] = &[
    "ACCESS_KEY",
    "API_KEY",
    "APIKEY",
    "AUTH_KEY",
    "ENCRYPTION_KEY",
    "PASSPHRASE",
    "PASSWD",
    "PASSWORD",
    "PRIVATE_KEY",
    "SECRET",
    "SECRET_KEY",
    "TOKEN",
];

fn secret_kind(repository: &Repository, definition: &Definition) -> Option<SecretKind> {
    let path = names(&definition.path);
    // What an option of the repository's own is for only its modules know: `token` may be the name of a secret.
    if definition.status != Declared::Elsewhere {
        return None;
    }
    // A secret manager's own options name secrets, and hold none.
    if matches!(path.first(), Some(&"sops" | &"age" | &"vaultix" | &"clan" | &"secrets" | &"options")) {
        return None;
    }
    let last = *path.last()?;
    // An address, or the half of one.
    if matches!(path.as_slice(), ["systemd", "network", .., "Token"]) {
        return None;
    }
    let text = string_text(repository, definition)?;
    if let ["users", "users", _, option] = path.as_slice() {
        return match *option {
            _ if text.trim_matches(['!', '*', 'x']).is_empty() => None,
            "password" | "initialPassword" if is_password_hash(&text) => Some(SecretKind::MisplacedHash),
            "password" => Some(SecretKind::Plain),
            "initialPassword" => Some(SecretKind::Initial),
            _ => None,
        };
    }
    let is_variable =
        last.contains('_') && last.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let is_secret = match is_variable {
        true => SECRET_VARIABLES
            .iter()
            .any(|ending| last.strip_suffix(ending).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))),
        false => {
            let plain: String = last.chars().filter(|c| !matches!(c, '_' | '-')).collect();
            SECRET_OPTIONS.contains(&plain.to_lowercase().as_str())
        }
    };
    if WELL_KNOWN.iter().any(|(option, value)| path.ends_with(option) && text == *value) {
        return Some(SecretKind::WellKnown);
    }
    let is_secret = is_secret && is_literal_secret(&text);
    is_secret.then(|| if looks_secret(&path, last, &text) { SecretKind::Plain } else { SecretKind::Weak })
}

/// Values that were the default of everybody, which nixpkgs' documentation of these options names for those who need them still.
const WELL_KNOWN: &[(&[&str], &str)] = &[(&["grafana", "settings", "security", "secret_key"], "SW2YcwTIb9zpOOhoPsMm")];

/// Whether a text looks as secrets do. Programs that want none are given some word, often the name of something.
fn looks_secret(path: &[&str], last: &str, text: &str) -> bool {
    let lower = text.to_lowercase();
    if path.iter().any(|name| name.to_lowercase() == lower) {
        return false;
    }
    let is_password = ["pass", "psk"].iter().any(|word| last.to_lowercase().contains(word));
    let has = |class: fn(&char) -> bool| text.chars().any(|c| class(&c));
    let is_mixed = has(char::is_ascii_digit) && has(char::is_ascii_alphabetic);
    is_password || text.len() >= 8 && is_mixed
}

/// The text of a string that is known as a whole.
fn string_text(repository: &Repository, definition: &Definition) -> Option<String> {
    if definition.value_type != Some("string") {
        return None;
    }
    let printed = repository.shown(definition.value.as_ref()?);
    let printed = printed.strip_prefix('"')?.strip_suffix('"')?;
    Some(printed.replace("\\\"", "\"").replace("\\$", "$").replace("\\\\", "\\"))
}

/// Whether a text is a hash as crypt(3) writes it.
fn is_password_hash(text: &str) -> bool {
    let mut parts = text.strip_prefix('$').unwrap_or_default().split('$');
    matches!(parts.next(), Some("1" | "5" | "6" | "y" | "2a" | "2b" | "2y" | "gy" | "7")) && parts.count() >= 2
}

/// What is written where no secret is needed.
const NO_SECRETS: &[&str] = &[
    "ask",
    "dummy",
    "fake",
    "false",
    "n/a",
    "no",
    "none",
    "not-needed",
    "not-required",
    "null",
    "optional",
    "placeholder",
    "prompt",
    "required",
    "true",
    "unneeded",
    "unnecessary",
    "unused",
    "yes",
];

/// Whether a text can be a secret itself, and does not say where one is: a path,
/// a variable, a template, the name of an entry elsewhere.
fn is_literal_secret(text: &str) -> bool {
    let text = text.trim();
    let refers = text.starts_with(['/', '~', '.', '$', '%', '@', '<', '!', '{', '['])
        || ["${", "{{", "$(", "://", "…", "ENC["].iter().any(|mark| text.contains(mark))
        || ["env:", "ext:", "file:", "pass:", "secret:", "vault:", "var:"]
            .iter()
            .any(|scheme| text.starts_with(scheme));
    let is_word = NO_SECRETS.contains(&text.to_lowercase().as_str());
    let is_variable =
        text.contains('_') && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let is_command = text.contains(char::is_whitespace);
    text.len() >= 3 && !refers && !is_word && !is_variable && !is_command
}

/// Keys and tokens that are written out in a Nix file, by what they are.
pub fn written_keys(hir: &File) -> Vec<(ExprId, &'static str)> {
    let mut found = Vec::new();
    for (id, expr) in hir.exprs() {
        let Expr::Str(parts) = expr else { continue };
        let text = parts.iter().filter_map(|part| match part {
            StrPart::Literal(text) => Some(text.as_str()),
            StrPart::Interpolation(_) => None,
        });
        found.extend(text.filter_map(key_in).next().map(|what| (id, what)));
    }
    found
}

/// What secret key a text holds.
fn key_in(text: &str) -> Option<&'static str> {
    if let Some((before, body)) = text.split_once("PRIVATE KEY-----")
        && before.contains("-----BEGIN ")
    {
        let base64 =
            |line: &str| line.len() >= 40 && line.chars().all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c));
        return body.lines().skip(1).take(3).any(|line| base64(line.trim())).then_some("a private key");
    }
    let follows = |prefix: &str, length: usize| {
        text.match_indices(prefix).any(|(at, _)| {
            let before = text.get(..at).and_then(|text| text.chars().next_back());
            let rest = text.get(at + prefix.len()..).unwrap_or_default();
            let body = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).count();
            body >= length && before.is_none_or(|c| !c.is_ascii_alphanumeric())
        })
    };
    let known: &[(&str, usize, &str)] = &[
        ("AGE-SECRET-KEY-1", 50, "a private key of age"),
        ("ghp_", 36, "a token of GitHub"),
        ("github_pat_", 60, "a token of GitHub"),
        ("glpat-", 20, "a token of GitLab"),
        ("tskey-auth-", 20, "a key of Tailscale"),
        ("xoxb-", 30, "a token of Slack"),
    ];
    known.iter().find(|(prefix, length, _)| follows(prefix, *length)).map(|(_, _, what)| *what)
}

/// What copies a secret into the store, where everybody on the machine can read it.
pub fn stored_secrets(repository: &Repository, flake: &Flake) -> Vec<StoredSecret> {
    let mut found: BTreeMap<Origin, StoredSecret> = BTreeMap::new();
    let mut add = |origin: Origin, how: Storing, host: &str| {
        let one = found.entry(origin).or_insert_with(|| StoredSecret { origin, how, hosts: Vec::new() });
        if !one.hosts.iter().any(|known| known == host) {
            one.hosts.push(host.to_string());
        }
    };
    let mut by_file: BTreeMap<FileId, Vec<(Origin, Storing)>> = BTreeMap::new();
    for host in &flake.hosts {
        for file in host.facts.modules.iter().filter_map(|module| module.file()) {
            let reads = by_file.entry(file).or_insert_with(|| reads_of(repository, flake, file));
            for (origin, how) in reads.iter() {
                add(*origin, how.clone(), &host.output);
            }
        }
        for definition in &host.facts.definitions {
            let Some(last) = definition.path.last().filter(|last| takes_secret_file(last)) else { continue };
            // What a secret manager is given is encrypted, and belongs into the store.
            let managed = matches!(definition.path.first().map(Name::as_str), Some("sops" | "age" | "vaultix"));
            if managed && !(*last == "keyFile" || *last == "sshKeyFile") || definition.value_type != Some("path") {
                continue;
            }
            let (Some(path), Some(origin)) = (path_of(flake, definition), definition.origin) else { continue };
            if !is_in_force(host, definition) {
                continue;
            }
            let Ok(text) = repository.snapshot.read_file(&path) else { continue };
            if !is_encrypted(&text) && !is_public(&path, &text) {
                add(origin, Storing::Copies { option: path_text(&definition.path), path }, &host.output);
            }
        }
    }
    found.into_values().collect()
}

/// Whether an option wants the path of a file on the host that holds a secret.
fn takes_secret_file(option: &str) -> bool {
    // Nearly all names end otherwise.
    let end = option.len().checked_sub(4).and_then(|at| option.get(at..)).unwrap_or_default();
    if !end.eq_ignore_ascii_case("file") && !end.eq_ignore_ascii_case("path") {
        return false;
    }
    let lower = option.to_lowercase();
    let Some(what) = lower.strip_suffix("file").or_else(|| lower.strip_suffix("path")) else { return false };
    let what = what.trim_end_matches('_');
    !what.contains("public")
        && ["password", "secret", "token", "privatekey", "passphrase", "credentials"]
            .iter()
            .any(|it| what.ends_with(it))
}

/// Functions that give the text of a file.
const READERS: &[&str] = &["readFile", "fileContents", "importJSON", "importTOML"];

/// The reads of secrets in a file.
fn reads_of(repository: &Repository, flake: &Flake, file: FileId) -> Vec<(Origin, Storing)> {
    let Ok(data) = repository.snapshot.file(file) else { return Vec::new() };
    let own = repository.path(file);
    let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder);
    let hir = data.hir();
    let mut found = Vec::new();
    for (id, expr) in hir.exprs() {
        let Expr::Apply { function, argument } = expr else { continue };
        if !called(hir, *function).is_some_and(|name| READERS.contains(&name)) {
            continue;
        }
        let origin = Origin { file, site: Site::Expr(id) };
        match hir.expr(*argument) {
            Expr::Select { base, path, default: None } if is_decrypted(hir, *base, path) => {
                found.push((origin, Storing::ReadsDecrypted));
            }
            Expr::Path { anchor: PathAnchor::Relative, parts } => {
                let [StrPart::Literal(text)] = &parts[..] else { continue };
                let path = join_path(folder, text);
                if is_secret_file(repository, flake, &path) {
                    found.push((origin, Storing::ReadsFile(path)));
                }
            }
            _ => {}
        }
    }
    found
}

/// `config.sops.secrets.x.path` and the same of agenix: the file that holds the decrypted secret.
fn is_decrypted(hir: &File, base: ExprId, path: &[Key]) -> bool {
    let Expr::Var(var) = hir.expr(base) else { return false };
    let names: Vec<Option<&str>> = path.iter().map(|key| key.name().map(Name::as_str)).collect();
    matches!(var.name.as_str(), "config" | "osConfig")
        && matches!(names.as_slice(), [Some("sops" | "age"), Some("secrets"), _, Some("path")])
}

/// Whether a file of the flake holds a secret that whoever reads it gets in plain text.
fn is_secret_file(repository: &Repository, flake: &Flake, path: &str) -> bool {
    let Some(inside) = path.strip_prefix(flake.root.as_str()) else { return false };
    let name = inside.rsplit('/').next().unwrap_or_default().to_lowercase();
    match repository.snapshot.read_file(path) {
        // A private key is one whatever it is called.
        Ok(text) if key_in(&text).is_some() => true,
        Ok(text) if is_encrypted(&text) || is_public(path, &text) => false,
        Ok(_) => {
            let stem = name.split('.').next().unwrap_or_default();
            let words: Vec<&str> = stem.split(['-', '_']).collect();
            words
                .iter()
                .any(|word| ["password", "passwd", "token", "secret", "passphrase", "psk", "apikey"].contains(word))
        }
        Err(_) => false,
    }
}

fn is_encrypted(text: &str) -> bool {
    is_age_encrypted(text)
        || is_sops_encrypted(text)
        || text.starts_with("-----BEGIN PGP MESSAGE")
        || text.starts_with("$ANSIBLE_VAULT")
        || text.starts_with("\0GITCRYPT")
        || is_jwe(text)
}

/// JSON Web Encryption in its compact form (RFC 7516, section 3.1), which clevis writes: a header, an encrypted key, a vector, the
/// text and its tag. A signed token looks alike, with three parts.
fn is_jwe(text: &str) -> bool {
    let base64url = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let text = text.trim_end();
    text.starts_with("eyJ") && text.split('.').count() == 5 && text.split('.').all(base64url)
}

/// Whether a file is for everybody's eyes: a public key, a certificate, a script, a program's settings.
fn is_public(path: &str, text: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default().to_lowercase();
    let start = text.trim_start();
    let endings = [
        ".pub", ".crt", ".cer", ".asc", ".md", ".nix", ".sh", ".py", ".lua", ".js", ".ts", ".css", ".html", ".patch",
        ".el", ".vim",
    ];
    start.is_empty()
        || endings.iter().any(|ending| name.ends_with(ending))
        || [
            "ssh-",
            "sk-ssh-",
            "ecdsa-",
            "age1",
            "#!",
            "-----BEGIN CERTIFICATE",
            "-----BEGIN PUBLIC",
            "-----BEGIN PGP PUBLIC",
        ]
        .iter()
        .any(|mark| start.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encrypted_files_are_known_by_what_they_hold() {
        for text in [
            "a: ENC[x]\nsops:\n  age: []\n",
            "{ \"a\": 1, \"sops\": { } }",
            "A=ENC[]\nsops_version=3\n",
            "[a]\nb=c\n[sops]\n",
        ] {
            assert!(is_sops_encrypted(text), "{text}");
        }
        assert!(!is_sops_encrypted("password: sops\n"));
        assert!(is_age_encrypted("age-encryption.org/v1\n-> X25519"));
        assert!(!is_age_encrypted("hunter2"));
    }

    #[test]
    fn what_names_a_secret_is_none() {
        for text in [
            "/run/secrets/a",
            "$TOKEN",
            "${TOKEN}",
            "{{ token }}",
            "%d/token",
            "ext:psk",
            "GRAFANA_TOKEN",
            "cat /etc/token",
            "true",
            "op://a/b",
            "",
            "<token>",
        ] {
            assert!(!is_literal_secret(text), "{text}");
        }
        for text in ["hunter2", "correct-horse-battery-staple", "aGVsbG8gd29ybGQ="] {
            assert!(is_literal_secret(text), "{text}");
        }
    }

    #[test]
    fn keys_are_known_by_their_form() {
        let body = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gt";
        assert_eq!(key_in(&format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n")), Some("a private key"));
        assert_eq!(key_in("grep -q 'BEGIN OPENSSH PRIVATE KEY-----' file"), None);
        assert_eq!(key_in("-----BEGIN OPENSSH PRIVATE KEY-----"), None);
        assert_eq!(key_in(&format!("x ghp_{}", "a1".repeat(18))), Some("a token of GitHub"));
        assert_eq!(key_in("ghp_short"), None);
    }
}
