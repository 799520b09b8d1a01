//! Inputs whose source is at hand: made up ones, in a folder beside the repository.

use super::*;
use crate::db::{Folders, Sources};
use crate::flake::source_path;
use crate::repository::Counts;

struct World {
    folders: Arc<Folders>,
    sources: Sources,
    snapshot: Snapshot,
    analyzer: Analyzer,
}

impl World {
    /// A repository, and sources: files at absolute paths.
    fn new(repository: &str, sources: &str) -> World {
        let folders = Arc::new(Folders::default());
        for file in &Fixture::parse(sources).files {
            folders.set(file.path.strip_prefix(ROOT).unwrap(), &file.text);
        }
        let mut changes = vec![Change::Root { path: Name::new_static(ROOT) }];
        for file in &Fixture::parse(repository).files {
            changes.push(Change::Text { path: Name::new(&file.path), text: Arc::from(file.text.as_str()) });
        }
        let snapshot = Snapshot::new(folders.clone()).apply(changes);
        World { folders, sources: Sources::default(), snapshot, analyzer: Analyzer::new() }
    }

    /// The source of an input is given.
    fn give(mut self, input: &str, folder: &'static str) -> World {
        self.sources.add(Name::new_static(folder));
        self.sources.give(&Name::new_static(ROOT), input, Name::new_static(folder));
        self.changed()
    }

    fn changed(mut self) -> World {
        self.snapshot = self.snapshot.apply([Change::Sources(self.sources.clone())]);
        self
    }

    fn analyze(&mut self) -> Repository {
        let roots = [Name::new_static(ROOT)];
        self.analyzer.analyze(&self.snapshot, &roots, &AtomicBool::new(false)).unwrap()
    }

    /// Modules and problems of the only host.
    fn modules(&mut self) -> Vec<String> {
        let repository = self.analyze();
        let (flake, host) = repository.hosts().next().expect("a host");
        let shown = host.facts.modules.iter().filter_map(|module| match &module.source {
            ModuleSource::File { path, .. } => Some(flake.relative(path)),
            ModuleSource::Input { input, attr, at_hand } => {
                Some(format!("{input}: {attr}{}", if *at_hand { "" } else { " (absent)" }))
            }
            ModuleSource::WithinInput { .. } | ModuleSource::Native { .. } => None,
            other => Some(format!("{other:?}")),
        });
        let problems = host.facts.problems.iter().map(|problem| format!("problem: {}", problem.message));
        shown.chain(problems).chain(flake.problems.iter().map(|problem| problem.message.clone())).collect()
    }

    /// Options of the only host, those of inputs in brackets.
    fn options(&mut self) -> Vec<String> {
        let repository = self.analyze();
        let (_, host) = repository.hosts().next().expect("a host");
        let name = |option| {
            let path = crate::module_system::path_text(&crate::module_system::OptionFacts::clone(option).path);
            if host.facts.is_own(option) { path } else { format!("({path})") }
        };
        host.facts.options.iter().map(name).collect()
    }
}

const FLAKE: &str = r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.storage.url = "github:somebody/storage";
  outputs = { self, nixpkgs, storage }: {
    nixosConfigurations.box = nixpkgs.lib.nixosSystem {
      modules = [ storage.nixosModules.default ./box.nix ];
    };
  };
}
#- /box.nix
{ lib, config, ... }: {
  options.box.size = lib.mkOption { type = lib.types.int; default = config.storage.disks.a.size; };
  config.storage.disks.a.size = 3;
}
"#;

const STORAGE: &str = r#"
#- /sources/storage/flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  outputs = { self, nixpkgs }: {
    nixosModules.default = self.nixosModules.storage;
    nixosModules.storage = { imports = [ ./module.nix ]; };
  };
}
#- /sources/storage/module.nix
{ lib, config, ... }: {
  imports = [ ./inner.nix ./not-there.nix ];
  options.storage.disks = lib.mkOption {
    type = lib.types.attrsOf (lib.types.submodule { options.size = lib.mkOption { type = lib.types.int; }; });
    default = { };
  };
  config.environment.etc.disks.text = builtins.toJSON config.storage.disks;
}
#- /sources/storage/inner.nix
{ lib, nobody-passes-this ? null, ... }: { options.storage.enable = lib.mkEnableOption "it"; }
"#;

