//! What can be written in another way, as a client asks for it.

use serde_json::{Value, json};

use super::support::{Client, Files};
use super::{creating, range};

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
