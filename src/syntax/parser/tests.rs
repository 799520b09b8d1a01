use crate::syntax::ast::{self, AstNode, AstToken};
use crate::syntax::{MAX_DEPTH, NodeOrToken, Parse, SyntaxNode, samples};
use proptest::prelude::*;

/// Correct code, one construct each.
const CORRECT: &[&str] = &[
    "a",
    "__curPos",
    "-1 + -(-2) - 3 * 4 / 5",
    "!a && !(b || !c) -> d",
    "a == b && c != d",
    "a < b || c >= d",
    "a // b // c",
    "a ++ b ++ c",
    "a |> b |> c",
    "a <| b <| c",
    "a ? b.\"c\".${d} || e",
    "!a ? b",
    "f a.b c.d or e (g h)",
    "a.b or c.d or e",
    "map or [ ]",
    "f x or",
    "a.or.or or b",
    "a: b: c: d",
    "{ }: { }",
    "{ ... }: 1",
    "{ a }: a",
    "{ a, b ? 1, ... }: a",
    "{ a, b ? { c, }: c, }: a",
    "args@{ a, ... }: a",
    "{ a, ... } @ args: a",
    "{ a }@args: a",
    "let a = 1; b.c = 2; inherit (d) e \"f\" or; inherit g; inherit; in a",
    "let in 1",
    "let { body = 1; }",
    "rec { a = 1; ${b}.c = 2; \"d ${e} f\" = 3; or = 4; inherit; }",
    "with a; with b; assert c; d",
    "if a then b else if c then d else e",
    "[ ]",
    "[ a b.c (d e) { } [ ] \"f\" ''g'' ./h 1 1.5 <i> rec { } a.b or c ]",
    "\"\"",
    "\"a \\\" \\${b} $${c} $ ${d} \\\\ ${\"nested ${e}\"} $\"",
    "''a ''${b} ''' $${c} ''\\n ''\\${d} ${e} $''",
    "''\n  a\n    b ${c}\n ''",
    "./a /b/c ~/d <e/f> ../. a/b/c.nix a/../b",
    "./a/${b}/c.${d}e /${f} ~/${g}/h ./${c}${d} ./e${f}-g_h.i+j",
    "https://example.org/a?b=c&d=e#f",
    "x:y",
    "1 .5 1.5e10 1. 0.5 1.5e-3 1e3 007",
    "a/b a /b a/ b a//b",
    "a-b -c a' _d",
    "a # b\n/* c\n * d */ e /**/ f",
    "(a)",
    "((a: b) c).d",
    "a {} { b = c; } [ ]",
    "{ a.b.c = d: e; }",
    "a==b",
    "a.b.c",
    "a.b . c",
    "{inherit a;b=c;}",
    "[(a)(b)]",
    "[a.b c]",
];

#[test]
fn correct_code_gives_the_tree_of_rnix() {
    for text in CORRECT.iter().chain(&[samples::FLAKE, samples::MODULE]) {
        let parse = Parse::new(text);
        let rnix = rnix::Root::parse(text);
        assert_eq!(parse.errors(), [], "{text}");
        assert_eq!(rnix.errors(), [], "{text}");
        assert_eq!(format!("{:#?}", parse.root()), format!("{:#?}", rnix.syntax()), "{text}");
    }
}

/// What Nix parses and rnix does not.
#[test]
fn code_that_rnix_refuses() {
    for text in [
        samples::ODDITIES,
        "1 + !a",
        "[ ] ++ -a",
        "f let { body = 1; }",
        "let { body = 1; }.a or b",
        "a/b//c",
        "# ends with a carriage return\r a",
        "{\r  a = 1;\r}\r",
    ] {
        assert_eq!(Parse::new(text).errors(), [], "{text}");
    }
}

/// Checks the errors: `«…»` marks the range of each, in the order of the messages.
#[track_caller]
fn check(marked: &str, messages: &[&str]) -> Parse {
    let mut text = String::new();
    let mut open = Vec::new();
    let mut ranges = Vec::new();
    for c in marked.chars() {
        match c {
            '«' => open.push(text.len()),
            '»' => ranges.push(open.pop().unwrap()..text.len()),
            _ => text.push(c),
        }
    }
    ranges.sort_by_key(|it| it.start);
    let parse = Parse::new(&text);
    let mut errors: Vec<_> =
        parse.errors().iter().map(|it| (std::ops::Range::<usize>::from(it.range), it.message.as_str())).collect();
    errors.sort_by_key(|it| it.0.start);
    let expected: Vec<_> = ranges.into_iter().zip(messages.iter().copied()).collect();
    assert_eq!(errors, expected, "{text}");
    assert_eq!(parse.root().text().to_string(), text);
    parse
}

