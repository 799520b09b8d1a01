//! From a name to where it is defined.

#[cfg(test)]
mod tests;

use crate::base::{FileId, TextRange};
use crate::eval::Origin;
use crate::hir::{KeyId, Name};
use crate::ide::{Analysis, FilePosition, NavigationTarget};
use crate::semantics::{Bound, Meaning, OptionRef, Root, is_configuration};

/// Aliases over files are followed this far.
const MAX_FILES: u32 = 8;

/// Where to go, and what the cursor stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definitions {
    /// The text at the cursor that has these definitions.
    pub source: TextRange,
    pub targets: Vec<NavigationTarget>,
}

/// The definitions of what stands at a place; `None` where nothing has one.
pub fn goto_definition(analysis: &Analysis, position: FilePosition) -> Option<Definitions> {
    let classified = analysis.classify(position.file, position.offset)?;
    let targets = targets(analysis, position, &classified.meaning);
    (!targets.is_empty()).then_some(Definitions { source: classified.range, targets })
}

fn targets(analysis: &Analysis, position: FilePosition, meaning: &Meaning) -> Vec<NavigationTarget> {
    let file = position.file;
    match meaning {
        Meaning::Local { key } => local(analysis, position, *key),
        Meaning::OptionSet { path, options, hosts } | Meaning::OptionRead { path, options, hosts, .. } => {
            let declared = declarations(analysis, options);
            if !declared.is_empty() {
                return declared;
            }
            // A namespace: where its options are declared, one place each file.
            let segments: Vec<_> = path.iter().cloned().map(crate::semantics::Segment::Name).collect();
            let mut found = declarations(analysis, &analysis.options_below(hosts, &segments));
            found.dedup_by_key(|target| target.file);
            found.truncate(MAX_NAMESPACE);
            found
        }
        Meaning::OptionDeclaration { options, .. } => declarations(analysis, options),
        Meaning::Input { name, .. } => input(analysis, file, name),
        Meaning::Output { path } => output(analysis, file, path),
        Meaning::Path { target, .. } => target.iter().map(|target| NavigationTarget::file_start(*target)).collect(),
        Meaning::Imported { file, path } => imported(analysis, *file, path, MAX_FILES),
        Meaning::Argument { name, key } => argument(analysis, position, name, *key),
        Meaning::Given { path } => given(analysis, position, path),
        Meaning::Builtin { .. } | Meaning::Lib { .. } => Vec::new(),
    }
}

/// A namespace that is spread over more files has no place to go to.
const MAX_NAMESPACE: usize = 16;

fn at(analysis: &Analysis, origin: Origin) -> Option<NavigationTarget> {
    let focus = analysis.range(origin)?;
    let full = analysis.whole_range(origin).map_or(focus.range, |whole| whole.range);
    Some(NavigationTarget { file: focus.file, full, focus: focus.range })
}

/// A key of the current text.
fn at_key(analysis: &Analysis, file: FileId, key: KeyId) -> Option<NavigationTarget> {
    let data = analysis.snapshot().file(file).ok()?;
    let source = data.lowered().source_map.key(key);
    Some(NavigationTarget { file, full: source.whole, focus: source.name })
}

fn declarations(analysis: &Analysis, options: &[OptionRef]) -> Vec<NavigationTarget> {
    let options = analysis.in_all_hosts(options);
    analysis.declarations(&options).into_iter().filter_map(|origin| at(analysis, origin)).collect()
}

