//! The page that shows what a flake reference names, for people.

use super::{FlakeRef, Forge};

impl FlakeRef {
    /// The address of the repository's page, at the branch and folder that are named. `None` for what has
    /// none: paths, files on disk, repositories that only SSH leads to and whose forge is not known to have one.
    pub fn page(&self) -> Option<String> {
        match self {
            FlakeRef::Forge { forge, owner, repo, git_ref, rev, host, dir } => {
                let at = rev.as_deref().or(git_ref.as_deref());
                forge_page(*forge, host.as_deref(), owner, repo, at, dir.as_deref())
            }
            FlakeRef::Indirect { git_ref, rev, dir, .. } => {
                let identity = self.identity()?;
                let (owner, repo) = identity.split_once('/')?;
                let at = rev.as_deref().or(git_ref.as_deref());
                forge_page(Forge::GitHub, None, owner, repo, at, dir.as_deref())
            }
            FlakeRef::Git { url, .. } | FlakeRef::Mercurial { url } => repository_page(url),
            FlakeRef::Tarball { url, .. } | FlakeRef::File { url } => archive_page(url),
            FlakeRef::Path { .. } => None,
        }
    }
}

fn forge_page(
    forge: Forge,
    host: Option<&str>,
    owner: &str,
    repo: &str,
    at: Option<&str>,
    dir: Option<&str>,
) -> Option<String> {
    let (host, tree) = match forge {
        Forge::GitHub => (host.unwrap_or("github.com"), "tree"),
        Forge::GitLab => (host.unwrap_or("gitlab.com"), "-/tree"),
        Forge::SourceHut => (host.unwrap_or("git.sr.ht"), "tree"),
    };
    let plain = |part: &str| !part.is_empty() && part.bytes().all(is_plain);
    if ![host, owner, repo].into_iter().chain(at).chain(dir).all(plain) {
        return None;
    }
    let mut page = format!("https://{host}/{owner}/{}", repo.strip_suffix(".git").unwrap_or(repo));
    if at.is_some() || dir.is_some() {
        page.push_str(&format!("/{tree}/{}", at.unwrap_or("HEAD")));
    }
    if let Some(dir) = dir {
        page.push('/');
        page.push_str(dir.trim_matches('/'));
    }
    Some(page)
}

/// Whether a byte stands in an address as it is.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~/+@".contains(&byte)
}

/// Forges show a repository where it is cloned from.
fn repository_page(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let rest = rest.split(['?', '#']).next().unwrap_or(rest).trim_end_matches('/');
    let rest = rest.strip_suffix(".git").unwrap_or(rest);
    match scheme {
        "http" | "https" => Some(format!("{scheme}://{rest}")),
        // `git@host/owner/repo`: of forges that everybody knows the page stands at the same place.
        "ssh" | "git" => {
            let (_, at) = rest.split_once('@').unwrap_or(("", rest));
            let known = ["github.com/", "gitlab.com/", "codeberg.org/", "git.sr.ht/", "bitbucket.org/"];
            known.iter().any(|host| at.starts_with(host)).then(|| format!("https://{at}"))
        }
        _ => None,
    }
}

/// The page of the repository that an archive is made of, or the address itself.
fn archive_page(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    if !matches!(scheme, "http" | "https") {
        return None;
    }
    let path = rest.split(['?', '#']).next().unwrap_or(rest);
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [host @ ("flakehub.com" | "api.flakehub.com"), "f", "pinned", owner, repo, ..]
        | [host @ ("flakehub.com" | "api.flakehub.com"), "f", owner, repo, ..] => {
            let repo = repo.strip_suffix(".tar.gz").unwrap_or(repo);
            Some(format!("https://{}/flake/{owner}/{repo}", host.trim_start_matches("api.")))
        }
        [host, owner, repo, "archive", ..] => Some(format!("{scheme}://{host}/{owner}/{repo}")),
        _ => Some(url.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages() {
        let page = |text: &str| FlakeRef::parse(text).unwrap().page().unwrap_or_default();
        for (reference, expected) in [
            ("github:o/r", "https://github.com/o/r"),
            ("github:o/r/release-1.0?dir=sub/x", "https://github.com/o/r/tree/release-1.0/sub/x"),
            ("github:o/r?dir=x", "https://github.com/o/r/tree/HEAD/x"),
            ("github:o/r?host=git.example.org", "https://git.example.org/o/r"),
            ("gitlab:a%2Fb/r?ref=dev", "https://gitlab.com/a/b/r/-/tree/dev"),
            ("sourcehut:~o/r", "https://git.sr.ht/~o/r"),
            ("git+https://codeberg.org/o/r.git?ref=main", "https://codeberg.org/o/r"),
            ("git+ssh://git@github.com/o/r.git", "https://github.com/o/r"),
            ("git+ssh://git@home.lan/r", ""),
            ("git+file:///srv/r", ""),
            ("nixpkgs/nixos-unstable", "https://github.com/nixos/nixpkgs/tree/nixos-unstable"),
            ("somebody", ""),
            ("./sub", ""),
            ("https://flakehub.com/f/o/r/*.tar.gz", "https://flakehub.com/flake/o/r"),
            ("https://git.example.org/o/r/archive/main.tar.gz", "https://git.example.org/o/r"),
            ("https://example.org/x.tar.gz", "https://example.org/x.tar.gz"),
        ] {
            assert_eq!(page(reference), expected, "{reference}");
        }
    }
}
