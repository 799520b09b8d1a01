//! What the tests of rules share, and the test that runs the examples in their documentation.

use std::sync::atomic::AtomicBool;

use super::{Diagnostic, RULES, RuleId, Settings, check};
use crate::base::apply_edits;
use crate::db::{Change, Node, Snapshot};
use crate::eval::FileType;
use crate::fixture::{Fixture, ROOT, examples};
use crate::hir::Name;
use crate::repository::{Analyzer, Repository};

/// The analysis of a snapshot with one flake in [`ROOT`].
pub(super) fn analyzed(snapshot: Snapshot) -> Repository {
    let roots = [Name::new_static(ROOT)];
    Analyzer::new().analyze(&snapshot, &roots, &AtomicBool::new(false)).expect("nobody cancelled")
}

/// What a rule finds in a fixture.
pub(super) fn found(rule: RuleId, fixture: &Fixture) -> (Repository, Vec<Diagnostic>) {
    let repository = analyzed(Snapshot::of_fixture(fixture));
    let found = check(&repository, &Settings::default(), Some(&[rule]));
    (repository, found)
}

/// Checks that a rule finds exactly the marked places. A mark with a label also holds the message against it.
#[track_caller]
pub(super) fn assert_marks(rule: RuleId, text: &str) -> (Repository, Vec<Diagnostic>) {
    let fixture = Fixture::parse(text);
    let (repository, found) = found(rule, &fixture);
    let mut places: Vec<(String, String, String)> = found
        .iter()
        .map(|it| {
            let path = repository.path(it.at.file).to_string();
            let text = fixture.text(&path)[it.at.range].to_string();
            (path, format!("{text} at {:?}", it.at.range), it.message.clone())
        })
        .collect();
    let mut marks: Vec<(String, String, String)> = fixture
        .marks
        .iter()
        .map(|mark| {
            let text = fixture.text(&mark.path)[mark.range].to_string();
            (mark.path.clone(), format!("{text} at {:?}", mark.range), mark.label.clone())
        })
        .collect();
    places.sort();
    marks.sort();
    for (place, mark) in places.iter_mut().zip(&mut marks) {
        if mark.2.is_empty() {
            mark.2.clone_from(&place.2);
        }
    }
    assert_eq!(places, marks, "{rule}: found (left), expected (right)");
    (repository, found)
}

/// The files of a fixture after the first fix of each finding; the rule must find nothing in them any more.
#[track_caller]
pub(super) fn fixed(rule: RuleId, text: &str) -> Vec<(String, String)> {
    let fixture = Fixture::parse(text);
    let (repository, found) = found(rule, &fixture);
    assert!(!found.is_empty(), "{rule} finds nothing");
    let mut changed: Vec<(String, String)> = Vec::new();
    let mut changes = Vec::new();
    let fixes: Vec<&super::Fix> = found.iter().filter_map(|it| it.fixes.first()).collect();
    let mut creates: Vec<super::NewFile> = fixes.iter().flat_map(|fix| fix.creates.clone()).collect();
    creates.sort_by(|a, b| a.path.cmp(&b.path));
    creates.dedup();
    let added: Vec<Name> = creates.iter().map(|new| new.path.clone()).collect();
    for new in creates {
        let node = Node { kind: FileType::Regular, tracked: true, target: None };
        changes.push(Change::Node { path: new.path.clone(), node });
        changes.push(Change::Text { path: new.path.clone(), text: new.text.as_str().into() });
        changed.push((new.path.trim_start_matches(ROOT).to_string(), new.text));
    }
    for file in &fixture.files {
        let all = fixes.iter().flat_map(|fix| &fix.edits).filter(|(id, _)| repository.path(*id) == file.path);
        let mut edits: Vec<crate::base::TextEdit> = Vec::new();
        // Two findings may ask for one and the same change.
        for (_, edit) in all {
            if !edits.contains(edit) {
                edits.push(edit.clone());
            }
        }
        if edits.is_empty() {
            continue;
        }
        let text = apply_edits(&file.text, &edits).expect("fixes do not overlap");
        changes.push(Change::Text { path: Name::new(&file.path), text: text.as_str().into() });
        changed.push((file.path.trim_start_matches(ROOT).to_string(), text));
    }
    let after = analyzed(repository.snapshot.apply(changes));
    let left = check(&after, &Settings::default(), Some(&[rule, "syntax-error"]));
    if fixes.iter().any(|fix| fix.keeps_facts) {
        assert_eq!(crate::repository::difference(&repository, &after, &added), None, "{changed:#?}");
    }
    assert!(left.is_empty(), "{rule} still finds after its fix: {left:#?}\n{changed:#?}");
    changed
}

#[test]
fn examples_do_what_they_say() {
    for rule in RULES {
        for (word, text) in examples(&rule.documentation()) {
            let marked = !Fixture::parse(&text).marks.is_empty();
            match word.as_str() {
                "fails" => assert!(marked, "{}: an example that fails has marks", rule.id),
                "passes" => assert!(!marked, "{}: an example that passes has no marks", rule.id),
                other => panic!("{}: {other} is no kind of example", rule.id),
            }
            let (_, found) = assert_marks(rule.id, &text);
            if found.iter().any(|it| !it.fixes.is_empty()) {
                fixed(rule.id, &text);
            }
        }
    }
}

#[test]
fn every_rule_is_documented() {
    for rule in RULES {
        let documentation = rule.documentation();
        assert!(documentation.len() > 100, "{} says what it does", rule.id);
        assert!(!rule.summary().is_empty() && rule.summary().len() < 120, "{}: {}", rule.id, rule.summary());
        assert_eq!(rule.source.matches(&format!("id: \"{}\"", rule.id)).count(), 1, "{} is in its own file", rule.id);
    }
}

#[test]
fn ids_are_unique() {
    let mut ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), RULES.len());
}
