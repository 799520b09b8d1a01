//! Programs that never end, or grow until nothing else has room.

use std::collections::BTreeMap;

use crate::repo::{Repo, admits_trouble, ends, host};

/// A flake with a healthy host, and hosts that need a hostile expression in
/// each of the places where an evaluation asks for one.
const FLAKE: &str = r#"{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  outputs = { self, nixpkgs }: let
    hostile = import ./hostile.nix { inherit self nixpkgs; inherit (nixpkgs) lib; };
    system = modules: nixpkgs.lib.nixosSystem { system = "x86_64-linux"; inherit modules; };
  in {
    nixosConfigurations = {
      healthy = system [ ./healthy.nix ];
      value = system [ ./healthy.nix { environment.etc.bad.text = hostile; } ];
      declared = system [ ./healthy.nix { custom.bad = hostile; } ];
      condition = system [ ./healthy.nix ({ lib, ... }: { config = lib.mkIf (hostile == 1) { custom.name = lib.mkForce "x"; }; }) ];
      imported = system [ ./healthy.nix { imports = hostile; } ];
      module = system [ ./healthy.nix hostile ];
      call = system hostile;
      computed = system [ ./healthy.nix { environment.etc.${toString hostile}.text = "x"; } ];
      type = system [ ./healthy.nix ({ lib, ... }: { options.bad = lib.mkOption { type = hostile; default = hostile; }; config.bad = 1; }) ];
      argument = nixpkgs.lib.nixosSystem { specialArgs = hostile; modules = [ ./healthy.nix ]; };
      itself = hostile;
      last = system [ ./healthy.nix ];
    };
    packages.x86_64-linux.bad = hostile;
    checks = hostile;
    lib.bad = hostile;
  };
}
"#;

const HEALTHY: &str = r#"{ config, lib, ... }: {
  options.custom = {
    name = lib.mkOption { type = lib.types.str; default = "fine"; };
    bad = lib.mkOption { type = lib.types.anything; default = { }; };
  };
  config = {
    custom.name = "healthy";
    networking.hostName = config.custom.name;
  };
}
"#;

/// Evaluates the flake with this program as its hostile expression.
fn try_program(name: &str, program: &str) {
    let repo = Repo::new([
        ("flake.nix", FLAKE),
        ("healthy.nix", HEALTHY),
        ("hostile.nix", &format!("{{ self, nixpkgs, lib }}: {program}")),
    ]);
    let what = name.to_string();
    ends(name, move || {
        let repository = repo.analyze();
        for healthy in ["healthy", "last"] {
            let host = host(&repository, &format!("nixosConfigurations.{healthy}"));
            let facts = &host.facts;
            assert!(facts.complete() && facts.problems.is_empty(), "{what}: {healthy}: {:?}", facts.problems);
            let values: BTreeMap<String, Option<String>> = facts
                .definitions
                .iter()
                .map(|definition| {
                    (definition.path.join("."), definition.value.as_ref().map(|value| repository.shown(value)))
                })
                .collect();
            assert_eq!(values["networking.hostName"].as_deref(), Some("\"healthy\""), "{what}: {healthy}");
            assert!(facts.options.iter().any(|option| option.path.join(".") == "custom.name"), "{what}: {healthy}");
        }
        // Not each of the places needs what never ends, but one of them does.
        let hosts = repository.hosts().map(|(_, host)| host);
        assert!(hosts.into_iter().any(|host| admits_trouble(host)), "{what}: nothing is said about it");
    });
}

