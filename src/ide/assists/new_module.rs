//! Makes a new module, in the list of imports at the cursor or in a folder whose files are all modules.
//!
//! It looks like the modules beside it: where these declare a switch of their own name in a namespace of the repository, so
//! does the new one. What other options it is to have, and which hosts are to set them, is for you to say.
//!
//! ```nix before
//! #! minipkgs: flake
//! #- /host.nix
//! {
//!   imports = [
//!     ./modules/printing.nix$0
//!   ];
//! }
//! #- /modules/printing.nix
//! { config, lib, ... }:
//! {
//!   options.my.printing.enable = lib.mkEnableOption "printing";
//! }
//! ```
//!
//! ```nix after
//! #- /host.nix
//! {
//!   imports = [
//!     ./modules/printing.nix
//!     ./modules/new-module.nix
//!   ];
//! }
//! #- /modules/new-module.nix
//! { config, lib, ... }:
//! let
//!   cfg = config.my.new-module;
//! in
//! {
//!   options.my.new-module = {
//!     enable = lib.mkEnableOption "new-module";
//!   };
//!
//!   config = lib.mkIf cfg.enable {
//!   };
//! }
//! ```
//!
//! ```nix before
//! #! minipkgs: flake
//! #- /host.nix
//! { imports = map (name: ./modules + "/${name}") (builtins.attrNames (builtins.readDir ./modules)); }
//! #- /modules/printing.nix
//! { pk$0gs, ... }: { services.printing.enable = true; }
//! ```
//!
//! ```nix after
//! #- /modules/new-module.nix
//! { ... }:
//! {
//! }
//! ```
//!
//! ```nix nothing
//! #! minipkgs: flake
//! #- /host.nix
//! { environment.etc = [ $0]; }
//! ```

use super::{Assist, AssistKind, Context, Offer, skeleton};
use crate::hir::Name;
use crate::module_system::ModuleSource;
use crate::repository::Flake;
use crate::rules::{NewFile, add_to_list, relative_path};
use crate::semantics::attr_name;
use crate::syntax::SyntaxKind;
use crate::syntax::ast::{self, AstNode};
use crate::syntax::string_value::plain_path;

pub(super) const ASSIST: Assist =
    Assist { id: "new-module", kind: AssistKind::Generate, source: include_str!("new_module.rs"), offer };

fn offer(context: &Context<'_>) -> Option<Offer> {
    let flake = context.analysis.flake(context.file)?;
    in_list(context, flake).or_else(|| in_folder(context, flake))
}

/// In the list that the cursor is in.
fn in_list(context: &Context<'_>, flake: &Flake) -> Option<Offer> {
    let list: ast::List = context.node()?;
    let binding = list.syntax().ancestors().skip(1).find_map(ast::AttrpathValue::cast)?;
    let last = attr_name(&binding.attrpath()?.attrs().last()?)?;
    if !matches!(last.as_str(), "imports" | "modules" | "sharedModules") || is_in_element(context, &list) {
        return None;
    }
    // That it is a list of modules is known by what came of it, or it is the imports of a module.
    let map = &context.data.lowered().source_map;
    let within = list.syntax().text_range();
    let mut sites = context.analysis.import_sites(context.file).into_iter();
    let imports = last == "imports" && !context.analysis.modules(context.file).is_empty();
    if !context.analysis.is_current(context.file)
        || !(imports || sites.any(|(site, _)| within.contains_range(map.expr(site))))
    {
        return None;
    }
    let own = context.analysis.path(context.file);
    let (own_folder, _) = own.rsplit_once('/')?;
    let paths: Vec<Name> = list
        .items()
        .filter_map(|item| {
            context.analysis.path_of_literal(context.file, &plain_path(&ast::Path::cast(item.syntax().clone())?)?)
        })
        .collect();
    let below = paths.iter().rev().find(|path| path.starts_with(&format!("{own_folder}/")));
    let folder = below.or(paths.last()).and_then(|path| path.rsplit_once('/')).map_or(own_folder, |(folder, _)| folder);
    let name = free_name(context, folder)?;
    let path = Name::new(format!("{folder}/{name}.nix"));
    let literal = relative_path(&own, &path)?;
    let edit = add_to_list(context.data.text(), &list, &literal)?;
    made(context, flake, folder, &name, path, vec![(context.file, edit)])
}

/// Whether the cursor stands in an element that is more than a name or a path.
fn is_in_element(context: &Context<'_>, list: &ast::List) -> bool {
    let items = list.items().filter(|item| item.syntax().text_range().contains_range(context.range));
    let deep = |item: &ast::Expr| {
        let mut inside = item.syntax().descendants();
        inside.any(|node| matches!(node.kind(), SyntaxKind::NODE_ATTR_SET | SyntaxKind::NODE_LAMBDA))
    };
    items.into_iter().any(|item| deep(&item))
}

/// In the folder of the module whose arguments the cursor is in, where the folder is listed by code.
fn in_folder(context: &Context<'_>, flake: &Flake) -> Option<Offer> {
    let pattern: ast::Pattern = context.node()?;
    let function = ast::Lambda::cast(pattern.syntax().parent()?)?;
    if function.syntax().parent()?.kind() != SyntaxKind::NODE_ROOT {
        return None;
    }
    let own = context.analysis.path(context.file);
    let is_module = flake
        .hosts
        .iter()
        .flat_map(|host| &host.facts.modules)
        .any(|module| matches!(&module.source, ModuleSource::File { file, .. } if *file == context.file));
    let (folder, file) = own.rsplit_once('/').filter(|_| is_module)?;
    let (listed, in_folder) = match file {
        "default.nix" => (folder.rsplit_once('/')?.0, true),
        _ => (folder, false),
    };
    if !flake.listed.contains(listed) {
        return None;
    }
    let name = free_name(context, listed)?;
    let path = match in_folder {
        true => Name::new(format!("{listed}/{name}/default.nix")),
        false => Name::new(format!("{listed}/{name}.nix")),
    };
    made(context, flake, listed, &name, path, Vec::new())
}

fn free_name(context: &Context<'_>, folder: &str) -> Option<String> {
    let tree = context.analysis.snapshot().tree();
    let mut names = std::iter::once("new-module".to_string()).chain((2..100).map(|it| format!("new-module-{it}")));
    names.find(|name| {
        tree.node(&format!("{folder}/{name}")).is_none() && tree.node(&format!("{folder}/{name}.nix")).is_none()
    })
}

fn made(
    context: &Context<'_>,
    flake: &Flake,
    folder: &str,
    name: &str,
    path: Name,
    edits: Vec<(crate::base::FileId, crate::base::TextEdit)>,
) -> Option<Offer> {
    let text = skeleton::of_module(flake, |file| context.analysis.path(file), folder, name);
    let add = if context.analysis.snapshot().tree().in_git(&path) { " (git add it afterwards)" } else { "" };
    let title = format!("New module {}{add}", flake.relative(&path));
    Some(Offer { title, edits, creates: vec![NewFile { path, text }], ..Offer::default() })
}
