//! Numbers, booleans, null, paths and functions.

use super::{Generator, Text, Ty, atom, loose};

const INTS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "7",
    "10",
    "42",
    "255",
    "1000000",
    "999999",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "(-1)",
    "(-7)",
    "(-9223372036854775807 - 1)",
    "007",
];

const FLOATS: &[&str] = &[
    "0.0",
    "1.0",
    "1.5",
    ".5",
    "2.",
    "1.0e3",
    "1e-3.0",
    "1.0E-5",
    "123456789.123",
    "1.0e15",
    "1.0e16",
    "1.0e17",
    "5.0e22",
    "1.7976931348623157e308",
    "2.2250738585072014e-308",
    "5.0e-324",
    "1.0e400",
    "0.1",
    "3.3333333333333335",
    "9007199254740993.0",
    "1234567.5",
    "999999.5",
    "0.0001",
    "0.00001",
    "100000.0",
    "1000000.0",
    "9223372036854775808.0",
    "1.e5",
];

const ANY: &[&str] = &["isNull", "isInt", "isFloat", "isBool", "isString", "isPath", "isList", "isAttrs", "isFunction"];

impl Generator<'_> {
    pub(super) fn int_literal(&mut self) -> Text {
        if self.pick(4) == 3 { atom(self.pick(100_000).to_string()) } else { atom(self.one(INTS)) }
    }

    pub(super) fn float_literal(&mut self) -> Text {
        if self.pick(2) == 0 {
            return atom(self.one(FLOATS));
        }
        // Digits at random: what is hard about a number is how it is written.
        let (whole, fraction) = (self.pick(1000), self.pick(1_000_000_000));
        match self.pick(3) {
            0 => atom(format!("{whole}.{fraction}")),
            1 => atom(format!("{whole}.{fraction}e{}", self.pick(40))),
            _ => atom(format!("{whole}.{fraction}{}e-{}", self.pick(1_000_000), self.pick(300))),
        }
    }

    pub(super) fn int(&mut self, depth: u32) -> Text {
        let any = self.plain_ty();
        match self.pick(21) {
            0 => loose(format!("{} + {}", self.operand(&Ty::Int, depth), self.operand(&Ty::Int, depth))),
            1 => loose(format!("{} - {}", self.operand(&Ty::Int, depth), self.operand(&Ty::Int, depth))),
            2 => loose(format!("{} * {}", self.operand(&Ty::Int, depth), self.operand(&Ty::Int, depth))),
            3 => loose(format!("{} / {}", self.operand(&Ty::Int, depth), self.operand(&Ty::Int, depth))),
            4 => loose(format!("-{}", self.operand(&Ty::Int, depth))),
            5 => {
                let name = self.one(&["add", "sub", "mul", "div", "bitAnd", "bitOr", "bitXor"]);
                loose(format!("builtins.{name} {} {}", self.arg(&Ty::Int, depth), self.arg(&Ty::Int, depth)))
            }
            6 => loose(format!("builtins.length {}", self.arg(&Ty::list(any), depth))),
            7 => loose(format!("builtins.stringLength {}", self.arg(&Ty::Str, depth))),
            8 => {
                let name = self.one(&["ceil", "floor"]);
                let ty = if self.pick(3) == 2 { Ty::Int } else { Ty::Float };
                loose(format!("builtins.{name} {}", self.arg(&ty, depth)))
            }
            9 => loose(format!("builtins.compareVersions {} {}", self.version(), self.version())),
            10 => {
                let function = self.lambda2(&Ty::Int, &Ty::Int, &Ty::Int, depth);
                let start = self.arg(&Ty::Int, depth);
                loose(format!("builtins.foldl' {function} {start} {}", self.arg(&Ty::list(Ty::Int), depth)))
            }
            11 => loose(format!(
                "builtins.fromJSON \"{}\"",
                self.one(&[
                    "1",
                    "-0",
                    "12",
                    "1e2",
                    "9223372036854775807",
                    "9223372036854775808",
                    "-9223372036854775808",
                    "1.0",
                    " 7 ",
                    "01",
                    "+1",
                    "0x1"
                ])
            )),
            12 => {
                let body = self.lambda2(&Ty::function(Ty::Int, Ty::Int), &Ty::Int, &Ty::Int, depth.min(2));
                loose(format!(
                    "let go = n: if n <= 0 then {} else {body} go (n - 1); in go {}",
                    self.leaf(&Ty::Int).text,
                    self.pick(5)
                ))
            }
            13 => loose(format!("builtins.length (builtins.attrNames {})", self.arg(&Ty::set(any), depth))),
            14 => loose(format!("{} |> {}", self.operand(&any, depth), self.lambda(&any, &Ty::Int, depth))),
            15 => loose(format!("{} <| {}", self.lambda(&any, &Ty::Int, depth), self.operand(&any, depth))),
            16 => loose(format!(
                "(builtins.sort {} {}) |> builtins.length",
                self.comparison(&Ty::Int, depth),
                self.arg(&Ty::list(Ty::Int), depth)
            )),
            17 => loose(format!(
                "builtins.elemAt {} {}",
                self.arg(&Ty::list(Ty::Int), depth),
                self.one(&["0", "1", "2", "(-1)"])
            )),
            18 => atom("builtins.langVersion"),
            19 => loose(format!(
                "{}.${{builtins.typeOf {}}} or {}",
                parenthesised_set(self, depth),
                self.arg(&any, depth),
                self.leaf(&Ty::Int).text
            )),
            _ => loose(format!("{} - -{}", self.operand(&Ty::Int, depth), self.operand(&Ty::Int, depth))),
        }
    }

    pub(super) fn float(&mut self, depth: u32) -> Text {
        match self.pick(8) {
            0..=2 => {
                let operator = self.one(&["+", "-", "*", "/"]);
                let (left, right) = match self.pick(3) {
                    0 => (Ty::Float, Ty::Float),
                    1 => (Ty::Int, Ty::Float),
                    _ => (Ty::Float, Ty::Int),
                };
                loose(format!("{} {operator} {}", self.operand(&left, depth), self.operand(&right, depth)))
            }
            3 => loose(format!("-{}", self.operand(&Ty::Float, depth))),
            4 => {
                let name = self.one(&["add", "sub", "mul", "div"]);
                let other = if self.pick(2) == 0 { Ty::Int } else { Ty::Float };
                loose(format!("builtins.{name} {} {}", self.arg(&Ty::Float, depth), self.arg(&other, depth)))
            }
            5 => loose(format!(
                "builtins.fromJSON \"{}\"",
                self.one(&[
                    "1.0",
                    "-0.0",
                    "1e400",
                    "1e-400",
                    "1E5",
                    "0.1",
                    "-1.5e-7",
                    "18446744073709551616",
                    "1.",
                    ".5",
                    "12345678901234567890.5"
                ])
            )),
            6 => {
                let function = self.lambda2(&Ty::Float, &Ty::Float, &Ty::Float, depth);
                loose(format!(
                    "builtins.foldl' {function} {} {}",
                    self.arg(&Ty::Float, depth),
                    self.arg(&Ty::list(Ty::Float), depth)
                ))
            }
            _ => loose(format!("{} * 1.0", self.operand(&Ty::Int, depth))),
        }
    }

    pub(super) fn bool(&mut self, depth: u32) -> Text {
        let any = self.plain_ty();
        match self.pick(22) {
            0 => loose(format!("{} == {}", self.operand(&any, depth), self.operand(&any, depth))),
            1 => loose(format!("{} != {}", self.operand(&any, depth), self.operand(&any, depth))),
            2 | 3 => {
                let operator = self.one(&["<", "<=", ">", ">="]);
                let ty = match self.pick(6) {
                    0 => Ty::Int,
                    1 => Ty::Float,
                    2 => Ty::Str,
                    3 => Ty::list(Ty::Int),
                    4 => Ty::Path,
                    _ => any,
                };
                let right = if self.pick(6) == 5 { Ty::Float } else { ty.clone() };
                loose(format!("{} {operator} {}", self.operand(&ty, depth), self.operand(&right, depth)))
            }
            4 => loose(format!("{} && {}", self.operand(&Ty::Bool, depth), self.operand(&Ty::Bool, depth))),
            5 => loose(format!("{} || {}", self.operand(&Ty::Bool, depth), self.operand(&Ty::Bool, depth))),
            6 => loose(format!("{} -> {}", self.operand(&Ty::Bool, depth), self.operand(&Ty::Bool, depth))),
            7 => loose(format!("!{}", self.operand(&Ty::Bool, depth))),
            8 => {
                let set = self.arg(&Ty::set(any), depth);
                let path: Vec<String> = (0..1 + self.pick(3)).map(|_| self.key(depth)).collect();
                loose(format!("{set} ? {}", path.join(".")))
            }
            9 => loose(format!("builtins.hasAttr {} {}", self.arg(&Ty::Str, depth), self.arg(&Ty::set(any), depth))),
            10 => {
                let ty = self.ty(1);
                let name = self.one(ANY);
                loose(format!("builtins.{name} {}", self.arg(&ty, depth)))
            }
            11 => loose(format!("builtins.elem {} {}", self.arg(&any, depth), self.arg(&Ty::list(any), depth))),
            12 => {
                let name = self.one(&["any", "all"]);
                let function = self.lambda(&any, &Ty::Bool, depth);
                loose(format!("builtins.{name} {function} {}", self.arg(&Ty::list(any), depth)))
            }
            13 => loose(format!("builtins.lessThan {} {}", self.arg(&any, depth), self.arg(&any, depth))),
            14 => loose(format!("(builtins.tryEval {}).success", self.arg(&any, depth))),
            15 => {
                let ty = if self.pick(2) == 0 { Ty::Path } else { Ty::Str };
                loose(format!("builtins.pathExists {}", self.arg(&ty, depth)))
            }
            16 => loose(format!("builtins.hasContext {}", self.arg(&Ty::Str, depth))),
            17 => {
                let ty = Ty::set(Ty::list(any));
                loose(format!("{} == {}", self.operand(&ty, depth), self.operand(&ty, depth)))
            }
            18 => {
                let (left, right) = (self.ty(1), self.ty(1));
                loose(format!("{} == {}", self.operand(&left, depth), self.operand(&right, depth)))
            }
            19 => {
                let ty = Ty::function(Ty::Int, Ty::Int);
                let set = self.arg(&Ty::set(ty), depth);
                loose(format!("let fs = {set}; in fs == fs && [ fs ] == [ fs ]"))
            }
            20 => loose(format!("builtins.isNull (builtins.match {} {})", self.pattern(), self.arg(&Ty::Str, depth))),
            _ => loose(format!("builtins ? {}", self.one(&["abort", "nope", "wasm", "fetchTree", "foldl'", "true"]))),
        }
    }

    pub(super) fn null(&mut self, depth: u32) -> Text {
        match self.pick(3) {
            0 => loose(format!("builtins.match {} {}", self.pattern(), self.arg(&Ty::Str, depth))),
            1 => loose("builtins.fromJSON \"null\""),
            _ => loose(format!("builtins.unsafeGetAttrPos \"nope\" {}", self.arg(&Ty::set(Ty::Int), depth))),
        }
    }

    pub(super) fn path_leaf(&mut self) -> Text {
        atom(
            self.one(&[
                "/a/b.c",
                "/.",
                "./x.nix",
                "./dir",
                "./dir/../a.txt",
                "/a/./b/../c",
                "../../../../../..",
                "./a.txt",
                "/foo/bar/",
                "./dir/sub/data.json",
                "./link",
                "/nonexistent",
            ])
            .trim_end_matches('/'),
        )
    }

    pub(super) fn path(&mut self, depth: u32) -> Text {
        match self.pick(9) {
            0 => loose(format!("{} + {}", self.operand(&Ty::Path, depth), self.arg(&Ty::Str, depth))),
            1 => loose(format!("{} + {}", self.operand(&Ty::Path, depth), self.operand(&Ty::Path, depth))),
            2 => loose(format!("dirOf {}", self.arg(&Ty::Path, depth))),
            3 => atom(format!("/a/${{{}}}", self.expr(&Ty::Str, depth).text)),
            4 => atom(format!("./dir/${{{}}}/c.d", self.expr(&Ty::Str, depth).text)),
            5 => loose(format!("/. + {}", self.arg(&Ty::Str, depth))),
            6 => atom(format!("./${{\"{}\"}}", self.one(&["a.txt", "dir", "../x", "a//b", "/abs", ""]))),
            7 => loose(format!(
                "{} + \"/{}\"",
                self.operand(&Ty::Path, depth),
                self.one(&["a", "..", "../..", "b/", ".", "x y"])
            )),
            _ => self.leaf(&Ty::Path),
        }
    }

    pub(super) fn function(&mut self, from: &Ty, to: &Ty, depth: u32) -> Text {
        match self.pick(6) {
            0 | 1 => atom(self.lambda(from, to, depth)),
            2 => {
                let name = self.name();
                let body = self.within(&[(name.clone(), from.clone())], to, depth);
                atom(format!("{{ __functor = self: {name}: {}; a = 1; }}", body.text))
            }
            3 => {
                let any = self.plain_ty();
                let function = self.lambda2(&any, from, to, depth);
                loose(format!("{function} {}", self.arg(&any, depth)))
            }
            4 => {
                let name = self.name();
                let body = self.within(&[(name.clone(), to.clone())], to, depth);
                let open = if self.pick(2) == 0 { ", ..." } else { "" };
                loose(format!("{{ {name} ? {}{open} }}: {}", self.leaf(to).text, body.text))
            }
            _ => loose(format!("builtins.getAttr \"f\" {{ f = {}; }}", self.lambda(from, to, depth))),
        }
    }

    /// A comparison for `sort`, not always a consistent one.
    pub(super) fn comparison(&mut self, ty: &Ty, depth: u32) -> String {
        match self.pick(8) {
            0..=2 => "builtins.lessThan".to_string(),
            3 | 4 => "(a: b: a < b)".to_string(),
            5 => "(a: b: b < a)".to_string(),
            6 => self.one(&["(_: _: true)", "(_: _: false)"]).to_string(),
            _ => self.lambda2(ty, ty, &Ty::Bool, depth),
        }
    }
}

fn parenthesised_set(generator: &mut Generator, depth: u32) -> String {
    generator.arg(&Ty::set(Ty::Int), depth)
}
