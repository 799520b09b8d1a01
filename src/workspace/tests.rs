//! Workspaces on a real disk. Repositories of git are made of an index and a
//! `HEAD`, so that no git is needed.

use std::fs;
use std::path::{Path, PathBuf};

use super::git_index::index_of;
use super::*;
use crate::eval::{Files, ReadError};

struct Disk {
    dir: tempfile::TempDir,
}

impl Disk {
    fn new(files: &[(&str, &str)]) -> Disk {
        let disk = Disk { dir: tempfile::tempdir().unwrap() };
        for (path, text) in files {
            disk.write(path, text);
        }
        disk
    }

    fn path(&self, path: &str) -> PathBuf {
        // Temporary folders may be links themselves.
        fs::canonicalize(self.dir.path()).unwrap().join(path)
    }

    fn name(&self, path: &str) -> Name {
        name_of(&self.path(path)).unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Makes `top` a repository that tracks these files.
    fn track(&self, top: &str, paths: &[&str]) {
        let entries: Vec<(&str, u32)> = paths
            .iter()
            .map(|path| match path.strip_suffix('@') {
                Some(module) => (module, 0o160_000),
                None => (*path, 0o100_644),
            })
            .collect();
        let git = self.path(top).join(".git");
        fs::create_dir_all(&git).unwrap();
        fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(git.join("index"), index_of(&entries)).unwrap();
    }

    fn open(&self, path: &str) -> (Workspace, Snapshot) {
        Workspace::open(&self.path(path))
    }

    /// All listed files, relative; what a flake does not see has `?` behind it.
    fn listing(&self, snapshot: &Snapshot) -> Vec<String> {
        let base = self.name("");
        let files = snapshot
            .tree()
            .iter()
            .filter(|(path, node)| node.kind != FileType::Directory && path.starts_with(base.as_str()));
        let mut listing: Vec<String> = files
            .map(|(path, node)| format!("{}{}", &path[base.len() + 1..], if node.tracked { "" } else { "?" }))
            .collect();
        listing.sort();
        listing
    }
}

fn event(path: Name, kind: FileEventKind) -> FileEvent {
    FileEvent { path, kind }
}

#[test]
fn without_git_everything_is_seen() {
    let disk = Disk::new(&[("flake.nix", "{ }"), ("a/b.nix", "1"), ("node_modules/x.nix", ""), ("result/y", "")]);
    fs::create_dir(disk.path("empty")).unwrap();
    let (workspace, snapshot) = disk.open("");
    assert_eq!(disk.listing(&snapshot), ["a/b.nix", "flake.nix"]);
    assert_eq!(&*snapshot.read_file(&disk.name("a/b.nix")).unwrap(), "1");
    assert_eq!(snapshot.read_file(&disk.name("a/c.nix")), Err(ReadError::Missing));
    assert_eq!(snapshot.file_type(&disk.name("empty")), Ok(Some(FileType::Directory)));
    assert_eq!(workspace.main_flakes(), [disk.name("").trim_end_matches('/')]);
}

#[test]
fn git_decides_what_is_seen() {
    let disk = Disk::new(&[
        ("flake.nix", ""),
        ("new.nix", ""),
        ("node_modules/kept.nix", ""),
        ("node_modules/x.nix", ""),
        ("sub/module.nix", ""),
        (".direnv/x", ""),
    ]);
    disk.track("", &["flake.nix", "gone.nix", "node_modules/kept.nix", "sub@"]);
    let (_, snapshot) = disk.open("");
    // What git tracks and nobody has, Nix does not see; submodules are empty folders.
    assert_eq!(disk.listing(&snapshot), ["flake.nix", "new.nix?", "node_modules/kept.nix", "node_modules/x.nix?"]);
    assert_eq!(snapshot.file_type(&disk.name("new.nix")), Ok(None));
    assert_eq!(snapshot.read_dir(&disk.name("sub")), Ok(Vec::new()));
    let entries = snapshot.read_dir(disk.name("").trim_end_matches('/')).unwrap();
    let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["flake.nix", "node_modules", "sub"]);
}

