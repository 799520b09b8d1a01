//! Builtins on numbers.

use super::{Definition, binary, unary};
use crate::eval::operators::{arithmetic, compare, divide};
use crate::eval::unknown::{ErrorKind, EvalError};
use crate::eval::value::{Thunk, Value};
use crate::eval::{Evaluator, Result};

pub(super) fn definitions() -> Vec<Definition> {
    vec![
        binary("add", |ev, a, b| arithmetic(ev, "+", &ev.force(a)?, &ev.force(b)?, i64::checked_add, |a, b| a + b)),
        binary("sub", |ev, a, b| arithmetic(ev, "-", &ev.force(a)?, &ev.force(b)?, i64::checked_sub, |a, b| a - b)),
        binary("mul", |ev, a, b| arithmetic(ev, "*", &ev.force(a)?, &ev.force(b)?, i64::checked_mul, |a, b| a * b)),
        binary("div", |ev, a, b| divide(ev, &ev.force(a)?, &ev.force(b)?)),
        binary("lessThan", |ev, a, b| {
            Ok(Value::Bool(compare(ev, &ev.force(a)?, &ev.force(b)?)? == std::cmp::Ordering::Less))
        }),
        binary("bitAnd", |ev, a, b| Ok(Value::Int(ev.int(a)? & ev.int(b)?))),
        binary("bitOr", |ev, a, b| Ok(Value::Int(ev.int(a)? | ev.int(b)?))),
        binary("bitXor", |ev, a, b| Ok(Value::Int(ev.int(a)? ^ ev.int(b)?))),
        unary("ceil", |ev, value| round(ev, value, f64::ceil)),
        unary("floor", |ev, value| round(ev, value, f64::floor)),
    ]
}

fn round(ev: &Evaluator, value: &Thunk, round: fn(f64) -> f64) -> Result<Value> {
    match ev.force(value)? {
        // Nix goes by way of a float, and fails where that has another value.
        Value::Int(value) => match round(value as f64) as i128 == i128::from(value) {
            true => Ok(Value::Int(value)),
            false => Err(EvalError::stop(ErrorKind::Other, format!("{value} is rounded to a float"))),
        },
        Value::Float(value) => {
            let rounded = round(value);
            // 2^63, the first number that is too large, is a float; the largest integer is not.
            let bound = 2f64.powi(63);
            if (-bound..bound).contains(&rounded) {
                Ok(Value::Int(rounded as i64))
            } else {
                Err(EvalError::stop(ErrorKind::Other, format!("{value} does not fit an integer")))
            }
        }
        other => Err(ev.type_error("a number", &other)),
    }
}
