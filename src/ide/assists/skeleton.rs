//! What a new file of a repository begins with: that which the files like it have in common.

use std::collections::BTreeSet;

use super::Context;
use crate::base::FileId;
use crate::eval::attr_name;
use crate::hir::Name;
use crate::module_system::{Condition, Facts, ModuleSource, path_text};
use crate::repository::{Flake, attribute};
use crate::syntax::SyntaxKind;
use crate::syntax::ast::{self, AstNode};
use crate::syntax::string_value::plain_path;

/// Options that a host says for itself and that another one needs as well.
const KEPT: &[&[&str]] = &[
    &["networking", "hostName"],
    &["nixpkgs", "hostPlatform"],
    &["system", "stateVersion"],
    &["home", "username"],
    &["home", "homeDirectory"],
    &["home", "stateVersion"],
];

/// A path in which a folder or file has one name, with another name there: `hosts/nas/default.nix`, `hosts/nas.nix`.
pub(super) fn renamed(path: &str, from: &str, to: &str) -> Option<String> {
    let mut parts: Vec<String> = path.split('/').map(str::to_string).collect();
    let at = parts.iter().rposition(|part| part == from || part.strip_suffix(".nix") == Some(from))?;
    let part = parts.get_mut(at)?;
    *part = if part.ends_with(".nix") && from != part.as_str() { format!("{to}.nix") } else { to.to_string() };
    Some(parts.join("/"))
}

/// The folder that holds what [`renamed`] gives another name.
pub(super) fn folder_of(path: &str, name: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let at = parts.iter().rposition(|part| *part == name || part.strip_suffix(".nix") == Some(name))?;
    Some(parts.get(..at)?.join("/"))
}

/// The text of a host's module for a new host: imports that most of `others` have too, and the few options that every
/// host says for itself.
pub(super) fn of_host(
    context: &Context<'_>,
    (facts, file): (&Facts, FileId),
    others: &[FileId],
    own: &dyn Fn(&str) -> bool,
    (from, to): (&str, &str),
) -> String {
    let mut kept = elements(context, file);
    kept.retain(|element| element.path.as_deref().is_none_or(|path| !own(path)));
    if others.is_empty() {
        kept.retain(|element| element.path.is_some());
    } else {
        let theirs: Vec<Vec<Element>> = others.iter().map(|other| elements(context, *other)).collect();
        let count = |element: &Element| theirs.iter().filter(|of| of.iter().any(|it| it.is_same(element))).count();
        kept.retain(|element| 2 * count(element) >= theirs.len());
    }
    let names: BTreeSet<&str> = kept.iter().flat_map(|element| &element.names).map(String::as_str).collect();
    let mut formals: Vec<&str> = names.into_iter().collect();
    formals.push("...");
    let mut body = String::new();
    if !kept.is_empty() {
        body.push_str("  imports = [\n");
        kept.iter().for_each(|element| body.push_str(&format!("    {}\n", element.text)));
        body.push_str("  ];\n");
    }
    let mut values = String::new();
    for path in KEPT {
        let definition = facts.definitions.iter().find(|definition| {
            let of_file = facts.modules.get(definition.module).and_then(|module| module.file()) == Some(file);
            of_file && definition.condition == Condition::Holds && definition.path.iter().eq(path.iter())
        });
        let Some(definition) = definition else { continue };
        let Some(value) = definition.value.as_ref().filter(|_| definition.value_type == Some("string")) else {
            continue;
        };
        let value = match context.analysis.shown(value) {
            name if name == format!("\"{from}\"") => format!("\"{to}\""),
            value => value,
        };
        values.push_str(&format!("  {} = {value};\n", path_text(&definition.path)));
    }
    let space = if body.is_empty() || values.is_empty() { "" } else { "\n" };
    format!("{{ {} }}:\n{{\n{body}{space}{values}}}\n", formals.join(", "))
}

/// An element of the imports of a module.
struct Element {
    text: String,
    /// The absolute path, where it is one.
    path: Option<Name>,
    /// The names that it uses.
    names: Vec<String>,
}

impl Element {
    fn is_same(&self, other: &Element) -> bool {
        match (&self.path, &other.path) {
            (Some(path), Some(other)) => path == other,
            _ => self.text == other.text,
        }
    }
}

fn elements(context: &Context<'_>, file: FileId) -> Vec<Element> {
    let imports = context.analysis.repository().module_set(file, None).and_then(|set| attribute(&set, "imports"));
    let Some(ast::Expr::List(list)) = imports else { return Vec::new() };
    let element = |item: ast::Expr| {
        let path = ast::Path::cast(item.syntax().clone()).and_then(|path| plain_path(&path));
        let nodes = item.syntax().descendants().filter(|node| node.kind() == SyntaxKind::NODE_IDENT);
        let free = nodes.filter(|node| node.parent().is_none_or(|parent| parent.kind() != SyntaxKind::NODE_ATTRPATH));
        Element {
            text: item.syntax().text().to_string(),
            path: path.and_then(|path| context.analysis.path_of_literal(file, &path)),
            names: free.map(|node| node.text().to_string()).collect(),
        }
    };
    list.items().map(element).collect()
}

/// The text of a module beside others in a folder. Where these declare a switch of their own name in a
/// namespace of the repository, it declares one there too.
pub(super) fn of_module(flake: &Flake, repository_path: impl Fn(FileId) -> Name, folder: &str, name: &str) -> String {
    let mut namespaces: Vec<(Vec<Name>, usize)> = Vec::new();
    let mut seen: BTreeSet<(FileId, &[Name])> = BTreeSet::new();
    for host in &flake.hosts {
        for option in &host.facts.options {
            let [namespace @ .., own, last] = option.path.as_slice() else { continue };
            if last != "enable" || namespace.is_empty() {
                continue;
            }
            for declaration in &option.declarations {
                let Some(file) = declaration.origin.map(|origin| origin.file) else { continue };
                let module = host.facts.modules.get(declaration.module).map(|module| &module.source);
                let is_file = matches!(module, Some(ModuleSource::File { .. }));
                if !is_file || !is_beside(&repository_path(file), folder, own) || !seen.insert((file, &option.path)) {
                    continue;
                }
                match namespaces.iter_mut().find(|(known, _)| known == namespace) {
                    Some((_, count)) => *count += 1,
                    None => namespaces.push((namespace.to_vec(), 1)),
                }
            }
        }
    }
    // The one that most have; of several the first.
    let most = namespaces.iter().rev().max_by_key(|(_, count)| *count);
    let Some((namespace, _)) = most else { return "{ ... }:\n{\n}\n".to_string() };
    let path = format!("{}.{}", path_text(namespace), attr_name(name));
    format!(
        "{{ config, lib, ... }}:\nlet\n  cfg = config.{path};\nin\n{{\n  options.{path} = {{\n    \
         enable = lib.mkEnableOption \"{name}\";\n  }};\n\n  config = lib.mkIf cfg.enable {{\n  }};\n}}\n"
    )
}

/// Whether a file of a folder, or the default.nix of a folder in it, has this name.
fn is_beside(path: &str, folder: &str, name: &str) -> bool {
    let rest = path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
    rest.is_some_and(|rest| rest == format!("{name}.nix") || rest == format!("{name}/default.nix"))
}
