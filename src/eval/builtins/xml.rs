//! `toXML`, as Nix's `value-to-xml.cc` writes values.

use super::{Definition, unary};
use crate::eval::unknown::{Cause, Limit, Stop, Unknown};
use crate::eval::value::{Thunk, Value};
use crate::eval::{Evaluator, Result, operators};
use crate::hir::{Expr, Name, Param};

pub(super) fn definitions() -> Vec<Definition> {
    vec![unary("toXML", |ev, value| {
        let mut out = Writer { text: String::from("<?xml version='1.0' encoding='utf-8'?>\n"), context: Vec::new() };
        out.line(0, "<expr>");
        out.value(ev, &ev.force(value)?, 1)?;
        out.line(0, "</expr>");
        Ok(Value::string_with_context(out.text, out.context.into()))
    })]
}

struct Writer {
    text: String,
    context: Vec<Name>,
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("&quot;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\n' => out.push_str("&#xA;"),
            c => out.push(c),
        }
    }
    out
}

impl Writer {
    fn line(&mut self, depth: usize, text: &str) {
        self.text.push_str(&"  ".repeat(depth));
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn simple(&mut self, depth: usize, tag: &str, value: &str) {
        self.line(depth, &format!("<{tag} value=\"{}\" />", escape(value)));
    }

    fn thunk(&mut self, ev: &Evaluator, value: &Thunk, depth: usize) -> Result<()> {
        self.value(ev, &ev.force(value)?, depth)
    }

    fn value(&mut self, ev: &Evaluator, value: &Value, depth: usize) -> Result<()> {
        ev.step(1)?;
        ev.check_size(self.text.len())?;
        if depth > 200 {
            return Err(Stop::Unknown(Unknown::new(Cause::Limit(Limit::Depth))));
        }
        match value {
            Value::Null => self.line(depth, "<null />"),
            Value::Bool(value) => self.simple(depth, "bool", if *value { "true" } else { "false" }),
            Value::Int(value) => self.simple(depth, "int", &value.to_string()),
            Value::Float(value) => self.simple(depth, "float", &super::float_text::general_float(*value)),
            Value::String(string) => {
                self.context.extend(
                    string.context.iter().filter(|name| !self.context.contains(name)).cloned().collect::<Vec<_>>(),
                );
                self.simple(depth, "string", &string.text);
            }
            Value::Path(path) => self.simple(depth, "path", path),
            Value::List(list) => {
                if let Some(rest) = &list.rest {
                    return Err(Stop::Unknown(rest.derive()));
                }
                self.line(depth, "<list>");
                for item in &list.items {
                    self.thunk(ev, item, depth + 1)?;
                }
                self.line(depth, "</list>");
            }
            Value::Attrs(attrs) => {
                if operators::is_derivation(ev, attrs)? {
                    return Err(Stop::Unknown(Unknown::new(Cause::Builtin("toXML"))));
                }
                if let Some(rest) = &attrs.rest {
                    return Err(Stop::Unknown(rest.unknown.derive()));
                }
                self.line(depth, "<attrs>");
                for (name, entry) in attrs.iter() {
                    if entry.maybe {
                        return Err(Stop::Unknown(Unknown::new(Cause::Condition)));
                    }
                    self.line(depth + 1, &format!("<attr name=\"{}\">", escape(name)));
                    self.thunk(ev, &entry.value, depth + 2)?;
                    self.line(depth + 1, "</attr>");
                }
                self.line(depth, "</attrs>");
            }
            Value::Lambda(closure) => {
                self.line(depth, "<function>");
                if let Expr::Lambda(lambda) = closure.code.hir.expr(closure.expr) {
                    self.parameter(&lambda.param, depth + 1);
                }
                self.line(depth, "</function>");
            }
            Value::Primop(_) => self.line(depth, "<unevaluated />"),
            Value::Unknown(unknown) => return Err(Stop::Unknown(unknown.derive())),
        }
        Ok(())
    }

    fn parameter(&mut self, param: &Param, depth: usize) {
        match param {
            Param::Ident { name, .. } => self.line(depth, &format!("<varpat name=\"{}\" />", escape(name))),
            Param::Pattern { formals, ellipsis, bind } => {
                let ellipsis = if *ellipsis { " ellipsis=\"1\"" } else { "" };
                let name = bind.as_ref().map(|(name, _)| format!(" name=\"{}\"", escape(name))).unwrap_or_default();
                self.line(depth, &format!("<attrspat{ellipsis}{name}>"));
                let mut names: Vec<&Name> = formals.iter().map(|formal| &formal.name).collect();
                names.sort();
                for name in names {
                    self.line(depth + 1, &format!("<attr name=\"{}\" />", escape(name)));
                }
                self.line(depth, "</attrspat>");
            }
        }
    }
}
