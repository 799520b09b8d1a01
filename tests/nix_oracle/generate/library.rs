//! Calls of the functions of `lib`, with arguments of the types that they take.

use super::{Choices, Generator, Program, Ty};

/// A function, and what it takes.
pub struct Signature {
    name: String,
    arguments: Vec<Ty>,
}

/// The functions of a table: a line for each, the name and then the types.
pub fn signatures(text: &str) -> Vec<Signature> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let parsed = lines.map(|line| {
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default().to_string();
        let arguments = words.map(|word| {
            let mut rest = word;
            let ty = parse(&mut rest);
            assert!(rest.is_empty(), "{line}: {rest:?} is left over");
            ty
        });
        Signature { name, arguments: arguments.collect() }
    });
    parsed.collect()
}

fn parse(rest: &mut &str) -> Ty {
    let mut chars = rest.chars();
    let first = chars.next();
    *rest = chars.as_str();
    let mut inner = |close: char| {
        let ty = parse(rest);
        *rest = rest.strip_prefix(close).unwrap_or_else(|| panic!("{close} is missing before {rest:?}"));
        ty
    };
    match first {
        Some('i') => Ty::Int,
        Some('f') => Ty::Float,
        Some('b') => Ty::Bool,
        Some('s') => Ty::Str,
        Some('n') => Ty::Null,
        Some('p') => Ty::Path,
        Some('[') => Ty::list(inner(']')),
        Some('{') => Ty::set(inner('}')),
        Some('(') => {
            let mut of = vec![parse(rest)];
            while let Some(after) = rest.strip_prefix('>') {
                *rest = after;
                of.push(parse(rest));
            }
            *rest = rest.strip_prefix(')').expect("a closing parenthesis");
            let last = of.pop().expect("a result");
            of.into_iter().rev().fold(last, |to, from| Ty::function(from, to))
        }
        other => panic!("{other:?} is no type"),
    }
}

/// The call that these numbers decide.
pub fn call(signatures: &[Signature], numbers: &[u32]) -> Program {
    let mut generator = Generator { choices: Choices { numbers, at: 0 }, scope: Vec::new(), sloppy: false };
    let signature = &signatures[generator.pick(signatures.len())];
    generator.sloppy = generator.pick(4) == 3;
    let mut text = format!("lib.{}", signature.name);
    for ty in &signature.arguments {
        text.push(' ');
        text.push_str(&generator.arg(ty, 2));
    }
    // As XML the names of arguments would be compared too.
    Program { text, apply: "builtins.toJSON" }
}
