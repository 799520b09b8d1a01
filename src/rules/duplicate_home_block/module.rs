//! One module in place of definitions that stand word for word in several.

use std::collections::BTreeSet;

use super::extract::common_folder;
use super::template::{dedented, indented};
use crate::base::{FileId, TextEdit, TextRange};
use crate::db::FileData;
use crate::hir::{Expr, Name, Param, VarTarget};
use crate::module_system::path_text;
use crate::repository::{Flake, Repeated, Repository, attribute};
use crate::rules::edits;
use crate::rules::{Fix, NewFile};
use crate::syntax::ast::{self, AstNode, HasEntry};

/// The bindings of a block in one module.
struct Taken {
    file: FileId,
    /// Each with the path that it has in the module.
    bindings: Vec<(String, ast::AttrpathValue)>,
    /// What is taken out of the text.
    ranges: Vec<TextRange>,
    /// The arguments of the module that the block uses.
    arguments: BTreeSet<String>,
}

/// The change that makes a module of the block; `None` where its places are not plain modules, where it uses names
/// that only its file has, and where a host has several of the places, whose lists would become shorter.
pub(super) fn extract(repository: &Repository, flake: &Flake, block: &Repeated) -> Option<Fix> {
    let mut files: Vec<FileId> = block.places.iter().map(|place| place.file).collect();
    files.sort();
    files.dedup();
    if files.len() != block.places.len() {
        return None;
    }
    let several = flake.hosts.iter().any(|host| {
        let of_host: BTreeSet<FileId> = host.facts.modules.iter().filter_map(|module| module.file()).collect();
        files.iter().filter(|file| of_host.contains(file)).count() > 1
    });
    if several {
        return None;
    }
    let taken: Vec<Taken> = files.iter().map(|file| take(repository, *file, &block.path)).collect::<Option<_>>()?;
    let (first, others) = taken.split_first()?;
    let words = |taken: &Taken| {
        let nodes = taken.bindings.iter().map(|(_, binding)| binding.syntax());
        let tokens = nodes.flat_map(|node| node.descendants_with_tokens()).filter_map(|it| it.into_token());
        tokens.filter(|token| !token.kind().is_trivia()).map(|token| token.text().to_string()).collect::<Vec<_>>()
    };
    let same = |other: &Taken| other.arguments == first.arguments && words(other) == words(first);
    if !others.iter().all(same) {
        return None;
    }
    let paths: Vec<Name> = files.iter().map(|file| repository.path(*file)).collect();
    let folder = common_folder(&paths, flake)?;
    let plain = |name: &&Name| name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    let names: Vec<&str> = block.path.iter().filter(plain).map(Name::as_str).collect();
    let path = Name::new(format!("{folder}/{}.nix", names.join("-")));
    if names.is_empty() || repository.snapshot.tree().node(&path).is_some() {
        return None;
    }
    let mut body = String::new();
    for (path, binding) in &first.bindings {
        body.push_str(&format!("{path} = {};\n", dedented(binding.value()?.syntax())));
    }
    let arguments: Vec<&str> = first.arguments.iter().map(String::as_str).chain(["..."]).collect();
    let text = format!("{{ {} }}:\n{{\n{}\n}}\n", arguments.join(", "), indented(&body, "  "));
    let mut changes = Vec::new();
    for one in &taken {
        let data = repository.snapshot.file(one.file).ok()?;
        changes.extend(one.ranges.iter().map(|range| (one.file, edits::delete_binding(data.text(), *range))));
        let (edit, _) = edits::add_import(repository, one.file, None, &path)?;
        changes.push(edit);
    }
    let overlaps = |a: &(FileId, TextEdit), b: &(FileId, TextEdit)| {
        a != b && a.0 == b.0 && a.1.range.intersect(b.1.range).is_some_and(|it| !it.is_empty())
    };
    if changes.iter().any(|a| changes.iter().any(|b| overlaps(a, b))) {
        return None;
    }
    let add = if repository.snapshot.tree().in_git(&path) { " (git add it afterwards)" } else { "" };
    Some(Fix {
        title: format!("Make {} of {} in {} files{add}", flake.relative(&path), path_text(&block.path), files.len()),
        edits: changes,
        creates: vec![NewFile { path, text }],
        is_unsafe: true,
        keeps_facts: true,
        ..Fix::default()
    })
}

