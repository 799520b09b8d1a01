//! Values as text, as far as they are known already or cheap to know.

use std::fmt::Write;

use super::value::{Thunk, Value};
use super::{Evaluator, Files, Result};
use crate::base::FileId;
use crate::hir::ExprId;

/// How much of a value is printed.
#[derive(Clone, Copy, Debug)]
pub struct PrintLimits {
    /// Nesting of sets and lists that is shown; deeper ones are `{ … }` and `[ … ]`.
    pub depth: u32,
    /// Elements of a set or list that are shown.
    pub items: usize,
    /// Bytes of the whole text after which nothing more is added.
    pub length: usize,
    /// Whether values that were not needed so far are evaluated.
    pub force: bool,
}

impl Default for PrintLimits {
    fn default() -> PrintLimits {
        PrintLimits { depth: 4, items: 24, length: 400, force: true }
    }
}

/// A value in Nix's notation; `None` where it is not known.
pub fn print(ev: &Evaluator, value: &Value, limits: PrintLimits) -> Option<String> {
    let mut out = Writer { ev, limits, literals: false, pieces: Vec::new(), text: String::new(), length: 0 };
    out.value(value, limits.depth).ok()?;
    Some(out.text)
}

/// As [`print`], without asking what strings of the repository say that nobody evaluated so far.
pub fn show(ev: &Evaluator, value: &Value, limits: PrintLimits) -> Option<Shown> {
    let mut out = Writer { ev, limits, literals: true, pieces: Vec::new(), text: String::new(), length: 0 };
    out.value(value, limits.depth).ok()?;
    Some(out.finish())
}

/// As [`show`], of a value that may not be evaluated yet.
pub fn show_thunk(ev: &Evaluator, thunk: &Thunk, limits: PrintLimits) -> Option<Shown> {
    match thunk.string_literal() {
        Some((file, expr)) => Some(Shown(Box::new([Piece::Literal { file, expr, quoted: true }]))),
        None => show(ev, &ev.force(thunk).ok()?, limits),
    }
}

/// What is shown of a value. A string of the repository that the evaluation did not read stands in it by its
/// expression; what it says is looked up at the last moment. So the same facts hold for whatever it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown(Box<[Piece]>);

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(Box<str>),
    Literal { file: FileId, expr: ExprId, quoted: bool },
}

impl Shown {
    /// A text that is known.
    pub fn known(text: impl Into<Box<str>>) -> Shown {
        Shown(Box::new([Piece::Text(text.into())]))
    }

    /// What a string says, without quotes; `None` if it is none that is known.
    pub fn text_of(ev: &Evaluator, thunk: &Thunk) -> Option<Shown> {
        if let Some((file, expr)) = thunk.string_literal() {
            return Some(Shown(Box::new([Piece::Literal { file, expr, quoted: false }])));
        }
        match ev.force(thunk) {
            Ok(Value::String(text)) => Some(Shown::known(text.text.as_str())),
            _ => None,
        }
    }

    /// The text, as these files have the strings in it.
    pub fn text(&self, files: &dyn Files) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Literal { file, expr, quoted } => match files.plain_string(*file, *expr) {
                    Some(text) if *quoted => write_string(&text, LITERAL_LENGTH, &mut out),
                    Some(text) => out.push_str(&text),
                    None => out.push_str(HIDDEN),
                },
            }
        }
        out
    }

    /// The text where no string has to be looked up for it.
    pub fn known_text(&self) -> Option<&str> {
        match &self.0[..] {
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether it is this text for certain, without looking up what strings say.
    pub fn is(&self, wanted: &str) -> bool {
        self.known_text() == Some(wanted)
    }

    /// Whether a part of the value is left out, because it is not known or too long.
    pub fn is_partial(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains(HIDDEN)))
    }
}

/// What stands for something unknown inside of a printed value.
const HIDDEN: &str = "…";

/// How many characters of a string are shown that is looked up at the last moment.
const LITERAL_LENGTH: usize = 160;

/// The text of a value while it is put together.
struct Writer<'e> {
    ev: &'e Evaluator,
    limits: PrintLimits,
    /// Whether strings that nobody evaluated stay what they are.
    literals: bool,
    pieces: Vec<Piece>,
    /// What comes after the pieces.
    text: String,
    /// The length of the texts in the pieces. What is not looked up yet has none.
    length: usize,
}

/// What makes a value one that is not shown.
struct NotKnown;

