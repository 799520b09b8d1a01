//! From a name to where it is defined.

#[cfg(test)]
mod tests;

use crate::base::{FileId, TextRange};
use crate::eval::{Origin, Site};
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
    let targets = targets(analysis, position.file, &classified.meaning);
    (!targets.is_empty()).then_some(Definitions { source: classified.range, targets })
}

fn targets(analysis: &Analysis, file: FileId, meaning: &Meaning) -> Vec<NavigationTarget> {
    match meaning {
        Meaning::Local { key } => local(analysis, file, *key),
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
        Meaning::Argument { name, key } => argument(analysis, file, name, *key),
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
/// looked for: in this file or, for `inherit (import ./x) name`, in the other.
fn local(analysis: &Analysis, file: FileId, key: KeyId) -> Vec<NavigationTarget> {
    let key = analysis.info(file).map_or(key, |info| info.inherited_key(key));
    if let Some(info) = analysis.info(file)
        && let Bound::InheritFrom(_) = info.bound(key)
        && let Some(chain) = info.chain_of_key(key)
        && let Root::Import(literal) = &chain.root
        && let Some(target) = analysis.path_target(file, literal)
    {
        let found = imported(analysis, target, &chain.path, MAX_FILES);
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

/// Where an argument is given: `specialArgs` of the hosts that reach the file.
fn argument(analysis: &Analysis, file: FileId, name: &str, key: Option<KeyId>) -> Vec<NavigationTarget> {
    if is_configuration(name) || matches!(name, "lib" | "pkgs" | "modulesPath") {
        return Vec::new();
    }
    let Some(info) = analysis.info(file) else { return Vec::new() };
    // Only the function that a module is gets its arguments from a host.
    let of_module = key.is_none_or(|key| match info.bound(key) {
        Bound::Formal(function) => analysis.is_module_function(file, &info, function),
        _ => false,
    });
    if of_module {
        let mut given: Vec<NavigationTarget> = special_args(analysis, file, name);
        given.sort_by_key(NavigationTarget::focus_range);
        given.dedup();
        if !given.is_empty() {
            return given;
        }
    }
    key.and_then(|key| at_key(analysis, file, key)).into_iter().collect()
}

fn special_args(analysis: &Analysis, file: FileId, name: &str) -> Vec<NavigationTarget> {
    let mut found = Vec::new();
    for host in analysis.hosts_reaching(file) {
        let Some(host) = analysis.host(host) else { continue };
        let calls = host.call.iter().chain(host.helpers.iter());
        for origin in calls {
            let Some(info) = analysis.info(origin.file).filter(|_| analysis.is_current(origin.file)) else { continue };
            let Site::Expr(call) = origin.site else { continue };
            found.extend(info.given_argument(call, name).and_then(|key| at_key(analysis, origin.file, key)));
        }
    }
    found
}
