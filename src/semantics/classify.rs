//! What stands under the cursor.

use super::place::segments;
use super::scope::withs;
use super::{Bound, Chain, FileInfo, HostId, Kind, OptionRef, Role, Root, Segment, Semantics, is_configuration};
use super::{attr_name, enclosing_place};
use crate::base::{FileId, TextRange, TextSize};
use crate::eval::{Origin, Site};
use crate::hir::{Expr, ExprId, KeyId, Name, VarTarget};
use crate::syntax::ast::{self, AstNode};
use crate::syntax::string_value::{plain_path, plain_string};
use crate::syntax::{SyntaxKind::*, SyntaxNode, SyntaxToken};

/// What something in the text means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A name bound in this file: by `let`, in a set, as an argument. `key` is where.
    Local { key: KeyId },
    /// A definition of an option, of something inside of its value, or a part of the path to one.
    OptionSet { path: Vec<Name>, options: Vec<OptionRef>, hosts: Vec<HostId> },
    /// A declaration of an option, or a part of the path to one.
    OptionDeclaration { path: Vec<Name>, options: Vec<OptionRef>, hosts: Vec<HostId> },
    /// A value of a configuration that is read. `options` may hold the option that it is inside of.
    OptionRead { argument: Name, path: Vec<Name>, options: Vec<OptionRef>, hosts: Vec<HostId> },
    /// An input of the flake, with what is selected from it.
    Input { name: Name, path: Vec<Name> },
    /// An output of the flake, by way of `self`.
    Output { path: Vec<Name> },
    /// A path literal; `target` is the file that it leads to.
    Path { text: String, target: Option<FileId> },
    /// An attribute of the result of another file.
    Imported { file: FileId, path: Vec<Name> },
    /// An argument of a module or another function that takes a set. `key` is its formal, where there is one.
    Argument { name: Name, key: Option<KeyId> },
    /// An attribute of an argument of modules that is written in a file at hand: `lib.custom.mkX`. The
    /// path begins with the argument.
    Given { path: Vec<Name> },
    /// A builtin.
    Builtin { name: Name },
    /// Something of nixpkgs' `lib`.
    Lib { path: Vec<Name> },
}

/// A place of the text with its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classified {
    pub range: TextRange,
    pub meaning: Meaning,
}

impl Semantics {
    /// What stands at an offset of a file.
    pub fn classify(&self, file: FileId, offset: TextSize) -> Option<Classified> {
        let data = self.snapshot().file(file).ok()?;
        let root = data.parse().root();
        let token = token_at(&root, offset)?;
        let mut node = token.parent()?;
        if node.kind() == NODE_STRING {
            let range = node.text_range();
            // A quoted name of a path is a name; any other string may name an input.
            if !matches!(node.parent()?.kind(), NODE_ATTRPATH | NODE_INHERIT) {
                let meaning = self.string(file, &ast::Str::cast(node)?)?;
                return Some(Classified { range, meaning });
            }
        }
        if let Some(path) = ast::Path::cast(node.clone()) {
            let text = plain_path(&path)?;
            let target = self.path_target(file, &text);
            return Some(Classified { range: node.text_range(), meaning: Meaning::Path { text, target } });
        }
        if node.kind() == NODE_DYNAMIC {
            node = node.parent()?;
        }
        if !matches!(node.kind(), NODE_IDENT | NODE_STRING | NODE_IDENT_PARAM) {
            return None;
        }
        let key = data.lowered().source_map.key_at(node.text_range().start());
        self.classify_name(file, &*self.info(file)?, &node, key)
    }

    /// What a name means: a node of the tree of a file, with the key that stands there. For those who go
    /// over many names and know the keys of all of them.
    pub fn classify_name(
        &self,
        file: FileId,
        info: &FileInfo,
        node: &SyntaxNode,
        key: Option<KeyId>,
    ) -> Option<Classified> {
        let range = node.text_range();
        let lowered = self.snapshot().file(file).ok()?.lowered().clone();
        let source_map = &lowered.source_map;
        let cursor = Cursor { semantics: self, file, info, key };
        let parent = node.parent()?;
        let meaning = match parent.kind() {
            NODE_ATTRPATH => cursor.segment(node, &ast::Attrpath::cast(parent)?),
            NODE_INHERIT => cursor.inherited(source_map.expr_with_range(range)),
            // The default of an argument is an expression.
            NODE_PAT_ENTRY if parent.first_child().is_some_and(|first| first != *node) => {
                cursor.variable(source_map.expr_with_range(range)?, node)
            }
            NODE_PAT_ENTRY | NODE_PAT_BIND | NODE_PATTERN => cursor.argument(cursor.key?),
            NODE_IDENT_PARAM => Some(Meaning::Local { key: cursor.key? }),
            _ if node.kind() == NODE_IDENT_PARAM => Some(Meaning::Local { key: cursor.key? }),
            _ if node.kind() == NODE_IDENT => cursor.variable(source_map.expr_with_range(range)?, node),
            _ => None,
        }?;
        Some(Classified { range, meaning })
    }

