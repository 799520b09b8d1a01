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

      # With the packages of somebody else's nixpkgs: what the overlay and the modules are about.
      packagesFor = pkgs: {
        flakewise = pkgs.callPackage ./nix/package.nix { commit = self.rev or self.dirtyRev or null; };
        vim-plugin = pkgs.vimUtils.buildVimPlugin {
          pname = "flakewise";
          inherit (manifest.package) version;
          src = ./editors/nvim;
        };
        vscode-extension = pkgs.callPackage ./nix/vscode-extension.nix { };
      };
    in
    {
      overlays.default = final: prev: {
        inherit (packagesFor final) flakewise;
        vimPlugins = prev.vimPlugins // {
          flakewise = (packagesFor final).vim-plugin;
        };
      };

      packages = forAllSystems (
        pkgs:
        let
          own = packagesFor pkgs;
        in
        own // { default = own.flakewise; }
      );

      homeManagerModules.default = import ./nix/home-manager.nix packagesFor;
      nixosModules.default = import ./nix/nixos.nix packagesFor;

      devShells = forAllSystems (pkgs: {
        default = pkgs.mkShell {
          inputsFrom = [ self.packages.${pkgs.stdenv.hostPlatform.system}.flakewise ];
          packages = with pkgs; [
            clippy
            mdbook
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
          book = pkgs.runCommand "flakewise-book" { nativeBuildInputs = [ pkgs.mdbook ]; } ''
            mdbook build ${./docs} --dest-dir $out
          '';
        }
      );

      formatter = forAllSystems (pkgs: pkgs.nixfmt-tree);
    };
}
