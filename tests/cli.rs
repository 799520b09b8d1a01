//! The command as people and programs call it: exit codes, refusals, documents, fixes.

#[path = "cli/affected.rs"]
mod affected;
#[path = "cli/control.rs"]
mod control;
#[path = "cli/review.rs"]
mod review;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

fn flakewise(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flakewise"));
    command.args(arguments).current_dir(folder).env_remove("RUST_LOG");
    command.output().expect("the program was built")
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a folder for the test");
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("files lie in folders")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    folder
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("output is UTF-8")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stdout(output)))
}

/// The names of an object, in their order.
fn names(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

const FLAKE: &str = r#"{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.box = nixpkgs.lib.nixosSystem {
      system = "x86_64-linux";
      modules = [ ./box.nix ./custom.nix { networking.domain = "lan"; } ];
    };
    packages.x86_64-linux.hello = nixpkgs.legacyPackages.x86_64-linux.hello;
  };
}
"#;
const CUSTOM: &str = r#"{ config, lib, ... }:
{
  options.custom.port = lib.mkOption {
    type = lib.types.port;
    default = 80;
    description = "Where it listens.";
  };
  config.networking.ports = [ config.custom.port ];
}
"#;
const LOCK: &str = r#"{
  "nodes": {
    "nixpkgs": {
      "locked": { "type": "github", "owner": "NixOS", "repo": "nixpkgs", "rev": "1", "narHash": "sha256-" },
      "original": { "type": "github", "owner": "NixOS", "repo": "nixpkgs", "ref": "nixos-unstable" }
    },
    "root": { "inputs": { "nixpkgs": "nixpkgs" } }
  },
  "root": "root",
  "version": 7
}
"#;

/// A flake with one host that sets `custom.port` as `line` says.
fn repository(line: &str) -> TempDir {
    let host = format!("{{\n  {line}\n}}\n");
    folder(&[("flake.nix", FLAKE), ("flake.lock", LOCK), ("custom.nix", CUSTOM), ("box.nix", &host)])
}

