//! Every fix of every finding, made in real repositories and held against what a fix promises: whatever parsed still
//! parses, the finding is gone, nothing else is wrong that was not, no comment is lost, and the hosts have the modules
//! that they had unless the fix says that it changes what is built.
//!
//! It needs repositories, which are not part of this one:
//!
//! ```sh
//! FLAKEWISE_REPOSITORIES=FOLDER:FOLDER cargo test --release --test fixes_on_repositories -- --ignored --nocapture
//! ```
//!
//! `FLAKEWISE_ONLY=TEXT` takes only the repositories with that in their name, `FLAKEWISE_RULES=ID,ID` only fixes of
//! these rules, `FLAKEWISE_PER_RULE=N` at most so many single fixes of a rule in one repository (10 if not said).
//! Single fixes are made in memory. `check --fix` and `--unsafe-fixes` are run on copies, which are deleted afterwards.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;

use flakewise::base::{FileId, apply_edits};
use flakewise::db::{Change, Node, Snapshot};
use flakewise::eval::FileType;
use flakewise::hir::Name;
use flakewise::module_system::ModuleSource;
use flakewise::repository::{Analyzer, Repository, difference};
use flakewise::rules::{self, Diagnostic, Fix, Settings};
use flakewise::syntax::Parse;
use flakewise::workspace::{Workspace, name_of};

/// Rules about flake.lock: after a change of the inputs Nix writes it anew.
const OF_THE_LOCK: &[&str] = &["stale-lock", "missing-lock"];

/// Rules whose fix gives a host another module, which is what it is for.
const OF_THE_GRAPH: &[&str] = &["missing-import", "option-not-imported", "untracked-file"];

/// What may be left over where a fix takes something away: the last use of something else went with it.
fn is_left_over(rule: &str, fixed: &str) -> bool {
    rule.starts_with("unused-") && fixed.starts_with("unused-")
}

type Counts = BTreeMap<(String, String), usize>;

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The folders with a flake.nix in the folders that are named.
fn repositories() -> Vec<PathBuf> {
    let folders = variable("FLAKEWISE_REPOSITORIES").expect("FLAKEWISE_REPOSITORIES names folders of repositories");
    let only = variable("FLAKEWISE_ONLY");
    let folders = std::env::split_paths(&folders).collect::<Vec<_>>();
    let entries = folders.iter().map(|folder| std::fs::read_dir(folder).expect("the folder can be read"));
    let entries = entries.flatten().flatten().map(|entry| entry.path());
    let wanted = |path: &PathBuf| only.as_ref().is_none_or(|only| path.to_string_lossy().contains(only));
    let mut found: Vec<PathBuf> = entries.filter(|path| path.join("flake.nix").is_file()).filter(wanted).collect();
    found.sort();
    assert!(!found.is_empty(), "there are repositories");
    found
}

fn name_of_folder(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A repository that is looked at again and again.
struct Loaded {
    root: Name,
    analyzer: Analyzer,
    repository: Repository,
    found: Vec<Diagnostic>,
}

impl Loaded {
    fn open(folder: &Path) -> Loaded {
        let root = name_of(folder).expect("the path is UTF-8");
        let (_, snapshot) = Workspace::open(folder);
        let mut analyzer = Analyzer::new();
        let repository = analyze(&mut analyzer, &snapshot, &root);
        let found = rules::check(&repository, &Settings::default(), None);
        Loaded { root, analyzer, repository, found }
    }

    /// What the repository would be with a fix.
    fn with(&mut self, fix: &Fix) -> Result<Repository, String> {
        let mut edits: BTreeMap<FileId, Vec<_>> = BTreeMap::new();
        for (file, edit) in &fix.edits {
            edits.entry(*file).or_default().push(edit.clone());
        }
        let mut changes = Vec::new();
        for (file, edits) in edits {
            let data = self.repository.snapshot.file(file).map_err(|error| format!("cannot be read: {error:?}"))?;
            let text = apply_edits(data.text(), &edits).map_err(|_| "edits overlap".to_string())?;
            let path = self.repository.path(file);
            if path.ends_with(".nix") && data.parse().errors().is_empty() && !Parse::new(&text).errors().is_empty() {
                return Err(format!("{path} does not parse any more:\n{text}"));
            }
            for comment in comments(data.text()) {
                if !comments(&text).contains(&comment) && !fix.creates.iter().any(|new| new.text.contains(&comment)) {
                    return Err(format!("the comment {comment:?} is lost"));
                }
            }
            changes.push(Change::Text { path, text: text.into() });
        }
        let node = |kind| Node { kind, tracked: true, target: None };
        for new in &fix.creates {
            changes.push(Change::Node { path: new.path.clone(), node: node(FileType::Regular) });
            changes.push(Change::Text { path: new.path.clone(), text: new.text.as_str().into() });
        }
        for path in &fix.tracks {
            let kind = self.repository.snapshot.tree().node(path).map_or(FileType::Regular, |node| node.kind);
            changes.push(Change::Node { path: path.clone(), node: node(kind) });
        }
        let snapshot = self.repository.snapshot.apply(changes);
        Ok(analyze(&mut self.analyzer, &snapshot, &self.root))
    }
}

fn analyze(analyzer: &mut Analyzer, snapshot: &Snapshot, root: &Name) -> Repository {
    let never = AtomicBool::new(false);
    analyzer.analyze(snapshot, std::slice::from_ref(root), &never).expect("nobody cancels it")
}

/// What the lines say that are comments alone.
fn comments(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| line.starts_with('#')).map(str::to_string).collect()
}

