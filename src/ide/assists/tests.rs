//! Runs the examples in the documentation of all actions.

use super::{ASSISTS, Assist, Context, Offer, documentation};
use crate::base::{FileRange, apply_edits};
use crate::fixture::examples;
use crate::ide::testing::at_cursor;
use crate::syntax::Parse;

/// The changed files after an action, with their paths where there are several files.
fn after(assist: &Assist, text: &str) -> Option<(Offer, String)> {
    let (analysis, fixture, position) = at_cursor(text);
    let range = fixture.cursor.as_ref().map(|cursor| cursor.range).expect("a cursor");
    let context = Context::new(&analysis, FileRange { file: position.file, range }).expect("a place");
    let offer = (assist.offer)(&context)?;
    assert_eq!(super::promised(&analysis, &offer), Ok(()), "{} of {text}", assist.id);
    let mut files: Vec<(String, String)> = Vec::new();
    for new in &offer.creates {
        files.push((new.path.trim_start_matches(crate::fixture::ROOT).to_string(), new.text.clone()));
    }
    for file in &fixture.files {
        let id = analysis.snapshot().paths().id(&file.path);
        let edits: Vec<_> = offer.edits.iter().filter(|(of, _)| *of == id).map(|(_, edit)| edit.clone()).collect();
        if !edits.is_empty() {
            let text = apply_edits(&file.text, &edits).expect("edits do not overlap");
            files.push((file.path.trim_start_matches(crate::fixture::ROOT).to_string(), text));
        }
    }
    for (path, text) in &mut files {
        if !Parse::new(text).errors().is_empty() {
            text.push_str(&format!("# {path} does not parse\n"));
        }
    }
    files.sort();
    let shown = match files.as_slice() {
        [(path, text)] if path == "/default.nix" => text.clone(),
        _ => files.iter().map(|(path, text)| format!("#- {path}\n{text}")).collect(),
    };
    Some((offer, shown))
}

#[test]
fn examples_do_what_they_say() {
    let mut wrong = String::new();
    for assist in ASSISTS {
        let mut made: Option<String> = None;
        let mut shown = 0;
        for (word, text) in examples(&documentation(assist)) {
            match word.as_str() {
                "before" => match after(assist, &text) {
                    Some((offer, text)) => {
                        assert!(!offer.title.is_empty());
                        made = Some(text);
                    }
                    None => wrong.push_str(&format!("{} is not offered in\n{text}\n", assist.id)),
                },
                "after" => {
                    shown += 1;
                    let made = made.take().unwrap_or_default();
                    if made.trim_end() != text.trim_end() {
                        wrong.push_str(&format!("{} makes\n{made}\ninstead of\n{text}\n", assist.id));
                    }
                }
                "nothing" => {
                    if let Some((offer, made)) = after(assist, &text) {
                        wrong.push_str(&format!(
                            "{} is offered ({}) in\n{text}\nmaking\n{made}\n",
                            assist.id, offer.title
                        ));
                    }
                }
                other => panic!("{}: {other} is no kind of example", assist.id),
            }
        }
        assert!(shown > 0, "{} has no example", assist.id);
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_prefix_of_a_file_has_answers() {
    let text = "{ config, lib, ... }@all:\nwith lib; let inherit (config) custom; inherit; x.y = { z = ''a${b}c''; }; in rec {\n  imports = [ ./custom.nix ];\n  config = if x.y then { \"a b\".c = [ 1 2 ]; } else { };\n  q = custom.port or 1;\n}\n$0";
    let (analysis, fixture, position) = at_cursor(text);
    let text = fixture.text("/default.nix").to_string();
    let path = analysis.path(position.file);
    for end in (0..=text.len()).step_by(2) {
        let change = crate::db::Change::Text { path: path.clone(), text: text[..end].into() };
        let now = analysis.with_snapshot(analysis.snapshot().apply([change]));
        for start in (0..=end).step_by(3) {
            for length in [0, 1, 5] {
                let range =
                    |start: usize, end: usize| crate::base::TextRange::new((start as u32).into(), (end as u32).into());
                let at = FileRange { file: position.file, range: range(start, (start + length).min(end)) };
                for offered in super::assists(&now, at, |_| true) {
                    for (_, edit) in offered.offer.edits.iter().filter(|(file, _)| *file == position.file) {
                        assert!(usize::from(edit.range.end()) <= end, "{} {:?}", offered.id, edit);
                    }
                }
            }
        }
    }
}
