//! Writes the selected JSON as Nix.
//!
//! ```nix before
//! {
//!   settings = $1{"theme": "dark", "font size": 12.5, "on": [true, null]}$0;
//! }
//! ```
//!
//! ```nix after
//! {
//!   settings = {
//!     theme = "dark";
//!     "font size" = 12.5;
//!     on = [
//!       true
//!       null
//!     ];
//!   };
//! }
//! ```
//!
//! ```nix nothing
//! { a = $1[ 1 ]$0; }
//! ```

use serde_json::Value;

use super::{Assist, AssistKind, Context, Offer};
use crate::base::TextEdit;
use crate::eval::attr_name;

pub(super) const ASSIST: Assist =
    Assist { id: "json-to-nix", kind: AssistKind::Rewrite, source: include_str!("json_to_nix.rs"), offer };

fn offer(context: &Context<'_>) -> Option<Offer> {
    let range = context.selected();
    let text = context.text(range);
    // A list of one element is Nix as well.
    if !text.starts_with(['{', '[']) || !text.contains([':', ',']) {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    let mut nix = String::new();
    write(&value, &context.indent(range.start()), &mut nix);
    context.offer("Write the JSON as Nix", vec![TextEdit::replace(range, nix)])
}

fn write(value: &Value, indent: &str, out: &mut String) {
    let inner = format!("{indent}  ");
    match value {
        Value::Object(object) if object.is_empty() => out.push_str("{ }"),
        Value::Array(items) if items.is_empty() => out.push_str("[ ]"),
        Value::Object(object) => {
            out.push_str("{\n");
            for (name, value) in object {
                out.push_str(&format!("{inner}{} = ", attr_name(name)));
                write(value, &inner, out);
                out.push_str(";\n");
            }
            out.push_str(&format!("{indent}}}"));
        }
        Value::Array(items) => {
            out.push_str("[\n");
            for item in items {
                out.push_str(&inner);
                // An element of a list is an operand.
                let negative = item.as_f64().is_some_and(|number| number < 0.0);
                out.push_str(if negative { "(" } else { "" });
                write(item, &inner, out);
                out.push_str(if negative { ")\n" } else { "\n" });
            }
            out.push_str(&format!("{indent}]"));
        }
        Value::String(text) => {
            out.push('"');
            for c in text.chars() {
                match c {
                    '"' | '\\' | '$' => out.extend(['\\', c]),
                    '\n' => out.push_str("\\n"),
                    '\r' => out.push_str("\\r"),
                    '\t' => out.push_str("\\t"),
                    c => out.push(c),
                }
            }
            out.push('"');
        }
        Value::Number(_) | Value::Bool(_) | Value::Null => out.push_str(&value.to_string()),
    }
}
