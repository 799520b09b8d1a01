//! What the module system and package sets hand on between modules, through flake-parts and without it.

use expect_test::expect;

use super::{hosts, options};

#[test]
fn the_lib_of_a_package_set_has_what_its_overlays_add() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { nixpkgs, home-manager, private, ... }: let
    pkgs = import nixpkgs {
      system = "x86_64-linux";
      overlays = [ (final: prev: { lib = prev.lib.extend (_: _: { folder = ./modules; }); }) ./tools.nix private.overlays.default ];
    };
    plain = import nixpkgs { system = "x86_64-linux"; } // { lib = nixpkgs.lib.extend (_: _: { folder = ./modules; }); };
  in {
    nixosConfigurations.a = nixpkgs.lib.nixosSystem {
      specialArgs = { inherit (pkgs) lib; };
      modules = [ ({ lib, ... }: { imports = [ (lib.folder + "/a.nix") (lib.toModule "b") lib.fromPrivate ]; }) ];
    };
    homeConfigurations.me = home-manager.lib.homeManagerConfiguration {
      pkgs = plain;
      modules = [ ({ lib, ... }: { imports = [ (lib.folder + "/${if lib ? hm then "a" else "none"}.nix") ]; }) ];
    };
  };
}
#- /tools.nix
final: prev: { lib = prev.lib // { toModule = name: ./modules + "/${name}.nix"; }; }
#- /modules/a.nix
{ }
#- /modules/b.nix
{ }
"#,
    );
    expect![[r#"
        homeConfigurations.me (home, x86_64-linux)
          inline in flake.nix
          modules/a.nix
        nixosConfigurations.a (nixos, ?)
          inline in flake.nix
          modules/a.nix
          modules/b.nix
          input nixpkgs: lib.fromPrivate
    "#]]
    .assert_eq(&shown);
}

#[test]
fn options_below_an_option_of_submodules() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  outputs = inputs: inputs.flake-parts.lib.mkFlake { inherit inputs; } { imports = [ ./a.nix ./b.nix ./hosts.nix ]; };
  inputs.flake-parts.url = "github:hercules-ci/flake-parts";
  inputs.darwin.url = "github:nix-darwin/nix-darwin";
}
#- /a.nix
{ lib, ... }: {
  options.flake.darwinModules.base = lib.mkOption { type = lib.types.deferredModule; default = { }; };
  config.flake.darwinModules.base = { config, ... }: { imports = [ ./x.nix ]; };
}
#- /b.nix
{ flake.darwinModules.base = { ... }: { imports = [ ./y.nix ]; }; }
#- /hosts.nix
{ inputs, self, ... }: {
  flake.darwinConfigurations.mac = inputs.darwin.lib.darwinSystem { modules = [ self.darwinModules.base ]; };
}
#- /x.nix
{ }
#- /y.nix
{ }
"#,
    );
    expect![[r#"
        darwinConfigurations.mac (darwin, ?)
          inline in hosts.nix
          a.nix
          b.nix
          inline in a.nix
          inline in b.nix
          x.nix
          y.nix
    "#]]
    .assert_eq(&shown);
}

#[test]
fn what_flake_parts_hands_to_a_system() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  inputs.flake-parts.url = "github:hercules-ci/flake-parts";
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  outputs = inputs: inputs.flake-parts.lib.mkFlake { inherit inputs; } ({ flake-parts-lib, withSystem, config, ... }: {
    systems = [ "x86_64-linux" ];
    imports = [
      (flake-parts-lib.importApply ./applied.nix { who = "sam"; })
      (flake-parts-lib.mkTransposedPerSystemModule {
        name = "modulesOf";
        option = inputs.nixpkgs.lib.mkOption { type = inputs.nixpkgs.lib.types.raw; };
        file = ./flake.nix;
      })
    ];
    perSystem = { system, config, ... }: {
      _module.args.extra = [ ./${system}.nix ];
      _module.args.pkgs = import inputs.nixpkgs { inherit system; overlays = [ (_: _: { own = ./own.nix; }) ]; };
      modulesOf = [ ./transposed.nix ];
    };
    flake = { config, lib, ... }: {
      nixosConfigurations.a = withSystem "x86_64-linux" ({ extra, pkgs, ... }: inputs.nixpkgs.lib.nixosSystem {
        modules = extra ++ [ pkgs.own ] ++ config.modulesOf.x86_64-linux;
      });
    };
  });
}
#- /applied.nix
{ who }: { inputs, moduleWithSystem, ... }: {
  flake.nixosConfigurations.${who} = inputs.nixpkgs.lib.nixosSystem {
    modules = [
      { nixpkgs.hostPlatform = "x86_64-linux"; }
      (moduleWithSystem ({ extra }: { ... }: { config.environment.systemPackages = extra; }))
    ];
  };
}
#- /x86_64-linux.nix
{ }
#- /own.nix
{ }
#- /transposed.nix
{ }
"#,
    );
    expect![[r#"
        nixosConfigurations.a (nixos, ?)
          x86_64-linux.nix
          own.nix
          transposed.nix
        nixosConfigurations.sam (nixos, x86_64-linux)
          inline in applied.nix
          inline in applied.nix
          inline in applied.nix
    "#]]
    .assert_eq(&shown);
}

#[test]
fn a_partition_has_its_own_inputs() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  inputs.flake-parts.url = "github:hercules-ci/flake-parts";
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  outputs = inputs: inputs.flake-parts.lib.mkFlake { inherit inputs; } {
    imports = [ inputs.flake-parts.flakeModules.partitions ./host.nix ];
    partitionedAttrs.nixosConfigurations = "machines";
    partitions.machines = { extraInputsFlake = ./machines; module = ./machines/module.nix; };
  };
}
#- /host.nix
{ lib, ... }: { options.who = lib.mkOption { type = lib.types.str; default = "nobody"; }; }
#- /machines/flake.nix
{ inputs.disko.url = "github:nix-community/disko"; outputs = _: { }; }
#- /machines/module.nix
{ inputs, config, ... }: {
  who = "box";
  flake.nixosConfigurations.${config.who} = inputs.nixpkgs.lib.nixosSystem { modules = [ inputs.disko.nixosModules.disko ]; };
}
"#,
    );
    expect![[r#"
        nixosConfigurations.box (nixos, ?)
          input disko: nixosModules.disko
    "#]]
    .assert_eq(&shown);
}

#[test]
fn what_is_set_of_an_option_of_an_input_can_be_read_back() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { nixpkgs, commons, ... }: {
    nixosConfigurations.a = nixpkgs.lib.nixosSystem {
      modules = [
        { imports = commons.lib.modules; }
        { my.base = { users = [ "demo" ]; desktop = true; name = "x"; }; my.wide.enable = false; }
        ({ lib, config, ... }: {
          home-manager.users = lib.genAttrs config.my.base.users (user: if config.my.base.desktop then { } else ./none.nix)
            // lib.optionalAttrs config.my.wide.enable { wide = { }; };
        })
      ];
    };
  };
}
"#,
    );
    expect![[r#"
        nixosConfigurations.a (nixos, ?)
          inline in flake.nix
          input commons: lib.modules
          inline in flake.nix
          inline in flake.nix
        nixosConfigurations.a:home-manager.users.demo (home, ?)
    "#]]
    .assert_eq(&shown);
}

#[test]
fn modules_get_special_args_and_can_be_extended() {
    let shown = options(
        r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { nixpkgs, home-manager, ... }: let
    inner = nixpkgs.lib.evalModules {
      specialArgs.word = "first";
      modules = [ ({ lib, word, extendModules, specialArgs, config, ... }: {
        options.word = lib.mkOption { type = lib.types.str; default = word; };
        options.again = lib.mkOption { type = lib.types.str; default = (extendModules { specialArgs.word = "second"; }).config.word; };
        options.given = lib.mkOption { default = builtins.attrNames specialArgs; };
        options.arguments = lib.mkOption { default = config._module.args.more; };
        config._module.args.more = 3;
      }) ];
    };
  in {
    nixosConfigurations.a = nixpkgs.lib.nixosSystem {
      modules = [ { known = builtins.removeAttrs inner.config [ "given" ]; given = inner.config.given; } ];
    };
  };
}
"#,
    );
    expect![[r#"
        set given = [ "lib" "word" ] (elsewhere) in inline in flake.nix
        set known.again = "second" (elsewhere) in inline in flake.nix
        set known.arguments = 3 (elsewhere) in inline in flake.nix
        set known.word = "first" (elsewhere) in inline in flake.nix
    "#]]
    .assert_eq(&shown);
}
