//! Tools that deploy hosts, and what they make of hosts themselves.

use expect_test::expect;

use super::hosts;

#[test]
fn the_nodes_of_a_hive_are_hosts() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.colmena.url = "github:zhaofengli/colmena";
  outputs = { self, nixpkgs, colmena, ... }: let
    pkgs = import nixpkgs { system = "x86_64-linux"; };
    machines = pkgs.callPackage ./machines.nix { };
  in {
    nixosConfigurations.both = nixpkgs.lib.nixosSystem { modules = [ ./both.nix ]; };
    colmena = {
      meta = { nixpkgs = pkgs; specialArgs.where = "rack"; nodeSpecialArgs.a.where = "desk"; };
      defaults = ./defaults.nix;
      both = ./both.nix;
    } // machines;
  };
}
#- /machines.nix
{ lib, stdenv }: lib.genAttrs [ "a" "b" ] (name: { where, ... }: { imports = [ (./. + "/${where}.nix") ]; deployment.targetHost = name; })
#- /defaults.nix
{ name, nodes, ... }: { networking.hostName = name; }
#- /both.nix
{ }
#- /rack.nix
{ }
#- /desk.nix
{ }
"#,
    );
    expect![[r#"
        colmena.a (nixos, x86_64-linux)
          defaults.nix
          inline in machines.nix
          desk.nix
        colmena.b (nixos, x86_64-linux)
          defaults.nix
          inline in machines.nix
          rack.nix
        nixosConfigurations.both (nixos, ?)
          both.nix
    "#]]
    .assert_eq(&shown);
    let shown = hosts(
        r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.colmena.url = "github:zhaofengli/colmena";
  outputs = { self, nixpkgs, colmena, ... }: {
    colmenaHive = colmena.lib.makeHive { meta.nixpkgs = import nixpkgs { system = "x86_64-linux"; }; a = ./a.nix; };
    deploy.nodes.a.profiles.system.path = self.colmenaHive.nodes.a;
  };
}
#- /a.nix
{ }
"#,
    );
    expect![[r#"
        colmenaHive.nodes.a (nixos, x86_64-linux)
          a.nix
    "#]]
    .assert_eq(&shown);
}

#[test]
fn clan_machines_come_from_the_inventory_from_folders_and_from_roles() {
    let flake = r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.nix-darwin.url = "github:nix-darwin/nix-darwin";
  inputs.clan-core.url = "https://git.clan.lol/clan/clan-core/archive/main.zip";
  inputs.flake-parts.url = "github:hercules-ci/flake-parts";
  outputs = OUTPUTS;
}
#- /clan.nix
{
  meta.name = "test";
  inventory.machines.mac = { machineClass = "darwin"; tags = [ "desk" ]; };
  inventory.instances = {
    ssh = { module = { name = "sshd"; input = "clan-core"; }; roles.server.tags.all = { }; };
    own = {
      module = { name = "own"; input = "self"; };
      roles.reader.machines.web.settings.which = "read";
      roles.reader.extraModules = [ ./extra.nix ];
    };
  };
  modules.own = { lib, ... }: {
    _class = "clan.service";
    manifest.name = "own";
    roles.reader = {
      interface = { lib, ... }: { options.which = lib.mkOption { type = lib.types.str; }; };
      perInstance = { settings, machine, ... }: { nixosModule = { ... }: { imports = [ (./. + "/${settings.which}.nix") ]; }; };
    };
  };
  machines.web = { _class, ... }: { imports = [ (./. + "/${_class}.nix") ]; };
}
#- /machines/web/configuration.nix
{ clan-core, ... }: { imports = [ clan-core.clanModules.state ]; }
#- /machines/web/disko.nix
{ }
#- /machines/db/configuration.nix
{ }
#- /extra.nix
{ }
#- /read.nix
{ }
#- /nixos.nix
{ }
"#;
    let with_parts = "inputs: inputs.flake-parts.lib.mkFlake { inherit inputs; } {
    imports = [ inputs.clan-core.flakeModules.default ];
    clan = { imports = [ ./clan.nix ]; };
  }";
    let plain = "{ self, clan-core, ... }: let clan = clan-core.lib.clan { inherit self; imports = [ ./clan.nix ]; };
    in { inherit (clan.config) nixosConfigurations darwinConfigurations; }";
    let shown = hosts(&flake.replace("OUTPUTS", with_parts));
    expect![[r#"
        darwinConfigurations.mac (darwin, ?)
          input clan-core: darwinModules.clanCore
          input clan-core: clan.modules.sshd
        nixosConfigurations.db (nixos, ?)
          input clan-core: nixosModules.clanCore
          machines/db/configuration.nix
          input clan-core: clan.modules.sshd
        nixosConfigurations.web (nixos, ?)
          input clan-core: nixosModules.clanCore
          machines/web/configuration.nix
          machines/web/disko.nix
          inline in clan.nix
          extra.nix
          input clan-core: clan.modules.sshd
          input clan-core: clanModules.state
          read.nix
          clan.nix
          inline in clan.nix
          nixos.nix
    "#]]
    .assert_eq(&shown);
    assert_eq!(hosts(&flake.replace("OUTPUTS", plain)), shown);
}

#[test]
fn an_image_of_nixos_generators_holds_a_host() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  inputs.nixos-generators.url = "github:nix-community/nixos-generators";
  outputs = { nixos-generators, ... }: {
    packages.x86_64-linux.iso = nixos-generators.nixosGenerate {
      system = "x86_64-linux";
      specialArgs.who = "installer";
      modules = [ ({ who, ... }: { imports = [ (./. + "/${who}.nix") ]; }) ];
      format = "iso";
    };
  };
}
#- /installer.nix
{ }
"#,
    );
    expect![[r#"
        packages.x86_64-linux.iso (nixos, x86_64-linux)
          inline in flake.nix
          input nixos-generators: nixosModules.iso
          installer.nix
    "#]]
    .assert_eq(&shown);
}
