//! How the hosts of a repository come about.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Block, Item, code};
use super::survey::Survey;
use super::{counted, listed};
use crate::cli::graph;
use crate::module_system::{Condition, ModuleSource};
use crate::repository::{Host, HostKind, is_plain};

pub(super) fn blocks(survey: &Survey<'_>) -> Vec<Block> {
    let mut items: Vec<Item> = Vec::new();
    items.extend(builders(survey));
    items.extend(homes(survey));
    items.extend(sharing(survey));
    let mut blocks = vec![Block::List(items)];
    if !survey.hosts.is_empty() {
        let top = survey.hosts.iter().chain(&survey.images).copied();
        let hosts: Vec<&Host> = top.flat_map(|host| [host].into_iter().chain(survey.users(host))).collect();
        let (mermaid, svg) = graph::overview(survey.loaded, &hosts);
        blocks.push(Block::Drawing { mermaid, svg });
        blocks.push(Block::Paragraph(
            "Each box is a host or a folder of modules with the number of its files; an arrow is an import. \
             `flakewise graph` draws every file."
                .to_string(),
        ));
    }
    blocks
}

/// Which functions build hosts, and which hosts are written by hand.
fn builders(survey: &Survey<'_>) -> Vec<Item> {
    let flake = &survey.loaded.flake;
    let mut items = Vec::new();
    let mut built: BTreeSet<&str> = BTreeSet::new();
    for helper in flake.helpers.iter() {
        let place = survey.place(Some(helper.origin)).map(|place| format!(" ({})", code(&place))).unwrap_or_default();
        let hosts: Vec<String> = helper.hosts.iter().map(|host| code(host)).collect();
        built.extend(helper.hosts.iter().map(String::as_str));
        let text = match hosts.len() {
            0 if helper.called => continue,
            0 => format!("{}{place} could build hosts and is called by no output.", code(&helper.name)),
            1..=6 => format!("{}{place} builds {}.", code(&helper.name), listed(&hosts)),
            many => format!("{}{place} builds {many} hosts.", code(&helper.name)),
        };
        items.push(Item::of(text));
    }
    let by_hand = survey.hosts.iter().filter(|host| {
        !built.contains(host.output.as_str()) && host.helpers.is_empty() && is_plain(&host.output, host.kind)
    });
    let by_hand: Vec<String> = by_hand.filter(|host| host.call.is_some()).map(|host| code(&host.output)).collect();
    if !by_hand.is_empty() {
        let are = if by_hand.len() == 1 { "is" } else { "are" };
        items.push(Item::of(format!("{} {are} written out where the output is.", listed(&by_hand))));
    }
    items
}

/// How Home Manager comes in.
fn homes(survey: &Survey<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    let with_users: Vec<&&Host> = survey.hosts.iter().filter(|host| !survey.users(host).is_empty()).collect();
    let standalone = survey.hosts.iter().filter(|host| host.kind == HostKind::Home).count();
    if !with_users.is_empty() {
        let global = with_users.iter().filter(|host| is_set(host, "useGlobalPkgs")).count();
        let packages = with_users.iter().filter(|host| is_set(host, "useUserPackages")).count();
        items.push(Item::of(format!(
            "Home Manager is a module of {}; `useGlobalPkgs` is set in {global} of them and `useUserPackages` in {packages}.",
            counted(with_users.len(), "host", "hosts"),
        )));
    }
    if standalone > 0 {
        items.push(Item::of(match with_users.is_empty() {
            true => format!(
                "Homes are built apart from hosts: {}.",
                counted(standalone, "standalone home", "standalone homes")
            ),
            false => format!(
                "Beside these {} built apart from hosts, for machines without NixOS or for quick changes.",
                counted(standalone, "home is", "homes are")
            ),
        }));
    }
    items
}

/// Whether a host sets a switch of Home Manager's integration.
pub(super) fn is_set(host: &Host, name: &str) -> bool {
    host.facts.definitions.iter().any(|definition| {
        let path: Vec<&str> = definition.path.iter().map(|it| it.as_str()).collect();
        path == ["home-manager", name]
            && definition.condition == Condition::Holds
            && definition.value.as_ref().is_some_and(|value| value.is("true"))
    })
}

/// What hosts have in common.
fn sharing(survey: &Survey<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    let all = survey.hosts.len();
    if all < 2 {
        return items;
    }
    // Files that only images have are left out.
    let mut by_count: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for (path, hosts) in survey.modules.iter().filter(|(_, hosts)| !hosts.is_empty()) {
        let (files, lines) = by_count.entry(hosts.len()).or_default();
        *files += 1;
        *lines += survey.files.get(path).copied().unwrap_or_default();
    }
    let total: usize = by_count.values().map(|(files, _)| files).sum();
    let alone = by_count.get(&1).copied().unwrap_or_default();
    let everywhere = by_count.get(&all).copied().unwrap_or_default();
    items.push(Item::of(format!(
        "Of {} of hosts and homes, {} ({}) are used by one only, {} by all {all}, and {} by some.",
        counted(total, "module file", "module files"),
        alone.0,
        counted(alone.1, "line", "lines"),
        everywhere.0,
        total - alone.0 - everywhere.0
    )));
    let mut inputs: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for host in &survey.loaded.flake.hosts {
        for module in &host.facts.modules {
            if let ModuleSource::Input { input, .. } = &module.source {
                inputs.entry(input.to_string()).or_default().insert(host.within.as_deref().unwrap_or(&host.output));
            }
        }
    }
    if !inputs.is_empty() {
        let mut inputs: Vec<(String, usize)> = inputs.into_iter().map(|(input, hosts)| (input, hosts.len())).collect();
        inputs.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let names = inputs.iter().map(|(input, hosts)| format!("{} ({hosts})", code(input))).collect::<Vec<_>>();
        items.push(Item::of(format!("Modules come from inputs too, in so many hosts: {}.", names.join(", "))));
    }
    items
}
