//! From the syntax tree to [`File`] and [`SourceMap`].
//!
//! Two things happen on the way that the evaluator must not have to repeat:
//! nested attribute paths are merged into nested sets as Nix's parser does
//! (`ParserState::addAttr`), and every variable is resolved to the frame and
//! slot that will hold it (`Expr::bindVars`).

use rustc_hash::FxHashMap;

use super::{
    Attr, AttrValue, AttrsExpr, BinaryOp, BindingSource, DynamicAttr, Expr, ExprId, File, Formal, GLOBAL_NAMES, Key,
    KeyId, LambdaExpr, Name, Param, PathAnchor, SourceMap, StrPart, UnaryOp, Var, VarTarget,
};
use crate::base::TextRange;
use crate::syntax::Parse;
use crate::syntax::ast::{self, AstNode, AstToken, HasEntry};
use crate::syntax::string_value::{Part, path_parts, string_parts};

/// Both halves of a lowered file, with what lowering found wrong.
#[derive(Clone, Debug, Default)]
pub struct Lowered {
    pub file: File,
    pub source_map: SourceMap,
    pub errors: Vec<LowerError>,
}

/// Something that parses, but that Nix refuses before it evaluates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LowerError {
    pub range: TextRange,
    pub kind: LowerErrorKind,
}

/// What is wrong, see [`LowerError`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LowerErrorKind {
    /// An attribute is defined twice; `first` is where it was defined before.
    DuplicateAttribute { name: Name, first: TextRange },
    /// A formal argument has the name of another one.
    DuplicateFormal { name: Name, first: TextRange },
    /// An integer literal does not fit 64 bits.
    IntegerTooLarge,
    /// `let` and `inherit` take no computed names.
    DynamicNotAllowed,
    /// A variable that no scope has.
    UndefinedName { name: Name },
}

/// Lowers a file. Never fails: what does not parse becomes [`Expr::Missing`].
pub fn lower(parse: &Parse) -> Lowered {
    let mut lowerer = Lowerer::default();
    let root = parse.tree().expr();
    if root.is_some() {
        let id = lowerer.expr(root);
        lowerer.out.file.root = Some(id);
    }
    lowerer.out
}

#[derive(Default)]
struct Lowerer {
    out: Lowered,
    scopes: Vec<Scope>,
}

/// What a frame offers to the expressions in it.
enum Scope {
    Names(FxHashMap<Name, (u32, KeyId)>),
    With,
}

/// An attribute set while its paths are merged, before its values are lowered.
struct SetBuilder {
    range: TextRange,
    recursive: bool,
    attrs: Vec<(Name, Vec<KeyId>, Pending)>,
    index: FxHashMap<Name, usize>,
    dynamics: Vec<(ast::Expr, Pending)>,
    sources: Vec<ast::Expr>,
}

/// The value of an attribute that is not lowered yet.
enum Pending {
    Expr(Option<ast::Expr>),
    Set(SetBuilder),
    Inherit(TextRange),
    InheritFrom(u32),
}

/// A segment of an attribute path on the left of `=`.
enum Segment {
    Static(Name, TextRange),
    Dynamic(ast::Expr),
}

impl SetBuilder {
    fn new(range: TextRange, recursive: bool) -> SetBuilder {
        SetBuilder {
            range,
            recursive,
            attrs: Vec::new(),
            index: FxHashMap::default(),
            dynamics: Vec::new(),
            sources: Vec::new(),
        }
    }

    fn add(&mut self, name: Name, key: KeyId, value: Pending) -> usize {
        let at = self.attrs.len();
        self.index.insert(name.clone(), at);
        self.attrs.push((name, vec![key], value));
        at
    }
}

impl Lowerer {
    fn alloc(&mut self, expr: Expr, range: TextRange) -> ExprId {
        let id = ExprId(self.out.file.exprs.len() as u32);
        self.out.file.exprs.push(expr);
        self.out.source_map.exprs.push(range);
        id
    }

