//! `check` compares the definitions of what stands at `$0` with the marks of a
//! fixture labelled `def`. A file itself is expected by its path.

use super::goto_definition;
use crate::ide::testing::at_cursor;

fn targets(text: &str) -> Vec<String> {
    let (analysis, fixture, position) = at_cursor(text);
    let Some(found) = goto_definition(&analysis, position) else { return Vec::new() };
    assert!(found.source.contains_inclusive(position.offset));
    let mut targets: Vec<String> = found
        .targets
        .iter()
        .map(|target| {
            let path = analysis.path(target.file);
            assert!(target.full.contains_range(target.focus));
            let mark = fixture.marks.iter().find(|mark| mark.path == path && mark.range == target.focus);
            match mark {
                Some(mark) => mark.label.clone(),
                None => format!("{} {:?}", analysis.display_path(target.file), target.focus),
            }
        })
        .collect();
    targets.sort();
    targets
}

/// All marks of the fixture, and nothing else, are the definitions.
fn check(text: &str) {
    let (_, fixture, _) = at_cursor(text);
    let mut expected: Vec<String> = fixture.marks.iter().map(|mark| mark.label.clone()).collect();
    expected.sort();
    assert!(!expected.is_empty());
    assert_eq!(targets(text), expected, "{text}");
}

fn check_file(text: &str, path: &str) {
    assert_eq!(targets(text), [format!("{path} 0..0")], "{text}");
}

fn check_none(text: &str) {
    assert_eq!(targets(text), [] as [&str; 0], "{text}");
}

#[test]
fn local_names() {
    check("let x = 1;\n  # ^ def\nin x$0");
    check("let x = 1;\n  # ^ def\nin $0x + 1");
    check("let a = 1; in let a = 2;\n                # ^ def\nin a$0");
    check("{ a, b ? a$0 }: b\n# ^ def");
}

#[test]
fn attributes_of_local_sets() {
    check("let s = { p.q = 1; };\n      #     ^ def\nin s.p.q$0");
    check("let s = { p.q = 1; };\n      #   ^ def\nin s.p$0.q");
    check("let s = { p = 1; }; inherit (s) p;\n      #   ^ def\nin p$0");
    check("let s = { p = 1; };\n      #   ^ def\nin with s; p$0");
}

const CUSTOM: &str = r#"
#! minipkgs: flake, custom
#- /custom.nix
{ config, lib, ... }:
let cfg = config.custom; in
{
  options.custom.enable = lib.mkEnableOption "it";
               # ^^^^^^ enable
  options.custom.port = lib.mkOption { type = lib.types.port; };
               # ^^^^ port
  config = lib.mkIf cfg.enable { };
}
"#;

fn custom(text: &str, label: &str) {
    let text = format!("{CUSTOM}{text}");
    assert_eq!(targets(&text), [label], "{text}");
}

#[test]
fn options_that_are_set() {
    custom("#- /host.nix\n{ custom.enable$0 = true; }\n", "enable");
    custom("#- /host.nix\n{ custom = { $0port = 1; }; }\n", "port");
    custom("#- /host.nix\n{ lib, ... }: { config = lib.mkMerge [ { custom = { po$0rt = 1; }; } ]; }\n", "port");
    custom(
        "#- /host.nix\n{ lib, ... }: { config.custom = lib.mkIf true { enable$0 = lib.mkForce true; }; }\n",
        "enable",
    );
}

#[test]
fn options_that_are_read() {
    custom("#- /host.nix\n{ config, ... }: { x = config.custom.en$0able; }\n", "enable");
    custom("#- /host.nix\n{ config, ... }: let cfg = config.custom; in { x = cfg.port$0; }\n", "port");
    custom(
        "#- /host.nix\n{ config, ... }: let inherit (config.custom) port; in { x = port; y = config.custom.port$0; }\n",
        "port",
    );
    custom("#- /host.nix\n{ config, ... }: let inherit (config.custom) po$0rt; in { x = port; }\n", "port");
    custom("#- /host.nix\n{ options, ... }: { x = options.custom.port$0; }\n", "port");
}

