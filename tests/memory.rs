//! Memory: what an analysis computed goes when the next one is there. A binary
//! of its own, since other tests at the same time would be measured too.
#![cfg(target_os = "linux")]

mod repo;

use std::fmt::Write;
use std::sync::{Arc, Weak};

use flakewise::base::{TextEdit, TextRange};
use flakewise::db::{Change, FileData, Retained, Snapshot};
use flakewise::repository::{Analyzer, Host};
use flakewise::rules::{Settings, check};

use repo::{Numbers, Repo, analyze, bounds, ends, node, path};

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

const MODULES: usize = 80;
const HOSTS: usize = 5;

/// Every host imports every second module, and all of them common.nix.
fn large() -> Repo {
    let mut repo = Repo::default();
    let mut hosts = String::new();
    for host in 0..HOSTS {
        writeln!(hosts, "host{host} = system [ ./common.nix ./host{host}.nix ];").expect("a string");
        let imports: String = (host % 2..MODULES).step_by(2).map(|n| format!("./modules/m{n}.nix ")).collect();
        repo.set(&format!("host{host}.nix"), format!("{{ imports = [ {imports} ]; custom.m0.enable = true; }}\n"));
    }
    for n in 0..MODULES {
        let text = format!(
            "{{ config, lib, ... }}:\n{{\n  options.custom.m{n}.enable = lib.mkEnableOption \"number {n}\";\n  \
             config = lib.mkIf config.custom.m{n}.enable {{\n    environment.etc.m{n}.text = \"text\";\n  }};\n}}\n"
        );
        repo.set(&format!("modules/m{n}.nix"), text);
    }
    repo.set("common.nix", "{ lib, ... }: { time.timeZone = lib.mkDefault \"UTC\"; }\n");
    repo.set(
        "flake.nix",
        format!(
            "{{ outputs = {{ self, nixpkgs }}: let system = modules: nixpkgs.lib.nixosSystem {{ inherit modules; }}; in \
             {{ nixosConfigurations = {{\n{hosts}}}; }}; }}"
        ),
    );
    repo
}

/// Somebody who works for long, with what is alive of all that there ever was.
struct Session {
    repo: Repo,
    numbers: Numbers,
    analyzer: Analyzer,
    snapshot: Snapshot,
    files: Vec<Weak<FileData>>,
    hosts: Vec<Weak<Host>>,
}

impl Session {
    fn change(&mut self, change: Change) {
        self.snapshot = self.snapshot.apply([change]);
    }

    fn text(&self, file: &str) -> String {
        self.snapshot.file_at(&path(file)).expect("the file").1.text().to_string()
    }

    fn insert(&mut self, file: &str, at: usize, letters: &str) {
        let edit = TextEdit::replace(TextRange::empty(u32::try_from(at).expect("a short file").into()), letters);
        let text = edit.apply(&self.text(file)).expect("a place in the text");
        self.change(Change::Edit { path: path(file), edit, text: text.into() });
        let (_, data) = self.snapshot.file_at(&path(file)).expect("the file");
        data.parse();
        self.files.push(Arc::downgrade(&data));
    }

    /// One of the things that people do.
    fn work(&mut self) {
        let module = format!("modules/m{}.nix", self.numbers.below(MODULES));
        match self.numbers.below(12) {
            // The text becomes what it was, or a string or the name of an option grows.
            0 => self.change(Change::Text { path: path(&module), text: self.repo.text(&module).into() }),
            1 => self.change(Change::Forget { path: path(&module) }),
            2 => {
                let new = format!("new{}.nix", self.numbers.below(10));
                let there = self.snapshot.file_at(&path(&new)).is_ok();
                if there {
                    self.change(Change::Remove { path: path(&new) });
                } else {
                    self.change(node(&new));
                    self.change(Change::Text { path: path(&new), text: "{ }".into() });
                }
            }
            3 => {
                // Another name for a host.
                let name = format!("host{}", self.numbers.below(50));
                let text = self.repo.text("flake.nix").replacen("host1 =", &format!("\"{name}x\" ="), 1);
                self.change(Change::Text { path: path("flake.nix"), text: text.into() });
            }
            // A file that is broken for as long as somebody works.
            4 => self.insert("common.nix", 1, "("),
            kind => {
                let text = self.text(&module);
                let place = if kind % 2 == 0 { "text = \"" } else { "etc.m" };
                if let Some(at) = text.find(place) {
                    self.insert(&module, at + place.len(), "x");
                }
            }
        }
    }

    fn analyze(&mut self) {
        let repository = analyze(&mut self.analyzer, &self.snapshot);
        check(&repository, &Settings::default(), None);
        self.hosts.extend(repository.hosts().map(|(_, host)| Arc::downgrade(host)));
    }

    /// What is alive: texts and hosts of now and of before.
    fn alive(&mut self) -> (usize, usize) {
        self.files.retain(|file| file.strong_count() > 0);
        self.hosts.retain(|host| host.strong_count() > 0);
        (self.files.len(), self.hosts.len())
    }
}

#[test]
fn a_long_session_keeps_what_is_there_and_no_more() {
    ends("a long session", || {
        let repo = large();
        let mut session = Session {
            numbers: Numbers(11),
            analyzer: Analyzer::with_bounds(bounds()),
            snapshot: repo.snapshot(),
            files: Vec::new(),
            hosts: Vec::new(),
            repo,
        };
        session.analyze();
        let files = session.repo.files.len() + 10;
        for round in 1..=4000 {
            session.work();
            if round % 50 > 0 {
                continue;
            }
            session.analyze();
            let Retained { paths, texts, loaded, edits } = session.snapshot.retained();
            let internal = Snapshot::new(Arc::new(flakewise::db::NoLoader)).retained().texts;
            assert!(texts + loaded <= 2 * (files + internal), "{round}: {texts} and {loaded} texts");
            assert!(paths <= files + internal + 20, "{round}: {paths} paths");
            // Of each module somebody may have gone on typing, and of common.nix.
            assert!(edits <= 1024, "{round}: {edits} edits");
            assert!(session.analyzer.kept() <= 1 + HOSTS, "{round}: {} results", session.analyzer.kept());
            let (alive_files, alive_hosts) = session.alive();
            assert!(alive_files <= 2 * files, "{round}: {alive_files} texts are alive");
            assert!(alive_hosts <= 2 * HOSTS, "{round}: {alive_hosts} hosts are alive");
        }
    });
}
