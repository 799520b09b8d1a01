//! What kind of configuration a module is made for, where that is another kind than that of the host which imports it.

use super::{Host, HostKind};
use crate::hir::Name;
use crate::module_system::{Declared, ModuleSource};

/// The kind of configuration that the module at this index of a host is made for, if that is certainly not the host's.
///
/// Modules of inputs say it by the output they come from. Modules of the repository are told by what they set:
/// options that only another kind of configuration has, and that nobody declares here.
pub fn foreign_kind(host: &Host, module: usize) -> Option<HostKind> {
    let facts = host.facts.modules.get(module).filter(|module| !module.maybe)?;
    let kind = match &facts.source {
        ModuleSource::Input { attr, .. } => kind_of_output(attr)?,
        ModuleSource::File { .. } | ModuleSource::Inline { .. } => kind_of_definitions(host, module)?,
        _ => return None,
    };
    (kind != host.kind && host.kind != HostKind::Other).then_some(kind)
}

/// The kind of the modules in an output of this path: `homeManagerModules.default`. What is called a module for NixOS is often
/// one for nix-darwin as well, or declares nothing but options that others read.
fn kind_of_output(attr: &str) -> Option<HostKind> {
    matches!(attr.split('.').next()?, "homeManagerModules" | "homeModules" | "hmModules").then_some(HostKind::Home)
}

fn kind_of_definitions(host: &Host, module: usize) -> Option<HostKind> {
    // A module that could not be found out may declare whatever is set.
    if !host.complete() {
        return None;
    }
    let set = host.facts.definitions.iter().filter(|it| it.module == module && it.status == Declared::Elsewhere);
    let mut kinds = set.filter(|it| !it.maybe).filter_map(|it| {
        let [first, second, ..] = it.path.as_slice() else { return None };
        let has = |kind: HostKind| {
            own_names(kind).iter().any(|(root, names)| root == first && names.contains(&second.as_str()))
        };
        let kinds = [HostKind::Home, HostKind::Nixos, HostKind::Darwin];
        let mut of = kinds.into_iter().filter(|kind| has(*kind));
        let kind = of.next().filter(|kind| *kind != host.kind)?;
        if of.next().is_some() {
            return None;
        }
        // Somebody may have made room for it.
        let starts = |path: &[Name]| path.iter().zip([first, second]).all(|(a, b)| a == b);
        let declared = host.facts.options.iter().any(|option| starts(&option.path));
        let open = host.facts.open.iter().any(|open| starts(&open.path));
        (!declared && !open).then_some(kind)
    });
    let kind = kinds.next()?;
    // Modules for several kinds say which is which in ways that are not looked at here.
    kinds.all(|other| other == kind).then_some(kind)
}

/// Options that only this kind of configuration has, by their first two names, as far as they are telling and in use
/// everywhere.
fn own_names(kind: HostKind) -> &'static [(&'static str, &'static [&'static str])] {
    match kind {
        HostKind::Home => &[
            (
                "home",
                &[
                    "activation",
                    "file",
                    "homeDirectory",
                    "packages",
                    "pointerCursor",
                    "sessionPath",
                    "sessionVariables",
                    "shellAliases",
                    "stateVersion",
                    "username",
                ],
            ),
            ("wayland", &["windowManager"]),
            ("xdg", &["configFile", "dataFile", "desktopEntries", "mimeApps", "userDirs"]),
            ("xsession", &["enable", "windowManager"]),
        ],
        HostKind::Nixos => &[
            ("boot", &["initrd", "kernelModules", "kernelPackages", "kernelParams", "loader"]),
            ("networking", &["firewall", "networkmanager", "useDHCP"]),
            ("virtualisation", &["docker", "libvirtd", "podman"]),
        ],
        HostKind::Darwin => &[("homebrew", &["brews", "casks", "enable", "masApps"]), ("system", &["defaults"])],
        HostKind::Droid | HostKind::Other => &[],
    }
}
