//! What names mean, for colours: an option is no local name, an input no argument.
//!
//! Keywords, strings, numbers and comments are left to the grammar of the editor.

#[cfg(test)]
mod tests;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::base::{FileId, TextRange};
use crate::db::FileData;
use crate::eval::{Origin, Site};
use crate::hir::{Expr, ExprId, KeyId, Name, VarTarget};
use crate::ide::Analysis;
use crate::module_system::Declared;
use crate::semantics::{Bound, Chain, FileInfo, HostId, Meaning, Role, Root, Segment, is_configuration};
use crate::syntax::{SyntaxKind::*, SyntaxNode, SyntaxToken, WalkEvent};

/// A stretch of text within one line, with what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SemanticToken {
    pub range: TextRange,
    pub kind: TokenKind,
    pub modifiers: Modifiers,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A name in the path of an option.
    Option,
    /// A set that leads to options or functions: `custom` in `custom.enable`, `types` in `lib.types`.
    Namespace,
    /// An input of the flake.
    Input,
    /// A host, where it is defined or selected.
    Host,
    /// A builtin, or something of nixpkgs' `lib`.
    Library,
    /// A function of the repository.
    Function,
    Argument,
    Local,
    Attribute,
    Path,
    /// `${` and `}`
    Interpolation,
}

/// What else is known of a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Modifiers {
    /// The name is bound here, or the option declared.
    pub declaration: bool,
    /// The option is set here.
    pub definition: bool,
    /// A module of the repository, or of an input at hand, declares the option.
    pub declared: bool,
    /// No module declares the option.
    pub undeclared: bool,
}

/// The tokens of a stretch of a file, in the order of the text; none overlaps another one. `undeclared` are
/// the names in it that no module declares, as the rules have found: that takes too long to do it again.
pub fn semantic_tokens(
    analysis: &Analysis,
    file: FileId,
    within: Option<TextRange>,
    undeclared: &[TextRange],
) -> Vec<SemanticToken> {
    let (Ok(data), Some(info)) = (analysis.snapshot().file(file), analysis.info(file)) else { return Vec::new() };
    let root = data.parse().root();
    let within = within.unwrap_or(root.text_range());
    let source_map = &data.lowered().source_map;
    let keys = (0..info.hir.key_count()).map(|key| KeyId(key as u32));
    let painter = Painter {
        analysis,
        file,
        data: &data,
        info: &info,
        current: analysis.is_current(file),
        keys: keys.map(|key| (source_map.key(key).name, key)).collect(),
        hosts: analysis.hosts_reaching(file),
        host_names: host_names(analysis, file),
        undeclared: undeclared.iter().copied().collect(),
    };
    let mut found: Vec<SemanticToken> = Vec::new();
    let mut walk = root.preorder_with_tokens();
    while let Some(event) = walk.next() {
        let WalkEvent::Enter(element) = event else { continue };
        if element.text_range().intersect(within).is_none_or(|common| common.is_empty()) {
            walk.skip_subtree();
        } else if let Some(token) = element.into_token() {
            found.extend(painter.token(&token));
        }
    }
    found
}

/// The places of this file that define hosts.
fn host_names(analysis: &Analysis, file: FileId) -> Vec<Origin> {
    let definitions = analysis.repository().hosts().filter_map(|(_, host)| host.definition);
    let mut places: Vec<Origin> = definitions.filter(|origin| origin.file == file).collect();
    places.sort();
    places.dedup();
    places
}

struct Painter<'a> {
    analysis: &'a Analysis,
    file: FileId,
    data: &'a FileData,
    info: &'a FileInfo,
    /// Whether the facts are about this text.
    current: bool,
    keys: FxHashMap<TextRange, KeyId>,
    /// The hosts that reach the file.
    hosts: Vec<HostId>,
    host_names: Vec<Origin>,
    /// Names that no module declares.
    undeclared: FxHashSet<TextRange>,
}

type Painted = (TokenKind, Modifiers);

const PLAIN: Modifiers = Modifiers { declaration: false, definition: false, declared: false, undeclared: false };

