//! The formatter that somebody has set by its name: the only other program that the language server starts, and only
//! when it is asked to format.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// How long a formatter may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// More than this is no formatted file.
const MAX_OUTPUT: u64 = 64 << 20;

/// A formatter of Nix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formatter {
    Nixfmt,
    Alejandra,
    NixpkgsFmt,
}

impl Formatter {
    /// Their names, which are those of their programs.
    pub const NAMES: [(&'static str, Formatter); 3] =
        [("nixfmt", Formatter::Nixfmt), ("alejandra", Formatter::Alejandra), ("nixpkgs-fmt", Formatter::NixpkgsFmt)];

    /// The formatter of this name.
    pub fn parse(name: &str) -> Option<Formatter> {
        Formatter::NAMES.iter().find(|(known, _)| *known == name).map(|(_, formatter)| *formatter)
    }

    /// The name of its program.
    pub fn name(self) -> &'static str {
        match self {
            Formatter::Nixfmt => "nixfmt",
            Formatter::Alejandra => "alejandra",
            Formatter::NixpkgsFmt => "nixpkgs-fmt",
        }
    }

    /// How it formats what it is given on stdin.
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Formatter::Nixfmt => &["-"],
            Formatter::Alejandra => &["--quiet", "-"],
            Formatter::NixpkgsFmt => &[],
        }
    }
}

/// The text as the formatter writes it. `folder` is where it runs, so that it finds its own settings. Errors are
/// sentences for people.
pub fn format(formatter: Formatter, text: &str, folder: &Path) -> Result<String, String> {
    let mut command = Command::new(formatter.name());
    command.args(formatter.arguments()).current_dir(folder);
    run(command, formatter.name(), text, PATIENCE)
}

fn run(mut command: Command, name: &str, text: &str, patience: Duration) -> Result<String, String> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("{name} cannot be started: {error}"))?;
    let (Some(mut input), Some(output), Some(errors)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(format!("{name} cannot be talked to"));
    };
    // Each side has a thread: a pipe that nobody reads is a program that waits.
    let given = text.to_string();
    std::thread::spawn(move || {
        let _ = input.write_all(given.as_bytes());
    });
    let read = |pipe: Box<dyn Read + Send>| {
        let (sender, read) = channel();
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = pipe.take(MAX_OUTPUT).read_to_end(&mut bytes);
            let _ = sender.send(bytes);
        });
        read
    };
    let (output, errors) = (read(Box::new(output)), read(Box::new(errors)));
    let deadline = Instant::now() + patience;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(2)),
            Ok(None) => {
                let _ = child.kill().and_then(|()| child.wait());
                return Err(format!("{name} was not done after {} seconds", patience.as_secs()));
            }
            Err(error) => return Err(format!("{name}: {error}")),
        }
    };
    let wait = Duration::from_secs(1);
    if !status.success() {
        let said = errors.recv_timeout(wait).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let first = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it does not say why");
        return Err(format!("{name} failed: {first}"));
    }
    let bytes = output.recv_timeout(wait).map_err(|_| format!("{name} does not end its output"))?;
    let formatted = String::from_utf8(bytes).map_err(|_| format!("{name} wrote no text"))?;
    // A formatter that says nothing has not formatted.
    if formatted.is_empty() && !text.trim().is_empty() { Err(format!("{name} wrote nothing")) } else { Ok(formatted) }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str, text: &str) -> Result<String, String> {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]);
        run(shell, "fmt", text, Duration::from_secs(2))
    }

    #[test]
    fn what_it_writes_is_the_text() {
        assert_eq!(sh("tr a b", "a a"), Ok("b b".to_string()));
        let large = "x\n".repeat(1 << 18);
        assert_eq!(sh("cat", &large), Ok(large.clone()));
    }

    #[test]
    fn what_goes_wrong_is_said() {
        assert_eq!(sh("echo no >&2; exit 1", "a"), Err("fmt failed: no".to_string()));
        assert_eq!(sh("exit 0", "a"), Err("fmt wrote nothing".to_string()));
        assert_eq!(sh("sleep 9", "a"), Err("fmt was not done after 2 seconds".to_string()));
        let missing = run(Command::new("/nonexistent/fmt"), "fmt", "a", PATIENCE).unwrap_err();
        assert!(missing.starts_with("fmt cannot be started"), "{missing}");
    }
}