#[test]
fn refusals_are_one_line_and_two() {
    let empty = folder(&[("a.txt", "")]);
    let good = repository("custom.port = 81;");
    let cases: &[(&[&str], &Path, &str)] = &[
        (&["check", "nowhere"], empty.path(), "no such directory: nowhere"),
        (&["hosts", "a.txt"], empty.path(), "a.txt is not a directory"),
        (&["options", "."], empty.path(), ". has no flake.nix"),
        (&["outputs"], empty.path(), "no flake.nix in "),
        (&["check", "--rule", "missing-folows"], good.path(), "did you mean missing-follows?"),
        (&["explain", "nothing-like-it"], good.path(), "there is no rule nothing-like-it"),
        (&["hosts", ".", "nas"], good.path(), "this flake has no host nas"),
        (&["options", ".", "custom.prot"], good.path(), "no option is called custom.prot; did you mean custom.port?"),
        (&["options", ".", "nothing.like"], good.path(), "this flake declares no option nothing.like"),
        (&["graph", "--host", "nas"], good.path(), "this flake has no host nas"),
        (&["dump", "tree", "nowhere.nix"], good.path(), "nowhere.nix"),
        (&["dump", "value"], good.path(), "need a file"),
    ];
    for (arguments, folder, expected) in cases {
        let output = flakewise(arguments, folder);
        let stderr = String::from_utf8_lossy(&output.stderr).to_string();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{arguments:?}: {stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

/// That a command refuses to run with exactly this line.
#[track_caller]
fn refused(arguments: &[&str], folder: &Path, line: &str) {
    let output = flakewise(arguments, folder);
    let stderr = String::from_utf8_lossy(&output.stderr).to_string();
    assert_eq!(stderr, format!("flakewise: {line}\n"), "{arguments:?}");
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""), "{arguments:?}");
}

#[test]
fn wrong_words_are_refused_in_one_line() {
    let cases: &[(&[&str], &str)] = &[
        (&["chekc"], "unrecognized subcommand 'chekc'; did you mean check?"),
        (&["frobnicate"], "unrecognized subcommand 'frobnicate'; see flakewise --help"),
        (&["check", "--fromat", "json"], "unexpected argument '--fromat' found; did you mean --format?"),
        (&["check", "--colour"], "unexpected argument '--colour' found; see flakewise --help"),
        (&["check", ".", "b"], "unexpected argument 'b' found; see flakewise --help"),
        (&["check", "--format", "jsno"], "invalid value 'jsno' for '--format <FORMAT>'; did you mean json?"),
        (
            &["check", "--format", "xml"],
            "invalid value 'xml' for '--format <FORMAT>'; possible are text, json, sarif, github",
        ),
        (
            &["check", "--format"],
            "a value is required for '--format <FORMAT>' but none was supplied; possible are text, json, sarif, github",
        ),
        (&["explain"], "<RULE> is missing"),
        (&["--clientProcessId", "x"], "invalid value 'x' for '--clientProcessId <ID>': invalid digit found in string"),
    ];
    for (arguments, line) in cases {
        refused(arguments, Path::new("."), line);
    }
}

#[cfg(unix)]
#[test]
fn a_flake_that_cannot_be_read() {
    let make_pipe = |path: &Path| Command::new("mkfifo").arg(path).status().expect("mkfifo").success();
    let folder = folder(&[("bytes/flake.nix", ""), ("folder/flake.nix/x", ""), ("pipe/x", ""), ("link/x", "")]);
    let at = |path: &str| folder.path().join(path);
    std::fs::write(at("bytes/flake.nix"), b"{ outputs = _: { }; } # \xff").expect("a file");
    assert!(make_pipe(&at("pipe/flake.nix")));
    std::os::unix::fs::symlink("nowhere", at("link/flake.nix")).expect("a link");
    for (name, why) in [
        ("bytes", "is not UTF-8 text"),
        ("folder", "is a directory"),
        ("pipe", "is no regular file"),
        ("link", "cannot be read: No such file or directory (os error 2)"),
    ] {
        refused(&["check", name], folder.path(), &format!("{name}/flake.nix {why}"));
        // Also as the one around the current directory: not another one further up.
        let path = std::fs::canonicalize(at(name)).expect("the folder");
        refused(&["hosts"], &path, &format!("{}/flake.nix {why}", path.display()));
    }
}

#[cfg(unix)]
#[test]
fn a_module_that_cannot_be_read_is_unknown_and_said_to_be() {
    let box_nix = |files: &TempDir| files.path().join("box.nix");
    let bytes = repository("");
    std::fs::write(box_nix(&bytes), b"{ networking.hostName = \"b\xf6x\"; }").expect("a file");
    let pipe = repository("");
    std::fs::remove_file(box_nix(&pipe)).expect("the file");
    assert!(Command::new("mkfifo").arg(box_nix(&pipe)).status().expect("mkfifo").success());
    let said = "info[missing-import]: box.nix is not UTF-8 text, so that nothing is known of what it says to nixosConfigurations.box: save it as UTF-8\n";
    for (files, why, said) in [(&bytes, "is not UTF-8 text", said), (&pipe, "is no regular file", "Nothing found.\n")] {
        let output = flakewise(&["check"], files.path());
        let stderr = String::from_utf8_lossy(&output.stderr).to_string();
        assert_eq!(stderr, format!("flakewise: box.nix {why}, and is taken for unknown\n"));
        assert_eq!(output.status.code(), Some(0));
        assert!(stdout(&output).starts_with(said), "{}", stdout(&output));
        let document = json(&flakewise(&["hosts", "--format", "json"], files.path()));
        assert_eq!(document["hosts"][0]["modules"][0], serde_json::json!({"unknown": "box.nix cannot be read"}));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn answers_that_cannot_be_written() {
    let good = repository("custom.port = 81;");
    let run = |arguments: &[&str], out: std::fs::File| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flakewise"));
        command.args(arguments).current_dir(good.path()).stdout(out).output().expect("the program was built")
    };
    for arguments in [&["check"][..], &["hosts", "--format", "json"], &["--help"], &["--version"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
        let output = run(arguments, full);
        let stderr = String::from_utf8_lossy(&output.stderr).to_string();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert_eq!(stderr, "flakewise: the answer cannot be written: No space left on device (os error 28)\n");
    }
    // A reader that has seen enough is no error.
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_flakewise"));
    let output = command.arg("check").current_dir(good.path()).stdout(writer).output().expect("the program was built");
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[test]
fn help_and_version_are_answers() {
    let version = flakewise(&["--version"], Path::new("."));
    assert_eq!((version.status.code(), stdout(&version).starts_with("flakewise ")), (Some(0), true));
    assert_eq!(flakewise(&["--help"], Path::new(".")).status.code(), Some(0));
}

#[test]
fn exit_codes_of_check() {
    let good = repository("custom.port = 81;");
    let output = flakewise(&["check"], good.path());
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), "Nothing found.\n"));

    let wrong = repository("custom.prot = 81;");
    let output = flakewise(&["check"], wrong.path());
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(text.contains("error[undeclared-option]") && text.contains("box.nix:2:10"), "{text}");
    assert!(text.contains("custom.prot = 81;") && text.contains("^^^^"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colour where nobody looks");

    let unlocked = folder(&[("flake.nix", FLAKE), ("custom.nix", CUSTOM), ("box.nix", "{ }\n")]);
    assert_eq!(flakewise(&["check"], unlocked.path()).status.code(), Some(0));
    assert_eq!(flakewise(&["check", "--deny", "warnings"], unlocked.path()).status.code(), Some(1));
    assert_eq!(
        flakewise(&["check", "--rule", "syntax-error", "--deny", "warnings"], unlocked.path()).status.code(),
        Some(0)
    );
}

#[test]
fn the_flake_above_the_current_directory_is_the_default() {
    let good = repository("custom.port = 81;");
    std::fs::create_dir_all(good.path().join("a/b")).expect("a folder");
    let output = flakewise(&["hosts", "--format", "json"], &good.path().join("a/b"));
    assert_eq!(json(&output)["hosts"][0]["output"], "nixosConfigurations.box");
    // What is no directory is the second argument.
    let output = flakewise(&["hosts", "box"], &good.path().join("a/b"));
    assert!(stdout(&output).contains("custom.nix"), "{}", stdout(&output));
}

#[test]
fn the_document_of_check() {
    let wrong = repository("custom.prot = 81;");
    let document = json(&flakewise(&["check", "--format", "json"], wrong.path()));
    assert_eq!(names(&document), ["version", "root", "diagnostics", "counts"]);
    assert_eq!(document["version"], 1);
    assert_eq!(names(&document["counts"]), ["error", "warning", "information", "hint"]);
    let found = &document["diagnostics"][0];
    assert_eq!(found["rule"], "undeclared-option");
    assert_eq!(found["severity"], "error");
    assert_eq!(found["path"], "box.nix");
    assert_eq!(found["range"]["start"], serde_json::json!({"line": 1, "character": 9}));
    assert_eq!(found["hosts"], serde_json::json!(["nixosConfigurations.box"]));
    let fix = &found["fixes"][0];
    assert_eq!((fix["edits"][0]["path"].as_str(), fix["edits"][0]["text"].as_str()), (Some("box.nix"), Some("port")));
}

#[test]
fn other_formats_of_check() {
    let wrong = repository("custom.prot = 81;");
    let output = stdout(&flakewise(&["check", "--format", "github"], wrong.path()));
    assert!(
        output.starts_with("::error file=box.nix,line=2,col=10,endColumn=14,title=undeclared-option::"),
        "{output}"
    );
    let sarif = json(&flakewise(&["check", "--format", "sarif"], wrong.path()));
    assert_eq!(sarif["version"], "2.1.0");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "undeclared-option");
    let index = result["ruleIndex"].as_u64().expect("an index") as usize;
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][index]["id"], "undeclared-option");
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 2);
}

