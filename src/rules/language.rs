//! The rules that look at one file alone.
//!
//! `check` runs them over all files of a flake. While somebody types, the server
//! runs them over the file as it is at that moment; what they must know of the
//! flake around it is then taken from its last analysis ([`Surroundings`]).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::{
    Context, Diagnostic, Fix, Rule, RuleId, Settings, Severity, duplicate_attribute, eta_reduction,
    invalid_suppression, manual_inherit, suppress, syntax_error, undefined_name, unused_argument, unused_binding,
    unused_rec, unused_with, url_literal, useless_parentheses,
};
use crate::base::{FileId, FileRange, TextEdit, TextRange};
use crate::db::{FileData, OfText};
use crate::eval::join_path;
use crate::hir::{Expr, Name};
use crate::repository::{Flake, Repository};

/// How one of these rules checks a file.
type CheckFile = fn(&OneFile<'_>) -> Vec<Diagnostic>;

const CHECKS: &[(&Rule, CheckFile)] = &[
    (&syntax_error::RULE, syntax_error::check_file),
    (&undefined_name::RULE, undefined_name::check_file),
    (&duplicate_attribute::RULE, duplicate_attribute::check_file),
    (&invalid_suppression::RULE, invalid_suppression::check_file),
    (&unused_binding::RULE, unused_binding::check_file),
    (&unused_argument::RULE, unused_argument::check_file),
    (&unused_with::RULE, unused_with::check_file),
    (&unused_rec::RULE, unused_rec::check_file),
    (&url_literal::RULE, url_literal::check_file),
    (&eta_reduction::RULE, eta_reduction::check_file),
    (&manual_inherit::RULE, manual_inherit::check_file),
    (&useless_parentheses::RULE, useless_parentheses::check_file),
];

/// A file that is looked at alone.
pub(super) struct OneFile<'a> {
    pub(super) file: FileId,
    pub(super) data: &'a FileData,
    /// How bad it is when Nix refuses the file.
    pub(super) severity: Severity,
    /// Whether it may be evaluated in a scope that its text does not show.
    pub(super) any_name: bool,
    /// Whether it is a flake.nix.
    pub(super) is_flake: bool,
    helpers: &'a [Name],
}

/// What a file is to the flake around it, as far as these rules ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    file: FileId,
    severity: Severity,
    any_name: bool,
    is_flake: bool,
    /// The names in it that are those of functions which build hosts.
    helpers: Vec<Name>,
}

/// What these rules found in a text the last time, and as what part of a flake.
#[derive(Default)]
struct LastFound(Mutex<Option<(Part, Arc<[Diagnostic]>)>>);

impl OfText for LastFound {
    fn of(_: &FileData) -> LastFound {
        LastFound::default()
    }
}

/// Whether the files that a text imports may have a scope of their own.
struct ImportsWithScope(bool);

impl OfText for ImportsWithScope {
    fn of(file: &FileData) -> ImportsWithScope {
        ImportsWithScope(imports_with_scope(file))
    }
}

impl OneFile<'_> {
    /// Whether the text parses, so that what does not stand there is certain.
    pub(super) fn is_whole(&self) -> bool {
        self.data.parse().errors().is_empty()
    }

    /// Whether the name is that of a function which builds hosts.
    pub(super) fn is_helper(&self, name: &Name) -> bool {
        self.helpers.contains(name)
    }

    pub(super) fn at(&self, range: TextRange) -> FileRange {
        FileRange { file: self.file, range }
    }

    /// A fix that edits this file.
    pub(super) fn fix(&self, title: impl Into<String>, edits: impl IntoIterator<Item = TextEdit>) -> Fix {
        let edits = edits.into_iter().map(|edit| (self.file, edit)).collect();
        Fix { title: title.into(), edits, ..Fix::default() }
    }
}

/// What a flake means for its files: which of them it reads, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// flake.nix, the modules of all hosts, and what is imported to get to these.
    certain: BTreeSet<FileId>,
    /// Files whose path stands in one of these, or in another of them.
    named: BTreeSet<FileId>,
    /// Whether files may be imported with a scope of their own, and use any name.
    any_name: bool,
    /// Functions that build hosts: `unused-helper` speaks of them.
    helpers: BTreeMap<FileId, Vec<Name>>,
}

impl Surroundings {
    /// What the last analysis of a flake says.
    pub fn of(repository: &Repository, flake: &Flake) -> Surroundings {
        Surroundings::new(&Context::new(repository, flake))
    }

    pub(super) fn new(context: &Context<'_>) -> Surroundings {
        let (certain, named) = reached(context);
        let any_name = context.files().iter().any(|(_, data)| data.of_text::<ImportsWithScope>().0);
        let mut helpers: BTreeMap<FileId, Vec<Name>> = BTreeMap::new();
        for helper in context.flake.helpers.iter() {
            helpers.entry(helper.origin.file).or_default().push(helper.name.clone());
        }
        Surroundings { certain, named, any_name, helpers }
    }

