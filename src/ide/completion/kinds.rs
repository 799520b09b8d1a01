//! Every kind of completion that docs/features.md lists, each with places where it is proposed.

use super::completions;
use crate::fixture::Fixture;
use crate::ide::{Analysis, FilePosition};
use crate::semantics::testing::repository_with_sources;

const PAGE: &str = include_str!("../../../docs/features.md");

/// A file with a cursor, and what is proposed there.
type Case = (&'static str, &'static [&'static str]);

/// The flake around the files that the cases are about.
const AROUND: &str = r#"
#- /flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.tools.url = "github:somebody/tools";
  inputs.absent.url = "github:somebody/absent";
  inputs.home-manager.url = "github:nix-community/home-manager";
  outputs = { self, nixpkgs, ... }@inputs: {
    nixosConfigurations.box = nixpkgs.lib.nixosSystem {
      system = "x86_64-linux";
      specialArgs = { inherit inputs self; };
      modules = [
        ./host.nix
        ./custom.nix
        inputs.tools.nixosModules.tools
        inputs.home-manager.nixosModules.home-manager
        { home-manager.users.alice = import ./home.nix; }
      ];
    };
    packages.x86_64-linux.own = nixpkgs.legacyPackages.x86_64-linux.hello;
  };
}
#- /custom.nix
{ config, lib, ... }: {
  options.custom = {
    enable = lib.mkEnableOption "it";
    port = lib.mkOption { type = lib.types.port; default = 8080; };
    level = lib.mkOption { type = lib.types.enum [ "debug" "info" ]; default = "info"; example = "debug"; };
    package = lib.mkOption { type = lib.types.package; };
  };
}
#- /home.nix
{ lib, ... }: { options.shell.prompt = lib.mkOption { type = lib.types.str; }; }
#- /host.nix
{ }
#- /mk.nix
{ name, port ? 1 }: name
"#;

/// Sources of inputs.
const SOURCES: &str = r#"
#- /src/nixpkgs/pkgs/top-level/all-packages.nix
{ lib, config }: res: pkgs: super:
with pkgs;
{
  inherit (callPackages ./x.nix { }) git-minimal;
  firefox = callPackage ./firefox { };
}
#- /src/nixpkgs/pkgs/by-name/he/hello/package.nix
{ stdenv }: stdenv.mkDerivation { }
#- /src/nixpkgs/pkgs/by-name/README.md
text
#- /src/tools/flake.nix
{
  outputs = { self, nixpkgs }: {
    nixosModules.tools = { lib, ... }: { options.services.tools.enable = lib.mkEnableOption "tools"; };
    nixosModules.extra = { };
    packages.x86_64-linux.gadget = nixpkgs.legacyPackages.x86_64-linux.hello;
  };
}
"#;

/// By the first column of the table.
const KINDS: &[(&str, &[Case])] = &[
    (
        "names in scope, arguments",
        &[
            ("foo: ({ bar ? b$0 }: 0) b", &["bar", "foo"]),
            ("let foo = b$0; bar = 2;", &["bar"]),
            ("rec { foo = b$0; bar = 2; }", &["bar"]),
            ("let foo = 1; in $0", &["foo"]),
            ("a: b: [ $0 ]", &["a", "b"]),
        ],
    ),
    (
        "keywords",
        &[
            ("l$0", &["let", "if", "with", "rec", "assert"]),
            ("let i$0", &["in", "inherit"]),
            ("if a th$0", &["then"]),
            ("{ i$0 }", &["inherit"]),
        ],
    ),
    ("builtins", &[("toS$0", &["toString", "true", "builtins"]), ("builtins.attrNa$0", &["attrNames", "readDir"])]),
    (
        "`lib`",
        &[
            ("{ lib, ... }: lib.$0", &["mkIf", "optionalString"]),
            ("{ lib, ... }: with lib; mk$0", &["mkIf"]),
            ("{ lib, ... }: let inherit (lib) g$0; in 1", &["genAttrs"]),
        ],
    ),
    (
        "attributes of known sets",
        &[
            ("{ foo.bar = 1; }.f$0", &["foo"]),
            ("{ foo.bar = 1; }.f$0.bar", &["foo"]),
            ("{ foo.bar = 1; }.foo.b$0", &["bar"]),
            ("let a.foo = 1; in a.f$0", &["foo"]),
            ("{ foo }@b: b.f$0", &["foo"]),
            ("{ foo.bar = 1; } ? f$0", &["foo"]),
            ("{ foo.bar = 1; }?$0", &["foo"]),
            ("{ foo.bar = 1; }?foo.$0", &["bar"]),
            ("{ \"foo/bar\" = 1; }.f$0", &["foo/bar"]),
            ("#- /mod.nix\n(import ./custom-lib.nix).$0\n#- /custom-lib.nix\n{ door = 1; }\n", &["door"]),
        ],
    ),
    (
        "`inherit`",
        &[
            ("let foo = 42; in { inherit f$0; }", &["foo"]),
            ("foo: rec { inherit $0; }", &["foo"]),
            ("{ config, ... }: let inherit (config.custom) $0; in 1", &[]),
        ],
    ),
    (
        "arguments where a function is called",
        &[
            ("let f = { foo }: foo; in f { f$0 }", &["foo"]),
            ("#- /call.nix\nimport ./mk.nix { n$0 }\n", &["name", "port"]),
            ("let f = { foo, bar }: foo; in f { bar = 1; $0 }", &["foo"]),
        ],
    ),
    (
        "names that a set is known to have",
        &[
            ("let a.f$0 = 1; in a.foo.bar", &["foo"]),
            ("let a.foo.b$0 = 1; in a.foo.bar", &["bar"]),
            ("let foo.bar = 1; f$0 in 1", &["foo"]),
            ("let foo.bar = 42; $0 in 42", &["foo"]),
        ],
    ),
    (
        "packages of nixpkgs",
        &[
            ("#- /host.nix\n{ pkgs, ... }: { x = [ pkgs.$0 ]; }\n", &["hello", "firefox", "git-minimal"]),
            ("#- /host.nix\n{ pkgs, ... }: { x = with pkgs; [ he$0 ]; }\n", &["hello", "firefox"]),
            ("#- /host.nix\n{ pkgs, ... }: { x = pkgs.hel$0\n  y = 1;\n}\n", &["hello"]),
            ("#- /host.nix\n{ inputs, ... }: inputs.nixpkgs.legacyPackages.x86_64-linux.$0", &["hello"]),
            ("#- /host.nix\n{ inputs, pkgs, ... }: inputs.nixpkgs.legacyPackages.${pkgs.system}.$0", &["hello"]),
        ],
    ),
    (
        "options of NixOS and Home Manager",
        &[("#- /host.nix\n{ services.tools.$0 }\n", &["enable"]), ("#- /host.nix\n{ serv$0 }\n", &["services"])],
    ),
    (
        "options of the repository",
        &[
            ("#- /host.nix\n{ custom.$0 }\n", &["enable", "port", "level"]),
            ("#- /host.nix\n{ config.custom = { p$0 }; }\n", &["port"]),
            ("#- /host.nix\n{ config = { custom = { port = 1; e$0\n", &["enable"]),
            ("#- /host.nix\n{ home-manager.users.alice.shell.$0 }\n", &["prompt"]),
        ],
    ),
    (
        "options with a value",
        &[
            ("#- /host.nix\n{ custom.po$0 }\n", &["port = 8080"]),
            ("#- /host.nix\n{ custom = { lev$0 }; }\n", &["level = \"debug\"", "level = \"info\""]),
        ],
    ),
    (
        "values of options by type",
        &[
            ("#- /host.nix\n{ custom.enable = $0; }\n", &["true", "false"]),
            ("#- /host.nix\n{ custom.level = \"$0\"; }\n", &["debug", "info"]),
            ("#- /host.nix\n{ custom.level = $0\n}\n", &["\"debug\""]),
        ],
    ),
    (
        "types in declarations, `mkOption`",
        &[
            ("{ lib, ... }: { options.a = lib.mkOption { type = $0; }; }", &["lib.types.bool"]),
            ("{ lib, ... }: { options.a = lib.mkOption { t$0 }; }", &["type", "default"]),
            ("{ lib, ... }: { options.a = $0; }", &["lib.mkOption", "lib.mkEnableOption"]),
        ],
    ),
    (
        "`config.` and `osConfig.`",
        &[
            ("#- /host.nix\n{ config, ... }: { x = config.custom.$0; }\n", &["port"]),
            ("#- /home.nix\n{ osConfig, ... }: { x = osConfig.custom.$0; }\n", &["port"]),
            ("#- /host.nix\n{ config, ... }: let cfg = config.custom; in { x = cfg.$0; }\n", &["port"]),
        ],
    ),
    (
        "module arguments, `specialArgs`",
        &[("#- /host.nix\n{ config, $0, ... }: { }\n", &["pkgs", "lib", "inputs", "self"])],
    ),
    (
        "inputs, `follows`, arguments of `outputs`",
        &[
            ("#- /host.nix\n{ inputs, ... }: inputs.$0\n", &["nixpkgs", "tools"]),
            ("#- /flake.nix\n{ inputs.tools.url = \"github:a/a\"; outputs = { $0 }: { }; }\n", &["tools", "self"]),
            ("#- /flake.nix\n{ inputs.a.$0 }\n", &["url", "follows", "flake", "inputs"]),
            ("#- /flake.nix\n{ inputs.a.follows = \"$0\"; }\n", &["tools"]),
        ],
    ),
    (
        "outputs of inputs",
        &[
            ("#- /host.nix\n{ inputs, ... }: inputs.tools.$0\n", &["nixosModules", "packages"]),
            ("#- /host.nix\n{ inputs, ... }: { imports = [ inputs.tools.nixosModules.$0 ]; }\n", &["tools", "extra"]),
            ("#- /host.nix\n{ inputs, ... }: { imports = with inputs; [ tools.nixosModules.$0 ]; }\n", &["tools"]),
            ("#- /host.nix\n{ inputs, pkgs, ... }: inputs.tools.packages.${pkgs.system}.$0\n", &["gadget"]),
            ("#- /host.nix\n{ inputs, ... }: inputs.tools.packages.$0\n", &["x86_64-linux"]),
            ("#- /host.nix\n{ inputs, ... }: inputs.absent.$0\n", &["nixosModules", "homeModules", "packages"]),
            ("#- /host.nix\n{ inputs, ... }: inputs.absent.nixosModules.$0\n", &["default", "absent"]),
        ],
    ),
    (
        "outputs of the flake, `self.`",
        &[
            ("#- /host.nix\n{ self, ... }: self.$0\n", &["nixosConfigurations", "packages", "inputs"]),
            ("#- /host.nix\n{ self, ... }: self.packages.x86_64-linux.$0\n", &["own"]),
        ],
    ),
    (
        "outputs where they are written, systems",
        &[
            ("#- /flake.nix\n{ outputs = { self }: { $0 }; }\n", &["packages", "nixosConfigurations"]),
            ("#- /flake.nix\n{ outputs = { self }: { packages.$0 }; }\n", &["x86_64-linux"]),
            ("{ system = \"$0\"; }", &["aarch64-linux"]),
        ],
    ),
    ("paths", &[("#- /host.nix\n{ imports = [ ./$0 ]; }\n", &["custom.nix", "home.nix"])]),
    (
        "snippets: modules, flakes, options, hosts",
        &[
            ("mod$0", &["module"]),
            ("#- /flake.nix\n$0\n", &["flake"]),
            ("#- /flake.nix\n{ outputs = { self }: { nixosConfigurations.$0 }; }\n", &["new host"]),
        ],
    ),
];

/// Where nothing of the kind is proposed.
const NOT: &[(&str, &[&str])] = &[
    ("# config.$0", &["let", "custom"]),
    ("{ f$0 = 1; }", &["f"]),
    ("let f$0 = 1; in 1", &["f"]),
    ("let foo = 42; inherit $0 in 42;", &["foo"]),
    ("rec { foo = 42; inherit $0; }", &["foo"]),
    ("let \"a b\" = 1; in a$0", &["a b"]),
    ("attrN$0", &["attrNames"]),
    ("let a.i$0", &["inherit"]),
    ("#- /host.nix\n{ stdenv }: stdenv.mkDerivation { custom.$0 }\n", &["port"]),
    ("#- /host.nix\n{ notexists.e$0 }\n", &["enable"]),
    ("#- /host.nix\n{ custom.port$0 = 1; }\n", &["port = 8080"]),
];

fn labels(text: &str) -> Vec<String> {
    let fixture =
        Fixture::parse(&format!("{AROUND}{}{text}", if text.contains("#- ") { "" } else { "#- /loose.nix\n" }));
    let inputs = [("nixpkgs", "/src/nixpkgs"), ("tools", "/src/tools")];
    // The flake is analysed before somebody types.
    let mut whole = fixture.clone();
    let (path, offset) = fixture.position();
    let before = Fixture::parse(AROUND);
    for file in &mut whole.files {
        if let Some(then) = before.files.iter().find(|then| then.path == file.path && then.path == path) {
            file.text.clone_from(&then.text);
        }
    }
    let repository = repository_with_sources(&whole, SOURCES, &inputs);
    let analysis = Analysis::new(repository);
    let change = crate::db::Change::Text { path: path.into(), text: fixture.text(path).into() };
    let analysis = analysis.with_snapshot(analysis.snapshot().apply([change]));
    let file = analysis.snapshot().paths().id(path);
    completions(&analysis, FilePosition { file, offset }).items.into_iter().map(|item| item.label).collect()
}

#[test]
fn every_kind_is_proposed() {
    let mut wrong = Vec::new();
    for (kind, cases) in KINDS {
        for (text, wanted) in *cases {
            let labels = labels(text);
            for label in wanted.iter().filter(|label| !labels.iter().any(|it| it == *label)) {
                let shown: Vec<&String> = labels.iter().take(12).collect();
                wrong.push(format!("{kind}: {label} is not proposed in\n{text}\nbut {shown:?}"));
            }
        }
    }
    for (text, unwanted) in NOT {
        let labels = labels(text);
        for label in unwanted.iter().filter(|label| labels.iter().any(|it| it == *label)) {
            wrong.push(format!("{label} is proposed in\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The table of the page has a row for each kind that is tested here, in this order.
#[test]
fn the_page_lists_what_is_tested() {
    let part = PAGE.split("\n## Completion\n").nth(1).unwrap_or_default();
    let part = part.split("\n## ").next().unwrap_or_default();
    let rows = part.lines().filter(|line| line.starts_with('|')).skip(2);
    let rows: Vec<Vec<&str>> = rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect();
    let listed: Vec<&str> = rows.iter().filter_map(|row| row.first().copied()).collect();
    let tested: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(listed, tested, "listed (left), tested (right)");
    assert!(rows.iter().all(|row| row.get(3).is_some_and(|cell| !cell.starts_with("no"))));
}

#[test]
fn what_the_place_wants_comes_first() {
    let order = |text: &str, wanted: &[&str]| {
        let labels = labels(text);
        let places: Vec<usize> =
            wanted.iter().map(|name| labels.iter().position(|it| it == name).unwrap_or(usize::MAX)).collect();
        assert!(places.is_sorted() && !places.contains(&usize::MAX), "{wanted:?} in {labels:?} of {text}");
    };
    // Names in scope before those of lib, these before builtins, keywords last.
    order("{ lib, ... }: let zebra = 1; in with lib; [ $0 ]", &["zebra", "mkIf", "toString", "with"]);
    // Values of the type, then names that are one, then other names.
    order(
        "#- /host.nix\n{ pkgs, ... }: let aaa = 1; yes = true; in { custom.enable = $0; }\n",
        &["true", "yes", "aaa", "toString"],
    );
    order("#- /host.nix\n{ lib, pkgs, ... }: { custom.package = $0; }\n", &["pkgs", "lib"]);
    // The repository's own options before those of inputs.
    order("#- /host.nix\n{ $0 }\n", &["custom", "services", "imports"]);
}

#[test]
fn of_many_packages_only_those_that_begin_so() {
    let packages: String = (0..3000).map(|at| format!("  p{at} = 1;\n")).collect();
    let sources = format!("#- /src/nixpkgs/pkgs/top-level/all-packages.nix\n_: {{\n{packages}  zsh = 1;\n}}\n");
    let fixture = Fixture::parse(&format!("{AROUND}#- /host.nix\n{{ pkgs, ... }}: pkgs.z$0\n"));
    let analysis = Analysis::new(repository_with_sources(&fixture, &sources, &[("nixpkgs", "/src/nixpkgs")]));
    let (path, offset) = fixture.position();
    let file = analysis.snapshot().paths().id(path);
    let found = completions(&analysis, FilePosition { file, offset });
    assert!(found.more);
    assert_eq!(found.items.iter().map(|item| item.label.as_str()).collect::<Vec<_>>(), ["zsh"]);
}
