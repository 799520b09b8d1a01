//! What to change, in the order in which it is best done.

use std::collections::BTreeMap;

use super::document::{Block, Item, code};
use super::survey::Survey;
use super::{counted, listed, practice};
use crate::module_system::ModuleSource;
use crate::repository::HostKind;
use crate::rules::{Diagnostic, Rule, RuleId, Severity};

/// Why something comes when it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Fails, or cannot do what it was written for.
    Broken,
    /// Works, and will cost somebody an evening.
    Risk,
    /// How the repository is built.
    Structure,
    /// Small things.
    Tidy,
}

/// One thing to change.
pub(super) struct Point {
    pub(super) stage: Stage,
    pub(super) title: String,
    pub(super) why: String,
    pub(super) how: String,
    pub(super) places: Vec<String>,
    /// Among points of one stage the least comes first.
    pub(super) rank: usize,
}

/// Rules about how a repository is built, in the order in which they are best followed: what makes the text
/// smaller comes before what moves it.
const STRUCTURE: &[&str] = &[
    "missing-follows",
    "bypassed-helper",
    "unused-helper",
    "duplicate-home-block",
    "simulated-os-config",
    "redundant-home",
    "unapplied-overlay",
    "import-cycle",
    "monolithic-flake",
    "reimported-nixpkgs",
    "unreachable-module",
    "unused-input",
    "unset-option",
    "unread-option",
];

/// How many places are listed before the rest is only counted.
const PLACES: usize = 12;

/// A module file with more lines is worth taking apart.
const LARGE: usize = 600;

pub(super) fn points(survey: &Survey<'_>, found: &[Diagnostic]) -> Vec<Point> {
    let mut by_rule: BTreeMap<RuleId, Vec<&Diagnostic>> = BTreeMap::new();
    for diagnostic in found {
        by_rule.entry(diagnostic.rule).or_default().push(diagnostic);
    }
    let mut points: Vec<Point> = by_rule.iter().filter_map(|(rule, found)| of_rule(survey, rule, found)).collect();
    points.extend(common_imports(survey));
    points.extend(large_modules(survey));
    points.extend(upstream_names(survey));
    points.extend(practice::points(survey));
    points.sort_by(|a, b| (a.stage, a.rank, &a.title).cmp(&(b.stage, b.rank, &b.title)));
    points
}

