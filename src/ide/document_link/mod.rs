//! What of a file leads somewhere: paths to files, addresses, references of inputs to their pages.

#[cfg(test)]
mod tests;

mod addresses;

use crate::base::{FileId, TextRange};
use crate::db::FileData;
use crate::eval::{FileType, Files, join_path};
use crate::flake::FlakeRef;
use crate::hir::{BinaryOp, Expr, ExprId, Name, StrPart};
use crate::ide::Analysis;
use crate::semantics::{FileInfo, Root};
use crate::syntax::ast::{self, AstNode};
use crate::syntax::string_value::{plain_path, plain_string};
use crate::syntax::{NodeOrToken, SyntaxKind::*, SyntaxNode};

/// A stretch of text that leads somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentLink {
    pub range: TextRange,
    pub target: LinkTarget,
}

/// Where a [`DocumentLink`] leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkTarget {
    File(FileId),
    /// An address of the web.
    Url(String),
}

/// The links of a file in the order of the text. None lies within another one.
pub fn document_links(analysis: &Analysis, file: FileId) -> Vec<DocumentLink> {
    let (Ok(data), Some(info)) = (analysis.snapshot().file(file), analysis.info(file)) else { return Vec::new() };
    let mut links = Links { analysis, file, data: &data, info: &info, found: Vec::new() };
    links.inputs();
    links.imports();
    for element in data.parse().root().descendants_with_tokens() {
        match element {
            NodeOrToken::Node(node) => links.node(&node),
            NodeOrToken::Token(token) if matches!(token.kind(), TOKEN_COMMENT | TOKEN_STRING_CONTENT | TOKEN_URI) => {
                let cut = token.next_sibling_or_token().is_some_and(|next| next.kind() == NODE_INTERPOL);
                for (range, url) in addresses::addresses(token.text(), cut) {
                    links.add(range + token.text_range().start(), LinkTarget::Url(url));
                }
            }
            NodeOrToken::Token(_) => {}
        }
    }
    let mut found = links.found;
    // What was found first is what is known best.
    found.sort_by_key(|link| link.range.start());
    found
}

struct Links<'a> {
    analysis: &'a Analysis,
    file: FileId,
    data: &'a FileData,
    info: &'a FileInfo,
    found: Vec<DocumentLink>,
}

