//! Code actions: changes that somebody asks for, where nothing has to be wrong.
//!
//! One file per action. Its doc comment says what it does and shows a text before and after, which a test runs and
//! docs/assists.md shows. An action is only offered where it applies, and what it makes means the same unless its
//! title says otherwise. Changes that put something right are the fixes of [`crate::rules`].

mod add_to_formals;
mod add_to_special_args;
mod add_builtins;
mod convert_to_inherit;
mod convert_to_mk_if;
mod declare_option;
mod extract_to_argument;
mod extract_to_file;
mod extract_to_let;
mod flatten_set;
mod inherit_to_binding;
mod inline_binding;
mod json_to_nix;
mod move_output;
mod new_host;
mod new_module;
mod pack_set;
mod promise;
mod quote_attribute;
mod skeleton;
mod remove_empty;
mod rewrite_string;
mod sort_inputs;
#[cfg(test)]
mod tests;
mod unroll_helper;
mod with_to_names;

pub use promise::{Change, broken, promised};

use std::fmt::Write;
use std::sync::Arc;

use crate::base::{FileId, FileRange, TextEdit, TextRange, TextSize};
use crate::db::FileData;
use crate::hir::Name;
use crate::ide::Analysis;
use crate::repository::Promise;
use crate::rules::NewFile;
use crate::syntax::ast::{self, AstNode};
use crate::syntax::{NixLanguage, NodeOrToken, SyntaxKind, SyntaxNode};

/// A code action.
pub struct Assist {
    /// Its name in the documentation.
    pub id: &'static str,
    pub kind: AssistKind,
    /// The source of its file, which its documentation opens.
    source: &'static str,
    offer: fn(&Context<'_>) -> Option<Offer>,
}

/// Where editors list an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AssistKind {
    /// It puts something right.
    Quick,
    /// It makes something new.
    Generate,
    /// It takes something out into a place of its own.
    Extract,
    /// It puts something where it is used.
    Inline,
    /// It writes something in another way.
    Rewrite,
}

/// What an action would change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    pub title: String,
    pub edits: Vec<(FileId, TextEdit)>,
    pub creates: Vec<NewFile>,
    /// What is put to the proof ([`promised`]) before the change is made.
    pub promise: Option<Promise>,
}

/// An action that is offered, with its name and kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    pub id: &'static str,
    pub kind: AssistKind,
    pub offer: Offer,
}

/// Every action, in the order of the documentation.
pub const ASSISTS: &[&Assist] = &[
    &new_host::ASSIST,
    &new_module::ASSIST,
    &unroll_helper::ASSIST,
    &add_to_special_args::ASSIST,
    &move_output::ASSIST,
    &declare_option::ASSIST,
    &convert_to_mk_if::ASSIST,
    &sort_inputs::ASSIST,
    &extract_to_let::ASSIST,
    &extract_to_argument::ASSIST,
    &extract_to_file::ASSIST,
    &inline_binding::ASSIST,
    &add_to_formals::ASSIST,
    &convert_to_inherit::ASSIST,
    &inherit_to_binding::ASSIST,
    &flatten_set::ASSIST,
    &pack_set::ASSIST,
    &quote_attribute::ASSIST,
    &rewrite_string::ASSIST,
    &with_to_names::ASSIST,
    &remove_empty::ASSIST,
    &add_builtins::ASSIST,
    &json_to_nix::ASSIST,
];

/// The actions that apply to a stretch of text; `wanted` says which kinds are of interest.
pub fn assists(analysis: &Analysis, at: FileRange, wanted: impl Fn(AssistKind) -> bool) -> Vec<Offered> {
    let Some(context) = Context::new(analysis, at) else { return Vec::new() };
    let wanted = ASSISTS.iter().filter(|assist| wanted(assist.kind));
    let offered = wanted.filter_map(|assist| {
        let offer = (assist.offer)(&context)?;
        Some(Offered { id: assist.id, kind: assist.kind, offer })
    });
    offered.collect()
}

/// One action, if it applies to a stretch of text.
pub fn assist(analysis: &Analysis, at: FileRange, id: &str) -> Option<Offered> {
    let assist = ASSISTS.iter().find(|assist| assist.id == id)?;
    let offer = (assist.offer)(&Context::new(analysis, at)?)?;
    Some(Offered { id: assist.id, kind: assist.kind, offer })
}

