//! Requests that help reading: folding, selecting, links, lenses, hints, colours, signatures, call hierarchies.

use serde_json::{Value, json};

use crate::support::{Client, Files};

/// A client that has all that these requests are for.
fn reader() -> Value {
    json!({
        "textDocument": {
            "foldingRange": {"lineFoldingOnly": true, "rangeLimit": 100},
            "selectionRange": {},
            "documentLink": {"tooltipSupport": true},
            "codeLens": {},
            "inlayHint": {},
            "semanticTokens": {
                "requests": {"range": true, "full": {"delta": true}},
                "tokenTypes": [],
                "tokenModifiers": [],
                "formats": ["relative"],
            },
            "signatureHelp": {"signatureInformation": {"parameterInformation": {"labelOffsetSupport": true}}},
            "callHierarchy": {},
        },
        "workspace": {"codeLens": {"refreshSupport": true}, "inlayHint": {"refreshSupport": true}},
        "experimental": {"commands": {"commands": ["flakewise.showReferences"]}},
    })
}

/// A flake with a host and a module, and a client that knows it.
fn opened() -> (Files, Client, Value) {
    let files = Files::new(&[
        (
            "flake.nix",
            "{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = { self, nixpkgs }: {\n    nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./host.nix ]; };\n  };\n}\n",
        ),
        ("host.nix", HOST),
        ("module.nix", MODULE),
    ]);
    let (mut client, result) = Client::initialize(&[&files.root()], reader());
    client.request("workspace/symbol", json!({"query": ""}));
    (files, client, result)
}

const HOST: &str = "{ ... }:\n{\n  imports = [\n    ./module.nix\n  ];\n  custom.port = 80;\n  custom.level = 1;\n}\n";
const MODULE: &str = "{ config, lib, ... }:\n{\n  options.custom.port = lib.mkOption {\n    type = lib.types.port;\n    default = 8080;\n  };\n  config.custom.level = lib.mkForce 2;\n  config.networking.firewall.allowedTCPPorts = [ config.custom.port ];\n}\n";

fn document(uri: &str) -> Value {
    json!({"textDocument": {"uri": uri}})
}

#[test]
fn capabilities_are_announced_to_those_who_use_them() {
    let providers = [
        "foldingRangeProvider",
        "selectionRangeProvider",
        "documentLinkProvider",
        "codeLensProvider",
        "inlayHintProvider",
        "semanticTokensProvider",
        "signatureHelpProvider",
        "callHierarchyProvider",
    ];
    let (_files, _client, result) = opened();
    let (_client, poor) = Client::initialize(&[], json!({}));
    for provider in providers {
        assert!(!result["capabilities"][provider].is_null(), "{provider}");
        assert!(poor["capabilities"][provider].is_null(), "{provider}");
    }
}

#[test]
fn folding() {
    let (files, mut client, _) = opened();
    let folds = client.request("textDocument/foldingRange", document(&files.uri("host.nix")));
    // The lines of closing brackets stay.
    assert_eq!(
        folds,
        json!([
            {"startLine": 0, "endLine": 7},
            {"startLine": 1, "endLine": 6},
            {"startLine": 2, "endLine": 3, "kind": "imports"},
        ])
    );
    assert_eq!(client.request("textDocument/foldingRange", document(&files.uri("nowhere.nix"))), Value::Null);
}

#[test]
fn selecting() {
    let (files, mut client, _) = opened();
    let position = |line: u32, character: u32| json!({"line": line, "character": character});
    let params = json!({
        "textDocument": {"uri": files.uri("host.nix")},
        "positions": [position(5, 11), position(8, 0)],
    });
    let ranges = client.request("textDocument/selectionRange", params);
    let end = |range: &Value| range["range"]["end"].clone();
    assert_eq!(ranges.as_array().unwrap().len(), 2);
    assert_eq!(end(&ranges[0]), position(5, 13));
    assert_eq!(ranges[0]["parent"]["range"]["start"], position(5, 2));
    assert_eq!(end(&ranges[0]["parent"]["parent"]), position(5, 19));
    assert_eq!(ranges[1]["range"], json!({"start": position(0, 0), "end": position(8, 0)}));
}

#[test]
fn an_answer_nests_no_deeper_than_clients_read() {
    let (mut client, _) = Client::initialize(&[], json!({"textDocument": {"selectionRange": {}}}));
    let (uri, text) = ("untitled:deep", format!("{}1{}", "[".repeat(200), "]".repeat(200)));
    client.open(uri, &text);
    let params = json!({"textDocument": {"uri": uri}, "positions": [{"line": 0, "character": 200}]});
    let answer = client.request("textDocument/selectionRange", params);
    let outer = std::iter::successors(Some(&answer[0]), |it| it.get("parent").filter(|it| it.is_object()));
    let ranges: Vec<&Value> = outer.map(|it| &it["range"]).collect();
    assert_eq!(ranges.len(), 100);
    assert_eq!(ranges[0]["start"]["character"], 200);
    // The whole text is the last one all the same.
    assert_eq!(ranges[99]["end"]["character"], 401);
}

