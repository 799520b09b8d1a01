//! What cannot be known, and what goes wrong.

use expect_test::expect;

use super::{hosts, options};

/// A flake with one host `a` whose modules are `./a.nix`.
fn flake(rest: &str) -> String {
    format!(
        r#"
#- /flake.nix
{{
  inputs.nixpkgs.url = "nixpkgs";
  inputs.private.url = "git+ssh://git@example.org/secret";
  outputs = {{ self, nixpkgs, private, ... }}@inputs: {{
    nixosConfigurations.a = nixpkgs.lib.nixosSystem {{
      system = "x86_64-linux";
      specialArgs = {{ inherit inputs; }};
      modules = [ ./a.nix ];
    }};
  }};
}}
{rest}"#
    )
}

#[test]
fn a_condition_that_is_not_decided_leaves_both_ways() {
    let shown = hosts(&flake(
        r#"#- /a.nix
{ inputs, lib, ... }: {
  imports = [ ./always.nix ] ++ lib.optional inputs.private.desktop ./desktop.nix
    ++ (if inputs.private.big then [ ./big.nix ] else [ ./small.nix ])
    ++ inputs.private.modules;
}
#- /always.nix
{ }
#- /desktop.nix
{ }
#- /big.nix
{ }
#- /small.nix
{ }
"#,
    ));
    expect![[r#"
        nixosConfigurations.a (nixos, x86_64-linux)
          a.nix
          input private: modules
          always.nix
          desktop.nix (perhaps)
          big.nix (perhaps)
          small.nix (perhaps)
    "#]]
    .assert_eq(&shown);
}

#[test]
fn missing_files_broken_files_and_missing_arguments_are_problems_of_the_host_only() {
    let shown = hosts(&flake(
        r#"#- /a.nix
{ inputs, nosuch, ... }: { imports = [ ./gone.nix ./broken.nix ./folder ./good.nix ]; }
#- /broken.nix
{ a = ; }
#- /folder/other.nix
{ }
#- /good.nix
{ throwing = throw "never looked at"; }
"#,
    ));
    expect![[r#"
        nixosConfigurations.a (nixos, x86_64-linux)
          a.nix
          missing: gone.nix
          broken.nix
          missing: folder/default.nix
          good.nix
          unknown: broken.nix has syntax errors
          problem: gone.nix does not exist
          problem: folder/default.nix does not exist
          problem: the module asks for the argument nosuch, which is not passed to this configuration
    "#]]
    .assert_eq(&shown);
}

#[test]
fn imports_in_a_circle_and_imports_that_need_config() {
    let shown = hosts(&flake(
        r#"#- /a.nix
{ config, lib, ... }: { imports = [ ./b.nix ] ++ lib.optional config.custom.x ./c.nix; }
#- /b.nix
{ imports = [ ./a.nix ./b.nix ]; }
#- /c.nix
{ }
"#,
    ));
    expect![[r#"
        nixosConfigurations.a (nixos, x86_64-linux)
          a.nix
          unknown: an expression that fails: infinite recursion: imports cannot depend on config
          problem: infinite recursion: imports cannot depend on config
    "#]]
    .assert_eq(&shown);
}

#[test]
fn a_namespace_with_computed_parts_is_open() {
    let shown = options(&flake(
        r#"#- /a.nix
{ inputs, lib, ... }: {
  options.custom = { known = lib.mkEnableOption "it"; } // inputs.private.options;
  options.other.${inputs.private.name} = lib.mkEnableOption "it";
  options.free = lib.mkOption { type = lib.types.submodule { freeformType = lib.types.attrsOf lib.types.str; }; };
  config.custom.unknown = 1;
}
"#,
    ));
    expect![[r#"
        custom.known: boolean = false
        free: open submodule of attribute set of string
        set custom.unknown = 1 (elsewhere) in a.nix
        open custom: input private.options
        open free: a freeform type (attrsOf)
        open other: computed from input private.name
    "#]]
    .assert_eq(&shown);
}

#[test]
fn outputs_that_fail_do_not_take_the_others_along() {
    let shown = hosts(
        r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { self, nixpkgs, ... }: {
    nixosConfigurations.bad = throw "no such host";
    nixosConfigurations.loop = self.nixosConfigurations.loop;
    nixosConfigurations.good = nixpkgs.lib.nixosSystem { system = "x86_64-linux"; modules = [ ]; };
    packages.x86_64-linux = abort "stop";
  };
}
"#,
    );
    expect![[r#"
        nixosConfigurations.bad (nixos, ?)
          unknown: an expression that fails: no such host
          problem: an expression that fails: no such host
        nixosConfigurations.good (nixos, x86_64-linux)
        nixosConfigurations.loop (nixos, ?)
          unknown: an expression that fails: infinite recursion: the value needs itself
          problem: an expression that fails: infinite recursion: the value needs itself
        problem: no such host
        problem: infinite recursion: the value needs itself
        problem: stop
    "#]]
    .assert_eq(&shown);
}

#[test]
fn what_stands_beside_something_unknown_is_there_all_the_same() {
    let shown = hosts(&flake(
        r#"#- /a.nix
{ inputs, lib, ... }: {
  imports = [ ./b.nix ] ++ inputs.private.modules ++ map (name: ./${name}) ([ "c.nix" ] ++ inputs.private.names)
    ++ lib.optional inputs.private.flag ./d.nix ++ lib.filter (path: inputs.private.wants path) [ ./e.nix ];
}
#- /b.nix
{ }
#- /c.nix
{ }
#- /d.nix
{ }
#- /e.nix
{ }
"#,
    ));
    let line = |name: &str| shown.lines().find(|line| line.contains(name)).unwrap_or_default().trim().to_string();
    assert_eq!([line("b.nix"), line("c.nix")], ["b.nix", "c.nix"], "{shown}");
    assert_eq!([line("d.nix"), line("e.nix")], ["d.nix (perhaps)", "e.nix (perhaps)"], "{shown}");
}
