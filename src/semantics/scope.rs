//! Names by the tree alone: what is in scope at a node, and what a name there stands for.
//!
//! [`super::FileInfo`] knows the same of a lowered file. This is for text that
//! is being completed: with the unfinished name filled in, it is a text that
//! nobody else has, and not worth lowering as a whole.

use super::place::{entries, segments};
use super::{Segment, attr_name};
use crate::base::TextRange;
use crate::hir;
use crate::syntax::ast::{self, AstNode};
use crate::syntax::string_value::plain_path;
use crate::syntax::{SyntaxKind::*, SyntaxNode};

const MAX_STEPS: u32 = 32;

/// A name that can be used at some place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub name: hir::Name,
    pub kind: NameKind,
    /// Where it is bound.
    pub range: TextRange,
}

/// How a [`Name`] is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameKind {
    /// In a `let` or `rec` set.
    Binding,
    /// As an argument.
    Argument,
}

/// An expression as a root with the names selected from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxChain {
    pub root: SyntaxRoot,
    pub path: Vec<hir::Name>,
}

/// Where a [`SyntaxChain`] starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxRoot {
    /// An argument by name, of this function.
    Argument { name: hir::Name, function: SyntaxNode },
    /// The whole argument of this function.
    Arguments { function: SyntaxNode },
    /// `builtins`
    Builtins,
    /// A name that no scope of the text has: of a `with`, or undefined.
    Free,
    /// A set that is written out, or the `let` that a path begins in.
    Set(SyntaxNode),
    /// `import ./path`
    Import(String),
}

impl SyntaxChain {
    /// The chain with one more name.
    pub fn select(self, name: hir::Name) -> SyntaxChain {
        step(self, name, MAX_STEPS)
    }
}

/// The names in scope at a node, innermost first, each name once.
pub fn names_in_scope(node: &SyntaxNode) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    let mut seen = rustc_hash::FxHashSet::default();
    let mut inner: Option<SyntaxNode> = None;
    for scope in node.ancestors() {
        for name in names_of(&scope, inner.as_ref()) {
            if seen.insert(name.name.clone()) {
                names.push(name);
            }
        }
        inner = Some(scope);
    }
    names
}

/// The namespaces of the `with`s around a node, innermost first.
pub fn withs(node: &SyntaxNode) -> Vec<ast::Expr> {
    let mut found = Vec::new();
    let mut inner = node.clone();
    for scope in node.ancestors().skip(1) {
        if let Some(with) = ast::With::cast(scope.clone())
            && let Some(namespace) = with.namespace()
            && *namespace.syntax() != inner
        {
            found.push(namespace);
        }
        inner = scope;
    }
    found
}

/// What a node binds for what is within it.
fn names_of(scope: &SyntaxNode, inner: Option<&SyntaxNode>) -> Vec<Name> {
    let mut names = Vec::new();
    let mut add = |name: hir::Name, kind: NameKind, range: TextRange| names.push(Name { name, kind, range });
    match scope.kind() {
        NODE_LAMBDA => match ast::Lambda::cast(scope.clone()).and_then(|lambda| lambda.param()) {
            Some(ast::Param::IdentParam(param)) => {
                let text = param.syntax().text().to_string();
                add(hir::Name::from(text), NameKind::Argument, param.syntax().text_range());
            }
            Some(ast::Param::Pattern(pattern)) => {
                let bind = pattern.pat_bind().and_then(|bind| bind.ident());
                let formals = pattern.pat_entries().filter_map(|entry| entry.ident());
                for ident in formals.chain(bind) {
                    let text = ident.syntax().text().to_string();
                    add(hir::Name::from(text), NameKind::Argument, ident.syntax().text_range());
                }
            }
            None => {}
        },
        NODE_LET_IN | NODE_LEGACY_LET => bindings(scope, None, &mut add),
        NODE_ATTR_SET => {
            let recursive = ast::AttrSet::cast(scope.clone()).is_some_and(|set| set.rec_token().is_some());
            if recursive {
                bindings(scope, inner, &mut add);
            }
        }
        _ => {}
    }
    names
}

fn bindings(scope: &SyntaxNode, inner: Option<&SyntaxNode>, add: &mut impl FnMut(hir::Name, NameKind, TextRange)) {
    for entry in entries(scope) {
        match entry {
            ast::Entry::AttrpathValue(binding) => {
                // The unfinished name of a binding is not one to be used.
                let unfinished = inner == Some(binding.syntax()) && binding.assign_token().is_none();
                let Some(first) = binding.attrpath().and_then(|path| path.attrs().next()).filter(|_| !unfinished)
                else {
                    continue;
                };
                if let Some(name) = attr_name(&first) {
                    add(name, NameKind::Binding, first.syntax().text_range());
                }
            }
            ast::Entry::Inherit(inherit) => {
                for attr in inherit.attrs() {
                    if let Some(name) = attr_name(&attr) {
                        add(name, NameKind::Binding, attr.syntax().text_range());
                    }
                }
            }
        }
    }
}

