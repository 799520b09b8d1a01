//! `builtins.readFile ./x` and `import ./x` of files that do not exist.
//!
//! Evaluation alone does not find them: the text or value goes into a package or an option of upstream, and what
//! becomes of it there only a real build asks for. A read counts where nothing but
//! plain data and calls stands between it and the definition (or the file) it belongs to: no condition and no `optional`.

use std::collections::BTreeMap;

use super::{Flake, Repository, is_below};
use crate::base::{FileId, TextRange};
use crate::db::{FileData, OfText};
use crate::eval::{Files, Origin, Site, join_path};
use crate::hir::{BinaryOp, Expr, ExprId, File, Key, Name, PathAnchor, StrPart, VarTarget};
use crate::module_system::Condition;

/// A read of a file that does not exist.
#[derive(Clone, Debug, PartialEq)]
pub struct MissingRead {
    /// The path literal.
    pub origin: Origin,
    pub path: Name,
    /// The hosts for which it is read.
    pub hosts: Vec<String>,
}

/// Reads in the modules of hosts, in definitions that are in force.
pub fn missing_reads(repository: &Repository, flake: &Flake) -> Vec<MissingRead> {
    let mut by_file: BTreeMap<FileId, Vec<(TextRange, ExprId, Name)>> = BTreeMap::new();
    let mut found: BTreeMap<(FileId, ExprId), MissingRead> = BTreeMap::new();
    for host in &flake.hosts {
        for (index, module) in host.facts.modules.iter().enumerate() {
            let Some(file) = module.file().filter(|_| !module.maybe) else { continue };
            let reads = by_file.entry(file).or_insert_with(|| reads_of(repository, flake, file));
            if reads.is_empty() {
                continue;
            }
            let definitions = host
                .facts
                .definitions
                .iter()
                .filter(|it| it.module == index && it.condition == Condition::Holds && !it.maybe);
            for range in definitions.filter_map(|it| repository.whole_range(it.origin?)).filter(|it| it.file == file) {
                for (at, expr, path) in reads.iter().filter(|(at, _, _)| range.range.contains_range(*at)) {
                    let Ok(data) = repository.snapshot.file(file) else { continue };
                    if !is_plain(data.hir(), &data.lowered().source_map, range.range, *at) {
                        continue;
                    }
                    let read = found.entry((file, *expr)).or_insert_with(|| MissingRead {
                        origin: Origin { file, site: Site::Expr(*expr) },
                        path: path.clone(),
                        hosts: Vec::new(),
                    });
                    if !read.hosts.contains(&host.output) {
                        read.hosts.push(host.output.clone());
                    }
                }
            }
        }
    }
    found.into_values().collect()
}

/// Reads anywhere in a file, as long as nothing but plain data and calls stands around them.
pub fn missing_reads_of_file(repository: &Repository, flake: &Flake, file: FileId) -> Vec<MissingRead> {
    let reads = reads_of(repository, flake, file);
    let Ok(data) = repository.snapshot.file(file) else { return Vec::new() };
    let whole = TextRange::up_to(crate::base::TextSize::of(&**data.text()));
    let plain = reads.into_iter().filter(|(at, _, _)| is_plain(data.hir(), &data.lowered().source_map, whole, *at));
    let read =
        |(_, expr, path)| MissingRead { origin: Origin { file, site: Site::Expr(expr) }, path, hosts: Vec::new() };
    plain.map(read).collect()
}

/// The literal paths that a file reads and that do not exist.
fn reads_of(repository: &Repository, flake: &Flake, file: FileId) -> Vec<(TextRange, ExprId, Name)> {
    let Ok(data) = repository.snapshot.file(file) else { return Vec::new() };
    let own = repository.path(file);
    let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut found = Vec::new();
    for (argument, text) in &data.of_text::<ReadFiles>().0 {
        let path = join_path(folder, text);
        if is_below(&path, &flake.root) && repository.snapshot.file_type(&path) == Ok(None) {
            found.push((data.lowered().source_map.expr(*argument), *argument, path));
        }
    }
    found
}

/// The relative paths that a file reads or imports.
struct ReadFiles(Vec<(ExprId, Name)>);

impl OfText for ReadFiles {
    fn of(file: &FileData) -> ReadFiles {
        let hir = file.hir();
        let read = hir.exprs().filter_map(|(_, expr)| {
            let Expr::Apply { function, argument } = expr else { return None };
            let Expr::Path { anchor: PathAnchor::Relative, parts } = hir.expr(*argument) else { return None };
            let [StrPart::Literal(text)] = &parts[..] else { return None };
            matches!(called(hir, *function), Some("readFile" | "import")).then(|| (*argument, text.clone()))
        });
        ReadFiles(read.collect())
    }
}

/// The last name of what is called.
pub(super) fn called(hir: &File, function: ExprId) -> Option<&str> {
    match hir.expr(function) {
        Expr::Select { path, default: None, .. } => path.last().and_then(Key::name).map(Name::as_str),
        Expr::Var(var) if var.target != VarTarget::Undefined => Some(&var.name),
        Expr::Apply { function, .. } => called(hir, *function),
        _ => None,
    }
}

/// Whether nothing that decides stands between `within` and `at`.
fn is_plain(hir: &File, map: &crate::hir::SourceMap, within: TextRange, at: TextRange) -> bool {
    hir.exprs().all(|(id, expr)| {
        let range = map.expr(id);
        if !within.contains_range(range) || !range.contains_range(at) {
            return true;
        }
        match expr {
            Expr::If { .. } | Expr::Assert { .. } | Expr::HasAttr { .. } => false,
            Expr::Select { default, .. } => default.is_none(),
            Expr::Binary { op, .. } => !matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Implication),
            // Bindings of a `let` may not be needed.
            Expr::Let { body, .. } => map.expr(*body).contains_range(at),
            Expr::Apply { function, .. } => match called(hir, *function) {
                Some(name) => !DECIDING.iter().any(|word| name.starts_with(word)),
                None => true,
            },
            _ => true,
        }
    })
}

/// How functions are called that may drop an argument.
const DECIDING: &[&str] = &[
    "mkIf",
    "optional",
    "pathExists",
    "tryEval",
    "mkOption",
    "mkEnableOption",
    "mkDefault",
    "mkOverride",
    "throwIf",
    "warnIf",
    "filter",
    "if",
];