#[test]
fn safe_fixes_are_made_and_nothing_else() {
    let wrong = repository("custom.prot = 81; # the port");
    let output = flakewise(&["check", "--fix"], wrong.path());
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), "1 fix made.\nNothing found.\n"));
    let text = std::fs::read_to_string(wrong.path().join("box.nix")).expect("the file");
    assert_eq!(text, "{\n  custom.port = 81; # the port\n}\n");
    assert_eq!(std::fs::read_to_string(wrong.path().join("flake.nix")).expect("the file"), FLAKE);

    let unsure = repository("imports = [ ./custim.nix ];");
    let output = flakewise(&["check", "--fix"], unsure.path());
    assert_eq!(output.status.code(), Some(1), "another file is another module: nobody but a person may choose it");
}

#[test]
fn the_document_of_hosts() {
    let good = repository("custom.port = 81;");
    let document = json(&flakewise(&["hosts", "--format", "json"], good.path()));
    assert_eq!(names(&document), ["version", "hosts"]);
    let host = &document["hosts"][0];
    assert_eq!(names(host), ["output", "name", "kind", "system", "definition", "modules", "within", "complete"]);
    assert_eq!((host["kind"].as_str(), host["system"].as_str()), (Some("nixos"), Some("x86_64-linux")));
    assert_eq!(host["definition"]["path"], "flake.nix");
    assert_eq!(host["modules"][0], serde_json::json!({"path": "box.nix"}));
    assert_eq!(host["modules"][1], serde_json::json!({"path": "custom.nix"}));
    assert_eq!(names(&host["modules"][2]), ["path", "inline", "range"]);
    assert_eq!((host["within"].is_null(), host["complete"].as_bool()), (true, Some(true)));
}

