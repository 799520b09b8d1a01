//! Which names and `with`s of a file anything in it uses.

use rustc_hash::FxHashSet;

use super::{AttrValue, AttrsExpr, Expr, ExprId, File, Key, KeyId, Param, StrPart, VarTarget};

/// The uses of the names that a file binds. Attributes that are selected from outside are not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// By key id: whether a variable refers to it.
    keys: Vec<bool>,
    withs: FxHashSet<ExprId>,
}

/// A frame of the environment, see [`VarTarget::Slot`].
#[derive(Clone, Copy)]
enum Frame {
    Names,
    With(ExprId),
}

struct Walk<'a> {
    file: &'a File,
    frames: Vec<Frame>,
    usage: Usage,
}

impl Usage {
    /// Goes through a file once.
    pub fn of(file: &File) -> Usage {
        let usage = Usage { keys: vec![false; file.key_count()], withs: FxHashSet::default() };
        let mut walk = Walk { file, frames: Vec::new(), usage };
        if let Some(root) = file.root() {
            walk.expr(root);
        }
        walk.usage
    }

    /// Whether a variable refers to the name bound at `key`.
    pub fn uses_key(&self, key: KeyId) -> bool {
        self.keys.get(key.0 as usize).copied().unwrap_or(true)
    }

    /// Whether a variable may be an attribute of the namespace of this `with`.
    pub fn uses_with(&self, with: ExprId) -> bool {
        self.withs.contains(&with)
    }
}

impl Walk<'_> {
    fn within(&mut self, frame: Frame, visit: impl FnOnce(&mut Self)) {
        self.frames.push(frame);
        visit(self);
        self.frames.pop();
    }

    fn expr(&mut self, id: ExprId) {
        let file = self.file;
        match file.expr(id) {
            Expr::Missing | Expr::Int(_) | Expr::Float(_) | Expr::SearchPath(_) | Expr::CurPos => {}
            Expr::Str(parts) | Expr::Path { parts, .. } => {
                for part in parts {
                    if let StrPart::Interpolation(expr) = part {
                        self.expr(*expr);
                    }
                }
            }
            Expr::Var(var) => self.variable(&var.target),
            Expr::Lambda(lambda) => self.within(Frame::Names, |walk| {
                if let Param::Pattern { formals, .. } = &lambda.param {
                    formals.iter().filter_map(|formal| formal.default).for_each(|default| walk.expr(default));
                }
                walk.expr(lambda.body);
            }),
            Expr::Apply { function, argument } => self.all([*function, *argument]),
            Expr::Select { base, path, default } => {
                self.expr(*base);
                self.path(path);
                self.all(*default);
            }
            Expr::HasAttr { base, path } => {
                self.expr(*base);
                self.path(path);
            }
            Expr::Attrs(attrs) if attrs.recursive => self.within(Frame::Names, |walk| walk.attrs(attrs)),
            Expr::Attrs(attrs) => self.attrs(attrs),
            Expr::Let { bindings, body } => self.within(Frame::Names, |walk| {
                walk.attrs(bindings);
                walk.expr(*body);
            }),
            Expr::With { namespace, body } => {
                self.expr(*namespace);
                self.within(Frame::With(id), |walk| walk.expr(*body));
            }
            Expr::If { condition, then_branch, else_branch } => self.all([*condition, *then_branch, *else_branch]),
            Expr::Assert { condition, body } => self.all([*condition, *body]),
            Expr::List(items) => self.all(items.iter().copied()),
            Expr::Unary { operand, .. } => self.expr(*operand),
            Expr::Binary { lhs, rhs, .. } => self.all([*lhs, *rhs]),
        }
    }

    fn all(&mut self, exprs: impl IntoIterator<Item = ExprId>) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    fn path(&mut self, path: &[Key]) {
        for key in path {
            if let Key::Dynamic(expr) = key {
                self.expr(*expr);
            }
        }
    }

    fn attrs(&mut self, attrs: &AttrsExpr) {
        self.all(attrs.inherit_sources.iter().copied());
        for attr in &attrs.attrs {
            match attr.value {
                AttrValue::Expr(value) | AttrValue::Inherit(value) => self.expr(value),
                AttrValue::InheritFrom(_) => {}
            }
        }
        for attr in &attrs.dynamics {
            self.all([attr.name, attr.value]);
        }
    }

    fn variable(&mut self, target: &VarTarget) {
        match target {
            VarTarget::Slot { key, .. } => {
                if let Some(used) = self.usage.keys.get_mut(key.0 as usize) {
                    *used = true;
                }
            }
            VarTarget::With(depths) => {
                for depth in depths {
                    let at = self.frames.len().checked_sub(*depth as usize + 1);
                    if let Some(Frame::With(with)) = at.and_then(|at| self.frames.get(at)) {
                        self.usage.withs.insert(*with);
                    }
                }
            }
            VarTarget::Global | VarTarget::Undefined => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hir::lower;
    use crate::syntax::Parse;

    /// The names bound in a text that nothing uses, and how many of its `with`s are.
    fn unused(text: &str) -> (Vec<String>, usize) {
        let lowered = lower(&Parse::new(text));
        let (file, usage) = (&lowered.file, Usage::of(&lowered.file));
        let mut names = Vec::new();
        let mut bound = |key: KeyId| {
            if !usage.uses_key(key) {
                names.push(file.key_name(key).cloned().unwrap_or_default().to_string());
            }
        };
        for (_, expr) in file.exprs() {
            match expr {
                Expr::Let { bindings, .. } => {
                    bindings.attrs.iter().filter_map(|attr| attr.keys.first()).for_each(|key| bound(*key));
                }
                Expr::Lambda(lambda) => match &lambda.param {
                    Param::Ident { key, .. } => bound(*key),
                    Param::Pattern { formals, bind, .. } => {
                        formals.iter().for_each(|formal| bound(formal.key));
                        bind.iter().for_each(|(_, key)| bound(*key));
                    }
                },
                _ => {}
            }
        }
        let withs = file.exprs().filter(|(id, expr)| matches!(expr, Expr::With { .. }) && !usage.uses_with(*id));
        (names, withs.count())
    }

    #[test]
    fn names() {
        assert_eq!(unused("let a = 1; b = a; in c: d: c").0, ["d", "b"]);
        assert_eq!(unused("{ a, b ? a, ... }@c: b").0, ["c"]);
        assert_eq!(unused("let a.b = 1; a.c = 2; inherit (d) d; in a.d").0, [] as [&str; 0]);
        assert_eq!(unused("let inherit (x) y; x = { }; in { ${x} = 1; }").0, ["y"]);
    }

    #[test]
    fn namespaces() {
        assert_eq!(unused("x: with x; x").1, 1);
        assert_eq!(unused("x: with x; y").1, 0);
        // Either may provide it.
        assert_eq!(unused("x: with x; with x.z; a: [ y ]").1, 0);
        assert_eq!(unused("x: with x; [ (with x.z; y) (rec { b = 1; }) ]").1, 0);
        assert_eq!(unused("x: [ (with x; y) (with x; { }) ]").1, 1);
        assert_eq!(unused("x: with x; rec { inherit y; }").1, 0);
    }
}
