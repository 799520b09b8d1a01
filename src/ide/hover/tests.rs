//! What is shown for the thing at `$0`.

use expect_test::{Expect, expect};

use super::hover;
use crate::ide::testing::at_cursor;

fn shown(text: &str) -> Option<String> {
    let (analysis, fixture, position) = at_cursor(text);
    let hover = hover(&analysis, position)?;
    assert!(hover.range.contains_inclusive(position.offset));
    let path = analysis.path(position.file);
    let word = &fixture.text(&path)[hover.range];
    Some(format!("on {word}\n{}", hover.markdown))
}

fn check(text: &str, expected: Expect) {
    expected.assert_eq(&shown(text).unwrap_or_default());
}

const HOST: &str = "#! minipkgs: flake, custom, home\n#- /host.nix\n";

#[test]
fn an_option_that_is_set() {
    let text = format!("{HOST}{{ lib, ... }}: {{\n  custom.enable = true;\n  custom.po$0rt = lib.mkForce 80;\n}}\n");
    check(
        &text,
        expect![[r#"
        on port
        ```nix
        custom.port: 16 bit unsigned integer; between 0 and 65535 (both inclusive)
        ```

        The port to listen on.

        Default: `8080`

        Declared in `custom.nix:8`

        Set by
        - `nixosConfigurations.box`: `80` (mkForce) in `host.nix:3`
    "#]],
    );
}

#[test]
fn an_option_that_is_read() {
    check(
        &format!("{HOST}{{ config, ... }}: {{ x = config.custom.le$0vel; }}\n"),
        expect![[r#"
        on level
        ```nix
        custom.level: one of "debug", "info", "error"
        ```

        How much is logged.

        Default: `"info"`

        Declared in `custom.nix:13`

        No host sets it.
    "#]],
    );
}

#[test]
fn an_option_through_an_alias() {
    let text =
        format!("{HOST}{{ config, ... }}: let cfg = config.custom; in {{ custom.enable = true; x = cfg.enable$0; }}\n");
    check(
        &text,
        expect![[r#"
        on enable
        ```nix
        custom.enable: boolean
        ```

        Whether to enable the services of this repository.

        Default: `false`  
        Example: `true`

        Declared in `custom.nix:7`

        Set by
        - `nixosConfigurations.box`: `true` in `host.nix:1`
    "#]],
    );
}

#[test]
fn an_option_where_it_is_declared() {
    let text = "#! minipkgs: flake\n#- /host.nix\n{ lib, ... }: {\n  options.a.b$0 = lib.mkOption {\n    type = lib.types.listOf lib.types.str;\n    default = [ ];\n    example = [ \"x\" ];\n    description = ''\n      Several\n      lines.\n    '';\n  };\n  config.a.b = lib.mkIf true [ \"y\" ];\n}\n";
    check(
        text,
        expect![[r#"
        on b
        ```nix
        a.b: list of string
        ```

        Several
        lines.

        Default: `[ ]`  
        Example: `[ "x" ]`

        Declared in `host.nix:2`

        Set by
        - `nixosConfigurations.box`: `[ "y" ]` in `host.nix:11`
    "#]],
    );
}

#[test]
fn a_namespace() {
    check(
        &format!("{HOST}{{ cust$0om.enable = true; }}\n"),
        expect![[r#"
        on custom
        ```nix
        custom
        ```

        Options
        - `enable`: boolean
        - `level`: one of "debug", "info", "error"
        - `owner`: null or string
        - `port`: 16 bit unsigned integer; between 0 and 65535 (both inclusive)
    "#]],
    );
}

#[test]
fn an_option_in_a_broken_file() {
    let text = format!("{HOST}{{ ... }}: {{\n  custom.level$0 = \n}}\n");
    assert!(shown(&text).is_some_and(|it| it.contains("How much is logged.")));
}

#[test]
fn an_input() {
    check(
        &format!("{HOST}{{ inputs, ... }}: {{ x = inputs.home-man$0ager; }}\n"),
        expect![[r#"
        on home-manager
        ```nix
        inputs.home-manager
        ```

        `github:nix-community/home-manager`  

        - its `nixpkgs` follows `nixpkgs`
    "#]],
    );
    let text = "#- /flake.nix\n{\n  inputs.a.url = \"github:o/a/main\";\n  outputs = { self, a }: { x = a$0.b; };\n}\n#- /flake.lock\n{ \"version\": 7, \"root\": \"root\", \"nodes\": { \"root\": { \"inputs\": { \"a\": \"a_2\" } }, \"a_2\": { \"locked\": { \"type\": \"github\", \"owner\": \"o\", \"repo\": \"a\", \"rev\": \"0123456789abcdef0123456789abcdef01234567\", \"lastModified\": 1764460800 }, \"original\": { \"type\": \"github\", \"owner\": \"o\", \"repo\": \"a\" } } } }\n";
    check(
        text,
        expect![[r#"
        on a
        ```nix
        inputs.a
        ```

        `github:o/a/main`  

        Locked at `0123456789a` of 2025-11-30
    "#]],
    );
}

#[test]
fn a_local_name() {
    check(
        "let\n  f = x: {\n    y = x;\n  };\nin f$0 1\n",
        expect![[r#"
        on f
        ```nix
        f = x: {
          y = x;
        };
        ```
    "#]],
    );
    check(
        "{ a, b ? 1 }: b$0\n",
        expect![[r#"
        on b
        ```nix
        b ? 1
        ```
    "#]],
    );
    let long: String = (0..20).map(|at| format!("    a{at} = {at};\n")).collect();
    let text = format!("let\n  s = {{\n{long}  }};\nin s$0\n");
    assert!(shown(&text).is_some_and(|it| it.ends_with("…\n```\n") && it.contains("\n  a0 = 0;\n")));
}

#[test]
fn builtins_and_lib() {
    check(
        "builtins.map$0",
        expect![[r#"
        on map
        ```nix
        builtins.map f list
        ```

        `f` of every element.
    "#]],
    );
    check(
        "toStr$0ing 1",
        expect![[r#"
        on toString
        ```nix
        builtins.toString v
        ```

        The value as a string.
    "#]],
    );
    check(
        "{ lib, ... }: lib.mk$0If",
        expect![[r#"
        on mkIf
        ```nix
        lib.mkIf condition content
        ```

        Definitions that hold under a condition. The condition may read `config`.
    "#]],
    );
    check(
        "{ lib, ... }: lib.types.nullOr$0",
        expect![[r#"
        on nullOr
        ```nix
        lib.types.nullOr type
        ```

        null, or a value of the type.
    "#]],
    );
}

#[test]
fn names_of_with() {
    check(
        "{ lib, ... }: with lib; types.nullOr$0",
        expect![[r#"
        on nullOr
        ```nix
        lib.types.nullOr type
        ```

        null, or a value of the type.
    "#]],
    );
    check(
        "{ lib, ... }: with lib; mk$0If",
        expect![[r#"
        on mkIf
        ```nix
        lib.mkIf condition content
        ```

        Definitions that hold under a condition. The condition may read `config`.
    "#]],
    );
    check(
        "{ lib, ... }: with lib.types; null$0Or str",
        expect![[r#"
        on nullOr
        ```nix
        lib.types.nullOr type
        ```

        null, or a value of the type.
    "#]],
    );
}

#[test]
fn a_path() {
    check(
        &format!("{HOST}{{ imports = [ ./cus$0tom.nix ]; }}\n"),
        expect![[r#"
        on ./custom.nix
        `custom.nix`

        A module of
        - `nixosConfigurations.box`
    "#]],
    );
    check(
        &format!("{HOST}{{ imports = [ ./nowhere$0.nix ]; }}\n"),
        expect![[r#"
        on ./nowhere.nix
        `./nowhere.nix` does not exist
    "#]],
    );
}

#[test]
fn arguments() {
    check(
        &format!("{HOST}{{ con$0fig, ... }}: {{ }}\n"),
        expect![[r#"
        on config
        ```nix
        config
        ```

        The configuration of the host, with all modules merged.
    "#]],
    );
    check(
        &format!("{HOST}{{ inputs, ... }}: {{ x = inp$0uts; }}\n"),
        expect![[r#"
        on inputs
        ```nix
        inputs
        ```

        The inputs of the flake.
    "#]],
    );
}

#[test]
fn nothing_to_say() {
    for text in ["1 +$0 1", "$0", "# comm$0ent\n1", "\"te$0xt\"", "un$0known", "with x; un$0known"] {
        assert_eq!(shown(text), None, "{text}");
    }
}

#[test]
fn what_modules_are_given() {
    let flake = "#- /flake.nix\n{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = { nixpkgs, ... }: {\n    nixosConfigurations.box = (nixpkgs.lib.extend (final: prev: { custom = import ./lib.nix; })).nixosSystem {\n      modules = [ ./a.nix ./b.nix ];\n    };\n  };\n}\n#- /lib.nix\n{\n  mkX =\n    name: value:\n    { inherit name value; };\n}\n#- /b.nix\n{ _module.args.unit = \"rack\"; }\n#- /a.nix\n";
    check(
        &format!("{flake}{{ lib, ... }}: {{ x = lib.custom.mk$0X 1; }}\n"),
        expect![[r#"
        on mkX
        ```nix
        lib.custom.mkX
        ```

        ```nix
        mkX =
          name: value:
          { inherit name value; };
        ```
        In `lib.nix`
    "#]],
    );
    check(
        &format!("{flake}{{ unit, ... }}: {{ x = un$0it; }}\n"),
        expect![[r#"
        on unit
        ```nix
        unit
        ```

        ```nix
        _module.args.unit = "rack";
        ```
        In `b.nix`
    "#]],
    );
}
