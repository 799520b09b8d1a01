//! Programs with their expected values beside them: `tests/eval/**/*.nix`.
//!
//! A case is an expression, over one or several lines, and the comment `# => …`
//! after it that says its value. A program may begin with definitions that
//! all of its cases see, up to a line `# ---`. `lib` is in scope everywhere,
//! and `unknown` is a value that nobody knows.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flakewise::db::{Change, Loader, Snapshot};
use flakewise::eval::{Attrs, Bounds, Cause, Evaluator, ReadError, STACK_SIZE, Stop, Thunk, Unknown, Value};
use flakewise::hir::Name;

struct Nothing;

impl Loader for Nothing {
    fn load(&self, _: &str) -> Result<Vec<u8>, ReadError> {
        Err(ReadError::Missing)
    }
}

struct Case {
    file: PathBuf,
    line: usize,
    program: String,
    expected: String,
}

fn cases(file: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(file).expect("a readable test");
    let (prelude, offset, body) = match text.split_once("\n# ---\n") {
        Some((prelude, body)) => (prelude, prelude.lines().count() + 1, body),
        None => ("", 0, text.as_str()),
    };
    let mut cases = Vec::new();
    let mut expression = String::new();
    for (index, line) in body.lines().enumerate() {
        match line.strip_prefix("# => ") {
            Some(expected) => {
                let bindings = if prelude.is_empty() { String::new() } else { format!("let\n{prelude}\nin\n") };
                cases.push(Case {
                    file: file.to_path_buf(),
                    line: offset + index + 1,
                    program: format!("{{ lib, unknown }}:\n{bindings}{expression}"),
                    expected: expected.trim().to_string(),
                });
                expression.clear();
            }
            None if expression.is_empty() && line.starts_with('#') => {}
            None => {
                expression.push_str(line);
                expression.push('\n');
            }
        }
    }
    assert!(expression.trim().is_empty(), "{}: an expression without its value: {expression}", file.display());
    cases
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder of tests").filter_map(|entry| Some(entry.ok()?.path())).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "nix") {
            found.push(path);
        }
    }
}

fn answer(program: &str) -> String {
    let change = Change::Text { path: "/eval.nix".into(), text: program.to_string().into() };
    let ev = Evaluator::new(Arc::new(Snapshot::new(Arc::new(Nothing)).apply([change])), Bounds::default());
    let evaluate = || {
        let function = ev.import("/eval.nix")?;
        let unknown = Value::Unknown(Unknown::new(Cause::Input(Name::new_static("secret"))));
        let scope = Attrs::of([("lib", ev.lib()?), ("unknown", unknown)]);
        ev.call(&function, Thunk::value(Value::attrs(scope)))
    };
    let mut out = String::new();
    let result = evaluate();
    if !ev.reads().broken.is_empty() {
        // What stands around a syntax error has a value all the same; Nix has none.
        return "error (the program does not parse)".to_string();
    }
    show_result(&ev, result, &mut out);
    out
}

fn show_result(ev: &Evaluator, result: Result<Value, Stop>, out: &mut String) {
    match result {
        Ok(value) => show(ev, &value, out),
        Err(Stop::Unknown(unknown)) => write!(out, "unknown ({unknown})").expect("a string"),
        Err(Stop::Error(error)) => write!(out, "error ({})", error.message).expect("a string"),
    }
}

/// In Nix's notation; what may be missing has a question mark, what may follow is `…`.
fn show(ev: &Evaluator, value: &Value, out: &mut String) {
    match value {
        Value::String(string) => write!(out, "{:?}", string.text).expect("a string"),
        Value::Float(number) => write!(out, "{number:?}").expect("a string"),
        Value::List(list) => {
            out.push_str("[ ");
            for item in &list.items {
                show_result(ev, ev.force(item), out);
                out.push(' ');
            }
            out.push_str(if list.rest.is_some() { "… ]" } else { "]" });
        }
        Value::Attrs(attrs) => {
            out.push_str("{ ");
            for (name, entry) in attrs.iter() {
                write!(out, "{name}{} = ", if entry.maybe { "?" } else { "" }).expect("a string");
                show_result(ev, ev.force(&entry.value), out);
                out.push_str("; ");
            }
            out.push_str(if attrs.rest.is_some() { "… }" } else { "}" });
        }
        Value::Lambda(_) | Value::Primop(_) => out.push_str("«function»"),
        Value::Unknown(unknown) => write!(out, "unknown ({unknown})").expect("a string"),
        other => write!(out, "{other:?}").expect("a string"),
    }
}

#[test]
fn programs() {
    let run = || {
        let mut found = Vec::new();
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/eval"), &mut found);
        let all: Vec<Case> = found.iter().flat_map(|file| cases(file)).collect();
        assert!(all.len() > 100, "only {} cases were found", all.len());
        let mut wrong = String::new();
        for case in &all {
            let answer = answer(&case.program);
            // `error` and `unknown` alone stand for any of them.
            let fits = answer == case.expected || answer.split(' ').next() == Some(case.expected.as_str());
            if !fits {
                let place = format!("{}:{}", case.file.display(), case.line);
                writeln!(wrong, "{place}\n  expected {}\n  is       {answer}", case.expected).expect("a string");
            }
        }
        println!("{} programs", all.len());
        assert!(wrong.is_empty(), "{wrong}");
    };
    let thread = std::thread::Builder::new().stack_size(STACK_SIZE).spawn(run).expect("a thread");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}
