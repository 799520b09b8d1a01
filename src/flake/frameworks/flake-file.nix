# flake-file: modules say which inputs flake.nix has; it is written from them
# by hand and has no part in what the outputs are.
{ lib }:
let
  inherit (lib) mkOption types;

  options = {
    key = "flake-file";
    options.flake-file = mkOption {
      default = { };
      type = types.submodule {
        freeformType = types.lazyAttrsOf types.raw;
        options = {
          inputs = mkOption {
            type = types.lazyAttrsOf types.anything;
            default = { };
          };
          nixConfig = mkOption {
            type = types.attrsOf types.anything;
            default = { };
          };
        };
      };
    };
  };
  flakeParts = import ./flake-parts.nix { inherit lib; };
in
{
  flakeModule = options;
  flakeModules = {
    default = options;
    flake = options;
    flake-options = options;
    allfollow = { };
    nix-auto-follow = { };
    npins = options;
    nixlock = options;
    unflake = options;
    import-tree = { };
    flakeless-parts = options;
    dendritic = {
      imports = [
        options
        flakeParts.flakeModules.modules
      ];
      systems = lib.mkDefault lib.systems.flakeExposed;
    };
  };
}
