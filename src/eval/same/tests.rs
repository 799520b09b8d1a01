//! Pairs of expressions that are the same, and that may differ.

use std::sync::Arc;

use super::*;
use crate::base::FileId;
use crate::eval::{Bounds, FileType, Files, NixFile, ReadError, Unknown};
use crate::hir;
use crate::syntax::Parse;

/// One program, in whatever file somebody asks for.
struct Program(String);

impl Files for Program {
    fn read_dir(&self, _: &str) -> Result<Vec<(Name, FileType)>, ReadError> {
        Err(ReadError::Missing)
    }
    fn read_file(&self, _: &str) -> Result<Arc<str>, ReadError> {
        Err(ReadError::Missing)
    }
    fn file_type(&self, _: &str) -> Result<Option<FileType>, ReadError> {
        Ok(Some(FileType::Regular))
    }
    fn nix_file(&self, _: &str) -> Result<NixFile, ReadError> {
        let parse = Parse::new(&self.0);
        assert!(parse.errors().is_empty(), "{}: {:?}", self.0, parse.errors());
        Ok(NixFile { id: FileId(0), hir: Arc::new(hir::lower(&parse).file), broken: false })
    }
}

/// Whether both expressions are the same. `f`, `pkgs` and `other` are unknown; `x` is "x", and `s` holds them all.
fn same(a: &str, b: &str) -> bool {
    let program = format!("{{ f, pkgs, other, input }}@s: let x = \"x\"; y = \"x\"; z = \"z\"; in [ ({a}) ({b}) ]");
    let ev = Evaluator::new(Arc::new(Program(program)), Bounds::default());
    ev.remember_expressions();
    let unknown = |cause: Cause| Value::Unknown(Unknown::new(cause));
    let arguments = Attrs::of([
        ("f", unknown(Cause::Builtin("f"))),
        ("pkgs", unknown(Cause::Packages)),
        ("other", unknown(Cause::Packages)),
        ("input", unknown(Cause::Input(Name::new_static("input")))),
    ]);
    let function = ev.import("/program.nix").expect("a function");
    let list = ev.call(&function, Thunk::value(Value::attrs(arguments))).expect("a list");
    let items = ev.as_list(&list).expect("a list").items.clone();
    let [a, b] = &items[..] else { panic!("two items") };
    let before = Sameness::new(&ev, true).thunks(a, b);
    // What was evaluated in between does not change the answer.
    let _ = (ev.force(a), ev.force(b));
    assert_eq!(before, Sameness::new(&ev, true).thunks(a, b));
    before
}

#[test]
fn what_is_the_same() {
    for (a, b) in [
        ("1 + 1", "2"),
        ("x", "\"x\""),
        ("[ x { a = 1; } ]", "[ y { a = 1; } ]"),
        ("f x", "f y"),
        ("f { system = x; }", "f { system = \"x\"; }"),
        ("f { inherit x; }", "f { x = \"x\"; }"),
        ("f { ${x} = 1; }", "f { x = 1; }"),
        ("f { b = 1; a = 2; }", "f { a = 2; b = 1; }"),
        ("pkgs.${x}.hello", "pkgs.x.hello"),
        ("s.pkgs.hello", "pkgs.hello"),
        ("f \"${x}-a\"", "f \"${y}-a\""),
        ("f \"a-${x}-${pkgs.a}-${y}z\"", "f \"${\"a\"}-x-${pkgs.a}-xz\""),
        ("n: n + x", "m: m + \"x\""),
        ("{ config, ... }: { a = config.a; b = f x; }", "{ config, ... }: { a = config.a; b = f \"x\"; }"),
        ("input.modules.a", "s.input.modules.a"),
        ("with pkgs; [ hello ]", "with pkgs; [ hello ]"),
        ("f (let a = x; in [ a pkgs ])", "f (let a = y; in [ a pkgs ])"),
        ("let r = { me = r; f = pkgs.a; }; in r", "let r = { me = r; f = pkgs.a; }; in r"),
        ("f { inherit (pkgs) hello; }", "f { hello = pkgs.hello; }"),
        ("./a.nix", "./b/../a.nix"),
    ] {
        assert!(same(a, b), "{a} is {b}");
    }
}

#[test]
fn what_may_differ() {
    for (a, b) in [
        ("x", "z"),
        ("f x", "f z"),
        ("f x", "pkgs x"),
        ("pkgs.hello", "other.hello"),
        ("pkgs.hello", "pkgs.cowsay"),
        ("pkgs.hello", "pkgs.hello or null"),
        ("f { system = x; }", "f { system = z; }"),
        ("f { system = x; }", "f { system = x; extra = 1; }"),
        ("f { ${z} = 1; }", "f { x = 1; }"),
        ("\"${pkgs.a}-a\"", "\"${pkgs.a}-b\""),
        ("\"${x}${pkgs.a}\"", "\"${pkgs.a}x\""),
        ("\"${x}${pkgs.a}\"", "\"z${pkgs.a}\""),
        ("pkgs.a + \"/x\"", "pkgs.a + \"/y\""),
        ("input.a + \"/x\"", "input.a + \"/y\""),
        ("builtins.head input.a", "input.a"),
        ("n: n + x", "n: n + z"),
        ("a: b: a", "a: b: b"),
        ("{ a, ... }: a", "{ b, ... }: b"),
        ("{ a, ... }: a", "{ a }: a"),
        ("{ config, ... }: { b = f x; }", "{ config, ... }: { b = f z; }"),
        ("with pkgs; [ hello ]", "with other; [ hello ]"),
        ("if pkgs.a then x else z", "x"),
        ("[ pkgs ]", "[ pkgs pkgs ]"),
        ("let r = { me = r; f = pkgs.a; }; in r", "let r = { me = r; f = pkgs.b; }; in r"),
        ("let a = pkgs.a; b = pkgs.b; in n: a", "let a = pkgs.a; b = pkgs.b; in n: b"),
        ("(s // pkgs.more).x or z", "z"),
        ("let a = { v = x; } // pkgs.m; in f a.v", "let a = { v = x; }; in f a.v"),
        ("__curPos", "__curPos"),
    ] {
        assert!(!same(a, b), "{a} may not be {b}");
    }
}
