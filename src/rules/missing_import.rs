//! A path that is imported or read does not exist.
//!
//! Nix refuses the configuration that reaches it. Paths that nothing reaches, that are only a default or an example, or that a `pathExists` guards, are not reported.
//! A file that exists but that git does not track is `untracked-file`. Where it is known what the path is for, the file
//! can be created: with an empty module, or empty where its text is read. In a git repository a flake sees it
//! only after `git add`.
//!
//! A module that exists but is no UTF-8 text is mentioned too: Nix reads bytes and may well take it, but what it says to the
//! hosts that import it cannot be known here. A file that is encrypted at rest is not meant.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./host.nix ]; };
//!   };
//! }
//! #- /host.nix
//! {
//!   imports = [ ./hardwear.nix ];
//! #             ^^^^^^^^^^^^^^
//! }
//! #- /hardware.nix
//! { }
//! ```
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./host.nix ]; };
//!   };
//! }
//! #- /host.nix
//! {
//!   networking.hostName = (import ./names.nix).box;
//! #                               ^^^^^^^^^^^
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }: {
//!     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./host.nix ]; };
//!   };
//! }
//! #- /host.nix
//! { lib, ... }:
//! {
//!   imports = lib.optional (builtins.pathExists ./local.nix) ./local.nix;
//! }
//! ```

use std::collections::BTreeMap;

use super::{Chapter, Context, Diagnostic, Fix, NewFile, Rule, Severity, edits, listed};
use crate::base::{FileRange, TextEdit, nearest};
use crate::eval::{ErrorKind, FileType, Files, Origin, ReadError, Site};
use crate::hir::{Expr, Name, StrPart};
use crate::module_system::{ModuleSource, ProblemKind};
use crate::repository::{Host, Need, PathUse, argument_need, missing_reads, missing_reads_of_file, path_use};

pub(super) const RULE: Rule = Rule {
    id: "missing-import",
    chapter: Chapter::Modules,
    severity: Severity::Error,
    source: include_str!("missing_import.rs"),
    check,
};

/// A path that an evaluation did not find.
pub(super) struct Missing {
    pub(super) at: FileRange,
    pub(super) path: Name,
    pub(super) hosts: Vec<String>,
    /// Whether it was to be a module.
    module: bool,
    /// Whether a condition that was not decided leads there.
    maybe: bool,
    /// Whether it is not known that a host needs what is read there.
    perhaps: bool,
}

/// All paths that evaluations of the flake did not find, each once.
pub(super) fn missing(context: &Context<'_>) -> Vec<Missing> {
    let mut found: BTreeMap<(FileRange, Name), Missing> = BTreeMap::new();
    let mut add = |origin: Option<Origin>, path: &Name, host: Option<&String>, module: bool, maybe: bool| {
        let Some(at) = context.place(origin) else { return };
        let entry = found.entry((at, path.clone())).or_insert_with(|| Missing {
            at,
            path: path.clone(),
            hosts: Vec::new(),
            module: false,
            maybe: true,
            perhaps: false,
        });
        entry.module |= module;
        entry.maybe &= maybe;
        entry.hosts.extend(host.filter(|host| !entry.hosts.contains(host)).cloned());
    };
    for host in &context.flake.hosts {
        for problem in &host.facts.problems {
            let ProblemKind::MissingFile { path } = &problem.kind else { continue };
            // What does not parse may be half of what a path is made of.
            if !host.broken.is_empty() && !is_literal(context, problem.origin) {
                continue;
            }
            let module = problem.module.and_then(|index| host.facts.modules.get(index));
            let maybe = module.is_some_and(|module| module.maybe);
            add(problem.origin, path, Some(&host.output), true, maybe);
        }
    }
    for problem in context.flake.problems.iter() {
        if let Some(path) = &problem.missing
            && (context.flake.broken.is_empty() || is_literal(context, problem.origin))
        {
            add(problem.origin, path, problem.output.as_ref(), false, false);
        }
    }
    for read in missing_reads(context.repository, context.flake) {
        for host in &read.hosts {
            add(Some(read.origin), &read.path, Some(host), false, false);
        }
    }
    of_arguments(context, &mut found);
    found.into_values().collect()
}

/// Paths that arguments of modules need, which Nix looks at once a module needs the argument.
fn of_arguments(context: &Context<'_>, found: &mut BTreeMap<(FileRange, Name), Missing>) {
    for host in context.flake.hosts.iter().filter(|host| host.broken.is_empty()) {
        for argument in &host.failing_arguments {
            let ErrorKind::NoSuchFile { path } = &argument.error.kind else { continue };
            let Some(at) = context.place(argument.error.origin) else { continue };
            let need = need_of_argument(context, host, &argument.name);
            if need == Need::Never {
                continue;
            }
            let perhaps = need != Need::Certain;
            let entry = found.entry((at, path.clone())).or_insert_with(|| Missing {
                at,
                path: path.clone(),
                hosts: Vec::new(),
                module: false,
                maybe: false,
                perhaps,
            });
            entry.maybe = false;
            entry.perhaps &= perhaps;
            if !entry.hosts.contains(&host.output) {
                entry.hosts.push(host.output.clone());
            }
        }
    }
}

/// How certain it is that modules of a host need an argument: one of them asks for it by name.
fn need_of_argument(context: &Context<'_>, host: &Host, name: &Name) -> Need {
    let modules = host.facts.modules.iter().enumerate().filter(|(_, module)| !module.maybe);
    let asked = modules.flat_map(|(index, module)| {
        let own = module.arguments.iter().filter(|(asked, _)| asked == name);
        own.filter_map(move |(_, origin)| Some((index, (*origin)?)))
    });
    // Who asks for it needs it, perhaps in what is not a definition of its own.
    let needs = asked.map(|(index, origin)| argument_need(context.repository, host, index, origin).max(Need::Perhaps));
    needs.max().unwrap_or(Need::Never)
}

/// Whether an origin is a path that is written out, in a file that parses.
fn is_literal(context: &Context<'_>, origin: Option<Origin>) -> bool {
    let Some(Origin { file, site: Site::Expr(expr) }) = origin else { return false };
    let Ok(data) = context.repository.snapshot.file(file) else { return false };
    let is_path = match data.hir().expr(expr) {
        Expr::Path { parts, .. } => parts.iter().all(|part| matches!(part, StrPart::Literal(_))),
        _ => false,
    };
    is_path && data.parse().errors().is_empty()
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let submodules = submodules(context);
    let missing = missing(context).into_iter().filter(|one| {
        let exists = context.repository.snapshot.tree().resolve(&one.path).is_some();
        // A submodule that was not fetched is an empty folder here and full elsewhere.
        let in_submodule = submodules.iter().any(|folder| crate::repository::is_below(&one.path, folder));
        !one.maybe && !exists && !in_submodule && crate::repository::is_below(&one.path, &context.flake.root)
    });
    let mut found: Vec<Diagnostic> = missing.map(|one| report(context, &one)).collect();
    // Packages are not evaluated as hosts are: what a file reads that the flake names is read when it is built.
    for file in context.around().named() {
        for read in missing_reads_of_file(context.repository, context.flake, file) {
            let known = |at| found.iter().any(|other: &Diagnostic| other.at == at);
            let Some(at) = context.place(Some(read.origin)).filter(|at| !known(*at)) else { continue };
            let (hosts, module, maybe, perhaps) = (Vec::new(), false, false, true);
            found.push(report(context, &Missing { at, path: read.path, hosts, module, maybe, perhaps }));
        }
    }
    found.extend(unreadable(context));
    found
}

/// Modules that are there and cannot be read as text.
fn unreadable(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<(FileRange, Name), Vec<String>> = BTreeMap::new();
    for host in &context.flake.hosts {
        for module in &host.facts.modules {
            let ModuleSource::Unknown { unread: Some(path), .. } = &module.source else { continue };
            let is_text = !matches!(context.repository.snapshot.file_at(path), Err(ReadError::NotText));
            if is_text || !crate::repository::is_below(path, &context.flake.root) {
                continue;
            }
            let Some(at) = context.place(module.import_site) else { continue };
            let hosts = found.entry((at, path.clone())).or_default();
            if !hosts.contains(&host.output) {
                hosts.push(host.output.clone());
            }
        }
    }
    let report = |((at, path), hosts): ((FileRange, Name), Vec<String>)| {
        let message = format!(
            "{} is not UTF-8 text, so that nothing is known of what it says to {}: save it as UTF-8",
            context.flake.relative(&path),
            listed(&hosts)
        );
        Diagnostic { severity: Severity::Information, hosts, ..RULE.finding(at, message) }
    };
    found.into_iter().map(report).collect()
}

/// The folders of git submodules.
pub(super) fn submodules(context: &Context<'_>) -> Vec<String> {
    let root = &context.flake.root;
    let Ok(text) = context.repository.snapshot.read_file(&format!("{root}/.gitmodules")) else { return Vec::new() };
    let paths = text.lines().filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "path").then(|| format!("{root}/{}", value.trim()))
    });
    paths.collect()
}

