//! Generated modules: equal values, or unknown ones, or failing in both; never different ones.
//!
//! `FLAKEWISE_MODULES_SEED` is a number for other modules than the usual ones, `FLAKEWISE_MODULES_COUNT` how many sets of
//! modules there are.

use std::path::PathBuf;

use super::answer::{Answer, Tally};
use super::generate::{Modules, modules};
use super::here::{self, on_large_stack, snapshot};
use super::nix::{Folder, nix};

fn setting(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

/// The files that both are asked, and what each is about.
struct Asked {
    folder: Folder,
    ours: Vec<PathBuf>,
    theirs: Vec<PathBuf>,
    what: Vec<String>,
}

impl Asked {
    fn new() -> Asked {
        Asked { folder: Folder::new(), ours: Vec::new(), theirs: Vec::new(), what: Vec::new() }
    }

    fn add(&mut self, lib: &std::path::Path, ours: &str, theirs: &str, what: String) {
        let index = self.ours.len();
        self.ours.push(self.folder.write(&format!("ours{index}.nix"), &format!("lib:\n{ours}\n")));
        let scope = format!("let lib = import {}; in\n{theirs}\n", lib.display());
        self.theirs.push(self.folder.write(&format!("theirs{index}.nix"), &scope));
        self.what.push(what);
    }
}

fn sets() -> Vec<Modules> {
    let (seed, count) = (setting("FLAKEWISE_MODULES_SEED", 1), setting("FLAKEWISE_MODULES_COUNT", 300));
    (0..count).map(|index| modules(seed.wrapping_mul(1_000_003).wrapping_add(index))).collect()
}

#[test]
fn generated_values() {
    let (Some(nix), Some(lib)) = (nix(), super::nixpkgs_lib()) else { return };
    let mut asked = Asked::new();
    for set in sets() {
        let configuration = format!("(lib.evalModules {{ modules = [\n{}\n]; }})", set.text);
        for option in &set.options {
            let value = format!("builtins.toJSON ({configuration}.config.{option})");
            asked.add(&lib, &value, &value, format!("config.{option} of {configuration}"));
            let defined = format!("builtins.toJSON ({configuration}.options.{option}.isDefined)");
            asked.add(&lib, &defined, &defined, format!("options.{option}.isDefined of {configuration}"));
        }
        let whole = format!("builtins.toJSON {configuration}.config");
        asked.add(&lib, &whole, &whole, format!("config of {configuration}"));
    }
    let nix_answers = nix.ask(&asked.theirs, "", &[asked.folder.path(), &lib]);
    let tally = on_large_stack(move || {
        let snapshot = snapshot(&[asked.folder.path()]);
        let mut tally = Tally::default();
        for ((file, what), answer) in asked.ours.iter().zip(&asked.what).zip(&nix_answers) {
            tally.compare(what, &here::answer(&snapshot, &file.display().to_string()), answer);
        }
        tally
    });
    tally.assert_shares("generated modules", 40, 5);
    tally.finish("generated modules");
}

/// Without the options of submodules that a choice is made of: they are listed for those who write them, while the
/// manual stops at `either`.
fn like_the_manual(ours: &Answer, theirs: &Answer) -> Answer {
    let (Answer::Json(ours), Answer::Json(theirs)) = (ours, theirs) else { return ours.clone() };
    let list = |text: &str| -> Vec<String> { serde_json::from_str(text).expect("a list of strings") };
    let theirs = list(theirs);
    let choices: Vec<String> = theirs
        .iter()
        .filter_map(|line| line.split_once(": "))
        .filter(|(_, ty)| ty.contains("submodule") && ty.contains(" or "))
        .map(|(name, _)| format!("{name}."))
        .collect();
    let kept: Vec<String> = list(ours)
        .into_iter()
        .filter(|line| theirs.contains(line) || !choices.iter().any(|choice| line.starts_with(choice)))
        .collect();
    Answer::Json(serde_json::to_string(&kept).expect("JSON"))
}

#[test]
fn generated_options() {
    let (Some(nix), Some(lib)) = (nix(), super::nixpkgs_lib()) else { return };
    let mut asked = Asked::new();
    for set in sets() {
        let theirs = format!(
            "let\n  inherit (lib.evalModules {{ modules = [\n{}\n]; }}) options;\n  \
             shown = builtins.filter (option: !builtins.elem \"_module\" option.loc) (lib.optionAttrSetToDocList options);\n\
             in builtins.toJSON (map (option: \"${{option.name}}: ${{option.type}}\") \
             (builtins.sort (a: b: builtins.lessThan a.loc b.loc) shown))",
            set.text
        );
        asked.add(&lib, &format!("[\n{}\n]", set.text), &theirs, format!("options of [\n{}\n]", set.text));
    }
    let nix_answers = nix.ask(&asked.theirs, "", &[asked.folder.path(), &lib]);
    let tally = on_large_stack(move || {
        let snapshot = snapshot(&[asked.folder.path()]);
        let mut tally = Tally::default();
        for ((file, what), answer) in asked.ours.iter().zip(&asked.what).zip(&nix_answers) {
            // A configuration that fails in Nix has no list of options, but is worth one to its author.
            if matches!(answer, Answer::Failure(_)) {
                tally.failed_alike += 1;
                continue;
            }
            let ours = like_the_manual(&here::options(&snapshot, &file.display().to_string()), answer);
            tally.compare(what, &ours, answer);
        }
        tally
    });
    tally.assert_shares("options of generated modules", 40, 5);
    tally.finish("options of generated modules");
}