/// What an expression stands for, as far as names and selections lead.
pub fn resolve(expr: &ast::Expr) -> Option<SyntaxChain> {
    follow(expr, MAX_STEPS)
}

fn follow(expr: &ast::Expr, steps: u32) -> Option<SyntaxChain> {
    let steps = steps.checked_sub(1)?;
    let of = |root| Some(SyntaxChain { root, path: Vec::new() });
    match expr {
        ast::Expr::Ident(ident) => follow_name(ident.syntax(), &ident.syntax().text().to_string(), steps),
        ast::Expr::Paren(paren) => follow(&paren.expr()?, steps),
        ast::Expr::Root(root) => follow(&root.expr()?, steps),
        ast::Expr::Select(select) => {
            let mut chain = follow(&select.expr()?, steps)?;
            for attr in select.attrpath()?.attrs() {
                chain = step(chain, attr_name(&attr)?, steps);
            }
            Some(chain)
        }
        ast::Expr::With(with) => follow(&with.body()?, steps),
        ast::Expr::LetIn(let_in) => follow(&let_in.body()?, steps),
        ast::Expr::AttrSet(set) => of(SyntaxRoot::Set(set.syntax().clone())),
        ast::Expr::Apply(apply) => match (super::place::head_name(apply)?.as_str(), apply.argument()?) {
            ("import", ast::Expr::PathRel(path)) => of(SyntaxRoot::Import(plain_path(&ast::Path::PathRel(path))?)),
            _ => follow(&apply.lambda()?, steps).filter(|chain| matches!(chain.root, SyntaxRoot::Import(_))),
        },
        _ => None,
    }
}

fn step(mut chain: SyntaxChain, name: hir::Name, steps: u32) -> SyntaxChain {
    match &chain.root {
        SyntaxRoot::Arguments { function } if chain.path.is_empty() => {
            let root = SyntaxRoot::Argument { name, function: function.clone() };
            return SyntaxChain { root, path: Vec::new() };
        }
        SyntaxRoot::Set(set) if chain.path.is_empty() => {
            if let Some(found) = bound_in(set, &name, steps) {
                return found;
            }
        }
        _ => {}
    }
    chain.path.push(name);
    chain
}

/// What `name` stands for when it is used at `at`.
fn follow_name(at: &SyntaxNode, name: &str, steps: u32) -> Option<SyntaxChain> {
    let of = |root| Some(SyntaxChain { root, path: Vec::new() });
    let mut inner = at.clone();
    for scope in at.ancestors().skip(1) {
        match scope.kind() {
            NODE_LAMBDA => {
                let param = ast::Lambda::cast(scope.clone()).and_then(|lambda| lambda.param());
                match param {
                    Some(ast::Param::IdentParam(param)) if param.syntax().text() == name => {
                        return of(SyntaxRoot::Arguments { function: scope });
                    }
                    Some(ast::Param::Pattern(pattern)) => {
                        let is = |ident: &ast::Ident| ident.syntax().text() == name;
                        if pattern.pat_entries().any(|entry| entry.ident().is_some_and(|it| is(&it))) {
                            return of(SyntaxRoot::Argument { name: name.into(), function: scope });
                        }
                        if pattern.pat_bind().and_then(|bind| bind.ident()).is_some_and(|it| is(&it)) {
                            return of(SyntaxRoot::Arguments { function: scope });
                        }
                    }
                    _ => {}
                }
            }
            NODE_LET_IN | NODE_LEGACY_LET if binds(&scope, name) => return bound_in(&scope, name, steps),
            NODE_ATTR_SET => {
                let recursive = ast::AttrSet::cast(scope.clone()).is_some_and(|set| set.rec_token().is_some());
                if recursive && inner.kind() != NODE_INHERIT && binds(&scope, name) {
                    return bound_in(&scope, name, steps);
                }
            }
            _ => {}
        }
        inner = scope;
    }
    if name == "builtins" {
        return of(SyntaxRoot::Builtins);
    }
    Some(SyntaxChain { root: SyntaxRoot::Free, path: vec![name.into()] })
}

