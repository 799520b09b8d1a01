//! Tokens as `text kind modifiers`.

use super::*;
use crate::fixture::Fixture;
use crate::semantics::testing;

fn tokens(text: &str, path: &str) -> Vec<String> {
    let fixture = Fixture::parse(text);
    let analysis = Analysis::new(testing::repository(&fixture));
    let file = analysis.snapshot().paths().existing(path).unwrap();
    let found = semantic_tokens(&analysis, file, None, &undeclared(&analysis, file));
    assert!(found.windows(2).all(|pair| pair[0].range.end() <= pair[1].range.start()));
    let show = |token: &SemanticToken| {
        let Modifiers { declaration, definition, declared, undeclared } = token.modifiers;
        let words = [
            (declaration, " declaration"),
            (definition, " definition"),
            (declared, " declared"),
            (undeclared, " undeclared"),
        ];
        let words: String = words.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect();
        format!("{} {:?}{words}", &fixture.text(path)[token.range], token.kind)
    };
    found.iter().map(show).collect()
}

fn undeclared(analysis: &Analysis, file: FileId) -> Vec<TextRange> {
    let flakes = analysis.repository().flakes.iter();
    let found = flakes.flat_map(|flake| crate::repository::undeclared(analysis.repository(), flake));
    found.filter(|found| found.at.file == file).map(|found| found.at.range).collect()
}

fn plain(text: &str) -> Vec<String> {
    tokens(text, "/repo/default.nix")
}

const HOST: &str = "#! minipkgs: flake, custom, home\n#- /host.nix\n";

fn host(text: &str) -> Vec<String> {
    tokens(&format!("{HOST}{text}"), "/repo/host.nix")
}

#[test]
fn names_of_the_file() {
    assert_eq!(
        plain("let f = x: x; y = 1; in { a.b = f y; ${y} = toString; z = true; p = ./x; }\n"),
        [
            "f Function declaration",
            "x Argument declaration",
            "x Argument",
            "y Local declaration",
            "a Attribute",
            "b Attribute",
            "f Function",
            "y Local",
            "${ Interpolation",
            "y Local",
            "} Interpolation",
            "toString Library",
            "z Attribute",
            "p Attribute",
            "./x Path",
        ]
    );
    assert_eq!(
        plain("{ a, b ? a, ... }@all: \"${a}\"\n"),
        [
            "a Argument declaration",
            "b Argument declaration",
            "a Argument",
            "all Argument declaration",
            "${ Interpolation",
            "a Argument",
            "} Interpolation",
        ]
    );
}

#[test]
fn options() {
    assert_eq!(
        host(
            "{ config, lib, ... }: {\n  custom.port = lib.mkForce config.custom.port;\n  custom.prot = 1;\n  services.x.enable = true;\n}\n"
        ),
        [
            "config Argument declaration",
            "lib Argument declaration",
            "custom Namespace",
            "port Option definition declared",
            "lib Argument",
            "mkForce Library",
            "config Argument",
            "custom Namespace",
            "port Option declared",
            "custom Namespace",
            "prot Option definition undeclared",
            "services Namespace",
            "x Namespace",
            "enable Option definition",
        ]
    );
    assert_eq!(
        host("{ lib, ... }: { options.own.switch = lib.mkEnableOption \"x\"; }\n")[2..4],
        ["own Namespace", "switch Option declaration declared"]
    );
}

#[test]
fn library_inputs_and_hosts() {
    assert_eq!(
        host(
            "{ lib, inputs, self, ... }: with lib; { x = types.nullOr (mkIf inputs.home-manager.lib self.nixosConfigurations.box); }\n"
        )[3..],
        [
            "lib Argument",
            "x Option definition",
            "types Library",
            "nullOr Library",
            "mkIf Library",
            "inputs Argument",
            "home-manager Input",
            "lib Attribute",
            "self Argument",
            "nixosConfigurations Attribute",
            "box Host",
        ]
    );
    let flake = "#- /flake.nix\n{ inputs.nixpkgs.url = \"github:NixOS/nixpkgs\"; outputs = { self, nixpkgs }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ]; }; }; }\n";
    let found = tokens(flake, "/repo/flake.nix");
    for expected in ["nixpkgs Input declaration", "a Host declaration", "nixpkgs Input", "self Argument declaration"] {
        assert!(found.contains(&expected.to_string()), "{expected}: {found:?}");
    }
}

#[test]
fn a_range_and_broken_texts() {
    let fixture = Fixture::parse("{ a = b: b; c = d: d; }\n");
    let analysis = Analysis::new(testing::repository(&fixture));
    let file = analysis.snapshot().paths().existing("/repo/default.nix").unwrap();
    let some = semantic_tokens(&analysis, file, Some(TextRange::new(12.into(), 17.into())), &[]);
    assert_eq!(some.len(), 2);
    for text in ["{", "{ a. = ", "config.", "{ \"a\nb\" = 1; }", "with x; y.z", "inherit (a", "{ inherit a \"b\"; }"] {
        plain(text);
    }
}