/// Recursion without end, in the shapes that a configuration can give it.
const ENDLESS: &[(&str, &str)] = &[
    ("a name that is itself", "let a = a; in a"),
    ("two names", "let a = b; b = a; in a"),
    ("a set that is itself", "rec { x = x; }.x"),
    ("a sum", "let a = 1 + a; in a"),
    ("a function", "let f = x: f x; in f 1"),
    ("a function with growing arguments", "let f = x: f [ x x ]; in f 1"),
    ("two functions", "let f = x: g (x + 1); g = x: f (x * 2.0); in f 1"),
    ("a function in a list", "let f = x: [ (f x) ] ++ f x; in f 1"),
    ("a fixpoint", "let fix = f: let x = f x; in x; in fix (self: self.a)"),
    ("the combinator", "(x: x x) (x: x x)"),
    ("the combinator of three", "(x: x x x) (x: x x x)"),
    ("a functor that is itself", "let f = { __functor = self: self; }; in f 1"),
    ("a functor that calls itself", "let f = { __functor = self: x: self x; }; in f 1"),
    ("a functor of functors", "let f = n: { __functor = self: f (n + 1); }; in f 0 1"),
    ("a string of itself", "let s = { __toString = self: self; }; in \"${s}\""),
    ("a string of a new set", "let s = n: { __toString = _: s (n + 1); }; in \"${s 0}\""),
    ("a path of itself", "let s = { outPath = s; }; in \"${s}\""),
    ("a string of strings", "let s = { __toString = self: \"${self}\"; }; in \"${s}\""),
    ("a list of itself", "let l = [ l ]; in toString l"),
    ("a list of itself, flattened", "let l = [ l l ]; in lib.flatten l"),
    ("a list of itself, compared", "let a = [ a ]; b = [ b ]; in if a == b then 1 else 2"),
    ("a set of itself, compared", "let a = { x = a; }; b = { x = b; }; in if a == b then 1 else 2"),
    ("lists without end, ordered", "let a = [ a ]; b = [ b ]; in if a < b then 1 else 2"),
    ("trees without end, compared", "let f = n: { l = f n; r = f n; }; in if f 0 == f 1 then 1 else 2"),
    ("a set of itself as JSON", "let a = { x = a; }; in builtins.toJSON a"),
    ("a tree of itself as JSON", "let a = { x = a; y = a; }; in builtins.toJSON a"),
    ("a tree of itself as XML", "let a = { x = a; y = a; }; in builtins.toXML a"),
    ("a tree of itself, evaluated deeply", "let a = { x = a; y = a; z = a; }; in builtins.deepSeq a 1"),
    ("a tree of itself, merged", "let a = { x = a; y = a; }; in lib.recursiveUpdate a a"),
    ("a tree of itself, mapped", "let a = { x = a; y = a; }; in lib.mapAttrsRecursive (p: v: v) a"),
    ("a tree of itself, collected", "let a = { x = a; y = a; }; in lib.collect builtins.isInt a"),
    ("conditions of conditions", "let f = n: if nixpkgs.x == n then f (n + 1) else [ (f (n + 2)) ]; in f 0"),
    (
        "unknown conditions of trees",
        "let f = n: if nixpkgs.x then { a = f (n + 1); } else { b = f (n - 1); c = f n; }; in builtins.deepSeq (f 0) 1",
    ),
    ("an overlay", "(lib.fix (lib.extends (final: prev: { a = final.a; }) (self: { a = 1; }))).a"),
    (
        "an overlay of overlays",
        "let o = final: prev: { x = (prev.extend o).x; }; in (lib.makeExtensible (self: { x = 1; })).extend o",
    ),
    (
        "extensions without end",
        "let f = s: f (s.extend (final: prev: { n = prev.n + 1; })); in (f (lib.makeExtensible (self: { n = 0; }))).n",
    ),
    (
        "a closure without end",
        "builtins.genericClosure { startSet = [ { key = 0; } ]; operator = x: [ { key = x.key + 1; } ]; }",
    ),
    ("with of with", "let a = with a; x; in a"),
    ("inherit of inherit", "let a = { inherit (a) x; }; in a.x"),
    ("a default that needs the argument", "({ x ? x }: x) { }"),
    ("defaults of each other", "({ x ? y, y ? x }: x) { }"),
    ("the flake itself", "self.lib.bad"),
    ("the outputs of the flake", "builtins.deepSeq self.outputs 1"),
    ("the host itself", "self.nixosConfigurations.value.config.environment.etc.bad.text"),
    ("all hosts", "lib.mapAttrs (n: h: h.config.networking.hostName + h.config.custom.bad) self.nixosConfigurations"),
    ("the file itself", "import ./hostile.nix { inherit self nixpkgs lib; }"),
    ("an import of the flake", "(import ./flake.nix).outputs { inherit self nixpkgs; }"),
    ("a regular expression", "builtins.match \"(a*)*b\" (lib.concatStrings (lib.genList (_: \"a\") 100000))"),
    ("pieces of pieces", "let f = s: builtins.replaceStrings [ \"\" ] [ s ] s; in f (f (f (f (f (f \"abc\")))))"),
    ("a sort that never agrees", "let f = n: builtins.sort (a: b: f a == f b) [ n (n + 1) ]; in f 0"),
    ("an evalModules of itself", "let m = { imports = [ m ]; }; in (lib.evalModules { modules = [ m ]; }).config"),
    ("modules that make modules", "let m = n: { imports = [ (m (n + 1)) (m (n + 2)) ]; }; in m 0"),
    (
        "modules that make keyed modules",
        "let m = n: { key = \"k${toString n}\"; imports = [ (m (n + 1)) ]; }; in [ (m 0) ]",
    ),
    ("imports that need config", "{ config, ... }: { imports = [ config.custom.name ]; }"),
    (
        "imports that need imports",
        "{ config, lib, ... }: { imports = lib.optional config.custom.bad.x ./healthy.nix; }",
    ),
    ("config that needs itself", "{ config, ... }: { custom.name = config.custom.name + \"x\"; }"),
    (
        "conditions that need themselves",
        "{ config, lib, ... }: { custom.name = lib.mkIf (config.custom.name == \"a\") \"b\"; }",
    ),
    (
        "options that need config",
        "{ config, lib, ... }: { options = lib.genAttrs config.custom.bad (_: lib.mkOption { }); }",
    ),
    ("an argument that needs itself", "{ own, ... }: { _module.args.own = own; environment.etc.x.text = own; }"),
    ("options of options", "{ lib, ... }: { options = let o = { a = o; b = lib.mkOption { }; }; in o; }"),
    ("a set of definitions in itself", "{ custom.bad = let d = { a = d; b = d; }; in d; }"),
    ("definitions where nothing is declared", "let d = { a = d; b = d; c = d; }; in { services = d; }"),
    ("priorities without end", "{ lib, ... }: { custom.name = let p = lib.mkForce p; in p; }"),
    ("merges without end", "{ lib, ... }: { custom.name = let p = lib.mkMerge [ p p ]; in p; }"),
    ("conditions without end", "{ lib, ... }: let p = lib.mkIf true p; in p"),
    (
        "a submodule of itself",
        "{ lib, ... }: let t = lib.types.submodule { options.a = lib.mkOption { type = t; default = { }; }; }; in { options.t = lib.mkOption { type = t; default = { }; }; config.t.a.a.a.a = { }; }",
    ),
    (
        "sets of submodules of themselves",
        "{ lib, config, ... }: let t = with lib.types; attrsOf (submodule { options.a = lib.mkOption { type = t; default = { }; }; options.b = lib.mkOption { type = t; default = { }; }; }); in { options.t = lib.mkOption { type = t; default = { }; }; config.t.x.a.y.b = { }; config.environment.etc.x.text = builtins.toJSON config.t; }",
    ),
    (
        "a submodule with defaults of itself",
        "{ lib, config, ... }: let t = lib.types.submodule { options.a = lib.mkOption { type = t; default = { }; }; }; in { options.t = lib.mkOption { type = t; default = { }; }; config.environment.etc.x.text = builtins.toJSON config.t; }",
    ),
    (
        "a type that is null or itself",
        "{ lib, config, ... }: let t = lib.types.nullOr t; in { options.t = lib.mkOption { type = t; }; config.t = 1; config.environment.etc.x.text = toString config.t; }",
    ),
    (
        "a type that is itself or itself",
        "{ lib, config, ... }: let t = lib.types.either t t; in { options.t = lib.mkOption { type = t; }; config.t = 1; config.environment.etc.x.text = toString config.t; }",
    ),
    (
        "a list of lists of itself",
        "{ lib, config, ... }: let t = lib.types.listOf (lib.types.oneOf [ t (lib.types.attrsOf t) (lib.types.nullOr t) ]); in { options.t = lib.mkOption { type = t; }; config.t = let v = [ v { a = v; } ]; in v; config.environment.etc.x.text = builtins.toJSON config.t; }",
    ),
    (
        "a coercion to itself",
        "{ lib, config, ... }: let t = lib.types.coercedTo lib.types.int (x: x) t; in { options.t = lib.mkOption { type = t; }; config.t = 1; config.environment.etc.x.text = toString config.t; }",
    ),
    (
        "a freeform type of itself",
        "{ lib, config, ... }: let t = lib.types.submodule { freeformType = lib.types.attrsOf t; }; in { options.t = lib.mkOption { type = t; default = { }; }; config.t = let v = { a = v; }; in v; config.environment.etc.x.text = builtins.toJSON config.t; }",
    ),
    (
        "an apply that reads the option",
        "{ lib, config, ... }: { options.t = lib.mkOption { default = 1; apply = x: x + config.t; }; config.environment.etc.x.text = toString config.t; }",
    ),
    ("a user who is himself", "{ config, ... }: { home-manager.users.a = config.home-manager.users.a; }"),
    (
        "users of users",
        "{ home-manager.users = let u = { home-manager.users = u; imports = [ u ]; }; in { a = u; b = u; }; }",
    ),
    (
        "a long walk into config",
        "{ config, lib, ... }: { options.o = let o = { a = o; }; in o; config.environment.etc.x.text = builtins.foldl' (x: _: x.a) config.o (lib.range 1 300000); }",
    ),
    (
        "modules that make each other",
        "let a = n: { imports = [ (b { n = n + 1; }) ]; }; b = { n }: { lib, ... }: { imports = [ (a (n + 1)) (lib.mkIf true (a n)) ]; }; in a 0",
    ),
    (
        "an option of what is free",
        "{ lib, config, ... }: { freeformType = with lib.types; let t = lazyAttrsOf (either t (listOf t)); in t; config.x = let v = { a = v; b = [ v ]; }; in v; config.environment.etc.x.text = builtins.toJSON config.x; }",
    ),
    (
        "overlays of what they make",
        "(lib.fix (lib.foldl' (lib.flip lib.extends) (self: { a = self.b; }) (lib.genList (n: final: prev: { a = prev.a + final.a; b = final.a; }) 1000))).a",
    ),
    ("a value that converges nowhere", "lib.converge (x: x + 1) 0"),
    ("digits without end", "(lib.trivial.toBaseDigits 2) (lib.fix (n: n + 1))"),
    (
        "a function of what a function takes",
        "let f = { __functor = self: x: f x; __functionArgs = lib.functionArgs f; }; in lib.functionArgs f",
    ),
    (
        "a function that may be one",
        "let f = n: if nixpkgs.x then { __functor = self: f (n + 1); } else f (n + 2); in lib.isFunction (f 0)",
    ),
    (
        "extendModules without end",
        "let f = h: f (h.extendModules { modules = [ ./healthy.nix ]; }); in f self.nixosConfigurations.healthy",
    ),
];

