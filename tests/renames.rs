//! Options and files that are chosen at random get other names: afterwards hosts, options, definitions and findings are
//! what they were, up to the new names.
//!
//! `cargo test --test renames` does a few of them on the fixtures. `FLAKEWISE_RENAME_REPOS` may name further
//! repositories, separated by `:`, and `FLAKEWISE_RENAME_COUNT` says how many options and how many files of each.
//! Nothing is written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use flakewise::base::{FileId, TextEdit, apply_edits};
use flakewise::db::{Change, Node, Snapshot};
use flakewise::eval::{FileType, Origin};
use flakewise::hir::Name;
use flakewise::ide::rename::{Move, move_files, notes_on_moves, rename};
use flakewise::ide::{Analysis, FilePosition};
use flakewise::module_system::{ModuleSource, path_text};
use flakewise::repository::{Analyzer, Repository};
use flakewise::rules::{Settings, check};
use flakewise::semantics::{HostId, OptionRef};
use flakewise::workspace::{Workspace, is_below, name_of};

/// Of what is chosen, so that it is the same every time.
const SEED: u64 = 0x005e_ed0f_f1a4_e5ee;

#[test]
fn options_and_files_get_other_names() {
    let mut repositories: Vec<PathBuf> = ["guide", "portable", "reviewed", "homelab"]
        .map(|name| Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name))
        .into();
    let mut count = 3;
    if let Some(more) = std::env::var_os("FLAKEWISE_RENAME_REPOS") {
        repositories = std::env::split_paths(&more).filter(|path| path.is_dir()).collect();
        count = std::env::var("FLAKEWISE_RENAME_COUNT").ok().and_then(|count| count.parse().ok()).unwrap_or(10);
    }
    let mut wrong = Vec::new();
    let mut sums = Sums::default();
    for repository in repositories {
        let mut trial = Trial::open(&repository, &mut wrong);
        trial.options(count, &mut sums);
        trial.namespaces(count.div_ceil(3), &mut sums);
        trial.files(count, &mut sums);
    }
    println!("{sums:?}");
    assert!(wrong.is_empty(), "{sums:?}\n{}", wrong.join("\n"));
}

/// How it went.
#[derive(Debug, Default)]
struct Sums {
    options: usize,
    namespaces: usize,
    files: usize,
    refused: usize,
    /// Renamings after which something else is different, as was said before.
    differs_as_said: usize,
    with_notes: usize,
}

struct Trial<'a> {
    name: String,
    analyzer: Analyzer,
    roots: Vec<Name>,
    analysis: Analysis,
    before: Described,
    random: u64,
    wrong: &'a mut Vec<String>,
}

/// What is said of a repository: hosts with their options and definitions, and findings. Counted, because places are no part.
#[derive(Debug, PartialEq, Default)]
struct Described(BTreeMap<String, usize>);

impl Described {
    fn add(&mut self, what: String) {
        *self.0.entry(what).or_default() += 1;
    }

    fn difference(&self, other: &Described) -> Option<String> {
        let differs = |a: &Described, b: &Described| {
            a.0.iter().find(|(what, count)| b.0.get(*what) != Some(count)).map(|(what, _)| what.clone())
        };
        let gone = differs(self, other).map(|what| format!("gone: {what}"));
        let new = differs(other, self).map(|what| format!("new: {what}"));
        let words: Vec<String> = gone.into_iter().chain(new).collect();
        (!words.is_empty()).then(|| words.join("; "))
    }
}

/// What is called otherwise afterwards.
#[derive(Default)]
struct Renamed {
    /// The options with the segment that changes and its new text, by output of their host.
    options: Vec<(String, Vec<Name>)>,
    at: usize,
    to: Name,
    /// Paths, old and new.
    paths: Option<(String, String)>,
}

impl Renamed {
    /// A path of a definition or option of a host, as it is called afterwards.
    fn path(&self, host: &str, path: &[Name]) -> Vec<Name> {
        let same = |(a, b): (&Name, &Name)| a == b || b.starts_with('<') || b == "*";
        let is = |option: &(String, Vec<Name>)| {
            option.0 == host && path.len() >= option.1.len() && path.iter().zip(&option.1).all(same)
        };
        let mut path = path.to_vec();
        if self.options.iter().any(is)
            && let Some(name) = path.get_mut(self.at)
        {
            *name = self.to.clone();
        }
        path
    }

    fn file(&self, path: &str) -> String {
        match &self.paths {
            Some((from, to)) if path == from => to.clone(),
            _ => path.to_string(),
        }
    }
}

