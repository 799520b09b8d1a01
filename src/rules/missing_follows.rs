//! An input brings its own copy of an input that this flake has already.
//!
//! Each copy of nixpkgs is fetched, evaluated and built against by itself: it costs time and disk,
//! packages of two nixpkgs meet in one system, and an update of yours leaves it behind.
//! flake.lock says which inputs an input really has. A second nixpkgs is a warning, whatever this flake calls
//! its own; a second home-manager, flake-utils, systems and the like is a hint. So is a nixpkgs of a channel or fork
//! that the input asks for by name (which this flake's cannot stand in for, and there is no fix), one that is locked to
//! the very revision of this flake's, and that of an input whose binary cache this flake names: with another nixpkgs
//! nothing of that cache would fit. Pins that are meant (`nixpkgs-for-bootstrap`, a fixed revision) are left alone.
//! Without a flake.lock only inputs that are known to have a nixpkgs are reported.
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
//! A comment above, at or directly below the input that speaks of following, overriding or a cache says that it is meant
//! to be so:
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

/// Flakes that ask not to be given another nixpkgs, most of them because what they build is in a cache of their own.
const OWN_CACHE: &[&str] = &[
    "cachix/devenv",
    "chaotic-cx/nyx",
    "determinatesystems/determinate",
    "determinatesystems/nix-src",
    "hyprwm/hyprland",
    // Its README warns of another nixpkgs for the sake of Python's packages.
    "nix-community/authentik-nix",
    "nvmd/nixos-raspberrypi",
    "sodiboo/niri-flake",
    "xddxdd/nix-cachyos-kernel",
];

/// What the name of a nixpkgs says of its channel or size, and not of what it is for.
const CHANNELS: &[&str] = &["stable", "unstable", "legacy", "old", "small", "weekly", "release", "lib", "docs"];

/// Caches of many projects, most of which take any nixpkgs.
const SHARED_CACHES: &[&str] = &["nix-community", "nixos"];

/// An input's input that is a copy.
struct Copy {
    sub: Name,
    target: Name,
    is_nixpkgs: bool,
    severity: Severity,
    kind: Kind,
}