    /// The files that are only named: packages, functions and what they import.
    pub(super) fn named(&self) -> impl Iterator<Item = FileId> + '_ {
        self.named.difference(&self.certain).copied()
    }

    /// The severity of an error that spoils a whole file: as bad as the file is needed.
    fn severity(&self, file: FileId) -> Severity {
        match () {
            () if self.certain.contains(&file) => Severity::Error,
            () if self.named.contains(&file) => Severity::Warning,
            () => Severity::Hint,
        }
    }
}

/// What is wrong with one file, as [`super::check_flake`] would say it of a
/// flake with this text in it. Without a flake around it every error is one.
/// `path` is that of the file relative to its flake.
pub fn check_file(
    file: FileId,
    data: &FileData,
    path: &str,
    around: Option<&Surroundings>,
    settings: &Settings,
) -> Vec<Diagnostic> {
    if is_encrypted(data.text()) || settings.excludes(path) {
        return Vec::new();
    }
    let suppressions = data.of_text::<suppress::Suppressions>();
    let found = found(data, Part::new(file, path, around));
    let said = found.iter().filter_map(|it| Some((Rule::find(it.rule)?, it)));
    let said = said.filter(|(rule, it)| !suppressions.allow(rule.id, it.at.range));
    said.filter_map(|(rule, it)| settings.apply(rule, path, it.clone())).collect()
}

/// What one of these rules found in all files of a flake.
pub(super) fn check_all(context: &Context<'_>, rule: &Rule) -> Vec<Diagnostic> {
    let found = context.language.get_or_init(|| {
        let around = context.around();
        let mut by_rule: BTreeMap<RuleId, Vec<Diagnostic>> = BTreeMap::new();
        for (file, data) in context.files() {
            for one in found(data, Part::new(*file, &context.relative(*file), Some(around))).iter() {
                by_rule.entry(one.rule).or_default().push(one.clone());
            }
        }
        by_rule
    });
    found.get(rule.id).cloned().unwrap_or_default()
}

/// What these rules say of a file before comments and settings are heard. It is kept with the text.
fn found(data: &FileData, part: Part) -> Arc<[Diagnostic]> {
    let last = data.of_text::<LastFound>();
    let last = || last.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, found)) = last().as_ref().filter(|(of, _)| *of == part) {
        return found.clone();
    }
    let Part { file, severity, any_name, is_flake, helpers } = &part;
    let one = OneFile { file: *file, data, severity: *severity, any_name: *any_name, is_flake: *is_flake, helpers };
    let generated = is_generated(data.text());
    let meant = !data.is_too_large();
    let checks = CHECKS.iter().filter(|(rule, _)| rule.severity != Severity::Hint || !generated);
    let checks = checks.filter(|(rule, _)| meant || rule.id == syntax_error::RULE.id);
    let found: Arc<[Diagnostic]> = checks.flat_map(|(_, check)| check(&one)).collect();
    *last() = Some((part, found.clone()));
    found
}

impl Part {
    fn new(file: FileId, path: &str, around: Option<&Surroundings>) -> Part {
        Part {
            file,
            severity: around.map_or(Severity::Error, |around| around.severity(file)),
            any_name: around.is_some_and(|around| around.any_name),
            is_flake: is_flake(path),
            helpers: around.and_then(|around| around.helpers.get(&file)).cloned().unwrap_or_default(),
        }
    }
}

fn is_flake(path: &str) -> bool {
    path.rsplit('/').next() == Some("flake.nix")
}

/// The Nix files of the flake that it sees and that are text.
pub(super) fn files(context: &Context<'_>) -> Vec<(FileId, Arc<FileData>)> {
    let all = context.repository.snapshot.nix_files().iter();
    let tracked = all.filter(|(path, _)| {
        context.owns_path(path) && context.repository.snapshot.tree().node(path).is_none_or(|node| node.tracked)
    });
    let readable = tracked.filter_map(|(_, file)| Some((*file, context.repository.snapshot.file(*file).ok()?)));
    readable.filter(|(_, data)| !is_encrypted(data.text())).collect()
}

/// Whether the first comments of a file say that a program writes it: its style is nobody's to mend.
fn is_generated(text: &str) -> bool {
    let comments =
        text.lines().map(str::trim_start).take_while(|line| line.is_empty() || line.starts_with(['#', '/', '*']));
    let head = comments.take(12).collect::<Vec<_>>().join(" ").to_lowercase();
    head.contains("generated") && ["do not", "don't", "automatically"].iter().any(|word| head.contains(word))
}

/// Whether a text is the armour of an encrypted file.
fn is_encrypted(text: &str) -> bool {
    text.starts_with("-----BEGIN ") || text.starts_with("$ANSIBLE_VAULT") || text.starts_with("\0GITCRYPT")
}

fn imports_with_scope(data: &FileData) -> bool {
    data.text().contains("scopedImport")
        && data.hir().exprs().any(|(_, expr)| match expr {
            Expr::Var(var) => var.name == "scopedImport",
            Expr::Select { path, .. } => path.iter().filter_map(|key| key.name()).any(|name| name == "scopedImport"),
            _ => false,
        })
}