    fn key(&mut self, name: Name, at: TextRange, whole: TextRange) -> KeyId {
        let id = KeyId(self.out.file.key_names.len() as u32);
        self.out.file.key_names.push(name);
        self.out.source_map.keys.push(BindingSource { name: at, whole });
        id
    }

    fn error(&mut self, range: TextRange, kind: LowerErrorKind) {
        self.out.errors.push(LowerError { range, kind });
    }

    fn expr(&mut self, expr: Option<ast::Expr>) -> ExprId {
        let Some(expr) = expr else {
            return self.alloc(Expr::Missing, TextRange::default());
        };
        let range = expr.syntax().text_range();
        // Parentheses group and nothing else; both ranges lead to the same expression.
        if let ast::Expr::Paren(paren) = &expr {
            let inner = self.expr(paren.expr());
            self.out.source_map.by_range.insert(range, inner);
            return inner;
        }
        if let ast::Expr::Root(root) = &expr {
            return self.expr(root.expr());
        }
        let lowered = self.expr_kind(expr, range);
        let id = self.alloc(lowered, range);
        self.out.source_map.by_range.insert(range, id);
        id
    }

    fn expr_kind(&mut self, expr: ast::Expr, range: TextRange) -> Expr {
        match expr {
            ast::Expr::Paren(_) | ast::Expr::Root(_) | ast::Expr::Error(_) => Expr::Missing,
            ast::Expr::Literal(literal) => self.literal(&literal, range),
            ast::Expr::Str(string) => Expr::Str(self.str_parts(string_parts(&string))),
            ast::Expr::PathAbs(path) => self.path(PathAnchor::Absolute, ast::Path::PathAbs(path)),
            ast::Expr::PathRel(path) => self.path(PathAnchor::Relative, ast::Path::PathRel(path)),
            ast::Expr::PathHome(path) => self.path(PathAnchor::Home, ast::Path::PathHome(path)),
            ast::Expr::PathSearch(path) => {
                let text = path.syntax().text().to_string();
                Expr::SearchPath(Name::new(text.trim_matches(['<', '>'])))
            }
            ast::Expr::CurPos(_) => Expr::CurPos,
            ast::Expr::Ident(ident) => {
                let name = Name::new(ident.syntax().text().to_string());
                Expr::Var(self.resolve(name, 0, range))
            }
            ast::Expr::Lambda(lambda) => self.lambda(&lambda),
            ast::Expr::Apply(apply) => {
                let function = self.expr(apply.lambda());
                let argument = self.expr(apply.argument());
                Expr::Apply { function, argument }
            }
            ast::Expr::Select(select) => {
                let base = self.expr(select.expr());
                let path = self.attr_path(select.attrpath());
                let default = select.default_expr().map(|default| self.expr(Some(default)));
                Expr::Select { base, path, default }
            }
            ast::Expr::HasAttr(has) => {
                let base = self.expr(has.expr());
                let path = self.attr_path(has.attrpath());
                Expr::HasAttr { base, path }
            }
            ast::Expr::AttrSet(set) => {
                let mut builder = SetBuilder::new(range, set.rec_token().is_some());
                self.collect(&mut builder, &set, true);
                self.set(builder)
            }
            ast::Expr::LetIn(let_in) => {
                let mut builder = SetBuilder::new(range, true);
                self.collect(&mut builder, &let_in, false);
                self.push_names(&builder);
                let bindings = Box::new(self.set_in_scope(builder));
                let body = self.expr(let_in.body());
                self.scopes.pop();
                Expr::Let { bindings, body }
            }
            ast::Expr::LegacyLet(legacy) => {
                let mut builder = SetBuilder::new(range, true);
                self.collect(&mut builder, &legacy, true);
                let set = self.set(builder);
                let base = self.alloc(set, range);
                let name = Name::new_static("body");
                let key = self.key(name.clone(), range, range);
                Expr::Select { base, path: Box::new([Key::Static { name, key }]), default: None }
            }
            ast::Expr::With(with) => {
                let namespace = self.expr(with.namespace());
                self.scopes.push(Scope::With);
                let body = self.expr(with.body());
                self.scopes.pop();
                Expr::With { namespace, body }
            }
            ast::Expr::IfElse(branch) => {
                let condition = self.expr(branch.condition());
                let then_branch = self.expr(branch.body());
                let else_branch = self.expr(branch.else_body());
                Expr::If { condition, then_branch, else_branch }
            }
            ast::Expr::Assert(assert) => {
                let condition = self.expr(assert.condition());
                let body = self.expr(assert.body());
                Expr::Assert { condition, body }
            }
            ast::Expr::List(list) => Expr::List(list.items().map(|item| self.expr(Some(item))).collect()),
            ast::Expr::UnaryOp(unary) => {
                let operand = self.expr(unary.expr());
                match unary.operator() {
                    Some(ast::UnaryOpKind::Invert) => Expr::Unary { op: UnaryOp::Not, operand },
                    Some(ast::UnaryOpKind::Negate) => Expr::Unary { op: UnaryOp::Negate, operand },
                    None => Expr::Missing,
                }
            }
            ast::Expr::BinOp(binary) => self.binary(&binary),
        }
    }

