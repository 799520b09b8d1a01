//! What decides which findings are reported, and as what: formats, levels, baselines.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{CUSTOM, FLAKE, LOCK, flakewise, folder, json, repository, stdout};

fn fixtures() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")];
    while let Some(folder) = folders.pop() {
        if folder.join("flake.nix").is_file() {
            found.push(folder);
            continue;
        }
        let entries = std::fs::read_dir(&folder).expect("a folder").flatten();
        folders.extend(entries.map(|entry| entry.path()).filter(|path| path.is_dir()));
    }
    found.sort();
    found
}

fn schema(text: &str) -> jsonschema::Validator {
    let schema = serde_json::from_str::<Value>(text).expect("the schema is JSON");
    jsonschema::draft7::options().should_validate_formats(true).build(&schema).expect("it is a schema")
}

/// The schema of ours is strict where the published one is; `FLAKEWISE_SARIF_SCHEMA` names a file with that one.
#[test]
fn sarif_is_valid() {
    let mut schemas = vec![schema(include_str!("sarif.schema.json"))];
    if let Some(file) = std::env::var_os("FLAKEWISE_SARIF_SCHEMA") {
        schemas.push(schema(&std::fs::read_to_string(file).expect("the published schema")));
    }
    let mut places: Vec<PathBuf> = fixtures();
    let strange = folder(&[
        ("flake.nix", &FLAKE.replace("./box.nix", "\"${./.}/a b/ü%.nix\" ./box.nix")),
        ("flake.lock", LOCK),
        ("custom.nix", CUSTOM),
        ("box.nix", "{ custom.prot = 1; a = ; }\n"),
        ("a b/ü%.nix", "{\n  imports = [ ./nowhere.nix ];\n  custom.prot = 81;\n}\n"),
    ]);
    places.push(strange.path().to_path_buf());
    let mut results = 0;
    for place in places {
        let report = json(&flakewise(&["check", "--format", "sarif"], &place));
        for schema in &schemas {
            let errors: Vec<String> =
                schema.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert!(errors.is_empty(), "{}: {errors:#?}", place.display());
        }
        results += report["runs"][0]["results"].as_array().map_or(0, Vec::len);
    }
    assert!(results > 20, "{results} results say something about the format");
}

