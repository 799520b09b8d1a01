//! Generated programs: equal, or unknown, or failing in both; never different.
//!
//! `FLAKEWISE_ORACLE_SEED` is a number for other programs than the usual ones,
//! `FLAKEWISE_ORACLE_COUNT` how many there are.

use std::collections::BTreeSet;
use std::path::PathBuf;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::answer::{Answer, Tally, Verdict, verdict};
use super::generate::{Program, call, program, signatures};
use super::here::{self, on_large_stack, snapshot};
use super::nix::{Folder, Nix, nix};

/// Of the programs that are generated this many percent have the same value in both, at least.
const LEAST_AGREED: usize = 50;
/// The same for calls of `lib`, where more arguments are refused.
const LEAST_AGREED_LIB: usize = 40;
/// And at most this many percent are unknown here.
const MOST_UNKNOWN: usize = 4;

/// How many differences are shrunk and shown.
const SHOWN: usize = 12;
/// How often each is made smaller, and how many smaller programs are tried at once.
const SHRINK_ROUNDS: usize = 12;
const MOST_CANDIDATES: usize = 250;

fn setting(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

/// The files that programs may read.
pub fn fixture(folder: &Folder) {
    folder.write("a.txt", "line one\nline two\n");
    folder.write("scoped.nix", "[ (scoped or 1) ]\n".replace("(scoped or 1)", "scoped").as_str());
    folder.write("dir/default.nix", "x: x\n");
    folder.write("dir/sub/data.json", "{ \"a\": [ 1, 2.5 ], \"b\": null }\n");
    #[cfg(unix)]
    std::os::unix::fs::symlink("a.txt", folder.path().join("link")).expect("a link can be made");
}

fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

fn numbers() -> impl Strategy<Value = Vec<u32>> {
    proptest::collection::vec(proptest::num::u32::ANY, 4..160)
}

/// Where programs come from, and what both sides see.
struct Comparison<'a> {
    nix: Nix,
    folder: Folder,
    /// The folder of the real `lib`, where programs are about that.
    lib: Option<PathBuf>,
    generate: &'a dyn Fn(&[u32]) -> Program,
}

