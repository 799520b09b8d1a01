//! Cases whose answers are known: they are checked without Nix, and against it where there is one.
//!
//! In cases.txt each line is an expression; `answers.txt` has what Nix says to each, JSON or `error`.
//! `FLAKEWISE_UPDATE_MODULE_ANSWERS=1` writes it anew from the Nix at hand.

use std::path::{Path, PathBuf};

use super::answer::Answer;
use super::here::{self, on_large_stack, snapshot};
use super::nix::{Folder, nix};

const PRELUDE: &str = "let inherit (lib) mkOption mkIf mkMerge mkForce mkDefault mkBefore mkAfter mkOrder types; \
    config = modules: (lib.evalModules { inherit modules; }).config; in";

fn cases() -> Vec<&'static str> {
    include_str!("cases.txt").lines().filter(|line| !line.starts_with('#')).collect()
}

fn answers() -> Vec<&'static str> {
    include_str!("answers.txt").lines().collect()
}

fn files(folder: &Folder, scope: &str) -> Vec<PathBuf> {
    let write = |(index, case): (usize, &&str)| {
        let text = format!("{scope}\n{PRELUDE}\nbuiltins.toJSON ({case})\n");
        folder.write(&format!("case{index}.nix"), &text)
    };
    cases().iter().enumerate().map(write).collect()
}

fn text(answer: &Answer) -> &str {
    match answer {
        Answer::Json(text) => text,
        Answer::Failure(_) => "error",
        Answer::Unknown(_) => "unknown",
    }
}

#[test]
fn known_answers() {
    let folder = Folder::new();
    let files = files(&folder, "lib:");
    assert_eq!(files.len(), answers().len(), "each case has an answer");
    on_large_stack(move || {
        let snapshot = snapshot(&[folder.path()]);
        let mut wrong = String::new();
        for ((file, case), expected) in files.iter().zip(cases()).zip(answers()) {
            let answer = here::answer(&snapshot, &file.display().to_string());
            if text(&answer) != expected {
                wrong += &format!("{case}\n  expected {expected}\n  is       {answer:?}\n");
            }
        }
        assert!(wrong.is_empty(), "{wrong}");
    });
}

#[test]
fn known_answers_of_nix() {
    let (Some(nix), Some(lib)) = (nix(), super::nixpkgs_lib()) else { return };
    let folder = Folder::new();
    let files = files(&folder, &format!("let lib = import {}; in", lib.display()));
    let said: Vec<String> =
        nix.ask(&files, "", &[folder.path(), &lib]).iter().map(|answer| text(answer).to_string()).collect();
    if std::env::var_os("FLAKEWISE_UPDATE_MODULE_ANSWERS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nix_modules/answers.txt");
        std::fs::write(path, said.join("\n") + "\n").expect("the answers can be written");
        return;
    }
    for ((case, said), expected) in cases().iter().zip(&said).zip(answers()) {
        assert_eq!(said, expected, "{case}");
    }
}
