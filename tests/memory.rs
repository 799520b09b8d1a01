//! Memory: what an analysis computed goes when the next one is there. A binary
//! of its own, since other tests at the same time would be measured too.
#![cfg(target_os = "linux")]

mod repo;

use flakewise::db::Change;
use flakewise::repository::Analyzer;

use repo::{Repo, analyze, bounds, ends, path};

/// The memory of this process that is in use, in bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("a statm");
    let pages: usize = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a count of pages");
    pages * 4096
}

#[test]
fn many_analyses_keep_nothing_of_each_other() {
    ends("many analyses", || {
        let repo = Repo::fixture("portable");
        let mut snapshot = repo.snapshot();
        let mut analyzer = Analyzer::with_bounds(bounds());
        let file = "nixos/modules/system.nix";
        let rounds = if cfg!(debug_assertions) { 100 } else { 300 };
        let mut after_start = 0;
        for round in 0..rounds {
            let text = repo.text(file).replace("true", if round % 2 == 0 { "false" } else { "true" });
            snapshot = snapshot.apply([Change::Text { path: path(file), text: text.into() }]);
            let hosts = analyzer.counts().hosts;
            analyze(&mut analyzer, &snapshot);
            assert!(analyzer.counts().hosts > hosts, "nothing was evaluated");
            if round == rounds / 4 {
                after_start = resident();
            }
        }
        let grown = resident().saturating_sub(after_start);
        // The evaluations of one round take some ten megabytes, which would stay in every round.
        assert!(grown < 24 << 20, "{} MB more after {rounds} analyses", grown >> 20);
        println!("{} MB at first, {} MB more at the end", after_start >> 20, grown >> 20);
    });
}
