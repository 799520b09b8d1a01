//! Makes a new host beside one that the repository has, with the files that it needs.
//!
//! Where hosts are written one by one it copies the entry; where a folder is listed the file alone makes the host. The new
//! module imports what most hosts import, and says what each says for itself: its name, its platform, the state version.
//!
//! It does not know the hardware, and what else stands in the entry (addresses, keys) is still that of the other host.
//! Afterwards there is one more host, and the others are what they were; where that cannot be shown, nothing is changed.
//!
//! ```nix before
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs";
//!   outputs = { nixpkgs, ... }:
//!     let
//!       mkSystem = name: modules: nixpkgs.lib.nixosSystem {
//!         modules = modules ++ [ { networking.hostName = name; } ];
//!       };
//!     in
//!     {
//!       nixosConfigurations = {
//!         nas = mkSystem "nas" [ ./hosts/nas ];
//!         bo$0x = mkSystem "box" [ ./hosts/box ];
//!       };
//!     };
//! }
//! #- /hosts/nas/default.nix
//! { imports = [ ../../common.nix ./disks.nix ]; system.stateVersion = "25.05"; }
//! #- /hosts/nas/disks.nix
//! { boot.zfs.forceImportRoot = false; }
//! #- /hosts/box/default.nix
//! { imports = [ ../../common.nix ]; system.stateVersion = "25.05"; services.openssh.enable = true; }
//! #- /common.nix
//! { time.timeZone = "UTC"; }
//! ```
//!
//! ```nix after
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs";
//!   outputs = { nixpkgs, ... }:
//!     let
//!       mkSystem = name: modules: nixpkgs.lib.nixosSystem {
//!         modules = modules ++ [ { networking.hostName = name; } ];
//!       };
//!     in
//!     {
//!       nixosConfigurations = {
//!         nas = mkSystem "nas" [ ./hosts/nas ];
//!         box = mkSystem "box" [ ./hosts/box ];
//!         new-host = mkSystem "new-host" [ ./hosts/new-host ];
//!       };
//!     };
//! }
//! #- /hosts/new-host/default.nix
//! { ... }:
//! {
//!   imports = [
//!     ../../common.nix
//!   ];
//!
//!   system.stateVersion = "25.05";
//! }
//! ```
//!
//! ```nix before
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs";
//!   outputs = { nixpkgs, ... }: {
//!     nixos$0Configurations = builtins.mapAttrs
//!       (name: _: nixpkgs.lib.nixosSystem { modules = [ ./hosts/${name} ]; })
//!       (builtins.readDir ./hosts);
//!   };
//! }
//! #- /hosts/nas/default.nix
//! { networking.hostName = "nas"; nixpkgs.hostPlatform = "x86_64-linux"; }
//! ```
//!
//! ```nix after
//! #- /hosts/new-host/default.nix
//! { ... }:
//! {
//!   networking.hostName = "new-host";
//!   nixpkgs.hostPlatform = "x86_64-linux";
//! }
//! ```
//!
//! ```nix nothing
//! #- /flake.nix
//! {
//!   inputs.nixpkgs.url = "github:NixOS/nixpkgs";
//!   outputs = { nixpkgs, ... }: {
//!     pack$0ages.x86_64-linux.default = nixpkgs.legacyPackages.x86_64-linux.hello;
//!   };
//! }
//! ```

use std::sync::Arc;

use super::{Assist, AssistKind, Context, Offer, skeleton};
use crate::base::{FileId, TextEdit, TextRange, apply_edits};
use crate::eval::Origin;
use crate::hir::Name;
use crate::module_system::{Facts, ModuleSource};
use crate::repository::{Flake, Host, Promise, is_plain};
use crate::rules::{NewFile, add_to_list};
use crate::semantics::attr_name;
use crate::syntax::ast::{self, AstNode};
use crate::syntax::string_value::{plain_path, plain_string};
use crate::syntax::{NodeOrToken, SyntaxNode};

pub(super) const ASSIST: Assist =
    Assist { id: "new-host", kind: AssistKind::Generate, source: include_str!("new_host.rs"), offer };

/// A file that only the host has.
struct OwnFile<'a> {
    file: FileId,
    path: Name,
    facts: &'a Facts,
    /// Whether something that is not a file of the host's own brings it in, which will ask for that of the new one.
    wanted: bool,
}

