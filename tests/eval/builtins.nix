# Builtins with values that stand in the manual or were asked of Nix.
builtins.match "a(b)?(c)" "ac"
# => [ null "c" ]
builtins.match "a" "ab"
# => null
builtins.match "\\d" "1"
# => error
builtins.match "[[:space:]]+([[:upper:]]+)[[:space:]]+" "  FOO   "
# => [ "FOO" ]
builtins.match "(a*)+" "aa"
# => unknown (builtins.match)
builtins.split "(a)b" "abc"
# => [ "" [ "a" ] "c" ]
builtins.split "a|ab" "xabx"
# => [ "x" [ ] "x" ]
builtins.split "(b*)" "abb"
# => [ "" [ "" ] "a" [ "bb" ] "" [ "" ] "" ]
builtins.split "," ""
# => [ "" ]
builtins.match "(.)" "é"
# => null
builtins.match "(.)." "é"
# => [ unknown (builtins.split) ]
builtins.hashString "md5" "hello"
# => "5d41402abc4b2a76b9719d911017c592"
builtins.hashString "sha256" ""
# => "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
builtins.hashString "blake3" ""
# => unknown (builtins.hashString)
builtins.convertHash { hash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; toHashFormat = "nix32"; }
# => "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73"
builtins.placeholder "out"
# => "/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9"
builtins.toJSON { a = [ 1 2.5 null ]; b = 1.5e-7; c = 1.0e15; }
# => "{\"a\":[1,2.5,null],\"b\":1.5e-07,\"c\":1e+15}"
builtins.toJSON (x: x)
# => error
builtins.toString [ 1 [ 2 ] true null "x" ]
# => "1 2 1  x"
builtins.toString 0.1
# => "0.100000"
builtins.fromJSON "{\"a\": [1, 2.0, true]}"
# => { a = [ 1 2.0 true ]; }
builtins.fromJSON "9223372036854775808"
# => error
builtins.fromTOML "a.b = 1\n[[c]]\nd = 'x'"
# => { a = { b = 1; }; c = [ { d = "x"; } ]; }
builtins.replaceStrings [ "" ] [ "-" ] "ab"
# => "-a-b-"
builtins.substring 1 (-1) "abc"
# => "bc"
builtins.substring (-1) 1 "abc"
# => error
builtins.substring 0 1 "é"
# => unknown (builtins.substring)
builtins.compareVersions "2.3pre1" "2.3"
# => -1
builtins.splitVersion "1.2pre3"
# => [ "1" "2" "pre" "3" ]
builtins.parseDrvName "nix-0.12pre1"
# => { name = "nix"; version = "0.12pre1"; }
builtins.listToAttrs [ { name = "a"; value = 1; } { name = "a"; value = 2; } ]
# => { a = 1; }
builtins.zipAttrsWith (n: vs: vs) [ { a = 1; } { a = 2; b = 3; } ]
# => { a = [ 1 2 ]; b = [ 3 ]; }
builtins.groupBy (x: if x > 1 then "big" else "small") [ 1 2 3 ]
# => { big = [ 2 3 ]; small = [ 1 ]; }
builtins.sort (a: b: a < b) [ 3 1 2 ]
# => [ 1 2 3 ]
builtins.sort 1 [ 1 ]
# => error
builtins.tryEval (throw "x")
# => { success = false; value = false; }
builtins.tryEval (abort "x")
# => error (x)
builtins.functionArgs ({ a, b ? 1 }: a)
# => { a = false; b = true; }
builtins.genericClosure { startSet = [ { key = 1; } ]; operator = i: [ { key = 1; } ]; }
# => [ { key = 1; } ]
builtins.intersectAttrs { a = 1; } { a = 2; b = 3; }
# => { a = 2; }
builtins.catAttrs "a" [ { a = 1; } { } ]
# => [ 1 ]
builtins.parseFlakeRef "github:NixOS/nixpkgs/nixos-24.05?dir=lib"
# => { dir = "lib"; owner = "NixOS"; ref = "nixos-24.05"; repo = "nixpkgs"; type = "github"; }
builtins.flakeRefToString { type = "github"; owner = "a"; repo = "b"; ref = "c"; }
# => "github:a/b/c"
builtins.toXML { a = x: 1; }
# => "<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <attrs>\n    <attr name=\"a\">\n      <function>\n        <varpat name=\"x\" />\n      </function>\n    </attr>\n  </attrs>\n</expr>\n"
builtins.getContext "x"
# => { }
builtins.readDir /nowhere
# => unknown
builtins.getEnv "HOME"
# => ""
builtins.langVersion
# => 6
__filterAttrs
# => error
builtins.bitXor 12 10
# => 6
builtins.ceil 1.2
# => 2
builtins.floor (-1.2)
# => -2
builtins.baseNameOf "a/b/"
# => "b"
builtins.dirOf "a"
# => "."
builtins.dirOf /a/b
# => /a
builtins.elemAt [ 1 ] 1
# => error
builtins.head [ ]
# => error