fn binds(scope: &SyntaxNode, name: &str) -> bool {
    entries(scope).iter().any(|entry| match entry {
        ast::Entry::AttrpathValue(binding) => {
            let first = binding.attrpath().and_then(|path| path.attrs().next());
            first.and_then(|first| attr_name(&first)).is_some_and(|first| first == name)
        }
        ast::Entry::Inherit(inherit) => inherit.attrs().any(|attr| attr_name(&attr).is_some_and(|it| it == name)),
    })
}

/// What the attribute `name` of a set or `let` stands for.
fn bound_in(scope: &SyntaxNode, name: &str, steps: u32) -> Option<SyntaxChain> {
    let steps = steps.checked_sub(1)?;
    for entry in entries(scope) {
        match entry {
            ast::Entry::AttrpathValue(binding) => {
                let path = segments(&binding.attrpath()?);
                let is = path.first().and_then(Segment::name).is_some_and(|first| first == name);
                if is && path.len() == 1 {
                    return follow(&binding.value()?, steps);
                }
                // `a.b = 1;`: what `a` is stands in several bindings.
                if is {
                    return Some(SyntaxChain { root: SyntaxRoot::Set(scope.clone()), path: vec![name.into()] });
                }
            }
            ast::Entry::Inherit(inherit) => {
                if !inherit.attrs().any(|attr| attr_name(&attr).is_some_and(|it| it == name)) {
                    continue;
                }
                return match inherit.from() {
                    Some(from) => Some(step(follow(&from.expr()?, steps)?, name.into(), steps)),
                    None => follow_name(&scope.parent()?, name, steps),
                };
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;
    use crate::syntax::Parse;

    fn node(text: &str) -> SyntaxNode {
        let fixture = Fixture::parse(text);
        let (path, offset) = fixture.position();
        let root = Parse::new(fixture.text(path)).root();
        let token = root.token_at_offset(offset).left_biased().expect("a token");
        token.parent().expect("tokens have parents")
    }

    fn chain(text: &str) -> String {
        let expr = node(text).ancestors().find_map(ast::Expr::cast).expect("an expression");
        let expr = match expr.syntax().parent().and_then(ast::Select::cast) {
            Some(select) => ast::Expr::Select(select),
            None => expr,
        };
        let Some(chain) = resolve(&expr) else { return "none".to_string() };
        let root = match chain.root {
            SyntaxRoot::Argument { name, .. } => format!("argument {name}"),
            SyntaxRoot::Arguments { .. } => "arguments".to_string(),
            SyntaxRoot::Builtins => "builtins".to_string(),
            SyntaxRoot::Free => "free".to_string(),
            SyntaxRoot::Set(_) => "set".to_string(),
            SyntaxRoot::Import(path) => format!("import {path}"),
        };
        format!("{root} {}", chain.path.join(".")).trim_end().to_string()
    }

    #[test]
    fn names_are_followed() {
        assert_eq!(chain("{ config, ... }: let cfg = config.a; in cfg$0.b"), "argument config a.b");
        assert_eq!(chain("{ config, ... }: let inherit (config.a) b; in b$0"), "argument config a.b");
        assert_eq!(chain("{ config, ... }: let inherit (config) a; in a$0.b"), "argument config a.b");
        assert_eq!(chain("args: args$0.config"), "argument config");
        assert_eq!(chain("with lib; mkIf$0"), "free mkIf");
        assert_eq!(chain("builtins$0.map"), "builtins map");
        assert_eq!(chain("let l = import ./lib.nix { }; in l$0.f"), "import ./lib.nix f");
        assert_eq!(chain("let x = { y = z: z; }; in x$0"), "set");
        assert_eq!(chain("let a = b; b = a; in a$0"), "none");
        assert_eq!(chain("rec { a = a$0; }"), "none");
    }

    #[test]
    fn names_in_scope_from_inside_out() {
        let names =
            |text| -> Vec<String> { names_in_scope(&node(text)).iter().map(|it| it.name.to_string()).collect() };
        assert_eq!(names("{ a, b ? 1, ... }@c: let d = 1; in x: [ $0y ]"), ["x", "d", "a", "b", "c"]);
        assert_eq!(names("rec { a = 1; b.c = 2; inherit (x) d; e = $0a; }"), ["a", "b", "d", "e"]);
        assert_eq!(names("{ a = 1; b = $0x; }"), [] as [&str; 0]);
    }

    #[test]
    fn namespaces_of_with() {
        let count = |text| withs(&node(text)).len();
        assert_eq!(count("with a; with b; x$0"), 2);
        assert_eq!(count("with a$0; b"), 0);
    }
}
