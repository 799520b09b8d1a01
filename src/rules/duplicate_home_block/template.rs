//! What several sets have in common, as a function of what they differ in.
//!
//! Bindings that are the same everywhere, word by word and name by name, are kept. Where a value differs, it becomes an
//! argument; sets, and calls of the same function with sets, are looked into first. What only some of the sets have
//! is merged over the rest with `//`, which is the same value because the names are different ones.

use std::collections::BTreeSet;

use crate::base::TextRange;
use crate::db::FileData;
use crate::hir::{Expr, KeyId, VarTarget};
use crate::syntax::ast::{self, AstNode, HasEntry};
use crate::syntax::{NodeOrToken, SyntaxKind, SyntaxNode};

/// A set in the text of its file.
pub(super) struct Block<'a> {
    pub data: &'a FileData,
    pub set: ast::AttrSet,
}

/// Which names of a block mean the same where its template stands.
pub(super) enum Scope {
    /// Those that are bound around the one place in the same file.
    Keys(BTreeSet<KeyId>),
    /// All of them, because they are handed over by name; paths do not.
    Passed,
}

/// The common part, and what each block gives to it.
pub(super) struct Template {
    pub body: Set,
    /// The arguments in the order of the text, each with whether it may be left out.
    pub holes: Vec<(String, bool)>,
    /// For each block what it gives: the text of the bindings of the arguments.
    pub arguments: Vec<Vec<String>>,
    /// For each block the bindings that no other part of the template has a place for.
    pub rest: Vec<Vec<String>>,
    /// The names from around the blocks that the body uses.
    pub names: BTreeSet<String>,
    /// How many bindings are the same everywhere.
    pub kept: usize,
}

/// A set of the template.
pub(super) struct Set {
    entries: Vec<Entry>,
    /// The argument that is merged over it.
    rest: Option<String>,
}

enum Entry {
    /// The same text everywhere, with the comments that stand above it.
    Kept { comments: Vec<String>, text: String },
    /// `name = argument;`
    Hole { comments: Vec<String>, path: String, argument: String },
    /// `path = { … };` or `path = function { … };`
    Inner { comments: Vec<String>, path: String, function: Option<String>, set: Set },
}

/// A binding, or a name of an `inherit`.
struct Bound {
    /// The names of its path, as they are written.
    path: Vec<String>,
    /// Without its semicolon; of an inherited name the name.
    node: SyntaxNode,
    value: Value,
    comments: Vec<String>,
}

enum Value {
    Expr(ast::Expr),
    Inherited,
    InheritedFrom(ast::Expr),
}

/// Names that no argument can have.
const KEYWORDS: &[&str] = &["assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with"];

struct Builder<'a> {
    blocks: &'a [Block<'a>],
    scope: &'a Scope,
    template: Template,
}

