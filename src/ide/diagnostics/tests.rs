//! `check` compares the findings of a file with the marks of a fixture.

use super::file_diagnostics;
use crate::fixture::Fixture;
use crate::ide::Analysis;
use crate::semantics::testing;

fn check(text: &str) {
    let fixture = Fixture::parse(text);
    let analysis = Analysis::new(testing::repository(&fixture));
    let file = analysis.snapshot().paths().id("/repo/default.nix");
    let found: Vec<String> =
        file_diagnostics(&analysis, file).iter().map(|it| format!("{:?} {}", it.range, it.code)).collect();
    let expected: Vec<String> = fixture.marks.iter().map(|mark| format!("{:?} {}", mark.range, mark.label)).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn sound_files() {
    check("{ a = 1; b.c = 2; b.d = 3; }\n");
    check("{ config, lib, pkgs, ... }: with lib; unknown\n");
    check("\n");
}

#[test]
fn what_nix_refuses() {
    check("{ a = 1; a = 2; }\n#        ^ duplicate-attribute\n");
    check("{ a.b = 1; a.b = 2; }\n#            ^ duplicate-attribute\n");
    check("{ a = 1; a.b = 2; }\n#        ^ duplicate-attribute\n");
    check("{ a, b, a }: a\n#       ^ duplicate-argument\n");
    check("a: b + 1\n#  ^ undefined-name\n");
    check("  9223372036854775808\n# ^^^^^^^^^^^^^^^^^^^ syntax-error\n");
    check("x: let ${x} = 1; in 1\n#        ^ dynamic-attribute\n");
}

#[test]
fn duplicates_say_where_the_first_one_is() {
    let fixture = Fixture::parse("{ a = 1; a = 2; }\n");
    let analysis = Analysis::new(testing::repository(&fixture));
    let file = analysis.snapshot().paths().id("/repo/default.nix");
    let found = file_diagnostics(&analysis, file);
    assert_eq!(found[0].related[0].0, crate::base::TextRange::new(2.into(), 3.into()));
}

#[test]
fn syntax_errors_hide_undefined_names() {
    let fixture = Fixture::parse("{ a = let b = 1; in ; c = b; }\n");
    let analysis = Analysis::new(testing::repository(&fixture));
    let file = analysis.snapshot().paths().id("/repo/default.nix");
    let codes: Vec<&str> = file_diagnostics(&analysis, file).iter().map(|it| it.code).collect();
    assert_eq!(codes, ["syntax-error"]);
}

#[test]
fn files_that_are_not_there() {
    let analysis = Analysis::new(testing::repository(&Fixture::parse("1\n")));
    assert!(file_diagnostics(&analysis, crate::base::FileId(9999)).is_empty());
}
