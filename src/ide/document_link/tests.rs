//! Links as `text -> target`.

use super::*;
use crate::fixture::Fixture;
use crate::semantics::testing;

fn links_of(text: &str, path: &str) -> Vec<String> {
    let fixture = Fixture::parse(text);
    let analysis = Analysis::new(testing::repository(&fixture));
    let file = analysis.snapshot().paths().existing(path).unwrap();
    let links = document_links(&analysis, file);
    assert!(links.windows(2).all(|pair| pair[0].range.end() <= pair[1].range.start()));
    let show = |link: DocumentLink| {
        let target = match link.target {
            LinkTarget::File(file) => analysis.path(file).to_string(),
            LinkTarget::Url(url) => url,
        };
        format!("{} -> {target}", &fixture.text(path)[link.range])
    };
    links.into_iter().map(show).collect()
}

fn links(text: &str) -> Vec<String> {
    links_of(text, "/repo/default.nix")
}

#[test]
fn paths() {
    let files = "#- /a/default.nix\n1\n#- /b.txt\nx\n#- /default.nix\n";
    assert_eq!(
        links(&format!("{files}[ ./a ./b.txt ./c.nix ../x ./${{a}}.nix \"./b.txt\" ]\n")),
        ["./a -> /repo/a/default.nix", "./b.txt -> /repo/b.txt"]
    );
    assert_eq!(
        links(&format!(
            "{files}{{ self, ... }}: [ \"${{self}}/b.txt\" (self + \"/a\") (./. + \"/b.txt\") \"${{x}}/b.txt\" ]\n"
        )),
        ["./. + \"/b.txt\" -> /repo/b.txt"],
        "without a flake there is no self"
    );
}

#[test]
fn paths_from_the_root_of_the_flake() {
    let flake = "#- /flake.nix\n{ inputs.nixpkgs.url = \"github:NixOS/nixpkgs\"; outputs = { self, nixpkgs }: { nixosConfigurations.box = nixpkgs.lib.nixosSystem { specialArgs = { inherit self; dir = ./m; }; modules = [ ./h.nix ]; }; }; }\n#- /m/a.nix\n{ }\n#- /m/b.nix\n{ }\n#- /h.nix\n";
    let host = "{ self, dir, inputs, ... }: {\n  imports = [ \"${self}/m/a.nix\" (dir + \"/b.nix\") ];\n  x = self + \"/m/b.nix\";\n  y = \"${inputs.self.outPath}/m/a.nix\";\n  z = \"${self}/nowhere\";\n}\n";
    assert_eq!(
        links_of(&format!("{flake}{host}"), "/repo/h.nix"),
        [
            "${self}/m/a.nix -> /repo/m/a.nix",
            "dir + \"/b.nix\" -> /repo/m/b.nix",
            "self + \"/m/b.nix\" -> /repo/m/b.nix",
            "${inputs.self.outPath}/m/a.nix -> /repo/m/a.nix",
        ]
    );
}

#[test]
fn addresses_and_inputs() {
    let flake = "#- /flake.nix\n{\n  # see https://example.org/x.\n  inputs.a.url = \"github:o/a/main\";\n  inputs.b = { url = \"git+https://codeberg.org/o/b.git\"; inputs.a.url = \"gitlab:o/c\"; };\n  inputs.c.url = \"https://flakehub.com/f/o/c/1.tar.gz\";\n  inputs.d.url = \"./sub\";\n  outputs = _: { x = \"http://localhost:80/${y}\"; };\n}\n";
    assert_eq!(
        links_of(flake, "/repo/flake.nix"),
        [
            "https://example.org/x -> https://example.org/x",
            "github:o/a/main -> https://github.com/o/a/tree/main",
            "git+https://codeberg.org/o/b.git -> https://codeberg.org/o/b",
            "gitlab:o/c -> https://gitlab.com/o/c",
            "https://flakehub.com/f/o/c/1.tar.gz -> https://flakehub.com/flake/o/c",
        ]
    );
}

#[test]
fn broken_texts() {
    for text in ["{ a = ./", "\"https://", "\"${self}/", "# http://x", "[ ./. + "] {
        links(text);
    }
}
