//! The real Nix: many expressions in one process.
//!
//! `nix-instantiate` ends at the first error, and a failing expression cannot
//! be told from outside which one it was. `nix repl` goes on after errors, so
//! it is fed one line per expression and a mark after each.

use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::answer::{Answer, ENDED};

/// A Nix to ask.
pub struct Nix {
    pub command: PathBuf,
}

/// The `nix` beside the command that `FLAKEWISE_NIX` names; loudly nothing where there is none.
pub fn nix() -> Option<Nix> {
    let Some(instantiate) = std::env::var_os("FLAKEWISE_NIX").map(PathBuf::from) else {
        println!("SKIPPED: FLAKEWISE_NIX does not name a nix-instantiate, NOTHING WAS COMPARED");
        return None;
    };
    let command = instantiate.with_file_name("nix");
    assert!(
        command.exists(),
        "FLAKEWISE_NIX names {}, but {} does not exist",
        instantiate.display(),
        command.display()
    );
    Some(Nix { command })
}

/// How long a session may take. There are regular expressions that Nix does not get done with.
const PATIENCE: Duration = Duration::from_secs(120);

pub const FEATURES: &str = "nix-command flakes pipe-operators";

impl Nix {
    /// The answers to files with one expression each; `apply` is what is called on their values, as `builtins.toJSON`.
    ///
    /// Only what lies below `visible` can be read, so that no program makes Nix copy the whole disk into a store.
    pub fn ask(&self, files: &[PathBuf], apply: &str, visible: &[&Path]) -> Vec<Answer> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let share = files.len().div_ceil(threads).clamp(1, 1000);
        let chunks: Vec<&[PathBuf]> = files.chunks(share).collect();
        let mut answers = Vec::with_capacity(files.len());
        for some in chunks.chunks(threads) {
            answers.extend(std::thread::scope(|scope| {
                let asked: Vec<_> =
                    some.iter().map(|chunk| scope.spawn(|| self.ask_chunk(chunk, apply, visible))).collect();
                asked.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect::<Vec<_>>()
            }));
        }
        answers
    }

    fn ask_chunk(&self, files: &[PathBuf], apply: &str, visible: &[&Path]) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(files.len());
        while answers.len() < files.len() {
            let rest = &files[answers.len()..];
            let found = self.session(rest, apply, visible);
            let crashed = found.len() < rest.len();
            answers.extend(found);
            if crashed {
                answers.push(Answer::Failure(ENDED.to_string()));
            }
        }
        answers
    }

    /// One process. Fewer answers than files where it crashed.
    fn session(&self, files: &[PathBuf], apply: &str, visible: &[&Path]) -> Vec<Answer> {
        use std::fmt::Write;
        let mut lines = String::new();
        for (index, file) in files.iter().enumerate() {
            writeln!(lines, "{apply} (import {})\n\"{}{index}\"", file.display(), mark()).expect("a string");
        }
        let mut input = tempfile::tempfile().expect("a temporary file");
        std::io::Write::write_all(&mut input, lines.as_bytes()).expect("a temporary file can be written");
        input.rewind().expect("a file");
        // One file for both, so that errors stand where they happened.
        let output = tempfile::NamedTempFile::new().expect("a temporary file");
        let appended = || std::fs::OpenOptions::new().append(true).open(output.path()).expect("a temporary file");
        let mut process = Command::new(&self.command)
            .args(["repl", "--store", "dummy://?read-only=false", "--extra-experimental-features", FEATURES])
            .args(["--option", "restrict-eval", "true"])
            .args(
                visible
                    .iter()
                    .enumerate()
                    .flat_map(|(at, path)| ["-I".to_string(), format!("v{at}={}", path.display())]),
            )
            .env("NIX_PATH", "")
            .stdin(Stdio::from(input))
            .stdout(Stdio::from(appended()))
            .stderr(Stdio::from(appended()))
            .spawn()
            .expect("the nix beside FLAKEWISE_NIX runs");
        let started = Instant::now();
        while process.try_wait().expect("a process can be waited for").is_none() {
            if started.elapsed() > PATIENCE {
                process.kill().expect("a process can be ended");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut bytes = Vec::new();
        std::fs::File::open(output.path()).and_then(|mut file| file.read_to_end(&mut bytes)).expect("output");
        let text = without_colours(&String::from_utf8_lossy(&bytes));
        let mut rest = text.as_str();
        let mut answers = Vec::with_capacity(files.len());
        for index in 0..files.len() {
            // The mark as an answer, at the start of a line; the echo of the question has the prompt before it.
            let Some((segment, after)) = rest.split_once(&format!("\n\"{}{index}\"", mark())) else { break };
            answers.push(answer(segment));
            rest = after;
        }
        answers
    }
}

fn mark() -> &'static str {
    "flakewise oracle "
}

/// What lies between two marks: the value as the repl prints a string, or an error.
fn answer(segment: &str) -> Answer {
    if let Some((_, error)) = segment.split_once("\nerror:") {
        return Answer::Failure(super::failure(error));
    }
    match segment.lines().rfind(|line| line.starts_with('"')) {
        Some(literal) => Answer::Json(unquote(literal)),
        None => Answer::Failure(format!("no answer in {segment:?}")),
    }
}

/// The text of a string as Nix prints it.
fn unquote(literal: &str) -> String {
    let inner = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(literal);
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(match chars.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some(other) => other,
                None => '\\',
            }),
            c => out.push(c),
        }
    }
    out
}

fn without_colours(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        out.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out
}

/// A folder of its own for the files that are evaluated, the same for both evaluators.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Folder {
        Folder(tempfile::Builder::new().prefix("oracle").tempdir().expect("a temporary folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("a temporary folder");
        }
        std::fs::write(&path, text).expect("a temporary file can be written");
        path
    }
}
