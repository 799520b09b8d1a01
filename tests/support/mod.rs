//! A client of the language server, as small as tests need it.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Machines that run tests may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server.
pub struct Client {
    process: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// What came while something else was waited for.
    unread: VecDeque<Value>,
    next_id: i64,
    /// Questions of the server that were answered: method and parameters.
    pub asked: Vec<(String, Value)>,
    /// The answer to `workspace/configuration`.
    pub settings: Value,
}

impl Client {
    /// Starts the server without a word to it.
    pub fn start() -> Client {
        Client::spawn(&mut Command::new(env!("CARGO_BIN_EXE_flakewise")))
    }

    /// Starts the server where programs lie in this folder only, and initializes it.
    #[allow(dead_code, reason = "not every test binary needs it")]
    pub fn with_programs(programs: &Path, roots: &[&Path], capabilities: Value) -> Client {
        let mut client = Client::spawn(Command::new(env!("CARGO_BIN_EXE_flakewise")).env("PATH", programs));
        client.introduce(roots, capabilities);
        client
    }

    fn spawn(command: &mut Command) -> Client {
        let mut process = command.arg("--stdio").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = process.stdin.take();
        let output = process.stdout.take().unwrap();
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = read_message(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Client {
            process,
            input,
            messages,
            unread: VecDeque::new(),
            next_id: 0,
            asked: Vec::new(),
            settings: Value::Null,
        }
    }

    /// Starts the server and initializes it; with the result.
    pub fn initialize(roots: &[&Path], capabilities: Value) -> (Client, Value) {
        let mut client = Client::start();
        let result = client.introduce(roots, capabilities);
        (client, result)
    }

    fn introduce(&mut self, roots: &[&Path], capabilities: Value) -> Value {
        let folders: Vec<Value> = roots.iter().map(|root| json!({"uri": uri(root), "name": "root"})).collect();
        let folders = if folders.is_empty() { Value::Null } else { json!(folders) };
        let result = self.request(
            "initialize",
            json!({"processId": null, "rootUri": null, "capabilities": capabilities, "workspaceFolders": folders}),
        );
        self.notify("initialized", json!({}));
        result
    }

    /// Bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.write(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a request, and gives its id.
    pub fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.next_id += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params}));
        self.next_id
    }

    /// The answer to a request: result or error.
    pub fn answer(&mut self, id: i64) -> Result<Value, Value> {
        let answer = self.wait(&format!("the answer to request {id}"), |message| {
            message["id"] == id && message.get("method").is_none()
        });
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["result"].clone()),
        }
    }

    pub fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        self.answer(id).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Waits for a message, and answers what the server asks in the meantime.
    pub fn wait(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        self.wait_until(deadline, wanted).unwrap_or_else(|| panic!("{what} did not come"))
    }

    fn wait_until(&mut self, deadline: Instant, wanted: impl Fn(&Value) -> bool) -> Option<Value> {
        if let Some(at) = self.unread.iter().position(&wanted) {
            return self.unread.remove(at);
        }
        loop {
            match self.messages.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(message) => {
                    if message.get("method").is_some() && message.get("id").is_some() {
                        self.reply(&message);
                    }
                    if wanted(&message) {
                        return Some(message);
                    }
                    self.unread.push_back(message);
                }
                Err(RecvTimeoutError::Timeout) => return None,
                Err(RecvTimeoutError::Disconnected) => panic!("the server is gone"),
            }
        }
    }

    fn reply(&mut self, message: &Value) {
        let method = message["method"].as_str().unwrap().to_string();
        let result = match method.as_str() {
            "workspace/configuration" => json!([self.settings]),
            _ => Value::Null,
        };
        self.asked.push((method, message["params"].clone()));
        self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": result}));
    }

    /// The next diagnostics of a document for which `wanted` holds; older ones are passed over.
    pub fn diagnostics(&mut self, uri: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let message = self.wait(&format!("diagnostics of {uri}"), |message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri
                && wanted(&message["params"])
        });
        message["params"].clone()
    }

    /// Everything that comes within a time.
    pub fn drain(&mut self, time: Duration) -> Vec<Value> {
        let deadline = Instant::now() + time;
        let _ = self.wait_until(deadline, |_| false);
        self.unread.drain(..).collect()
    }

    pub fn open(&mut self, uri: &str, text: &str) {
        let document = json!({"uri": uri, "languageId": "nix", "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
    }

    pub fn change(&mut self, uri: &str, version: i32, changes: Value) {
        let document = json!({"uri": uri, "version": version});
        self.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}));
    }

    pub fn close(&mut self, uri: &str) {
        self.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    }

    /// The text that the server has.
    pub fn text(&mut self, uri: &str) -> Option<String> {
        self.request("flakewise/text", json!({"uri": uri}))["text"].as_str().map(str::to_string)
    }

    /// Says goodbye as the protocol wants it, and gives the exit code.
    pub fn shutdown(mut self) -> Option<i32> {
        let answer = self.request("shutdown", Value::Null);
        assert_eq!(answer, Value::Null);
        self.notify("exit", Value::Null);
        self.exit_code()
    }

    /// Closes the server's input.
    pub fn hang_up(&mut self) {
        self.input = None;
    }

    /// Waits for the end of the process.
    pub fn exit_code(&mut self) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the server does not end");
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn read_message(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.parse().ok()?;
        }
    }
    let mut bytes = vec![0; length];
    output.read_exact(&mut bytes).ok()?;
    let message = serde_json::from_slice(&bytes);
    Some(message.unwrap_or_else(|error| panic!("{error} in {}", String::from_utf8_lossy(&bytes))))
}

/// The URI of a path.
pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// Files in a folder of their own.
pub struct Files {
    dir: tempfile::TempDir,
}

impl Files {
    pub fn new(files: &[(&str, &str)]) -> Files {
        let made = Files { dir: tempfile::tempdir().unwrap() };
        for (path, text) in files {
            made.write(path, text);
        }
        made
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn root(&self) -> PathBuf {
        std::fs::canonicalize(self.dir.path()).unwrap()
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub fn uri(&self, path: &str) -> String {
        uri(&self.path(path))
    }
}
