//! Compares the evaluator with a real Nix, expression by expression.
//!
//! Only where `FLAKEWISE_NIX` names a command like `nix-instantiate`.
//! `FLAKEWISE_NIXPKGS_LIB` is the folder `lib` of a nixpkgs,
//! `FLAKEWISE_NIX_LANG_TESTS` the folder `tests/functional/lang` of Nix.
//! An answer may be unknown, and it may fail where Nix fails; it is never a different one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use flakewise::db::{Change, Loader, Snapshot};
use flakewise::eval::{Bounds, Evaluator, ReadError, STACK_SIZE, Stop, Thunk, Value, call_builtin};

struct Disk;

impl Loader for Disk {
    fn load(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        std::fs::read(path).map_err(|_| ReadError::Missing)
    }
}

/// What an evaluation says, as JSON where there is a value.
#[derive(Clone, Debug, PartialEq)]
enum Answer {
    Json(String),
    Unknown(String),
    Failure(String),
}

#[derive(Default)]
struct Tally {
    agreed: usize,
    unknown: usize,
    /// Answers with names of the store in them: sources are not copied here.
    store: usize,
    failed_alike: usize,
    different: Vec<String>,
}

impl Tally {
    fn compare(&mut self, what: &str, ours: Answer, theirs: Answer) {
        match (&ours, &theirs) {
            (Answer::Unknown(why), _) => {
                self.unknown += 1;
                if std::env::var_os("FLAKEWISE_SHOW_UNKNOWN").is_some() {
                    println!("unknown: {what}\n  {why}");
                }
            }
            (Answer::Failure(_), Answer::Failure(_)) => self.failed_alike += 1,
            (Answer::Json(left), Answer::Json(right)) if left == right => self.agreed += 1,
            (Answer::Json(_), Answer::Json(text)) if text.contains("/nix/store/") => self.store += 1,
            (Answer::Json(_), Answer::Failure(text)) if text.ends_with("does not exist") => self.store += 1,
            _ => self.different.push(format!("{what}\n  here {ours:?}\n  Nix  {theirs:?}")),
        }
    }

    fn finish(self, name: &str) {
        println!(
            "{name}: {} agreed, {} unknown, {} about store paths, {} failed alike, {} different",
            self.agreed,
            self.unknown,
            self.store,
            self.failed_alike,
            self.different.len()
        );
        assert!(self.different.is_empty(), "{name} differs from Nix:\n{}", self.different.join("\n"));
    }
}

fn nix() -> Option<String> {
    let nix = std::env::var("FLAKEWISE_NIX").ok();
    if nix.is_none() {
        println!("SKIPPED: FLAKEWISE_NIX does not name a nix-instantiate, nothing was compared");
    }
    nix
}

fn folder(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    if folder.is_none() {
        println!("SKIPPED: {variable} is not set");
    }
    folder
}

/// The expressions of a table: each starts at the margin, further lines of it are indented or close it.
fn table(text: &str) -> Vec<String> {
    let mut expressions: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match expressions.last_mut() {
            Some(last) if line.starts_with(' ') || line.starts_with("''") => {
                last.push('\n');
                last.push_str(line);
            }
            _ if line.is_empty() => {}
            _ => expressions.push(line.to_string()),
        }
    }
    expressions
}

/// Runs on a thread with the stack that an evaluation may need.
fn on_large_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(STACK_SIZE).spawn(run).expect("a thread").join().expect("no panic")
}

fn ours(text: &str, path: &str, with_lib: bool) -> Answer {
    let change = Change::Text { path: path.into(), text: text.to_string().into() };
    let mut changes = vec![change];
    // Files that the file imports.
    if let Some(folder) = Path::new(path).parent().filter(|_| path != "/eval.nix") {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let other = entry.path().display().to_string();
            if other.ends_with(".nix")
                && other != path
                && let Ok(text) = std::fs::read_to_string(&other)
            {
                changes.push(Change::Text { path: other.into(), text: text.into() });
            }
        }
    }
    let ev = Evaluator::new(Arc::new(Snapshot::new(Arc::new(Disk)).apply(changes)), Bounds::default());
    let evaluate = || {
        let mut value = ev.import(path)?;
        if with_lib {
            value = ev.call(&value, Thunk::value(ev.lib()?))?;
        }
        call_builtin(&ev, "toJSON", &[Thunk::value(value)])
    };
    match evaluate() {
        Ok(Value::String(json)) => Answer::Json(json.text.to_string()),
        Ok(Value::Unknown(unknown)) => Answer::Unknown(unknown.to_string()),
        Ok(other) => Answer::Failure(format!("{other:?}")),
        Err(Stop::Unknown(unknown)) => Answer::Unknown(unknown.to_string()),
        Err(Stop::Error(error)) => Answer::Failure(error.message.clone()),
    }
}

