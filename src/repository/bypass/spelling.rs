//! What expressions say by themselves: texts, names and literals.

use crate::eval::normalise_path;
use crate::hir::{BinaryOp, Expr, ExprId, File, Name, PathAnchor, StrPart, VarTarget};

/// A file as it is matched.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub hir: &'a File,
    pub path: &'a str,
}

/// A piece of a string or path.
pub(super) enum Bit {
    Text(String),
    Hole(ExprId),
}

impl Bit {
    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Bit::Text(text) => Some(text),
            Bit::Hole(_) => None,
        }
    }
}

/// The same pieces with texts beside each other put together.
pub(super) fn joined(bits: impl Iterator<Item = Bit>) -> Vec<Bit> {
    let mut found: Vec<Bit> = Vec::new();
    for bit in bits {
        match (found.last_mut(), bit) {
            (Some(Bit::Text(before)), Bit::Text(text)) => before.push_str(&text),
            (_, bit) => found.push(bit),
        }
    }
    found
}

/// The holes that separate, and what lies between them: one more than there are such holes.
pub(super) fn split(bits: Vec<Bit>, separates: impl Fn(ExprId) -> bool) -> (Vec<Vec<Bit>>, Vec<ExprId>) {
    let (mut between, mut holes) = (Vec::new(), Vec::new());
    let mut now = Vec::new();
    for bit in bits {
        match bit {
            Bit::Hole(expr) if separates(expr) => {
                between.push(std::mem::take(&mut now));
                holes.push(expr);
            }
            bit => now.push(bit),
        }
    }
    between.push(now);
    (between, holes)
}

/// The pieces of a string or path; paths as absolute ones.
pub(super) fn bits(text: Text<'_>, expr: ExprId) -> Option<Vec<Bit>> {
    let mut found = Vec::new();
    collect_bits(text, expr, &mut found)?;
    Some(joined(found.into_iter()))
}

fn collect_bits(text: Text<'_>, expr: ExprId, found: &mut Vec<Bit>) -> Option<()> {
    let mut push = |bit: Bit| found.push(bit);
    match text.hir.expr(expr) {
        Expr::Str(parts) => {
            for part in parts {
                push(match part {
                    StrPart::Literal(text) => Bit::Text(text.to_string()),
                    StrPart::Interpolation(expr) => Bit::Hole(*expr),
                });
            }
        }
        Expr::Path { anchor: PathAnchor::Relative, parts } => {
            let folder = text.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            for (at, part) in parts.iter().enumerate() {
                push(match part {
                    StrPart::Literal(text) if at == 0 => {
                        let path = normalise_path(&format!("{folder}/{text}"));
                        let slash = if text.ends_with('/') && !path.ends_with('/') { "/" } else { "" };
                        Bit::Text(format!("{path}{slash}"))
                    }
                    StrPart::Literal(text) => Bit::Text(text.to_string()),
                    StrPart::Interpolation(expr) => Bit::Hole(*expr),
                });
            }
        }
        Expr::Binary { op: BinaryOp::Add, lhs, rhs } => {
            collect_bits(text, *lhs, found)?;
            collect_bits(text, *rhs, found)?;
        }
        _ => return None,
    }
    Some(())
}

/// A variable and what is selected from it. `inputs.disko` is what `disko` is, as an argument of `outputs`.
pub(super) fn named(hir: &File, expr: ExprId) -> Option<Vec<Name>> {
    let names = match hir.expr(expr) {
        Expr::Var(var) => vec![var.name.clone()],
        Expr::Select { base, path, default: None } => {
            let mut names = named(hir, *base)?;
            for key in path {
                names.push(key.name()?.clone());
            }
            names
        }
        _ => return None,
    };
    match &names[..] {
        [first, rest @ ..] if first == "inputs" && !rest.is_empty() => Some(rest.to_vec()),
        _ => Some(names),
    }
}

/// A literal in one spelling.
pub(super) fn literal(hir: &File, expr: ExprId) -> Option<String> {
    match hir.expr(expr) {
        Expr::Int(value) => Some(value.to_string()),
        Expr::Var(var) if matches!(var.target, VarTarget::Global) => Some(var.name.to_string()),
        Expr::Str(parts) => match &parts[..] {
            [] => Some("\"\"".to_string()),
            [StrPart::Literal(text)] => quoted(text),
            _ => None,
        },
        Expr::List(items) if items.is_empty() => Some("[]".to_string()),
        Expr::Attrs(set) if set.attrs.is_empty() && set.dynamics.is_empty() => Some("{}".to_string()),
        _ => None,
    }
}

/// A string literal of Nix; `None` for text that would have to be escaped.
pub(super) fn quoted(text: &str) -> Option<String> {
    let plain = !text.contains(['"', '\\', '$', '\n', '\r']);
    plain.then(|| format!("\"{text}\""))
}

pub(super) fn unquoted(text: &str) -> Option<String> {
    Some(text.strip_prefix('"')?.strip_suffix('"')?.to_string())
}