#[test]
fn links() {
    let (files, mut client, _) = opened();
    let targets = |links: &Value| -> Vec<String> {
        links.as_array().unwrap().iter().map(|link| link["target"].as_str().unwrap().to_string()).collect()
    };
    let links = client.request("textDocument/documentLink", document(&files.uri("host.nix")));
    assert_eq!(targets(&links), [files.uri("module.nix")]);
    let links = client.request("textDocument/documentLink", document(&files.uri("flake.nix")));
    assert_eq!(targets(&links), ["https://github.com/NixOS/nixpkgs".to_string(), files.uri("host.nix")]);
}

/// The lenses of a document, each with its line, title and command.
fn lenses(client: &mut Client, uri: &str) -> Vec<(u64, String, Value)> {
    let lenses = client.request("textDocument/codeLens", document(uri));
    let mut found = Vec::new();
    for lens in lenses.as_array().unwrap() {
        assert!(lens["command"].is_null(), "{lens}");
        let resolved = client.request("codeLens/resolve", lens.clone());
        assert_eq!(resolved["range"], lens["range"]);
        let command = resolved["command"].clone();
        found.push((
            lens["range"]["start"]["line"].as_u64().unwrap(),
            command["title"].as_str().unwrap().into(),
            command,
        ));
    }
    found
}

