# lite-config: a flake-parts module that makes hosts of a table of them, with
# one package set per system and the same modules for all.
{ lib }:
let
  inherit (lib)
    mapAttrs
    mkDefault
    mkOption
    optionals
    types
    ;

  option =
    type: default: description:
    mkOption { inherit type default description; };
  modules = option (types.listOf types.deferredModule) [ ];
  settings = option types.attrs { };
  set = options: default: mkOption {
    type = types.submodule { inherit options; };
    inherit default;
  };

  module =
    {
      config,
      inputs,
      withSystem,
      ...
    }:
    let
      cfg = config.lite-config;

      source = {
        nixpkgs = option types.raw inputs.nixpkgs "The nixpkgs flake to use.";
        config = settings "The configuration of the Nix Packages collection.";
      };
      options = {
        nixpkgs = set (
          source
          // {
            perSystemOverrides = option (types.attrsOf (types.submodule { options = source; })) { } "Overrides for a system.";
            overlays = option (types.listOf types.raw) [ ] "Overlays to use with the Nix Packages collection.";
            exportOverlayPackages = option types.bool true "Whether packages in the overlays should be exported as packages.";
            setPerSystemPkgs = option types.bool true "Whether this nixpkgs is the `pkgs` of perSystem modules too.";
          }
        ) { };
        hosts = mkOption {
          type = types.attrsOf (
            types.submodule {
              options = {
                system = mkOption {
                  type = types.str;
                  description = "The system of the host.";
                };
                hostModule =
                  option (types.nullOr types.deferredModule) null
                    "The module of the host; by default the one in hostModuleDir that has its name.";
              };
            }
          );
          default = { };
          description = "Host configurations.";
        };
        systemModules = modules "Shared system modules to be imported by all hosts.";
        homeModules = modules "Home manager modules to be imported by all hosts.";
        hostModuleDir = mkOption {
          type = types.path;
          description = "The directory that contains host modules.";
        };
        builder = set {
          darwin = option (types.functionTo types.attrs) inputs.nix-darwin.lib.darwinSystem "What builds a darwin system.";
        } { };
        homeManagerFlake = option types.raw inputs.home-manager "The home-manager flake to use.";
        homeConfigurations = option (types.attrsOf types.deferredModule) { } "Modules of homes outside of any host, by user.";
      };

      useHomeManager = cfg.homeModules != [ ] || cfg.homeConfigurations != { };

      host =
        name: settings:
        let
          pkgs = withSystem settings.system ({ liteConfigPkgs, ... }: liteConfigPkgs);
          isDarwin = lib.hasSuffix "darwin" settings.system;
          specialArgs = {
            inherit inputs;
            inherit (pkgs.stdenv) hostPlatform;
          };
          build = if isDarwin then cfg.builder.darwin else cfg.nixpkgs.nixpkgs.lib.nixosSystem;
        in
        {
          ${if isDarwin then "darwinConfigurations" else "nixosConfigurations"}.${name} = build {
            inherit specialArgs;
            modules = [
              (if settings.hostModule == null then "${cfg.hostModuleDir}/${name}" else settings.hostModule)
              {
                nixpkgs.pkgs = pkgs;
                networking.hostName = name;
              }
            ]
            ++ cfg.systemModules
            ++ optionals useHomeManager [
              cfg.homeManagerFlake."${if isDarwin then "darwin" else "nixos"}Modules".default
              {
                home-manager = {
                  sharedModules = cfg.homeModules;
                  useGlobalPkgs = true;
                  extraSpecialArgs = specialArgs;
                };
              }
            ];
          };
        };

      home =
        pkgs: user: module:
        cfg.homeManagerFlake.lib.homeManagerConfiguration {
          inherit pkgs;
          extraSpecialArgs = {
            inherit inputs;
            inherit (pkgs.stdenv) hostPlatform;
          };
          modules = [
            module
            (
              { config, ... }:
              {
                home.username = mkDefault user;
                home.homeDirectory = mkDefault (
                  if pkgs.stdenv.hostPlatform.isDarwin then
                    "/Users/${config.home.username}"
                  else
                    "/home/${config.home.username}"
                );
              }
            )
          ]
          ++ cfg.homeModules;
        };
    in
    {
      options.lite-config = set options { };
      config = {
        systems = lib.unique (lib.mapAttrsToList (_: host: host.system) cfg.hosts);
        flake = lib.foldl' (
          left: right: left // mapAttrs (output: hosts: left.${output} or { } // hosts) right
        ) { } (lib.mapAttrsToList host cfg.hosts);
        perSystem =
          { system, liteConfigPkgs, ... }:
          {
            _module.args = {
              liteConfigPkgs = lib.mkOptionDefault (
                import (cfg.nixpkgs.perSystemOverrides.${system} or cfg.nixpkgs).nixpkgs {
                  inherit system;
                  inherit (cfg.nixpkgs) overlays config;
                }
              );
              pkgs = lib.mkIf cfg.nixpkgs.setPerSystemPkgs liteConfigPkgs;
            };
            packages = lib.mkIf useHomeManager {
              home-manager = cfg.homeManagerFlake.packages.${system}.default;
              # Not to be built: `home-manager switch` looks into it.
              homeConfigurations = mapAttrs (home liteConfigPkgs) cfg.homeConfigurations // {
                type = "derivation";
                name = "homeConfigurations";
              };
            };
          };
      };
    };
in
{
  flakeModule = module;
  flakeModules.default = module;
}
