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
              home-manager = {
                # Files that are in the way are kept.
                backupFileExtension = "backup";
                useGlobalPkgs = true; # one nixpkgs
                useUserPackages = true;
                startAsUserService = false;
                extraSpecialArgs = {
                  inherit inputs self;
                  newer = import bleeding {
                    inherit system;
                    config.allowUnfree = true;
                  };
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
    in
    {
      nixosConfigurations.one = mkSystem { system = "x86_64-linux"; modules = [ ]; };
      nixosConfigurations.two = nixpkgs.lib.nixosSystem {
        modules = [
          home-manager.nixosModules.home-manager
          ({ config, ... }: {
            home-manager = {
              backupFileExtension = "backup";
              useGlobalPkgs = true;
              useUserPackages = true;
              startAsUserService = false;
              # Its own.
              extraSpecialArgs = {
                inherit inputs;
                osConfig = config;
                newer = import bleeding {
                  system = "aarch64-linux";
                  config.allowUnfree = true;
                };
              };
              users.bob = ./bob.nix;
              verbose = true;
            };
          })
        ];
      };
    };
}
#- /ada.nix
{ home.username = "ada"; }
#- /bob.nix
{ home.username = "bob"; }
