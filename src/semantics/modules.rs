//! Files as modules: what lists of modules name, who imports whom, and on which hosts.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{HostId, Semantics};
use crate::base::{FileId, TextRange};
use crate::eval::{Origin, Site};
use crate::hir::{ExprId, Name};
use crate::module_system::{Module, ModuleSource};

/// That one file brings another one in as a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// Where: the element of the list; `None` where that is no expression of the repository.
    pub site: Option<Origin>,
    /// The file that imports. For modules that a host is given at once: the file of the site.
    pub importer: Option<FileId>,
    pub imported: FileId,
}

impl Semantics {
    /// The expressions of a file that brought modules into lists, by place, each with the file that it
    /// came to; `None` where it came to several, or to something that is no file.
    pub fn import_sites(&self, file: FileId) -> Vec<(ExprId, Option<FileId>)> {
        let mut found: FxHashMap<ExprId, Option<FileId>> = FxHashMap::default();
        for (_, host) in self.repository().hosts() {
            for module in &host.facts.modules {
                let Some(site) = module.import_site.filter(|site| site.file == file) else { continue };
                let Site::Expr(expr) = site.site else { continue };
                let target = whole_file(module);
                let known = found.entry(expr).or_insert(target);
                if *known != target {
                    *known = None;
                }
            }
        }
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort();
        found
    }

    /// Every import that `wanted` holds for, over all hosts, each once and sorted.
    pub fn imports(&self, wanted: impl Fn(&Import) -> bool) -> Vec<Import> {
        let mut found: Vec<Import> = Vec::new();
        for (_, host) in self.repository().hosts() {
            let modules = &host.facts.modules;
            for module in modules {
                let Some(imported) = whole_file(module) else { continue };
                let importer = module.importer.and_then(|at| modules.get(at)).and_then(Module::file);
                let importer = importer.or_else(|| module.import_site.map(|site| site.file));
                let import = Import { site: module.import_site, importer, imported };
                if wanted(&import) {
                    found.push(import);
                }
            }
            // A module is listed with the first one that imports it; the others are found in theirs.
            for module in modules {
                let Some(importer) = module.file() else { continue };
                let imported = module.imports.iter().filter_map(|at| whole_file(modules.get(*at)?));
                let all = imported.map(|imported| Import { site: None, importer: Some(importer), imported });
                found.extend(all.filter(|import| wanted(import)));
            }
        }
        found.sort_by_key(|import| (import.importer, import.imported, import.site.is_none(), import.site));
        // Where a place is known the pair is not listed without one.
        found.dedup_by(|next, kept| {
            let same = (next.importer, next.imported) == (kept.importer, kept.imported);
            same && (next.site == kept.site || next.site.is_none())
        });
        found
    }

    /// The Nix files that the flakes of the repository are known to consist of, sorted: modules, what
    /// defines outputs, and whatever paths in these lead to.
    pub fn files(&self) -> Vec<FileId> {
        let flakes = &self.repository().flakes;
        let outputs = flakes.iter().flat_map(|flake| flake.outputs.iter()).filter_map(|output| output.definition);
        let hosts = self.repository().hosts().filter_map(|(_, host)| host.definition);
        let helpers = flakes.iter().flat_map(|flake| flake.helpers.iter()).map(|helper| helper.origin);
        let mut open: Vec<FileId> = outputs.chain(hosts).chain(helpers).map(|origin| origin.file).collect();
        open.extend(flakes.iter().map(|flake| flake.file));
        open.extend(self.index().modules.keys());
        let mut found: FxHashSet<FileId> = FxHashSet::default();
        while let Some(file) = open.pop() {
            if found.insert(file) {
                open.extend(self.paths_in(file).into_iter().map(|(_, target)| target));
            }
        }
        let mut found: Vec<FileId> = found.into_iter().filter(|file| self.flake(*file).is_some()).collect();
        found.sort();
        found
    }

    /// The path literals of a file that lead to Nix files, with these, in the order of the text.
    pub fn paths_in(&self, file: FileId) -> Vec<(TextRange, FileId)> {
        let (Some(info), Ok(data)) = (self.info(file), self.snapshot().file(file)) else { return Vec::new() };
        let source_map = &data.lowered().source_map;
        let literals = info.hir.exprs().filter_map(|(id, _)| Some((id, info.path_literal(id)?)));
        let targets = literals.filter_map(|(id, literal)| {
            let target = self.path_target(file, &literal)?;
            self.path(target).ends_with(".nix").then(|| (source_map.expr(id), target))
        });
        let mut found: Vec<(TextRange, FileId)> = targets.collect();
        found.sort_by_key(|(range, target)| (range.start(), *target));
        found
    }

    /// The host around a user, or the host itself.
    pub fn outermost(&self, host: HostId) -> HostId {
        self.within(host).unwrap_or(host)
    }

    /// The names of hosts, each once; a user counts as the host around it.
    pub fn host_names(&self, hosts: impl IntoIterator<Item = HostId>) -> Vec<Name> {
        let mut hosts: Vec<HostId> = hosts.into_iter().map(|host| self.outermost(host)).collect();
        hosts.sort();
        hosts.dedup();
        let mut names: Vec<Name> = hosts.iter().filter_map(|host| self.host(*host)).map(|it| it.name.clone()).collect();
        names.sort();
        names.dedup();
        names
    }
}

/// The file that a module is as a whole.
fn whole_file(module: &Module) -> Option<FileId> {
    match &module.source {
        ModuleSource::File { file, .. } => Some(*file),
        _ => None,
    }
}
