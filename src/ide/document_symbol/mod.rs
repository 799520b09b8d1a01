//! The outline of a file.

#[cfg(test)]
mod tests;

use std::cell::Cell;

use rustc_hash::FxHashMap;

use crate::base::{FileId, TextRange};
use crate::eval::{Origin, Site};
use crate::ide::{Analysis, SymbolKind};
use crate::semantics::{HostId, Role, attr_name};
use crate::syntax::SyntaxNode;
use crate::syntax::ast::{self, AstNode, HasEntry};

/// Deeper nesting is left out of the outline.
const MAX_DEPTH: u32 = 32;

/// Editors show trees of a few thousand things. Of a file with more than this, what is nested deepest is left out first.
pub const MAX_SYMBOLS: usize = 20_000;

/// How deep symbols may stand within each other, tried one after the other until there are few enough.
const LEVELS: &[u32] = &[MAX_DEPTH, 4, 3, 2, 1];

/// A named thing of a file, with what is within it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentSymbol {
    /// As it is written: `services.nginx.enable`.
    pub name: String,
    pub detail: Option<String>,
    pub kind: SymbolKind,
    /// All of it; holds the ranges of all children.
    pub full: TextRange,
    /// Its name.
    pub focus: TextRange,
    pub children: Vec<DocumentSymbol>,
}

/// The outline of a file. Empty for a file that cannot be read.
pub fn document_symbols(analysis: &Analysis, file: FileId) -> Vec<DocumentSymbol> {
    let Ok(data) = analysis.snapshot().file(file) else { return Vec::new() };
    let outline = Outline {
        analysis,
        file,
        facts: analysis.is_current(file),
        keys: keys(analysis, file),
        hosts: hosts(analysis, file),
        left: Cell::new(0),
    };
    let mut symbols = Vec::new();
    for levels in LEVELS {
        symbols.clear();
        outline.left.set(MAX_SYMBOLS);
        outline.within(&data.parse().root(), MAX_DEPTH, *levels, &mut symbols);
        if outline.left.get() > 0 {
            break;
        }
    }
    symbols
}

/// The hosts whose definitions stand in a file.
fn hosts(analysis: &Analysis, file: FileId) -> FxHashMap<Origin, HostId> {
    let mut found = FxHashMap::default();
    let all = (0..).map(HostId).map_while(|at| Some((at, analysis.host(at)?)));
    for (at, host) in all {
        if let Some(definition) = host.definition.filter(|it| it.file == file) {
            found.entry(definition).or_insert(at);
        }
    }
    found
}

/// The keys of a file by the start of their names, for [`Outline::role`].
fn keys(analysis: &Analysis, file: FileId) -> FxHashMap<TextRange, crate::hir::KeyId> {
    let Ok(data) = analysis.snapshot().file(file) else { return Default::default() };
    let lowered = data.lowered();
    let ids = (0..lowered.file.key_count()).map(|at| crate::hir::KeyId(at as u32));
    ids.map(|key| (lowered.source_map.key(key).name, key)).collect()
}

struct Outline<'a> {
    analysis: &'a Analysis,
    file: FileId,
    /// Whether the facts are about this text.
    facts: bool,
    keys: FxHashMap<TextRange, crate::hir::KeyId>,
    hosts: FxHashMap<Origin, HostId>,
    /// How many symbols there may still be.
    left: Cell<usize>,
}

