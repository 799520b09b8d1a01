use proptest::prelude::*;

use super::reparse;
use crate::base::{TextEdit, TextRange};
use crate::syntax::{Parse, samples};

/// Fails unless parsing again gives what parsing everything gives, and says
/// whether it was spared.
#[track_caller]
fn check_parse(old: &Parse, old_text: &str, edit: &TextEdit) -> (Parse, String, bool) {
    let new_text = edit.apply(old_text).unwrap();
    let expected = Parse::new(&new_text);
    let incremental = reparse(old, edit, &new_text);
    if let Some(parse) = &incremental {
        let context = || format!("{edit:?} in\n{old_text}\ngives\n{new_text}");
        assert_eq!(parse.root().text().to_string(), new_text, "{}", context());
        assert_eq!(format!("{:#?}", parse.root()), format!("{:#?}", expected.root()), "{}", context());
        assert!(parse.green() == expected.green(), "{}", context());
        assert_eq!(parse.errors(), expected.errors(), "{}", context());
    }
    assert!(old.reparse(old_text, edit, &new_text) == expected);
    (expected, new_text, incremental.is_some())
}

/// `<…>` is replaced by `insert`.
#[track_caller]
fn check(marked: &str, insert: &str) -> bool {
    let (before, rest) = marked.split_once('<').unwrap();
    let (removed, after) = rest.split_once('>').unwrap();
    let text = format!("{before}{removed}{after}");
    let range = TextRange::at((before.len() as u32).into(), (removed.len() as u32).into());
    check_parse(&Parse::new(&text), &text, &TextEdit::replace(range, insert)).2
}

#[test]
fn spares_the_rest_while_people_type() {
    // Within a binding, between bindings, in the first and the last one.
    assert!(check("{ a = 1; b = <>; c = 3; }", "2"));
    assert!(check("{ a = 1; b = <x>; c = 3; }", "[ 1 2 ]"));
    assert!(check("{ a = 1;<> c = 3; }", " b = 2;"));
    assert!(check("{<> c = 3; }", " b = 2;"));
    assert!(check("{ a = 1; <b = 2; >c = 3; }", ""));
    assert!(check("{ a = 1; b = 2;<> }", " c"));
    assert!(check("{ a = 1; b = 2; <c> }", "c = 3"));
    assert!(check("let a = <1>; in a", "2"));
    assert!(check("let { body = <1>; }", "2"));
    // A name that becomes a binding makes errors come and go.
    assert!(check("{ a = 1; b<>\n c = 3; d = 4; }", " = "));
    assert!(check("{ a = 1; b = lib.<>\n c = 3; d = 4; }", "x"));
    // A bracket that lacks its other half, where the `;` tells how far that goes.
    assert!(check("{ a = 1; b = <>2; c = 3; }", "("));
    assert!(check("{ a = 1; b = [ 2 <]>; c = 3; }", ""));
    // What is open around it decides where a mistake ends, here between `then` and `else`.
    assert!(check("if a then { z = 1; b<>;\n c = if d then e else f; g = 1; } else h", " = if x"));
    assert!(check("(a: { b = <>\n c = 2; })", "[ ("));
    assert!(check("with a; { b = if c<>;\n d = 1; }", " th"));
    // A bracket that is never closed, far from the edit.
    assert!(check("{ a = { b = 1;\n c<>\n d = 2; }", " = 3;"));
    assert!(check("{ a = [ b <>c d; e = 1; }", "f "));
    // In lists, parentheses, strings.
    assert!(check("[ a b<> c d ]", "b"));
    assert!(check("[ a <b >c d ]", ""));
    assert!(check("[ a b c <>]", "d"));
    assert!(check("f (a <+> b) c", "-"));
    assert!(check("f \"a <b> c\"", "d ${e}"));
    assert!(check("f \"a ${<b>} c\"", "d { e = 1; }"));
    assert!(check("f ''a <b> c''", "'''"));
    assert!(check("f.${<b>}", "d"));
    assert!(check("./a/${<b>}/c", "d"));
    // White space and comments.
    assert!(check("a  <> + b", " "));
    assert!(check("a # b<> c\n + b", "d"));
    assert!(check("a /* b<> c */ + b", "d"));
}