/// Values that need more room or steps than anybody has.
const LARGE: &[(&str, &str)] = &[
    ("text between texts", "lib.foldl' (s: _: lib.concatMapStringsSep s (x: s) [ 1 2 3 ]) \"x\" (lib.range 1 1000)"),
    ("text for text", "lib.foldl' (s: _: builtins.replaceStrings [ \"x\" ] [ \"xx\" ] s) \"x\" (lib.range 1 1000)"),
    ("a text many times", "lib.strings.replicate 1000000000 \"ab\""),
    ("a list many times", "lib.replicate 1000000000 { a = 1; }"),
    ("a text of fixed width", "lib.fixedWidthString 1000000000 \"0\" \"1\""),
    ("sets that double", "builtins.toJSON (lib.foldl' (s: _: { a = s; b = s; }) { } (lib.range 1 1000))"),
    (
        "sets of lists that double",
        "lib.generators.toPretty { } (lib.foldl' (s: _: { a = [ s s ]; }) { } (lib.range 1 1000))",
    ),
    ("lists that double, flattened", "lib.length (lib.flatten (lib.foldl' (s: _: [ s s ]) [ 1 ] (lib.range 1 1000)))"),
    ("many names", "lib.genAttrs (map toString (lib.range 1 1000000000)) lib.id"),
    ("repetitions of repetitions", "builtins.match \"((((a{0,1000}){0,1000}){0,1000}){0,1000})b\" \"aaaa\""),
    ("pieces of what repeats", "builtins.split \"(x+x+)+y\" (lib.concatStrings (lib.genList (_: \"x\") 1000000))"),
    (
        "a file that is imported twice by itself, each time anew",
        "let f = n: builtins.scopedImport { inherit f n; } ./hostile.nix; in [ (f 0) (builtins.deepSeq (map (n: builtins.scopedImport { x = n; } ./healthy.nix) (lib.range 1 1000000)) 1) ]",
    ),
    ("a long list", "builtins.genList (x: x) 1000000000"),
    ("a long fold", "builtins.foldl' (a: b: a + b) 0 (builtins.genList (x: x) 1000000000)"),
    ("a list of many", "builtins.length (lib.range 0 100000000)"),
    ("many long lists", "builtins.genList (n: builtins.genList (x: x + n) 1000000) 1000"),
    ("a string that doubles", "let f = n: s: if n == 0 then s else f (n - 1) (s + s); in f 100 \"0123456789\""),
    (
        "many long strings",
        "let s = lib.concatStrings (lib.genList (_: \"0123456789\") 10000); in map (n: s + toString n) (lib.range 1 1000000)",
    ),
    ("a string of itself and itself", "lib.foldl' (s: _: \"${s}${s}\") \"x\" (lib.range 1 1000)"),
    ("a list that doubles", "lib.foldl' (s: _: s ++ s) [ 1 ] (lib.range 1 1000)"),
    ("a set that grows", "lib.foldl' (s: n: s // { \"a${toString n}\" = s; }) { } (lib.range 1 1000000)"),
    ("lists in lists", "lib.foldl' (a: _: [ a ]) [ ] (lib.range 1 1000000)"),
    ("sets in sets", "lib.foldl' (a: _: { x = a; }) { } (lib.range 1 1000000)"),
    (
        "sets in sets, compared",
        "let d = lib.foldl' (a: _: { x = a; }) { } (lib.range 1 100000); e = lib.foldl' (a: _: { x = a; }) { } (lib.range 1 100000); in if d == e then 1 else 2",
    ),
    ("sets in sets as JSON", "builtins.toJSON (lib.foldl' (a: _: { x = a; }) { } (lib.range 1 100000))"),
    ("functions in functions", "(lib.foldl' (f: _: (x: f x)) (x: x) (lib.range 1 1000000)) 1"),
    ("sums in sums", "lib.foldl (a: b: a + b) 0 (lib.range 1 1000000)"),
    ("a chain of what is not needed yet", "(lib.foldl' (a: b: { x = a.x + b; }) { x = 0; } (lib.range 1 1000000)).x"),
    ("a tree of what is not needed yet", "let f = n: if n == 0 then 1 else f (n - 1) + f (n - 1); in f 100"),
    (
        "a tree that is shared",
        "let f = n: if n == 0 then [ ] else let x = f (n - 1); in [ x x ]; in builtins.deepSeq (f 1000) (toString (f 100))",
    ),
    (
        "open sets over open sets",
        "let s = lib.foldl' (a: _: a // nixpkgs) { } (lib.range 1 100000); in s.something.else",
    ),
    (
        "open sets of sets",
        "let s = lib.foldl' (a: n: { ${toString n} = 1; } // a // nixpkgs) { } (lib.range 1 10000); in s.something",
    ),
    (
        "permutations",
        "let perms = l: if l == [ ] then [ [ ] ] else lib.concatMap (x: map (r: [ x ] ++ r) (perms (lib.remove x l))) l; in perms (lib.range 1 12)",
    ),
    (
        "a product",
        "lib.cartesianProduct (lib.genAttrs [ \"a\" \"b\" \"c\" \"d\" \"e\" \"f\" \"g\" \"h\" ] (_: lib.range 1 30))",
    ),
    (
        "many modules",
        "{ imports = builtins.genList (n: { environment.etc.\"x${toString n}\".text = \"y\"; }) 1000000; }",
    ),
    (
        "many options",
        "{ lib, ... }: { options.o = lib.genAttrs (map toString (lib.range 1 1000000)) (_: lib.mkOption { type = lib.types.int; default = 1; }); }",
    ),
    (
        "many definitions",
        "{ lib, ... }: { environment.etc = lib.genAttrs (map toString (lib.range 1 1000000)) (n: { text = n; }); }",
    ),
    ("deep JSON", "builtins.fromJSON (lib.concatStrings (lib.genList (_: \"[\") 100000))"),
    ("a deep list of TOML", "builtins.fromTOML (\"a = \" + lib.concatStrings (lib.genList (_: \"[\") 100000))"),
];

