//! What can be written in another way, as a client asks for it.

use serde_json::{Value, json};

use super::support::{Client, Files};
use super::{codes, creating, range};

const FLAKE: &str = "{\n  outputs = { self }: {\n    lib = let x = 1; in { y = x; };\n  };\n}\n";

fn actions(client: &mut Client, uri: &str, at: Value, only: Value) -> Vec<Value> {
    let context = json!({"diagnostics": [], "only": only});
    let params = json!({"textDocument": {"uri": uri}, "range": at, "context": context});
    client.request("textDocument/codeAction", params).as_array().unwrap().clone()
}

fn titles(actions: &[Value]) -> Vec<&str> {
    actions.iter().map(|action| action["title"].as_str().unwrap()).collect()
}

#[test]
fn an_output_moves_into_a_file() {
    let files = Files::new(&[("flake.nix", FLAKE)]);
    let (mut client, _) = Client::initialize(&[&files.root()], creating());
    let uri = files.uri("flake.nix");
    client.open(&uri, FLAKE);
    let found = actions(&mut client, &uri, range(2, 5, 2, 5), json!(["refactor.extract"]));
    assert_eq!(titles(&found), ["Move lib into ./outputs/lib.nix"]);
    assert_eq!(found[0]["kind"], "refactor.extract");
    let changes = found[0]["edit"]["documentChanges"].as_array().unwrap();
    assert_eq!(changes[0]["kind"], "create");
    assert!(changes[0]["uri"].as_str().unwrap().ends_with("/outputs/lib.nix"));
    assert_eq!(changes[1]["edits"][0]["newText"], "let x = 1; in { y = x; }\n");
    assert_eq!(changes[2]["edits"][0]["newText"], "import ./outputs/lib.nix");

    let inline = actions(&mut client, &uri, range(2, 30, 2, 30), json!(["refactor.inline"]));
    assert_eq!(titles(&inline), ["Put the value of x where it is used"]);
    let found = actions(&mut client, &uri, range(2, 30, 2, 30), json!(["quickfix"]));
    assert_eq!(titles(&found), [""; 0]);
}

