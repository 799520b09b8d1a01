//! Which outputs tools read, and how they are laid out: `nix flake check` and
//! its kin (`flake.cc` of Nix' commands), and the tools around it.

use super::{Flake, OutputName, Repository};
use crate::hir::{AttrValue, Expr, ExprId, Key, Name};

/// An output that was renamed with Nix 2.7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renamed {
    pub old: &'static str,
    /// Its value is now the `default` in here.
    pub new: &'static str,
    /// Whether it has an attribute for each system.
    pub by_system: bool,
}

/// The outputs that have new names.
pub const RENAMED: &[Renamed] = &[
    Renamed { old: "defaultApp", new: "apps", by_system: true },
    Renamed { old: "defaultPackage", new: "packages", by_system: true },
    Renamed { old: "defaultTemplate", new: "templates", by_system: false },
    Renamed { old: "devShell", new: "devShells", by_system: true },
    Renamed { old: "nixosModule", new: "nixosModules", by_system: false },
    Renamed { old: "overlay", new: "overlays", by_system: false },
];

/// Outputs that Nix and widespread tools read.
const KNOWN: &[&str] = &[
    // Nix
    "apps",
    "bundlers",
    "checks",
    "defaultApp",
    "defaultBundler",
    "defaultPackage",
    "defaultTemplate",
    "devShell",
    "devShells",
    "formatter",
    "hydraJobs",
    "legacyPackages",
    "lib",
    "nixosConfigurations",
    "nixosModule",
    "nixosModules",
    "overlay",
    "overlays",
    "packages",
    "schemas",
    "templates",
    // What builds hosts
    "darwinConfigurations",
    "homeConfigurations",
    "nixOnDroidConfigurations",
    "robotnixConfigurations",
    "systemConfigs",
    // What holds modules
    "darwinModule",
    "darwinModules",
    "flakeModule",
    "flakeModules",
    "hmModule",
    "hmModules",
    "homeManagerModule",
    "homeManagerModules",
    "homeModule",
    "homeModules",
    "modules",
    "nixDarwinModules",
    "nixOnDroidModules",
    "nixvimModules",
    // Tools around it
    "agenix-rekey",
    "apmConfigurations",
    "buildbot",
    "ciJobs",
    "ciSystems",
    "clan",
    "clanInternals",
    "clanModules",
    "clanOptions",
    "colmena",
    "colmenaHive",
    "deploy",
    "devenv",
    "diskoConfigurations",
    "dockerImages",
    "effects",
    "evalJobs",
    "githubActions",
    "herculesCI",
    "hjemModules",
    "images",
    "isoImages",
    "juspayKernels",
    "lollypops",
    "microvm",
    "nix-ci",
    "nixci",
    "nixidyEnvs",
    "nixops",
    "nixopsConfigurations",
    "nixosTests",
    "nixvimConfigurations",
    "nvimConfigurations",
    "om",
    "secretix",
    "soonixConfigurations",
    "terraformConfigurations",
    "terranixConfigurations",
    "terranixModules",
    "tests",
    "topology",
    "vaultix",
    "wrapperModules",
    "wrappers",
    // flake-parts with `debug = true`
    "allSystems",
    "currentSystem",
    "debug",
    // What Nix itself gives `self`
    "_type",
    "inputs",
    "outPath",
    "self",
    "sourceInfo",
];

/// Outputs whose first names are systems, and that `nix flake check` refuses with other names.
const BY_SYSTEM: &[&str] =
    &["apps", "checks", "defaultApp", "defaultPackage", "devShell", "devShells", "formatter", "packages"];

/// Every system that nixpkgs knows (`lib.systems.doubles.all`), and a few that were.
const SYSTEMS: &[&str] = &[
    "aarch64-darwin",
    "aarch64-freebsd",
    "aarch64-genode",
    "aarch64-linux",
    "aarch64-netbsd",
    "aarch64-none",
    "aarch64-windows",
    "aarch64_be-linux",
    "aarch64_be-none",
    "arc-linux",
    "arm-none",
    "armv5tel-linux",
    "armv6l-darwin",
    "armv6l-linux",
    "armv6l-netbsd",
    "armv6l-none",
    "armv7a-darwin",
    "armv7a-linux",
    "armv7a-netbsd",
    "armv7l-darwin",
    "armv7l-linux",
    "armv7l-netbsd",
    "avr-none",
    "i686-cygwin",
    "i686-darwin",
    "i686-freebsd",
    "i686-genode",
    "i686-linux",
    "i686-netbsd",
    "i686-none",
    "i686-openbsd",
    "i686-windows",
    "javascript-ghcjs",
    "loongarch64-linux",
    "m68k-linux",
    "m68k-netbsd",
    "m68k-none",
    "microblaze-linux",
    "microblaze-none",
    "microblazeel-linux",
    "microblazeel-none",
    "mips-linux",
    "mips-none",
    "mips64-linux",
    "mips64-none",
    "mips64el-linux",
    "mipsel-linux",
    "mipsel-netbsd",
    "mmix-mmixware",
    "msp430-none",
    "or1k-none",
    "powerpc-linux",
    "powerpc-netbsd",
    "powerpc-none",
    "powerpc64-linux",
    "powerpc64le-linux",
    "powerpcle-none",
    "riscv32-linux",
    "riscv32-netbsd",
    "riscv32-none",
    "riscv64-linux",
    "riscv64-netbsd",
    "riscv64-none",
    "rx-none",
    "s390-linux",
    "s390-none",
    "s390x-linux",
    "s390x-none",
    "vc4-none",
    "wasm32-wasi",
    "wasm64-wasi",
    "x86_64-cygwin",
    "x86_64-darwin",
    "x86_64-freebsd",
    "x86_64-genode",
    "x86_64-linux",
    "x86_64-netbsd",
    "x86_64-none",
    "x86_64-openbsd",
    "x86_64-redox",
    "x86_64-solaris",
    "x86_64-windows",
];

