//! Declares an option that is set and that nothing declares, with the type of what it is set to.
//!
//! Only in a namespace that the repository declares options in: any other name may be an option of NixOS. The declaration
//! stands beside the first one of that namespace.
//!
//! ```nix before
//! #! minipkgs: flake
//! #- /host.nix
//! { imports = [ ./custom.nix ]; custom.level = "info"; custom.po$0rt = 80; }
//! #- /custom.nix
//! { lib, ... }:
//! {
//!   options.custom.level = lib.mkOption { type = lib.types.str; };
//! }
//! ```
//!
//! ```nix after
//! #- /custom.nix
//! { lib, ... }:
//! {
//!   options.custom.level = lib.mkOption { type = lib.types.str; };
//!   options.custom.port = lib.mkOption {
//!     type = lib.types.int;
//!     description = "";
//!   };
//! }
//! ```
//!
//! ```nix nothing
//! #! minipkgs: flake
//! #- /host.nix
//! { boot.po$0rt = 80; }
//! ```

use super::{Assist, AssistKind, Context, Offer};
use crate::base::TextEdit;
use crate::eval::attr_name as spelled;
use crate::semantics::{Meaning, Segment};
use crate::syntax::NodeOrToken;
use crate::syntax::ast::{self, AstNode};

pub(super) const ASSIST: Assist =
    Assist { id: "declare-option", kind: AssistKind::Quick, source: include_str!("declare_option.rs"), offer };

fn offer(context: &Context<'_>) -> Option<Offer> {
    let binding: ast::AttrpathValue = context.node()?;
    let last = binding.attrpath()?.attrs().last()?;
    if !binding.attrpath()?.syntax().text_range().contains_range(context.range) {
        return None;
    }
    let at = last.syntax().text_range().start();
    let Meaning::OptionSet { path, options, hosts } = context.analysis.classify(context.file, at)?.meaning else {
        return None;
    };
    let segments: Vec<Segment> = path.iter().cloned().map(Segment::Name).collect();
    if !options.is_empty() || context.analysis.is_namespace(&hosts, &segments) || path.iter().any(|name| name == "*") {
        return None;
    }
    // The options beside it, of the innermost set that has some.
    let (name, around) = path.split_last()?;
    let around = around.get(..)?;
    if around.is_empty() {
        return None;
    }
    let beside = context.analysis.options_below(&hosts, segments.get(..around.len())?);
    let own = beside.into_iter().find(|option| {
        let declared = context.analysis.declarations(&[*option]);
        declared.iter().any(|it| !context.analysis.snapshot().is_foreign(&context.analysis.path(it.file)))
            && context.analysis.option(*option).is_some_and(|facts| facts.path.len() == path.len())
    })?;
    let origin = *context.analysis.declarations(&[own]).first()?;
    let place = context.analysis.range(origin)?;
    let data = context.analysis.snapshot().file(place.file).ok()?;
    let node = match data.parse().root().covering_element(place.range) {
        NodeOrToken::Node(node) => node,
        NodeOrToken::Token(token) => token.parent()?,
    };
    let declaration = node.ancestors().find_map(ast::AttrpathValue::cast)?;
    let attrs: Vec<ast::Attr> = declaration.attrpath()?.attrs().collect();
    // Spelled as the one beside it: the same path but for its last name.
    let prefix: String = attrs.split_last()?.1.iter().map(|attr| format!("{}.", attr.syntax().text())).collect();
    let mk_option = crate::rules::name_of_lib_function(declaration.syntax(), "mkOption")?;
    let types = match mk_option.strip_suffix("mkOption") {
        Some("") => "types".to_string(),
        Some(prefix) => format!("{prefix}types"),
        None => return None,
    };
    let value = binding.value()?;
    let ty = type_of(&value, &types)?;
    let text = data.text();
    let start = usize::from(declaration.syntax().text_range().start());
    let line = text.get(..start)?.rsplit('\n').next().unwrap_or_default();
    let indent = line.get(..line.len() - line.trim_start().len()).unwrap_or_default();
    let insert = format!(
        "\n{indent}{prefix}{} = {mk_option} {{\n{indent}  type = {ty};\n{indent}  description = \"\";\n{indent}}};",
        spelled(name)
    );
    let edit = TextEdit::insert(declaration.syntax().text_range().end(), insert);
    let title =
        format!("Declare {} in {}", crate::module_system::path_text(&path), context.analysis.display_path(place.file));
    Some(Offer { title, edits: vec![(place.file, edit)], ..Offer::default() })
}

/// The type of a value that is written out; `None` where the text does not say it.
fn type_of(value: &ast::Expr, types: &str) -> Option<String> {
    Some(match value {
        ast::Expr::Str(_) => format!("{types}.str"),
        ast::Expr::Literal(literal) => match literal.syntax().text().to_string() {
            text if text.contains('.') => format!("{types}.float"),
            _ => format!("{types}.int"),
        },
        ast::Expr::Ident(ident) => match ident.syntax().text().to_string().as_str() {
            "true" | "false" => format!("{types}.bool"),
            _ => format!("{types}.anything"),
        },
        ast::Expr::PathRel(_) | ast::Expr::PathAbs(_) => format!("{types}.path"),
        ast::Expr::List(list) => {
            let of: Option<Vec<String>> = list.items().map(|item| type_of(&item, types)).collect();
            let mut of = of.unwrap_or_default();
            of.dedup();
            match of.as_slice() {
                [one] if one.contains(' ') => format!("{types}.listOf ({one})"),
                [one] => format!("{types}.listOf {one}"),
                _ => format!("{types}.listOf {types}.anything"),
            }
        }
        ast::Expr::AttrSet(_) => format!("{types}.attrsOf {types}.anything"),
        ast::Expr::Paren(paren) => type_of(&paren.expr()?, types)?,
        _ => format!("{types}.anything"),
    })
}
