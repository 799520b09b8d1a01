# The text that `lib` writes.
lib.generators.toINI { } { foo = { hi = "x"; n = 1; }; bar.b = true; }
# => "[bar]\nb=true\n\n[foo]\nhi=x\nn=1\n"
lib.generators.toKeyValue { } { a = 1; b = "x"; }
# => "a=1\nb=x\n"
lib.generators.toGitINI { user.name = "a"; url."x".insteadOf = "y"; }
# => "[url \"x\"]\n\tinsteadOf = \"y\"\n\n[user]\n\tname = \"a\"\n"
lib.generators.toPretty { } { a = [ 1 ]; f = { x, y ? 1 }: x; }
# => "{\n  a = [\n    1\n  ];\n  f = <function, args: {x, y?}>;\n}"
lib.generators.toLua { multiline = false; } { a = [ 1 true null ]; }
# => "{ [\"a\"] = { 1, true, nil } }"
lib.generators.toINI { } { a.b = unknown; }
# => unknown
lib.cli.toGNUCommandLineShell { } { verbose = true; data = "x y"; }
# => "--data 'x y' --verbose"
lib.cli.toCommandLineGNU { } { v = true; i = ".bak"; name = "x"; }
# => [ "-i.bak" "--name=x" "-v" ]
lib.escapeShellArg "it's"
# => "'it'\\''s'"
lib.toShellVars { a = "x"; b = [ 1 2 ]; }
# => "a=x\ndeclare -a b=(1 2)"
lib.strings.toCamelCase "hello-world_again"
# => "helloWorldAgain"
lib.trim " \n a b \t"
# => "a b"
lib.splitString "" "ab"
# => [ "" "a" "b" "" ]
lib.removePrefix "foo." "foo.bar"
# => "bar"
lib.concatLines [ "a" "b" ]
# => "a\nb\n"
lib.versions.pad 3 "1.2-rc"
# => "1.2.0-rc"
lib.toInt " 12 "
# => 12
lib.toInt "012"
# => error
lib.naturalSort [ "d10" "d9" "d1" ]
# => [ "d1" "d9" "d10" ]
lib.toposort (a: b: a < b) [ 3 1 2 ]
# => { result = [ 1 2 3 ]; }
lib.gvariant.mkUint32 5 + ""
# => "@u 5"
lib.network.ipv6.fromString "::1/64"
# => { address = "0:0:0:0:0:0:0:1"; prefixLength = 64; }
lib.path.subpath.join [ "a" "./b/" ]
# => "./a/b"
lib.path.append /a "b/c"
# => /a/b/c
lib.showOption [ "a" "b.c" "<name>" ]
# => "a.\"b.c\".<name>"
lib.options.showDefs [ { file = "f"; value = [ 1 ]; } ]
# => "\n- In `f':\n    [\n      1\n    ]"
(lib.mkEnableOption "it").description
# => "Whether to enable it."
(lib.types.enum [ "a" 1 ]).description
# => "one of \"a\", 1"
(lib.types.either lib.types.ints.positive (lib.types.listOf lib.types.str)).description
# => "positive integer, meaning >0, or (list of string)"
(lib.types.coercedTo lib.types.bool toString lib.types.str).description
# => "string or boolean convertible to it"
(lib.types.strMatching "[a-z]+").description
# => "string matching the pattern [a-z]+"
(lib.mergeDefinitions [ "o" ] (lib.types.listOf lib.types.int) [ { file = "f"; value = lib.mkAfter [ 1 ]; } { file = "g"; value = [ 2 ]; } ]).mergedValue
# => [ 2 1 ]
(lib.mergeDefinitions [ "o" ] lib.types.int [ { file = "f"; value = "x"; } ]).mergedValue
# => error
