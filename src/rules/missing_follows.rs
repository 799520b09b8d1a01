//! An input brings its own copy of an input that this flake has already.
//!
//! Each copy of nixpkgs is fetched, evaluated and built against by itself: it costs time and disk,
//! packages of two nixpkgs meet in one system, and an update of yours leaves it behind.
//! flake.lock says which inputs an input really has. A second nixpkgs is a warning, whatever this flake calls
//! its own; a second home-manager, flake-utils, systems and the like, or a nixpkgs of another channel, is a hint.
//! Pins that are meant (`nixpkgs-for-bootstrap`, a fixed revision) are left alone. Without a
//! flake.lock only inputs that are known to have a nixpkgs are reported.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   inputs = {
//!     nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!     disko.url = "github:nix-community/disko";
//! #   ^^^^^
//!   };
//!   outputs = inputs: { };
//! }
//! ```
//!
//! The fix adds the line in the style in which the input is written:
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs = {
//!     nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!     disko.url = "github:nix-community/disko";
//!     disko.inputs.nixpkgs.follows = "nixpkgs";
//!   };
//!   outputs = inputs: { };
//! }
//! ```
//!
//! A comment at the input that speaks of following, overriding or a cache says that it is meant to be so:
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
//!   # Does not follow nixpkgs: what it builds is in a cache of its own.
//!   inputs.home-manager.url = "github:nix-community/home-manager";
//!   outputs = _: { };
//! }
//! ```

use std::collections::BTreeMap;

use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity, edits};
use crate::flake::{FlakeRef, InputEdge, LockGraph, LockNode};
use crate::hir::Name;
use crate::repository::{Flake, Input};

pub(super) const RULE: Rule = Rule {
    id: "missing-follows",
    chapter: Chapter::Inputs,
    severity: Severity::Warning,
    source: include_str!("missing_follows.rs"),
    check,
};

/// Repositories whose flakes have a `nixpkgs` of their own, for flakes without a lock.
const WITH_NIXPKGS: &[&str] = &[
    "cachix/git-hooks.nix",
    "danth/stylix",
    "hyprwm/hyprland",
    "mic92/sops-nix",
    "nix-community/disko",
    "nix-community/home-manager",
    "nix-community/lanzaboote",
    "nix-community/nix-index-database",
    "nix-community/nix-on-droid",
    "nix-community/nixos-generators",
    "nix-community/nixos-wsl",
    "nix-community/nixvim",
    "nix-community/plasma-manager",
    "nix-community/stylix",
    "nix-darwin/nix-darwin",
    "numtide/treefmt-nix",
    "ryantm/agenix",
];

/// Flakes that ask not to be given another nixpkgs, because what they build is in a cache of their own.
const OWN_CACHE: &[&str] = &[
    "cachix/devenv",
    "chaotic-cx/nyx",
    "determinatesystems/determinate",
    "hyprwm/hyprland",
    "nvmd/nixos-raspberrypi",
    "sodiboo/niri-flake",
    "xddxdd/nix-cachyos-kernel",
];

/// An input's input that is a copy.
struct Copy {
    sub: Name,
    target: Name,
    is_nixpkgs: bool,
    severity: Severity,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let flake = context.flake;
    let mut found = Vec::new();
    for input in flake.inputs.iter().filter(|input| input.is_flake && input.follows.is_none()) {
        let Some(at) = context.place(input.origin).filter(|_| !is_deliberate(context, input)) else { continue };
        let copies = match &flake.lock {
            Some(Ok(lock)) => copies_by_lock(flake, lock, input),
            Some(Err(_)) => Vec::new(),
            None => copies_by_name(flake, input),
        };
        for severity in [Severity::Warning, Severity::Hint] {
            let copies: Vec<&Copy> = copies.iter().filter(|copy| copy.severity == severity).collect();
            if copies.is_empty() {
                continue;
            }
            let mut diagnostic = RULE.finding(at, message(flake, input, &copies));
            diagnostic.severity = severity;
            let edits: Option<Vec<edits::Edit>> = copies
                .iter()
                .map(|copy| edits::add_follows(context.repository, input, &copy.sub, &copy.target))
                .collect();
            if let Some(edits) = edits {
                let title = match copies.as_slice() {
                    [copy] => format!("Let {} of {} follow {}", copy.sub, input.name, copy.target),
                    _ => format!("Let the inputs of {} follow those of this flake", input.name),
                };
                // Another nixpkgs is another build.
                diagnostic.fixes.push(Fix { title, edits, is_unsafe: true, ..Fix::default() });
            }
            found.push(diagnostic);
        }
    }
    found
}