fn of_rule(survey: &Survey<'_>, id: &str, found: &[&Diagnostic]) -> Option<Point> {
    let rule = Rule::find(id)?;
    let worst = found.iter().map(|diagnostic| diagnostic.severity).max()?;
    let structural = STRUCTURE.iter().position(|name| *name == id);
    let stage = match (worst, structural) {
        (Severity::Error, _) => Stage::Broken,
        (Severity::Hint, _) => Stage::Tidy,
        (_, Some(_)) => Stage::Structure,
        (Severity::Warning, None) => Stage::Risk,
        (Severity::Information, None) => Stage::Structure,
    };
    // Many hosts first, then many places.
    let mut hosts: Vec<&str> = found.iter().flat_map(|it| it.hosts.iter().map(String::as_str)).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let weight = 1000_usize.saturating_sub(hosts.len() * 20 + found.len().min(20));
    // The gravest of them tell the most.
    let mut sorted: Vec<&&Diagnostic> = found.iter().collect();
    sorted.sort_by_key(|it| std::cmp::Reverse(it.severity));
    // What is said of several places is said once.
    let mut said: Vec<(String, Vec<String>)> = Vec::new();
    for it in sorted.iter() {
        let (place, message) = (survey.loaded.place(it.at), spoken(&it.message));
        let place = code(&format!("{}:{}", place.path, place.range.start.line + 1));
        match said.iter_mut().find(|(other, _)| *other == message) {
            Some((_, places)) if places.contains(&place) => {}
            Some((_, places)) => places.push(place),
            None => said.push((message, vec![place])),
        }
    }
    let left = said.iter().skip(PLACES).map(|(_, places)| places.len()).sum::<usize>();
    let shown = |(message, places): &(String, Vec<String>)| match places.len() {
        ..=PLACES => format!("{}: {message}", places.join(", ")),
        many => {
            let first = places.iter().take(PLACES).cloned().collect::<Vec<_>>().join(", ");
            format!("{first} and {} more: {message}", many - PLACES)
        }
    };
    let mut places: Vec<String> = said.iter().take(PLACES).map(shown).collect();
    if left > 0 {
        places.push(format!("and {left} more: {}", code(&format!("flakewise check --rule {id}"))));
    }
    let safe = found.iter().filter(|it| it.fixes.iter().any(|fix| !fix.is_unsafe && fix.only_edits())).count();
    let any = found.iter().filter(|it| it.fixes.iter().any(|fix| fix.only_edits())).count();
    let how = match (safe, any) {
        (0, 0) => String::new(),
        (0, any) => {
            let (what, them, they) = match any {
                1 if found.len() == 1 => ("this change".to_string(), "it", "it"),
                any if any == found.len() => ("these changes".to_string(), "them", "they"),
                any => (format!("{any} of these changes"), "them", "they"),
            };
            format!(
                "{} makes {what}; look at {them}, for {they} may alter what is built.",
                code(&format!("flakewise check --rule {id} --fix --unsafe-fixes")),
            )
        }
        (safe, _) if safe == found.len() => {
            format!("{} does it.", code(&format!("flakewise check --rule {id} --fix")))
        }
        (safe, _) => format!("{} does {safe} of them.", code(&format!("flakewise check --rule {id} --fix"))),
    };
    Some(Point {
        stage,
        title: rule.summary(),
        why: reason(&rule.documentation()),
        how,
        places,
        rank: structural.unwrap_or(weight),
    })
}

/// What the second paragraph of a rule's documentation says: why it matters and what to do, without
/// what it says of how the rule speaks.
fn reason(documentation: &str) -> String {
    let mut paragraphs = documentation.split("\n\n").take_while(|paragraph| !paragraph.starts_with("```"));
    let paragraph = paragraphs.nth(1).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    let of_the_rule = ["report", "hint", "warning", "information", "said", "count as", "fix", "left alone", "rule"];
    let sentences = paragraph.trim_end_matches('.').split(". ");
    let kept = sentences.filter(|sentence| !of_the_rule.iter().any(|word| sentence.contains(word)));
    let text = kept.take(2).collect::<Vec<_>>().join(". ");
    if text.is_empty() { text } else { format!("{text}.") }
}

/// A message with its code marked: what is between backticks stays, all else is plain.
fn spoken(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ").replace("**", "")
}

/// Hosts that import the same files one by one.
fn common_imports(survey: &Survey<'_>) -> Option<Point> {
    let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for host in survey.hosts.iter().filter(|host| host.kind == HostKind::Nixos || host.kind == HostKind::Darwin) {
        for module in &host.facts.modules {
            let ModuleSource::File { path, .. } = &module.source else { continue };
            let files = module.imports.iter().filter_map(|import| match &host.facts.modules.get(*import)?.source {
                ModuleSource::File { path, .. } => Some(survey.loaded.relative(path)),
                _ => None,
            });
            lists.insert(survey.loaded.relative(path), files.collect());
        }
    }
    let mut best: Option<(Vec<String>, Vec<String>)> = None;
    for (path, files) in &lists {
        let with: Vec<(&String, usize)> = lists
            .iter()
            .filter(|(other, _)| *other != path)
            .map(|(other, list)| (other, list.iter().filter(|it| files.contains(it)).count()))
            .filter(|(_, shared)| *shared >= 5)
            .collect();
        let Some((other, _)) = with.iter().max_by_key(|(_, shared)| *shared) else { continue };
        let shared: Vec<String> =
            files.iter().filter(|file| lists.get(*other).is_some_and(|list| list.contains(file))).cloned().collect();
        let mut all: Vec<String> = with.iter().map(|(other, _)| (*other).clone()).collect();
        all.insert(0, path.clone());
        if best.as_ref().is_none_or(|(_, most)| shared.len() > most.len()) {
            best = Some((all, shared));
        }
    }
    let (importers, shared) = best?;
    let names = |paths: &[String]| paths.iter().take(PLACES).map(|path| code(path)).collect::<Vec<_>>();
    Some(Point {
        stage: Stage::Structure,
        title: format!("{} import the same {} one by one", counted(importers.len(), "file", "files"), counted(shared.len(), "module", "modules")),
        why: "A module that imports what these have in common, a profile, says what such a machine is, and a new host is one line."
            .to_string(),
        how: String::new(),
        places: vec![format!("in {}", listed(&names(&importers))), format!("shared: {}", listed(&names(&shared)))],
        rank: 4,
    })
}

