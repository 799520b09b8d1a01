//! Requests for views of the whole repository: hosts, graph, options, inputs, outputs.

use serde_json::{Value, json};

use super::support::{Client, Files};

const FLAKE: &str = r#"{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.disko.url = "github:nix-community/disko";
  inputs.disko.inputs.nixpkgs.follows = "nixpkgs";
  outputs = { self, nixpkgs, disko }: {
    nixosConfigurations.box = nixpkgs.lib.nixosSystem {
      modules = [ ./host.nix ./shared.nix disko.nixosModules.disko { custom.port = nixpkgs.lib.mkForce 3; } ];
    };
    nixosConfigurations.tin = nixpkgs.lib.nixosSystem {
      modules = [ ./shared.nix { custom.port = 2; } ];
    };
  };
}
"#;
const HOST: &str = "{ custom.port = 1; networking.hostName = \"box\"; }\n";
const SHARED: &str = "{ lib, ... }:\n{\n  imports = [ ./deep.nix ];\n  options.custom.port = lib.mkOption { type = lib.types.port; default = 8080; };\n}\n";
const LOCK: &str = r#"{"nodes":{"root":{"inputs":{"nixpkgs":"nixpkgs","gone":"gone"}},
"nixpkgs":{"locked":{"type":"github","owner":"NixOS","repo":"nixpkgs","rev":"aa","narHash":"sha256-0","lastModified":7},"original":{"type":"github","owner":"NixOS","repo":"nixpkgs"}},
"gone":{"inputs":{"nixpkgs":["nixpkgs"]},"locked":{"type":"github","owner":"o","repo":"gone","rev":"bb"},"original":{"type":"github","owner":"o","repo":"gone"}}},
"root":"root","version":7}"#;

fn opened() -> (Files, Client, Value) {
    let files = Files::new(&[
        ("flake.nix", FLAKE),
        ("flake.lock", LOCK),
        ("host.nix", HOST),
        ("shared.nix", SHARED),
        ("deep.nix", "{ custom.port = 4; }\n"),
    ]);
    let capabilities = json!({"experimental": {"flakewise": {"changed": true}}});
    let (client, result) = Client::initialize(&[&files.root()], capabilities);
    (files, client, result)
}

/// What is said of the only flake.
fn ask(client: &mut Client, files: &Files, method: &str, params: Value) -> Value {
    let answer = client.request(method, params);
    let documents = answer.as_array().unwrap();
    assert_eq!(documents.len(), 1, "{answer}");
    assert_eq!(
        (&documents[0]["root"], &documents[0]["version"]),
        (&json!(files.uri("").trim_end_matches('/')), &json!(1))
    );
    documents[0].clone()
}

fn names(list: &Value, key: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|it| it[key].as_str().unwrap_or("-").to_string()).collect()
}

#[test]
fn hosts_and_what_their_modules_set() {
    let (files, mut client, result) = opened();
    assert_eq!(result["capabilities"]["experimental"]["flakewise"]["views"][0], "hosts");
    let hosts = ask(&mut client, &files, "flakewise/hosts", json!({}))["hosts"].clone();
    assert_eq!(names(&hosts, "output"), ["nixosConfigurations.box", "nixosConfigurations.tin"]);
    assert_eq!(names(&hosts[0]["modules"], "path"), ["host.nix", "shared.nix", "-", "flake.nix", "deep.nix"]);
    let only = ask(&mut client, &files, "flakewise/hosts", json!({"host": "nixosConfigurations.tin"}));
    assert_eq!(names(&only["hosts"], "name"), ["tin"]);

    let root = files.uri("");
    let root = root.trim_end_matches('/');
    let params = json!({"root": root, "host": "nixosConfigurations.box", "path": "host.nix"});
    let set = client.request("flakewise/definitions", params)["definitions"].clone();
    assert_eq!(names(&set, "option"), ["custom.port", "networking.hostName"]);
    assert_eq!((&set[0]["value"], &set[0]["declared"]), (&json!("1"), &json!(true)));
    assert_eq!((&set[1]["value"], &set[1]["declared"]), (&json!("\"box\""), &json!(false)));
    assert_eq!(set[0]["range"]["start"], json!({"line": 0, "character": 9}));
    // A module within flake.nix is named by where it starts.
    let inline = &hosts[0]["modules"][3]["range"]["start"];
    let params = json!({"root": root, "host": "nixosConfigurations.box", "path": "flake.nix", "inline": inline});
    let set = client.request("flakewise/definitions", params)["definitions"].clone();
    assert_eq!((&set[0]["value"], &set[0]["priority"]), (&json!("3"), &json!(50)));
    let id = client.ask("flakewise/definitions", json!({"root": root, "host": "nobody", "path": "x"}));
    assert_eq!(client.answer(id).unwrap_err()["code"], -32602);
}

