//! Calls as `name kind [text of the places]`.

use super::*;
use crate::fixture::Fixture;
use crate::ide::testing::at_cursor;

fn shown(analysis: &Analysis, fixture: &Fixture, calls: Vec<Call>, of: Option<FileId>) -> Vec<String> {
    let show = |call: Call| {
        let path = analysis.path(of.unwrap_or(call.item.target.file));
        let texts: Vec<&str> = call.ranges.iter().map(|range| &fixture.text(&path)[*range]).collect();
        format!("{} {:?} [{}]", call.item.name, call.item.kind, texts.join(", "))
    };
    calls.into_iter().map(show).collect()
}

/// The item at the cursor, who uses it, and what it uses.
fn check(text: &str, item: &str, users: &[&str], used: &[&str]) {
    let (analysis, fixture, position) = at_cursor(text);
    let found = prepare(&analysis, position).unwrap();
    assert_eq!(format!("{} {:?}", found.name, found.kind), item);
    assert_eq!(shown(&analysis, &fixture, incoming(&analysis, &found), None), users);
    assert_eq!(shown(&analysis, &fixture, outgoing(&analysis, &found), Some(found.target.file)), used);
}

fn flake(at: &str, text: &str) -> String {
    let files = [
        (
            "/flake.nix",
            "{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = { self, nixpkgs }:\n    let lib = import ./lib.nix { inherit nixpkgs; }; in\n    { nixosConfigurations.a = lib.mkHost \"a\"; nixosConfigurations.b = lib.mkHost \"b\"; };\n}\n",
        ),
        (
            "/lib.nix",
            "{ nixpkgs }: rec {\n  mkHost = name: nixpkgs.lib.nixosSystem { modules = [ ./common.nix (nameOf name) ]; };\n  nameOf = name: { networking.hostName = name; };\n}\n",
        ),
        ("/common.nix", "{\n  imports = [ ./a.nix ./sub ];\n}\n"),
        ("/a.nix", "{ }\n"),
        ("/sub/default.nix", "{ imports = [ ../a.nix ]; }\n"),
    ];
    let text_of = |(path, known): &(&str, &str)| {
        let known = if *path == at { text.to_string() } else { known.to_string() };
        format!("#- {path}\n{known}")
    };
    files.iter().map(text_of).collect()
}

#[test]
fn modules() {
    check(
        &flake("/a.nix", "{ $0}\n"),
        "a.nix Module",
        &["common.nix Module [./a.nix]", "sub/default.nix Module [../a.nix]"],
        &[],
    );
    check(
        &flake("/common.nix", "{\n  imports = [ ./a.nix ./s$0ub ];\n}\n"),
        "sub/default.nix Module",
        &["common.nix Module [./sub]"],
        &["a.nix Module [../a.nix]"],
    );
    check(
        &flake("/common.nix", "{\n  $0imports = [ ./a.nix ./sub ];\n}\n"),
        "common.nix Module",
        &["lib.nix File [./common.nix]"],
        &["a.nix Module [./a.nix]", "sub/default.nix Module [./sub]"],
    );
}

#[test]
fn helpers() {
    let text = "{ nixpkgs }: rec {\n  mkHo$0st = name: nixpkgs.lib.nixosSystem { modules = [ ./common.nix (nameOf name) ]; };\n  nameOf = name: { networking.hostName = name; };\n}\n";
    check(
        &flake("/lib.nix", text),
        "mkHost Function",
        &["flake.nix File [mkHost, mkHost]"],
        &["nameOf Function [nameOf]", "common.nix Module [./common.nix]"],
    );
    let text = "{ nixpkgs }: rec {\n  mkHost = name: nixpkgs.lib.nixosSystem { modules = [ ./common.nix (name$0Of name) ]; };\n  nameOf = name: { networking.hostName = name; };\n}\n";
    check(&flake("/lib.nix", text), "nameOf Function", &["mkHost Function [nameOf]"], &[]);
}

#[test]
fn files_that_call() {
    let text = "{\n  $0inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = { self, nixpkgs }:\n    let lib = import ./lib.nix { inherit nixpkgs; }; in\n    { nixosConfigurations.a = lib.mkHost \"a\"; };\n}\n";
    check(&flake("/flake.nix", text), "flake.nix File", &[], &["lib.nix File [./lib.nix]", "mkHost Function [mkHost]"]);
}

#[test]
fn broken_texts() {
    for text in ["$0", "{ a = b$0", "./x$0", "let f = x: f$0"] {
        let (analysis, _, position) = at_cursor(text);
        if let Some(item) = prepare(&analysis, position) {
            incoming(&analysis, &item);
            outgoing(&analysis, &item);
        }
    }
}
