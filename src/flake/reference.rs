//! Flake references: what stands in `inputs.x.url`.
//!
//! The grammar is that of Nix (`parseFlakeRef` and the `inputFromURL` of each
//! fetcher). What Nix refuses is a [`RefError`]; what it takes is told apart as
//! far as somebody wants to know which repository it is.

use std::fmt;

use serde_json::{Map, Value};

/// A flake reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlakeRef {
    /// `nixpkgs`, `flake:nixpkgs/nixos-unstable`: looked up in the registry.
    Indirect { id: String, git_ref: Option<String>, rev: Option<String>, dir: Option<String> },
    /// `./rel`, `/abs`, `path:…`
    Path { path: String },
    /// `github:…`, `gitlab:…`, `sourcehut:…`
    Forge {
        forge: Forge,
        owner: String,
        repo: String,
        git_ref: Option<String>,
        rev: Option<String>,
        host: Option<String>,
        dir: Option<String>,
    },
    /// `git+https://…`, `git+ssh://…`, `git+file:…`, `git://…`; `url` is without the `git+`.
    Git { url: String, git_ref: Option<String>, rev: Option<String>, dir: Option<String> },
    /// `hg+https://…`
    Mercurial { url: String },
    /// `https://….tar.gz`, `tarball+https://…`, FlakeHub
    Tarball { url: String, dir: Option<String> },
    /// `file+https://…`, `https://…` without the name of an archive: one file.
    File { url: String },
}

/// A forge that has a scheme of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forge {
    GitHub,
    GitLab,
    SourceHut,
}

impl Forge {
    /// The scheme.
    pub fn name(self) -> &'static str {
        match self {
            Forge::GitHub => "github",
            Forge::GitLab => "gitlab",
            Forge::SourceHut => "sourcehut",
        }
    }

    fn of(name: &str) -> Option<Forge> {
        [Forge::GitHub, Forge::GitLab, Forge::SourceHut].into_iter().find(|forge| forge.name() == name)
    }
}

/// Why Nix would refuse a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefError {
    pub message: String,
}

impl fmt::Display for RefError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RefError {}

/// What the global registry makes of the names that people use without a URL.
const REGISTRY: &[(&str, &str)] = &[
    ("agenix", "ryantm/agenix"),
    ("disko", "nix-community/disko"),
    ("flake-parts", "hercules-ci/flake-parts"),
    ("flake-utils", "numtide/flake-utils"),
    ("home-manager", "nix-community/home-manager"),
    ("nix", "nixos/nix"),
    ("nix-darwin", "nix-darwin/nix-darwin"),
    ("nixos-hardware", "nixos/nixos-hardware"),
    ("nixos-wsl", "nix-community/nixos-wsl"),
    ("nixpkgs", "nixos/nixpkgs"),
    ("nur", "nix-community/nur"),
    ("sops-nix", "mic92/sops-nix"),
    ("systems", "nix-systems/default"),
];

/// Further names of the global registry, which nobody needs to tell apart.
const ALSO_REGISTERED: &[&str] = &[
    "agda",
    "arion",
    "blender-bin",
    "bundlers",
    "cachix",
    "composable",
    "dreampkgs",
    "dwarffs",
    "emacs-overlay",
    "fenix",
    "flake-registry",
    "gemini",
    "helix",
    "hercules-ci-agent",
    "hercules-ci-effects",
    "hydra",
    "mach-nix",
    "ngipkgs",
    "nickel",
    "nimble",
    "nix-serve",
    "nixops",
    "nixos-anywhere",
    "nixos-homepage",
    "nixos-search",
    "patchelf",
    "poetry2nix",
    "pridefetch",
    "simple-nixos-mailserver",
    "templates",
];

/// Whether Nix finds a flake of this name without being told where: in the global registry.
pub fn is_registered(id: &str) -> bool {
    REGISTRY.iter().any(|(known, _)| *known == id) || ALSO_REGISTERED.contains(&id)
}

