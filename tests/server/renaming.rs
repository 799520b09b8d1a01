//! Where things are used, and other names for them, over the files of a repository that nobody opened.

use serde_json::{Value, json};

use super::support::{Client, Files};
use super::{at, range, rich};

const FLAKE: &str = r#"{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  outputs = { self, nixpkgs }: {
    nixosConfigurations.box = nixpkgs.lib.nixosSystem {
      system = "x86_64-linux";
      modules = [ ./custom.nix ./host.nix ];
    };
  };
}
"#;
const CUSTOM: &str = "{ config, lib, ... }: let cfg = config.custom; in {\n  options.custom.port = lib.mkOption { type = lib.types.port; };\n  config.x = cfg.port;\n}\n";
const HOST: &str = "{ custom.port = 1; }\n";

fn repository() -> Files {
    Files::new(&[("flake.nix", FLAKE), ("custom.nix", CUSTOM), ("host.nix", HOST)])
}

fn client(files: &Files, capabilities: Value) -> Client {
    let (mut client, _) = Client::initialize(&[&files.root()], capabilities);
    client.open(&files.uri("host.nix"), HOST);
    client
}

/// The edited ranges of every file of an edit with document changes.
fn edited(edit: &Value) -> Vec<(String, Vec<(Value, String)>)> {
    let mut files: Vec<(String, Vec<(Value, String)>)> = edit["documentChanges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            let uri = change["textDocument"]["uri"].as_str().unwrap();
            let edits = change["edits"].as_array().unwrap().iter();
            let edits = edits.map(|it| (it["range"].clone(), it["newText"].as_str().unwrap().to_string()));
            (uri.rsplit('/').next().unwrap().to_string(), edits.collect())
        })
        .collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

#[test]
fn an_option_is_found_and_renamed_everywhere() {
    let files = repository();
    let mut capabilities = rich();
    capabilities["textDocument"]["rename"] = json!({"prepareSupport": true});
    capabilities["workspace"]["workspaceEdit"]["changeAnnotationSupport"] = json!({"groupsOnLabel": true});
    let mut client = client(&files, capabilities);
    let host = files.uri("host.nix");
    let mut asked = at(&host, 0, 10);
    asked["context"] = json!({"includeDeclaration": true});
    let found = client.request("textDocument/references", asked.clone());
    let place = |it: &Value| (it["uri"].as_str().unwrap().rsplit('/').next().unwrap().to_string(), it["range"].clone());
    let mut places: Vec<_> = found.as_array().unwrap().iter().map(place).collect();
    places.sort_by_key(|(file, range)| (file.clone(), range.to_string()));
    let expected = [
        ("custom.nix".to_string(), range(1, 17, 1, 21)),
        ("custom.nix".to_string(), range(2, 17, 2, 21)),
        ("host.nix".to_string(), range(0, 9, 0, 13)),
    ];
    assert_eq!(places, expected);
    asked["context"] = json!({"includeDeclaration": false});
    assert_eq!(client.request("textDocument/references", asked).as_array().unwrap().len(), 2);
    let highlights = client.request("textDocument/documentHighlight", at(&host, 0, 10));
    assert_eq!(highlights, json!([{"range": range(0, 9, 0, 13), "kind": 3}]));
    let set = client.request("textDocument/implementation", at(&files.uri("custom.nix"), 1, 18));
    assert_eq!(set, json!([{"uri": host, "range": range(0, 9, 0, 13)}]));
    let declared = client.request("textDocument/declaration", at(&host, 0, 10));
    assert!(declared[0]["targetUri"].as_str().unwrap().ends_with("custom.nix"), "{declared}");

    let prepared = client.request("textDocument/prepareRename", at(&host, 0, 10));
    assert_eq!(prepared, json!({"range": range(0, 9, 0, 13), "placeholder": "port"}));
    let mut renamed = at(&host, 0, 10);
    renamed["newName"] = json!("gate");
    let edit = client.request("textDocument/rename", renamed);
    let gate = |range| (range, "gate".to_string());
    let expected = [
        ("custom.nix".to_string(), vec![gate(range(1, 17, 1, 21)), gate(range(2, 17, 2, 21))]),
        ("host.nix".to_string(), vec![gate(range(0, 9, 0, 13))]),
    ];
    assert_eq!(edited(&edit), expected);

    // What keeps its name says why.
    let id = client.ask("textDocument/prepareRename", at(&files.uri("custom.nix"), 0, 3));
    let refused = client.answer(id).unwrap_err();
    assert!(refused["message"].as_str().unwrap().contains("passed by this name"), "{refused}");
}

