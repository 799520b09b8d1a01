//! What a helper would have to be given to build a host that is written by hand.
//!
//! The call in the helper is laid over the call by hand: where the helper has
//! one of its parameters, what stands there by hand is the argument. This
//! is a guess, made to be put to the proof; it need not understand everything.

mod builder;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::spelling::{Bit, Text, bits, joined, literal, named, quoted, split, unquoted};
use crate::eval::Site;
use crate::hir::{AttrValue, AttrsExpr, Expr, ExprId, File, Formal, Key, KeyId, Name, Param, Var, VarTarget};
use crate::repository::for_each_child;
use crate::repository::model::{Helper, Host};

/// An argument, made of what stands in the call by hand.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    /// An expression as it stands.
    Source(ExprId),
    /// Text of its own.
    Text(String),
    /// Some of the elements of a list.
    List(Vec<Item>),
    /// Some of the attributes of a set.
    Attrs { set: ExprId, names: Vec<Name> },
}

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Item {
    Element(ExprId),
    /// What is joined with `++` and is no literal list.
    Splice(ExprId),
}

/// What a function is applied to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Argument {
    Positional(Piece),
    Named(Vec<(Name, Piece)>),
}

/// A parameter: which function of the curried ones, and the name if it takes a set.
type ParameterId = (usize, Option<Name>);

struct Matcher<'a> {
    helper: Text<'a>,
    host: Text<'a>,
    lambdas: Vec<&'a Param>,
    params: FxHashMap<KeyId, ParameterId>,
    /// Parameters that take a whole set.
    wholes: FxHashMap<KeyId, usize>,
    /// What the helper binds by `let`.
    lets: FxHashMap<KeyId, ExprId>,
    bound: BTreeMap<ParameterId, Piece>,
    /// Parameters that are lists of modules, or sets of arguments.
    lists: Vec<ParameterId>,
    sets: Vec<ParameterId>,
    steps: u32,
}

/// How many pairs of expressions are laid over each other.
const MAX_STEPS: u32 = 20_000;

/// The arguments with which `helper` may build what `call` builds; `None` where one cannot be guessed.
pub(super) fn arguments(
    helper: &Helper,
    helper_text: Text<'_>,
    host: &Host,
    host_text: Text<'_>,
    call: ExprId,
) -> Option<Vec<Argument>> {
    let Site::Expr(function) = helper.function.site else { return None };
    let given = set_given(host_text.hir, call)?;
    let (lambdas, lets, body) = opened(helper_text.hir, function, helper.applied)?;
    let wanted = set_given(helper_text.hir, body)?;
    let mut matcher = Matcher {
        helper: helper_text,
        host: host_text,
        lambdas,
        params: FxHashMap::default(),
        wholes: FxHashMap::default(),
        lets,
        bound: BTreeMap::new(),
        lists: Vec::new(),
        sets: Vec::new(),
        steps: 0,
    };
    matcher.name_parameters();
    matcher.builder(wanted, given);
    matcher.finish(host)
}

/// The literal set that a call gives its function. What a recursive set holds cannot be moved out of it.
pub(super) fn set_given(hir: &File, call: ExprId) -> Option<ExprId> {
    let Expr::Apply { argument, .. } = hir.expr(call) else { return None };
    matches!(hir.expr(*argument), Expr::Attrs(attrs) if !attrs.recursive).then_some(*argument)
}

type Opened<'a> = (Vec<&'a Param>, FxHashMap<KeyId, ExprId>, ExprId);

/// The parameters of a curried function, without the first `applied`, what it binds, and its result.
fn opened(hir: &File, function: ExprId, applied: usize) -> Option<Opened<'_>> {
    let (mut lambdas, mut lets, mut expr) = (Vec::new(), FxHashMap::default(), function);
    loop {
        expr = match hir.expr(expr) {
            Expr::Lambda(lambda) => {
                lambdas.push(&lambda.param);
                lambda.body
            }
            Expr::Let { bindings, body } => {
                for attr in &bindings.attrs {
                    if let AttrValue::Expr(value) = &attr.value {
                        lets.extend(attr.keys.iter().map(|key| (*key, *value)));
                    }
                }
                *body
            }
            Expr::With { body, .. } | Expr::Assert { body, .. } => *body,
            Expr::Apply { .. } if lambdas.len() > applied => return Some((lambdas.split_off(applied), lets, expr)),
            _ => return None,
        };
    }
}

impl<'a> Matcher<'a> {
    fn name_parameters(&mut self) {
        for (at, param) in self.lambdas.iter().enumerate() {
            match param {
                Param::Ident { key, .. } => {
                    self.params.insert(*key, (at, None));
                    self.wholes.insert(*key, at);
                }
                Param::Pattern { formals, bind, .. } => {
                    self.params.extend(formals.iter().map(|formal| (formal.key, (at, Some(formal.name.clone())))));
                    self.wholes.extend(bind.iter().map(|(_, key)| (*key, at)));
                }
            }
        }
    }

