//! Definitions of options that no module of their configuration declares.
//!
//! Goal: certainty. NixOS alone declares more than ten thousand options that
//! are not known here, so that "not declared in the repository" says nothing by itself. It
//! does where the repository owns the namespace: below a first name that its own
//! modules declare and upstream has not (`custom`), and below `services.x` or
//! `programs.x` where its own modules declare `services.x.enable` — nobody else
//! can then, two declarations of one option are an error.
//!
//! Nothing is said of configurations with modules that could not be found out,
//! below freeform types and names that are computed, and of definitions that may not be there at all.
//! A module of an input that is not widespread may declare anything; then only
//! a name that is nearly one of the declared ones, or that another module of the repository declares, is reported.

use std::collections::{BTreeMap, BTreeSet};

use super::option_tree::{OptionTree, overlaps};
use super::upstream::{is_upstream_root, is_well_known};
use super::{Flake, Host, HostKind, Repository, is_below};
use crate::base::{FileId, FileRange, nearest};
use crate::eval::Origin;
use crate::hir::{Expr, Name};
use crate::module_system::{Declared, Definition, ModuleSource, OptionPath};

/// A name that no module of some hosts declares.
#[derive(Clone, Debug)]
pub struct Undeclared {
    /// The path as it is set, up to the name that is not declared.
    pub path: OptionPath,
    /// Where that name stands.
    pub at: FileRange,
    /// Everything that is set there: full paths, sorted.
    pub options: Vec<OptionPath>,
    /// The hosts for which it is undeclared.
    pub hosts: Vec<String>,
    /// Whether nothing can declare it. Otherwise it is only very likely that nothing does.
    pub certain: bool,
    /// The declared name that was probably meant.
    pub nearest: Option<Name>,
    /// Modules of the repository that declare it, and that these hosts do not import.
    pub declared_by: Vec<DeclaringModule>,
    /// The module that sets it: its file, and the inline module within it.
    pub set_by: (FileId, Option<Origin>),
}

/// A module that declares an option for other hosts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeclaringModule {
    pub file: FileId,
    pub path: Name,
    /// Whether the file as a whole is the module, so that it can be imported.
    pub importable: bool,
    /// Where it declares the option.
    pub origin: Option<Origin>,
    /// A host that imports it.
    pub host: String,
}

/// All undeclared names that are set in files of `flake`, sorted by place.
pub fn undeclared(repository: &Repository, flake: &Flake) -> Vec<Undeclared> {
    let survey = Survey::new(repository, flake);
    let mut found: BTreeMap<(FileRange, OptionPath), Undeclared> = BTreeMap::new();
    for (index, (host, tree)) in flake.hosts.iter().zip(&survey.trees).enumerate() {
        let Some(view) = HostView::new(&survey, index, host, tree) else { continue };
        for definition in &host.facts.definitions {
            let Some(one) = view.undeclared(definition) else { continue };
            match found.get_mut(&(one.at, one.path.clone())) {
                Some(known) => known.add(one),
                None => {
                    found.insert((one.at, one.path.clone()), one);
                }
            }
        }
    }
    found.into_values().collect()
}

impl Undeclared {
    fn add(&mut self, other: Undeclared) {
        for host in other.hosts {
            if !self.hosts.contains(&host) {
                self.hosts.push(host);
            }
        }
        for option in other.options {
            if let Err(at) = self.options.binary_search(&option) {
                self.options.insert(at, option);
            }
        }
        for module in other.declared_by {
            if !self.declared_by.iter().any(|known| known.file == module.file) {
                self.declared_by.push(module);
            }
        }
        self.certain &= other.certain;
        if self.nearest != other.nearest {
            self.nearest = None;
        }
    }
}

/// The names below `config` that each host of a flake can have.
pub struct Namespaces<'a> {
    survey: Survey<'a>,
}

