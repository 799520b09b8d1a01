//! One function in place of blocks that make Home Manager part of a host.
//!
//! In one file the function is bound around all places; for places in several files it is a file of its own, which is
//! handed whatever names the block uses. Either way what stands at `home-manager` afterwards is the same value.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::template::{self, Block, Scope, Template, comments_outside, indented, joined_inherits};
use crate::base::{FileId, TextEdit, TextRange, TextSize};
use crate::db::FileData;
use crate::eval::Origin;
use crate::hir::{Expr, KeyId, Name, Param};
use crate::repository::{Flake, Repeated, Repository};
use crate::rules::edits;
use crate::rules::{Fix, NewFile};
use crate::syntax::ast::{self, AstNode};
use crate::syntax::{SyntaxKind, SyntaxNode};

/// A block in the text.
struct Place {
    file: FileId,
    data: std::sync::Arc<FileData>,
    set: ast::AttrSet,
}

/// The change that makes one function of the block; `None` where what the places share cannot be taken out of them.
pub(super) fn extract(repository: &Repository, flake: &Flake, block: &Repeated) -> Option<Fix> {
    let places: Vec<Place> = block.places.iter().map(|place| self::place(repository, *place)).collect::<Option<_>>()?;
    let files: BTreeSet<FileId> = places.iter().map(|place| place.file).collect();
    let blocks: Vec<Block<'_>> =
        places.iter().map(|place| Block { data: &place.data, set: place.set.clone() }).collect();
    if files.len() == 1 { within_file(&places, &blocks) } else { over_files(repository, flake, &places, &blocks) }
}

fn place(repository: &Repository, origin: Origin) -> Option<Place> {
    let whole = repository.whole_range(origin)?;
    let data = repository.snapshot.file(whole.file).ok()?;
    if !data.parse().errors().is_empty() {
        return None;
    }
    let binding: ast::AttrpathValue = edits::node_at(&data.parse().root(), whole.range)?;
    // `home-manager.users = …` is only a part of the block.
    let names = binding.attrpath()?.attrs().count();
    let ast::Expr::AttrSet(set) = binding.value().filter(|_| names == 1)? else { return None };
    Some(Place { file: whole.file, data, set })
}

