//! How long it takes to know a repository, and to know it again after a keystroke.
//!
//! `cargo bench` measures the fixtures. `FLAKEWISE_BENCH_REPOS` may name
//! further repositories, separated by `:`, which are measured as well.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use divan::{Bencher, black_box};
use flakewise::base::{TextEdit, TextRange};
use flakewise::db::{Change, FileData, Snapshot};
use flakewise::hir::Name;
use flakewise::module_system::ModuleSource;
use flakewise::repository::{Analyzer, Repository};
use flakewise::rules::{Diagnostic, Settings, check};
use flakewise::workspace::{Workspace, is_below, name_of};

fn main() {
    divan::main();
}

/// A folder to measure, shown by its last name.
struct Repo(PathBuf);

impl std::fmt::Display for Repo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.file_name().and_then(|name| name.to_str()).unwrap_or_default())
    }
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

fn repositories() -> Vec<Repo> {
    let mut all: Vec<Repo> =
        ["guide", "portable", "reviewed", "multi-repo", "homelab"].map(|name| Repo(fixture(name))).into();
    if let Some(more) = std::env::var_os("FLAKEWISE_BENCH_REPOS") {
        all.extend(std::env::split_paths(&more).filter(|path| path.is_dir()).map(Repo));
    }
    all
}

fn analyze(analyzer: &mut Analyzer, snapshot: &Snapshot, roots: &[Name]) -> Repository {
    analyzer.analyze(snapshot, roots, &AtomicBool::new(false)).expect("an analysis that nobody cancelled")
}

/// Opens a folder, and says which flakes lie in it; the repository around it may hold more.
fn open(folder: &Path) -> (Snapshot, Vec<Name>) {
    let (workspace, snapshot) = Workspace::open(folder);
    let name = name_of(&folder.canonicalize().expect("a folder")).expect("a path of text");
    let roots = workspace.main_flakes().into_iter().filter(|root| is_below(root, &name)).collect();
    (snapshot, roots)
}

/// From a folder on disk to its findings: listing, reading, parsing, evaluation, rules.
#[divan::bench(args = repositories(), sample_count = 10)]
fn cold_check(bencher: Bencher<'_, '_>, repo: &Repo) {
    bencher.bench(|| {
        let (snapshot, roots) = open(&repo.0);
        findings(&analyze(&mut Analyzer::new(), &snapshot, &roots))
    });
}

fn findings(repository: &Repository) -> Vec<Diagnostic> {
    check(repository, &Settings::default(), None)
}

/// An opened repository and a file of it that gets keystrokes.
struct Opened {
    snapshot: Snapshot,
    roots: Vec<Name>,
    file: Name,
    text: String,
    /// Where letters are typed.
    at: usize,
}

impl Opened {
    /// Letters go into the first string of the file.
    fn new(fixture_name: &str, file: &str) -> Opened {
        let (snapshot, roots) = open(&fixture(fixture_name));
        let root = roots.first().expect("a flake");
        let file = Name::from(format!("{root}/{file}"));
        let text = snapshot.file_at(&file).expect("the file").1.text().to_string();
        let at = text.find(" = \"").map(|at| at + 4).expect("a string");
        Opened { snapshot, roots, file, text, at }
    }

    /// The snapshot after `count` letters.
    fn typed(&self, snapshot: &Snapshot, count: usize) -> Snapshot {
        let before = format!("{}{}{}", &self.text[..self.at], "x".repeat(count - 1), &self.text[self.at..]);
        let (head, tail) = before.split_at(self.at);
        let at = u32::try_from(self.at).expect("a short file").into();
        let edit = TextEdit::replace(TextRange::empty(at), "x");
        snapshot.apply([Change::Edit { path: self.file.clone(), edit, text: format!("{head}x{tail}").into() }])
    }
}

/// One letter in a file of the portable fixture, to all findings after it.
#[divan::bench(args = ["nixos/modules/scanner.nix", "hosts/server/default.nix", "nixos/modules/system.nix"], sample_count = 20)]
fn keystroke(bencher: Bencher<'_, '_>, file: &str) {
    type_into(bencher, "portable", file);
}

fn type_into(bencher: Bencher<'_, '_>, fixture: &str, file: &str) {
    type_letters(bencher, &Opened::new(fixture, file));
}

fn type_letters(bencher: Bencher<'_, '_>, opened: &Opened) {
    let mut analyzer = Analyzer::new();
    let mut snapshot = opened.snapshot.clone();
    analyze(&mut analyzer, &snapshot, &opened.roots);
    let mut count = 0;
    bencher.bench_local(|| {
        count += 1;
        snapshot = opened.typed(&snapshot, count);
        findings(&analyze(&mut analyzer, &snapshot, &opened.roots))
    });
}