    fn binary(&mut self, binary: &ast::BinOp) -> Expr {
        use ast::BinOpKind;
        let lhs = self.expr(binary.lhs());
        let rhs = self.expr(binary.rhs());
        let Some(operator) = binary.operator() else { return Expr::Missing };
        let op = match operator {
            BinOpKind::PipeRight => return Expr::Apply { function: rhs, argument: lhs },
            BinOpKind::PipeLeft => return Expr::Apply { function: lhs, argument: rhs },
            BinOpKind::Concat => BinaryOp::Concat,
            BinOpKind::Update => BinaryOp::Update,
            BinOpKind::Add => BinaryOp::Add,
            BinOpKind::Sub => BinaryOp::Sub,
            BinOpKind::Mul => BinaryOp::Mul,
            BinOpKind::Div => BinaryOp::Div,
            BinOpKind::And => BinaryOp::And,
            BinOpKind::Or => BinaryOp::Or,
            BinOpKind::Implication => BinaryOp::Implication,
            BinOpKind::Equal => BinaryOp::Equal,
            BinOpKind::NotEqual => BinaryOp::NotEqual,
            BinOpKind::Less => BinaryOp::Less,
            BinOpKind::LessOrEq => BinaryOp::LessOrEqual,
            BinOpKind::More => BinaryOp::Greater,
            BinOpKind::MoreOrEq => BinaryOp::GreaterOrEqual,
        };
        Expr::Binary { op, lhs, rhs }
    }

    fn literal(&mut self, literal: &ast::Literal, range: TextRange) -> Expr {
        match literal.kind() {
            ast::LiteralKind::Integer(token) => match token.syntax().text().parse() {
                Ok(value) => Expr::Int(value),
                Err(_) => {
                    self.error(range, LowerErrorKind::IntegerTooLarge);
                    Expr::Missing
                }
            },
            ast::LiteralKind::Float(token) => token.syntax().text().parse().map_or(Expr::Missing, Expr::Float),
            ast::LiteralKind::Uri(token) => Expr::Str(Box::new([StrPart::Literal(Name::new(token.syntax().text()))])),
        }
    }

    fn path(&mut self, anchor: PathAnchor, path: ast::Path) -> Expr {
        Expr::Path { anchor, parts: self.str_parts(path_parts(&path)) }
    }

    fn str_parts(&mut self, parts: Vec<Part>) -> Box<[StrPart]> {
        let lowered = parts.into_iter().map(|part| match part {
            Part::Literal(text) => StrPart::Literal(Name::from(text)),
            Part::Interpolation(interpol) => StrPart::Interpolation(self.expr(interpol.expr())),
        });
        lowered.collect()
    }