#[test]
fn options_in_broken_files() {
    custom("#- /host.nix\n{ config, ... }: {\n  custom.enable$0 =\n}\n", "enable");
    custom("#- /host.nix\n{ config, ... }: {\n  custom.enable$0\n  custom.port = 1;\n", "enable");
    custom("#- /host.nix\n{ config, ... }: {\n  x = [ config.custom.port$0 ;\n", "port");
}

#[test]
fn inside_of_a_value() {
    let text = "#! minipkgs: flake\n#- /host.nix\n{ config, lib, ... }: {\n  options.vars = lib.mkOption { type = lib.types.attrsOf lib.types.str; };\n        # ^^^^ def\n";
    check(&format!("{text}  config.vars.A$0 = \"1\";\n}}\n"));
    check(&format!("{text}  config.x = config.vars.A$0;\n}}\n"));
}

#[test]
fn a_namespace_leads_to_its_options() {
    let found = targets(&format!("{CUSTOM}#- /host.nix\n{{ custom$0.enable = true; }}\n"));
    assert_eq!(found, ["enable"], "one for each file");
}

#[test]
fn inputs() {
    check(
        "#- /flake.nix\n{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n       # ^^^^^^^ def\n  outputs = { self, nixp$0kgs }: { };\n}\n",
    );
    check(
        "#- /flake.nix\n{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n       # ^^^^^^^ def\n  outputs = { self, nixpkgs }: { x = nixpkgs$0.lib; };\n}\n",
    );
    check(
        "#- /flake.nix\n{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n       # ^^^^^^^ def\n  outputs = inputs: { x = inputs.nixpkgs$0.lib; };\n}\n",
    );
    check(
        "#- /flake.nix\n{\n  inputs = {\n    nixpkgs.url = \"github:NixOS/nixpkgs\";\n  # ^^^^^^^ def\n    x.inputs.nixpkgs.follows = \"nixp$0kgs\";\n    x.url = \"github:a/b\"; };\n  outputs = inputs: { };\n}\n",
    );
    let host = "#! minipkgs: flake\n#- /host.nix\n{ inputs, ... }: { x = inputs.nixp$0kgs; }\n";
    assert_eq!(targets(host).len(), 1);
    assert!(targets(host)[0].starts_with("flake.nix"));
}

#[test]
fn paths() {
    check_file("#- /a/default.nix\n1\n#- /b.nix\n{ imports = [ ./a$0 ]; }\n", "/repo/a/default.nix");
    check_file("#- /a/c.nix\n1\n#- /b.nix\nimport ./a/c$0.nix\n", "/repo/a/c.nix");
    check_file("#- /a.txt\n1\n#- /d/b.nix\nbuiltins.readFile ../a.t$0xt\n", "/repo/a.txt");
    check_none("#- /b.nix\nimport ./nowhe$0re.nix\n");
    check_file("#- /a.nix\n1\n#- /b.nix\nlet x = [ import ./a$0.nix\n", "/repo/a.nix");
}

#[test]
fn across_imports() {
    let lib = "#- /lib/default.nix\n{ lib }: rec {\n  mkSystem = x: x;\n# ^^^^^^^^ def\n}\n#- /flake.nix\n";
    check(&format!("{lib}let h = import ./lib {{ }}; in h.mkSy$0stem 1"));
    check(&format!("{lib}let inherit (import ./lib {{ }}) mkSystem; in mkSyst$0em 1"));
    check(&format!("{lib}(import ./lib {{ }}).mkSystem$0"));
    let gathered = "#- /lib/hosts.nix\n{ mk = x: x; }\n# ^^ def\n#- /lib/default.nix\n{ hosts = import ./hosts.nix; }\n#- /f.nix\n";
    check(&format!("{gathered}let l = import ./lib; in l.hosts.mk$0 1"));
}

#[test]
fn arguments() {
    check_none("#! minipkgs: flake\n#- /host.nix\n{ con$0fig, ... }: { }\n");
    check_none("#! minipkgs: flake\n#- /host.nix\n{ lib, ... }: { x = l$0ib; }\n");
    let found = targets("#! minipkgs: flake\n#- /host.nix\n{ inputs, ... }: { x = inp$0uts; }\n");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("flake.nix"), "{found:?}");
    check("#- /f.nix\nlet f = { a, ... }: a$0;\n        # ^ def\nin f\n");
}