/// Whether a comment at the input says that it is meant to be so.
fn is_deliberate(context: &Context<'_>, input: &Input) -> bool {
    let whole = input.origin.and_then(|origin| context.repository.whole_range(origin));
    let Some(whole) = whole else { return false };
    let Ok(data) = context.repository.snapshot.file(whole.file) else { return false };
    let text = data.text();
    let (start, end) = (usize::from(whole.range.start()), usize::from(whole.range.end()));
    let above = text.get(..start).unwrap_or_default().lines().rev().skip(1).map(str::trim);
    let above = above.take_while(|line| line.starts_with('#'));
    let inside = text.get(start..end).unwrap_or_default().lines().filter_map(|line| Some(line.split_once('#')?.1));
    above.chain(inside).any(|comment| {
        let comment = comment.to_lowercase();
        ["follow", "override", "cache"].iter().any(|word| comment.contains(word))
    })
}

fn message(flake: &Flake, input: &Input, copies: &[&Copy]) -> String {
    let subs: Vec<&str> = copies.iter().map(|copy| copy.sub.as_str()).collect();
    let targets: Vec<&str> = copies.iter().map(|copy| copy.target.as_str()).collect();
    let what = format!("{} brings its own {} instead of following {}", input.name, subs.join(", "), targets.join(", "));
    match &flake.lock {
        Some(Ok(lock)) if copies.iter().any(|copy| copy.is_nixpkgs) => {
            format!("{what}; flake.lock holds {} copies of nixpkgs", lock.nixpkgs_copies())
        }
        _ => what,
    }
}

fn copies_by_lock(flake: &Flake, lock: &LockGraph, input: &Input) -> Vec<Copy> {
    let Some(key) = lock.resolve(&lock.root, &input.name) else { return Vec::new() };
    let Some(node) = lock.node(&key) else { return Vec::new() };
    if lock.is_nixpkgs(&key) {
        return Vec::new();
    }
    let mut copies = Vec::new();
    for (sub, edge) in &node.inputs {
        let InputEdge::Node(own) = edge else { continue };
        // What flake.nix overrides by now, the next lock will have.
        if input.overrides.iter().any(|other| other.path.as_slice() == std::slice::from_ref(sub)) {
            continue;
        }
        let Some(own_node) = lock.node(own) else { continue };
        let is_nixpkgs = own_node.is_nixpkgs();
        let Some((target, target_node)) = counterpart(flake, lock, own_node, is_nixpkgs) else { continue };
        // An input that this flake takes from there, or that shares the node.
        if target == input.name || lock.resolve(&lock.root, &target).as_ref() == Some(own) || is_pinned(sub, own_node) {
            continue;
        }
        let own_cache = node.repo_identity().is_some_and(|identity| OWN_CACHE.contains(&identity.as_str()));
        let severity = match is_nixpkgs && !own_cache && same_purpose(sub, own_node, target_node) {
            true => Severity::Warning,
            false => Severity::Hint,
        };
        copies.push(Copy { sub: sub.clone(), target, is_nixpkgs, severity });
    }
    copies
}

