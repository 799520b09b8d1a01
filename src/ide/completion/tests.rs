//! What is proposed where. `check` names proposals that are there, `check_not` some that are not.

use expect_test::{Expect, expect};

use super::{CompletionItem, CompletionKind, completions};
use crate::ide::testing::at_cursor;

/// A flake with options of every type, for a NixOS host and its user.
const OPTIONS: &str = r#"
#! minipkgs: flake, home, custom
#- /home-modules/shell.nix
{ lib, ... }: {
  options.shell = {
    enable = lib.mkEnableOption "a shell";
    prompt = lib.mkOption { type = lib.types.str; default = "$"; };
  };
}
#- /home.nix
{ ... }: {
  imports = [ ./home-modules/shell.nix ];
  home.stateVersion = "25.05";
}
"#;

fn items(file: &str) -> Vec<CompletionItem> {
    let (analysis, _, position) = at_cursor(&format!("{OPTIONS}{file}"));
    completions(&analysis, position).items
}

/// All proposals of a kind, in order.
fn check(file: &str, kinds: &[CompletionKind], expected: Expect) {
    let items = items(file);
    let lines = items.iter().filter(|item| kinds.contains(&item.kind)).map(|item| match &item.detail {
        Some(detail) => format!("{}: {detail}\n", item.label),
        None => format!("{}\n", item.label),
    });
    expected.assert_eq(&lines.collect::<String>());
}

const OPTION: &[CompletionKind] = &[CompletionKind::Option, CompletionKind::Namespace];
const CUSTOM: &str = "enable\nlevel\nowner\nport\n";

/// The labels of options.
fn options(file: &str) -> String {
    items(file).iter().filter(|item| OPTION.contains(&item.kind)).map(|item| format!("{}\n", item.label)).collect()
}