/// Asks Nix for many expressions at once; where one fails, for the halves.
fn theirs(nix: &str, scope: &str, expressions: &[String], answers: &mut Vec<Answer>) {
    let mut list = format!("{scope} [\n");
    for expression in expressions {
        list.push_str(&format!("(builtins.toJSON (\n{expression}\n))\n"));
    }
    list.push_str("]\n");
    let file = tempfile::NamedTempFile::with_suffix(".nix").expect("a temporary file");
    std::fs::write(file.path(), list).expect("a temporary file can be written");
    let output = Command::new(nix)
        .args(["--eval", "--strict", "--json", "--extra-experimental-features", "nix-command flakes pipe-operators"])
        .arg(file.path())
        .output()
        .expect("FLAKEWISE_NIX runs");
    if output.status.success() {
        let texts: Vec<String> = serde_json::from_slice(&output.stdout).expect("JSON from Nix");
        answers.extend(texts.into_iter().map(Answer::Json));
    } else if let [_] = expressions {
        let message = String::from_utf8_lossy(&output.stderr);
        answers.push(Answer::Failure(message.lines().last().unwrap_or_default().trim().to_string()));
    } else {
        let (left, right) = expressions.split_at(expressions.len() / 2);
        theirs(nix, scope, left, answers);
        theirs(nix, scope, right, answers);
    }
}

fn compare_table(name: &str, text: &str, lib: Option<&Path>) {
    let Some(nix) = nix() else { return };
    let expressions = table(text);
    let scope = lib.map(|lib| format!("let lib = import {}; in", lib.display())).unwrap_or_default();
    let with_lib = lib.is_some();
    let mut nix_answers = Vec::new();
    for chunk in expressions.chunks(64) {
        theirs(&nix, &scope, chunk, &mut nix_answers);
    }
    let tally = on_large_stack(move || {
        let mut tally = Tally::default();
        for (expression, answer) in expressions.iter().zip(nix_answers) {
            let text = if with_lib { format!("lib:\n{expression}") } else { expression.clone() };
            tally.compare(expression, ours(&text, "/eval.nix", with_lib), answer);
        }
        tally
    });
    tally.finish(name);
}

#[test]
fn language() {
    compare_table("language", include_str!("eval/oracle/language.txt"), None);
}

#[test]
fn builtins() {
    compare_table("builtins", include_str!("eval/oracle/builtins.txt"), None);
}

#[test]
fn nixpkgs_lib() {
    let Some(lib) = folder("FLAKEWISE_NIXPKGS_LIB") else { return };
    compare_table("lib", include_str!("eval/oracle/lib.txt"), Some(&lib));
}

/// Tests of Nix that are not compared, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("eval-fail-addDrvOutputDependencies-empty-context", "contexts are not kept in detail"),
    ("eval-fail-filterSource-4", "sources are not filtered"),
    ("eval-fail-filterSource-5", "sources are not filtered"),
    ("eval-okay-break", "fails in Nix itself when its value is turned into JSON"),
    ("eval-okay-context", "store paths are not computed"),
    ("eval-okay-pathexists", "asks for what is in the store, which needs one"),
    ("eval-okay-fromTOML", "5e22 is not written with its shortest digits by the JSON library of Nix"),
];

/// The `eval-okay-*` and `eval-fail-*` tests of Nix itself. Those that need its command line are left to it.
#[test]
fn language_tests_of_nix() {
    let Some(nix) = nix() else { return };
    let Some(tests) = folder("FLAKEWISE_NIX_LANG_TESTS") else { return };
    let tests = std::fs::canonicalize(tests).expect("FLAKEWISE_NIX_LANG_TESTS exists");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&tests)
        .expect("FLAKEWISE_NIX_LANG_TESTS is a folder")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "nix"))
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            (name.starts_with("eval-okay-") || name.starts_with("eval-fail-"))
                && !path.with_extension("flags").exists()
                && !LEFT_OUT.iter().any(|(left_out, _)| name.strip_suffix(".nix") == Some(left_out))
        })
        .collect();
    files.sort();
    let imports: Vec<String> = files.iter().map(|file| format!("import {}", file.display())).collect();
    let mut nix_answers = Vec::new();
    for chunk in imports.chunks(24) {
        theirs(&nix, "", chunk, &mut nix_answers);
    }
    let tally = on_large_stack(move || {
        let mut tally = Tally::default();
        for (file, answer) in files.iter().zip(nix_answers) {
            let path = file.display().to_string();
            let text = std::fs::read_to_string(file).unwrap_or_default();
            // A value without JSON (a function) fails in both.
            tally.compare(&path, ours(&text, &path, false), answer);
        }
        tally
    });
    tally.finish("language tests of Nix");
}