/// The files that a flake is made of: those that Nix reads for certain, and those that are named.
fn reached(context: &Context<'_>) -> (BTreeSet<FileId>, BTreeSet<FileId>) {
    let hosts = context.flake.hosts.iter();
    let mut certain: BTreeSet<FileId> =
        hosts.flat_map(|host| host.facts.modules.iter().filter_map(|module| module.file())).collect();
    certain.insert(context.flake.file);
    // Whoever asks for the outputs gets to these, and to nothing else.
    certain.extend(context.flake.broken.iter().copied());
    certain.extend(context.flake.demanded.iter().copied());
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
    (certain, named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Snapshot;
    use crate::fixture::Fixture;
    use crate::rules::Level;

    /// What is found in `/a.nix` of a fixture, of no flake.
    fn found(text: &str, settings: &Settings) -> Vec<(String, Severity, String)> {
        let fixture = Fixture::parse(&format!("#- /a.nix\n{text}"));
        let snapshot = Snapshot::of_fixture(&fixture);
        let (file, data) = snapshot.file_at("/repo/a.nix").unwrap();
        let found = check_file(file, &data, "a.nix", None, settings).into_iter();
        found.map(|it| (it.rule.to_string(), it.severity, data.text()[it.at.range].to_string())).collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let found = found(text, &Settings::default());
        let found: Vec<(&str, &str)> = found.iter().map(|(rule, _, text)| (rule.as_str(), text.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn sound_files() {
        check("{ a = 1; b.c = 2; b.d = 3; }\n", &[]);
        check("{ config, lib, pkgs, ... }: with lib; unknown\n", &[]);
        check("-----BEGIN AGE ENCRYPTED FILE-----\n", &[]);
    }

    #[test]
    fn generated_files() {
        check("# This file was generated by a tool, please do not edit it.\n{ a }: let b = 1; in { }\n", &[]);
        check("# Do not modify this file! It was generated by a tool.\na: b\n", &[("undefined-name", "b")]);
    }

    #[test]
    fn what_nix_refuses() {
        check("{ a = 1; a = 2; }\n", &[("duplicate-attribute", "a")]);
        check("{ a.b = 1; a.b = 2; }\n", &[("duplicate-attribute", "b")]);
        check("{ a, b, a }: a b\n", &[("duplicate-attribute", "a")]);
        check("a: b + a\n", &[("undefined-name", "b")]);
        check("9223372036854775808\n", &[("syntax-error", "9223372036854775808")]);
        check("x: let ${x} = 1; in x\n", &[("syntax-error", "x")]);
        // A name may be bound by what does not parse.
        check("{ a = let b = 1; in ; c = d; }\n", &[("syntax-error", ";")]);
    }

    /// How bad a name that nothing defines is in `/hosts/default.nix`, where flake.nix has these outputs.
    fn severity(outputs: &str) -> Severity {
        let text = format!(
            "#- /flake.nix\n{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-unstable\";\n  \
             outputs = {{ self, nixpkgs }}: {outputs};\n}}\n#- /hosts/default.nix\n{{ nixpkgs }}:\n\
             let mkHosts = names: {{ }}; in mkHost [ \"a\" ]\n"
        );
        let (_, found) = super::super::testing::found("undefined-name", &Fixture::parse(&text));
        assert_eq!(found.len(), 1, "{found:#?}");
        found[0].severity
    }

    #[test]
    fn what_the_outputs_import_is_needed() {
        assert_eq!(severity("{ nixosConfigurations = import ./hosts { inherit nixpkgs; }; }"), Severity::Error);
        assert_eq!(severity("{ lib = { hosts = import ./hosts; }; }"), Severity::Error);
        let undecided = "{ nixosConfigurations = if nixpkgs.x then import ./hosts { inherit nixpkgs; } else { }; }";
        assert_eq!(severity(undecided), Severity::Warning);
        assert_eq!(severity("{ lib.hosts = _: import ./hosts; }"), Severity::Warning);
        assert_eq!(severity("{ }"), Severity::Hint);
    }

    #[test]
    fn comments_and_settings_hold_for_one_file_too() {
        let default = Settings::default();
        assert!(found("x: [ y x ] # flakewise: allow undefined-name\n", &default).is_empty());
        assert!(found("# flakewise: allow-file undefined-name\n\nx: [ y x ]\n", &default).is_empty());
        let level = |level| Settings {
            levels: [("undefined-name".to_string(), level)].into_iter().collect(),
            ..Settings::default()
        };
        assert!(found("x: [ y x ]\n", &level(Level::Off)).is_empty());
        assert_eq!(found("x: [ y x ]\n", &level(Level::Hint))[0].1, Severity::Hint);
        assert!(found("x: [ y x ]\n", &Settings { exclude: vec!["*.nix".to_string()], ..default }).is_empty());
    }
}