    /// What a string names: an input, in `follows`.
    fn string(&self, file: FileId, string: &ast::Str) -> Option<Meaning> {
        let flake = self.flake(file).filter(|flake| flake.file == file)?;
        let binding = ast::AttrpathValue::cast(string.syntax().parent()?)?;
        let last = attr_name(&binding.attrpath()?.attrs().last()?)?;
        let text = plain_string(string)?;
        let mut path = text.split('/').map(Name::new);
        let name = path.next()?;
        (last == "follows" && flake.input(&name).is_some()).then(|| Meaning::Input { name, path: path.collect() })
    }

    /// The names of `path`, computed ones as `*`.
    fn names(path: &[Segment]) -> Vec<Name> {
        path.iter().map(|segment| segment.name().cloned().unwrap_or(Name::new_static("*"))).collect()
    }

    /// Whether a function of a file is the `outputs` of a flake.
    pub fn is_outputs(&self, file: FileId, info: &FileInfo, function: ExprId) -> bool {
        self.path(file).ends_with("/flake.nix")
            && info
                .hir
                .root()
                .and_then(|root| info.attr(root, "outputs"))
                .is_some_and(|key| info.bound(key) == Bound::Expr(function))
    }

    /// Whether a function is a module that a host calls: the file itself, or one written in a list of modules.
    pub fn is_module_function(&self, file: FileId, info: &FileInfo, function: ExprId) -> bool {
        let mut root = info.hir.root();
        while let Some(expr) = root {
            if expr == function {
                return !self.modules(file).is_empty();
            }
            root = match info.hir.expr(expr) {
                Expr::Lambda(lambda) => Some(lambda.body),
                Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body, .. } => Some(*body),
                _ => None,
            };
        }
        let inline = Origin { file, site: Site::Expr(function) };
        self.modules(file).iter().any(|module| module.inline == Some(inline))
    }

    /// What an expression that was followed to its root means.
    pub fn meaning_of_chain(&self, file: FileId, info: &FileInfo, chain: Chain, at: TextSize) -> Option<Meaning> {
        let Chain { root, mut path, cut } = chain;
        if cut {
            return None;
        }
        match root {
            Root::Builtins => Some(Meaning::Builtin { name: path.first().cloned()? }),
            Root::Set(set) => Some(Meaning::Local { key: info.attr_path(set, &path)? }),
            Root::Import(text) if path.is_empty() => {
                Some(Meaning::Path { target: self.path_target(file, &text), text: text.to_string() })
            }
            Root::Import(text) => Some(Meaning::Imported { file: self.path_target(file, &text)?, path }),
            Root::Argument { ref name, .. } if is_configuration(name) && !path.is_empty() => {
                let found = self.configuration(file, info, Some(&root), &path, at)?;
                let path = path.split_off(found.skip);
                let segments: Vec<Segment> = path.iter().cloned().map(Segment::Name).collect();
                let options = self.options_around(&found.hosts, &segments);
                Some(Meaning::OptionRead { argument: name.clone(), path, options, hosts: found.hosts })
            }
            Root::Argument { name, function } => {
                let outputs = self.is_outputs(file, info, function);
                if name == "inputs" && path.first().is_some_and(|first| self.is_input(file, first)) {
                    let name = path.remove(0);
                    return Some(Meaning::Input { name, path });
                }
                if name == "self" && !path.is_empty() {
                    if path.len() > 1 && path.first().is_some_and(|first| first == "inputs") {
                        let name = path.remove(1);
                        path.remove(0);
                        return Some(Meaning::Input { name, path });
                    }
                    return Some(Meaning::Output { path });
                }
                if outputs && self.is_input(file, &name) {
                    if path.first().is_some_and(|first| first == "lib") && path.len() > 1 && name.starts_with("nixpkgs")
                    {
                        return Some(Meaning::Lib { path: path.split_off(1) });
                    }
                    return Some(Meaning::Input { name, path });
                }
                let full: Vec<Name> = std::iter::once(&name).chain(&path).cloned().collect();
                if !path.is_empty() && !self.given(file, at, &full).is_empty() {
                    return Some(Meaning::Given { path: full });
                }
                if name == "lib" && !path.is_empty() {
                    return Some(Meaning::Lib { path });
                }
                let key = self.formal(info, function, &name);
                path.is_empty().then_some(Meaning::Argument { name, key })
            }
        }
    }

    fn formal(&self, info: &FileInfo, function: ExprId, name: &str) -> Option<KeyId> {
        match info.hir.expr(function) {
            Expr::Lambda(lambda) => match &lambda.param {
                crate::hir::Param::Pattern { formals, .. } => {
                    formals.iter().find(|formal| formal.name == name).map(|formal| formal.key)
                }
                crate::hir::Param::Ident { .. } => None,
            },
            _ => None,
        }
    }

    fn is_input(&self, file: FileId, name: &str) -> bool {
        self.flake(file).is_some_and(|flake| flake.input(name).is_some())
    }
}

