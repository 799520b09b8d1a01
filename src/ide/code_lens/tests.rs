//! Lenses as `place: title (number of places)`.

use super::*;
use crate::fixture::Fixture;
use crate::semantics::testing;

const ALL: CodeLensConfig = CodeLensConfig { options: true, modules: true, hosts: true };

fn lenses(text: &str, path: &str, config: CodeLensConfig) -> Vec<String> {
    let fixture = Fixture::parse(text);
    let analysis = Analysis::new(testing::repository(&fixture));
    let file = analysis.snapshot().paths().existing(path).unwrap();
    let show = |lens: CodeLens| {
        let resolved = resolve(&analysis, file, lens.range.start(), lens.kind).unwrap();
        format!("{}: {} ({})", &fixture.text(path)[lens.range], resolved.title, resolved.places.len())
    };
    code_lenses(&analysis, file, config).into_iter().map(show).collect()
}

/// Three hosts made by a function, one by hand.
const FLAKE: &str = "#- /flake.nix
{
  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";
  outputs = { self, nixpkgs }: {
    nixosConfigurations = {
      one = nixpkgs.lib.nixosSystem { modules = [ ./module.nix ./one.nix ]; };
      two = nixpkgs.lib.nixosSystem { modules = [ ./module.nix ]; };
    } // nixpkgs.lib.genAttrs [ \"a\" \"b\" \"c\" ] (name: nixpkgs.lib.nixosSystem { modules = [ ./module.nix ]; });
  };
}
#- /module.nix
{ config, lib, ... }: {
  options.custom.port = lib.mkOption { type = lib.types.port; };
  options.custom.never = lib.mkOption { type = lib.types.port; };
  config.networking.firewall.allowedTCPPorts = [ config.custom.port ];
}
#- /one.nix
{ custom.port = 80; }
";

#[test]
fn options_and_modules() {
    assert_eq!(
        lenses(FLAKE, "/repo/module.nix", ALL),
        [
            ": reached by hosts a, b, c and 2 more (3)",
            "port: set by 1 host, read by 1 module (2)",
            "never: set by 0 hosts, read by 0 modules (0)",
        ]
    );
    assert_eq!(lenses(FLAKE, "/repo/one.nix", ALL), [": reached by host one (1)"]);
}

#[test]
fn hosts_where_they_are_defined() {
    let found = lenses(FLAKE, "/repo/flake.nix", ALL);
    assert!(found.contains(&"one: 2 modules, 2 options (2)".to_string()), "{found:?}");
    assert!(found.contains(&"two: 1 module, 2 options (1)".to_string()), "{found:?}");
}

#[test]
fn each_kind_can_be_left_out() {
    let none = CodeLensConfig { options: false, modules: false, hosts: false };
    for path in ["/repo/flake.nix", "/repo/module.nix"] {
        assert!(lenses(FLAKE, path, none).is_empty());
    }
    let options = CodeLensConfig { options: true, ..none };
    assert_eq!(lenses(FLAKE, "/repo/module.nix", options).len(), 2);
}

#[test]
fn lenses_follow_the_text_while_it_is_broken() {
    let fixture = Fixture::parse(FLAKE);
    let analysis = Analysis::new(testing::repository(&fixture));
    let file = analysis.snapshot().paths().existing("/repo/module.nix").unwrap();
    let text = fixture.text("/module.nix").replace("config.custom.port ]", "config.");
    let change = crate::db::Change::Text { path: analysis.path(file), text: text.as_str().into() };
    let now = analysis.with_snapshot(analysis.snapshot().apply([change]));
    let lenses = code_lenses(&now, file, ALL);
    let on: Vec<&str> = lenses.iter().map(|lens| &text[lens.range]).collect();
    assert_eq!(on, ["", "port", "never"]);
    assert!(lenses.iter().all(|lens| resolve(&now, file, lens.range.start(), lens.kind).is_some()));
}
