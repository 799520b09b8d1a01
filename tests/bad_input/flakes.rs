//! Flakes that are none, and locks that say nothing.

use flakewise::db::Snapshot;
use flakewise::repository::Analyzer;

use crate::repo::{Repo, analyze, bounds, ends, flake, host};

const HOST: &str =
    "nixpkgs.lib.nixosSystem { system = \"x86_64-linux\"; modules = [ { networking.hostName = \"a\"; } ]; }";

#[test]
fn a_workspace_without_a_flake() {
    let repo = Repo::new([("a.nix", "{ a = 1; }")]);
    let repository = repo.analyze();
    assert!(repository.flakes.is_empty());
    // A single file still parses, and its names resolve.
    let (_, data) = repository.snapshot.file_at("/repo/a.nix").expect("the file");
    assert!(data.parse().errors().is_empty());
    assert!(data.hir().root().is_some());
    assert!(
        analyze(&mut Analyzer::new(), &Snapshot::new(std::sync::Arc::new(flakewise::db::NoLoader))).flakes.is_empty()
    );
}

#[test]
fn flake_files_that_are_no_flakes() {
    let texts = [
        "",
        " ",
        "# only a comment",
        "1",
        "null",
        "[ ]",
        "{ }",
        "{ ... }: { }",
        "x: x",
        "throw \"no\"",
        "import ./flake.nix",
        "abort \"no\"",
        "assert false; { }",
        "{",
        "}",
        "{ outputs",
        "{ outputs = ",
        "{ outputs = { self }: { nixosConfigurations.",
        "undefined",
        "{ outputs = 1; }",
        "{ outputs = { }; }",
        "{ outputs = null; }",
        "{ outputs = [ ]; }",
        "{ outputs = self: self; }",
        "{ outputs = self: self.outputs; }",
        "{ outputs = { self }: self; }",
        "{ outputs = inputs: throw \"no\"; }",
        "{ outputs = inputs: abort \"no\"; }",
        "{ outputs = inputs: inputs; }",
        "{ outputs = inputs: null; }",
        "{ outputs = inputs: inputs.nixpkgs; }",
        "{ outputs = throw \"no\"; }",
        "{ outputs = { self, absent, another }: absent.lib.mkFlake { } another; }",
        "{ inputs = 1; outputs = _: { }; }",
        "{ inputs = throw \"no\"; outputs = _: { }; }",
        "{ inputs.a = 1; outputs = { a, ... }: a; }",
        "{ inputs.a.url = 1; outputs = { a, ... }: { x = a; }; }",
        "{ inputs.a.follows = \"a\"; outputs = { a, ... }: { x = a; }; }",
        "{ inputs.a.follows = \"b\"; inputs.b.follows = \"a\"; outputs = { a, ... }: { x = a; }; }",
        "{ inputs.a.url = \"path:.\"; outputs = { a, ... }: { x = a.x; }; }",
        "{ inputs.a.url = \"./\"; outputs = { a, ... }: a; }",
        "{ inputs.a.url = \"path:..\"; outputs = { a, ... }: { x = a.x; }; }",
        "{ inputs.a.url = \"path:./absent\"; outputs = { a, ... }: { x = a.x; }; }",
        "{ inputs.a = let a = { inputs.x = a; }; in a; outputs = _: { }; }",
        "{ inputs.self = 1; outputs = _: { }; }",
        "{ outputs = _: { nixosConfigurations = throw \"no\"; }; }",
        "{ outputs = _: { nixosConfigurations = 1; }; }",
        "{ outputs = _: { nixosConfigurations.a = throw \"no\"; }; }",
        "{ outputs = _: { nixosConfigurations.a = 1; }; }",
        "{ outputs = _: { nixosConfigurations.a = { }; }; }",
        "{ outputs = _: { nixosConfigurations.${1} = { }; }; }",
        "{ outputs = _: { nixosConfigurations.\"\" = { }; nixosConfigurations.\"\\${x}\" = { }; }; }",
        "{ outputs = { nixpkgs, ... }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem; }; }",
        "{ outputs = { nixpkgs, ... }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem 1; }; }",
        "{ outputs = { nixpkgs, ... }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { }; }; }",
        "{ outputs = { nixpkgs, ... }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = 1; }; }; }",
        "{ outputs = { nixpkgs, ... }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = throw \"no\"; }; }; }",
        "{ outputs = { nixpkgs, ... }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ 1 null \"x\" (throw \"no\") ./absent.nix [ ] ]; }; }; }",
        "{ outputs = { nixpkgs, ... }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ]; specialArgs = 1; }; }; }",
    ];
    for text in texts {
        let repo = Repo::new([("flake.nix", text)]);
        ends(text, move || {
            let repository = repo.analyze();
            assert_eq!(repository.flakes.len(), 1);
        });
    }
}

#[test]
fn a_host_that_throws_leaves_the_others() {
    let flake_nix = format!(
        "{{ outputs = {{ nixpkgs, ... }}: {{ nixosConfigurations = {{ a = throw \"no\"; b = {HOST}; c = 1; d = {HOST}; }}; \
         homeConfigurations = throw \"neither\"; packages = abort \"nor this\"; }}; }}"
    );
    let repository = Repo::new([("flake.nix", flake_nix.as_str())]).analyze();
    for name in ["b", "d"] {
        let host = host(&repository, &format!("nixosConfigurations.{name}"));
        assert!(host.facts.complete() && host.facts.problems.is_empty() && host.facts.definitions.len() == 1);
    }
    let thrown = host(&repository, "nixosConfigurations.a");
    assert!(thrown.facts.problems.iter().any(|problem| problem.message.contains("no")), "{:?}", thrown.facts);
    let messages: Vec<&str> = flake(&repository).problems.iter().map(|problem| problem.message.as_str()).collect();
    for message in ["neither", "nor this"] {
        assert!(messages.iter().any(|told| told.contains(message)), "{messages:?}");
    }
}

