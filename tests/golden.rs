//! The fixture flakes: what is planted in them is found and nothing else, and
//! what the commands print of them stays what it was.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All folders below `fixtures` with a flake.nix that are flakes of their own
/// story; templates inside of them are part of it.
fn flakes() -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![project().join("fixtures")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("fixtures can be read").flatten() {
            let path = entry.path();
            if !path.is_dir() || path.file_name().is_some_and(|name| name == "templates") {
                continue;
            }
            if path.join("flake.nix").is_file() {
                let relative = path.strip_prefix(project().join("fixtures")).expect("it lies there");
                found.push(relative.to_string_lossy().replace('\\', "/"));
            } else {
                folders.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "there are fixtures");
    found
}

fn flakewise(arguments: &[&str], flake: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flakewise"));
    command.args(arguments).current_dir(project().join("fixtures").join(flake));
    let output = command.output().expect("the program was built");
    assert_ne!(output.status.code(), Some(2), "{flake}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

/// A document without the place of this checkout, and without what is said because it is one of git.
fn portable(text: &str) -> String {
    let root = project().to_string_lossy().replace('\\', "/");
    text.replace(&root, "…").replace(" (git add it afterwards)", "")
}

#[test]
fn documents_stay_what_they_were() {
    let update = std::env::var_os("FLAKEWISE_UPDATE_GOLDEN").is_some();
    let mut differences = Vec::new();
    for flake in flakes() {
        for command in ["check", "hosts", "options", "outputs"] {
            for (format, ending) in [("json", "json"), ("text", "txt")] {
                let text = portable(&flakewise(&[command, "--format", format], &flake));
                let path = golden(&flake, command, ending);
                if update {
                    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                    std::fs::write(&path, &text).expect("the document can be written");
                } else if std::fs::read_to_string(&path).unwrap_or_default() != text {
                    differences.push(format!("{flake}: {command} --format {format}"));
                }
            }
        }
    }
    assert!(
        differences.is_empty(),
        "other than in tests/golden:\n{}\nrun `FLAKEWISE_UPDATE_GOLDEN=1 cargo test --test golden` and look at what changed",
        differences.join("\n")
    );
}

#[test]
fn reviews_stay_what_they_were() {
    let update = std::env::var_os("FLAKEWISE_UPDATE_GOLDEN").is_some();
    let mut differences = Vec::new();
    for flake in flakes() {
        let text = portable(&flakewise(&["review"], &flake));
        let path = golden(&flake, "review", "md");
        if update {
            std::fs::write(&path, &text).expect("the review can be written");
        } else if std::fs::read_to_string(&path).unwrap_or_default() != text {
            differences.push(flake);
        }
    }
    assert!(differences.is_empty(), "other than in tests/golden: {differences:?}");
}

fn golden(flake: &str, command: &str, ending: &str) -> PathBuf {
    project().join("tests/golden").join(flake).join(format!("{command}.{ending}"))
}

/// A fault of FAULTS.md: path, line, rule.
type Fault = (String, u64, String);

#[derive(Default)]
struct Faults {
    planted: Vec<Fault>,
    /// For what is not all there yet: right when found, no shame when not.
    later: Vec<Fault>,
    silent: Vec<Fault>,
}

/// What the FAULTS.md of a story plants, of the rules that there are.
fn faults(text: &str) -> Faults {
    let rules: Vec<&str> = flakewise::rules::RULES.iter().map(|rule| rule.id).collect();
    let mut faults = Faults::default();
    let mut chapter = String::new();
    for line in text.lines() {
        if line.starts_with("## ") {
            chapter = line.to_string();
        }
        let mut words = line.strip_prefix("- ").unwrap_or_default().split('`');
        let (Some(""), Some(place), Some(_), Some(rule)) = (words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        let Some((path, number)) = place.rsplit_once(':') else { continue };
        let (Ok(number), true) = (number.parse(), rules.contains(&rule)) else { continue };
        let fault = (path.to_string(), number, rule.to_string());
        match () {
            () if chapter.contains("must stay silent") => faults.silent.push(fault),
            () if chapter.contains("later rules") => faults.later.push(fault),
            () => faults.planted.push(fault),
        }
    }
    faults
}

#[test]
fn planted_faults_are_found_and_nothing_else() {
    let mut stories: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for flake in flakes() {
        let story = flake.split('/').next().unwrap_or(&flake).to_string();
        stories.entry(story).or_default().push(flake);
    }
    let mut wrong = Vec::new();
    for (story, flakes) in stories {
        let text = std::fs::read_to_string(project().join("fixtures").join(&story).join("FAULTS.md"));
        let Faults { planted, later, silent } = faults(&text.expect("every story lists its faults"));
        let mut found: Vec<Fault> = Vec::new();
        for flake in flakes {
            let below = flake.strip_prefix(&story).unwrap_or_default().trim_start_matches('/');
            let document: Value =
                serde_json::from_str(&flakewise(&["check", "--format", "json"], &flake)).expect("JSON");
            for diagnostic in document["diagnostics"].as_array().expect("a list") {
                let path = diagnostic["path"].as_str().expect("a path");
                let path = if below.is_empty() { path.to_string() } else { format!("{below}/{path}") };
                let line = diagnostic["range"]["start"]["line"].as_u64().expect("a line") + 1;
                found.push((path, line, diagnostic["rule"].as_str().expect("a rule").to_string()));
            }
        }
        let same = |a: &Fault, b: &Fault| a.0 == b.0 && a.2 == b.2 && (a.1 == b.1 || a.2 == "monolithic-flake");
        for fault in planted.iter().filter(|fault| !found.iter().any(|it| same(it, fault))) {
            wrong.push(format!("{story}: not found: {}:{} {}", fault.0, fault.1, fault.2));
        }
        for fault in found.iter().filter(|fault| !planted.iter().chain(&later).any(|it| same(it, fault))) {
            wrong.push(format!("{story}: a false alarm: {}:{} {}", fault.0, fault.1, fault.2));
        }
        for fault in silent.iter().filter(|fault| found.iter().any(|it| same(it, fault))) {
            wrong.push(format!("{story}: must stay silent: {}:{} {}", fault.0, fault.1, fault.2));
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
