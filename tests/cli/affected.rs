//! `flakewise affected`: which outputs a change concerns, and why.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::{flakewise, folder, json, stdout};

const FLAKE: &str = r#"{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  inputs.disko.url = "github:nix-community/disko";
  inputs.colours.url = "github:somebody/colours";
  outputs = { self, nixpkgs, disko, ... }@inputs:
    let
      mkHost = name: extra: nixpkgs.lib.nixosSystem {
        system = "x86_64-linux";
        specialArgs = { inherit inputs self; tools = import ./lib/tools.nix; };
        modules = [ ./hosts/${name} ] ++ extra;
      };
    in {
      nixosConfigurations = {
        box = mkHost "box" [ disko.nixosModules.disko ];
        nas = mkHost "nas" [ { networking.domain = "lan"; } ];
      };
      overlays.default = import ./overlay.nix;
      packages.x86_64-linux.tool = nixpkgs.legacyPackages.x86_64-linux.callPackage ./pkgs/tool { };
      packages.x86_64-linux.other = nixpkgs.legacyPackages.x86_64-linux.callPackage ./pkgs/other.nix { };
    };
}
"#;

fn lock(disko: &str, colours: &str) -> String {
    let node = |name: &str, hash: &str| {
        format!(
            r#""{name}": {{ "locked": {{ "type": "github", "owner": "o", "repo": "{name}", "rev": "1", "narHash": "sha256-{hash}" }},
                "original": {{ "type": "github", "owner": "o", "repo": "{name}" }} }}"#
        )
    };
    format!(
        r#"{{ "nodes": {{ {}, {}, {}, "root": {{ "inputs": {{ "nixpkgs": "nixpkgs", "disko": "disko", "colours": "colours" }} }} }},
            "root": "root", "version": 7 }}"#,
        node("nixpkgs", "n"),
        node("disko", disko),
        node("colours", colours)
    )
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=a", "-c", "user.email=a@b"]).args(arguments).current_dir(folder);
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = git.output().expect("tests of git need git");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn committed() -> TempDir {
    let files = folder(&[
        ("flake.nix", FLAKE),
        ("flake.lock", &lock("d", "c")),
        ("hosts/box/default.nix", "{ imports = [ ../../modules/web.nix ]; }\n"),
        (
            "hosts/nas/default.nix",
            "{ inputs, self, ... }: { imports = [ ./disks.nix ]; x = inputs.colours.red; nixpkgs.overlays = [ self.overlays.default ]; }\n",
        ),
        ("hosts/nas/disks.nix", "{ environment.etc.\"motd\".source = ../../files/motd; }\n"),
        ("modules/web.nix", "{ services.web.root = ../files/web; }\n"),
        ("files/motd", "hello\n"),
        ("files/web/index.html", "hello\n"),
        ("lib/tools.nix", "{ port = 80; unused = 1; }\n"),
        ("overlay.nix", "final: prev: { }\n"),
        ("pkgs/tool/default.nix", "{ stdenv }: stdenv.mkDerivation { src = ./src; }\n"),
        ("pkgs/tool/src/main.c", "int main;\n"),
        ("pkgs/other.nix", "{ hello }: hello\n"),
        ("README.md", "text\n"),
    ]);
    git(files.path(), &["init", "--quiet"]);
    git(files.path(), &["add", "--", "."]);
    git(files.path(), &["commit", "--quiet", "-m", "one"]);
    files
}

