//! A Nix file does not parse.
//!
//! Nix refuses the file as a whole, and with it every configuration that imports it. Everything else in the repository is checked all
//! the same. In files that no host reaches it is a warning. Files that are encrypted are left alone.
//!
//! ```nix fails
//! #- /flake.nix
//! {
//!   outputs = inputs: { };;
//! #                       ^
//! }
//! ```
//!
//! ```nix passes
//! #- /flake.nix
//! {
//!   outputs = inputs: { };
//! }
//! ```

use std::collections::BTreeSet;

use super::{Chapter, Context, Diagnostic, Rule, Severity};
use crate::base::{FileId, FileRange};
use crate::db::FileData;
use crate::eval::join_path;
use crate::hir::LowerErrorKind;

pub(super) const RULE: Rule = Rule {
    id: "syntax-error",
    chapter: Chapter::Language,
    severity: Severity::Error,
    source: include_str!("syntax_error.rs"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let reached = reached(context);
    let mut found = Vec::new();
    for (file, data) in files(context) {
        // A file that does not parse is broken whoever reads it.
        let severity = reached.severity(file).max(Severity::Warning);
        let mut last_line = None;
        for error in data.parse().errors() {
            // One mistake often shows several times on its line; the first is where to look.
            let line = data.line_index().line(error.range.start());
            if last_line == Some(line) {
                continue;
            }
            last_line = Some(line);
            let mut diagnostic = RULE.finding(FileRange { file, range: error.range }, error.message.clone());
            diagnostic.severity = severity;
            found.push(diagnostic);
        }
        for error in &data.lowered().errors {
            let message = match &error.kind {
                LowerErrorKind::IntegerTooLarge => "the number does not fit 64 bits",
                LowerErrorKind::DynamicNotAllowed => "`let` and `inherit` take no computed names",
                _ => continue,
            };
            let mut diagnostic = RULE.finding(FileRange { file, range: error.range }, message);
            diagnostic.severity = severity;
            found.push(diagnostic);
        }
    }
    found
}

/// The Nix files of the flake that are text.
pub(super) fn files(context: &Context<'_>) -> Vec<(FileId, std::sync::Arc<FileData>)> {
    let all = context.repository.snapshot.nix_files().into_iter();
    let tracked = all.filter(|(path, file)| {
        context.owns(*file) && context.repository.snapshot.tree().node(path).is_none_or(|node| node.tracked)
    });
    let readable = tracked.filter_map(|(_, file)| Some((file, context.repository.snapshot.file(file).ok()?)));
    readable.filter(|(_, data)| !is_encrypted(data.text())).collect()
}

/// Whether a text is the armour of an encrypted file.
fn is_encrypted(text: &str) -> bool {
    text.starts_with("-----BEGIN ") || text.starts_with("$ANSIBLE_VAULT") || text.starts_with("\0GITCRYPT")
}

/// The files that a flake is made of, by how certain it is that Nix reads them.
pub(super) struct Reached {
    /// flake.nix and the modules of all hosts.
    certain: BTreeSet<FileId>,
    /// Files whose path stands in one of these, or in another of them.
    named: BTreeSet<FileId>,
}

impl Reached {
    /// The files that are only named: packages, functions and what they import.
    pub(super) fn named(&self) -> impl Iterator<Item = FileId> + '_ {
        self.named.difference(&self.certain).copied()
    }

    /// The severity of an error that spoils a whole file: as bad as the file is needed.
    pub(super) fn severity(&self, file: FileId) -> Severity {
        match () {
            () if self.certain.contains(&file) => Severity::Error,
            () if self.named.contains(&file) => Severity::Warning,
            () => Severity::Hint,
        }
    }
}

pub(super) fn reached(context: &Context<'_>) -> Reached {
    let hosts = context.flake.hosts.iter();
    let mut certain: BTreeSet<FileId> =
        hosts.flat_map(|host| host.facts.modules.iter().filter_map(|module| module.file())).collect();
    certain.insert(context.flake.file);
    let snapshot = &context.repository.snapshot;
    let mut named = BTreeSet::new();
    let mut open: Vec<FileId> = certain.iter().copied().collect();
    while let Some(file) = open.pop() {
        let Ok(data) = snapshot.file(file) else { continue };
        let path = context.repository.path(file);
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for relative in &data.summary().paths {
            let target = join_path(folder, relative);
            let found = [target.to_string(), format!("{target}/default.nix")]
                .into_iter()
                .filter(|path| path.ends_with(".nix"))
                .find_map(|path| snapshot.file_at(&path).ok());
            if let Some((id, _)) = found
                && named.insert(id)
            {
                open.push(id);
            }
        }
    }
    Reached { certain, named }
}
