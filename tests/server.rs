//! The language server as a client sees it: the built program, over stdio.
#![cfg(unix)]

#[path = "server/features.rs"]
mod features;
#[path = "server/formatting.rs"]
mod formatting;
#[path = "server/reading.rs"]
mod reading;
mod support;
#[path = "server/refactoring.rs"]
mod refactoring;
#[path = "server/renaming.rs"]
mod renaming;
#[path = "server/strangers.rs"]
mod strangers;
#[path = "server/typing.rs"]
mod typing;
#[path = "server/views.rs"]
mod views;

use std::time::Duration;

use serde_json::{Value, json};
use support::{Client, Files};

/// What a modern editor says that it can.
fn rich() -> Value {
    json!({
        "general": {"positionEncodings": ["utf-16", "utf-8", "utf-32"]},
        "window": {"workDoneProgress": true},
        "workspace": {
            "configuration": true,
            "workspaceFolders": true,
            "didChangeConfiguration": {"dynamicRegistration": true},
            "didChangeWatchedFiles": {"dynamicRegistration": true, "relativePatternSupport": true},
            "diagnostics": {"refreshSupport": true},
            "workspaceEdit": {"documentChanges": true},
        },
        "textDocument": {
            "publishDiagnostics": {"relatedInformation": true, "tagSupport": {"valueSet": [1, 2]}},
            "diagnostic": {"dynamicRegistration": true},
            "completion": {"completionItem": {"snippetSupport": true, "resolveSupport": {"properties": ["documentation"]}}},
            "hover": {"contentFormat": ["markdown", "plaintext"]},
            "definition": {"linkSupport": true},
            "declaration": {"linkSupport": true},
            "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
            "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
        },
    })
}

fn with_encoding(encoding: &str) -> Value {
    json!({"general": {"positionEncodings": [encoding]}})
}

fn range(line: u32, character: u32, end_line: u32, end_character: u32) -> Value {
    json!({"start": {"line": line, "character": character}, "end": {"line": end_line, "character": end_character}})
}

fn at(uri: &str, line: u32, character: u32) -> Value {
    json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}})
}

fn flake() -> Files {
    Files::new(&[
        ("flake.nix", "{ outputs = { self }: { x = import ./a.nix; }; }\n"),
        ("a.nix", "{ a = 1; }\n"),
        ("broken.nix", "{ a = ; }\n"),
    ])
}

#[test]
fn a_rich_client() {
    let files = flake();
    let (mut client, result) = Client::initialize(&[&files.root()], rich());
    let capabilities = &result["capabilities"];
    assert_eq!(capabilities["positionEncoding"], "utf-8");
    assert_eq!(capabilities["textDocumentSync"]["change"], 2);
    assert_eq!(capabilities["diagnosticProvider"]["workspaceDiagnostics"], true);
    assert_eq!(capabilities["workspace"]["workspaceFolders"]["supported"], true);
    for provider in [
        "completionProvider",
        "definitionProvider",
        "hoverProvider",
        "documentSymbolProvider",
        "workspaceSymbolProvider",
        "codeActionProvider",
    ] {
        assert!(!capabilities[provider].is_null(), "{provider}");
    }
    assert_eq!(result["serverInfo"]["name"], "flakewise");
    // Files that nobody opened are reported as well.
    client.diagnostics(&files.uri("broken.nix"), |it| it["diagnostics"][0]["code"] == "syntax-error");
    let progress =
        |kind: &'static str| move |it: &Value| it["method"] == "$/progress" && it["params"]["value"]["kind"] == kind;
    client.wait("the beginning of the progress", progress("begin"));
    client.wait("the end of the progress", progress("end"));
    client.request("workspace/symbol", json!({"query": ""}));
    // Questions of the server leave side by side: the last of them need not be here yet.
    client.wait("what is to be watched", |it| it["params"]["registrations"][0]["id"] == "flakewise-files");
    let asked = |client: &Client, method: &str| client.asked.iter().any(|(it, _)| it == method);
    assert!(asked(&client, "workspace/configuration"));
    assert!(asked(&client, "window/workDoneProgress/create"));
    let registered: Vec<&str> = client
        .asked
        .iter()
        .filter(|(method, _)| method == "client/registerCapability")
        .filter_map(|(_, params)| params["registrations"][0]["method"].as_str())
        .collect();
    assert!(registered.contains(&"workspace/didChangeWatchedFiles"), "{registered:?}");
    assert!(registered.contains(&"workspace/didChangeConfiguration"), "{registered:?}");
    assert_eq!(client.shutdown(), Some(0));
}

#[test]
fn a_poor_client() {
    let files = flake();
    let (mut client, result) = Client::initialize(&[&files.root()], json!({}));
    assert_eq!(result["capabilities"]["positionEncoding"], "utf-16");
    assert!(result["capabilities"]["diagnosticProvider"].is_null());
    assert!(result["capabilities"]["codeActionProvider"].is_null());
    client.diagnostics(&files.uri("broken.nix"), |it| it["diagnostics"][0]["code"] == "syntax-error");
    let uri = files.uri("a.nix");
    client.open(&uri, "{ a = 1; }\n");
    for method in ["textDocument/hover", "textDocument/definition", "textDocument/completion"] {
        client.request(method, at(&uri, 0, 3));
    }
    client.request("textDocument/documentSymbol", json!({"textDocument": {"uri": uri}}));
    client.request("workspace/symbol", json!({"query": "a"}));
    // It is asked nothing that it did not say it could.
    assert!(client.asked.is_empty(), "{:?}", client.asked);
    assert_eq!(client.shutdown(), Some(0));
}

