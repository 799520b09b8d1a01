//! Random edits and questions in a random order, over the files of a real repository. After each of them the server's text is
//! the client's, and the only errors are those that say that a question came to nothing (LSP, "ErrorCodes").
//!
//! `FLAKEWISE_RANDOM_STEPS` says how many (for example 100000; by default a few hundred), `FLAKEWISE_RANDOM_REPOS`
//! names the folders to do them in, separated by `:` (by default fixtures), and `FLAKEWISE_RANDOM_SEED` a number to
//! start from. Nothing is written to these folders. A release build is worth its time for large numbers.
#![cfg(unix)]

// What other tests ask of a client is not asked here.
#[allow(dead_code)]
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Client, uri};

/// Larger files would make the comparison of texts the whole work.
const MAX_FILE: u64 = 60_000;

/// Open documents at a time.
const MAX_OPEN: usize = 12;

/// Edits of a document before it gets the text of its file again.
const MAX_EDITS: usize = 40;

/// What is typed.
const WORDS: &[&str] = &[
    "a",
    " ",
    "\n",
    "\r\n",
    "\t",
    ".",
    ";",
    " = ",
    "\"",
    "''",
    "${",
    "}",
    "{",
    "[",
    "]",
    "(",
    ")",
    "ä",
    "😀",
    "\u{2028}",
    "config.",
    "inputs.",
    "lib.mkIf ",
    "true",
    "./default.nix",
    "with lib; ",
    "let x = 1; in ",
    "# flakewise: allow all",
    "/*",
    "*/",
    "services.nginx.enable = true;\n",
    "imports = [ ./. ];\n",
    "options.a.b = lib.mkOption { };\n",
    "inherit ",
    "rec ",
    "or",
    "@",
    ":",
    "?",
    "//",
    "-",
    "<nixpkgs>",
    "\\",
    "$",
    "\0",
];

const QUESTIONS: &[&str] = &[
    "textDocument/hover",
    "textDocument/completion",
    "textDocument/definition",
    "textDocument/declaration",
    "textDocument/implementation",
    "textDocument/references",
    "textDocument/documentHighlight",
    "textDocument/prepareRename",
    "textDocument/rename",
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/selectionRange",
    "textDocument/documentLink",
    "textDocument/codeLens",
    "textDocument/inlayHint",
    "textDocument/semanticTokens/full",
    "textDocument/semanticTokens/full/delta",
    "textDocument/semanticTokens/range",
    "textDocument/signatureHelp",
    "textDocument/prepareCallHierarchy",
    "textDocument/diagnostic",
    "textDocument/codeAction",
    "workspace/diagnostic",
    "workspace/symbol",
    "workspace/willRenameFiles",
];

/// Questions about what other answers gave, by the question that they follow.
const FURTHER: &[(&str, &str)] = &[
    ("textDocument/completion", "completionItem/resolve"),
    ("textDocument/codeAction", "codeAction/resolve"),
    ("textDocument/codeLens", "codeLens/resolve"),
    ("textDocument/prepareCallHierarchy", "callHierarchy/incomingCalls"),
    ("textDocument/prepareCallHierarchy", "callHierarchy/outgoingCalls"),
];

/// Numbers without end (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % bound.max(1)
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

struct Document {
    uri: String,
    text: String,
    version: i32,
    edits: usize,
}

struct Session {
    client: Client,
    random: Random,
    encoding: &'static str,
    files: Vec<PathBuf>,
    open: Vec<(usize, Document)>,
    /// Questions without an answer yet.
    asked: BTreeMap<i64, &'static str>,
    /// The last answer to a question that others follow.
    given: BTreeMap<&'static str, Value>,
    answers: BTreeMap<&'static str, usize>,
    refused: usize,
}

fn all_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let Ok(kind) = entry.file_type() else { continue };
        let path = entry.path();
        if kind.is_dir() && entry.file_name() != ".git" {
            all_files(&path, found);
        } else if path.extension().is_some_and(|it| it == "nix")
            && entry.metadata().is_ok_and(|it| it.len() < MAX_FILE)
            && std::fs::read_to_string(&path).is_ok()
        {
            found.push(path);
        }
    }
}

/// The length of a stretch of one line as the client counts.
fn units(text: &str, encoding: &str) -> usize {
    match encoding {
        "utf-8" => text.len(),
        "utf-16" => text.encode_utf16().count(),
        _ => text.chars().count(),
    }
}

/// Where an offset is. Lines end with `\n`, `\r\n` or `\r`.
fn position(text: &str, at: usize, encoding: &str) -> Value {
    let before = &text[..at];
    let mut lines = 0;
    let mut start = 0;
    for (offset, c) in before.char_indices() {
        let pair = c == '\r' && text[offset + 1..].starts_with('\n');
        if c == '\n' || (c == '\r' && !pair) {
            lines += 1;
            start = offset + 1;
        }
    }
    json!({"line": lines, "character": units(&before[start..], encoding)})
}

