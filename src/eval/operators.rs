//! Operators, equality, application of primops, and the join of two ways.

use std::cmp::Ordering;
use std::rc::Rc;

use super::strings::{self, Coercion};
use super::unknown::{Cause, ErrorKind, EvalError, Stop, Unknown};
use super::value::{Attrs, Entry, Primop, Resolved, Rest, Thunk, Value};
use super::{BYTES_PER_STEP, Evaluator, List, ListBuilder, Result};
use crate::hir::{BinaryOp, Name};

/// What a value has under a name.
pub(super) enum Lookup {
    /// The attribute, certainly.
    Found(Thunk),
    /// As `Found`, but computed by an open set.
    Value(Value),
    /// Certainly nothing, or the value is no set.
    Absent,
    /// Perhaps this.
    Maybe(Value),
}

pub(super) fn lookup(ev: &Evaluator, value: &Value, name: &Name) -> Lookup {
    match value {
        Value::Attrs(attrs) => match attrs.get(name) {
            Some(entry) if !entry.maybe => Lookup::Found(entry.value.clone()),
            Some(entry) => {
                Lookup::Maybe(ev.force(&entry.value).unwrap_or_else(|stop| Value::Unknown(stop.into_unknown())))
            }
            None => match &attrs.rest {
                None => Lookup::Absent,
                Some(rest) => match rest.resolve.as_ref().and_then(|resolve| resolve(ev, name)) {
                    Some(Resolved { value: value @ Value::Unknown(_), .. }) => Lookup::Maybe(value),
                    Some(Resolved { value, maybe: true }) => Lookup::Maybe(value),
                    Some(Resolved { value, maybe: false }) => Lookup::Value(value),
                    None => Lookup::Maybe(Value::Unknown(rest.unknown.select(name))),
                },
            },
        },
        Value::Unknown(unknown) => Lookup::Maybe(Value::Unknown(unknown.select(name))),
        _ => Lookup::Absent,
    }
}

pub(super) fn binary(
    ev: &Evaluator,
    op: BinaryOp,
    lhs: impl FnOnce() -> Result<Value>,
    rhs: impl FnOnce() -> Result<Value>,
) -> Result<Value> {
    match op {
        BinaryOp::And => short_circuit(ev, lhs()?, false, rhs),
        BinaryOp::Or => short_circuit(ev, lhs()?, true, rhs),
        BinaryOp::Implication => {
            let negated = match lhs()? {
                Value::Bool(value) => Value::Bool(!value),
                other => other,
            };
            short_circuit(ev, negated, true, rhs)
        }
        BinaryOp::Equal => equal(ev, &lhs()?, &rhs()?).map(Value::Bool),
        BinaryOp::NotEqual => equal(ev, &lhs()?, &rhs()?).map(|equal| Value::Bool(!equal)),
        BinaryOp::Less => compare(ev, &lhs()?, &rhs()?).map(|order| Value::Bool(order == Ordering::Less)),
        // `a > b` is `b < a` and `a <= b` is not that, so the right side is evaluated first.
        BinaryOp::LessOrEqual => compare(ev, &rhs()?, &lhs()?).map(|order| Value::Bool(order != Ordering::Less)),
        BinaryOp::Greater => compare(ev, &rhs()?, &lhs()?).map(|order| Value::Bool(order == Ordering::Less)),
        BinaryOp::GreaterOrEqual => compare(ev, &lhs()?, &rhs()?).map(|order| Value::Bool(order != Ordering::Less)),
        BinaryOp::Update => update(ev, lhs()?, rhs()?),
        BinaryOp::Concat => concat(ev, &lhs()?, &rhs()?),
        BinaryOp::Add => add(ev, &lhs()?, &rhs()?),
        BinaryOp::Sub => arithmetic(ev, "-", &lhs()?, &rhs()?, i64::checked_sub, |a, b| a - b),
        BinaryOp::Mul => arithmetic(ev, "*", &lhs()?, &rhs()?, i64::checked_mul, |a, b| a * b),
        BinaryOp::Div => divide(ev, &lhs()?, &rhs()?),
    }
}

