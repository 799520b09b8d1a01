# The language itself, where everything is known.
1 + 2 * 3
# => 7
7 / 2
# => 3
-7 / 2
# => -3
7.0 / 2
# => 3.5
1 / 0
# => error (division by zero)
9223372036854775807 + 1
# => error
1 == 1.0
# => true
[ 1 2 ] == [ 1 2 ]
# => true
(x: x) == (x: x)
# => false
let f = { g = x: x; }; in f == f
# => true
[ 1 ] < [ 1 2 ]
# => true
1 < "a"
# => error
true -> false
# => false
false -> throw "never"
# => true
if 1 then 2 else 3
# => error
assert false; 1
# => error (an assertion fails)
let a = 1; b = a + 1; in b
# => 2
let x = x; in x
# => error (infinite recursion: the value needs itself)
rec { a = 1; b = a; }
# => { a = 1; b = 1; }
rec { a = 1; __overrides = { a = 2; }; b = a; }.b
# => 2
{ a.b = 1; a.c = 2; }
# => { a = { b = 1; c = 2; }; }
{ a = { b = 1; }; a.c = 2; }
# => { a = { b = 1; c = 2; }; }
{ ${"a" + "b"} = 1; }
# => { ab = 1; }
{ ${null} = 1; a = 2; }
# => { a = 2; }
{ a = 1; ${"a" + ""} = 2; }
# => error
{ a = 1; } // { a = 2; b = 3; }
# => { a = 2; b = 3; }
{ a = 1; }.b or 2
# => 2
{ a = 1; }.a.b or 3
# => 3
{ a = 1; }.b
# => error (attribute b is missing)
{ a.b = 1; } ? a.b
# => true
1 ? a
# => false
({ a, b ? a }: a + b) { a = 1; }
# => 2
({ a, ... }@all: all) { a = 1; b = 2; }
# => { a = 1; b = 2; }
({ a }: a) { a = 1; b = 2; }
# => error (the function is called with the argument b, which it does not take)
({ a }: a) { }
# => error (the function needs the argument a, which it is not given)
(all@{ a ? 1 }: all) { }
# => { }
with { a = 1; }; with { a = 2; }; a
# => 2
let a = 3; in with { a = 1; }; a
# => 3
let inherit ({ a = 1; b = 2; }) a b; in a + b
# => 3
''
  one
    two
''
# => "one\n  two\n"
''''${x}''\n''
# => "${x}\n"
"a${1}"
# => error
{ __functor = self: x: x + self.a; a = 1; } 2
# => 3
"${{ outPath = "p"; }}"
# => "p"
{ __toString = self: "s"; } + "!"
# => "s!"
/a/../b
# => /b
/a + "/b"
# => /a/b
let f = n: if n == 0 then 0 else f (n - 1); in f 500
# => 0
let f = x: f x; in f 1
# => unknown
builtins.foldl' (a: b: a + b) 0 (builtins.genList (x: x) 10000)
# => 49995000
1 |> (x: x + 1)
# => 2
let or = 1; in or
# => error
{ a = throw "lazy"; b = 1; }.b
# => 1
