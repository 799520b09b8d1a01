# Home Manager: the outputs that it declares for flake-parts.
{ lib }:
let
  inherit (lib) mkOption types;

  outputs =
    { flake-parts-lib, ... }:
    {
      options.flake = flake-parts-lib.mkSubmoduleOptions {
        homeModules = mkOption {
          type = types.lazyAttrsOf types.deferredModule;
          default = { };
          apply = lib.mapAttrs (
            name: module: {
              _class = "homeManager";
              key = "homeManager:${name}";
              imports = [ module ];
            }
          );
        };
        homeConfigurations = mkOption {
          type = types.lazyAttrsOf types.raw;
          default = { };
        };
      };
    };
in
{
  flakeModules = {
    home-manager = outputs;
    default = outputs;
  };
  flakeModule = outputs;
}