impl Painter<'_> {
    fn token(&self, token: &SyntaxToken) -> Option<SemanticToken> {
        let range = token.text_range();
        let node = token.parent()?;
        let (kind, modifiers) = match token.kind() {
            TOKEN_IDENT => self.name(&node)?,
            TOKEN_PATH_REL | TOKEN_PATH_ABS | TOKEN_PATH_HOME | TOKEN_PATH_SEARCH => (TokenKind::Path, PLAIN),
            TOKEN_INTERPOL_START | TOKEN_INTERPOL_END => (TokenKind::Interpolation, PLAIN),
            // `a."b".c`: the name without its quotes.
            TOKEN_STRING_CONTENT if is_name(&node) && !token.text().contains('\n') => self.name(&node)?,
            _ => return None,
        };
        Some(SemanticToken { range, kind, modifiers })
    }

    fn name(&self, node: &SyntaxNode) -> Option<Painted> {
        let parent = node.parent()?;
        let key = self.keys.get(&node.text_range()).copied();
        match parent.kind() {
            NODE_ATTRPATH => match parent.parent()?.kind() {
                NODE_ATTRPATH_VALUE => self.bound(&parent, node, key?),
                _ => self.selected(node, key?),
            },
            NODE_INHERIT => {
                let variable = self.data.lowered().source_map.expr_with_range(node.text_range());
                variable.and_then(|variable| self.variable(variable, node)).or_else(|| self.inherited(key?))
            }
            NODE_PAT_ENTRY if parent.first_child().is_some_and(|first| first == *node) => Some(self.formal(key?)),
            NODE_PAT_BIND => Some((TokenKind::Argument, Modifiers { declaration: true, ..PLAIN })),
            _ if node.kind() == NODE_IDENT_PARAM => {
                Some((TokenKind::Argument, Modifiers { declaration: true, ..PLAIN }))
            }
            NODE_IDENT_PARAM => Some((TokenKind::Argument, Modifiers { declaration: true, ..PLAIN })),
            _ if node.kind() == NODE_IDENT => {
                self.variable(self.data.lowered().source_map.expr_with_range(node.text_range())?, node)
            }
            _ => None,
        }
    }

    /// A name on the left of `=`.
    fn bound(&self, path: &SyntaxNode, node: &SyntaxNode, key: KeyId) -> Option<Painted> {
        if let Some(found) = self.by_facts(key) {
            return Some(found);
        }
        let is_let = path.parent()?.parent().is_some_and(|set| matches!(set.kind(), NODE_LET_IN | NODE_LEGACY_LET));
        if is_let && path.first_child().is_some_and(|first| first == *node) {
            return Some((self.kind_of_local(key), Modifiers { declaration: true, ..PLAIN }));
        }
        // Before the name of an option stand its namespaces.
        let after = path.children().skip_while(|child| child != node).skip(1);
        let mut options = after.filter_map(|child| self.by_facts(*self.keys.get(&child.text_range())?));
        if options.any(|(kind, _)| kind == TokenKind::Option) {
            return Some((TokenKind::Namespace, self.doubts(key)));
        }
        let kind = if self.is_function(key) { TokenKind::Function } else { TokenKind::Attribute };
        Some((kind, self.doubts(key)))
    }

    /// Whether nobody declares the name that stands here.
    fn doubts(&self, key: KeyId) -> Modifiers {
        let name = self.data.lowered().source_map.key(key).name;
        Modifiers { undeclared: self.undeclared.contains(&name), ..PLAIN }
    }

    /// What the facts say of a name, if they are about this text.
    fn by_facts(&self, key: KeyId) -> Option<Painted> {
        if !self.current {
            return None;
        }
        let origin = Origin { file: self.file, site: Site::Key(key) };
        if self.host_names.binary_search(&origin).is_ok() {
            return Some((TokenKind::Host, Modifiers { declaration: true, ..PLAIN }));
        }
        let roles = self.analysis.roles(origin);
        let declared = match roles.first()? {
            Role::Declaration { .. } => {
                return Some((TokenKind::Option, Modifiers { declaration: true, declared: true, ..PLAIN }));
            }
            Role::Definition { .. } => roles.iter().any(|role| match role {
                Role::Definition { host, definition } => {
                    let facts = self.analysis.host(*host).and_then(|host| host.facts.definitions.get(*definition));
                    facts.is_some_and(|facts| facts.status != Declared::Elsewhere)
                }
                Role::Declaration { .. } => true,
            }),
        };
        Some((TokenKind::Option, Modifiers { definition: true, declared, ..self.doubts(key) }))
    }

    /// A name after a dot.
    fn selected(&self, node: &SyntaxNode, key: KeyId) -> Option<Painted> {
        let attribute = Some((TokenKind::Attribute, PLAIN));
        let Some((select, at)) = self.info.segment(key) else { return attribute };
        let Some(chain) = self.info.selection(select, at + 1) else {
            // Selected from a name of a `with`.
            return self.classified(node).or(attribute);
        };
        if chain.cut {
            return attribute;
        }
        let last = match self.info.hir.expr(select) {
            Expr::Select { path, .. } | Expr::HasAttr { path, .. } => path.len() == at + 1,
            _ => true,
        };
        Some(self.of_chain(&chain, last).unwrap_or((TokenKind::Attribute, PLAIN)))
    }

    /// What a name is that some chain of selections ends with; `last` where nothing follows it.
    fn of_chain(&self, chain: &Chain, last: bool) -> Option<Painted> {
        let path = &chain.path;
        match &chain.root {
            Root::Builtins => Some((TokenKind::Library, PLAIN)),
            Root::Argument { name, .. } if is_configuration(name) && !path.is_empty() => {
                Some(self.read(name, path, last))
            }
            Root::Argument { name, .. } if name == "lib" && !path.is_empty() => {
                let known = crate::semantics::lib_doc(path).is_some();
                let kind = match (known, last) {
                    (true, _) => TokenKind::Library,
                    (false, true) => TokenKind::Attribute,
                    (false, false) => TokenKind::Namespace,
                };
                Some((kind, PLAIN))
            }
            Root::Argument { name, .. } if name == "inputs" && path.len() == 1 => {
                let known = self.analysis.flake(self.file)?.input(path.first()?).is_some();
                known.then_some((TokenKind::Input, PLAIN))
            }
            Root::Argument { name, .. } if name == "self" && path.len() == 2 => {
                let flake = self.analysis.flake(self.file)?;
                let output = path.join(".");
                flake.host(&output).map(|_| (TokenKind::Host, PLAIN))
            }
            Root::Set(set) => {
                let key = self.info.attr_path(*set, path)?;
                self.is_function(key).then_some((TokenKind::Function, PLAIN))
            }
            _ => None,
        }
    }

    /// A name in the path of an option that is read.
    fn read(&self, argument: &Name, path: &[Name], last: bool) -> Painted {
        let hosts = match self.hosts.is_empty() {
            true => self.analysis.hosts_of_flake(self.file),
            false => self.hosts.clone(),
        };
        let hosts = self.analysis.hosts_of_argument(argument, &hosts);
        let segments: Vec<Segment> = path.iter().cloned().map(Segment::Name).collect();
        let namespace = || self.analysis.is_namespace(&hosts, &segments);
        if !self.analysis.options_at(&hosts, &segments).is_empty() {
            return (TokenKind::Option, Modifiers { declared: true, ..PLAIN });
        }
        if !last || namespace() {
            return (TokenKind::Namespace, PLAIN);
        }
        (TokenKind::Option, PLAIN)
    }

    fn variable(&self, variable: ExprId, node: &SyntaxNode) -> Option<Painted> {
        let Expr::Var(var) = self.info.hir.expr(variable) else { return None };
        match var.target {
            VarTarget::Slot { key, .. } => Some((self.kind_of_local(key), PLAIN)),
            // These are words of the language, as far as anybody sees.
            VarTarget::Global if matches!(var.name.as_str(), "true" | "false" | "null") => None,
            VarTarget::Global => Some((TokenKind::Library, PLAIN)),
            VarTarget::With(_) => self.classified(node).or(Some((TokenKind::Attribute, PLAIN))),
            VarTarget::Undefined => None,
        }
    }

    /// `inherit (source) name;`
    fn inherited(&self, key: KeyId) -> Option<Painted> {
        let (kind, modifiers) = self
            .info
            .chain_of_key(key)
            .filter(|chain| !chain.cut)
            .and_then(|chain| self.of_chain(&chain, true))
            .unwrap_or((TokenKind::Local, PLAIN));
        Some((kind, Modifiers { declaration: true, ..modifiers }))
    }

    fn formal(&self, key: KeyId) -> Painted {
        (self.kind_of_local(key), Modifiers { declaration: true, ..PLAIN })
    }

    /// What a name of this file is where it is used.
    fn kind_of_local(&self, key: KeyId) -> TokenKind {
        match self.info.bound(key) {
            Bound::Formal(function) => {
                let name = self.info.hir.key_name(key);
                let is_input = || {
                    let flake = self.analysis.flake(self.file).filter(|flake| flake.file == self.file);
                    name.zip(flake).is_some_and(|(name, flake)| flake.input(name).is_some())
                };
                if self.analysis.is_outputs(self.file, self.info, function) && is_input() {
                    TokenKind::Input
                } else {
                    TokenKind::Argument
                }
            }
            Bound::Argument(_) => TokenKind::Argument,
            _ if self.is_function(key) => TokenKind::Function,
            _ => TokenKind::Local,
        }
    }

    fn is_function(&self, key: KeyId) -> bool {
        let key = self.info.inherited_key(key);
        matches!(self.info.bound(key), Bound::Expr(expr) if matches!(self.info.hir.expr(expr), Expr::Lambda(_)))
    }

    /// What it takes more than the file alone to tell.
    fn classified(&self, node: &SyntaxNode) -> Option<Painted> {
        let key = self.keys.get(&node.text_range()).copied();
        Some(match self.analysis.classify_name(self.file, self.info, node, key)?.meaning {
            Meaning::Builtin { .. } | Meaning::Lib { .. } => (TokenKind::Library, PLAIN),
            Meaning::OptionRead { options, .. } => {
                (TokenKind::Option, Modifiers { declared: !options.is_empty(), ..PLAIN })
            }
            Meaning::Given { .. } | Meaning::Imported { .. } => (TokenKind::Function, PLAIN),
            Meaning::Input { path, .. } if path.is_empty() => (TokenKind::Input, PLAIN),
            Meaning::Local { key } => (self.kind_of_local(key), PLAIN),
            Meaning::Argument { .. } => (TokenKind::Argument, PLAIN),
            _ => (TokenKind::Attribute, PLAIN),
        })
    }
}

/// Whether a string is a name in a path.
fn is_name(string: &SyntaxNode) -> bool {
    let parent = string.parent().map(|parent| parent.kind());
    string.kind() == NODE_STRING && matches!(parent, Some(NODE_ATTRPATH | NODE_INHERIT))
}
