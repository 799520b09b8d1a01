//! Inputs are known by what they are and not by how they are called.

use expect_test::expect;

use super::hosts;

#[test]
fn forks_and_mirrors_under_any_name() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  inputs.weekly.url = "https://flakehub.com/f/DeterminateSystems/nixpkgs-weekly/0.1";
  inputs.mine.url = "github:somebody/nixpkgs/fix";
  inputs.own.url = "git+https://git.example.org/nixpkgs.git";
  inputs.parts.url = "gitlab:somebody/flake-parts";
  inputs.tree.url = "git+https://git.example.org/group/sub/import-tree.git";
  outputs = inputs: inputs.parts.lib.mkFlake { inherit inputs; } {
    systems = [ "x86_64-linux" ];
    flake.nixosConfigurations = {
      weekly = inputs.weekly.lib.nixosSystem { modules = inputs.weekly.lib.optional true ./a.nix; };
      mine = inputs.mine.lib.nixosSystem { modules = inputs.mine.lib.singleton ./a.nix; };
      own = inputs.own.lib.nixosSystem { modules = inputs.own.lib.flatten [ [ ./a.nix ] ]; };
      tree = inputs.mine.lib.nixosSystem { modules = [ (inputs.tree ./modules) ]; };
    };
  };
}
#- /a.nix
{ }
#- /modules/b.nix
{ }
"#,
    );
    expect![[r#"
        nixosConfigurations.mine (nixos, ?)
          a.nix
        nixosConfigurations.own (nixos, ?)
          a.nix
        nixosConfigurations.tree (nixos, ?)
          inline in flake.nix
          modules/b.nix
        nixosConfigurations.weekly (nixos, ?)
          a.nix
    "#]]
    .assert_eq(&shown);
}

#[test]
fn what_only_sounds_like_nixpkgs_is_something_else() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.nixpkgs-extra.url = "github:somebody/nixpkgs-extra-modules";
  inputs.home-manager.url = "github:somebody/tools";
  outputs = { nixpkgs, nixpkgs-extra, home-manager, ... }: {
    nixosConfigurations.a = nixpkgs.lib.nixosSystem {
      modules = nixpkgs-extra.lib.optional true ./a.nix ++ [ nixpkgs-extra.nixosModules.x home-manager.nixosModules.y ];
    };
  };
}
#- /a.nix
{ }
"#,
    );
    expect![[r#"
        nixosConfigurations.a (nixos, ?)
          input nixpkgs-extra: lib.optional
          input nixpkgs-extra: nixosModules.x
          input home-manager: nixosModules.y
    "#]]
    .assert_eq(&shown);
}

#[test]
fn the_lock_says_what_a_name_stands_for() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  outputs = { self, base, ... }: {
    nixosConfigurations.a = base.lib.nixosSystem { modules = base.lib.optional true ./a.nix; };
  };
}
#- /flake.lock
{
  "nodes": {
    "nixpkgs": { "locked": { "type": "github", "owner": "NixOS", "repo": "nixpkgs" }, "original": { "type": "indirect", "id": "base" } },
    "root": { "inputs": { "base": "nixpkgs" } }
  },
  "root": "root",
  "version": 7
}
#- /a.nix
{ }
"#,
    );
    expect![[r#"
        nixosConfigurations.a (nixos, ?)
          a.nix
    "#]]
    .assert_eq(&shown);
}