impl Writer<'_> {
    fn finish(mut self) -> Shown {
        if !self.text.is_empty() || self.pieces.is_empty() {
            self.pieces.push(Piece::Text(self.text.into()));
        }
        Shown(self.pieces.into())
    }

    fn is_full(&self) -> bool {
        self.length + self.text.len() > self.limits.length
    }

    fn value(&mut self, value: &Value, depth: u32) -> std::result::Result<(), NotKnown> {
        let out = &mut self.text;
        match value {
            Value::Null => out.push_str("null"),
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Int(value) => write!(out, "{value}").map_err(|_| NotKnown)?,
            Value::Float(value) => write!(out, "{value}").map_err(|_| NotKnown)?,
            Value::String(string) => match below_root(self.ev, &string.text) {
                // A path of the flake as a string: the same on every machine, and as somebody would write it.
                Some(inside) => {
                    let start = out.len();
                    write_string(inside, self.limits.length, out);
                    out.insert_str(start + 1, "${self}");
                }
                None => write_string(&string.text, self.limits.length, out),
            },
            Value::Path(path) => match below_root(self.ev, path) {
                Some("") => out.push_str("./."),
                Some(inside) => {
                    out.push('.');
                    out.push_str(inside);
                }
                None => out.push_str(path),
            },
            Value::List(list) => {
                if list.items.is_empty() && list.rest.is_none() {
                    out.push_str("[ ]");
                    return Ok(());
                }
                out.push_str("[ ");
                let mut whole = depth > 0 && list.rest.is_none();
                if depth > 0 {
                    for (index, item) in list.items.iter().enumerate() {
                        if index >= self.limits.items || self.is_full() {
                            whole = false;
                            break;
                        }
                        self.thunk(item, depth - 1);
                        self.text.push(' ');
                    }
                }
                self.text.push_str(if whole { "]" } else { "… ]" });
            }
            Value::Attrs(attrs) => {
                if attrs.get("type").is_some_and(
                    |entry| matches!(entry.value.peek(), Some(Value::String(kind)) if kind.text == "derivation"),
                ) {
                    out.push_str("«derivation»");
                    return Ok(());
                }
                if attrs.is_empty() && attrs.rest.is_none() {
                    out.push_str("{ }");
                    return Ok(());
                }
                out.push_str("{ ");
                let mut whole = depth > 0 && attrs.rest.is_none();
                if depth > 0 {
                    for (index, (name, entry)) in attrs.iter().enumerate() {
                        if index >= self.limits.items || self.is_full() {
                            whole = false;
                            break;
                        }
                        self.text.push_str(&attr_name(name));
                        self.text.push_str(" = ");
                        self.thunk(&entry.value, depth - 1);
                        self.text.push_str("; ");
                    }
                }
                self.text.push_str(if whole { "}" } else { "… }" });
            }
            Value::Lambda(_) | Value::Primop(_) => out.push_str("«function»"),
            Value::Unknown(_) => return Err(NotKnown),
        }
        Ok(())
    }

    fn thunk(&mut self, thunk: &Thunk, depth: u32) {
        if self.literals
            && let Some((file, expr)) = thunk.string_literal()
        {
            let text = std::mem::take(&mut self.text);
            self.length += text.len();
            self.pieces.push(Piece::Text(text.into()));
            self.pieces.push(Piece::Literal { file, expr, quoted: true });
            return;
        }
        let value: Option<Result<Value>> =
            if self.limits.force { Some(self.ev.force(thunk)) } else { thunk.peek().map(Ok) };
        // What is not known writes nothing itself.
        let written = matches!(value, Some(Ok(value)) if self.value(&value, depth).is_ok());
        if !written {
            self.text.push_str(HIDDEN);
        }
    }
}

/// The part of a path below the folder of the flake, with its slash.
fn below_root<'p>(ev: &Evaluator, path: &'p str) -> Option<&'p str> {
    let root = ev.root.borrow();
    let inside = path.strip_prefix(root.as_ref()?.as_str())?;
    (inside.is_empty() || inside.starts_with('/')).then_some(inside)
}

fn write_string(text: &str, length: usize, out: &mut String) {
    out.push('"');
    let mut chars = text.chars().peekable();
    let mut count = 0;
    while let Some(c) = chars.next() {
        if count >= length {
            out.push_str(HIDDEN);
            break;
        }
        count += 1;
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // `${` in the text of a string is no interpolation.
            '$' if chars.peek() == Some(&'{') => out.push_str("\\$"),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// An attribute name as it is written, quoted where it must be.
pub fn attr_name(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '\''))
        && !matches!(name, "if" | "then" | "else" | "assert" | "with" | "let" | "in" | "rec" | "inherit");
    if plain {
        name.to_string()
    } else {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${"))
    }
}