fn take(repository: &Repository, file: FileId, path: &[Name]) -> Option<Taken> {
    let data = repository.snapshot.file(file).ok()?;
    let hir = data.hir();
    // A module by itself: a set, or one function of its arguments.
    let formals: Vec<Name> = match hir.expr(hir.root()?) {
        Expr::Lambda(lambda) => match &lambda.param {
            Param::Pattern { formals, .. } => formals.iter().map(|formal| formal.name.clone()).collect(),
            Param::Ident { .. } => return None,
        },
        Expr::Attrs(_) => Vec::new(),
        _ => return None,
    };
    let set = repository.module_set(file, None)?;
    let inner = match attribute(&set, "config") {
        Some(ast::Expr::AttrSet(config)) => config,
        Some(_) => return None,
        None => set.clone(),
    };
    let names: Vec<&str> = path.iter().map(Name::as_str).collect();
    let mut taken = Taken { file, bindings: Vec::new(), ranges: Vec::new(), arguments: BTreeSet::new() };
    collect(&inner, &[], &names, &mut taken)?;
    if taken.bindings.is_empty() {
        return None;
    }
    for (_, binding) in &taken.bindings {
        uses(&data, binding.syntax().text_range(), &formals, &mut taken.arguments)?;
    }
    Some(taken)
}

/// The bindings of a set that are, or lie below, a path; `None` where that cannot be told.
fn collect(set: &ast::AttrSet, around: &[String], path: &[&str], taken: &mut Taken) -> Option<()> {
    if set.rec_token().is_some() {
        return None;
    }
    for entry in set.entries() {
        let ast::Entry::AttrpathValue(binding) = entry else { continue };
        let attrs: Vec<String> = binding.attrpath()?.attrs().map(|attr| attr.syntax().text().to_string()).collect();
        let shared = attrs.iter().zip(path).take_while(|(a, b)| a.as_str() == **b).count();
        let full: Vec<String> = around.iter().cloned().chain(attrs.iter().cloned()).collect();
        if shared == path.len() {
            taken.ranges.push(binding.syntax().text_range());
            taken.bindings.push((full.join("."), binding));
        } else if shared == attrs.len() {
            let ast::Expr::AttrSet(inner) = binding.value()? else { return None };
            let before = taken.ranges.len();
            collect(&inner, &full, path.get(shared..)?, taken)?;
            // A set that has nothing left in it goes as well.
            if taken.ranges.len() - before == inner.entries().count() && taken.ranges.len() > before {
                taken.ranges.truncate(before);
                taken.ranges.push(binding.syntax().text_range());
            }
        }
    }
    Some(())
}

/// Notes the arguments of the module that a stretch of text uses; `None` where it uses other names of the file, or paths.
fn uses(data: &FileData, within: TextRange, formals: &[Name], arguments: &mut BTreeSet<String>) -> Option<()> {
    let map = &data.lowered().source_map;
    for (id, expr) in data.hir().exprs() {
        if !within.contains_range(map.expr(id)) || map.expr(id).is_empty() {
            continue;
        }
        match expr {
            Expr::Var(var) => match &var.target {
                VarTarget::Global => {}
                VarTarget::Slot { key, .. } if within.contains_range(map.key(*key).name) => {}
                VarTarget::Slot { .. } if formals.contains(&var.name) => {
                    arguments.insert(var.name.to_string());
                }
                _ => return None,
            },
            Expr::Path { .. } | Expr::CurPos => return None,
            _ => {}
        }
    }
    Some(())
}
