# flake-utils: outputs for each of a list of systems.
{ lib }:
let
  defaultSystems = [
    "aarch64-darwin"
    "aarch64-linux"
    "x86_64-darwin"
    "x86_64-linux"
  ];

  # { name = value; } of every system becomes { name.system = value; }.
  eachSystem = eachSystemOp (
    f: attrs: system:
    let
      own = f system;
    in
    attrs // lib.mapAttrs (name: value: (attrs.${name} or { }) // { ${system} = value; }) own
  );

  eachSystemPassThrough = eachSystemOp (
    f: attrs: system:
    attrs // f system
  );

  eachSystemMap = lib.genAttrs;

  eachSystemOp =
    op: systems: f:
    lib.foldl' (op f) { } systems;
in
{
  lib = {
    inherit
      defaultSystems
      eachSystem
      eachSystemMap
      eachSystemPassThrough
      ;
    allSystems = lib.systems.flakeExposed;
    system = lib.genAttrs lib.systems.flakeExposed (system: system);
    eachDefaultSystem = eachSystem defaultSystems;
    eachDefaultSystemMap = eachSystemMap defaultSystems;
    eachDefaultSystemPassThrough = eachSystemPassThrough defaultSystems;
    filterPackages = _system: packages: packages;
    flattenTree = tree: tree;
    mkApp =
      {
        drv,
        name ? drv.pname or drv.name,
        exePath ? drv.passthru.exePath or "/bin/${name}",
      }:
      {
        type = "app";
        program = "${drv}${exePath}";
      };
    meld =
      inputs:
      lib.foldl' (
        outputs: subflake: lib.recursiveUpdate outputs (import subflake inputs)
      ) { };
  };
}