#[test]
fn a_client_that_creates_no_files_is_offered_none() {
    let files = Files::new(&[("flake.nix", FLAKE)]);
    let capabilities =
        json!({"textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}}});
    let (mut client, _) = Client::initialize(&[&files.root()], capabilities);
    let uri = files.uri("flake.nix");
    client.open(&uri, FLAKE);
    assert_eq!(titles(&actions(&mut client, &uri, range(2, 5, 2, 5), json!(["refactor.extract"]))), [""; 0]);
    let found = actions(&mut client, &uri, range(2, 26, 2, 26), json!(null));
    let quoted = found.iter().find(|action| action["title"] == "Quote the name").unwrap();
    assert_eq!(quoted["edit"]["changes"][uri.as_str()][0]["newText"], "\"y\"");
}

/// What [`creating`] has, and that changes are asked for when an action was chosen.
fn resolving() -> Value {
    let mut capabilities = creating();
    capabilities["textDocument"]["codeAction"]["dataSupport"] = json!(true);
    capabilities["textDocument"]["codeAction"]["resolveSupport"] = json!({"properties": ["edit"]});
    capabilities
}

const BLOCKS: &str = "{
  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";
  inputs.home-manager.url = \"github:nix-community/home-manager\";
  outputs = { nixpkgs, home-manager, ... }: {
    nixosConfigurations.box = nixpkgs.lib.nixosSystem {
      modules = [
        home-manager.nixosModules.home-manager
        { home-manager = { useGlobalPkgs = true; useUserPackages = true; backupFileExtension = \"bak\"; users.ada = { }; }; }
      ];
    };
    nixosConfigurations.nas = nixpkgs.lib.nixosSystem {
      modules = [
        home-manager.nixosModules.home-manager
        { home-manager = { useGlobalPkgs = true; useUserPackages = true; backupFileExtension = \"bak\"; users.bob = { }; }; }
      ];
    };
  };
}
";

#[test]
fn changes_are_made_when_they_are_asked_for() {
    let files = Files::new(&[("flake.nix", FLAKE)]);
    let (mut client, result) = Client::initialize(&[&files.root()], resolving());
    assert_eq!(result["capabilities"]["codeActionProvider"]["resolveProvider"], true);
    let uri = files.uri("flake.nix");
    client.open(&uri, FLAKE);
    let found = actions(&mut client, &uri, range(2, 5, 2, 5), json!(["refactor.extract"]));
    assert_eq!(titles(&found), ["Move lib into ./outputs/lib.nix"]);
    assert_eq!(found[0].get("edit"), None);
    let resolved = client.request("codeAction/resolve", found[0].clone());
    assert_eq!(resolved["edit"]["documentChanges"][2]["edits"][0]["newText"], "import ./outputs/lib.nix");
    // In another text it may be another action.
    client.change(&uri, 2, json!([{"range": range(0, 0, 0, 0), "text": "# new\n"}]));
    let id = client.ask("codeAction/resolve", found[0].clone());
    assert_eq!(client.answer(id).unwrap_err()["code"], -32801);
    let id = client.ask("codeAction/resolve", json!({"title": "x", "data": {"other": 1}}));
    assert_eq!(client.answer(id).unwrap_err()["code"], -32602);
    // One that has all that it needs stays what it is.
    let own = json!({"title": "x", "command": {"title": "x", "command": "other"}});
    assert_eq!(client.request("codeAction/resolve", own.clone()), own);
}

#[test]
fn a_repeated_block_is_taken_out_once_it_is_proven() {
    for capabilities in [resolving(), creating()] {
        let lazy = capabilities["textDocument"]["codeAction"]["dataSupport"] == true;
        let files = Files::new(&[("flake.nix", BLOCKS)]);
        let (mut client, _) = Client::initialize(&[&files.root()], capabilities);
        let uri = files.uri("flake.nix");
        client.open(&uri, BLOCKS);
        client.diagnostics(&uri, |it| codes(it).contains(&"duplicate-home-block"));
        let found = actions(&mut client, &uri, range(7, 12, 7, 12), json!(["quickfix"]));
        let action = found.iter().find(|it| it["title"].as_str().unwrap().starts_with("Make mkHomeManager")).unwrap();
        let resolved = if lazy { client.request("codeAction/resolve", action.clone()) } else { action.clone() };
        let edits = resolved["edit"]["documentChanges"][0]["edits"].as_array().unwrap();
        assert_eq!(edits.len(), 3, "{resolved}");
        assert!(edits[0]["newText"].as_str().unwrap().contains("mkHomeManager ="), "{resolved}");
    }
}

#[test]
fn a_host_is_written_out_and_a_new_one_is_made() {
    let flake = "{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = { nixpkgs, ... }:\n    let mk = name: nixpkgs.lib.nixosSystem { modules = [ ./hosts/${name} ]; };\n    in {\n      nixosConfigurations.nas = mk \"nas\";\n    };\n}\n";
    let files = Files::new(&[("flake.nix", flake), ("hosts/nas/default.nix", "{ networking.hostName = \"nas\"; }\n")]);
    let (mut client, _) = Client::initialize(&[&files.root()], resolving());
    let uri = files.uri("flake.nix");
    client.open(&uri, flake);
    let found = actions(&mut client, &uri, range(5, 27, 5, 27), json!(["refactor.inline", "refactor.generate"]));
    assert_eq!(titles(&found), ["New host new-host, like nas", "Write nas out, without mk"]);
    let new = client.request("codeAction/resolve", found[0].clone());
    let changes = new["edit"]["documentChanges"].as_array().unwrap();
    assert!(changes[0]["uri"].as_str().unwrap().ends_with("/hosts/new-host/default.nix"), "{new}");
    assert_eq!(changes[2]["edits"][0]["newText"], "\n      nixosConfigurations.new-host = mk \"new-host\";");
    let out = client.request("codeAction/resolve", found[1].clone());
    assert_eq!(
        out["edit"]["documentChanges"][0]["edits"][0]["newText"],
        "nixpkgs.lib.nixosSystem { modules = [ ./hosts/nas ]; }"
    );
}

/// The files of the editors' tests, before and after.
macro_rules! of_editors {
    ($path:literal) => {
        include_str!(concat!("../editors/", $path))
    };
}

/// What the tests in real editors (tests/editors) expect is what the server sends.
#[test]
fn a_block_of_two_files_becomes_a_third() {
    let before = [("flake.nix", of_editors!("blocks/flake.nix")), ("nas.nix", of_editors!("blocks/nas.nix"))];
    let files = Files::new(&before);
    let (mut client, _) = Client::initialize(&[&files.root()], resolving());
    let uri = files.uri("flake.nix");
    client.open(&uri, before[0].1);
    client.diagnostics(&uri, |it| codes(it).contains(&"duplicate-home-block"));
    let found = actions(&mut client, &uri, range(10, 12, 10, 12), json!(["quickfix"]));
    assert_eq!(titles(&found), ["Make home-manager.nix of the 2 blocks"]);
    let resolved = client.request("codeAction/resolve", found[0].clone());
    let mut after: Vec<(String, String)> = Vec::new();
    for change in resolved["edit"]["documentChanges"].as_array().unwrap() {
        let Some(edits) = change["edits"].as_array() else { continue };
        let name = change["textDocument"]["uri"].as_str().unwrap().rsplit('/').next().unwrap().to_string();
        let text = before.iter().find(|(of, _)| *of == name).map_or("", |(_, text)| text).to_string();
        let mut lines: Vec<usize> = vec![0];
        lines.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        let at = |position: &Value| {
            lines[position["line"].as_u64().unwrap() as usize] + position["character"].as_u64().unwrap() as usize
        };
        let [edit] = edits.as_slice() else { panic!("{change}") };
        let mut text = text.clone();
        text.replace_range(at(&edit["range"]["start"])..at(&edit["range"]["end"]), edit["newText"].as_str().unwrap());
        after.push((name, text));
    }
    after.sort();
    let shown: String = after.iter().map(|(name, text)| format!("#- {name}\n{text}")).collect();
    let expected = [
        ("flake.nix", of_editors!("extracted/flake.nix")),
        ("home-manager.nix", of_editors!("extracted/home-manager.nix")),
        ("nas.nix", of_editors!("extracted/nas.nix")),
    ];
    let expected: String = expected.iter().map(|(name, text)| format!("#- {name}\n{text}")).collect();
    assert_eq!(shown, expected, "sent (left), expected (right):\n{shown}");
}
