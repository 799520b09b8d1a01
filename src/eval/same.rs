//! Whether two computations are provably the same.
//!
//! Equality of values (`==`) says nothing about functions and unknown values.
//! Here two thunks are the same if they are one and the same, if their
//! expressions are alike and refer to things that are the same, or if their
//! values are known and alike. Nix is deterministic, so what is the same has the same
//! value, whatever that is: `import nixpkgs { inherit system; }` is
//! `import nixpkgs { system = "x86_64-linux"; }` wherever `system` is that string.
//!
//! The answer "no" means that nothing was proven.

#[cfg(test)]
mod tests;

use std::rc::Rc;

use rustc_hash::FxHashSet;

use super::value::{Attrs, Closure, Code, Env, Thunk, Value};
use super::{Cause, Evaluator};
use crate::hir::{
    Attr, AttrValue, AttrsExpr, Expr, ExprId, File, Key, LambdaExpr, Name, Param, PathAnchor, StrPart, VarTarget,
};

/// How many aliases (`a = b.c`) are followed to the thing that they name.
const MAX_ALIASES: u32 = 32;

/// An expression and what its variables are.
#[derive(Clone)]
pub(super) struct Place {
    pub code: Rc<Code>,
    pub env: Env,
    pub expr: ExprId,
    /// Whether it is on the right side of the comparison.
    pub right: bool,
}

/// Compares the computations of one evaluator, or of two, which have to
/// [remember](Evaluator::remember_expressions) what they evaluate.
pub struct Sameness<'e> {
    ev: &'e Evaluator,
    /// The evaluator of what is on the right side.
    other: &'e Evaluator,
    /// Pairs that are the same, or assumed to be while they are compared:
    /// cycles are the same if nothing on the way around them differs.
    same: FxHashSet<(usize, usize)>,
    /// The pairs in the order in which they were added; what was concluded
    /// from an assumption goes with it. Their thunks stay alive, so that addresses are not used again.
    trail: Vec<(Thunk, Thunk)>,
    /// Pairs that count as the same by decree.
    assumed: Vec<(Thunk, Thunk)>,
    assumed_sets: Vec<(Rc<Attrs>, Rc<Attrs>)>,
    /// Paths at which both sides find something else.
    changed: Vec<Name>,
    /// Whether a name of an input stands for one input only.
    unique_inputs: bool,
}

impl<'e> Sameness<'e> {
    /// Compares what this evaluator computes. Where several flakes are
    /// evaluated, inputs of one name may be different ones: then `unique_inputs` has to be false.
    pub fn new(ev: &'e Evaluator, unique_inputs: bool) -> Sameness<'e> {
        Sameness::across(ev, ev, &[], unique_inputs)
    }

    /// Compares what `left` computes with what `right` computes: two revisions of one flake, which differ in the files
    /// `changed`. Expressions that are alike are no proof then where they read one of these.
    ///
    /// Functions that are not written in Nix are the same if they are called alike and have the same arguments.
    pub fn across(left: &'e Evaluator, right: &'e Evaluator, changed: &[Name], unique_inputs: bool) -> Sameness<'e> {
        let changed = changed.to_vec();
        Sameness {
            ev: left,
            other: right,
            same: FxHashSet::default(),
            trail: Vec::new(),
            assumed: Vec::new(),
            assumed_sets: Vec::new(),
            changed,
            unique_inputs,
        }
    }

    /// Says that two things are to count as the same, whatever they are.
    pub fn assume(&mut self, a: &Thunk, b: &Thunk) {
        self.same.insert((a.address(), b.address()));
        // What is assumed outlives every conclusion, so its thunks must too.
        self.assumed.push((a.clone(), b.clone()));
    }