#[test]
fn a_flake_in_a_subfolder_sees_the_repository() {
    let disk = Disk::new(&[
        ("lib/x.nix", ""),
        ("lib/untracked.nix", ""),
        ("private/letters.txt", ""),
        ("nix/flake.nix", ""),
        ("nix/new.nix", ""),
    ]);
    disk.track("", &["lib/x.nix", "nix/flake.nix"]);
    let (workspace, snapshot) = disk.open("nix");
    // Above the opened folder, folders without tracked files are not looked into.
    assert_eq!(disk.listing(&snapshot), ["lib/untracked.nix?", "lib/x.nix", "nix/flake.nix", "nix/new.nix?"]);
    assert_eq!(workspace.main_flakes(), [disk.name("nix")]);
    assert_eq!(workspace.bases(), [disk.name("").trim_end_matches('/')]);
}

#[test]
fn nothing_added_yet_or_an_unreadable_index_hide_nothing() {
    let disk = Disk::new(&[("flake.nix", "")]);
    disk.track("", &[]);
    assert_eq!(disk.listing(&disk.open("").1), ["flake.nix"]);
    fs::write(disk.path(".git/index"), "DIRC").unwrap();
    assert_eq!(disk.listing(&disk.open("").1), ["flake.nix"]);
    fs::remove_file(disk.path(".git/index")).unwrap();
    assert_eq!(disk.listing(&disk.open("").1), ["flake.nix"]);
}

#[test]
fn repositories_side_by_side_and_work_trees() {
    let disk = Disk::new(&[("a/flake.nix", ""), ("a/x", ""), ("b/flake.nix", ""), ("b/y", ""), ("c", "")]);
    disk.track("a", &["flake.nix"]);
    disk.write("elsewhere/HEAD", "ref: x\n");
    disk.write("b/.git", "gitdir: ../elsewhere\n");
    fs::write(disk.path("elsewhere/index"), index_of(&[("flake.nix", 0o100_644)])).unwrap();
    let (workspace, snapshot) = disk.open("");
    let listing = disk.listing(&snapshot);
    for line in ["a/flake.nix", "a/x?", "b/flake.nix", "b/y?", "c"] {
        assert!(listing.contains(&line.to_string()), "{line} in {listing:?}");
    }
    assert_eq!(workspace.main_flakes(), [disk.name("a"), disk.name("b")]);
}

#[test]
fn samples_are_told_from_flakes() {
    let disk = Disk::new(&[
        ("flake.nix", ""),
        ("templates/go/flake.nix", ""),
        ("archived/flake.nix", ""),
        ("dev/flake.nix", ""),
    ]);
    let (workspace, _) = disk.open("");
    let main = [disk.name("").trim_end_matches('/').into(), disk.name("dev")];
    assert_eq!(workspace.main_flakes(), main);
    assert_eq!(workspace.flakes().len(), 4);
    let (workspace, _) = disk.open("templates");
    assert_eq!(workspace.main_flakes(), [disk.name("templates/go")]);
}

#[cfg(unix)]
#[test]
fn links_are_kept_and_not_followed() {
    use std::os::unix::fs::symlink;
    let disk = Disk::new(&[("flake.nix", "1"), ("outside/secret", "s"), ("in/real/x.nix", "2")]);
    symlink("real", disk.path("in/linked")).unwrap();
    symlink("../in", disk.path("in/loop")).unwrap();
    symlink("self", disk.path("in/self")).unwrap();
    symlink("../outside/secret", disk.path("in/escape")).unwrap();
    let (_, snapshot) = disk.open("in");
    assert_eq!(&*snapshot.read_file(&disk.name("in/linked/x.nix")).unwrap(), "2");
    assert_eq!(&*snapshot.read_file(&disk.name("in/loop/loop/real/x.nix")).unwrap(), "2");
    assert!(snapshot.read_file(&disk.name("in/self")).is_err());
    assert!(snapshot.read_file(&disk.name("in/escape")).is_err());
    assert_eq!(disk.listing(&snapshot), ["in/escape", "in/linked", "in/loop", "in/real/x.nix", "in/self"]);
}

