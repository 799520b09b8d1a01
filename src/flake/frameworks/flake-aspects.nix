# flake-aspects: `flake.aspects.<aspect>.<class>` becomes `flake.modules.<class>.<aspect>`,
# with what the aspect includes.
{ lib }:
let
  inherit (lib)
    attrNames
    concatMap
    isAttrs
    isFunction
    mapAttrs
    mkOption
    optional
    types
    ;

  structure = [
    "name"
    "description"
    "includes"
    "provides"
    "_"
    "resolve"
    "modules"
    "__functor"
  ];

  resolve =
    class: chain: aspect:
    let
      given = if isFunction aspect then aspect (builtins.intersectAttrs (lib.functionArgs aspect) context) else aspect;
      context = {
        inherit class;
        aspect-chain = chain;
      };
    in
    {
      imports =
        if !__isKnown given then
          [ given ]
        else
          optional (isAttrs given && given ? ${class}) given.${class}
          ++ lib.optionals (lib.length chain < 32) (map (resolve class (chain ++ [ given ])) (given.includes or [ ]));
    };

  finish =
    name: aspect:
    aspect
    // {
      resolve =
        {
          class,
          aspect-chain ? [ ],
        }:
        resolve class aspect-chain aspect;
    };

  # Of an aspect several files may say parts; content for a class is a module.
  merge =
    name: defs:
    let
      sets = lib.filter (def: isAttrs def.value) (map (def: def // { value = applied def.value; }) defs);
      of = key: lib.filter (def: def.value ? ${key}) sets;
      values = key: map (def: def.value.${key}) (of key);
      aspect =
        lib.genAttrs (lib.subtractLists structure (lib.unique (concatMap (def: attrNames def.value) sets))) (key: {
          imports = map (def: lib.setDefaultModuleLocation def.file def.value.${key}) (of key);
        })
        // {
          inherit name provides;
          _ = provides;
          includes = lib.concatLists (values "includes");
        };
      provides = mapAttrs (name: lib.last) (lib.zipAttrs (map applied (values "provides" ++ values "_")));
      # Aspects may be functions of themselves.
      applied =
        value:
        if isFunction value && lib.functionArgs value ? aspect then
          value {
            inherit lib aspect;
            config = aspect;
          }
        else if isFunction value && lib.functionArgs value ? aspects then
          value { aspects = provides; }
        else
          value;
    in
    if lib.all (def: isFunction def.value && applied def.value == def.value) defs then
      (lib.last defs).value
    else
      finish name aspect;

  aspects = mkOption {
    default = { };
    type = types.submodule (
      { config, ... }:
      {
        freeformType = types.lazyAttrsOf (
          lib.mkOptionType {
            name = "aspect";
            merge = loc: merge (lib.last loc);
          }
        );
        config._module.args.aspects = config;
      }
    );
  };

  transposed =
    all:
    let
      own = lib.filterAttrs (_: isAttrs) all;
      classes = lib.unique (
        concatMap (aspect: lib.subtractLists structure (attrNames aspect)) (lib.attrValues own)
      );
    in
    lib.genAttrs classes (
      class: mapAttrs (_: resolve class [ ]) (lib.filterAttrs (_: aspect: aspect ? ${class}) own)
    );

  new =
    outputs: all:
    outputs aspects (transposed all);

  flakeModule =
    { config, ... }:
    {
      options.flake.aspects = aspects;
      config.flake.modules = transposed config.flake.aspects;
    };
in
{
  inherit flakeModule;
  flakeModules.default = flakeModule;
  lib = {
    inherit new;
    resolve = class: chain: aspect: resolve class chain aspect;
    aspects = all: { transposed = transposed all; };
    new-scope =
      name:
      { config, ... }:
      {
        options.${name} = {
          inherit aspects;
          modules = mkOption {
            type = types.attrsOf (types.attrsOf types.deferredModule);
            default = transposed config.${name}.aspects;
          };
        };
      };
  };
}