#[test]
fn parses_everything_when_it_must() {
    // Something opens that does not close, or closes what it should not.
    assert!(!check("{ a = 1; b = <>2; c = 3; }", "\""));
    assert!(!check("{ a = <>1; b = 2; }", "}"));
    assert!(!check("f \"a <>\"", "\""));
    assert!(!check("f \"a <>\"", "\\"));
    assert!(!check("f ''a<>''", "'"));
    // A set becomes the arguments of a function, a `let` another `let`.
    assert!(!check("{ a<> = 1; }", " ? b, c"));
    assert!(!check("{<a = 1;>}: b", ""));
    assert!(!check("let <a = 1;> in b", "{ body = 1; }"));
    assert!(!check("let<> a = 1; in b", "x"));
    // A comment swallows what follows, two tokens become one.
    assert!(!check("{ a = 1; <>b = 2; }", "# "));
    assert!(!check("a <> b\n", "#"));
    assert!(!check("a< >b", ""));
    // Whether a name is missing depends on the line.
    assert!(!check("a: b. <\n >c = d; }", " "));
    // There is nothing around the edit.
    assert!(!check("a + <b>", "c"));
}

#[test]
fn what_is_around_an_error_counts() {
    check("( { a = 1; b = <>2; )", ")");
    check("{ a = [ 1 2 <>; b = 2; }", "3");
    check("{ a = ( { b = <>; c = 1 ]; }; d = 1; }", ")");
    check("\"${ [ { <>] }\"", "}");
    check("\"${ [ { <}> ] }\"", "");
    check("\"${ { a = <1>; } }\"", "{");
    check("{ inherit ${\"a<>\"}; }", "${b}");
    check("{ a = 1; ) b = <2>; }", "3");
    check("{ a b c d<> }: x", ", e");
    check("[ x. y <=> 1 ]", ";");
    check("{ 1 + \"a\"<> b c = 2; }", " d = 2;");
    check("{ a = lib.\n  b.c<> = 2; }", "d");
    check("a 1111111111111111111111<> b", "1");
    check("( )<> b", " ");
    check("[ 1 /<> b 2 ]", "/");
}

#[test]
fn a_tree_that_is_too_deep_is_not_grown() {
    let text = format!("{}1{}", "(".repeat(500), ")".repeat(500));
    let parse = Parse::new(&text);
    assert_eq!(parse.errors(), []);
    let edit = TextEdit::insert(500.into(), "[ [ [ [ [ [ [ [ [ [ [ [ ] ] ] ] ] ] ] ] ] ] ] ] ");
    let (parse, text, _) = check_parse(&parse, &text, &edit);
    assert_eq!(parse.errors().len(), 1, "{:?}", parse.errors());
    let undo = TextEdit::delete(edit.range_after());
    let (parse, ..) = check_parse(&parse, &text, &undo);
    assert_eq!(parse.errors(), []);
}

const SNIPPETS: &[&str] = &[
    " ",
    "\n",
    "\r\n",
    ";",
    ",",
    ".",
    ":",
    "=",
    "?",
    "@",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "${",
    "\"",
    "''",
    "'",
    "$",
    "\\",
    "#",
    "/*",
    "*/",
    "/",
    "//",
    "++",
    "-",
    "!",
    "==",
    "->",
    "|>",
    "<|",
    "<",
    ">",
    "...",
    "let",
    " in ",
    "let ",
    "rec ",
    "with x; ",
    "if ",
    " then ",
    " else ",
    "assert ",
    "inherit ",
    "or",
    " or ",
    "a",
    "b = 1;",
    "x: ",
    "{ }",
    "[ ]",
    "( )",
    "\"s\"",
    "{ a, b }: ",
    "a.b",
    "./p",
    "<n>",
    "1",
    "1.5",
    "http://x",
    "ä",
    "\u{a0}",
    "\0",
    "a = b; ",
    "\n  c = lib.\n",
    "{ a }",
    "${x}",
    "# c\n",
    "in",
    "99999999999999999999",
];