    fn lambda(&mut self, lambda: &ast::Lambda) -> Expr {
        let mut names = FxHashMap::default();
        let param = match lambda.param() {
            None => {
                let body = self.expr(lambda.body());
                let name = Name::new_static("");
                let key = self.key(name.clone(), TextRange::default(), TextRange::default());
                return Expr::Lambda(Box::new(LambdaExpr { param: Param::Ident { name, key }, body }));
            }
            Some(ast::Param::IdentParam(ident)) => {
                let range = ident.syntax().text_range();
                let name = Name::new(ident.syntax().text().to_string());
                let key = self.key(name.clone(), range, range);
                names.insert(name.clone(), (0, key));
                self.scopes.push(Scope::Names(names));
                Param::Ident { name, key }
            }
            Some(ast::Param::Pattern(pattern)) => self.pattern(&pattern, names),
        };
        let body = self.expr(lambda.body());
        self.scopes.pop();
        Expr::Lambda(Box::new(LambdaExpr { param, body }))
    }

    /// Lowers a pattern and pushes its scope.
    fn pattern(&mut self, pattern: &ast::Pattern, mut names: FxHashMap<Name, (u32, KeyId)>) -> Param {
        let mut formals: Vec<(Formal, Option<ast::Expr>)> = Vec::new();
        for entry in pattern.pat_entries() {
            let Some(ident) = entry.ident() else { continue };
            let at = ident.syntax().text_range();
            let name = Name::new(ident.syntax().text().to_string());
            let key = self.key(name.clone(), at, entry.syntax().text_range());
            if let Some((_, first)) = names.get(&name) {
                let first = self.out.source_map.key(*first).name;
                self.error(at, LowerErrorKind::DuplicateFormal { name, first });
                continue;
            }
            names.insert(name.clone(), (formals.len() as u32, key));
            formals.push((Formal { name, key, default: None }, entry.default()));
        }
        let bind = pattern.pat_bind().and_then(|bind| bind.ident()).map(|ident| {
            let at = ident.syntax().text_range();
            let name = Name::new(ident.syntax().text().to_string());
            let key = self.key(name.clone(), at, at);
            if let Some((_, first)) = names.get(&name) {
                let first = self.out.source_map.key(*first).name;
                self.error(at, LowerErrorKind::DuplicateFormal { name: name.clone(), first });
            }
            names.insert(name.clone(), (formals.len() as u32, key));
            (name, key)
        });
        self.scopes.push(Scope::Names(names));
        let formals = formals.into_iter().map(|(mut formal, default)| {
            formal.default = default.map(|default| self.expr(Some(default)));
            formal
        });
        let formals = formals.collect();
        Param::Pattern { formals, ellipsis: pattern.ellipsis_token().is_some(), bind }
    }

    fn attr_path(&mut self, path: Option<ast::Attrpath>) -> Box<[Key]> {
        let Some(path) = path else { return Box::new([]) };
        let mut keys = Vec::new();
        for attr in path.attrs() {
            keys.push(match segment(&attr) {
                Segment::Static(name, at) => Key::Static { key: self.key(name.clone(), at, at), name },
                Segment::Dynamic(expr) => Key::Dynamic(self.expr(Some(expr))),
            });
        }
        // `x.` while someone types: the missing segment keeps its place, so that what is there is not taken for `x`.
        if keys.is_empty() {
            let at = path.syntax().text_range();
            let name = Name::new_static("");
            keys.push(Key::Static { key: self.key(name.clone(), at, at), name });
        }
        keys.into()
    }

    fn collect(&mut self, into: &mut SetBuilder, from: &impl HasEntry, dynamic_allowed: bool) {
        for entry in from.entries() {
            match entry {
                ast::Entry::Inherit(inherit) => self.inherit(into, &inherit),
                ast::Entry::AttrpathValue(binding) => {
                    let whole = binding.syntax().text_range();
                    let Some(path) = binding.attrpath() else { continue };
                    let segments: Vec<Segment> = path.attrs().map(|attr| segment(&attr)).collect();
                    if let (false, Some(Segment::Dynamic(expr))) = (dynamic_allowed, segments.first()) {
                        self.error(expr.syntax().text_range(), LowerErrorKind::DynamicNotAllowed);
                        continue;
                    }
                    self.insert(into, &segments, whole, binding.value());
                }
            }
        }
    }

