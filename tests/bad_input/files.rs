//! Files that are no Nix, no text, too large, or not there any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flakewise::db::{Change, Loader};
use flakewise::eval::ReadError;
use flakewise::repository::Analyzer;
use flakewise::workspace::Workspace;

use crate::repo::{Repo, admits_trouble, analyze, assert_same, bounds, describe, ends, host, path};

const FLAKE: &str =
    "{ outputs = { self, nixpkgs }: let system = modules: nixpkgs.lib.nixosSystem { inherit modules; }; in {
  nixosConfigurations.healthy = system [ ./healthy.nix ];
  nixosConfigurations.bad = system [ ./healthy.nix ./bad.nix ];
}; }";

fn repo(bad: impl Into<Vec<u8>>) -> Repo {
    let mut repo = Repo::new([("flake.nix", FLAKE), ("healthy.nix", "{ time.timeZone = \"UTC\"; }")]);
    repo.set("bad.nix", bad);
    repo
}

fn try_file(what: &str, content: Vec<u8>) {
    let shown = what.to_string();
    ends(what, move || {
        let repository = repo(content).analyze();
        let healthy = &host(&repository, "nixosConfigurations.healthy").facts;
        assert!(healthy.complete() && healthy.problems.is_empty() && healthy.definitions.len() == 1, "{shown}");
        let bad = host(&repository, "nixosConfigurations.bad");
        assert!(admits_trouble(bad), "{shown}: {:?}", bad.facts);
        // What the healthy module of the same host says is still known.
        assert!(bad.facts.definitions.iter().any(|definition| definition.path.join(".") == "time.timeZone"), "{shown}");
    });
}

/// A megabyte where the tests are slow, ten where they are not.
fn large() -> usize {
    if cfg!(debug_assertions) { 1 << 20 } else { 10 << 20 }
}

#[test]
fn files_that_are_no_text() {
    try_file("nothing", Vec::new());
    try_file("white space", b" \n\t\r\n ".to_vec());
    try_file("half a character", vec![b'"', 0xc3]);
    try_file("a string of no text", b"{ a = \"\xff\xfe\"; }".to_vec());
    try_file("zeros", vec![0; 1000]);
    try_file("UTF-16", "{ a = 1; }".encode_utf16().flat_map(u16::to_le_bytes).collect());
    let garbage = |size: usize| (0..size).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8);
    try_file("garbage", garbage(large()).collect());
    try_file("printable garbage", garbage(large() / 4).map(|byte| byte % 95 + 32).collect());
    try_file("brackets", b"([{".repeat(large() / 8));
    try_file("closing brackets", b"}])".repeat(large() / 8));
    try_file("quotes", b"\"''${".repeat(large() / 8));
    try_file("operators", b"-!?/".repeat(large() / 8));
    try_file("words", b"let in rec with ".repeat(large() / 64));
}

#[test]
fn large_files_of_one_value() {
    let size = large();
    let large = |text: &str, opening: &str, closing: &str| {
        format!("{{ custom = {opening}{}{closing}; }}", text.repeat(size / text.len())).into_bytes()
    };
    for (what, content) in [
        ("a list", large("1 ", "[ ", "]")),
        ("a set", {
            let names: String = (0..size / 16).map(|n| format!("a{n} = {n};\n")).collect();
            format!("{{ custom = {{ {names} }}; }}").into_bytes()
        }),
        ("a string", large("0123456789abcde\n", "\"", "\"")),
        ("an indented string", large("    0123456789\n", "''\n", "''")),
        ("a comment", large("0123456789abcde ", "/*", "*/ 1")),
        ("a sum", large("1 + ", "", "1")),
        ("calls", large("f ", "let f = x: f; in ", "1")),
        ("an update", large("{ } // ", "", "{ }")),
        ("interpolations", large("${\"a\"}", "\"", "\"")),
    ] {
        assert_told(what, content);
    }
}

/// The host beside a file is whole, and the one that has the file says what it says or that something is wrong.
fn assert_told(what: &'static str, content: Vec<u8>) {
    ends(what, move || {
        let repository = repo(content).analyze();
        let healthy = &host(&repository, "nixosConfigurations.healthy").facts;
        assert!(healthy.complete() && healthy.definitions.len() == 1, "{what}");
        let bad = host(&repository, "nixosConfigurations.bad");
        let told = bad.facts.definitions.iter().any(|definition| definition.path.join(".").starts_with("custom"));
        assert!(told || admits_trouble(bad), "{what}: {:?}", bad.facts.problems);
    });
}

#[test]
fn deeply_nested_files() {
    let depth = if cfg!(debug_assertions) { 50_000 } else { 1_000_000 };
    let nested = |opening: &str, inner: &str, closing: &str| {
        format!("{{ custom = {}{inner}{}; }}", opening.repeat(depth), closing.repeat(depth)).into_bytes()
    };
    for (what, content) in [
        ("parentheses", nested("(", "1", ")")),
        ("lists", nested("[ ", "1", " ]")),
        ("sets", nested("{ a = ", "1", "; }")),
        ("recursive sets", nested("rec { a = ", "1", "; }")),
        ("selections", nested("", "{ }", ".a")),
        ("conditions", nested("if true then ", "1", " else 2")),
        ("conditions of conditions", nested("if ", "true", " then true else false")),
        ("lets", nested("let a = 1; in ", "a", "")),
        ("withs", nested("with { a = 1; }; ", "a", "")),
        ("assertions", nested("assert true; ", "1", "")),
        ("functions", nested("x: ", "x", "")),
        ("functions of sets", nested("{ x ? 1 }: ", "x", "")),
        ("defaults of functions", nested("({ x ? ", "1", " }: x)")),
        ("concatenations", nested("[ ] ++ ", "[ ]", "")),
        ("updates", nested("{ } // (", "{ }", ")")),
        ("implications", nested("true -> ", "true", "")),
        ("negations", nested("!", "true", "")),
        ("minus", nested("- ", "1", "")),
        ("texts in texts", nested("\"${", "\"a\"", "}\"")),
        ("indented texts in texts", nested("''${", "\"a\"", "}''")),
        ("names in names", nested("{ ${", "\"a\"", "} = 1; }")),
        ("merges", nested("(x: { _type = \"merge\"; contents = [ x ]; }) (", "1", ")")),
        ("digits", nested("9", "9", "")),
        ("a small number", nested("0.", "0", "1")),
        ("an exponent", nested("", "1e", "9")),
    ] {
        assert_told(what, content);
    }
}

