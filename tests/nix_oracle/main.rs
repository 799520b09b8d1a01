//! Compares the evaluator with a real Nix, expression by expression.
//!
//! Only where `FLAKEWISE_NIX` names a `nix-instantiate` with its `nix` beside it.
//! `FLAKEWISE_NIXPKGS_LIB` is the folder `lib` of a nixpkgs,
//! `FLAKEWISE_NIX_LANG_TESTS` the folder `tests/functional/lang` of Nix.
//! An answer may be unknown, and it may fail where Nix fails; it is never a different one.
//!
//! The tables in `tests/eval/oracle` are small cases by hand; each difference that was ever found is one of them.
//! The rest is generated, see [`generate`].

#[path = "../nix/answer.rs"]
mod answer;
mod generate;
mod generated;
mod here;
#[path = "../nix/nix.rs"]
mod nix;

use std::path::{Path, PathBuf};
use std::process::Command;

use answer::Tally;
use here::{on_large_stack, snapshot};
use nix::{Folder, nix};

/// What an error of Nix says: the last one of a trace, in words.
fn failure(error: &str) -> String {
    let message = error.rsplit_once("error:").map_or(error, |(_, message)| message);
    let words: Vec<&str> = message.split_whitespace().collect();
    words.join(" ")
}

/// Whether an error is about something that is not there.
fn is_missing(error: &str) -> bool {
    error.contains("does not exist")
}

/// The JSON of one expression, evaluated by itself with these further arguments.
fn eval(nix: &nix::Nix, expression: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(&nix.command)
        .args(["eval", "--json", "--extra-experimental-features", nix::FEATURES])
        .args(arguments)
        .args(["--expr", expression])
        .output()
        .expect("the nix beside FLAKEWISE_NIX runs");
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_string()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
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

fn compare_table(name: &'static str, text: &str, lib: Option<&Path>) {
    let Some(nix) = nix() else { return };
    let expressions = table(text);
    let folder = Folder::new();
    generated::fixture(&folder);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (index, expression) in expressions.iter().enumerate() {
        let file = folder.write(&format!("e{index}.nix"), expression);
        match lib {
            None => {
                ours.push(file.clone());
                theirs.push(file);
            }
            Some(lib) => {
                ours.push(folder.write(&format!("ours{index}.nix"), &format!("lib:\n{expression}")));
                let scope = format!("let lib = import {}; in\n{expression}", lib.display());
                theirs.push(folder.write(&format!("theirs{index}.nix"), &scope));
            }
        }
    }
    let nix_answers =
        nix.ask(&theirs, "builtins.toJSON", &[&[folder.path()], &lib.into_iter().collect::<Vec<_>>()[..]].concat());
    let with_lib = lib.is_some();
    let tally = on_large_stack(move || {
        let snapshot = snapshot(&[folder.path()]);
        let mut tally = Tally::default();
        for ((file, expression), answer) in ours.iter().zip(&expressions).zip(&nix_answers) {
            let ours = here::answer(&snapshot, &file.display().to_string(), "toJSON", with_lib);
            tally.compare(expression, &ours, answer);
        }
        tally
    });
    tally.finish(name);
}

#[test]
fn language() {
    compare_table("language", include_str!("../eval/oracle/language.txt"), None);
}

#[test]
fn builtins() {
    compare_table("builtins", include_str!("../eval/oracle/builtins.txt"), None);
}

#[test]
fn nixpkgs_lib() {
    let Some(lib) = folder("FLAKEWISE_NIXPKGS_LIB") else { return };
    compare_table("lib", include_str!("../eval/oracle/lib.txt"), Some(&lib));
}

/// Experimental features whose builtins flakewise knows too; Nix has them only where they are turned on.
const EXPERIMENTAL: &str = "nix-command flakes pipe-operators fetch-closure fetch-tree dynamic-derivations";

/// Builtins that are there only when native code is allowed.
const NATIVE: &[&str] = &["exec", "importNative"];

/// What `builtins` has in impure evaluation only.
const IMPURE: &[&str] = &["currentSystem", "currentTime"];

#[test]
fn the_same_builtins() {
    let Some(nix) = nix() else { return };
    let arguments = ["--option", "experimental-features", EXPERIMENTAL];
    let listed = eval(&nix, "builtins.attrNames builtins", &arguments).expect("Nix lists its builtins");
    let theirs: Vec<String> = serde_json::from_str(&listed).expect("JSON from Nix");
    let ours = flakewise::eval::builtin_names();
    let missing: Vec<&String> =
        theirs.iter().filter(|name| !ours.contains(&name.as_str()) && !IMPURE.contains(&name.as_str())).collect();
    let invented: Vec<&&str> =
        ours.iter().filter(|name| !theirs.iter().any(|it| it == *name) && !NATIVE.contains(name)).collect();
    println!("builtins: {} in Nix, {} here", theirs.len(), ours.len());
    assert!(missing.is_empty(), "builtins that Nix has and flakewise does not: {missing:?}");
    assert!(invented.is_empty(), "builtins that flakewise has and Nix does not: {invented:?}");
}

/// Tests of Nix that are not compared, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("eval-fail-filterSource-4", "sources are not filtered"),
    ("eval-fail-filterSource-5", "sources are not filtered"),
    ("eval-okay-break", "fails in Nix itself when its value is turned into JSON"),
    ("eval-okay-context", "store paths are not computed"),
    ("eval-okay-pathexists", "asks for what is in the store, which needs one"),
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
    let nix_answers = nix.ask(&files, "builtins.toJSON", &[&tests]);
    let (okay, fail) = on_large_stack(move || {
        let snapshot = snapshot(&[&tests]);
        let (mut okay, mut fail) = (Tally::default(), Tally::default());
        for (file, answer) in files.iter().zip(&nix_answers) {
            let path = file.display().to_string();
            let is_okay = path.contains("/eval-okay-");
            // A value without JSON (a function) fails in both.
            let ours = here::answer(&snapshot, &path, "toJSON", false);
            if is_okay { &mut okay } else { &mut fail }.compare(&path, &ours, answer);
        }
        (okay, fail)
    });
    okay.finish("language tests of Nix, eval-okay");
    fail.finish("language tests of Nix, eval-fail");
}