    fn inherit(&mut self, into: &mut SetBuilder, inherit: &ast::Inherit) {
        let source = inherit.from().and_then(|from| from.expr()).map(|source| {
            into.sources.push(source);
            (into.sources.len() - 1) as u32
        });
        for attr in inherit.attrs() {
            match segment(&attr) {
                Segment::Static(name, at) => {
                    let key = self.key(name.clone(), at, at);
                    if let Some(first) = into.index.get(&name).and_then(|index| into.attrs.get(*index)) {
                        let first = first.1.first().map(|key| self.out.source_map.key(*key).name).unwrap_or_default();
                        self.error(at, LowerErrorKind::DuplicateAttribute { name, first });
                        continue;
                    }
                    let value = source.map_or(Pending::Inherit(at), Pending::InheritFrom);
                    into.add(name, key, value);
                }
                Segment::Dynamic(expr) => {
                    self.error(expr.syntax().text_range(), LowerErrorKind::DynamicNotAllowed);
                }
            }
        }
    }

    fn insert(&mut self, into: &mut SetBuilder, path: &[Segment], whole: TextRange, value: Option<ast::Expr>) {
        let Some((first, rest)) = path.split_first() else { return };
        let (name, at) = match first {
            Segment::Dynamic(expr) => {
                let pending = if rest.is_empty() {
                    Pending::Expr(value)
                } else {
                    let mut nested = SetBuilder::new(whole, false);
                    self.insert(&mut nested, rest, whole, value);
                    Pending::Set(nested)
                };
                into.dynamics.push((expr.clone(), pending));
                return;
            }
            Segment::Static(name, at) => (name.clone(), *at),
        };
        let key = self.key(name.clone(), at, whole);
        let existing = into.index.get(&name).copied();
        let Some((_, keys, pending)) = existing.and_then(|index| into.attrs.get_mut(index)) else {
            let pending = if rest.is_empty() {
                Pending::Expr(value)
            } else {
                let mut nested = SetBuilder::new(whole, false);
                self.insert(&mut nested, rest, whole, value);
                Pending::Set(nested)
            };
            into.add(name, key, pending);
            return;
        };
        let first = keys.first().map(|key| self.out.source_map.key(*key).name).unwrap_or_default();
        // Only literal sets merge; anything else is the same attribute twice.
        if let Pending::Expr(Some(expr)) = pending
            && let Some(set) = literal_set(expr)
        {
            let mut nested = SetBuilder::new(set.syntax().text_range(), set.rec_token().is_some());
            self.collect(&mut nested, &set, true);
            *pending = Pending::Set(nested);
        }
        match pending {
            Pending::Set(nested) if !rest.is_empty() => {
                keys.push(key);
                self.insert(nested, rest, whole, value);
            }
            Pending::Set(nested) => match value.as_ref().and_then(literal_set) {
                Some(set) => {
                    keys.push(key);
                    self.collect(nested, &set, true);
                }
                None => self.error(at, LowerErrorKind::DuplicateAttribute { name, first }),
            },
            _ => self.error(at, LowerErrorKind::DuplicateAttribute { name, first }),
        }
    }

    fn push_names(&mut self, builder: &SetBuilder) {
        let slots = builder.attrs.iter().enumerate();
        let names = slots.filter_map(|(slot, (name, keys, _))| Some((name.clone(), (slot as u32, *keys.first()?))));
        self.scopes.push(Scope::Names(names.collect()));
    }

    fn set(&mut self, builder: SetBuilder) -> Expr {
        let recursive = builder.recursive;
        if recursive {
            self.push_names(&builder);
        }
        let attrs = self.set_in_scope(builder);
        if recursive {
            self.scopes.pop();
        }
        Expr::Attrs(Box::new(attrs))
    }