fn large_modules(survey: &Survey<'_>) -> Option<Point> {
    let mut large: Vec<(&String, usize)> = survey
        .files
        .iter()
        .filter(|(path, lines)| survey.modules.contains_key(*path) && **lines > LARGE)
        .map(|(path, lines)| (path, *lines))
        .collect();
    large.sort_by_key(|(path, lines)| (std::cmp::Reverse(*lines), *path));
    (!large.is_empty()).then(|| Point {
        stage: Stage::Structure,
        title: format!("{} more than {LARGE} lines", counted(large.len(), "module has", "modules have")),
        why:
            "A file of that size does several things, and a host that wants one of them gets all. Text that is no Nix \
              (scripts, style sheets) can be a file of its own that is read."
                .to_string(),
        how: String::new(),
        places: large.iter().take(PLACES).map(|(path, lines)| format!("{}: {lines} lines", code(path))).collect(),
        rank: 40,
    })
}

/// Sets of options that NixOS and Home Manager fill themselves.
const UPSTREAM: &[&str] =
    &["services", "programs", "hardware", "networking", "security", "virtualisation", "boot", "environment", "system"];

/// Options of one's own where those of upstream are.
fn upstream_names(survey: &Survey<'_>) -> Option<Point> {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for path in survey.options.keys() {
        let mut parts = path.split('.');
        if let (Some(first), Some(second)) = (parts.next(), parts.next())
            && UPSTREAM.contains(&first)
        {
            *names.entry(format!("{first}.{second}")).or_default() += 1;
        }
    }
    let count: usize = names.values().sum();
    (count >= 5).then(|| Point {
        stage: Stage::Structure,
        title: format!("{count} options of its own are declared among those of NixOS and Home Manager"),
        why: "Nothing shows there which options are whose, and the day upstream declares one of the same name the configuration \
              fails. A namespace of one\'s own (`my.services.x`) is safe, and found by one search."
            .to_string(),
        how: String::new(),
        places: names.iter().take(PLACES).map(|(name, count)| format!("{}: {count}", code(name))).collect(),
        rank: 45,
    })
}

/// The points in their stages, numbered through.
pub(super) fn blocks(survey: &Survey<'_>, points: Vec<Point>) -> Vec<Block> {
    if points.is_empty() {
        return vec![Block::Paragraph("Nothing was found.".to_string())];
    }
    let mut blocks = Vec::new();
    let mut stage = None;
    let mut number = 0;
    let mut tidy = Vec::new();
    for point in points {
        if point.stage == Stage::Tidy {
            tidy.push(point);
            continue;
        }
        if stage != Some(point.stage) {
            stage = Some(point.stage);
            blocks.push(Block::Paragraph(lead(point.stage, survey)));
        }
        number += 1;
        blocks.push(Block::Heading(3, format!("{number}. {}", point.title)));
        let text = [point.why, point.how].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
        if !text.is_empty() {
            blocks.push(Block::Paragraph(text));
        }
        blocks.push(Block::List(point.places.into_iter().map(Item::of).collect()));
    }
    if !tidy.is_empty() {
        blocks.push(Block::Paragraph(lead(Stage::Tidy, survey)));
        for point in tidy {
            let places = point.places.into_iter().map(Item::of).collect();
            blocks.push(Block::Details(point.title, places));
        }
    }
    blocks
}

