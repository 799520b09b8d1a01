# What is known beside something unknown.
unknown
# => unknown (input secret)
unknown.a.b
# => unknown (input secret.a.b)
unknown "argument"
# => unknown (computed from input secret)
unknown + 1
# => unknown
"a${unknown.name}"
# => unknown
if unknown.x then 1 else 1
# => 1
if unknown.x then 1 else 2
# => unknown (a condition that is not decided)
if unknown.x then { a = 1; b = 2; } else { a = 1; }
# => { a = 1; b? = 2; }
if unknown.x then [ 1 ] else [ 2 ]
# => [ 1 2 … ]
if unknown.x then throw "not taken" else 3
# => 3
{ a = 1; } // unknown
# => { a = 1; … }
unknown // { a = 1; }
# => { a = 1; … }
({ a = 1; } // unknown).b
# => unknown (input secret.b)
(unknown // { a = 1; }).a
# => 1
[ 1 ] ++ unknown
# => [ 1 … ]
unknown ? a
# => unknown
{ a = 1; } ? ${unknown}
# => unknown
(unknown // { a = 1; }) ? a
# => true
false && unknown
# => false
unknown && false
# => false
unknown || true
# => true
unknown && true
# => unknown
unknown == unknown
# => unknown
{ a = 1; b = unknown; } == { a = 2; b = unknown; }
# => false
[ 1 unknown ] == [ 1 ]
# => false
builtins.length [ unknown unknown ]
# => 2
builtins.attrNames { a = unknown; }
# => [ "a" ]
builtins.attrNames (unknown // { a = 1; })
# => [ "a" … ]
builtins.attrNames unknown
# => unknown
(builtins.mapAttrs (n: v: v + 1) (unknown // { a = 1; })).a
# => 2
builtins.filter (x: x == unknown || x > 1) [ 1 2 ]
# => [ 1 2 … ]
builtins.elem 1 ([ 2 ] ++ unknown)
# => unknown
builtins.any (x: x) [ unknown true ]
# => true
builtins.all (x: x) [ unknown false ]
# => false
builtins.listToAttrs [ { name = "a"; value = unknown; } { name = unknown; value = 1; } ]
# => { a = unknown (input secret); … }
builtins.removeAttrs (unknown // { a = 1; b = 2; }) [ "a" ]
# => { b = 2; … }
builtins.isString unknown
# => unknown
builtins.toJSON { a = unknown; }
# => unknown
builtins.match "a.*" unknown
# => unknown
(builtins.partition (x: x > unknown.n) [ 1 2 ]).right
# => [ 1 2 … ]
builtins.concatStringsSep "," [ "a" unknown ]
# => unknown
builtins.currentTime
# => unknown
builtins ? fetchClosure
# => unknown
builtins ? nixVersion
# => true
builtins.fetchGit { url = "https://x"; }
# => unknown (builtins.fetchGit)
with unknown; a
# => unknown (input secret.a)
let a = 1; in with unknown; a
# => 1
({ a ? 1, b }: [ a b ]) (unknown // { b = 2; })
# => [ 1 2 ]
let f = { a, ... }: a; in f unknown
# => unknown (input secret.a)
assert unknown; 1
# => 1
builtins.seq unknown 1
# => 1
