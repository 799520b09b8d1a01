# clan: machines are in the inventory, among `machines` and as folders of that
# name; what a machine has comes from its folder, from `machines` and from the
# services of which it has a role.
{ lib }:
let
  inherit (lib)
    attrNames
    concatMap
    filterAttrs
    mapAttrs
    mkOption
    types
    ;

  raw =
    default:
    mkOption {
      type = types.raw;
      inherit default;
    };
  attrs =
    type:
    mkOption {
      type = types.lazyAttrsOf type;
      default = { };
    };
  ownCore = __openInput [ "clan-core" ] { };

  # Members and tags of a role are lists of names, or sets with settings for each.
  names = members: if lib.isList members then members else attrNames members;

  machine =
    { name, ... }:
    {
      freeformType = types.lazyAttrsOf types.anything;
      options = {
        name = mkOption {
          type = types.str;
          default = name;
        };
        machineClass = mkOption {
          type = types.str;
          default = "nixos";
        };
        tags = mkOption {
          type = types.listOf types.str;
          default = [ ];
        };
      };
    };

  # A service as its author writes it: what each role brings to a machine.
  service =
    module:
    (lib.evalModules {
      modules = [
        module
        {
          freeformType = types.lazyAttrsOf types.raw;
          options.roles = attrs (
            types.submodule {
              freeformType = types.lazyAttrsOf types.raw;
              options.interface = mkOption {
                type = types.deferredModule;
                default = { };
              };
            }
          );
        }
      ];
      specialArgs.clanLib = __openInput [ "clan-core" "lib" ] { };
    }).config;

  clan =
    {
      config,
      nixpkgs,
      nix-darwin,
      self,
      ...
    }:
    let
      inherit (config) directory inventory;
      folder = "${toString directory}/machines";
      file = "${toString directory}/inventory.json";

      classOf = name: inventory.machines.${name}.machineClass;
      tagged =
        tag: name:
        tag == "all" || tag == classOf name || lib.elem tag inventory.machines.${name}.tags;
      hasRole =
        name: role:
        lib.elem name (names (role.machines or { }))
        || lib.any (tag: tagged tag name) (names (role.tags or { }));

      # The module that a role of an instance of a service brings to a machine.
      broughtBy =
        name: instanceName: instance: roleName: role:
        let
          spec = {
            name = instanceName;
            input = null;
          }
          // filterAttrs (_: value: value != null) (instance.module or { });
          modules =
            if spec.input == null && config.modules ? ${spec.name} then
              config.modules
            else if spec.input == "self" then
              config.modules
            else if spec.input == null || spec.input == "clan-core" then
              (ownCore.clan or { }).modules
            else
              self.inputs.${spec.input}.clan.modules;
          module = modules.${spec.name};
          own = service module;
          definition = own.roles.${roleName} or { };
          settings = [
            (role.settings or { })
            (if lib.isAttrs (role.machines or { }) then role.machines.${name}.settings or { } else { })
          ];
          extendSettings =
            more: (lib.evalModules { modules = [ (definition.interface or { }) ] ++ settings ++ [ more ]; }).config;
          arguments = {
            inherit instanceName roleName extendSettings;
            settings = extendSettings { };
            machine = {
              inherit name;
              roles = [ roleName ];
            };
            roles = mapAttrs (
              _: role:
              role
              // {
                machines = lib.genAttrs (lib.filter (name: hasRole name role) (attrNames inventory.machines)) (_: { });
              }
            ) instance.roles;
            mkExports = exports: exports;
            exports = __openInput [ "clan-core" "exports" ] { };
            directory = directory;
            meta = inventory.meta;
          };
          call =
            f:
            (if lib.isFunction f then f (builtins.intersectAttrs (lib.functionArgs f) arguments) else f)
            ."${classOf name}Module" or { };
        in
        if !__isKnown module then
          [ module ]
        else
          [
            (call (definition.perInstance or { }))
            (call (own.perMachine or { }))
          ];

      services =
        name:
        lib.concatLists (
          lib.mapAttrsToList (
            instanceName: instance:
            lib.concatLists (
              lib.mapAttrsToList (
                roleName: role:
                lib.optionals (hasRole name role) (
                  broughtBy name instanceName instance roleName role ++ role.extraModules or [ ]
                )
              ) (instance.roles or { })
            )
          ) inventory.instances
        );

      modulesOf =
        name:
        [ ownCore."${classOf name}Modules".clanCore ]
        ++ lib.filter lib.pathExists (
          map (part: "${folder}/${name}/${part}.nix") (
            [ "configuration" ]
            ++ lib.optionals (classOf name == "nixos") [
              "hardware-configuration"
              "disko"
            ]
          )
        )
        ++ services name
        ++ lib.optional (config.machines ? ${name}) config.machines.${name}
        ++ [ { networking.hostName = lib.mkDefault name; } ];

      build =
        name:
        (if classOf name == "darwin" then nix-darwin.lib.darwinSystem else nixpkgs.lib.nixosSystem) {
          modules = modulesOf name;
          specialArgs = {
            clan-core = ownCore;
          }
          // config.specialArgs;
        };
      ofClass = class: lib.genAttrs (lib.filter (name: classOf name == class) (attrNames inventory.machines)) build;
    in
    {
      freeformType = types.lazyAttrsOf types.raw;
      options = {
        self = raw self;
        directory = raw self;
        specialArgs = mkOption {
          type = types.lazyAttrsOf types.raw;
          default = { };
        };
        meta = attrs types.raw;
        machines = attrs types.deferredModule;
        modules = attrs types.raw;
        inventory = mkOption {
          default = { };
          type = types.submodule {
            freeformType = types.lazyAttrsOf types.raw;
            options = {
              meta = attrs types.raw;
              machines = mkOption {
                type = types.attrsOf (types.submodule machine);
                default = { };
              };
              instances = attrs types.anything;
            };
          };
        };
        nixosConfigurations = raw (ofClass "nixos");
        darwinConfigurations = raw (ofClass "darwin");
        clanInternals = raw { };
      };
      config.inventory = lib.mkMerge [
        { inherit (config) meta; }
        { machines = mapAttrs (_: _: { }) config.machines; }
        {
          machines = lib.optionalAttrs (lib.pathExists folder) (
            mapAttrs (_: _: { }) (filterAttrs (_: type: type == "directory") (builtins.readDir folder))
          );
        }
        (lib.optionalAttrs (lib.pathExists file) (lib.importJSON file))
      ];
    };

  evaluate =
    arguments:
    let
      inherit (arguments) self;
      evaluated = lib.evalModules {
        modules = [
          clan
          (removeAttrs arguments [ "self" ])
        ];
        specialArgs = {
          inherit self;
          nixpkgs = self.inputs.nixpkgs;
          nix-darwin = self.inputs.nix-darwin or self.inputs.darwin;
        };
      };
    in
    evaluated
    // {
      inherit (evaluated.config) nixosConfigurations darwinConfigurations clanInternals;
    };

  flakeModule =
    {
      config,
      options,
      inputs,
      self,
      ...
    }:
    {
      key = "clan-core/flakeModule";
      options = {
        clan = mkOption {
          type = types.raw;
          default = { };
          apply = _: config.flake.clan;
        };
        flake.clan = mkOption {
          default = { };
          type = types.submoduleWith {
            modules = [ clan ];
            specialArgs = {
              inherit self;
              inherit (inputs) nixpkgs;
              nix-darwin = inputs.nix-darwin or inputs.darwin;
            };
          };
        };
      };
      config.flake = {
        clan = lib.mkMerge options.clan.definitions;
        inherit (config.flake.clan) nixosConfigurations darwinConfigurations;
      };
    };
in
{
  inherit flakeModule;
  flakeModules.default = flakeModule;
  lib = {
    clan = evaluate;
    buildClan = evaluate;
  };
}
