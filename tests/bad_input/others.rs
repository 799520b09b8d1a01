//! A file that does not parse takes nothing from the others: what is found in them was found before.

use std::collections::BTreeSet;

use flakewise::base::{TextEdit, TextRange};
use flakewise::db::{Change, Snapshot};
use flakewise::repository::{Analyzer, Repository};
use flakewise::rules::{Settings, check};

use crate::repo::{Repo, analyze, bounds, ends, path};

/// A generator of numbers that is the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }
}

/// What is found outside of one file: path, rule and place.
fn elsewhere(repository: &Repository, file: &str) -> BTreeSet<(String, &'static str, usize, usize)> {
    let found = check(repository, &Settings::default(), None).into_iter();
    let places = found.map(|it| {
        let (start, end) = (it.at.range.start().into(), it.at.range.end().into());
        // Where a module that declares the option is the one that does not parse, nobody can name it.
        let rule = if it.rule == "option-not-imported" { "undeclared-option" } else { it.rule };
        (repository.path(it.at.file).to_string(), rule, start, end)
    });
    places.filter(|(at, ..)| *at != *path(file)).collect()
}

/// An edit after which a text is likely not to parse: the rest of it is gone, or a part, or something was begun.
fn break_text(random: &mut Random, text: &str) -> TextEdit {
    const BEGUN: &[&str] = &["{ ", "(", "[ ", "\"", "''", "${", "custom.", " = ", "}", ";;", "let ", "/* "];
    let mut place = || {
        let at = random.below(text.len());
        (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or_default()
    };
    let (one, other) = (place(), place());
    let range = |from: usize, to: usize| TextRange::new((from as u32).into(), (to as u32).into());
    match random.below(3) {
        0 => TextEdit::delete(range(one, text.len())),
        1 => {
            let to = one.max(other).min(one.min(other) + 60);
            let to = (to..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or_default();
            TextEdit::delete(range(one.min(other), to))
        }
        _ => TextEdit::insert((one as u32).into(), BEGUN[random.below(BEGUN.len())]),
    }
}

fn parses(snapshot: &Snapshot, file: &str) -> bool {
    snapshot.file_at(&path(file)).is_ok_and(|(_, data)| data.parse().errors().is_empty())
}

/// Breaks files of a fixture one after the other, as somebody types and as `check` meets them.
fn break_files(name: &'static str, samples: usize) {
    let repo = Repo::fixture(name);
    ends(name, move || {
        let mut random = Random(name.len() as u64);
        let snapshot = repo.snapshot();
        let mut editor = Analyzer::with_bounds(bounds());
        let before = analyze(&mut editor, &snapshot);
        let (evaluated, mut broken) = (editor.counts(), 0);
        let mut fresh = Analyzer::with_bounds(bounds());
        analyze(&mut fresh, &snapshot);
        let files: Vec<&String> = repo.files.keys().filter(|file| file.ends_with(".nix")).collect();
        for sample in 0..samples {
            // flake.nix is one of many, and what most depends on.
            let file = if sample == 0 { "flake.nix" } else { files[random.below(files.len())].as_str() };
            let edit = break_text(&mut random, repo.text(file));
            let text: std::sync::Arc<str> = edit.apply(repo.text(file)).expect("it fits").into();
            let met = snapshot.apply([Change::Text { path: path(file), text: text.clone() }]);
            if parses(&met, file) {
                continue;
            }
            broken += 1;
            let known = elsewhere(&before, file);
            let now = elsewhere(&analyze(&mut fresh, &met), file);
            let new: Vec<_> = now.difference(&known).collect();
            assert!(new.is_empty(), "{file} after {edit:?}: {new:#?}");

            let typed = snapshot.apply([Change::Edit { path: path(file), edit: edit.clone(), text }]);
            let now = analyze(&mut editor, &typed);
            assert_eq!(elsewhere(&now, file), known, "{file} after {edit:?}, with a history");
        }
        assert!(broken * 2 > samples, "{broken} of {samples} edits broke something");
        assert_eq!(editor.counts(), evaluated, "the last good text is evaluated already");
    });
}

#[test]
fn nothing_new_is_found_in_other_files() {
    let samples = if cfg!(debug_assertions) { 12 } else { 300 };
    for name in ["guide/hosts-and-modules", "guide/flake-parts", "homelab", "portable", "reviewed"] {
        break_files(name, samples);
    }
}
