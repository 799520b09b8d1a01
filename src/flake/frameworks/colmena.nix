# colmena: a hive is a set of nodes, with `defaults` for all of them and `meta` about them.
{ lib }:
let
  reserved = [
    "defaults"
    "meta"
    "network"
  ];

  makeHive =
    given:
    let
      hive = if lib.isFunction given then given { } else given;
      meta = hive.meta or hive.network or { };
      nodes = lib.mapAttrs node (removeAttrs hive reserved);
      node =
        name: module:
        let
          pkgs = meta.nodeNixpkgs.${name} or meta.nixpkgs;
        in
        import (pkgs.path + "/nixos/lib/eval-config.nix") {
          inherit (pkgs) system;
          modules = [ (hive.defaults or { }) ] ++ lib.toList module;
          specialArgs = {
            inherit name nodes;
          }
          // meta.specialArgs or { }
          // meta.nodeSpecialArgs.${name} or { };
        };
    in
    {
      __schema = "v0.5";
      inherit nodes;
    };
in
{
  lib = { inherit makeHive; };
}