fn report(context: &Context<'_>, one: &Missing) -> Diagnostic {
    let path = context.flake.relative(&one.path);
    let meant = neighbour(context, &one.path);
    let hint = meant.as_ref().map(|meant| format!("; did you mean {}?", context.flake.relative(meant)));
    let message = match one.hosts.as_slice() {
        [] => format!("{path} does not exist{}", hint.unwrap_or_default()),
        hosts => {
            format!("{path} does not exist, so that {} cannot be built{}", listed(hosts), hint.unwrap_or_default())
        }
    };
    let mut diagnostic = RULE.finding(one.at, message);
    diagnostic.hosts = one.hosts.clone();
    if one.perhaps {
        diagnostic.severity = Severity::Warning;
    }
    if let Some(meant) = meant {
        diagnostic.fixes.extend(replacement(context, one, &meant));
    }
    diagnostic.fixes.extend(creation(context, one));
    diagnostic
}

/// The file or folder beside the missing one whose name is nearest.
fn neighbour(context: &Context<'_>, path: &str) -> Option<String> {
    let (folder, name) = path.rsplit_once('/')?;
    let entries = context.repository.snapshot.read_dir(folder).ok()?;
    let is_folder = !name.contains('.');
    let fitting = entries.iter().filter(|(_, kind)| !is_folder || *kind != FileType::Regular);
    let meant = nearest(name, fitting.map(|(name, _)| name.as_str()))?;
    Some(format!("{folder}/{meant}"))
}