/// How many left sides that nobody knows may lie around each other before their right sides are no longer asked. `lib.isFunction`
/// asks itself of what it is not told: of an unknown value it would go on as deep as an evaluation may be.
const MAX_UNDECIDED: u32 = 32;

/// `&&` and `||`: `decisive` is the value of the left side that decides.
fn short_circuit(ev: &Evaluator, lhs: Value, decisive: bool, rhs: impl FnOnce() -> Result<Value>) -> Result<Value> {
    match lhs {
        Value::Bool(value) if value == decisive => Ok(Value::Bool(decisive)),
        Value::Bool(_) => rhs().and_then(|value| ev.as_bool(&value)).map(Value::Bool),
        Value::Unknown(unknown) => {
            let around = ev.undecided.get();
            if around >= MAX_UNDECIDED {
                return Ok(Value::Unknown(unknown.derive()));
            }
            ev.undecided.set(around + 1);
            let rhs = rhs();
            ev.undecided.set(around);
            match rhs {
                Ok(Value::Bool(value)) if value == decisive => {
                    ev.assume();
                    Ok(Value::Bool(decisive))
                }
                _ => Ok(Value::Unknown(unknown.derive())),
            }
        }
        other => Err(ev.type_error("a boolean", &other)),
    }
}

pub(super) fn update(ev: &Evaluator, lhs: Value, rhs: Value) -> Result<Value> {
    match (&lhs, &rhs) {
        (Value::Attrs(left), Value::Attrs(right)) => {
            if right.is_empty() && right.rest.is_none() {
                return Ok(lhs);
            }
            if left.is_empty() && left.rest.is_none() {
                return Ok(rhs);
            }
            // Under an open set each attribute of the left side becomes another value.
            let share = if right.rest.is_some() { 1 } else { 8 };
            ev.step((left.len() + right.len()) as u64 / share)?;
            Ok(Value::attrs(left.update(right)))
        }
        (Value::Attrs(left), Value::Unknown(unknown)) => {
            ev.step(left.len() as u64 / 8)?;
            Ok(Value::attrs(left.update(&Attrs::default().open(unknown.clone()))))
        }
        (Value::Unknown(unknown), Value::Attrs(right)) => {
            ev.step(right.len() as u64 / 8)?;
            Ok(Value::attrs(Attrs::default().open(unknown.clone()).update(right)))
        }
        (Value::Unknown(unknown), Value::Unknown(_)) => Ok(Value::Unknown(unknown.derive())),
        (Value::Attrs(_) | Value::Unknown(_), other) | (other, _) => Err(ev.type_error("a set", other)),
    }
}

/// `lhs ++ rhs`
pub(super) fn concat(ev: &Evaluator, lhs: &Value, rhs: &Value) -> Result<Value> {
    let mut out = ListBuilder::default();
    for side in [lhs, rhs] {
        match side {
            Value::List(list) => out.extend(list, true),
            Value::Unknown(unknown) => out.others(unknown),
            other => return Err(ev.type_error("a list", other)),
        }
    }
    ev.step(out.len() as u64 / 8)?;
    ev.check_size(out.len())?;
    Ok(out.finish())
}

fn add(ev: &Evaluator, lhs: &Value, rhs: &Value) -> Result<Value> {
    match (lhs, rhs) {
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
            arithmetic(ev, "+", lhs, rhs, i64::checked_add, |a, b| a + b)
        }
        (Value::Path(path), _) => Ok(Value::Path(strings::normalise_path(&format!("{path}{}", ev.path_segment(rhs)?)))),
        (Value::Int(_) | Value::Float(_), Value::Unknown(unknown))
        | (Value::Unknown(unknown), Value::Int(_) | Value::Float(_)) => Err(Stop::Unknown(unknown.derive())),
        _ => {
            let mut builder = strings::Builder::default();
            // A set on the left is not asked whether it is a path; nothing is copied then.
            let coercion = if matches!(lhs, Value::Attrs(_)) { Coercion::Uncopied } else { Coercion::Interpolation };
            for side in [lhs, rhs] {
                match ev.coerce_to_string(side, coercion) {
                    Ok(string) => builder.push_string(&string),
                    Err(Stop::Unknown(unknown)) => builder.push_unknown(unknown)?,
                    Err(error) => return Err(error),
                }
            }
            ev.check_size(builder.len())?;
            ev.step(builder.len() as u64 / BYTES_PER_STEP)?;
            Ok(builder.finish())
        }
    }
}

