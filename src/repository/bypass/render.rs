//! The text of a call, in the style of the one that it replaces.

use super::matching::{Argument, Item, Piece, set_given};
use crate::base::{TextRange, TextSize};
use crate::db::FileData;
use crate::eval::attr_name;
use crate::hir::{AttrValue, Expr, ExprId, File, Name};
use crate::syntax::ast::{self, AstNode};
use crate::syntax::{NodeOrToken, SyntaxKind, SyntaxNode};

/// The longest list that is written in one line.
const LINE: usize = 60;

/// A call of a helper in place of a call by hand.
pub(super) struct Rendered {
    pub range: TextRange,
    pub text: String,
    /// Whether every comment of the old call stands in the new one.
    pub keeps_comments: bool,
}

struct Renderer<'a> {
    text: &'a str,
    hir: &'a File,
    data: &'a FileData,
    root: SyntaxNode,
    /// The set that the old call gives its function.
    given: TextRange,
    comments: Vec<TextRange>,
    /// What of the old text stands in the new one.
    kept: Vec<TextRange>,
    /// One more level of indentation.
    step: String,
    /// `{a = 1;}` and `[a]` instead of `{ a = 1; }` and `[ a ]`.
    tight: bool,
}

/// Renders `reference` applied to `arguments` in place of the expression `call`.
pub(super) fn render(data: &FileData, call: ExprId, reference: &str, arguments: &[Argument]) -> Option<Rendered> {
    let lowered = data.lowered();
    let range = lowered.source_map.expr(call);
    let given = lowered.source_map.expr(set_given(&lowered.file, call)?);
    let text = data.text();
    let root = data.parse().root();
    let comments = comments_within(&root, range);
    let old = text.get(std::ops::Range::<usize>::from(range))?;
    let indent = indent_at(text, range.start()).to_string();
    let inside = text.get(std::ops::Range::<usize>::from(given))?;
    let first_line = inside.lines().skip(1).find(|line| !line.trim().is_empty()).unwrap_or_default();
    let step = first_line.get(..first_line.len() - first_line.trim_start().len()).unwrap_or_default();
    let step = step.strip_prefix(indent.as_str()).filter(|step| !step.is_empty()).unwrap_or("  ").to_string();
    let mut renderer = Renderer {
        text,
        hir: &lowered.file,
        data,
        root,
        given,
        comments,
        kept: Vec::new(),
        step,
        tight: is_tight(old),
    };
    let lines = old.contains('\n');
    let mut new = reference.to_string();
    for argument in arguments {
        new.push(' ');
        new.push_str(&match argument {
            Argument::Positional(piece) => renderer.positional(piece, &indent, lines)?,
            Argument::Named(entries) => renderer.named(entries, &indent, lines)?,
        });
    }
    if text.contains("\r\n") {
        new = new.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    let kept = &renderer.kept;
    let keeps_comments = renderer.comments.iter().all(|comment| kept.iter().any(|it| it.contains_range(*comment)));
    Some(Rendered { range, text: new, keeps_comments })
}

fn comments_within(root: &SyntaxNode, range: TextRange) -> Vec<TextRange> {
    let tokens = root.descendants_with_tokens().filter_map(|element| element.into_token());
    let comments = tokens.filter(|token| token.kind() == SyntaxKind::TOKEN_COMMENT).map(|token| token.text_range());
    comments.filter(|comment| range.contains_range(*comment)).collect()
}

/// The white space that the line of `at` starts with.
fn indent_at(text: &str, at: TextSize) -> &str {
    let line = text.get(..at.into()).unwrap_or_default().rsplit('\n').next().unwrap_or_default();
    let rest = text.get(usize::from(at) - line.len()..).unwrap_or_default();
    rest.get(..rest.len() - rest.trim_start_matches([' ', '\t']).len()).unwrap_or_default()
}

/// Whether sets in one line are written without spaces inside of their braces.
fn is_tight(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(3).any(|three| match three {
        [before, b'{', after] => *before != b'$' && after.is_ascii_alphabetic(),
        _ => false,
    })
}

/// Text that moves from one indentation to another.
fn reindented(text: &str, from: &str, to: &str) -> String {
    if from == to || !text.contains('\n') {
        return text.to_string();
    }
    let lines = text.split('\n').enumerate().map(|(at, line)| match line.strip_prefix(from) {
        Some(rest) if at > 0 && !rest.trim().is_empty() => format!("{to}{rest}"),
        _ => line.to_string(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

impl Renderer<'_> {
    fn slice(&self, range: TextRange) -> Option<&str> {
        self.text.get(std::ops::Range::<usize>::from(range))
    }

    /// The node of an expression, with the parentheses around it.
    fn node(&self, expr: ExprId) -> Option<SyntaxNode> {
        let range = self.data.lowered().source_map.expr(expr);
        if !self.root.text_range().contains_range(range) {
            return None;
        }
        let mut node = match self.root.covering_element(range) {
            NodeOrToken::Node(node) => node,
            NodeOrToken::Token(token) => token.parent()?,
        };
        while let Some(parent) = node.parent() {
            let around = parent.text_range() == node.text_range() || ast::Paren::can_cast(parent.kind());
            if !around {
                break;
            }
            node = parent;
        }
        Some(node)
    }

    /// Text of the old call, at another indentation.
    fn moved(&mut self, range: TextRange, indent: &str) -> Option<String> {
        self.kept.push(range);
        let from = indent_at(self.text, range.start());
        Some(reindented(self.slice(range)?, from, indent))
    }

    /// A range with the comments that stand on their own lines right before
    /// it, and the one that ends its last line.
    fn with_comments(&self, range: TextRange) -> TextRange {
        let (mut start, mut end) = (range.start(), range.end());
        loop {
            let before = self.text.get(..start.into()).unwrap_or_default();
            let code = TextSize::of(before.trim_end());
            // A blank line ends what belongs together.
            if before.get(usize::from(code)..).is_some_and(|space| space.matches('\n').count() > 1) {
                break;
            }
            let Some(comment) = self.comments.iter().find(|comment| comment.end() == code) else { break };
            let line = self.text.get(..comment.start().into()).unwrap_or_default();
            let alone = line.trim_end_matches([' ', '\t']).ends_with('\n');
            if !alone || comment.start() < self.given.start() {
                break;
            }
            start = comment.start();
        }
        let after = self.text.get(end.into()..).unwrap_or_default();
        let next = end + TextSize::of(after) - TextSize::of(after.trim_start_matches([' ', '\t', ';']));
        if let Some(comment) = self.comments.iter().find(|comment| comment.start() == next) {
            // Not one in the middle of a line.
            let rest = self.text.get(comment.end().into()..).unwrap_or_default();
            if rest.trim_start_matches([' ', '\t']).starts_with(['\n', '\r']) {
                end = comment.end();
            }
        }
        TextRange::new(start, end)
    }

    fn has_comments(&self, range: TextRange) -> bool {
        self.with_comments(range) != range
    }

    /// An argument that stands by itself.
    fn positional(&mut self, piece: &Piece, indent: &str, lines: bool) -> Option<String> {
        let text = self.piece(piece, indent, lines)?;
        let loose = match piece {
            Piece::Source(expr) => is_loose(&self.node(*expr)?),
            Piece::List(items) => matches!(items[..], [_, _, ..] | [Item::Splice(_)]) && !text.starts_with('['),
            Piece::Text(_) | Piece::Attrs { .. } => false,
        };
        let joined = matches!(piece, Piece::List(items) if items.len() > 1 && items.iter().any(|it| matches!(it, Item::Splice(_))));
        Some(if loose || joined { format!("({text})") } else { text })
    }

    fn piece(&mut self, piece: &Piece, indent: &str, lines: bool) -> Option<String> {
        match piece {
            Piece::Source(expr) => {
                let range = self.node(*expr)?.text_range();
                self.moved(range, indent)
            }
            Piece::Text(text) => Some(text.clone()),
            Piece::List(items) => self.list(items, indent, lines),
            Piece::Attrs { set, names } => self.attributes(*set, names, indent),
        }
    }

    /// A list of some of the elements of another one.
    fn list(&mut self, items: &[Item], indent: &str, lines: bool) -> Option<String> {
        if let Some(list) = self.whole_list(items) {
            let range = self.node(list)?.text_range();
            return self.moved(range, indent);
        }
        if items.is_empty() {
            return Some(if self.tight { "[]" } else { "[ ]" }.to_string());
        }
        let mut operands: Vec<String> = Vec::new();
        let mut elements: Vec<ExprId> = Vec::new();
        for item in items {
            match item {
                Item::Element(element) => elements.push(*element),
                Item::Splice(expr) => {
                    if !elements.is_empty() {
                        operands.push(self.elements(&std::mem::take(&mut elements), indent, lines)?);
                    }
                    let node = self.node(*expr)?;
                    operands.push(self.moved(node.text_range(), indent)?);
                }
            }
        }
        if !elements.is_empty() {
            operands.push(self.elements(&elements, indent, lines)?);
        }
        Some(operands.join(" ++ "))
    }

    /// The list literal that has exactly these elements.
    fn whole_list(&self, items: &[Item]) -> Option<ExprId> {
        let elements: Option<Vec<ExprId>> = items
            .iter()
            .map(|item| match item {
                Item::Element(element) => Some(*element),
                Item::Splice(_) => None,
            })
            .collect();
        let elements = elements.filter(|elements| !elements.is_empty())?;
        let same = |expr: &Expr| matches!(expr, Expr::List(list) if **list == elements[..]);
        self.hir.exprs().find(|(_, expr)| same(expr)).map(|(id, _)| id)
    }

    fn elements(&mut self, elements: &[ExprId], indent: &str, lines: bool) -> Option<String> {
        let ranges: Vec<TextRange> =
            elements.iter().map(|element| self.node(*element).map(|node| node.text_range())).collect::<Option<_>>()?;
        let length: usize = ranges.iter().map(|range| usize::from(range.len()) + 1).sum();
        let one_line = ranges
            .iter()
            .all(|range| self.slice(*range).is_some_and(|text| !text.contains('\n')) && !self.has_comments(*range));
        if one_line && (!lines || (ranges.len() == 1 && length <= LINE)) {
            let texts = ranges.iter().map(|range| self.moved(*range, indent)).collect::<Option<Vec<_>>>()?.join(" ");
            return Some(if self.tight { format!("[{texts}]") } else { format!("[ {texts} ]") });
        }
        let inner = format!("{indent}{}", self.step);
        let mut text = String::from("[\n");
        for range in ranges {
            let element = self.moved(self.with_comments(range), &inner)?;
            text.push_str(&format!("{inner}{element}\n"));
        }
        text.push_str(&format!("{indent}]"));
        Some(text)
    }

    /// A set of some of the attributes of another one.
    fn attributes(&mut self, set: ExprId, names: &[Name], indent: &str) -> Option<String> {
        let Expr::Attrs(attrs) = self.hir.expr(set) else { return None };
        let source_map = &self.data.lowered().source_map;
        let mut entries = Vec::new();
        for attr in attrs.attrs.iter().filter(|attr| names.contains(&attr.name)) {
            match &attr.value {
                AttrValue::Expr(_) => {
                    for key in &attr.keys {
                        let range = self.with_comments(source_map.key(*key).whole);
                        entries.push(self.moved(range, &format!("{indent}{}", self.step))?);
                    }
                }
                AttrValue::Inherit(_) => entries.push(format!("inherit {};", attr_name(&attr.name))),
                AttrValue::InheritFrom(source) => {
                    let source = attrs.inherit_sources.get(*source as usize)?;
                    let range = source_map.expr(*source);
                    entries.push(format!("inherit ({}) {};", self.moved(range, indent)?, attr_name(&attr.name)));
                }
            }
        }
        Some(self.braces(&entries, indent, entries.iter().any(|entry| entry.contains(['\n', '#']))))
    }

    /// A set of arguments by name.
    fn named(&mut self, entries: &[(Name, Piece)], indent: &str, lines: bool) -> Option<String> {
        let inner = if lines { format!("{indent}{}", self.step) } else { indent.to_string() };
        let mut rendered: Vec<String> = Vec::new();
        let mut inherited: Option<usize> = None;
        for (name, piece) in entries {
            let (before, after) = self.comments_of(piece, &inner)?;
            if is_variable(self.hir, piece, name) && before.is_empty() && after.is_empty() {
                match inherited.and_then(|at| rendered.get_mut(at)) {
                    Some(entry) => {
                        entry.truncate(entry.len() - 1);
                        entry.push_str(&format!(" {};", attr_name(name)));
                    }
                    None => {
                        inherited = Some(rendered.len());
                        rendered.push(format!("inherit {};", attr_name(name)));
                    }
                }
                continue;
            }
            let value = self.piece(piece, &inner, lines)?;
            rendered.push(format!("{before}{} = {value};{after}", attr_name(name)));
        }
        Some(self.braces(&rendered, indent, lines))
    }

    fn braces(&self, entries: &[String], indent: &str, lines: bool) -> String {
        if entries.is_empty() {
            return if self.tight { "{}" } else { "{ }" }.to_string();
        }
        if !lines {
            let entries = entries.join(" ");
            return if self.tight { format!("{{{entries}}}") } else { format!("{{ {entries} }}") };
        }
        let inner = format!("{indent}{}", self.step);
        let entries: String = entries.iter().map(|entry| format!("{inner}{entry}\n")).collect();
        format!("{{\n{entries}{indent}}}")
    }

    /// The comments of the binding whose whole value a piece is.
    fn comments_of(&mut self, piece: &Piece, indent: &str) -> Option<(String, String)> {
        let value = match piece {
            Piece::Source(expr) | Piece::Attrs { set: expr, .. } => self.node(*expr),
            Piece::List(items) => items.first().and_then(|item| {
                let (Item::Element(expr) | Item::Splice(expr)) = item;
                let value = self.node(*expr)?;
                value.ancestors().find(|node| node.parent().is_some_and(|it| ast::AttrpathValue::can_cast(it.kind())))
            }),
            Piece::Text(_) => None,
        };
        let binding = value
            .and_then(|value| value.parent())
            .filter(|parent| ast::AttrpathValue::can_cast(parent.kind()))
            .filter(|binding| binding.parent().is_some_and(|set| set.text_range() == self.given));
        let Some(binding) = binding else { return Some((String::new(), String::new())) };
        let (whole, around) = (binding.text_range(), self.with_comments(binding.text_range()));
        let mut texts = (String::new(), String::new());
        if around.start() < whole.start() {
            texts.0 = self.moved(TextRange::new(around.start(), whole.start()), indent)?;
            // The white space between the last comment and the binding is the new one's.
            texts.0 = format!("{}\n{indent}", texts.0.trim_end());
        }
        if whole.end() < around.end() {
            texts.1 = self.moved(TextRange::new(whole.end(), around.end()), indent)?;
        }
        Some(texts)
    }
}

fn is_variable(hir: &File, piece: &Piece, name: &Name) -> bool {
    matches!(piece, Piece::Source(expr) if matches!(hir.expr(*expr), Expr::Var(var) if var.name == *name))
}

/// Whether an expression needs parentheses where a function takes it.
fn is_loose(node: &SyntaxNode) -> bool {
    matches!(
        ast::Expr::cast(node.clone()),
        Some(
            ast::Expr::Apply(_)
                | ast::Expr::Lambda(_)
                | ast::Expr::BinOp(_)
                | ast::Expr::LetIn(_)
                | ast::Expr::With(_)
                | ast::Expr::IfElse(_)
                | ast::Expr::Assert(_)
                | ast::Expr::UnaryOp(_)
                | ast::Expr::HasAttr(_)
        )
    )
}