#[test]
fn modules_of_inputs_are_looked_into_and_keep_their_names() {
    let mut absent = World::new(FLAKE, STORAGE);
    assert_eq!(absent.modules(), ["storage: nixosModules.default (absent)", "box.nix"]);
    assert_eq!(absent.options(), ["box.size"]);
    let mut at_hand = World::new(FLAKE, STORAGE).give("storage", "/sources/storage");
    assert_eq!(at_hand.modules(), ["storage: nixosModules.default", "box.nix"]);
    let options = ["box.size", "(storage.disks)", "(storage.disks.<name>.size)", "(storage.enable)"];
    assert_eq!(at_hand.options(), options);
}

#[test]
fn definitions_are_checked_against_options_of_inputs() {
    let mut world = World::new(FLAKE, STORAGE).give("storage", "/sources/storage");
    let repository = world.analyze();
    let (_, host) = repository.hosts().next().unwrap();
    let set: Vec<(String, bool)> = host
        .facts
        .definitions
        .iter()
        .map(|it| (it.path.join("."), matches!(it.status, Declared::Option(_) | Declared::Inside(_))))
        .collect();
    // What the input's module sets by itself is not listed.
    assert!(set.contains(&("storage.disks.a.size".to_string(), true)), "{set:?}");
    assert!(set.iter().all(|(path, _)| path.starts_with("storage.")), "{set:?}");
    // The default of an option of the repository is read from one of the input.
    let size = host.facts.options.iter().find(|option| option.path.join(".") == "box.size").unwrap();
    assert_eq!(size.default.as_ref().map(|it| repository.shown(it)).as_deref(), Some("3"));
    // The declaration has its place in the source.
    let disks = host.facts.options.iter().find(|option| option.path.join(".") == "storage.disks").unwrap();
    let at = repository.range(disks.declarations[0].origin.unwrap()).unwrap();
    assert_eq!(repository.path(at.file), "/sources/storage/module.nix");
}

const LOCKED: &str = r#"
#- /flake.lock
{
  "version": 7, "root": "root",
  "nodes": {
    "root": { "inputs": { "nixpkgs": "nixpkgs", "storage": "storage", "tools": "tools", "plain": "plain" } },
    "nixpkgs": { "locked": { "type": "github", "owner": "NixOS", "repo": "nixpkgs", "narHash": "sha256-pQpattmS9VmO3ZIQUFn66az8GSmB4IvYhTTCFn6SUmo=" } },
    "storage": {
      "inputs": { "nixpkgs": ["nixpkgs"], "library": ["tools"], "own": "own" },
      "locked": { "type": "github", "owner": "somebody", "repo": "storage", "rev": "0123456789", "narHash": "sha256-SBL/761cGhDjEWW9bNBUg2khQSMDkIqj5IlYYSVeOk0=" }
    },
    "own": { "locked": { "type": "github", "owner": "somebody", "repo": "own" } },
    "tools": { "locked": { "type": "github", "owner": "somebody", "repo": "tools", "dir": "nix" } },
    "plain": { "flake": false, "locked": { "type": "github", "owner": "somebody", "repo": "plain" } }
  }
}
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.storage.url = "github:somebody/storage";
  inputs.storage.inputs.library.follows = "tools";
  inputs.tools.url = "github:somebody/tools?dir=nix";
  inputs.plain = { url = "github:somebody/plain"; flake = false; };
  outputs = inputs: {
    nixosConfigurations.box = inputs.nixpkgs.lib.nixosSystem {
      specialArgs = { inherit inputs; };
      modules = [
        inputs.storage.nixosModules.${inputs.storage.inputs.library.name}
        inputs.storage.inputs.own.nixosModules.x
        (inputs.plain + "/module.nix")
        (import inputs.plain)
        "${inputs.storage}/second.nix"
        { networking.hostName = inputs.storage.shortRev; }
      ];
    };
  };
}
"#;

const LOCKED_SOURCES: &str = r#"
#- /store/8y738vc0j1gplfngjlj2i6l7inzp3mhb-source/flake.nix
{
  inputs.library.url = "path:./nowhere";
  inputs.own.url = "github:somebody/own";
  outputs = { self, nixpkgs, library, own }: {
    nixosModules.tool = import ./module.nix library;
  };
}
#- /store/8y738vc0j1gplfngjlj2i6l7inzp3mhb-source/module.nix
library: { options = library.options; }
#- /store/8y738vc0j1gplfngjlj2i6l7inzp3mhb-source/second.nix
{ lib, ... }: { options.second = lib.mkEnableOption "it"; }
#- /sources/tools/nix/flake.nix
{ outputs = { self }: { name = baseNameOf "${self.outPath}/tool"; options.tool = { _type = "option"; }; }; }
#- /sources/plain/module.nix
{ lib, ... }: { options.plain = lib.mkEnableOption "it"; }
#- /sources/plain/default.nix
{ lib, ... }: { options.imported = lib.mkEnableOption "it"; }
"#;