/// The direct input of this flake that a node is a copy of.
fn counterpart<'a>(
    flake: &Flake,
    lock: &'a LockGraph,
    own: &LockNode,
    is_nixpkgs: bool,
) -> Option<(Name, &'a LockNode)> {
    let direct: Vec<(Name, &LockNode)> = flake
        .inputs
        .iter()
        .filter(|input| input.origin.is_some() && input.is_flake == own.is_flake)
        .filter_map(|input| Some((input.name.clone(), lock.node(&lock.resolve(&lock.root, &input.name)?)?)))
        .collect();
    if is_nixpkgs {
        let main = main_nixpkgs(flake, lock)?;
        return direct.into_iter().find(|(name, _)| *name == main);
    }
    // A path has no identity of its own. Where two of one name lie under one name, they are one flake.
    if own.kind() == Some("path") {
        let name = own.path()?.rsplit('/').next()?;
        let same = |node: &LockNode| {
            node.kind() == Some("path") && node.path().is_some_and(|it| it.rsplit('/').next() == Some(name))
        };
        return direct.into_iter().find(|(_, node)| same(node));
    }
    let identity = own.repo_identity()?;
    // One repository may hold several flakes.
    let folder = |node: &LockNode| node.reference().and_then(|reference| reference.dir().map(str::to_string));
    let same = |node: &LockNode| node.repo_identity().as_ref() == Some(&identity) && folder(node) == folder(own);
    direct.into_iter().find(|(_, node)| same(node))
}

/// The nixpkgs that this flake is built on: the one that most inputs follow, then the one of that name, then the first.
fn main_nixpkgs(flake: &Flake, lock: &LockGraph) -> Option<Name> {
    let mut followers: BTreeMap<&str, usize> = BTreeMap::new();
    for other in flake.inputs.iter().flat_map(|input| &input.overrides) {
        if let Some(follows) = &other.follows {
            *followers.entry(follows.text.as_str()).or_default() += 1;
        }
    }
    let is_nixpkgs = |input: &&Input| {
        let key = lock.resolve(&lock.root, &input.name);
        input.origin.is_some() && input.is_flake && key.is_some_and(|key| lock.is_nixpkgs(&key))
    };
    let candidates = flake.inputs.iter().filter(is_nixpkgs).enumerate();
    let best = candidates.max_by_key(|(index, input)| {
        let count = followers.get(input.name.as_str()).copied().unwrap_or_default();
        (count, input.name == "nixpkgs", std::cmp::Reverse(*index))
    });
    best.map(|(_, input)| input.name.clone())
}

/// Whether an input is a certain revision on purpose.
fn is_pinned(sub: &str, node: &LockNode) -> bool {
    let named = ["bootstrap", "pinned", "-for-", "fixed"].iter().any(|word| sub.contains(word));
    named || node.original.contains_key("rev")
}

/// Whether a nixpkgs can be replaced by this flake's: not where it is another channel by name.
fn same_purpose(sub: &str, own: &LockNode, target: &LockNode) -> bool {
    let names_channel = ["stable", "unstable", "legacy", "old", "lib", "docs"].iter().any(|word| sub.contains(word))
        || sub.chars().any(|c| c.is_ascii_digit());
    let other_fork = own.owner().zip(target.owner()).is_some_and(|(own, target)| !own.eq_ignore_ascii_case(target));
    let other_release = release(own).is_some_and(|own| release(target) != Some(own));
    (!names_channel || own.git_ref() == target.git_ref()) && !other_fork && !other_release
}

/// The release that a nixpkgs is of: `25.11`.
fn release(node: &LockNode) -> Option<&str> {
    let name = node.git_ref()?;
    let is_release = |part: &&str| {
        part.len() == 5 && part.split('.').all(|half| half.len() == 2 && half.bytes().all(|b| b.is_ascii_digit()))
    };
    name.split('-').find(is_release)
}

/// Without a lock: inputs that are known to have a nixpkgs, in a flake that has one too.
fn copies_by_name(flake: &Flake, input: &Input) -> Vec<Copy> {
    let reference = |input: &Input| input.url.as_ref().and_then(|url| FlakeRef::parse(&url.text).ok());
    let Some(identity) = reference(input).and_then(|it| it.identity()) else { return Vec::new() };
    let overridden = input.overrides.iter().any(|other| other.path.first().is_some_and(|name| name == "nixpkgs"));
    let mut all = flake.inputs.iter().filter(|other| reference(other).is_some_and(|it| it.is_nixpkgs()));
    let Some(target) = all.next() else { return Vec::new() };
    // Between several there is no saying which is meant.
    if overridden || all.next().is_some() || !WITH_NIXPKGS.contains(&identity.to_lowercase().as_str()) {
        return Vec::new();
    }
    let (sub, target) = (Name::new_static("nixpkgs"), target.name.clone());
    vec![Copy { sub, target, is_nixpkgs: true, severity: Severity::Warning }]
}
