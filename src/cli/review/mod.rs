//! `flakewise review`: the architecture of a repository as somebody would review it who has read all of it.
//!
//! Everything in the report is a count of the model or a finding of a rule; what the model does not know is said at its end.

mod advice;
mod document;
mod practice;
mod praise;
mod survey;
mod wiring;

use document::{Block, Item, code};
use survey::{Nixpkgs, Survey};

use super::arguments::{ReviewArguments, ReviewFormat};
use super::load::Loaded;
use super::{Answer, Failure};
use crate::repository::{Host, HostKind};
use crate::rules;

pub(super) fn run(arguments: &ReviewArguments) -> Result<Answer, Failure> {
    let loaded = Loaded::open(arguments.dir.as_deref())?;
    let found = rules::check(&loaded.repository, &loaded.settings, None);
    let survey = Survey::of(&loaded);
    let name = loaded.flake.root.rsplit('/').next().unwrap_or_default();
    let title = format!("Architecture review of {name}");
    let advice = advice::points(&survey, &found);
    let praise = praise::points(&survey, &found);

    let mut blocks = vec![Block::Heading(1, title.clone()), Block::Paragraph(summary(&survey, &praise, &advice))];
    blocks.push(Block::Heading(2, "What there is".to_string()));
    blocks.extend(inventory(&survey));
    blocks.push(Block::Heading(2, "How it is wired".to_string()));
    blocks.extend(wiring::blocks(&survey));
    let commands = practice::commands(&survey);
    if !commands.is_empty() {
        blocks.push(Block::Heading(3, "Commands".to_string()));
        blocks.push(Block::List(commands));
    }
    blocks.push(Block::Heading(2, "What it does well".to_string()));
    blocks.push(match praise.is_empty() {
        true => Block::Paragraph("Nothing that could be counted.".to_string()),
        false => Block::List(praise.into_iter().map(Item::of).collect()),
    });
    blocks.push(Block::Heading(2, "What to change, in this order".to_string()));
    blocks.extend(advice::blocks(&survey, advice));
    blocks.push(Block::Heading(2, "Other ways to build it".to_string()));
    blocks.extend(advice::alternatives(&survey));
    blocks.push(Block::Heading(2, "What could not be seen".to_string()));
    blocks.extend(unseen(&survey));
    let text = match arguments.format {
        ReviewFormat::Markdown => document::markdown(&blocks),
        ReviewFormat::Html => document::html(&title, &blocks),
    };
    Ok(Answer::ok(text))
}

