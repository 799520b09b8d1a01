//! `check` renames what stands at `$0` and compares all texts that changed.

mod at_random;

use expect_test::{Expect, expect};

use super::{Move, Renaming, move_files, prepare_rename, rename};
use crate::base::{FileId, TextEdit};
use crate::hir::Name;
use crate::ide::Analysis;
use crate::ide::testing::at_cursor;

/// The changed files, with their texts.
fn changed(analysis: &Analysis, edits: &[(FileId, TextEdit)]) -> String {
    let mut files: Vec<FileId> = edits.iter().map(|(file, _)| *file).collect();
    files.sort_by_key(|file| analysis.path(*file));
    files.dedup();
    let mut shown = String::new();
    for file in files {
        let mut text = analysis.snapshot().file(file).unwrap().text().to_string();
        let mut here: Vec<&TextEdit> = edits.iter().filter(|(of, _)| *of == file).map(|(_, edit)| edit).collect();
        here.sort_by_key(|edit| std::cmp::Reverse(edit.range.start()));
        for edit in here {
            text.replace_range(std::ops::Range::<usize>::from(edit.range), &edit.insert);
        }
        let data = crate::db::FileData::new(text.as_str().into());
        assert!(data.parse().errors().is_empty(), "{text}");
        shown.push_str(&format!("#- {}\n{}\n", analysis.path(file), text.trim_end()));
    }
    shown
}

fn check(text: &str, new: &str, expected: Expect) {
    let (analysis, _, position) = at_cursor(text);
    let shown = match rename(&analysis, position, new) {
        Ok(Renaming { edits, notes, .. }) => {
            let notes: String = notes.iter().map(|note| format!("note: {note}\n")).collect();
            format!("{}{notes}", changed(&analysis, &edits))
        }
        Err(why) => format!("refused: {why}\n"),
    };
    expected.assert_eq(&shown);
}