/// Arithmetic on integers, which overflow as an error, and on floats.
pub(super) fn arithmetic(
    ev: &Evaluator,
    name: &str,
    lhs: &Value,
    rhs: &Value,
    ints: fn(i64, i64) -> Option<i64>,
    floats: fn(f64, f64) -> f64,
) -> Result<Value> {
    match (lhs, rhs) {
        (Value::Int(left), Value::Int(right)) => ints(*left, *right)
            .map(Value::Int)
            .ok_or_else(|| EvalError::stop(ErrorKind::Other, format!("integer overflow in {left} {name} {right}"))),
        (Value::Int(left), Value::Float(right)) => Ok(Value::Float(floats(*left as f64, *right))),
        (Value::Float(left), Value::Int(right)) => Ok(Value::Float(floats(*left, *right as f64))),
        (Value::Float(left), Value::Float(right)) => Ok(Value::Float(floats(*left, *right))),
        (Value::Int(_) | Value::Float(_), other) | (other, _) => Err(ev.type_error("a number", other)),
    }
}

pub(super) fn divide(ev: &Evaluator, lhs: &Value, rhs: &Value) -> Result<Value> {
    let zero = match rhs {
        Value::Int(0) => true,
        Value::Float(value) => *value == 0.0,
        _ => false,
    };
    if zero {
        return Err(EvalError::stop(ErrorKind::Other, "division by zero"));
    }
    arithmetic(ev, "/", lhs, rhs, i64::checked_div, |a, b| a / b)
}

pub(super) fn negate(ev: &Evaluator, value: &Value) -> Result<Value> {
    match value {
        // Nix computes 0 - x, which has no negative zero.
        Value::Float(value) => Ok(Value::Float(0.0 - value)),
        other => arithmetic(ev, "-", &Value::Int(0), other, i64::checked_sub, |a, b| a - b),
    }
}

/// `==`, as Nix's `EvalState::eqValues`. Functions are never equal.
pub(super) fn equal(ev: &Evaluator, lhs: &Value, rhs: &Value) -> Result<bool> {
    ev.step(1)?;
    match (lhs, rhs) {
        (Value::Unknown(unknown), _) | (_, Value::Unknown(unknown)) => Err(Stop::Unknown(unknown.derive())),
        (Value::Null, Value::Null) => Ok(true),
        (Value::Bool(left), Value::Bool(right)) => Ok(left == right),
        (Value::Int(left), Value::Int(right)) => Ok(left == right),
        (Value::Int(left), Value::Float(right)) => Ok(*left as f64 == *right),
        (Value::Float(left), Value::Int(right)) => Ok(*left == *right as f64),
        (Value::Float(left), Value::Float(right)) => Ok(left == right),
        (Value::String(left), Value::String(right)) => Ok(left.text == right.text),
        (Value::Path(left), Value::Path(right)) => Ok(left == right),
        (Value::List(left), Value::List(right)) => {
            if let Some(unknown) = left.rest.as_ref().or(right.rest.as_ref()) {
                // A list that is wholly known is not one with more items.
                let more = |one: &List, other: &List| {
                    other.rest.is_none() && one.certainty().filter(|certain| *certain).count() > other.items.len()
                };
                if more(left, right) || more(right, left) {
                    ev.assume();
                    return Ok(false);
                }
                return Err(Stop::Unknown(unknown.derive()));
            }
            if left.items.len() != right.items.len() {
                return Ok(false);
            }
            all_equal(ev, left.items.iter().zip(&right.items))
        }
        (Value::Attrs(left), Value::Attrs(right)) => {
            // Derivations are compared by where they would be built.
            if is_derivation(ev, left)? && is_derivation(ev, right)? {
                let name = Name::new_static("outPath");
                if let (Some(l), Some(r)) = (ev.select(lhs, &name)?, ev.select(rhs, &name)?) {
                    return ev.deeper(|| equal(ev, &l, &r));
                }
            }
            let open = left.rest.as_ref().or(right.rest.as_ref());
            let names_differ = left.len() != right.len() || left.iter().zip(right.iter()).any(|(l, r)| l.0 != r.0);
            let maybe = left.iter().chain(right.iter()).any(|(_, entry)| entry.maybe);
            if let Some(rest) = open {
                return Err(Stop::Unknown(rest.unknown.derive()));
            }
            if maybe {
                return Err(Stop::Unknown(Unknown::new(Cause::Condition)));
            }
            if names_differ {
                return Ok(false);
            }
            all_equal(ev, left.iter().zip(right.iter()).map(|(l, r)| (&l.1.value, &r.1.value)))
        }
        _ => Ok(false),
    }
}