#[test]
fn a_module_is_listed_as_the_file_that_it_says_to_be() {
    let said = repository("imports = [ { _file = ./custom.nix; } { _file = \"${__curPos.file}\"; } ];");
    let document = json(&flakewise(&["hosts", "--format", "json"], said.path()));
    let modules = document["hosts"][0]["modules"].as_array().expect("a list");
    let whole = modules.iter().filter(|module| module["inline"].is_null());
    let paths: Vec<&str> = whole.filter_map(|module| module["path"].as_str()).collect();
    assert_eq!(paths, ["box.nix", "custom.nix"]);
    let inline = modules.iter().filter(|module| !module["inline"].is_null());
    assert_eq!(inline.count(), 3, "{modules:?}");
}

#[test]
fn bounds_that_are_reached_are_told_with_their_place() {
    let endless = repository("environment.etc.deep.text = let deep = n: 1 + deep (n + 1); in toString (deep 0);");
    let document = json(&flakewise(&["hosts", "--format", "json"], endless.path()));
    let exhausted = &document["hosts"][0]["exhausted"];
    assert_eq!((exhausted[0]["bound"].as_str(), exhausted[0]["at"]["path"].as_str()), (Some("depth"), Some("box.nix")));
    let text = stdout(&flakewise(&["hosts"], endless.path()));
    assert!(text.contains("not known: an evaluation nested too deeply, at box.nix:"), "{text}");
    let text = stdout(&flakewise(&["check"], endless.path()));
    assert!(text.contains("the evaluation of nixosConfigurations.box nests too deeply here"), "{text}");
}

#[test]
fn a_module_that_does_not_exist_is_unknown() {
    let wrong = repository("imports = [ ./nowhere.nix ];");
    let document = json(&flakewise(&["hosts", "--format", "json"], wrong.path()));
    let host = &document["hosts"][0];
    assert_eq!(host["complete"], false);
    let modules = host["modules"].as_array().expect("a list");
    assert!(modules.contains(&serde_json::json!({"unknown": "nowhere.nix does not exist"})), "{modules:?}");
}