#[test]
fn inputs_get_the_inputs_that_the_lock_gives_them() {
    let mut world = World::new(LOCKED, LOCKED_SOURCES).give("storage/library", "/sources/tools");
    let stored = source_path("sha256-SBL/761cGhDjEWW9bNBUg2khQSMDkIqj5IlYYSVeOk0=").unwrap();
    world.sources.add_stored(stored, Name::new_static("/store/8y738vc0j1gplfngjlj2i6l7inzp3mhb-source"));
    let mut world = world.give("plain", "/sources/plain");
    let modules = [
        "storage: nixosModules.tool",
        "storage/own: nixosModules.x (absent)",
        "plain: module.nix",
        "plain: default.nix",
        "storage: second.nix",
    ];
    let found = world.modules();
    assert_eq!(found[..modules.len()], modules, "{found:?}");
    assert_eq!(world.options(), ["(imported)", "(plain)", "(second)", "(tool)"]);
    let repository = world.analyze();
    let (_, host) = repository.hosts().next().unwrap();
    let name = host.facts.definitions.iter().find(|it| it.path.join(".") == "networking.hostName").unwrap();
    assert_eq!(name.value.as_ref().map(|it| repository.shown(it)).as_deref(), Some("\"0123456\""));
}

#[test]
fn what_is_outside_of_sources_stays_unread() {
    let text = FLAKE.replace("./box.nix", "/etc/box.nix /sources/other/x.nix ./box.nix");
    let mut world = World::new(&text, &format!("{STORAGE}\n#- /sources/other/x.nix\n{{ }}\n#- /etc/box.nix\n{{ }}\n"));
    world = world.give("storage", "/sources/storage");
    let unknown = world.modules().into_iter().filter(|module| module.contains("Unknown")).count();
    assert_eq!(unknown, 2);
}

const NIXPKGS: &str = r#"
#- /sources/nixpkgs/lib/default.nix
let
  extensible = f: let self = f self // { extend = over: extensible (own: let before = f own; in before // over own before); }; in self;
in
extensible (self: {
  answer = 42;
  modules = { evalModules = throw "the real one takes too long"; mkIf = condition: content: { _type = "if"; inherit condition content; }; };
  attrsets.mapAttrsToList = throw "there is a better one";
  inherit (self.modules) evalModules mkIf;
  inherit (self.attrsets) mapAttrsToList;
  mkOption = args: args // { _type = "option"; };
  types.int = { _type = "option-type"; name = "int"; description = "signed integer"; check = builtins.isInt; merge = _: defs: (builtins.head defs).value; };
})
#- /sources/nixpkgs/nixos/lib/eval-config.nix
throw "thousands of modules"
#- /sources/nixpkgs/nixos/modules/profiles/small.nix
{ lib, ... }: { options.profile.small = lib.mkOption { type = lib.types.int; }; }
"#;

const WITH_NIXPKGS: &str = r#"
#- /flake.nix
{
  inputs.pkgs.url = "github:NixOS/nixpkgs";
  outputs = { self, pkgs }: {
    nixosConfigurations.box = import (pkgs + "/nixos/lib/eval-config.nix") {
      modules = [
        (pkgs + "/nixos/modules/profiles/small.nix")
        ({ modulesPath, ... }: { imports = [ (modulesPath + "/profiles/not-there.nix") ]; })
        ({ lib, ... }: {
          options.own = builtins.listToAttrs (lib.mapAttrsToList (name: value: { inherit name value; }) {
            answer = lib.mkOption { type = lib.types.int; default = lib.answer; };
          });
        })
      ];
    };
    result = (pkgs.lib.evalModules { modules = [ { options.x = pkgs.lib.mkOption { }; config.x = 1; } ]; }).config.x;
  };
}
"#;

