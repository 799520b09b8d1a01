{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  inputs.home-manager.url = "github:nix-community/home-manager";

  outputs = { nixpkgs, home-manager, ... }@inputs: {
    nixosConfigurations.box = nixpkgs.lib.nixosSystem {
      specialArgs = { inherit inputs; };
      modules = [
        home-manager.nixosModules.home-manager
        {
          home-manager = import ./home-manager.nix {
            inherit inputs;
            users.ada = { };
          };
        }
      ];
    };
    nixosConfigurations.nas = nixpkgs.lib.nixosSystem {
      specialArgs = { inherit inputs; };
      modules = [ home-manager.nixosModules.home-manager ./nas.nix ];
    };
  };
}