#[test]
fn the_document_of_options() {
    let good = repository("custom.port = 81;");
    let document = json(&flakewise(&["options", "--format", "json"], good.path()));
    assert_eq!(names(&document), ["version", "options"]);
    let option = &document["options"][0];
    assert_eq!(names(option), ["path", "type", "default", "description", "hosts", "declarations", "definitions"]);
    assert_eq!((option["path"].as_str(), option["default"].as_str()), (Some("custom.port"), Some("80")));
    assert_eq!(option["type"], "16 bit unsigned integer; between 0 and 65535 (both inclusive)");
    assert_eq!(option["hosts"], serde_json::json!(["nixosConfigurations.box"]));
    assert_eq!(option["declarations"][0]["path"], "custom.nix");
    let definition = &option["definitions"][0];
    assert_eq!(names(definition), ["path", "range", "hosts", "value", "priority"]);
    assert_eq!((definition["value"].as_str(), definition["priority"].as_i64()), (Some("81"), Some(100)));
    // A prefix is a path, not the beginning of a text.
    let count = |prefix| {
        let output = flakewise(&["options", ".", prefix, "--format", "json"], good.path());
        json(&output)["options"].as_array().map_or(0, Vec::len)
    };
    assert_eq!((count("custom"), count("cust"), count("custom.port"), count("other")), (1, 0, 1, 0));
}

#[test]
fn the_document_of_outputs() {
    let good = repository("custom.port = 81;");
    let document = json(&flakewise(&["outputs", "--format", "json"], good.path()));
    assert_eq!(names(&document), ["version", "outputs"]);
    let outputs = document["outputs"].as_array().expect("a list");
    let paths: Vec<(&str, &str)> =
        outputs.iter().filter_map(|it| Some((it["path"].as_str()?, it["kind"].as_str()?))).collect();
    assert_eq!(paths, [("nixosConfigurations.box", "nixos-configuration"), ("packages.x86_64-linux.hello", "package")]);
    assert_eq!(outputs[1]["definition"]["path"], "flake.nix");
}

#[test]
fn outputs_that_are_not_known_are_not_none() {
    let unknown = folder(&[(
        "flake.nix",
        "{ inputs.maker.url = \"github:someone/maker\"; outputs = inputs: inputs.maker ./tree; }\n",
    )]);
    let outputs = stdout(&flakewise(&["outputs"], unknown.path()));
    assert!(outputs.starts_with("This flake has no known outputs: ") && outputs.contains("maker"), "{outputs}");
    let hosts = stdout(&flakewise(&["hosts"], unknown.path()));
    assert!(hosts.starts_with("This flake has no known hosts: ") && hosts.contains("maker"), "{hosts}");
    let problems = &json(&flakewise(&["hosts", "--format", "json"], unknown.path()))["problems"];
    assert!(
        problems[0]["output"].is_null() && problems[0]["message"].as_str().unwrap().contains("maker"),
        "{problems}"
    );
    let none = folder(&[("flake.nix", "{ outputs = _: { }; }\n")]);
    assert_eq!(stdout(&flakewise(&["outputs"], none.path())), "This flake has no outputs.\n");
    assert_eq!(json(&flakewise(&["outputs", "--format", "json"], none.path())).get("problems"), None);
}

#[test]
fn a_broken_file_that_makes_the_hosts_is_an_error() {
    let flake = FLAKE.replace("outputs = {", "outputs = inputs: import ./hosts.nix inputs; unused = {");
    assert_ne!(flake, FLAKE);
    let files =
        folder(&[("flake.nix", &flake), ("flake.lock", LOCK), ("hosts.nix", "inputs: { nixosConfigurations = {\n")]);
    let output = flakewise(&["check"], files.path());
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("error[syntax-error]") && text.contains("hosts.nix"), "{text}");
}

#[test]
fn graphs() {
    let good = repository("custom.port = 81;");
    let graph = |format| stdout(&flakewise(&["graph", "--format", format], good.path()));
    assert!(graph("dot").starts_with("digraph modules {"));
    assert!(graph("mermaid").contains("[\"box.nix\"]"));
    assert!(graph("svg").contains(">custom.nix</text>"));
    let document: Value = serde_json::from_str(&graph("json")).expect("JSON");
    assert_eq!(names(&document), ["version", "nodes", "edges"]);
    assert_eq!(document["nodes"][0]["label"], "nixosConfigurations.box");
    assert_eq!(document["edges"].as_array().map(Vec::len), Some(3));
}

