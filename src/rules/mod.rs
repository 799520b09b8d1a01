//! Everything flakewise reports, one file per rule.
//!
//! A rule's file holds its documentation, its check, its fix and its tests. The
//! doc comment at the top of the file is the only text about the rule: `flakewise
//! explain`, hover and docs/rules.md show it, and a test runs the examples in it.
//!
//! A rule reads facts of the [`repository`](crate::repository) and finds nothing out by itself. It reports a
//! warning or an error only where the opposite is excluded.

mod bypassed_helper;
mod conditional_without_mkif;
mod config_in_imports;
mod conflicting_definitions;
mod dangling_follows;
mod deprecated_output;
mod docs;
mod duplicate_attribute;
mod duplicate_home_block;
mod edits;
mod eta_reduction;
mod exhausted_evaluation;
mod failing_host;
mod import_cycle;
mod imported_module_value;
mod invalid_inputs;
mod invalid_option_type;
mod invalid_suppression;
mod language;
mod manual_inherit;
mod misshapen_output;
mod missing_follows;
mod missing_import;
mod missing_lock;
mod missing_secret_file;
mod missing_special_arg;
mod mixed_module_class;
mod monolithic_flake;
mod nixpkgs_as_package_set;
mod option_not_imported;
mod option_type_mismatch;
mod own_file;
mod plaintext_secret;
mod read_of_undeclared_option;
mod redundant_home;
mod reimported_nixpkgs;
mod secret_in_store;
mod settings;
mod simulated_os_config;
mod stale_lock;
mod suppress;
mod syntax_error;
#[cfg(test)]
mod testing;
mod unapplied_overlay;
mod undeclared_input;
mod undeclared_option;
mod undefined_name;
mod undefined_with_name;
mod unencrypted_secrets_file;
mod unknown_output;
mod unreachable_module;
mod untracked_file;
mod unread_option;
mod unset_option;
mod unused_argument;
mod unused_binding;
mod unused_helper;
mod unused_input;
mod unused_rec;
mod unused_with;
mod url_literal;
mod useless_parentheses;

pub use docs::page;
pub use edits::{add_to_list, name_of_lib_function, pass_argument, relative_path};
pub use language::{Surroundings, check_file};
pub use settings::{Level, Override, Settings};

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::base::{FileId, FileRange, TextEdit};
use crate::db::FileData;
use crate::eval::Origin;
use crate::hir::Name;
use crate::repository::{Flake, Host, Repository, Undeclared, binary_caches, is_generated, undeclared};
use crate::semantics::Reads;

/// The name of a rule, as it stands after `allow`.
pub type RuleId = &'static str;

/// How bad a finding is, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Hint,
    Information,
    Warning,
    Error,
}

/// The chapters of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Chapter {
    Inputs,
    Hosts,
    Modules,
    Secrets,
    Language,
}

/// A rule.
pub struct Rule {
    pub id: RuleId,
    pub chapter: Chapter,
    /// The severity of its findings, unless settings say otherwise. Some findings of a rule may be weaker.
    pub severity: Severity,
    /// The source of the rule's file, which its documentation opens.
    source: &'static str,
    check: fn(&Context<'_>) -> Vec<Diagnostic>,
}

/// Every rule, in the order of the catalogue.
pub const RULES: &[&Rule] = &[
    &missing_follows::RULE,
    &dangling_follows::RULE,
    &undeclared_input::RULE,
    &unused_input::RULE,
    &missing_lock::RULE,
    &stale_lock::RULE,
    &invalid_inputs::RULE,
    &failing_host::RULE,
    &exhausted_evaluation::RULE,
    &unused_helper::RULE,
    &bypassed_helper::RULE,
    &unknown_output::RULE,
    &misshapen_output::RULE,
    &deprecated_output::RULE,
    &nixpkgs_as_package_set::RULE,
    &reimported_nixpkgs::RULE,
    &unapplied_overlay::RULE,
    &simulated_os_config::RULE,
    &redundant_home::RULE,
    &duplicate_home_block::RULE,
    &monolithic_flake::RULE,
    &undeclared_option::RULE,
    &option_not_imported::RULE,
    &option_type_mismatch::RULE,
    &conflicting_definitions::RULE,
    &read_of_undeclared_option::RULE,
    &undefined_with_name::RULE,
    &invalid_option_type::RULE,
    &missing_import::RULE,
    &untracked_file::RULE,
    &unset_option::RULE,
    &unread_option::RULE,
    &unreachable_module::RULE,
    &import_cycle::RULE,
    &config_in_imports::RULE,
    &conditional_without_mkif::RULE,
    &imported_module_value::RULE,
    &missing_special_arg::RULE,
    &plaintext_secret::RULE,
    &secret_in_store::RULE,
    &missing_secret_file::RULE,
    &unencrypted_secrets_file::RULE,
    &mixed_module_class::RULE,
    &syntax_error::RULE,
    &undefined_name::RULE,
    &duplicate_attribute::RULE,
    &invalid_suppression::RULE,
    &unused_binding::RULE,
    &unused_argument::RULE,
    &unused_with::RULE,
    &unused_rec::RULE,
    &url_literal::RULE,
    &eta_reduction::RULE,
    &manual_inherit::RULE,
    &useless_parentheses::RULE,
];

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub rule: RuleId,
    pub severity: Severity,
    pub at: FileRange,
    /// What is wrong, why it matters, what to do; without a full stop at its end.
    pub message: String,
    /// The hosts that it concerns, by output. Empty where it is about no host.
    pub hosts: Vec<String>,
    pub related: Vec<Related>,
    pub fixes: Vec<Fix>,
}