#[test]
fn options_in_a_path() {
    check(
        "#- /host.nix\n{ ... }: {\n  custom.$0\n}\n",
        OPTION,
        expect![[r#"
            enable: boolean
            level: one of "debug", "info", "error"
            owner: null or string
            port: 16 bit unsigned integer; between 0 and 65535 (both inclusive)
        "#]],
    );
}

#[test]
fn options_wherever_they_can_stand() {
    for text in [
        "{ ... }: { custom.$0 }",
        "{ ... }: { custom.$0 = true; }",
        "{ ... }: { custom.$0; other = 1; }",
        "{ ... }: {\n  custom.$0\n  networking.hostName = \"x\";\n}",
        "{ ... }: { custom = { $0 }; }",
        "{ ... }: { custom = {\n    port = 1;\n    $0\n  };\n}",
        "{ ... }: { custom = { po$0 }; }",
        "{ lib, ... }: { custom = lib.mkIf true { $0 }; }",
        "{ lib, ... }: { config = lib.mkMerge [ { custom.$0 } ]; }",
        "{ lib, ... }: { config = lib.mkIf x (lib.mkMerge [ { } { custom = { $0 } } ]); }",
        "{ lib, ... }: { config.custom = { $0 }; }",
        "{ lib, ... }: { custom = { } // lib.optionalAttrs x { $0 }; }",
        "{ ... }: let common = { custom.$0 }; in { config = common; }",
        "{ config, ... }: { x = config.custom.$0 }",
        "{ config, ... }: { x = config.custom.$0\n  y = 1; }",
        "{ config, ... }: { x = [ config.custom.$0 ]; }",
        "{ config, ... }: { x = \"${config.custom.$0}\"; }",
        "{ config, lib, ... }: { x = lib.mkIf config.custom.$0 { }; }",
        "{ config, ... }: let cfg = config.custom; in { x = cfg.$0 }",
        "{ config, ... }: let cfg = config.custom; in { x = cfg.$0; }",
        "{ config, ... }: let inherit (config) custom; in { x = custom.$0; }",
        "{ config, ... }: let inherit (config.custom) $0; in { }",
        "{ options, ... }: { x = options.custom.$0; }",
        "args: { x = args.config.custom.$0; }",
        "{ config, ... }: with config.custom; { x = config.custom.en$0able; }",
    ] {
        assert_eq!(options(&format!("#- /host.nix\n{text}\n")), CUSTOM, "{text}");
    }
}

#[test]
fn options_of_the_user() {
    for text in [
        "{ ... }: { home-manager.users.alice.shell.$0 }",
        "{ ... }: { home-manager.users.alice = { shell = { $0 }; }; }",
        "{ ... }: { home-manager.users.alice = { pkgs, ... }: { config.shell.$0 = 1; }; }",
        "{ ... }: { home-manager.users.${name} = { shell.$0 }; }",
        "{ ... }: { home-manager.sharedModules = [ { shell.$0 } ]; }",
    ] {
        assert_eq!(options(&format!("#- /host.nix\n{text}\n")), "enable\nprompt\n", "{text}");
    }
    let home = "#- /home.nix\n{ config, osConfig, ... }: {\n  imports = [ ./home-modules/shell.nix ];\n";
    assert_eq!(options(&format!("{home} shell.x$0 = 1;\n}}\n")), "enable\nprompt\n");
    assert_eq!(options(&format!("{home} x = config.shell.e$0;\n}}\n")), "enable\nprompt\n");
    assert_eq!(options(&format!("{home} x = osConfig.custom.e$0;\n}}\n")), CUSTOM);
    assert_eq!(options(&format!("{home} custom.x$0 = 1;\n}}\n")), "");
}

#[test]
fn the_way_to_a_user() {
    let labels = |text: &str| -> Vec<String> { items(text).into_iter().map(|item| item.label).collect() };
    assert!(labels("#- /host.nix\n{ ... }: { $0 }\n").contains(&"home-manager".to_string()));
    assert_eq!(labels("#- /host.nix\n{ ... }: { home-manager.$0 }\n"), ["users"]);
    assert_eq!(labels("#- /host.nix\n{ ... }: { home-manager.users.$0 }\n"), ["alice"]);
}

#[test]
fn nothing_where_no_option_can_stand() {
    for text in [
        "{ ... }: { x = f { custom.$0 }; }",
        "{ ... }: let custom = { a = 1; }; in custom.$0",
        "{ config, ... }: # config.custom.$0\n{ }",
        "{ config, ... }: { x = \"config.custom.$0\"; }",
        "{ pkgs, ... }: pkgs.custom.$0",
        "{ config, ... }: { x = let config = { }; in config.custom.$0; }",
    ] {
        assert_eq!(options(&format!("#- /host.nix\n{text}\n")), "", "{text}");
    }
}

#[test]
fn the_top_of_a_module() {
    let kinds = &[CompletionKind::Option, CompletionKind::Namespace, CompletionKind::Keyword];
    let expected = expect![[r#"
        custom
        home-manager
        config: Definitions, when the module also declares options
        disabledModules: Modules that are left out
        imports: Further modules
        options: Declarations of options
        inherit
    "#]];
    check("#- /host.nix\n{ ... }: {\n  $0\n}\n", kinds, expected);
}

#[test]
fn arguments_of_mk_option() {
    let labels: Vec<String> = items("#- /host.nix\n{ lib, ... }: { options.a = lib.mkOption { ty$0 }; }\n")
        .into_iter()
        .map(|it| it.label)
        .collect();
    assert!(labels.starts_with(&["apply".to_string(), "default".to_string()]), "{labels:?}");
    assert!(labels.contains(&"type".to_string()));
}

/// Labels of values, in order.
fn values(text: &str) -> String {
    let kinds = [CompletionKind::Value, CompletionKind::EnumMember];
    let items = items(&format!("#- /host.nix\n{text}\n"));
    let labels: Vec<String> = items.into_iter().filter(|it| kinds.contains(&it.kind)).map(|it| it.label).collect();
    labels.join(" ")
}

#[test]
fn values_by_type() {
    assert_eq!(values("{ ... }: { custom.enable = $0; }"), "false true");
    assert_eq!(values("{ ... }: { custom.enable = t$0\n}"), "false true");
    assert_eq!(values("{ ... }: { custom.enable = $0\n  custom.port = 1; }"), "false true");
    assert_eq!(values("{ ... }: { custom = { enable = $0; }; }"), "false true");
    assert_eq!(values("{ lib, ... }: { custom.enable = lib.mkDefault $0; }"), "false true");
    assert_eq!(values("{ lib, ... }: { custom.enable = lib.mkIf x $0; }"), "false true");
    assert_eq!(values("{ lib, ... }: { custom.enable = if x then $0 else false; }"), "false true");
    assert_eq!(values("{ ... }: { custom.level = $0; }"), "\"debug\" \"error\" \"info\"");
    assert_eq!(values("{ ... }: { custom.level = \"$0\"; }"), "debug error info");
    assert_eq!(values("{ ... }: { custom.level = \"de$0\"; }"), "debug error info");
    assert_eq!(values("{ ... }: { custom.level = \"de$0\n}"), "debug error info");
    assert_eq!(values("{ ... }: { custom.owner = $0; }"), "\"\" null");
    assert_eq!(values("{ ... }: { custom.port = $0; }"), "");
    assert_eq!(values("{ ... }: { other = $0; }"), "");
    assert_eq!(values("{ ... }: { home-manager.users.alice.shell.enable = $0; }"), "false true");
}

#[test]
fn the_whole_segment_is_replaced() {
    let replaced = |text: &str| {
        let text = format!("#- /host.nix\n{text}\n");
        let (_, fixture, position) = at_cursor(&format!("{OPTIONS}{text}"));
        let item = items(&text).into_iter().find(|item| item.label == "enable").expect("the option");
        assert!(item.edit.range.contains_inclusive(position.offset));
        let text = fixture.text("/host.nix");
        let (start, end) = (usize::from(item.edit.range.start()), usize::from(item.edit.range.end()));
        format!("{}[{}]{}", &text[..start], &text[start..end], &text[end..]).trim_end().to_string()
    };
    assert_eq!(replaced("{ custom.en$0 }"), "{ custom.[en] }");
    assert_eq!(replaced("{ custom.en$0able = 1; }"), "{ custom.[enable] = 1; }");
    assert_eq!(replaced("{ custom.$0 }"), "{ custom.[] }");
    assert_eq!(replaced("{ custom.$0enable }"), "{ custom.[enable] }");
}

/// All labels but keywords and builtins.
fn labels(text: &str) -> String {
    let plain = |item: &CompletionItem| !item.sort_text.starts_with(['5', '6']);
    let labels: Vec<String> = items(text).into_iter().filter(plain).map(|item| item.label).collect();
    labels.join(" ")
}

#[test]
fn inputs_everywhere() {
    let module = |text: &str| labels(&format!("#- /host.nix\n{text}\n"));
    assert_eq!(module("{ inputs, ... }: { imports = [ inputs.$0 ]; }"), "home-manager nixpkgs");
    assert_eq!(module("{ inputs, ... }: let i = inputs; in i.$0"), "home-manager nixpkgs");
    assert_eq!(module("{ inputs, ... }: let inherit (inputs) $0; in 1"), "home-manager nixpkgs");
    assert_eq!(module("{ self, ... }: self.inputs.n$0"), "home-manager nixpkgs");
    let flake = |text: &str| labels(&format!("#- /flake.nix\n{text}\n"));
    let inputs = "inputs.nixpkgs.url = \"github:NixOS/nixpkgs\"; inputs.disko.url = \"github:nix-community/disko\";";
    assert_eq!(flake(&format!("{{ {inputs} outputs = {{ $0 }}: {{ }}; }}")), "disko nixpkgs self");
    assert_eq!(flake(&format!("{{ {inputs} outputs = {{ self, n$0 }}: {{ }}; }}")), "disko nixpkgs self");
    assert_eq!(flake(&format!("{{ {inputs} outputs = inputs: inputs.d$0; }}")), "disko nixpkgs self");
    assert_eq!(flake(&format!("{{ {inputs} inputs.disko.inputs.nixpkgs.follows = \"$0\"; }}")), "disko nixpkgs");
    assert_eq!(flake(&format!("{{ {inputs} inputs.disko.follows = \"n$0\"; }}")), "nixpkgs");
    assert_eq!(flake(&format!("{{ {inputs} inputs.disko.u$0 = 1; }}")), "flake follows inputs url");
    assert_eq!(flake("{ inputs = { a = { $0 }; }; }"), "flake follows inputs url");
    assert_eq!(flake("{\n  $0\n}"), "description inputs nixConfig outputs");
}

#[test]
fn paths_of_the_snapshot() {
    let at =
        |text: &str| labels(&format!("#- /lib/default.nix\n1\n#- /lib/x.nix\n2\n#- /a.txt\n\n#- /host.nix\n{text}\n"));
    assert_eq!(at("{ imports = [ ./$0 ]; }"), "custom.nix flake.nix home.nix lib home-modules a.txt");
    assert_eq!(at("{ imports = [ ./cu$0 ]; }"), "custom.nix flake.nix home.nix lib home-modules a.txt");
    assert_eq!(at("{ imports = [ ./lib/$0 ]; }"), "default.nix x.nix");
    assert_eq!(at("{ imports = [ ./lib/$0\n"), "default.nix x.nix");
    assert_eq!(at("{ x = import ./lib/x$0.nix; }"), "default.nix x.nix");
    assert_eq!(at("{ imports = [ ./nowhere/$0 ]; }"), "");
    let below = |text: &str| labels(&format!("#- /lib/y.nix\n1\n#- /lib/x.nix\n{text}\n"));
    assert_eq!(below("import ../$0"), "custom.nix flake.nix home.nix host.nix home-modules lib ..");
    assert_eq!(below("import ./$0"), "y.nix");
    assert_eq!(below("import ./../lib/$0"), "y.nix");
}

#[test]
fn names_in_scope() {
    let at = |text: &str| labels(&format!("#- /lib.nix\n{text}\n"));
    assert_eq!(at("{ a, b ? 1 }: let c = 2; in x: [ $0 ]"), "a b c x");
    assert_eq!(at("{ a, b ? 1 }: let c = $0"), "a b c");
    assert_eq!(at("rec { a = 1; b = $0 }"), "a b");
    assert_eq!(at("let f = x: y; g = f ($0"), "f g");
    assert_eq!(at("a: { inherit $0; }"), "a");
    assert_eq!(at("let s = { p = 1; q.r = 2; }; in s.$0"), "p q");
    assert_eq!(at("let s = { p = 1; q.r = 2; }; in with s; $0"), "s p q");
}

#[test]
fn results_of_other_files() {
    let text = "#- /lib.nix\n{ lib }: rec { f = x: x; g.h = 1; }\n#- /use.nix\nlet l = import ./lib.nix { }; in l.$0\n";
    assert_eq!(labels(text), "f g");
}

#[test]
fn builtins_and_lib() {
    let at = |text: &str| -> Vec<String> {
        items(&format!("#- /host.nix\n{text}\n")).into_iter().map(|item| item.label).collect()
    };
    let has = |text: &str, names: &[&str]| {
        let found = at(text);
        names.iter().all(|name| found.iter().any(|it| it == name))
    };
    assert!(has("builtins.$0", &["map", "readDir", "fromJSON", "true"]));
    assert!(has("{ x = $0 }", &["map", "import", "true", "let", "if"]));
    assert!(has("{ lib, ... }: lib.$0", &["mkIf", "mkOption", "types", "optionalString"]));
    assert!(has("{ lib, ... }: lib.types.$0", &["bool", "enum", "submodule"]));
    assert!(has("{ lib, ... }: with lib; { x = mk$0; }", &["mkIf", "mkDefault", "types"]));
    assert!(has("{ lib, ... }: let inherit (lib) mk$0; in 1", &["mkIf"]));
    assert!(has("{ lib, ... }: with lib; { x = types.$0; }", &["bool", "enum"]));
    assert!(has("{ lib, ... }: with lib.types; { x = $0; }", &["bool", "enum"]));
    assert!(!has("{ lib, ... }: lib.types.$0", &["mkIf"]));
}

#[test]
fn arguments_of_a_module() {
    let found = labels("#- /host.nix\n{ config, in$0, ... }: { }\n");
    assert!(found.contains("inputs") && found.contains("pkgs") && !found.contains("config"), "{found}");
}

#[test]
fn every_prefix_of_a_file_has_an_answer() {
    let text = "{ config, lib, ... }:\nlet cfg = config.custom; in {\n  custom.level = \"info\";\n  x = [ ./custom.nix (cfg.port + 1) ];\n}\n";
    let (analysis, _, position) = at_cursor(&format!("{OPTIONS}#- /host.nix\n$0{text}"));
    let path = analysis.path(position.file);
    for end in 0..text.len() {
        let change = crate::db::Change::Text { path: path.clone(), text: text[..end].into() };
        let now = analysis.with_snapshot(analysis.snapshot().apply([change]));
        for offset in 0..=end {
            let position = crate::ide::FilePosition { offset: (offset as u32).into(), ..position };
            for item in completions(&now, position).items {
                assert!(item.edit.range.contains_inclusive(position.offset));
            }
        }
    }
}

/// The labels of all proposals.
fn all_labels(file: &str) -> Vec<String> {
    let (analysis, _, position) = at_cursor(file);
    completions(&analysis, position).items.into_iter().map(|item| item.label).collect()
}

#[track_caller]
fn proposes(file: &str, wanted: &[&str]) {
    let labels = all_labels(file);
    for label in wanted {
        assert!(labels.iter().any(|it| it == label), "{label} is not among {labels:?} of\n{file}");
    }
}

const OUTPUTS: &str = "#- /flake.nix\n{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = { self, nixpkgs }: let\n    \
                       mk = m: nixpkgs.lib.nixosSystem { modules = [ m ]; };\n  in {\n    nixosConfigurations.a = mk { };\n    ";

#[test]
fn outputs_of_a_flake() {
    proposes(&format!("{OUTPUTS}$0\n  }};\n}}\n"), &["nixosConfigurations", "devShells", "formatter"]);
    proposes(&format!("{OUTPUTS}packages.$0\n  }};\n}}\n"), &["x86_64-linux", "aarch64-darwin"]);
    proposes(&format!("{OUTPUTS}devShells = {{ $0 }};\n  }};\n}}\n"), &["x86_64-linux"]);
    let (analysis, _, position) = at_cursor(&format!("{OUTPUTS}nixosConfigurations.$0\n  }};\n}}\n"));
    let items = completions(&analysis, position).items;
    let host = items.iter().find(|item| item.label == "new host").expect("a new host");
    assert_eq!(host.edit.insert, "${1:name} = mk {\n  $2\n};$0");
    assert!(!all_labels("{ x = { $0 }; }").contains(&"nixosConfigurations".to_string()));
}

#[test]
fn systems_in_strings() {
    proposes("{ system = \"$0\"; }", &["x86_64-linux"]);
    proposes("{ systems = [ \"a\" \"$0\" ]; }", &["aarch64-linux"]);
    assert_eq!(all_labels("{ name = \"$0\"; }"), [""; 0]);
}

#[test]
fn declarations_of_options() {
    proposes("{ lib, ... }: { options.a = $0; }", &["lib.mkOption", "lib.mkEnableOption"]);
    proposes("{ lib, ... }: with lib; { options.a = $0; }", &["mkOption"]);
    proposes("{ lib, ... }: { options.a = lib.mkOption { type = $0; }; }", &["lib.types.bool", "lib.types.attrsOf"]);
    proposes("mod$0", &["module"]);
    proposes("#- /flake.nix\n$0", &["flake"]);
}
