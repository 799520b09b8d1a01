//! Sorts the inputs of a flake by name. Comments above an input go with it.
//!
//! ```nix before
//! #- /flake.nix
//! {
//!   inpu$0ts = {
//!     nixpkgs.url = "github:NixOS/nixpkgs";
//!     # disks
//!     disko.url = "github:nix-community/disko";
//!     disko.inputs.nixpkgs.follows = "nixpkgs";
//!   };
//!   outputs = { self, ... }: { };
//! }
//! ```
//!
//! ```nix after
//! #- /flake.nix
//! {
//!   inputs = {
//!     # disks
//!     disko.url = "github:nix-community/disko";
//!     disko.inputs.nixpkgs.follows = "nixpkgs";
//!     nixpkgs.url = "github:NixOS/nixpkgs";
//!   };
//!   outputs = { self, ... }: { };
//! }
//! ```

use super::{Assist, AssistKind, Context, Offer};
use crate::base::{TextEdit, TextRange, TextSize};
use crate::syntax::ast::{self, AstNode, HasEntry};

pub(super) const ASSIST: Assist =
    Assist { id: "sort-inputs", kind: AssistKind::Rewrite, source: include_str!("sort_inputs.rs"), offer };

fn offer(context: &Context<'_>) -> Option<Offer> {
    context.analysis.flake(context.file).filter(|flake| flake.file == context.file)?;
    let binding: ast::AttrpathValue = context.node()?;
    if binding.attrpath()?.syntax().text() != "inputs" {
        return None;
    }
    let ast::Expr::AttrSet(set) = binding.value()? else { return None };
    let mut start = set.l_curly_token()?.text_range().end();
    let mut pieces: Vec<(String, String)> = Vec::new();
    let close = set.r_curly_token()?.text_range().start();
    for entry in set.entries() {
        let ast::Entry::AttrpathValue(input) = &entry else { return None };
        let name = input.attrpath()?.attrs().next()?.syntax().text().to_string();
        // To the end of its line, with a comment that stands there.
        let end = entry.syntax().text_range().end();
        let rest = context.text(TextRange::new(end, close));
        let line = rest.split('\n').next().unwrap_or_default();
        let end = if line.trim().is_empty() || line.trim_start().starts_with('#') {
            end + TextSize::of(line.trim_end())
        } else {
            end
        };
        pieces.push((name.trim_matches('"').to_string(), context.text(TextRange::new(start, end)).to_string()));
        start = end;
    }
    let mut sorted = pieces.clone();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    if sorted == pieces {
        return None;
    }
    // A first line that opens the set belongs to no input.
    let text: String = sorted.iter().map(|(_, text)| text.as_str()).collect();
    let from = set.l_curly_token()?.text_range().end();
    context.offer("Sort the inputs", vec![TextEdit::replace(TextRange::new(from, start), text)])
}