    /// The same of two sets: they and what they hold, also in sets within them, count as the same by name.
    pub fn assume_sets(&mut self, a: &Value, b: &Value, depth: usize) {
        let (Value::Attrs(a), Value::Attrs(b)) = (a, b) else { return };
        self.assumed_sets.push((a.clone(), b.clone()));
        for (name, entry) in a.iter() {
            let Some(other) = b.get(name) else { continue };
            self.assume(&entry.value, &other.value);
            if depth > 0
                && let (Ok(a), Ok(b)) = (self.ev.force(&entry.value), self.other.force(&other.value))
            {
                self.assume_sets(&a, &b, depth - 1);
            }
        }
    }

    fn side(&self, right: bool) -> &'e Evaluator {
        if right { self.other } else { self.ev }
    }

    fn is_across(&self) -> bool {
        !std::ptr::eq(self.ev, self.other)
    }

    fn expression(&self, thunk: &Thunk, right: bool) -> Option<Place> {
        self.side(right).expression(thunk).map(|place| Place { right, ..place })
    }

    /// Whether both are the same.
    pub fn thunks(&mut self, a: &Thunk, b: &Thunk) -> bool {
        let key = (a.address(), b.address());
        if a.same(b) || self.same.contains(&key) {
            return true;
        }
        let ev = self.ev;
        let compared = ev.step(1).and_then(|()| {
            ev.deeper(|| {
                let before = self.trail.len();
                self.same.insert(key);
                self.trail.push((a.clone(), b.clone()));
                let same = self.expressions_of(a, b) || self.undo(before + 1) || self.values_of(a, b);
                if !same {
                    self.undo(before);
                }
                Ok(same)
            })
        });
        compared.unwrap_or(false)
    }

    /// Forgets what was concluded since; always false.
    fn undo(&mut self, length: usize) -> bool {
        for (a, b) in self.trail.drain(length.min(self.trail.len())..) {
            self.same.remove(&(a.address(), b.address()));
        }
        false
    }

    fn expressions_of(&mut self, a: &Thunk, b: &Thunk) -> bool {
        match (self.expression(a, false), self.expression(b, true)) {
            (Some(a), Some(b)) => self.alike(&a, &b, 0) || self.same_target(&a, &b),
            // One of them may be an alias of what the other one is.
            (Some(a), None) => self.is_alias(&a, b),
            (None, Some(b)) => self.is_alias(&b, a),
            (None, None) => false,
        }
    }

    fn is_alias(&mut self, alias: &Place, thunk: &Thunk) -> bool {
        let Some((target, path)) = self.target(alias) else { return false };
        let same = |it: &mut Self| match alias.right {
            true => it.thunks(thunk, &target),
            false => it.thunks(&target, thunk),
        };
        path.is_empty() && (target.same(thunk) || same(self))
    }

    fn values_of(&mut self, a: &Thunk, b: &Thunk) -> bool {
        match (self.ev.force(a), self.other.force(b)) {
            (Ok(a), Ok(b)) => self.values(&a, &b),
            _ => false,
        }
    }

    /// Whether two values are the same.
    pub fn values(&mut self, a: &Value, b: &Value) -> bool {
        match (a, b) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (Value::String(a), Value::String(b)) => a == b,
            (Value::Path(a), Value::Path(b)) => a == b,
            (Value::List(a), Value::List(b)) => {
                let closed = a.rest.is_none() && b.rest.is_none() && a.items.len() == b.items.len();
                Rc::ptr_eq(a, b) || (closed && a.items.iter().zip(&b.items).all(|(a, b)| self.thunks(a, b)))
            }
            (Value::Attrs(a), Value::Attrs(b)) => Rc::ptr_eq(a, b) || self.sets(a, b),
            (Value::Lambda(a), Value::Lambda(b)) => {
                Rc::ptr_eq(a, b) || self.alike(&function(a, false), &function(b, true), 0)
            }
            (Value::Primop(a), Value::Primop(b)) => {
                let alike = self.is_across() && (a.name, a.arity) == (b.name, b.arity);
                Rc::ptr_eq(a, b)
                    || ((alike || Rc::ptr_eq(&a.function, &b.function))
                        && a.args.len() == b.args.len()
                        && a.args.iter().zip(&b.args).all(|(a, b)| self.thunks(a, b)))
            }
            // What was only selected from something of an input is exactly that; what was computed from it can be anything.
            (Value::Unknown(a), Value::Unknown(b)) => {
                let named = matches!(a.cause, Cause::Input(_) | Cause::InputFile { .. });
                self.unique_inputs && named && !a.derived && a == b
            }
            _ => false,
        }
    }

    fn sets(&mut self, a: &Attrs, b: &Attrs) -> bool {
        if self.assumed_sets.iter().any(|(x, y)| std::ptr::eq(&**x, a) && std::ptr::eq(&**y, b)) {
            return true;
        }
        if a.rest.is_some() || b.rest.is_some() || a.len() != b.len() {
            return false;
        }
        a.iter()
            .zip(b.iter())
            .all(|((name, a), (other, b))| name == other && !a.maybe && !b.maybe && self.thunks(&a.value, &b.value))
    }

    /// Whether two expressions are built alike from parts that are the same.
    /// `locals` frames around them were entered by this comparison: nothing is
    /// known of their names but that they correspond.
    fn alike(&mut self, a: &Place, b: &Place, locals: u32) -> bool {
        if self.ev.step(1).is_err() {
            return false;
        }
        let (a_code, b_code) = (a.code.clone(), b.code.clone());
        let (at_a, at_b) = (a_code.hir.expr(a.expr), b_code.hir.expr(b.expr));
        let pair = |it: &mut Self, x: &ExprId, y: &ExprId| it.part(a, b, *x, *y, locals);
        match (at_a, at_b) {
            (Expr::Int(x), Expr::Int(y)) => x == y,
            (Expr::Float(x), Expr::Float(y)) => x.to_bits() == y.to_bits(),
            (Expr::SearchPath(x), Expr::SearchPath(y)) => x == y,
            (Expr::Str(x), Expr::Str(y)) => self.strings(a, b, x, y, locals),
            (Expr::Path { anchor, parts: x }, Expr::Path { anchor: other, parts: y }) => {
                let beside = *anchor != PathAnchor::Relative || folder(&a_code) == folder(&b_code);
                anchor == other && beside && !self.leads_to_change(&a_code, x) && self.strings(a, b, x, y, locals)
            }
            (Expr::Var(x), Expr::Var(y)) => self.variables(a, b, (&x.name, &x.target), (&y.name, &y.target), locals),
            (Expr::Lambda(x), Expr::Lambda(y)) => self.functions(a, b, x, y, locals),
            (Expr::Apply { function, argument }, Expr::Apply { function: g, argument: y }) => {
                // What stands in the file is compared by its value.
                let imports = |code: &Code, function: &ExprId| match code.hir.expr(*function) {
                    Expr::Var(var) => {
                        var.target == VarTarget::Global && matches!(&*var.name, "import" | "scopedImport")
                    }
                    _ => false,
                };
                if self.is_across() && !a_code.internal && imports(&a_code, function) {
                    return false;
                }
                pair(self, function, g) && pair(self, argument, y)
            }
            (Expr::Select { base, path, default }, Expr::Select { base: other, path: y, default: or }) => {
                let defaults = match (default, or) {
                    (None, None) => true,
                    (Some(x), Some(y)) => pair(self, x, y),
                    _ => false,
                };
                defaults && pair(self, base, other) && self.keys(a, b, path, y, locals)
            }
            (Expr::HasAttr { base, path }, Expr::HasAttr { base: other, path: y }) => {
                pair(self, base, other) && self.keys(a, b, path, y, locals)
            }
            (Expr::Attrs(x), Expr::Attrs(y)) => self.set_literals(a, b, x, y, locals),
            (Expr::Let { bindings, body }, Expr::Let { bindings: other, body: y }) => {
                self.set_literals(a, b, bindings, other, locals) && self.part(a, b, *body, *y, locals + 1)
            }
            (Expr::With { namespace, body }, Expr::With { namespace: other, body: y }) => {
                pair(self, namespace, other) && self.part(a, b, *body, *y, locals + 1)
            }
            (
                Expr::If { condition, then_branch, else_branch },
                Expr::If { condition: c, then_branch: t, else_branch: e },
            ) => pair(self, condition, c) && pair(self, then_branch, t) && pair(self, else_branch, e),
            (Expr::Assert { condition, body }, Expr::Assert { condition: c, body: y }) => {
                pair(self, condition, c) && pair(self, body, y)
            }
            (Expr::List(x), Expr::List(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| pair(self, x, y)),
            (Expr::Unary { op, operand }, Expr::Unary { op: other, operand: y }) => {
                op == other && pair(self, operand, y)
            }
            (Expr::Binary { op, lhs, rhs }, Expr::Binary { op: other, lhs: x, rhs: y }) => {
                op == other && pair(self, lhs, x) && pair(self, rhs, y)
            }
            _ => false,
        }
    }

    /// Whether parts of two expressions are alike, or have the same value
    /// where they can be evaluated: where they need nothing of the frames that were entered.
    fn part(&mut self, a: &Place, b: &Place, x: ExprId, y: ExprId, locals: u32) -> bool {
        let (a, b) = (Place { expr: x, ..a.clone() }, Place { expr: y, ..b.clone() });
        let before = self.trail.len();
        let compared = self.ev.deeper(|| Ok(self.alike(&a, &b, locals)));
        if compared.unwrap_or(false) {
            return true;
        }
        self.undo(before);
        if uses_locals(&a.code.hir, x, 0, locals) || uses_locals(&b.code.hir, y, 0, locals) {
            return false;
        }
        let (a, b) = (outside(&a, locals), outside(&b, locals));
        if self.same_target(&a, &b) {
            return true;
        }
        self.undo(before);
        let thunk = |it: &Place| Thunk::expr(&it.code, &it.env, it.expr);
        let (a, b) = (thunk(&a), thunk(&b));
        if self.values_of(&a, &b) {
            return true;
        }
        self.undo(before)
    }

    /// Whether both sides may find something else at a path literal, or below it.
    fn leads_to_change(&self, code: &Code, parts: &[StrPart]) -> bool {
        let Some(StrPart::Literal(start)) = parts.first() else { return !self.changed.is_empty() };
        let path = super::join_path(folder(code), start);
        // Of `./hosts/${name}` only the beginning is known.
        self.changed.iter().any(|changed| changed.starts_with(path.trim_end_matches('/')))
    }

    fn strings(&mut self, a: &Place, b: &Place, x: &[StrPart], y: &[StrPart], locals: u32) -> bool {
        let before = self.trail.len();
        if self.string_parts(a, b, x, y, locals) {
            return true;
        }
        self.undo(before);
        // What one of them computes may stand in the other one's text.
        let (x, y) = (self.with_texts(a, x, locals), self.with_texts(b, y, locals));
        self.string_parts(a, b, &x, &y, locals)
    }

    fn string_parts(&mut self, a: &Place, b: &Place, x: &[StrPart], y: &[StrPart], locals: u32) -> bool {
        x.len() == y.len()
            && x.iter().zip(y).all(|parts| match parts {
                (StrPart::Literal(x), StrPart::Literal(y)) => x == y,
                (StrPart::Interpolation(x), StrPart::Interpolation(y)) => self.part(a, b, *x, *y, locals),
                _ => false,
            })
    }

    /// The parts of a string with what is plain text put in.
    fn with_texts(&mut self, place: &Place, parts: &[StrPart], locals: u32) -> Vec<StrPart> {
        let mut found: Vec<StrPart> = Vec::new();
        for part in parts {
            let text = match part {
                StrPart::Literal(text) => Some(text.clone()),
                StrPart::Interpolation(expr) => self.name(place, *expr, locals),
            };
            match (found.last_mut(), text) {
                (Some(StrPart::Literal(before)), Some(text)) => *before = Name::from(format!("{before}{text}")),
                (_, Some(text)) => found.push(StrPart::Literal(text)),
                (_, None) => found.push(part.clone()),
            }
        }
        found
    }

    fn keys(&mut self, a: &Place, b: &Place, x: &[Key], y: &[Key], locals: u32) -> bool {
        x.len() == y.len()
            && x.iter().zip(y).all(|keys| match keys {
                (Key::Dynamic(x), Key::Dynamic(y)) => self.part(a, b, *x, *y, locals),
                (x, y) => match (self.key(a, x, locals), self.key(b, y, locals)) {
                    (Some(x), Some(y)) => x == y,
                    _ => false,
                },
            })
    }

    /// The name that a key is, if it can be known here.
    fn key(&mut self, place: &Place, key: &Key, locals: u32) -> Option<Name> {
        match key {
            Key::Static { name, .. } => Some(name.clone()),
            Key::Dynamic(expr) => self.name(place, *expr, locals),
        }
    }

    fn name(&mut self, place: &Place, expr: ExprId, locals: u32) -> Option<Name> {
        if uses_locals(&place.code.hir, expr, 0, locals) {
            return None;
        }
        let place = outside(&Place { expr, ..place.clone() }, locals);
        match self.side(place.right).force(&Thunk::expr(&place.code, &place.env, expr)) {
            Ok(Value::String(name)) if name.context.is_empty() => Some(name.text.clone()),
            _ => None,
        }
    }

    fn variables(
        &mut self,
        a: &Place,
        b: &Place,
        (name, target): (&Name, &VarTarget),
        (other, other_target): (&Name, &VarTarget),
        locals: u32,
    ) -> bool {
        match (target, other_target) {
            (VarTarget::Slot { depth, slot, .. }, VarTarget::Slot { depth: d, slot: s, .. }) => {
                if *depth < locals || *d < locals {
                    return depth == d && slot == s;
                }
                match (a.env.slot(depth - locals, *slot), b.env.slot(d - locals, *s)) {
                    (Some(a), Some(b)) => self.thunks(&a, &b),
                    _ => false,
                }
            }
            (VarTarget::Global, VarTarget::Global) => name == other && a.code.internal == b.code.internal,
            (VarTarget::With(x), VarTarget::With(y)) => {
                name == other
                    && x.len() == y.len()
                    && x.iter().zip(y).all(|(x, y)| {
                        if *x < locals || *y < locals {
                            return x == y;
                        }
                        match (a.env.namespace(x - locals), b.env.namespace(y - locals)) {
                            (Some(a), Some(b)) => self.thunks(&a, &b),
                            _ => false,
                        }
                    })
            }
            _ => false,
        }
    }

    fn functions(&mut self, a: &Place, b: &Place, x: &LambdaExpr, y: &LambdaExpr, locals: u32) -> bool {
        let params = match (&x.param, &y.param) {
            (Param::Ident { .. }, Param::Ident { .. }) => true,
            (
                Param::Pattern { formals, ellipsis, bind },
                Param::Pattern { formals: others, ellipsis: open, bind: all },
            ) => {
                ellipsis == open
                    && bind.is_some() == all.is_some()
                    && formals.len() == others.len()
                    && formals.iter().zip(others).all(|(x, y)| {
                        x.name == y.name
                            && match (x.default, y.default) {
                                (None, None) => true,
                                (Some(x), Some(y)) => self.part(a, b, x, y, locals + 1),
                                _ => false,
                            }
                    })
            }
            _ => false,
        };
        params && self.part(a, b, x.body, y.body, locals + 1)
    }

    fn set_literals(&mut self, a: &Place, b: &Place, x: &AttrsExpr, y: &AttrsExpr, locals: u32) -> bool {
        if x.recursive != y.recursive {
            return false;
        }
        let locals = locals + u32::from(x.recursive);
        // The names of a recursive set are slots of its frame, so they have to come in the same order.
        if x.recursive && !x.attrs.iter().map(|attr| &attr.name).eq(y.attrs.iter().map(|attr| &attr.name)) {
            return false;
        }
        let (Some(x_attrs), Some(y_attrs)) = (self.attributes(a, x, locals), self.attributes(b, y, locals)) else {
            return false;
        };
        x_attrs.len() == y_attrs.len()
            && x_attrs.iter().zip(&y_attrs).all(|((name, x_value), (other, y_value))| {
                if name != other {
                    return false;
                }
                match (x_value, y_value) {
                    (Attribute::Expr(x), Attribute::Expr(y)) => self.part(a, b, *x, *y, locals),
                    (Attribute::From(x), Attribute::From(y)) => self.part(a, b, *x, *y, locals),
                    // `inherit (x) y` is `y = x.y`.
                    (Attribute::From(source), Attribute::Expr(expr)) => {
                        self.inherited(a, *source, b, *expr, name, locals)
                    }
                    (Attribute::Expr(expr), Attribute::From(source)) => {
                        self.inherited(b, *source, a, *expr, name, locals)
                    }
                }
            })
    }

    fn inherited(&mut self, a: &Place, source: ExprId, b: &Place, expr: ExprId, name: &Name, locals: u32) -> bool {
        match b.code.clone().hir.expr(expr) {
            Expr::Select { base, path, default: None } => match &path[..] {
                [Key::Static { name: last, .. }] if last == name && a.right => self.part(b, a, *base, source, locals),
                [Key::Static { name: last, .. }] => last == name && self.part(a, b, source, *base, locals),
                _ => false,
            },
            _ => false,
        }
    }

    /// The attributes of a set literal, sorted by name; `None` where a name cannot be known.
    fn attributes(&mut self, place: &Place, set: &AttrsExpr, locals: u32) -> Option<Vec<(Name, Attribute)>> {
        let value = |attr: &Attr| match &attr.value {
            AttrValue::Expr(value) | AttrValue::Inherit(value) => Some(Attribute::Expr(*value)),
            AttrValue::InheritFrom(source) => set.inherit_sources.get(*source as usize).copied().map(Attribute::From),
        };
        let mut found = Vec::with_capacity(set.attrs.len() + set.dynamics.len());
        for attr in &set.attrs {
            found.push((attr.name.clone(), value(attr)?));
        }
        for dynamic in &set.dynamics {
            found.push((self.name(place, dynamic.name, locals)?, Attribute::Expr(dynamic.value)));
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Some(found)
    }

    /// Whether both expressions name the same thing: `inputs.disko.nixosModules` and `disko.nixosModules`.
    fn same_target(&mut self, a: &Place, b: &Place) -> bool {
        match (self.target(a), self.target(b)) {
            (Some((a, x)), Some((b, y))) => x == y && (a.same(&b) || self.thunks(&a, &b)),
            _ => false,
        }
    }

    /// What a variable or selection names: a thunk that is no name for
    /// another one, and what is selected from it beyond what is known.
    fn target(&mut self, place: &Place) -> Option<(Thunk, Vec<Name>)> {
        let (mut thunk, mut path) = self.named(place)?;
        for _ in 0..MAX_ALIASES {
            while let Some(first) = path.first() {
                let Ok(Value::Attrs(attrs)) = self.side(place.right).force(&thunk) else { break };
                // What an unknown set may have replaced is not what the name says.
                let Some(entry) = attrs.get(first).filter(|entry| !entry.maybe && attrs.rest.is_none()) else { break };
                thunk = entry.value.clone();
                path.remove(0);
            }
            let expression = self.expression(&thunk, place.right);
            let Some((next, before)) = expression.and_then(|place| self.named(&place)) else { break };
            thunk = next;
            path.splice(0..0, before);
        }
        Some((thunk, path))
    }

    fn named(&mut self, place: &Place) -> Option<(Thunk, Vec<Name>)> {
        match place.code.clone().hir.expr(place.expr) {
            Expr::Var(var) => match &var.target {
                VarTarget::Slot { depth, slot, .. } => Some((place.env.slot(*depth, *slot)?, Vec::new())),
                _ => None,
            },
            Expr::Select { base, path, default: None } => {
                let (thunk, mut names) = self.named(&Place { expr: *base, ..place.clone() })?;
                for key in path {
                    names.push(self.key(place, key, 0)?);
                }
                Some((thunk, names))
            }
            _ => None,
        }
    }
}

/// Where the value of an attribute comes from: its expression, or the set that it is inherited from.
enum Attribute {
    Expr(ExprId),
    From(ExprId),
}

fn function(closure: &Closure, right: bool) -> Place {
    Place { code: closure.code.clone(), env: closure.env.clone(), expr: closure.expr, right }
}

fn folder(code: &Code) -> &str {
    code.path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The same expression with empty frames in place of those that nothing in it uses.
fn outside(place: &Place, locals: u32) -> Place {
    let env = (0..locals).fold(place.env.clone(), |env, _| env.with_names(Vec::new()));
    Place { env, ..place.clone() }
}

/// Whether an expression uses one of the `locals` frames that are `inner` frames up.
fn uses_locals(hir: &File, expr: ExprId, inner: u32, locals: u32) -> bool {
    if locals == 0 {
        return false;
    }
    let within = |depth: &u32| (inner..inner + locals).contains(depth);
    let uses = |expr: &ExprId| uses_locals(hir, *expr, inner, locals);
    let uses_inside = |expr: &ExprId| uses_locals(hir, *expr, inner + 1, locals);
    let parts = |parts: &[StrPart]| {
        parts.iter().any(|part| match part {
            StrPart::Literal(_) => false,
            StrPart::Interpolation(expr) => uses(expr),
        })
    };
    let keys = |keys: &[Key]| {
        keys.iter().any(|key| match key {
            Key::Static { .. } => false,
            Key::Dynamic(expr) => uses(expr),
        })
    };
    let set = |set: &AttrsExpr| {
        let uses = |expr: &ExprId| if set.recursive { uses_inside(expr) } else { uses(expr) };
        set.inherit_sources.iter().any(uses)
            || set.dynamics.iter().any(|dynamic| uses(&dynamic.name) || uses(&dynamic.value))
            || set.attrs.iter().any(|attr| match &attr.value {
                AttrValue::Expr(value) | AttrValue::Inherit(value) => uses(value),
                AttrValue::InheritFrom(_) => false,
            })
    };
    match hir.expr(expr) {
        Expr::Missing | Expr::Int(_) | Expr::Float(_) | Expr::SearchPath(_) | Expr::CurPos => false,
        Expr::Str(pieces) | Expr::Path { parts: pieces, .. } => parts(pieces),
        Expr::Var(var) => match &var.target {
            VarTarget::Slot { depth, .. } => within(depth),
            VarTarget::With(depths) => depths.iter().any(within),
            VarTarget::Global | VarTarget::Undefined => false,
        },
        Expr::Lambda(lambda) => {
            let defaults = match &lambda.param {
                Param::Ident { .. } => false,
                Param::Pattern { formals, .. } => {
                    formals.iter().filter_map(|formal| formal.default.as_ref()).any(uses_inside)
                }
            };
            defaults || uses_inside(&lambda.body)
        }
        Expr::Apply { function, argument } => uses(function) || uses(argument),
        Expr::Select { base, path, default } => uses(base) || keys(path) || default.iter().any(uses),
        Expr::HasAttr { base, path } => uses(base) || keys(path),
        Expr::Attrs(attrs) => set(attrs),
        Expr::Let { bindings, body } => set(bindings) || uses_inside(body),
        Expr::With { namespace, body } => uses(namespace) || uses_inside(body),
        Expr::If { condition, then_branch, else_branch } => uses(condition) || uses(then_branch) || uses(else_branch),
        Expr::Assert { condition, body } => uses(condition) || uses(body),
        Expr::List(items) => items.iter().any(uses),
        Expr::Unary { operand, .. } => uses(operand),
        Expr::Binary { lhs, rhs, .. } => uses(lhs) || uses(rhs),
    }
}