/// What asks again of what it is not told ends as soon as nothing can come of it, and leaves the fuel to the rest.
#[test]
fn questions_about_what_is_unknown_cost_little() {
    let repo = Repo::new([
        (
            "flake.nix",
            "{ outputs = { self, nixpkgs }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ./a.nix ]; }; }; }",
        ),
        (
            "a.nix",
            "{ config, lib, pkgs, ... }: {
               environment.etc = lib.genAttrs (map toString (lib.range 1 50)) (n: { text = if lib.isFunction pkgs.${n} then \"a\" else \"b\"; });
               services.x.y = map (n: lib.toFunction config.services.y.${toString n} 1) (lib.range 1 50);
               time.timeZone = if lib.isFunction lib.id then \"UTC\" else \"GMT\";
             }",
        ),
    ]);
    let repository = repo.analyze();
    let facts = &host(&repository, "nixosConfigurations.a").facts;
    assert!(facts.complete() && facts.open.is_empty(), "{:?}", facts.open);
    let zone = facts.definitions.iter().find(|definition| definition.path.join(".") == "time.timeZone");
    let zone = zone.and_then(|definition| definition.value.as_ref()).map(|value| repository.shown(value));
    assert_eq!(zone.as_deref(), Some("\"UTC\""));
}

#[test]
fn programs_without_end() {
    for (name, program) in ENDLESS {
        try_program(name, program);
    }
}

#[test]
fn values_without_measure() {
    for (name, program) in LARGE {
        try_program(name, program);
    }
}