/// Another place that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    pub at: FileRange,
    pub message: String,
}

/// A change that makes a finding go away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fix {
    pub title: String,
    pub edits: Vec<(FileId, TextEdit)>,
    /// Files that it adds.
    pub creates: Vec<NewFile>,
    /// Files and folders that git is to track. Only who asks for it by name has a process started for that.
    pub tracks: Vec<Name>,
    /// Whether it may change what a configuration that works means. `check --fix` leaves such fixes to people.
    pub is_unsafe: bool,
    /// Whether hosts, modules, options and definitions are the same afterwards, but for modules that it adds. Who makes
    /// the change without a person looking at it holds it against that ([`crate::repository::difference`]).
    pub keeps_facts: bool,
}

/// A file that does not exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    pub path: Name,
    pub text: String,
}

/// What a rule looks at.
pub(crate) struct Context<'a> {
    pub(crate) repository: &'a Repository,
    pub(crate) flake: &'a Flake,
    around: OnceCell<Surroundings>,
    reads: OnceCell<Reads>,
    files: OnceCell<Vec<(FileId, Arc<FileData>)>>,
    /// What the rules about single files found.
    language: OnceCell<BTreeMap<RuleId, Vec<Diagnostic>>>,
    caches: OnceCell<BTreeSet<String>>,
    undeclared: OnceCell<Vec<Undeclared>>,
}

impl Severity {
    /// The word of the command line's JSON.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Hint => "hint",
            Severity::Information => "information",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl Fix {
    /// Whether it is made by changing texts alone.
    pub fn only_edits(&self) -> bool {
        !self.edits.is_empty() && self.creates.is_empty() && self.tracks.is_empty()
    }
}

impl Rule {
    /// The rule with this id.
    pub fn find(id: &str) -> Option<&'static Rule> {
        RULES.iter().find(|rule| rule.id == id).copied()
    }

    /// Whether it looks at one file alone, as [`check_file`] does.
    pub fn is_local(&self) -> bool {
        self.chapter == Chapter::Language
    }

    /// The id that somebody meant who wrote `id`.
    pub fn nearest(id: &str) -> Option<RuleId> {
        crate::base::nearest(id, RULES.iter().map(|rule| rule.id))
    }

    /// The documentation in Markdown: the doc comment of the rule's file.
    pub fn documentation(&self) -> String {
        docs::documentation(self.source)
    }

    /// The documentation as people read it: examples are plain Nix.
    pub fn page_text(&self) -> String {
        docs::page_text(self)
    }

    /// The first sentence of the documentation, without the full stop.
    pub fn summary(&self) -> String {
        docs::summary(&self.documentation())
    }

    /// A finding of this rule without related places and fixes.
    fn finding(&self, at: FileRange, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            rule: self.id,
            severity: self.severity,
            at,
            message: message.into(),
            hosts: Vec::new(),
            related: Vec::new(),
            fixes: Vec::new(),
        }
    }
}

