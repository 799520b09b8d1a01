# den: hosts, users and homes are entities, and aspects configure them.
#
# An aspect has a module for each class (`nixos`, `darwin`, `homeManager`) and
# includes other aspects; one that is a function of the context (`{ host, user }`)
# is there where its arguments are. A host gets its own aspect, the aspects of
# its users, and the defaults, each in its context.
{ lib }:
let
  inherit (lib)
    attrNames
    attrValues
    concatMap
    elem
    filter
    isAttrs
    isFunction
    mapAttrs
    mkOption
    optional
    types
    ;

  classes = [
    "nixos"
    "darwin"
    "homeManager"
    "os"
    "user"
    "hjem"
    "maid"
    "wsl"
    "systemManager"
    "nixOnDroid"
    "flake"
  ];
  # What an aspect has besides content for classes and aspects below it.
  structure = [
    "name"
    "description"
    "meta"
    "includes"
    "excludes"
    "provides"
    "_"
    "policies"
    "classes"
    "into"
    "__functor"
    "__functionArgs"
    "__exactly"
    "__context"
  ];

  looksLikeAspect =
    value:
    isAttrs value
    && lib.any (
      name:
      elem name (
        classes
        ++ [
          "includes"
          "provides"
          "_"
        ]
      )
    ) (attrNames value);
  isAspect = value: looksLikeAspect value || isAttrs value && lib.any looksLikeAspect (attrValues value);

  # Several files may say parts of one aspect.
  merge =
    name: defs:
    let
      sets = map (def: if isFunction def.value then def // { value.includes = [ def.value ]; } else def) defs;
      of =
        key:
        concatMap (
          def:
          optional (def.value ? ${key}) {
            inherit (def) file;
            value = def.value.${key};
          }
        ) sets;
      names = lib.subtractLists structure (lib.unique (concatMap (def: attrNames def.value) sets));
      content =
        key:
        if !elem key classes && lib.any (def: isAspect def.value) (of key) then
          merge key (of key)
        else
          { imports = map (def: lib.setDefaultModuleLocation def.file def.value) (of key); };
      provides = mapAttrs merge (
        lib.zipAttrs (
          map (def: mapAttrs (_: value: { inherit (def) file; inherit value; }) def.value) (of "provides" ++ of "_")
        )
      );
    in
    if lib.length defs == 1 && isFunction (lib.head defs).value then
      (lib.head defs).value
    else
      lib.foldl' (all: def: all // lib.getAttrs (filter (key: def.value ? ${key}) structure) def.value) { } sets
      // lib.genAttrs names content
      // {
        inherit name provides;
        _ = provides;
        includes = concatMap (def: lib.toList def.value) (of "includes");
      };

  aspect = lib.mkOptionType {
    name = "den aspect";
    merge = loc: merge (lib.last loc);
  };
  aspects = mkOption {
    type = types.lazyAttrsOf aspect;
    default = { };
  };

  # The modules that an aspect has for a class, in a context.
  resolve = resolveWithin 0;
  resolveWithin =
    depth: context: class: aspect:
    let
      arguments = lib.functionArgs aspect;
      given = context // {
        inherit class;
        aspect-chain = [ ];
      };
      required = filter (name: !arguments.${name}) (attrNames arguments);
      fits =
        if isAttrs aspect && aspect ? __exactly then
          required == attrNames context
        else
          lib.all (name: given ? ${name}) required;
      further = resolveWithin (depth + 1);
    in
    # Aspects may include each other.
    if depth > 32 then
      [ ]
    else if !__isKnown aspect then
      [ aspect ]
    else if isFunction aspect && (arguments != { } || !isAttrs aspect) then
      lib.optionals fits (
        further context class (aspect (if arguments == { } then given else builtins.intersectAttrs arguments given))
      )
    else if isAttrs aspect then
      optional (aspect ? ${class}) aspect.${class}
      ++ optional (
        aspect ? os
        && elem class [
          "nixos"
          "darwin"
        ]
      ) aspect.os
      ++ concatMap (further (aspect.__context or context) class) (aspect.includes or [ ])
    else
      [ ];

  exactly = f: {
    __functor = _: f;
    __functionArgs = lib.functionArgs f;
    __exactly = true;
  };
  fixedTo = context: aspect: {
    __context = context;
    includes = [ aspect ];
  };
  parametric = {
    __functor = _: aspect: aspect;
    atLeast = aspect: aspect;
    withOwn = _: aspect: aspect;
    expands = _: aspect: aspect;
    exactly =
      aspect:
      aspect
      // {
        includes = map (include: if isFunction include then exactly include else include) (aspect.includes or [ ]);
      };
    fixedTo = {
      __functor = _: fixedTo;
      exactly = fixedTo;
      atLeast = fixedTo;
      upTo = fixedTo;
    };
  };

  denLib = __openInput [ "den" "lib" ] {
    inherit parametric;
    take = {
      __functor = _: f: f;
      inherit exactly;
      atLeast = f: f;
      upTo = f: f;
    };
    perHost = aspect: { includes = [ (exactly ({ host }@context: fixedTo context aspect)) ]; };
    perUser = aspect: { includes = [ (exactly ({ host, user }@context: fixedTo context aspect)) ]; };
    perHome = aspect: { includes = [ (exactly ({ home }@context: fixedTo context aspect)) ]; };
    aspects = __openInput [ "den" "lib" "aspects" ] {
      resolve = class: aspect: { imports = resolve { } class aspect; };
    };
  };

  # What aspects have for one class becomes part of another one, below a path.
  forward =
    {
      each,
      fromClass,
      intoClass,
      intoPath ? [ ],
      fromAspect ? (item: item.aspect or item),
      mapModule ? (_: module: module),
      ...
    }:
    {
      includes = map (item: {
        ${intoClass item} =
          let
            path = if lib.isFunction intoPath then intoPath item else intoPath;
            context =
              lib.optionalAttrs (item ? users) { host = item; }
              // lib.optionalAttrs (item ? userName) {
                user = item;
                inherit (item) host;
              };
            module = mapModule item { imports = resolve context (fromClass item) (fromAspect item); };
          in
          if lib.isList path then lib.setAttrByPath path { imports = [ module ]; } else module;
      }) each;
    };

  # The batteries that have no part in which files or options a host has.
  plain = lib.genAttrs [
    "bidirectional"
    "define-user"
    "home-manager"
    "hostname"
    "inputs'"
    "maid"
    "hjem"
    "os-class"
    "os-user"
    "primary-user"
    "self'"
    "wsl"
  ] (_: { });
  batteries =
    plain
    // lib.genAttrs [
      "insecure"
      "tty-autologin"
      "unfree"
      "user-shell"
    ] (_: _: { })
    // {
      inherit forward;
      # The home content of a host's aspects goes to its users.
      host-aspects = { includes = [ (exactly ({ host, user }: fixedTo { inherit host user; } host.aspect)) ]; };
      mutual-provider = {
        includes = [
          (exactly (
            { host, user }:
            fixedTo { inherit host user; } {
              includes = [
                (host.aspect.provides.${user.aspect.name or user.name} or { })
                (user.aspect.provides.${host.aspect.name or host.name} or { })
                (host.aspect.provides.to-users or { })
                (user.aspect.provides.to-hosts or { })
              ];
            }
          ))
        ];
      };
      # Folders of plain modules, one for each class.
      import-tree =
        root: {
          includes = [
            (
              { class, ... }:
              let
                folder = "${toString root}/_${class}";
              in
              lib.optionalAttrs (lib.pathExists folder) {
                ${class} = import ./import-tree.nix { inherit lib; } folder;
              }
            )
          ];
        };
    };

  text =
    default:
    mkOption {
      type = types.str;
      inherit default;
    };
  raw =
    default:
    mkOption {
      type = types.raw;
      inherit default;
    };
  open = types.attrsOf types.anything;

  # What a kind of entity has in common: options of its own, and aspects that all of the kind include.
  schemaEntry = lib.mkOptionType {
    name = "den schema";
    merge = _: defs: {
      includes = concatMap (def: if isAttrs def.value then lib.toList (def.value.includes or [ ]) else [ ]) defs;
      imports = map (
        def:
        lib.setDefaultModuleLocation def.file (
          if isAttrs def.value then
            removeAttrs def.value [
              "includes"
              "excludes"
              "isEntity"
              "methods"
              "parent"
              "policies"
              "validators"
            ]
          else
            def.value
        )
      ) defs;
    };
  };

  flakeModule =
    {
      config,
      inputs,
      ...
    }:
    let
      inherit (config) den;
      common = kind: { imports = concatMap (name: den.schema.${name}.imports or [ ]) [ "conf" kind ]; };
      # The aspects that entities of a kind have besides their own.
      around = kind: [
        (den.schema.${kind}.includes or [ ])
        (removeAttrs (den.ctx.${kind} or { }) [
          "into"
          "provides"
          "_"
        ])
        (den.default or { })
        (den.ctx.default or { })
      ];
      inContext =
        kind: context: class: entity:
        concatMap (resolve context class) ([ entity.aspect ] ++ lib.flatten (around kind));

      userType =
        host:
        types.submodule (
          { name, config, ... }:
          {
            freeformType = open;
            imports = [ (common "user") ];
            config._module.args = {
              inherit host;
              user = config;
            };
            options = {
              name = text name;
              userName = text name;
              classes = mkOption {
                type = types.listOf types.str;
                default = [ (config.class or "user") ];
              };
              aspect = raw (den.aspects.${config.name} or { });
            };
          }
        );

      hostType =
        system:
        types.submodule (
          { name, config, ... }:
          {
            freeformType = open;
            imports = [ (common "host") ];
            config._module.args.host = config;
            options = {
              name = text name;
              hostName = text config.name;
              system = text system;
              class = text (if lib.hasSuffix "darwin" config.system then "darwin" else "nixos");
              aspect = raw (den.aspects.${config.name} or { });
              users = mkOption {
                type = types.attrsOf (userType config);
                default = { };
              };
              instantiate =
                raw
                  {
                    nixos = inputs.nixpkgs.lib.nixosSystem;
                    darwin = inputs.darwin.lib.darwinSystem;
                    systemManager = inputs.system-manager.lib.makeSystemConfig;
                  }
                  .${config.class} or (__openInput [ "den" "instantiate" ]);
              intoAttr = mkOption {
                type = types.listOf types.str;
                default = [
                  {
                    nixos = "nixosConfigurations";
                    darwin = "darwinConfigurations";
                    systemManager = "systemConfigs";
                  }
                  .${config.class} or "${config.class}Configurations"
                  config.name
                ];
              };
              mainModule = raw { imports = modulesOf config; };
            };
          }
        );

      # Hosts stand below their system, or say it themselves.
      isSystemName = name: elem name lib.systems.flakeExposed;
      hostOrSystem = lib.mkOptionType {
        name = "hostOrSystem";
        description = "host, or hosts of a system";
        check = isAttrs;
        merge =
          loc: defs:
          let
            name = lib.last loc;
          in
          if isSystemName name then
            (types.attrsOf (hostType name)).merge loc defs
          else
            (hostType "x86_64-linux").merge loc defs;
      };
      bySystem =
        entries:
        lib.foldlAttrs (
          found: name: entry:
          lib.recursiveUpdate found (if isSystemName name then { ${name} = entry; } else { ${entry.system}.${name} = entry; })
        ) { } entries;

      homeType =
        system:
        types.submodule (
          { name, config, ... }:
          let
            parts = lib.splitString "@" name;
          in
          {
            freeformType = open;
            imports = [ (common "home") ];
            config._module.args.home = config;
            options = {
              name = text (lib.head parts);
              userName = text (lib.head parts);
              hostName = raw (if lib.length parts > 1 then lib.last parts else null);
              system = text system;
              class = text "homeManager";
              aspect = raw (den.aspects.${config.name} or { });
              pkgs = raw inputs.nixpkgs.legacyPackages.${config.system};
              instantiate = raw inputs.home-manager.lib.homeManagerConfiguration;
              intoAttr = mkOption {
                type = types.listOf types.str;
                default = [
                  "homeConfigurations"
                  name
                ];
              };
            };
          }
        );

      modulesOf =
        host:
        let
          users = attrValues host.users;
          atHome = filter (user: elem "homeManager" user.classes) users;
          inUser = user: class: inContext "user" { inherit host user; } class user;
        in
        inContext "host" { inherit host; } host.class host
        ++ concatMap (user: inUser user host.class) users
        ++ lib.optionals (atHome != [ ]) (
          [ inputs.home-manager."${host.class}Modules".home-manager ]
          ++ map (user: { home-manager.users.${user.userName}.imports = inUser user "homeManager"; }) atHome
        )
        ++ concatMap (
          user:
          let
            imports = inUser user "user";
          in
          optional (imports != [ ]) { users.users.${user.userName} = { inherit imports; }; }
        ) users;

      all = entities: filter (entity: entity.intoAttr != [ ]) (concatMap attrValues (attrValues entities));
    in
    {
      options.den = mkOption {
        default = { };
        type = types.submodule (
          { config, options, ... }:
          {
            freeformType = types.lazyAttrsOf types.anything;
            options = {
              inherit aspects;
              hosts = mkOption {
                default = { };
                type = types.attrsOf hostOrSystem;
                apply = bySystem;
              };
              homes = mkOption {
                default = { };
                type = types.attrsOf (types.submodule ({ name, ... }: { freeformType = types.attrsOf (homeType name); }));
              };
              schema = mkOption {
                type = types.lazyAttrsOf schemaEntry;
                default = { };
              };
              default = mkOption {
                type = aspect;
                default = { };
              };
              ctx = aspects;
              ful = mkOption {
                type = types.lazyAttrsOf (types.lazyAttrsOf aspect);
                default = { };
              };
              provides = aspects // {
                apply = __openInput [ "den" "provides" ];
              };
              batteries = aspects // {
                apply = _: config.provides;
              };
              _ = aspects // {
                apply = _: config.provides;
              };
              lib = mkOption {
                type = types.lazyAttrsOf types.raw;
                default = { };
                apply = own: denLib // own;
              };
              systems = mkOption {
                type = types.listOf types.str;
                default = lib.unique (attrNames config.hosts ++ attrNames config.homes);
              };
            };
            config.provides = lib.mkMerge ([ batteries ] ++ options._.definitions ++ options.batteries.definitions);
          }
        );
      };
      config = {
        _module.args.den = den;
        # One definition: not every output that hosts go to has an option that would merge several.
        flake = lib.foldl' lib.recursiveUpdate { } (
          map (
            host:
            lib.setAttrByPath host.intoAttr (
              host.instantiate {
                modules = [
                  host.mainModule
                  { nixpkgs.hostPlatform = lib.mkDefault host.system; }
                ];
              }
            )
          ) (all den.hosts)
          ++ map (
            home:
            lib.setAttrByPath home.intoAttr (
              home.instantiate {
                inherit (home) pkgs;
                modules = inContext "home" { inherit home; } home.class home;
              }
            )
          ) (all den.homes)
        );
      };
    };

  # A tree of aspects under a name of its own, from this flake and from others.
  namespace =
    name: sources:
    { config, options, ... }:
    {
      options.${name} = aspects // {
        apply = _: config.den.ful.${name};
      };
      config = {
        _module.args.${name} = config.den.ful.${name};
        den.ful.${name} = lib.mkMerge (
          options.${name}.definitions
          ++ map (source: source.denful.${name}) (filter isAttrs (lib.flatten [ sources ]))
        );
      };
    };
in
{
  inherit flakeModule namespace;
  flakeModules = {
    default = flakeModule;
    dendritic = flakeModule;
    strict = { };
  };
  modules.flake.default = flakeModule;
}