#[cfg(unix)]
#[test]
fn an_opened_link_into_a_repository() {
    let disk = Disk::new(&[("dotfiles/nix/flake.nix", ""), ("dotfiles/nix/new.nix", ""), ("dotfiles/z", "")]);
    disk.track("dotfiles", &["nix/flake.nix", "z"]);
    std::os::unix::fs::symlink("dotfiles/nix", disk.path("config")).unwrap();
    let (workspace, snapshot) = disk.open("config");
    assert_eq!(disk.listing(&snapshot), ["config/flake.nix", "config/new.nix?"]);
    assert_eq!(workspace.main_flakes(), [disk.name("config")]);
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_are_passed_over() {
    use std::os::unix::ffi::OsStrExt;
    let disk = Disk::new(&[("flake.nix", "")]);
    let _ = fs::write(disk.path("").join(std::ffi::OsStr::from_bytes(b"\xff.nix")), "");
    fs::write(disk.path("bytes.nix"), b"\xff\xfe").unwrap();
    let (_, snapshot) = disk.open("");
    assert_eq!(disk.listing(&snapshot), ["bytes.nix", "flake.nix"]);
    assert_eq!(snapshot.read_file(&disk.name("bytes.nix")), Err(ReadError::NotText));
}

#[test]
fn what_vanishes_is_missing() {
    let disk = Disk::new(&[("flake.nix", ""), ("a/b.nix", "1")]);
    let (_, snapshot) = disk.open("");
    fs::remove_dir_all(disk.path("a")).unwrap();
    assert_eq!(snapshot.read_file(&disk.name("a/b.nix")), Err(ReadError::Missing));
    let (workspace, _) = Workspace::open(&disk.path("nowhere"));
    assert!(workspace.flakes().is_empty());
}

#[test]
fn created_and_deleted_files() {
    let disk = Disk::new(&[("flake.nix", ""), ("hosts/a/default.nix", "1"), ("hosts/b/default.nix", "2")]);
    let (mut workspace, snapshot) = disk.open("");
    disk.write("hosts/c/default.nix", "3");
    fs::remove_dir_all(disk.path("hosts/a")).unwrap();
    let events = [
        event(disk.name("hosts/c/default.nix"), FileEventKind::Created),
        event(disk.name("hosts/a/default.nix"), FileEventKind::Deleted),
    ];
    let snapshot = snapshot.apply(workspace.handle_events(&events));
    assert_eq!(disk.listing(&snapshot), ["flake.nix", "hosts/b/default.nix", "hosts/c/default.nix"]);
    let names: Vec<Name> = snapshot.read_dir(&disk.name("hosts")).unwrap().into_iter().map(|it| it.0).collect();
    assert_eq!(names, ["b", "c"]);
    assert_eq!(&*snapshot.read_file(&disk.name("hosts/c/default.nix")).unwrap(), "3");
}

#[test]
fn changed_files_are_read_again() {
    let disk = Disk::new(&[("flake.nix", "1"), ("data.json", "{}")]);
    let (mut workspace, before) = disk.open("");
    let (flake, data) = (disk.name("flake.nix"), disk.name("data.json"));
    assert_eq!((&*before.read_file(&flake).unwrap(), &*before.read_file(&data).unwrap()), ("1", "{}"));
    disk.write("flake.nix", "2");
    disk.write("data.json", "[]");
    let events = [event(flake.clone(), FileEventKind::Changed), event(data.clone(), FileEventKind::Changed)];
    let after = before.apply(workspace.handle_events(&events));
    assert_eq!((&*after.read_file(&flake).unwrap(), &*after.read_file(&data).unwrap()), ("2", "[]"));
    assert_eq!(&*before.read_file(&flake).unwrap(), "1");
    // An event without a difference keeps everything.
    let id = after.paths().id(&flake);
    let hir = after.file(id).unwrap().hir().clone();
    let again = after.apply(workspace.handle_events(&events));
    assert!(Arc::ptr_eq(again.file(id).unwrap().hir(), &hir));
}

#[test]
fn git_add_and_git_rm_change_what_is_seen() {
    let disk = Disk::new(&[("flake.nix", ""), ("m/a.nix", ""), ("m/b.nix", "")]);
    disk.track("", &["flake.nix", "m/a.nix"]);
    let (mut workspace, snapshot) = disk.open("");
    assert!(workspace.rescan_if_outdated().is_empty());
    disk.track("", &["flake.nix", "m/a.nix", "m/b.nix"]);
    let index = event(disk.name(".git/index"), FileEventKind::Changed);
    let snapshot = snapshot.apply(workspace.handle_events(std::slice::from_ref(&index)));
    assert_eq!(disk.listing(&snapshot), ["flake.nix", "m/a.nix", "m/b.nix"]);
    disk.track("", &["flake.nix"]);
    let snapshot = snapshot.apply(workspace.rescan_if_outdated());
    assert_eq!(disk.listing(&snapshot), ["flake.nix", "m/a.nix?", "m/b.nix?"]);
    assert_eq!(snapshot.file_type(&disk.name("m")), Ok(None));
}

#[test]
fn opened_folders_come_and_go() {
    let disk = Disk::new(&[("a/flake.nix", ""), ("b/flake.nix", "")]);
    let (mut workspace, snapshot) = disk.open("a");
    workspace.set_roots([disk.path("a"), disk.path("b")]);
    let snapshot = snapshot.apply(workspace.rescan());
    assert_eq!(disk.listing(&snapshot), ["a/flake.nix", "b/flake.nix"]);
    workspace.set_roots([disk.path("b")]);
    let snapshot = snapshot.apply(workspace.rescan());
    assert_eq!(disk.listing(&snapshot), ["b/flake.nix"]);
    assert_eq!(snapshot.read_file(&disk.name("a/flake.nix")), Err(ReadError::Unavailable));
    assert_eq!(workspace.loader().load(&disk.name("a/flake.nix")), Err(ReadError::Unavailable));
}

#[test]
fn settings_of_the_nearest_file_are_strongest() {
    let disk = Disk::new(&[
        ("flakewise.toml", "exclude = [\"x\"]\n[rules]\na = \"off\"\nb = \"off\"\n"),
        ("sub/flakewise.toml", "[rules]\nb = \"error\"\n"),
        ("sub/flake.nix", ""),
    ]);
    let (mut workspace, _) = disk.open("");
    let (editor, _) = Settings::from_json(&serde_json::json!({"rules": {"a": "hint", "c": "hint"}}));
    let settings = workspace.settings_of(&disk.name("sub"), &editor);
    assert_eq!(settings.rules["a"], Level::Off);
    assert_eq!(settings.rules["b"], Level::Error);
    assert_eq!(settings.rules["c"], Level::Hint);
    assert_eq!(settings.exclude, ["x"]);
    disk.write("sub/flakewise.toml", "nonsense");
    workspace.handle_events(&[event(disk.name("sub/flakewise.toml"), FileEventKind::Changed)]);
    let settings = workspace.settings_of(&disk.name("sub"), &editor);
    assert_eq!(settings.rules["b"], Level::Off);
    assert!(workspace.settings_files().iter().any(|file| !file.problems.is_empty()));
}

/// The index of the repository that this file lies in, where it is checked out with git.
#[test]
fn a_real_index() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some(tracked) = git::Repository::at(top).and_then(|repository| repository.tracked()) else { return };
    assert!(tracked.kind("Cargo.toml").is_some());
    assert!(tracked.holds("src/workspace") || tracked.holds("src"));
}

