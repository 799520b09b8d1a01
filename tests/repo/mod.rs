//! A workspace in memory, for tests that change files or break them.
#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use flakewise::db::{Change, Loader, Node, Snapshot};
use flakewise::eval::{Bounds, FileType, ReadError, Shown};
use flakewise::hir::Name;
use flakewise::module_system::{Condition, ModuleSource};
use flakewise::repository::{Analyzer, Flake, Host, Repository};

/// The folder that the files of a test seem to lie in.
pub const ROOT: &str = "/repo";

/// Files by path relative to [`ROOT`], some of which may be no text.
#[derive(Clone, Default)]
pub struct Repo {
    pub files: BTreeMap<String, Vec<u8>>,
    /// Links by path, with the absolute path that they lead to.
    pub links: BTreeMap<String, String>,
}

/// Reads what a [`Repo`] holds.
struct Memory(BTreeMap<String, Vec<u8>>);

impl Loader for Memory {
    fn load(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.0.get(path).cloned().ok_or(ReadError::Missing)
    }
}

/// The absolute path of a file of the test.
pub fn path(relative: &str) -> Name {
    Name::from(format!("{ROOT}/{relative}"))
}

impl Repo {
    /// A repository of these files.
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Repo {
        let mut repo = Repo::default();
        for (path, text) in files {
            repo.set(path, text);
        }
        repo
    }

    /// A fixture of the project, read from disk.
    pub fn fixture(name: &str) -> Repo {
        let mut repo = Repo::default();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
        read_folder(&folder, "", &mut repo);
        assert!(repo.files.contains_key("flake.nix"), "{name} is no flake");
        repo
    }

    /// Adds or replaces a file.
    pub fn set(&mut self, path: &str, content: impl Into<Vec<u8>>) -> &mut Repo {
        self.files.insert(path.to_string(), content.into());
        self
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> &str {
        std::str::from_utf8(&self.files[path]).expect("a text")
    }

    /// The snapshot that an editor would start from.
    pub fn snapshot(&self) -> Snapshot {
        let absolute = self.files.iter().map(|(name, content)| (path(name).to_string(), content.clone()));
        self.snapshot_with(Arc::new(Memory(absolute.collect())))
    }

    /// The same, with a loader that may behave as it likes.
    pub fn snapshot_with(&self, loader: Arc<dyn Loader>) -> Snapshot {
        let root = Change::Root { path: Name::new_static(ROOT) };
        let files = self.files.keys().map(|name| node(name));
        let links = self.links.iter().map(|(name, target)| Change::Node {
            path: path(name),
            node: Node { kind: FileType::Symlink, tracked: true, target: Some(Name::new(target)) },
        });
        Snapshot::new(loader).apply(std::iter::once(root).chain(files).chain(links))
    }

    /// The model of the repository.
    pub fn analyze(&self) -> Repository {
        analyze(&mut Analyzer::with_bounds(bounds()), &self.snapshot())
    }
}

/// A tracked file.
pub fn node(relative: &str) -> Change {
    Change::Node { path: path(relative), node: Node { kind: FileType::Regular, tracked: true, target: None } }
}

fn read_folder(folder: &Path, prefix: &str, repo: &mut Repo) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_str().expect("a name"));
        if entry.path().is_dir() {
            read_folder(&entry.path(), &format!("{name}/"), repo);
        } else {
            repo.files.insert(name, std::fs::read(entry.path()).expect("a file"));
        }
    }
}

/// The bounds that the program has, or less of them where every step is slow.
pub fn bounds() -> Bounds {
    let bounds = Bounds::default();
    if cfg!(debug_assertions) { Bounds { fuel: bounds.fuel / 100, ..bounds } } else { bounds }
}

/// Analyses the flake of the test.
pub fn analyze(analyzer: &mut Analyzer, snapshot: &Snapshot) -> Repository {
    let roots = [Name::new_static(ROOT)];
    analyzer.analyze(snapshot, &roots, &AtomicBool::new(false)).expect("an analysis that nobody cancelled")
}

/// The only flake.
pub fn flake(repository: &Repository) -> &Arc<Flake> {
    assert_eq!(repository.flakes.len(), 1);
    &repository.flakes[0]
}

/// A host of the only flake.
pub fn host<'r>(repository: &'r Repository, output: &str) -> &'r Arc<Host> {
    let flake = flake(repository);
    let outputs: Vec<&str> = flake.hosts.iter().map(|host| host.output.as_str()).collect();
    flake.host(output).unwrap_or_else(|| panic!("no host {output} among {outputs:?}"))
}

/// Everything that a model says, as text: two models are equal where these are.
pub fn describe(repository: &Repository) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for flake in &repository.flakes {
        let root = &flake.root;
        all.insert(format!("{root} inputs"), format!("{:#?}", flake.inputs));
        all.insert(format!("{root} outputs"), format!("{:#?}", flake.outputs));
        all.insert(format!("{root} helpers"), format!("{:#?}", flake.helpers));
        all.insert(format!("{root} bypasses"), format!("{:#?}", flake.bypasses));
        all.insert(format!("{root} problems"), format!("{:#?}", flake.problems));
        for host in &flake.hosts {
            all.insert(format!("{root} {}", host.output), format!("{host:#?}"));
            let options = host.facts.options.iter().flat_map(|it| [&it.default, &it.example, &it.description]);
            let values = host.facts.definitions.iter().map(|it| &it.value);
            let texts = options.chain(values).flatten().map(|shown| repository.shown(shown));
            all.insert(format!("{root} {} in words", host.output), texts.collect::<Vec<_>>().join("\n"));
        }
    }
    all
}

/// Asserts that two models say the same, and shows the first part that differs.
pub fn assert_same(left: &Repository, right: &Repository, what: &str) {
    let (left, right) = (describe(left), describe(right));
    assert_eq!(left.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>(), "{what}");
    for (part, text) in &left {
        let other = &right[part];
        if text != other {
            let line = text.lines().zip(other.lines()).find(|(l, r)| l != r);
            panic!("{what}: {part} differs: {line:?}");
        }
    }
}

/// Whether the model says that not everything about a host could be found out, or what is wrong with it.
pub fn admits_trouble(host: &Host) -> bool {
    let facts = &host.facts;
    !facts.complete()
        || !facts.problems.is_empty()
        || !facts.open.is_empty()
        || facts.modules.iter().any(|module| matches!(module.source, ModuleSource::Missing { .. }))
        || facts.definitions.iter().any(|definition| {
            let vague = definition.value.as_ref().is_none_or(Shown::is_partial);
            vague || definition.condition == Condition::Undecided
        })
}

/// Runs a test that must come to an end, however slow the machine is.
pub fn ends<T: Send + 'static>(what: &str, run: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, result) = mpsc::channel();
    let thread = std::thread::Builder::new()
        .name(what.to_string())
        .spawn(move || {
            let _ = done.send(run());
        })
        .expect("a thread");
    match result.recv_timeout(Duration::from_secs(300)) {
        Ok(value) => value,
        Err(mpsc::RecvTimeoutError::Disconnected) => match thread.join() {
            Err(panic) => std::panic::resume_unwind(panic),
            Ok(()) => unreachable!("the thread sends before it ends"),
        },
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("{what} does not end"),
    }
}

/// Numbers that look random and are the same in every run (xorshift).
pub struct Numbers(pub u64);

impl Numbers {
    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound.max(1)).expect("a count")).expect("less than the bound")
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}
