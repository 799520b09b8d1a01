//! What is known of the thing under the cursor.

#[cfg(test)]
mod tests;

use crate::base::{FileId, TextRange};
use crate::hir::{KeyId, Name};
use crate::ide::{Analysis, FilePosition, markdown};
use crate::semantics::{HostId, Meaning, OptionRef, Segment, builtin_doc, lib_doc};

/// The text of a definition is shown up to this many lines.
const MAX_LINES: usize = 12;
/// More names than this are counted, not listed.
const MAX_NAMES: usize = 16;
/// An argument that hosts give in more places than this is shown as some of them give it.
const MAX_PLACES: usize = 3;

/// A text to show beside the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// What it is about.
    pub range: TextRange,
    pub markdown: String,
}

/// What is known of what stands at a place.
pub fn hover(analysis: &Analysis, position: FilePosition) -> Option<Hover> {
    let classified = analysis.classify(position.file, position.offset)?;
    let file = position.file;
    let markdown = match &classified.meaning {
        Meaning::OptionSet { path, options, hosts }
        | Meaning::OptionDeclaration { path, options, hosts }
        | Meaning::OptionRead { path, options, hosts, .. } => option(analysis, path, options, hosts),
        Meaning::Local { key } => local(analysis, file, *key),
        Meaning::Input { name, path } => input(analysis, file, name, path),
        Meaning::Output { path } => output(analysis, file, path),
        Meaning::Path { text, target } => path(analysis, file, text, *target),
        Meaning::Imported { file, path } => imported(analysis, *file, path),
        Meaning::Argument { name, key } => argument(analysis, position, name, *key),
        Meaning::Given { path } => given(analysis, position, path),
        Meaning::Builtin { name } => {
            let (signature, doc) = builtin_doc(name)?;
            Some(format!("```nix\nbuiltins.{signature}\n```\n\n{doc}\n"))
        }
        Meaning::Lib { path } => {
            let (signature, doc) = lib_doc(path)?;
            Some(format!("```nix\nlib.{signature}\n```\n\n{doc}\n"))
        }
    }?;
    Some(Hover { range: classified.range, markdown })
}

fn option(analysis: &Analysis, path: &[Name], options: &[OptionRef], hosts: &[HostId]) -> Option<String> {
    let Some(first) = options.first() else { return namespace(analysis, path, hosts) };
    let everywhere = analysis.in_all_hosts(options);
    let mut text = markdown::option_head(analysis, *first);
    text.push_str(&markdown::option_places(analysis, &everywhere));
    Some(text)
}

/// A set of options: what is in it.
fn namespace(analysis: &Analysis, path: &[Name], hosts: &[HostId]) -> Option<String> {
    let segments: Vec<Segment> = path.iter().cloned().map(Segment::Name).collect();
    let children = analysis.children(hosts, &segments);
    if children.is_empty() {
        return None;
    }
    let mut text = format!("```nix\n{}\n```\n\nOptions\n", path.join("."));
    for (name, child) in children.iter().take(MAX_NAMES) {
        let ty = child.option.and_then(|option| analysis.option(option)).and_then(|facts| facts.ty.as_ref());
        match ty {
            Some(ty) => text.push_str(&format!("- `{name}`: {}\n", ty.description)),
            None => text.push_str(&format!("- `{name}`\n")),
        }
    }
    if children.len() > MAX_NAMES {
        text.push_str(&format!("- {} more\n", children.len() - MAX_NAMES));
    }
    Some(text)
}

fn local(analysis: &Analysis, file: FileId, key: KeyId) -> Option<String> {
    let data = analysis.snapshot().file(file).ok()?;
    let whole = data.lowered().source_map.key(key).whole;
    Some(format!("```nix\n{}\n```\n", excerpt(data.text(), whole)?))
}

/// A piece of text, without the indentation of its first line and cut after some lines.
fn excerpt(text: &str, range: TextRange) -> Option<String> {
    let (start, end) = (usize::from(range.start()), usize::from(range.end()));
    let piece = text.get(start..end)?;
    let line = text.get(..start)?.rsplit('\n').next().unwrap_or_default();
    let indent: usize = line.chars().take_while(|c| c.is_whitespace()).map(char::len_utf8).sum();
    let strip = |line: &str| {
        let blank = line.len() - line.trim_start().len();
        line.get(blank.min(indent)..).unwrap_or_default().to_string()
    };
    let mut lines: Vec<String> = piece.lines().take(MAX_LINES).map(strip).collect();
    if piece.lines().count() > MAX_LINES {
        lines.push("…".to_string());
    }
    Some(lines.join("\n"))
}