/// Findings by rule and file. Messages count other places, so that they change with them.
fn count(repository: &Repository, found: &[Diagnostic]) -> Counts {
    let mut counts = Counts::new();
    for it in found {
        *counts.entry((it.rule.to_string(), repository.path(it.at.file).to_string())).or_default() += 1;
    }
    counts
}

/// The hosts with what their modules are.
fn graphs(repository: &Repository) -> BTreeMap<String, Vec<String>> {
    let hosts = repository.flakes.iter().flat_map(|flake| &flake.hosts);
    let source = |source: &ModuleSource| match source {
        ModuleSource::File { path, .. } => path.to_string(),
        // A value that is imported is what its path is.
        ModuleSource::Inline { path, .. } => path.to_string(),
        ModuleSource::Input { input, attr, .. } => format!("{attr} of {input}"),
        ModuleSource::WithinInput { input, what, .. } => format!("{what} within {input}"),
        ModuleSource::Unknown { why, .. } => why.clone(),
        ModuleSource::Missing { path } => format!("missing {path}"),
        ModuleSource::Native { name } => name.to_string(),
    };
    hosts
        .map(|host| (host.output.clone(), host.facts.modules.iter().map(|module| source(&module.source)).collect()))
        .collect()
}

/// What was tried and what came of it, by rule.
#[derive(Default)]
struct Tally {
    tried: BTreeMap<String, usize>,
    faults: Vec<String>,
}

impl Tally {
    fn print(&self) {
        for (rule, tried) in &self.tried {
            println!("{rule:28} {tried:5} tried");
        }
        println!("{} faults", self.faults.len());
        for fault in &self.faults {
            println!("  {fault}");
        }
    }
}