/// The tree in short: nodes by the last word of their name, and the text of the smallest ones.
fn outline(node: &SyntaxNode) -> String {
    let name = format!("{:?}", node.kind()).replace("NODE_", "").to_lowercase();
    let children: Vec<String> = node.children().map(|it| outline(&it)).collect();
    match name.as_str() {
        "ident" | "literal" | "string" | "path_rel" => node.text().to_string(),
        "error" => format!("error({})", node.text()),
        _ => format!("{name}[{}]", children.join(" ")),
    }
}

#[track_caller]
fn check_tree(marked: &str, messages: &[&str], expected: &str) {
    let parse = check(marked, messages);
    let root = parse.root();
    let tree: Vec<String> = root.children().map(|it| outline(&it)).collect();
    assert_eq!(tree.join(" "), expected, "{marked}");
}

#[test]
fn a_missing_semicolon_costs_one_error() {
    check_tree(
        "{ a = b«»\n c = d; }",
        &["expected `;` to end this binding, found `c`"],
        "attr_set[attrpath_value[attrpath[a] b] attrpath_value[attrpath[c] d]]",
    );
    check_tree(
        "{ a = f x«»\n c.d = e; }",
        &["expected `;` to end this binding, found `c`"],
        "attr_set[attrpath_value[attrpath[a] apply[f x]] attrpath_value[attrpath[c d] e]]",
    );
    check("{ a = 1«» }", &["expected `;` to end this binding, found `}`"]);
    check("{ inherit a«»\n b = 1; }", &["expected `;` to end this `inherit`, found `b`"]);
    // What follows was taken for an argument.
    check("with a.b { }«»", &["expected `;` after what `with` opens, found the end of the file"]);
}

#[test]
fn a_name_after_a_dot_is_not_taken_from_the_next_line() {
    check_tree(
        "{ a = lib.«»\n  b = 2; }",
        &["expected the name of an attribute, found `b`"],
        "attr_set[attrpath_value[attrpath[a] select[lib attrpath[]]] attrpath_value[attrpath[b] 2]]",
    );
    check_tree(
        "{ a = lib.types.«»\n  b = 2; }",
        &["expected the name of an attribute after `.`, found `b`"],
        "attr_set[attrpath_value[attrpath[a] select[lib attrpath[types]]] attrpath_value[attrpath[b] 2]]",
    );
    check_tree("lib.«»", &["expected the name of an attribute, found the end of the file"], "select[lib attrpath[]]");
    // Where it is the name, it is taken.
    check_tree("a.\nb", &[], "select[a attrpath[b]]");
}

#[test]
fn a_name_alone_is_a_binding_being_typed() {
    check_tree(
        "{ a«» b = 1; }",
        &["expected `=` after the name of this attribute, found `b`"],
        "attr_set[attrpath_value[attrpath[a]] attrpath_value[attrpath[b] 1]]",
    );
    check_tree(
        "{ a«» }",
        &["expected `=` after the name of this attribute, found `}`"],
        "attr_set[attrpath_value[attrpath[a]]]",
    );
    check_tree(
        "{ a.b.«» }",
        &["expected the name of an attribute after `.`, found `}`"],
        "attr_set[attrpath_value[attrpath[a b]]]",
    );
    check_tree(
        "{ a«» { b = 1; }; }",
        &["expected `=` after the name of this attribute, found `{`"],
        "attr_set[attrpath_value[attrpath[a] attr_set[attrpath_value[attrpath[b] 1]]]]",
    );
    check_tree(
        "{ \"a\"«»: 1; }",
        &["expected `=` after the name of this attribute, found `:`"],
        "attr_set[attrpath_value[attrpath[\"a\"] error(:) 1]]",
    );
    check("{ a«»; b = 1; }", &["expected `=` after the name of this attribute, found `;`"]);
}