const LOCK: &str = r#"{
  "version": 7, "root": "root",
  "nodes": {
    "root": { "inputs": { "a": "a", "b": "b", "c": "c" } },
    "a": { "locked": { "type": "github", "owner": "o", "repo": "a", "narHash": "sha256-SBL/761cGhDjEWW9bNBUg2khQSMDkIqj5IlYYSVeOk0=" } },
    "b": { "locked": { "type": "github", "owner": "o", "repo": "b", "narHash": "sha256-pQpattmS9VmO3ZIQUFn66az8GSmB4IvYhTTCFn6SUmo=" } },
    "c": { "locked": { "type": "path", "path": "ELSEWHERE", "narHash": "sha256-" }, "original": { "type": "path", "path": "ELSEWHERE" } }
  }
}"#;
const STORED: &str = "8y738vc0j1gplfngjlj2i6l7inzp3mhb-source";

/// A repository in `repo`, a store in `store`, and folders beside them.
fn with_sources(settings: &str) -> Disk {
    let disk = Disk::new(&[
        ("repo/flake.nix", "{ }"),
        ("repo/flakewise.toml", settings),
        ("repo/vendored/x.nix", "1"),
        ("elsewhere/x.nix", "2"),
        ("beside/x.nix", "3"),
        ("private/x.nix", "4"),
    ]);
    disk.write(&format!("store/{STORED}/x.nix"), "5");
    disk.write("store/other-source/x.nix", "6");
    disk.write("repo/flake.lock", &LOCK.replace("ELSEWHERE", &disk.name("elsewhere")));
    disk
}