#[test]
fn annotations_are_escaped_as_github_reads_them() {
    let files = folder(&[
        ("flake.nix", &FLAKE.replace("./box.nix", "./box.nix (./. + \"/a,b:c%.nix\")")),
        ("flake.lock", LOCK),
        ("custom.nix", CUSTOM),
        ("box.nix", "{ }\n"),
        ("a,b:c%.nix", "{ custom.prot = 81; }\n"),
    ]);
    let text = stdout(&flakewise(&["check", "--format", "github"], files.path()));
    assert!(text.starts_with("::error file=a%2Cb%3Ac%25.nix,line=1,col=10,"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    // In a workflow paths are those of the repository that was checked out.
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_flakewise"));
    let wrong = repository("custom.prot = 81;");
    let parent = wrong.path().parent().expect("it lies somewhere");
    let output =
        command.args(["check", "--format", "github"]).current_dir(wrong.path()).env("GITHUB_WORKSPACE", parent);
    let text = stdout(&output.output().expect("the program was built"));
    let name = wrong.path().file_name().expect("a name").to_string_lossy().to_string();
    assert!(text.starts_with(&format!("::error file={name}/box.nix,line=2")), "{text}");
}

#[test]
fn each_level_can_be_denied() {
    let code =
        |files: &tempfile::TempDir, deny: &str| flakewise(&["check", "--deny", deny], files.path()).status.code();
    // A lock is missing: a warning.
    let warned = folder(&[("flake.nix", FLAKE), ("custom.nix", CUSTOM), ("box.nix", "{ }\n")]);
    let codes = ["hints", "information", "warnings", "errors"].map(|deny| code(&warned, deny));
    assert_eq!(codes, [Some(1), Some(1), Some(1), Some(0)]);
    std::fs::write(warned.path().join("flakewise.toml"), "[rules]\nmissing-lock = \"information\"\n").expect("a file");
    let codes = ["hints", "information", "warnings", "errors"].map(|deny| code(&warned, deny));
    assert_eq!(codes, [Some(1), Some(1), Some(0), Some(0)]);
    std::fs::write(warned.path().join("flakewise.toml"), "[rules]\nmissing-lock = \"hint\"\n").expect("a file");
    let codes = ["hints", "information", "warnings", "errors"].map(|deny| code(&warned, deny));
    assert_eq!(codes, [Some(1), Some(0), Some(0), Some(0)]);
}

#[test]
fn a_baseline_holds_back_what_is_known() {
    let wrong = repository("custom.prot = 81;");
    let host = wrong.path().join("box.nix");
    let run = |arguments: &[&str]| flakewise(arguments, wrong.path());
    let written = run(&["check", "--write-baseline", "known.json"]);
    assert_eq!((written.status.code(), stdout(&written).as_str()), (Some(0), "1 finding written to known.json.\n"));
    let checked = run(&["check", "--baseline", "known.json"]);
    assert_eq!(checked.status.code(), Some(0));
    assert_eq!(stdout(&checked), "Nothing found.\n1 more known from the baseline.\n");
    // It is found again under other lines and another indentation.
    std::fs::write(&host, "# moved\n\n{\n    custom = { };\n    custom.prot =\n      81;\n}\n").expect("a file");
    let document = json(&run(&["check", "--baseline", "known.json", "--format", "json"]));
    assert_eq!(document["diagnostics"], serde_json::json!([]));
    assert_eq!(document["baseline"], serde_json::json!({"known": 1, "gone": 0}));
    // One more of the same is one too many.
    std::fs::write(&host, "{ imports = [ { custom.prot = 1; } ]; custom.prot = 81; }\n").expect("a file");
    let checked = run(&["check", "--baseline", "known.json"]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(stdout(&checked).ends_with("1 error.\n1 more known from the baseline.\n"), "{}", stdout(&checked));
    // What was mended can be taken out of the list.
    std::fs::write(&host, "{ }\n").expect("a file");
    let text = stdout(&run(&["check", "--baseline", "known.json"]));
    assert_eq!(text, "Nothing found.\n0 more known from the baseline; 1 finding that it lists is gone.\n");
    assert_eq!(run(&["check", "--write-baseline", "known.json"]).status.code(), Some(0));
    assert_eq!(
        stdout(&run(&["check", "--baseline", "known.json"])),
        "Nothing found.\n0 more known from the baseline.\n"
    );
}

#[test]
fn baselines_that_are_none() {
    let good = repository("custom.port = 81;");
    super::refused(
        &["check", "--baseline", "nowhere.json"],
        good.path(),
        "the baseline nowhere.json cannot be read: No such file or directory (os error 2)",
    );
    let output = flakewise(&["check", "--baseline", "flake.lock"], good.path());
    let said = String::from_utf8_lossy(&output.stderr).to_string();
    assert!(output.status.code() == Some(2) && said.starts_with("flakewise: flake.lock is no baseline: "), "{said}");
    // Nobody loses a file by a slip.
    let output = flakewise(&["check", "--write-baseline", "flake.nix"], good.path());
    let said = String::from_utf8_lossy(&output.stderr).to_string();
    assert!(said.starts_with("flakewise: flake.nix is there and is no baseline: "), "{said}");
    assert_eq!(std::fs::read_to_string(good.path().join("flake.nix")).expect("the file"), FLAKE);
}

#[test]
fn levels_for_some_files() {
    let wrong = repository("custom.prot = 81;");
    let settings = |text: &str| std::fs::write(wrong.path().join("flakewise.toml"), text).expect("a file");
    let check = || stdout(&flakewise(&["check"], wrong.path()));
    settings("[[overrides]]\npaths = [\"box.nix\"]\nrules = { undeclared-option = \"hint\" }\n");
    assert!(check().ends_with("1 hint.\n"), "{}", check());
    settings("[[overrides]]\npaths = [\"custom.nix\"]\nrules = { undeclared-option = \"off\" }\n");
    assert!(check().ends_with("1 error.\n"), "{}", check());
    settings(
        "[rules]\nundeclared-option = \"off\"\n[[overrides]]\npaths = [\"box.nix\"]\nrules.undeclared-option = \"warning\"\n",
    );
    assert!(check().ends_with("1 warning.\n"), "{}", check());
    for (text, line) in [
        ("exlude = []\n", "flakewise.toml:1: there is no setting `exlude`; did you mean `exclude`?"),
        (
            "\ncolour = 1\n",
            "flakewise.toml:2: there is no setting `colour`; there are rules, exclude, inputs, store, formatter, overrides, lenses and hints",
        ),
        ("[[overrides]]\npath = [\"a\"]\n", "flakewise.toml:2: there is no setting `path`; did you mean `paths`?"),
        ("[[overrides]]\nrules = { }\n", "flakewise.toml:1: an element of `overrides` needs `paths`"),
        (
            "[rules]\nmissing-lock = \"waring\"\n",
            "flakewise.toml:2: the level of `missing-lock` must be one of off, hint, information, warning, error; did you mean warning?",
        ),
        (
            "[[overrides]]\npaths = [\"a\"]\nrules = { missing-lok = \"off\" }\n",
            "flakewise.toml: there is no rule missing-lok; did you mean missing-lock?",
        ),
    ] {
        settings(text);
        super::refused(&["check"], wrong.path(), line);
    }
}

#[test]
fn words_that_allow_nothing_are_reported() {
    let wrong = repository("custom.prot = 81; # flakewise: allow undeclared-optoin");
    let text = stdout(&flakewise(&["check"], wrong.path()));
    assert!(
        text.contains("warning[invalid-suppression]") && text.contains("did you mean undeclared-option?"),
        "{text}"
    );
    let text = stdout(&flakewise(&["check", "--rule", "invalid-suppression", "--fix"], wrong.path()));
    assert_eq!(text, "1 fix made.\nNothing found.\n");
    assert_eq!(stdout(&flakewise(&["check"], wrong.path())), "Nothing found.\n");
}

#[test]
fn unsafe_fixes_are_made_on_request() {
    let files = folder(&[
        ("flake.nix", FLAKE),
        ("flake.lock", LOCK),
        ("custom.nix", CUSTOM),
        ("box.nix", "{ imports = [ ./custim.nix ]; }\n"),
        ("other.nix", "{ }\n"),
    ]);
    let text = || std::fs::read_to_string(files.path().join("box.nix")).expect("the file");
    assert_eq!(flakewise(&["check", "--fix"], files.path()).status.code(), Some(1));
    assert_eq!(text(), "{ imports = [ ./custim.nix ]; }\n");
    let output = flakewise(&["check", "--fix", "--unsafe-fixes"], files.path());
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), "1 fix made.\nNothing found.\n"));
    assert_eq!(text(), "{ imports = [ ./custom.nix ]; }\n");
    super::refused(&["check", "--unsafe-fixes"], files.path(), "--fix is missing");
}

