//! Generates programs of the Nix language.
//!
//! A program is made from a list of numbers, each of which decides one choice;
//! where the list ends, every further choice is the simplest one. So proptest
//! shrinks programs by shrinking lists, and still every program is as well
//! typed as it was meant to be.

mod documents;
mod library;
mod lists;
mod patterns;
mod scalars;
mod sets;
mod strings;
mod wrap;

pub use library::{call, signatures};

/// The numbers that decide a program.
struct Choices<'a> {
    numbers: &'a [u32],
    at: usize,
}

impl Choices<'_> {
    /// A number below `bound`; 0 is the simplest choice.
    fn pick(&mut self, bound: usize) -> usize {
        let number = self.numbers.get(self.at).copied().unwrap_or_default();
        self.at += 1;
        number as usize % bound.max(1)
    }

    fn exhausted(&self) -> bool {
        self.at >= self.numbers.len()
    }
}

/// What an expression is meant to be.
#[derive(Clone, Debug, PartialEq)]
enum Ty {
    Int,
    Float,
    Bool,
    Null,
    Str,
    Path,
    /// Of elements of one type.
    List(Box<Ty>),
    /// Of attributes of one type.
    Set(Box<Ty>),
    Fn(Box<Ty>, Box<Ty>),
}

impl Ty {
    fn list(of: Ty) -> Ty {
        Ty::List(Box::new(of))
    }

    fn set(of: Ty) -> Ty {
        Ty::Set(Box::new(of))
    }

    fn function(from: Ty, to: Ty) -> Ty {
        Ty::Fn(Box::new(from), Box::new(to))
    }

    /// Whether `toJSON` can say it without a store.
    fn is_json(&self) -> bool {
        match self {
            Ty::Path | Ty::Fn(..) => false,
            Ty::List(of) | Ty::Set(of) => of.is_json(),
            _ => true,
        }
    }
}

/// The text of an expression, and whether it can stand anywhere without parentheses.
struct Text {
    text: String,
    is_atom: bool,
}

fn atom(text: impl Into<String>) -> Text {
    Text { text: text.into(), is_atom: true }
}

fn loose(text: impl Into<String>) -> Text {
    Text { text: text.into(), is_atom: false }
}

/// A program, and the builtin that turns its value into a string.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    pub text: String,
    pub apply: &'static str,
}

/// The program that these numbers decide.
pub fn program(numbers: &[u32]) -> Program {
    let mut generator = Generator { choices: Choices { numbers, at: 0 }, scope: Vec::new(), sloppy: false };
    generator.sloppy = generator.choices.pick(3) == 2;
    let ty = generator.ty(2);
    let text = generator.expr(&ty, 6).text;
    let apply = if ty.is_json() && generator.choices.pick(8) != 7 { "builtins.toJSON" } else { "builtins.toXML" };
    Program { text, apply }
}

struct Generator<'a> {
    choices: Choices<'a>,
    /// The variables in scope.
    scope: Vec<(String, Ty)>,
    /// Whether some expressions are of another type than is needed.
    sloppy: bool,
}

/// Names of variables and attributes.
const NAMES: &[&str] =
    &["a", "b", "c", "x", "y", "foo", "x'", "a-b", "_", "_1", "key", "name", "value", "or", "outPath"];

/// Names that need quotes.
const ODD_NAMES: &[&str] =
    &["", "a b", "1", "if", "é", "a.b", "\\\"", "$", "__functor", "__toString", "type", "\\${x}"];