/// `==` of two elements or attributes. Nix compares pointers first, so that a
/// function is equal to itself inside of a set.
pub(super) fn equal_thunks(ev: &Evaluator, left: &Thunk, right: &Thunk) -> Result<bool> {
    let value = ev.force(left)?;
    if left.same(right) {
        return Ok(true);
    }
    let other = ev.force(right)?;
    ev.deeper(|| equal(ev, &value, &other))
}

fn all_equal<'a>(ev: &Evaluator, pairs: impl Iterator<Item = (&'a Thunk, &'a Thunk)>) -> Result<bool> {
    let mut unknown = None;
    for (left, right) in pairs {
        match equal_thunks(ev, left, right) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            // At a bound the next pair, and those beside all of the outer ones, would only end there too.
            Err(Stop::Unknown(limit)) if matches!(limit.cause, Cause::Limit(_)) => return Err(Stop::Unknown(limit)),
            Err(stop @ Stop::Unknown(_)) => unknown = Some(stop),
            Err(error) => return Err(error),
        }
    }
    unknown.map_or(Ok(true), Err)
}

/// Whether a set says that it is a derivation.
pub(super) fn is_derivation(ev: &Evaluator, attrs: &Attrs) -> Result<bool> {
    match attrs.get("type") {
        Some(entry) => Ok(matches!(ev.force(&entry.value)?, Value::String(kind) if kind.text == "derivation")),
        None => Ok(false),
    }
}

/// `<` and kin, as Nix's `CompareValues`.
pub(super) fn compare(ev: &Evaluator, lhs: &Value, rhs: &Value) -> Result<Ordering> {
    ev.step(1)?;
    match (lhs, rhs) {
        (Value::Unknown(unknown), _) | (_, Value::Unknown(unknown)) => Err(Stop::Unknown(unknown.derive())),
        (Value::Int(left), Value::Int(right)) => Ok(left.cmp(right)),
        (Value::Int(left), Value::Float(right)) => Ok((*left as f64).partial_cmp(right).unwrap_or(Ordering::Equal)),
        (Value::Float(left), Value::Int(right)) => Ok(left.partial_cmp(&(*right as f64)).unwrap_or(Ordering::Equal)),
        (Value::Float(left), Value::Float(right)) => Ok(left.partial_cmp(right).unwrap_or(Ordering::Equal)),
        (Value::String(left), Value::String(right)) => Ok(left.text.as_bytes().cmp(right.text.as_bytes())),
        (Value::Path(left), Value::Path(right)) => Ok(left.cmp(right)),
        (Value::List(left), Value::List(right)) => {
            // What stands where in a list of which something may be missing is not known.
            if let Some(unknown) = left.rest.as_ref().or(right.rest.as_ref()) {
                return Err(Stop::Unknown(unknown.derive()));
            }
            for (l, r) in left.items.iter().zip(&right.items) {
                if !equal_thunks(ev, l, r)? {
                    let (l, r) = (ev.force(l)?, ev.force(r)?);
                    return ev.deeper(|| compare(ev, &l, &r));
                }
            }
            Ok(left.items.len().cmp(&right.items.len()))
        }
        (left, right) => Err(EvalError::stop(
            ErrorKind::Type,
            format!(
                "{} and {} cannot be compared",
                left.type_name().unwrap_or("value"),
                right.type_name().unwrap_or("value")
            ),
        )),
    }
}