impl Outline<'_> {
    /// The bindings nearest below a node.
    fn within(&self, node: &SyntaxNode, depth: u32, levels: u32, into: &mut Vec<DocumentSymbol>) {
        let Some(depth) = depth.checked_sub(1).filter(|_| levels > 0) else { return };
        for child in node.children() {
            if self.left.get() == 0 {
                return;
            }
            match ast::AttrpathValue::cast(child.clone()) {
                Some(binding) => into.extend(self.binding(&binding, depth, levels)),
                None if child.kind().is_trivia() => {}
                // Bindings within expressions of other kinds stand at the same level.
                None => self.within(&child, depth, levels, into),
            }
        }
    }

    fn binding(&self, binding: &ast::AttrpathValue, depth: u32, levels: u32) -> Option<DocumentSymbol> {
        self.left.set(self.left.get().checked_sub(1)?);
        let path = binding.attrpath()?;
        let name = path.syntax().text().to_string();
        let last = path.attrs().last()?;
        let value = binding.value();
        let mut children = Vec::new();
        if let Some(value) = &value {
            match ast::AttrpathValue::cast(value.syntax().clone()) {
                Some(inner) => children.extend(self.binding(&inner, depth, levels)),
                None => self.within(value.syntax(), depth, levels - 1, &mut children),
            }
        }
        let known = self.role(&last).or_else(|| path.attrs().find_map(|attr| self.of_flake(self.origin(&attr)?)));
        let (kind, detail) = known.unwrap_or_else(|| (kind_of(value.as_ref()), None));
        Some(DocumentSymbol {
            name,
            detail,
            kind,
            full: binding.syntax().text_range(),
            focus: path.syntax().text_range(),
            children,
        })
    }

    /// A name as the facts name it.
    fn origin(&self, name: &ast::Attr) -> Option<Origin> {
        let key = *self.keys.get(&name.syntax().text_range()).filter(|_| self.facts)?;
        Some(Origin { file: self.file, site: Site::Key(key) })
    }

    /// What the facts say of a name.
    fn role(&self, name: &ast::Attr) -> Option<(SymbolKind, Option<String>)> {
        let origin = self.origin(name)?;
        match self.analysis.roles(origin).first() {
            Some(Role::Declaration { host, option }) => {
                let facts = self.analysis.host(*host)?.facts.options.get(*option)?;
                Some((SymbolKind::Option, facts.ty.as_ref().map(|ty| ty.description.clone())))
            }
            Some(Role::Definition { .. }) => Some((SymbolKind::Definition, None)),
            None => self
                .of_flake(origin)
                .or_else(|| attr_name(name).filter(|name| name == "imports").map(|_| (SymbolKind::Module, None))),
        }
    }

    /// A host or an input.
    fn of_flake(&self, origin: Origin) -> Option<(SymbolKind, Option<String>)> {
        let flake = self.analysis.flake(self.file)?;
        if let Some(input) = flake.inputs.iter().find(|input| input.origin == Some(origin)) {
            let url = input.url.as_ref().map(|url| url.text.to_string());
            return Some((SymbolKind::Input, url));
        }
        let host = self.analysis.host(*self.hosts.get(&origin)?)?;
        let system = host.system.as_ref().map(|system| format!("{} {system}", host.kind.name()));
        Some((SymbolKind::Host, system.or_else(|| Some(host.kind.name().to_string()))))
    }
}

fn kind_of(value: Option<&ast::Expr>) -> SymbolKind {
    match value {
        Some(ast::Expr::AttrSet(_)) => SymbolKind::Namespace,
        Some(ast::Expr::Lambda(_)) => SymbolKind::Function,
        Some(ast::Expr::List(_)) => SymbolKind::List,
        Some(ast::Expr::Str(_) | ast::Expr::PathRel(_) | ast::Expr::PathAbs(_)) => SymbolKind::String,
        Some(ast::Expr::Literal(_)) => SymbolKind::Number,
        Some(ast::Expr::Ident(ident)) => match ident.syntax().text().to_string().as_str() {
            "true" | "false" => SymbolKind::Boolean,
            "null" => SymbolKind::Null,
            _ => SymbolKind::Attribute,
        },
        Some(ast::Expr::With(with)) => kind_of(with.body().as_ref()),
        Some(ast::Expr::LetIn(let_in)) => kind_of(let_in.body().as_ref()),
        Some(ast::Expr::Paren(paren)) => kind_of(paren.expr().as_ref()),
        // `mkIf x { … }` holds bindings as a set does.
        Some(ast::Expr::Apply(apply)) => match apply.argument() {
            Some(ast::Expr::AttrSet(set)) if set.entries().next().is_some() => SymbolKind::Namespace,
            _ => SymbolKind::Attribute,
        },
        _ => SymbolKind::Attribute,
    }
}