#[test]
fn errors_follow_the_text() {
    let (mut client, _) = Client::initialize(&[], json!({}));
    let uri = "untitled:Untitled-1";
    client.open(uri, "let a = 1; in\n");
    let told = client.diagnostics(uri, |it| it["version"] == 1);
    assert_eq!(told["diagnostics"].as_array().unwrap().len(), 1, "{told}");
    client.change(uri, 2, json!([{"range": range(0, 13, 0, 13), "text": " a"}]));
    let told = client.diagnostics(uri, |it| it["version"] == 2);
    assert_eq!(told["diagnostics"], json!([]));
    client.change(uri, 3, json!([{"range": range(0, 14, 0, 15), "text": "b"}]));
    let told = client.diagnostics(uri, |it| it["version"] == 3);
    let undefined = told["diagnostics"].as_array().unwrap().iter().find(|it| it["code"] == "undefined-name");
    assert_eq!(undefined.expect("it is told")["range"], range(0, 14, 0, 15));
    client.close(uri);
    let told = client.diagnostics(uri, |it| it["version"].is_null());
    assert_eq!(told["diagnostics"], json!([]));
    assert_eq!(client.text(uri), None);
}

#[test]
fn edits_in_every_encoding() {
    for (encoding, after_emoji) in [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)] {
        let (mut client, result) = Client::initialize(&[], with_encoding(encoding));
        assert_eq!(result["capabilities"]["positionEncoding"], encoding);
        let uri = "untitled:x";
        client.open(uri, "\"😀\"\r\nü = 1\r\n");
        client.change(
            uri,
            2,
            json!([
                {"range": range(0, 1 + after_emoji, 0, 1 + after_emoji), "text": "ä"},
                {"range": range(1, 0, 1, if encoding == "utf-8" { 2 } else { 1 }), "text": "u"},
            ]),
        );
        assert_eq!(client.text(uri).as_deref(), Some("\"😀ä\"\r\nu = 1\r\n"), "{encoding}");
        // A whole text.
        client.change(uri, 3, json!([{"text": "x"}, {"range": range(0, 1, 0, 1), "text": "y"}]));
        assert_eq!(client.text(uri).as_deref(), Some("xy"));
    }
}

#[test]
fn ranges_outside_of_the_text() {
    let (mut client, _) = Client::initialize(&[], json!({}));
    let uri = "untitled:x";
    client.open(uri, "ab\ncd");
    let max = 2_147_483_647;
    for (range, text, expected) in [
        (range(0, 99, 0, 99), "X", "abX\ncd"),
        (range(99, 99, 99, 99), "Y", "abX\ncdY"),
        (range(max, max, max, max), "Z", "abX\ncdYZ"),
        (range(1, 1, 0, 0), "!", "abX\nc!dYZ"),
        (range(1, 2, 99, 0), "", "abX\nc!"),
        (range(0, 0, max, max), "", ""),
        (range(5, 5, 5, 5), "new", "new"),
    ] {
        client.change(uri, 2, json!([{"range": range, "text": text}]));
        assert_eq!(client.text(uri).as_deref(), Some(expected));
    }
    // Out of all bounds, out of the protocol: refused as a whole, and nothing else breaks.
    client.change(
        uri,
        3,
        json!([{"range": {"start": {"line": -1, "character": 0}, "end": {"line": 0, "character": 0}}, "text": "x"}]),
    );
    client.change("untitled:never-opened", 1, json!([{"text": "x"}]));
    client.change(uri, 4, json!([]));
    assert_eq!(client.text(uri).as_deref(), Some("new"));
}

/// A generator of numbers that is the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }
}

/// The model: lines and UTF-16 columns by counting.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let mut units = 0;
    let content = text[start..].split('\n').next().unwrap();
    for (at, c) in content.char_indices() {
        if units >= column {
            return start + at;
        }
        units += c.len_utf16();
    }
    start + content.len()
}

fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count(), before[start..].encode_utf16().count())
}

