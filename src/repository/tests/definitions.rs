//! Options and definitions of a host.

use expect_test::expect;

use super::options;

/// A flake with one host that has this module.
fn host(module: &str) -> String {
    options(&format!(
        r#"
#- /flake.nix
{{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = {{ nixpkgs, ... }}: {{
    nixosConfigurations.a = nixpkgs.lib.nixosSystem {{ system = "x86_64-linux"; modules = [ ./a.nix ]; }};
  }};
}}
{module}"#
    ))
}

#[test]
fn types_are_worded_as_nix_words_them() {
    let shown = host(
        r#"#- /a.nix
{ lib, ... }: with lib; {
  options.custom = {
    enable = mkEnableOption "it";
    name = mkOption { type = types.str; default = "x"; };
    level = mkOption { type = types.enum [ "low" "high" ]; default = "low"; };
    port = mkOption { type = types.port; default = 8080; };
    tags = mkOption { type = types.listOf types.str; default = [ ]; };
    owner = mkOption { type = types.nullOr types.int; default = null; };
    users = mkOption {
      default = { };
      type = types.attrsOf (types.submodule ({ name, ... }: {
        options.shell = mkOption { type = with types; either str path; default = "/bin/${name}"; };
      }));
    };
  };
}
"#,
    );
    expect![[r#"
        custom.enable: boolean = false
        custom.level: one of "low", "high" = "low"
        custom.name: string = "x"
        custom.owner: null or signed integer = null
        custom.port: 16 bit unsigned integer; between 0 and 65535 (both inclusive) = 8080
        custom.tags: list of string = [ ]
        custom.users: attribute set of (submodule) = { }
        custom.users.<name>.shell: string or absolute path = "/bin/<name>"
    "#]]
    .assert_eq(&shown);
}

#[test]
fn definitions_keep_condition_and_priority() {
    let shown = host(
        r#"#- /a.nix
{ config, lib, pkgs, ... }: {
  options.custom.enable = lib.mkEnableOption "it";
  options.custom.name = lib.mkOption { type = lib.types.str; };
  config = lib.mkMerge [
    { custom.enable = lib.mkDefault true; }
    (lib.mkIf config.custom.enable { custom.name = "on"; })
    (lib.mkIf (!config.custom.enable) { custom.name = lib.mkForce "off"; })
    (lib.mkIf config.services.openssh.enable { networking.firewall.allowedTCPPorts = [ 22 ]; })
    { services.nginx = lib.mkIf pkgs.stdenv.isLinux { enable = lib.mkForce false; }; }
  ];
}
"#,
    );
    expect![[r#"
        custom.enable: boolean = false
        custom.name: string
        set custom.enable = true @1000 in a.nix
        set custom.name = "on" in a.nix
        set custom.name = "off" @50 if false in a.nix
        set networking.firewall.allowedTCPPorts = [ 22 ] if ? (elsewhere) in a.nix
        set services.nginx.enable = false @50 (elsewhere) in a.nix
    "#]]
    .assert_eq(&shown);
}

#[test]
fn definitions_inside_submodules_belong_to_their_options() {
    let shown = host(
        r#"#- /a.nix
{ lib, ... }: {
  options.custom.users = lib.mkOption {
    type = lib.types.attrsOf (lib.types.submodule { options.admin = lib.mkOption { type = lib.types.bool; default = false; }; });
  };
  config.custom.users.alice.admin = true;
  config.custom.users.bob.nosuch = 1;
}
"#,
    );
    expect![[r#"
        custom.users: attribute set of (submodule)
        custom.users.<name>.admin: boolean = false
        set custom.users = { alice = { admin = true; }; bob = { nosuch = 1; }; } in a.nix
        set custom.users.alice.admin = true in a.nix
        set custom.users.bob.nosuch = 1 (elsewhere) in a.nix
    "#]]
    .assert_eq(&shown);
}

#[test]
fn renamed_options_and_options_made_by_helpers() {
    let shown = host(
        r#"#- /a.nix
{ lib, ... }: let
  mkOpt = type: default: lib.mkOption { inherit type default; };
  editor = name: { options.apps.${name} = { enable = mkOpt lib.types.bool false; } // lib.optionalAttrs (name == "vim") { plugins = mkOpt (lib.types.listOf lib.types.str) [ ]; }; };
in {
  imports = map editor [ "vim" "ed" ] ++ [ (lib.mkRenamedOptionModule [ "old" "name" ] [ "apps" "vim" "enable" ]) ];
  apps.vim.enable = true;
}
"#,
    );
    expect![[r#"
        apps.ed.enable: boolean = false
        apps.vim.enable: boolean = false
        apps.vim.plugins: list of string = [ ]
        old.name: boolean
        set apps.vim.enable = true in a.nix
        set warnings = [ ] if ? (elsewhere) in inline in a.nix
    "#]]
    .assert_eq(&shown);
}

#[test]
fn what_conditions_leave_out_of_upstream_is_not_there() {
    let shown = host(
        r#"#- /a.nix
{ config, lib, pkgs, ... }: {
  options.custom = lib.genAttrs [ "off" "on" "perhaps" "never" "listed" "perhapsListed" ] (_: lib.mkOption { type = lib.types.bool; });
  config = {
    systemd.services.off = lib.mkIf false { wants = [ "a" ]; };
    systemd.services.on = lib.mkIf true { wants = [ "a" ]; requires = lib.mkIf config.services.nginx.enable [ "b" ]; };
    systemd.services.perhaps = lib.mkIf config.services.nginx.enable { wants = [ "a" ]; };
    custom.off = config.systemd.services ? off;
    custom.on = config.systemd.services ? on;
    custom.perhaps = config.systemd.services ? perhaps;
    custom.never = config.systemd.services ? never;
    custom.listed = lib.elem "a" config.systemd.services.on.wants;
    custom.perhapsListed = lib.elem "b" config.systemd.services.on.requires;
  };
}
"#,
    );
    expect![[r#"
        custom.listed: boolean
        custom.never: boolean
        custom.off: boolean
        custom.on: boolean
        custom.perhaps: boolean
        custom.perhapsListed: boolean
        set custom.listed = ? in a.nix
        set custom.never = ? in a.nix
        set custom.off = ? in a.nix
        set custom.on = true in a.nix
        set custom.perhaps = ? in a.nix
        set custom.perhapsListed = ? in a.nix
        set systemd.services.off.wants = [ "a" ] if false (elsewhere) in a.nix
        set systemd.services.on.requires = [ "b" ] if ? (elsewhere) in a.nix
        set systemd.services.on.wants = [ "a" ] (elsewhere) in a.nix
        set systemd.services.perhaps.wants = [ "a" ] if ? (elsewhere) in a.nix
    "#]]
    .assert_eq(&shown);
}
