//! Random sets of modules: options of random types, and definitions that mostly fit them.

use std::fmt::Write;

/// Modules in Nix's notation, as the elements of a list, and the paths of their options.
pub struct Modules {
    pub text: String,
    pub options: Vec<String>,
}

/// The modules of a number.
pub fn modules(seed: u64) -> Modules {
    Generator { state: seed ^ 0x9e37_79b9_7f4a_7c15 }.modules()
}

struct Generator {
    state: u64,
}

/// A type, as far as fitting values are to be made.
#[derive(Clone)]
enum Type {
    /// Its expression, and expressions of values that it takes.
    Plain(&'static str, &'static [&'static str]),
    List(&'static str, Box<Type>),
    Attrs(&'static str, Box<Type>),
    /// Types that take what another takes.
    Around(&'static str, &'static str, Box<Type>),
    NullOr(Box<Type>),
    Either(Box<Type>, Box<Type>),
    Coerced(Box<Type>),
    Submodule(Vec<(String, Type)>, &'static str),
}

const PLAIN: &[(&str, &[&str])] = &[
    ("bool", &["true", "false", "config.flag"]),
    ("boolByOr", &["true", "false"]),
    ("int", &["1", "2", "-7", "config.number"]),
    ("ints.positive", &["1", "5"]),
    ("ints.unsigned", &["0", "5"]),
    ("(ints.between 0 10)", &["0", "10"]),
    ("ints.u8", &["255", "7"]),
    ("ints.s16", &["-300", "7"]),
    ("port", &["80", "443"]),
    ("float", &["1.5", "2.0"]),
    ("number", &["1", "1.5"]),
    ("(numbers.between 0 2.5)", &["1", "1.5"]),
    ("str", &["\"a\"", "\"b\"", "config.text"]),
    ("nonEmptyStr", &["\"a\"", "\"b c\""]),
    ("singleLineStr", &["\"a\"", "\"a\\n\""]),
    ("lines", &["\"a\"", "\"b\"", "\"c\\nd\""]),
    ("commas", &["\"a\"", "\"b\""]),
    ("envVar", &["\"/a\"", "\"/b\""]),
    ("(separatedString \" \")", &["\"x\"", "\"y\""]),
    ("(strMatching \"[a-z]+\")", &["\"abc\"", "\"z\""]),
    ("(passwdEntry str)", &["\"abc\"", "\"z\""]),
    ("(enum [ \"a\" \"b\" 3 null ])", &["\"a\"", "\"b\"", "3", "null"]),
    ("(enum [ \"single\" ])", &["\"single\""]),
    ("(enum [ ])", &["\"none\""]),
    ("anything", &["1", "{ a = 1; b.c = 2; }", "{ b.d = 3; }", "[ 1 2 ]", "\"a\"", "{ a = lib.mkDefault 2; }"]),
    ("raw", &["1", "{ a = lib.mkIf false 1; }"]),
    ("unspecified", &["[ 1 ]", "[ 2 ]", "true", "{ a = 1; }", "{ b = 1; }", "\"a\"", "4"]),
    ("attrs", &["{ a = 1; }", "{ b = 2; }", "{ a.c = lib.mkForce 2; }"]),
    ("path", &["\"/a\"", "\"/b/c\""]),
    ("(addCheck int (value: value < 5))", &["1", "4"]),
    ("(uniq int)", &["1"]),
    ("(unique { message = \"once\"; } str)", &["\"a\""]),
    ("(coercedTo int toString str)", &["1", "\"a\"", "\"1\""]),
    ("(coercedTo str (text: { name = text; }) (attrsOf str))", &["\"a\"", "{ a = \"b\"; }", "{ name = \"a\"; }"]),
    ("(either str (listOf str))", &["\"a\"", "[ \"a\" ]", "[ \"b\" ]"]),
    ("(oneOf [ int bool (listOf int) ])", &["1", "true", "[ 1 ]"]),
    ("(listOf (attrsOf int))", &["[ { a = 1; } { b = lib.mkIf false 2; } ]"]),
    (
        "(attrTag { left = lib.mkOption { type = lib.types.int; }; right = lib.mkOption { type = lib.types.str; }; })",
        &["{ left = 1; }", "{ right = \"a\"; }"],
    ),
    ("(lazyAttrsOf (listOf int))", &["{ a = [ 1 ]; }", "{ a = lib.mkBefore [ 2 ]; }", "{ b = [ ]; }"]),
    ("(attrsWith { elemType = lib.types.int; placeholder = \"id\"; })", &["{ a = 1; }", "{ b = 2; }"]),
];

/// Values of all kinds, most of which do not fit.
const ANY: &[&str] =
    &["1", "\"text\"", "true", "null", "[ ]", "[ 1 ]", "{ }", "{ a = 1; }", "-3", "1.5", "[ \"x\" ]", "300", "\"\""];

const NAMES: &[&str] = &["alpha", "beta", "gamma", "delta"];

impl Generator {
    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).expect("a small number")
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    fn ty(&mut self, depth: usize) -> Type {
        if depth == 0 || self.chance(45) {
            let (name, values) = self.pick(PLAIN);
            return Type::Plain(name, values);
        }
        let inner = Box::new(self.ty(depth - 1));
        match self.below(10) {
            0 | 1 => Type::List(self.pick(&["listOf", "listOf", "nonEmptyListOf"]), inner),
            2..=4 => Type::Attrs(self.pick(&["attrsOf", "attrsOf", "lazyAttrsOf"]), inner),
            5 => Type::NullOr(inner),
            6 => Type::Either(inner, Box::new(self.ty(depth - 1))),
            7 => {
                let (before, after) = self.pick(&[("uniq ", ""), ("addCheck ", " (_: true)")]);
                Type::Around(before, after, inner)
            }
            8 => Type::Coerced(inner),
            _ => self.submodule(depth),
        }
    }

    fn submodule(&mut self, depth: usize) -> Type {
        let count = self.below(3) + 1;
        let options = (0..count).map(|at| (NAMES[at].to_string(), self.ty(depth - 1))).collect();
        let freeform = self.pick(&["", "", "", "freeformType = with lib.types; attrsOf int; "]);
        Type::Submodule(options, freeform)
    }

    fn value(&mut self, ty: &Type) -> String {
        if self.chance(4) {
            return self.pick(ANY).to_string();
        }
        match ty {
            Type::Plain(_, values) => self.pick(values).to_string(),
            Type::List(_, inner) => {
                let mut text = "[ ".to_string();
                for _ in 0..self.below(3) {
                    let value = self.wrapped(inner, 15);
                    write!(text, "({value}) ").expect("a string");
                }
                text + "]"
            }
            Type::Attrs(_, inner) => {
                let mut text = "{ ".to_string();
                for name in NAMES {
                    if self.chance(40) {
                        let value = self.wrapped(inner, 25);
                        write!(text, "{name} = {value}; ").expect("a string");
                    }
                }
                text + "}"
            }
            Type::Around(_, _, inner) => self.value(inner),
            Type::NullOr(inner) => {
                if self.chance(30) {
                    "null".to_string()
                } else {
                    self.value(inner)
                }
            }
            Type::Either(left, right) => {
                let side = if self.chance(50) { left } else { right };
                self.value(side)
            }
            Type::Coerced(inner) => {
                if self.chance(30) {
                    "(x: x)".to_string()
                } else {
                    self.value(inner)
                }
            }
            Type::Submodule(options, freeform) => {
                let mut text = "{ ".to_string();
                for (name, ty) in options {
                    if self.chance(60) {
                        let value = self.wrapped(ty, 25);
                        write!(text, "{name} = {value}; ").expect("a string");
                    }
                }
                if !freeform.is_empty() && self.chance(50) {
                    text += "free = 4; ";
                }
                if self.chance(2) {
                    text += "undeclared = 4; ";
                }
                text + "}"
            }
        }
    }

    /// A value, perhaps with properties around it.
    fn wrapped(&mut self, ty: &Type, percent: usize) -> String {
        let value = self.value(ty);
        if !self.chance(percent) {
            return value;
        }
        match self.below(12) {
            0 => format!("lib.mkIf true ({value})"),
            1 => format!("lib.mkIf false ({value})"),
            2 => format!("lib.mkIf config.flag ({value})"),
            3 => format!("lib.mkForce ({value})"),
            4 => format!("lib.mkDefault ({value})"),
            5 => format!("lib.mkOverride 70 ({value})"),
            6 => format!("lib.mkBefore ({value})"),
            7 => format!("lib.mkAfter ({value})"),
            8 => {
                let other = self.wrapped(ty, percent / 2);
                format!("lib.mkMerge [ ({value}) ({other}) ]")
            }
            9 => format!("lib.mkOptionDefault ({value})"),
            10 => format!("lib.mkIf true (lib.mkDefault ({value}))"),
            _ => format!("lib.mkForce (lib.mkAfter ({value}))"),
        }
    }

    fn option(&mut self, ty: &Type) -> String {
        let mut text = "lib.mkOption { ".to_string();
        if !self.chance(4) {
            write!(text, "type = with lib.types; {}; ", ty.text()).expect("a string");
        }
        if self.chance(40) {
            let value = self.wrapped(ty, 8);
            write!(text, "default = {value}; ").expect("a string");
        }
        if self.chance(5) {
            text += "apply = value: [ value ]; ";
        }
        if self.chance(4) {
            text += "readOnly = true; ";
        }
        if self.chance(4) {
            text += "internal = true; ";
        }
        text + "}"
    }

    fn modules(&mut self) -> Modules {
        let count = self.below(3) + 1;
        let mut types: Vec<(String, Type)> = Vec::new();
        for name in NAMES.iter().take(count) {
            let prefix = self.pick(&["", "", "group.", "group.inner."]);
            types.push((format!("{prefix}{name}"), self.ty(3)));
        }
        let parts = self.below(3) + 1;
        let mut options: Vec<String> = vec![String::new(); parts];
        options[0] += "flag = lib.mkOption { type = lib.types.bool; default = true; }; \
                       number = lib.mkOption { type = lib.types.int; default = 3; }; \
                       text = lib.mkOption { type = lib.types.str; default = \"text\"; }; ";
        let mut config: Vec<String> = vec![String::new(); parts];
        for (path, ty) in &types {
            let at = self.below(parts);
            let declared = self.option(ty);
            write!(options[at], "{path} = {declared}; ").expect("a string");
            if parts > 1 && self.chance(12) {
                // Declared once more, alike or with something of its own.
                let again = match self.below(3) {
                    0 => format!("lib.mkOption {{ type = with lib.types; {}; }}", ty.text()),
                    1 => "lib.mkOption { description = \"Again.\"; }".to_string(),
                    _ => self.option(ty),
                };
                write!(options[(at + 1) % parts], "{path} = {again}; ").expect("a string");
            }
            for part in &mut config {
                if self.chance(55) {
                    let value = self.wrapped(ty, 35);
                    write!(part, "{path} = {value}; ").expect("a string");
                }
            }
        }
        if self.chance(3) {
            config[parts - 1] += "undeclared = 1; ";
        }
        let mut texts: Vec<String> = Vec::new();
        for (options, config) in options.iter().zip(&config) {
            let wrapped = match self.below(8) {
                0 => format!("lib.mkIf true {{ {config}}}"),
                1 => format!("lib.mkMerge [ {{ {config}}} {{ }} ]"),
                2 => format!("lib.mkIf config.flag {{ {config}}}"),
                _ => format!("{{ {config}}}"),
            };
            let imports = match texts.len() {
                // One module may import those before it.
                n if n > 0 && self.chance(25) => {
                    let list: String = texts.drain(..).map(|text| format!("({text}) ")).collect();
                    format!("imports = [ {list}]; ")
                }
                _ => String::new(),
            };
            texts.push(format!("{{ config, lib, ... }}: {{ {imports}options = {{ {options}}}; config = {wrapped}; }}"));
        }
        let text = texts.iter().map(|text| format!("({text})")).collect::<Vec<_>>().join("\n");
        Modules { text, options: types.into_iter().map(|(path, _)| path).collect() }
    }
}

impl Type {
    fn text(&self) -> String {
        match self {
            Type::Plain(name, _) => name.to_string(),
            Type::List(name, inner) | Type::Attrs(name, inner) => format!("({name} {})", inner.text()),
            Type::Around(before, after, inner) => format!("({before}{}{after})", inner.text()),
            Type::NullOr(inner) => format!("(nullOr {})", inner.text()),
            Type::Either(left, right) => format!("(either {} {})", left.text(), right.text()),
            Type::Coerced(inner) => {
                let target = inner.text();
                format!("(coercedTo (addCheck raw builtins.isFunction) (_: throw \"coerced\") {target})")
            }
            Type::Submodule(options, freeform) => {
                let mut text = format!("(submodule {{ {freeform}");
                for (name, ty) in options {
                    write!(text, "options.{name} = lib.mkOption {{ type = with lib.types; {}; }}; ", ty.text())
                        .expect("a string");
                }
                text + "})"
            }
        }
    }
}