#[test]
fn a_hole_keeps_its_place() {
    check_tree(
        "{ a = «;» b = 1; }",
        &["expected an expression, found `;`"],
        "attr_set[attrpath_value[attrpath[a] error()] attrpath_value[attrpath[b] 1]]",
    );
    check_tree("if «then» 1 else 2", &["expected an expression, found `then`"], "if_else[error() 1 2]");
    check_tree("«//» a", &["expected an expression, found `//`"], "bin_op[error() a]");
    check_tree("a +«» ", &["expected an expression, found the end of the file"], "bin_op[a error()]");
    check_tree("«»", &["expected an expression, found the end of the file"], "error()");
    check_tree("a:«» ", &["expected an expression, found the end of the file"], "lambda[ident_param[a] error()]");
    check_tree(
        "let a = 1; in«» ",
        &["expected an expression, found the end of the file"],
        "let_in[attrpath_value[attrpath[a] 1] error()]",
    );
    check_tree("a.b or «)»", &["expected an expression, found `)`"], "select[a attrpath[b] error()] error())");
}

#[test]
fn a_bracket_that_is_not_closed_ends_with_what_is_around_it() {
    check_tree(
        "{ a = «[» b c; d = 1; }",
        &["this `[` is never closed: expected `]`, found `;`"],
        "attr_set[attrpath_value[attrpath[a] list[b c]] attrpath_value[attrpath[d] 1]]",
    );
    check_tree(
        "{ a = «[» b c\n d = 1; }",
        &["this `[` is never closed: expected `]`, found `d`"],
        "attr_set[attrpath_value[attrpath[a] list[b c]] attrpath_value[attrpath[d] 1]]",
    );
    check_tree(
        "{ a = f «(»b c; d = 1; }",
        &["this `(` is never closed: expected `)`, found `;`"],
        "attr_set[attrpath_value[attrpath[a] apply[f paren[apply[b c]]]] attrpath_value[attrpath[d] 1]]",
    );
    check_tree(
        "[ «{» a = 1; ]",
        &["this `{` is never closed: expected `}`, found `]`"],
        "list[attr_set[attrpath_value[attrpath[a] 1]]]",
    );
    check("{ a = [ ( «{»", &["this `{` is never closed: expected `}`, found the end of the file"]);
    check("{ a = «\"»b; }", &["this string is never closed: expected `\"`"]);
    check("{ a = «''»b; }", &["this string is never closed: expected `''`"]);
    check("\"a ${b«\"»", &["this string is never closed: expected `\"`"]);
    check("\"a «${»b", &["this `${` is never closed: expected `}`, found the end of the file"]);
}

#[test]
fn a_bracket_that_closes_nothing_is_skipped() {
    check_tree(
        "{ a = 1; «)» b = 2; }",
        &["expected a binding such as `name = value;`, found `)`"],
        "attr_set[attrpath_value[attrpath[a] 1] error()) attrpath_value[attrpath[b] 2]]",
    );
    check_tree("{ } «}»", &["expected the end of the file, found `}`"], "attr_set[] error(})");
    check_tree("\"${a «)»}\"", &["expected `}`, found `)`"], "\"${a )}\"");
}

#[test]
fn a_let_without_in() {
    check_tree(
        "let a = 1;«»\n{ b = a; }",
        &["expected `in` after the bindings of this `let`, found `{`"],
        "let_in[attrpath_value[attrpath[a] 1] attr_set[attrpath_value[attrpath[b] a]]]",
    );
    check_tree(
        "{ a = let b = 1;«» }",
        &["expected `in` after the bindings of this `let`, found `}`"],
        "attr_set[attrpath_value[attrpath[a] let_in[attrpath_value[attrpath[b] 1] error()]]]",
    );
}

#[test]
fn conditions_lack_parts() {
    check("if a«» else b", &["expected `then` after the condition of this `if`, found `else`"]);
    check_tree(
        "{ a = if b then c«»; d = 1; }",
        &["expected `else` because every `if` has one, found `;`"],
        "attr_set[attrpath_value[attrpath[a] if_else[b c error()]] attrpath_value[attrpath[d] 1]]",
    );
}

