//! Hints as `text of the line before the hint | label`.

use super::*;
use crate::base::TextLen;
use crate::fixture::Fixture;
use crate::semantics::testing;

const ALL: InlayHintConfig = InlayHintConfig { values: true, arguments: true, ends: true };

fn hints_in(text: &str, path: &str, range: Option<TextRange>, config: InlayHintConfig) -> Vec<String> {
    let fixture = Fixture::parse(text);
    let analysis = Analysis::new(testing::repository(&fixture));
    let file = analysis.snapshot().paths().existing(path).unwrap();
    let text = fixture.text(path);
    let range = range.unwrap_or(TextRange::up_to(text.text_len()));
    let show = |hint: InlayHint| {
        let before = &text[..usize::from(hint.offset)];
        format!("{}|{}", before.rsplit('\n').next().unwrap().trim_start(), hint.label)
    };
    inlay_hints(&analysis, FileRange { file, range }, config).into_iter().map(show).collect()
}

const FLAKE: &str = "#- /flake.nix
{
  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";
  outputs = { self, nixpkgs }:
    let
      mkHost = name: extra: nixpkgs.lib.nixosSystem { modules = [ ./common.nix extra { networking.hostName = name; } ]; };
    in
    {
      nixosConfigurations.a = mkHost \"a\" ./a.nix;
      nixosConfigurations.b = mkHost \"b\" { };
    };
}
#- /common.nix
{ lib, ... }: {
  options.x.port = lib.mkOption { type = lib.types.port; };
  config.x.port = lib.mkDefault 80;
  config.y.level = 1;
}
#- /a.nix
{ lib, ... }: {
  x.port = 443;
  y.level = lib.mkForce 2;
}
";

#[test]
fn what_is_overridden() {
    assert_eq!(
        hints_in(FLAKE, "/repo/common.nix", None, ALL),
        ["config.x.port = lib.mkDefault 80;|= 443 on a", "config.y.level = 1;|= 2 on a"]
    );
    assert_eq!(hints_in(FLAKE, "/repo/a.nix", None, ALL), [""; 0]);
    let off = InlayHintConfig { values: false, ..ALL };
    assert_eq!(hints_in(FLAKE, "/repo/common.nix", None, off), [""; 0]);
}

#[test]
fn arguments_that_make_a_host_differ() {
    assert_eq!(
        hints_in(FLAKE, "/repo/flake.nix", None, ALL),
        [
            "nixosConfigurations.a = mkHost |name:",
            "nixosConfigurations.a = mkHost \"a\" |extra:",
            "nixosConfigurations.b = mkHost |name:",
        ]
    );
    let off = InlayHintConfig { arguments: false, ..ALL };
    assert_eq!(hints_in(FLAKE, "/repo/flake.nix", None, off), [""; 0]);
}

#[test]
fn ends_of_long_bindings() {
    let lines = "    x = 1;\n".repeat(26);
    let text = format!("{{\n  a.b = {{\n{lines}  }};\n  c = {{\n    y = 1;\n  }};\n}}\n");
    assert_eq!(hints_in(&text, "/repo/default.nix", None, ALL), ["};|# a.b"]);
    let off = InlayHintConfig { ends: false, ..ALL };
    assert_eq!(hints_in(&text, "/repo/default.nix", None, off), [""; 0]);
    let start = TextRange::up_to(20.into());
    assert_eq!(hints_in(&text, "/repo/default.nix", Some(start), ALL), [""; 0]);
    let commented = text.replace("  };\n  c", "  }; # a.b\n  c");
    assert_eq!(hints_in(&commented, "/repo/default.nix", None, ALL), [""; 0]);
}