#[test]
fn what_a_renaming_cannot_see_is_said_before_or_shown() {
    let files = repository();
    files.write("other.nix", "hosts: map (host: host.config.custom.port) hosts\n");
    let mut capabilities = rich();
    capabilities["workspace"]["workspaceEdit"]["changeAnnotationSupport"] = json!({});
    let renamed = |client: &mut Client| {
        let mut renamed = at(&files.uri("host.nix"), 0, 10);
        renamed["newName"] = json!("gate");
        client.request("textDocument/rename", renamed)
    };
    let edit = renamed(&mut client(&files, capabilities));
    let other = edited(&edit).into_iter().find(|(file, _)| file == "other.nix").unwrap().1;
    assert_eq!(other, [(range(0, 37, 0, 41), "gate".to_string())]);
    let annotation = edit["changeAnnotations"]["flakewise.rename"]["description"].as_str().unwrap();
    assert!(annotation.contains("other.nix:1"), "{annotation}");

    // Who cannot show it is told.
    let mut poor = client(&files, json!({}));
    let edit = renamed(&mut poor);
    assert_eq!(edit["changes"][files.uri("other.nix").as_str()][0]["newText"], "gate");
    let told = poor.wait("a notice", |message| message["method"] == "window/showMessage");
    assert!(told["params"]["message"].as_str().unwrap().contains("other.nix:1"), "{told}");
}

#[test]
fn inputs_are_renamed_with_a_word_about_the_lock() {
    let files = repository();
    files.write("flake.lock", r#"{"nodes":{"root":{"inputs":{"nixpkgs":"nixpkgs"}},"nixpkgs":{"locked":{"type":"github","owner":"NixOS","repo":"nixpkgs","rev":"0","narHash":"sha256-0"},"original":{"type":"github","owner":"NixOS","repo":"nixpkgs"}}},"root":"root","version":7}"#);
    let mut capabilities = rich();
    capabilities["workspace"]["workspaceEdit"]["changeAnnotationSupport"] = json!({});
    let mut client = client(&files, capabilities);
    let mut renamed = at(&files.uri("flake.nix"), 1, 12);
    renamed["newName"] = json!("pkgs-src");
    let edit = client.request("textDocument/rename", renamed);
    assert_eq!(edited(&edit)[0].1.len(), 3, "{edit}");
    let annotation = &edit["changeAnnotations"]["flakewise.rename"];
    assert_eq!(annotation["needsConfirmation"], true);
    assert!(annotation["description"].as_str().unwrap().contains("nix flake lock"), "{annotation}");
    assert_eq!(edit["documentChanges"][0]["edits"][0]["annotationId"], "flakewise.rename");
}

#[test]
fn files_that_move_take_their_paths_along() {
    let files = repository();
    let mut client = client(&files, json!({}));
    let moved = |from: &str, to: &str| json!({"files": [{"oldUri": files.uri(from), "newUri": files.uri(to)}]});
    let edit = client.request("workspace/willRenameFiles", moved("host.nix", "hosts/box.nix"));
    let changes = edit["changes"][files.uri("flake.nix").as_str()].clone();
    assert_eq!(changes, json!([{"range": range(5, 31, 5, 41), "newText": "./hosts/box.nix"}]));
    assert_eq!(client.request("workspace/willRenameFiles", moved("README.md", "readme.md")), Value::Null);
}

#[test]
fn a_question_about_a_file_that_was_not_seen_yet_waits_for_it() {
    let files = repository();
    // Reading the disk takes longer than asking.
    for number in 0..3000 {
        files.write(&format!("many/{number}.nix"), "1\n");
    }
    let mut client = Client::start();
    let folders = json!([{"uri": super::support::uri(&files.root()), "name": "x"}]);
    client.ask("initialize", json!({"capabilities": rich(), "workspaceFolders": folders}));
    client.notify("initialized", json!({}));
    let mut asked = at(&files.uri("custom.nix"), 1, 18);
    asked["context"] = json!({"includeDeclaration": true});
    let found = client.request("textDocument/references", asked);
    assert_eq!(found.as_array().map(Vec::len), Some(3), "{found}");
}
