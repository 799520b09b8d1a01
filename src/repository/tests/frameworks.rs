//! Frameworks whose source is not at hand: hosts, modules and options as with it.

use expect_test::expect;

use super::{hosts, options};

#[test]
fn haumea_loads_a_folder_of_hosts() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.haumea.url = "github:nix-community/haumea/v0.2.2";
  outputs = { nixpkgs, haumea, ... }: let
    machines = haumea.lib.load {
      src = ./machines;
      inputs = { inherit (nixpkgs) lib; };
      transformer = haumea.lib.transformers.liftDefault;
    };
    modules = haumea.lib.load { src = ./modules; loader = haumea.lib.loaders.path; };
  in {
    nixosConfigurations = builtins.mapAttrs (name: machine: nixpkgs.lib.nixosSystem {
      inherit (machine) system;
      specialArgs = { inherit (machine) role; };
      modules = [ modules.base modules.roles.${machine.role} ] ++ machine.extra;
    }) machines;
  };
}
#- /machines/oak.nix
{ lib, super, root, ... }: { system = "x86_64-linux"; role = "server"; extra = lib.optional root.names.big ../modules/_more.nix; }
#- /machines/_names.nix
{ big = true; }
#- /machines/elm/default.nix
{ super, self, ... }: { system = super.arch.arm; role = "laptop"; }
#- /machines/elm/__arch.nix
{ arm = "aarch64-linux"; }
#- /machines/elm/extra.nix
[ ]
#- /machines/notes.md
no machine
#- /modules/base.nix
{ }
#- /modules/_more.nix
{ }
#- /modules/roles/server.nix
{ role, ... }: { }
#- /modules/roles/laptop.nix
{ role, ... }: { }
"#,
    );
    expect![[r#"
        nixosConfigurations.elm (nixos, aarch64-linux)
          modules/base.nix
          modules/roles/laptop.nix
        nixosConfigurations.oak (nixos, x86_64-linux)
          modules/base.nix
          modules/roles/server.nix
          modules/_more.nix
    "#]]
    .assert_eq(&shown);
}

#[test]
fn flake_utils_plus_makes_hosts_of_attribute_sets() {
    let flake = r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.old.url = "github:NixOS/nixpkgs/nixos-25.05";
  inputs.utils.url = "github:gytis-ivaskevicius/flake-utils-plus";
  inputs.darwin.url = "github:nix-darwin/nix-darwin";
  outputs = { self, utils, darwin, ... }@inputs: let
    modules = utils.lib.exportModules [ ./modules/base.nix ./modules/web.nix ];
  in utils.lib.mkFlake {
    inherit self inputs;
    nixosModules = modules;
    channelsConfig.allowUnfree = true;
    hostDefaults.modules = [ modules.base ];
    hostDefaults.extraArgs.who = "me";
    hosts.oak.modules = [ ./hosts/oak.nix ];
    hosts."org.example.elm" = { system = "aarch64-linux"; channelName = "old"; modules = [ modules.web ]; };
    hosts.mac = {
      system = "aarch64-darwin";
      output = "darwinConfigurations";
      builder = darwin.lib.darwinSystem;
      modules = [ ({ channel, ... }: { custom.role = "mac"; }) ];
    };
    outputsBuilder = channels: { devShells.default = channels.nixpkgs.mkShell { }; };
  };
}
#- /modules/base.nix
{ lib, who, inputs, ... }: { options.custom.role = lib.mkOption { type = lib.types.str; default = who; }; }
#- /modules/web.nix
{ config, ... }: { custom.role = "web in ${config.networking.domain}"; }
#- /hosts/oak.nix
{ channel, oldModulesPath, config, ... }: { custom.role = "server on ${config.networking.hostName}"; }
"#;
    expect![[r#"
        darwinConfigurations.mac (darwin, aarch64-darwin)
          inline in modules/base.nix
          inline in flake.nix
        nixosConfigurations."org.example.elm" (nixos, aarch64-linux)
          inline in modules/base.nix
          inline in modules/web.nix
        nixosConfigurations.oak (nixos, x86_64-linux)
          inline in modules/base.nix
          hosts/oak.nix
    "#]]
    .assert_eq(&hosts(flake));
    expect![[r#"
        custom.role: string = "me"
        nix.generateNixPathFromInputs: boolean = false
        nix.generateRegistryFromInputs: boolean = false
        nix.linkInputs: boolean = false
        set custom.role = "mac" in inline in flake.nix
        set networking.hostName = "mac" (elsewhere) in 
        set nixpkgs.pkgs.input = { __importResult = «function»; _type = "flake"; outPath = …; … } (elsewhere) in 
        set nixpkgs.pkgs.name = "nixpkgs" (elsewhere) in 
    "#]]
    .assert_eq(&options(flake));
}

#[test]
fn snowfall_finds_systems_homes_and_modules_by_their_folders() {
    let flake = r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.home-manager.url = "github:nix-community/home-manager";
  inputs.darwin.url = "github:nix-darwin/nix-darwin";
  inputs.snowfall-lib.url = "github:snowfallorg/lib";
  inputs.disko.url = "github:nix-community/disko";
  outputs = inputs: inputs.snowfall-lib.mkFlake {
    inherit inputs;
    src = ./.;
    snowfall.namespace = "garden";
    systems.modules.nixos = [ inputs.disko.nixosModules.disko ];
    systems.hosts.oak.specialArgs.role = "server";
    homes.modules = [ ./extra/shared.nix ];
    alias.modules.nixos.default = "services/web";
  };
}
#- /lib/options/default.nix
{ lib, namespace, ... }: { flag = description: lib.mkOption { inherit description; type = lib.types.bool; default = false; }; }
#- /modules/nixos/services/web/default.nix
{ lib, config, namespace, inputs, ... }: {
  options.${namespace}.web.enable = lib.${namespace}.flag "a web server";
  config = lib.mkIf config.${namespace}.web.enable { services.nginx.enable = true; };
}
#- /modules/nixos/services/web/helper.nix
{ }
#- /modules/home/shell/parts/prompt.nix
{ }
#- /modules/home/shell/parts/readme.md
no module
#- /modules/home/shell/default.nix
{ lib, namespace, host, ... }: { imports = lib.snowfall.fs.get-non-default-nix-files-recursive ./.; options.${namespace}.shell.enable = lib.${namespace}.flag "a shell"; }
#- /modules/darwin/dock/default.nix
{ format, ... }: { }
#- /systems/x86_64-linux/oak/default.nix
{ role, host, target, lib, ... }: { imports = [ ./hardware.nix ]; garden.web.enable = true; snowfallorg.users.ann.home.config.garden.shell.enable = true; }
#- /systems/x86_64-linux/oak/hardware.nix
{ }
#- /systems/aarch64-darwin/mac/default.nix
{ }
#- /systems/x86_64-iso/rescue/default.nix
{ }
#- /homes/x86_64-linux/ann@oak/default.nix
{ config, namespace, osConfig ? { }, ... }: { home.file.name.text = config.snowfallorg.user.name; }
#- /homes/aarch64-darwin/bob/default.nix
{ lib, ... }: { garden.shell.enable = lib.mkForce true; }
#- /extra/shared.nix
{ }
"#;
    expect![[r#"
        darwinConfigurations.mac (darwin, aarch64-darwin)
          systems/aarch64-darwin/mac/default.nix
          modules/darwin/dock/default.nix
          input home-manager: darwinModules.home-manager
          modules/home/shell/default.nix
        darwinConfigurations.mac:home-manager.users.bob (home, aarch64-darwin)
          modules/home/shell/default.nix
          extra/shared.nix
          homes/aarch64-darwin/bob/default.nix
          modules/home/shell/parts/prompt.nix
        homeConfigurations."ann@oak" (home, x86_64-linux)
          homes/x86_64-linux/ann@oak/default.nix
          modules/home/shell/default.nix
          extra/shared.nix
          modules/home/shell/parts/prompt.nix
        homeConfigurations.bob (home, aarch64-darwin)
          homes/aarch64-darwin/bob/default.nix
          modules/home/shell/default.nix
          extra/shared.nix
          modules/home/shell/parts/prompt.nix
        nixosConfigurations.oak (nixos, x86_64-linux)
          systems/x86_64-linux/oak/default.nix
          modules/nixos/services/web/default.nix
          input disko: nixosModules.disko
          input home-manager: nixosModules.home-manager
          modules/home/shell/default.nix
          systems/x86_64-linux/oak/hardware.nix
        nixosConfigurations.oak:home-manager.users.ann (home, x86_64-linux)
          modules/home/shell/default.nix
          extra/shared.nix
          homes/x86_64-linux/ann@oak/default.nix
          modules/home/shell/parts/prompt.nix
          systems/x86_64-linux/oak/default.nix
          inline in systems/x86_64-linux/oak/default.nix
        problem: attribute nixos-generators is missing
    "#]]
    .assert_eq(&hosts(flake));
    expect![[r#"
        nix.generateNixPathFromInputs: boolean = false
        nix.generateRegistryFromInputs: boolean = false
        nix.linkInputs: boolean = false
        snowfallorg.user: attribute set of (submodule)
        snowfallorg.user.<name>.create: boolean = true
        snowfallorg.user.<name>.home.config: module = { }
        snowfallorg.user.<name>.home.enable: boolean = true
        snowfallorg.user.<name>.home.path: string = "/Users/<name>"
        snowfallorg.users: attribute set of (submodule) = { }
        snowfallorg.users.<name>.create: boolean = true
        snowfallorg.users.<name>.home.config: module = { }
        snowfallorg.users.<name>.home.enable: boolean = true
        snowfallorg.users.<name>.home.path: string = "/Users/<name>"
        set home-manager.extraSpecialArgs = { format = "darwin"; host = "mac"; inputs = { darwin = { … }; disko = { … }; home-manager = { … }; nixpkgs = { … }; self = { … }; snowfall-lib = { … }; }; … } (elsewhere) in 
        set home-manager.sharedModules = [ «function» ] (elsewhere) in 
        set home-manager.sharedModules = [ ./extra/shared.nix ] (elsewhere) in 
        set home-manager.sharedModules = [ "${self}/modules/home/shell/default.nix" ] (elsewhere) in modules/home/shell/default.nix
        set home-manager.useGlobalPkgs = true @1000 (elsewhere) in 
        set home-manager.users.bob = { imports = [ { … } "${self}/homes/aarch64-darwin/bob/default.nix" ]; } (elsewhere) in 
        set networking.hostName = "mac" (elsewhere) in 
        set nixpkgs.pkgs.input = { __importResult = «function»; _type = "flake"; outPath = …; … } (elsewhere) in 
        set nixpkgs.pkgs.name = "nixpkgs" (elsewhere) in 
        set snowfallorg.users = { bob = { home = { … }; }; } in 
        set snowfallorg.users.bob.home.config = { _module = { args = { … }; }; snowfallorg = { user = { … }; }; } in 
        set users.users.bob.home = "/Users/bob" @1000 (elsewhere) in 
        set users.users.bob.isHidden = false @1000 (elsewhere) in 
        set warnings = [ ] if ? (elsewhere) in 
    "#]].assert_eq(&options(flake));
}

#[test]
fn blueprint_finds_hosts_users_and_modules_by_their_folders() {
    let flake = r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.home-manager.url = "github:nix-community/home-manager";
  inputs.nix-darwin.url = "github:nix-darwin/nix-darwin";
  inputs.blueprint.url = "github:numtide/blueprint";
  outputs = inputs: inputs.blueprint { inherit inputs; prefix = "nix/"; systems = [ "x86_64-linux" ]; };
}
#- /nix/hosts/oak/configuration.nix
{ flake, inputs, hostName, perSystem, ... }: { imports = [ flake.nixosModules.web flake.modules.shared.base ]; nixpkgs.hostPlatform = "x86_64-linux"; }
#- /nix/hosts/oak/users/ann.nix
{ flake, osConfig, ... }: { imports = [ flake.homeModules.shell ]; }
#- /nix/hosts/oak/users/bob/home-configuration.nix
{ ... }: { }
#- /nix/hosts/oak/users/eve/notes.md
no home
#- /nix/hosts/mac/darwin-configuration.nix
{ hostName, ... }: { custom.role = hostName; }
#- /nix/hosts/elm/default.nix
{ inputs, hostName, ... }: { class = "nixos"; value = inputs.nixpkgs.lib.nixosSystem { system = "aarch64-linux"; modules = [ ./elm.nix { networking = { inherit hostName; }; } ]; }; }
#- /nix/hosts/elm/elm.nix
{ }
#- /nix/modules/nixos/web/default.nix
{ flake, inputs }: { lib, ... }: { options.custom.role = lib.mkOption { type = lib.types.enum flake.lib.roles; default = "web"; }; }
#- /nix/modules/home/shell.nix
{ pkgs, ... }: { }
#- /nix/modules/shared/base.nix
{ config, ... }: { custom.role = "none"; }
#- /nix/lib/default.nix
{ flake, inputs, ... }: { roles = [ "web" "none" ]; }
#- /nix/packages/tool.nix
{ pkgs, pname, perSystem, ... }: pkgs.hello
"#;
    expect![[r#"
        darwinConfigurations.mac (darwin, ?)
          nix/hosts/mac/darwin-configuration.nix
        legacyPackages.x86_64-linux.homeConfigurations."ann@oak" (home, x86_64-linux)
          nix/hosts/oak/users/ann.nix
          nix/modules/home/shell.nix
        legacyPackages.x86_64-linux.homeConfigurations."bob@oak" (home, x86_64-linux)
          nix/hosts/oak/users/bob/home-configuration.nix
        nixosConfigurations.elm (nixos, aarch64-linux)
          nix/hosts/elm/elm.nix
          inline in nix/hosts/elm/default.nix
        nixosConfigurations.oak (nixos, x86_64-linux)
          nix/hosts/oak/configuration.nix
          nix/modules/nixos/web/default.nix
          nix/modules/shared/base.nix
          input home-manager: nixosModules.default
          inline in nix/modules/nixos/web/default.nix
        nixosConfigurations.oak:home-manager.users.ann (home, x86_64-linux)
          nix/hosts/oak/users/ann.nix
          nix/modules/home/shell.nix
        nixosConfigurations.oak:home-manager.users.bob (home, x86_64-linux)
          nix/hosts/oak/users/bob/home-configuration.nix
    "#]]
    .assert_eq(&hosts(flake));
}

#[test]
fn nixos_unified_wires_folders_of_configurations() {
    let flake = r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.flake-parts.url = "github:hercules-ci/flake-parts";
  inputs.home-manager.url = "github:nix-community/home-manager";
  inputs.nix-darwin.url = "github:nix-darwin/nix-darwin";
  inputs.nixos-unified.url = "github:srid/nixos-unified";
  outputs = inputs: inputs.nixos-unified.lib.mkFlake { inherit inputs; root = ./.; systems = [ "x86_64-linux" ]; };
}
#- /modules/flake/toplevel.nix
{ inputs, root, ... }: { imports = [ inputs.nixos-unified.flakeModules.default inputs.nixos-unified.flakeModules.autoWire ]; }
#- /configurations/nixos/oak/default.nix
{ flake, ... }: { imports = [ flake.inputs.self.nixosModules.web ]; home-manager.users.ann = flake.inputs.self.homeModules.shell; custom.ssh.enable = true; nixos-unified.sshTarget = "ann@oak"; }
#- /configurations/darwin/mac.nix
{ flake, rosettaPkgs, ... }: { }
#- /configurations/home/ann.nix
{ flake, ... }: { imports = [ flake.self.homeModules.shell ]; }
#- /modules/nixos/web.nix
{ lib, flake, ... }: { options.custom.ssh.enable = lib.mkEnableOption "ssh"; }
#- /modules/home/shell.nix
{ flake, ... }: { }
"#;
    expect![[r#"
        darwinConfigurations.mac (darwin, ?)
          configurations/darwin/mac.nix
          input home-manager: darwinModules.home-manager
        legacyPackages.x86_64-linux.homeConfigurations.ann (home, x86_64-linux)
          configurations/home/ann.nix
          modules/home/shell.nix
        nixosConfigurations.oak (nixos, ?)
          configurations/nixos/oak/default.nix
          inline in configurations/nixos/oak/default.nix
          input home-manager: nixosModules.home-manager
          modules/nixos/web.nix
        nixosConfigurations.oak:home-manager.users.ann (home, ?)
          configurations/nixos/oak/default.nix
          modules/home/shell.nix
    "#]]
    .assert_eq(&hosts(flake));
}

#[test]
fn ez_configs_makes_hosts_and_homes_of_files() {
    let flake = r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.flake-parts.url = "github:hercules-ci/flake-parts";
  inputs.home-manager.url = "github:nix-community/home-manager";
  inputs.ez-configs.url = "github:ehllie/ez-configs";
  outputs = inputs: inputs.flake-parts.lib.mkFlake { inherit inputs; } {
    systems = [ ];
    imports = [ inputs.ez-configs.flakeModule ];
    ezConfigs = {
      root = ./.;
      globalArgs = { inherit inputs; };
      nixos.hosts.oak.userHomeModules = [ "ann" ];
      home.users.bob.standalone = { enable = true; pkgs = inputs.nixpkgs.legacyPackages.aarch64-linux; };
      home.users.ann.nameFunction = host: "ann-on-${host}";
    };
  };
}
#- /nixos-configurations/oak/default.nix
{ ezModules, inputs, ... }: { imports = [ ezModules.web ]; nixpkgs.hostPlatform = "x86_64-linux"; }
#- /nixos-configurations/elm.nix
{ nixpkgs.hostPlatform = "aarch64-linux"; }
#- /nixos-modules/default.nix
{ lib, ... }: { options.custom.web.enable = lib.mkEnableOption "web"; }
#- /nixos-modules/web.nix
{ custom.web.enable = true; }
#- /home-configurations/ann.nix
{ osConfig, ezModules, ... }: { imports = [ ezModules.shell ]; }
#- /home-configurations/bob/default.nix
{ }
#- /home-modules/default.nix
{ }
#- /home-modules/linux.nix
{ }
#- /home-modules/shell.nix
{ }
"#;
    expect![[r#"
        homeConfigurations.ann-on-elm (home, aarch64-linux)
          home-configurations/ann.nix
          home-modules/default.nix
          home-modules/linux.nix
          home-modules/shell.nix
        homeConfigurations.ann-on-oak (home, x86_64-linux)
          home-configurations/ann.nix
          home-modules/default.nix
          home-modules/linux.nix
          home-modules/shell.nix
        homeConfigurations.bob (home, aarch64-linux)
          home-configurations/bob/default.nix
          home-modules/default.nix
          home-modules/linux.nix
        nixosConfigurations.elm (nixos, aarch64-linux)
          nixos-configurations/elm.nix
          nixos-modules/default.nix
        nixosConfigurations.oak (nixos, x86_64-linux)
          nixos-configurations/oak/default.nix
          nixos-modules/default.nix
          input home-manager: nixosModules.default
          nixos-modules/web.nix
        nixosConfigurations.oak:home-manager.users.ann (home, x86_64-linux)
          home-configurations/ann.nix
          home-modules/default.nix
          home-modules/linux.nix
          home-modules/shell.nix
    "#]]
    .assert_eq(&hosts(flake));
}

#[test]
fn easy_hosts_builds_the_hosts_of_its_option_and_of_a_folder() {
    let flake = r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.flake-parts.url = "github:hercules-ci/flake-parts";
  inputs.darwin.url = "github:nix-darwin/nix-darwin";
  inputs.easy-hosts.url = "github:tgirlcloud/easy-hosts";
  outputs = inputs: inputs.flake-parts.lib.mkFlake { inherit inputs; } {
    systems = [ "x86_64-linux" ];
    imports = [ inputs.easy-hosts.flakeModule ];
    easy-hosts = {
      autoConstruct = true;
      path = ./machines;
      shared.modules = [ ./modules/base.nix ];
      perClass = class: { modules = [ ./modules/${class}.nix ]; };
      perTag = tag: { modules = [ ./modules/${tag}.nix ]; };
      hosts.oak = { tags = [ "web" ]; specialArgs.role = "server"; };
      hosts.elm = { class = "darwin"; arch = "aarch64"; path = ./elsewhere/elm.nix; };
    };
  };
}
#- /machines/x86_64-nixos/oak/default.nix
{ role, inputs, self', ... }: { custom.web.port = 80; }
#- /elsewhere/elm.nix
{ }
#- /modules/base.nix
{ lib, ... }: { options.custom.web.port = lib.mkOption { type = lib.types.port; default = 8080; }; }
#- /modules/nixos.nix
{ }
#- /modules/darwin.nix
{ }
#- /modules/web.nix
{ config, lib, ... }: { imports = [ ]; }
"#;
    expect![[r#"
        darwinConfigurations.elm (darwin, aarch64-darwin)
          elsewhere/elm.nix
          modules/base.nix
          modules/darwin.nix
        nixosConfigurations.oak (nixos, x86_64-linux)
          machines/x86_64-nixos/oak/default.nix
          modules/base.nix
          modules/web.nix
          modules/nixos.nix
    "#]]
    .assert_eq(&hosts(flake));
}

#[test]
fn lite_config_makes_hosts_of_a_table() {
    let flake = r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.flake-parts.url = "github:hercules-ci/flake-parts";
  inputs.home-manager.url = "github:nix-community/home-manager";
  inputs.nix-darwin.url = "github:nix-darwin/nix-darwin";
  inputs.lite-config.url = "github:yelite/lite-config";
  outputs = inputs: inputs.flake-parts.lib.mkFlake { inherit inputs; } {
    imports = [ inputs.lite-config.flakeModule ];
    lite-config = {
      hostModuleDir = ./hosts;
      hosts.oak.system = "x86_64-linux";
      hosts.mac = { system = "aarch64-darwin"; hostModule = ./hosts/laptop.nix; };
      systemModules = [ ./modules/base.nix ];
      homeModules = [ ./modules/shell.nix ];
      homeConfigurations.ann = { custom.name = "Ann"; };
    };
  };
}
#- /hosts/oak/default.nix
{ hostPlatform, inputs, ... }: { home-manager.users.ann = { }; }
#- /hosts/laptop.nix
{ }
#- /modules/base.nix
{ }
#- /modules/shell.nix
{ hostPlatform, lib, ... }: { options.custom.name = lib.mkOption { type = lib.types.str; }; }
"#;
    expect![[r#"
        darwinConfigurations.mac (darwin, aarch64-darwin)
          input home-manager: darwinModules.default
          hosts/laptop.nix
          modules/base.nix
        nixosConfigurations.oak (nixos, x86_64-linux)
          hosts/oak/default.nix
          input home-manager: nixosModules.default
          modules/base.nix
        nixosConfigurations.oak:home-manager.users.ann (home, x86_64-linux)
          hosts/oak/default.nix
          inline in hosts/oak/default.nix
          modules/shell.nix
    "#]]
    .assert_eq(&hosts(flake));
}

#[test]
fn flakegen_takes_the_outputs_of_another_file() {
    let flake = r#"
#- /flake.nix
# Generated from flake.in.nix.
{
  inputs = {
    flakegen.url = "github:jorsn/flakegen";
    nixpkgs.url = "github:NixOS/nixpkgs";
  };
  outputs = inputs: inputs.flakegen ./flake.in.nix inputs;
}
#- /flake.in.nix
{
  inputs = import ./inputs.nix;
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.oak = nixpkgs.lib.nixosSystem { system = "x86_64-linux"; modules = [ ./oak.nix ]; };
  };
}
#- /oak.nix
{ }
"#;
    expect![[r#"
        nixosConfigurations.oak (nixos, x86_64-linux)
          oak.nix
    "#]]
    .assert_eq(&hosts(flake));
}

#[test]
fn unify_gives_each_class_its_part_of_a_module() {
    let flake = r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.home-manager.url = "github:nix-community/home-manager";
  inputs.flake-parts.url = "github:hercules-ci/flake-parts";
  inputs.unify.url = "git+https://codeberg.org/quasigod/unify";
  outputs = inputs: inputs.flake-parts.lib.mkFlake { inherit inputs; } {
    systems = [ "x86_64-linux" ];
    imports = [ inputs.unify.flakeModule ./modules/shell.nix ./hosts/oak.nix ];
    unify.nixos = ./modules/base.nix;
  };
}
#- /modules/base.nix
{ hostConfig, ... }: { networking.domain = hostConfig.zone; }
#- /modules/shell.nix
{ lib, ... }: {
  unify.options.zone = lib.mkOption { type = lib.types.str; default = "example.org"; };
  unify.modules.shell = {
    nixos = ./shell/system.nix;
    home = ./shell/home.nix;
  };
  unify.modules.other.nixos = ./shell/other.nix;
}
#- /modules/shell/system.nix
{ lib, ... }: { options.custom.shell = lib.mkOption { type = lib.types.str; }; }
#- /modules/shell/home.nix
{ }
#- /modules/shell/other.nix
{ }
#- /hosts/oak.nix
{ config, ... }: {
  unify.hosts.nixos.oak = {
    modules = with config.unify.modules; [ shell ];
    nixos = ./oak/configuration.nix;
    users.ada.modules = config.unify.hosts.nixos.oak.modules;
  };
}
#- /hosts/oak/configuration.nix
{ nixpkgs.hostPlatform = "x86_64-linux"; custom.shell = "fish"; }
"#;
    expect![[r#"
        nixosConfigurations.oak (nixos, x86_64-linux)
          modules/base.nix
          hosts/oak.nix
          input home-manager: nixosModules.home-manager
          hosts/oak/configuration.nix
          modules/shell.nix
          modules/shell/system.nix
        nixosConfigurations.oak:home-manager.users.ada (home, x86_64-linux)
          modules/shell.nix
          modules/shell/home.nix
    "#]]
    .assert_eq(&hosts(flake));
}