fn edits() -> impl Strategy<Value = Vec<(prop::sample::Index, u8, String)>> {
    let insert = prop::collection::vec(prop::sample::select(SNIPPETS), 0..3).prop_map(|it| it.concat());
    // Mostly what a key press does, sometimes a larger cut.
    let removed = prop_oneof![4 => 0u8..2, 2 => 0u8..12, 1 => 0u8..120];
    prop::collection::vec((any::<prop::sample::Index>(), removed, insert), 1..6)
}

fn texts() -> impl Strategy<Value = String> {
    let nonsense = prop::collection::vec(prop::sample::select(SNIPPETS), 0..60).prop_map(|it| it.concat());
    let part = (prop::sample::select(samples::all()), any::<prop::sample::Index>(), 0usize..400).prop_map(
        |(text, start, length)| {
            let start = text.floor_char_boundary(start.index(text.len()));
            let end = text.floor_char_boundary((start + length).min(text.len()));
            text[start..end].to_owned()
        },
    );
    let whole = prop::sample::select(samples::all()).prop_map(str::to_owned);
    prop_oneof![3 => whole, 2 => part, 1 => nonsense]
}

fn boundaries(text: &str, index: &prop::sample::Index, removed: u8) -> TextRange {
    let start = text.floor_char_boundary(index.index(text.len() + 1));
    let end = text.floor_char_boundary((start + usize::from(removed)).min(text.len()));
    TextRange::new((start as u32).into(), (end as u32).into())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2500) })]

    #[test]
    fn every_edit_gives_what_parsing_everything_gives(text in texts(), edits in edits()) {
        let mut text = text;
        let mut parse = Parse::new(&text);
        for (index, removed, insert) in edits {
            let edit = TextEdit::replace(boundaries(&text, &index, removed), insert);
            (parse, text, _) = check_parse(&parse, &text, &edit);
        }
    }
}

/// Shows what is gained; run with `--nocapture`, and in a release build.
#[test]
#[allow(clippy::disallowed_methods, reason = "the time is shown, and decides nothing")]
fn a_large_file() {
    let bindings = samples::MODULE.split_once("systemd").unwrap().1.split_once("users.users").unwrap().0;
    let mut text = String::from("{ lib, pkgs, ... }:\nwith lib;\n{\n");
    for number in 0.. {
        text.push_str(&format!(
            "  package-{number} = callPackage ../some/package/{number} {{ inherit lib; a = [ 1 2 ]; }};\n"
        ));
        if number % 20 == 0 {
            text.push_str(&format!("  module-{number} = {{ systemd{bindings} }};\n"));
        }
        if text.len() > 700_000 {
            break;
        }
    }
    text.push_str("}\n");
    let middle = text.floor_char_boundary(text.len() / 2);
    let line = middle + text[middle..].find("\n  package").unwrap();

    let start = std::time::Instant::now();
    let parse = Parse::new(&text);
    eprintln!("{} bytes parsed in {:?}", text.len(), start.elapsed());
    assert_eq!(parse.errors(), []);
    for (offset, insert) in [(1, "\n"), (4, "x"), (18, " "), (28, "'"), (0, "\n  new"), (0, "\n  a.b = 1;"), (22, "(")]
    {
        let edit = TextEdit::insert(((line + offset) as u32).into(), insert);
        let new_text = edit.apply(&text).unwrap();
        let start = std::time::Instant::now();
        let new = parse.reparse(&text, &edit, &new_text);
        eprintln!("{insert:?} parsed again in {:?}", start.elapsed());
        assert!(new == Parse::new(&new_text));
        assert!(reparse(&parse, &edit, &new_text).is_some());
    }
}