fn within_file(places: &[Place], blocks: &[Block<'_>]) -> Option<Fix> {
    let first = places.first()?;
    let scope = common_scope(places)?;
    let keys = bound_around(&first.data, scope.text_range());
    let template = template::template(blocks, &Scope::Keys(keys))?;
    let name = free_name(&first.data, &["mkHomeManager", "mkHomeManagerBlock", "mkHomeManagerModule"])?;
    let text = first.data.text();
    let definition = format!("{name} = {};", function(&template, &[]));
    let mut edits = Vec::new();
    match ast::LetIn::cast(scope.clone()) {
        Some(let_in) => {
            let keyword = let_in.in_token()?.text_range().start();
            let before = let_in.in_token()?.prev_sibling_or_token();
            let last = let_in.syntax().children().filter(|node| node.text_range().end() <= keyword).last()?;
            let indent = indent_of(text, last.text_range().start());
            // Behind the last binding and the comments that follow it, before the line of `in`.
            let space = before.and_then(|it| it.into_token()).filter(|it| it.kind() == SyntaxKind::TOKEN_WHITESPACE);
            let at = space.map_or(keyword, |space| space.text_range().start());
            edits.push((first.file, TextEdit::insert(at, format!("\n{}", indented(&definition, &indent)))));
        }
        None => {
            let body = ast::Lambda::cast(scope)?.body()?;
            let at = body.syntax().text_range().start();
            let indent = indent_of(text, at);
            let inner = format!("{indent}  ");
            let insert = format!("let\n{}\n{indent}in\n{indent}", indented(&definition, &inner));
            edits.push((first.file, TextEdit::insert(at, insert)));
        }
    }
    for (index, place) in places.iter().enumerate() {
        edits.push(replace(place, &call(&template, index, &name, &[], places)));
    }
    let title = format!("Make {name} of the {} blocks, which differ in {}", places.len(), differences(&template));
    Some(Fix { title, edits, is_unsafe: true, keeps_facts: true, ..Fix::default() })
}

fn over_files(repository: &Repository, flake: &Flake, places: &[Place], blocks: &[Block<'_>]) -> Option<Fix> {
    let template = template::template(blocks, &Scope::Passed)?;
    let paths: Vec<Name> = places.iter().map(|place| repository.path(place.file)).collect();
    let folder = common_folder(&paths, flake)?;
    let tree = repository.snapshot.tree();
    let names = ["home-manager.nix", "home-manager-block.nix", "mk-home-manager.nix"];
    let path = names.iter().map(|name| Name::new(format!("{folder}/{name}"))).find(|path| tree.node(path).is_none())?;
    let passed: Vec<String> = template.names.iter().cloned().collect();
    let mut edits = Vec::new();
    for (index, place) in places.iter().enumerate() {
        let literal = edits::relative_path(&repository.path(place.file), &path)?;
        let call = call(&template, index, &format!("import {literal}"), &passed, places);
        edits.push(replace(place, &call));
    }
    let add = if tree.in_git(&path) { " (git add it afterwards)" } else { "" };
    let title = format!("Make {} of the {} blocks{add}", flake.relative(&path), places.len());
    let text = format!("{}\n", function(&template, &passed));
    Some(Fix {
        title,
        edits,
        creates: vec![NewFile { path, text }],
        is_unsafe: true,
        keeps_facts: true,
        ..Fix::default()
    })
}

/// What the places differ in, as words.
fn differences(template: &Template) -> String {
    let mut names: Vec<String> = template.holes.iter().map(|(name, _)| name.clone()).collect();
    if template.rest.iter().any(|rest| !rest.is_empty()) {
        names.push("what only some of them have".to_string());
    }
    if names.is_empty() { "nothing".to_string() } else { names.join(", ") }
}

/// The function, or the set where it has no arguments.
fn function(template: &Template, passed: &[String]) -> String {
    let body = template.body.render();
    let mut formals: Vec<String> = passed.to_vec();
    for (name, optional) in &template.holes {
        formals.push(if *optional { format!("{name} ? {{ }}") } else { name.clone() });
    }
    if formals.is_empty() {
        return body;
    }
    format!("{{ {} }}:\n{body}", formals.join(", "))
}

/// The call that gives a place its block.
fn call(template: &Template, index: usize, function: &str, passed: &[String], places: &[Place]) -> String {
    let mut given: Vec<String> = Vec::new();
    // What people wrote beside bindings that are gone stays, but for what the first block hands on.
    if index > 0 {
        given.extend(lost_comments(template, index, places));
    }
    if !passed.is_empty() {
        given.push(format!("inherit {};", passed.join(" ")));
    }
    given.extend(template.arguments.get(index).into_iter().flatten().cloned());
    let given = joined_inherits(given);
    let takes = !passed.is_empty() || !template.holes.is_empty();
    let mut text = match (takes, given.is_empty()) {
        (false, true) => function.to_string(),
        (_, true) => format!("{function} {{ }}"),
        // A set takes no arguments; comments are all that can be left.
        (false, false) => format!("{}\n{function}", given.join("\n")),
        (true, false) => format!("{function} {{\n{}\n}}", indented(&given.join("\n"), "  ")),
    };
    let rest = template.rest.get(index).map(Vec::as_slice).unwrap_or_default();
    if !rest.is_empty() {
        let _ = write!(text, " // {{\n{}\n}}", indented(&rest.join("\n"), "  "));
    }
    text
}

/// The comments of a block that the text of the call or of the function would not hold.
fn lost_comments(template: &Template, index: usize, places: &[Place]) -> Vec<String> {
    let Some(place) = places.get(index) else { return Vec::new() };
    let body = template.body.render();
    let empty = Vec::new();
    let given = template.arguments.get(index).unwrap_or(&empty).join("\n");
    let rest = template.rest.get(index).unwrap_or(&empty).join("\n");
    let mut comments = comments_outside(place.set.syntax(), &[]);
    comments.retain(|comment| !body.contains(comment) && !given.contains(comment) && !rest.contains(comment));
    comments
}

fn replace(place: &Place, text: &str) -> (FileId, TextEdit) {
    let range = place.set.syntax().text_range();
    let indent = indent_of(place.data.text(), range.start());
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default().to_string();
    let others: String = lines.map(|line| format!("\n{}", indented(line, &indent))).collect();
    (place.file, TextEdit::replace(range, first + &others))
}

/// The innermost `let`, or else the innermost function, around all places.
fn common_scope(places: &[Place]) -> Option<SyntaxNode> {
    let (first, others) = places.split_first()?;
    let around = |node: &SyntaxNode| {
        others.iter().all(|other| node.text_range().contains_range(other.set.syntax().text_range()))
    };
    let common: Vec<SyntaxNode> = first.set.syntax().ancestors().skip(1).filter(|node| around(node)).collect();
    let is_let = |node: &&SyntaxNode| node.kind() == SyntaxKind::NODE_LET_IN;
    // The body of a function: what stands in its arguments sees nothing of its `let`.
    let is_function = |node: &&SyntaxNode| {
        let body = ast::Lambda::cast((*node).clone()).and_then(|lambda| lambda.body());
        let within = |place: &Place| {
            body.as_ref().is_some_and(|body| body.syntax().text_range().contains_range(place.set.syntax().text_range()))
        };
        places.iter().all(within)
    };
    common.iter().find(is_let).or_else(|| common.iter().find(is_function)).cloned()
}

/// The names that are bound by what stands around a range, or is it.
fn bound_around(data: &FileData, range: TextRange) -> BTreeSet<KeyId> {
    let hir = data.hir();
    let map = &data.lowered().source_map;
    let mut keys = BTreeSet::new();
    for (id, expr) in hir.exprs() {
        if !map.expr(id).contains_range(range) {
            continue;
        }
        match expr {
            Expr::Let { bindings, .. } => keys.extend(bindings.attrs.iter().flat_map(|attr| attr.keys.iter().copied())),
            Expr::Attrs(set) if set.recursive => {
                keys.extend(set.attrs.iter().flat_map(|attr| attr.keys.iter().copied()));
            }
            Expr::Lambda(lambda) => match &lambda.param {
                Param::Ident { key, .. } => keys.extend([*key]),
                Param::Pattern { formals, bind, .. } => {
                    keys.extend(formals.iter().map(|formal| formal.key));
                    keys.extend(bind.iter().map(|(_, key)| *key));
                }
            },
            _ => {}
        }
    }
    keys
}

/// The first of these names that the file does not use.
fn free_name(data: &FileData, names: &[&str]) -> Option<String> {
    let root = data.parse().root();
    let idents: BTreeSet<String> = root
        .descendants()
        .filter(|node| node.kind() == SyntaxKind::NODE_IDENT)
        .map(|node| node.text().to_string())
        .collect();
    names.iter().find(|name| !idents.contains(**name)).map(|name| (*name).to_string())
}

/// The innermost folder of the flake that all paths lie in and that nothing lists: there a new file would be a module,
/// a host or whatever else files in it are.
pub(super) fn common_folder(paths: &[Name], flake: &Flake) -> Option<String> {
    let folders: Vec<Vec<&str>> =
        paths.iter().map(|path| path.rsplit_once('/').map_or("", |(folder, _)| folder).split('/').collect()).collect();
    let first = folders.first()?;
    let shared = (0..first.len()).take_while(|at| folders.iter().all(|folder| folder.get(*at) == first.get(*at)));
    let count = shared.count();
    let mut folder = first.get(..count)?.join("/");
    while crate::repository::is_below(&folder, &flake.root) {
        if !flake.listed.contains(folder.as_str()) {
            return Some(folder);
        }
        folder.truncate(folder.rfind('/')?);
    }
    None
}

/// The white space that the line of `at` starts with.
fn indent_of(text: &str, at: TextSize) -> String {
    let before = text.get(..at.into()).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.get(..line.len() - line.trim_start().len()).unwrap_or_default().to_string()
}
