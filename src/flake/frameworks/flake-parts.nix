# flake-parts: a flake as a configuration of modules.
#
# `flake` holds the outputs. `perSystem` is evaluated once for each of
# `systems`, and what is declared there with a transposition becomes an output
# by system. Modules of inputs whose source is not at hand stay unknown and
# leave the options open.
{ lib }:
let
  inherit (lib)
    evalModules
    genAttrs
    mapAttrs
    mkOption
    types
    ;

  lazyAttrs =
    type:
    mkOption {
      type = types.lazyAttrsOf type;
      default = { };
    };

  # Modules that a file of a function gives, named after that file.
  importApply = file: argument: lib.setDefaultModuleLocation file (import file argument);

  mkPerSystemType = module: types.deferredModuleWith { staticModules = [ module ]; };
  mkPerSystemOption = module: mkOption { type = mkPerSystemType module; };

  mkSubmoduleOptions = options: mkOption { type = types.submoduleWith { modules = [ { inherit options; } ]; }; };

  mkTransposedPerSystemModule =
    {
      name,
      option,
      file ? null,
    }:
    {
      options.flake.${name} = lazyAttrs option.type;
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
    inherit (lib) mkAliasOptionModule;
    inherit (types) deferredModuleWith attrsWith;
    mkDeferredModuleType = mkPerSystemType;
    mkDeferredModuleOption = mkPerSystemOption;
    defaultModule =
      flake: if flake._type or null == "flake" then flake.flakeModules.default or flake else flake;
    importAndPublish = name: module: {
      imports = [
        module
        modulesOption
      ];
      flake.modules.flake.${name} = module;
    };
  };

  # A module that an output holds says which class it is of. It has no key: who imports it twice has it twice.
  publish =
    class:
    mapAttrs (
      _: module: {
        _class = class;
        imports = [ module ];
      }
    );

  # Outputs that come from `perSystem`, and the option for one system.
  transposed = {
    # An app is a submodule, which says of itself that it is one.
    apps = lazyAttrs types.raw // {
      apply = mapAttrs (_: app: { type = "app"; } // app);
    };
    checks = lazyAttrs types.raw;
    devShells = lazyAttrs types.raw;
    legacyPackages = lazyAttrs types.raw;
    packages = lazyAttrs types.raw;
  };

  core =
    {
      config,
      inputs,
      # That of `specialArgs`, with what a flake adds to it.
      lib,
      self,
      ...
    }:
    let
      # `inputs'` and `self'`: a flake, seen from one system.
      seenFrom = system: flake: flake // config.perInput system flake;
      argumentsOf = system: (getSystem system).allModuleArgs;
      getSystem = system: config.allSystems.${system} or (config.perSystem system);
    in
    {
      imports = lib.mapAttrsToList (
        name: option: mkTransposedPerSystemModule { inherit name option; }
      ) transposed;

      options = {
        systems = mkOption {
          type = types.listOf types.str;
          description = "The systems that perSystem is evaluated for.";
        };
        debug = mkOption {
          type = types.bool;
          default = false;
        };
        allSystems = mkOption {
          type = types.lazyAttrsOf types.unspecified;
          internal = true;
        };
        transposition = mkOption {
          type = types.lazyAttrsOf (
            types.submodule {
              options.adHoc = mkOption {
                type = types.bool;
                default = false;
              };
            }
          );
          internal = true;
        };
        perInput = mkOption {
          type = types.functionTo (types.functionTo (types.lazyAttrsOf types.unspecified));
          internal = true;
        };
        perSystem = mkOption {
          description = "Modules that are evaluated once for each system.";
          type = mkPerSystemType (
            {
              config,
              options,
              specialArgs,
              system,
              ...
            }:
            {
              options = {
                allModuleArgs = mkOption {
                  type = types.lazyAttrsOf types.raw;
                  internal = true;
                };
                formatter = mkOption {
                  type = types.nullOr types.raw;
                  default = null;
                };
              };
              config = {
                allModuleArgs = config._module.args // specialArgs // { inherit config options; };
                _module.args = {
                  inputs' = mapAttrs (_: seenFrom system) (removeAttrs inputs [ "self" ]);
                  self' = seenFrom system self;
                  pkgs = lib.mkOptionDefault inputs.nixpkgs.legacyPackages.${system};
                };
              };
            }
          );
          apply =
            module: system:
            (evalModules {
              modules = [
                module
                { imports = config._module.args.flakeModulesNotAtHand or [ ]; }
              ];
              specialArgs = { inherit lib system; };
              prefix = [
                "perSystem"
                system
              ];
              class = "perSystem";
            }).config;
        };
        flake = mkOption {
          description = "The outputs.";
          type = types.submoduleWith {
            modules = [
              {
                freeformType = types.lazyAttrsOf (
                  types.raw
                  // {
                    # A module that is not at hand may declare how the definitions of an output are merged.
                    merge =
                      loc: defs:
                      if builtins.length defs == 1 then
                        (builtins.head defs).value
                      else
                        config._module.args.flakeModulesNotAtHand or (types.raw.merge loc defs);
                  }
                );
                options = {
                  nixosConfigurations = lazyAttrs types.raw;
                  nixosModules = lazyAttrs types.deferredModule // {
                    apply = publish "nixos";
                  };
                  overlays = lazyAttrs types.raw;
                  formatter = lazyAttrs types.raw;
                };
              }
            ];
          };
        };
      };

      config = {
        allSystems = genAttrs config.systems config.perSystem;
        flake = mapAttrs (name: _: mapAttrs (_: own: own.${name}) config.allSystems) config.transposition // {
          formatter = lib.filterAttrs (_: formatter: formatter != null) (
            mapAttrs (_: own: own.formatter) config.allSystems
          );
        }
        // lib.optionalAttrs config.debug {
          debug = config;
          inherit (config) allSystems;
        };
        perInput =
          system: flake:
          mapAttrs (name: _: flake.${name}.${system} or { }) (config.transposition // { formatter = { }; });
        perSystem = {
          options = mapAttrs (_: _: mkOption { }) (lib.filterAttrs (_: output: output.adHoc) config.transposition);
          # Modules that are not at hand may add to these: unknown beside such a module, otherwise nothing.
          config = mapAttrs (_: _: config._module.args.flakeModulesNotAtHand or { }) transposed;
        };
        _module.args = {
          inherit getSystem;
          getSystemIgnoreWarning = getSystem;
          withSystem = system: f: f (argumentsOf system);
          moduleWithSystem =
            module:
            { config, ... }:
            let
              system =
                config._module.args.system or config.nixpkgs.hostPlatform.system
                  or config._module.args.pkgs.stdenv.hostPlatform.system;
            in
            {
              imports = [
                (module (mapAttrs (name: _: (argumentsOf system).${name}) (builtins.functionArgs module)))
              ];
            };
        };
      };
    };

  # `flakeModules.*` of flake-parts itself.
  modulesOption = {
    key = "flake-parts/modules";
    options.flake.modules = mkOption {
      type = types.lazyAttrsOf (types.lazyAttrsOf types.deferredModule);
      default = { };
      apply = mapAttrs (class: if class == "generic" then (modules: modules) else publish class);
    };
  };
  flakeModulesOption = {
    key = "flake-parts/flakeModules";
    options.flake = {
      flakeModules = lazyAttrs types.deferredModule // {
        apply = publish "flake";
      };
      flakeModule = mkOption { type = types.deferredModule; };
    };
  };
  easyOverlay =
    { getSystemIgnoreWarning, ... }:
    {
      key = "flake-parts/easyOverlay";
      options.perSystem = mkPerSystemOption (
        { extendModules, pkgs, ... }:
        {
          options = {
            extendModules = mkOption {
              type = types.raw;
              default = extendModules;
            };
            overlayAttrs = lazyAttrs types.raw;
          };
          config._module.args.final = lib.mkDefault pkgs;
        }
      );
      config.flake.overlays.default =
        final: prev:
        ((getSystemIgnoreWarning prev.stdenv.hostPlatform.system).extendModules {
          modules = [
            {
              _module.args = {
                pkgs = lib.mkForce prev;
                final = lib.mkForce final;
              };
            }
          ];
        }).config.overlayAttrs;
    };
  # Outputs of their own evaluation of the same modules, with further inputs.
  partitions =
    {
      config,
      extendModules,
      inputs,
      partitionStack,
      self,
      ...
    }:
    {
      key = "flake-parts/partitions";
      options = {
        partitionedAttrs = mkOption {
          type = types.attrsOf types.str;
          default = { };
        };
        partitions = mkOption {
          type = types.attrsOf (
            types.submodule (
              {
                config,
                options,
                name,
                ...
              }:
              {
                options = {
                  extraInputsFlake = mkOption { type = types.raw; };
                  extraInputs = lazyAttrs types.raw;
                  module = mkOption {
                    type =
                      let
                        own = inputs // config.extraInputs // { self = self // { inputs = own; }; };
                      in
                      (extendModules {
                        specialArgs = {
                          inputs = own;
                          inherit (own) self;
                          partitionStack = partitionStack ++ [ name ];
                        };
                      }).type;
                    default = { };
                  };
                };
                config.extraInputs = lib.mkIf options.extraInputsFlake.isDefined (__localFlake config.extraInputsFlake)
                .inputs;
              }
            )
          );
          default = { };
        };
      };
      config = {
        _module.args.partitionStack = [ ];
        flake = lib.optionalAttrs (partitionStack == [ ]) (
          mapAttrs (
            name: partition: lib.mkForce config.partitions.${partition}.module.flake.${name}
          ) config.partitionedAttrs
        );
      };
    };
  evalFlakeModule =
    args@{
      inputs ? self.inputs,
      specialArgs ? { },
      self ? inputs.self,
      moduleLocation ? "${self.outPath}/flake.nix",
    }:
    module:
    evalModules {
      specialArgs = {
        inherit self inputs moduleLocation;
        flake-parts-lib = flakePartsLib;
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
  lib = flakePartsLib;
  flakeModules = {
    inherit easyOverlay partitions;
    flakeModules = flakeModulesOption;
    modules = modulesOption;
    bundlers = mkTransposedPerSystemModule {
      name = "bundlers";
      option = lazyAttrs types.raw;
    };
    # Says which outputs are shown, which changes none of them.
    touchup.options.touchup = lazyAttrs types.raw;
  };
}
