{
  description = "A language server and checker for flakes that hold NixOS, Home Manager, nix-darwin and nix-on-droid configurations";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      systems = [
        "aarch64-darwin"
        "aarch64-linux"
        "x86_64-darwin"
        "x86_64-linux"
      ];
      forAllSystems = f: lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
      manifest = lib.importTOML ./Cargo.toml;

      flakewise' =
        {
          lib,
          rustPlatform,
          gitMinimal,
        }:
        rustPlatform.buildRustPackage {
          pname = "flakewise";
          inherit (manifest.package) version;
          src = lib.fileset.toSource {
            root = ./.;
            fileset = lib.fileset.unions [
              ./Cargo.lock
              ./Cargo.toml
              ./benches
              ./clippy.toml
              ./docs
              ./fixtures
              ./src
              ./tests
            ];
          };
          cargoLock.lockFile = ./Cargo.lock;
          # The tests make repositories of their own and look at what git tracks in them.
          nativeCheckInputs = [ gitMinimal ];
          meta = {
            inherit (manifest.package) description;
            homepage = manifest.package.repository;
            license = with lib.licenses; [
              mit
              asl20
            ];
            mainProgram = "flakewise";
          };
        };
    in
    {
      overlays.default = final: _prev: { flakewise = final.callPackage flakewise' { }; };

      packages = forAllSystems (pkgs: rec {
        flakewise = pkgs.callPackage flakewise' { };
        default = flakewise;
        vim-plugin = pkgs.vimUtils.buildVimPlugin {
          pname = "flakewise";
          inherit (manifest.package) version;
          src = ./editors/nvim;
        };
      });

      devShells = forAllSystems (pkgs: {
        default = pkgs.mkShell {
          inputsFrom = [ self.packages.${pkgs.stdenv.hostPlatform.system}.flakewise ];
          packages = with pkgs; [
            clippy
            nodejs
            rust-analyzer
            rustfmt
          ];
        };
      });

      checks = forAllSystems (
        pkgs:
        let
          own = self.packages.${pkgs.stdenv.hostPlatform.system};
        in
        {
          # Its build runs the tests.
          inherit (own) flakewise;
          fixture = pkgs.runCommand "flakewise-check-fixture" { } ''
            cp -r ${./fixtures/guide/single-host} flake
            chmod -R u+w flake
            ${lib.getExe own.flakewise} check flake
            touch $out
          '';
        }
      );

      formatter = forAllSystems (pkgs: pkgs.nixfmt-tree);
    };
}