/// An offset between two characters, not within the end of a line.
fn boundary(random: &mut Random, text: &str) -> usize {
    let mut at = random.below(text.len() + 1);
    while !text.is_char_boundary(at) || (at > 0 && text[..at].ends_with('\r') && text[at..].starts_with('\n')) {
        at -= 1;
    }
    at
}

fn capabilities(encoding: &str) -> Value {
    json!({
        "general": {"positionEncodings": [encoding]},
        "workspace": {"workspaceEdit": {"documentChanges": true, "resourceOperations": ["create"]}},
        "textDocument": {
            "publishDiagnostics": {"relatedInformation": true, "tagSupport": {"valueSet": [1, 2]}},
            "diagnostic": {},
            "completion": {"completionItem": {"snippetSupport": true, "resolveSupport": {"properties": ["documentation"]}}},
            "hover": {"contentFormat": ["markdown"]},
            "definition": {"linkSupport": true},
            "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
            "codeAction": {
                "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}},
                "dataSupport": true, "resolveSupport": {"properties": ["edit"]},
            },
            "rename": {"prepareSupport": true}, "codeLens": {}, "inlayHint": {}, "foldingRange": {}, "selectionRange": {},
            "documentLink": {}, "signatureHelp": {}, "callHierarchy": {},
            "semanticTokens": {
                "requests": {"range": true, "full": {"delta": true}}, "tokenTypes": [], "tokenModifiers": [], "formats": []
            },
        },
    })
}

impl Session {
    fn start(root: &Path, seed: u64) -> Session {
        let root = root.canonicalize().expect("a folder");
        let mut files = Vec::new();
        all_files(&root, &mut files);
        assert!(!files.is_empty(), "{} has no Nix files", root.display());
        let mut random = Random(seed | 1);
        let encoding = *random.one(&["utf-8", "utf-16", "utf-32"]);
        let (client, result) = Client::initialize(&[&root], capabilities(encoding));
        assert_eq!(result["capabilities"]["positionEncoding"], encoding);
        Session {
            client,
            random,
            encoding,
            files,
            open: Vec::new(),
            asked: BTreeMap::new(),
            given: BTreeMap::new(),
            answers: BTreeMap::new(),
            refused: 0,
        }
    }

    fn step(&mut self) {
        match self.random.below(100) {
            _ if self.open.is_empty() => self.open(),
            0..3 if self.open.len() < MAX_OPEN => self.open(),
            3..5 => self.close(),
            5..60 => self.edit(),
            60..97 => self.ask(),
            _ => {
                if let Some(id) = self.asked.keys().next_back() {
                    let id = *id;
                    self.client.notify("$/cancelRequest", json!({"id": id}));
                }
            }
        }
    }

    fn open(&mut self) {
        let file = self.random.below(self.files.len());
        if self.open.iter().any(|(other, _)| *other == file) {
            return;
        }
        let text = std::fs::read_to_string(&self.files[file]).expect("a text");
        let document = Document { uri: uri(&self.files[file]), text, version: 1, edits: 0 };
        self.client.open(&document.uri, &document.text);
        self.open.push((file, document));
    }

    fn close(&mut self) {
        let at = self.random.below(self.open.len());
        let (_, document) = self.open.swap_remove(at);
        self.client.close(&document.uri);
    }

    fn edit(&mut self) {
        let at = self.random.below(self.open.len());
        let (file, document) = &mut self.open[at];
        document.version += 1;
        document.edits += 1;
        let mut changes = Vec::new();
        if document.edits > MAX_EDITS {
            document.text = std::fs::read_to_string(&self.files[*file]).expect("a text");
            document.edits = 0;
            changes.push(json!({"text": document.text}));
        } else {
            // Mostly one change, sometimes more than are applied one by one.
            let count = if self.random.below(20) == 0 { 1 + self.random.below(12) } else { 1 };
            for _ in 0..count {
                let text = &mut document.text;
                let start = boundary(&mut self.random, text);
                let length = if self.random.below(3) == 0 { self.random.below(60) } else { 0 };
                let mut end = (start + length).min(text.len());
                while !text.is_char_boundary(end) || (text[..end].ends_with('\r') && text[end..].starts_with('\n')) {
                    end += 1;
                }
                let insert = match self.random.below(12) {
                    0 => {
                        let (from, to) = (boundary(&mut self.random, text), boundary(&mut self.random, text));
                        text[from.min(to)..from.max(to)].chars().take(300).collect()
                    }
                    1..3 if length > 0 => String::new(),
                    _ => self.random.one(WORDS).to_string(),
                };
                let range = json!({
                    "start": position(text, start, self.encoding), "end": position(text, end, self.encoding)
                });
                changes.push(json!({"range": range, "text": insert}));
                text.replace_range(start..end, &insert);
            }
        }
        self.client.change(&document.uri, document.version, Value::Array(changes));
    }