impl<'a> Namespaces<'a> {
    /// Those of a flake.
    pub fn of(repository: &'a Repository, flake: &'a Flake) -> Namespaces<'a> {
        Namespaces { survey: Survey::new(repository, flake) }
    }

    /// How many names of a path are declared in the host with this index, and the declared name that is nearest to the
    /// first one that is not. `None` unless it is certain that nobody can declare that one.
    pub fn missing(&self, host: usize, path: &[Name]) -> Option<(usize, Option<Name>)> {
        let (of, tree) = (self.survey.flake.hosts.get(host)?, self.survey.trees.get(host)?);
        let view = HostView::new(&self.survey, host, of, tree).filter(|view| !view.foreign)?;
        if of.facts.open.iter().any(|open| overlaps(&open.path, path)) {
            return None;
        }
        let reached = tree.reach(path);
        if reached.node.option().is_some() || reached.depth >= path.len() {
            return None;
        }
        // A set that modules define without declaring it, as the framework that is not at hand may.
        let set = of.facts.definitions.iter().filter(|it| it.status == Declared::Elsewhere);
        if set.into_iter().any(|it| it.path.iter().zip(path).all(|(a, b)| a == b)) {
            return None;
        }
        match view.ownership(path, reached.depth)? {
            Ownership::Root => {
                let names = reached.node.names().map(Name::as_str);
                Some((reached.depth, nearest(path.get(reached.depth)?, names).map(Name::new)))
            }
            Ownership::Prefix | Ownership::Nobody => None,
        }
    }
}

/// What all hosts of a flake tell together.
struct Survey<'a> {
    repository: &'a Repository,
    flake: &'a Flake,
    /// One per host.
    trees: Vec<OptionTree>,
    /// Of each host whether modules that are not at hand can declare names of the repository's own; `None` for hosts of
    /// which too little is known.
    foreign: Vec<Option<bool>>,
    /// First names that modules at hand declare.
    roots: BTreeSet<Name>,
    /// Prefixes below upstream's first names with an `enable` of the repository, by kind of host.
    enabled: BTreeSet<(HostKind, OptionPath)>,
    /// Whether modules of upstream may be replaced by others.
    disables_modules: bool,
}

impl<'a> Survey<'a> {
    fn new(repository: &'a Repository, flake: &'a Flake) -> Survey<'a> {
        let mut survey = Survey {
            repository,
            flake,
            trees: Vec::new(),
            foreign: flake.hosts.iter().map(|host| has_foreign_modules(flake, host)).collect(),
            roots: BTreeSet::new(),
            enabled: BTreeSet::new(),
            disables_modules: disables_modules(repository, flake),
        };
        for host in &flake.hosts {
            survey.trees.push(OptionTree::new(&host.facts.options));
            for option in &host.facts.options {
                let declared_here = option.declarations.iter().any(|declaration| {
                    let module = host.facts.modules.get(declaration.module);
                    module.is_some_and(|module| module.file().is_some())
                });
                let (true, Some(root)) = (declared_here, option.path.first()) else { continue };
                if !is_upstream_root(host.kind, root) {
                    survey.roots.insert(root.clone());
                } else if let Some((last, prefix)) = option.path.split_last()
                    && last == "enable"
                    && prefix.len() >= 2
                {
                    survey.enabled.insert((host.kind, prefix.to_vec()));
                }
            }
        }
        survey
    }

    /// Modules that declare this option for hosts of this kind.
    fn declaring(&self, kind: HostKind, path: &[Name]) -> Vec<DeclaringModule> {
        let mut found: Vec<DeclaringModule> = Vec::new();
        for (host, tree) in self.flake.hosts.iter().zip(&self.trees).filter(|(host, _)| host.kind == kind) {
            let reached = tree.reach(path);
            // The option itself, or one whose value it lies in.
            let Some(option) = reached.node.option().and_then(|index| host.facts.options.get(index)) else { continue };
            if reached.depth < path.len() && !reached.node.is_leaf() {
                continue;
            }
            for declaration in &option.declarations {
                let Some(module) = host.facts.modules.get(declaration.module) else { continue };
                let (file, path, importable) = match &module.source {
                    ModuleSource::File { file, path } => (*file, path.clone(), true),
                    ModuleSource::Inline { file, path, .. } => (*file, path.clone(), false),
                    _ => continue,
                };
                if is_below(&path, &self.flake.root) && !found.iter().any(|known| known.file == file) {
                    let (origin, host) = (declaration.origin, host.output.clone());
                    found.push(DeclaringModule { file, path, importable, origin, host });
                }
            }
        }
        found
    }
}

/// Whether any file takes modules of upstream away.
fn disables_modules(repository: &Repository, flake: &Flake) -> bool {
    let mut files: BTreeSet<FileId> = BTreeSet::new();
    for host in &flake.hosts {
        files.extend(host.facts.modules.iter().filter_map(|module| module.file()));
    }
    files.into_iter().any(|file| {
        let Ok(data) = repository.snapshot.file(file) else { return false };
        let hir = data.hir();
        hir.exprs().any(|(_, expr)| match expr {
            Expr::Attrs(attrs) => attrs.attrs.iter().any(|attr| attr.name == "disabledModules"),
            _ => false,
        })
    })
}