#[test]
fn the_graph_of_one_host_and_of_all() {
    let (files, mut client, _) = opened();
    let graph = ask(&mut client, &files, "flakewise/graph", json!({}));
    let nodes = &graph["nodes"];
    let id = |label: &str| {
        let node = nodes.as_array().unwrap().iter().find(|it| it["label"] == label);
        node.unwrap_or_else(|| panic!("{label} in {nodes}"))["id"].clone()
    };
    let edge =
        |from: &str, to: &str| graph["edges"].as_array().unwrap().contains(&json!({"from": id(from), "to": id(to)}));
    assert!(edge("nixosConfigurations.box", "host.nix"));
    assert!(edge("nixosConfigurations.tin", "shared.nix"));
    assert!(edge("shared.nix", "deep.nix"));
    assert!(edge("nixosConfigurations.box", "disko: nixosModules.disko"));
    let host = &nodes.as_array().unwrap()[0];
    assert_eq!(
        (&host["kind"], &host["path"], &host["range"]["start"]["line"]),
        (&json!("host"), &json!("flake.nix"), &json!(5))
    );
    let only = ask(&mut client, &files, "flakewise/graph", json!({"host": "nixosConfigurations.tin"}));
    assert_eq!(names(&only["nodes"], "kind"), ["host", "file", "inline", "file"]);
    assert_eq!(ask(&mut client, &files, "flakewise/graph", json!({"host": "nobody"}))["nodes"], json!([]));
}

#[test]
fn options_with_who_sets_them_in_the_texts_of_now() {
    let (files, mut client, _) = opened();
    let options = ask(&mut client, &files, "flakewise/options", json!({"prefix": "custom"}))["options"].clone();
    assert_eq!((names(&options, "path"), &options[0]["default"]), (vec!["custom.port".to_string()], &json!("8080")));
    let places = names(&options[0]["definitions"], "path");
    assert_eq!(places, ["host.nix", "flake.nix", "deep.nix", "flake.nix"]);
    assert_eq!(options[0]["definitions"][2]["hosts"], json!(["nixosConfigurations.box", "nixosConfigurations.tin"]));
    assert_eq!(ask(&mut client, &files, "flakewise/options", json!({"prefix": "other"}))["options"], json!([]));

    let uri = files.uri("host.nix");
    client.open(&uri, &format!("\n\n{HOST}"));
    let options = ask(&mut client, &files, "flakewise/options", json!({}))["options"].clone();
    assert_eq!(options[0]["definitions"][0]["range"]["start"], json!({"line": 2, "character": 9}));
}

#[test]
fn inputs_and_outputs() {
    let (files, mut client, _) = opened();
    let answer = ask(&mut client, &files, "flakewise/inputs", json!({}));
    let state = |name: &str| {
        let input = answer["inputs"].as_array().unwrap().iter().find(|it| it["name"] == name).unwrap().clone();
        (input["state"].as_str().unwrap().to_string(), input["node"].clone())
    };
    assert_eq!(state("nixpkgs"), ("locked".to_string(), json!("nixpkgs")));
    assert_eq!(state("disko"), ("unlocked".to_string(), Value::Null));
    assert_eq!(state("gone"), ("undeclared".to_string(), json!("gone")));
    let disko = answer["inputs"].as_array().unwrap().iter().find(|it| it["name"] == "disko").unwrap();
    assert_eq!(
        (&disko["overrides"][0]["path"], &disko["overrides"][0]["follows"]),
        (&json!(["nixpkgs"]), &json!("nixpkgs"))
    );
    assert_eq!(disko["definition"]["range"]["start"]["line"], 2);
    let lock = &answer["lock"];
    assert_eq!(
        (&lock["error"], &lock["nixpkgs"], names(&lock["nodes"], "id")),
        (&Value::Null, &json!(1), vec!["gone".into(), "nixpkgs".into()])
    );
    assert_eq!(lock["nodes"][0]["inputs"], json!([{"name": "nixpkgs", "node": "nixpkgs", "follows": ["nixpkgs"]}]));
    assert_eq!((&lock["nodes"][1]["rev"], &lock["nodes"][1]["lastModified"]), (&json!("aa"), &json!(7)));

    let outputs = ask(&mut client, &files, "flakewise/outputs", json!({}));
    assert_eq!(names(&outputs["outputs"], "path"), ["nixosConfigurations.box", "nixosConfigurations.tin"]);
}

#[test]
fn whoever_wants_to_know_is_told_when_to_ask_again() {
    let (files, mut client, _) = opened();
    let hosts = |it: &Value| (it["method"] == "flakewise/changed").then(|| it["params"]["flakes"][0]["hosts"].clone());
    client.wait("that the repository was analysed", |it| hosts(it) == Some(json!(2)));
    let uri = files.uri("flake.nix");
    client.open(&uri, FLAKE);
    client.change(&uri, 2, json!([{"text": FLAKE.replace("    nixosConfigurations.tin", "    packages.tin")}]));
    client.wait("that there is one host less", |it| hosts(it) == Some(json!(1)));

    let (mut silent, _) = Client::initialize(&[&files.root()], json!({}));
    silent.request("flakewise/hosts", json!({}));
    let told = silent.drain(std::time::Duration::from_millis(300));
    assert!(told.iter().all(|it| it["method"] != "flakewise/changed"));
}