fn lead(stage: Stage, survey: &Survey<'_>) -> String {
    match stage {
        Stage::Broken => {
            "**First what fails.** These are errors that Nix reports only when the part in question is evaluated, \
                          so a host may carry them for a long time."
                .to_string()
        }
        Stage::Risk => "**Then what works by chance.** Nothing fails today, and the change is small.".to_string(),
        Stage::Structure => {
            let lines = survey.files.get("flake.nix").copied().unwrap_or_default();
            let order = if lines > 300 {
                " What makes flake.nix shorter comes before what moves it into other files."
            } else {
                ""
            };
            format!("**Then how it is built.** The order matters: each step makes the next one smaller.{order}")
        }
        Stage::Tidy => "**At last small things**, to be done when somebody is there anyway.".to_string(),
    }
}

/// Ways to build such a repository that this one does not take, where they would be a choice.
pub(super) fn alternatives(survey: &Survey<'_>) -> Vec<Block> {
    let flake = &survey.loaded.flake;
    let mut items = Vec::new();
    let has_input = |name: &str| flake.inputs.iter().any(|input| input.name == name);
    let lines = survey.files.get("flake.nix").copied().unwrap_or_default();
    let integrated = survey.hosts.iter().filter(|host| !survey.users(host).is_empty()).count();
    let standalone = survey.hosts.iter().filter(|host| host.kind == HostKind::Home).count();
    if !has_input("flake-parts") && lines > 200 {
        items.push(Item {
            text: "**flake-parts**, with an output to a file".to_string(),
            below: vec![
                "for: per-system outputs without loops of one\'s own, a short flake.nix, outputs that are modules".to_string(),
                "against: one more input and one more thing to know; `import ./hosts { inherit inputs; }` makes flake.nix short too".to_string(),
            ],
        });
    }
    if integrated > 0 && standalone > 0 {
        items.push(Item {
            text: "**Homes only within hosts**, without standalone ones for the same machines".to_string(),
            below: vec![
                "for: one rebuild, one source of truth, `osConfig` without tricks".to_string(),
                "against: a home cannot be switched without root, nor be used on a machine without NixOS".to_string(),
            ],
        });
        items.push(Item {
            text: "**Homes only apart from hosts**".to_string(),
            below: vec![
                "for: the same home on any machine, quick to switch, less in the system".to_string(),
                "against: two commands, no `osConfig`, and services of system and user are harder to align".to_string(),
            ],
        });
    } else if integrated > 0 {
        items.push(Item {
            text: "**Homes apart from hosts** (`homeConfigurations`)".to_string(),
            below: vec![
                "for: a home is switched without root and can be used on other systems".to_string(),
                "against: system and home are no longer one generation that is rolled back together".to_string(),
            ],
        });
    }
    let literal =
        survey.hosts.iter().filter(|host| host.definition.is_some_and(|origin| origin.file == flake.file)).count();
    if survey.hosts.len() > 3 && literal > 3 {
        items.push(Item {
            text: "**A folder for each host, found by itself** (`lib.mapAttrs mkHost (builtins.readDir ./hosts)`)"
                .to_string(),
            below: vec![
                "for: a new host is a new folder, and flake.nix stays as it is".to_string(),
                "against: what a host is made of stands in two places, and a stray folder is a host".to_string(),
            ],
        });
    }
    match items.is_empty() {
        true => vec![Block::Paragraph(
            "For what this repository does there is no plainer way that it leaves out.".to_string(),
        )],
        false => vec![
            Block::Paragraph("None of these is better as such; they are what else could be chosen.".to_string()),
            Block::List(items),
        ],
    }
}