/// What a copy is to that which this flake has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Another one of the same: this flake's can stand in for it.
    Another,
    /// The same revision, as the lock is today.
    SameRevision,
    /// Of another channel or fork, by name.
    OtherChannel,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let flake = context.flake;
    let mut found = Vec::new();
    for input in flake.inputs.iter().filter(|input| input.is_flake && input.follows.is_none()) {
        let Some(at) = context.place(input.origin).filter(|_| !is_deliberate(context, input)) else { continue };
        let copies = match &flake.lock {
            Some(Ok(lock)) => copies_by_lock(context, lock, input),
            Some(Err(_)) => Vec::new(),
            None => copies_by_name(flake, input),
        };
        for (severity, kind) in [
            (Severity::Warning, Kind::Another),
            (Severity::Hint, Kind::Another),
            (Severity::Hint, Kind::SameRevision),
            (Severity::Hint, Kind::OtherChannel),
        ] {
            let copies: Vec<&Copy> =
                copies.iter().filter(|copy| copy.severity == severity && copy.kind == kind).collect();
            if copies.is_empty() {
                continue;
            }
            let mut diagnostic = RULE.finding(at, message(flake, input, &copies, kind));
            diagnostic.severity = severity;
            let edits: Option<Vec<edits::Edit>> = copies
                .iter()
                .map(|copy| edits::add_follows(context.repository, input, &copy.sub, &copy.target))
                .collect();
            if let Some(edits) = edits.filter(|_| kind != Kind::OtherChannel) {
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

/// Whether a comment at the input says that it is meant to be so: above what declares it, within it, or directly below
/// it and not directly above something else.
fn is_deliberate(context: &Context<'_>, input: &Input) -> bool {
    let of_overrides = input.overrides.iter().filter_map(|it| it.follows.as_ref().or(it.url.as_ref()));
    let of_itself = input.url.iter().chain(&input.follows);
    let origins = of_itself.chain(of_overrides).filter_map(|spelled| spelled.origin).chain(input.origin);
    origins.filter_map(|origin| context.repository.whole_range(origin)).any(|whole| {
        let Ok(data) = context.repository.snapshot.file(whole.file) else { return false };
        let text = data.text();
        let before = text.get(..whole.range.start().into()).unwrap_or_default();
        let after = text.get(whole.range.end().into()..).unwrap_or_default();
        let inside = text.get(std::ops::Range::<usize>::from(whole.range)).unwrap_or_default();
        let is_comment = |line: &&str| line.starts_with('#');
        let above = before.lines().rev().skip(usize::from(!before.ends_with('\n'))).map(str::trim);
        let above = above.take_while(is_comment);
        let mut below = after.lines();
        let beside = below.next().unwrap_or_default();
        let below: Vec<&str> = below.map(str::trim).collect();
        let comments = below.iter().take_while(|line| is_comment(line)).count();
        // Directly above something else it speaks of that.
        let is_about_next = below.get(comments).is_some_and(|next| !next.is_empty() && !next.starts_with('}'));
        let below = below.iter().copied().take(if is_about_next { 0 } else { comments });
        let within = inside.lines().chain([beside]).filter_map(|line| Some(line.split_once('#')?.1));
        above.chain(within).chain(below).any(|comment| {
            let comment = comment.to_lowercase();
            ["follow", "override", "cache"].iter().any(|word| comment.contains(word))
        })
    })
}

fn message(flake: &Flake, input: &Input, copies: &[&Copy], kind: Kind) -> String {
    let lock = match &flake.lock {
        Some(Ok(lock)) => Some(lock),
        _ => None,
    };
    let own = |copy: &Copy| lock?.node(&lock?.resolve(&lock?.resolve(&lock?.root, &input.name)?, &copy.sub)?);
    let target = |name: &Name| lock?.node(&lock?.resolve(&lock?.root, name)?);
    let (mut subs, mut targets): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for copy in copies {
        // Where they are of different releases, that says more than their names.
        let differing = own(copy).zip(target(&copy.target)).filter(|(own, target)| release(own) != release(target));
        let channels = differing.and_then(|(own, target)| Some((own.git_ref()?, target.git_ref()?)));
        let (sub, wanted) = match channels {
            Some((own, target)) if copy.is_nixpkgs => {
                (format!("{} ({own})", copy.sub), format!("{} ({target})", copy.target))
            }
            _ => (copy.sub.to_string(), copy.target.to_string()),
        };
        subs.push(sub);
        if !targets.contains(&wanted) {
            targets.push(wanted);
        }
    }
    let (subs, targets) = (subs.join(", "), targets.join(", "));
    let what = match kind {
        Kind::Another => format!("{} brings its own {subs} instead of following {targets}", input.name),
        Kind::SameRevision => format!(
            "{} brings its own {subs} instead of following {targets}; today both are the same revision, but nothing keeps them so",
            input.name
        ),
        Kind::OtherChannel => format!(
            "{} brings {subs}, which is not what {targets} of this flake is: let it follow that only if {} does not need its own",
            input.name, input.name
        ),
    };
    match lock.filter(|_| copies.iter().any(|copy| copy.is_nixpkgs)).map(|lock| lock.nixpkgs_copies()) {
        Some(count) if count > 1 => format!("{what}; flake.lock holds {count} copies of nixpkgs"),
        _ => what,
    }
}

fn copies_by_lock(context: &Context<'_>, lock: &LockGraph, input: &Input) -> Vec<Copy> {
    let flake = context.flake;
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
        let Some((target, target_node)) = counterpart(flake, lock, sub, own_node, is_nixpkgs) else { continue };
        // An input that this flake takes from there, or that shares the node.
        if target == input.name || lock.resolve(&lock.root, &target).as_ref() == Some(own) || is_pinned(sub, own_node) {
            continue;
        }
        let same_source = own_node.nar_hash().is_some_and(|hash| target_node.nar_hash() == Some(hash));
        let kind = match is_nixpkgs {
            _ if same_source => Kind::SameRevision,
            true if !same_purpose(sub, own_node, target_node) => Kind::OtherChannel,
            _ => Kind::Another,
        };
        // Parts of nixpkgs cost little.
        let is_part = ["lib", "docs"].iter().any(|word| sub.contains(word));
        let heavy = is_nixpkgs && !is_part && kind == Kind::Another;
        let severity = match heavy && !has_own_cache(context, input, node) {
            true => Severity::Warning,
            false => Severity::Hint,
        };
        copies.push(Copy { sub: sub.clone(), target, is_nixpkgs, severity, kind });
    }
    copies
}

/// Whether what the input builds is in a binary cache that another nixpkgs would make useless: by its own
/// documentation, or because this flake names a cache of that name.
fn has_own_cache(context: &Context<'_>, input: &Input, node: &LockNode) -> bool {
    if node.repo_identity().is_some_and(|identity| OWN_CACHE.contains(&identity.as_str())) {
        return true;
    }
    let names = [Some(input.name.as_str()), node.owner(), node.repo()];
    let names = names.into_iter().flatten().map(str::to_lowercase);
    let names: Vec<String> = names.filter(|name| !SHARED_CACHES.contains(&name.as_str())).collect();
    names.iter().any(|name| context.names_cache(name))
}

/// The direct input of this flake that a node is a copy of.
fn counterpart<'a>(
    flake: &Flake,
    lock: &'a LockGraph,
    sub: &str,
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
        let main = direct.iter().find(|(name, _)| *name == main)?;
        // What it is today says more than what it is called.
        let is_own = |node: &LockNode| own.nar_hash().is_some() && node.nar_hash() == own.nar_hash();
        if let Some(same) = direct.iter().find(|(_, node)| is_own(node)) {
            return Some(same.clone());
        }
        if same_purpose(sub, own, main.1) {
            return Some(main.clone());
        }
        // Another channel, which this flake may have as well.
        let same = |node: &LockNode| node.is_nixpkgs() && release(node) == release(own) && !is_other_fork(own, node);
        return direct.iter().find(|(_, node)| same(node)).or(Some(main)).cloned();
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

/// Whether a nixpkgs can be replaced by this flake's: not where it is another channel or something else by name.
fn same_purpose(sub: &str, own: &LockNode, target: &LockNode) -> bool {
    let sub = sub.to_lowercase();
    // `nixpkgs-ovmf` is there for something that another one may not have.
    let said = sub.strip_prefix("nixpkgs").unwrap_or_default();
    let words = said.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    let names_purpose = words.into_iter().any(|word| !CHANNELS.contains(&word));
    let names_channel = ["stable", "legacy", "old"].iter().any(|word| sub.contains(word))
        || sub.chars().any(|c| c.is_ascii_digit())
        || release(own).is_some();
    let other_channel = names_channel && release(own) != release(target);
    !names_purpose && !other_channel && !is_other_fork(own, target)
}

/// Whether a nixpkgs is a fork that the other one is not.
fn is_other_fork(own: &LockNode, target: &LockNode) -> bool {
    let owner = |node: &LockNode| Some(node.repo_identity()?.split_once('/')?.0.to_string());
    owner(own).zip(owner(target)).is_some_and(|(own, target)| own != target)
}

/// The release that a nixpkgs is of: `25.11`. The unstable channels and the branches behind them are of none.
fn release(node: &LockNode) -> Option<String> {
    let is_number = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
    let url = node.original_url();
    url.split(['-', '/', '?', '=', '&']).find_map(|part| {
        let (year, month) = part.split_once('.')?;
        // FlakeHub numbers the releases 0.2511.
        let (year, month) = match month.get(..4) {
            Some(four) if year == "0" => four.split_at_checked(2)?,
            _ => (year, month),
        };
        (is_number(year) && is_number(month)).then(|| format!("{year}.{month}"))
    })
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
    vec![Copy { sub, target, is_nixpkgs: true, severity: Severity::Warning, kind: Kind::Another }]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixture::Fixture;
    use crate::rules::{Severity, testing};

    /// A lock of a flake with a nixpkgs and the input `tool`, which has the given inputs (name, owner, ref, hash).
    fn lock(own: &str, of_tool: &[(&str, &str, &str, &str)]) -> String {
        let node = |owner: &str, reference: &str, hash: &str| {
            format!(
                r#"{{"locked":{{"type":"github","owner":"{owner}","repo":"nixpkgs","narHash":"sha256-{hash}"}},"original":{{"type":"github","owner":"{owner}","repo":"nixpkgs","ref":"{reference}"}}}}"#
            )
        };
        let edges: Vec<String> = of_tool.iter().map(|(name, ..)| format!("\"{name}\":\"of-{name}\"")).collect();
        let nodes: String = of_tool
            .iter()
            .map(|(name, owner, reference, hash)| format!("\"of-{name}\":{},", node(owner, reference, hash)))
            .collect();
        format!(
            r#"{{"nodes":{{{nodes}"nixpkgs":{},"tool":{{"inputs":{{{}}},"locked":{{"type":"github","owner":"example","repo":"tool"}},"original":{{"type":"github","owner":"example","repo":"tool"}}}},"root":{{"inputs":{{"nixpkgs":"nixpkgs","tool":"tool"}}}}}},"root":"root","version":7}}"#,
            node("NixOS", own, "own"),
            edges.join(",")
        )
    }

    fn flake(inputs: &str, lock: &str) -> String {
        format!("#- /flake.nix\n{{\n{inputs}\n  outputs = _: {{ }};\n}}\n#- /flake.lock\n{lock}\n")
    }

    const PLAIN: &str =
        "  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/x\";\n  inputs.tool.url = \"github:example/tool\";";

    /// Severity, message and whether there is a fix.
    fn found(text: &str) -> Vec<(Severity, String, bool)> {
        let (_, found) = testing::found(RULE.id, &Fixture::parse(text));
        found.into_iter().map(|it| (it.severity, it.message, !it.fixes.is_empty())).collect()
    }

    #[test]
    fn copies_of_one_channel() {
        let lock = lock(
            "nixos-23.11",
            &[("nixpkgs", "NixOS", "nixos-23.11", "a"), ("nixpkgs-23_11", "nixos", "nixos-23.11", "b")],
        );
        let message = "tool brings its own nixpkgs, nixpkgs-23_11 instead of following nixpkgs; flake.lock holds 3 copies of nixpkgs";
        assert_eq!(found(&flake(PLAIN, &lock)), [(Severity::Warning, message.to_string(), true)]);
    }

    #[test]
    fn an_unstable_one_in_a_stable_flake_is_a_copy_and_says_so() {
        let lock = lock("nixos-25.11", &[("nixpkgs", "NixOS", "nixos-unstable", "a")]);
        let message = "tool brings its own nixpkgs (nixos-unstable) instead of following nixpkgs (nixos-25.11); flake.lock holds 2 copies of nixpkgs";
        assert_eq!(found(&flake(PLAIN, &lock)), [(Severity::Warning, message.to_string(), true)]);
    }

    #[test]
    fn another_release_or_fork_or_purpose_is_no_copy_to_replace() {
        for (name, owner, reference) in [
            ("nixpkgs-23_05", "NixOS", "nixos-23.05"),
            ("nixpkgs-stable", "NixOS", "nixos-23.05"),
            ("nixpkgs", "somebody", "nixos-23.11"),
            ("nixpkgs-master", "NixOS", "master"),
            ("nixpkgs-ovmf", "NixOS", "nixos-23.11"),
            ("nixpkgs-tool", "NixOS", "nixos-23.11"),
        ] {
            let lock = lock("nixos-23.11", &[(name, owner, reference, "a")]);
            let found = found(&flake(PLAIN, &lock));
            assert!(matches!(found.as_slice(), [(Severity::Hint, _, false)]), "{name}: {found:?}");
        }
    }

    #[test]
    fn one_revision_is_one_copy() {
        let lock = lock("nixos-unstable", &[("nixpkgs", "NixOS", "nixos-unstable", "own")]);
        let message = "tool brings its own nixpkgs instead of following nixpkgs; today both are the same revision, but nothing keeps them so";
        assert_eq!(found(&flake(PLAIN, &lock)), [(Severity::Hint, message.to_string(), true)]);
    }

    #[test]
    fn what_is_in_a_cache_of_its_own_is_a_hint() {
        let lock = lock("nixos-unstable", &[("nixpkgs", "NixOS", "nixos-unstable", "a")]);
        let inputs = format!("{PLAIN}\n  nixConfig.extra-substituters = [ \"https://tool.cachix.org\" ];");
        assert_eq!(found(&flake(&inputs, &lock))[0].0, Severity::Hint);
        let inputs = format!("{PLAIN}\n  nixConfig.extra-substituters = [ \"https://other.cachix.org\" ];");
        assert_eq!(found(&flake(&inputs, &lock))[0].0, Severity::Warning);
    }

    #[test]
    fn comments_around_the_input() {
        let lock = lock("nixos-unstable", &[("nixpkgs", "NixOS", "nixos-unstable", "a")]);
        let check = |input: &str, silent: bool| {
            let inputs = format!("  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/x\";\n{input}");
            assert_eq!(found(&flake(&inputs, &lock)).is_empty(), silent, "{input}");
        };
        let url = "  inputs.tool.url = \"github:example/tool\";";
        check(&format!("{url}\n  # Does not follow nixpkgs:\n  # it needs a newer one.\n"), true);
        check(&format!("{url} # flakewise: allow missing-follows\n"), true);
        check(&format!("{url}\n  # flakewise: allow missing-follows\n"), true);
        check(&format!("  # Overrides break it.\n{url}\n"), true);
        check("  inputs.tool = {\n    url = \"github:example/tool\";\n    # No follows: its cache.\n  };", true);
        check(&format!("  # A tool.\n{url}\n  # And more.\n"), false);
        // That is about what comes next.
        check(&format!("{url}\n  # This one follows.\n  inputs.other.follows = \"nixpkgs\";"), false);
    }

    #[test]
    fn the_line_goes_where_one_would_write_it() {
        let lock = lock(
            "nixos-unstable",
            &[("nixpkgs", "NixOS", "nixos-unstable", "a"), ("lib", "NixOS", "nixos-unstable", "b")],
        );
        let check = |input: &str, expected: &str| {
            let inputs = format!("  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/x\";\n{input}");
            let fixed = testing::fixed(RULE.id, &flake(&inputs, &lock));
            assert!(fixed[0].1.contains(expected), "{}", fixed[0].1);
        };
        check(
            "  inputs.tool = {\n    type = \"github\";\n    owner = \"example\";\n    repo = \"tool\";\n  };",
            "    repo = \"tool\";\n    inputs.lib.follows = \"nixpkgs\";\n    inputs.nixpkgs.follows = \"nixpkgs\";\n  };",
        );
        check(
            "  inputs.tool = {\n    url = \"github:example/tool\";\n    inputs.nixpkgs.follows = \"nixpkgs\";\n    inputs.a.follows = \"nixpkgs\";\n  };",
            "    inputs.a.follows = \"nixpkgs\";\n    inputs.lib.follows = \"nixpkgs\";\n  };",
        );
        check(
            "  inputs.tool.type = \"github\";\n  inputs.tool.owner = \"example\";\n  inputs.tool.repo = \"tool\";",
            "  inputs.tool.repo = \"tool\";\n  inputs.tool.inputs.lib.follows = \"nixpkgs\";\n",
        );
    }
}