fn offer(context: &Context<'_>) -> Option<Offer> {
    let flake = context.analysis.flake(context.file)?;
    let host = template(context, flake)?;
    let (output, _) = host.output.split_once('.')?;
    let taken = |name: &str| flake.hosts.iter().any(|host| host.name == name);
    let mut names = std::iter::once("new-host".to_string()).chain((2..100).map(|number| format!("new-host-{number}")));
    let name = names.find(|name| !taken(name))?;
    let mut own = own_files(flake, host);
    let mut edits = Vec::new();
    match entry(context, host) {
        Some(Entry::Binding(file, binding)) => {
            edits.push((file, copied(context, (file, &binding), host, &name, &mut own)?));
        }
        Some(Entry::Listed(file, list)) => {
            let data = context.analysis.snapshot().file(file).ok()?;
            edits.push((file, add_to_list(data.text(), &list, &format!("\"{name}\""))?));
        }
        None => {
            let main = own.iter().find(|file| file.wanted)?;
            let folder = skeleton::folder_of(&main.path, &host.name)?;
            if !flake.listed.contains(folder.as_str()) {
                return None;
            }
        }
    }
    let others = mains(flake, host, output);
    let is_own = |path: &str| own.iter().any(|file| leads_to(path, &file.path));
    let tree = context.analysis.snapshot().tree();
    let mut creates = Vec::new();
    let mut untracked = false;
    for file in own.iter().filter(|file| file.wanted) {
        let path = Name::new(skeleton::renamed(&file.path, &host.name, &name)?);
        if tree.node(&path).is_some() {
            return None;
        }
        untracked |= tree.in_git(&path);
        let others: &[FileId] = if creates.is_empty() { &others } else { &[] };
        let text = skeleton::of_host(context, (file.facts, file.file), others, &is_own, (&host.name, &name));
        creates.push(NewFile { path, text });
    }
    let add = if untracked { " (git add it afterwards)" } else { "" };
    let title = format!("New host {name}, like {}{add}", host.name);
    Some(Offer { title, edits, creates, promise: Some(Promise::NewHost(format!("{output}.{name}"))) })
}

/// The host at the cursor, or the last one of the output whose name is at the cursor.
fn template<'a>(context: &Context<'_>, flake: &'a Flake) -> Option<&'a Arc<Host>> {
    let here = |origin: Option<Origin>| {
        let range = origin.filter(|origin| origin.file == context.file).and_then(|it| context.analysis.range(it));
        range.is_some_and(|range| range.range.contains_range(context.range))
    };
    let mut plain = flake.hosts.iter().filter(|host| host.within.is_none() && is_plain(&host.output, host.kind));
    if let Some(host) = plain.clone().find(|host| here(host.definition)) {
        return Some(host);
    }
    let output = flake.output_names.iter().find(|output| here(output.definition))?;
    let prefix = format!("{}.", output.name);
    plain.rfind(|host| host.output.starts_with(&prefix) && host.broken.is_empty())
}

/// Where a host stands.
enum Entry {
    Binding(FileId, ast::AttrpathValue),
    /// As a string in a list of names.
    Listed(FileId, ast::List),
}

fn entry(context: &Context<'_>, host: &Host) -> Option<Entry> {
    let origin = host.definition?;
    let place = context.analysis.range(origin)?;
    let data = context.analysis.snapshot().file(place.file).ok()?;
    let node = match data.parse().root().covering_element(place.range) {
        NodeOrToken::Node(node) => node,
        NodeOrToken::Token(token) => token.parent()?,
    };
    if let Some((string, list)) = node.ancestors().find_map(in_list)
        && plain_string(&string).as_deref() == Some(host.name.as_str())
    {
        return Some(Entry::Listed(place.file, list));
    }
    let binding = node.ancestors().find_map(ast::AttrpathValue::cast)?;
    let last = attr_name(&binding.attrpath()?.attrs().last()?)?;
    let on_name = binding.attrpath()?.syntax().text_range().contains_range(place.range);
    (on_name && last == host.name).then_some(Entry::Binding(place.file, binding))
}

fn in_list(node: SyntaxNode) -> Option<(ast::Str, ast::List)> {
    let list = ast::List::cast(node.parent()?)?;
    Some((ast::Str::cast(node)?, list))
}

