//! Frameworks that flakes are written with, for when their source is not at
//! hand: Nix files in the words of each framework, written for flakewise.
//!
//! A file is a function of `{ lib }` and gives the outputs of the framework's
//! flake, as far as hosts, modules and options hang on them. What it leaves
//! out stays unknown under the name of the input.

/// A framework that flakewise knows.
#[derive(Debug)]
pub struct Framework {
    /// The repositories that it comes from, as [`super::FlakeRef::identity`]
    /// names them. Without an owner a fork under any owner is one too.
    repositories: &'static [&'static str],
    /// The file, by its internal path.
    pub file: &'static str,
    /// Whether the model says of all that it holds what the framework says of it. Of another one, what fails may be
    /// for want of what it leaves out.
    pub whole: bool,
    text: &'static str,
}

macro_rules! framework {
    (whole $name:literal, $($repository:literal),+) => {
        Framework { whole: true, ..framework!($name, $($repository),+) }
    };
    ($name:literal, $($repository:literal),+) => {
        Framework {
            repositories: &[$($repository),+],
            whole: false,
            file: concat!("/<flakewise>/frameworks/", $name, ".nix"),
            text: include_str!(concat!("frameworks/", $name, ".nix")),
        }
    };
}

/// All of them.
static FRAMEWORKS: &[Framework] = &[
    framework!("blueprint", "numtide/blueprint"),
    framework!("clan-core", "clan-core"),
    framework!("colmena", "colmena"),
    framework!("den", "vic/den", "denful/den"),
    framework!("easy-hosts", "easy-hosts"),
    framework!("ez-configs", "ez-configs"),
    framework!("flake-aspects", "flake-aspects"),
    framework!("flake-file", "flake-file"),
    framework!(whole "flake-parts", "flake-parts"),
    framework!(whole "flake-utils", "flake-utils"),
    framework!("flake-utils-plus", "flake-utils-plus"),
    framework!("flakegen", "flakegen"),
    framework!(whole "haumea", "haumea"),
    framework!(whole "home-manager", "home-manager"),
    framework!(whole "import-tree", "import-tree"),
    framework!("lite-config", "lite-config"),
    framework!("nixos-generators", "nixos-generators"),
    framework!("nixos-unified", "nixos-unified", "nixos-flake"),
    framework!("snowfall-lib", "snowfallorg/lib", "snowfall-lib"),
    framework!("unify", "quasigod/unify"),
];

impl Framework {
    /// The framework that a repository holds (`hercules-ci/flake-parts`, in lower case).
    pub fn of_repository(identity: &str) -> Option<&'static Framework> {
        let name = identity.rsplit_once('/').map_or(identity, |(_, name)| name);
        FRAMEWORKS
            .iter()
            .find(|framework| framework.repositories.iter().any(|known| *known == identity || *known == name))
    }

    /// The internal files of all frameworks, and their texts.
    pub fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
        FRAMEWORKS.iter().map(|framework| (framework.file, framework.text))
    }
}

#[cfg(test)]
mod tests {
    use super::Framework;

    fn file(identity: &str) -> Option<&'static str> {
        Framework::of_repository(identity).map(|framework| framework.file)
    }

    #[test]
    fn a_framework_is_known_by_its_repository() {
        assert_eq!(file("hercules-ci/flake-parts"), Some("/<flakewise>/frameworks/flake-parts.nix"));
        assert_eq!(file("somebody/import-tree"), Some("/<flakewise>/frameworks/import-tree.nix"));
        assert_eq!(file("somebody/flake-parts-modules"), None);
        assert_eq!(file("snowfallorg/lib"), Some("/<flakewise>/frameworks/snowfall-lib.nix"));
        assert_eq!(file("somebody/lib"), None);
    }
}
