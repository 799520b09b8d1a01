//! Outlines, one line a symbol.

use expect_test::{Expect, expect};

use super::{DocumentSymbol, document_symbols};
use crate::fixture::Fixture;
use crate::ide::Analysis;
use crate::semantics::testing;

fn lines(symbols: &[DocumentSymbol], indent: usize, into: &mut String) {
    for symbol in symbols {
        assert!(symbol.full.contains_range(symbol.focus));
        let detail = symbol.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
        into.push_str(&format!("{:indent$}{} {:?}{detail}\n", "", symbol.name, symbol.kind));
        for child in &symbol.children {
            assert!(symbol.full.contains_range(child.full));
        }
        lines(&symbol.children, indent + 2, into);
    }
}

fn check_file(text: &str, path: &str, expected: Expect) {
    let analysis = Analysis::new(testing::repository(&Fixture::parse(text)));
    let file = analysis.snapshot().paths().id(&format!("/repo{path}"));
    let mut found = String::new();
    lines(&document_symbols(&analysis, file), 0, &mut found);
    expected.assert_eq(&found);
}

fn check(text: &str, expected: Expect) {
    check_file(text, "/default.nix", expected);
}

#[test]
fn values_of_every_kind() {
    check(
        "{ a = 1; b.c = \"x\"; d = [ ]; e = x: x; f = { g = true; h = null; }; i = ./x; j = k; k = f 1; }",
        expect![[r#"
            a Number
            b.c String
            d List
            e Function
            f Namespace
              g Boolean
              h Null
            i String
            j Attribute
            k Attribute
        "#]],
    );
}

#[test]
fn within_expressions() {
    check(
        "{ lib, ... }: let x = 1; in lib.mkIf true { a = lib.mkMerge [ { b = 1; } ]; }",
        expect![[r#"
        x Number
        a Attribute
          b Number
    "#]],
    );
    check(
        "{ a = with b; { c = 1; }; d = (e // { f = 1; }); }",
        expect![[r#"
        a Namespace
          c Number
        d Attribute
          f Number
    "#]],
    );
}

#[test]
fn a_flake() {
    check_file(
        "#! minipkgs: flake, home\n",
        "/flake.nix",
        expect![[r#"
            inputs Namespace
              nixpkgs.url Input (github:NixOS/nixpkgs/nixos-unstable)
              home-manager Input (github:nix-community/home-manager)
                url String
                inputs.nixpkgs.follows String
            outputs Function
              nixosConfigurations.box Host (nixos x86_64-linux)
                system String
                specialArgs Namespace
                modules List
                  home-manager.users.alice Definition
        "#]],
    );
}

#[test]
fn a_module() {
    check_file(
        "#! minipkgs: flake, custom\n",
        "/custom.nix",
        expect![[r#"
        cfg Attribute
        options.custom Namespace
          enable Option (boolean)
          port Option (16 bit unsigned integer; between 0 and 65535 (both inclusive))
            type Attribute
            default Number
            description String
          level Option (one of "debug", "info", "error")
            type Attribute
            default String
            description String
          owner Option (null or string)
            type Attribute
            default Null
        config Namespace
          networking.firewall.allowedTCPPorts Definition
    "#]],
    );
}

#[test]
fn a_host() {
    let text = "#! minipkgs: flake, custom\n#- /host.nix\n{ imports = [ ./x.nix ]; custom = { enable = true; port = 1; }; networking.hostName = \"x\"; }\n#- /x.nix\n{ }\n";
    check_file(
        text,
        "/host.nix",
        expect![[r#"
        imports Module
        custom Namespace
          enable Definition
          port Definition
        networking.hostName Definition
    "#]],
    );
}

#[test]
fn broken_files() {
    check(
        "{ a = 1; b = { c = ; d = 2;",
        expect![[r#"
        a Number
        b Namespace
          c Attribute
          d Number
    "#]],
    );
    check(
        "{ a.b",
        expect![[r#"
        a.b Attribute
    "#]],
    );
    check("", expect![[""]]);
}

#[test]
fn deep_files_end() {
    let text = format!("{}1{}", "{ a = ".repeat(200), "; }".repeat(200));
    let analysis = Analysis::new(testing::repository(&Fixture::parse(&text)));
    let file = analysis.snapshot().paths().id("/repo/default.nix");
    assert_eq!(document_symbols(&analysis, file).len(), 1);
}

#[test]
fn what_is_nested_deepest_is_left_out_first() {
    let count = |text: &str| {
        let analysis = Analysis::new(testing::repository(&Fixture::parse(&format!("#- /a.nix\n{text}\n"))));
        document_symbols(&analysis, analysis.snapshot().paths().id("/repo/a.nix"))
    };
    fn all(symbols: &[DocumentSymbol]) -> usize {
        symbols.iter().map(|symbol| 1 + all(&symbol.children)).sum()
    }
    let text = format!("{{ {} }}", "a = { b = { c = 1; d = 2; }; }; ".repeat(super::MAX_SYMBOLS / 3));
    let symbols = count(&text);
    assert_eq!(symbols.len(), super::MAX_SYMBOLS / 3);
    assert_eq!(all(&symbols), super::MAX_SYMBOLS / 3 * 2);
    let symbols = count(&format!("{{ {} }}", "a = 1; ".repeat(super::MAX_SYMBOLS + 10)));
    assert_eq!(all(&symbols), super::MAX_SYMBOLS);
}
