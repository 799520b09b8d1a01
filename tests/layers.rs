//! The layers of `src/lib.rs` are one-way, and what is outside of them stays outside.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Crates that only one layer may name, with the reason.
const PRIVATE: &[(&str, &str, &str)] = &[
    ("rnix", "syntax", "syntax is what the others know of Nix's text"),
    ("tower_lsp_server", "lsp", "protocol types stay in the server"),
];

/// Layers for tests, which may stand upon others than their place allows.
const SUPPORT: &[&str] = &["fixture"];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The modules of lib.rs, in their order.
fn layers() -> Vec<String> {
    let text = fs::read_to_string(source().join("lib.rs")).expect("lib.rs can be read");
    let names = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    names.map(str::to_string).collect()
}

/// The Rust files of a layer.
fn files(layer: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let single = source().join(format!("{layer}.rs"));
    if single.is_file() {
        found.push(single);
    }
    let mut folders = vec![source().join(layer)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The lines of a file that are code: without comments and documentation.
fn code(path: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(path).expect("source can be read");
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    lines.map(|(number, line)| (number + 1, line.to_string())).collect()
}

/// The layers that a line names: `crate::x`, and every `x` of `use crate::{x, y::z}`.
fn named<'a>(line: &str, layers: &'a [String]) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    for after in line.split("crate::").skip(1) {
        let whole = match after.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default().split(',').collect(),
            None => vec![after],
        };
        for path in whole {
            let name: String = path.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            found.extend(layers.iter().map(String::as_str).filter(|layer| *layer == name));
        }
    }
    found
}

#[test]
fn a_layer_names_only_those_above_it() {
    let layers = layers();
    assert!(layers.len() > 8, "lib.rs lists the layers: {layers:?}");
    let mut wrong = Vec::new();
    for (place, layer) in layers.iter().enumerate() {
        for file in files(layer) {
            for (number, line) in code(&file) {
                for other in named(&line, &layers) {
                    let theirs = layers.iter().position(|it| it == other).unwrap_or_default();
                    if theirs > place && !SUPPORT.contains(&layer.as_str()) {
                        let file = file.strip_prefix(source()).unwrap_or(&file).display();
                        wrong.push(format!("`{layer}` names `{other}` (src/{file}:{number})"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_crate_stays_in_its_layer() {
    let mut wrong = Vec::new();
    for layer in layers() {
        for (name, owner, why) in PRIVATE.iter().filter(|(_, owner, _)| *owner != layer) {
            for file in files(&layer) {
                for (number, line) in code(&file) {
                    let names_it = line.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == *name);
                    if names_it {
                        let file = file.strip_prefix(source()).unwrap_or(&file).display();
                        wrong.push(format!(
                            "`{layer}` names `{name}` (src/{file}:{number}), but only `{owner}` may: {why}"
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_are_found_in_lists() {
    let layers: Vec<String> = ["base", "hir", "ide"].map(str::to_string).to_vec();
    let found = |line: &str| named(line, &layers).into_iter().collect::<Vec<_>>();
    assert_eq!(found("use crate::hir::File;"), ["hir"]);
    assert_eq!(found("use crate::{base::TextRange, ide};"), ["base", "ide"]);
    assert_eq!(found("let x = crate::hidden::y;"), Vec::<&str>::new());
}

#[test]
fn files_are_short() {
    let mut long = Vec::new();
    for layer in layers() {
        for file in files(&layer) {
            let lines = fs::read_to_string(&file).expect("source can be read").lines().count();
            if lines >= 800 {
                long.push(format!("{} has {lines} lines", file.strip_prefix(source()).unwrap_or(&file).display()));
            }
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}