    fn ask(&mut self) {
        let at = self.random.below(self.open.len());
        let document = &self.open[at].1;
        let offset = boundary(&mut self.random, &document.text);
        let place = position(&document.text, offset, self.encoding);
        let other = boundary(&mut self.random, &document.text);
        let (first, last) = (offset.min(other), offset.max(other));
        let range = json!({
            "start": position(&document.text, first, self.encoding), "end": position(&document.text, last, self.encoding)
        });
        let further: Vec<(&str, Value)> = FURTHER
            .iter()
            .filter_map(|(after, method)| {
                let answer = self.given.get(after)?;
                let all = answer.get("items").unwrap_or(answer).as_array()?;
                let one = all.get(offset % all.len().max(1))?.clone();
                Some((*method, if after.ends_with("CallHierarchy") { json!({"item": one}) } else { one }))
            })
            .collect();
        if !further.is_empty() && self.random.below(8) == 0 {
            let (method, params) = further[self.random.below(further.len())].clone();
            let id = self.client.ask(method, params);
            self.asked.insert(id, method);
            return;
        }
        let method = *self.random.one(QUESTIONS);
        let of_document = json!({"uri": document.uri});
        let mut params = json!({
            "textDocument": of_document, "position": place, "positions": [place], "range": range, "query": "a",
            "context": {"includeDeclaration": true, "diagnostics": [], "triggerKind": 1, "isRetrigger": false},
             "newName": "renamed", "previousResultId": "x",
        });
        match method {
            "workspace/diagnostic" => params = json!({"previousResultIds": []}),
            "workspace/willRenameFiles" => {
                params = json!({"files": [{"oldUri": document.uri, "newUri": format!("{}.moved.nix", document.uri)}]});
            }
            _ => {}
        }
        let id = self.client.ask(method, params);
        self.asked.insert(id, method);
    }

    /// Takes what came in the meantime.
    fn listen(&mut self, time: Duration) {
        for message in self.client.drain(time) {
            let Some(id) = message["id"].as_i64().filter(|_| message.get("method").is_none()) else { continue };
            let Some(method) = self.asked.remove(&id) else { continue };
            *self.answers.entry(method).or_default() += 1;
            match message.get("error") {
                None if FURTHER.iter().any(|(after, _)| *after == method) => {
                    self.given.insert(method, message["result"].clone());
                }
                None => {}
                Some(error) => {
                    let code = error["code"].as_i64();
                    // Cancelled by the client, by the server, or by an edit; and a renaming may be refused with the reason,
                    // or an action that would not keep what it promises.
                    let is_cancelled = matches!(code, Some(-32802..=-32800));
                    let may_be = method.to_lowercase().ends_with("rename") || method == "codeAction/resolve";
                    let is_refused = code == Some(-32803) && may_be;
                    assert!(is_cancelled || is_refused, "{method}: {error}");
                    self.refused += usize::from(is_refused);
                }
            }
        }
    }

    /// The server's texts are the client's.
    fn compare(&mut self, all: bool) {
        if self.open.is_empty() {
            return;
        }
        let last = self.random.below(self.open.len());
        for at in 0..self.open.len() {
            if all || at == last {
                let document = &self.open[at].1;
                let text = self.client.text(&document.uri);
                assert_eq!(text.as_deref(), Some(document.text.as_str()), "{} {}", document.uri, document.version);
            }
        }
    }
}

fn run(root: &Path, steps: usize, seed: u64) {
    println!("{}: {steps} steps, seed {seed}", root.display());
    let started = Instant::now();
    let mut session = Session::start(root, seed);
    for step in 0..steps {
        session.step();
        // The one that was edited last is compared with those before it in turn; all of them once in a while.
        session.compare(step % 200 == 0);
        session.listen(Duration::ZERO);
        if step % 5000 == 4999 {
            println!("{} steps in {:?}", step + 1, started.elapsed());
        }
    }
    session.compare(true);
    let deadline = Instant::now() + Duration::from_secs(60);
    while !session.asked.is_empty() {
        assert!(Instant::now() < deadline, "without an answer: {:?}", session.asked);
        session.listen(Duration::from_millis(20));
    }
    println!(
        "{:?} in all, {} renamings and actions refused, answers: {:?}",
        started.elapsed(),
        session.refused,
        session.answers
    );
    assert_eq!(session.client.shutdown(), Some(0));
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn edits_and_questions_in_any_order() {
    let steps =
        number("FLAKEWISE_RANDOM_STEPS").map_or(400, |steps| usize::try_from(steps).expect("a number of steps"));
    let seed = number("FLAKEWISE_RANDOM_SEED").unwrap_or(20_250_117);
    let repos: Vec<PathBuf> = match std::env::var_os("FLAKEWISE_RANDOM_REPOS") {
        Some(repos) => std::env::split_paths(&repos).collect(),
        None => {
            let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
            ["homelab", "portable"].map(|name| fixtures.join(name)).into()
        }
    };
    for (at, repo) in repos.iter().enumerate() {
        run(repo, steps / repos.len(), seed.wrapping_add(at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    }
}