impl<'a> Context<'a> {
    fn new(repository: &'a Repository, flake: &'a Flake) -> Context<'a> {
        Context {
            repository,
            flake,
            around: OnceCell::new(),
            reads: OnceCell::new(),
            caches: OnceCell::new(),
            undeclared: OnceCell::new(),
            files: OnceCell::new(),
            language: OnceCell::new(),
        }
    }

    /// Definitions of options that no module of their host declares.
    fn undeclared(&self) -> &[Undeclared] {
        self.undeclared.get_or_init(|| undeclared(self.repository, self.flake))
    }

    /// The Nix files of the flake that it sees and that are text.
    fn files(&self) -> &[(FileId, Arc<FileData>)] {
        self.files.get_or_init(|| language::files(self))
    }

    /// What the flake means for its files.
    fn around(&self) -> &Surroundings {
        self.around.get_or_init(|| Surroundings::new(self))
    }
    /// What the flake's files read of `config`.
    fn reads(&self) -> &Reads {
        self.reads.get_or_init(|| Reads::of(self.repository, self.flake))
    }

    /// Whether a host certainly asks for the value of an option, so that what is wrong with it stops Nix.
    fn needs(&self, host: &Host, option: &[Name]) -> bool {
        self.reads().needs(self.repository, host, option)
    }

    /// Whether the flake's files name a binary cache that is called like this, in lower case.
    fn names_cache(&self, name: &str) -> bool {
        self.caches.get_or_init(|| binary_caches(self.repository, self.flake)).contains(name)
    }

    /// Where an origin is, if that is in this flake: nobody edits a file of an input.
    fn place(&self, origin: Option<Origin>) -> Option<FileRange> {
        let at = self.repository.range(origin?)?;
        self.owns(at.file).then_some(at)
    }

    /// Whether a file belongs to this flake, and not to one below it or to an input.
    fn owns(&self, file: FileId) -> bool {
        self.owns_path(&self.repository.path(file))
    }

    fn owns_path(&self, path: &str) -> bool {
        self.repository.flake_of(path).is_some_and(|flake| flake.root == self.flake.root)
    }

    /// What something else writes is not to be edited: what is wrong in it is wrong in what it is written from.
    fn without_edits_of_generated(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        let is_generated = |file: FileId| file == self.flake.file && is_generated(self.repository, file);
        let before = diagnostic.fixes.len();
        diagnostic.fixes.retain(|fix| !fix.edits.iter().any(|(file, _)| is_generated(*file)));
        if diagnostic.fixes.len() < before {
            diagnostic.message.push_str(" (this file is generated: change what it is generated from)");
        }
        diagnostic
    }

    /// The path of a file relative to the flake.
    fn relative(&self, file: FileId) -> String {
        self.flake.relative(&self.repository.path(file))
    }

    fn related(&self, origin: Option<Origin>, message: impl Into<String>) -> Option<Related> {
        self.repository.range(origin?).map(|at| Related { at, message: message.into() })
    }
}

/// Everything that the rules find in all flakes of `repository`, or what `only`
/// these rules find. Sorted by path and place; the same facts give the same list.
pub fn check(repository: &Repository, settings: &Settings, only: Option<&[RuleId]>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for flake in &repository.flakes {
        found.extend(check_flake(repository, flake, settings, only));
    }
    let mut paths: Vec<(Name, FileId)> = found.iter().map(|it| (repository.path(it.at.file), it.at.file)).collect();
    paths.sort();
    paths.dedup();
    let places: FxHashMap<FileId, usize> = paths.iter().enumerate().map(|(place, (_, file))| (*file, place)).collect();
    let key = |it: &Diagnostic| (places.get(&it.at.file).copied(), it.at.range.start(), it.at.range.end(), it.rule);
    found.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message)));
    found.dedup();
    found
}

/// What the rules find in one flake, unsorted.
pub fn check_flake(
    repository: &Repository,
    flake: &Flake,
    settings: &Settings,
    only: Option<&[RuleId]>,
) -> Vec<Diagnostic> {
    let context = Context::new(repository, flake);
    let mut about: FxHashMap<FileId, About> = FxHashMap::default();
    let mut found = Vec::new();
    for rule in RULES {
        if settings.is_off(rule.id) || only.is_some_and(|only| !only.contains(&rule.id)) {
            continue;
        }
        // Of a flake.nix that does not parse a part is known, and not which.
        if flake.broken.contains(&flake.file) && rule.chapter != Chapter::Language {
            continue;
        }
        for diagnostic in (rule.check)(&context) {
            let file = diagnostic.at.file;
            let about = about.entry(file).or_insert_with(|| About::new(&context, settings, file));
            if about.is_silent {
                continue;
            }
            let diagnostic = context.without_edits_of_generated(diagnostic);
            let allowed = about.suppressions.as_ref().is_some_and(|it| it.allow(rule.id, diagnostic.at.range));
            if !allowed {
                found.extend(settings.apply(rule, &about.relative, diagnostic));
            }
        }
    }
    found
}

/// What all findings in a file have in common.
struct About {
    relative: String,
    /// Whether nothing is said of the file at all.
    is_silent: bool,
    suppressions: Option<Arc<suppress::Suppressions>>,
}

impl About {
    fn new(context: &Context<'_>, settings: &Settings, file: FileId) -> About {
        let snapshot = &context.repository.snapshot;
        let relative = context.relative(file);
        About {
            is_silent: snapshot.is_foreign(&context.repository.path(file)) || settings.excludes(&relative),
            suppressions: snapshot.file(file).ok().map(|data| data.of_text()),
            relative,
        }
    }
}

/// Joins outputs for a message: `a`, `a and b`, `a, b and 3 more`.
fn listed(hosts: &[String]) -> String {
    match hosts {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [one, two, three] => format!("{one}, {two} and {three}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    }
}
