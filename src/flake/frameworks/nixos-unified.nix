# nixos-unified: hosts and homes of a flake-parts flake from folders, with the flake itself as an argument of modules.
{ lib }:
let
  inherit (lib)
    mapAttrs
    mkDefault
    mkOption
    optional
    types
    ;

  # Metadata of a system, read when it is activated.
  metadata =
    { config, flake, ... }:
    {
      options.nixos-unified = {
        sshTarget = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "SSH target for this system configuration.";
        };
        overrideInputs = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Inputs to override when deploying or activating.";
        };
        outputs = {
          system = mkOption {
            type = types.str;
            readOnly = true;
            default = config.nixpkgs.hostPlatform.system;
            description = "System to activate.";
          };
          overrideInputs = mkOption {
            type = types.attrsOf types.path;
            readOnly = true;
            default = lib.genAttrs config.nixos-unified.overrideInputs (name: flake.inputs.${name});
          };
          nixArgs = mkOption {
            type = types.listOf types.str;
            readOnly = true;
            default = lib.concatMap (name: [
              "--override-input"
              name
              "${flake.inputs.${name}}"
            ]) config.nixos-unified.overrideInputs;
            description = "Arguments to pass to `nix`.";
          };
        };
      };
    };

  common = {
    nix.settings = {
      max-jobs = mkDefault "auto";
      experimental-features = mkDefault "nix-command flakes";
    };
  };

  home =
    { config, pkgs, ... }:
    {
      home.homeDirectory = mkDefault (
        if pkgs.stdenv.isDarwin then "/Users/${config.home.username}" else "/home/${config.home.username}"
      );
    };

  library =
    {
      self,
      inputs,
      config,
      ...
    }:
    let
      specialArgsFor = rec {
        common.flake = { inherit self inputs config; };
        nixos = common;
        darwin = common // {
          rosettaPkgs = import inputs.nixpkgs { system = "x86_64-darwin"; };
        };
      };
      users = module: extraSpecialArgs: {
        imports = [
          module
          {
            home-manager = {
              inherit extraSpecialArgs;
              useGlobalPkgs = true;
              useUserPackages = true;
              sharedModules = [ home ];
            };
          }
        ];
      };
    in
    {
      flake.nixos-unified.lib = {
        inherit specialArgsFor;
        mkLinuxSystem =
          {
            home-manager ? false,
          }:
          module:
          inputs.nixpkgs.lib.nixosSystem {
            specialArgs = specialArgsFor.nixos;
            modules = [
              metadata
              common
              module
            ]
            ++ optional home-manager (users inputs.home-manager.nixosModules.home-manager specialArgsFor.nixos);
          };
        mkMacosSystem =
          {
            home-manager ? false,
          }:
          module:
          inputs.nix-darwin.lib.darwinSystem {
            specialArgs = specialArgsFor.darwin;
            modules = [
              metadata
              common
              module
            ]
            ++ optional home-manager (users inputs.home-manager.darwinModules.home-manager specialArgsFor.darwin);
          };
        mkHomeConfiguration =
          pkgs: module:
          inputs.home-manager.lib.homeManagerConfiguration {
            inherit pkgs;
            extraSpecialArgs = specialArgsFor.common;
            modules = [
              home
              module
            ];
          };
      };
    };

  packages =
    { flake-parts-lib, ... }:
    {
      options.perSystem = flake-parts-lib.mkPerSystemOption (
        { pkgs, ... }:
        {
          options.nixos-unified.primary-inputs = mkOption {
            type = types.listOf types.str;
            default = [
              "nixpkgs"
              "home-manager"
              "nix-darwin"
            ];
            description = "Inputs to update when running `nix run .#update`.";
          };
          config.packages = {
            update = pkgs.writeShellApplication { name = "update-main-flake-inputs"; };
            activate = pkgs.writeShellApplication { name = "activate"; };
          };
        }
      );
    };

  # The Nix files of a folder and its folders with a default.nix, by name.
  nixFiles =
    folder: f:
    lib.concatMapAttrs (
      name: type:
      let
        path = "${folder}/${name}";
      in
      if type == "regular" && lib.hasSuffix ".nix" name then
        { ${lib.removeSuffix ".nix" name} = f path; }
      else if type == "directory" && builtins.pathExists "${path}/default.nix" then
        { ${name} = f path; }
      else
        { }
    ) (if builtins.pathExists folder then builtins.readDir folder else { });

  autoWire =
    { self, ... }:
    let
      unified = self.nixos-unified.lib;
      all = mapAttrs (_: kind: nixFiles "${self}/modules/${kind}" (path: path)) {
        nixosModules = "nixos";
        darwinModules = "darwin";
        homeModules = "home";
      };
    in
    {
      flake = all // {
        nixosConfigurations = nixFiles "${self}/configurations/nixos" (unified.mkLinuxSystem { home-manager = true; });
        darwinConfigurations = nixFiles "${self}/configurations/darwin" (
          unified.mkMacosSystem { home-manager = true; }
        );
        overlays = nixFiles "${self}/overlays" (path: import path unified.specialArgsFor.common);
      };
      perSystem =
        { pkgs, ... }:
        {
          legacyPackages.homeConfigurations = nixFiles "${self}/configurations/home" (unified.mkHomeConfiguration pkgs);
        };
    };

  default = {
    imports = [
      library
      packages
    ];
  };

  # flake-parts' mkFlake with the modules of the first of these folders that there is.
  moduleFolders = [
    "nix/modules/flake"
    "modules/flake"
    "nix/modules/flake-parts"
    "modules/flake-parts"
  ];
  mkFlake =
    {
      inputs,
      root,
      systems ? [
        "x86_64-linux"
        "x86_64-darwin"
        "aarch64-linux"
        "aarch64-darwin"
      ],
      specialArgs ? { },
    }:
    let
      folder = lib.findFirst (
        folder: builtins.pathExists "${root}/${folder}"
      ) (throw "None of these paths exist: ${toString moduleFolders}") moduleFolders;
    in
    inputs.flake-parts.lib.mkFlake { inherit inputs specialArgs; } {
      inherit systems;
      _module.args = { inherit root; };
      imports = map (name: "${root}/${folder}/${name}") (lib.attrNames (builtins.readDir "${root}/${folder}"));
    };
in
{
  lib = { inherit mkFlake; };
  flakeModules = {
    inherit autoWire default;
  };
  flakeModule = default;
}