/// An import that makes more wrong than it mends is not made, whatever the rule thinks of it.
#[test]
fn fixes_after_which_more_is_wrong_are_not_made() {
    let flake = FLAKE.replace(
        "packages.x86_64",
        "nixosConfigurations.lab = nixpkgs.lib.nixosSystem { modules = [ ./other.nix ./third.nix ./fourth.nix ]; };\n    packages.x86_64",
    );
    let other = "{ lib, ... }: { options.other.x = lib.mkEnableOption \"x\"; config.third.x = true; config.fourth.x = true; }\n";
    let third = "{ lib, ... }: { options.third.x = lib.mkEnableOption \"x\"; }\n";
    let host = "{ other.x = true; custom.prot = 81; }\n";
    let files = folder(&[
        ("flake.nix", &flake),
        ("flake.lock", LOCK),
        ("custom.nix", CUSTOM),
        ("box.nix", host),
        ("other.nix", other),
        ("third.nix", third),
        ("fourth.nix", &third.replace("third", "fourth")),
    ]);
    let rules = |output: &std::process::Output| {
        let document = json(output);
        let found = document["diagnostics"].as_array().expect("a list").clone();
        let found = found.iter().filter(|it| it["severity"] != "hint");
        found.filter_map(|it| it["rule"].as_str().map(str::to_string)).collect::<Vec<_>>()
    };
    let before = rules(&flakewise(&["check", "--format", "json"], files.path()));
    assert_eq!(before, ["option-not-imported", "undeclared-option"]);
    let after = rules(&flakewise(&["check", "--fix", "--unsafe-fixes", "--format", "json"], files.path()));
    assert_eq!(after, ["option-not-imported"]);
    let text = std::fs::read_to_string(files.path().join("box.nix")).expect("the file");
    assert_eq!(text, host.replace("prot", "port"));
    assert_eq!(std::fs::read_to_string(files.path().join("other.nix")).expect("the file"), other);
}