fn described(repository: &Repository, renamed: &Renamed) -> Described {
    let mut all = Described::default();
    for (_, host) in repository.hosts() {
        all.add(format!("host {} {:?}", host.output, host.kind));
        for module in &host.facts.modules {
            let what = match &module.source {
                ModuleSource::File { path, .. } => renamed.file(path),
                ModuleSource::Inline { path, .. } => format!("in {}", renamed.file(path)),
                ModuleSource::Missing { path } => format!("missing {}", renamed.file(path)),
                ModuleSource::Input { input, attr, .. } => format!("{input} {attr}"),
                ModuleSource::WithinInput { input, .. } => format!("of {input}"),
                ModuleSource::Unknown { .. } => "unknown".to_string(),
                ModuleSource::Native { name } => name.to_string(),
            };
            all.add(format!("{} module {what}", host.output));
        }
        for option in &host.facts.options {
            let path = path_text(&renamed.path(&host.output, &option.path));
            all.add(format!("{} option {path} {}", host.output, option.ty.as_ref().map_or("", |it| &it.description)));
        }
        for it in &host.facts.definitions {
            let path = path_text(&renamed.path(&host.output, &it.path));
            all.add(format!("{} sets {path} {} {:?} {:?}", host.output, it.priority, it.condition, it.value_type));
        }
    }
    // What a message says may hold any of the names.
    for finding in check(repository, &Settings::default(), None) {
        all.add(format!("{} {:?}", finding.rule, finding.severity));
    }
    all
}