/// What the blocks have in common. `None` where that is too little, and where a set is not plain enough to tell.
pub(super) fn template(blocks: &[Block<'_>], scope: &Scope) -> Option<Template> {
    let count = blocks.len();
    // Lines of a string in plain quotes cannot be indented in another way.
    if blocks.iter().any(|block| has_raw_lines(block.set.syntax())) {
        return None;
    }
    let empty = Set { entries: Vec::new(), rest: None };
    let template = Template {
        body: empty,
        holes: Vec::new(),
        arguments: vec![Vec::new(); count],
        rest: vec![Vec::new(); count],
        names: BTreeSet::new(),
        kept: 0,
    };
    let mut builder = Builder { blocks, scope, template };
    let sets: Vec<ast::AttrSet> = blocks.iter().map(|block| block.set.clone()).collect();
    let (entries, rest) = builder.set(&sets, &[])?;
    builder.template.rest = rest;
    builder.template.body = Set { entries, rest: None };
    (builder.template.kept > 0).then_some(builder.template)
}

impl Builder<'_> {
    /// The entries that all sets have, and the bindings of each that are left.
    fn set(&mut self, sets: &[ast::AttrSet], around: &[String]) -> Option<(Vec<Entry>, Vec<Vec<String>>)> {
        let bound: Vec<Vec<Bound>> = sets.iter().map(bindings).collect::<Option<_>>()?;
        let mut firsts: Vec<String> = Vec::new();
        for one in bound.iter().flatten() {
            let first = one.path.first()?;
            if !firsts.contains(first) {
                firsts.push(first.clone());
            }
        }
        let mut entries = Vec::new();
        let mut rest: Vec<Vec<String>> = vec![Vec::new(); sets.len()];
        for first in firsts {
            let group: Vec<Vec<&Bound>> =
                bound.iter().map(|bound| bound.iter().filter(|it| it.path.first() == Some(&first)).collect()).collect();
            if group.iter().any(Vec::is_empty) {
                for (rest, group) in rest.iter_mut().zip(&group) {
                    rest.extend(group.iter().map(|bound| bound.text()));
                }
                continue;
            }
            self.group(&group, &first, around, &mut entries)?;
        }
        Some((entries, rest))
    }

    /// The bindings of one name, which all sets have.
    fn group(&mut self, group: &[Vec<&Bound>], first: &str, around: &[String], entries: &mut Vec<Entry>) -> Option<()> {
        let paths = |bound: &[&Bound]| bound.iter().map(|it| it.path.clone()).collect::<BTreeSet<_>>();
        let (head, others) = group.split_first()?;
        let names = paths(head);
        let plain = names.iter().flatten().all(|name| is_plain(name));
        if !plain || names.len() != head.len() || others.iter().any(|other| paths(other) != names) {
            // Who is a user of a host is what hosts differ in.
            let argument = self.argument(first, around)?;
            let comments = head.first().map(|it| it.comments.clone()).unwrap_or_default();
            for (given, bound) in self.template.arguments.iter_mut().zip(group) {
                for one in bound {
                    given.push(renamed(&one.text(), first, &argument)?);
                }
            }
            entries.push(Entry::Hole { comments, path: first.to_string(), argument });
            return Some(());
        }
        for path in head.iter().map(|it| &it.path) {
            let same: Option<Vec<&Bound>> =
                group.iter().map(|bound| bound.iter().find(|it| it.path == *path).copied()).collect();
            self.binding(&same?, path, around, entries)?;
        }
        Some(())
    }

    /// One binding in every set.
    fn binding(
        &mut self,
        bound: &[&Bound],
        path: &[String],
        around: &[String],
        entries: &mut Vec<Entry>,
    ) -> Option<()> {
        let first = bound.first()?;
        let comments = first.comments.clone();
        let words: Vec<Vec<String>> = bound.iter().map(|it| words(&it.whole())).collect();
        let alike = words.iter().all(|other| Some(other) == words.first());
        if alike && bound.iter().zip(self.blocks).all(|(it, block)| self.keeps(block, &it.node)) {
            let from = match &first.value {
                Value::InheritedFrom(from) => {
                    self.blocks.iter().zip(bound).all(|(block, it)| match &it.value {
                        Value::InheritedFrom(from) => self.keeps(block, from.syntax()),
                        _ => false,
                    }) && self.name_uses(from.syntax())
                }
                _ => true,
            };
            if from {
                self.name_uses(&first.node);
                self.template.kept += 1;
                entries.push(Entry::Kept { comments, text: first.text() });
                return Some(());
            }
        }
        let name = path.last()?;
        if name != "users"
            && around.len() < 4
            && let Some((function, sets)) = self.inner(bound)
        {
            let kept = self.template.kept;
            let before = (self.template.holes.clone(), self.template.arguments.clone(), self.template.names.clone());
            let mut inside = around.to_vec();
            inside.push(name.clone());
            let found = self.set(&sets, &inside);
            if let Some((inner, rest)) = found
                && self.template.kept > kept
            {
                let merged = rest.iter().any(|rest| !rest.is_empty());
                // A function of a set takes all of it at once.
                if !(merged && function.is_some()) {
                    let mut argument = None;
                    if merged {
                        let name = self.argument(name, around)?;
                        if let Some(hole) = self.template.holes.last_mut() {
                            hole.1 = true;
                        }
                        for (given, rest) in self.template.arguments.iter_mut().zip(&rest) {
                            if !rest.is_empty() {
                                given.push(format!("{name} = {{\n{}\n}};", indented(&rest.join("\n"), "  ")));
                            }
                        }
                        argument = Some(name);
                    }
                    let set = Set { entries: inner, rest: argument };
                    entries.push(Entry::Inner { comments, path: path.join("."), function, set });
                    return Some(());
                }
            }
            self.template.kept = kept;
            (self.template.holes, self.template.arguments, self.template.names) = before;
        }
        let argument = self.argument(name, around)?;
        for (given, it) in self.template.arguments.iter_mut().zip(bound) {
            given.push(it.as_argument(&argument));
        }
        entries.push(Entry::Hole { comments, path: path.join("."), argument });
        Some(())
    }

    /// The sets that all values are, or that the same function is called with.
    fn inner(&mut self, bound: &[&Bound]) -> Option<(Option<String>, Vec<ast::AttrSet>)> {
        let mut functions = Vec::new();
        let mut sets = Vec::new();
        for it in bound {
            let Value::Expr(value) = &it.value else { return None };
            match value {
                ast::Expr::AttrSet(set) => {
                    functions.push(None);
                    sets.push(set.clone());
                }
                ast::Expr::Apply(apply) => {
                    let ast::Expr::AttrSet(set) = apply.argument()? else { return None };
                    functions.push(Some(apply.lambda()?));
                    sets.push(set);
                }
                _ => return None,
            }
        }
        let spelled: Vec<Option<Vec<String>>> =
            functions.iter().map(|it| it.as_ref().map(|it| words(&[it.syntax().clone()]))).collect();
        let first = spelled.first()?.clone();
        if spelled.iter().any(|other| *other != first) {
            return None;
        }
        let mut text = None;
        for (function, block) in functions.iter().zip(self.blocks) {
            let Some(function) = function else { continue };
            if !self.keeps(block, function.syntax()) {
                return None;
            }
            text = text.or_else(|| Some(function.syntax().text().to_string()));
        }
        if let Some(Some(function)) = functions.first() {
            self.name_uses(function.syntax());
        }
        Some((text, sets))
    }

    /// A name for an argument that nothing else has.
    fn argument(&mut self, name: &str, around: &[String]) -> Option<String> {
        let plain = |name: &str| {
            let mut letters = name.chars();
            letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
                && letters.all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
                && !KEYWORDS.contains(&name)
        };
        let capital = |name: &str| {
            let mut letters = name.chars();
            letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
        };
        let used =
            |name: &str| self.template.holes.iter().any(|(hole, _)| hole == name) || self.template.names.contains(name);
        let longer = around.last().map(|outer| format!("{outer}{}", capital(name)));
        let numbered = (2..10).map(|number| format!("{name}{number}"));
        let mut names = std::iter::once(name.to_string()).chain(longer).chain(numbered);
        let found = names.find(|name| plain(name) && !used(name))?;
        self.template.holes.push((found.clone(), false));
        Some(found)
    }

    /// Whether all names of a node mean at the template what they mean in the block.
    fn keeps(&self, block: &Block<'_>, node: &SyntaxNode) -> bool {
        let within = node.text_range();
        let hir = block.data.hir();
        let map = &block.data.lowered().source_map;
        hir.exprs().filter(|(id, _)| within.contains_range(map.expr(*id)) && !map.expr(*id).is_empty()).all(
            |(_, expr)| match (expr, self.scope) {
                (Expr::Var(var), Scope::Keys(keys)) => match &var.target {
                    VarTarget::Global => true,
                    VarTarget::Slot { key, .. } => keys.contains(key) || within.contains_range(map.key(*key).name),
                    VarTarget::With(_) | VarTarget::Undefined => false,
                },
                (Expr::Path { .. } | Expr::CurPos, Scope::Passed) => false,
                (Expr::CurPos, _) => false,
                _ => true,
            },
        )
    }

    /// Notes the names that a node uses and that are bound outside of it.
    fn name_uses(&mut self, node: &SyntaxNode) -> bool {
        let Some(block) = self.blocks.first() else { return false };
        let within = node.text_range();
        let map = &block.data.lowered().source_map;
        for (id, expr) in block.data.hir().exprs() {
            let Expr::Var(var) = expr else { continue };
            if !within.contains_range(map.expr(id)) {
                continue;
            }
            let own = matches!(&var.target, VarTarget::Slot { key, .. } if within.contains_range(map.key(*key).name));
            if !own && var.target != VarTarget::Global {
                self.template.names.insert(var.name.to_string());
            }
        }
        true
    }
}

