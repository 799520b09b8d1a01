//! What renaming at random in repositories came upon.

use expect_test::expect;

use super::{Move, at_cursor, check};
use crate::hir::Name;
use crate::ide::rename::notes_on_moves;

#[test]
fn an_attribute_whose_name_stands_twice() {
    check(
        r#"
#! minipkgs: flake
#- /host.nix
{ lib, ... }:
{
  options.own.aliases$0 = lib.mkOption { type = lib.types.attrsOf lib.types.str; };
  config.own = {
    aliases = { ll = "ls -l"; };
    aliases.v = "nvim";
  };
}
"#,
        "short",
        expect![[r##"
            #- /repo/host.nix
            { lib, ... }:
            {
              options.own.short = lib.mkOption { type = lib.types.attrsOf lib.types.str; };
              config.own = {
                short = { ll = "ls -l"; };
                short.v = "nvim";
              };
            }
        "##]],
    );
}

#[test]
fn a_set_that_others_declare_too_keeps_its_name() {
    check(
        r#"
#! minipkgs: flake
#- /host.nix
{ lib, ... }:
{
  options.pro$0grams.own.enable = lib.mkEnableOption "it";
  config.programs.own.enable = true;
  config.programs.git.enable = true;
}
"#,
        "apps",
        expect![[r#"
            refused: programs.git.enable is set and not declared in this repository, so programs keeps its name
        "#]],
    );
}

#[test]
fn options_that_one_place_declares_are_renamed_together() {
    check(
        r#"
#! minipkgs: flake
#- /host.nix
{ config, lib, ... }:
let
  mkService = port: { port$0 = lib.mkOption { type = lib.types.port; default = port; }; };
in
{
  options.own.web = mkService 80;
  options.own.ssh = mkService 22;
  config.own.web.port = 8080;
  config.environment.etc.ssh.text = toString config.own.ssh.port;
}
"#,
        "gate",
        expect![[r#"
            #- /repo/host.nix
            { config, lib, ... }:
            let
              mkService = port: { gate = lib.mkOption { type = lib.types.port; default = port; }; };
            in
            {
              options.own.web = mkService 80;
              options.own.ssh = mkService 22;
              config.own.web.gate = 8080;
              config.environment.etc.ssh.text = toString config.own.ssh.gate;
            }
            note: own.web.port is declared at the same place and called gate too
        "#]],
    );
}

#[test]
fn a_path_of_names_to_a_set_above() {
    check(
        r#"
#! minipkgs: flake
#- /host.nix
{ config, lib, ... }:
let
  own = lib.attrByPath [ "services" "own" ] { } config;
in
{
  options.services.own.enable$0 = lib.mkEnableOption "it";
  config.x = own.enable or false;
}
"#,
        "on",
        expect![[r##"
            #- /repo/host.nix
            { config, lib, ... }:
            let
              own = lib.attrByPath [ "services" "own" ] { } config;
            in
            {
              options.services.own.on = lib.mkEnableOption "it";
              config.x = own.enable or false;
            }
            note: host.nix:3 spells its path as a list of names, which is not changed
        "##]],
    );
}

#[test]
fn a_set_is_renamed_on_all_hosts_that_have_a_part_of_it() {
    check(
        r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ./one.nix ]; };
    nixosConfigurations.b = nixpkgs.lib.nixosSystem { modules = [ ./one.nix ./two.nix ]; };
    nixosConfigurations.c = nixpkgs.lib.nixosSystem { modules = [ ./two.nix ./three.nix ]; };
  };
}
#- /one.nix
{ lib, ... }: { options.ow$0n.one = lib.mkOption { }; }
#- /two.nix
{ lib, ... }: { options.own.two = lib.mkOption { }; }
#- /three.nix
{ lib, ... }: { options.own.three = lib.mkOption { }; }
"#,
        "mine",
        expect![[r#"
            #- /repo/one.nix
            { lib, ... }: { options.mine.one = lib.mkOption { }; }
            #- /repo/three.nix
            { lib, ... }: { options.mine.three = lib.mkOption { }; }
            #- /repo/two.nix
            { lib, ... }: { options.mine.two = lib.mkOption { }; }
        "#]],
    );
}

#[test]
fn modules_that_are_brought_in_by_computed_paths() {
    let text = r#"
#! minipkgs: flake
#- /host.nix
$0{ imports = [ (./. + "/modules/${"guest"}.nix") ./modules/plain.nix ]; }
#- /modules/guest.nix
{ }
#- /modules/plain.nix
{ }
"#;
    let (analysis, _, _) = at_cursor(text);
    let notes = |name: &str| {
        let path = |name: &str| Name::new(format!("/repo/modules/{name}.nix"));
        notes_on_moves(&analysis, &[Move { from: path(name), to: path("other") }])
    };
    assert_eq!(notes("plain"), [""; 0]);
    expect![[r#"host.nix:1 brings in modules/guest.nix by a path that is computed, which is not changed"#]]
        .assert_eq(&notes("guest").join("\n"));
}