#[test]
fn lists_are_not_those_of_other_languages() {
    check_tree("[ 1«,» 2 ]", &["the elements of a list are separated by spaces, not by commas"], "list[1 error(,) 2]");
    check_tree(
        "[ a «++» b ]",
        &["`++` in a list needs parentheses around it and what it is applied to"],
        "list[a error(++) b]",
    );
    check("[ «if» a then b else c ]", &["`if` in a list needs parentheses"]);
    check("[ «x»: x ]", &["a function needs parentheses here"]);
    check("[ «-»1 ]", &["`-` in a list needs parentheses around it and what it is applied to"]);
    check("a ++ «x»: x", &["a function needs parentheses here"]);
    check("a ++ «if» b then c else d", &["`if` after an operator needs parentheses"]);
}

#[test]
fn arguments() {
    check_tree(
        "{ a«» b, ... }: a",
        &["expected `,` between arguments, found `b`"],
        "lambda[pattern[pat_entry[a] pat_entry[b]] a]",
    );
    check("{ a, «,» b }: a", &["expected the name of an argument, found `,`"]);
    check("{ «...», a }: a", &["`...` comes last among the arguments, without a comma"]);
    check("{ a, b }«» c", &["expected `:` between the arguments and the body of this function, found `c`"]);
    check("a@{ b }«@»c: b", &["these arguments already have a name, before the braces"]);
    check("{ a }@«»: a", &["expected a name after `@`, found `:`"]);
    check_tree(
        "«{» a, b: a",
        &["this `{` is never closed: expected `}`, found `:`"],
        "lambda[pattern[pat_entry[a] pat_entry[b]] a]",
    );
}

#[test]
fn operators() {
    check("a == b «==» c", &["comparisons cannot be chained: put one in parentheses"]);
    check("a < b «>=» c", &["comparisons cannot be chained: put one in parentheses"]);
    check("a |> b «<|» c", &["`|>` and `<|` cannot be mixed: put one in parentheses"]);
    check("a <| b «|>» c", &["`|>` and `<|` cannot be mixed: put one in parentheses"]);
    check("a |> (b <| c)", &[]);
    check("a == (b == c)", &[]);
    check_tree("-a.b ? c", &[], "has_attr[unary_op[select[a attrpath[b]]] attrpath[c]]");
    check_tree("!a + b == c", &[], "bin_op[unary_op[bin_op[a b]] c]");
    check_tree("1 * !a + b", &[], "bin_op[1 unary_op[bin_op[a b]]]");
    check_tree("a -> b -> c", &[], "bin_op[a bin_op[b c]]");
    check_tree("a - b - c", &[], "bin_op[bin_op[a b] c]");
    check_tree("a // b ++ c + d", &[], "bin_op[a bin_op[bin_op[b c] d]]");
}

#[test]
fn names_and_literals() {
    check("{ inherit a«.»b; }", &["`inherit` takes names, not paths: for `a.b` write `inherit (a) b;` or `b = a.b;`"]);
    check("{ inherit «${»a}; }", &["`inherit` takes names, not computed ones"]);
    check("{ inherit ${\"a\"} ${\"\"}; }", &[]);
    check("{ «''»a'' = 1; }", &["the name of an attribute takes `\"` quotes, not `''`"]);
    check("«99999999999999999999»", &["this integer does not fit into 64 bits"]);
    check("[ «./a/» b ]", &["a path cannot end with `/`"]);
    check("«${»a}", &["`${…}` is for strings, paths and the names of attributes"]);
    check("«or»", &["`or` needs an attribute before it: `set.name or default`"]);
    check("[ \"a\" \"«\0»\" ]", &["a string cannot contain a null byte"]);
    check("{ a = 1; «;» }", &["this `;` ends nothing"]);
    check("{ a = 1«», b = 2; }", &["expected `;` to end this binding, found `,`"]);
}

