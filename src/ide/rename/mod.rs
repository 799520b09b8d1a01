//! Other names: of what a file binds, of options wherever they are declared, set and read, and of inputs.
//!
//! What cannot be seen from here is said ([`Renaming::notes`]), and what would change its meaning is refused.

mod files;
mod inherit;
mod namespace;
#[cfg(test)]
mod tests;

use crate::base::{FileId, FileRange, TextEdit, TextRange};
use crate::eval::attr_name;
use crate::hir::{KeyId, Name};
use crate::ide::{Analysis, FilePosition};
use crate::repository::undeclared;
use crate::semantics::{Access, Bound, Doubt, Meaning, OptionRef, Reference, Segment, Unseen};
use crate::syntax::SyntaxKind::*;
use crate::syntax::SyntaxNode;
use crate::syntax::ast::{self, AstNode};
use crate::syntax::string_value::plain_string;

pub use files::{Move, move_files, notes_on_moves};

/// A name that can be changed: where it stands, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renameable {
    pub range: TextRange,
    pub name: String,
}

/// What gives something another name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renaming {
    /// What it is, as a title: `option custom.port`.
    pub of: String,
    pub edits: Vec<(FileId, TextEdit)>,
    /// What is not changed although it may have to be, for a person to look at.
    pub notes: Vec<String>,
}

/// Why something keeps its name: one sentence for people.
pub type Refusal = String;

enum Target {
    Local { key: KeyId },
    Option { path: Vec<Name>, options: Vec<OptionRef> },
    Namespace { path: Vec<Name>, options: Vec<OptionRef> },
    Input { name: Name },
}

/// What stands at a place and can be renamed.
pub fn prepare_rename(analysis: &Analysis, position: FilePosition) -> Result<Renameable, Refusal> {
    let (range, target) = target(analysis, position)?;
    let name = match target {
        Target::Local { .. } => text(analysis, FileRange { file: position.file, range }).unwrap_or_default(),
        Target::Option { path, .. } | Target::Namespace { path, .. } => {
            path.last().map(Name::to_string).unwrap_or_default()
        }
        Target::Input { name } => name.to_string(),
    };
    Ok(Renameable { range, name })
}

/// Gives what stands at a place another name.
pub fn rename(analysis: &Analysis, position: FilePosition, new: &str) -> Result<Renaming, Refusal> {
    if new.is_empty() || new.contains(['"', '\\', '$', '\n']) {
        return Err(format!("{new:?} is no name"));
    }
    match target(analysis, position)?.1 {
        Target::Local { key } => local(analysis, position.file, key, new),
        Target::Option { path, options } => option(analysis, &path, &options, new),
        Target::Namespace { path, options } => namespace::rename(analysis, &path, &options, new),
        Target::Input { name } => input(analysis, position.file, &name, new),
    }
}

fn target(analysis: &Analysis, position: FilePosition) -> Result<(TextRange, Target), Refusal> {
    let nothing = || "nothing that has a name stands here".to_string();
    let classified = analysis.classify(position.file, position.offset).ok_or_else(nothing)?;
    let refuse = |why: &str| Err(why.to_string());
    let target = match classified.meaning {
        Meaning::Local { key } => {
            renameable(analysis, position.file, key)?;
            Target::Local { key }
        }
        Meaning::OptionSet { path, options, hosts }
        | Meaning::OptionDeclaration { path, options, hosts }
        | Meaning::OptionRead { path, options, hosts, .. } => {
            let exact = options.first().and_then(|option| analysis.option(*option));
            let Some(option) = exact else {
                let options = namespace::renameable(analysis, &path, &hosts)?;
                return Ok((classified.range, Target::Namespace { path, options }));
            };
            if option.path.len() != path.len() {
                return refuse("this stands inside of the value of an option, whose names are not declared");
            }
            Target::Option { path: option.path.clone(), options }
        }
        Meaning::Input { name, path } if path.is_empty() => Target::Input { name },
        Meaning::Input { .. } | Meaning::Output { .. } => return refuse("this is the output of a flake"),
        Meaning::Path { .. } => return refuse("a path gets another name when its file does: rename the file"),
        Meaning::Argument { name, .. } => {
            return Err(format!("{name} is passed by this name: whoever calls the function would have to change too"));
        }
        Meaning::Given { .. } | Meaning::Imported { .. } => {
            return refuse("this is an attribute, which other code selects by its name");
        }
        Meaning::Builtin { .. } => return refuse("this is a builtin of Nix"),
        Meaning::Lib { .. } => return refuse("this is a function of nixpkgs"),
    };
    Ok((classified.range, target))
}

