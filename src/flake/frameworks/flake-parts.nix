# flake-parts: a flake as a configuration of modules.
#
# The options `systems`, `perSystem` and `flake` and what is made of them; the
# outputs by system are `perSystem` turned inside out. Modules of inputs whose
# source is not at hand stay unknown and leave the options open.
{ lib }:
let
  inherit (lib)
    evalModules
    genAttrs
    mapAttrs
    mkOption
    optionalAttrs
    types
    ;

  # Outputs that `perSystem` defines one system at a time.
  perSystemOutputs = [
    "apps"
    "checks"
    "devShells"
    "formatter"
    "legacyPackages"
    "packages"
  ];

  importApply = modulePath: staticArgs: {
    _file = modulePath;
    imports = [ (import modulePath staticArgs) ];
  };

  mkPerSystemType =
    module:
    types.deferredModuleWith {
      staticModules = [ module ];
    };

  mkPerSystemOption =
    module:
    mkOption {
      description = "Modules that are evaluated once for each system.";
      type = mkPerSystemType module;
      default = { };
    };

  mkSubmoduleOptions =
    options:
    mkOption {
      type = types.submoduleWith {
        modules = [ { inherit options; } ];
      };
      default = { };
    };

  mkTransposedPerSystemModule =
    {
      name,
      option,
      file ? null,
    }:
    {
      options.flake = mkSubmoduleOptions {
        ${name} = mkOption {
          type = types.lazyAttrsOf option.type;
          default = { };
        };
      };
      options.perSystem = mkPerSystemOption { options.${name} = option; };
      config.transposition.${name} = { };
    };

  flakePartsLib = {
    inherit
      evalFlakeModule
      importApply
      mkFlake
      mkPerSystemOption
      mkPerSystemType
      mkSubmoduleOptions
      mkTransposedPerSystemModule
      ;
    mkAliasOptionModule = lib.mkAliasOptionModule;
    deferredModuleWith = types.deferredModuleWith;
    importAndPublish = name: module: {
      imports = [ module ];
      flake.flakeModules.${name} = module;
    };
  };

  # A module that an output holds: it says which class it is of, and keeps its name for error messages.
  publish = class: mapAttrs (
    name: module: {
      _class = class;
      key = "${class}:${name}";
      imports = [ module ];
    }
  );

  lazyOutputs =
    type:
    mkOption {
      inherit type;
      default = { };
    };

  core =
    {
      config,
      options,
      inputs,
      self,
      ...
    }:
    {
      options = {
        systems = mkOption {
          type = types.listOf types.str;
          description = "All the systems to enumerate in the flake output subattributes.";
        };
        perSystem = mkPerSystemOption {
          options = genAttrs perSystemOutputs (
            name:
            mkOption {
              type =
                if name == "formatter" then
                  types.nullOr types.raw
                else if name == "legacyPackages" then
                  types.lazyAttrsOf types.raw
                else
                  types.lazyAttrsOf types.raw;
              default = if name == "formatter" then null else { };
            }
          );
        };
        allSystems = mkOption {
          type = types.lazyAttrsOf types.unspecified;
          internal = true;
        };
        transposition = mkOption {
          type = types.lazyAttrsOf types.anything;
          default = { };
        };
        perInput = mkOption {
          type = types.functionTo (types.functionTo (types.lazyAttrsOf types.unspecified));
          internal = true;
        };
        debug = mkOption {
          type = types.bool;
          default = false;
        };
        flake = mkOption {
          type = types.submoduleWith {
            modules = [
              {
                freeformType = types.lazyAttrsOf types.raw;
                options = {
                  nixosConfigurations = lazyOutputs (types.lazyAttrsOf types.raw);
                  nixosModules = (lazyOutputs (types.lazyAttrsOf types.deferredModule)) // {
                    apply = publish "nixos";
                  };
                  overlays = lazyOutputs (types.lazyAttrsOf types.raw);
                }
                // genAttrs perSystemOutputs (_: lazyOutputs (types.lazyAttrsOf types.raw));
              }
            ];
          };
          default = { };
          description = "Raw flake output attributes.";
        };
      };

      config = {
        allSystems = genAttrs config.systems (
          system:
          (evalModules {
            modules = [
              config.perSystem
              {
                _module.args = {
                  inherit system;
                  inputs' = mapAttrs (_: input: perInput system input) (removeAttrs inputs [ "self" ]);
                  self' = perInput system self;
                };
              }
            ];
            specialArgs = { inherit system; };
            args = {
              pkgs = inputs.nixpkgs.legacyPackages.${system};
            };
          }).config
        );
        flake = genAttrs (perSystemOutputs ++ lib.attrNames config.transposition) (
          name:
          mapAttrs (_: perSystem: perSystem.${name} or { }) (
            lib.filterAttrs (_: perSystem: name != "formatter" || perSystem.formatter or null != null) config.allSystems
          )
        );
        _module.args = {
          getSystem = system: config.allSystems.${system} or (throw "the flake has no system ${system}");
          withSystem =
            system: f:
            let
              perSystem = config.allSystems.${system} or { };
            in
            f {
              inherit system;
              config = perSystem;
              pkgs = inputs.nixpkgs.legacyPackages.${system};
              inputs' = mapAttrs (_: input: perInput system input) (removeAttrs inputs [ "self" ]);
              self' = perInput system self;
              inherit (lib) options;
            };
          moduleWithSystem =
            module:
            args@{ config, ... }:
            let
              system = config.nixpkgs.hostPlatform.system or config.nixpkgs.system or args.pkgs.stdenv.hostPlatform.system;
            in
            module {
              inherit system;
              inputs' = mapAttrs (_: input: perInput system input) (removeAttrs inputs [ "self" ]);
              self' = perInput system self;
              pkgs = inputs.nixpkgs.legacyPackages.${system};
            };
        };
      };
    };

  # `inputs'` and `self'`: the outputs of a flake, seen from one system.
  perInput =
    system: flake:
    flake
    // genAttrs perSystemOutputs (name: flake.${name}.${system} or { });

  # What `flakeModules.*` of flake-parts itself bring in.
  modulesOption = {
    options.flake = mkSubmoduleOptions {
      modules = mkOption {
        type = types.lazyAttrsOf (types.lazyAttrsOf types.deferredModule);
        default = { };
        apply = mapAttrs publish;
      };
    };
  };
  flakeModulesOption = {
    options.flake = mkSubmoduleOptions {
      flakeModules = mkOption {
        type = types.lazyAttrsOf types.deferredModule;
        default = { };
      };
    };
  };

  evalFlakeModule =
    args@{
      inputs ? self.inputs,
      specialArgs ? { },
      self ? inputs.self,
      moduleLocation ? null,
    }:
    module:
    evalModules {
      specialArgs = {
        inherit self inputs;
        flake-parts-lib = flakePartsLib;
        moduleLocation = "${self.outPath}/flake.nix";
      }
      // specialArgs;
      modules = [
        core
        module
      ];
      class = "flake";
    };

  mkFlake = args: module: (evalFlakeModule args module).config.flake;
in
{
  lib = flakePartsLib // {
    defaultModule = core;
  };
  # The others add outputs that stay unknown, or nothing that is an output.
  flakeModules = {
    flakeModules = flakeModulesOption;
    modules = modulesOption;
  };
}