#[test]
fn two_thousand_edits() {
    let files = flake();
    let (mut client, _) = Client::initialize(&[&files.root()], json!({}));
    let uri = files.uri("a.nix");
    let mut model = "{ pkgs, ... }:\n{\n  a = \"😀 ${pkgs.x}\";\n  b = [ 1 ];\n}\n".to_string();
    client.open(&uri, &model);
    let pieces = ["a", "\n", "ä", "😀", "{ ", "}", "\"", "''", "${", "x = 1;\n", "", "", "/* ", "*/", "]"];
    let mut random = Random(7);
    let mut version = 1;
    let mut edits = 0;
    let mut questions = Vec::new();
    while edits < 2000 {
        let mut changes = Vec::new();
        for _ in 0..=random.below(3) {
            let mut bounds: Vec<usize> = (0..=model.len()).filter(|at| model.is_char_boundary(*at)).collect();
            let start = random.below(bounds.len());
            let end = (start + random.below(4)).min(bounds.len() - 1);
            let (start, end) = (bounds.swap_remove(start), *bounds.get(end).unwrap_or(&model.len()));
            let (start, end) = (start.min(end), start.max(end));
            let piece = pieces[random.below(pieces.len())];
            let ((line, column), (end_line, end_column)) = (place(&model, start), place(&model, end));
            assert_eq!(offset(&model, line, column), start);
            changes.push(
                json!({"range": range(line as u32, column as u32, end_line as u32, end_column as u32), "text": piece}),
            );
            model.replace_range(start..end, piece);
            edits += 1;
        }
        if model.len() > 4000 {
            model = "{ }\n".to_string();
            changes.push(json!({"text": model}));
        }
        version += 1;
        client.change(&uri, version, json!(changes));
        if random.below(50) == 0 {
            // The answer is about the text of now, whatever comes after.
            questions.push((client.ask("flakewise/text", json!({"uri": uri})), model.clone()));
            client.ask("textDocument/completion", at(&uri, 1, 2));
        }
    }
    for (id, expected) in questions {
        assert_eq!(client.answer(id).unwrap()["text"].as_str(), Some(expected.as_str()));
    }
    assert_eq!(client.text(&uri), Some(model));
    client.diagnostics(&uri, |it| it["version"] == version);
    let later = client.drain(Duration::from_millis(300));
    let versions =
        later.iter().filter(|it| it["params"]["uri"] == uri.as_str()).filter_map(|it| it["params"]["version"].as_i64());
    assert!(versions.into_iter().all(|it| it <= i64::from(version)));
    assert_eq!(client.shutdown(), Some(0));
}

#[test]
fn questions_can_be_taken_back() {
    let files = flake();
    let (mut client, _) = Client::initialize(&[&files.root()], json!({}));
    // Before the first analysis this one waits.
    let id = client.ask("workspace/symbol", json!({"query": ""}));
    client.notify("$/cancelRequest", json!({"id": id}));
    match client.answer(id) {
        Ok(_) => {}
        Err(error) => assert_eq!(error["code"], -32800, "{error}"),
    }
    client.notify("$/cancelRequest", json!({"id": 4711}));
    client.request("workspace/symbol", json!({"query": ""}));
}

#[test]
fn pulled_diagnostics() {
    let files = flake();
    let (mut client, _) = Client::initialize(&[&files.root()], rich());
    // The rules know more about a file than the file shows alone; so wait for them.
    client.request("workspace/symbol", json!({"query": ""}));
    let uri = files.uri("broken.nix");
    client.open(&uri, "{ a = ; }\n");
    let pull = |client: &mut Client, previous: Value| {
        client.request("textDocument/diagnostic", json!({"textDocument": {"uri": uri}, "previousResultId": previous}))
    };
    let report = pull(&mut client, Value::Null);
    assert_eq!(report["kind"], "full");
    assert_eq!(report["items"].as_array().unwrap().len(), 1);
    let id = report["resultId"].clone();
    let again = pull(&mut client, id.clone());
    assert_eq!((&again["kind"], &again["resultId"]), (&json!("unchanged"), &id));
    client.change(&uri, 2, json!([{"text": "{ a = 1; }\n"}]));
    let report = pull(&mut client, id);
    assert_eq!((&report["kind"], &report["items"]), (&json!("full"), &json!([])));
    // Whoever asks is not told.
    client.drain(Duration::from_millis(200));
    client.change(&uri, 3, json!([{"text": "{ a = }\n"}]));
    assert_eq!(pull(&mut client, Value::Null)["items"].as_array().unwrap().len(), 1);
    let told = client.drain(Duration::from_millis(500));
    assert!(
        !told.iter().any(|it| it["method"] == "textDocument/publishDiagnostics" && it["params"]["uri"] == uri.as_str())
    );

    let all = client.request("workspace/diagnostic", json!({"previousResultIds": []}));
    let item = all["items"].as_array().unwrap().iter().find(|it| it["uri"] == uri.as_str()).unwrap().clone();
    assert_eq!((&item["kind"], &item["version"]), (&json!("full"), &json!(3)));
    let previous = json!({"previousResultIds": [{"uri": uri, "value": item["resultId"]}]});
    let all = client.request("workspace/diagnostic", previous);
    let item = all["items"].as_array().unwrap().iter().find(|it| it["uri"] == uri.as_str()).unwrap().clone();
    assert_eq!(item["kind"], "unchanged");
}

/// A host that sets an option which nobody declares, and the module that might.
fn undeclared() -> Files {
    let flake = "{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs\";\n  outputs = { nixpkgs, ... }: {\n    nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./a.nix ./b.nix ]; };\n  };\n}\n";
    Files::new(&[
        ("flake.nix", flake),
        ("a.nix", "{ lib, ... }: { options.custom.port = lib.mkOption { }; }\n"),
        ("b.nix", "{ custom.port = 1; }\n"),
    ])
}

