//! While a module is being typed it does not parse. Whoever sets its options sees nothing of that.

use flakewise::syntax::Parse;
use serde_json::{Value, json};

use super::support::{Client, Files};

const FLAKE: &str = r#"{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./a.nix ./b.nix ./c.nix ]; };
  };
}
"#;

/// Declares options.
const A: &str = r#"{ config, lib, ... }:
{
  options.custom.web = {
    enable = lib.mkEnableOption "a web server";
    port = lib.mkOption {
      type = lib.types.nullOr (lib.types.port);
      default = 80;
      description = "the door";
    };
    names = lib.mkOption { type = lib.types.listOf lib.types.str; };
  };

  config = lib.mkIf config.custom.web.enable {
    networking.names = config.custom.web.names;
    networking.firewall.allowedTCPPorts = [ config.custom.web.port ];
  };
}
"#;

/// Sets them, and one that nobody declares.
const B: &str = r#"{ config, ... }:
{
  custom.web.port = 8080;
  custom.web.prot = 1;
  custom.web.names = [ ];
  custom.web.enable = config.custom.web.port > 1;
}
"#;

/// What `a.nix` is changed to, one after the other: what stands there, and what comes instead.
const BREAKS: &[(&str, &str)] = &[
    ("default = 80;", "default = 80"),
    ("description = \"the door\";", "description = \"the door"),
    ("(lib.types.port)", "(lib.types.port"),
    ("  };\n\n  config", "\n  config"),
    ("mkOption {\n      type = lib.types.nullOr (", "mkOption \n      type = lib.types.nullOr ("),
    // This one parses: the name goes on in the next line.
    ("  config = lib", "  custom.\n  config = lib"),
    ("custom.web.port ];\n", "custom.web.port ];\n    custom.\n"),
    ("enable {\n", "enable {\n    custom.web.po\n"),
    ("{ config, lib, ... }:\n{", "{ config, lib, ... }:\n{ ''"),
    ("{ config, lib, ... }:", "{ config, lib, ..."),
    ("allowedTCPPorts = [", "allowedTCPPorts = "),
    (A, "{"),
];

fn position(text: &str, at: usize) -> Value {
    let before = &text[..at];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    json!({"line": before.matches('\n').count(), "character": before.len() - start})
}

struct Session {
    client: Client,
    a: String,
    b: String,
    c: String,
    version: i32,
}

impl Session {
    fn start(files: &Files) -> Session {
        let (client, _) = Client::initialize(&[&files.root()], json!({}));
        let (a, b, c) = (files.uri("a.nix"), files.uri("b.nix"), files.uri("c.nix"));
        let mut session = Session { client, a, b, c, version: 1 };
        session.client.open(&session.a, A);
        session.client.open(&session.b, B);
        session.client.open(&session.c, "{ }\n");
        session
    }

    /// Waits until the repository was analysed with everything that was sent:
    /// only then it is known that nobody declares what `c.nix` sets.
    fn settle(&mut self) {
        self.version += 1;
        let (c, name) = (self.c.clone(), format!("mark{}x", self.version));
        self.client.change(&c, self.version, json!([{"text": format!("{{ custom.{name} = 1; }}\n")}]));
        self.client.diagnostics(&c, |it| it["diagnostics"].to_string().contains(&name));
    }

    fn edit_a(&mut self, text: &str, at: usize, length: usize, to: &str) {
        self.version += 1;
        let range = json!({"start": position(text, at), "end": position(text, at + length)});
        let (a, version) = (self.a.clone(), self.version);
        self.client.change(&a, version, json!([{"range": range, "text": to}]));
    }

    fn ask_b(&mut self, method: &str, at: &str) -> Value {
        let offset = B.find(at).unwrap() + at.len();
        self.client.request(method, json!({"textDocument": {"uri": self.b}, "position": position(B, offset)}))
    }

    /// What is known in `b.nix`: hover, names to complete, and where `port` is declared.
    fn answers(&mut self) -> (Value, Vec<String>, Value) {
        let mut hover = self.ask_b("textDocument/hover", "custom.web.po")["contents"]["value"].clone();
        // The line moves with the text.
        if let Some((before, after)) = hover.as_str().and_then(|text| text.split_once("Declared in")) {
            hover = json!([before, after.split_once('\n').map(|(_, rest)| rest)]);
        }
        let completion = self.ask_b("textDocument/completion", "config.custom.web.");
        let items = completion["items"].as_array().or(completion.as_array()).unwrap();
        let labels = items.iter().map(|item| item["label"].as_str().unwrap().to_string()).collect();
        let definition = self.ask_b("textDocument/definition", "custom.web.po");
        (hover, labels, definition)
    }
}

fn codes(diagnostics: &Value) -> Vec<&str> {
    diagnostics["diagnostics"].as_array().unwrap().iter().filter_map(|it| it["code"].as_str()).collect()
}