#[test]
fn nixpkgs_gives_its_lib_and_files_and_hosts_stay_native() {
    let mut world = World::new(WITH_NIXPKGS, NIXPKGS).give("pkgs", "/sources/nixpkgs");
    let shown = world.modules();
    assert_eq!(shown[0], "pkgs: nixos/modules/profiles/small.nix", "{shown:?}");
    // Another version may have it: nothing is said of what is not there.
    assert!(shown.contains(&"pkgs: nixos/modules/profiles/not-there.nix (absent)".to_string()), "{shown:?}");
    assert!(!shown.iter().any(|it| it.contains("problem")), "{shown:?}");
    assert_eq!(world.options(), ["own.answer", "(profile.small)"]);
    let repository = world.analyze();
    let (_, host) = repository.hosts().next().unwrap();
    assert_eq!(host.facts.options[0].default.as_ref().map(|it| repository.shown(it)).as_deref(), Some("42"));
}

#[test]
fn of_a_lib_alone_the_files_of_nixpkgs_are_not_missing() {
    let lib = NIXPKGS.split("#- /sources/nixpkgs/nixos").next().unwrap();
    let mut world = World::new(WITH_NIXPKGS, lib).give("pkgs", "/sources/nixpkgs");
    let shown = world.modules();
    assert_eq!(shown[0], "pkgs: nixos/modules/profiles/small.nix (absent)", "{shown:?}");
    assert_eq!(world.options(), ["own.answer"]);
}

/// A framework: hosts from folders, and modules that wrap those of the repository.
const PARTS: &str = r#"
#- /sources/parts/flake.nix
{
  outputs = { self, nixpkgs-lib }: {
    lib.mkFlake = { inputs }: module:
      let
        inherit (nixpkgs-lib) lib;
        result = lib.evalModules {
          modules = [ module ./options.nix ];
          specialArgs = { inherit inputs; };
        };
      in
      result.config.flake;
  };
}
#- /sources/parts/options.nix
{ lib, config, inputs, ... }: {
  options.hosts = lib.mkOption { type = lib.types.attrsOf lib.types.deferredModule; };
  options.flake = lib.mkOption { type = lib.types.attrsOf lib.types.raw; };
  config.flake.nixosConfigurations = builtins.mapAttrs (name: module: inputs.nixpkgs.lib.nixosSystem {
    modules = [ { networking.hostName = name; } { _file = ./wrapped.nix; imports = [ module ]; } ];
  }) config.hosts;
}
"#;

const WITH_PARTS: &str = r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.parts.url = "github:somebody/parts";
  inputs.parts.inputs.nixpkgs-lib.follows = "nixpkgs";
  outputs = inputs: inputs.parts.lib.mkFlake { inherit inputs; } {
    hosts.box = ./box.nix;
  };
}
#- /box.nix
{ lib, ... }: { options.box = lib.mkEnableOption "it"; }
"#;

#[test]
fn frameworks_are_evaluated() {
    let mut world = World::new(WITH_PARTS, PARTS).give("parts", "/sources/parts");
    assert_eq!(world.modules(), ["box.nix"]);
    assert_eq!(world.options(), ["box"]);
    let repository = world.analyze();
    let (flake, host) = repository.hosts().next().unwrap();
    assert_eq!(host.output, "nixosConfigurations.box");
    // Nothing points into the framework.
    assert_eq!(host.call, None);
    assert!(host.definition.is_none_or(|origin| origin.file == flake.file));
    assert!(flake.helpers.is_empty(), "{:?}", flake.helpers);
}

#[test]
fn a_folder_that_changed_is_read_again() {
    let mut world = World::new(FLAKE, STORAGE).give("storage", "/sources/storage");
    let before = world.options();
    let counts = world.analyzer.counts();
    world
        .folders
        .set("/sources/storage/inner.nix", "{ lib, ... }: { options.storage.other = lib.mkEnableOption \"it\"; }");
    // Nobody said so yet.
    assert_eq!(world.options(), before);
    assert_eq!(world.analyzer.counts(), counts);
    let mut world = world.changed();
    assert!(world.options().contains(&"(storage.other)".to_string()));
    assert_eq!(world.analyzer.counts().hosts, counts.hosts + 1);
    // The same again: everything holds.
    let counts = world.analyzer.counts();
    let mut world = world.changed();
    world.options();
    assert_eq!(world.analyzer.counts(), Counts { ..counts });
}

#[test]
fn a_source_that_does_not_evaluate_is_as_if_it_were_absent() {
    for flake in ["{ outputs = ", "1", "{ }", "{ outputs = throw \"no\"; }", "{ outputs = { self }: { }; }"] {
        let sources = format!("#- /sources/storage/flake.nix\n{flake}\n");
        let mut world = World::new(FLAKE, &sources).give("storage", "/sources/storage");
        assert_eq!(world.modules(), ["storage: nixosModules.default (absent)", "box.nix"], "{flake}");
    }
}