#[test]
fn who_cannot_be_told_to_pull_again_gets_what_is_true_now() {
    let files = undeclared();
    let capabilities = json!({"textDocument": {"diagnostic": {}}});
    let (mut client, result) = Client::initialize(&[&files.root()], capabilities);
    // It is not offered, for what other files say would not reach such a client; it may ask all the same.
    assert!(result["capabilities"]["diagnosticProvider"].is_null());
    let (a, b) = (files.uri("a.nix"), files.uri("b.nix"));
    client.open(&a, "{ lib, ... }: { options.custom.port = lib.mkOption { }; }\n");
    client.open(&b, "{ custom.port = 1; }\n");
    let found = |client: &mut Client, uri: &str| {
        let report = client.request("textDocument/diagnostic", json!({"textDocument": {"uri": uri}}));
        codes(&json!({"diagnostics": report["items"]})).into_iter().map(str::to_string).collect::<Vec<String>>()
    };
    // Even before the first analysis is done.
    assert_eq!(found(&mut client, &b), [] as [&str; 0]);
    for version in 2..12 {
        let (name, expected) =
            if version % 2 == 0 { ("prot", ["undeclared-option"].as_slice()) } else { ("port", [].as_slice()) };
        client.change(&b, version, json!([{"text": format!("{{ custom.{name} = 1; }}\n")}]));
        assert_eq!(found(&mut client, &b), expected, "{version}");
    }
    // What another file says counts as well, and so it does for all files at once.
    client.change(&a, 2, json!([{"text": "{ lib, ... }: { options.custom.prot = lib.mkOption { }; }\n"}]));
    assert_eq!(found(&mut client, &b), ["undeclared-option"]);
    client.change(&a, 3, json!([{"text": "{ lib, ... }: { options.custom.port = lib.mkOption { }; }\n"}]));
    let all = client.request("workspace/diagnostic", json!({"previousResultIds": []}));
    let of_b = all["items"].as_array().unwrap().iter().find(|it| it["uri"] == b.as_str()).unwrap();
    assert_eq!(of_b["items"], json!([]));
    // A question about a text that is gone is answered all the same.
    let ids: Vec<i64> = (12..20)
        .map(|version| {
            client.change(&b, version, json!([{"text": format!("{{ custom.port = {version}; }}\n")}]));
            client.ask("textDocument/diagnostic", json!({"textDocument": {"uri": b}}))
        })
        .collect();
    ids.into_iter().for_each(|id| drop(client.answer(id)));
    assert_eq!(client.shutdown(), Some(0));
}

#[test]
fn words_are_plain_for_who_shows_them_as_they_come() {
    let files = undeclared();
    let in_markdown = json!({"textDocument": {
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "completion": {
            "completionItem": {"documentationFormat": ["plaintext", "markdown"]},
            "completionItemKind": {"valueSet": (1..=25).collect::<Vec<u32>>()},
        },
        "documentSymbol": {"symbolKind": {"valueSet": (1..=26).collect::<Vec<u32>>()}},
        "declaration": {"linkSupport": true},
    }});
    let text = "{ config, lib, ... }: { options.custom.door = lib.mkOption { type = lib.types.enum [ \"a\" \"b\" ]; description = \"A `door`.\"; }; config.custom.door = \"a\"; config.x = config.custom.; y = null; }\n";
    for (capabilities, rich) in [(json!({}), false), (in_markdown, true)] {
        let (mut client, _) = Client::initialize(&[&files.root()], capabilities);
        let uri = files.uri("a.nix");
        client.open(&uri, text);
        client.request("workspace/symbol", json!({"query": ""}));
        // Once more, since what was opened is analysed after what is on disk.
        client.diagnostics(&uri, |it| it["version"] == 1);
        std::thread::sleep(Duration::from_millis(500));
        let place = |wanted: &str| at(&uri, 0, (text.find(wanted).unwrap() + wanted.len()) as u32);
        let hover = client.request("textDocument/hover", place("options.custom.do"))["contents"].clone();
        let value = hover["value"].as_str().unwrap().to_string();
        assert_eq!(
            (hover["kind"] == "markdown", value.contains("```"), value.contains('`')),
            (rich, rich, rich),
            "{value}"
        );
        assert!(value.contains("custom.door") && value.contains("door"), "{value}");
        let items = client.request("textDocument/completion", place("= config.custom."));
        let items = items["items"].as_array().unwrap();
        let door = items.iter().find(|it| it["label"] == "door").unwrap();
        assert_eq!(door["documentation"]["kind"] == "markdown", rich, "{door}");
        assert_eq!(door["documentation"].is_string(), !rich, "{door}");
        assert_eq!(door["documentation"].to_string().contains("```"), rich, "{door}");
        let declared = client.request("textDocument/declaration", place("config.custom.do"));
        assert_eq!(declared[0].get("targetUri").is_some(), rich, "{declared}");
        // Kinds of the first protocol for who names no others.
        let symbols = client.request("textDocument/documentSymbol", json!({"textDocument": {"uri": uri}}));
        let null = symbols.as_array().unwrap().iter().find(|it| it["name"] == "y").unwrap();
        assert_eq!(null["kind"], if rich { 21 } else { 14 });
        assert_eq!(client.shutdown(), Some(0));
    }
}

