//! The expressions of one file, without positions.

use smol_str::SmolStr;

/// An identifier or attribute name, unquoted and unescaped.
pub type Name = SmolStr;

/// An expression of a [`File`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExprId(pub u32);

/// A place where a name stands in the text: a binding, an attribute path
/// segment, a formal argument, an inherited name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub u32);

/// The stable half of a lowered file.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct File {
    pub(super) exprs: Vec<Expr>,
    pub(super) key_names: Vec<Name>,
    pub(super) root: Option<ExprId>,
}

impl File {
    /// The expression with this id. An id of another file gives [`Expr::Missing`].
    pub fn expr(&self, id: ExprId) -> &Expr {
        self.exprs.get(id.0 as usize).unwrap_or(&Expr::Missing)
    }

    /// The expression that the whole file is; `None` for an empty file.
    pub fn root(&self) -> Option<ExprId> {
        self.root
    }

    /// All expressions with their ids, in the order of lowering.
    pub fn exprs(&self) -> impl Iterator<Item = (ExprId, &Expr)> {
        self.exprs.iter().enumerate().map(|(index, expr)| (ExprId(index as u32), expr))
    }

    /// The name that stands at `key`; `None` for an id of another file.
    pub fn key_name(&self, key: KeyId) -> Option<&Name> {
        self.key_names.get(key.0 as usize)
    }

    /// How many key ids this file has; they are dense from zero.
    pub fn key_count(&self) -> usize {
        self.key_names.len()
    }

    /// How many expressions this file has.
    pub fn expr_count(&self) -> usize {
        self.exprs.len()
    }

    /// The strings without interpolations in which the files differ; `None` where they differ in anything else,
    /// so that an id of one is not that of the other.
    pub fn differing_strings(&self, other: &File) -> Option<Vec<ExprId>> {
        if self.exprs.len() != other.exprs.len() || self.root != other.root || self.key_names != other.key_names {
            return None;
        }
        let mut found = Vec::new();
        for ((id, expr), other) in self.exprs().zip(&other.exprs) {
            if expr != other {
                expr.plain_string().and(other.plain_string())?;
                found.push(id);
            }
        }
        Some(found)
    }
}

/// One expression of the Nix language.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// What stands here does not parse.
    Missing,
    /// An integer literal.
    Int(i64),
    /// A floating point literal.
    Float(f64),
    /// A string, indented string or URL literal; escapes and indentation are already resolved.
    Str(Box<[StrPart]>),
    /// A path literal.
    Path { anchor: PathAnchor, parts: Box<[StrPart]> },
    /// `<nixpkgs>`
    SearchPath(Name),
    /// `__curPos`
    CurPos,
    /// A variable.
    Var(Var),
    /// `x: …` and `{ a, b ? 1, ... }@args: …`
    Lambda(Box<LambdaExpr>),
    /// `function argument`, also written with pipes.
    Apply { function: ExprId, argument: ExprId },
    /// `base.a.b or default`
    Select { base: ExprId, path: Box<[Key]>, default: Option<ExprId> },
    /// `base ? a.b`
    HasAttr { base: ExprId, path: Box<[Key]> },
    /// `{ … }` and `rec { … }`
    Attrs(Box<AttrsExpr>),
    /// `let … in body`; the bindings are recursive.
    Let { bindings: Box<AttrsExpr>, body: ExprId },
    /// `with namespace; body`
    With { namespace: ExprId, body: ExprId },
    /// `if condition then then_branch else else_branch`
    If { condition: ExprId, then_branch: ExprId, else_branch: ExprId },
    /// `assert condition; body`
    Assert { condition: ExprId, body: ExprId },
    /// `[ … ]`
    List(Box<[ExprId]>),
    /// `!x` and `-x`
    Unary { op: UnaryOp, operand: ExprId },
    /// A binary operator.
    Binary { op: BinaryOp, lhs: ExprId, rhs: ExprId },
}

