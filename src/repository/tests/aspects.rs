//! den, flake-aspects and flake-file: hosts as entities, configured by aspects that many files say parts of.

use expect_test::expect;

use super::hosts;

#[test]
fn den_hosts_get_the_aspects_of_themselves_and_of_their_users() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  outputs = inputs: inputs.flake-parts.lib.mkFlake { inherit inputs; } (inputs.import-tree ./modules);
  inputs.flake-parts.url = "github:hercules-ci/flake-parts";
  inputs.import-tree.url = "github:vic/import-tree";
  inputs.flake-file.url = "github:vic/flake-file";
  inputs.den.url = "github:vic/den";
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.home-manager.url = "github:nix-community/home-manager";
}
#- /modules/den.nix
{ inputs, den, lib, ... }: {
  imports = [ inputs.den.flakeModule inputs.flake-file.flakeModules.dendritic ];
  flake-file.inputs.den.url = lib.mkDefault "github:vic/den";
  den.default.includes = [ den.provides.define-user den.provides.mutual-provider ];
  den.schema.user.classes = lib.mkDefault [ "homeManager" ];
  den.schema.host.includes = [ { nixos.imports = [ ../parts/every.nix ]; } ];
}
#- /modules/hosts.nix
{
  den.hosts.x86_64-linux.oak.users.ann = { };
  den.hosts.aarch64-linux.elm = { };
  den.hosts.ash = { system = "aarch64-linux"; class = "droid"; };
  den.homes.x86_64-linux."ann@oak" = { };
  den.homes.x86_64-linux.ann = { };
}
#- /modules/oak.nix
{ den, ... }: {
  den.aspects.oak = {
    includes = with den.aspects; [ hardware.cpu.amd (desk "gnome") den.batteries.something-new ];
    nixos = { imports = [ ../parts/oak.nix ]; };
    provides.ann.homeManager = ../parts/ann-on-oak.nix;
  };
  den.aspects.desk = which: { nixos.imports = [ (../parts + "/${which}.nix") ]; };
  den.aspects.elm.darwin = { imports = [ ../parts/none.nix ]; };
}
#- /modules/hardware/amd.nix
{ den.aspects.hardware.cpu.amd.nixos.imports = [ ../../parts/amd.nix ]; }
#- /modules/hardware/arm.nix
{ den.aspects.hardware.cpu.arm.nixos.imports = [ ../../parts/none.nix ]; }
#- /modules/ann.nix
{ den.aspects.ann = { nixos = ../parts/ann-at-os.nix; homeManager = ../parts/ann.nix; }; }
#- /modules/ann-more.nix
{ lib, ... }: {
  den.aspects.ann.includes = [
    ({ host, user }: { homeManager.imports = [ (../parts + "/${user.userName}-at-${host.name}.nix") ]; })
    ({ home }: { homeManager.imports = [ ../parts/alone.nix ]; })
  ];
}
#- /parts/every.nix
{ }
#- /parts/oak.nix
{ }
#- /parts/amd.nix
{ }
#- /parts/gnome.nix
{ }
#- /parts/ann.nix
{ }
#- /parts/ann-at-os.nix
{ }
#- /parts/ann-at-oak.nix
{ }
#- /parts/ann-on-oak.nix
{ }
#- /parts/alone.nix
{ }
"#,
    );
    expect![[r#"
        homeConfigurations."ann@oak" (home, x86_64-linux)
          inline in modules/ann-more.nix
          modules/ann.nix
          parts/alone.nix
          parts/ann.nix
        homeConfigurations.ann (home, x86_64-linux)
          inline in modules/ann-more.nix
          modules/ann.nix
          parts/alone.nix
          parts/ann.nix
        nixosConfigurations.elm (nixos, aarch64-linux)
          inline in modules/den.nix
          parts/every.nix
        nixosConfigurations.oak (nixos, x86_64-linux)
          inline in modules/oak.nix
          input den: provides.something-new
          inline in modules/den.nix
          input home-manager: nixosModules.home-manager
          modules/oak.nix
          modules/hardware/amd.nix
          parts/gnome.nix
          parts/every.nix
          modules/ann.nix
          inline in modules/oak.nix
          inline in modules/hardware/amd.nix
          parts/ann-at-os.nix
          parts/oak.nix
          parts/amd.nix
        nixosConfigurations.oak:home-manager.users.ann (home, x86_64-linux)
          inline in modules/ann-more.nix
          modules/ann.nix
          parts/ann-at-oak.nix
          modules/oak.nix
          parts/ann.nix
          parts/ann-on-oak.nix
    "#]]
    .assert_eq(&shown);
}

#[test]
fn flake_aspects_become_modules_by_class() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  inputs.flake-parts.url = "github:hercules-ci/flake-parts";
  inputs.flake-aspects.url = "github:vic/flake-aspects";
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  outputs = inputs: inputs.flake-parts.lib.mkFlake { inherit inputs; } {
    imports = [ inputs.flake-parts.flakeModules.modules inputs.flake-aspects.flakeModule ./a.nix ./b.nix ./host.nix ];
  };
}
#- /a.nix
{ config, ... }: {
  flake.aspects = { aspects, ... }: {
    server = { includes = [ aspects.ssh ({ class, ... }: { ${class} = ./x.nix; }) ]; nixos = { imports = [ ./y.nix ]; }; };
  };
}
#- /b.nix
{ flake.aspects.ssh = { nixos = ./ssh.nix; homeManager = ./home.nix; }; }
#- /host.nix
{ inputs, config, ... }: {
  flake.nixosConfigurations.a = inputs.nixpkgs.lib.nixosSystem { modules = [ config.flake.modules.nixos.server ]; };
}
#- /x.nix
{ }
#- /y.nix
{ }
#- /ssh.nix
{ }
#- /home.nix
{ }
"#,
    );
    expect![[r#"
        nixosConfigurations.a (nixos, ?)
          inline in host.nix
          a.nix
          x.nix
          inline in a.nix
          b.nix
          y.nix
          ssh.nix
    "#]]
    .assert_eq(&shown);
}
