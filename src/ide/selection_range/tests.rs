//! The texts around a cursor, from the inside out, without the whole file.

use super::*;
use crate::ide::testing::at_cursor;

fn around(text: &str) -> Vec<String> {
    let (analysis, fixture, position) = at_cursor(text);
    let path = analysis.path(position.file);
    let mut ranges = selection_ranges(&analysis, position);
    assert!(ranges.windows(2).all(|pair| pair[1].contains_range(pair[0]) && pair[1] != pair[0]));
    let text = fixture.text(&path);
    assert_eq!(usize::from(ranges.pop().unwrap().len()), text.len());
    ranges.into_iter().map(|range| text[range].to_string()).collect()
}

#[test]
fn a_path_part_by_part() {
    assert_eq!(
        around("{ a.$0b.c = 1; d = 2; }\n"),
        ["b", "a.b", "a.b.c", "a.b.c = 1;", "a.b.c = 1; d = 2;", "{ a.b.c = 1; d = 2; }"]
    );
    assert_eq!(
        around("[ config.a.b$0.c ]\n"),
        ["b", "config.a.b", "config.a.b.c", "[ config.a.b.c ]"],
        "what a list of one element holds is that element"
    );
}

#[test]
fn strings_and_what_is_in_them() {
    assert_eq!(
        around("\"one two ${x.y$0} three\"\n"),
        ["y", "x.y", "${x.y}", "one two ${x.y} three", "\"one two ${x.y} three\""]
    );
    assert_eq!(
        around("''\n  first l$0ine\n  second\n''\n"),
        ["line", "first line", "first line\n  second", "\n  first line\n  second\n", "''\n  first line\n  second\n''"]
    );
}

#[test]
fn comments_and_bindings() {
    assert_eq!(around("# one\n# t$0wo\n1\n"), ["two", "# two", "# one\n# two"]);
    assert_eq!(around("let a = 1; b = $02; in a\n"), ["2", "b = 2;", "a = 1; b = 2;", "let a = 1; b = 2; in a"]);
    assert_eq!(around("{ a, b$0 ? 1 }: a\n"), ["b", "b ? 1", "a, b ? 1", "{ a, b ? 1 }", "{ a, b ? 1 }: a"]);
}

#[test]
fn places_with_nothing_around_them() {
    for text in ["$0", "\n$0\n", "{ a = $0", "\"$0", "[ $0 ]", "${$0"] {
        let (analysis, _, position) = at_cursor(text);
        let ranges = selection_ranges(&analysis, position);
        assert!(ranges.iter().all(|range| range.contains_inclusive(position.offset)), "{text}");
    }
}
