//! What an input is, as far as lock, URL and name tell.

use super::{FlakeRef, Framework, LockGraph};
use crate::hir::Name;

/// The source of an input of a flake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The name of the input.
    pub input: Name,
    /// The repository, see [`FlakeRef::identity`].
    repository: Option<String>,
    /// The last name of an address that is no repository on a forge.
    last: Option<String>,
    nixpkgs: bool,
}

impl Source {
    /// The source of the input `input` of the flake that `lock` belongs to,
    /// whose flake.nix declares it with `url`. What was locked decides, then
    /// the URL; an input without both is what the registry makes of its name.
    pub fn of(lock: Option<&LockGraph>, input: &Name, url: Option<&str>) -> Source {
        Source::of_node(lock.map(|lock| (lock, &lock.root)), input, url)
    }

    /// As [`Source::of`], for an input of the flake at a node of a lock.
    pub fn of_node(lock: Option<(&LockGraph, &Name)>, input: &Name, url: Option<&str>) -> Source {
        let node = lock.and_then(|(lock, flake)| lock.node(&lock.resolve(flake, input)?));
        if let Some(node) = node.filter(|node| node.reference().is_some() || node.repo_identity().is_some()) {
            let last = node.reference().and_then(|it| it.last_name());
            return Source { input: input.clone(), repository: node.repo_identity(), last, nixpkgs: node.is_nixpkgs() };
        }
        let named = || FlakeRef::Indirect { id: input.to_string(), git_ref: None, rev: None, dir: None };
        let reference = url.map_or_else(|| Some(named()), |url| FlakeRef::parse(url).ok());
        // A name of which nobody says where it leads, as in `follows`.
        let looks = || url.is_none() && input.starts_with("nixpkgs-");
        Source {
            input: input.clone(),
            repository: reference.as_ref().and_then(FlakeRef::identity),
            last: reference.as_ref().and_then(FlakeRef::last_name),
            nixpkgs: reference.as_ref().is_some_and(FlakeRef::is_nixpkgs) || looks(),
        }
    }

    /// The repository it comes from, see [`FlakeRef::identity`].
    pub fn repository(&self) -> Option<&str> {
        self.repository.as_deref()
    }

    /// Whether it is nixpkgs, see [`FlakeRef::is_nixpkgs`].
    pub fn is_nixpkgs(&self) -> bool {
        self.nixpkgs
    }

    /// The framework that it is, where it is one. A source that is no repository
    /// on a forge is taken for what it is called.
    pub fn framework(&self) -> Option<&'static Framework> {
        match &self.repository {
            Some(repository) => Framework::of_repository(repository),
            None => {
                let last = self.last.as_deref().and_then(Framework::of_repository);
                last.or_else(|| Framework::of_repository(&self.input.to_lowercase()))
            }
        }
    }

    /// Whether it is the project `name`, or a fork that kept the name. A source
    /// that is no repository on a forge has the last name of its address, or that of the input.
    pub fn is(&self, name: &str) -> bool {
        match &self.repository {
            Some(repository) => repository.rsplit('/').next() == Some(name),
            None => self.last.as_deref() == Some(name) || self.input.eq_ignore_ascii_case(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_url(input: &str, url: Option<&str>) -> Source {
        Source::of(None, &Name::new(input), url)
    }

    #[test]
    fn the_url_tells() {
        let source = by_url("parts", Some("github:someone/flake-parts/fix"));
        assert!(source.is("flake-parts") && !source.is("parts") && !source.is_nixpkgs());
        assert!(source.framework().is_some() && by_url("flake-parts", Some("github:a/b")).framework().is_none());
        assert_eq!(source.repository(), Some("someone/flake-parts"));
        assert!(by_url("parts", Some("path:/home/me/src/flake-parts")).is("flake-parts"));
        assert!(by_url("parts", Some("git+https://git.example.org/flake-parts.git")).is("flake-parts"));
        assert!(by_url("flake-parts", Some("path:/home/me/src/fork")).is("flake-parts"));
        assert!(by_url("weekly", Some("https://flakehub.com/f/DeterminateSystems/nixpkgs-weekly/0.1")).is_nixpkgs());
        assert!(!by_url("nixpkgs-xr", Some("github:nix-community/nixpkgs-xr")).is_nixpkgs());
    }

    #[test]
    fn the_name_tells_where_nothing_else_does() {
        assert_eq!(by_url("home-manager", None).repository(), Some("nix-community/home-manager"));
        assert!(by_url("nixpkgs", None).is_nixpkgs());
        assert!(by_url("nixpkgs-weekly", None).is_nixpkgs());
        assert!(!by_url("unstable", None).is_nixpkgs());
    }

    #[test]
    fn the_lock_decides() {
        let lock = r#"{"version": 7, "root": "root", "nodes": {
            "root": {"inputs": {"nixpkgs-weekly": "a", "hm": "b", "k8s": ["nixpkgs-weekly"]}},
            "a": {"original": {"type": "tarball", "url": "https://flakehub.com/f/DeterminateSystems/nixpkgs-weekly/0.1"}},
            "b": {"original": {"type": "github", "owner": "me", "repo": "home-manager"}}
        }}"#;
        let lock = LockGraph::parse(lock).unwrap();
        let source = |input: &str| Source::of(Some(&lock), &Name::new(input), Some("github:a/b"));
        assert!(source("nixpkgs-weekly").is_nixpkgs() && source("k8s").is_nixpkgs());
        assert!(source("hm").is("home-manager"));
        assert_eq!(source("new").repository(), Some("a/b"));
    }
}