#[test]
fn characters_that_mean_nothing_are_passed_over() {
    check_tree(
        "{ a = «$»b c; }",
        &["the character `$` means nothing in Nix"],
        "attr_set[attrpath_value[attrpath[a] apply[b c]]]",
    );
    check_tree(
        "f «“»a«”» b + «\u{a0}»c",
        &[
            "the typographic quote `“` means nothing in Nix",
            "the typographic quote `”` means nothing in Nix",
            "a no-break space means nothing in Nix",
        ],
        "bin_op[apply[apply[f a] b] c]",
    );
    check_tree("«\u{feff}»{ }", &["a byte order mark means nothing in Nix"], "attr_set[]");
    check_tree("[ «\u{a0}»a ]", &["a no-break space means nothing in Nix"], "list[error(\u{a0}) a]");
    check_tree("a «/* b»", &["this comment is never closed: expected `*/`"], "a");
    check_tree("a «=» \\", &["expected the end of the file, found `=`"], "a error(= \\)");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    /// rnix's accessors assert what they expect of a tree.
    #[test]
    fn any_text_gives_a_tree_that_can_be_asked_anything(text in garbage()) {
        let parse = Parse::new(&text);
        prop_assert_eq!(parse.root().text().to_string(), text.clone());
        prop_assert!(parse.errors().is_sorted_by_key(|it| it.noticed));
        for error in parse.errors() {
            prop_assert!(text.get(std::ops::Range::<usize>::from(error.range)).is_some());
        }
        if parse.errors().is_empty() {
            let errors: Vec<_> = parse.root().descendants().filter(|it| it.kind() == super::NODE_ERROR).collect();
            prop_assert!(errors.is_empty(), "{:?}", errors);
        }
        ask_everything(&parse.root());
    }

    #[test]
    fn where_both_see_no_error_rnix_sees_the_same(text in garbage()) {
        let parse = Parse::new(&text);
        let rnix = std::panic::catch_unwind(|| rnix::Root::parse(&text));
        if let Ok(rnix) = rnix && parse.errors().is_empty() && rnix.errors().is_empty() && !text.contains('\r') {
            prop_assert_eq!(format!("{:#?}", parse.root()), format!("{:#?}", rnix.syntax()));
        }
    }
}

fn ask_everything(root: &SyntaxNode) {
    for element in root.descendants_with_tokens() {
        match element {
            NodeOrToken::Token(token) => {
                if let Some(comment) = ast::Comment::cast(token) {
                    comment.text();
                }
            }
            NodeOrToken::Node(node) => {
                if let Some(string) = ast::Str::cast(node.clone()) {
                    string.parts().for_each(drop);
                    string.normalized_parts();
                    crate::syntax::string_value::string_parts(&string);
                }
                if let Some(path) = ast::Path::cast(node.clone()) {
                    path.parts();
                    crate::syntax::string_value::path_parts(&path);
                }
                if let Some(literal) = ast::Literal::cast(node.clone()) {
                    literal.kind();
                }
                // Where a place is reserved for an expression, one is there.
                if let Some(operation) = ast::BinOp::cast(node.clone()) {
                    assert!(operation.lhs().is_some() && operation.rhs().is_some() && operation.operator().is_some());
                }
                if let Some(condition) = ast::IfElse::cast(node) {
                    assert!(condition.condition().is_some() && condition.else_body().is_some());
                }
            }
        }
    }
}

fn garbage() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "a",
        "b",
        "or",
        "let",
        "in",
        "if",
        "then",
        "else",
        "with",
        "assert",
        "rec",
        "inherit",
        "__curPos",
        "1",
        "1.5",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "${",
        "\"",
        "''",
        "'",
        "$",
        ";",
        ":",
        ",",
        ".",
        "...",
        "=",
        "==",
        "?",
        "@",
        "!",
        "-",
        "+",
        "++",
        "/",
        "//",
        "|>",
        "<|",
        "->",
        "./p",
        "/p",
        "~/p",
        "<p>",
        "p/",
        "x:y",
        "# c\n",
        "/* c */",
        "/*",
        "\\",
        "\0",
        "ä",
        "\u{a0}",
        "a = b;",
        "a:",
        "{ a }:",
        "{ a ? b, ... }@c:",
        "inherit (a) b;",
        "\r",
    ]);
    let spaced = (words, prop::sample::select(vec!["", " ", "\n"])).prop_map(|(word, space)| format!("{word}{space}"));
    prop_oneof![
        3 => prop::collection::vec(spaced, 0..40).prop_map(|it| it.concat()),
        1 => ".{0,40}",
        1 => prop::collection::vec(any::<u8>(), 0..80).prop_map(|it| String::from_utf8_lossy(&it).into_owned()),
    ]
}

/// Runs on a stack of the size that Rust gives to a thread.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