// Names of one file.

/// The scope of a name that only its own file can see: the `let` or the function around it.
fn renameable(analysis: &Analysis, file: FileId, key: KeyId) -> Result<SyntaxNode, Refusal> {
    let unreadable = || "the file cannot be read".to_string();
    let data = analysis.snapshot().file(file).map_err(|_| unreadable())?;
    let info = analysis.info(file).ok_or_else(unreadable)?;
    if let Bound::Formal(_) = info.bound(key) {
        return Err(
            "an argument is passed by its name: whoever calls the function would have to change too".to_string()
        );
    }
    let name = data.lowered().source_map.key(key).name;
    let node = node_at(&data.parse().root(), name).ok_or_else(unreadable)?;
    let attribute = || Err("this is an attribute, which other code selects by its name".to_string());
    for outer in node.ancestors().skip(1) {
        match outer.kind() {
            NODE_ATTRPATH if outer.children().next().is_some_and(|first| first != node) => return attribute(),
            NODE_LET_IN | NODE_LEGACY_LET | NODE_LAMBDA => return Ok(outer),
            NODE_ATTR_SET => return attribute(),
            _ => {}
        }
    }
    attribute()
}

fn local(analysis: &Analysis, file: FileId, key: KeyId, new: &str) -> Result<Renaming, Refusal> {
    if attr_name(new) != new {
        return Err(format!("{new:?} is no name that a variable can have"));
    }
    let scope = renameable(analysis, file, key)?;
    refuse_taken(&scope, new)?;
    let data = analysis.snapshot().file(file).map_err(|_| "the file cannot be read".to_string())?;
    let old = data.lowered().source_map.key(key).name;
    let old = text(analysis, FileRange { file, range: old }).unwrap_or_default();
    let mut renaming = Renaming { of: old.clone(), ..Renaming::default() };
    let declared = |range: TextRange| data.lowered().source_map.key(key).name == range;
    for at in analysis.local_uses(file, key) {
        let access = if declared(at.range) { Access::Declaration } else { Access::Read };
        change(analysis, &mut renaming, Reference::certain(at, access), &old, new);
    }
    Ok(renaming)
}

/// A name that is in use in the scope already would mean something else afterwards, or the other way round.
fn refuse_taken(scope: &SyntaxNode, new: &str) -> Result<(), Refusal> {
    let taken = scope.descendants().filter(|node| matches!(node.kind(), NODE_IDENT | NODE_IDENT_PARAM)).any(|node| {
        let Some(parent) = node.parent().filter(|_| node.text() == new) else { return false };
        if parent.kind() != NODE_ATTRPATH {
            return true;
        }
        // Names of attributes are names of variables only where sets are recursive.
        let Some(holder) = parent.parent() else { return false };
        let set = holder.parent();
        let scoped = |set: &SyntaxNode| match set.kind() {
            NODE_ATTR_SET => ast::AttrSet::cast(set.clone()).is_some_and(|set| set.rec_token().is_some()),
            kind => matches!(kind, NODE_LET_IN | NODE_LEGACY_LET),
        };
        holder.kind() == NODE_ATTRPATH_VALUE
            && parent.children().next() == Some(node)
            && set.as_ref().is_some_and(scoped)
    });
    if taken { Err(format!("{new} means something here already")) } else { Ok(()) }
}

// Options.

