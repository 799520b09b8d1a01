//! Every way to build a host.

use expect_test::expect;

use super::hosts;

#[test]
fn a_plain_host_with_a_user() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  inputs.home-manager.url = "github:nix-community/home-manager";
  inputs.disko.url = "github:nix-community/disko";
  outputs = { self, nixpkgs, home-manager, ... }@inputs: {
    nixosConfigurations.a = nixpkgs.lib.nixosSystem {
      system = "x86_64-linux";
      specialArgs = { inherit inputs; role = "server"; };
      modules = [
        ./host.nix
        home-manager.nixosModules.home-manager
        { home-manager.users.alice = import ./home.nix; home-manager.sharedModules = [ ./shared.nix ]; }
      ];
    };
  };
}
#- /host.nix
{ inputs, role, ... }: { imports = [ inputs.disko.nixosModules.disko or ./none.nix (./roles + "/${role}.nix") ]; }
#- /roles/server.nix
{ lib, modulesPath, ... }: { imports = lib.optional (lib ? mkForce) ./always.nix ++ [ (modulesPath + "/profiles/minimal.nix") ]; }
#- /roles/always.nix
{ }
#- /home.nix
{ ... }: { }
#- /shared.nix
{ ... }: { }
"#,
    );
    expect![[r#"
        nixosConfigurations.a (nixos, x86_64-linux)
          host.nix
          input home-manager: nixosModules.home-manager
          inline in flake.nix
          input disko: nixosModules.disko
          roles/server.nix
          roles/always.nix
          input nixpkgs: nixos/modules/profiles/minimal.nix
        nixosConfigurations.a:home-manager.users.alice (home, x86_64-linux)
          inline in home.nix
          shared.nix
    "#]]
    .assert_eq(&shown);
}

#[test]
fn hosts_found_by_looking_into_a_folder_through_an_extended_lib() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  inputs.nixpkgs-weekly.url = "https://flakehub.com/f/DeterminateSystems/nixpkgs-weekly/0.1";
  outputs = { self, nixpkgs-weekly, ... }: let
    lib = nixpkgs-weekly.lib.extend (import ./lib.nix);
    mkSystem = name: path: lib.nixosSystem {
      system = (lib.readMeta path).system or "x86_64-linux";
      specialArgs.hostName = name;
      modules = [ path { networking.hostName = name; } ] ++ lib.attrValues (lib.discover ./modules);
    };
  in { nixosConfigurations = lib.mapAttrs mkSystem (lib.discover ./systems); };
}
#- /lib.nix
final: prev: {
  discover = dir: prev.mapAttrs' (name: _: { name = final.removeSuffix ".nix" name; value = dir + "/${name}"; })
    (prev.filterAttrs (name: type: type == "directory" && builtins.pathExists (dir + "/${name}/default.nix") || final.hasSuffix ".nix" name) (builtins.readDir dir));
  readMeta = path: if builtins.pathExists (path + "/meta.json") then builtins.fromJSON (builtins.readFile (path + "/meta.json")) else { };
}
#- /modules/base.nix
{ lib, ... }: { imports = lib.attrValues (lib.discover ./extra); }
#- /modules/extra/x/default.nix
{ }
#- /modules/extra/y/readme.md
no module
#- /systems/one/default.nix
{ }
#- /systems/one/meta.json
{ "system": "aarch64-linux" }
#- /systems/two.nix
{ hostName, ... }: { }
"#,
    );
    expect![[r#"
        nixosConfigurations.one (nixos, aarch64-linux)
          systems/one/default.nix
          inline in flake.nix
          modules/base.nix
          modules/extra/x/default.nix
        nixosConfigurations.two (nixos, x86_64-linux)
          systems/two.nix
          inline in flake.nix
          modules/base.nix
          modules/extra/x/default.nix
    "#]]
    .assert_eq(&shown);
}

#[test]
fn standalone_homes_darwin_and_droid() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { nixpkgs, home-manager, darwin, nix-on-droid, ... }: {
    homeConfigurations."me@box" = home-manager.lib.homeManagerConfiguration {
      pkgs = nixpkgs.legacyPackages.aarch64-linux;
      extraSpecialArgs.who = "me";
      modules = [ ({ who, ... }: { imports = [ ./${who}.nix ]; }) ];
    };
    darwinConfigurations.mac = darwin.lib.darwinSystem {
      modules = [ { nixpkgs.hostPlatform = "aarch64-darwin"; } home-manager.darwinModules.default { home-manager.users.me = ./me.nix; } ];
    };
    nixOnDroidConfigurations.phone = nix-on-droid.lib.nixOnDroidConfiguration {
      pkgs = import nixpkgs { system = "aarch64-linux"; };
      modules = [ ./phone.nix ];
    };
  };
}
#- /me.nix
{ }
#- /phone.nix
{ home-manager.config = ./me.nix; home-manager.useGlobalPkgs = true; }
"#,
    );
    expect![[r#"
        darwinConfigurations.mac (darwin, aarch64-darwin)
          inline in flake.nix
          input home-manager: darwinModules.default
          inline in flake.nix
        darwinConfigurations.mac:home-manager.users.me (home, aarch64-darwin)
          me.nix
        homeConfigurations."me@box" (home, aarch64-linux)
          inline in flake.nix
          me.nix
        nixOnDroidConfigurations.phone (droid, aarch64-linux)
          phone.nix
        nixOnDroidConfigurations.phone:home-manager.config (home, aarch64-linux)
          phone.nix
          me.nix
    "#]]
    .assert_eq(&shown);
}

#[test]
fn flake_parts_with_modules_by_class() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  outputs = inputs: inputs.flake-parts.lib.mkFlake { inherit inputs; } {
    systems = [ "x86_64-linux" ];
    imports = [ inputs.flake-parts.flakeModules.modules ./hosts.nix ./desktop.nix ];
    perSystem = { pkgs, system, ... }: { packages.hello = pkgs.hello; };
  };
  inputs.flake-parts.url = "github:hercules-ci/flake-parts";
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
}
#- /hosts.nix
{ inputs, config, ... }: {
  flake.nixosConfigurations.a = inputs.nixpkgs.lib.nixosSystem { modules = [ config.flake.modules.nixos.desktop ]; };
}
#- /desktop.nix
{ flake.modules.nixos.desktop = { pkgs, ... }: { imports = [ ./sound.nix ]; }; }
#- /sound.nix
{ }
"#,
    );
    expect![[r#"
        nixosConfigurations.a (nixos, ?)
          inline in hosts.nix
          desktop.nix
          inline in desktop.nix
          sound.nix
    "#]]
    .assert_eq(&shown);
}

#[test]
fn a_flake_module_that_is_not_at_hand_may_define_packages() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  outputs = inputs: inputs.flake-parts.lib.mkFlake { inherit inputs; specialArgs.lib = inputs.nixpkgs.lib.extend (final: prev: { own = name: name; }); } {
    systems = [ "x86_64-linux" ];
    imports = [ inputs.tools.flakeModules.patches ({ lib, ... }: { flake.named = lib.own "x"; perSystem = { lib, ... }: { packages.own = lib.own "y"; }; }) { flake.wrappers.a = { }; } { flake.wrappers.b = ./box.nix; } ];
    perSystem = { pkgs, config, ... }: { packages.hello = pkgs.hello; formatter = config.tools.wrapper; };
    flake.nixosConfigurations.box = inputs.nixpkgs.lib.nixosSystem {
      modules = [ (inputs.self.packages.x86_64-linux.patched + "/module.nix") inputs.self.wrappers.b (./. + "/${inputs.self.packages.x86_64-linux.own}.nix") ({ pkgs, ... }: { imports = [ ]; networking.hostName = pkgs.lib.own "z"; }) ./box.nix ];
    };
  };
  inputs.flake-parts.url = "github:hercules-ci/flake-parts";
  inputs.tools.url = "github:somebody/tools";
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
}
#- /box.nix
{ }
#- /y.nix
{ }
"#,
    );
    expect![[r#"
        nixosConfigurations.box (nixos, ?)
          unknown: computed from config._module.args.flakeModulesNotAtHand
          unknown: config._module.args.flakeModulesNotAtHand.b
          y.nix
          inline in flake.nix
          box.nix
    "#]]
    .assert_eq(&shown);
}

#[test]
fn the_name_of_the_system_is_that_of_the_host() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.home-manager.url = "github:nix-community/home-manager";
  outputs = { nixpkgs, home-manager, ... }: {
    nixosConfigurations.a = nixpkgs.lib.nixosSystem {
      modules = [
        home-manager.nixosModules.default
        ({ config, ... }: { networking.hostName = "box"; home-manager.users.ann.imports = [ (./. + "/${config.system.name}.nix") ]; })
      ];
    };
  };
}
#- /box.nix
{ }
"#,
    );
    expect![[r#"
        nixosConfigurations.a (nixos, ?)
          input home-manager: nixosModules.default
          inline in flake.nix
        nixosConfigurations.a:home-manager.users.ann (home, ?)
          inline in flake.nix
          box.nix
    "#]]
    .assert_eq(&shown);
}

#[test]
fn functions_that_modules_share_with_each_other() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.home-manager.url = "github:nix-community/home-manager";
  outputs = { nixpkgs, home-manager, ... }: {
    nixosConfigurations.a = nixpkgs.lib.nixosSystem {
      modules = [
        home-manager.nixosModules.default
        { lib.own.home = name: ./. + "/${name}.nix"; nixpkgs.hostPlatform = "x86_64-linux"; }
        ({ config, ... }: { home-manager.users.ann.imports = [ (config.lib.own.home config.nixpkgs.hostPlatform.system) ]; })
      ];
    };
  };
}
#- /x86_64-linux.nix
{ }
"#,
    );
    expect![[r#"
        nixosConfigurations.a (nixos, x86_64-linux)
          input home-manager: nixosModules.default
          inline in flake.nix
          inline in flake.nix
        nixosConfigurations.a:home-manager.users.ann (home, x86_64-linux)
          inline in flake.nix
          x86_64-linux.nix
    "#]]
    .assert_eq(&shown);
}

#[test]
fn the_classic_entry_points() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.config = import (nixpkgs + "/nixos/lib/eval-config.nix") { system = "x86_64-linux"; modules = [ ./a.nix ]; };
    nixosConfigurations.text = import "${nixpkgs}/nixos" { configuration = ./a.nix; system = "aarch64-linux"; };
  };
}
#- /a.nix
{ }
"#,
    );
    expect![[r#"
        nixosConfigurations.config (nixos, x86_64-linux)
          a.nix
        nixosConfigurations.text (nixos, aarch64-linux)
          a.nix
    "#]]
    .assert_eq(&shown);
}

#[test]
fn a_host_that_only_an_image_holds() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { self, nixpkgs, ... }: let
    image = (nixpkgs.lib.nixosSystem { system = "x86_64-linux"; modules = [ ./image.nix ]; }).config;
    pkgs = nixpkgs.legacyPackages.x86_64-linux;
  in {
    nixosConfigurations.real = nixpkgs.lib.nixosSystem { system = "x86_64-linux"; modules = [ ./image.nix ]; };
    packages.x86_64-linux.direct = image.system.build.image;
    packages.x86_64-linux.same-host = self.nixosConfigurations.real.config.system.build.toplevel;
    packages.aarch64-linux.made = import "${nixpkgs}/nixos/lib/make-disk-image.nix" {
      inherit pkgs;
      config = (nixpkgs.lib.nixosSystem { system = "aarch64-linux"; modules = [ ./image.nix ]; }).config;
    };
  };
}
#- /image.nix
{ }
"#,
    );
    expect![[r#"
        nixosConfigurations.real (nixos, x86_64-linux)
          image.nix
        packages.aarch64-linux.made (nixos, aarch64-linux)
          image.nix
        packages.x86_64-linux.direct (nixos, x86_64-linux)
          image.nix
    "#]]
    .assert_eq(&shown);
}

#[test]
fn an_extended_host_and_a_host_of_eval_modules() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { self, nixpkgs, ... }: {
    nixosConfigurations.base = nixpkgs.lib.nixosSystem { system = "x86_64-linux"; modules = [ ./a.nix ]; };
    nixosConfigurations.more = self.nixosConfigurations.base.extendModules { modules = [ ./b.nix ]; };
  };
}
#- /a.nix
{ }
#- /b.nix
{ }
"#,
    );
    expect![[r#"
        nixosConfigurations.base (nixos, x86_64-linux)
          a.nix
        nixosConfigurations.more (nixos, x86_64-linux)
          a.nix
          b.nix
    "#]]
    .assert_eq(&shown);
}

#[test]
fn sources_that_the_flake_fetches_itself() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  outputs = { self }: let
    pins = builtins.fromJSON (builtins.readFile ./pins.json);
    nixpkgs = builtins.fetchTarball { inherit (pins.nixpkgs) url; sha256 = pins.nixpkgs.hash; };
    flake = source: let
      outputs = (import (source + "/flake.nix")).outputs { self = result; };
      result = outputs // source // { inherit outputs; };
    in result;
    parts = builtins.fetchTree pins.parts;
  in {
    nixosConfigurations.tarball = import "${nixpkgs}/nixos/lib/eval-config.nix" {
      system = "x86_64-linux";
      modules = [ ./a.nix ];
    };
    nixosConfigurations.tree = (flake (builtins.fetchTree pins.tree)).lib.nixosSystem { modules = [ ./a.nix ]; };
    nixosConfigurations.elsewhere = import (builtins.fetchTree { type = "path"; path = "/srv"; }) { modules = [ ./a.nix ]; };
    nixosConfigurations.part = (flake parts).lib.somethingElse { modules = [ ./a.nix ]; };
  };
}
#- /pins.json
{
  "nixpkgs": { "url": "https://github.com/NixOS/nixpkgs/archive/1234.tar.gz", "hash": "sha256-" },
  "tree": { "type": "github", "owner": "NixOS", "repo": "nixpkgs", "rev": "1234" },
  "parts": { "type": "git", "url": "https://github.com/hercules-ci/flake-parts" }
}
#- /a.nix
{ }
"#,
    );
    expect![[r#"
        nixosConfigurations.elsewhere (nixos, ?)
          unknown: computed from builtins.fetchTree
        nixosConfigurations.part (nixos, ?)
          unknown: computed from input flake-parts.lib.somethingElse
        nixosConfigurations.tarball (nixos, x86_64-linux)
          a.nix
        nixosConfigurations.tree (nixos, ?)
          a.nix
    "#]]
    .assert_eq(&shown);
}
