//! Compares the store paths of sources with those of a real Nix.
//!
//! Only where `FLAKEWISE_NIX` names a command like `nix-instantiate`.

use std::path::Path;
use std::process::Command;

/// What Nix says of a folder: its hash, and where it keeps a copy.
fn fetch(nix: &str, folder: &Path) -> (String, String) {
    let path = folder.display();
    let expression = format!(
        "let tree = builtins.fetchTree {{ type = \"path\"; path = \"{path}\"; }}; in [ tree.narHash \"${{tree}}\" ]"
    );
    let mut command = Command::new(nix);
    command.args(["--eval", "--strict", "--json", "--extra-experimental-features", "flakes fetch-tree", "-E"]);
    let output = command.arg(&expression).output().expect("Nix can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("a hash and a path")
}

#[test]
fn paths_of_sources_are_those_of_nix() {
    let Ok(nix) = std::env::var("FLAKEWISE_NIX") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    // Each turn adds a file, so each has another hash.
    for turn in 0..16 {
        let file = folder.path().join(format!("folder-{}/{turn}.nix", turn % 3));
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, "{ }\n".repeat(turn)).expect("a file");
        let (hash, path) = fetch(&nix, folder.path());
        assert_eq!(flakewise::flake::source_path(&hash).as_deref(), Some(path.as_str()), "{hash}");
    }
}
