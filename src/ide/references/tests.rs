//! `check` compares the references of what stands at `$0` with the marks of a
//! fixture: `d` for declarations, `w` for writes, `r` for reads.

use super::references;
use crate::ide::testing::at_cursor;
use crate::semantics::Access;

fn check(text: &str) {
    let (analysis, fixture, position) = at_cursor(text);
    let mut found: Vec<String> = references(&analysis, position, true)
        .into_iter()
        .map(|reference| {
            let access = match reference.access {
                Access::Declaration => "d",
                Access::Write => "w",
                Access::Read => "r",
            };
            format!("{} {:?} {access}", analysis.path(reference.range.file), reference.range.range)
        })
        .collect();
    let mut expected: Vec<String> =
        fixture.marks.iter().map(|mark| format!("{} {:?} {}", mark.path, mark.range, mark.label)).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn local_names() {
    check("let x = 1; in\n  # ^ d\n  [ x x$0 ]\n  # ^ r\n  #   ^ r\n");
    check("{ a, b }: a + b$0\n#    ^ d\n#             ^ r\n");
    check("let x$0 = 1; y = let x = 2; in x; in x\n  # ^ d\n  #                                ^ r\n");
}

#[test]
fn attributes() {
    check("let s = { p = 1; }; in s.p$0\n      #   ^ d\n      #                  ^ r\n");
    check("let s = { p$0 = 1; }; in [ s.p s.q ]\n      #   ^ d\n      #                    ^ r\n");
    check(
        "let s = { p.a = 1; p.b = 2; }; in s.p$0\n      #   ^ d\n      #            ^ r\n      #                             ^ r\n",
    );
    check("rec { a = 1; b = a$0; }\n  #   ^ d\n  #              ^ r\n");
}

#[test]
fn names_that_shadow() {
    check("x: (x$0: x) x\n#   ^ d\n#      ^ r\n");
    check("{ x }: (x: x) x$0\n# ^ d\n#             ^ r\n");
}

const OPTION: &str = r#"
#! minipkgs: flake, custom, home
#- /custom.nix
{ config, lib, ... }:
let
  cfg = config.custom;
  inherit (config.custom) port;
                        # ^^^^ r
in
{
  options.custom.port = lib.mkOption { type = lib.types.port; };
               # ^^^^ d
  config.x = lib.mkIf (cfg.port == 1) port;
                         # ^^^^ r
}
#- /home.nix
{ osConfig, ... }: { x = osConfig.custom.port; }
                                       # ^^^^ r
"#;

#[test]
fn options_from_every_side() {
    let host = |text: &str| check(&format!("{OPTION}#- /host.nix\n{text}\n"));
    host("{ config, ... }: {\n  custom.port$0 = 1;\n       # ^^^^ w\n}");
    host(
        "{ config, ... }: {\n  custom = { port = 1; };\n           # ^^^^ w\n  y = config.custom.port$0 + 1;\n                  # ^^^^ r\n}",
    );
    host("{ config, ... }: {\n  y = config.custom.port$0 or 1;\n                  # ^^^^ r\n}");
}

#[test]
fn inputs() {
    check(
        "#- /flake.nix\n{\n  inputs.a.url = \"github:o/a\";\n       # ^ d\n  inputs.b.url = \"github:o/b\";\n  outputs = { self, a, b }@inputs: {\n                  # ^ r\n    x = [ a$0.lib inputs.a.lib b ];\n        # ^ r\n        #              ^ r\n  };\n}\n",
    );
}

#[test]
fn nothing() {
    check("1 +$0 1\n");
    check("builtins.m$0ap\n");
    check("$0");
}

#[test]
fn in_broken_code() {
    check("let x = 1; in\n  # ^ d\n  [ x$0 (\n  # ^ r\n");
    check("{ a$0, ... }: { b = a; c = \n# ^ d\n#                 ^ r\n}");
}

#[test]
fn what_modules_are_given() {
    let flake = "#- /flake.nix\n{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = { nixpkgs, ... }: {\n    nixosConfigurations.box = (nixpkgs.lib.extend (final: prev: { custom = import ./lib.nix; })).nixosSystem {\n      modules = [ ./a.nix ./b.nix ];\n    };\n  };\n}\n";
    let a = "#- /a.nix\n{ lib, unit, ... }: { x = lib.custom.mkX unit; }\n#                                    ^^^ r\n";
    let lib = "#- /lib.nix\n{ mkX = x: x; }\n# ^^^ d\n";
    check(&format!(
        "{flake}{a}{lib}#- /b.nix\n{{ lib, ... }}: with lib; {{ y = custom.mk$0X 2; _module.args.unit = 1; }}\n#                                    ^^^ r\n"
    ));
    let lib = "#- /lib.nix\n{ mk$0X = x: x; }\n# ^^^ d\n";
    check(&format!("{flake}{a}{lib}#- /b.nix\n{{ _module.args.unit = 1; }}\n"));
    let a = "#- /a.nix\n{ unit, ... }: { x = unit; }\n# ^^^^ r\n#                    ^^^^ r\n";
    check(&format!(
        "{flake}{a}#- /lib.nix\n{{ }}\n#- /b.nix\n{{ unit, ... }}: {{ _module.args.un$0it = 1; }}\n# ^^^^ r\n#                             ^^^^ d\n"
    ));
}

#[test]
fn options_of_other_hosts() {
    check(
        r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  outputs = { self, nixpkgs, ... }@inputs: {
    nixosConfigurations.a = nixpkgs.lib.nixosSystem {
      specialArgs = { nodes = self.nixosConfigurations; inherit self inputs; };
      modules = [ ./custom.nix ./host.nix ];
    };
    ports = map (host: host.config.custom.port) (builtins.attrValues self.nixosConfigurations);
                                        # ^^^^ r
    first = self.nixosConfigurations.a.config.custom.port;
                                                   # ^^^^ r
    again = inputs.self.nixosConfigurations.a.config.custom.port or 1;
                                                          # ^^^^ r
    of = name: let inherit (self.nixosConfigurations.${name}.config.custom) port; in port;
                                                                          # ^^^^ r
    other = self.nixosConfigurations.a.pkgs.custom.port;
  };
}
#- /custom.nix
{ lib, ... }: { options.custom.port = lib.mkOption { type = lib.types.port; }; }
                             # ^^^^ d
#- /host.nix
{ nodes, self, config, lib, ... }:
{
  custom.port$0 = 1;
       # ^^^^ w
  x = nodes.a.config.custom.port;
                          # ^^^^ r
  y = lib.mapAttrsToList (name: node: node.config.custom.port) nodes;
                                                       # ^^^^ r
  z = (builtins.head (builtins.attrValues nodes)).config.custom.port;
                                                              # ^^^^ r
  u = with config.custom; port;
                        # ^^^^ r
  v = with config; custom.port;
                        # ^^^^ r
  w = nodes.a.options.custom.port.isDefined;
                           # ^^^^ r
}
"#,
    );
}

#[test]
fn options_of_users() {
    check(
        r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  inputs.home-manager.url = "github:nix-community/home-manager";
  outputs = { nixpkgs, home-manager, ... }: {
    nixosConfigurations.a = nixpkgs.lib.nixosSystem {
      modules = [ home-manager.nixosModules.home-manager ./host.nix ];
    };
  };
}
#- /host.nix
{ config, ... }:
{
  home-manager.users.me = { imports = [ ./custom.nix ]; };
  x = config.home-manager.users.me.custom.port;
                                        # ^^^^ r
}
#- /custom.nix
{ lib, ... }: { options.custom.port$0 = lib.mkOption { type = lib.types.port; }; }
                             # ^^^^ d
"#,
    );
}
