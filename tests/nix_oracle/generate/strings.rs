//! Strings: their literals, contexts and builtins.

use super::{Generator, Text, Ty, atom, loose, parenthesised};

/// Pieces of `"…"` strings as they are written.
const PIECES: &[&str] = &[
    "a", "foo", " ", "B", "1", ".", "-", "/", "é", "\\n", "\\t", "\\r", "\\\\", "\\\"", "\\${", "$", "$$", "\n", "''",
    "\\q", "\\$", "{", "}", "a-1.2", "日", "\t", "#", "x/y", "\\\\n", "$${a}", "<&>'",
];

/// Pieces of `''…''` strings as they are written.
const INDENTED: &[&str] = &[
    "a", "foo", " ", "  ", "\n", "\n  ", "\n    ", "''$", "'''", "''\\n", "''\\t", "$", "$$", "'", "\\", "\\n", "\t",
    "\"", "\n\n", "''${", "b c", "é", "$''${", "''\\\\", "\n\t", " \n", "''\\ ", "\r\n", "$${x}",
];

impl Generator<'_> {
    pub(super) fn string_leaf(&mut self) -> Text {
        match self.pick(12) {
            0..=7 => {
                let pieces: Vec<&str> = (0..self.pick(4)).map(|_| self.one(PIECES)).collect();
                atom(format!("\"{}\"", pieces.concat()))
            }
            8 => {
                let pieces: Vec<&str> = (0..self.pick(6)).map(|_| self.one(INDENTED)).collect();
                // What would run into the closing quotes is the lexer's own subject, left to the sloppy ones.
                let text = pieces.concat();
                let text = if self.sloppy { text } else { text.trim_end_matches('\'').to_string() };
                atom(format!("''{text}''"))
            }
            9 => atom(self.version()),
            10 => atom(format!("\"{}\"", self.one(super::NAMES))),
            _ => atom(self.one(&["http://a.b/c?d=e&f", "x:y", "git+ssh://u@h/~p", "\"\"", "''''"])),
        }
    }

    /// A string literal that looks like a version, or nearly.
    pub(super) fn version(&mut self) -> String {
        const PARTS: &[&str] = &[
            "1",
            "2",
            "10",
            "0",
            "pre",
            "a",
            "rc",
            ".",
            ".",
            "-",
            "_",
            "beta",
            "99999999999999999999",
            "2147483648",
            "01",
            "é",
            "+",
        ];
        let parts: Vec<&str> = (0..self.pick(6)).map(|_| self.one(PARTS)).collect();
        format!("\"{}\"", parts.concat())
    }

    fn interpolated(&mut self, depth: u32) -> Text {
        let mut text = String::new();
        let indented = self.pick(3) == 2;
        for _ in 0..1 + self.pick(4) {
            if self.pick(2) == 1 {
                text.push_str(&format!("${{{}}}", self.expr(&Ty::Str, depth).text));
            } else {
                text.push_str(self.one(if indented { INDENTED } else { PIECES }));
            }
        }
        if indented { atom(format!("''{}''", text.trim_end_matches('\''))) } else { atom(format!("\"{text}\"")) }
    }

    /// A string that refers to the store.
    fn with_context(&mut self) -> Text {
        match self.pick(4) {
            0 => loose(self.one(&[
                "builtins.toFile \"a\" \"b\"",
                "builtins.toFile \"x.nix\" \"1 + 1\"",
                "builtins.toFile \"bad name\" \"\"",
            ])),
            1 => atom(self.one(&["\"${./a.txt}\"", "\"${./dir}/x\"", "\"${./nope}\""])),
            2 => loose(format!("builtins.toFile \"n\" {}", parenthesised(self.leaf(&Ty::Str)))),
            _ => atom("\"a${builtins.toFile \"a\" \"b\"}b\""),
        }
    }

    pub(super) fn string(&mut self, depth: u32) -> Text {
        let any = self.plain_ty();
        match self.pick(36) {
            0..=2 => self.interpolated(depth),
            3 | 4 => loose(format!("{} + {}", self.operand(&Ty::Str, depth), self.operand(&Ty::Str, depth))),
            5 => {
                let ty = self.ty(2);
                loose(format!("toString {}", self.arg(&ty, depth)))
            }
            6 => loose(format!("builtins.toJSON {}", self.arg(&any, depth))),
            7 => {
                let ty = self.ty(2);
                loose(format!("builtins.toXML {}", self.arg(&ty, depth)))
            }
            8 => {
                let (start, length) = (
                    self.one(&["0", "1", "2", "5", "(-1)"]),
                    self.one(&["3", "0", "(-1)", "1", "100", "9223372036854775807"]),
                );
                loose(format!("builtins.substring {start} {length} {}", self.arg(&Ty::Str, depth)))
            }
            9 => {
                let count = self.pick(4);
                let list = |generator: &mut Self| {
                    let items: Vec<String> = (0..count).map(|_| parenthesised(generator.leaf(&Ty::Str))).collect();
                    items.join(" ")
                };
                let (from, to) = (list(self), list(self));
                loose(format!("builtins.replaceStrings [ {from} ] [ {to} ] {}", self.arg(&Ty::Str, depth)))
            }
            10 => loose(format!(
                "builtins.concatStringsSep {} {}",
                self.arg(&Ty::Str, depth),
                self.arg(&Ty::list(Ty::Str), depth)
            )),
            11 => {
                let ty = self.ty(1);
                loose(format!("builtins.typeOf {}", self.arg(&ty, depth)))
            }
            12 => {
                let name = self.one(&["baseNameOf", "dirOf"]);
                let ty = if name == "baseNameOf" && self.pick(2) == 1 { Ty::Path } else { Ty::Str };
                loose(format!("{name} {}", self.arg(&ty, depth)))
            }
            13 => {
                let algorithm = self.one(&["\"sha256\"", "\"md5\"", "\"sha1\"", "\"sha512\"", "\"crc\""]);
                loose(format!("builtins.hashString {algorithm} {}", self.arg(&Ty::Str, depth)))
            }
            14 => self.converted_hash(),
            15 => loose(format!("builtins.unsafeDiscardStringContext {}", self.arg(&Ty::Str, depth))),
            16 | 17 => self.with_context(),
            18 => loose(format!("builtins.head (builtins.match {} {})", self.pattern(), self.arg(&Ty::Str, depth))),
            19 => loose(format!(
                "builtins.elemAt (builtins.split {} {}) {}",
                self.pattern(),
                self.arg(&Ty::Str, depth),
                2 * self.pick(3)
            )),
            20 => loose(format!(
                "(builtins.parseDrvName {}).{}",
                self.arg(&Ty::Str, depth),
                self.one(&["name", "version"])
            )),
            21 => loose(format!("builtins.head (builtins.attrNames {})", self.arg(&Ty::set(any), depth))),
            22 => atom(format!("{{ __toString = self: {}; outPath = \"o\"; }}", self.expr(&Ty::Str, depth).text)),
            23 => atom(format!("{{ outPath = {}; }}", self.expr(&Ty::Str, depth).text)),
            24 => atom(format!("\"${{{{ __toString = _: {}; }}}}\"", self.expr(&Ty::Str, depth).text)),
            25 => loose(format!(
                "builtins.readFile {}",
                self.one(&["./a.txt", "./dir/sub/data.json", "./nope", "./dir", "./link"])
            )),
            26 => loose(format!("builtins.readFileType {}", self.one(&["./a.txt", "./dir", "./nope", "./link"]))),
            27 => loose(format!(
                "builtins.hashFile \"sha256\" {}",
                self.one(&["./a.txt", "./dir", "./dir/sub/data.json"])
            )),
            28 => loose(format!("builtins.toPath {}", self.arg(&Ty::Str, depth))),
            29 => loose(format!("builtins.placeholder {}", self.arg(&Ty::Str, depth))),
            30 => loose(format!(
                "builtins.foldl' {} \"\" {}",
                self.lambda2(&Ty::Str, &Ty::Str, &Ty::Str, depth),
                self.arg(&Ty::list(Ty::Str), depth)
            )),
            31 => self.flake_ref_text(),
            32 => {
                let name = self.one(&["unsafeDiscardOutputDependency", "addDrvOutputDependencies", "toString"]);
                loose(format!("builtins.{name} {}", parenthesised(self.with_context())))
            }
            33 => loose(format!(
                "builtins.appendContext {} (builtins.getContext {})",
                self.arg(&Ty::Str, depth),
                parenthesised(self.with_context())
            )),
            34 => loose(format!("toString {}", self.arg(&Ty::Float, depth))),
            _ => loose(format!("builtins.toJSON {}", self.arg(&Ty::Float, depth))),
        }
    }

    fn converted_hash(&mut self) -> Text {
        let hash = self.one(&[
            "5d41402abc4b2a76b9719d911017c592",
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73",
            "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
            "sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "md5-XUFAKrxLKna5cZ2REBfFkg==",
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=?x",
            "sha256:E3B0C44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "sha-1",
            "",
        ]);
        let algorithm = self.one(&[
            "",
            "hashAlgo = \"sha256\";",
            "hashAlgo = \"md5\";",
            "hashAlgo = \"sha1\";",
            "hashAlgo = \"sha512\";",
            "hashAlgo = null;",
        ]);
        let format = self.one(&["base16", "nix32", "base32", "base64", "sri", "hex"]);
        loose(format!("builtins.convertHash {{ hash = \"{hash}\"; {algorithm} toHashFormat = \"{format}\"; }}"))
    }
}