#[test]
fn rules_explain_themselves() {
    let output = flakewise(&["explain", "missing-follows"], Path::new("."));
    assert!(stdout(&output).contains("An input brings its own copy"));
    let document = json(&flakewise(&["explain", "missing-follows", "--format", "json"], Path::new(".")));
    assert_eq!(document["severity"], "warning");
}

#[test]
fn settings_of_the_repository_count() {
    let wrong = repository("custom.prot = 81;");
    let settings = |text: &str| std::fs::write(wrong.path().join("flakewise.toml"), text).expect("a file");
    settings("[rules]\nundeclared-option = \"hint\"\n");
    let output = flakewise(&["check"], wrong.path());
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("hint[undeclared-option]"), "{}", stdout(&output));
    settings("exclude = [\"box.nix\"]\n");
    assert_eq!(stdout(&flakewise(&["check"], wrong.path())), "Nothing found.\n");
    settings("[rules]\nundeclared-optoin = \"off\"\n");
    let output = flakewise(&["check"], wrong.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("undeclared-option"));
}

#[test]
fn comments_allow_what_a_rule_reports() {
    let allowed = repository("custom.prot = 81; # flakewise: allow undeclared-option");
    assert_eq!(stdout(&flakewise(&["check"], allowed.path())), "Nothing found.\n");
}

/// An input that is at hand beside the repository.
fn with_source() -> (TempDir, String) {
    let flake = FLAKE
        .replace(
            "outputs = { nixpkgs, ... }",
            "inputs.disks.url = \"github:somebody/disks\";\n  outputs = { nixpkgs, disks, ... }",
        )
        .replace("modules = [", "modules = [ disks.nixosModules.disks");
    let module = "{ lib, ... }: { imports = [ ./inner.nix ]; options.disks.first = lib.mkEnableOption \"it\"; }";
    let files = [
        ("repo/flake.nix", flake.as_str()),
        ("repo/custom.nix", CUSTOM),
        ("repo/box.nix", "{ custom.port = 81; disks.first = true; disks.second = true; }\n"),
        ("disks/flake.nix", "{ outputs = { self }: { nixosModules.disks = ./module.nix; }; }"),
        ("disks/module.nix", module),
        // What is wrong in there is not said.
        ("disks/inner.nix", "{ unused, nobody-passes-it, ... }: { services.x = not-bound; }"),
    ];
    let folder = folder(&files);
    let settings = "[inputs]\ndisks = \"../disks\"\n".to_string();
    (folder, settings)
}

#[test]
fn modules_of_an_input_keep_their_name_with_the_source_at_hand() {
    let (folder, settings) = with_source();
    let repo = folder.path().join("repo");
    let print = |command: &str| json(&flakewise(&[command, "--format", "json"], &repo));
    let (hosts, options, outputs) = (print("hosts"), print("options"), print("outputs"));
    std::fs::write(repo.join("flakewise.toml"), settings).expect("a file");
    let modules = print("hosts")["hosts"][0]["modules"].clone();
    assert_eq!(modules, hosts["hosts"][0]["modules"]);
    assert_eq!(modules[0], serde_json::json!({ "input": "disks", "attr": "nixosModules.disks" }));
    assert_eq!((print("options"), print("outputs")), (options, outputs));
    let graph = flakewise(&["graph", "--format", "json"], &repo);
    assert!(!stdout(&graph).contains("inner.nix"), "{}", stdout(&graph));
    let found = print("check");
    let diagnostics = found["diagnostics"].as_array().expect("a list");
    let places: Vec<&str> = diagnostics.iter().filter_map(|it| it["path"].as_str()).collect();
    assert!(places.iter().all(|path| !path.contains("disks")), "{places:?}");
}
