//! Signatures as their label with the active argument in `<>`, then the documentation.

use super::*;
use crate::ide::testing::at_cursor;

fn help(text: &str) -> Option<String> {
    let (analysis, _, position) = at_cursor(text);
    let help = signature_help(&analysis, position)?;
    let mut label = help.label.clone();
    if let Some(range) = help.active.and_then(|active| help.parameters.get(active)) {
        label.insert(usize::from(range.end()), '>');
        label.insert(usize::from(range.start()), '<');
    }
    Some(match help.documentation {
        Some(documentation) => format!("{label}\n{documentation}"),
        None => label,
    })
}

fn check(text: &str, expected: &str) {
    assert_eq!(help(text).unwrap_or_default(), expected, "{text}");
}

#[test]
fn curried_functions() {
    check("let f = a: b: { c, ... }: 1; in f $0\n", "f <a> b { c, ... }");
    check("let f = a: b: { c, ... }: 1; in f 1 $0\n", "f a <b> { c, ... }");
    check("let f = a: b: { c, ... }: 1; in f 1 2$0\n", "f a <b> { c, ... }");
    check("let f = a: b: 1; g = f 1; in (g $02)\n", "g <b>");
    check("let f = a: let x = a; in b: 1; in f 1 $02\n", "f a <b>");
    check("let s.f = a: b: 1; in [ (s.f 1 $0) ]\n", "f a <b>");
}

#[test]
fn sets_of_arguments() {
    let function = "let f = { a, b ? 1, c ? [ ], ... }: 1; in ";
    check(&format!("{function}f {{ a = $01; }}\n"), "f { <a>, b ? 1, c ? [ ], ... }\nGiven: `a`  \nOptional: `b`, `c`");
    check(
        &format!("{function}f {{ inherit b; $0 }}\n"),
        "f { a, b ? 1, c ? [ ], ... }\nGiven: `b`  \nNeeded: `a`  \nOptional: `c`",
    );
    check(&format!("{function}f $0\n"), "f { a, b ? 1, c ? [ ], ... }\nNeeded: `a`  \nOptional: `b`, `c`");
    check(&format!("{function}f {{ a = {{ x = $01; }}; }}\n"), "");
}

#[test]
fn functions_of_other_files() {
    let file = "#- /f.nix\n{ x }: y: 1\n#- /default.nix\n";
    check(&format!("{file}import ./f.nix {{ $0 }}\n"), "function { x }\nNeeded: `x`");
    check(&format!("{file}let f = import ./f.nix {{ x = 1; }}; in f $0\n"), "f <y>");
}

#[test]
fn builtins_and_lib() {
    check("builtins.map $0\n", "builtins.map <f> list\n`f` of every element.");
    check(
        "{ lib, ... }: { x = lib.mkIf true $0; }\n",
        "lib.mkIf condition <content>\nDefinitions that hold under a condition. The condition may read `config`.",
    );
    check("{ lib, ... }: { x = lib.mkIf true { a = $0; }; }\n", "");
    check(
        "{ lib, ... }: { x = with lib; mkIf $0 }\n",
        "lib.mkIf <condition> content\nDefinitions that hold under a condition. The condition may read `config`.",
    );
}

#[test]
fn where_nothing_is_called() {
    for text in [
        "[ toString $0 ]\n",
        "x $0\n",
        "let f = a: 1; in f$0\n",
        "let f = a: 1; in { f $0 }\n",
        "let f = a: 1; in f 1 $0 2\n",
        "map (x: x$0) [ ]\n",
        "$0",
        "{ $0",
        "f ($0",
    ] {
        assert_eq!(help(text), None, "{text}");
    }
}