#[test]
fn locks_that_are_none() {
    let flake_nix = format!(
        "{{ inputs.nixpkgs.url = \"github:NixOS/nixpkgs\"; inputs.b.inputs.nixpkgs.follows = \"nixpkgs\"; \
         outputs = {{ self, nixpkgs, b }}: {{ nixosConfigurations.a = {HOST}; x = b.x; }}; }}"
    );
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let chain: String =
        (0..2000).map(|n| format!("\"n{n}\": {{ \"inputs\": {{ \"nixpkgs\": \"n{}\" }} }},", n + 1)).collect();
    let chain = format!(
        "{{ \"nodes\": {{ {chain} \"root\": {{ \"inputs\": {{ \"nixpkgs\": \"n0\" }} }} }}, \"root\": \"root\", \"version\": 7 }}"
    );
    let locks = [
        "",
        "null",
        "1",
        "[]",
        "{}",
        "{",
        "not JSON at all",
        "\u{feff}{}",
        r#"{ "nodes": 1, "root": "root", "version": 7 }"#,
        r#"{ "nodes": {}, "root": 1, "version": 7 }"#,
        r#"{ "nodes": {}, "root": "root", "version": 7 }"#,
        r#"{ "nodes": {}, "root": "root", "version": "7" }"#,
        r#"{ "nodes": {}, "root": "root", "version": 99999999999999999999 }"#,
        r#"{ "nodes": { "root": 1 }, "root": "root", "version": 7 }"#,
        r#"{ "nodes": { "root": { "inputs": 1 } }, "root": "root", "version": 7 }"#,
        r#"{ "nodes": { "root": { "inputs": { "nixpkgs": 1 } } }, "root": "root", "version": 7 }"#,
        r#"{ "nodes": { "root": { "inputs": { "nixpkgs": "absent" } } }, "root": "root", "version": 7 }"#,
        r#"{ "nodes": { "root": { "inputs": { "nixpkgs": "root" } } }, "root": "root", "version": 7 }"#,
        r#"{ "nodes": { "root": { "inputs": { "nixpkgs": ["nixpkgs"] } } }, "root": "root", "version": 7 }"#,
        r#"{ "nodes": { "root": { "inputs": { "nixpkgs": ["b"], "b": ["nixpkgs"] } } }, "root": "root", "version": 7 }"#,
        r#"{ "nodes": { "root": { "inputs": { "nixpkgs": ["nixpkgs", "nixpkgs", "nixpkgs"] } } }, "root": "root", "version": 7 }"#,
        r#"{ "nodes": { "root": { "inputs": { "nixpkgs": [] } } }, "root": "root", "version": 7 }"#,
        r#"{ "nodes": { "root": { "inputs": { "nixpkgs": "a", "b": "c" } }, "a": { "inputs": { "x": "c" }, "locked": 1, "original": [] }, "c": { "inputs": { "x": "a", "nixpkgs": ["b", "x", "x", "x"] } } }, "root": "root", "version": 7 }"#,
        &deep,
        &chain,
    ];
    for lock in locks {
        let repo = Repo::new([("flake.nix", flake_nix.as_str()), ("flake.lock", lock)]);
        let shown: String = lock.chars().take(60).collect();
        ends(&shown.clone(), move || {
            let repository = repo.analyze();
            let host = host(&repository, "nixosConfigurations.a");
            assert!(host.facts.complete() && host.facts.definitions.len() == 1, "{shown}: {:?}", host.facts);
            assert!(flake(&repository).lock.is_some(), "{shown}");
        });
    }
    let mut repo = Repo::new([("flake.nix", flake_nix.as_str())]);
    repo.set("flake.lock", [0xff, 0xfe, 0x00]);
    let repository = repo.analyze();
    assert_eq!(host(&repository, "nixosConfigurations.a").facts.definitions.len(), 1);
}

#[test]
fn flakes_that_are_inputs_of_each_other() {
    let flake_nix = |other: &str| {
        format!(
            "{{ inputs.nixpkgs.url = \"github:NixOS/nixpkgs\"; inputs.other.url = \"path:{other}\"; outputs = {{ self, nixpkgs, other }}: {{ \
             x = other.x; nixosModules.m = other.nixosModules.m or {{ networking.hostName = \"a\"; }}; \
             nixosConfigurations.a = nixpkgs.lib.nixosSystem {{ modules = [ {{ time.timeZone = \"UTC\"; }} self.nixosModules.m ]; }}; }}; }}"
        )
    };
    let repo = Repo::new([("flake.nix", flake_nix("./sub").as_str()), ("sub/flake.nix", flake_nix("..").as_str())]);
    ends("two flakes", move || {
        let roots = ["/repo", "/repo/sub"].map(flakewise::hir::Name::new_static);
        let cancelled = std::sync::atomic::AtomicBool::new(false);
        let repository = Analyzer::with_bounds(bounds())
            .analyze(&repo.snapshot(), &roots, &cancelled)
            .expect("an analysis that nobody cancelled");
        assert_eq!(repository.flakes.len(), 2);
        for flake in &repository.flakes {
            let host = flake.host("nixosConfigurations.a").expect("the host");
            assert!(host.facts.definitions.iter().any(|definition| definition.path.join(".") == "time.timeZone"));
        }
    });
}
