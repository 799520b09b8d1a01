# unify: a flake-parts module in which one module has a part for NixOS, one for nix-darwin and one for homes, and a host
# is a list of such modules.
{ lib }:
let
  inherit (lib)
    catAttrs
    mapAttrs
    mkDefault
    mkOption
    types
    ;

  part =
    description:
    mkOption {
      inherit description;
      type = types.deferredModule;
      default = { };
    };
  parts = {
    nixos = part "The part for NixOS.";
    darwin = part "The part for nix-darwin.";
    home = part "The part for the homes of users.";
  };
  # What people add to modules, users and hosts is theirs.
  loose = module: types.submoduleWith {
    modules = [
      { freeformType = types.lazyAttrsOf types.raw; }
      module
    ];
  };

  unifyModule = loose {
    options = parts // {
      tags = mkOption {
        type = types.listOf types.str;
        default = [ ];
      };
    };
  };
  modulesOption = mkOption {
    description = "Modules of which each class takes its part.";
    type = types.listOf unifyModule;
    default = [ ];
  };

  user = loose {
    options = {
      inherit (parts) home;
      modules = modulesOption;
    };
  };

  host = further: loose (
    { name, ... }:
    {
      options =
        further
        // parts
        // {
          name = mkOption {
            type = types.str;
            default = name;
          };
          modules = modulesOption;
          tags = mkOption {
            type = types.listOf types.str;
            default = [ ];
          };
          users = mkOption {
            description = "Users with a home.";
            type = types.lazyAttrsOf user;
            default = { };
          };
        };
    }
  );

  module =
    { config, inputs, ... }:
    let
      cfg = config.unify;

      homes = host: class: {
        imports = [ inputs.home-manager."${class}Modules".home-manager ];
        home-manager = {
          extraSpecialArgs.hostConfig = host;
          users = mapAttrs (_: user: {
            imports = [
              cfg.home
              host.home
              user.home
            ]
            ++ catAttrs "home" user.modules;
          }) host.users;
        };
      };

      build =
        class: make: name: host:
        make {
          specialArgs.hostConfig = host;
          modules = [
            { networking.hostName = mkDefault name; }
            cfg.${class}
            host.${class}
          ]
          ++ catAttrs class host.modules
          ++ lib.optional (host.users != { }) (homes host class);
        };

      hosts =
        class:
        mkOption {
          description = "Hosts of the class ${class}.";
          type = types.lazyAttrsOf (host cfg.options);
          default = { };
        };
    in
    {
      options.unify = parts // {
        options = mkOption {
          description = "Options that hosts have besides.";
          type = types.lazyAttrsOf types.raw;
          default = { };
        };
        modules = mkOption {
          type = types.lazyAttrsOf unifyModule;
          default = { };
        };
        hosts = {
          nixos = hosts "nixos";
          darwin = hosts "darwin";
        };
      };
      config.flake = {
        nixosConfigurations = mapAttrs (build "nixos" inputs.nixpkgs.lib.nixosSystem) cfg.hosts.nixos;
      }
      // lib.optionalAttrs (inputs ? nix-darwin) {
        darwinConfigurations = mapAttrs (build "darwin" inputs.nix-darwin.lib.darwinSystem) cfg.hosts.darwin;
      };
    };
in
{
  flakeModule = module;
  flakeModules = {
    default = module;
    unify = module;
  };
}