/// A loader that gives each file once, or not at all.
struct Vanishing {
    repo: Repo,
    left: AtomicUsize,
}

impl Loader for Vanishing {
    fn load(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let left = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        let content = path.strip_prefix("/repo/").and_then(|path| self.repo.files.get(path));
        match (left, content) {
            (Ok(_), Some(content)) => Ok(content.clone()),
            (Ok(_), None) => Err(ReadError::Missing),
            (Err(left), _) if left % 2 == 0 => Err(ReadError::Missing),
            (Err(_), _) => Err(ReadError::Unavailable),
        }
    }
}

#[test]
fn files_that_vanish_while_they_are_read() {
    let whole = Repo::fixture("portable");
    let count = whole.files.len();
    let step = if cfg!(debug_assertions) { count / 6 + 1 } else { 3 };
    for left in (0..count).step_by(step) {
        let repo = whole.clone();
        ends("vanishing files", move || {
            let loader = Arc::new(Vanishing { repo: repo.clone(), left: AtomicUsize::new(left) });
            let snapshot = repo.snapshot_with(loader);
            let mut analyzer = Analyzer::with_bounds(bounds());
            let first = analyze(&mut analyzer, &snapshot);
            // What a revision read once stays, so the same question has the same answer.
            let again = analyze(&mut analyzer, &snapshot);
            assert_eq!(describe(&first), describe(&again), "{left} files");
        });
    }
}

#[test]
fn files_that_come_back() {
    let whole = Repo::fixture("portable");
    let snapshot = whole.snapshot();
    let mut analyzer = Analyzer::with_bounds(bounds());
    let complete = analyze(&mut analyzer, &snapshot);
    let file = "nixos/modules/desktop.nix";
    let gone = snapshot.apply([Change::Remove { path: path(file) }]);
    let without = analyze(&mut analyzer, &gone);
    assert_ne!(describe(&without), describe(&complete));
    let back = gone.apply([crate::repo::node(file)]);
    assert_same(&analyze(&mut analyzer, &back), &complete, "a file that came back");
}

#[cfg(unix)]
#[test]
fn a_folder_with_everything_in_it() {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("flake");
    fs::create_dir(&root).expect("a folder");
    let write = |name: &str, text: &[u8]| fs::write(root.join(name), text).expect("a file");
    write("flake.nix", FLAKE.as_bytes());
    write("healthy.nix", b"{ time.timeZone = \"UTC\"; }");
    write(
        "bad.nix",
        b"{ imports = [ ./loop/bad.nix ./up/flake/bad.nix ./out.nix ./self ./secret.nix ./nul.nix ./folder.nix ]; }",
    );
    write("nul.nix", b"\0\0\0");
    fs::create_dir(root.join("folder.nix")).expect("a folder");
    write("folder.nix/default.nix", b"{ imports = [ ../. ]; }");
    fs::write(folder.path().join("outside.nix"), "{ networking.hostName = \"outside\"; }").expect("a file");
    symlink(".", root.join("loop")).expect("a link");
    symlink("..", root.join("up")).expect("a link");
    symlink("../outside.nix", root.join("out.nix")).expect("a link");
    symlink("self", root.join("self")).expect("a link");
    write("secret.nix", b"{ }");
    fs::set_permissions(root.join("secret.nix"), fs::Permissions::from_mode(0o000)).expect("permissions");
    ends("a folder with everything in it", move || {
        let (workspace, snapshot) = Workspace::open(&root);
        let cancelled = std::sync::atomic::AtomicBool::new(false);
        let repository = Analyzer::with_bounds(bounds())
            .analyze(&snapshot, &workspace.main_flakes(), &cancelled)
            .expect("an analysis that nobody cancelled");
        let healthy = &host(&repository, "nixosConfigurations.healthy").facts;
        assert!(healthy.complete() && healthy.definitions.len() == 1);
        let bad = host(&repository, "nixosConfigurations.bad");
        assert!(admits_trouble(bad));
        let values = bad
            .facts
            .definitions
            .iter()
            .filter_map(|definition| definition.value.as_ref())
            .map(|value| repository.shown(value));
        assert!(!values.clone().any(|value| value.contains("outside")), "{:?}", values.collect::<Vec<_>>());
        // A file that goes between the listing and the reading is as if it had not been there.
        fs::remove_file(root.join("healthy.nix")).expect("the file");
        let (_, snapshot) = Workspace::open(&root);
        fs::remove_file(root.join("bad.nix")).expect("the file");
        let repository = Analyzer::with_bounds(bounds())
            .analyze(&snapshot, &workspace.main_flakes(), &cancelled)
            .expect("an analysis that nobody cancelled");
        assert!(admits_trouble(host(&repository, "nixosConfigurations.bad")));
    });
}
