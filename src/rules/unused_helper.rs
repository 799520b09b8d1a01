//! A function builds hosts, and no output calls it.
//!
//! What nobody calls is not tested by any build: it falls behind the hosts that are written beside it, and the next host that uses it inherits what was forgotten.
//! Remove it, or let it build the hosts that were written by hand: the first fix does, for those that it provably builds alike (see `bypassed-helper`).
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }:
//!     let
//!       mkSystem = modules: nixpkgs.lib.nixosSystem { inherit modules; };
//! #     ^^^^^^^^
//!     in
//!     {
//!       nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ { networking.hostName = "box"; } ]; };
//!     };
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   outputs = { nixpkgs, ... }:
//!     let
//!       mkSystem = modules: nixpkgs.lib.nixosSystem { inherit modules; };
//!     in
//!     {
//!       nixosConfigurations = builtins.mapAttrs (_: mkSystem) { box = [ { networking.hostName = "box"; } ]; };
//!     };
//! }
//! ```

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity};
use crate::base::{TextEdit, TextRange, TextSize};
use crate::eval::Site;
use crate::hir::Expr;
use crate::repository::{Helper, HostKind, OutputKind};

pub(super) const RULE: Rule = Rule {
    id: "unused-helper",
    chapter: Chapter::Hosts,
    severity: Severity::Warning,
    source: include_str!("unused_helper.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let unused = context.flake.helpers.iter().filter(|helper| is_unused(context, helper));
    unused.filter_map(|helper| report(context, helper)).collect()
}

/// Whether nothing of the flake reaches a helper.
pub(super) fn is_unused(context: &Context<'_>, helper: &Helper) -> bool {
    // What a flake offers as a library others may call.
    let exported = context.flake.outputs.iter().any(|output| {
        matches!(output.kind, OutputKind::Library | OutputKind::Other | OutputKind::Unknown)
            && output.path.last() == Some(&helper.name)
    });
    // What does not parse may hold its calls.
    let all_is_known = context.flake.broken.is_empty();
    all_is_known && !helper.called && helper.hosts.is_empty() && !exported && is_local(context, helper)
}

/// Whether a helper is bound by a `let`. What a set holds, whoever gets the set may call.
fn is_local(context: &Context<'_>, helper: &Helper) -> bool {
    let (Site::Key(key), Ok(data)) = (helper.origin.site, context.repository.snapshot.file(helper.origin.file)) else {
        return false;
    };
    data.hir().exprs().any(|(_, expr)| match expr {
        Expr::Let { bindings, .. } => bindings.attrs.iter().any(|attr| attr.keys.contains(&key)),
        _ => false,
    })
}

fn report(context: &Context<'_>, helper: &Helper) -> Option<Diagnostic> {
    let at = context.place(Some(helper.origin))?;
    let what = match helper.builds {
        HostKind::Nixos => "NixOS hosts",
        HostKind::Darwin => "Darwin hosts",
        HostKind::Home => "homes",
        HostKind::Droid => "nix-on-droid devices",
        HostKind::Other => "hosts",
    };
    let by_hand: Vec<_> = context
        .flake
        .hosts
        .iter()
        .filter(|host| host.kind == helper.builds && host.within.is_none() && host.helpers.is_empty())
        .collect();
    let advice =
        if by_hand.is_empty() { "remove it" } else { "remove it, or let it build the hosts that are written by hand" };
    let mut diagnostic = RULE.finding(at, format!("{} builds {what}, but no output calls it: {advice}", helper.name));
    diagnostic.related = by_hand
        .iter()
        .filter_map(|host| context.related(host.definition, format!("{} is written by hand", host.output)))
        .collect();
    diagnostic.fixes.extend(super::bypassed_helper::conversion(context, helper.origin, None));
    diagnostic.fixes.extend(removal(context, helper));
    Some(diagnostic)
}

/// Takes the binding away, with its line break.
fn removal(context: &Context<'_>, helper: &Helper) -> Option<Fix> {
    let whole = context.repository.whole_range(helper.origin)?;
    let data = context.repository.snapshot.file(whole.file).ok()?;
    let before = data.text().get(..whole.range.start().into())?;
    let kept = before.trim_end_matches([' ', '\t']);
    let start = match kept.strip_suffix('\n') {
        Some(line) => TextSize::of(line.strip_suffix('\r').unwrap_or(line)),
        None => whole.range.start(),
    };
    let edit = TextEdit::delete(TextRange::new(start, whole.range.end()));
    Some(Fix {
        title: format!("Remove {}", helper.name),
        edits: vec![(whole.file, edit)],
        is_unsafe: true,
        ..Fix::default()
    })
}
