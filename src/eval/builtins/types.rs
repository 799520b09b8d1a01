//! Builtins that tell what a value is.

use super::{Definition, unary};
use crate::eval::unknown::Stop;
use crate::eval::value::{Attrs, Entry, Thunk, Value};
use crate::eval::{Evaluator, Result};
use crate::hir::{Expr, Param};

pub(super) fn definitions() -> Vec<Definition> {
    vec![
        unary("typeOf", |ev, value| type_name(ev, value).map(Value::string)),
        unary("isNull", |ev, value| is(ev, value, "null")),
        unary("isBool", |ev, value| is(ev, value, "bool")),
        unary("isInt", |ev, value| is(ev, value, "int")),
        unary("isFloat", |ev, value| is(ev, value, "float")),
        unary("isString", |ev, value| is(ev, value, "string")),
        unary("isPath", |ev, value| is(ev, value, "path")),
        unary("isList", |ev, value| is(ev, value, "list")),
        unary("isAttrs", |ev, value| is(ev, value, "set")),
        unary("isFunction", |ev, value| is(ev, value, "lambda")),
        unary("functionArgs", function_args),
    ]
}

fn type_name(ev: &Evaluator, value: &Thunk) -> Result<&'static str> {
    match ev.force(value)? {
        Value::Unknown(unknown) => Err(Stop::Unknown(unknown.derive())),
        value => Ok(value.type_name().unwrap_or("null")),
    }
}

fn is(ev: &Evaluator, value: &Thunk, name: &str) -> Result<Value> {
    Ok(Value::Bool(type_name(ev, value)? == name))
}

fn function_args(ev: &Evaluator, function: &Thunk) -> Result<Value> {
    match ev.force(function)? {
        Value::Lambda(closure) => {
            let mut entries = Vec::new();
            if let Expr::Lambda(lambda) = closure.code.hir.expr(closure.expr)
                && let Param::Pattern { formals, .. } = &lambda.param
            {
                for formal in formals {
                    let origin = closure.code.key(Some(formal.key));
                    let value = Thunk::value_from(Value::Bool(formal.default.is_some()), origin);
                    entries.push((formal.name.clone(), Entry::new(value, origin)));
                }
            }
            Ok(Value::attrs(Attrs::new(entries)))
        }
        Value::Primop(_) => Ok(Value::attrs(Attrs::default())),
        other => Err(ev.type_error("a function", &other)),
    }
}
