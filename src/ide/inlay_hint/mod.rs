//! What is not written but holds: between the text, in small letters.

#[cfg(test)]
mod tests;

mod values;

use crate::base::{FileId, FileRange, LineIndex, TextRange, TextSize};
use crate::eval::{Origin, Site};
use crate::hir::{Expr, ExprId, Param};
use crate::ide::Analysis;
use crate::semantics::{Callee, FileInfo};
use crate::syntax::SyntaxKind::*;
use crate::syntax::ast::{self, AstNode};

/// A binding with more lines than this has its name at its end: it does not fit on a screen with its beginning.
const LONG: u32 = 25;

/// Which hints there are to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InlayHintConfig {
    /// What hosts have where what is written is overridden.
    pub values: bool,
    /// The names of the arguments of functions that build hosts.
    pub arguments: bool,
    /// The name of a long binding at its end.
    pub ends: bool,
}

/// What a hint says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HintKind {
    Value,
    Argument,
    End,
}

/// A piece of text that is shown and not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlayHint {
    pub offset: TextSize,
    pub kind: HintKind,
    pub label: String,
    /// Markdown.
    pub tooltip: Option<String>,
    /// Where what it says is written.
    pub target: Option<FileRange>,
}

/// The hints of a stretch of a file, in the order of the text.
pub fn inlay_hints(analysis: &Analysis, at: FileRange, config: InlayHintConfig) -> Vec<InlayHint> {
    let mut hints = Vec::new();
    if config.values {
        hints.extend(values::overridden(analysis, at));
    }
    if config.arguments {
        hints.extend(arguments(analysis, at));
    }
    if config.ends {
        hints.extend(ends(analysis, at));
    }
    hints.sort_by_key(|hint| hint.offset);
    hints
}

/// The names of the arguments in calls of helpers: what differs from host to host stands there without a name.
fn arguments(analysis: &Analysis, at: FileRange) -> Vec<InlayHint> {
    let mut hints = Vec::new();
    let Some(flake) = analysis.flake(at.file).filter(|flake| !flake.helpers.is_empty()) else { return hints };
    let (Some(info), Ok(data)) = (analysis.info(at.file), analysis.snapshot().file(at.file)) else { return hints };
    let source_map = &data.lowered().source_map;
    for (_, expr) in info.hir.exprs() {
        let Expr::Apply { function, argument } = expr else { continue };
        let range = source_map.expr(*argument);
        if !at.range.contains(range.start()) || !is_plain(&info, *argument) {
            continue;
        }
        let Some(Callee::Function(callee)) = analysis.callee(at.file, *function) else { continue };
        // Only functions that build hosts: there an argument is what makes one host differ from another.
        let builds = flake.helpers.iter().any(|helper| {
            let Origin { file, site: Site::Expr(whole) } = helper.function else { return false };
            file == callee.file && analysis.is_current(file) && is_part(analysis, file, whole, callee.function)
        });
        let name = analysis.lambda(callee, |lambda| match &lambda.param {
            Param::Ident { name, .. } => Some(name.clone()),
            Param::Pattern { .. } => None,
        });
        if let Some(name) = name.flatten().filter(|name| builds && !name.starts_with('_')) {
            let target = parameter(analysis, callee.file, callee.function);
            let label = format!("{name}:");
            hints.push(InlayHint { offset: range.start(), kind: HintKind::Argument, label, tooltip: None, target });
        }
    }
    hints
}

/// Whether an argument says nothing of what it is for.
fn is_plain(info: &FileInfo, argument: ExprId) -> bool {
    match info.hir.expr(argument) {
        Expr::Int(_) | Expr::Float(_) | Expr::Str(_) | Expr::Path { .. } | Expr::List(_) => true,
        // `true`, `null`
        Expr::Var(var) => matches!(var.name.as_str(), "true" | "false" | "null"),
        _ => false,
    }
}

/// Whether `part` is the function `whole` or one that is left of it after some arguments.
fn is_part(analysis: &Analysis, file: FileId, whole: ExprId, part: ExprId) -> bool {
    let Some(info) = analysis.info(file) else { return false };
    let mut expr = whole;
    loop {
        if expr == part {
            return true;
        }
        match info.hir.expr(expr) {
            Expr::Lambda(lambda) => expr = lambda.body,
            Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body, .. } => expr = *body,
            _ => return false,
        }
    }
}

/// Where the argument of a function is named.
fn parameter(analysis: &Analysis, file: FileId, function: ExprId) -> Option<FileRange> {
    let info = analysis.info(file)?;
    let Expr::Lambda(lambda) = info.hir.expr(function) else { return None };
    let Param::Ident { key, .. } = &lambda.param else { return None };
    let range = analysis.snapshot().file(file).ok()?.lowered().source_map.key(*key).name;
    Some(FileRange { file, range })
}

/// The names of long bindings at their ends.
fn ends(analysis: &Analysis, at: FileRange) -> Vec<InlayHint> {
    let Ok(data) = analysis.snapshot().file(at.file) else { return Vec::new() };
    let root = data.parse().root();
    let lines = data.line_index();
    let mut hints = Vec::new();
    let mut nodes = root.preorder();
    while let Some(event) = nodes.next() {
        let crate::syntax::WalkEvent::Enter(node) = event else { continue };
        let range = node.text_range();
        // Nothing within a node ends after it.
        if range.end() < at.range.start() || range.start() > at.range.end() || height(lines, range) <= LONG {
            nodes.skip_subtree();
            continue;
        }
        let binding = Some(node).filter(|node| node.kind() == NODE_ATTRPATH_VALUE).and_then(ast::AttrpathValue::cast);
        let Some(path) = binding.and_then(|binding| binding.attrpath()) else { continue };
        if !at.range.contains_inclusive(range.end()) || !closes_alone(data.text(), range.end()) {
            continue;
        }
        let label = format!("# {}", path.syntax().text());
        let target = Some(FileRange { file: at.file, range: path.syntax().text_range() });
        hints.push(InlayHint { offset: range.end(), kind: HintKind::End, label, tooltip: None, target });
    }
    hints
}

fn height(lines: &LineIndex, range: TextRange) -> u32 {
    lines.line(range.end()) - lines.line(range.start())
}

/// Whether only closing brackets stand on the line before a place, and nothing after it.
fn closes_alone(text: &str, end: TextSize) -> bool {
    let (before, after) = text.split_at_checked(end.into()).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    let rest = after.lines().next().unwrap_or_default();
    line.chars().all(|c| c.is_whitespace() || "}])';".contains(c)) && rest.trim().is_empty()
}