/// A name of this file. `inherit` binds it to something else, which is what is
/// looked for: in this file, for `inherit (import ./x) name` in the other, and
/// for `inherit (lib.custom) name` in the set of helpers.
fn local(analysis: &Analysis, position: FilePosition, key: KeyId) -> Vec<NavigationTarget> {
    let file = position.file;
    let key = analysis.info(file).map_or(key, |info| info.inherited_key(key));
    if let Some(info) = analysis.info(file)
        && let Bound::InheritFrom(_) = info.bound(key)
        && let Some(chain) = info.chain_of_key(key)
    {
        let found = match &chain.root {
            Root::Import(literal) => match analysis.path_target(file, literal) {
                Some(target) => imported(analysis, target, &chain.path, MAX_FILES),
                None => Vec::new(),
            },
            Root::Argument { .. } => match analysis.meaning_of_chain(file, &info, chain, position.offset) {
                Some(Meaning::Given { path }) => given(analysis, position, &path),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        if !found.is_empty() {
            return found;
        }
    }
    at_key(analysis, file, key).into_iter().collect()
}

fn input(analysis: &Analysis, file: FileId, name: &str) -> Vec<NavigationTarget> {
    let Some(flake) = analysis.flake(file) else { return Vec::new() };
    let declared = flake.input(name).and_then(|input| input.origin);
    declared.and_then(|origin| at(analysis, origin)).into_iter().collect()
}

/// The output itself, or the first output below the path.
fn output(analysis: &Analysis, file: FileId, path: &[Name]) -> Vec<NavigationTarget> {
    let Some(flake) = analysis.flake(file) else { return Vec::new() };
    // `self.nixosConfigurations.a.config.…` leads to the host.
    let exact = flake.outputs.iter().filter(|output| path.starts_with(&output.path)).max_by_key(|it| it.path.len());
    let below = || flake.outputs.iter().find(|output| output.path.starts_with(path));
    let definition = exact.or_else(below).and_then(|output| output.definition);
    definition.and_then(|origin| at(analysis, origin)).into_iter().collect()
}

/// An attribute of what a file gives.
fn imported(analysis: &Analysis, file: FileId, path: &[Name], files: u32) -> Vec<NavigationTarget> {
    let (Some(info), Some(files)) = (analysis.info(file), files.checked_sub(1)) else { return Vec::new() };
    let Some(set) = info.result_set() else { return vec![NavigationTarget::file_start(file)] };
    for length in (1..=path.len()).rev() {
        let Some(key) = path.get(..length).and_then(|path| info.attr_path(set, path)) else { continue };
        // `default.nix` often only gathers what other files give.
        if let Some(chain) = info.chain_of_key(key)
            && let Root::Import(literal) = &chain.root
            && let Some(target) = analysis.path_target(file, literal)
        {
            let mut rest = chain.path.clone();
            rest.extend(path.get(length..).unwrap_or_default().iter().cloned());
            if rest.is_empty() {
                return vec![NavigationTarget::file_start(target)];
            }
            let found = imported(analysis, target, &rest, files);
            if !found.is_empty() {
                return found;
            }
        }
        return at_key(analysis, file, key).into_iter().collect();
    }
    Vec::new()
}

/// Where an argument is given: by `specialArgs` or `_module.args` of the hosts that reach the file.
fn argument(analysis: &Analysis, position: FilePosition, name: &Name, key: Option<KeyId>) -> Vec<NavigationTarget> {
    if is_configuration(name) || matches!(name.as_str(), "pkgs" | "modulesPath") {
        return Vec::new();
    }
    let Some(info) = analysis.info(position.file) else { return Vec::new() };
    if key.is_none_or(|key| analysis.is_module_argument(position.file, &info, key)) {
        let places = given(analysis, position, std::slice::from_ref(name));
        if !places.is_empty() || name == "lib" {
            return places;
        }
    }
    key.and_then(|key| at_key(analysis, position.file, key)).into_iter().collect()
}

/// Where something that modules are given is written.
fn given(analysis: &Analysis, position: FilePosition, path: &[Name]) -> Vec<NavigationTarget> {
    let places = analysis.given(position.file, position.offset, path).into_iter();
    let mut places: Vec<NavigationTarget> = places.filter_map(|origin| at(analysis, origin)).collect();
    places.sort_by_key(NavigationTarget::focus_range);
    places.dedup();
    places
}