#[test]
fn outputs_by_way_of_self() {
    let text = "#- /flake.nix\n{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = { self, nixpkgs }: {\n    overlays.default = final: prev: { };\n           # ^^^^^^^ def\n    x = self.overlays.defa$0ult;\n  };\n}\n";
    check(text);
}

#[test]
fn builtins_have_none() {
    check_none("map$0 (x: x) [ ]");
    check_none("builtins.m$0ap");
    check_none("un$0known");
    check_none("1 + $01");
    check_none("$0");
}

/// A flake with helpers in its `lib`, in an argument of its own, and an argument that a module gives.
const GIVEN: &str = r#"#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  outputs = { nixpkgs, ... }:
    let
      lib = nixpkgs.lib.extend (final: prev: { custom = import ./lib.nix { lib = final; }; });
    in
    {
      nixosConfigurations.box = lib.nixosSystem {
        specialArgs = { tools = import ./tools.nix; inherit (nixpkgs) rev; };
        modules = [ ./arguments.nix ./host.nix ];
      };
    };
}
#- /arguments.nix
{ lib, ... }: {
  _module.args.unit = lib.mkDefault "rack";
}
#- /tools.nix
{ saw.teeth = 30; hammer = x: x; }
#- /lib.nix
{ lib }: {
  mkX = name: lib.toUpper name;
  hosts = { mkY = name: name; };
}
"#;

fn given(mark: &str, host: &str) -> String {
    let (before, after) = mark.split_once(" <- ").expect("a line and a mark");
    format!("{}#- /host.nix\n{host}\n", GIVEN.replacen(before, &format!("{before}\n{after}"), 1))
}

#[test]
fn helpers_in_an_extended_lib() {
    let mk_x = "  mkX = name: lib.toUpper name; <- # ^^^ def";
    check(&given(mk_x, "{ lib, ... }: { x = lib.custom.mk$0X \"a\"; }"));
    check(&given(mk_x, "{ lib, ... }: with lib; { x = custom.mk$0X \"a\"; }"));
    check(&given(mk_x, "{ lib, ... }: let inherit (lib.custom) mkX; in { x = mk$0X \"a\"; }"));
    check(&given(mk_x, "{ lib, ... }: let l = lib.custom; in { x = l.mk$0X \"a\"; }"));
    let mk_y = "  hosts = { mkY = name: name; }; <- #           ^^^ def";
    check(&given(mk_y, "{ lib, ... }: { x = lib.custom.hosts.mk$0Y \"a\"; }"));
    let custom = "(final: prev: { custom = import ./lib.nix { lib = final; }; }); <- #                                              ^^^^^^ def";
    check(&given(custom, "{ lib, ... }: { x = lib.cus$0tom.mkX \"a\"; }"));
    // What nixpkgs' own library has is not in the repository.
    check_none(&format!("{GIVEN}#- /host.nix\n{{ lib, ... }}: {{ x = lib.to$0Upper \"a\"; }}\n"));
    check_none(&format!("{GIVEN}#- /host.nix\n{{ lib, ... }}: {{ x = lib.custom.no$0body \"a\"; }}\n"));
}

#[test]
fn arguments_that_hosts_and_modules_give() {
    let unit = "  _module.args.unit = lib.mkDefault \"rack\"; <- #              ^^^^ def";
    check(&given(unit, "{ un$0it, ... }: { x = unit; }"));
    check(&given(unit, "{ unit, ... }: { x = un$0it; }"));
    check(&given(unit, "args: { x = args.un$0it; }"));
    let tools =
        "specialArgs = { tools = import ./tools.nix; inherit (nixpkgs) rev; }; <- #                       ^^^^^ def";
    check(&given(tools, "{ to$0ols, ... }: { x = tools; }"));
    let hammer = "{ saw.teeth = 30; hammer = x: x; } <- #                 ^^^^^^ def";
    check(&given(hammer, "{ tools, ... }: { x = tools.ham$0mer 1; }"));
    let teeth = "{ saw.teeth = 30; hammer = x: x; } <- #     ^^^^^ def";
    check(&given(teeth, "{ tools, ... }: { x = tools.saw.te$0eth; }"));
}

#[test]
fn names_after_inherit() {
    check("let x = 1; in { inherit x$0; }\n  # ^ def\n");
    check("{ x }: { inherit x$0; }\n# ^ def\n");
}
