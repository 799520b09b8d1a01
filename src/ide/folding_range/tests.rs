//! What can be folded, as `line-line kind`, lines counted from zero.

use super::*;
use crate::fixture::Fixture;
use crate::semantics::testing;

fn folds(text: &str) -> Vec<String> {
    let analysis = Analysis::new(testing::repository(&Fixture::parse(text)));
    let file = analysis.snapshot().paths().existing("/repo/default.nix").unwrap();
    let data = analysis.snapshot().file(file).unwrap();
    let line = |at| data.line_index().line(at);
    let found = folding_ranges(&analysis, file).into_iter();
    found.map(|it| format!("{}-{} {:?}", line(it.range.start()), line(it.range.end()), it.kind)).collect()
}

#[test]
fn brackets_functions_and_bindings() {
    assert_eq!(
        folds("{\n  lib,\n  ...\n}:\n{\n  a = {\n    b = 1;\n  };\n  c =\n    lib.mkIf x [\n      1\n    ];\n}\n"),
        ["0-3 Code", "3-12 Code", "4-12 Code", "5-7 Code", "8-11 Code", "9-11 Code"]
    );
    assert_eq!(folds("let\n  a = 1;\nin\nf (\n  a\n)\n"), ["0-2 Code", "3-5 Code"]);
    assert_eq!(folds("{ a = { b = [ 1 ]; }; }\n"), [""; 0]);
}

#[test]
fn lists_of_modules() {
    assert_eq!(folds("{\n  imports = [\n    ./a.nix\n  ];\n}\n"), ["0-4 Code", "1-3 Imports"]);
}

#[test]
fn strings() {
    assert_eq!(folds("''\n  a ${\n    b\n  }\n''\n"), ["0-4 Code", "1-3 Code"]);
}

#[test]
fn comments() {
    assert_eq!(folds("# a\n# b\n\n# c\n1\n"), ["0-1 Comment"]);
    assert_eq!(folds("/* a\n b */\n1 # c\n# d\n# e\n"), ["0-1 Comment", "3-4 Comment"]);
    assert_eq!(folds("[\n  # a\n  # b\n  1\n]\n"), ["0-4 Code", "1-2 Comment"]);
}

#[test]
fn what_is_not_closed_yet() {
    assert_eq!(folds("{\n  a = [\n    1\n"), ["0-2 Code", "1-2 Code"]);
    assert_eq!(folds("''\n  a"), ["0-1 Code"]);
}