impl Expr {
    /// The text of a string without interpolations.
    pub fn plain_string(&self) -> Option<&str> {
        match self {
            Expr::Str(parts) => match &parts[..] {
                [] => Some(""),
                [StrPart::Literal(text)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }
}

/// A piece of a string or path.
#[derive(Clone, Debug, PartialEq)]
pub enum StrPart {
    Literal(Name),
    Interpolation(ExprId),
}

/// What a path literal is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathAnchor {
    /// `./x`, `../x`, `a/b`: the folder of the file.
    Relative,
    /// `/x`
    Absolute,
    /// `~/x`
    Home,
}

/// A variable with what it refers to.
#[derive(Clone, Debug, PartialEq)]
pub struct Var {
    pub name: Name,
    pub target: VarTarget,
}

/// What a variable refers to, as Nix's `Expr::bindVars` decides it: lexical
/// scopes and globals first, `with` only when none of them has the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VarTarget {
    /// `slot` of the frame that is `depth` frames up; `key` is its binding.
    /// Every `let`, `rec`, lambda and `with` around an expression is one frame.
    Slot { depth: u32, slot: u32, key: KeyId },
    /// A name of the base environment, see [`super::GLOBAL_NAMES`].
    Global,
    /// An attribute of one of the `with`s at these depths, innermost first.
    With(Box<[u32]>),
    /// Nothing in scope has this name.
    Undefined,
}

/// A function.
#[derive(Clone, Debug, PartialEq)]
pub struct LambdaExpr {
    pub param: Param,
    pub body: ExprId,
}

/// The argument of a function.
#[derive(Clone, Debug, PartialEq)]
pub enum Param {
    /// `x:`; the frame has one slot.
    Ident { name: Name, key: KeyId },
    /// `{ a, b ? 1, ... }@all:`; the frame has a slot per formal and one for `all`.
    Pattern { formals: Box<[Formal]>, ellipsis: bool, bind: Option<(Name, KeyId)> },
}

/// An argument by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Formal {
    pub name: Name,
    pub key: KeyId,
    pub default: Option<ExprId>,
}

/// A segment of an attribute path.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    Static { name: Name, key: KeyId },
    Dynamic(ExprId),
}

impl Key {
    /// The name, unless it is computed.
    pub fn name(&self) -> Option<&Name> {
        match self {
            Key::Static { name, .. } => Some(name),
            Key::Dynamic(_) => None,
        }
    }
}

/// An attribute set literal, with nested paths unfolded: `a.b = 1; a.c = 2;`
/// is `a = { b = 1; c = 2; };`.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AttrsExpr {
    /// Whether the bindings see each other (`rec` and `let`), which costs a frame.
    pub recursive: bool,
    /// Attributes with literal names, in the order of the text, each name once.
    pub attrs: Box<[Attr]>,
    /// Indices into `attrs` in the order of the names.
    pub by_name: Box<[u32]>,
    /// Attributes with computed names.
    pub dynamics: Box<[DynamicAttr]>,
    /// The sources of `inherit (source) …;`, evaluated once each.
    pub inherit_sources: Box<[ExprId]>,
}

/// An attribute with a literal name.
#[derive(Clone, Debug, PartialEq)]
pub struct Attr {
    pub name: Name,
    /// Where the name stands; more than one where nested paths share it.
    pub keys: Box<[KeyId]>,
    pub value: AttrValue,
}

/// What an attribute is bound to.
#[derive(Clone, Debug, PartialEq)]
pub enum AttrValue {
    Expr(ExprId),
    /// `inherit name;`: the variable, resolved outside of a recursive set.
    Inherit(ExprId),
    /// `inherit (source) name;`: an index into [`AttrsExpr::inherit_sources`].
    InheritFrom(u32),
}

/// `${name} = value;`
#[derive(Clone, Debug, PartialEq)]
pub struct DynamicAttr {
    pub name: ExprId,
    pub value: ExprId,
}

/// `!` and `-`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    Not,
    Negate,
}

/// The binary operators; pipes are [`Expr::Apply`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    Concat,
    Update,
    Add,
    Sub,
    Mul,
    Div,
    And,
    Or,
    Implication,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}