/// What `affected` says of the files after some of them were written.
#[track_caller]
fn after(changes: &[(&str, &str)]) -> (String, Value) {
    let files = committed();
    for (path, text) in changes {
        let path = files.path().join(path);
        if text.is_empty() {
            std::fs::remove_file(path).expect("the file");
        } else {
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
    }
    git(files.path(), &["add", "--all", "--", "."]);
    let output = flakewise(&["affected", "--since", "HEAD"], files.path());
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let document = json(&flakewise(&["affected", "--since", "HEAD", "--format", "json"], files.path()));
    (stdout(&output), document)
}

#[track_caller]
fn check(changes: &[(&str, &str)], expected: &str) {
    let (text, document) = after(changes);
    assert_eq!(text, expected);
    let count = |name: &str| document[name].as_array().map_or(0, Vec::len);
    assert_eq!(count("affected") + count("untouched"), 5, "every output is the one or the other: {document:#}");
}

const NONE: &str = "No host and no other output is concerned.\n";

#[test]
fn nothing_and_what_means_nothing() {
    check(&[], NONE);
    check(&[("README.md", "other\n"), ("modules/web.nix", "# why\n{\n  services.web.root = ../files/web;\n}\n")], NONE);
    check(&[("flake.nix", &FLAKE.replace("    in {", "    # hosts\n    in {"))], NONE);
}

#[test]
fn a_module_concerns_the_hosts_that_import_it() {
    check(
        &[("modules/web.nix", "{ services.web.port = 1; }\n")],
        "nixosConfigurations.box  flake.nix:14:9\n  modules/web.nix changed: hosts/box/default.nix → modules/web.nix\n",
    );
}

#[test]
fn files_that_modules_name() {
    check(
        &[("files/motd", "bye\n"), ("files/web/index.html", "")],
        "nixosConfigurations.box  flake.nix:14:9\n  files/web/index.html changed: hosts/box/default.nix → modules/web.nix → files/web/index.html\n\
         nixosConfigurations.nas  flake.nix:15:9\n  files/motd changed: hosts/nas/default.nix → hosts/nas/disks.nix → files/motd\n",
    );
}

#[test]
fn of_flake_nix_only_what_a_host_is_given_counts() {
    check(
        &[("flake.nix", &FLAKE.replace("\"lan\"", "\"home\""))],
        "nixosConfigurations.nas  flake.nix:15:9\n  flake.nix changed, and with it modules\n",
    );
    // Another spelling of the same.
    let spelled = FLAKE
        .replace("inherit system;", "")
        .replace("[ ./hosts/${name} ] ++ extra", "[ (./hosts + \"/${name}\") ] ++ extra");
    check(&[("flake.nix", &spelled)], NONE);
    // A new host leaves the others alone.
    let (text, _) = after(&[
        ("flake.nix", &FLAKE.replace("nas = mkHost", "new = mkHost \"new\" [ ];\n        nas = mkHost")),
        ("hosts/new/default.nix", "{ }\n"),
    ]);
    assert_eq!(text, "nixosConfigurations.new  flake.nix:15:9\n  hosts/new/default.nix changed\n  it is new\n");
    // The function that builds both.
    let (text, _) = after(&[(
        "flake.nix",
        &FLAKE.replace("x86_64-linux\";\n        special", "aarch64-linux\";\n        special"),
    )]);
    assert_eq!(text.matches("flake.nix changed, and with it system").count(), 2, "{text}");
}

#[test]
fn files_around_the_modules_count_by_their_value() {
    check(&[("lib/tools.nix", "let p = 80; in { port = p; unused = 0 + 1; }\n")], NONE);
    let (text, _) = after(&[("lib/tools.nix", "{ port = 81; unused = 1; }\n")]);
    assert_eq!(text.matches("lib/tools.nix changed, and with it specialArgs").count(), 2, "{text}");
}

#[test]
fn modules_that_come_and_go() {
    check(
        &[("hosts/nas/default.nix", "{ imports = [ ../../modules/web.nix ]; }\n"), ("hosts/nas/disks.nix", "")],
        "nixosConfigurations.nas  flake.nix:15:9\n  hosts/nas/default.nix changed\n  new modules: modules/web.nix; gone: hosts/nas/disks.nix\n",
    );
}

#[test]
fn modules_in_files_are_named_by_these() {
    let (text, document) = after(&[
        ("hosts/box/default.nix", "{ imports = [ ../../modules/web.nix (import ./extra.nix) ]; }\n"),
        ("hosts/box/extra.nix", "{ lib, ... }: { services.extra.enable = true; }\n"),
    ]);
    assert!(text.contains("in hosts/box/extra.nix"), "{text}");
    assert!(document.to_string().contains("\"in hosts/box/extra.nix\""), "{document:#}");
}

#[test]
fn outputs_that_are_no_hosts() {
    check(
        &[("pkgs/tool/src/main.c", "int other;\n")],
        "packages.x86_64-linux.tool  flake.nix:18:29\n  pkgs/tool/src/main.c changed: pkgs/tool/default.nix → pkgs/tool/src/main.c\n",
    );
    // A host that uses an overlay of the flake is another one with it.
    check(
        &[("overlay.nix", "final: prev: { x = 1; }\n")],
        "nixosConfigurations.nas  flake.nix:15:9\n  it uses overlays.default\n\
         overlays.default  flake.nix:17:16\n  overlay.nix changed\n",
    );
}

#[test]
fn inputs_concern_those_who_use_them() {
    check(
        &[("flake.lock", &lock("other", "c"))],
        "nixosConfigurations.box  flake.nix:14:9\n  the input disko changed in flake.lock\n",
    );
    check(
        &[("flake.lock", &lock("d", "other"))],
        "nixosConfigurations.nas  flake.nix:15:9\n  the input colours changed in flake.lock\n",
    );
    let (_, document) = after(&[("flake.lock", &lock("d", "c").replace("sha256-n", "sha256-m"))]);
    assert_eq!(document["inputs"], serde_json::json!(["nixpkgs"]));
    let outputs: Vec<&str> =
        document["affected"].as_array().expect("a list").iter().filter_map(|it| it["output"].as_str()).collect();
    assert_eq!(
        outputs,
        [
            "nixosConfigurations.box",
            "nixosConfigurations.nas",
            "packages.x86_64-linux.other",
            "packages.x86_64-linux.tool"
        ]
    );
    assert_eq!(document["untouched"], serde_json::json!(["overlays.default"]));
}

#[test]
fn the_document_of_affected() {
    let (_, document) = after(&[("files/motd", "bye\n")]);
    assert_eq!(super::names(&document), ["version", "since", "changed", "inputs", "affected", "untouched"]);
    assert_eq!(document["since"].as_str().map(str::len), Some(40));
    assert_eq!(document["changed"], serde_json::json!(["files/motd"]));
    let affected = &document["affected"][0];
    assert_eq!(
        (affected["output"].as_str(), affected["host"].as_bool()),
        (Some("nixosConfigurations.nas"), Some(true))
    );
    assert_eq!(affected["definition"]["path"], "flake.nix");
    let chain = serde_json::json!(["hosts/nas/default.nix", "hosts/nas/disks.nix", "files/motd"]);
    assert_eq!(affected["reasons"], serde_json::json!([{"kind": "file", "path": "files/motd", "chain": chain}]));
}

#[test]
fn revisions_that_there_are_not() {
    let files = committed();
    super::refused(&["affected", "--since", "nowhere"], files.path(), "git knows no revision nowhere");
    super::refused(&["affected", "--since=--help"], files.path(), "git knows no revision --help");
    super::refused(&["affected"], files.path(), "--since <REV> is missing");
    let bare = super::repository("custom.port = 81;");
    let root = std::fs::canonicalize(bare.path()).expect("the folder");
    let line = format!("{} lies in no git repository", root.display());
    super::refused(&["affected", "--since", "HEAD"], &root, &line);
}