/// Writes the other path where the missing one is a literal.
fn replacement(context: &Context<'_>, one: &Missing, meant: &str) -> Option<Fix> {
    let data = context.repository.snapshot.file(one.at.file).ok()?;
    let literal = data.text().get(std::ops::Range::<usize>::from(one.at.range))?;
    // A computed path is another one for each host.
    if !literal.starts_with("./") && !literal.starts_with("../") || literal.contains("${") {
        return None;
    }
    let path = edits::relative_path(&context.repository.path(one.at.file), meant)?;
    let edit = TextEdit::replace(one.at.range, path.clone());
    // Another file is another module: only a person knows whether it is the one that was meant.
    Some(Fix {
        title: format!("Change to {path}"),
        edits: vec![(one.at.file, edit)],
        is_unsafe: true,
        ..Fix::default()
    })
}

/// A module that does nothing yet, as most people begin one.
const MODULE: &str = "{ config, lib, pkgs, ... }:\n\n{\n}\n";
/// A file that is imported and called, or imported alone.
const FUNCTION: &str = "{ ... }:\n\n{\n}\n";
const SET: &str = "{\n}\n";

/// Makes the missing file, where it is known what kind of file it is.
fn creation(context: &Context<'_>, one: &Missing) -> Option<Fix> {
    let (text, is_nix) = match path_use(context.repository, one.at) {
        PathUse::Text => ("", false),
        PathUse::Import { called: true } => (FUNCTION, true),
        PathUse::Import { called: false } if !one.module => (SET, true),
        PathUse::Import { .. } | PathUse::Open if one.module => (MODULE, true),
        _ => return None,
    };
    let name = one.path.rsplit('/').next()?;
    let path = match is_nix {
        true if name.ends_with(".nix") => one.path.clone(),
        // A folder is imported by its default.nix. Names with another ending are no folders.
        true if !name.contains('.') => Name::from(format!("{}/default.nix", one.path)),
        true => return None,
        false => one.path.clone(),
    };
    let tree = context.repository.snapshot.tree();
    // A link that leads nowhere is something that is there.
    if tree.node(&path).is_some() {
        return None;
    }
    // The folders above it can be made too, unless one of them is a file, or a link to who knows where.
    let mut folder = path.as_str();
    while let Some((parent, _)) = folder.rsplit_once('/').filter(|(parent, _)| *parent != context.flake.root) {
        if tree.node(parent).is_some_and(|node| node.kind != FileType::Directory) {
            return None;
        }
        folder = parent;
    }
    let add = if tree.in_git(&path) { " (git add it afterwards)" } else { "" };
    Some(Fix {
        title: format!("Create {}{add}", context.flake.relative(&path)),
        creates: vec![NewFile { path, text: text.to_string() }],
        // What is in it only a person knows.
        is_unsafe: true,
        ..Fix::default()
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::RULE;
    use crate::db::{Change, Loader, Node, Snapshot};
    use crate::eval::{FileType, ReadError};
    use crate::hir::Name;
    use crate::rules::{Settings, Severity, check, testing};

    /// What is offered for the missing paths of a file beside `host.nix`: path and text of each new file.
    fn created(host: &str) -> Vec<(String, String)> {
        let fixture = format!("#! minipkgs: flake\n#- /host.nix\n{host}\n#- /taken\nx\n");
        let (_, found) = testing::found(RULE.id, &crate::fixture::Fixture::parse(&fixture));
        let fixes = found.into_iter().flat_map(|it| it.fixes);
        let files = fixes.flat_map(|fix| {
            assert!(fix.is_unsafe && !fix.only_edits() || fix.creates.is_empty());
            fix.creates
        });
        files.map(|file| (file.path.trim_start_matches("/repo/").to_string(), file.text)).collect()
    }

    #[test]
    fn new_files_are_of_the_kind_that_is_asked_for() {
        let check = |host: &str, path: &str, text: &str| {
            assert_eq!(created(host), [(path.to_string(), text.to_string())], "{host}");
        };
        check("{ imports = [ ./gnome.nix ]; }", "gnome.nix", super::MODULE);
        check("{ imports = [ ./desktop/gnome ]; }", "desktop/gnome/default.nix", super::MODULE);
        check("{ imports = [ (import ./gnome.nix) ]; }", "gnome.nix", super::MODULE);
        check("{ imports = [ (import ./gnome.nix { }) ]; }", "gnome.nix", super::FUNCTION);
        check("{ environment.etc.motd.text = builtins.readFile ./motd.txt; }", "motd.txt", "");
    }

    /// What two rules say of a flake with this `let` and these special arguments, whose host has this module.
    fn of_arguments(bindings: &str, arguments: &str, host: &str) -> Vec<(String, Severity)> {
        let text = format!(
            "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = {{ nixpkgs, ... }}: let {bindings} in {{\n    \
             nixosConfigurations.box = nixpkgs.lib.nixosSystem {{ specialArgs = {{ {arguments} }}; modules = [ ./host.nix ]; }};\n  }};\n}}\n\
             #- /host.nix\n{host}\n"
        );
        let fixture = crate::fixture::Fixture::parse(&text);
        let repository = testing::analyzed(Snapshot::of_fixture(&fixture));
        let found = check(&repository, &Settings::default(), Some(&[RULE.id, "failing-host"]));
        found.into_iter().map(|it| (it.message, it.severity)).collect()
    }

    #[test]
    fn what_an_argument_of_modules_imports() {
        let found = |arguments: &str, host: &str| of_arguments("vars = import ./vars.nix;", arguments, host);
        let message = "vars.nix does not exist, so that nixosConfigurations.box cannot be built".to_string();
        let host = "{ vars, ... }: { networking.hostName = vars.name; }";
        assert_eq!(found("inherit vars;", host), [(message.clone(), Severity::Error)]);
        assert_eq!(
            found("names = vars.names;", "{ names, ... }: { a = names; }"),
            [(message.clone(), Severity::Error)]
        );
        let perhaps = "{ lib, vars, config, ... }: { a = lib.mkIf config.b vars.name; }";
        assert_eq!(found("inherit vars;", perhaps), [(message, Severity::Warning)]);
        assert_eq!(found("inherit vars;", "{ ... }: { }"), []);
        assert_eq!(found("", "{ ... }: { }"), []);
        assert_eq!(found("vars = { };", host), []);
    }

    #[test]
    fn what_leads_to_a_host_is_told_once() {
        let found = of_arguments("mk = import ./libb { };", "", "{ }\n#- /lib/default.nix\n{ }");
        assert_eq!(found, []);
        let text = "#- /flake.nix\n{ outputs = _: let own = import ./libb { }; in { nixosConfigurations.box = own.host; }; }\n#- /lib/default.nix\n{ }";
        let fixture = crate::fixture::Fixture::parse(text);
        let repository = testing::analyzed(Snapshot::of_fixture(&fixture));
        let found = check(&repository, &Settings::default(), Some(&[RULE.id, "failing-host"]));
        let messages: Vec<&str> = found.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(
            messages,
            ["libb does not exist, so that nixosConfigurations.box cannot be built; did you mean lib?"]
        );
    }

    #[test]
    fn no_file_is_made_where_none_can_be() {
        for host in ["{ imports = [ ./taken/x.nix ]; }", "{ imports = [ ./settings.json ]; }"] {
            assert_eq!(created(host), [], "{host}");
        }
    }

    #[test]
    fn a_created_module_can_be_imported() {
        let text = "#! minipkgs: flake\n#- /host.nix\n{ imports = [ ./gnome.nix ./desktop/kde ]; }\n";
        testing::fixed(RULE.id, text);
    }

    #[test]
    fn a_path_that_is_computed_for_each_host_is_left_alone() {
        let flake = "#- /flake.nix\n{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-unstable\";\n  outputs = { nixpkgs, ... }: {\n    nixosConfigurations = builtins.mapAttrs (name: _: nixpkgs.lib.nixosSystem { modules = [ ./hosts/${name} ]; }) { luna = 1; lunna = 1; };\n  };\n}\n#- /hosts/luna/default.nix\n{ }\n";
        let (_, found) = testing::found(RULE.id, &crate::fixture::Fixture::parse(flake));
        assert_eq!(found.len(), 1);
        assert!(found[0].fixes.iter().all(|fix| fix.edits.is_empty()), "{:?}", found[0].fixes);
    }

    /// One file of these bytes.
    struct Bytes(&'static [u8]);

    impl Loader for Bytes {
        fn load(&self, path: &str) -> Result<Vec<u8>, ReadError> {
            if path.ends_with("/bytes.nix") { Ok(self.0.to_vec()) } else { Err(ReadError::Missing) }
        }
    }

    #[test]
    fn what_is_no_text_is_said_where_it_is_imported() {
        let found = |bytes: &'static [u8]| {
            let text = "#! minipkgs: flake\n#- /host.nix\n{ imports = [ ./bytes.nix ]; }\n";
            let files = crate::fixture::Fixture::parse(text).files;
            let node = |path: &str| Change::Node {
                path: Name::new(path),
                node: Node { kind: FileType::Regular, tracked: true, target: None },
            };
            let root = Change::Root { path: Name::new_static(crate::fixture::ROOT) };
            let files = files.iter().flat_map(|file| {
                let text = Change::Text { path: Name::new(&file.path), text: file.text.as_str().into() };
                [node(&file.path), text]
            });
            let changes = [root, node("/repo/bytes.nix")].into_iter().chain(files);
            let snapshot = Snapshot::new(Arc::new(Bytes(bytes))).apply(changes.collect::<Vec<_>>());
            check(&testing::analyzed(snapshot), &Settings::default(), Some(&[RULE.id]))
        };
        let said = found(b"{ a = \"\xff\"; }");
        let [one] = &said[..] else { panic!("{said:?}") };
        assert_eq!(one.severity, Severity::Information);
        assert!(one.message.starts_with("bytes.nix is not UTF-8 text"), "{}", one.message);
        assert!(!one.hosts.is_empty());
        assert_eq!(found(b"{ a = 1; }"), []);
        // It will be text where it is deployed.
        assert_eq!(found(b"\0GITCRYPT\0\xff\xfe"), []);
    }
}