/// An unused input goes, and nothing is made to follow it meanwhile, whatever an old lock says of it.
#[test]
fn what_is_removed_is_followed_by_nothing() {
    let flake = r#"{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  inputs.flake-utils.url = "github:numtide/flake-utils";
  inputs.tool.url = "github:example/tool";
  inputs.spare.url = "github:example/spare";
  outputs = { self, nixpkgs, tool, ... }: { packages.x86_64-linux = { inherit (nixpkgs.legacyPackages.x86_64-linux) hello; tool = tool.packages.x86_64-linux.default; }; };
}
"#;
    let of = |owner: &str, repo: &str, hash: &str| {
        format!(
            r#""locked":{{"type":"github","owner":"{owner}","repo":"{repo}","narHash":"sha256-{hash}","rev":"{hash}"}},"original":{{"type":"github","owner":"{owner}","repo":"{repo}"}}"#
        )
    };
    let with_inputs = r#""inputs":{"nixpkgs":"nixpkgs_2","flake-utils":"flake-utils_2"}"#;
    let nodes = [
        (
            "root",
            r#""inputs":{"nixpkgs":"nixpkgs","flake-utils":"flake-utils","tool":"tool","spare":"spare"}"#.to_string(),
        ),
        ("nixpkgs", of("NixOS", "nixpkgs", "a")),
        ("nixpkgs_2", of("NixOS", "nixpkgs", "b")),
        ("flake-utils", of("numtide", "flake-utils", "c")),
        ("flake-utils_2", of("numtide", "flake-utils", "d")),
        ("tool", format!("{with_inputs},{}", of("example", "tool", "e"))),
        ("spare", format!("{with_inputs},{}", of("example", "spare", "f"))),
    ];
    let nodes: Vec<String> = nodes.iter().map(|(name, node)| format!("\"{name}\":{{{node}}}")).collect();
    let lock = format!("{{\"nodes\":{{{}}},\"root\":\"root\",\"version\":7}}", nodes.join(","));
    let files = folder(&[("flake.nix", flake), ("flake.lock", &lock)]);
    flakewise(&["check", "--fix", "--unsafe-fixes"], files.path());
    let text = std::fs::read_to_string(files.path().join("flake.nix")).expect("the file");
    assert_eq!(
        text,
        r#"{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  inputs.tool.url = "github:example/tool";
  inputs.tool.inputs.nixpkgs.follows = "nixpkgs";
  outputs = { self, nixpkgs, tool, ... }: { packages.x86_64-linux = { inherit (nixpkgs.legacyPackages.x86_64-linux) hello; tool = tool.packages.x86_64-linux.default; }; };
}
"#
    );
}

/// What only the unused used is unused in turn.
#[test]
fn what_comes_to_light_is_mended_too() {
    let host = "let\n  a = { x = 1; };\n  b = a.x;\nin\n{\n  custom.port = 81;\n}\n";
    let files = folder(&[("flake.nix", FLAKE), ("flake.lock", LOCK), ("custom.nix", CUSTOM), ("box.nix", host)]);
    flakewise(&["check", "--fix"], files.path());
    let text = std::fs::read_to_string(files.path().join("box.nix")).expect("the file");
    assert!(!text.contains("a =") && !text.contains("b ="), "{text}");
}
