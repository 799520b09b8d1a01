//! Hosts, modules, options and outputs by name.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::base::FileId;
use crate::eval::Origin;
use crate::ide::{Analysis, NavigationTarget, SymbolKind};
use crate::module_system::ModuleSource;

/// A named thing of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceSymbol {
    pub name: String,
    pub kind: SymbolKind,
    /// What holds it: the path of a file, the kind of a host.
    pub container: Option<String>,
    pub target: NavigationTarget,
}

/// A candidate, before its place is looked up.
enum Target {
    Origin(Origin),
    File(FileId),
}

/// At most `limit` symbols whose names hold the letters of `query` in order, best first.
pub fn workspace_symbols(analysis: &Analysis, query: &str, limit: usize) -> Vec<WorkspaceSymbol> {
    let query: Vec<char> = query.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let mut found: BTreeMap<(i32, SymbolKind, String), (Option<String>, Target)> = BTreeMap::new();
    let mut add = |name: String, kind: SymbolKind, container: Option<String>, target: Target| {
        if let Some(score) = score(&name, &query) {
            found.entry((-score, kind, name)).or_insert((container, target));
        }
    };
    for flake in &analysis.repository().flakes {
        for host in &flake.hosts {
            if let Some(definition) = host.place() {
                let container = Some(host.kind.name().to_string());
                add(host.output.clone(), SymbolKind::Host, container, Target::Origin(definition));
            }
            for module in &host.facts.modules {
                match &module.source {
                    ModuleSource::File { file, path } => {
                        add(flake.relative(path), SymbolKind::Module, None, Target::File(*file));
                    }
                    // What `import ./home.nix` gave, and not the path itself.
                    ModuleSource::Inline { file, path, .. } if *file != flake.file => {
                        add(flake.relative(path), SymbolKind::Module, None, Target::File(*file));
                    }
                    _ => {}
                }
            }
            for option in &host.facts.options {
                if let Some(origin) = option.declarations.iter().find_map(|declaration| declaration.origin) {
                    let ty = option.ty.as_ref().map(|ty| ty.description.clone());
                    add(option.path.join("."), SymbolKind::Option, ty, Target::Origin(origin));
                }
            }
        }
        for output in flake.outputs.iter() {
            let name = output.path.join(".");
            let is_host = flake.host(&name).is_some();
            if let Some(definition) = output.definition.filter(|_| !is_host) {
                add(name, SymbolKind::Output, Some(output.kind.name().to_string()), Target::Origin(definition));
            }
        }
        for input in flake.inputs.iter() {
            if let Some(origin) = input.origin {
                let url = input.url.as_ref().map(|url| url.text.to_string());
                add(format!("inputs.{}", input.name), SymbolKind::Input, url, Target::Origin(origin));
            }
        }
    }
    let symbols = found.into_iter().filter_map(|((_, kind, name), (container, target))| {
        let target = match target {
            Target::File(file) => NavigationTarget::file_start(file),
            Target::Origin(origin) => {
                let focus = analysis.range(origin)?;
                let full = analysis.whole_range(origin).map_or(focus.range, |whole| whole.range);
                NavigationTarget { file: focus.file, full, focus: focus.range }
            }
        };
        Some(WorkspaceSymbol { name, kind, container, target })
    });
    symbols.take(limit).collect()
}

/// How well a name fits: the letters of the query in order, better where they
/// stand together or begin a word. `None` where they are not all there.
fn score(name: &str, query: &[char]) -> Option<i32> {
    if query.is_empty() {
        return Some(0);
    }
    let mut score = 0;
    let mut wanted = query.iter().peekable();
    let mut last_matched = false;
    let mut at_start = true;
    for c in name.chars() {
        let lower = c.to_lowercase().next().unwrap_or(c);
        match wanted.peek() {
            Some(next) if **next == lower => {
                wanted.next();
                score += 1 + if last_matched { 4 } else { 0 } + if at_start { 3 } else { 0 };
                last_matched = true;
            }
            Some(_) => last_matched = false,
            None => break,
        }
        at_start = !c.is_alphanumeric();
    }
    if wanted.peek().is_some() {
        return None;
    }
    // In one piece is better than in pieces, and from the start of a word better still.
    let (name_lower, whole) = (name.to_lowercase(), query.iter().collect::<String>());
    if let Some(at) = name_lower.find(&whole) {
        let before = name_lower.get(..at).and_then(|before| before.chars().next_back());
        score = 8 * query.len() as i32 + if before.is_none_or(|c| !c.is_alphanumeric()) { 8 } else { 0 };
    }
    // Of equal fits, the shorter name is the likelier one.
    Some(score * 64 - name.len().min(63) as i32)
}

#[cfg(test)]
mod unit {
    use super::score;

    #[test]
    fn closer_names_score_higher() {
        let of = |name: &str, query: &str| score(name, &query.chars().collect::<Vec<_>>());
        assert!(of("custom.sway.enable", "sway") > of("services.way", "sway"));
        assert!(of("custom.enable", "enable") > of("custom.enableAll", "enable"));
        assert!(of("custom.enable", "xyz").is_none());
        assert!(of("custom", "").is_some());
    }
}