/// The reference that a well-known input has under this name, for somebody who wants to add it.
pub fn registered_url(id: &str) -> Option<String> {
    let (_, identity) = REGISTRY.iter().find(|(known, _)| *known == id)?;
    Some(format!("github:{identity}"))
}

/// Repositories that moved, and mirrors of no other purpose.
const MOVED: &[(&str, &str)] = &[
    ("lnl7/nix-darwin", "nix-darwin/nix-darwin"),
    ("nixos/nixpkgs-channels", "nixos/nixpkgs"),
    ("rycee/home-manager", "nix-community/home-manager"),
    ("t184256/nix-on-droid", "nix-community/nix-on-droid"),
];

/// The endings by which Nix takes a URL for an archive (`isTarball` in its tarball fetcher).
const ARCHIVES: &[&str] = &[".zip", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst"];

impl FlakeRef {
    /// Reads a reference as it stands in `inputs.x.url`.
    pub fn parse(text: &str) -> Result<FlakeRef, RefError> {
        let refuse = |why: &str| Err(RefError { message: format!("`{text}` is not a flake reference: {why}") });
        if text.is_empty() {
            return refuse("it is empty");
        }
        if text.contains(char::is_whitespace) {
            return refuse("it contains white space");
        }
        if text.contains('#') {
            return refuse("an input takes no fragment (`#…`)");
        }
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        if base.starts_with('.') || base.starts_with('/') {
            return Ok(FlakeRef::Path { path: decode(base) });
        }
        let Some((scheme, rest)) = base.split_once(':') else {
            return indirect(base, query).ok_or(()).or_else(|()| refuse("it is neither a URL nor a path"));
        };
        let url = || format!("{}:{rest}", scheme.split_once('+').map_or(scheme, |(_, transport)| transport));
        let git_ref = param(query, "ref");
        let rev = param(query, "rev");
        let dir = param(query, "dir");
        match scheme {
            "flake" => indirect(rest.strip_prefix('/').unwrap_or(rest), query)
                .ok_or(())
                .or_else(|()| refuse("no name follows `flake:`")),
            "path" => Ok(FlakeRef::Path { path: decode(rest.strip_prefix("//").unwrap_or(rest)) }),
            "github" | "gitlab" | "sourcehut" => {
                let forge = Forge::of(scheme).unwrap_or(Forge::GitHub);
                // As Nix, which leaves out segments that are empty (`github:/owner/repo`), but for a host (`//`).
                if rest.starts_with("//") {
                    return refuse("`//` starts a host, and an owner is needed");
                }
                let mut parts = rest.split('/').filter(|part| !part.is_empty());
                let (Some(owner), Some(repo)) = (parts.next(), parts.next()) else {
                    return refuse("an owner and a repository are needed");
                };
                let third = parts.map(decode).collect::<Vec<_>>().join("/");
                let third = Some(third).filter(|part| !part.is_empty());
                if third.is_some() && (git_ref.is_some() || rev.is_some()) {
                    return refuse("it names a branch or commit twice");
                }
                let (path_rev, path_ref) = match third {
                    Some(third) if is_commit(&third) => (Some(third), None),
                    third => (None, third),
                };
                Ok(FlakeRef::Forge {
                    forge,
                    owner: decode(owner),
                    repo: decode(repo),
                    git_ref: path_ref.or(git_ref),
                    rev: path_rev.or(rev),
                    host: param(query, "host"),
                    dir,
                })
            }
            "git" | "git+http" | "git+https" | "git+ssh" | "git+file" | "git+git" => {
                Ok(FlakeRef::Git { url: url(), git_ref, rev, dir })
            }
            "hg+http" | "hg+https" | "hg+ssh" | "hg+file" => Ok(FlakeRef::Mercurial { url: url() }),
            "tarball+http" | "tarball+https" | "tarball+file" => Ok(FlakeRef::Tarball { url: url(), dir }),
            "file+http" | "file+https" | "file+file" => Ok(FlakeRef::File { url: url() }),
            "http" | "https" | "file" => {
                if is_archive(base) || is_flakehub(&url()) || is_forge_archive(&url()) {
                    Ok(FlakeRef::Tarball { url: url(), dir })
                } else {
                    Ok(FlakeRef::File { url: url() })
                }
            }
            _ => refuse(&format!("there is no scheme `{scheme}`")),
        }
    }

    /// Reads a reference in attributes, as flake.lock has them.
    pub fn from_attrs(attrs: &Map<String, Value>) -> Option<FlakeRef> {
        let text = |name: &str| attrs.get(name).and_then(Value::as_str).map(str::to_string);
        let (git_ref, rev, dir) = (text("ref"), text("rev"), text("dir"));
        let kind = text("type")?;
        if let Some(forge) = Forge::of(&kind) {
            let (owner, repo) = (text("owner")?, text("repo")?);
            return Some(FlakeRef::Forge { forge, owner, repo, git_ref, rev, host: text("host"), dir });
        }
        match kind.as_str() {
            "indirect" => Some(FlakeRef::Indirect { id: text("id")?, git_ref, rev, dir }),
            "path" => Some(FlakeRef::Path { path: text("path")? }),
            "git" => Some(FlakeRef::Git { url: text("url")?, git_ref, rev, dir }),
            "hg" => Some(FlakeRef::Mercurial { url: text("url")? }),
            "tarball" => Some(FlakeRef::Tarball { url: text("url")?, dir }),
            "file" => Some(FlakeRef::File { url: text("url")? }),
            _ => None,
        }
    }

    /// Which repository this is: `nix-community/home-manager`, in lower case,
    /// because forges do not tell cases apart. Mirrors, channels and moved
    /// repositories have the name of the original. `None` for paths and for
    /// sources that are no repository on a forge.
    pub fn identity(&self) -> Option<String> {
        let found = match self {
            FlakeRef::Indirect { id, .. } => {
                let known = REGISTRY.iter().find(|(name, _)| name.eq_ignore_ascii_case(id));
                known.map(|(_, repository)| (*repository).to_string())?
            }
            FlakeRef::Forge { owner, repo, .. } => join(owner, repo)?,
            FlakeRef::Git { url, .. } | FlakeRef::Mercurial { url } => repository_of_url(url)?,
            FlakeRef::Tarball { url, .. } | FlakeRef::File { url } => source_of_archive(url)?,
            FlakeRef::Path { .. } => return None,
        };
        // Channels of nixpkgs, and snapshots of them: `nixpkgs-weekly`, `nixpkgs-25.11-chilled`.
        if found.starts_with("determinatesystems/nixpkgs-") {
            return Some("nixos/nixpkgs".to_string());
        }
        let moved = MOVED.iter().find(|(old, _)| *old == found);
        Some(moved.map_or(found, |(_, now)| (*now).to_string()))
    }

    /// Whether this is nixpkgs: the repository, a fork that kept the name, a
    /// channel, a FlakeHub mirror, the registry's.
    pub fn is_nixpkgs(&self) -> bool {
        let Some(identity) = self.identity() else {
            return self.relative_path().is_none() && self.last_name().as_deref() == Some("nixpkgs");
        };
        let repo = identity.rsplit_once('/').map_or(identity.as_str(), |(_, repo)| repo);
        matches!(repo, "nixpkgs" | "devenv-nixpkgs") || identity == "nixos/nixpkgs"
    }

    /// The last name of the path or address, in lower case, without the ending of an archive or `.git`.
    pub fn last_name(&self) -> Option<String> {
        let address = match self {
            FlakeRef::Indirect { id, .. } => id,
            FlakeRef::Forge { repo, .. } => repo,
            FlakeRef::Path { path } => path,
            FlakeRef::Git { url, .. } | FlakeRef::Mercurial { url } => url,
            FlakeRef::Tarball { url, .. } | FlakeRef::File { url } => url,
        };
        let last = address.trim_end_matches('/').rsplit('/').next()?;
        let stem = [".git"].iter().chain(ARCHIVES).find_map(|ending| last.strip_suffix(ending)).unwrap_or(last);
        (!stem.is_empty()).then(|| stem.to_lowercase())
    }

    /// The path of a `path:` reference that is relative to the flake.
    pub fn relative_path(&self) -> Option<&str> {
        match self {
            FlakeRef::Path { path } if !path.starts_with('/') => Some(path),
            _ => None,
        }
    }

    /// `dir=`: the folder of the flake in its source.
    pub fn dir(&self) -> Option<&str> {
        match self {
            FlakeRef::Indirect { dir, .. }
            | FlakeRef::Forge { dir, .. }
            | FlakeRef::Git { dir, .. }
            | FlakeRef::Tarball { dir, .. } => dir.as_deref(),
            _ => None,
        }
    }

    /// The branch or tag that it names.
    pub fn git_ref(&self) -> Option<&str> {
        match self {
            FlakeRef::Indirect { git_ref, .. } | FlakeRef::Forge { git_ref, .. } | FlakeRef::Git { git_ref, .. } => {
                git_ref.as_deref()
            }
            _ => None,
        }
    }
}

impl fmt::Display for FlakeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut params: Vec<(&str, &str)> = Vec::new();
        match self {
            FlakeRef::Indirect { id, git_ref, rev, dir } => {
                f.write_str(id)?;
                for part in git_ref.iter().chain(rev) {
                    write!(f, "/{part}")?;
                }
                params.extend(dir.iter().map(|dir| ("dir", dir.as_str())));
            }
            FlakeRef::Path { path } => write!(f, "path:{path}")?,
            FlakeRef::Forge { forge, owner, repo, git_ref, rev, host, dir } => {
                write!(f, "{}:{owner}/{repo}", forge.name())?;
                if let Some(part) = rev.as_ref().or(git_ref.as_ref()) {
                    write!(f, "/{part}")?;
                }
                params.extend(host.iter().map(|host| ("host", host.as_str())));
                params.extend(dir.iter().map(|dir| ("dir", dir.as_str())));
            }
            FlakeRef::Git { url, git_ref, rev, dir } => {
                write!(f, "{}{url}", if url.starts_with("git:") { "" } else { "git+" })?;
                params.extend(git_ref.iter().map(|it| ("ref", it.as_str())));
                params.extend(rev.iter().map(|rev| ("rev", rev.as_str())));
                params.extend(dir.iter().map(|dir| ("dir", dir.as_str())));
            }
            FlakeRef::Mercurial { url } => write!(f, "hg+{url}")?,
            FlakeRef::Tarball { url, dir } => {
                f.write_str(url)?;
                params.extend(dir.iter().map(|dir| ("dir", dir.as_str())));
            }
            FlakeRef::File { url } => write!(f, "file+{url}")?,
        }
        for (at, (name, value)) in params.into_iter().enumerate() {
            write!(f, "{}{name}={value}", if at == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

/// `nixpkgs`, `nixpkgs/nixos-unstable`, `nixpkgs/branch/commit`
fn indirect(base: &str, query: &str) -> Option<FlakeRef> {
    let mut parts = base.splitn(3, '/');
    let id = parts.next()?;
    let starts = id.starts_with(|c: char| c.is_ascii_alphabetic());
    if !starts || !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
        return None;
    }
    let (mut git_ref, mut rev) = (None, None);
    for part in parts.filter(|part| !part.is_empty()).map(decode) {
        if is_commit(&part) {
            rev = Some(part);
        } else {
            git_ref = Some(part);
        }
    }
    Some(FlakeRef::Indirect { id: id.to_string(), git_ref, rev, dir: param(query, "dir") })
}

fn param(query: &str, name: &str) -> Option<String> {
    let mut params = query.split('&').filter_map(|param| param.split_once('='));
    params.find(|(key, _)| *key == name).map(|(_, value)| decode(value))
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_archive(url: &str) -> bool {
    ARCHIVES.iter().any(|ending| url.ends_with(ending))
}

fn is_flakehub(url: &str) -> bool {
    host_and_path(url).is_some_and(|(host, _)| host == "flakehub.com" || host == "api.flakehub.com")
}

/// Forges and channels serve archives under addresses without an ending.
fn is_forge_archive(url: &str) -> bool {
    host_and_path(url).is_some_and(|(_, path)| path.contains("/archive/") || path.contains("/tarball/"))
}

/// `%2F` to `/`. What is no escape stays as it is.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
        match (first, hex(tail.first()), hex(tail.get(1))) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_string())
}

/// `owner/repo` in lower case, without `.git` and without the `~` of SourceHut.
fn join(owner: &str, repo: &str) -> Option<String> {
    let owner = owner.trim_start_matches('~');
    let repo = repo.strip_suffix(".git").unwrap_or(repo);
    // GitLab's nested groups come as `group%2Fsub`.
    let ok = |part: &str| !part.is_empty() && !part.contains([':', '@']);
    (ok(owner) && ok(repo)).then(|| format!("{owner}/{repo}").to_lowercase())
}

/// The host of a URL without user and port, and its path without the query.
fn host_and_path(url: &str) -> Option<(String, &str)> {
    let (_, rest) = url.split_once("://")?;
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    (!host.is_empty()).then(|| (host.to_lowercase(), path))
}

/// The repository behind an address to clone from.
fn repository_of_url(url: &str) -> Option<String> {
    let (_, path) = host_and_path(url)?;
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    // Groups of GitLab may hold groups.
    let repo = parts.next_back()?;
    let owner: Vec<&str> = parts.collect();
    join(&owner.join("/"), repo)
}

/// The repository that an archive is made of: channels, FlakeHub, forges.
fn source_of_archive(url: &str) -> Option<String> {
    let (host, path) = host_and_path(url)?;
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match host.as_str() {
        "channels.nixos.org" | "releases.nixos.org" | "nixos.org" if path.contains("nixexprs.tar") => {
            Some("nixos/nixpkgs".to_string())
        }
        "channels.nixos.org" | "nixos.org" => {
            let channel = parts.iter().find(|part| part.starts_with("nixos-") || part.starts_with("nixpkgs-"));
            channel.map(|_| "nixos/nixpkgs".to_string())
        }
        "flakehub.com" | "api.flakehub.com" => match parts.as_slice() {
            ["f", "pinned", owner, repo, ..] | ["f", owner, repo, ..] => join(owner, flakehub_repo(repo)),
            _ => None,
        },
        "api.github.com" => match parts.as_slice() {
            ["repos", owner, repo, ..] => join(owner, repo),
            _ => None,
        },
        _ => match parts.as_slice() {
            // Gitea and Forgejo: /api/v1/repos/owner/repo/archive/…
            ["api", "v1", "repos", owner, repo, "archive", ..] => join(owner, repo),
            [owner, repo, "archive" | "tarball" | "zipball" | "-" | "tar.gz", ..] => join(owner, repo),
            _ => None,
        },
    }
}

/// FlakeHub takes `…/nixpkgs.tar.gz` and `…/nixpkgs/*` alike.
fn flakehub_repo(repo: &str) -> &str {
    ARCHIVES.iter().find_map(|ending| repo.strip_suffix(ending)).unwrap_or(repo)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Checks the way it is written back, and what repository it is.
    fn check(text: &str, written: &str, identity: Option<&str>) {
        let reference = FlakeRef::parse(text).unwrap();
        assert_eq!(reference.to_string(), written, "{text}");
        assert_eq!(reference.identity().as_deref(), identity, "{text}");
        // What it writes it reads.
        assert_eq!(FlakeRef::parse(written).unwrap(), reference, "{written}");
    }

    #[test]
    fn forges() {
        check("github:NixOS/nixpkgs", "github:NixOS/nixpkgs", Some("nixos/nixpkgs"));
        check("github:NixOS/nixpkgs/nixos-24.05", "github:NixOS/nixpkgs/nixos-24.05", Some("nixos/nixpkgs"));
        check(
            "github:nix-community/home-manager?ref=release-24.05",
            "github:nix-community/home-manager/release-24.05",
            Some("nix-community/home-manager"),
        );
        check("github:a/b/feature/x", "github:a/b/feature/x", Some("a/b"));
        check("github:/a/b", "github:a/b", Some("a/b"));
        check("github:/a//b/main/", "github:a/b/main", Some("a/b"));
        assert!(FlakeRef::parse("github://a/b").is_err());
        assert!(FlakeRef::parse("github:/a").is_err());
        check("github:a/b?dir=sub&host=git.corp", "github:a/b?host=git.corp&dir=sub", Some("a/b"));
        check(
            "gitlab:rycee/nur-expressions?dir=pkgs/firefox-addons",
            "gitlab:rycee/nur-expressions?dir=pkgs/firefox-addons",
            Some("rycee/nur-expressions"),
        );
        check("sourcehut:~misterio/nix-colors", "sourcehut:~misterio/nix-colors", Some("misterio/nix-colors"));
        check("github:LnL7/nix-darwin/master", "github:LnL7/nix-darwin/master", Some("nix-darwin/nix-darwin"));
    }

    #[test]
    fn a_commit_is_told_from_a_branch() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        match FlakeRef::parse(&format!("github:a/b/{commit}")).unwrap() {
            FlakeRef::Forge { git_ref: None, rev: Some(rev), .. } => assert_eq!(rev, commit),
            other => panic!("{other:?}"),
        }
        assert!(FlakeRef::parse("github:a/b/main?ref=dev").is_err());
    }

    #[test]
    fn git() {
        check(
            "git+ssh://git@github.com/owner/repo.git?ref=main",
            "git+ssh://git@github.com/owner/repo.git?ref=main",
            Some("owner/repo"),
        );
        check("git+https://codeberg.org/owner/repo", "git+https://codeberg.org/owner/repo", Some("owner/repo"));
        check("git://git.example.org/repo", "git://git.example.org/repo", None);
        check("git+ssh://git@host:2222/Owner/Repo", "git+ssh://git@host:2222/Owner/Repo", Some("owner/repo"));
        check("git+file:///srv/config?dir=x", "git+file:///srv/config?dir=x", None);
        check(
            "git+https://gitlab.example.org/group/sub/repo.git",
            "git+https://gitlab.example.org/group/sub/repo.git",
            Some("group/sub/repo"),
        );
        check("hg+https://hg.example.org/owner/repo", "hg+https://hg.example.org/owner/repo", Some("owner/repo"));
    }

    #[test]
    fn paths() {
        for (text, path, relative) in [
            ("./modules", "./modules", true),
            ("../x", "../x", true),
            (".", ".", true),
            ("/etc/nixos", "/etc/nixos", false),
            ("path:../x", "../x", true),
            ("path:/etc/nixos?lastModified=1", "/etc/nixos", false),
            ("path:sub%20dir", "sub dir", true),
        ] {
            let reference = FlakeRef::parse(text).unwrap();
            assert_eq!(reference, FlakeRef::Path { path: path.to_string() });
            assert_eq!(reference.relative_path().is_some(), relative, "{text}");
            assert_eq!(reference.identity(), None);
        }
    }

    #[test]
    fn names_of_the_registry() {
        check("nixpkgs", "nixpkgs", Some("nixos/nixpkgs"));
        check("flake:home-manager", "home-manager", Some("nix-community/home-manager"));
        check("nixpkgs/nixos-unstable", "nixpkgs/nixos-unstable", Some("nixos/nixpkgs"));
        check("my-flake", "my-flake", None);
    }

    #[test]
    fn archives() {
        let nixpkgs = Some("nixos/nixpkgs");
        check(
            "https://flakehub.com/f/NixOS/nixpkgs/0.2405.*",
            "https://flakehub.com/f/NixOS/nixpkgs/0.2405.*",
            nixpkgs,
        );
        check(
            "https://flakehub.com/f/DeterminateSystems/nixpkgs-weekly/*.tar.gz",
            "https://flakehub.com/f/DeterminateSystems/nixpkgs-weekly/*.tar.gz",
            nixpkgs,
        );
        check(
            "https://flakehub.com/f/nix-community/home-manager/0.1",
            "https://flakehub.com/f/nix-community/home-manager/0.1",
            Some("nix-community/home-manager"),
        );
        check(
            "https://channels.nixos.org/nixos-unstable/nixexprs.tar.xz",
            "https://channels.nixos.org/nixos-unstable/nixexprs.tar.xz",
            nixpkgs,
        );
        check(
            "https://nixos.org/channels/nixos-23.11/nixexprs.tar.xz",
            "https://nixos.org/channels/nixos-23.11/nixexprs.tar.xz",
            nixpkgs,
        );
        check(
            "https://github.com/numtide/flake-utils/archive/main.tar.gz",
            "https://github.com/numtide/flake-utils/archive/main.tar.gz",
            Some("numtide/flake-utils"),
        );
        check(
            "https://git.lix.systems/lix-project/nixos-module/archive/2.91.tar.gz",
            "https://git.lix.systems/lix-project/nixos-module/archive/2.91.tar.gz",
            Some("lix-project/nixos-module"),
        );
        check("https://example.org/x.tar.gz?dir=y", "https://example.org/x.tar.gz?dir=y", None);
        check("file+https://example.org/list.txt", "file+https://example.org/list.txt", None);
    }

    #[test]
    fn what_is_nixpkgs() {
        for text in [
            "nixpkgs",
            "github:NixOS/nixpkgs/nixos-unstable",
            "github:someone/nixpkgs/fix",
            "github:cachix/devenv-nixpkgs/rolling",
            "git+https://github.com/NixOS/nixpkgs?ref=master",
            "https://flakehub.com/f/DeterminateSystems/nixpkgs-weekly/0.1",
            "https://flakehub.com/f/DeterminateSystems/nixpkgs-25.11-chilled/0.1",
            "https://channels.nixos.org/nixpkgs-unstable/nixexprs.tar.xz",
            "git+https://git.example.org/nixpkgs.git",
            "path:/home/me/src/nixpkgs",
        ] {
            assert!(FlakeRef::parse(text).unwrap().is_nixpkgs(), "{text}");
        }
        for text in
            ["github:nix-community/nixpkgs.lib", "github:nix-community/nixpkgs-wayland", "./nixpkgs", "nixpkgs-stable"]
        {
            assert!(!FlakeRef::parse(text).unwrap().is_nixpkgs(), "{text}");
        }
    }

    #[test]
    fn what_nix_refuses() {
        for (text, why) in [
            ("", "empty"),
            ("github:nixpkgs", "an owner"),
            ("github:/nixpkgs", "an owner"),
            ("github:a/b#c", "fragment"),
            ("git@github.com:a/b", "scheme"),
            ("gthub:a/b", "scheme"),
            ("a b", "white space"),
            ("1abc", "neither"),
            ("flake:", "flake:"),
        ] {
            let error = FlakeRef::parse(text).unwrap_err();
            assert!(error.message.contains(why), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "(github:|git\\+ssh://|https://|path:|flake:|%|)[a-zä%/?=&.:@#*~0-9]{0,24}") {
            if let Ok(reference) = FlakeRef::parse(&text) {
                let _ = (reference.identity(), reference.is_nixpkgs(), reference.to_string());
            }
        }
    }
}