/// The page of all actions, in Markdown.
pub fn page() -> String {
    let mut out = String::from(
        "# Code actions\n\n\
         This page is made from the doc comments in `src/ide/assists/`: `FLAKEWISE_UPDATE_DOCS=1 cargo test --test docs` writes it.\n\n\
         An editor offers an action where it applies; `$0` is the cursor, `$1…$0` a selection. Changes that put a finding right \
         are fixes of its rule, see [the rules](rules.md).\n",
    );
    for assist in ASSISTS {
        let _ = write!(out, "\n## {}\n\n*{}*\n\n", assist.id, assist.kind.name());
        for line in documentation(assist).lines() {
            let line = match line.strip_prefix("```nix ") {
                Some(word) => format!("{word}:\n\n```nix"),
                None => line.to_string(),
            };
            out.push_str(&line);
            out.push('\n');
        }
    }
    out
}

/// The doc comment of an action's file.
fn documentation(assist: &Assist) -> String {
    let lines = assist.source.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect()
}

impl AssistKind {
    /// The name that the protocol has for it.
    pub fn name(self) -> &'static str {
        match self {
            AssistKind::Quick => "quickfix",
            AssistKind::Generate => "refactor.generate",
            AssistKind::Extract => "refactor.extract",
            AssistKind::Inline => "refactor.inline",
            AssistKind::Rewrite => "refactor.rewrite",
        }
    }
}

/// The place that an action is asked for.
struct Context<'a> {
    analysis: &'a Analysis,
    file: FileId,
    data: Arc<FileData>,
    root: SyntaxNode,
    range: TextRange,
}

impl Context<'_> {
    fn new(analysis: &Analysis, at: FileRange) -> Option<Context<'_>> {
        let data = analysis.snapshot().file(at.file).ok()?;
        let root = data.parse().root();
        let inside = root.text_range().contains_range(at.range);
        inside.then_some(Context { analysis, file: at.file, data, root, range: at.range })
    }

    /// The innermost node of a type around the selection. A cursor between two tokens stands on both.
    fn node<N: AstNode<Language = NixLanguage>>(&self) -> Option<N> {
        let around = |start: SyntaxNode| start.ancestors().find_map(N::cast);
        if !self.range.is_empty() {
            let covering = match self.root.covering_element(self.selected()) {
                NodeOrToken::Node(node) => node,
                NodeOrToken::Token(token) => token.parent()?,
            };
            return around(covering);
        }
        let tokens = self.root.token_at_offset(self.range.start());
        let found = tokens.filter_map(|token| around(token.parent()?));
        found.min_by_key(|node| node.syntax().text_range().len())
    }

    /// The selection without white space at its ends.
    fn selected(&self) -> TextRange {
        let text = self.text(self.range);
        let (start, end) = (text.len() - text.trim_start().len(), text.trim_end().len());
        let at = |offset: usize| self.range.start() + TextSize::try_from(offset).unwrap_or_default();
        if start >= end { TextRange::empty(self.range.start()) } else { TextRange::new(at(start), at(end)) }
    }

    /// The expression that is exactly what is selected.
    fn selected_expr(&self) -> Option<ast::Expr> {
        let wanted = self.selected();
        if wanted.is_empty() {
            return None;
        }
        let covering = match self.root.covering_element(wanted) {
            NodeOrToken::Node(node) => node,
            NodeOrToken::Token(token) => token.parent()?,
        };
        let found = covering.ancestors().take_while(|node| node.text_range() == wanted);
        let found = found.filter(|node| node.kind() != SyntaxKind::NODE_ROOT).filter_map(ast::Expr::cast);
        // The name on the left of a binding is no expression.
        found.last().filter(|expr| {
            expr.syntax().parent().is_none_or(|parent| {
                !matches!(
                    parent.kind(),
                    SyntaxKind::NODE_ATTRPATH | SyntaxKind::NODE_INHERIT | SyntaxKind::NODE_PAT_ENTRY
                )
            })
        })
    }

    fn text(&self, range: TextRange) -> &str {
        self.data.text().get(std::ops::Range::<usize>::from(range)).unwrap_or_default()
    }

    /// The white space that the line of a place starts with.
    fn indent(&self, at: TextSize) -> String {
        let before = self.data.text().get(..at.into()).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        line.get(..line.len() - line.trim_start().len()).unwrap_or_default().to_string()
    }

    /// An offer that edits this file.
    fn offer(&self, title: impl Into<String>, edits: Vec<TextEdit>) -> Option<Offer> {
        if edits.is_empty() {
            return None;
        }
        let edits = edits.into_iter().map(|edit| (self.file, edit)).collect();
        Some(Offer { title: title.into(), edits, ..Offer::default() })
    }

    /// The names that variables inside of a node have and that are bound outside of it, in the order of the text, without
    /// those of Nix itself. `None` where a `with` outside of it provides one.
    fn free_names(&self, node: &SyntaxNode) -> Option<Vec<Name>> {
        use crate::hir::{Expr, VarTarget};
        let within = node.text_range();
        let map = &self.data.lowered().source_map;
        let mut names: Vec<Name> = Vec::new();
        for (id, expr) in self.data.hir().exprs() {
            let Expr::Var(var) = expr else { continue };
            if !within.contains_range(map.expr(id)) {
                continue;
            }
            match &var.target {
                VarTarget::Global => {}
                VarTarget::Slot { key, .. } if within.contains_range(map.key(*key).name) => {}
                VarTarget::Slot { .. } => {
                    if !names.contains(&var.name) {
                        names.push(var.name.clone());
                    }
                }
                VarTarget::With(_) => {
                    let inside = node.descendants().filter_map(ast::With::cast).any(|with| {
                        with.body().is_some_and(|body| body.syntax().text_range().contains_range(map.expr(id)))
                    });
                    if !inside {
                        return None;
                    }
                }
                VarTarget::Undefined => return None,
            }
        }
        Some(names)
    }

    /// A name that nothing in the file has.
    fn free_name(&self, wanted: &str) -> String {
        let taken = |name: &str| {
            self.root.descendants().any(|node| node.kind() == SyntaxKind::NODE_IDENT && node.text() == name)
        };
        let numbered = (2..).map(|number| format!("{wanted}{number}"));
        std::iter::once(wanted.to_string()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
    }
}