impl Links<'_> {
    /// Adds a link, unless a part of it is one.
    fn add(&mut self, range: TextRange, target: LinkTarget) {
        let overlaps = |link: &DocumentLink| link.range.start() < range.end() && range.start() < link.range.end();
        if !self.found.iter().any(overlaps) {
            self.found.push(DocumentLink { range, target });
        }
    }

    /// The references of the inputs that this file declares.
    fn inputs(&mut self) {
        let Some(flake) = self.analysis.flake(self.file).filter(|flake| flake.file == self.file) else { return };
        let overridden = flake.inputs.iter().flat_map(|input| &input.overrides).filter_map(|it| it.url.as_ref());
        let urls = flake.inputs.iter().filter_map(|input| input.url.as_ref()).chain(overridden);
        for url in urls {
            let binding = url.origin.and_then(|origin| self.analysis.whole_range(origin));
            let Some(binding) = binding.filter(|at| at.file == self.file) else { continue };
            let Some(page) = FlakeRef::parse(&url.text).ok().and_then(|reference| reference.page()) else { continue };
            // The text of now may be another one.
            let Some(string) = string_in(&self.data.parse().root(), binding.range, &url.text) else { continue };
            self.add(string, LinkTarget::Url(page));
        }
    }

    /// Elements of lists of modules, where all hosts say that they are the same file:
    /// `"${self}/x.nix"`, `(folder + "/x.nix")`.
    fn imports(&mut self) {
        if !self.analysis.is_current(self.file) {
            return;
        }
        for (expr, target) in self.analysis.import_sites(self.file) {
            let computed = match self.info.hir.expr(expr) {
                Expr::Str(_) | Expr::Path { .. } => true,
                Expr::Binary { op, .. } => *op == BinaryOp::Add,
                _ => false,
            };
            if computed && let Some(target) = target {
                let range = self.data.lowered().source_map.expr(expr);
                self.add(inside_quotes(self.data.text(), range), LinkTarget::File(target));
            }
        }
    }

    fn node(&mut self, node: &SyntaxNode) {
        match node.kind() {
            NODE_PATH_REL | NODE_PATH_ABS => {
                let target = ast::Path::cast(node.clone())
                    .and_then(|path| plain_path(&path))
                    .and_then(|text| self.analysis.path_target(self.file, &text));
                target.into_iter().for_each(|target| self.add(node.text_range(), LinkTarget::File(target)));
            }
            NODE_STRING | NODE_BIN_OP => {
                let expr = self.data.lowered().source_map.expr_with_range(node.text_range());
                let path = expr.and_then(|expr| self.path_of(expr));
                if let Some(target) = path.and_then(|path| self.file_at(&path)) {
                    self.add(inside_quotes(self.data.text(), node.text_range()), LinkTarget::File(target));
                }
            }
            _ => {}
        }
    }

    /// The path that `"${self}/x"`, `"${./.}/x"` or `self + "/x"` comes to.
    fn path_of(&self, expr: ExprId) -> Option<Name> {
        match self.info.hir.expr(expr) {
            Expr::Str(parts) => match &**parts {
                [StrPart::Interpolation(folder), StrPart::Literal(rest)] => self.below(*folder, rest),
                _ => None,
            },
            Expr::Binary { op: BinaryOp::Add, lhs, rhs } => match self.info.hir.expr(*rhs) {
                Expr::Str(parts) => match &**parts {
                    [StrPart::Literal(rest)] => self.below(*lhs, rest),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    fn below(&self, folder: ExprId, rest: &str) -> Option<Name> {
        let rest = rest.strip_prefix('/').filter(|rest| !rest.contains(char::is_whitespace))?;
        if let Some(literal) = self.info.path_literal(folder) {
            return Some(join_path(&self.analysis.path_of_literal(self.file, &literal)?, rest));
        }
        let chain = self.info.chain(folder)?;
        let Root::Argument { name, .. } = &chain.root else { return None };
        let path: Vec<&str> = chain.path.iter().map(Name::as_str).collect();
        let is_self = match (name.as_str(), path.as_slice()) {
            ("self", [] | ["outPath"]) | ("inputs", ["self"] | ["self", "outPath"]) => !chain.cut,
            _ => false,
        };
        let flake = self.analysis.flake(self.file).filter(|_| is_self)?;
        Some(join_path(&flake.root, rest))
    }

    /// The file at a path; of a folder, its default.nix.
    fn file_at(&self, path: &str) -> Option<FileId> {
        let snapshot = self.analysis.snapshot();
        let path = match snapshot.file_type(path).ok()?? {
            FileType::Directory => join_path(path, "default.nix"),
            _ => Name::new(path),
        };
        snapshot.file_type(&path).ok()??;
        let real = snapshot.tree().resolve(&path).map_or(path, |(real, _)| real);
        Some(snapshot.paths().id(&real))
    }
}

/// The string with this value within a range, without its quotes.
fn string_in(root: &SyntaxNode, range: TextRange, value: &str) -> Option<TextRange> {
    let holder = match root.text_range().contains_range(range).then(|| root.covering_element(range))? {
        NodeOrToken::Node(node) => node,
        NodeOrToken::Token(token) => token.parent()?,
    };
    let strings = holder.descendants().filter(|node| range.contains_range(node.text_range()));
    let string = strings.filter_map(ast::Str::cast).find(|string| plain_string(string).as_deref() == Some(value))?;
    let text = string.syntax().text().to_string();
    Some(quoted(&text, string.syntax().text_range()))
}

/// A range without the quotes at its ends.
fn inside_quotes(text: &str, range: TextRange) -> TextRange {
    let piece = text.get(usize::from(range.start())..usize::from(range.end())).unwrap_or_default();
    quoted(piece, range)
}

fn quoted(piece: &str, range: TextRange) -> TextRange {
    let one = crate::base::TextSize::from(1);
    // `"a" + "b"` has quotes at its ends as well.
    let is_quoted = piece.len() > 2 && piece.starts_with('"') && piece.ends_with('"') && !piece.contains(" + ");
    if is_quoted { TextRange::new(range.start() + one, range.end() - one) } else { range }
}
