//! What a repository had at an earlier revision, from the command `git`.
//!
//! Reading git's objects takes packs, deltas and alternates, and a library for that is larger than flakewise. The one
//! command that wants to know (`flakewise affected`) is run by people and CI, who have git; the language server never comes here.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::git::Repository;
use super::git_add::LOCAL_VARIABLES;
use super::{disk_path, name_of};
use crate::db::{Change, Node, Snapshot};
use crate::eval::FileType;
use crate::hir::Name;

/// The difference between a revision and the files on disk.
pub struct Since {
    /// The commit, in full.
    pub commit: String,
    /// Paths of files that are other ones, new or gone, absolute; those that git does not track are not among them.
    pub changed: Vec<Name>,
    /// What leads back to the revision.
    old: Vec<(Name, Old)>,
}

/// What a file was.
enum Old {
    Absent,
    Text(Arc<str>),
    /// A link, a submodule, or no text: it is not gone, and nobody can read it.
    Other,
}

/// The difference between `revision` and the work tree around `root`. Errors are sentences for people.
pub fn since(root: &Name, revision: &str) -> Result<Since, String> {
    let root = disk_path(root);
    let repository =
        Repository::around(&root).ok_or_else(|| format!("{} lies in no git repository", root.display()))?;
    let top = &repository.top;
    let verify = ["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{commit}}")];
    let commit = git(top, &verify, None).map_err(|_| format!("git knows no revision {revision}"))?;
    let commit = text(&commit).trim().to_string();
    let diff =
        ["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=none", &commit, "--"];
    let names: Vec<String> =
        text(&git(top, &diff, None)?).split('\0').filter(|name| !name.is_empty()).map(str::to_string).collect();
    let mut blobs: Vec<(String, Option<String>)> = Vec::new();
    let tree = text(&git(top, &["ls-tree", "-r", "-z", "--full-tree", &commit], None)?);
    // `100644 blob HASH\tNAME`
    let entries: Vec<(&str, &str)> = tree.split('\0').filter_map(|entry| entry.split_once('\t')).collect();
    for name in names {
        let entry = entries.iter().find(|(_, path)| *path == name).map(|(what, _)| what.to_string());
        blobs.push((name, entry));
    }
    let wanted: Vec<&str> = blobs.iter().filter_map(|(_, entry)| regular(entry.as_deref()?)).collect();
    let mut texts = contents(top, &wanted)?.into_iter();
    let mut since = Since { commit, changed: Vec::new(), old: Vec::new() };
    for (name, entry) in &blobs {
        let old = match entry.as_deref() {
            None => Old::Absent,
            Some(entry) if regular(entry).is_some() => match texts.next().flatten().map(String::from_utf8) {
                Some(Ok(text)) => Old::Text(text.into()),
                _ => Old::Other,
            },
            Some(_) => Old::Other,
        };
        if let Some(path) = name_of(&top.join(name)) {
            since.changed.push(path.clone());
            since.old.push((path, old));
        }
    }
    Ok(since)
}

impl Since {
    /// The snapshot of the revision, made from that of the files on disk.
    pub fn before(&self, now: &Snapshot) -> Snapshot {
        let mut changes = Vec::new();
        for (path, old) in &self.old {
            match old {
                Old::Absent => changes.push(Change::Remove { path: path.clone() }),
                Old::Text(text) => {
                    let node = Node { kind: FileType::Regular, tracked: true, target: None };
                    changes.push(Change::Node { path: path.clone(), node });
                    changes.push(Change::Text { path: path.clone(), text: text.clone() });
                }
                Old::Other => {}
            }
        }
        let mut before = now.apply(changes);
        // Git knows no empty folders.
        let gone = self.old.iter().filter(|(_, old)| matches!(old, Old::Absent));
        let mut folders: Vec<Name> = gone.filter_map(|(path, _)| folder(path)).collect();
        while let Some(path) = folders.pop() {
            let tree = before.tree();
            if tree.node(&path).is_some() && tree.children(&path).is_empty() && !tree.roots().contains(&path) {
                before = before.apply([Change::Remove { path: path.clone() }]);
                folders.extend(folder(&path));
            }
        }
        before
    }
}

fn folder(path: &Name) -> Option<Name> {
    path.rsplit_once('/').map(|(folder, _)| Name::new(folder))
}

/// The hash in an entry of `ls-tree`, if it is that of a file.
fn regular(entry: &str) -> Option<&str> {
    let mut words = entry.split(' ');
    let mode = words.next()?;
    (mode.starts_with("100") && words.next()? == "blob").then(|| words.next()).flatten()
}

/// The contents of blobs, by `git cat-file --batch`.
fn contents(top: &Path, hashes: &[&str]) -> Result<Vec<Option<Vec<u8>>>, String> {
    if hashes.is_empty() {
        return Ok(Vec::new());
    }
    let input = hashes.join("\n") + "\n";
    let output = git(top, &["cat-file", "--batch"], Some(input))?;
    let mut rest = output.as_slice();
    let mut found = Vec::new();
    for _ in hashes {
        // `HASH blob SIZE`, the content, a line end; or `HASH missing`.
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { break };
        let (head, after) = rest.split_at(end);
        let size = String::from_utf8_lossy(head).rsplit(' ').next().and_then(|size| size.parse::<usize>().ok());
        let after = after.get(1..).unwrap_or_default();
        found.push(size.and_then(|size| after.get(..size)).map(<[u8]>::to_vec));
        rest = size.and_then(|size| after.get(size + 1..)).unwrap_or(if size.is_some() { &[] } else { after });
    }
    Ok(found)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs git in the repository at `top`, and not in whatever one the environment means.
fn git(top: &Path, arguments: &[&str], input: Option<String>) -> Result<Vec<u8>, String> {
    let mut git = Command::new("git");
    // No file system monitor: that is a program of the repository's choice.
    git.args(["-c", "core.fsmonitor=false", "-c", "core.quotePath=false"]).args(arguments).current_dir(top);
    git.env("GIT_OPTIONAL_LOCKS", "0").env("GIT_TERMINAL_PROMPT", "0");
    for variable in LOCAL_VARIABLES {
        git.env_remove(variable);
    }
    let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
    git.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = git.spawn().map_err(|error| format!("git cannot be started: {error}"))?;
    // From a thread of its own: git answers while it is still being asked.
    let writer = child.stdin.take().zip(input).map(|(mut pipe, input)| {
        std::thread::spawn(move || {
            let _ = pipe.write_all(input.as_bytes());
        })
    });
    let output = child.wait_with_output().map_err(|error| format!("git {}: {error}", arguments.join(" ")))?;
    if let Some(writer) = writer {
        let _ = writer.join();
    }
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = text(&output.stderr);
    Err(format!("git {}: {}", arguments.first().unwrap_or(&""), said.lines().next().unwrap_or("it failed").trim()))
}