/// Whether an expression has to be put in parentheses to stand as an operand or an argument.
fn needs_parens(expr: &ast::Expr) -> bool {
    !matches!(
        expr,
        ast::Expr::Ident(_)
            | ast::Expr::Str(_)
            | ast::Expr::Literal(_)
            | ast::Expr::Paren(_)
            | ast::Expr::AttrSet(_)
            | ast::Expr::List(_)
            | ast::Expr::Select(_)
            | ast::Expr::PathRel(_)
            | ast::Expr::PathAbs(_)
            | ast::Expr::PathHome(_)
            | ast::Expr::PathSearch(_)
    )
}

/// Whether the place of an expression takes any expression without parentheses.
fn takes_any(expr: &SyntaxNode) -> bool {
    let Some(parent) = expr.parent() else { return true };
    matches!(
        parent.kind(),
        SyntaxKind::NODE_ROOT
            | SyntaxKind::NODE_PAREN
            | SyntaxKind::NODE_ATTRPATH_VALUE
            | SyntaxKind::NODE_INTERPOL
            | SyntaxKind::NODE_DYNAMIC
            | SyntaxKind::NODE_INHERIT_FROM
            | SyntaxKind::NODE_PAT_ENTRY
            | SyntaxKind::NODE_LET_IN
            | SyntaxKind::NODE_WITH
            | SyntaxKind::NODE_LAMBDA
            | SyntaxKind::NODE_ASSERT
            | SyntaxKind::NODE_IF_ELSE
    )
}

/// The brace that the arguments of a function begin with.
fn open_brace(pattern: &ast::Pattern) -> Option<crate::syntax::SyntaxToken> {
    let tokens = pattern.syntax().children_with_tokens().filter_map(NodeOrToken::into_token);
    tokens.into_iter().find(|token| token.kind() == SyntaxKind::TOKEN_L_BRACE)
}
