{ inputs, ... }:
{
  home-manager = import ./home-manager.nix {
    inherit inputs;
    users.bob = { };
  };
}
