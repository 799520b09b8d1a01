//! Texts in other languages: JSON, TOML, flake references.

use super::{Generator, Text, Ty, loose};

const JSON: &[&str] = &[
    "null",
    "true",
    "1",
    "-0",
    "-1.5",
    "1e3",
    "\\\"x\\\"",
    "\\\"\\\\u00e9\\\\n\\\"",
    "[]",
    "{}",
    "1E400",
    "0.1",
    "\\\"\\\\ud83d\\\\ude00\\\"",
    "18446744073709551615",
    "9223372036854775808",
    "-9223372036854775809",
    "01",
    "nul",
    "\\\"a\nb\\\"",
    "\\\"\\\\x\\\"",
    "'a'",
    "\\\"\\\\u0000\\\"",
    "\\\"\\\\ud800\\\"",
    "/**/1",
    "NaN",
    "1.0",
    "-0.0",
    "\\\"\\\\/\\\"",
    "\\\"\\t\\\"",
];

const TOML: &[&str] = &[
    "1",
    "\\\"x\\\"",
    "true",
    "[1, 2]",
    "1.5",
    "{ x = 1 }",
    "'raw'",
    "0xFF",
    "1_000",
    "inf",
    "nan",
    "1e3",
    "-0.0",
    "+1",
    "0o17",
    "[ 'a', 1 ]",
    "1979-05-27",
    "'''\nx\n'''",
    "\\\"\\\"\\\"a\\\\\n  b\\\"\\\"\\\"",
    "\\\"\\\\u00e9\\\"",
    "[ ]",
    "{ }",
    "01",
    "9223372036854775808",
    "07:32:00",
    "{ a.b = 1, c = 2 }",
    "\\\"\\\\e\\\"",
    "1.",
    "[ 1, 2, ]",
    "{ a = 1, }",
    "0b2",
    "-9223372036854775808",
];

impl Generator<'_> {
    /// A string literal that holds JSON, as a rule a correct set.
    pub(super) fn json_text(&mut self, depth: u32) -> String {
        if self.pick(4) == 3 {
            let ty = Ty::set(self.plain_ty());
            return format!("(builtins.toJSON {})", self.arg(&ty, depth));
        }
        format!("\"{}\"", self.json_value(2))
    }

    fn json_value(&mut self, depth: u32) -> String {
        match self.pick(if depth == 0 { 2 } else { 4 }) {
            0 => self.one(&JSON[..13]).to_string(),
            1 => self.one(JSON).to_string(),
            2 => {
                let items: Vec<String> = (0..self.pick(3)).map(|_| self.json_value(depth - 1)).collect();
                format!("[{}]", items.join(self.one(&[",", " , ", ",\n"])))
            }
            _ => {
                let members: Vec<String> = (0..self.pick(4))
                    .map(|_| format!("\\\"{}\\\": {}", self.one(super::NAMES), self.json_value(depth - 1)))
                    .collect();
                format!("{{{}}}", members.join(","))
            }
        }
    }

    /// A string literal that holds TOML.
    pub(super) fn toml_text(&mut self, depth: u32) -> String {
        let mut text = String::new();
        for _ in 0..1 + self.pick(4) {
            match self.pick(5) {
                0..=2 => {
                    let path: Vec<&str> = (0..1 + self.pick(2))
                        .map(|_| self.one(&["a", "b", "c", "x-y", "1", "\\\"q r\\\"", "'l'"]))
                        .collect();
                    let value = if depth == 0 { self.one(&TOML[..10]) } else { self.one(TOML) };
                    text.push_str(&format!("{} = {value}\n", path.join(".")));
                }
                3 => text.push_str(&format!("[{}]\n", self.one(&["t", "t.u", "v", "a"]))),
                _ => text.push_str(&format!("[[{}]]\n", self.one(&["w", "w.z", "t"]))),
            }
        }
        format!("\"{text}\"")
    }

    /// A string literal that holds a flake reference.
    pub(super) fn flake_ref(&mut self) -> String {
        let base = self.one(&[
            "github:NixOS/nixpkgs",
            "github:NixOS/nixpkgs/nixos-24.05",
            "github:NixOS/nixpkgs/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "nixpkgs",
            "nixpkgs/unstable",
            "flake:nixpkgs/unstable/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "git+https://example.org/repo.git",
            "git+ssh://git@example.org/repo",
            "git+file:///a/b",
            "path:/a/b",
            "path:./a",
            "/a/b",
            "./a",
            "https://example.org/x.tar.gz",
            "tarball+https://example.org/x",
            "file+https://example.org/x",
            "gitlab:a/b",
            "sourcehut:~a/b",
            "hg+https://example.org/r",
            "github:a",
            "github:a/b/c/d",
            "nope:a",
            "",
        ]);
        let count = self.pick(3);
        let query: Vec<String> = (0..count)
            .map(|_| {
                let key =
                    self.one(&["dir", "ref", "rev", "submodules", "shallow", "host", "narHash", "lastModified", "foo"]);
                let value = self.one(&["a", "main", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "1", "a/b", ""]);
                format!("{key}={value}")
            })
            .collect();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("\"{base}{mark}{}\"", query.join("&"))
    }

    pub(super) fn flake_ref_text(&mut self) -> Text {
        if self.pick(2) == 0 {
            return loose(format!("builtins.flakeRefToString (builtins.parseFlakeRef {})", self.flake_ref()));
        }
        let kind = self.one(&["github", "git", "path", "indirect", "tarball", "gitlab", "nope"]);
        let mut attrs = String::new();
        for _ in 0..1 + self.pick(4) {
            attrs.push_str(self.one(&[
                "owner = \"o\"; ",
                "repo = \"r\"; ",
                "url = \"https://example.org/r\"; ",
                "path = \"/a b\"; ",
                "id = \"nixpkgs\"; ",
                "ref = \"main\"; ",
                "rev = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"; ",
                "dir = \"sub\"; ",
                "submodules = true; ",
                "shallow = false; ",
                "lastModified = 12; ",
                "host = \"h.org\"; ",
            ]));
        }
        loose(format!("builtins.flakeRefToString {{ type = \"{kind}\"; {attrs}}}"))
    }
}
