//! The commands, as people and programs call them.
//!
//! Every command loads the flake at the given directory, or at or above the
//! current one, and prints what is known of it: for people by default, as JSON
//! for programs. What goes wrong before there is an answer is one line on
//! stderr and exit code 2.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod affected;
mod arguments;
mod check;
mod dump;
mod explain;
mod fix;
mod generate;
mod graph;
mod hosts;
mod json;
mod load;
mod options;
mod outputs;
mod review;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

/// Why a command could not run: one line for stderr.
#[derive(Debug)]
struct Failure(String);

impl<T: Into<String>> From<T> for Failure {
    fn from(message: T) -> Failure {
        Failure(message.into())
    }
}

/// What a command prints on stdout, and its exit code.
struct Answer {
    text: String,
    code: u8,
}

impl Answer {
    fn ok(text: String) -> Answer {
        Answer { text, code: 0 }
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    run(std::env::args_os().collect())
}

fn run(arguments: Vec<OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        // Help and version are answers, everything else is a refusal.
        Err(error) if error.use_stderr() => return refuse(&arguments::refusal(&error)),
        Err(error) => return end(error.print(), 0),
    };
    let answer = match (arguments.stdio, arguments.command) {
        (false, Some(command)) => answer(command),
        _ => return crate::lsp::run_stdio(),
    };
    match answer {
        Ok(answer) => {
            let mut out = std::io::stdout().lock();
            end(out.write_all(answer.text.as_bytes()).and_then(|()| out.flush()), answer.code)
        }
        Err(Failure(message)) => refuse(&message),
    }
}

/// The end of a command that had an answer.
fn end(written: std::io::Result<()>, code: u8) -> ExitCode {
    match written {
        // Whoever reads may have read enough and closed the pipe.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            refuse(&format!("the answer cannot be written: {error}"))
        }
        _ => ExitCode::from(code),
    }
}

/// One line on stderr and exit code 2.
fn refuse(message: &str) -> ExitCode {
    let line = message.replace('\n', " ");
    let _ = writeln!(std::io::stderr(), "flakewise: {line}");
    ExitCode::from(2)
}

fn answer(command: Command) -> Result<Answer, Failure> {
    match command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Hosts(arguments) => hosts::run(&arguments),
        Command::Options(arguments) => options::run(&arguments),
        Command::Outputs(arguments) => outputs::run(&arguments),
        Command::Graph(arguments) => graph::run(&arguments),
        Command::Affected(arguments) => affected::run(&arguments),
        Command::Review(arguments) => review::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Dump(arguments) => dump::run(&arguments),
    }
}