/// The token that the cursor means: of two, the one that is a name.
fn token_at(root: &SyntaxNode, offset: TextSize) -> Option<SyntaxToken> {
    let rank = |token: &SyntaxToken| match token.kind() {
        TOKEN_IDENT => 3,
        TOKEN_STRING_CONTENT | TOKEN_STRING_START | TOKEN_STRING_END | TOKEN_OR => 2,
        kind if kind.is_trivia() => 0,
        _ => 1,
    };
    let at = root.token_at_offset(offset);
    at.max_by_key(|token| (rank(token), token.text_range().start()))
}

/// The cursor on a name.
struct Cursor<'a> {
    semantics: &'a Semantics,
    file: FileId,
    info: &'a FileInfo,
    key: Option<KeyId>,
}

impl Cursor<'_> {
    /// A segment of an attribute path.
    fn segment(&self, node: &SyntaxNode, path: &ast::Attrpath) -> Option<Meaning> {
        let holder = path.syntax().parent()?;
        let index =
            path.attrs().position(|attr| attr.syntax() == node || attr.syntax().text_range() == node.text_range());
        let index = index?;
        if holder.kind() == NODE_ATTRPATH_VALUE {
            let names: Vec<Segment> = segments(path).into_iter().take(index + 1).collect();
            return self.binding(&holder, names);
        }
        if let Some(meaning) = self.of_other_host(node.text_range().start()) {
            return Some(meaning);
        }
        let (expr, at) = self.info.segment(self.key?)?;
        let Some(mut chain) = self.info.selection(expr, at) else { return self.selected_from_with(expr, at, node) };
        let name = self.info.hir.key_name(self.key?)?.clone();
        let start = node.text_range().start();
        match chain.root {
            // The name is wanted, not what it is bound to.
            Root::Set(set) if chain.path.is_empty() => {
                return self.info.attr(set, &name).map(|key| Meaning::Local { key });
            }
            _ => chain = self.info.selection(expr, at + 1)?,
        }
        self.semantics.meaning_of_chain(self.file, self.info, chain, start)
    }

    /// An option that is read of another host's configuration.
    fn of_other_host(&self, at: TextSize) -> Option<Meaning> {
        let key = self.key?;
        let read = self.info.elsewhere().iter().find(|read| read.keys.contains(&key))?;
        let index = read.keys.iter().position(|it| *it == key)?;
        let length = read.path.len().checked_sub(read.keys.len())? + index + 1;
        let path = read.path.get(..length)?;
        let found = self.semantics.configuration(self.file, self.info, read.root.as_ref(), path, at)?;
        let path = path.get(found.skip..)?.to_vec();
        let segments: Vec<Segment> = path.iter().cloned().map(Segment::Name).collect();
        let options = self.semantics.options_around(&found.hosts, &segments);
        let known = !options.is_empty() || self.semantics.is_namespace(&found.hosts, &segments);
        let argument = Name::new_static("config");
        known.then_some(Meaning::OptionRead { argument, path, options, hosts: found.hosts })
    }

    /// `types.bool` or `custom.mkX` under `with lib;`
    fn selected_from_with(&self, select: ExprId, at: usize, node: &SyntaxNode) -> Option<Meaning> {
        let Expr::Select { base, path, .. } = self.info.hir.expr(select) else { return None };
        let Expr::Var(var) = self.info.hir.expr(*base) else { return None };
        let lowered = self.semantics.snapshot().file(self.file).ok()?.lowered().clone();
        let source_map = &lowered.source_map;
        let selected: Vec<Name> = path.iter().take(at + 1).map(|key| key.name().cloned()).collect::<Option<_>>()?;
        withs(node).iter().find_map(|namespace| {
            let namespace = source_map.expr_with_range(namespace.syntax().text_range())?;
            let Chain { root: Root::Argument { name, .. }, path: mut full, .. } = self.info.chain(namespace)? else {
                return None;
            };
            full.push(var.name.clone());
            full.extend(selected.iter().cloned());
            if is_configuration(&name) {
                let chain = Chain { path: full, ..self.info.chain(namespace)? };
                let start = node.text_range().start();
                let read = self.semantics.meaning_of_chain(self.file, self.info, chain, start);
                return read.filter(|it| matches!(it, Meaning::OptionRead { options, .. } if !options.is_empty()));
            }
            let given: Vec<Name> = std::iter::once(&name).chain(&full).cloned().collect();
            if !self.semantics.given(self.file, node.text_range().start(), &given).is_empty() {
                return Some(Meaning::Given { path: given });
            }
            (name == "lib" && super::lib_doc(&full).is_some()).then_some(Meaning::Lib { path: full })
        })
    }

    /// A name on the left of `=`.
    fn binding(&self, binding: &SyntaxNode, names: Vec<Segment>) -> Option<Meaning> {
        let set = binding.parent()?;
        let local = self.key.map(|key| Meaning::Local { key });
        if set.kind() == NODE_LET_IN || set.kind() == NODE_LEGACY_LET {
            return local;
        }
        if let Some(meaning) = self.by_facts().or_else(|| self.input(&set, &names)) {
            return Some(meaning);
        }
        let Some(place) = enclosing_place(&set, names) else { return local };
        let start = binding.text_range().start();
        let (hosts, path) = self.semantics.hosts_at(self.file, start, &place);
        if path.is_empty() {
            return local;
        }
        let options = self.semantics.options_around(&hosts, &path);
        let known = !options.is_empty() || self.semantics.is_namespace(&hosts, &path);
        let path = Semantics::names(&path);
        match place.kind {
            Kind::Declare if known => Some(Meaning::OptionDeclaration { path, options, hosts }),
            Kind::Set if known => Some(Meaning::OptionSet { path, options, hosts }),
            _ => local,
        }
    }

    /// What the facts say of the name, if they are about this text.
    fn by_facts(&self) -> Option<Meaning> {
        let origin = Origin { file: self.file, site: Site::Key(self.key?) };
        if !self.semantics.is_current(self.file) {
            return None;
        }
        let roles = self.semantics.roles(origin);
        let mut hosts: Vec<HostId> = Vec::new();
        let mut options: Vec<OptionRef> = Vec::new();
        let mut path: Option<Vec<Name>> = None;
        let declares = matches!(roles.first()?, Role::Declaration { .. });
        for role in roles {
            match role {
                Role::Declaration { host, option } if declares => {
                    let option = OptionRef { host: *host, option: *option };
                    path = path.or_else(|| self.semantics.option(option).map(|facts| facts.path.clone()));
                    options.push(option);
                    hosts.push(*host);
                }
                Role::Definition { host, definition } if !declares => {
                    let facts = &self.semantics.host(*host)?.facts;
                    let definition = facts.definitions.get(*definition)?;
                    path = path.or_else(|| Some(definition.path.clone()));
                    if let crate::module_system::Declared::Option(option) = definition.status {
                        options.push(OptionRef { host: *host, option });
                    }
                    hosts.push(*host);
                }
                _ => {}
            }
        }
        hosts.dedup();
        let path = path?;
        Some(match declares {
            true => Meaning::OptionDeclaration { path, options, hosts },
            false => Meaning::OptionSet { path, options, hosts },
        })
    }

    /// The name of an input where it is declared.
    fn input(&self, set: &SyntaxNode, names: &[Segment]) -> Option<Meaning> {
        self.semantics.flake(self.file).filter(|flake| flake.file == self.file)?;
        let mut path = names.to_vec();
        let mut set = set.clone();
        while let Some(binding) = set.parent().and_then(ast::AttrpathValue::cast) {
            let mut outer = segments(&binding.attrpath()?);
            outer.append(&mut path);
            path = outer;
            set = binding.syntax().parent()?;
        }
        let names: Vec<Name> = path.iter().map(|segment| segment.name().cloned()).collect::<Option<_>>()?;
        match names.as_slice() {
            [inputs, name] if inputs == "inputs" => Some(Meaning::Input { name: name.clone(), path: Vec::new() }),
            [inputs, name, inner, of] if inputs == "inputs" && inner == "inputs" => {
                Some(Meaning::Input { name: name.clone(), path: vec![of.clone()] })
            }
            _ => None,
        }
    }

    /// A name after `inherit`.
    fn inherited(&self, variable: Option<ExprId>) -> Option<Meaning> {
        if let Some(variable) = variable
            && let Some(meaning) = self.slot(variable)
        {
            return Some(meaning);
        }
        let key = self.key?;
        if let Bound::InheritFrom(_) = self.info.bound(key) {
            let lowered = self.semantics.snapshot().file(self.file).ok()?.lowered().clone();
            if let Some(meaning) = self.of_other_host(lowered.source_map.key(key).name.start()) {
                return Some(meaning);
            }
        }
        let start = self.semantics.snapshot().file(self.file).ok()?.lowered().source_map.key(key).name.start();
        if let Bound::InheritFrom(source) = self.info.bound(key)
            && let Some(chain) = self.info.chain(source)
            && let Root::Set(set) = chain.root
            && chain.path.is_empty()
        {
            let name = self.info.hir.key_name(key)?;
            return self.info.attr(set, name).map(|key| Meaning::Local { key });
        }
        let chain = self.info.chain_of_key(key)?;
        self.semantics.meaning_of_chain(self.file, self.info, chain, start)
    }

    /// A variable that a scope of the file has.
    fn slot(&self, variable: ExprId) -> Option<Meaning> {
        let Expr::Var(var) = self.info.hir.expr(variable) else { return None };
        match var.target {
            VarTarget::Slot { key, .. } => self.argument(key),
            VarTarget::Global => Some(Meaning::Builtin { name: Name::new(var.name.trim_start_matches("__")) }),
            _ => None,
        }
    }

    /// A bound name that may be an argument.
    fn argument(&self, key: KeyId) -> Option<Meaning> {
        if let Bound::Formal(function) = self.info.bound(key) {
            let name = self.info.hir.key_name(key)?.clone();
            if self.semantics.is_outputs(self.file, self.info, function) && self.semantics.is_input(self.file, &name) {
                return Some(Meaning::Input { name, path: Vec::new() });
            }
            return Some(Meaning::Argument { name, key: Some(key) });
        }
        Some(Meaning::Local { key })
    }

    fn variable(&self, variable: ExprId, node: &SyntaxNode) -> Option<Meaning> {
        if let Some(meaning) = self.slot(variable) {
            return Some(meaning);
        }
        let Expr::Var(var) = self.info.hir.expr(variable) else { return None };
        // Of the `with`s around it: the innermost one that is known to have the name.
        let lowered = self.semantics.snapshot().file(self.file).ok()?.lowered().clone();
        let source_map = &lowered.source_map;
        for namespace in withs(node) {
            let Some(chain) = source_map
                .expr_with_range(namespace.syntax().text_range())
                .and_then(|namespace| self.info.chain(namespace))
            else {
                continue;
            };
            if let Root::Set(set) = chain.root
                && chain.path.is_empty()
            {
                match self.info.attr(set, &var.name) {
                    Some(key) => return Some(Meaning::Local { key }),
                    None => continue,
                }
            }
            let mut path = chain.path.clone();
            path.push(var.name.clone());
            let chain = Chain { path, ..chain };
            let start = node.text_range().start();
            match self.semantics.meaning_of_chain(self.file, self.info, chain, start) {
                Some(Meaning::OptionRead { options, .. }) if options.is_empty() => continue,
                Some(Meaning::Lib { path }) if super::lib_doc(&path).is_none() => continue,
                Some(meaning) => return Some(meaning),
                None => continue,
            }
        }
        None
    }
}
