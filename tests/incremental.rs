//! After an edit exactly what it touches is evaluated again, and the result is that of a fresh analysis.

mod repo;

use flakewise::base::{TextEdit, TextRange};
use flakewise::db::{Change, Snapshot, computed_of_texts};
use flakewise::repository::{Analyzer, Counts, Repository};
use flakewise::rules::{Settings, check};

use repo::{Numbers, Repo, analyze, assert_same, bounds, ends, flake, host, node, path};

const FLAKE: &str = r#"{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  outputs = { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      names = builtins.attrNames (builtins.readDir ./hosts);
    in
    {
      nixosConfigurations = lib.genAttrs names (name: lib.nixosSystem {
        modules = [ ./hosts/${name} ./common.nix ];
      });
    };
}
"#;

/// Three hosts: all read common.nix, the first two desktop.nix, the first one leaf.nix.
fn small() -> Repo {
    Repo::new([
        ("flake.nix", FLAKE),
        ("flake.lock", r#"{ "nodes": { "root": { "inputs": {} } }, "root": "root", "version": 7 }"#),
        (
            "common.nix",
            "{ lib, ... }: {\n  options.custom.name = lib.mkOption { type = lib.types.str; };\n  config.time.timeZone = \"UTC\";\n}\n",
        ),
        ("desktop.nix", "{\n  services.xserver.enable = true;\n}\n"),
        ("leaf.nix", "{ pkgs, ... }:\n{\n  # a comment\n  environment.etc.motd.text = \"hello\";\n}\n"),
        ("more.nix", "{ networking.domain = \"example.org\"; }\n"),
        ("hosts/a/default.nix", "{ imports = [ ../../desktop.nix ../../leaf.nix ]; custom.name = \"a\"; }\n"),
        ("hosts/b/default.nix", "{\n  imports = [ ../../desktop.nix ];\n  custom.name = \"b\";\n}\n"),
        (
            "hosts/c/default.nix",
            "{ lib, ... }: { imports = lib.optional (builtins.pathExists ./extra.nix) ./extra.nix; custom.name = \"c\"; }\n",
        ),
    ])
}

/// An analyzer with its last snapshot.
struct Editor {
    analyzer: Analyzer,
    snapshot: Snapshot,
}

impl Editor {
    fn open(repo: &Repo) -> Editor {
        let mut editor = Editor { analyzer: Analyzer::with_bounds(bounds()), snapshot: repo.snapshot() };
        editor.analyze();
        editor
    }

    fn analyze(&mut self) -> Repository {
        analyze(&mut self.analyzer, &self.snapshot)
    }

    /// Applies changes, and says what was evaluated again because of them. The result is held against a fresh analysis.
    fn apply(&mut self, changes: impl IntoIterator<Item = Change>) -> Counts {
        let before = self.analyzer.counts();
        self.snapshot = self.snapshot.apply(changes);
        let repository = self.analyze();
        let after = self.analyzer.counts();
        let fresh = analyze(&mut Analyzer::with_bounds(bounds()), &self.snapshot);
        assert_same(&repository, &fresh, "after a change");
        Counts { listings: after.listings - before.listings, hosts: after.hosts - before.hosts }
    }

    fn text(&self, file: &str) -> String {
        self.snapshot.file_at(&path(file)).expect("the file").1.text().to_string()
    }

    /// Replaces the only occurrence of a text in a file, as a client with incremental sync tells it.
    fn edit(&mut self, file: &str, from: &str, to: &str) -> Counts {
        let text = self.text(file);
        let at = text.find(from).unwrap_or_else(|| panic!("{file} has no {from:?}"));
        self.apply([edit(file, &text, at, from.len(), to)])
    }
}

/// The change that replaces `length` bytes at `at`.
fn edit(file: &str, text: &str, at: usize, length: usize, to: &str) -> Change {
    let range = TextRange::new(
        u32::try_from(at).expect("a short text").into(),
        u32::try_from(at + length).expect("a short text").into(),
    );
    let text = format!("{}{to}{}", &text[..at], &text[at + length..]);
    Change::Edit { path: path(file), edit: TextEdit::replace(range, to), text: text.into() }
}

const NOTHING: Counts = Counts { listings: 0, hosts: 0 };

#[test]
fn comments_and_white_space_cost_nothing() {
    let mut editor = Editor::open(&small());
    assert_eq!(editor.analyzer.counts(), Counts { listings: 1, hosts: 3 });
    assert_eq!(editor.edit("leaf.nix", "a comment", "another comment, a longer one"), NOTHING);
    assert_eq!(editor.edit("common.nix", "\n  config", "\n\n\n\t/* here */  config"), NOTHING);
    assert_eq!(editor.edit("flake.nix", "  inputs", "# the inputs\n  inputs"), NOTHING);
    assert_eq!(editor.edit("flake.nix", "modules = [", "modules =\n        # the host itself\n        ["), NOTHING);
    assert_eq!(editor.apply([]), NOTHING);
    let text = editor.text("leaf.nix");
    assert_eq!(editor.apply([Change::Text { path: path("leaf.nix"), text: text.into() }]), NOTHING);
}

#[test]
fn a_value_costs_the_hosts_that_reach_it() {
    let mut editor = Editor::open(&small());
    assert_eq!(editor.edit("leaf.nix", "\"hello\"", "toString 1"), Counts { listings: 0, hosts: 1 });
    assert_eq!(editor.edit("desktop.nix", "true", "false"), Counts { listings: 0, hosts: 2 });
    assert_eq!(editor.edit("common.nix", "\"UTC\"", "1"), Counts { listings: 0, hosts: 3 });
    assert_eq!(editor.edit("common.nix", "1", "2"), Counts { listings: 0, hosts: 3 });
    assert_eq!(editor.edit("hosts/b/default.nix", "\"b\"", "null"), Counts { listings: 0, hosts: 1 });
    assert_eq!(editor.edit("more.nix", "\"example.org\"", "null"), NOTHING);
}

#[test]
fn a_string_that_nobody_reads_costs_nothing() {
    let mut editor = Editor::open(&small());
    let shown = |editor: &mut Editor, option: &str| {
        let repository = editor.analyze();
        let host = host(&repository, "nixosConfigurations.a");
        let definition = host.facts.definitions.iter().find(|it| it.path.join(".") == option).expect("a definition");
        definition.value.as_ref().map(|value| repository.shown(value)).expect("a value")
    };
    assert_eq!(editor.edit("common.nix", "UTC", "Europe/Berlin"), NOTHING);
    assert_eq!(shown(&mut editor, "time.timeZone"), "\"Europe/Berlin\"");
    assert_eq!(editor.edit("common.nix", "Europe/Berlin", ""), NOTHING);
    assert_eq!(shown(&mut editor, "time.timeZone"), "\"\"");
    assert_eq!(editor.edit("leaf.nix", "hello", "hello ${"), NOTHING);
    assert_eq!(editor.edit("leaf.nix", "hello ${", "hello \\${"), NOTHING);
    assert_eq!(shown(&mut editor, "environment.etc.motd.text"), "\"hello \\${\"");
    // Another expression, whatever it says.
    assert_eq!(editor.edit("leaf.nix", "hello \\$", "hello $"), NOTHING);
    assert_eq!(editor.edit("leaf.nix", "hello ${", "hello ${toString 1}"), Counts { listings: 0, hosts: 1 });
    // In a list and in a set that are only shown.
    let text = "{\n  users.groups.wheel.members = [ \"first\" \"second\" ];\n  programs.git = { config = { a = { b = { c = { d = { e = { f = { g = \"deep\"; }; }; }; }; }; }; }; };\n}\n";
    editor.apply([Change::Text { path: path("desktop.nix"), text: text.into() }]);
    assert_eq!(editor.edit("desktop.nix", "second", "third"), NOTHING);
    assert_eq!(shown(&mut editor, "users.groups.wheel.members"), "[ \"first\" \"third\" ]");
    assert_eq!(editor.edit("desktop.nix", "deep", "deeper"), NOTHING);
    // What an option says of itself.
    assert_eq!(
        editor.edit("common.nix", "lib.types.str;", "lib.types.str; description = \"A name\"; default = \"x\";"),
        Counts { listings: 0, hosts: 3 }
    );
    assert_eq!(editor.edit("common.nix", "A name", "The name of the host"), NOTHING);
    assert_eq!(editor.edit("common.nix", "\"x\"", "\"y\""), NOTHING);
    let repository = editor.analyze();
    let option = &host(&repository, "nixosConfigurations.c").facts.options[0];
    assert_eq!(option.description.as_ref().map(|it| repository.shown(it)).as_deref(), Some("The name of the host"));
    assert_eq!(option.default.as_ref().map(|it| repository.shown(it)).as_deref(), Some("\"y\""));
}

#[test]
fn a_string_that_somebody_reads_costs_the_hosts_that_do() {
    let mut editor = Editor::open(&small());
    // The first host reads the name; the others only have it.
    editor.edit(
        "leaf.nix",
        "{ pkgs, ... }:\n{",
        "{ config, ... }:\n{\n  networking.domain = config.custom.name + config.custom.zone;",
    );
    assert_eq!(
        editor.edit(
            "common.nix",
            "options.custom.name",
            "options.custom.zone = lib.mkOption { type = lib.types.str; };\n  config.custom.zone = \"here\";\n  options.custom.name"
        ),
        Counts { listings: 0, hosts: 3 }
    );
    let one = Counts { listings: 0, hosts: 1 };
    assert_eq!(editor.edit("common.nix", "here", "there"), one);
    assert_eq!(editor.edit("common.nix", "there", "somewhere else"), one);
    assert_eq!(editor.edit("hosts/a/default.nix", "\"a\"", "\"A\""), one);
    assert_eq!(editor.edit("hosts/b/default.nix", "\"b\"", "\"B\""), NOTHING);
    // Names of attributes, paths and what is interpolated are read by all.
    assert_eq!(editor.edit("leaf.nix", "motd", "\"motd\""), NOTHING);
    assert_eq!(editor.edit("leaf.nix", "\"motd\"", "\"message\""), one);
    assert_eq!(editor.edit("flake.nix", "github:NixOS/nixpkgs", "github:NixOS/nixpkgs/nixos-unstable").listings, 1);
}

#[test]
fn hosts_are_evaluated_once_while_outputs_are_listed() {
    let mut repo = small();
    // The image holds a host of its own, which the listing looks into.
    let image = "packages.x86_64-linux.image = nixpkgs.lib.nixosSystem { modules = [ ./common.nix ]; };\n      nixosConfigurations";
    repo.set("flake.nix", FLAKE.replacen("nixosConfigurations", image, 1));
    let mut editor = Editor::open(&repo);
    assert_eq!(editor.analyzer.counts(), Counts { listings: 1, hosts: 3 });
    assert_eq!(
        editor.edit("flake.nix", "./common.nix ];\n      });", "./common.nix ./more.nix ];\n      });"),
        Counts { listings: 1, hosts: 3 }
    );
    assert_eq!(editor.edit("desktop.nix", "true", "false"), Counts { listings: 0, hosts: 2 });
}

#[test]
fn an_import_costs_the_hosts_that_have_it() {
    let mut editor = Editor::open(&small());
    assert_eq!(
        editor.edit("hosts/b/default.nix", "desktop.nix ]", "desktop.nix ../../more.nix ]"),
        Counts { listings: 0, hosts: 1 }
    );
    // Now two hosts reach it, then both of those that read desktop.nix.
    assert_eq!(editor.edit("more.nix", "domain", "search"), Counts { listings: 0, hosts: 1 });
    assert_eq!(
        editor.edit("desktop.nix", "services", "imports = [ ./more.nix ];\n  services"),
        Counts { listings: 0, hosts: 2 }
    );
    assert_eq!(editor.edit("more.nix", "search", "domain"), Counts { listings: 0, hosts: 2 });
    assert_eq!(editor.edit("desktop.nix", "imports = [ ./more.nix ];\n", ""), Counts { listings: 0, hosts: 2 });
    assert_eq!(editor.edit("more.nix", "domain", "search"), Counts { listings: 0, hosts: 1 });
}

#[test]
fn folders_that_are_read_cost_who_reads_them() {
    let mut editor = Editor::open(&small());
    // A new host: the folder is listed by all, for flake.nix lists it.
    let text = Change::Text { path: path("hosts/d/default.nix"), text: "{ custom.name = \"d\"; }".into() };
    assert_eq!(editor.apply([node("hosts/d/default.nix"), text]), Counts { listings: 1, hosts: 4 });
    // A file in a folder that nobody lists.
    let text = Change::Text { path: path("unrelated.nix"), text: "{ }".into() };
    assert_eq!(editor.apply([node("unrelated.nix"), text]), NOTHING);
    // A file that somebody asked for.
    let text = Change::Text { path: path("hosts/c/extra.nix"), text: "{ networking.domain = \"c\"; }".into() };
    assert_eq!(editor.apply([node("hosts/c/extra.nix"), text]), Counts { listings: 0, hosts: 1 });
    assert_eq!(editor.apply([Change::Remove { path: path("hosts/c/extra.nix") }]), Counts { listings: 0, hosts: 1 });
    assert_eq!(editor.apply([Change::Remove { path: path("hosts/d") }]), Counts { listings: 1, hosts: 3 });
}

#[test]
fn a_lock_costs_everything() {
    let mut editor = Editor::open(&small());
    let lock = r#"{ "nodes": { "nixpkgs": { "locked": { "rev": "0123456789abcdef" } }, "root": { "inputs": { "nixpkgs": "nixpkgs" } } }, "root": "root", "version": 7 }"#;
    let change = |text: &str| Change::Text { path: path("flake.lock"), text: text.into() };
    assert_eq!(editor.apply([change(lock)]), Counts { listings: 1, hosts: 3 });
    assert_eq!(editor.apply([change(lock)]), NOTHING);
    assert_eq!(editor.apply([change("{ broken")]), Counts { listings: 1, hosts: 3 });
    assert_eq!(editor.apply([Change::Remove { path: path("flake.lock") }]), Counts { listings: 1, hosts: 3 });
}

#[test]
fn a_file_that_goes_costs_who_had_it() {
    let mut editor = Editor::open(&small());
    assert_eq!(editor.apply([Change::Remove { path: path("leaf.nix") }]), Counts { listings: 0, hosts: 1 });
    assert!(!host(&editor.analyze(), "nixosConfigurations.a").facts.problems.is_empty());
    assert_eq!(editor.apply([Change::Remove { path: path("more.nix") }]), NOTHING);
    assert_eq!(editor.apply([Change::Remove { path: path("desktop.nix") }]), Counts { listings: 0, hosts: 2 });
    let back = Change::Text { path: path("leaf.nix"), text: "{ environment.etc.motd.text = \"back\"; }".into() };
    assert_eq!(editor.apply([node("leaf.nix"), back]), Counts { listings: 0, hosts: 1 });
    // Without flake.nix there is no flake, and with it there is one again.
    editor.snapshot = editor.snapshot.apply([Change::Remove { path: path("flake.nix") }]);
    assert!(editor.analyze().flakes.is_empty());
    let back = Change::Text { path: path("flake.nix"), text: FLAKE.into() };
    editor.apply([node("flake.nix"), back]);
    assert_eq!(flake(&editor.analyze()).hosts.len(), 3);
}

#[test]
fn a_file_that_is_broken_by_typing_costs_nothing() {
    let mut editor = Editor::open(&small());
    assert_eq!(editor.edit("leaf.nix", "\"hello\";", "\"hello\""), NOTHING);
    assert_eq!(editor.edit("leaf.nix", "motd.text", "motd..text"), NOTHING);
    assert_eq!(editor.edit("leaf.nix", "motd..text", "motd.text"), NOTHING);
    assert_eq!(editor.edit("leaf.nix", "\"hello\"", "\"hello\";"), NOTHING);
    assert_eq!(editor.edit("leaf.nix", "hello", "hello ${"), NOTHING);
    assert_eq!(editor.edit("leaf.nix", "hello ${", "hello you"), NOTHING);
    assert_eq!(editor.edit("leaf.nix", "\"hello you\"", "[ ]"), Counts { listings: 0, hosts: 1 });
    assert_eq!(editor.edit("flake.nix", "modules = [", "modules = "), NOTHING);
}

#[test]
fn a_file_that_is_replaced_by_a_broken_one_costs_who_reaches_it() {
    let mut editor = Editor::open(&small());
    let text = editor.text("leaf.nix");
    let mut replace = |from: &str, to: &str| {
        let text = text.replace(from, to);
        assert!(host(&editor.analyze(), "nixosConfigurations.b").broken.is_empty());
        editor.apply([Change::Text { path: path("leaf.nix"), text: text.into() }])
    };
    let one = Counts { listings: 0, hosts: 1 };
    assert_eq!(replace("\"hello\";", "\"hello\""), one);
    // Broken in another way, and what stands around it is the same.
    assert_eq!(replace("\"hello\";", "\"hello\" "), NOTHING);
    assert_eq!(replace("\"hello\";", "\"hello!\" "), NOTHING);
    assert_eq!(replace("\"hello\";", "[ ] "), one);
    assert_eq!(replace("", ""), one);
}

#[test]
fn a_cancelled_analysis_is_taken_up_again() {
    let mut editor = Editor::open(&small());
    let text = editor.text("common.nix");
    editor.snapshot =
        editor.snapshot.apply([Change::Text { path: path("common.nix"), text: text.replace("\"UTC\"", "1").into() }]);
    let roots = [flakewise::hir::Name::new_static(repo::ROOT)];
    let cancelled = std::sync::atomic::AtomicBool::new(true);
    assert!(editor.analyzer.analyze(&editor.snapshot, &roots, &cancelled).is_none());
    assert_eq!(editor.apply([]), Counts { listings: 0, hosts: 3 });
}

/// What somebody types into a configuration, sound or not.
const SNIPPETS: &[&str] = &[
    "",
    "",
    " ",
    "\n",
    "x",
    "1",
    "\"",
    "''",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ";",
    "=",
    ".",
    ",",
    ":",
    "# note\n",
    "/* note */",
    "true",
    "false",
    "null",
    "enable = true;",
    "custom.x = 1;",
    "networking.hostName = \"other\";",
    "imports = [ ];",
    "imports = [ ./default.nix ];",
    "lib.mkForce ",
    "lib.mkIf false ",
    "with lib; ",
    "let a = 1; in ",
    "rec ",
    "inherit (config) x;",
    "${",
    "throw \"no\" ",
    "config.",
    "../",
];

/// Some edit of some file.
fn random_edit(numbers: &mut Numbers, files: &[String], snapshot: &Snapshot) -> Vec<Change> {
    let file = numbers.pick(files);
    let Ok((_, data)) = snapshot.file_at(&path(file)) else {
        // A file that went: it comes back.
        return vec![Change::Forget { path: path(file) }, node(file)];
    };
    let text = data.text().to_string();
    if numbers.below(20) == 0 {
        return vec![Change::Remove { path: path(file) }];
    }
    if numbers.below(4) == 0 {
        // As saved: undone again.
        return vec![Change::Forget { path: path(file) }];
    }
    let place = |numbers: &mut Numbers, from: usize, bound: usize| {
        let mut at = (from + numbers.below(bound)).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    if numbers.below(3) == 0 {
        // Right after a quote: into a string, or after it.
        let quotes: Vec<usize> = text.match_indices('"').map(|(at, _)| at + 1).collect();
        if !quotes.is_empty() {
            return vec![edit(file, &text, *numbers.pick(&quotes), 0, numbers.pick::<&str>(&["x", "a b", "\\n"]))];
        }
    }
    let at = place(numbers, 0, text.len() + 1);
    let end = if numbers.below(2) == 0 { at } else { place(numbers, at, 12).max(at) };
    vec![edit(file, &text, at, end - at, numbers.pick::<&str>(SNIPPETS))]
}

fn random_edits(name: &'static str, seed: u64, count: usize, compare_every: usize) {
    ends(name, move || {
        let repo = Repo::fixture(name);
        let files: Vec<String> =
            repo.files.keys().filter(|file| file.ends_with(".nix") || file.ends_with("flake.lock")).cloned().collect();
        let mut numbers = Numbers(seed);
        let mut snapshot = repo.snapshot();
        let mut analyzer = Analyzer::with_bounds(bounds());
        analyze(&mut analyzer, &snapshot);
        for round in 0..count {
            // flake.nix broken for good would leave nothing to compare.
            if round % 8 == 7 {
                snapshot = snapshot.apply([node("flake.nix"), Change::Forget { path: path("flake.nix") }]);
            }
            let changes = random_edit(&mut numbers, &files, &snapshot);
            let what = format!("{name}, edit {round}: {:?}", changes.first());
            snapshot = snapshot.apply(changes);
            let repository = analyze(&mut analyzer, &snapshot);
            if round % compare_every == compare_every - 1 {
                let fresh = analyze(&mut Analyzer::with_bounds(bounds()), &snapshot);
                assert_same(&repository, &fresh, &what);
            }
        }
    });
}

/// How many edits, and which of the results are held against a fresh analysis.
const EDITS: (usize, usize) = if cfg!(debug_assertions) { (40, 5) } else { (200, 1) };

#[test]
fn random_edits_of_the_portable_flake() {
    random_edits("portable", 0x5eed_0001, EDITS.0, EDITS.1);
}

#[test]
fn random_edits_of_the_homelab() {
    random_edits("homelab", 0x5eed_0002, EDITS.0, EDITS.1);
}

#[test]
fn the_rules_look_at_the_file_that_was_edited() {
    let mut editor = Editor::open(&small());
    // What files are asked for, in how many of them, by all rules together.
    let work = |editor: &mut Editor| {
        let repository = editor.analyze();
        let before = computed_of_texts();
        let found = check(&repository, &Settings::default(), None);
        let fresh = analyze(&mut Analyzer::with_bounds(bounds()), &editor.snapshot);
        let work = computed_of_texts() - before;
        assert_eq!(found, check(&fresh, &Settings::default(), None));
        work
    };
    let all = work(&mut editor);
    assert!(all >= 8 * 4, "{all}: every file is looked at once");
    assert_eq!(work(&mut editor), 0);
    editor.edit("leaf.nix", "hello", "good morning");
    let one = work(&mut editor);
    assert!(0 < one && one < 16, "{one} of {all}");
    editor.edit("common.nix", "custom.name", "custom.label");
    assert!(work(&mut editor) < 16);
    editor.edit("hosts/b/default.nix", "\"b\"", "config.custom.label");
    assert!(work(&mut editor) < 16);
    // Another file says less now, and none says more.
    editor.apply([Change::Remove { path: path("more.nix") }]);
    assert_eq!(work(&mut editor), 0);
}
