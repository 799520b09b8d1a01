//! The cases of nixpkgs' own tests of its module system, `lib/tests/modules.sh`.
//!
//! Which they are is found out by running that script with a `nix-instantiate` that only notes what it is asked.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use super::answer::{Answer, Tally, Verdict, verdict};
use super::here::{self, on_large_stack, snapshot};
use super::nix::{Folder, nix};

/// Notes its arguments, one per line, and fails.
const RECORDER: &str = "#!/bin/sh\n{ printf '%s\\n' \"$@\"; echo '<end>'; } >>\"$FLAKEWISE_RECORD\"\nexit 1\n";

/// Tests that are not compared, by their files, and why.
const LEFT_OUT: &[(&str, &str)] = &[(
    "./declaration-positions.nix",
    "positions are kept through mapAttrs, so that unsafeGetAttrPos tells more than Nix",
)];

/// One check: the path that is asked for, and the modules.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Case {
    attribute: String,
    modules: String,
}

fn cases(script: &Path) -> BTreeSet<Case> {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let recorder = folder.path().join("nix-instantiate");
    std::fs::write(&recorder, RECORDER).expect("a temporary file can be written");
    std::fs::set_permissions(&recorder, std::fs::Permissions::from_mode(0o755)).expect("a file of our own");
    let record = folder.path().join("record");
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new("bash")
        .arg(script)
        .env("PATH", format!("{}:{path}", folder.path().display()))
        .env("FLAKEWISE_RECORD", &record)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("bash runs");
    let record = std::fs::read_to_string(record).expect("the script asks something");
    record.split("<end>\n").filter_map(|call| case(&call.lines().collect::<Vec<_>>())).collect()
}

fn case(arguments: &[&str]) -> Option<Case> {
    // Warnings are not modelled.
    if arguments.contains(&"abort-on-warn") {
        return None;
    }
    let after = |flag: &str| arguments.get(arguments.iter().position(|argument| *argument == flag)? + 1);
    let modules = after("-E")?.split_once('[')?.1.rsplit_once(']')?.0;
    Some(Case { attribute: after("-A")?.to_string(), modules: modules.trim().to_string() })
}

/// The names of an attribute path as `--attr` takes it.
fn names(path: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut quoted = false;
    for c in path.chars() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => names.push(String::new()),
            c => names.last_mut().expect("one at least").push(c),
        }
    }
    names
}

const SELECT: &str = "builtins.foldl' (value: name: if builtins.isList value then builtins.elemAt value (builtins.fromJSON name) else value.${name})";

/// What a value is on its surface: many tests only look there.
const SURFACE: &str = "(value: if builtins.isAttrs value then builtins.attrNames value else if builtins.isList value \
    then { length = builtins.length value; } else if builtins.isFunction value then \"a function\" else value)";

impl Case {
    /// An expression for the string to compare; `lib` is in scope.
    fn expression(&self, tests: &Path, surface: bool) -> String {
        let tests = tests.display();
        let modules: Vec<String> = self
            .modules
            .split_whitespace()
            .map(|module| module.strip_prefix("./").map_or(module.to_string(), |module| format!("{tests}/{module}")))
            .collect();
        let names: Vec<String> = names(&self.attribute).iter().map(|name| format!("{name:?}")).collect();
        let (modules, names) = (modules.join(" "), names.join(" "));
        let surface = if surface { SURFACE } else { "(value: value)" };
        format!(
            "builtins.toJSON ({surface} ({SELECT} (import {tests}/default.nix {{ inherit lib; modules = [ {modules} ]; }}) [ {names} ]))\n"
        )
    }
}

#[test]
fn tests_of_nixpkgs() {
    let (Some(nix), Some(lib)) = (nix(), super::nixpkgs_lib()) else { return };
    let tests = lib.join("tests/modules");
    if !tests.exists() {
        println!("SKIPPED: this nixpkgs comes without lib/tests");
        return;
    }
    let left_out = |case: &Case| LEFT_OUT.iter().any(|(file, _)| case.modules.contains(file));
    let cases: Vec<Case> = cases(&lib.join("tests/modules.sh")).into_iter().filter(|case| !left_out(case)).collect();
    assert!(cases.len() > 100, "only {} cases were found", cases.len());
    let folder = Folder::new();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (index, case) in cases.iter().enumerate() {
        for (kind, surface) in [("deep", false), ("surface", true)] {
            let expression = case.expression(&tests, surface);
            ours.push(folder.write(&format!("ours-{kind}{index}.nix"), &format!("lib:\n{expression}")));
            let scope = format!("let lib = import {}; in\n{expression}", lib.display());
            theirs.push(folder.write(&format!("theirs-{kind}{index}.nix"), &scope));
        }
    }
    let nix_answers = nix.ask(&theirs, "", &[folder.path(), &lib]);
    let tally = on_large_stack(move || {
        let snapshot = snapshot(&[folder.path(), &tests]);
        let mut tally = Tally::default();
        for ((case, files), answers) in cases.iter().zip(ours.chunks(2)).zip(nix_answers.chunks(2)) {
            let ask = |at: usize| here::answer(&snapshot, &files[at].display().to_string());
            // A test may be about the surface of a value that cannot be read as a whole.
            let at = usize::from(matches!(answers[0], Answer::Failure(_)));
            let ours = ask(at);
            let what = format!("{} of {}", case.attribute, case.modules);
            let mut theirs = answers[at].clone();
            // Positions in files are the same, the folders of libraries are not.
            if let (Answer::Json(left), Answer::Json(right)) = (&ours, &theirs)
                && verdict(&ours, &theirs) == Verdict::Different
                && right.replace(&*lib_text(&tests), "/<flakewise>/lib") == *left
            {
                theirs = ours.clone();
            }
            tally.compare(&what, &ours, &theirs);
        }
        tally
    });
    tally.finish("module tests of nixpkgs");
}

fn lib_text(tests: &Path) -> String {
    tests.ancestors().nth(2).map(|lib| lib.display().to_string()).unwrap_or_default()
}