/// Which of the files beside the repository can be read.
fn readable(disk: &Disk, snapshot: &Snapshot) -> Vec<String> {
    let stored = format!("store/{STORED}");
    let folders = ["beside", "elsewhere", "private", &stored, "store/other-source"];
    let read = |folder: &&&str| {
        let file = snapshot.nix_file(&disk.name(&format!("{folder}/x.nix"))).is_ok();
        assert_eq!(snapshot.read_dir(&disk.name(folder)).is_ok(), file, "{folder}");
        file
    };
    folders.iter().filter(read).map(|folder| folder.replace(STORED, "locked")).collect()
}

#[test]
fn sources_are_those_that_settings_and_locks_name() {
    let disk = with_sources("store = \"../store\"\n[inputs]\nb = \"../beside\"\ngone = \"../gone\"\n");
    let (_, snapshot) = disk.open("repo");
    assert_eq!(readable(&disk, &snapshot), ["beside", "elsewhere", "store/locked"]);
    let sources = snapshot.sources();
    let given: Vec<(&str, Name)> =
        sources.given(&disk.name("repo")).map(|(it, to)| (it.as_str(), to.clone())).collect();
    assert_eq!(given, [("b", disk.name("beside")), ("gone", disk.name("gone"))]);
    let stored = sources.in_store(&format!("/nix/store/{STORED}"));
    assert_eq!(stored, Some(&disk.name(&format!("store/{STORED}"))));
    assert!(sources.is_immutable(stored.unwrap()) && !sources.is_immutable(&disk.name("beside/x.nix")));
    // They are no part of the workspace: nothing lists them.
    assert!(snapshot.nix_files().iter().all(|(path, _)| is_below(path, &disk.name("repo"))));
    assert!(snapshot.is_foreign(&disk.name("beside/x.nix")) && !snapshot.is_foreign(&disk.name("repo/flake.nix")));
}

#[test]
fn the_store_is_left_alone_on_request() {
    let disk = with_sources("store = false\n");
    let (_, snapshot) = disk.open("repo");
    assert_eq!(readable(&disk, &snapshot), ["elsewhere"]);
}

#[test]
fn the_repository_is_no_source_of_its_own() {
    let disk = with_sources("store = false\n[inputs]\na = \".\"\nb = \"..\"\nc = \"vendored\"\nd = \"/\"\n");
    let (_, snapshot) = disk.open("repo");
    assert_eq!(readable(&disk, &snapshot), ["elsewhere"]);
    assert!(!snapshot.is_foreign(&disk.name("repo/vendored/x.nix")));
}

#[test]
fn sources_come_and_change_with_the_files_that_name_them() {
    let disk = with_sources("store = false\n");
    let (mut workspace, snapshot) = disk.open("repo");
    assert!(workspace.sources_change(&Settings::default()).is_none());
    disk.write("repo/flakewise.toml", "store = false\n[inputs]\nb = \"../beside\"\n");
    let event = |path: &str| FileEvent { path: disk.name(path), kind: FileEventKind::Changed };
    let mut changes = workspace.handle_events(&[event("repo/flakewise.toml")]);
    changes.extend(workspace.sources_change(&Settings::default()));
    let snapshot = snapshot.apply(changes);
    assert_eq!(readable(&disk, &snapshot), ["beside", "elsewhere"]);
    let text = |snapshot: &Snapshot| snapshot.read_file(&disk.name("beside/x.nix")).unwrap();
    assert_eq!(&*text(&snapshot), "3");
    disk.write("beside/x.nix", "30");
    assert_eq!(&*text(&snapshot), "3");
    let snapshot = snapshot.apply(workspace.handle_events(&[event("beside/x.nix")]));
    assert_eq!(&*text(&snapshot), "30");
    // What an editor sets counts too.
    let editor = Settings { inputs: [("c".to_string(), "../private".to_string())].into(), ..Settings::default() };
    let snapshot = snapshot.apply(workspace.sources_change(&editor));
    assert_eq!(readable(&disk, &snapshot), ["beside", "elsewhere", "private"]);
}
