//! From a cursor to its meaning: what it is, where it is defined, where it is
//! used, which hosts reach it.
//!
//! The facts come from the repository's analysis; the tree says what the cursor
//! stands on now. Both may be of different age while somebody types, so places
//! of the facts are carried over into the current text ([`Semantics::range`]).

mod builtin_docs;
mod callee;
mod classify;
mod configurations;
mod file_info;
mod given;
mod index;
mod module_function;
mod modules;
mod options;
mod path_literals;
mod place;
mod references;
mod reads;
mod scope;
#[cfg(test)]
pub mod testing;
mod unseen;
mod uses;

use std::sync::{Arc, OnceLock};

use dashmap::DashMap;

use crate::base::{FileId, FileRange, TextLen, TextRange, TextSize, map_range};
use crate::db::{FileData, Snapshot};
use crate::eval::{FileType, Files, Origin, Shown, Site, join_path};
use crate::hir::Name;
use crate::repository::{Flake, Host, Repository};

pub use builtin_docs::{builtin_doc, lib_doc, lib_names};
pub use callee::{Callee, FunctionRef};
pub use classify::{Classified, Meaning};
pub use file_info::{Bound, Chain, Elsewhere, FileInfo, Read, Root, is_configuration};
pub use index::{ModuleRef, Role};
pub use module_function::{PlainRead, module_function, names_from_withs, plain_reads};
pub use modules::Import;
pub use options::{Child, DefinitionRef, OptionRef};
pub use path_literals::{PathLiteral, PathSpelling, relative_literal};
pub use place::{Kind, Place, Segment, attr_name, enclosing_place};
pub use reads::Reads;
pub use references::{Access, Reference};
pub use scope::{Name as ScopeName, NameKind, SyntaxChain, SyntaxRoot, names_in_scope, resolve, withs};
pub use unseen::Unseen;
pub use uses::{Doubt, Use};

use index::Index;

/// A host of any flake, by number. Numbers follow the order of the repository's flakes and hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(pub u32);

/// The facts of a repository, the texts as they are now, and what was looked up in both.
#[derive(Clone)]
pub struct Semantics {
    repository: Arc<Repository>,
    snapshot: Snapshot,
    index: Arc<OnceLock<Index>>,
    infos: Arc<DashMap<FileId, Arc<FileInfo>>>,
}

impl Semantics {
    /// A repository with the texts that it was computed from.
    pub fn new(repository: Arc<Repository>) -> Semantics {
        let snapshot = repository.snapshot.clone();
        Semantics { repository, snapshot, index: Arc::default(), infos: Arc::default() }
    }

    /// The same facts with newer texts.
    pub fn with_snapshot(&self, snapshot: Snapshot) -> Semantics {
        Semantics { snapshot, ..self.clone() }
    }

    /// Newer facts, which keep what is known of files that did not change.
    pub fn with_repository(&self, repository: Arc<Repository>) -> Semantics {
        Semantics { infos: self.infos.clone(), ..Semantics::new(repository) }
    }

    /// The facts.
    pub fn repository(&self) -> &Arc<Repository> {
        &self.repository
    }

