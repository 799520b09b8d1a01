//! Symbols of a repository by query.

use expect_test::{Expect, expect};

use super::workspace_symbols;
use crate::fixture::Fixture;
use crate::ide::Analysis;
use crate::semantics::testing;

fn check(query: &str, expected: Expect) {
    let fixture = Fixture::parse("#! minipkgs: flake, home, darwin, custom\n");
    let analysis = Analysis::new(testing::repository(&fixture));
    let found = workspace_symbols(&analysis, query, 8).into_iter().map(|symbol| {
        let container = symbol.container.map(|container| format!(" ({container})")).unwrap_or_default();
        let place = analysis.display_path(symbol.target.file);
        let text = fixture.text(&format!("/{place}"));
        let at = text.get(symbol.target.focus.start().into()..symbol.target.focus.end().into()).unwrap_or_default();
        format!("{} {:?}{container} at {place} {at:?}\n", symbol.name, symbol.kind)
    });
    expected.assert_eq(&found.collect::<String>());
}

#[test]
fn hosts() {
    check(
        "box",
        expect![[r#"
        nixosConfigurations.box Host (nixos) at flake.nix "box"
        nixosConfigurations.box:home-manager.users.alice Host (home) at flake.nix "alice"
    "#]],
    );
    check(
        "darwinmac",
        expect![[r#"
        darwinConfigurations.mac Host (darwin) at flake.nix "mac"
    "#]],
    );
}

#[test]
fn options() {
    check(
        "custom.port",
        expect![[r#"
        custom.port Option (16 bit unsigned integer; between 0 and 65535 (both inclusive)) at custom.nix "port"
    "#]],
    );
    check(
        "cusenable",
        expect![[r#"
        custom.enable Option (boolean) at custom.nix "enable"
    "#]],
    );
}

#[test]
fn modules() {
    check("home.nix", expect![[""]]);
}

#[test]
fn inputs() {
    check(
        "inputs",
        expect![[r#"
        inputs.nixpkgs Input (github:NixOS/nixpkgs/nixos-unstable) at flake.nix "nixpkgs"
        inputs.nix-darwin Input (github:nix-darwin/nix-darwin) at flake.nix "nix-darwin"
        inputs.home-manager Input (github:nix-community/home-manager) at flake.nix "home-manager"
    "#]],
    );
}

#[test]
fn upper_and_lower_case_are_one() {
    check(
        "CUSTOM.LEVEL",
        expect![[r#"
        custom.level Option (one of "debug", "info", "error") at custom.nix "level"
    "#]],
    );
}

#[test]
fn nothing_fits() {
    check("zzz", expect![[""]]);
}

#[test]
fn everything_fits_no_query() {
    check(
        "",
        expect![[r#"
            darwinConfigurations.mac Host (darwin) at flake.nix "mac"
            nixosConfigurations.box Host (nixos) at flake.nix "box"
            nixosConfigurations.box:home-manager.users.alice Host (home) at flake.nix "alice"
            custom.nix Module at custom.nix ""
            host.nix Module at host.nix ""
            mac.nix Module at mac.nix ""
            custom.enable Option (boolean) at custom.nix "enable"
            custom.level Option (one of "debug", "info", "error") at custom.nix "level"
        "#]],
    );
}

#[test]
fn the_limit_holds() {
    let analysis = Analysis::new(testing::repository(&Fixture::parse("#! minipkgs: flake, custom\n")));
    assert_eq!(workspace_symbols(&analysis, "", 3).len(), 3);
    assert!(workspace_symbols(&analysis, "", 0).is_empty());
}
