//! Files as they are while somebody types them: every prefix of every fixture.

use std::path::Path;

use flakewise::db::{Change, FileData};
use flakewise::repository::Analyzer;

use crate::repo::{Repo, analyze, bounds, describe, ends, path};

/// The places where a prefix may end.
fn boundaries(text: &str) -> Vec<usize> {
    (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect()
}

/// Places between two tokens.
fn token_boundaries(text: &str) -> Vec<usize> {
    let parse = flakewise::syntax::Parse::new(text);
    let tokens = parse.root().descendants_with_tokens().filter_map(|element| element.into_token());
    tokens.map(|token| usize::from(token.text_range().start())).collect()
}

fn nix_files(folder: &Path, found: &mut Vec<String>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            nix_files(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "nix") {
            found.push(std::fs::read_to_string(&entry).expect("a text"));
        }
    }
}

#[test]
fn every_prefix_parses_and_lowers() {
    let mut texts = Vec::new();
    nix_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), &mut texts);
    assert!(texts.len() > 100);
    let work = std::sync::Mutex::new(texts.into_iter().enumerate());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some((index, text)) = work.lock().expect("a lock").next() else { return };
                    let ends = boundaries(&text);
                    // All of them where that is quick; elsewhere each file begins at another place.
                    let step = if cfg!(debug_assertions) { 1 + ends.len() / 24 } else { 1 };
                    for end in ends.iter().skip(index % step).step_by(step) {
                        let data = FileData::new(text[..*end].into());
                        assert_eq!(usize::from(data.parse().root().text_range().len()), *end);
                        data.summary();
                        data.line_index();
                    }
                }
            });
        }
    });
}

/// Replaces one file by its prefixes, and holds the hosts that do not reach it against how they were.
fn type_file(repo: &Repo, file: &str, samples: usize) {
    let (repo, file) = (repo.clone(), file.to_string());
    ends(&file.clone(), move || {
        let text = repo.text(&file).to_string();
        let snapshot = repo.snapshot();
        let mut analyzer = Analyzer::with_bounds(bounds());
        let complete = analyze(&mut analyzer, &snapshot);
        let before = describe(&complete);
        let id = snapshot.paths().id(&path(&file));
        let places = token_boundaries(&text);
        let mut unharmed = 0;
        for at in places.iter().step_by((places.len() / samples).max(1)) {
            let next = snapshot.apply([Change::Text { path: path(&file), text: text[..*at].into() }]);
            let repository = analyze(&mut analyzer, &next);
            if file.ends_with("flake.nix") {
                continue;
            }
            let now = describe(&repository);
            for host in complete.hosts().map(|(_, host)| host) {
                let reaches = host.facts.modules.iter().any(|module| module.file() == Some(id));
                let within = host.within.is_some();
                if !reaches && !within {
                    let name = format!("/repo {}", host.output);
                    assert_eq!(before[&name], now[&name], "{file} up to {at}: {name}");
                    unharmed += 1;
                }
            }
        }
        let all: usize = complete.hosts().count();
        assert!(unharmed > 0 || all < 3 || file.ends_with("flake.nix"), "{file}: every host reaches it");
        let back = analyze(&mut analyzer, &snapshot);
        assert_eq!(describe(&back), before, "{file}, whole again");
    });
}

#[test]
fn a_repository_works_while_a_file_is_typed() {
    let portable = Repo::fixture("portable");
    let (few, some) = if cfg!(debug_assertions) { (4, 6) } else { (60, 200) };
    type_file(&portable, "flake.nix", some);
    for file in ["nixos/modules/gaming.nix", "nixos/modules/scanner.nix", "hosts/server/default.nix"] {
        type_file(&portable, file, few);
    }
    let homelab = Repo::fixture("homelab");
    type_file(&homelab, "flake.nix", few);
    for file in ["systems/atlas/default.nix", "systems/harbor/default.nix"] {
        type_file(&homelab, file, few);
    }
}
