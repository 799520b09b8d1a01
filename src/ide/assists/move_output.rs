//! Moves an output of flake.nix into a file of its own, which gets the names that it uses.
//!
//! ```nix before
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs";
//!   outputs = { self, nixpkgs }:
//!     let
//!       system = "x86_64-linux";
//!     in
//!     {
//!       dev$0Shells.${system}.default = nixpkgs.legacyPackages.${system}.mkShell {
//!         shellHook = "cat ${./motd}";
//!       };
//!     };
//! }
//! ```
//!
//! ```nix after
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs";
//!   outputs = { self, nixpkgs }:
//!     let
//!       system = "x86_64-linux";
//!     in
//!     {
//!       devShells.${system}.default = import ./outputs/devShells.nix { inherit nixpkgs system; };
//!     };
//! }
//! #- /outputs/devShells.nix
//! { nixpkgs, system }:
//! nixpkgs.legacyPackages.${system}.mkShell {
//!   shellHook = "cat ${../motd}";
//! }
//! ```
//!
//! ```nix nothing
//! #- /flake.nix
//! {
//!   outputs = { self }: { li$0b = import ./lib; };
//! }
//! ```

use super::extract_to_file::file_text;
use super::{Assist, AssistKind, Context, Offer};
use crate::base::{TextEdit, apply_edits};
use crate::hir::Name;
use crate::rules::NewFile;
use crate::semantics::{attr_name, relative_literal};
use crate::syntax::ast::{self, AstNode};
use crate::syntax::string_value::plain_path;
use crate::syntax::{Parse, SyntaxKind};

pub(super) const ASSIST: Assist =
    Assist { id: "move-output", kind: AssistKind::Extract, source: include_str!("move_output.rs"), offer };

fn offer(context: &Context<'_>) -> Option<Offer> {
    let flake = context.analysis.flake(context.file).filter(|flake| flake.file == context.file)?;
    let binding: ast::AttrpathValue = context.node()?;
    let path = binding.attrpath()?;
    if !path.syntax().text_range().contains_range(context.range) {
        return None;
    }
    let first = attr_name(&path.attrs().next()?)?;
    flake.output_names.iter().find(|output| output.name == first)?;
    // A binding of the set that the outputs are: what is around it binds nothing but `outputs`.
    let mut outer = binding.syntax().ancestors().skip(1).filter_map(ast::AttrpathValue::cast);
    let outputs = outer.next()?;
    if outputs.attrpath()?.syntax().text() != "outputs" {
        return None;
    }
    let value = binding.value()?;
    let plain =
        matches!(value, ast::Expr::Ident(_) | ast::Expr::Literal(_) | ast::Expr::Select(_) | ast::Expr::PathRel(_));
    let import = matches!(&value, ast::Expr::Apply(apply) if apply.syntax().text().to_string().starts_with("import "));
    if plain || import {
        return None;
    }
    let names = context.free_names(value.syntax())?;
    let folder = format!("{}/outputs", flake.root.trim_end_matches('/'));
    let safe = first.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    let tree = context.analysis.snapshot().tree();
    let mut stems = std::iter::once(first.to_string()).chain((2..100).map(|number| format!("{first}{number}")));
    let stem = stems.find(|stem| tree.node(&format!("{folder}/{stem}.nix")).is_none()).filter(|_| safe)?;
    let new = Name::new(format!("{folder}/{stem}.nix"));
    let text = with_paths(context, &file_text(&names, value.syntax()), &flake.root, &folder)?;
    let names: Vec<&str> = names.iter().map(Name::as_str).collect();
    let call = match names.as_slice() {
        [] => format!("import ./outputs/{stem}.nix"),
        names => format!("import ./outputs/{stem}.nix {{ inherit {}; }}", names.join(" ")),
    };
    let edit = TextEdit::replace(value.syntax().text_range(), call);
    let mut offer = context.offer(format!("Move {first} into ./outputs/{stem}.nix"), vec![edit])?;
    if tree.in_git(&new) {
        offer.title.push_str(" (git add it afterwards)");
    }
    offer.creates.push(NewFile { path: new, text });
    Some(offer)
}

/// The text with its paths as they are written in another folder; `None` where one cannot be.
fn with_paths(context: &Context<'_>, text: &str, from: &str, to: &str) -> Option<String> {
    let parse = Parse::new(text);
    let mut edits = Vec::new();
    for node in parse.root().descendants().filter(|node| node.kind() == SyntaxKind::NODE_PATH_REL) {
        let path = plain_path(&ast::Path::cast(node.clone())?)?;
        let target = crate::eval::join_path(from, &path);
        edits.push(TextEdit::replace(node.text_range(), relative_literal(to, &target)));
    }
    let _ = context;
    apply_edits(text, &edits).ok()
}