    /// The parameter that an expression of the helper is: `name`, `args.name`.
    fn parameter(&self, expr: ExprId) -> Option<ParameterId> {
        match self.helper.hir.expr(expr) {
            Expr::Var(Var { target: VarTarget::Slot { key, .. }, .. }) => match self.lets.get(key) {
                Some(value) if *value != expr => self.parameter(*value),
                _ => self.params.get(key).cloned(),
            },
            Expr::Select { base, path, .. } => match (self.helper.hir.expr(*base), &path[..]) {
                (Expr::Var(Var { target: VarTarget::Slot { key, .. }, .. }), [Key::Static { name, .. }]) => {
                    self.wholes.get(key).map(|at| (*at, Some(name.clone())))
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn bind(&mut self, parameter: ParameterId, piece: Piece) -> bool {
        match self.bound.get(&parameter) {
            Some(known) => match (self.literal(known), self.literal(&piece)) {
                (Some(known), Some(new)) => known == new,
                _ => true,
            },
            None => {
                self.bound.insert(parameter, piece);
                true
            }
        }
    }

    /// What a piece says, where it is a literal.
    fn literal(&self, piece: &Piece) -> Option<String> {
        match piece {
            Piece::Text(text) => Some(text.clone()),
            Piece::Source(expr) => literal(self.host.hir, *expr),
            Piece::List(items) => items.is_empty().then(|| "[]".to_string()),
            Piece::Attrs { names, .. } => names.is_empty().then(|| "{}".to_string()),
        }
    }

    /// [`Matcher::fits`], which leaves no trace where it fails.
    fn attempt(&mut self, wanted: ExprId, given: ExprId) -> bool {
        let before = self.bound.clone();
        let fits = self.fits(wanted, given);
        if !fits {
            self.bound = before;
        }
        fits
    }

    /// Whether an expression of the helper can be this one by hand, which may say what parameters are.
    fn fits(&mut self, wanted: ExprId, given: ExprId) -> bool {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return false;
        }
        if let Some(parameter) = self.parameter(wanted) {
            return self.bind(parameter, Piece::Source(given));
        }
        let (ours, theirs) = (self.helper.hir, self.host.hir);
        if let Expr::Var(Var { target: VarTarget::Slot { key, .. }, name }) = ours.expr(wanted)
            && let Some(value) = self.lets.get(key).copied()
            && !matches!(theirs.expr(given), Expr::Var(var) if var.name == *name)
        {
            return self.fits(value, given);
        }
        if let (Some(wanted), Some(given)) = (named(ours, wanted), named(theirs, given)) {
            return wanted == given;
        }
        if let (Some(bits), Some(text)) = (bits(self.helper, wanted), bits(self.host, given)) {
            let literal = matches!(text[..], [] | [Bit::Text(_)]);
            let before = self.bound.clone();
            if self.texts_fit(bits, text) {
                return true;
            }
            self.bound = before;
            if literal {
                return false;
            }
        }
        match (ours.expr(wanted), theirs.expr(given)) {
            (Expr::Attrs(wanted), Expr::Attrs(given)) => self.sets_fit(wanted, given),
            (wanted_expr, given_expr) => {
                if std::mem::discriminant(wanted_expr) != std::mem::discriminant(given_expr) {
                    return false;
                }
                if let (Some(wanted), Some(given)) = (literal(ours, wanted), literal(theirs, given)) {
                    return wanted == given;
                }
                let (mut wanted_parts, mut given_parts) = (Vec::new(), Vec::new());
                for_each_child(ours, wanted, &mut |child| wanted_parts.push(child));
                for_each_child(theirs, given, &mut |child| given_parts.push(child));
                wanted_parts.len() == given_parts.len()
                    && wanted_parts.iter().zip(&given_parts).all(|(wanted, given)| self.fits(*wanted, *given))
            }
        }
    }

    fn sets_fit(&mut self, wanted: &AttrsExpr, given: &AttrsExpr) -> bool {
        let count = |set: &AttrsExpr| set.attrs.len() + set.dynamics.len();
        if count(wanted) != count(given) {
            return false;
        }
        let mut left: Vec<&crate::hir::Attr> = given.attrs.iter().collect();
        for attr in &wanted.attrs {
            let Some(at) = left.iter().position(|it| it.name == attr.name) else { return false };
            let there = left.remove(at);
            let fits = match (&attr.value, &there.value) {
                (
                    AttrValue::Expr(wanted) | AttrValue::Inherit(wanted),
                    AttrValue::Expr(given) | AttrValue::Inherit(given),
                ) => self.fits(*wanted, *given),
                _ => true,
            };
            if !fits {
                return false;
            }
        }
        // A computed name stands for one that is written out.
        for dynamic in &wanted.dynamics {
            let Some(there) = left.pop() else { break };
            if let Some(parameter) = self.parameter(dynamic.name) {
                let Some(text) = quoted(&there.name) else { return false };
                if !self.bind(parameter, Piece::Text(text)) {
                    return false;
                }
            }
            if let AttrValue::Expr(given) | AttrValue::Inherit(given) = &there.value
                && !self.fits(dynamic.value, *given)
            {
                return false;
            }
        }
        true
    }

    /// Whether a string or path of the helper can be this one.
    fn texts_fit(&mut self, wanted: Vec<Bit>, given: Vec<Bit>) -> bool {
        // Parameters stand for text. What else is computed has to be computed alike.
        let (texts, holes) = split(wanted, |expr| self.parameter(expr).is_none());
        let (given_texts, given_holes) = split(given, |_| true);
        texts.len() == given_texts.len()
            && texts.into_iter().zip(given_texts).all(|(wanted, given)| {
                let given: String = given.iter().filter_map(Bit::text).collect();
                self.text_fits(wanted, &given)
            })
            && holes.into_iter().zip(given_holes).all(|(wanted, given)| self.fits(wanted, given))
    }

    /// Whether text and parameters can be this text. A parameter ends where the text after it begins.
    fn text_fits(&mut self, bits: Vec<Bit>, mut text: &str) -> bool {
        let mut bits = joined(bits.into_iter().map(|bit| self.known_text(bit))).into_iter().peekable();
        while let Some(bit) = bits.next() {
            let hole = match bit {
                Bit::Text(literal) => match text.strip_prefix(literal.as_str()) {
                    Some(rest) => {
                        text = rest;
                        continue;
                    }
                    None => return false,
                },
                Bit::Hole(hole) => hole,
            };
            let end = match bits.peek() {
                None => Some(text.len()),
                Some(Bit::Hole(_)) => None,
                Some(Bit::Text(after)) => text.find(after.as_str()),
            };
            let Some((inner, rest)) = end.and_then(|end| text.split_at_checked(end)) else { return false };
            let (Some(parameter), Some(inner)) = (self.parameter(hole), quoted(inner).filter(|_| !inner.is_empty()))
            else {
                return false;
            };
            if !self.bind(parameter, Piece::Text(inner)) {
                return false;
            }
            text = rest;
        }
        text.is_empty()
    }

    /// The text of a parameter, once it is known.
    fn known_text(&self, bit: Bit) -> Bit {
        let Bit::Hole(expr) = bit else { return bit };
        let known = self.parameter(expr).and_then(|parameter| self.bound.get(&parameter));
        let text = known.and_then(|piece| self.literal(piece)).and_then(|text| unquoted(&text));
        text.map_or(Bit::Hole(expr), Bit::Text)
    }

    /// The arguments in order, with what only a guess can fill.
    fn finish(mut self, host: &Host) -> Option<Vec<Argument>> {
        let mut arguments = Vec::new();
        for (at, param) in std::mem::take(&mut self.lambdas).into_iter().enumerate() {
            let named: Vec<Name> =
                self.bound.keys().filter(|(it, _)| *it == at).filter_map(|(_, name)| name.clone()).collect();
            arguments.push(match param {
                // `args: … args.name …`
                Param::Ident { .. } if !named.is_empty() => Argument::Named(
                    named
                        .into_iter()
                        .filter_map(|name| Some((name.clone(), self.bound.remove(&(at, Some(name)))?)))
                        .collect(),
                ),
                Param::Ident { name, .. } => Argument::Positional(self.value(&(at, None), name, host)?),
                Param::Pattern { formals, .. } => {
                    let mut entries = Vec::new();
                    for formal in formals {
                        let id = (at, Some(formal.name.clone()));
                        let piece = match formal.default {
                            Some(_) => self.bound.get(&id).cloned().filter(|piece| !self.is_default(formal, piece)),
                            None => Some(self.value(&id, &formal.name, host)?),
                        };
                        entries.extend(piece.map(|piece| (formal.name.clone(), piece)));
                    }
                    // What only `@args` hands on.
                    for name in named.into_iter().filter(|name| formals.iter().all(|formal| formal.name != *name)) {
                        entries.extend(self.bound.get(&(at, Some(name.clone()))).cloned().map(|piece| (name, piece)));
                    }
                    Argument::Named(entries)
                }
            });
        }
        Some(arguments)
    }

    fn is_default(&self, formal: &Formal, piece: &Piece) -> bool {
        let default = formal.default.and_then(|default| literal(self.helper.hir, default));
        default.is_some() && default == self.literal(piece)
    }

    /// What a parameter without default is given: what was found, or what its use and its name tell.
    fn value(&self, id: &ParameterId, name: &Name, host: &Host) -> Option<Piece> {
        if let Some(piece) = self.bound.get(id) {
            return Some(piece.clone());
        }
        if self.lists.contains(id) {
            return Some(Piece::List(Vec::new()));
        }
        if self.sets.contains(id) {
            return Some(Piece::Text("{ }".to_string()));
        }
        let text = match name.to_lowercase().as_str() {
            "name" | "host" | "hostname" | "host_name" | "_" | "_name" => quoted(&host.name),
            "system" => quoted(host.system.as_ref()?),
            _ => None,
        };
        text.map(Piece::Text)
    }
}