fn option(analysis: &Analysis, path: &[Name], options: &[OptionRef], new: &str) -> Result<Renaming, Refusal> {
    let Some((old, namespace)) = path.split_last() else { return Err("this option has no name".to_string()) };
    let shown = crate::module_system::path_text(path);
    let together = analysis.declared_together(options);
    let all: Vec<OptionRef> = together.values().flatten().copied().collect();
    let mut references: Vec<Reference> =
        together.values().flat_map(|options| analysis.references_to_options(options)).collect();
    references.sort();
    references.dedup_by_key(|reference| (reference.range, reference.access));
    if !references.iter().any(|it| it.access == Access::Declaration) {
        return Err(format!("{shown} is not declared in this repository"));
    }
    let foreign = |it: &Reference| analysis.snapshot().is_foreign(&analysis.path(it.range.file));
    if references.iter().any(foreign) {
        return Err(format!("{shown} is declared by an input"));
    }
    let mut hosts: Vec<_> = all.iter().map(|option| option.host).collect();
    hosts.sort();
    hosts.dedup();
    for other in together.keys() {
        let around = other.get(..other.len().saturating_sub(1)).unwrap_or(namespace);
        let mut beside: Vec<Segment> = around.iter().cloned().map(Segment::Name).collect();
        beside.push(Segment::Name(Name::new(new)));
        if analysis.is_namespace(&hosts, &beside) {
            let shown = crate::module_system::path_text(other);
            return Err(format!("{shown} cannot be called {new}: there are options of this name beside it"));
        }
    }
    let mut renaming = Renaming { of: format!("option {shown}"), ..Renaming::default() };
    let mut others = together.keys().filter(|other| other.as_slice() != path);
    if let Some(other) = others.next() {
        let more = match others.count() {
            0 => " is".to_string(),
            count => format!(" and {count} more are"),
        };
        let other = crate::module_system::path_text(other);
        renaming.notes.push(format!("{other}{more} declared at the same place and called {new} too"));
    }
    for reference in references {
        match reference.doubt {
            None => {}
            Some(Doubt::UnknownHost) => renaming.notes.push(format!(
                "{} reads it of a configuration that is not known from here; it is changed too",
                place(analysis, reference.range)
            )),
            Some(Doubt::OtherOption) => {
                renaming.notes.push(format!(
                    "{} reads {shown} of a configuration that is not known from here, and another option has this \
                     name as well; it is not changed",
                    place(analysis, reference.range)
                ));
                continue;
            }
        }
        change(analysis, &mut renaming, reference, old, new);
    }
    for (path, options) in &together {
        note_unseen(analysis, &mut renaming, path, options);
    }
    renaming.notes.dedup();
    let unsure = hosts.iter().filter_map(|host| analysis.host(*host)).filter(|host| !host.complete());
    let unsure: Vec<&str> = unsure.map(|host| host.output.as_str()).collect();
    if let Some(first) = unsure.first() {
        let others = match unsure.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        renaming.notes.push(format!("modules of {first}{others} are not known; they may use it too"));
    }
    Ok(renaming)
}

/// More places than this are counted.
const MAX_NOTES: usize = 8;

fn note_unseen(analysis: &Analysis, renaming: &mut Renaming, path: &[Name], options: &[OptionRef]) {
    let unseen = analysis.unseen_uses(path, options);
    for one in unseen.iter().take(MAX_NOTES) {
        renaming.notes.push(match one {
            Unseen::Whole { path, at } => format!(
                "{} goes on as a whole at {}; what selects from it by name there is not changed",
                crate::module_system::path_text(path),
                place(analysis, *at)
            ),
            Unseen::Names { at } => {
                format!("{} spells its path as a list of names, which is not changed", place(analysis, *at))
            }
        });
    }
    if unseen.len() > MAX_NOTES {
        renaming.notes.push(format!("and {} more places like these", unseen.len() - MAX_NOTES));
    }
    // Hosts that set it without importing what declares it.
    let host = options.first().and_then(|option| analysis.host(option.host));
    let flakes = analysis.repository().flakes.iter();
    let flakes = flakes.filter(|flake| host.is_some_and(|host| flake.host(&host.output).is_some()));
    for one in flakes.flat_map(|flake| undeclared(analysis.repository(), flake)) {
        if !one.declared_by.is_empty() && one.options.iter().any(|option| option.starts_with(path)) {
            renaming.notes.push(format!(
                "{} sets it for {}, where nothing declares it; it is not changed",
                place(analysis, one.at),
                one.hosts.join(" and ")
            ));
        }
    }
}

