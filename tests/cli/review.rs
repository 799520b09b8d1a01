//! `flakewise review`

use super::{flakewise, folder, repository, stdout};

#[test]
fn a_review_has_its_parts_in_order() {
    let wrong = repository("custom.prot = 81;");
    let output = flakewise(&["review"], wrong.path());
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "what is found is no failure of a review");
    let text = stdout(&output);
    let parts = [
        "# Architecture review of ",
        "This flake builds 1 NixOS host",
        "## What there is",
        "| `nixosConfigurations.box` | `x86_64-linux` | `flake.nix:4` |",
        "### Folders",
        "### Inputs",
        "## How it is wired",
        "`nixosConfigurations.box` is written out where the output is.",
        "```mermaid\ngraph LR\n",
        "### Commands",
        "`nixos-rebuild build --flake .#box` builds it",
        "## What it does well",
        "**The lock is there and agrees with flake.nix**",
        "## What to change, in this order",
        "**First what fails.**",
        "### 1. ",
        "`flakewise check --rule undeclared-option --fix` does it.",
        "- `box.nix:2`: ",
        "## Other ways to build it",
        "## What could not be seen",
    ];
    let mut rest = text.as_str();
    for part in parts {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part} is not where it belongs in\n{text}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn the_page_needs_nothing_else() {
    let files = folder(&[("flake.nix", "{ outputs = _: { nixosModules.\"<script>\" = { }; }; }\n")]);
    let page = stdout(&flakewise(&["review", "--format", "html"], files.path()));
    assert!(page.starts_with("<!doctype html>\n") && page.ends_with("</html>\n"), "{page}");
    for foreign in ["<script", "<link", "src=", "@import", "url("] {
        assert!(!page.contains(foreign), "{foreign} in {page}");
    }
    let good = repository("custom.port = 81;");
    let page = stdout(&flakewise(&["review", "--format", "html"], good.path()));
    assert!(page.contains("<svg ") && page.contains("<code>nixosConfigurations.box</code>"), "{page}");
    assert!(!page.contains("<script") && !page.contains("href="), "{page}");
}

#[test]
fn how_it_is_kept_is_part_of_it() {
    let lines = "custom.port = 81; system.autoUpgrade.flags = [ \"--update-input\" \"nixpkgs\" ];";
    let files = repository(lines);
    std::fs::write(files.path().join(".gitattributes"), "secrets/** filter=git-crypt diff=git-crypt\n")
        .expect("a file");
    let text = stdout(&flakewise(&["review"], files.path()));
    for part in [
        "Hosts upgrade themselves past flake.lock",
        "`box.nix:2`: `nixosConfigurations.box`",
        "`.gitattributes:1`: `secrets/**`",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    std::fs::create_dir_all(files.path().join(".github/workflows")).expect("a folder");
    std::fs::write(files.path().join(".github/workflows/check.yml"), "on: push\n").expect("a file");
    let text = stdout(&flakewise(&["review"], files.path()));
    assert!(text.contains("**Something else than people builds it:** `.github/workflows` is there."), "{text}");
}
