//! Workspaces and clients that are not the usual ones.

use serde_json::{Value, json};

use super::support::{Client, Files, uri};
use super::{at, codes, range, rich};

/// What every client can be asked of a place.
const OF_PLACES: &[&str] = &[
    "textDocument/hover",
    "textDocument/completion",
    "textDocument/definition",
    "textDocument/declaration",
    "textDocument/implementation",
    "textDocument/references",
    "textDocument/documentHighlight",
    "textDocument/prepareRename",
    "textDocument/signatureHelp",
    "textDocument/prepareCallHierarchy",
];

/// What can be asked of a document.
const OF_DOCUMENTS: &[&str] = &[
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/documentLink",
    "textDocument/codeLens",
    "textDocument/inlayHint",
    "textDocument/semanticTokens/full",
    "textDocument/semanticTokens/range",
    "textDocument/diagnostic",
    "textDocument/codeAction",
];

fn host(option: &str) -> String {
    format!("{{ custom.{option} = true; }}\n")
}

const FLAKE: &str = "{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = { nixpkgs, ... }: {\n    \
                     nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./host.nix ./custom.nix ]; };\n  };\n}\n";
const CUSTOM: &str = "{ lib, ... }: { options.custom.enable = lib.mkEnableOption \"it\"; }\n";

fn repository() -> Files {
    Files::new(&[("flake.nix", FLAKE), ("custom.nix", CUSTOM), ("host.nix", &host("enable"))])
}

/// Asks everything about a document; refusals have a reason and nothing else goes wrong.
fn ask_all(client: &mut Client, uri: &str) {
    let whole = range(0, 0, 9, 0);
    for method in OF_PLACES.iter().chain(OF_DOCUMENTS) {
        let mut params = at(uri, 0, 16);
        params["range"] = whole.clone();
        params["context"] =
            json!({"diagnostics": [], "includeDeclaration": true, "triggerKind": 1, "isRetrigger": false});
        let id = client.ask(method, params);
        if let Err(error) = client.answer(id) {
            assert_eq!(error["code"], -32803, "{method} of {uri}: {error}");
        }
    }
    client.request(
        "textDocument/selectionRange",
        json!({"textDocument": {"uri": uri}, "positions": [{"line": 0, "character": 3}]}),
    );
}

#[test]
fn documents_that_are_no_files_yet() {
    let files = repository();
    let mut capabilities = rich();
    capabilities["workspace"]["workspaceEdit"]["resourceOperations"] = json!(["create"]);
    capabilities["textDocument"]["codeAction"]["dataSupport"] = json!(true);
    capabilities["textDocument"]["codeAction"]["resolveSupport"] = json!({"properties": ["edit"]});
    let (mut client, _) = Client::initialize(&[&files.root()], capabilities);
    let text = "{ lib, ... }: let x = [ 1 2 ]; in { custom.enable = lib.mkIf true x; }\n";
    // A new document, one that VS Code knows the name of already, and one of another editor's own.
    for uri in ["untitled:Untitled-1", &format!("untitled:{}", files.path("new.nix").display()), "buffer:scratch/1.nix"]
    {
        client.open(uri, text);
        client.diagnostics(uri, |it| it["version"] == 1);
        ask_all(&mut client, uri);
        let renamed = json!({"textDocument": {"uri": uri}, "position": {"line": 0, "character": 18}, "newName": "y"});
        let edit = client.request("textDocument/rename", renamed);
        assert_eq!(edit["documentChanges"][0]["textDocument"]["uri"], uri, "{edit}");
        // What is created must have a place on the disk.
        let params =
            json!({"textDocument": {"uri": uri}, "range": range(0, 22, 0, 29), "context": {"diagnostics": []}});
        for action in client.request("textDocument/codeAction", params).as_array().unwrap().clone() {
            let resolved = client.request("codeAction/resolve", action);
            for change in resolved["edit"]["documentChanges"].as_array().into_iter().flatten() {
                assert!(change["kind"].is_null() || change["uri"].as_str().unwrap().starts_with("file:"), "{resolved}");
            }
        }
        client.close(uri);
    }
    // None of them made it into the flake.
    client.request("workspace/symbol", json!({"query": ""}));
    assert_eq!(client.text("untitled:Untitled-1"), None);
    assert_eq!(client.shutdown(), Some(0));
}