/// A place as people name it: path and line.
fn place(analysis: &Analysis, at: FileRange) -> String {
    let line = analysis.snapshot().file(at.file).map_or(0, |data| data.line_index().line(at.range.start()) + 1);
    format!("{}:{line}", analysis.display_path(at.file))
}

// Inputs.

fn input(analysis: &Analysis, file: FileId, name: &Name, new: &str) -> Result<Renaming, Refusal> {
    let flake = analysis.flake(file).ok_or_else(|| "this file belongs to no flake".to_string())?;
    if attr_name(new) != new {
        return Err(format!("{new:?} is no name that an argument of outputs can have"));
    }
    if flake.input(new).is_some() {
        return Err(format!("there is an input {new} already"));
    }
    if flake.input(name).is_none_or(|input| input.origin.is_none()) {
        return Err(format!("{name} is not declared in flake.nix"));
    }
    let data = analysis.snapshot().file(flake.file).map_err(|_| "flake.nix cannot be read".to_string())?;
    refuse_taken(&data.parse().root(), new)?;
    let mut renaming = Renaming { of: format!("input {name}"), ..Renaming::default() };
    for reference in analysis.references_to_input(file, name) {
        change(analysis, &mut renaming, reference, name, new);
    }
    for string in data.parse().root().descendants().filter_map(ast::Str::cast) {
        let range = string.syntax().text_range();
        let meaning = analysis.classify(flake.file, range.start()).map(|it| it.meaning);
        let follows = matches!(meaning, Some(Meaning::Input { name: of, .. }) if of == *name);
        let Some(text) = plain_string(&string).filter(|_| follows) else { continue };
        let Some(rest) = text.strip_prefix(name.as_str()).filter(|rest| rest.is_empty() || rest.starts_with('/'))
        else {
            continue;
        };
        renaming.edits.push((flake.file, TextEdit { range, insert: format!("\"{new}{rest}\"") }));
    }
    if flake.lock.is_some() {
        renaming
            .notes
            .push(format!("flake.lock names the input {name} until `nix flake lock` is run, which locks {new} anew"));
    }
    Ok(renaming)
}

// One place.

/// Changes one place, or notes that it cannot be.
fn change(analysis: &Analysis, renaming: &mut Renaming, at: Reference, old: &str, new: &str) {
    let FileRange { file, range } = at.range;
    let Ok(data) = analysis.snapshot().file(file) else { return };
    let written = text(analysis, at.range).unwrap_or_default();
    if written != old && written.trim_matches('"') != old {
        let place = place(analysis, at.range);
        renaming.notes.push(match at.access {
            Access::Declaration => format!("it is declared by code at {place}, which does not spell its name"),
            _ => format!("it is used by code at {place}, which does not spell its name"),
        });
        return;
    }
    let spelled = attr_name(new);
    let inherited = node_at(&data.parse().root(), range).and_then(|node| ast::Inherit::cast(node.parent()?));
    let edits = match inherited {
        // What is bound keeps its name where what it is bound to gets another one, and the reverse.
        Some(inherit) => match at.access {
            Access::Read => inherit::spell_out(&inherit, range, old, &spelled),
            Access::Declaration | Access::Write => inherit::spell_out(&inherit, range, &spelled, old),
        },
        None => vec![TextEdit { range, insert: spelled }],
    };
    for edit in edits {
        let edit = (file, edit);
        if !renaming.edits.contains(&edit) {
            renaming.edits.push(edit);
        }
    }
}

/// The node of a name at exactly this range.
fn node_at(root: &SyntaxNode, range: TextRange) -> Option<SyntaxNode> {
    let token = root.token_at_offset(range.start()).right_biased()?;
    token.parent_ancestors().find(|node| node.text_range() == range && node.kind() != NODE_ATTRPATH)
}

fn text(analysis: &Analysis, at: FileRange) -> Option<String> {
    let data = analysis.snapshot().file(at.file).ok()?;
    data.text().get(std::ops::Range::<usize>::from(at.range)).map(str::to_string)
}
