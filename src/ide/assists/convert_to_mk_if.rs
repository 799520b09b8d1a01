//! Writes a definition under a condition with `mkIf`, which lets other modules set the same options.
//!
//! ```nix before
//! { config, lib, ... }:
//! {
//!   services.thing = i$0f config.x then { enable = true; } else { };
//! }
//! ```
//!
//! ```nix after
//! { config, lib, ... }:
//! {
//!   services.thing = lib.mkIf config.x { enable = true; };
//! }
//! ```
//!
//! ```nix before
//! { config, lib, ... }:
//! {
//!   config.a = i$0f config.x == 1 then f 1 else { b = 2; };
//! }
//! ```
//!
//! ```nix after
//! { config, lib, ... }:
//! {
//!   config.a = lib.mkMerge [
//!     (lib.mkIf (config.x == 1) (f 1))
//!     (lib.mkIf (!(config.x == 1)) { b = 2; })
//!   ];
//! }
//! ```
//!
//! ```nix nothing
//! let x = i$0f a then { } else { }; a = true; in x
//! ```

use super::{Assist, AssistKind, Context, Offer, needs_parens};
use crate::base::{TextEdit, TextRange};
use crate::semantics::{Kind, Segment, attr_name, enclosing_place};
use crate::syntax::ast::{self, AstNode, HasEntry};

pub(super) const ASSIST: Assist =
    Assist { id: "convert-to-mkif", kind: AssistKind::Rewrite, source: include_str!("convert_to_mk_if.rs"), offer };

fn offer(context: &Context<'_>) -> Option<Offer> {
    let condition: ast::IfElse = context.node()?;
    let head =
        TextRange::new(condition.syntax().text_range().start(), condition.condition()?.syntax().text_range().end());
    if !head.contains_range(context.range) {
        return None;
    }
    // Only what is a definition of a module has something to merge it.
    let binding = ast::AttrpathValue::cast(condition.syntax().parent()?)?;
    let names: Vec<Segment> =
        binding.attrpath()?.attrs().map(|attr| attr_name(&attr).map_or(Segment::Any, Segment::Name)).collect();
    let set = binding.syntax().parent()?;
    let place = enclosing_place(&set, names)?;
    if !matches!(place.kind, Kind::Set | Kind::Top) {
        return None;
    }
    let lib = |name: &str| crate::rules::name_of_lib_function(condition.syntax(), name);
    let mk_if = lib("mkIf")?;
    let atom = |expr: &ast::Expr| {
        let text = expr.syntax().text().to_string();
        if needs_parens(expr) { format!("({text})") } else { text }
    };
    let (test, yes, no) = (condition.condition()?, condition.body()?, condition.else_body()?);
    let empty = |expr: &ast::Expr| match expr {
        ast::Expr::AttrSet(set) => set.entries().next().is_none(),
        ast::Expr::List(list) => list.items().next().is_none(),
        _ => false,
    };
    let test_text = atom(&test);
    let text = match (empty(&yes), empty(&no)) {
        (_, true) => format!("{mk_if} {test_text} {}", atom(&yes)),
        (true, false) => format!("{mk_if} (!{test_text}) {}", atom(&no)),
        (false, false) => {
            let merge = lib("mkMerge")?;
            let indent = context.indent(condition.syntax().text_range().start());
            format!(
                "{merge} [\n{indent}  ({mk_if} {test_text} {})\n{indent}  ({mk_if} (!{test_text}) {})\n{indent}]",
                atom(&yes),
                atom(&no)
            )
        }
    };
    let range = condition.syntax().text_range();
    context.offer("Write with mkIf", vec![TextEdit::replace(range, text)])
}