/// Ways to nest: what comes before, in and after it.
const NESTED: &[(&str, &str, &str)] = &[
    ("(", "1", ")"),
    ("[", "1", "]"),
    ("[ ", "", ""),
    ("{ a = ", "1", "; }"),
    ("{a=", "", ""),
    ("rec { a.b.c = ", "1", "; }"),
    ("a: ", "1", ""),
    ("{ a, ... }@b: ", "1", ""),
    ("{ a ? ", "1", " }: 1"),
    ("!", "a", ""),
    ("-", "a", ""),
    ("- ", "a", ""),
    ("! - ", "a", ""),
    ("1+", "1", ""),
    ("1 + ", "1", ""),
    ("a ++ ", "b", ""),
    ("a // ", "b", ""),
    ("a -> ", "b", ""),
    ("a |> ", "b", ""),
    ("a <| ", "b", ""),
    ("a == ", "b", ""),
    ("a ", "b", ""),
    ("", "a", " ? b"),
    ("", "a", " or"),
    ("a.b or ", "c", ""),
    ("let in ", "1", ""),
    ("let a = ", "1", "; in 1"),
    ("let { a = ", "1", "; }"),
    ("with a; ", "1", ""),
    ("with ", "1", "; 1"),
    ("assert a; ", "1", ""),
    ("if ", "1", " then 1 else 1"),
    ("if a then ", "1", " else 1"),
    ("if a then b else ", "1", ""),
    ("if ", "", ""),
    ("\"${", "1", "}\""),
    ("''${", "1", "}''"),
    ("\"${", "", ""),
    ("./a/${", "1", "}"),
    ("a.${", "1", "}"),
    ("{ ${", "1", "} = 1; }"),
    ("{ inherit (", "1", ") a; }"),
    ("{ inherit ${", "1", "}; }"),
    ("f (g [ { a = \"${", "1", "}\"; } ])"),
    (") ", "", ""),
    ("= ( ", "", ""),
    ("[ a = ", "", ""),
    ("{ ( ", "", ""),
];

#[test]
fn extreme_nesting_ends_in_an_error() {
    on_a_small_stack(|| {
        for (before, within, after) in NESTED {
            let text = before.repeat(1_000_000) + within + &after.repeat(1_000_000);
            let parse = Parse::new(&text);
            assert_eq!(parse.root().text_range().len(), (text.len() as u32).into());
            assert!(!parse.errors().is_empty(), "{before}");
        }
    });
}

#[test]
fn nesting_up_to_the_limit_fits_the_stack() {
    on_a_small_stack(|| {
        for (before, within, after) in NESTED {
            let mut deepest = 0;
            for count in 1..=MAX_DEPTH as usize {
                // The deepest of this kind that is parsed.
                let count = MAX_DEPTH as usize + 1 - count;
                let text = before.repeat(count) + within + &after.repeat(count);
                let parse = Parse::new(&text);
                if !parse.errors().iter().any(|it| it.message.starts_with("nested too deeply")) {
                    deepest = count;
                    ask_everything(&parse.root());
                    break;
                }
            }
            assert!(deepest > 0, "{before}");
        }
    });
}

/// Long enough that quadratic time is felt, even if it is not measured here.
const LENGTH: usize = 60_000;

/// What takes quadratic time when each token looks ahead for itself.
#[test]
fn long_runs_take_little_time() {
    on_a_small_stack(|| {
        for unit in [
            "-",
            "1+",
            "<",
            "/",
            "//",
            "a.",
            "a-",
            ".",
            "$",
            "'",
            "\"",
            "''",
            "#",
            "/*",
            "~",
            "~/",
            ":",
            "a:",
            "x:y ",
            "<a/",
            "${",
            "a+b",
            "0",
            "a",
            "_",
            "\0",
            "ä",
            ";",
            "a = b; ",
            "a b = ",
            "{ a b c ",
            "[ x: ",
            "1 ",
            "\u{a0} a ",
            ", ",
            "a.b ",
            "{ } ",
            "./a${b}",
            "inherit ",
            "in ",
            "then ",
            ") ] } ",
        ] {
            for (before, after) in [("", ""), ("{ ", " }"), ("[ ", " ]"), ("\"", "\""), ("''", "''"), ("let ", "")] {
                let text = format!("{before}{}{after}", unit.repeat(LENGTH / unit.len()));
                let parse = Parse::new(&text);
                assert_eq!(parse.root().text_range().len(), (text.len() as u32).into());
            }
        }
    });
}
