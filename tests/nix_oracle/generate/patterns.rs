//! Regular expressions.

use super::Generator;

const ATOMS: &[&str] = &[
    "a",
    "b",
    "o",
    ".",
    "[a-c]",
    "[^a]",
    "[[:alpha:]]",
    "[[:digit:]]",
    "[[:space:]]",
    "1",
    "-",
    "f",
    "\\\\.",
    "^",
    "$",
    "[a-]",
    "[]x]",
    "[^]]",
    "[[:upper:][:digit:]_]",
    "\\\\$",
    "[.]",
    "/",
    "\\\\\\\\",
    " ",
    "x",
    "é",
    "[[.a.]]",
    "[[=a=]]",
    "\\\\n",
    "[a\\\\]",
    "{",
    "}",
    "\\\\{",
    "[z-a]",
    "[[:foo:]]",
    "\\\\w",
    "\n",
    "()",
    "\\\\1",
    "[[:blank:]]",
    "]",
    ",",
];

const QUANTIFIERS: &[&str] = &["*", "+", "?", "{2}", "{1,2}", "{0,}", "{2,1}", "{,2}", "{0}", "**", "+?", "{1}{2}"];

impl Generator<'_> {
    /// A string literal that holds a regular expression, as a rule a correct one.
    pub(super) fn pattern(&mut self) -> String {
        format!("\"{}\"", self.alternatives(2, false).replace("${", "\\${"))
    }

    fn alternatives(&mut self, depth: u32, repeated: bool) -> String {
        let count = if self.pick(3) == 2 { 2 + self.pick(2) } else { 1 };
        let ways: Vec<String> = (0..count).map(|_| self.sequence(depth, repeated)).collect();
        ways.join("|")
    }

    /// What is `repeated` has no repetitions inside: Nix looks for all of their combinations, and takes for ever.
    fn sequence(&mut self, depth: u32, repeated: bool) -> String {
        let mut out = String::new();
        for _ in 0..1 + self.pick(3) {
            let quantifier = match self.pick(6) {
                _ if repeated => "",
                0..=2 => "",
                3 | 4 => self.one(&QUANTIFIERS[..5]),
                _ => self.one(QUANTIFIERS),
            };
            // The usual ones more often than all of the odd ones together.
            let atom = match self.pick(if depth == 0 { 3 } else { 5 }) {
                0 | 1 => self.one(&ATOMS[..10]).to_string(),
                2 => self.one(ATOMS).to_string(),
                _ => format!("({})", self.alternatives(depth - 1, repeated || !quantifier.is_empty())),
            };
            out.push_str(&atom);
            out.push_str(quantifier);
        }
        out
    }
}
