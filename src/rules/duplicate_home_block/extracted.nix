#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  inputs.bleeding.url = "github:NixOS/nixpkgs/nixpkgs-unstable";
  inputs.home-manager.url = "github:nix-community/home-manager";
  outputs = { self, nixpkgs, bleeding, home-manager, ... }@inputs:
    let
      mkSystem = { system, modules }:
        nixpkgs.lib.nixosSystem {
          inherit system;
          modules = modules ++ [
            home-manager.nixosModules.home-manager
            {
              home-manager = mkHomeManager {
                inherit system;
                extraSpecialArgs = {
                  inherit self;
                };
                users.ada = {
                  imports = [
                    ./ada.nix
                  ];
                };
              };
            }
          ];
        };
      mkHomeManager = { system, extraSpecialArgs ? { }, users }:
      {
        # Files that are in the way are kept.
        backupFileExtension = "backup";
        # one nixpkgs
        useGlobalPkgs = true;
        useUserPackages = true;
        startAsUserService = false;
        extraSpecialArgs = {
          inherit inputs;
          newer = import bleeding {
            inherit system;
            config.allowUnfree = true;
          };
        } // extraSpecialArgs;
        inherit users;
      };
    in
    {
      nixosConfigurations.one = mkSystem { system = "x86_64-linux"; modules = [ ]; };
      nixosConfigurations.two = nixpkgs.lib.nixosSystem {
        modules = [
          home-manager.nixosModules.home-manager
          ({ config, ... }: {
            home-manager = mkHomeManager {
              # Its own.
              system = "aarch64-linux";
              extraSpecialArgs = {
                osConfig = config;
              };
              users.bob = ./bob.nix;
            } // {
              verbose = true;
            };
          })
        ];
      };
    };
}
