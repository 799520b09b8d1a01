//! Finds the commit that the program is built from, for `flakewise --version`.
//!
//! Asked in this order: the variable FLAKEWISE_COMMIT (builds without a repository, as in Nix), the file that cargo puts
//! into packages of crates.io, git. Where none knows, the version stands alone. Builds for development do without, so
//! that a commit does not build everything anew.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-env-changed=FLAKEWISE_COMMIT");
    println!("cargo::rerun-if-changed=build.rs");
    let version = env("CARGO_PKG_VERSION").unwrap_or_default();
    let commit = env("FLAKEWISE_COMMIT").or_else(|| {
        let root = env("CARGO_MANIFEST_DIR")?;
        let released = env("PROFILE")? == "release";
        of_package(Path::new(&root)).or_else(|| if released { of_git(&root) } else { None })
    });
    let known =
        commit.filter(|commit| !commit.is_empty() && commit.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
    let version = match known {
        Some(commit) => {
            let changed = if commit.ends_with("-dirty") { "-dirty" } else { "" };
            let commit = commit.trim_end_matches("-dirty");
            format!("{version} ({}{changed})", commit.get(..12).unwrap_or(commit))
        }
        None => version,
    };
    println!("cargo::rustc-env=FLAKEWISE_VERSION={version}");
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// `.cargo_vcs_info.json`, which `cargo package` writes.
fn of_package(root: &Path) -> Option<String> {
    let text = std::fs::read_to_string(root.join(".cargo_vcs_info.json")).ok()?;
    let (_, after) = text.split_once("\"sha1\"")?;
    after.split('"').nth(1).map(str::to_string)
}

/// The commit of the repository whose root is here: that of another one around a copy of the sources says nothing.
fn of_git(root: &str) -> Option<String> {
    if !Path::new(root).join(".git").exists() {
        return None;
    }
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(root).args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
        Some(text.trim().to_string())
    };
    for file in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--path-format=absolute", "--git-path", file])
            && Path::new(&path).exists()
        {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    git(&["rev-parse", "HEAD"])
}