#[test]
fn folders_within_each_other_and_twice() {
    let files = Files::new(&[("flake.nix", "{ outputs = { self }: { }; }\n")]);
    for (path, text) in [("in side/flake.nix", FLAKE), ("in side/custom.nix", CUSTOM)] {
        files.write(path, text);
    }
    files.write("in side/host.nix", &host("enabel"));
    let (mut client, _) = Client::initialize(&[&files.root()], rich());
    let host_uri = format!("{}/in%20side/host.nix", uri(&files.root()));
    let folder = |uri: String| json!({"uri": uri, "name": "x"});
    let inner = folder(format!("{}/in%20side", uri(&files.root())));
    client.notify(
        "workspace/didChangeWorkspaceFolders",
        json!({"event": {"added": [inner.clone(), inner], "removed": []}}),
    );
    let told = client.diagnostics(&host_uri, |it| codes(it).contains(&"undeclared-option"));
    assert_eq!(codes(&told), ["undeclared-option"], "once, however often the folder is open");
    // The outer folder goes; what it held of the inner one stays.
    client.notify(
        "workspace/didChangeWorkspaceFolders",
        json!({"event": {"added": [], "removed": [folder(uri(&files.root()))]}}),
    );
    files.write("in side/host.nix", &host("enable"));
    client.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": host_uri, "type": 2}]}));
    client.diagnostics(&host_uri, |it| it["diagnostics"] == json!([]));
    // A name of the option is found in the inner flake, by the name that the client has for the file.
    client.open(&host_uri, &host("enable"));
    let found = client.request("textDocument/definition", at(&host_uri, 0, 10));
    assert!(found.to_string().contains("/in%20side/custom.nix"), "{found}");
}

#[test]
fn an_option_of_two_folders_is_renamed_in_one() {
    let (one, two) = (repository(), repository());
    let (mut client, _) = Client::initialize(&[&one.root(), &two.root()], rich());
    let place = at(&one.uri("host.nix"), 0, 10);
    client.open(&one.uri("host.nix"), &host("enable"));
    client.request("workspace/symbol", json!({"query": ""}));
    let mut params = place.clone();
    params["newName"] = json!("on");
    let edit = client.request("textDocument/rename", params);
    let changed: Vec<&str> = edit["documentChanges"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|change| change["textDocument"]["uri"].as_str())
        .collect();
    assert_eq!(changed, [one.uri("custom.nix"), one.uri("host.nix")], "{edit}");
    let mut params = place;
    params["context"] = json!({"includeDeclaration": true});
    let references = client.request("textDocument/references", params);
    assert_eq!(references.as_array().unwrap().len(), 2, "{references}");
}

/// A client that watches nothing: what `git pull` changed is seen when something is saved or opened.
#[test]
fn changes_from_outside_without_anybody_who_watches() {
    let files = repository();
    let (mut client, _) = Client::initialize(&[&files.root()], json!({}));
    let (host_uri, flake) = (files.uri("host.nix"), files.uri("flake.nix"));
    client.open(&flake, FLAKE);
    client.diagnostics(&flake, |it| it["version"] == 1);
    files.write("host.nix", &host("enabel"));
    client.notify("textDocument/didSave", json!({"textDocument": {"uri": flake}}));
    let told = client.diagnostics(&host_uri, |it| it["diagnostics"] != json!([]));
    assert_eq!(codes(&told), ["undeclared-option"]);
    // A module that is new, and one that is gone.
    files.write("host.nix", "{ imports = [ ./more.nix ]; custom.enable = true; }\n");
    files.write("more.nix", "{ custom.nothing = 1; }\n");
    client.open(&host_uri, "{ imports = [ ./more.nix ]; custom.enable = true; }\n");
    let more = files.uri("more.nix");
    client.diagnostics(&more, |it| codes(it).contains(&"undeclared-option"));
    std::fs::remove_file(files.path("more.nix")).unwrap();
    client.notify("textDocument/didSave", json!({"textDocument": {"uri": host_uri}}));
    client.diagnostics(&host_uri, |it| codes(it).contains(&"missing-import"));
}

/// Positions in UTF-16 where nothing else is spoken, plain edits, no snippets, no files that come into being.
#[test]
fn a_client_of_the_first_hour() {
    let files = repository();
    files.write("host.nix", "{ /* 😀 */ custom.enabel = true; }\n");
    let literals =
        json!({"textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}}});
    let (mut client, _) = Client::initialize(&[&files.root()], literals);
    let host_uri = files.uri("host.nix");
    client.open(&host_uri, "{ /* 😀 */ custom.enabel = true; }\n");
    let told = client.diagnostics(&host_uri, |it| codes(it).contains(&"undeclared-option"));
    let place = told["diagnostics"][0]["range"].clone();
    ask_all(&mut client, &host_uri);
    let params = json!({"textDocument": {"uri": host_uri}, "range": place, "context": {"diagnostics": []}});
    for action in client.request("textDocument/codeAction", params).as_array().unwrap() {
        assert!(action["edit"]["documentChanges"].is_null() && action["data"].is_null(), "{action}");
        assert!(!action["edit"]["changes"].is_null(), "{action}");
    }
    let proposals = client.request("textDocument/completion", at(&host_uri, 0, 18));
    let items: &Vec<Value> = proposals["items"].as_array().unwrap();
    assert!(items.iter().any(|item| item["label"] == "enable"), "{proposals}");
    assert!(items.iter().all(|item| item["insertTextFormat"].is_null()), "{proposals}");
    // The end of the word in UTF-16: two units for the face.
    let item = items.iter().find(|item| item["label"] == "enable").unwrap();
    assert_eq!(item["textEdit"]["range"], range(0, 18, 0, 24));
    assert!(client.asked.is_empty(), "{:?}", client.asked);
}
