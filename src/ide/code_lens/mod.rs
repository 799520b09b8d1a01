//! What is worth knowing of declarations, modules and hosts without asking: a line above each.
//!
//! Where lenses stand is found at once; what they say takes longer and is found for those that are looked at.

#[cfg(test)]
mod tests;

use crate::base::{FileId, FileRange, TextRange, TextSize};
use crate::eval::{Origin, Site};
use crate::hir::{KeyId, Name};
use crate::ide::Analysis;
use crate::module_system::{Condition, ModuleSource};
use crate::semantics::{HostId, OptionRef, Role};

/// More names than this are counted, not listed.
const MAX_NAMES: usize = 3;

/// Which lenses there are to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeLensConfig {
    pub options: bool,
    pub modules: bool,
    pub hosts: bool,
}

/// What a lens is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LensKind {
    /// A place that declares an option.
    Option,
    /// A file that is a module.
    Module,
    /// A place that defines a host.
    Host,
}

/// The place of a lens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeLens {
    pub range: TextRange,
    pub kind: LensKind,
}

/// What a lens says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    pub title: String,
    /// The places that it counts.
    pub places: Vec<FileRange>,
}

/// The places of the lenses of a file, in the order of the text.
pub fn code_lenses(analysis: &Analysis, file: FileId, config: CodeLensConfig) -> Vec<CodeLens> {
    let mut lenses = Vec::new();
    if config.modules && is_module(analysis, file) {
        lenses.push(CodeLens { range: TextRange::default(), kind: LensKind::Module });
    }
    if config.options {
        let declares = |origin: &Origin| matches!(analysis.roles(*origin).first(), Some(Role::Declaration { .. }));
        let declared = keys(analysis, file).filter(declares).filter_map(|origin| analysis.range(origin));
        lenses.extend(declared.map(|at| CodeLens { range: at.range, kind: LensKind::Option }));
    }
    if config.hosts {
        let mut places: Vec<FileRange> =
            hosts(analysis, file).filter_map(|(_, origin)| analysis.range(origin)).collect();
        places.sort();
        places.dedup();
        lenses.extend(places.into_iter().map(|at| CodeLens { range: at.range, kind: LensKind::Host }));
    }
    lenses.sort_by_key(|lens| (lens.range.start(), lens.kind as u8));
    lenses
}

/// What the lens says whose range begins at a place. `None` where there is none any more.
pub fn resolve(analysis: &Analysis, file: FileId, at: TextSize, kind: LensKind) -> Option<Resolved> {
    match kind {
        LensKind::Option => option(analysis, file, at),
        LensKind::Module => module(analysis, file),
        LensKind::Host => host(analysis, file, at),
    }
}

/// The names of a file as the facts know them.
fn keys(analysis: &Analysis, file: FileId) -> impl Iterator<Item = Origin> {
    let data = analysis.repository().snapshot.file(file);
    let count = data.map_or(0, |data| data.hir().key_count());
    (0..count).map(move |at| Origin { file, site: Site::Key(KeyId(at as u32)) })
}

fn is_module(analysis: &Analysis, file: FileId) -> bool {
    analysis.modules(file).iter().any(|module| module.inline.is_none())
}

/// The hosts that are defined in a file, without the users within hosts.
fn hosts(analysis: &Analysis, file: FileId) -> impl Iterator<Item = (HostId, Origin)> {
    let hosts = (0..).map(HostId).map_while(|id| Some((id, analysis.host(id)?)));
    hosts.filter(|(_, host)| host.within.is_none()).filter_map(move |(id, host)| {
        let origin = host.definition.filter(|origin| origin.file == file)?;
        Some((id, origin))
    })
}

fn begins_at(analysis: &Analysis, origin: Origin, at: TextSize) -> bool {
    analysis.range(origin).is_some_and(|found| found.range.start() == at)
}