#[test]
fn names_of_a_let() {
    check(
        "let x$0 = 1; y = x; in { inherit x; z = [ x { x = 2; }.x ]; }",
        "one",
        expect![[r#"
            #- /repo/default.nix
            let one = 1; y = one; in { x = one; z = [ one { x = 2; }.x ]; }
        "#]],
    );
    check(
        "let\n  inherit (lib) mkIf mkForce;\nin\n[ (mkIf$0 true 1) mkForce ]",
        "when",
        expect![[r#"
            #- /repo/default.nix
            let
              inherit (lib) mkForce;
              when = lib.mkIf;
            in
            [ (when true 1) mkForce ]
        "#]],
    );
    check(
        "let a.b = 1; a.c = 2; in a$0.b",
        "z",
        expect![[r#"
            #- /repo/default.nix
            let z.b = 1; z.c = 2; in z.b
        "#]],
    );
}

#[test]
fn arguments() {
    check(
        "x$0: y: x + y",
        "z",
        expect![[r#"
        #- /repo/default.nix
        z: y: z + y
    "#]],
    );
    check(
        "{ a, ... }@args: args$0.b + a",
        "all",
        expect![[r#"
        #- /repo/default.nix
        { a, ... }@all: all.b + a
    "#]],
    );
    check(
        "{ a$0, b }: a + b",
        "c",
        expect![[r#"
        refused: a is passed by this name: whoever calls the function would have to change too
    "#]],
    );
}

#[test]
fn names_that_are_taken() {
    let taken = expect![[r#"
        refused: y means something here already
    "#]];
    check("let x$0 = 1; in y: x", "y", taken);
    let taken = expect![[r#"
        refused: y means something here already
    "#]];
    check("let x$0 = 1; in with pkgs; [ x y ]", "y", taken);
    check(
        "let x$0 = 1; in { y = x; z.y = s.y; }",
        "y",
        expect![[r#"
        #- /repo/default.nix
        let y = 1; in { y = y; z.y = s.y; }
    "#]],
    );
}

#[test]
fn what_keeps_its_name() {
    for (text, why) in [
        ("{ a$0 = 1; }", "this is an attribute, which other code selects by its name"),
        ("builtins.map$0", "this is a builtin of Nix"),
        ("1 +$0 1", "nothing that has a name stands here"),
        ("./a.nix$0", "a path gets another name when its file does: rename the file"),
    ] {
        let (analysis, _, position) = at_cursor(text);
        assert_eq!(prepare_rename(&analysis, position).unwrap_err(), why, "{text}");
    }
    check(
        "let x$0 = 1; in x",
        "a-b c",
        expect![[r#"
        refused: "a-b c" is no name that a variable can have
    "#]],
    );
    check(
        "let x$0 = 1; in x",
        "in",
        expect![[r#"
        refused: "in" is no name that a variable can have
    "#]],
    );
}

const OPTION: &str = r#"
#! minipkgs: flake, custom, home
#- /custom.nix
{ config, lib, ... }:
let
  cfg = config.custom;
  inherit (config.custom) level port;
in
{
  options.custom.port = lib.mkOption { type = lib.types.port; };
  options.custom.level = lib.mkOption { type = lib.types.str; };
  config.x = lib.mkIf (cfg.port == 1) port;
}
#- /home.nix
{ osConfig, ... }: { x = osConfig.custom.port; }
"#;

#[test]
fn options() {
    check(
        &format!(
            "{OPTION}#- /host.nix\n{{ config, ... }}: let port = 2; in {{ custom = {{ inherit port$0; }}; y = config.custom.port; }}\n"
        ),
        "gate",
        expect![[r#"
            #- /repo/host.nix
            { config, ... }: let gate = 2; in { custom = { port = gate; }; y = config.custom.port; }
        "#]],
    );
    check(
        &format!("{OPTION}#- /host.nix\n{{ custom.port$0 = 1; }}\n"),
        "level",
        expect![[r#"
            refused: custom.port cannot be called level: there are options of this name beside it
        "#]],
    );
    check(
        &format!("{OPTION}#- /host.nix\n{{ cus$0tom.port = 1; }}\n"),
        "own",
        expect![[r#"
        #- /repo/custom.nix
        { config, lib, ... }:
        let
          cfg = config.own;
          inherit (config.own) level port;
        in
        {
          options.own.port = lib.mkOption { type = lib.types.port; };
          options.own.level = lib.mkOption { type = lib.types.str; };
          config.x = lib.mkIf (cfg.port == 1) port;
        }
        #- /repo/home.nix
        { osConfig, ... }: { x = osConfig.own.port; }
        #- /repo/host.nix
        { own.port = 1; }
    "#]],
    );
    check(
        &format!("{OPTION}#- /host.nix\n{{ boo$0t.loader = 1; }}\n"),
        "own",
        expect![[r#"
        refused: this is an attribute, which other code selects by its name
    "#]],
    );
    check(
        &format!(
            "{OPTION}#- /host.nix\n{{ config, ... }}: let port = 2; in {{ custom = {{ inherit port; }}; y = config.custom.port$0; }}\n"
        ),
        "gate",
        expect![[r#"
            #- /repo/custom.nix
            { config, lib, ... }:
            let
              cfg = config.custom;
              inherit (config.custom) level;
              port = config.custom.gate;
            in
            {
              options.custom.gate = lib.mkOption { type = lib.types.port; };
              options.custom.level = lib.mkOption { type = lib.types.str; };
              config.x = lib.mkIf (cfg.gate == 1) port;
            }
            #- /repo/home.nix
            { osConfig, ... }: { x = osConfig.custom.gate; }
            #- /repo/host.nix
            { config, ... }: let port = 2; in { custom = { gate = port; }; y = config.custom.gate; }
        "#]],
    );
    check(
        &format!("{OPTION}#- /host.nix\n{{ custom.port$0 = 1; }}\n"),
        "the port",
        expect![[r##"
            #- /repo/custom.nix
            { config, lib, ... }:
            let
              cfg = config.custom;
              inherit (config.custom) level;
              port = config.custom."the port";
            in
            {
              options.custom."the port" = lib.mkOption { type = lib.types.port; };
              options.custom.level = lib.mkOption { type = lib.types.str; };
              config.x = lib.mkIf (cfg."the port" == 1) port;
            }
            #- /repo/home.nix
            { osConfig, ... }: { x = osConfig.custom."the port"; }
            #- /repo/host.nix
            { custom."the port" = 1; }
        "##]],
    );
}

#[test]
fn inputs() {
    check(
        r#"#- /flake.nix
{
  inputs.a.url = "github:o/a";
  inputs.b = { url = "github:o/b"; inputs.a.follows = "a"; };
  inputs.c.follows = "a/x";
  outputs = { self, a, b, ... }@inputs: {
    x = [ a$0.lib inputs.a.lib b ];
    y = { inherit a; };
    z = { inherit (inputs) b a; };
  };
}
"#,
        "base",
        expect![[r##"
            #- /repo/flake.nix
            {
              inputs.base.url = "github:o/a";
              inputs.b = { url = "github:o/b"; inputs.a.follows = "base"; };
              inputs.c.follows = "base/x";
              outputs = { self, base, b, ... }@inputs: {
                x = [ base.lib inputs.base.lib b ];
                y = { a = base; };
                z = { inherit (inputs) b; a = inputs.base; };
              };
            }
        "##]],
    );
    check(
        "#- /flake.nix\n{\n  inputs.a.url = \"github:o/a\";\n  inputs.b.url = \"github:o/b\";\n  outputs = { self, a$0, b }: { };\n}\n",
        "b",
        expect![[r#"
            refused: there is an input b already
        "#]],
    );
}

fn check_moves(moves: &[(&str, &str)], expected: Expect) {
    let text = r#"
#- /flake.nix
{
  outputs = { self, ... }: {
    x = [ ./hosts/a.nix ./modules ./modules/one.nix "${self}/modules/one.nix" ./absent.nix ];
  };
}
#- /hosts/a.nix
{ imports = [ ../modules ../modules/one.nix ./b.nix $0]; y = ./../flake.nix; z = <nixpkgs/x>; }
#- /hosts/b.nix
{ }
#- /modules/default.nix
{ imports = [ ./one.nix ./two/default.nix ]; }
#- /modules/one.nix
{ }
#- /modules/two/default.nix
{ imports = [ ../one.nix ]; }
"#;
    let (analysis, _, _) = at_cursor(text);
    let moves = moves.iter().map(|(from, to)| Move { from: Name::new(from), to: Name::new(to) });
    let edits = move_files(&analysis, &moves.collect::<Vec<_>>());
    expected.assert_eq(&changed(&analysis, &edits));
}

#[test]
fn files() {
    check_moves(
        &[("/repo/modules/one.nix", "/repo/modules/first.nix")],
        expect![[r##"
        #- /repo/flake.nix
        {
          outputs = { self, ... }: {
            x = [ ./hosts/a.nix ./modules ./modules/first.nix "${self}/modules/first.nix" ./absent.nix ];
          };
        }
        #- /repo/hosts/a.nix
        { imports = [ ../modules ../modules/first.nix ./b.nix ]; y = ./../flake.nix; z = <nixpkgs/x>; }
        #- /repo/modules/default.nix
        { imports = [ ./first.nix ./two/default.nix ]; }
        #- /repo/modules/two/default.nix
        { imports = [ ../first.nix ]; }
    "##]],
    );
    check_moves(
        &[("/repo/hosts/a.nix", "/repo/machines/deep/a.nix")],
        expect![[r##"
        #- /repo/flake.nix
        {
          outputs = { self, ... }: {
            x = [ ./machines/deep/a.nix ./modules ./modules/one.nix "${self}/modules/one.nix" ./absent.nix ];
          };
        }
        #- /repo/hosts/a.nix
        { imports = [ ../../modules ../../modules/one.nix ../../hosts/b.nix ]; y = ../../flake.nix; z = <nixpkgs/x>; }
    "##]],
    );
    check_moves(
        &[("/repo/modules/default.nix", "/repo/modules/all.nix")],
        expect![[r##"
        #- /repo/flake.nix
        {
          outputs = { self, ... }: {
            x = [ ./hosts/a.nix ./modules/all.nix ./modules/one.nix "${self}/modules/one.nix" ./absent.nix ];
          };
        }
        #- /repo/hosts/a.nix
        { imports = [ ../modules/all.nix ../modules/one.nix ./b.nix ]; y = ./../flake.nix; z = <nixpkgs/x>; }
    "##]],
    );
    check_moves(
        &[("/repo/modules/one.nix", "/repo/modules/one/default.nix")],
        expect![[r##"
        #- /repo/flake.nix
        {
          outputs = { self, ... }: {
            x = [ ./hosts/a.nix ./modules ./modules/one/default.nix "${self}/modules/one/default.nix" ./absent.nix ];
          };
        }
        #- /repo/hosts/a.nix
        { imports = [ ../modules ../modules/one/default.nix ./b.nix ]; y = ./../flake.nix; z = <nixpkgs/x>; }
        #- /repo/modules/default.nix
        { imports = [ ./one/default.nix ./two/default.nix ]; }
        #- /repo/modules/two/default.nix
        { imports = [ ../one/default.nix ]; }
    "##]],
    );
    check_moves(
        &[("/repo/hosts/b.nix", "/repo/hosts/b c.nix")],
        expect![[r##"
        #- /repo/hosts/a.nix
        { imports = [ ../modules ../modules/one.nix (./. + "/b c.nix") ]; y = ./../flake.nix; z = <nixpkgs/x>; }
    "##]],
    );
}

#[test]
fn folders() {
    check_moves(
        &[("/repo/modules", "/repo/parts")],
        expect![[r##"
        #- /repo/flake.nix
        {
          outputs = { self, ... }: {
            x = [ ./hosts/a.nix ./parts ./parts/one.nix "${self}/parts/one.nix" ./absent.nix ];
          };
        }
        #- /repo/hosts/a.nix
        { imports = [ ../parts ../parts/one.nix ./b.nix ]; y = ./../flake.nix; z = <nixpkgs/x>; }
    "##]],
    );
    check_moves(
        &[("/repo/modules/two", "/repo/two")],
        expect![[r#"
        #- /repo/modules/default.nix
        { imports = [ ./one.nix ../two/default.nix ]; }
        #- /repo/modules/two/default.nix
        { imports = [ ../modules/one.nix ]; }
    "#]],
    );
    check_moves(&[("/repo/nothing", "/repo/at-all"), ("/repo/modules", "/repo/modules")], expect![[""]]);
}

#[test]
fn what_cannot_be_seen_of_an_option_is_said() {
    let text = r#"
#! minipkgs: flake
#- /host.nix
{ config, lib, hosts, ... }:
{
  imports = [ (lib.mkRenamedOptionModule [ "old" ] [ "own" "port" ]) ];
  options.own.port$0 = lib.mkOption { type = lib.types.port; };
  config.x = lib.mapAttrsToList (name: value: value) config.own;
  config.y = config.own.${hosts};
  config.z = map (host: host.config.own.port) hosts;
}
"#;
    check(
        text,
        "gate",
        expect![[r##"
        #- /repo/host.nix
        { config, lib, hosts, ... }:
        {
          imports = [ (lib.mkRenamedOptionModule [ "old" ] [ "own" "port" ]) ];
          options.own.gate = lib.mkOption { type = lib.types.port; };
          config.x = lib.mapAttrsToList (name: value: value) config.own;
          config.y = config.own.${hosts};
          config.z = map (host: host.config.own.gate) hosts;
        }
        note: host.nix:7 reads it of a configuration that is not known from here; it is changed too
        note: own goes on as a whole at host.nix:5; what selects from it by name there is not changed
        note: own goes on as a whole at host.nix:6; what selects from it by name there is not changed
        note: host.nix:3 spells its path as a list of names, which is not changed
    "##]],
    );
}