pub(super) fn apply_primop(ev: &Evaluator, primop: &Rc<Primop>, argument: Thunk) -> Result<Value> {
    let mut args = primop.args.clone();
    args.push(argument);
    if args.len() < primop.arity {
        return Ok(Value::Primop(Rc::new(Primop {
            name: primop.name,
            arity: primop.arity,
            function: primop.function.clone(),
            args,
        })));
    }
    ev.step(1)?;
    (primop.function)(ev, &args)
}

/// See [`Evaluator::join`]. A way that fails is not taken: the configuration is
/// meant to deploy, so what a `throw` guards against does not happen.
pub(super) fn join(ev: &Evaluator, left: Result<Value>, right: Result<Value>) -> Result<Value> {
    let (left, right) = match (left, right) {
        (Ok(left), Ok(right)) => (left, right),
        (Ok(value), Err(Stop::Error(_))) | (Err(Stop::Error(_)), Ok(value)) => {
            ev.assume();
            return Ok(value);
        }
        (Ok(value), Err(Stop::Unknown(unknown))) | (Err(Stop::Unknown(unknown)), Ok(value)) => {
            (value, Value::Unknown(unknown))
        }
        (Err(stop), Err(_)) => return Err(stop),
    };
    match (&left, &right) {
        (Value::Attrs(l), Value::Attrs(r)) => Ok(Value::attrs(join_attrs(l, r))),
        (Value::Attrs(known), Value::Unknown(unknown)) | (Value::Unknown(unknown), Value::Attrs(known)) => {
            let other = Attrs::default().open(unknown.derive());
            Ok(Value::attrs(join_attrs(known, &other)))
        }
        (Value::List(l), Value::List(r)) => {
            if l.items.is_empty() && r.items.is_empty() && l.rest.is_none() && r.rest.is_none() {
                return Ok(left);
            }
            let mut out = ListBuilder::default();
            out.doubt(|| Unknown::new(Cause::Condition));
            for unknown in [l, r].into_iter().filter_map(|list| list.others()) {
                out.others(unknown);
            }
            // What stands in both is there either way.
            let there =
                |item: &Thunk| r.items.iter().zip(r.certainty()).any(|(other, there)| there && other.same(item));
            for (item, certain) in l.items.iter().zip(l.certainty()) {
                out.push(item.clone(), certain && there(item));
            }
            for item in r.items.iter().filter(|item| !l.items.iter().any(|kept| kept.same(item))) {
                out.push(item.clone(), false);
            }
            Ok(out.finish())
        }
        (Value::List(known), Value::Unknown(unknown)) | (Value::Unknown(unknown), Value::List(known)) => {
            let mut out = ListBuilder::default();
            out.extend(known, false);
            out.others(unknown);
            Ok(out.finish())
        }
        (Value::Unknown(unknown), _) | (_, Value::Unknown(unknown)) => Ok(Value::Unknown(unknown.derive())),
        (Value::Lambda(l), Value::Lambda(r)) if Rc::ptr_eq(l, r) => Ok(left),
        _ => match equal(ev, &left, &right) {
            Ok(true) => Ok(left),
            _ => Ok(Value::Unknown(Unknown::new(Cause::Condition))),
        },
    }
}

fn join_attrs(left: &Attrs, right: &Attrs) -> Attrs {
    let mut entries = Vec::new();
    for (name, entry) in left.iter() {
        let joined = match right.get(name) {
            Some(other) if other.value.same(&entry.value) => entry.clone(),
            Some(other) => {
                let (l, r) = (entry.value.clone(), other.value.clone());
                Entry {
                    value: Thunk::native(move |ev| join(ev, ev.force(&l), ev.force(&r))),
                    origin: entry.origin.or(other.origin),
                    maybe: entry.maybe || other.maybe,
                }
            }
            None => Entry { maybe: true, ..entry.clone() },
        };
        entries.push((name.clone(), joined));
    }
    for (name, entry) in right.iter() {
        if left.get(name).is_none() {
            entries.push((name.clone(), Entry { maybe: true, ..entry.clone() }));
        }
    }
    let rest = left.rest.as_ref().or(right.rest.as_ref()).map(|rest| Rest::new(rest.unknown.clone()));
    let mut attrs = Attrs::new(entries);
    attrs.rest = rest;
    attrs
}