#[test]
fn lenses_say_who_is_concerned() {
    let (files, mut client, _) = opened();
    let found = lenses(&mut client, &files.uri("module.nix"));
    let titles: Vec<(u64, &str)> = found.iter().map(|(line, title, _)| (*line, title.as_str())).collect();
    assert_eq!(titles, [(0, "reached by host box"), (2, "set by 1 host, read by 1 module")]);
    let command = &found[1].2;
    assert_eq!(command["command"], "flakewise.showReferences");
    assert_eq!(command["arguments"][0], files.uri("module.nix"));
    assert_eq!(command["arguments"][1], json!({"line": 2, "character": 17}));
    assert_eq!(command["arguments"][2].as_array().unwrap().len(), 2);
    let found = lenses(&mut client, &files.uri("flake.nix"));
    assert_eq!((found[0].0, found[0].1.as_str()), (3, "2 modules, 1 option"));
    // What is no lens of ours is refused.
    let strange =
        json!({"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}, "data": 1});
    let id = client.ask("codeLens/resolve", strange);
    assert_eq!(client.answer(id).unwrap_err()["code"], -32602);
}

#[test]
fn a_client_without_the_command_gets_words() {
    let (files, _, _) = opened();
    let (mut client, _) = Client::initialize(&[&files.root()], json!({"textDocument": {"codeLens": {}}}));
    client.request("workspace/symbol", json!({"query": ""}));
    let found = lenses(&mut client, &files.uri("module.nix"));
    assert!(found.iter().all(|(_, _, command)| command["command"] == "" && command["arguments"].is_null()));
}

#[test]
fn hints_within_a_range() {
    let (files, mut client, _) = opened();
    let lines = |start: u32, end: u32| {
        json!({
            "textDocument": {"uri": files.uri("host.nix")},
            "range": {"start": {"line": start, "character": 0}, "end": {"line": end, "character": 0}},
        })
    };
    let hints = client.request("textDocument/inlayHint", lines(0, 99));
    assert_eq!(hints.as_array().unwrap().len(), 1, "{hints}");
    assert_eq!(hints[0]["position"], json!({"line": 6, "character": 19}));
    assert_eq!(hints[0]["label"][0]["value"], "= 2 on box");
    assert_eq!(hints[0]["label"][0]["location"]["uri"], files.uri("module.nix"));
    assert_eq!(client.request("textDocument/inlayHint", lines(0, 5)), json!([]));
}

#[test]
fn lenses_and_hints_can_be_switched_off() {
    let (files, _, _) = opened();
    files.write("flakewise.toml", "[lenses]\nmodules = false\n[hints]\nvalues = false\n");
    let (mut client, _) = Client::initialize(&[&files.root()], reader());
    client.request("workspace/symbol", json!({"query": ""}));
    assert_eq!(lenses(&mut client, &files.uri("module.nix")).len(), 1);
    let params = json!({
        "textDocument": {"uri": files.uri("host.nix")},
        "range": {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}},
    });
    assert_eq!(client.request("textDocument/inlayHint", params), json!([]));
}

#[test]
fn what_is_shown_of_the_facts_is_asked_for_again() {
    let (files, mut client, _) = opened();
    let refreshes = |client: &Client| {
        let refresh = |(method, _): &&(String, Value)| method.ends_with("/refresh");
        client.asked.iter().filter(refresh).map(|(method, _)| method.clone()).collect::<Vec<_>>()
    };
    client.wait("a refresh", |it| it["method"] == "workspace/inlayHint/refresh");
    client.drain(std::time::Duration::from_millis(300));
    let before = refreshes(&client).len();
    let uri = files.uri("host.nix");
    client.open(&uri, HOST);
    client.change(&uri, 2, json!([{"text": HOST.replace("80", "81")}]));
    client.wait("a refresh", |it| it["method"] == "workspace/inlayHint/refresh");
    assert!(refreshes(&client).len() > before);
}

/// Tokens as numbers.
fn numbers(answer: &Value) -> Vec<u64> {
    answer["data"].as_array().unwrap().iter().map(|it| it.as_u64().unwrap()).collect()
}

#[test]
fn tokens_and_what_changed_in_them() {
    let (files, mut client, result) = opened();
    let legend = &result["capabilities"]["semanticTokensProvider"]["legend"];
    let kind = |at: u64| legend["tokenTypes"][at as usize].as_str().unwrap();
    let uri = files.uri("host.nix");
    client.open(&uri, HOST);
    let full = client.request("textDocument/semanticTokens/full", document(&uri));
    let data = numbers(&full);
    let kinds: Vec<&str> = data.chunks(5).map(|token| kind(token[3])).collect();
    assert_eq!(kinds, ["property", "string", "namespace", "property", "namespace", "property"]);
    // The second line of options: one below the first, at its column.
    assert_eq!(data[20..23], [1, 2, 6]);

    client.change(
        &uri,
        2,
        json!([{"range": {"start": {"line": 5, "character": 0}, "end": {"line": 5, "character": 0}}, "text": "\n"}]),
    );
    let delta = |client: &mut Client, id: &Value| {
        let params = json!({"textDocument": {"uri": uri}, "previousResultId": id});
        client.request("textDocument/semanticTokens/full/delta", params)
    };
    let changed = delta(&mut client, &full["resultId"]);
    assert_eq!(changed["edits"].as_array().unwrap().len(), 1, "{changed}");
    assert_eq!((&changed["edits"][0]["start"], &changed["edits"][0]["deleteCount"]), (&json!(10), &json!(5)));
    assert_eq!(delta(&mut client, &changed["resultId"])["edits"], json!([]));
    // Of an id that nobody knows there is no difference.
    assert_eq!(numbers(&delta(&mut client, &json!("?"))).len(), data.len());

    let range = json!({"start": {"line": 6, "character": 0}, "end": {"line": 7, "character": 0}});
    let part =
        client.request("textDocument/semanticTokens/range", json!({"textDocument": {"uri": uri}, "range": range}));
    assert_eq!(numbers(&part).len(), 10);
}

#[test]
fn signatures() {
    let (mut client, _) = Client::initialize(&[], reader());
    let uri = "untitled:x";
    client.open(uri, "let mkHost = name: { a, b ? 1 }: a; in mkHost \n");
    let help = |client: &mut Client, line: u32, character: u32| {
        let position = json!({"line": line, "character": character});
        client.request("textDocument/signatureHelp", json!({"textDocument": {"uri": uri}, "position": position}))
    };
    let found = help(&mut client, 0, 46);
    assert_eq!(found["signatures"][0]["label"], "mkHost name { a, b }");
    assert_eq!(found["signatures"][0]["parameters"][1]["label"], json!([12, 20]));
    assert_eq!(found["activeParameter"], 0);
    assert_eq!(help(&mut client, 0, 3), Value::Null);
}

#[test]
fn hierarchies_of_imports() {
    let (files, mut client, _) = opened();
    let position = json!({"line": 0, "character": 0});
    let params = json!({"textDocument": {"uri": files.uri("host.nix")}, "position": position});
    let items = client.request("textDocument/prepareCallHierarchy", params);
    assert_eq!((&items[0]["name"], &items[0]["detail"]), (&json!("host.nix"), &json!("on box")));
    let params = json!({"item": items[0]});
    let incoming = client.request("callHierarchy/incomingCalls", params.clone());
    assert_eq!(incoming[0]["from"]["uri"], files.uri("flake.nix"));
    assert_eq!(incoming[0]["fromRanges"][0]["start"], json!({"line": 3, "character": 68}));
    let outgoing = client.request("callHierarchy/outgoingCalls", params);
    assert_eq!(outgoing[0]["to"]["uri"], files.uri("module.nix"));
    assert_eq!(outgoing[0]["fromRanges"][0]["start"], json!({"line": 3, "character": 4}));
}