impl Bound {
    /// The binding as it is written, with a semicolon.
    fn text(&self) -> String {
        match &self.value {
            Value::Expr(_) => dedented(&self.node),
            Value::Inherited => format!("inherit {};", self.node.text()),
            Value::InheritedFrom(from) => format!("inherit ({}) {};", from.syntax().text(), self.node.text()),
        }
    }

    /// The nodes that say what it is.
    fn whole(&self) -> Vec<SyntaxNode> {
        match &self.value {
            Value::InheritedFrom(from) => vec![from.syntax().clone(), self.node.clone()],
            _ => vec![self.node.clone()],
        }
    }

    /// Its value as that of an argument.
    fn as_argument(&self, name: &str) -> String {
        let own = self.path.last().is_some_and(|last| last == name);
        match &self.value {
            Value::Expr(value) if value.syntax().text() == name => format!("inherit {name};"),
            Value::Expr(value) => format!("{name} = {};", dedented(value.syntax())),
            Value::Inherited if own => format!("inherit {name};"),
            Value::Inherited => format!("{name} = {};", self.node.text()),
            Value::InheritedFrom(from) if own => format!("inherit ({}) {name};", from.syntax().text()),
            Value::InheritedFrom(from) => format!("{name} = ({}).{};", from.syntax().text(), self.node.text()),
        }
    }
}