fn input(analysis: &Analysis, file: FileId, name: &str, path: &[Name]) -> Option<String> {
    let flake = analysis.flake(file)?;
    let mut text = markdown::input(flake, name)?;
    if !path.is_empty() {
        text = text.replacen(&format!("inputs.{name}\n"), &format!("inputs.{name}.{}\n", path.join(".")), 1);
    }
    Some(text)
}

fn output(analysis: &Analysis, file: FileId, path: &[Name]) -> Option<String> {
    let flake = analysis.flake(file)?;
    let output = flake.outputs.iter().find(|output| path.starts_with(&output.path))?;
    let mut text = format!("```nix\nself.{}\n```\n\n{}\n", output.path.join("."), output.kind.name());
    if let Some(host) = flake.host(&output.path.join(".")) {
        let files = host.facts.modules.iter().filter(|module| module.file().is_some()).count();
        text.push_str(&format!("\n{} modules of this repository\n", files));
    }
    Some(text)
}

fn path(analysis: &Analysis, file: FileId, text: &str, target: Option<FileId>) -> Option<String> {
    let Some(target) = target else {
        let path = analysis.path_of_literal(file, text)?;
        let exists = analysis.snapshot().tree().resolve(&path).is_some();
        return (!exists && analysis.snapshot().tree().covers(&path)).then(|| format!("`{text}` does not exist\n"));
    };
    let mut lines = format!("`{}`\n", analysis.display_path(target));
    let hosts = analysis.hosts_reaching(target);
    if !hosts.is_empty() {
        lines.push_str("\nA module of\n");
        for host in hosts.iter().take(MAX_NAMES).filter_map(|host| analysis.host(*host)) {
            lines.push_str(&format!("- `{}`\n", host.output));
        }
        if hosts.len() > MAX_NAMES {
            lines.push_str(&format!("- {} more\n", hosts.len() - MAX_NAMES));
        }
    }
    Some(lines)
}

fn imported(analysis: &Analysis, file: FileId, path: &[Name]) -> Option<String> {
    let info = analysis.info(file)?;
    let key = info.attr_path(info.result_set()?, path)?;
    let text = local(analysis, file, key)?;
    Some(format!("{text}\nIn `{}`\n", analysis.display_path(file)))
}

/// What is written where a helper, or an argument of modules, is given.
fn given(analysis: &Analysis, position: FilePosition, path: &[Name]) -> Option<String> {
    let mut text = format!("```nix\n{}\n```\n", path.join("."));
    let places = analysis.given(position.file, position.offset, path);
    for origin in places.iter().take(MAX_PLACES) {
        let whole = analysis.whole_range(*origin)?;
        let data = analysis.snapshot().file(whole.file).ok()?;
        let excerpt = excerpt(data.text(), whole.range)?;
        text.push_str(&format!("\n```nix\n{excerpt}\n```\nIn `{}`\n", analysis.display_path(whole.file)));
    }
    (!places.is_empty()).then_some(text)
}

fn argument(analysis: &Analysis, position: FilePosition, name: &str, key: Option<KeyId>) -> Option<String> {
    let what = match name {
        "config" => "The configuration of the host, with all modules merged.",
        "lib" => "nixpkgs' library.",
        "options" => "All options of the host.",
        "pkgs" => "The package set of the host.",
        "modulesPath" => "The folder of NixOS's own modules.",
        "osConfig" | "nixosConfig" | "darwinConfig" => "The configuration of the host around this user.",
        "self" => "This flake.",
        "inputs" => "The inputs of the flake.",
        _ => {
            let of_module = || {
                let info = analysis.info(position.file)?;
                let is_given = key.is_none_or(|key| analysis.is_module_argument(position.file, &info, key));
                is_given.then(|| given(analysis, position, &[Name::new(name)]))?
            };
            return of_module().or_else(|| local(analysis, position.file, key?));
        }
    };
    Some(format!("```nix\n{name}\n```\n\n{what}\n"))
}
