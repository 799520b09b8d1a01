//! How a repository is used and kept: the commands for it, what builds it, and habits that bear on it.

use std::collections::BTreeMap;

use super::advice::{Point, Stage};
use super::document::{Item, code};
use super::survey::{Nixpkgs, Survey};
use super::{counted, listed};
use crate::eval::{Files, join_path};
use crate::module_system::{Condition, Definition};
use crate::repository::{Host, HostKind};

/// Where the services that build repositories look for what to do, relative to the root.
const CI: &[&str] = &[
    ".github/workflows",
    ".gitlab-ci.yml",
    ".forgejo/workflows",
    ".gitea/workflows",
    ".woodpecker.yml",
    ".woodpecker",
    ".builds",
    ".build.yml",
    ".drone.yml",
    ".circleci",
    "Jenkinsfile",
    "garnix.yaml",
    "buildkite",
    ".buildkite",
];

/// How each kind of thing that is here is built, switched to and kept.
pub(super) fn commands(survey: &Survey<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    let first = |kind| survey.hosts.iter().find(|host| host.kind == kind);
    let mut say = |kind, text: &dyn Fn(&str) -> String| {
        items.extend(first(kind).map(|host: &&Host| Item::of(text(&host.name))));
    };
    say(HostKind::Nixos, &|name| {
        format!(
            "A NixOS host: {} builds it and changes nothing, {} tries it until the next boot, {} switches to it, and \
             `nixos-rebuild switch --rollback` goes back. {} says what a new build would change.",
            code(&format!("nixos-rebuild build --flake .#{name}")),
            code("nixos-rebuild test"),
            code("nixos-rebuild switch"),
            code("nix store diff-closures /run/current-system ./result")
        )
    });
    say(HostKind::Darwin, &|name| {
        format!("A nix-darwin host: {}.", code(&format!("darwin-rebuild switch --flake .#{name}")))
    });
    say(HostKind::Home, &|name| {
        format!(
            "A standalone home: {}; `home-manager generations` lists what one can go back to.",
            code(&format!("home-manager switch --flake .#{name}"))
        )
    });
    say(HostKind::Droid, &|name| {
        format!("A nix-on-droid device: {}.", code(&format!("nix-on-droid switch --flake .#{name}")))
    });
    if survey.hosts.is_empty() {
        return items;
    }
    items.push(Item::of(
        "All of it: `nix flake check` evaluates every host and builds the checks; `flakewise check` finds what can be found \
         without Nix, and `flakewise affected --since REV` says which hosts a change concerns."
            .to_string(),
    ));
    let nixpkgs = survey.inputs.iter().find(|input| input.nixpkgs == Nixpkgs::Itself);
    if let Some(input) = nixpkgs.or(survey.inputs.first()) {
        items.push(Item::of(format!(
            "Inputs: `nix flake update` moves all of them, {} one (Nix before 2.19: `nix flake lock --update-input`). flake.lock \
             belongs into the same commit.",
            code(&format!("nix flake update {}", input.name))
        )));
    }
    items
}

/// What it does well that is not a question of its structure.
pub(super) fn praise(survey: &Survey<'_>) -> Vec<String> {
    let mut points = Vec::new();
    if let Some(place) = ci(survey) {
        points.push(format!("**Something else than people builds it:** {} is there.", code(&place)));
    }
    let known = hosts_that_set(survey, &["system", "configurationRevision"]).len();
    if known > 0 {
        points.push(format!(
            "**{} from what commit.** `system.configurationRevision` is set, and `nixos-version --json` shows it.",
            match counted(known, "host says", "hosts say") {
                text if known == survey.hosts.len() && known > 1 => format!("All {text}"),
                text => text,
            }
        ));
    }
    points
}

/// What is to be changed about how it is kept.
pub(super) fn points(survey: &Survey<'_>) -> Vec<Point> {
    let mut points = Vec::new();
    if survey.hosts.len() > 1 && ci(survey).is_none() {
        points.push(Point {
            stage: Stage::Structure,
            title: "Nothing but people builds it".to_string(),
            why: "A host that nobody has rebuilt for a month fails on the day it is needed. A workflow that evaluates all hosts \
                  with every change costs minutes."
                .to_string(),
            how: "docs/ci.md of flakewise has one that builds only the hosts which a change concerns.".to_string(),
            places: vec!["no workflow of a known service was found".to_string()],
            rank: 60,
        });
    }
    points.extend(upgrades(survey));
    points.extend(git_crypt(survey));
    points
}

/// The first place where a service would look for what to do.
fn ci(survey: &Survey<'_>) -> Option<String> {
    let snapshot = &survey.loaded.repository.snapshot;
    let root = &survey.loaded.flake.root;
    let is_there = |path: &&&str| snapshot.tree().node(&join_path(root, path)).is_some();
    CI.iter().find(is_there).map(|path| (*path).to_string())
}

/// Hosts with a definition of an option that is in force.
fn hosts_that_set<'a>(survey: &'a Survey<'_>, option: &[&str]) -> Vec<(&'a str, &'a Definition)> {
    let of = |host: &&'a Host| {
        let set = host.facts.definitions.iter().find(|definition| {
            definition.condition == Condition::Holds
                && definition.path.iter().map(|it| it.as_str()).eq(option.iter().copied())
        });
        set.map(|definition| (host.output.as_str(), definition))
    };
    survey.hosts.iter().filter_map(of).collect()
}

/// Upgrades that leave the lock behind.
fn upgrades(survey: &Survey<'_>) -> Option<Point> {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (host, definition) in hosts_that_set(survey, &["system", "autoUpgrade", "flags"]) {
        let text = definition.value.as_ref().map(|value| survey.loaded.repository.shown(value)).unwrap_or_default();
        if text.contains("--update-input") || text.contains("--no-write-lock-file") {
            let place = survey.place(definition.origin).unwrap_or_default();
            places.entry(place).or_default().push(code(host));
        }
    }
    (!places.is_empty()).then(|| Point {
        stage: Stage::Risk,
        title: "Hosts upgrade themselves past flake.lock".to_string(),
        why: "What runs is then not what the repository says, and no commit brings it back; newer Nix has no `--update-input` \
              at all. Let CI update flake.lock and commit it, and let hosts upgrade to that."
            .to_string(),
        how: String::new(),
        places: places.iter().map(|(place, hosts)| format!("{}: {}", code(place), listed(hosts))).collect(),
        rank: 0,
    })
}

/// Files that git-crypt decrypts in the work tree.
fn git_crypt(survey: &Survey<'_>) -> Option<Point> {
    let path = join_path(&survey.loaded.flake.root, ".gitattributes");
    let text = survey.loaded.repository.snapshot.read_file(&path).ok()?;
    let lines: Vec<String> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with('#') && line.contains("filter=git-crypt"))
        .filter_map(|(at, line)| {
            Some(format!("{}: {}", code(&format!(".gitattributes:{}", at + 1)), code(line.split_whitespace().next()?)))
        })
        .collect();
    (!lines.is_empty()).then(|| Point {
        stage: Stage::Risk,
        title: "Files are encrypted in git, and plain in the store".to_string(),
        why: "git-crypt decrypts in the work tree. Nix copies the work tree, so what is read there ends up in the store, which every user \
              of the machine can read. For addresses and names that may be enough; passwords and keys belong into what is \
              decrypted on the host: sops-nix, agenix."
            .to_string(),
        how: String::new(),
        places: lines,
        rank: 1,
    })
}
