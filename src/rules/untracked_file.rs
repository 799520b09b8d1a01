//! A path that is imported or read exists, but git does not track it.
//!
//! A flake in a git repository consists of what git tracks. Nix reports such a file as
//! missing, and a fresh clone does not have it. `git add` makes it visible; it need not be committed. Editors
//! offer to run that: `git add`, and not `git add --intent-to-add`, which Nix would see as well, so that the next commit
//! holds the file. A file that git ignores on purpose cannot be part of a flake.

use super::missing_import::missing;
use super::{Chapter, Context, Diagnostic, Fix, Rule, Severity, listed};

pub(super) const RULE: Rule = Rule {
    id: "untracked-file",
    chapter: Chapter::Modules,
    severity: Severity::Warning,
    source: include_str!("untracked_file.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let tree = context.repository.snapshot.tree();
    let mut found = Vec::new();
    for one in missing(context) {
        let Some((real, node)) = tree.resolve(&one.path) else { continue };
        if node.tracked {
            continue;
        }
        let path = context.flake.relative(&one.path);
        let whom = if one.hosts.is_empty() { String::new() } else { format!(" of {}", listed(&one.hosts)) };
        let message = format!("git does not track {path}, so that the flake{whom} cannot see it; run `git add {path}`");
        let mut diagnostic = RULE.finding(one.at, message);
        diagnostic.hosts = one.hosts;
        diagnostic.fixes.push(Fix {
            title: format!("Run `git add {}`", context.flake.relative(&real)),
            tracks: vec![real],
            // It is for nobody but the user to start a process.
            is_unsafe: true,
            ..Fix::default()
        });
        found.push(diagnostic);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::db::{Change, Node, Snapshot};
    use crate::eval::FileType;
    use crate::fixture::Fixture;
    use crate::rules::testing;

    const FLAKE: &str = "#! minipkgs: flake\n#- /host.nix\n{ imports = [ ./local.nix ]; }\n";

    fn found(tracked: bool) -> Vec<String> {
        let fixture = Fixture::parse(&format!("{FLAKE}#- /local.nix\n{{ }}\n"));
        let node = Node { kind: FileType::Regular, tracked, target: None };
        let changes = [
            Change::Remove { path: "/repo/local.nix".into() },
            Change::Node { path: "/repo/local.nix".into(), node },
            Change::Text { path: "/repo/local.nix".into(), text: "{ }\n".into() },
        ];
        let snapshot = Snapshot::of_fixture(&fixture).apply(changes);
        let repository = testing::analyzed(snapshot);
        let found = super::super::check(&repository, &Default::default(), Some(&[RULE.id, "missing-import"]));
        found.iter().map(|it| format!("{}: {}", it.rule, it.message)).collect()
    }

    #[test]
    fn a_file_that_git_does_not_track() {
        assert_eq!(
            found(false),
            [
                "untracked-file: git does not track local.nix, so that the flake of nixosConfigurations.box cannot see it; run `git add local.nix`"
            ]
        );
    }

    #[test]
    fn a_tracked_file_is_fine() {
        assert!(found(true).is_empty());
    }
}