impl Trial<'_> {
    fn open<'a>(folder: &Path, wrong: &'a mut Vec<String>) -> Trial<'a> {
        let (workspace, snapshot) = Workspace::open(folder);
        let name = name_of(&folder.canonicalize().expect("a folder")).expect("a path of text");
        let roots: Vec<Name> = workspace.main_flakes().into_iter().filter(|root| is_below(root, &name)).collect();
        let mut analyzer = Analyzer::new();
        let repository = Arc::new(analyze(&mut analyzer, &snapshot, &roots));
        let before = described(&repository, &Renamed::default());
        let name = folder.file_name().map(|name| name.to_string_lossy().to_string()).unwrap_or_default();
        Trial { name, analyzer, roots, analysis: Analysis::new(repository), before, random: SEED, wrong }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random % bound.max(1) as u64).unwrap_or_default()
    }

    /// `count` of these, each at most once.
    fn some<T>(&mut self, mut of: Vec<T>, count: usize) -> Vec<T> {
        let mut chosen = Vec::new();
        while chosen.len() < count && !of.is_empty() {
            let at = self.below(of.len());
            chosen.push(of.swap_remove(at));
        }
        chosen
    }

    /// The options that the repository declares in a file of its own: each with a place that declares it.
    fn own_options(&self) -> Vec<(OptionRef, Origin)> {
        let mut by_origin: BTreeMap<Origin, OptionRef> = BTreeMap::new();
        for (at, (_, host)) in self.analysis.repository().hosts().enumerate() {
            let id = HostId(u32::try_from(at).expect("few hosts"));
            for (option, facts) in host.facts.options.iter().enumerate() {
                for origin in facts.declarations.iter().filter_map(|it| it.origin) {
                    if !self.analysis.snapshot().is_foreign(&self.analysis.path(origin.file)) {
                        by_origin.entry(origin).or_insert(OptionRef { host: id, option });
                    }
                }
            }
        }
        by_origin.into_iter().map(|(origin, option)| (option, origin)).collect()
    }

    fn options(&mut self, count: usize, sums: &mut Sums) {
        let chosen = self.own_options();
        for (option, origin) in self.some(chosen, count) {
            let Some(facts) = self.analysis.option(option) else { continue };
            let path = facts.path.clone();
            let Some(at) = self.analysis.range(origin) else { continue };
            // Those that the same place declares get the name too.
            let all: Vec<OptionRef> = self.analysis.declared_together(&[option]).into_values().flatten().collect();
            sums.options += 1;
            self.rename_option(
                FilePosition { file: at.file, offset: at.range.start() },
                &path,
                path.len() - 1,
                &all,
                sums,
            );
        }
    }

    fn namespaces(&mut self, count: usize, sums: &mut Sums) {
        let own = self.own_options();
        let mut chosen: BTreeMap<Name, (OptionRef, Origin)> = BTreeMap::new();
        for (option, origin) in own {
            let Some(facts) = self.analysis.option(option) else { continue };
            if facts.path.len() > 1 {
                chosen.entry(facts.path[0].clone()).or_insert((option, origin));
            }
        }
        for (name, (option, origin)) in self.some(chosen.into_iter().collect(), count) {
            let Some(path) = self.analysis.option(option).map(|facts| facts.path.clone()) else { continue };
            let Some(at) = self.analysis.repository().name_in_path(origin, &path, 0) else { continue };
            let segments = [flakewise::semantics::Segment::Name(name.clone())];
            let hosts: Vec<HostId> = self.analysis.in_all_hosts(&[option]).iter().map(|option| option.host).collect();
            let all = self.analysis.below_in_all_hosts(&hosts, &segments);
            sums.namespaces += 1;
            self.rename_option(FilePosition { file: at.file, offset: at.range.start() }, &[name], 0, &all, sums);
        }
    }

    fn rename_option(&mut self, at: FilePosition, path: &[Name], segment: usize, all: &[OptionRef], sums: &mut Sums) {
        let new = Name::new(format!("{}Renamed", path[segment].trim_matches(|c| "<>*".contains(c))));
        let shown = path_text(path);
        let renaming = match rename(&self.analysis, at, &new) {
            Ok(renaming) => renaming,
            Err(why) => {
                println!("{}: {shown} is refused: {why}", self.name);
                sums.refused += 1;
                return;
            }
        };
        sums.with_notes += usize::from(!renaming.notes.is_empty());
        let hosts = all.iter().filter_map(|option| {
            let output = self.analysis.host(option.host)?.output.clone();
            // Of a set of options everything in it, declared or not.
            let path = self.analysis.option(*option)?.path.get(..=segment)?.to_vec();
            Some((output, path))
        });
        let renamed = Renamed { options: hosts.collect(), at: segment, to: new, paths: None };
        let changes = self.texts(&renaming.edits);
        self.compare(&format!("option {shown}"), changes, &renamed, &renaming.notes, sums);
    }

    fn files(&mut self, count: usize, sums: &mut Sums) {
        // A file that nobody names is found by its name: to give it another one is to change what it means.
        let snapshot = self.analysis.snapshot().clone();
        let files = snapshot.nix_files().iter().filter(|(path, _)| !path.ends_with("/flake.nix")).cloned();
        let named: Vec<(Name, FileId)> =
            files.filter(|(_, file)| !self.analysis.references_to_file(*file).is_empty()).collect();
        for (path, file) in self.some(named, count) {
            let Some((folder, last)) = path.rsplit_once('/') else { continue };
            let to = match last {
                "default.nix" => Name::new(format!("{folder}/renamed-default.nix")),
                last => Name::new(format!("{folder}/renamed-{last}")),
            };
            sums.files += 1;
            let moves = [Move { from: path.clone(), to: to.clone() }];
            let edits = move_files(&self.analysis, &moves);
            let mut changes = self.texts(&edits);
            let text = changes.iter().find_map(|change| match change {
                Change::Text { path: of, text } if *of == path => Some(text.clone()),
                _ => None,
            });
            let text = text.unwrap_or_else(|| snapshot.file(file).expect("it was listed").text().clone());
            changes.retain(|change| !matches!(change, Change::Text { path: of, .. } if *of == path));
            let node = Node { kind: FileType::Regular, tracked: true, target: None };
            changes.push(Change::Forget { path: path.clone() });
            changes.push(Change::Remove { path: path.clone() });
            changes.push(Change::Node { path: to.clone(), node });
            changes.push(Change::Text { path: to.clone(), text });
            let renamed = Renamed { paths: Some((path.to_string(), to.to_string())), ..Renamed::default() };
            let notes = notes_on_moves(&self.analysis, &moves);
            self.compare(&format!("file {path}"), changes, &renamed, &notes, sums);
        }
    }

    fn texts(&self, edits: &[(FileId, TextEdit)]) -> Vec<Change> {
        let mut by_file: BTreeMap<FileId, Vec<TextEdit>> = BTreeMap::new();
        for (file, edit) in edits {
            by_file.entry(*file).or_default().push(edit.clone());
        }
        let changed = by_file.into_iter().map(|(file, edits)| {
            let data = self.analysis.snapshot().file(file).expect("an edited file");
            let text = apply_edits(data.text(), &edits).expect("edits do not overlap");
            Change::Text { path: self.analysis.path(file), text: text.into() }
        });
        changed.collect()
    }

    /// Makes the changes, looks at what is there then, and takes them back.
    fn compare(&mut self, what: &str, changes: Vec<Change>, renamed: &Renamed, notes: &[String], sums: &mut Sums) {
        let snapshot = self.analysis.snapshot().apply(changes);
        let after = described(&analyze(&mut self.analyzer, &snapshot, &self.roots), &Renamed::default());
        let expected = described(self.analysis.repository(), renamed);
        if *renamed.to == *"" && renamed.paths.is_none() {
            assert_eq!(expected, self.before);
        }
        let Some(difference) = expected.difference(&after) else { return };
        if notes.is_empty() {
            self.wrong.push(format!("{}: {what}: {difference}", self.name));
        } else {
            println!("{}: {what}: {difference}\n  said: {}", self.name, notes.join("; "));
            sums.differs_as_said += 1;
        }
    }
}

fn analyze(analyzer: &mut Analyzer, snapshot: &Snapshot, roots: &[Name]) -> Repository {
    analyzer.analyze(snapshot, roots, &AtomicBool::new(false)).expect("an analysis that nobody cancelled")
}
