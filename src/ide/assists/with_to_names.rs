//! Names what `with` brings into scope, so that it can be seen where each name comes from.
//!
//! ```nix before
//! { lib, pkgs, x }: wi$0th lib; mkIf x (mkForce pkgs.hello)
//! ```
//!
//! ```nix after
//! { lib, pkgs, x }: lib.mkIf x (lib.mkForce pkgs.hello)
//! ```
//!
//! ```nix before
//! { pkgs }: { packages = wi$0th pkgs.python3Packages; [ numpy scipy ]; }
//! ```
//!
//! ```nix after
//! { pkgs }: { packages = [ pkgs.python3Packages.numpy pkgs.python3Packages.scipy ]; }
//! ```
//!
//! Where another `with` may provide a name as well it is not known which one does.
//!
//! ```nix nothing
//! { lib, pkgs }: with pkgs; wi$0th lib; [ hello ]
//! ```

use super::{Assist, AssistKind, Context, Offer};
use crate::base::{TextEdit, TextRange};
use crate::hir::{Expr, VarTarget};
use crate::syntax::SyntaxKind;
use crate::syntax::ast::{self, AstNode};

pub(super) const ASSIST: Assist =
    Assist { id: "with-to-names", kind: AssistKind::Rewrite, source: include_str!("with_to_names.rs"), offer };

fn offer(context: &Context<'_>) -> Option<Offer> {
    let with: ast::With = context.node()?;
    let namespace = with.namespace()?;
    let head = TextRange::new(with.syntax().text_range().start(), namespace.syntax().text_range().end());
    let plain = matches!(namespace, ast::Expr::Ident(_) | ast::Expr::Select(_));
    if !plain || !head.contains_range(context.range) {
        return None;
    }
    let body = with.body()?;
    let within = body.syntax().text_range();
    // One inside of it may provide names of this one, and one around it those that this one does not have.
    let nested = body.syntax().descendants().chain(with.syntax().ancestors().skip(1));
    if nested.filter(|node| node.kind() == SyntaxKind::NODE_WITH).count() > 0 {
        return None;
    }
    let name = namespace.syntax().text().to_string();
    let root = name.split('.').next().unwrap_or_default().trim().to_string();
    let lowered = context.data.lowered();
    let mut edits = Vec::new();
    for (id, expr) in lowered.file.exprs() {
        let Expr::Var(var) = expr else { continue };
        let range = lowered.source_map.expr(id);
        if !within.contains_range(range) || !matches!(var.target, VarTarget::With(_)) {
            continue;
        }
        let node = context.root.covering_element(range);
        let parent = match &node {
            crate::syntax::NodeOrToken::Node(node) => node.parent()?,
            crate::syntax::NodeOrToken::Token(token) => token.parent()?.parent()?,
        };
        if parent.kind() == SyntaxKind::NODE_INHERIT {
            return None;
        }
        // A name in between that is called like the namespace would be meant instead.
        let shadowed = parent.ancestors().take_while(|node| *node != *with.syntax()).any(|node| binds(&node, &root));
        if shadowed {
            return None;
        }
        edits.push(TextEdit::insert(range.start(), format!("{name}.")));
    }
    if edits.is_empty() {
        return None;
    }
    edits.insert(0, TextEdit::delete(TextRange::new(with.syntax().text_range().start(), within.start())));
    context.offer(format!("Name what comes from {name}"), edits)
}

/// Whether a node binds a name for what stands in it.
fn binds(node: &crate::syntax::SyntaxNode, name: &str) -> bool {
    let binding = matches!(
        node.kind(),
        SyntaxKind::NODE_LET_IN | SyntaxKind::NODE_LAMBDA | SyntaxKind::NODE_ATTR_SET | SyntaxKind::NODE_LEGACY_LET
    );
    binding
        && node.descendants().any(|it| {
            matches!(it.kind(), SyntaxKind::NODE_IDENT | SyntaxKind::NODE_IDENT_PARAM)
                && it.text() == name
                && it.parent().is_some_and(|parent| {
                    matches!(
                        parent.kind(),
                        SyntaxKind::NODE_ATTRPATH
                            | SyntaxKind::NODE_INHERIT
                            | SyntaxKind::NODE_PAT_ENTRY
                            | SyntaxKind::NODE_PAT_BIND
                            | SyntaxKind::NODE_LAMBDA
                    )
                })
                && !in_selection(&it)
        })
}

fn in_selection(name: &crate::syntax::SyntaxNode) -> bool {
    let path = name.parent().filter(|parent| parent.kind() == SyntaxKind::NODE_ATTRPATH);
    path.and_then(|path| path.parent()).is_some_and(|holder| holder.kind() != SyntaxKind::NODE_ATTRPATH_VALUE)
}
