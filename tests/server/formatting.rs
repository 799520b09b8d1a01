//! Formatting by the program that is set, and what is done while somebody types.

use serde_json::{Value, json};

use super::support::{Client, Files};
use super::{at, range};

const TEXT: &str = "{\n  a=1;\n  b = 2;\n  c=3;\n}\n";

fn capabilities() -> Value {
    json!({"textDocument": {"formatting": {}, "rangeFormatting": {}, "onTypeFormatting": {}, "linkedEditingRange": {}}})
}

fn formatting(uri: &str) -> Value {
    json!({"textDocument": {"uri": uri}, "options": {"tabSize": 2, "insertSpaces": true}})
}

/// A folder of programs with a formatter that puts spaces around equals signs.
#[cfg(unix)]
fn programs(files: &Files) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let script = "#!/bin/sh\n[ \"$1\" = - ] || exit 3\nwhile IFS= read -r line; do case $line in *bad*) echo no such word >&2; exit 1;; esac; case $line in *' = '*) ;; *=*) line=\"${line%%=*} = ${line#*=}\";; esac; printf '%s\\n' \"$line\"; done\n";
    files.write("bin/nixfmt", script);
    let path = files.path("bin/nixfmt");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    files.path("bin")
}

#[cfg(unix)]
#[test]
fn by_the_program_that_is_set() {
    let files = Files::new(&[
        ("flake.nix", "{ outputs = { self }: { }; }\n"),
        ("flakewise.toml", "formatter = \"nixfmt\"\n"),
        ("x.nix", TEXT),
    ]);
    let programs = programs(&files);
    let mut client = Client::with_programs(&programs, &[&files.root()], capabilities());
    let uri = files.uri("x.nix");
    client.open(&uri, TEXT);
    client.diagnostics(&uri, |_| true);
    let edits = client.request("textDocument/formatting", formatting(&uri));
    let expected = json!([
        {"range": range(1, 0, 2, 0), "newText": "  a = 1;\n"},
        {"range": range(3, 0, 4, 0), "newText": "  c = 3;\n"},
    ]);
    assert_eq!(edits, expected);
    let mut of_range = formatting(&uri);
    of_range["range"] = range(3, 0, 3, 2);
    let edits = client.request("textDocument/rangeFormatting", of_range);
    assert_eq!(edits, json!([{"range": range(3, 0, 4, 0), "newText": "  c = 3;\n"}]));
    client.change(&uri, 2, json!([{"text": "{ bad = 1; }\n"}]));
    let id = client.ask("textDocument/formatting", formatting(&uri));
    assert_eq!(client.answer(id).unwrap_err()["message"], "nixfmt failed: no such word");
}

#[test]
fn no_program_is_started_that_nobody_set() {
    let files = Files::new(&[("flake.nix", "{ outputs = { self }: { }; }\n"), ("x.nix", TEXT)]);
    let (mut client, result) = Client::initialize(&[&files.root()], capabilities());
    assert_eq!(result["capabilities"]["documentFormattingProvider"], true);
    let uri = files.uri("x.nix");
    client.open(&uri, TEXT);
    assert_eq!(client.request("textDocument/formatting", formatting(&uri)), Value::Null);
    // What the server can do by itself.
    let text = "let\n  x = 1;\nin\n{\na = x;\n}\n";
    client.change(&uri, 2, json!([{"text": text}]));
    let linked = client.request("textDocument/linkedEditingRange", at(&uri, 1, 2));
    assert_eq!(linked["ranges"], json!([range(1, 2, 1, 3), range(4, 4, 4, 5)]));
    let mut typed = at(&uri, 4, 0);
    typed["ch"] = json!("\n");
    typed["options"] = json!({"tabSize": 4, "insertSpaces": true});
    let edits = client.request("textDocument/onTypeFormatting", typed);
    assert_eq!(edits, json!([{"range": range(4, 0, 4, 0), "newText": "    "}]));
}