    /// Lowers the values of a set; the scope of a recursive one is pushed already.
    fn set_in_scope(&mut self, builder: SetBuilder) -> AttrsExpr {
        let recursive = builder.recursive;
        let inherit_sources = builder.sources.into_iter().map(|source| self.expr(Some(source))).collect();
        let mut attrs = Vec::with_capacity(builder.attrs.len());
        for (name, keys, pending) in builder.attrs {
            let value = match pending {
                Pending::Expr(expr) => AttrValue::Expr(self.expr(expr)),
                Pending::Set(nested) => {
                    let range = nested.range;
                    let set = self.set(nested);
                    AttrValue::Expr(self.alloc(set, range))
                }
                Pending::Inherit(at) => {
                    let var = self.resolve(name.clone(), usize::from(recursive), at);
                    let var = self.alloc(Expr::Var(var), at);
                    self.out.source_map.by_range.insert(at, var);
                    AttrValue::Inherit(var)
                }
                Pending::InheritFrom(source) => AttrValue::InheritFrom(source),
            };
            attrs.push(Attr { name, keys: keys.into(), value });
        }
        let mut dynamics = Vec::with_capacity(builder.dynamics.len());
        for (name, pending) in builder.dynamics {
            let name = self.expr(Some(name));
            let value = match pending {
                Pending::Set(nested) => {
                    let range = nested.range;
                    let set = self.set(nested);
                    self.alloc(set, range)
                }
                Pending::Expr(expr) => self.expr(expr),
                Pending::Inherit(_) | Pending::InheritFrom(_) => continue,
            };
            dynamics.push(DynamicAttr { name, value });
        }
        let mut by_name: Vec<u32> = (0..attrs.len() as u32).collect();
        by_name.sort_by(|a, b| {
            let name = |index: u32| attrs.get(index as usize).map(|attr: &Attr| &attr.name);
            name(*a).cmp(&name(*b))
        });
        AttrsExpr {
            recursive,
            attrs: attrs.into(),
            by_name: by_name.into(),
            dynamics: dynamics.into(),
            inherit_sources,
        }
    }

    /// Resolves a name, passing over the `skip` innermost frames.
    fn resolve(&mut self, name: Name, skip: usize, range: TextRange) -> Var {
        let mut withs = Vec::new();
        for (depth, scope) in self.scopes.iter().rev().enumerate().skip(skip) {
            match scope {
                Scope::Names(names) => {
                    if let Some((slot, key)) = names.get(&name) {
                        let target = VarTarget::Slot { depth: depth as u32, slot: *slot, key: *key };
                        return Var { name, target };
                    }
                }
                Scope::With => withs.push(depth as u32),
            }
        }
        let target = if GLOBAL_NAMES.binary_search(&name.as_str()).is_ok() || name.starts_with("__") {
            VarTarget::Global
        } else if withs.is_empty() {
            self.error(range, LowerErrorKind::UndefinedName { name: name.clone() });
            VarTarget::Undefined
        } else {
            VarTarget::With(withs.into())
        };
        Var { name, target }
    }
}

/// The set that an expression literally is, through parentheses.
fn literal_set(expr: &ast::Expr) -> Option<ast::AttrSet> {
    match expr {
        ast::Expr::AttrSet(set) => Some(set.clone()),
        ast::Expr::Paren(paren) => literal_set(&paren.expr()?),
        _ => None,
    }
}

fn segment(attr: &ast::Attr) -> Segment {
    match attr {
        ast::Attr::Ident(ident) => {
            Segment::Static(Name::new(ident.syntax().text().to_string()), ident.syntax().text_range())
        }
        ast::Attr::Str(string) => match plain_string(string) {
            Some(name) => Segment::Static(name, string.syntax().text_range()),
            None => Segment::Dynamic(ast::Expr::Str(string.clone())),
        },
        ast::Attr::Dynamic(dynamic) => match dynamic.expr() {
            Some(ast::Expr::Str(string)) if plain_string(&string).is_some() => {
                Segment::Static(plain_string(&string).unwrap_or_default(), dynamic.syntax().text_range())
            }
            Some(expr) => Segment::Dynamic(expr),
            None => Segment::Static(Name::new_static(""), dynamic.syntax().text_range()),
        },
    }
}

/// The value of a string without interpolation.
fn plain_string(string: &ast::Str) -> Option<Name> {
    let mut parts = string_parts(string).into_iter();
    match (parts.next(), parts.next()) {
        (None, _) => Some(Name::new_static("")),
        (Some(Part::Literal(text)), None) => Some(Name::from(text)),
        _ => None,
    }
}