impl Generator<'_> {
    fn pick(&mut self, bound: usize) -> usize {
        self.choices.pick(bound)
    }

    fn one<'s>(&mut self, of: &[&'s str]) -> &'s str {
        let at = self.pick(of.len());
        of[at]
    }

    fn name(&mut self) -> String {
        // The last ones are for attributes only.
        self.one(&NAMES[..11]).to_string()
    }

    /// A segment of an attribute path.
    fn key(&mut self, depth: u32) -> String {
        match self.pick(12) {
            0..=7 => self.one(NAMES).to_string(),
            8 => format!("\"{}\"", self.one(NAMES)),
            9 => format!("\"{}\"", self.one(ODD_NAMES)),
            10 => format!("${{\"{}\"}}", self.one(NAMES)),
            _ => format!("${{{}}}", self.expr(&Ty::Str, depth.min(1)).text),
        }
    }

    fn ty(&mut self, depth: u32) -> Ty {
        match self.pick(if depth == 0 { 7 } else { 11 }) {
            0 => Ty::Int,
            1 | 2 => Ty::Str,
            3 => Ty::Float,
            4 => Ty::Bool,
            5 => Ty::Null,
            6 => Ty::Path,
            7 | 8 => Ty::list(self.ty(depth - 1)),
            9 => Ty::set(self.ty(depth - 1)),
            _ => Ty::function(self.ty(0), self.ty(depth - 1)),
        }
    }

    /// A type whose values can be compared, printed and so on without surprise.
    fn plain_ty(&mut self) -> Ty {
        match self.pick(6) {
            0 => Ty::Int,
            1 | 2 => Ty::Str,
            3 => Ty::Bool,
            4 => Ty::Float,
            _ => Ty::list(Ty::Int),
        }
    }

    /// An expression of this type, as a rule.
    fn expr(&mut self, ty: &Ty, depth: u32) -> Text {
        if depth == 0 || self.choices.exhausted() {
            return self.leaf(ty);
        }
        let other;
        let ty = if self.sloppy && self.pick(20) == 19 {
            other = self.ty(1);
            &other
        } else {
            ty
        };
        match self.pick(10) {
            0..=2 => self.leaf(ty),
            3..=6 => self.of_type(ty, depth - 1),
            _ => self.wrapped(ty, depth - 1),
        }
    }

    /// An expression that can stand as an argument.
    fn arg(&mut self, ty: &Ty, depth: u32) -> String {
        let text = self.expr(ty, depth);
        parenthesised(text)
    }

    /// An operand: mostly with parentheses, so that it is what it is meant to be.
    fn operand(&mut self, ty: &Ty, depth: u32) -> String {
        let text = self.expr(ty, depth);
        if text.is_atom || self.pick(4) == 3 { text.text } else { format!("({})", text.text) }
    }

    fn variable(&mut self, ty: &Ty) -> Option<String> {
        let fitting: Vec<String> =
            self.scope.iter().rev().filter(|(_, is)| is == ty).map(|(name, _)| name.clone()).collect();
        if fitting.is_empty() { None } else { Some(fitting[self.pick(fitting.len())].clone()) }
    }

    /// What needs no other expression.
    fn leaf(&mut self, ty: &Ty) -> Text {
        if self.pick(3) == 1
            && let Some(name) = self.variable(ty)
        {
            return atom(name);
        }
        match ty {
            Ty::Int => self.int_literal(),
            Ty::Float => self.float_literal(),
            Ty::Bool => atom(self.one(&["true", "false"])),
            Ty::Null => atom("null"),
            Ty::Str => self.string_leaf(),
            Ty::Path => self.path_leaf(),
            Ty::List(of) => {
                let items: Vec<String> = (0..self.pick(4)).map(|_| parenthesised(self.leaf(of))).collect();
                atom(format!("[ {} ]", items.join(" ")))
            }
            Ty::Set(of) => {
                let mut names: Vec<&str> = (0..self.pick(4)).map(|_| self.one(NAMES)).collect();
                names.sort_unstable();
                names.dedup();
                let attrs: Vec<String> = names.iter().map(|name| format!("{name} = {};", self.leaf(of).text)).collect();
                atom(format!("{{ {} }}", attrs.join(" ")))
            }
            Ty::Fn(_, to) => loose(format!("_: {}", self.leaf(to).text)),
        }
    }

    /// An expression that only this type has.
    fn of_type(&mut self, ty: &Ty, depth: u32) -> Text {
        match ty {
            Ty::Int => self.int(depth),
            Ty::Float => self.float(depth),
            Ty::Bool => self.bool(depth),
            Ty::Null => self.null(depth),
            Ty::Str => self.string(depth),
            Ty::Path => self.path(depth),
            Ty::List(of) => self.list(&of.clone(), depth),
            Ty::Set(of) => self.set(&of.clone(), depth),
            Ty::Fn(from, to) => self.function(&from.clone(), &to.clone(), depth),
        }
    }

    /// An expression with further variables in scope.
    fn within(&mut self, names: &[(String, Ty)], ty: &Ty, depth: u32) -> Text {
        let before = self.scope.len();
        self.scope.extend_from_slice(names);
        let text = self.expr(ty, depth);
        self.scope.truncate(before);
        text
    }

    /// `name: body`, as an argument.
    fn lambda(&mut self, from: &Ty, to: &Ty, depth: u32) -> String {
        let name = self.name();
        let body = self.within(&[(name.clone(), from.clone())], to, depth);
        format!("({name}: {})", body.text)
    }

    /// `first: second: body`, as an argument.
    fn lambda2(&mut self, first: &Ty, second: &Ty, to: &Ty, depth: u32) -> String {
        let (one, two) = (self.name(), format!("{}2", self.name()));
        let body = self.within(&[(one.clone(), first.clone()), (two.clone(), second.clone())], to, depth);
        format!("({one}: {two}: {})", body.text)
    }
}

fn parenthesised(text: Text) -> String {
    if text.is_atom { text.text } else { format!("({})", text.text) }
}
