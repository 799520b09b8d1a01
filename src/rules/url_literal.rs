//! A URL without quotes.
//!
//! RFC 45 deprecates it: Lix and newer releases of Nix warn or refuse, and `x:x` is a string where somebody may have meant a function.
//! The fix adds the quotes.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = github:NixOS/nixpkgs;
//! #                      ^^^^^^^^^^^^^^^^^^^^
//!   outputs = { nixpkgs, ... }: { };
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs";
//!   outputs = { nixpkgs, ... }: { };
//! }
//! ```

use super::language::{self, OneFile};
use super::{Chapter, Context, Diagnostic, Rule, Severity};
use crate::base::TextEdit;
use crate::syntax::{NodeOrToken, SyntaxKind};

pub(super) const RULE: Rule = Rule {
    id: "url-literal",
    chapter: Chapter::Language,
    severity: Severity::Hint,
    source: include_str!("url_literal.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    language::check_all(context, &RULE)
}

pub(super) fn check_file(one: &OneFile<'_>) -> Vec<Diagnostic> {
    if !one.is_whole() {
        return Vec::new();
    }
    let root = one.data.parse().root();
    let tokens = root.descendants_with_tokens().filter_map(NodeOrToken::into_token);
    let urls = tokens.filter(|token| token.kind() == SyntaxKind::TOKEN_URI);
    let found = urls.map(|token| {
        let range = token.text_range();
        let message = "URLs without quotes are deprecated; quote it";
        let mut diagnostic = RULE.finding(one.at(range), message);
        diagnostic.fixes.push(one.fix("Quote it", [TextEdit::replace(range, format!("\"{}\"", token.text()))]));
        diagnostic
    });
    found.collect()
}