/// `1 host`, `2 hosts`
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// `a`, `a and b`, `a, b and c`
fn listed(names: &[String]) -> String {
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

/// The kinds of hosts with what they are called, in the order of the report.
const KINDS: [(HostKind, &str, &str); 5] = [
    (HostKind::Nixos, "NixOS host", "NixOS hosts"),
    (HostKind::Darwin, "nix-darwin host", "nix-darwin hosts"),
    (HostKind::Home, "standalone home", "standalone homes"),
    (HostKind::Droid, "nix-on-droid device", "nix-on-droid devices"),
    (HostKind::Other, "other configuration", "other configurations"),
];

fn hosts_by_kind(survey: &Survey<'_>) -> Vec<String> {
    let count = |kind| survey.hosts.iter().filter(|host| host.kind == kind).count();
    let all = KINDS.iter().map(|(kind, one, many)| (count(*kind), *one, *many));
    let all = all.chain([(survey.images.len(), "image or the like", "images and the like")]);
    all.filter(|(count, _, _)| *count > 0).map(|(count, one, many)| counted(count, one, many)).collect()
}

fn summary(survey: &Survey<'_>, praise: &[String], advice: &[advice::Point]) -> String {
    let mut out = match hosts_by_kind(survey).as_slice() {
        [] => "This flake has no hosts that could be found".to_string(),
        kinds => format!("This flake builds {}", listed(kinds)),
    };
    let users: usize = survey.hosts.iter().map(|host| survey.users(host).len()).sum();
    if users > 0 {
        out.push_str(&format!(", with {} of Home Manager within hosts", counted(users, "user", "users")));
    }
    out.push_str(&format!(
        ", from {} in {} with {}.",
        counted(survey.lines(), "line", "lines"),
        counted(survey.files.len(), "Nix file", "Nix files"),
        counted(survey.inputs.len(), "input", "inputs"),
    ));
    if !praise.is_empty() {
        out.push_str(&format!(" {} below it does well.", counted(praise.len(), "thing", "things")));
    }
    let urgent = advice.iter().filter(|point| point.stage == advice::Stage::Broken).count();
    match (urgent, advice) {
        (_, []) => out.push_str(" Nothing was found that ought to be changed."),
        (0, [first, ..]) => {
            out.push_str(&format!(
                " Nothing in it is known to fail. Of {} to change the first is: **{}**.",
                counted(advice.len(), "thing", "things"),
                first.title
            ));
        }
        (urgent, _) => {
            let fails = if urgent == 1 { "fails" } else { "fail" };
            out.push_str(&format!(
                " **{} {fails} as it is**; of {} to change they come first.",
                counted(urgent, "thing", "things"),
                counted(advice.len(), "thing", "things")
            ));
        }
    }
    out
}

/// Hosts, numbers, folders, inputs.
fn inventory(survey: &Survey<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    let row = |host: &&Host| {
        let users: Vec<String> = survey.users(host).iter().map(|user| code(&user.name)).collect();
        let files = survey.module_files(host);
        vec![
            code(&host.output),
            host.system.as_ref().map(|system| code(system)).unwrap_or_else(|| "not known".to_string()),
            survey.place(host.place()).map(|place| code(&place)).unwrap_or_default(),
            files.to_string(),
            users.join(", "),
        ]
    };
    if !survey.hosts.is_empty() || !survey.images.is_empty() {
        let head = vec!["host", "system", "defined at", "module files", "users within"];
        blocks.push(Block::Table(head, survey.hosts.iter().chain(&survey.images).map(row).collect()));
    }
    let flake_lines = survey.files.get("flake.nix").copied().unwrap_or_default();
    let homes = survey.home_modules.len();
    let described = survey.options.values().filter(|option| option.description.is_some()).count();
    let mut numbers = vec![
        format!("{} of flake.nix", counted(flake_lines, "line", "lines")),
        format!(
            "{} in use: {} of hosts, {homes} of homes",
            counted(survey.modules.len(), "module file", "module files"),
            survey.modules.keys().filter(|path| !survey.home_modules.contains(*path)).count(),
        ),
    ];
    if !survey.options.is_empty() {
        numbers.push(format!(
            "{} of its own, {described} with a description, mostly under {}",
            counted(survey.options.len(), "option", "options"),
            listed(&namespaces(survey).into_iter().take(3).map(|(name, _)| code(&name)).collect::<Vec<_>>())
        ));
    }
    let outputs = survey.loaded.flake.outputs.iter();
    let mut kinds: Vec<&str> = outputs.filter_map(|output| output.path.first()).map(|name| name.as_str()).collect();
    kinds.dedup();
    numbers.push(format!("outputs: {}", kinds.iter().map(|kind| code(kind)).collect::<Vec<_>>().join(", ")));
    blocks.push(Block::List(numbers.into_iter().map(Item::of).collect()));
    blocks.push(Block::Heading(3, "Folders".to_string()));
    blocks.push(folders(survey));
    if !survey.inputs.is_empty() {
        blocks.push(Block::Heading(3, "Inputs".to_string()));
        let row = |input: &survey::InputRow| {
            let nixpkgs = match input.nixpkgs {
                Nixpkgs::Itself => "is one",
                Nixpkgs::Follows => "that of this flake",
                Nixpkgs::Own => "**a copy of its own**",
                Nixpkgs::None => "none",
                Nixpkgs::Unknown => "the lock does not say",
            };
            let hosts = if input.hosts == 0 { String::new() } else { input.hosts.to_string() };
            vec![code(&input.name), code(&input.source), nixpkgs.to_string(), hosts]
        };
        let head = vec!["input", "source", "its nixpkgs", "hosts and users with modules of it"];
        blocks.push(Block::Table(head, survey.inputs.iter().map(row).collect()));
    }
    blocks
}

/// The first names of the repository's options, the most frequent first. Below upstream's own sets the second name counts too.
fn namespaces(survey: &Survey<'_>) -> Vec<(String, usize)> {
    let mut counts: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for path in survey.options.keys() {
        let mut names = path.split('.');
        let first = names.next().unwrap_or_default();
        let shared = ["services", "programs", "hardware", "networking", "security", "virtualisation"];
        let name = match names.next() {
            Some(second) if shared.contains(&first) => format!("{first}.{second}"),
            _ => first.to_string(),
        };
        *counts.entry(name).or_default() += 1;
    }
    let mut found: Vec<(String, usize)> = counts.into_iter().collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found
}

fn folders(survey: &Survey<'_>) -> Block {
    let mut folders: std::collections::BTreeMap<&str, [usize; 4]> = std::collections::BTreeMap::new();
    for (path, lines) in &survey.files {
        let folder = path.split_once('/').map_or(".", |(folder, _)| folder);
        let [files, all, modules, homes] = folders.entry(folder).or_default();
        *files += 1;
        *all += lines;
        *modules += usize::from(survey.modules.contains_key(path));
        *homes += usize::from(survey.home_modules.contains(path));
    }
    let row = |(folder, [files, lines, modules, homes]): (&str, [usize; 4])| {
        let name = if folder == "." { "the root".to_string() } else { code(&format!("{folder}/")) };
        vec![name, files.to_string(), lines.to_string(), modules.to_string(), homes.to_string()]
    };
    let head = vec!["folder", "Nix files", "lines", "module files in use", "of these for homes"];
    Block::Table(head, folders.into_iter().map(row).collect())
}

/// What the report does not rest on.
fn unseen(survey: &Survey<'_>) -> Vec<Block> {
    use crate::module_system::ModuleSource;
    let mut items = Vec::new();
    for host in survey.loaded.flake.hosts.iter().filter(|host| !host.complete()) {
        let unknown = host.facts.modules.iter().filter_map(|module| match &module.source {
            ModuleSource::Unknown { why, .. } => Some(why.clone()),
            _ => None,
        });
        let mut why: Vec<String> = unknown.collect();
        why.dedup();
        items.push(Item {
            text: format!(
                "{}: not all of its modules are known, so nothing is said that depends on the rest",
                code(&host.output)
            ),
            below: why.into_iter().take(5).collect(),
        });
    }
    if !survey.loaded.flake.broken.is_empty() {
        let paths = survey.loaded.flake.broken.iter().map(|file| survey.loaded.repository.path(*file));
        let below = paths.map(|path| code(&survey.loaded.relative(&path))).collect();
        items.push(Item { text: "Files that do not parse".to_string(), below });
    }
    let closing = "The review evaluates the flake as far as that goes without Nix and without the sources of inputs that are not at hand: \
                   options of NixOS and of inputs, and what packages contain, are not part of it. What a configuration is for \
                   only its owner knows.";
    let mut blocks = Vec::new();
    if !items.is_empty() {
        blocks.push(Block::List(items));
    }
    blocks.push(Block::Paragraph(closing.to_string()));
    blocks
}