#[test]
fn who_sets_options_sees_nothing_of_a_module_being_typed() {
    let files = Files::new(&[("flake.nix", FLAKE), ("a.nix", A), ("b.nix", B), ("c.nix", "{ }\n")]);
    let mut session = Session::start(&files);
    let (a, b) = (session.a.clone(), session.b.clone());
    let found = session.client.diagnostics(&b, |it| it["diagnostics"] != json!([]));
    assert_eq!(codes(&found), ["undeclared-option"], "{found}");
    session.settle();
    let start = session.answers();
    assert!(start.0.to_string().contains("the door"), "{start:?}");
    assert_eq!(start.1, ["enable", "names", "port"]);
    session.client.drain(std::time::Duration::ZERO);

    for (whole, broken) in BREAKS {
        let at = A.find(whole).unwrap();
        session.edit_a(A, at, whole.len(), broken);
        let version = session.version;
        let told = session.client.diagnostics(&a, |it| it["version"] == version);
        let parses = Parse::new(&A.replacen(whole, broken, 1)).errors().is_empty();
        assert_eq!(codes(&told).is_empty(), parses, "{broken:?}: {told}");
        assert!(codes(&told).iter().all(|code| *code == "syntax-error"), "{broken:?}: {told}");
        // More than one analysis sees it so, and more letters are typed.
        session.settle();
        let text = A.replacen(whole, broken, 1);
        session.edit_a(&text, 0, 0, "# a comment\n");
        session.settle();
        let text = format!("# a comment\n{text}");
        let now = session.answers();
        assert_eq!((&now.0, &now.1), (&start.0, &start.1), "{broken:?}");
        if let Some(port) = text.find("port = lib") {
            let place = now.2.as_array().map_or(&now.2, |all| &all[0]);
            assert_eq!(place["uri"], a.as_str(), "{broken:?}: {place}");
            assert_eq!(place["range"]["start"], position(&text, port), "{broken:?}: {place}");
        }
        session.edit_a(&text, 0, "# a comment\n".len(), "");
        session.edit_a(&A.replacen(whole, broken, 1), at, broken.len(), whole);
        session.settle();
        assert_eq!(session.client.text(&a).as_deref(), Some(A));
        assert_eq!(session.answers(), start, "{broken:?}, repaired");
        let messages = session.client.drain(std::time::Duration::from_millis(100));
        let told = |uri: &str| {
            let of = |it: &&Value| it["method"] == "textDocument/publishDiagnostics" && it["params"]["uri"] == uri;
            messages.iter().filter(of).map(|it| it["params"].clone()).collect::<Vec<Value>>()
        };
        assert_eq!(told(&b), [] as [Value; 0], "{broken:?}");
        let last = told(&a).last().cloned().expect("the repair is told");
        assert_eq!(last["diagnostics"], json!([]), "{broken:?}");
    }
}

#[test]
fn what_was_found_in_a_module_moves_with_its_text() {
    let faulty = A.replace("networking.firewall", "custom.web.nobody = 1;\n    networking.firewall");
    let files = Files::new(&[("flake.nix", FLAKE), ("a.nix", &faulty), ("b.nix", "{ }\n"), ("c.nix", "{ }\n")]);
    let mut session = Session::start(&files);
    let a = session.a.clone();
    session.client.change(&a, 2, json!([{"text": faulty}]));
    let place = |text: &str| position(text, text.find("nobody").unwrap());
    let undeclared = |it: &Value, at: &Value| {
        let all = it["diagnostics"].as_array().unwrap();
        all.iter().any(|it| it["code"] == "undeclared-option" && it["range"]["start"] == *at)
    };
    session.client.diagnostics(&a, |it| undeclared(it, &place(&faulty)));
    session.settle();
    // Broken after it, then edited before it, with an analysis in between.
    let at = faulty.rfind("  };").unwrap();
    session.edit_a(&faulty, at, 4, "");
    session.settle();
    let text = format!("{}{}", &faulty[..at], &faulty[at + 4..]);
    session.edit_a(&text, 0, 0, "\n\n");
    session.settle();
    let (text, version) = (format!("\n\n{text}"), session.version - 1);
    let told = session.client.diagnostics(&a, |it| it["version"] == version);
    assert!(undeclared(&told, &place(&text)), "{told}");
    assert!(codes(&told).contains(&"syntax-error"), "{told}");
}

#[test]
fn what_is_allowed_does_not_flicker() {
    let files = Files::new(&[
        ("flake.nix", "{ outputs = { self }: { x = import ./a.nix; }; }\n"),
        ("flakewise.toml", "exclude = [ \"old/**\" ]\n[rules]\nduplicate-attribute = \"hint\"\n"),
        ("a.nix", "1\n"),
        ("old/b.nix", "1\n"),
        ("c.nix", "1\n"),
    ]);
    let (mut client, _) = Client::initialize(&[&files.root()], json!({}));
    client.request("workspace/symbol", json!({"query": ""}));
    let mut version = 1;
    for (file, texts, expected) in [
        (
            "a.nix",
            [
                "{ a = 1; a = 2; b = c; } # flakewise: allow undefined-name",
                "{ a = 1; a = 3; b = c; } # flakewise: allow undefined-name",
            ],
            json!([["duplicate-attribute", 4]]),
        ),
        ("old/b.nix", ["x", "{ x = y; }"], json!([])),
        // Nothing names it.
        ("c.nix", ["x", "{ x = y; }"], json!([["undefined-name", 4]])),
    ] {
        let uri = files.uri(file);
        client.open(&uri, "1\n");
        for text in texts {
            version += 1;
            client.change(&uri, version, json!([{"text": text}]));
            client.diagnostics(&uri, |it| it["version"] == version && short(it) == expected);
            // Neither before nor after it anything else was said of this text.
            let messages = client.drain(std::time::Duration::from_millis(300));
            let of = |it: &&Value| it["params"]["uri"] == uri.as_str() && it["params"]["version"] == version;
            for told in messages.iter().filter(of) {
                assert_eq!(short(&told["params"]), expected, "{file}: {told}");
            }
        }
    }
}

/// Code and severity of all diagnostics.
fn short(told: &Value) -> Value {
    told["diagnostics"].as_array().unwrap().iter().map(|it| json!([it["code"], it["severity"]])).collect()
}
