//! Where the names of an option path are written.

use super::Repository;
use crate::base::{FileRange, TextRange};
use crate::eval::{Origin, Site};
use crate::hir::Name;
use crate::syntax::ast::{self, AstNode, HasEntry};
use crate::syntax::string_value::{Part, string_parts};
use crate::syntax::{NodeOrToken, SyntaxNode};

impl Repository {
    /// Where the name at `index` of `path` stands, when the last name of the
    /// path stands at `origin`: in the same attribute path, or in that of a
    /// set around it. `None` where the path was put together in another way.
    pub fn name_in_path(&self, origin: Origin, path: &[Name], index: usize) -> Option<FileRange> {
        let Site::Key(_) = origin.site else { return None };
        let last = self.range(origin)?;
        let data = self.snapshot.file(last.file).ok()?;
        let mut at = attr_around(&data.parse().root(), last.range)?;
        let mut position = path.len().checked_sub(1)?;
        loop {
            let names = at.parent().and_then(ast::Attrpath::cast)?;
            let attrs: Vec<ast::Attr> = names.attrs().collect();
            let here = attrs.iter().position(|attr| *attr.syntax() == at)?;
            for attr in attrs.get(..=here)?.iter().rev() {
                if attr_text(attr).as_deref() != path.get(position).map(Name::as_str) {
                    return None;
                }
                if position == index {
                    return Some(FileRange { file: last.file, range: attr.syntax().text_range() });
                }
                position = position.checked_sub(1)?;
            }
            let around = names.syntax().parent()?.ancestors().skip(1).find_map(ast::AttrpathValue::cast)?;
            let outer = around.attrpath()?.attrs().last()?;
            at = outer.syntax().clone();
        }
    }

    /// The set that a module's file (or an inline module) returns: where `imports` stands.
    pub fn module_set(&self, file: crate::base::FileId, inline: Option<Origin>) -> Option<ast::AttrSet> {
        let data = self.snapshot.file(file).ok()?;
        let root = data.parse().root();
        let start = match inline {
            Some(origin) => {
                let range = self.range(origin)?.range;
                let covering = match root.covering_element(range) {
                    NodeOrToken::Node(node) => node,
                    NodeOrToken::Token(token) => token.parent()?,
                };
                ast::Expr::cast(covering)?
            }
            None => data.parse().tree().expr()?,
        };
        returned_set(start)
    }
}

fn returned_set(mut expr: ast::Expr) -> Option<ast::AttrSet> {
    loop {
        expr = match expr {
            ast::Expr::AttrSet(set) => return Some(set),
            ast::Expr::Paren(paren) => paren.expr()?,
            ast::Expr::Lambda(lambda) => lambda.body()?,
            ast::Expr::LetIn(let_in) => let_in.body()?,
            ast::Expr::With(with) => with.body()?,
            ast::Expr::Assert(assert) => assert.body()?,
            ast::Expr::Root(root) => root.expr()?,
            _ => return None,
        };
    }
}

/// The value of a set's attribute with this one name.
pub fn attribute(set: &ast::AttrSet, name: &str) -> Option<ast::Expr> {
    set.attrpath_values().find_map(|binding| {
        let mut attrs = binding.attrpath()?.attrs();
        let first = attrs.next()?;
        (attrs.next().is_none() && attr_text(&first).as_deref() == Some(name)).then(|| binding.value())?
    })
}

fn attr_around(root: &SyntaxNode, range: TextRange) -> Option<SyntaxNode> {
    if !root.text_range().contains_range(range) {
        return None;
    }
    let node = match root.covering_element(range) {
        NodeOrToken::Node(node) => node,
        NodeOrToken::Token(token) => token.parent()?,
    };
    node.ancestors().find(|node| {
        ast::Attr::can_cast(node.kind()) && node.parent().is_some_and(|parent| ast::Attrpath::can_cast(parent.kind()))
    })
}

/// The name that an attribute spells, unless it is computed.
fn attr_text(attr: &ast::Attr) -> Option<String> {
    let string = match attr {
        ast::Attr::Ident(ident) => return Some(ident.syntax().text().to_string()),
        ast::Attr::Str(string) => string.clone(),
        ast::Attr::Dynamic(dynamic) => match dynamic.expr()? {
            ast::Expr::Str(string) => string,
            _ => return None,
        },
    };
    match string_parts(&string).as_slice() {
        [] => Some(String::new()),
        [Part::Literal(text)] => Some(text.clone()),
        _ => None,
    }
}