/// The entry once more, with the new name wherever the old one stands by itself.
fn copied(
    context: &Context<'_>,
    (file, binding): (FileId, &ast::AttrpathValue),
    host: &Host,
    name: &str,
    own: &mut [OwnFile<'_>],
) -> Option<TextEdit> {
    let whole = binding.syntax().text_range();
    let key = binding.attrpath()?.attrs().last()?.syntax().text_range();
    let value = binding.value()?;
    let mut edits = vec![TextEdit::replace(key, name)];
    for node in value.syntax().descendants() {
        let path = ast::Path::cast(node.clone()).and_then(|path| plain_path(&path));
        if let Some(literal) = path
            && let Some(other) = skeleton::renamed(&literal, &host.name, name)
        {
            let target = context.analysis.path_of_literal(file, &literal)?;
            // What is no module cannot be made up.
            let file = own.iter_mut().find(|file| leads_to(&target, &file.path))?;
            file.wanted = true;
            edits.push(TextEdit::replace(node.text_range(), other));
        }
        let text = ast::Str::cast(node.clone()).and_then(|string| plain_string(&string));
        if text.as_deref() == Some(host.name.as_str()) {
            edits.push(TextEdit::replace(node.text_range(), format!("\"{name}\"")));
        }
    }
    let data = context.analysis.snapshot().file(file).ok()?;
    let text = data.text();
    let inside = text.get(std::ops::Range::<usize>::from(whole))?;
    let moved = edits.into_iter().map(|edit| {
        let range = TextRange::new(edit.range.start() - whole.start(), edit.range.end() - whole.start());
        TextEdit { range, insert: edit.insert }
    });
    let copy = apply_edits(inside, &moved.collect::<Vec<_>>()).ok()?;
    let before = text.get(..whole.start().into())?;
    let line = before.rsplit('\n').next()?;
    let indent = line.get(..line.len() - line.trim_start().len())?;
    Some(TextEdit::insert(whole.end(), format!("\n{indent}{copy}")))
}

/// Whether a path is a file, or the folder whose default.nix it is.
fn leads_to(path: &str, file: &str) -> bool {
    path == file || file.strip_suffix("/default.nix") == Some(path)
}

/// The modules that only this host has and that are named after it.
fn own_files<'a>(flake: &'a Flake, host: &'a Host) -> Vec<OwnFile<'a>> {
    let of_it = |other: &&Arc<Host>| other.output == host.output || other.within.as_deref() == Some(&host.output);
    let others: Vec<FileId> = flake
        .hosts
        .iter()
        .filter(|other| !of_it(other))
        .flat_map(|other| &other.facts.modules)
        .filter_map(|module| module.file())
        .collect();
    let mut own: Vec<OwnFile<'_>> = Vec::new();
    for other in flake.hosts.iter().filter(of_it) {
        for module in &other.facts.modules {
            let ModuleSource::File { file, path } = &module.source else { continue };
            let named = skeleton::renamed(&flake.relative(path), &host.name, "").is_some();
            if named && !others.contains(file) && !own.iter().any(|known| known.file == *file) {
                own.push(OwnFile { file: *file, path: path.clone(), facts: &other.facts, wanted: false });
            }
        }
    }
    let files: Vec<FileId> = own.iter().map(|file| file.file).collect();
    for other in flake.hosts.iter().filter(of_it) {
        for module in &other.facts.modules {
            let ModuleSource::File { file, .. } = &module.source else { continue };
            let importer = module.importer.and_then(|at| other.facts.modules.get(at)).and_then(|it| it.file());
            let by_own = importer.or_else(|| module.import_site.map(|site| site.file));
            if !by_own.is_some_and(|by| files.contains(&by))
                && let Some(file) = own.iter_mut().find(|known| known.file == *file)
            {
                file.wanted = true;
            }
        }
    }
    own
}

/// The files that other hosts of the same output are mainly made of.
fn mains(flake: &Flake, host: &Host, output: &str) -> Vec<FileId> {
    let prefix = format!("{output}.");
    let others = flake
        .hosts
        .iter()
        .filter(|other| other.within.is_none() && other.output != host.output && other.output.starts_with(&prefix));
    others
        .filter_map(|other| own_files(flake, other).into_iter().find(|file| file.wanted))
        .map(|file| file.file)
        .collect()
}