/// Where somebody types in a repository.
struct Typing {
    repo: Repo,
    /// In the module that most hosts import, or in one that the fewest do.
    shared: bool,
    /// Into the first string, or into the name of the first attribute: a string may be one that no other value
    /// depends on, a name never is.
    string: bool,
}

impl std::fmt::Display for Typing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let file = if self.shared { "shared" } else { "leaf" };
        let place = if self.string { "string" } else { "name" };
        write!(f, "{}, {file}, {place}", self.repo)
    }
}

impl Typing {
    fn open(&self) -> Opened {
        let (snapshot, roots) = open(&self.repo.0);
        let repository = analyze(&mut Analyzer::new(), &snapshot, &roots);
        let mut importers: BTreeMap<Name, usize> = BTreeMap::new();
        for (_, host) in repository.hosts() {
            for module in &host.facts.modules {
                if let ModuleSource::File { path, .. } = &module.source {
                    *importers.entry(path.clone()).or_default() += 1;
                }
            }
        }
        let places = importers.into_iter().filter_map(|(file, importers)| {
            let text = snapshot.file_at(&file).ok()?.1.text().to_string();
            let at = if self.string { text.find(" = \"")? + 4 } else { text.find(" = ")? };
            Some((importers, Opened { snapshot: snapshot.clone(), roots: roots.clone(), file, text, at }))
        });
        let wanted = if self.shared {
            places.max_by_key(|(importers, opened)| (*importers, opened.text.len()))
        } else {
            places.min_by_key(|(importers, opened)| (*importers, usize::MAX - opened.text.len()))
        };
        wanted.expect("a module with a definition").1
    }
}

fn typings() -> Vec<Typing> {
    let repositories =
        || repositories().into_iter().filter(|repo| !matches!(repo.to_string().as_str(), "guide" | "reviewed"));
    let all = [(true, true), (true, false), (false, true), (false, false)];
    all.into_iter()
        .flat_map(|(shared, string)| repositories().map(move |repo| Typing { repo, shared, string }))
        .collect()
}

/// One letter in the module that most hosts import, against one in a module that the fewest do.
#[divan::bench(args = typings(), sample_count = 10)]
fn keystroke_in_a_module(bencher: Bencher<'_, '_>, typing: &Typing) {
    type_letters(bencher, &typing.open());
}

/// One letter in flake.nix with hosts by hand in it, which are held against the helper beside them again.
#[divan::bench(args = ["flake.nix", "configurations/relay.nix"], sample_count = 20)]
fn keystroke_beside_a_helper(bencher: Bencher<'_, '_>, file: &str) {
    type_into(bencher, "reviewed", file);
}

/// 700 KB of generated packages, as some repositories keep them in one file.
fn generated() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let mut text = String::from("{ self, lib, ... }:\n{\n");
        let mut number = 0;
        while text.len() < 700_000 {
            number += 1;
            text.push_str(&format!(
                "  package-{number} = self.callPackage ({{ mkDerivation, base, lib }}:\n    mkDerivation {{\n      pname = \"package-{number}\";\n      \
                 version = \"{number}.0.1\";\n      sha256 = \"{number:052}\";\n      libraryHaskellDepends = [ base ];\n      \
                 license = lib.licenses.bsd3;\n    }}) {{ }};\n"
            ));
        }
        text.push_str("}\n");
        text
    })
}

/// The whole tree of a large file.
#[divan::bench]
fn parse_large() -> FileData {
    let data = FileData::new(generated().into());
    black_box(data.parse());
    data
}

/// The tree after one letter in the middle of a large file.
#[divan::bench]
fn reparse_large(bencher: Bencher<'_, '_>) {
    let (data, edit, text) = edited();
    bencher.bench(|| {
        let after = data.edited(&edit, text.as_str().into());
        black_box(after.parse());
        after
    });
}

/// Expressions and names of a large file, from its tree.
#[divan::bench]
fn lower_large(bencher: Bencher<'_, '_>) {
    bencher
        .with_inputs(|| {
            let data = FileData::new(generated().into());
            data.parse();
            data
        })
        .bench_refs(|data| {
            black_box(data.hir());
        });
}

/// A large file that was parsed, and an edit in its middle.
fn edited() -> (FileData, TextEdit, String) {
    let text = generated();
    let data = FileData::new(text.into());
    data.parse();
    let middle = text.len() / 2;
    let at = middle + text[middle..].find("pname = \"").map_or(0, |at| at + 9);
    let edit = TextEdit::insert(u32::try_from(at).expect("a short file").into(), "x");
    let after = edit.apply(text).expect("an edit inside of the text");
    (data, edit, after)
}