/// A binding whose path begins with another name.
fn renamed(text: &str, from: &str, to: &str) -> Option<String> {
    if from == to {
        return Some(text.to_string());
    }
    text.strip_prefix(from).map(|rest| format!("{to}{rest}"))
}

/// The bindings of a set; `None` where it is recursive, or a name of it is computed at the front.
fn bindings(set: &ast::AttrSet) -> Option<Vec<Bound>> {
    if set.rec_token().is_some() {
        return None;
    }
    let mut found = Vec::new();
    for entry in set.entries() {
        let comments = comments_above(entry.syntax());
        match entry {
            ast::Entry::AttrpathValue(binding) => {
                let attrs: Vec<ast::Attr> = binding.attrpath()?.attrs().collect();
                if matches!(attrs.first()?, ast::Attr::Dynamic(_)) {
                    return None;
                }
                let path = attrs.iter().map(|attr| attr.syntax().text().to_string()).collect();
                let value = Value::Expr(binding.value()?);
                found.push(Bound { path, node: binding.syntax().clone(), value, comments });
            }
            ast::Entry::Inherit(inherit) => {
                let from = inherit.from().and_then(|from| from.expr());
                let mut comments = comments;
                for attr in inherit.attrs() {
                    let value = match &from {
                        Some(from) => Value::InheritedFrom(from.clone()),
                        None => Value::Inherited,
                    };
                    let path = vec![attr.syntax().text().to_string()];
                    found.push(Bound {
                        path,
                        node: attr.syntax().clone(),
                        value,
                        comments: std::mem::take(&mut comments),
                    });
                }
            }
        }
    }
    Some(found)
}

/// Whether a name of a path is the same wherever it is written.
fn is_plain(name: &str) -> bool {
    !name.contains("${")
}

/// The comments right above a node, and the one behind it on its line.
fn comments_above(node: &SyntaxNode) -> Vec<String> {
    let mut comments = Vec::new();
    let mut before = node.prev_sibling_or_token();
    while let Some(NodeOrToken::Token(token)) = before {
        match token.kind() {
            SyntaxKind::TOKEN_COMMENT => {
                // One that ends the line of what stands before belongs to that.
                let behind = token.prev_sibling_or_token().is_some_and(|it| match it {
                    NodeOrToken::Token(space) => {
                        space.kind() == SyntaxKind::TOKEN_WHITESPACE
                            && !space.text().contains('\n')
                            && space.prev_sibling_or_token().is_some_and(|it| it.as_node().is_some())
                    }
                    NodeOrToken::Node(_) => true,
                });
                if !behind {
                    comments.push(token.text().to_string());
                }
            }
            SyntaxKind::TOKEN_WHITESPACE => {}
            _ => break,
        }
        before = token.prev_sibling_or_token();
    }
    comments.reverse();
    let mut after = node.next_sibling_or_token();
    while let Some(NodeOrToken::Token(token)) = after {
        match token.kind() {
            SyntaxKind::TOKEN_COMMENT => {
                comments.push(token.text().to_string());
                break;
            }
            SyntaxKind::TOKEN_WHITESPACE if !token.text().contains('\n') => {}
            _ => break,
        }
        after = token.next_sibling_or_token();
    }
    comments
}

