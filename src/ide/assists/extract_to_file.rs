//! Moves the selected expression into a file of its own, which gets the names that it uses as arguments.
//!
//! ```nix before
//! #- /host.nix
//! { pkgs, user, ... }:
//! {
//!   systemd.services.thing = $1{
//!     script = "${pkgs.hello}/bin/hello ${user}";
//!   }$0;
//! }
//! ```
//!
//! ```nix after
//! #- /host.nix
//! { pkgs, user, ... }:
//! {
//!   systemd.services.thing = import ./thing.nix { inherit pkgs user; };
//! }
//! #- /thing.nix
//! { pkgs, user }:
//! {
//!   script = "${pkgs.hello}/bin/hello ${user}";
//! }
//! ```
//!
//! Paths would lead elsewhere from another folder; here it is the same one, so they stay.

use super::{Assist, AssistKind, Context, Offer, needs_parens, takes_any};
use crate::base::TextEdit;
use crate::hir::Name;
use crate::rules::NewFile;
use crate::semantics::attr_name;
use crate::syntax::ast::{self, AstNode};
use crate::syntax::{NodeOrToken, SyntaxKind, SyntaxNode};

pub(super) const ASSIST: Assist =
    Assist { id: "extract-to-file", kind: AssistKind::Extract, source: include_str!("extract_to_file.rs"), offer };

fn offer(context: &Context<'_>) -> Option<Offer> {
    let expr = context.selected_expr().filter(|expr| !matches!(expr, ast::Expr::Ident(_) | ast::Expr::Literal(_)))?;
    let within = expr.syntax().text_range();
    // Of the root of flake.nix, and of its inputs, Nix wants the text.
    let flake = context.analysis.path(context.file).ends_with("/flake.nix");
    let in_function = expr.syntax().ancestors().skip(1).any(|node| node.kind() == SyntaxKind::NODE_LAMBDA);
    if flake && !in_function || expr.syntax().parent()?.kind() == SyntaxKind::NODE_ROOT {
        return None;
    }
    let names = context.free_names(expr.syntax())?;
    let bound = expr.syntax().parent().and_then(ast::AttrpathValue::cast);
    let wanted = bound.and_then(|it| attr_name(&it.attrpath()?.attrs().last()?));
    let wanted = wanted.filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)));
    let path = context.analysis.path(context.file);
    let (folder, _) = path.rsplit_once('/')?;
    let tree = context.analysis.snapshot().tree();
    let stem = wanted.unwrap_or_else(|| Name::new_static("extracted"));
    let numbered = (2..100).map(|number| format!("{stem}{number}"));
    let file = std::iter::once(stem.to_string())
        .chain(numbered)
        .find(|name| tree.node(&format!("{folder}/{name}.nix")).is_none())?;
    let text = file_text(&names, expr.syntax());
    let call = match names.as_slice() {
        [] => format!("import ./{file}.nix"),
        names => {
            let names: Vec<&str> = names.iter().map(Name::as_str).collect();
            format!("import ./{file}.nix {{ inherit {}; }}", names.join(" "))
        }
    };
    let call = if takes_any(expr.syntax()) { call } else { format!("({call})") };
    let _ = needs_parens;
    let mut offer = context.offer(format!("Move into ./{file}.nix"), vec![TextEdit::replace(within, call)])?;
    let path = Name::new(format!("{folder}/{file}.nix"));
    if tree.in_git(&path) {
        offer.title.push_str(" (git add it afterwards)");
    }
    offer.creates.push(NewFile { path, text });
    Some(offer)
}

/// The text of a file that gives an expression, as a function of what it uses.
pub(super) fn file_text(names: &[Name], expr: &SyntaxNode) -> String {
    let mut text = String::new();
    if !names.is_empty() {
        let names: Vec<&str> = names.iter().map(Name::as_str).collect();
        text.push_str(&format!("{{ {} }}:\n", names.join(", ")));
    }
    text.push_str(&at_margin(expr));
    text.push('\n');
    text
}

/// The text of an expression as if its line began at the margin. Strings in plain quotes that go over lines stay.
fn at_margin(expr: &SyntaxNode) -> String {
    let text = expr.text().to_string();
    let raw = expr.descendants_with_tokens().filter_map(NodeOrToken::into_token).any(|token| {
        token.kind() == SyntaxKind::TOKEN_STRING_CONTENT
            && token.text().contains('\n')
            && token.parent().and_then(|it| it.first_token()).is_some_and(|first| first.text() == "\"")
    });
    let lines = || text.lines().skip(1).filter(|line| !line.trim().is_empty());
    let common = lines().map(|line| line.len() - line.trim_start_matches(' ').len()).min().unwrap_or_default();
    if raw || common == 0 {
        return text;
    }
    let mut out: Vec<&str> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        out.push(if at == 0 { line } else { line.get(common..).unwrap_or(line.trim_start()) });
    }
    out.join("\n")
}