    /// The texts as they are now.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// What the facts show of a value, as text.
    pub fn shown(&self, shown: &Shown) -> String {
        self.repository.shown(shown)
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(&self.repository))
    }

    /// The path of a file.
    pub fn path(&self, file: FileId) -> Name {
        self.snapshot.paths().path(file)
    }

    /// The path of a file as people write it: from the root of its flake.
    pub fn display_path(&self, file: FileId) -> String {
        let path = self.path(file);
        match self.repository.flake_of(&path) {
            Some(flake) => flake.relative(&path),
            None => path.to_string(),
        }
    }

    /// The flake that a file belongs to.
    pub fn flake(&self, file: FileId) -> Option<&Arc<Flake>> {
        self.repository.flake_of(&self.path(file))
    }

    /// What the names of a file stand for, in its current text.
    pub fn info(&self, file: FileId) -> Option<Arc<FileInfo>> {
        let hir = self.snapshot.file(file).ok()?.hir().clone();
        if let Some(info) = self.infos.get(&file)
            && Arc::ptr_eq(&info.hir, &hir)
        {
            return Some(info.clone());
        }
        let info = Arc::new(FileInfo::new(hir));
        self.infos.insert(file, info.clone());
        Some(info)
    }

    /// Whether the facts were computed from the same code as the current text of a file holds.
    pub fn is_current(&self, file: FileId) -> bool {
        match (self.snapshot.file(file), self.repository.snapshot.file(file)) {
            (Ok(now), Ok(then)) => Arc::ptr_eq(&now, &then) || Arc::ptr_eq(now.hir(), then.hir()),
            _ => false,
        }
    }

    /// Where a place of the facts is in the current text: the name of a binding, or an expression.
    pub fn range(&self, origin: Origin) -> Option<FileRange> {
        self.place_in_text(origin, |source| source.name)
    }

    /// The same with the whole binding.
    pub fn whole_range(&self, origin: Origin) -> Option<FileRange> {
        self.place_in_text(origin, |source| source.whole)
    }

    fn place_in_text(
        &self,
        origin: Origin,
        of_key: impl Fn(crate::hir::BindingSource) -> TextRange,
    ) -> Option<FileRange> {
        let file = origin.file;
        let now = self.snapshot.file(file).ok()?;
        let then = self.repository.snapshot.file(file).ok()?;
        let current = self.is_current(file);
        let data = if current { &now } else { &then };
        let source_map = &data.lowered().source_map;
        let range = match origin.site {
            Site::Key(key) => of_key(source_map.key(key)),
            Site::Expr(expr) => source_map.expr(expr),
        };
        let range = if current { range } else { carry_over(range, &then, &now) };
        Some(FileRange { file, range })
    }

    /// A host by number.
    pub fn host(&self, id: HostId) -> Option<&Arc<Host>> {
        let (flake, host) = self.index().hosts.get(id.0 as usize)?;
        self.repository.flakes.get(*flake)?.hosts.get(*host)
    }

    /// All hosts of the flake that a file belongs to, or of all flakes for a file of none.
    pub fn hosts_of_flake(&self, file: FileId) -> Vec<HostId> {
        let flake = self.flake(file).map(|flake| flake.root.clone());
        let of_flake = |at: usize| match (&flake, self.repository.flakes.get(at)) {
            (Some(root), Some(flake)) => flake.root == *root,
            _ => true,
        };
        let hosts = self.index().hosts.iter().enumerate();
        hosts.filter(|(_, (flake, _))| of_flake(*flake)).map(|(at, _)| HostId(at as u32)).collect()
    }

    /// The modules that a file is to the hosts that reach it, or that stand in it.
    pub fn modules(&self, file: FileId) -> &[ModuleRef] {
        self.index().modules.get(&file).map_or(&[], Vec::as_slice)
    }

    /// The hosts that reach a file, each once.
    pub fn hosts_reaching(&self, file: FileId) -> Vec<HostId> {
        let mut hosts: Vec<HostId> = self.modules(file).iter().map(|module| module.host).collect();
        hosts.sort();
        hosts.dedup();
        hosts
    }

    /// The users within a host.
    pub fn users(&self, host: HostId) -> &[HostId] {
        self.index().users.get(&host).map_or(&[], Vec::as_slice)
    }

    /// The host that a user is within.
    pub fn within(&self, user: HostId) -> Option<HostId> {
        self.index().within.get(&user).copied()
    }

    /// What the facts say of a place.
    pub fn roles(&self, origin: Origin) -> &[Role] {
        self.index().roles.get(&origin).map_or(&[], Vec::as_slice)
    }

    /// The file that a path literal in `from` leads to; a folder is its default.nix.
    pub fn path_target(&self, from: FileId, literal: &str) -> Option<FileId> {
        let path = self.path_of_literal(from, literal)?;
        let path = match self.snapshot.file_type(&path).ok()?? {
            FileType::Directory => format!("{path}/default.nix"),
            _ => path.to_string(),
        };
        self.snapshot.file_type(&path).ok()??;
        let real = self.snapshot.tree().resolve(&path).map(|(real, _)| real).unwrap_or_else(|| Name::from(path));
        Some(self.snapshot.paths().id(&real))
    }

    /// The absolute path of a path literal that stands in `from`.
    pub fn path_of_literal(&self, from: FileId, literal: &str) -> Option<Name> {
        if literal.starts_with('/') {
            return Some(crate::eval::normalise_path(literal));
        }
        let path = self.path(from);
        let (folder, _) = path.rsplit_once('/')?;
        Some(join_path(folder, literal))
    }
}

/// Where a range of an older text lies in a newer one.
fn carry_over(range: TextRange, then: &FileData, now: &FileData) -> TextRange {
    let edits = now.edits_since(then);
    let moved = edits.and_then(|edits| map_range(range, &edits));
    moved.unwrap_or_else(|| carry_over_text(range, then.text(), now.text()))
}

/// The same where only the texts are known: what stands before or after all
/// that changed has only moved.
fn carry_over_text(range: TextRange, old: &str, new: &str) -> TextRange {
    let same = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
    let same_end = old.bytes().rev().zip(new.bytes().rev()).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - same;
    let changed_to = old.len() - same_end.min(rest);
    let end = new.text_len();
    if usize::from(range.end()) <= same {
        return range;
    }
    if usize::from(range.start()) >= changed_to {
        let from_end = |at: TextSize| end.checked_sub(old.text_len() - at).unwrap_or_default();
        return TextRange::new(from_end(range.start()), from_end(range.end()));
    }
    if usize::from(range.start()) <= same && usize::from(range.end()) >= changed_to {
        // The change is within it.
        let to_end = old.text_len() - range.end();
        return TextRange::new(range.start(), end.checked_sub(to_end).unwrap_or_default().max(range.start()));
    }
    // It was edited itself: its start is the best that is left.
    let mut at = range.start().min(end);
    while !new.is_char_boundary(at.into()) {
        at -= TextSize::from(1);
    }
    TextRange::empty(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_move_with_the_text() {
        let range = |start: u32, end: u32| TextRange::new(start.into(), end.into());
        assert_eq!(carry_over_text(range(0, 1), "a = b;", "a = xx;"), range(0, 1));
        assert_eq!(carry_over_text(range(5, 6), "a = b;", "a = xx;"), range(6, 7));
        assert_eq!(carry_over_text(range(4, 5), "a = b;", "a = xx;"), range(4, 6));
        assert_eq!(carry_over_text(range(0, 6), "a = b;", "a = ;"), range(0, 5));
        assert_eq!(carry_over_text(range(0, 3), "abc;", "x;"), range(0, 1));
        assert_eq!(carry_over_text(range(1, 3), "abcd", "ad"), range(1, 1));
        assert_eq!(carry_over_text(range(2, 3), "aaa", "aa"), range(2, 2));
        assert_eq!(carry_over_text(range(0, 3), "aaa", ""), range(0, 0));
        assert_eq!(carry_over_text(range(1, 2), "ab", "äb"), range(2, 3));
    }
}