#[test]
#[ignore = "needs a folder of repositories"]
fn single_fixes_do_what_they_promise() {
    let per_rule = variable("FLAKEWISE_PER_RULE").and_then(|text| text.parse().ok()).unwrap_or(10);
    let wanted: Option<Vec<String>> =
        variable("FLAKEWISE_RULES").map(|text| text.split(',').map(str::to_string).collect());
    let mut tally = Tally::default();
    for folder in repositories() {
        let name = name_of_folder(&folder);
        let mut loaded = Loaded::open(&folder);
        let before = count(&loaded.repository, &loaded.found);
        let graph = graphs(&loaded.repository);
        let mut tried: BTreeMap<(&str, bool), usize> = BTreeMap::new();
        for diagnostic in loaded.found.clone() {
            if wanted.as_ref().is_some_and(|wanted| !wanted.iter().any(|it| it == diagnostic.rule)) {
                continue;
            }
            for fix in &diagnostic.fixes {
                let tried = tried.entry((diagnostic.rule, fix.is_unsafe)).or_default();
                *tried += 1;
                if *tried > per_rule {
                    continue;
                }
                *tally.tried.entry(diagnostic.rule.to_string()).or_default() += 1;
                let path = loaded.repository.path(diagnostic.at.file);
                let line = match loaded.repository.snapshot.file(diagnostic.at.file) {
                    Ok(data) => data.line_index().line(diagnostic.at.range.start()) + 1,
                    Err(_) => 0,
                };
                let place = format!(
                    "{name} {}:{line} {}: {}",
                    path.trim_start_matches(loaded.root.as_str()),
                    diagnostic.rule,
                    fix.title
                );
                let mut fault = |what: String| {
                    println!("{place}: {what}");
                    tally.faults.push(format!("{place}: {what}"));
                };
                let after = match loaded.with(fix) {
                    Ok(after) => after,
                    Err(what) => {
                        fault(what);
                        continue;
                    }
                };
                let added: Vec<Name> = fix.creates.iter().map(|new| new.path.clone()).collect();
                if fix.keeps_facts
                    && let Some(what) = difference(&loaded.repository, &after, &added)
                {
                    fault(format!("hosts are not what they were: {what}"));
                }
                let found = rules::check(&after, &Settings::default(), None);
                let now = count(&after, &found);
                let of = |counts: &Counts, key: &(String, String)| counts.get(key).copied().unwrap_or_default();
                let key = (diagnostic.rule.to_string(), path.to_string());
                let same_message = |found: &[Diagnostic]| {
                    found.iter().filter(|it| it.rule == diagnostic.rule && it.message == diagnostic.message).count()
                };
                if of(&now, &key) >= of(&before, &key) && same_message(&found) >= same_message(&loaded.found) {
                    fault("the finding is still there".to_string());
                }
                for (key, new) in &now {
                    let left_over = is_left_over(&key.0, diagnostic.rule);
                    if *new > of(&before, key) && !left_over && !OF_THE_LOCK.contains(&key.0.as_str()) {
                        let example = found.iter().find(|it| {
                            it.rule == key.0
                                && !loaded.found.iter().any(|old| old.rule == it.rule && old.message == it.message)
                        });
                        let example = example.map(|it| it.message.as_str()).unwrap_or_default();
                        fault(format!("{new} {} in {} instead of {}: {example}", key.0, key.1, of(&before, key)));
                    }
                }
                if !fix.is_unsafe && !OF_THE_GRAPH.contains(&diagnostic.rule) {
                    let now = graphs(&after);
                    let changed: Vec<&String> = graph
                        .iter()
                        .filter(|(host, modules)| now.get(*host) != Some(modules))
                        .map(|(host, _)| host)
                        .collect();
                    if !changed.is_empty() || now.len() != graph.len() {
                        fault(format!("other modules in {changed:?}"));
                    }
                }
            }
        }
        println!(
            "{name}: {} findings, {} fixes tried, {} faults",
            loaded.found.len(),
            tally.tried.values().sum::<usize>(),
            tally.faults.len()
        );
    }
    tally.print();
    assert!(tally.faults.is_empty());
}

#[test]
#[ignore = "needs a folder of repositories"]
fn fixes_together_do_what_they_promise() {
    let mut tally = Tally::default();
    for folder in repositories() {
        let name = name_of_folder(&folder);
        for with_unsafe in [false, true] {
            let copy = tempfile::tempdir().expect("a folder for the copy");
            let copied = Command::new("cp").arg("-a").arg(&folder).arg(copy.path()).status();
            assert!(copied.is_ok_and(|status| status.success()), "{name} can be copied");
            let copy = copy.path().join(&name);
            let before = Loaded::open(&copy);
            let mut command = Command::new(env!("CARGO_BIN_EXE_flakewise"));
            command.args(["check", "--fix"]).current_dir(&copy);
            if with_unsafe {
                command.arg("--unsafe-fixes");
            }
            let output = command.output().expect("the program was built");
            let mut fault = |what: String| {
                println!("{name} (unsafe: {with_unsafe}): {what}");
                tally.faults.push(format!("{name} (unsafe: {with_unsafe}): {what}"));
            };
            if output.status.code() == Some(2) {
                fault(String::from_utf8_lossy(&output.stderr).into_owned());
                continue;
            }
            let after = Loaded::open(&copy);
            let may = |it: &&Diagnostic| it.fixes.iter().any(|fix| (with_unsafe || !fix.is_unsafe) && fix.only_edits());
            let left: Vec<&Diagnostic> = after.found.iter().filter(may).collect();
            for it in &left {
                let path = after.repository.path(it.at.file);
                fault(format!(
                    "not made: {} in {}: {}",
                    it.rule,
                    path.trim_start_matches(after.root.as_str()),
                    it.message
                ));
            }
            let (then, now) = (count(&before.repository, &before.found), count(&after.repository, &after.found));
            for (key, count) in &now {
                let old = then.get(key).copied().unwrap_or_default();
                if *count > old && !OF_THE_LOCK.contains(&key.0.as_str()) {
                    fault(format!("{count} {} in {} instead of {old}", key.0, key.1));
                }
            }
            if !with_unsafe && graphs(&before.repository) != graphs(&after.repository) {
                fault("other modules".to_string());
            }
            let made = before.found.iter().filter(may).count() - left.len();
            *tally.tried.entry(format!("together, unsafe: {with_unsafe}")).or_default() += made;
            println!(
                "{name} (unsafe: {with_unsafe}): {} findings, {} afterwards",
                before.found.len(),
                after.found.len()
            );
        }
    }
    tally.print();
    assert!(tally.faults.is_empty());
}
