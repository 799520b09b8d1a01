//! Outputs, inputs and helpers.

use std::fmt::Write;

use expect_test::expect;

use super::analyze;

#[test]
fn outputs_by_their_place_in_the_schema() {
    let repository = analyze(
        r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { self, nixpkgs, ... }: let
    forAll = f: nixpkgs.lib.genAttrs [ "x86_64-linux" "aarch64-darwin" ] (system: f nixpkgs.legacyPackages.${system});
  in {
    packages = forAll (pkgs: { hello = pkgs.hello; } // nixpkgs.lib.optionalAttrs pkgs.stdenv.isLinux { linux-only = pkgs.hello; });
    devShells = forAll (pkgs: { default = pkgs.mkShell { }; });
    formatter = forAll (pkgs: pkgs.nixfmt);
    overlays.default = final: prev: { };
    nixosModules.default = ./module.nix;
    lib.id = x: x;
    templates.host = { path = ./t; description = "a host"; };
    broken = throw "not today";
  };
}
#- /module.nix
{ }
"#,
    );
    let mut shown = String::new();
    for output in repository.flakes.iter().flat_map(|flake| flake.outputs.iter()) {
        let _ = writeln!(shown, "{} ({})", output.path.join("."), output.kind.name());
    }
    for problem in repository.flakes.iter().flat_map(|flake| flake.problems.iter()) {
        let _ = writeln!(shown, "problem in {:?}: {}", problem.output, problem.message);
    }
    expect![[r#"
        broken (other)
        devShells.aarch64-darwin.default (dev-shell)
        devShells.x86_64-linux.default (dev-shell)
        formatter.aarch64-darwin (formatter)
        formatter.x86_64-linux (formatter)
        lib.id (library)
        nixosModules.default (nixos-module)
        overlays.default (overlay)
        packages.aarch64-darwin.hello (package)
        packages.x86_64-linux.hello (package)
        packages.x86_64-linux.linux-only (package)
        templates.host (template)
        problem in Some("broken"): not today
    "#]]
    .assert_eq(&shown);
}

#[test]
fn inputs_in_every_spelling() {
    let repository = analyze(
        r#"
#- /flake.nix
{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs";
    nested = { url = "github:a/b"; inputs.nixpkgs.follows = "nixpkgs"; inputs.deep.inputs.x.follows = ""; };
    attrs = { type = "github"; owner = "o"; repo = "r"; ref = "main"; };
    plain = { url = "./vendor"; flake = false; };
    same.follows = "nested/deep";
  };
  inputs.late.url = "git+ssh://git@example.org/x";
  inputs.late.inputs.nixpkgs.follows = "nixpkgs";
  outputs = _: { };
}
"#,
    );
    let mut shown = String::new();
    for input in repository.flakes.iter().flat_map(|flake| flake.inputs.iter()) {
        let url = input.url.as_ref().map_or("-", |url| url.text.as_str());
        let follows = input.follows.as_ref().map_or("-", |follows| follows.text.as_str());
        let _ = writeln!(shown, "{} url={url} follows={follows} flake={}", input.name, input.is_flake);
        for over in &input.overrides {
            let follows = over.follows.as_ref().map_or("-", |follows| follows.text.as_str());
            let _ = writeln!(shown, "  {} -> {follows:?}", over.path.join("/"));
        }
    }
    expect![[r#"
        attrs url=github:o/r/main follows=- flake=true
        late url=git+ssh://git@example.org/x follows=- flake=true
          nixpkgs -> "nixpkgs"
        nested url=github:a/b follows=- flake=true
          deep/x -> ""
          nixpkgs -> "nixpkgs"
        nixpkgs url=github:NixOS/nixpkgs follows=- flake=true
        plain url=./vendor follows=- flake=false
        same url=- follows=nested/deep flake=true
    "#]]
    .assert_eq(&shown);
}

#[test]
fn helpers_and_who_uses_them() {
    let repository = analyze(
        r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { self, nixpkgs, home-manager, ... }: let
    mkSystem = { hostname, modules }: nixpkgs.lib.nixosSystem { system = "x86_64-linux"; inherit modules; };
    mkOther = name: let x = 1; in nixpkgs.lib.nixosSystem { system = "x86_64-linux"; modules = [ ]; };
    mkHome = module: home-manager.lib.homeManagerConfiguration {
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
      extraSpecialArgs.osConfig = self.nixosConfigurations.b.config;
      modules = [ module ];
    };
  in {
    nixosConfigurations.a = mkOther "a";
    nixosConfigurations.b = nixpkgs.lib.nixosSystem { system = "x86_64-linux"; modules = [ ]; };
    homeConfigurations.me = mkHome { };
  };
}
"#,
    );
    let mut shown = String::new();
    for flake in &repository.flakes {
        for helper in flake.helpers.iter() {
            let _ = writeln!(
                shown,
                "{} builds {}: called={} {:?}",
                helper.name,
                helper.builds.name(),
                helper.called,
                helper.hosts
            );
        }
        for host in &flake.hosts {
            for simulated in &host.simulated_os_config {
                let _ = writeln!(shown, "{} gets {} of {:?}", host.output, simulated.argument, simulated.hosts);
            }
        }
    }
    expect![[r#"
        mkSystem builds nixos: called=false []
        mkOther builds nixos: called=true ["nixosConfigurations.a"]
        mkHome builds home: called=true ["homeConfigurations.me"]
        homeConfigurations.me gets osConfig of ["nixosConfigurations.b"]
    "#]]
    .assert_eq(&shown);
}
