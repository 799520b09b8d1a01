# Stands in for nixpkgs where flake.nix is evaluated without it (.ci/nix.sh): what the flake calls, with derivations
# that nobody builds.
{
  outputs = _: rec {
    lib = import ./lib.nix;
    legacyPackages = lib.genAttrs [
      "aarch64-darwin"
      "aarch64-linux"
      "x86_64-darwin"
      "x86_64-linux"
    ] (system: import ./packages.nix { inherit lib system; });
  };
}
