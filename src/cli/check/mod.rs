//! `flakewise check`

mod baseline;
mod github;
mod sarif;
mod text;

use serde::Serialize;

use super::arguments::{CheckArguments, CheckFormat, Deny};
use super::json::{self, Location, Range};
use super::load::{Loaded, no_such_rule};
use super::{Answer, Failure, fix};
use crate::rules::{self, Diagnostic, Fix, Rule, RuleId, Severity};
use baseline::{Baseline, Known};

#[derive(Serialize)]
struct Document {
    version: u32,
    root: String,
    diagnostics: Vec<Entry>,
    counts: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<Known>,
}

#[derive(Serialize)]
struct Entry {
    rule: &'static str,
    severity: &'static str,
    path: String,
    range: Range,
    message: String,
    hosts: Vec<String>,
    related: Vec<RelatedEntry>,
    fixes: Vec<FixEntry>,
}

#[derive(Serialize)]
struct RelatedEntry {
    path: String,
    range: Range,
    message: String,
}

#[derive(Serialize)]
struct FixEntry {
    title: String,
    #[serde(rename = "unsafe")]
    is_unsafe: bool,
    edits: Vec<EditEntry>,
    /// Files that the fix adds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    creates: Vec<CreateEntry>,
    /// A command that is the fix, to be run in the root of the flake: `["git", "add", "--", "local.nix"]`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    command: Vec<String>,
}

#[derive(Serialize)]
struct CreateEntry {
    path: String,
    text: String,
}

#[derive(Serialize)]
struct EditEntry {
    path: String,
    range: Range,
    text: String,
}

/// How many findings there are of each severity.
#[derive(Serialize, Default, Clone, Copy)]
struct Counts {
    error: usize,
    warning: usize,
    information: usize,
    hint: usize,
}

impl Counts {
    fn of(found: &[Diagnostic]) -> Counts {
        let count = |severity| found.iter().filter(|it| it.severity == severity).count();
        Counts {
            error: count(Severity::Error),
            warning: count(Severity::Warning),
            information: count(Severity::Information),
            hint: count(Severity::Hint),
        }
    }
}

pub(super) fn run(arguments: &CheckArguments) -> Result<Answer, Failure> {
    let mut only: Vec<RuleId> = Vec::new();
    for id in &arguments.rules {
        only.push(Rule::find(id).ok_or_else(|| no_such_rule(id))?.id);
    }
    let only = (!only.is_empty()).then_some(only.as_slice());
    // A wrong baseline is refused before anything is written.
    let baseline = arguments.baseline.as_deref().map(Baseline::read).transpose()?;
    let mut loaded = Loaded::open(arguments.dir.as_deref())?;
    let mut fixed = 0;
    if arguments.fix {
        fixed = fix::fix(&mut loaded, only, arguments.unsafe_fixes)?;
    }
    let mut found = rules::check(&loaded.repository, &loaded.settings, only);
    if let Some(file) = &arguments.write_baseline {
        let baseline = Baseline::of(&loaded, &found);
        baseline.write(file)?;
        let count = text::counted(baseline.len(), "finding", "findings");
        return Ok(Answer::ok(format!("{count} written to {}.\n", file.display())));
    }
    let known = baseline.map(|baseline| baseline.filter(&loaded, &mut found));
    let text = match arguments.format {
        CheckFormat::Text => text::render(&loaded, &found, fixed, known),
        CheckFormat::Json => json::document(&document(&loaded, &found, known)),
        CheckFormat::Sarif => sarif::render(&loaded, &found),
        CheckFormat::Github => github::render(&loaded, &found),
    };
    let denied = match arguments.deny {
        Deny::Hints => Severity::Hint,
        Deny::Information => Severity::Information,
        Deny::Warnings => Severity::Warning,
        Deny::Errors => Severity::Error,
    };
    let code = u8::from(found.iter().any(|diagnostic| diagnostic.severity >= denied));
    Ok(Answer { text, code })
}

fn document(loaded: &Loaded, found: &[Diagnostic], baseline: Option<Known>) -> Document {
    Document {
        version: json::VERSION,
        root: loaded.flake.root.to_string(),
        diagnostics: found.iter().map(|diagnostic| entry(loaded, diagnostic)).collect(),
        counts: Counts::of(found),
        baseline,
    }
}

fn entry(loaded: &Loaded, diagnostic: &Diagnostic) -> Entry {
    let at = Location::from(loaded.place(diagnostic.at));
    let related = diagnostic.related.iter().map(|related| {
        let at = Location::from(loaded.place(related.at));
        RelatedEntry { path: at.path, range: at.range, message: related.message.clone() }
    });
    let fixes = diagnostic.fixes.iter().map(|fix| {
        let edits = fix.edits.iter().map(|(file, edit)| {
            let at = Location::from(loaded.place(crate::base::FileRange { file: *file, range: edit.range }));
            EditEntry { path: at.path, range: at.range, text: edit.insert.clone() }
        });
        let creates = fix.creates.iter();
        let creates = creates.map(|file| CreateEntry { path: loaded.relative(&file.path), text: file.text.clone() });
        FixEntry {
            title: fix.title.clone(),
            is_unsafe: fix.is_unsafe,
            edits: edits.collect(),
            creates: creates.collect(),
            command: command(loaded, fix),
        }
    });
    Entry {
        rule: diagnostic.rule,
        severity: diagnostic.severity.name(),
        path: at.path,
        range: at.range,
        message: diagnostic.message.clone(),
        hosts: diagnostic.hosts.clone(),
        related: related.collect(),
        fixes: fixes.collect(),
    }
}

/// What makes git track the paths of a fix; empty for fixes that need no command.
fn command(loaded: &Loaded, fix: &Fix) -> Vec<String> {
    if fix.tracks.is_empty() {
        return Vec::new();
    }
    let words = ["git", "add", "--"].into_iter().map(str::to_string);
    words.chain(fix.tracks.iter().map(|path| loaded.relative(path))).collect()
}
