//! Module graphs and imports that branch without end, and folders with too much in them.

use std::fmt::Write;

use crate::repo::{Repo, admits_trouble, ends, host};

/// A flake with one host for each of these modules, and a healthy one.
fn flake(modules: &[&str]) -> String {
    let mut hosts = String::new();
    for module in modules {
        let name = module.split('.').next().unwrap_or_default();
        writeln!(hosts, "{name} = system [ ./{module} ];").expect("a string");
    }
    format!(
        "{{ outputs = {{ self, nixpkgs }}: let system = modules: nixpkgs.lib.nixosSystem {{ inherit modules; }}; in \
         {{ nixosConfigurations = {{ healthy = system [ {{ time.timeZone = \"UTC\"; }} ]; {hosts} }}; }}; }}"
    )
}

fn assert_healthy(repository: &flakewise::repository::Repository) {
    let facts = &host(repository, "nixosConfigurations.healthy").facts;
    assert!(facts.complete() && facts.problems.is_empty() && facts.definitions.len() == 1, "{facts:?}");
}

#[test]
fn imports_in_a_circle() {
    let repo = Repo::new([
        ("flake.nix", flake(&["a.nix", "self.nix", "value.nix", "folder.nix"]).as_str()),
        ("a.nix", "{ imports = [ ./b.nix ]; time.timeZone = \"a\"; }"),
        ("b.nix", "{ imports = [ ./c.nix ]; }"),
        ("c.nix", "{ imports = [ ./a.nix ./b.nix ./c.nix ]; networking.hostName = \"c\"; }"),
        ("self.nix", "{ imports = [ ./self.nix ./. ]; }"),
        ("default.nix", "{ imports = [ ./. ./self.nix ./default.nix ]; }"),
        ("value.nix", "import ./other.nix"),
        ("other.nix", "import ./value.nix"),
        ("folder.nix", "{ imports = map (name: ./. + \"/${name}\") (builtins.attrNames (builtins.readDir ./.)); }"),
    ]);
    ends("imports in a circle", move || {
        let repository = repo.analyze();
        assert_healthy(&repository);
        let circle = &host(&repository, "nixosConfigurations.a").facts;
        assert_eq!((circle.modules.len(), circle.definitions.len()), (3, 2), "{circle:#?}");
        assert!(circle.problems.is_empty());
        assert!(!host(&repository, "nixosConfigurations.value").facts.problems.is_empty());
    });
}

#[test]
fn an_import_bomb_is_as_large_as_its_files() {
    let mut repo = Repo::new([("flake.nix", flake(&["m0.nix", "value.nix"]).as_str())]);
    let depth = 200;
    for n in 0..depth {
        let next = if n + 1 < depth { format!("./m{0}.nix ./n{0}.nix", n + 1) } else { String::new() };
        for side in ["m", "n"] {
            repo.set(
                &format!("{side}{n}.nix"),
                format!("{{ imports = [ {next} ]; environment.etc.{side}{n}.text = \"x\"; }}"),
            );
        }
        let inner = if n + 1 < depth { format!("import ./v{0}.nix + import ./v{0}.nix", n + 1) } else { "1".into() };
        repo.set(&format!("v{n}.nix"), inner);
    }
    repo.set("value.nix", "{ environment.etc.x.text = toString (import ./v0.nix); }");
    ends("an import bomb", move || {
        let repository = repo.analyze();
        assert_healthy(&repository);
        let facts = &host(&repository, "nixosConfigurations.m0").facts;
        assert_eq!((facts.modules.len(), facts.definitions.len()), (2 * depth - 1, 2 * depth - 1));
        assert!(facts.complete());
        host(&repository, "nixosConfigurations.value");
    });
}

#[test]
fn a_graph_of_thousands_of_modules() {
    let count = if cfg!(debug_assertions) { 1000 } else { 5000 };
    let mut repo = Repo::new([("flake.nix", flake(&["all.nix", "m0.nix"]).as_str())]);
    repo.set(
        "all.nix",
        "{ imports = map (n: ./. + \"/m${toString n}.nix\") (builtins.genList (n: n) COUNT); }"
            .replace("COUNT", &count.to_string()),
    );
    for n in 0..count {
        // A chain with bonds across: the next one, one half as far, one twice as far.
        let next = [n + 1, n / 2, n * 2].into_iter().filter(|next| *next < count);
        let imports: String = next.map(|next| format!("./m{next}.nix ")).collect();
        repo.set(
            &format!("m{n}.nix"),
            format!("{{ lib, config, ... }}: {{ imports = [ {imports} ]; environment.etc.m{n}.text = lib.mkDefault config.networking.hostName; }}"),
        );
    }
    ends("thousands of modules", move || {
        let repository = repo.analyze();
        assert_healthy(&repository);
        for (name, modules) in [("all", count + 1), ("m0", count)] {
            let facts = &host(&repository, &format!("nixosConfigurations.{name}")).facts;
            assert_eq!((facts.modules.len(), facts.definitions.len()), (modules, count), "{name}: {:?}", facts.open);
        }
    });
}

#[test]
fn a_folder_of_thousands_of_files() {
    let mut repo = Repo::new([("flake.nix", flake(&["all.nix"]).as_str())]);
    repo.set(
        "all.nix",
        "{ lib, ... }: { environment.etc = lib.mapAttrs (name: kind: { text = kind; }) (builtins.readDir ./files); \
         time.timeZone = toString (builtins.length (lib.filesystem.listFilesRecursive ./files)); }",
    );
    let count = if cfg!(debug_assertions) { 5_000 } else { 100_000 };
    for n in 0..count {
        repo.set(&format!("files/{n:05}"), "");
    }
    ends("a large folder", move || {
        let repository = repo.analyze();
        assert_healthy(&repository);
        let facts = &host(&repository, "nixosConfigurations.all").facts;
        assert!(facts.definitions.len() >= count || admits_trouble(host(&repository, "nixosConfigurations.all")));
    });
}

#[test]
fn links_in_a_circle() {
    let mut repo = Repo::new([
        ("flake.nix", flake(&["a.nix", "b.nix", "c.nix"]).as_str()),
        ("a.nix", "{ imports = [ ./x ]; }"),
        ("b.nix", "{ imports = [ ./loop/loop/loop/loop/b.nix ./loop/nothing.nix ]; }"),
        (
            "c.nix",
            "{ lib, ... }: { time.timeZone = toString (lib.filesystem.listFilesRecursive ./.); networking.hostName = if builtins.pathExists ./x then \"a\" else \"b\"; }",
        ),
    ]);
    for (link, target) in
        [("x", "/repo/y"), ("y", "/repo/x"), ("loop", "/repo"), ("own", "/repo/own/own"), ("out", "/elsewhere")]
    {
        repo.links.insert(link.into(), target.into());
    }
    ends("links in a circle", move || {
        let repository = repo.analyze();
        assert_healthy(&repository);
        assert!(admits_trouble(host(&repository, "nixosConfigurations.a")));
        assert!(admits_trouble(host(&repository, "nixosConfigurations.b")));
        // A link is there, wherever it leads.
        let names = &host(&repository, "nixosConfigurations.c").facts.definitions;
        let mut values = names.iter().filter_map(|definition| definition.value.as_ref());
        assert!(values.any(|value| repository.shown(value) == "\"a\""), "{names:?}");
    });
}