/// Whether a tool reads the output of this name.
pub fn is_known_output(name: &str) -> bool {
    KNOWN.contains(&name) || name.starts_with('_')
}

/// The name of an output that somebody meant who wrote `name`.
pub fn nearest_output(name: &str) -> Option<&'static str> {
    crate::base::nearest(name, KNOWN.iter().copied().filter(|known| !RENAMED.iter().any(|it| it.old == *known)))
}

/// Whether the first names in an output are systems.
pub fn is_by_system(output: &str) -> bool {
    BY_SYSTEM.contains(&output)
}

/// Whether a system of this name exists.
pub fn is_system(name: &str) -> bool {
    SYSTEMS.contains(&name)
}

/// The system that somebody meant who wrote `name`.
pub fn nearest_system(name: &str) -> Option<&'static str> {
    let plain: String = name.to_lowercase().replace(['_', '-', '.'], "");
    let same = |known: &&&str| known.replace(['_', '-'], "") == plain;
    let alias = |plain: &str| match plain {
        "amd64linux" | "x64linux" | "linux" => Some("x86_64-linux"),
        "arm64linux" => Some("aarch64-linux"),
        "arm64darwin" | "aarch64macos" | "arm64macos" => Some("aarch64-darwin"),
        _ => None,
    };
    let found = SYSTEMS.iter().find(same).copied().or_else(|| alias(&plain));
    found.or_else(|| crate::base::nearest(name, SYSTEMS.iter().copied()))
}

/// Whether the flake itself uses one of its outputs: `self.name`, `inputs.self.name`.
pub fn uses_own_output(repository: &Repository, flake: &Flake, output: &OutputName) -> bool {
    let mut files = repository.snapshot.nix_files().iter().cloned();
    files.any(|(path, file)| {
        if !super::is_below(&path, &flake.root) {
            return false;
        }
        let Ok(data) = repository.snapshot.file(file) else { return true };
        let hir = data.hir();
        let chain = |expr: ExprId| -> Vec<Option<&str>> {
            match hir.expr(expr) {
                Expr::Var(var) => vec![Some(&var.name)],
                // `(builtins.getFlake …).name`
                Expr::Apply { .. } => vec![Some("self")],
                Expr::Select { base, path, .. } => {
                    let first = match hir.expr(*base) {
                        Expr::Var(var) => Some(var.name.as_str()),
                        _ => None,
                    };
                    [first].into_iter().chain(path.iter().map(|key| key.name().map(Name::as_str))).collect()
                }
                _ => vec![None],
            }
        };
        let is_self = |name: &Option<&str>| matches!(name, Some("self" | "outputs" | "flake" | "config"));
        hir.exprs().any(|(_, expr)| match expr {
            Expr::Select { base, path, .. } | Expr::HasAttr { base, path } => {
                let mut chain = chain(*base);
                chain.extend(path.iter().map(|key| key.name().map(Name::as_str)));
                let own = chain.iter().position(is_self);
                let after = own.and_then(|at| chain.get(at + 1..)).unwrap_or_default();
                after.iter().take(3).any(|name| *name == Some(output.name.as_str()))
                    || path.len() == 1 && own.is_some() && path.iter().any(|key| matches!(key, Key::Dynamic(_)))
            }
            Expr::Attrs(set) | Expr::Let { bindings: set, .. } => set.attrs.iter().any(|attr| match attr.value {
                AttrValue::InheritFrom(source) if attr.name == output.name => {
                    set.inherit_sources.get(source as usize).is_some_and(|source| chain(*source).iter().any(is_self))
                }
                _ => false,
            }),
            _ => false,
        })
    })
}