fn option(analysis: &Analysis, file: FileId, at: TextSize) -> Option<Resolved> {
    let origin = keys(analysis, file).find(|origin| {
        matches!(analysis.roles(*origin).first(), Some(Role::Declaration { .. })) && begins_at(analysis, *origin, at)
    })?;
    let declared = analysis.roles(origin).iter().filter_map(|role| match role {
        Role::Declaration { host, option } => Some(OptionRef { host: *host, option: *option }),
        Role::Definition { .. } => None,
    });
    let options: Vec<OptionRef> = declared.collect();
    let set = analysis
        .definitions(&options)
        .into_iter()
        .filter(|definition| analysis.definition(*definition).is_some_and(|facts| facts.condition != Condition::Fails));
    let mut hosts: Vec<HostId> = set.map(|definition| analysis.outermost(definition.host)).collect();
    hosts.sort();
    hosts.dedup();
    let uses = analysis.option_uses(&options);
    let mut readers: Vec<FileId> = uses.iter().filter(|it| !it.write).map(|it| it.range.file).collect();
    readers.sort();
    readers.dedup();
    let title = format!("set by {}, read by {}", count(hosts.len(), "host"), count(readers.len(), "module"));
    let mut places: Vec<FileRange> = uses.into_iter().map(|it| it.range).collect();
    places.dedup();
    Some(Resolved { title, places })
}

fn module(analysis: &Analysis, file: FileId) -> Option<Resolved> {
    let whole = analysis.modules(file).iter().filter(|module| module.inline.is_none());
    let names = analysis.host_names(whole.map(|module| module.host));
    let word = if names.len() == 1 { "host" } else { "hosts" };
    let title = format!("reached by {word} {}", listed(&names)?);
    let sites = analysis.imports(|import| import.imported == file).into_iter().filter_map(|import| import.site);
    let mut places: Vec<FileRange> = sites.filter_map(|site| analysis.range(site)).collect();
    places.sort();
    places.dedup();
    Some(Resolved { title, places })
}

fn host(analysis: &Analysis, file: FileId, at: TextSize) -> Option<Resolved> {
    let found = hosts(analysis, file).filter(|(_, origin)| begins_at(analysis, *origin, at));
    let ids: Vec<HostId> = found.map(|(id, _)| id).collect();
    let mut files: Vec<FileId> = Vec::new();
    let (mut modules, mut options) = (Vec::new(), Vec::new());
    for host in ids.iter().filter_map(|id| analysis.host(*id)) {
        let shown =
            |source: &ModuleSource| !matches!(source, ModuleSource::Native { .. } | ModuleSource::WithinInput { .. });
        modules.push(host.facts.modules.iter().filter(|module| shown(&module.source)).count());
        options.push(host.facts.options.iter().filter(|option| host.facts.is_own(option)).count());
        files.extend(host.facts.modules.iter().filter_map(|module| module.file()));
    }
    files.sort();
    files.dedup();
    let mut title = format!("{}, {}", counts(&modules, "module")?, counts(&options, "option")?);
    if ids.len() > 1 {
        // One function makes several hosts.
        title = format!("{}: {title}", listed(&analysis.host_names(ids))?);
    }
    let places = files.into_iter().map(|file| FileRange { file, range: TextRange::default() });
    Some(Resolved { title, places: places.collect() })
}

/// The first few names.
fn listed(names: &[Name]) -> Option<String> {
    let first: Vec<&str> = names.iter().take(MAX_NAMES).map(Name::as_str).collect();
    let more = names.len().saturating_sub(MAX_NAMES);
    match more {
        _ if first.is_empty() => None,
        0 => Some(first.join(", ")),
        more => Some(format!("{} and {more} more", first.join(", "))),
    }
}

/// `1 host`, `2 hosts`
fn count(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

/// The same of several things: `2–5 modules`.
fn counts(numbers: &[usize], word: &str) -> Option<String> {
    let (least, most) = (numbers.iter().min()?, numbers.iter().max()?);
    if least == most { Some(count(*most, word)) } else { Some(format!("{least}–{most} {word}s")) }
}
