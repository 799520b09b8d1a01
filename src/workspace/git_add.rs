//! `git add`, which beside a formatter is the one program that the language server ever starts; and only where somebody
//! chose that by its name.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::disk_path;
use super::git::Repository;
use crate::hir::Name;

/// How long git may take. It waits for nobody; only a file system can make it slow.
const PATIENCE: Duration = Duration::from_secs(20);

/// More than this nobody reads of what git says.
const MAX_OUTPUT: u64 = 4096;

/// Variables that would have git look at another repository than the one around its folder
/// (`git rev-parse --local-env-vars`). An editor that git started, for a commit message, has some of them.
pub(super) const LOCAL_VARIABLES: &[&str] = &[
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_COMMON_DIR",
];

/// Has git track files and folders, so that a flake sees them.
///
/// Not with `--intent-to-add`, which Nix would be content with as well: a commit would leave such a file out, the
/// clone that is made of it would lack the file, and `git stash` refuses to work until it is added for good.
///
/// What does not lie in one of `folders`, or does so only through a link, is refused. Errors are sentences for people.
pub fn git_add(paths: &[Name], folders: &[Name]) -> Result<(), String> {
    let folders: Vec<PathBuf> = folders.iter().map(|folder| disk_path(folder)).collect();
    for path in paths {
        add(&disk_path(path), &folders, Command::new("git"), PATIENCE)?;
    }
    Ok(())
}

fn add(path: &Path, folders: &[PathBuf], mut git: Command, patience: Duration) -> Result<(), String> {
    let (repository, inside) = place(path, folders)?;
    // Without a shell; `--literal-pathspecs`, for a name with `*` in it is a name.
    git.args(["--literal-pathspecs", "add", "--"]).arg(&inside);
    git.current_dir(&repository.top).env("GIT_TERMINAL_PROMPT", "0");
    for variable in LOCAL_VARIABLES {
        git.env_remove(variable);
    }
    git.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = git.spawn().map_err(|error| format!("git cannot be started: {error}"))?;
    let said = listen(&mut child);
    let failed = |why: &str| format!("git add {}: {why}", inside.display());
    let deadline = Instant::now() + patience;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                let _ = child.kill().and_then(|()| child.wait());
                return Err(failed(&format!("not done after {} seconds", patience.as_secs())));
            }
            Err(error) => return Err(failed(&error.to_string())),
        }
    };
    if status.success() {
        return Ok(());
    }
    // What git started may hold the pipe longer than git itself.
    let said = said.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Err(failed(if lines.is_empty() { "it failed and does not say why" } else { "" }) + &lines.join(" "))
}

/// The repository that a file or folder lies in, and its path from the top of that. Links above it are followed,
/// as git does not add what lies behind one.
fn place(path: &Path, folders: &[PathBuf]) -> Result<(Repository, PathBuf), String> {
    let shown = path.display();
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(format!("{shown} cannot be added"));
    };
    let real = |path: &Path| std::fs::canonicalize(path).map_err(|error| format!("{shown} cannot be added: {error}"));
    let folder = real(folder)?;
    if !folders.iter().any(|allowed| real(allowed).is_ok_and(|allowed| folder.starts_with(allowed))) {
        return Err(format!("{shown} lies in no opened folder"));
    }
    let repository = Repository::around(&folder).ok_or_else(|| format!("{shown} lies in no git repository"))?;
    let inside = folder.strip_prefix(&repository.top).map_err(|error| format!("{shown} cannot be added: {error}"))?;
    let inside = inside.join(name);
    Ok((repository, inside))
}

/// What a process says on stderr, once it closed that.
fn listen(child: &mut Child) -> Receiver<String> {
    let (sender, said) = channel();
    if let Some(mut pipe) = child.stderr.take() {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = pipe.by_ref().take(MAX_OUTPUT).read_to_end(&mut bytes);
            // The rest is let go, so that nobody waits for its being read.
            let _ = std::io::copy(&mut pipe, &mut std::io::sink());
            let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
        });
    }
    said
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;

    /// Something that is called as git is, and that runs this.
    fn pretended(script: &str) -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "git"]);
        shell
    }

    fn repository() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let top = fs::canonicalize(folder.path()).unwrap();
        fs::create_dir_all(top.join(".git")).unwrap();
        fs::write(top.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::create_dir(top.join("a b")).unwrap();
        (folder, top)
    }

    fn run(top: &Path, path: &str, git: Command) -> Result<(), String> {
        add(&top.join(path), &[top.to_path_buf()], git, PATIENCE)
    }

    #[test]
    fn git_is_called_in_its_repository() {
        let (_folder, top) = repository();
        let script = "printf '%s\n' \"$PWD\" \"$@\" \"${GIT_DIR-none}\" > said";
        let mut git = pretended(script);
        git.env("GIT_DIR", "/elsewhere");
        run(&top, "a b/-x*.nix", git).unwrap();
        let said = fs::read_to_string(top.join("said")).unwrap();
        let top = top.to_str().unwrap();
        assert_eq!(said.lines().collect::<Vec<_>>(), [top, "--literal-pathspecs", "add", "--", "a b/-x*.nix", "none"]);
    }

    #[test]
    fn what_git_says_is_passed_on() {
        let (_folder, top) = repository();
        let refused = run(&top, "x.nix", pretended("echo 'fatal: no' >&2; echo 'hint: why' >&2; exit 128"));
        assert_eq!(refused, Err("git add x.nix: fatal: no hint: why".to_string()));
        let silent = run(&top, "x.nix", pretended("exit 1"));
        assert_eq!(silent, Err("git add x.nix: it failed and does not say why".to_string()));
        let absent = run(&top, "x.nix", Command::new("/nowhere/git")).unwrap_err();
        assert!(absent.starts_with("git cannot be started: "), "{absent}");
        // More than a pipe holds.
        let much = run(&top, "x.nix", pretended("yes | head -c 300000 >&2; exit 1")).unwrap_err();
        assert!(much.len() < 5000, "{}", much.len());
    }

    #[test]
    fn git_is_not_waited_for_without_end() {
        let (_folder, top) = repository();
        let slow = add(&top.join("x.nix"), &[top], pretended("exec sleep 60"), Duration::from_millis(50));
        assert_eq!(slow, Err("git add x.nix: not done after 0 seconds".to_string()));
    }

    #[test]
    fn outside_of_a_repository_there_is_nothing_to_add_to() {
        let folder = tempfile::tempdir().unwrap();
        let refused = run(folder.path(), "x.nix", pretended("exit 0")).unwrap_err();
        assert!(refused.ends_with("x.nix lies in no git repository"), "{refused}");
    }

    #[test]
    fn links_do_not_lead_out() {
        let ((_one, here), (_two, elsewhere)) = (repository(), repository());
        std::os::unix::fs::symlink(&elsewhere, here.join("link")).unwrap();
        for path in ["link/x.nix", "../x.nix"] {
            let refused = run(&here, path, pretended("exit 0")).unwrap_err();
            assert!(refused.ends_with("lies in no opened folder"), "{refused}");
        }
    }
}