#[test]
fn files_that_come_and_go() {
    let files = flake();
    let (mut client, _) = Client::initialize(&[&files.root()], rich());
    let (broken, new) = (files.uri("broken.nix"), files.uri("new.nix"));
    client.diagnostics(&broken, |it| it["diagnostics"] != json!([]));
    std::fs::remove_file(files.path("broken.nix")).unwrap();
    files.write("new.nix", "{ b = ; }");
    client.notify(
        "workspace/didChangeWatchedFiles",
        json!({"changes": [{"uri": broken, "type": 3}, {"uri": new, "type": 1}]}),
    );
    client.diagnostics(&new, |it| it["diagnostics"] != json!([]));
    client.diagnostics(&broken, |it| it["diagnostics"] == json!([]));
    files.write("new.nix", "{ b = 1; }");
    client.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": new, "type": 2}]}));
    client.diagnostics(&new, |it| it["diagnostics"] == json!([]));
}

#[test]
fn a_document_that_is_deleted_while_it_is_open() {
    let files = flake();
    let (mut client, _) = Client::initialize(&[&files.root()], rich());
    let uri = files.uri("a.nix");
    client.open(&uri, "{ a = 2; }\n");
    std::fs::remove_file(files.path("a.nix")).unwrap();
    client.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": uri, "type": 3}]}));
    client.change(&uri, 2, json!([{"range": range(0, 6, 0, 7), "text": "3"}]));
    client.request("workspace/symbol", json!({"query": ""}));
    assert_eq!(client.text(&uri).as_deref(), Some("{ a = 3; }\n"));
    client.change(&uri, 3, json!([{"range": range(0, 6, 0, 7), "text": ""}]));
    client.diagnostics(&uri, |it| it["version"] == 3 && it["diagnostics"] != json!([]));
    client.close(&uri);
    client.diagnostics(&uri, |it| it["diagnostics"] == json!([]));
    // The disk has the last word, as soon as it was asked.
    while client.text(&uri).is_some() {
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn an_unsaved_text_that_is_thrown_away() {
    let files = flake();
    let (mut client, _) = Client::initialize(&[&files.root()], json!({}));
    let uri = files.uri("a.nix");
    client.open(&uri, "{ a = ; }\n");
    client.diagnostics(&uri, |it| it["diagnostics"] != json!([]));
    client.close(&uri);
    client.diagnostics(&uri, |it| it["diagnostics"] == json!([]));
    while client.text(&uri).as_deref() != Some("{ a = 1; }\n") {
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn documents_that_nobody_opened() {
    let files = flake();
    let (mut client, _) = Client::initialize(&[&files.root()], rich());
    client.request("workspace/symbol", json!({"query": ""}));
    // On disk, nowhere, and out of reach.
    for uri in
        [files.uri("a.nix"), files.uri("nowhere.nix"), "file:///etc/passwd".to_string(), "untitled:x".to_string()]
    {
        for method in ["textDocument/hover", "textDocument/definition", "textDocument/completion"] {
            client.request(method, at(&uri, 0, 3));
        }
        client.request("textDocument/documentSymbol", json!({"textDocument": {"uri": uri}}));
        let range = range(0, 0, 9, 9);
        client.request(
            "textDocument/codeAction",
            json!({"textDocument": {"uri": uri}, "range": range, "context": {"diagnostics": []}}),
        );
        client.request("textDocument/diagnostic", json!({"textDocument": {"uri": uri}}));
    }
    assert_eq!(client.text(&files.uri("a.nix")).as_deref(), Some("{ a = 1; }\n"));
    assert_eq!(client.text("file:///etc/passwd"), None);
}

#[test]
fn a_workspace_without_a_flake() {
    let files = Files::new(&[("x.nix", "1")]);
    let (mut client, _) = Client::initialize(&[&files.root()], rich());
    let uri = files.uri("x.nix");
    client.open(&uri, "let a = ; in b");
    let told = client.diagnostics(&uri, |it| it["version"] == 1);
    assert_ne!(told["diagnostics"], json!([]));
    client.request("textDocument/hover", at(&uri, 0, 4));
    assert_eq!(client.shutdown(), Some(0));
}

#[test]
fn two_roots_and_a_third() {
    let (one, two, three) = (flake(), flake(), flake());
    let (mut client, _) = Client::initialize(&[&one.root(), &two.root()], json!({}));
    for files in [&one, &two] {
        client.diagnostics(&files.uri("broken.nix"), |it| it["diagnostics"] != json!([]));
    }
    let folder = |files: &Files| json!({"uri": support::uri(&files.root()), "name": "x"});
    client.notify(
        "workspace/didChangeWorkspaceFolders",
        json!({"event": {"added": [folder(&three)], "removed": [folder(&one)]}}),
    );
    client.diagnostics(&three.uri("broken.nix"), |it| it["diagnostics"] != json!([]));
    client.diagnostics(&one.uri("broken.nix"), |it| it["diagnostics"] == json!([]));
}

#[test]
fn settings_from_the_client_and_the_file() {
    let files = flake();
    files.write("flakewise.toml", "colour = 1\n");
    let mut client = Client::start();
    client.settings = json!({"exclude": ["broken.nix"], "nonsense": 1});
    let folders = json!([{"uri": support::uri(&files.root()), "name": "x"}]);
    client.request("initialize", json!({"capabilities": rich(), "workspaceFolders": folders}));
    client.notify("initialized", json!({}));
    client.wait("a word about the setting that there is not", |it| {
        it["method"] == "window/logMessage" && it["params"]["message"].as_str().unwrap().contains("nonsense")
    });
    let toml = files.uri("flakewise.toml");
    let told = client.diagnostics(&toml, |it| it["diagnostics"] != json!([]));
    assert_eq!(told["diagnostics"][0]["range"], range(0, 0, 0, 6));
    files.write("flakewise.toml", "exclude = []\n");
    client.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": toml, "type": 2}]}));
    client.diagnostics(&toml, |it| it["diagnostics"] == json!([]));
    client.settings = Value::Null;
    client.notify("workspace/didChangeConfiguration", json!({"settings": null}));
    client.diagnostics(&files.uri("broken.nix"), |it| it["diagnostics"] != json!([]));
}

#[test]
fn nothing_is_published_to_a_client_that_is_not_ready() {
    let files = flake();
    files.write("flakewise.toml", "colour = 1\n");
    let mut client = Client::start();
    let folders = json!([{"uri": support::uri(&files.root()), "name": "x"}]);
    client.request("initialize", json!({"capabilities": rich(), "workspaceFolders": folders}));
    let broken = files.uri("broken.nix");
    client.open(&broken, "{ a = ; }\n");
    let early = client.drain(Duration::from_millis(400));
    assert!(early.iter().all(|it| it["method"] != "textDocument/publishDiagnostics"), "{early:?}");
    client.notify("initialized", json!({}));
    client.diagnostics(&files.uri("flakewise.toml"), |it| it["diagnostics"] != json!([]));
    client.diagnostics(&broken, |it| it["diagnostics"] != json!([]));
}

#[test]
fn git_says_what_a_flake_sees() {
    let files = flake();
    files.write(".git/HEAD", "ref: refs/heads/main\n");
    let (mut client, _) = Client::initialize(&[&files.root()], rich());
    let watched =
        client.wait("what is to be watched", |it| it["params"]["registrations"][0]["id"] == "flakewise-files");
    let patterns = watched["params"].to_string();
    assert!(patterns.contains(".git/index") && patterns.contains("flake.lock"), "{patterns}");
    files.write(".git/index", "DIRC nonsense");
    client.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": files.uri(".git/index"), "type": 2}]}));
    client.notify("textDocument/didSave", json!({"textDocument": {"uri": files.uri("a.nix")}}));
    client.request("workspace/symbol", json!({"query": ""}));
}

#[test]
fn ends() {
    // Without a shutdown before it.
    let (mut client, _) = Client::initialize(&[], json!({}));
    client.notify("exit", Value::Null);
    assert_eq!(client.exit_code(), Some(1));
    // After one, requests are refused.
    let (mut client, _) = Client::initialize(&[], json!({}));
    client.request("shutdown", Value::Null);
    let id = client.ask("textDocument/hover", at("untitled:x", 0, 0));
    assert_eq!(client.answer(id).unwrap_err()["code"], -32600);
    client.notify("exit", Value::Null);
    assert_eq!(client.exit_code(), Some(0));
    // An editor that crashed.
    let (mut client, _) = Client::initialize(&[], json!({}));
    client.ask("workspace/symbol", json!({"query": ""}));
    client.hang_up();
    assert_eq!(client.exit_code(), Some(1));
    let mut client = Client::start();
    client.hang_up();
    assert_eq!(client.exit_code(), Some(1));
}

#[test]
fn what_is_no_protocol() {
    let mut client = Client::start();
    // Before anything else, only one question is allowed.
    let id = client.ask("textDocument/hover", at("untitled:x", 0, 0));
    assert_eq!(client.answer(id).unwrap_err()["code"], -32002);
    client.request("initialize", json!({"capabilities": {}}));
    client.notify("initialized", json!({}));
    client.notify("textDocument/didOpen", json!({"nothing": 1}));
    client.notify(
        "textDocument/didOpen",
        json!({"textDocument": {"uri": "not a uri", "languageId": "nix", "version": 1, "text": ""}}),
    );
    client.notify("$/unheardOf", json!({}));
    let id = client.ask("textDocument/unheardOf", json!({}));
    assert_eq!(client.answer(id).unwrap_err()["code"], -32601);
    client.open("untitled:x", "1");
    assert_eq!(client.text("untitled:x").as_deref(), Some("1"));
    // What is no message is refused, and the next one is heard.
    client.write(b"Content-Length: 5\r\n\r\n{nope");
    client.wait("a refusal", |it| it["error"]["code"] == -32700 && it["id"].is_null());
    for body in ["[]", "7", "{}", "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"shutdown\"}]"] {
        client.write(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
        client.wait("a refusal", |it| it["error"]["code"] == -32600);
    }
    client.write(b"Content-Length: 2\r\n\r\n\xff\xff");
    client.wait("a refusal", |it| it["error"]["code"] == -32700);
    client.write(b"Content-Length: many\r\n\r\n");
    assert_eq!(client.text("untitled:x").as_deref(), Some("1"));
    assert_eq!(client.shutdown(), Some(0));
}

#[test]
fn large_and_strange_documents() {
    let (mut client, _) = Client::initialize(&[], json!({}));
    let uri = "untitled:x";
    client.open(uri, "");
    client.diagnostics(uri, |it| it["version"] == 1);
    // Deeper than any parser nests, and longer than anybody writes.
    client.change(uri, 2, json!([{"text": "[".repeat(100_000)}]));
    client.diagnostics(uri, |it| it["version"] == 2);
    let large = format!("[\n{}]\n", "  { a = \"text\"; b = [ 1 2 3 ]; }\n".repeat(60_000));
    client.change(uri, 3, json!([{"text": large}]));
    client.diagnostics(uri, |it| it["version"] == 3);
    client.change(uri, 4, json!([{"range": range(30_000, 4, 30_000, 5), "text": "ä"}]));
    client.diagnostics(uri, |it| it["version"] == 4);
    client.request("textDocument/documentSymbol", json!({"textDocument": {"uri": uri}}));
    assert_eq!(client.shutdown(), Some(0));
}

/// Git as it is installed, without anybody's settings.
fn git(files: &Files, arguments: &[&str]) -> String {
    let mut git = std::process::Command::new("git");
    git.args(["-c", "user.name=a", "-c", "user.email=a@b"]).args(arguments).current_dir(files.root());
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = git.output().expect("tests of git need git");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A flake in a git repository whose host imports `path`, which git does not track where it exists.
fn flake_in_git(path: &str) -> Files {
    let host = format!("{{ imports = [ {path} ]; }}\n");
    let files = Files::new(&[
        ("flake.nix", include_str!("server/flake.nix")),
        ("flake.lock", include_str!("server/flake.lock")),
        ("host.nix", &host),
    ]);
    git(&files, &["init", "--quiet"]);
    git(&files, &["add", "--", "."]);
    files
}

/// The actions that are offered for everything in a document.
fn actions(client: &mut Client, uri: &str) -> Vec<Value> {
    let everything = range(0, 0, 99, 0);
    let params = json!({"textDocument": {"uri": uri}, "range": everything, "context": {"diagnostics": []}});
    client.request("textDocument/codeAction", params).as_array().cloned().unwrap_or_default()
}

fn codes(report: &Value) -> Vec<&str> {
    report["diagnostics"].as_array().unwrap().iter().filter_map(|it| it["code"].as_str()).collect()
}

/// The same with files that an edit may create.
fn creating() -> Value {
    let mut capabilities = rich();
    capabilities["workspace"]["workspaceEdit"]["resourceOperations"] = json!(["create", "rename", "delete"]);
    capabilities
}

#[test]
fn git_add_is_run_when_it_is_asked_for() {
    let files = flake_in_git("./local.nix");
    files.write("local.nix", "{ }\n");
    let (mut client, result) = Client::initialize(&[&files.root()], rich());
    assert_eq!(result["capabilities"]["executeCommandProvider"]["commands"], json!(["flakewise.gitAdd"]));
    let host = files.uri("host.nix");
    client.diagnostics(&host, |it| codes(it) == ["untracked-file"]);
    let actions = actions(&mut client, &host);
    assert_eq!(actions.len(), 1, "{actions:?}");
    assert_eq!(actions[0]["title"], "Run `git add local.nix`");
    assert!(actions[0]["edit"].is_null());
    // Nothing runs before somebody chooses it.
    assert_eq!(git(&files, &["ls-files", "local.nix"]), "");
    let command = &actions[0]["command"];
    assert_eq!(command["arguments"], json!([files.uri("local.nix")]));
    client
        .request("workspace/executeCommand", json!({"command": command["command"], "arguments": command["arguments"]}));
    client.diagnostics(&host, |it| codes(it).is_empty());
    assert_eq!(git(&files, &["status", "--porcelain", "local.nix"]), "A  local.nix\n");
    assert_eq!(client.shutdown(), Some(0));
}

#[test]
fn what_git_refuses_is_said() {
    let files = flake_in_git("./local.nix");
    files.write("local.nix", "{ }\n");
    files.write(".gitignore", "local.nix\n");
    let (mut client, _) = Client::initialize(&[&files.root()], rich());
    let host = files.uri("host.nix");
    client.diagnostics(&host, |it| codes(it) == ["untracked-file"]);
    let run = |client: &mut Client, command: &str, arguments: Value| {
        let id = client.ask("workspace/executeCommand", json!({"command": command, "arguments": arguments}));
        client.answer(id)
    };
    assert_eq!(run(&mut client, "flakewise.gitAdd", json!([files.uri("local.nix")])), Ok(Value::Null));
    let shown = client.wait("a message", |it| it["method"] == "window/showMessage");
    assert_eq!(shown["params"]["type"], 1);
    let message = shown["params"]["message"].as_str().unwrap();
    assert!(message.starts_with("git add local.nix: ") && message.contains(".gitignore"), "{message}");
    // What is not in the opened folders is not touched, whatever anybody sends.
    for arguments in [json!(["file:///etc/passwd"]), json!([7]), json!(["untitled:x"]), json!([{"uri": 1}])] {
        assert_eq!(run(&mut client, "flakewise.gitAdd", arguments).unwrap_err()["code"], -32602);
    }
    assert_eq!(run(&mut client, "flakewise.nothing", json!([])).unwrap_err()["code"], -32602);
    assert_eq!(run(&mut client, "flakewise.gitAdd", json!([])), Ok(Value::Null));
}

#[test]
fn a_missing_module_is_created() {
    let files = flake_in_git("./desktop/gnome");
    let (mut client, _) = Client::initialize(&[&files.root()], creating());
    let host = files.uri("host.nix");
    client.diagnostics(&host, |it| codes(it) == ["missing-import"]);
    let found = actions(&mut client, &host);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["title"], "Create desktop/gnome/default.nix (git add it afterwards)");
    let new = files.uri("desktop/gnome/default.nix");
    let text = "{ config, lib, pkgs, ... }:\n\n{\n}\n";
    assert_eq!(
        found[0]["edit"]["documentChanges"],
        json!([
            {"kind": "create", "uri": new, "options": {"overwrite": false, "ignoreIfExists": false}},
            {"textDocument": {"uri": new, "version": null}, "edits": [{"range": range(0, 0, 0, 0), "newText": text}]},
        ])
    );
    // As the client would do it.
    files.write("desktop/gnome/default.nix", text);
    client.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": new, "type": 1}]}));
    client.diagnostics(&host, |it| codes(it) == ["untracked-file"]);
    let found = actions(&mut client, &host);
    assert_eq!(found[0]["command"]["command"], "flakewise.gitAdd", "{found:?}");
}

#[test]
fn files_are_created_only_by_clients_that_can() {
    let files = flake_in_git("./gnome.nix");
    let (mut client, _) = Client::initialize(&[&files.root()], rich());
    let host = files.uri("host.nix");
    client.diagnostics(&host, |it| codes(it) == ["missing-import"]);
    assert_eq!(actions(&mut client, &host), Vec::<Value>::new());
}

/// The titles of actions, and their edits by document and line.
fn offered(client: &mut Client, uri: &str, only: &[&str]) -> Vec<(String, Vec<(String, u64)>)> {
    let mut params = json!({"textDocument": {"uri": uri}, "range": range(0, 0, 0, 99), "context": {"diagnostics": []}});
    if !only.is_empty() {
        params["context"]["only"] = json!(only);
        params["range"] = range(0, 0, 99, 0);
    }
    let actions = client.request("textDocument/codeAction", params);
    let edits = |action: &Value| {
        let documents = action["edit"]["documentChanges"].as_array().cloned().unwrap_or_default();
        let places = documents.iter().flat_map(|document| {
            let name = document["textDocument"]["uri"].as_str().unwrap().rsplit('/').next().unwrap().to_string();
            let edits = document["edits"].as_array().unwrap().clone();
            edits.into_iter().map(move |edit| (name.clone(), edit["range"]["start"]["line"].as_u64().unwrap()))
        });
        places.collect()
    };
    actions.as_array().unwrap().iter().map(|it| (it["title"].as_str().unwrap().to_string(), edits(it))).collect()
}

#[test]
fn all_findings_of_a_rule_are_mended_at_once() {
    let files = Files::new(&[
        ("flake.nix", "{ outputs = { self }: { x = [ ./a.nix ./b.nix ./c.nix ]; }; }\n"),
        ("a.nix", "# flakewise: allow missing-lok\n# flakewise: allow missing-lok\n{ }\n"),
        ("b.nix", "# flakewise: allow missing-lok\n{ }\n"),
        ("c.nix", "# flakewise: allow nothing-like-it\n{ }\n"),
    ]);
    let (mut client, result) = Client::initialize(&[&files.root()], rich());
    assert_eq!(
        result["capabilities"]["codeActionProvider"]["codeActionKinds"],
        json!([
            "quickfix",
            "refactor.extract",
            "refactor.inline",
            "refactor.rewrite",
            "refactor.generate",
            "source.fixAll.flakewise"
        ])
    );
    let a = files.uri("a.nix");
    client.diagnostics(&a, |it| codes(it).len() == 2);
    let place = |name: &str, line| (name.to_string(), line);
    let here = vec![place("a.nix", 0), place("a.nix", 1)];
    let everywhere = vec![place("a.nix", 0), place("a.nix", 1), place("b.nix", 0)];
    let quick = [
        ("Change to missing-lock".to_string(), vec![place("a.nix", 0)]),
        ("Fix all invalid-suppression in this file: 2 changes".to_string(), here.clone()),
        ("Fix all invalid-suppression in this repository: 3 changes".to_string(), everywhere),
    ];
    assert_eq!(offered(&mut client, &a, &[]), quick);
    let all = [("Fix all that flakewise is sure of".to_string(), here)];
    assert_eq!(offered(&mut client, &a, &["source.fixAll"]), all);
    assert_eq!(offered(&mut client, &a, &["source"]), all);
    assert_eq!(offered(&mut client, &a, &["source.fixAll.flakewise"]), all);
    assert_eq!(offered(&mut client, &a, &["source.organizeImports"]), []);
    assert_eq!(offered(&mut client, &a, &["refactor"]), []);
    assert_eq!(offered(&mut client, &files.uri("c.nix"), &["source.fixAll"]), []);
    assert_eq!(client.shutdown(), Some(0));
}