impl Comparison<'_> {
    /// What both say to some programs.
    fn both(&self, programs: &[Program]) -> Vec<(Answer, Answer)> {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for (index, program) in programs.iter().enumerate() {
            // The way a value becomes a string is part of the file, so that one session serves all.
            let text = format!("{} (\n{}\n)", program.apply, program.text);
            match &self.lib {
                None => {
                    let file = self.folder.write(&format!("p{index}.nix"), &text);
                    ours.push(file.clone());
                    theirs.push(file);
                }
                Some(lib) => {
                    ours.push(self.folder.write(&format!("ours{index}.nix"), &format!("lib:\n{text}")));
                    let text = format!("let lib = import {}; in\n{text}", lib.display());
                    theirs.push(self.folder.write(&format!("theirs{index}.nix"), &text));
                }
            }
        }
        let mut visible = vec![self.folder.path()];
        visible.extend(self.lib.as_deref());
        let theirs = self.nix.ask(&theirs, "", &visible);
        let (snapshot, with_lib) = (snapshot(&[self.folder.path()]), self.lib.is_some());
        let ours = on_large_stack(move || {
            let answers =
                ours.iter().map(|file| here::answer(&snapshot, &file.display().to_string(), "toString", with_lib));
            answers.collect::<Vec<Answer>>()
        });
        ours.into_iter().zip(theirs).collect()
    }

    fn run(&self, name: &str, count: u64, least_agreed: usize, most_unknown: usize) {
        let seed = setting("FLAKEWISE_ORACLE_SEED", 1);
        let count = setting("FLAKEWISE_ORACLE_COUNT", count);
        let mut runner = runner(seed);
        let lists: Vec<Vec<u32>> =
            (0..count).map(|_| numbers().new_tree(&mut runner).expect("numbers").current()).collect();
        let programs: Vec<Program> = lists.iter().map(|list| (self.generate)(list)).collect();
        let answers = self.both(&programs);
        let mut tally = Tally::default();
        let mut differing = Vec::new();
        for ((list, program), (ours, theirs)) in lists.iter().zip(&programs).zip(&answers) {
            if tally.compare(&program.text, ours, theirs) == Verdict::Different {
                differing.push(list);
            }
        }
        println!("{name}: seed {seed}, {count} programs");
        if !differing.is_empty() {
            let more = differing.len().saturating_sub(SHOWN);
            let shrunk: BTreeSet<String> = differing.iter().take(SHOWN).map(|list| self.shrink(list)).collect();
            tally.different = shrunk.into_iter().collect();
            tally.different.push(format!("(and {more} more that were not shrunk)"));
        }
        tally.finish(name);
        tally.assert_shares(name, least_agreed, most_unknown);
    }

    /// The smallest program found that still differs, in words. Many smaller ones are asked about at once.
    fn shrink(&self, numbers: &[u32]) -> String {
        let mut numbers = numbers.to_vec();
        let mut found = String::new();
        for _ in 0..SHRINK_ROUNDS {
            let itself = (self.generate)(&numbers);
            let mut candidates: Vec<(Vec<u32>, Program)> = Vec::new();
            for smaller in smaller(&numbers) {
                let candidate = (self.generate)(&smaller);
                let is_new = candidates.iter().all(|(_, known)| *known != candidate);
                if candidate.text.len() < itself.text.len() && is_new {
                    candidates.push((smaller, candidate));
                }
            }
            candidates.sort_by_key(|(_, candidate)| candidate.text.len());
            candidates.truncate(MOST_CANDIDATES);
            // The program itself comes last, so that there is always something to show.
            candidates.push((numbers.clone(), itself));
            let programs: Vec<Program> = candidates.iter().map(|(_, candidate)| candidate.clone()).collect();
            let answers = self.both(&programs);
            let differs = |(ours, theirs): &(Answer, Answer)| verdict(ours, theirs) == Verdict::Different;
            let Some(at) = answers.iter().position(differs) else { break };
            let (program, (ours, theirs)) = (&programs[at], &answers[at]);
            found = format!("{} (\n{}\n)\n  here {ours:?}\n  Nix  {theirs:?}", program.apply, program.text);
            if at + 1 == programs.len() {
                break;
            }
            numbers = candidates.swap_remove(at).0;
        }
        found
    }
}

#[test]
fn generated_programs() {
    let Some(nix) = nix() else { return };
    let folder = Folder::new();
    fixture(&folder);
    let comparison = Comparison { nix, folder, lib: None, generate: &program };
    comparison.run("generated programs", 5000, LEAST_AGREED, MOST_UNKNOWN);
}

#[test]
fn generated_calls_of_lib() {
    let Some(nix) = nix() else { return };
    let Some(lib) = super::folder("FLAKEWISE_NIXPKGS_LIB") else { return };
    let signatures = signatures(include_str!("../eval/oracle/lib-signatures.txt"));
    let folder = Folder::new();
    fixture(&folder);
    let comparison = Comparison { nix, folder, lib: Some(lib), generate: &|numbers| call(&signatures, numbers) };
    comparison.run("generated calls of lib", 3000, LEAST_AGREED_LIB, MOST_UNKNOWN);
}

/// Lists with a piece less, or with a smaller number.
fn smaller(numbers: &[u32]) -> Vec<Vec<u32>> {
    let mut found = Vec::new();
    let mut length = numbers.len() / 2;
    while length > 0 {
        for start in (0..numbers.len()).step_by(length) {
            let end = (start + length).min(numbers.len());
            found.push([&numbers[..start], &numbers[end..]].concat());
        }
        length /= 2;
    }
    for (at, number) in numbers.iter().enumerate() {
        for smaller in [0, number / 2, number.saturating_sub(1)] {
            let mut changed = numbers.to_vec();
            changed[at] = smaller;
            found.push(changed);
        }
    }
    found
}