/// The tokens of nodes, without white space and comments.
fn words(nodes: &[SyntaxNode]) -> Vec<String> {
    let tokens = nodes.iter().flat_map(|node| node.descendants_with_tokens()).filter_map(NodeOrToken::into_token);
    tokens.filter(|token| !token.kind().is_trivia()).map(|token| token.text().to_string()).collect()
}

/// The text of a node as if its first line began at the margin.
pub(super) fn dedented(node: &SyntaxNode) -> String {
    let text = node.text().to_string();
    if !text.contains('\n') || has_raw_lines(node) {
        return text;
    }
    let file = node.ancestors().last().map(|root| root.text().to_string()).unwrap_or_default();
    let start = usize::from(node.text_range().start());
    let line = file.get(..start).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
    let indent = &line[..line.len() - line.trim_start().len()];
    let fits = |line: &str| line.trim().is_empty() || line.starts_with(indent);
    if !text.lines().skip(1).all(fits) {
        return text;
    }
    let mut lines = text.lines();
    let mut out = lines.next().unwrap_or_default().to_string();
    for line in lines {
        out.push('\n');
        out.push_str(line.strip_prefix(indent).unwrap_or(line.trim_start()));
    }
    out
}

/// Whether white space at the start of a line is part of a string.
fn has_raw_lines(node: &SyntaxNode) -> bool {
    node.descendants_with_tokens().filter_map(NodeOrToken::into_token).any(|token| {
        token.kind() == SyntaxKind::TOKEN_STRING_CONTENT
            && token.text().contains('\n')
            && token.parent().and_then(|it| it.first_token()).is_some_and(|first| first.text() == "\"")
    })
}

/// A text with an indentation before each line that has something on it. Lines of strings in plain quotes stay.
pub(super) fn indented(text: &str, indent: &str) -> String {
    let mut out = String::new();
    for (at, line) in text.lines().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        if !line.is_empty() {
            out.push_str(indent);
        }
        out.push_str(line);
    }
    out
}

impl Set {
    /// The set as text.
    pub(super) fn render(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        for entry in &self.entries {
            match entry {
                Entry::Kept { comments, text } => {
                    lines.extend(comments.iter().cloned());
                    lines.push(text.clone());
                }
                Entry::Hole { comments, path, argument } => {
                    lines.extend(comments.iter().cloned());
                    lines.push(if path == argument {
                        format!("inherit {argument};")
                    } else {
                        format!("{path} = {argument};")
                    });
                }
                Entry::Inner { comments, path, function, set } => {
                    lines.extend(comments.iter().cloned());
                    let function = function.as_ref().map(|function| format!("{function} ")).unwrap_or_default();
                    lines.push(format!("{path} = {function}{};", set.render()));
                }
            }
        }
        let body = indented(&joined_inherits(lines).join("\n"), "  ");
        match &self.rest {
            Some(rest) => format!("{{\n{body}\n}} // {rest}"),
            None => format!("{{\n{body}\n}}"),
        }
    }
}

/// Names that are inherited one after the other are inherited at once.
pub(super) fn joined_inherits(lines: Vec<String>) -> Vec<String> {
    let plain = |line: &str| -> Option<String> {
        let names = line.strip_prefix("inherit ")?.strip_suffix(';')?;
        (!names.contains(['(', '\n'])).then(|| names.to_string())
    };
    let mut joined: Vec<String> = Vec::new();
    for line in lines {
        if let Some(names) = plain(&line)
            && let Some(last) = joined.last_mut()
            && let Some(before) = plain(last)
        {
            *last = format!("inherit {before} {names};");
            continue;
        }
        joined.push(line);
    }
    joined
}

/// The comments of a set that stand in none of these ranges.
pub(super) fn comments_outside(set: &SyntaxNode, inside: &[TextRange]) -> Vec<String> {
    let tokens = set.descendants_with_tokens().filter_map(NodeOrToken::into_token);
    let comments = tokens.filter(|token| token.kind() == SyntaxKind::TOKEN_COMMENT);
    let outside = comments.filter(|token| !inside.iter().any(|range| range.contains_range(token.text_range())));
    outside.map(|token| token.text().to_string()).collect()
}