/// See [`Survey::foreign`].
fn has_foreign_modules(flake: &Flake, host: &Host) -> Option<bool> {
    if !host.complete() || host.kind == HostKind::Other {
        return None;
    }
    Some(host.facts.modules.iter().any(|module| match &module.source {
        ModuleSource::Input { input, at_hand: false, .. } | ModuleSource::WithinInput { input, at_hand: false, .. } => {
            !is_well_known(flake, input)
        }
        ModuleSource::Missing { .. } => true,
        _ => false,
    }))
}

/// What can be said of one host.
struct HostView<'a> {
    survey: &'a Survey<'a>,
    host: &'a Host,
    tree: &'a OptionTree,
    /// Whether modules that are not at hand can declare names of the repository's own.
    foreign: bool,
}

impl<'a> HostView<'a> {
    /// `None` for hosts of which too little is known.
    fn new(survey: &'a Survey<'a>, index: usize, host: &'a Host, tree: &'a OptionTree) -> Option<HostView<'a>> {
        let foreign = survey.foreign.get(index).copied().flatten()?;
        Some(HostView { survey, host, tree, foreign })
    }

    fn undeclared(&self, definition: &Definition) -> Option<Undeclared> {
        if definition.status != Declared::Elsewhere || definition.maybe {
            return None;
        }
        let module = self.host.facts.modules.get(definition.module)?;
        let (file, inline) = match &module.source {
            ModuleSource::File { file, .. } => (*file, None),
            ModuleSource::Inline { file, origin, .. } => (*file, Some(*origin)),
            _ => return None,
        };
        let path = &definition.path;
        let origin = definition.origin?;
        let last = self.survey.repository.range(origin)?;
        if module.maybe
            || !is_below(&self.survey.repository.path(last.file), &self.survey.flake.root)
            || self.host.facts.open.iter().any(|open| overlaps(&open.path, path))
        {
            return None;
        }
        let reached = self.tree.reach(path);
        // Inside of an option's value, or a whole set of options at once.
        if reached.node.option().is_some() || reached.depth >= path.len() {
            return None;
        }
        let declared_by = self.survey.declaring(self.host.kind, path);
        let wrong = path.get(reached.depth)?;
        let rest = path.get(reached.depth + 1..).unwrap_or_default();
        let candidates = reached.node.names().filter(|name| {
            // Where more follows, it must exist below the name that was meant.
            let below = reached.node.reach(std::slice::from_ref(*name)).node;
            let end = below.reach(rest);
            end.depth == rest.len() || end.node.option().is_some()
        });
        let meant = nearest(wrong, candidates.map(Name::as_str)).map(Name::new);
        let is_likely = meant.is_some() || !declared_by.is_empty();
        let certain = match self.ownership(path, reached.depth)? {
            Ownership::Root => !self.foreign,
            Ownership::Prefix => false,
            Ownership::Nobody if is_likely && meant.is_some() && !self.foreign => false,
            Ownership::Nobody => return None,
        };
        if self.foreign && !is_likely {
            return None;
        }
        let at = self.survey.repository.name_in_path(origin, path, reached.depth).unwrap_or(last);
        Some(Undeclared {
            path: path.get(..=reached.depth)?.to_vec(),
            at,
            options: vec![path.clone()],
            hosts: vec![self.host.output.clone()],
            certain,
            nearest: meant,
            declared_by,
            set_by: (file, inline),
        })
    }

    /// Why only the repository can declare an option at this path, of which `depth` names are declared for this host.
    fn ownership(&self, path: &[Name], depth: usize) -> Option<Ownership> {
        let root = path.first()?;
        if !is_upstream_root(self.host.kind, root) {
            return Some(if self.survey.roots.contains(root) { Ownership::Root } else { Ownership::Nobody });
        }
        let mut prefixes = (2..path.len()).filter_map(|length| path.get(..length));
        let owned = prefixes.find(|prefix| self.survey.enabled.contains(&(self.host.kind, prefix.to_vec())))?;
        // Where modules are taken away, upstream's own may be there on one host and the repository's on another.
        if self.survey.disables_modules && depth < owned.len() {
            return None;
        }
        Some(Ownership::Prefix)
    }
}

enum Ownership {
    /// The first name of the path is the repository's.
    Root,
    /// A part of upstream's namespace is.
    Prefix,
    /// Nobody is known to have this first name.
    Nobody,
}
