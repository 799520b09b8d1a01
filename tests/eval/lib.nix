# `lib` over what is known in part.
both = lib.optionalAttrs unknown.enable { a = 1; };
# ---
both
# => { a? = 1; }
lib.optional unknown.enable 1
# => [ 1 … ]
lib.filterAttrs (n: v: v) { a = true; b = unknown; c = false; }
# => { a = true; b? = unknown (input secret); }
lib.mapAttrs' (n: v: lib.nameValuePair (n + "x") v) both
# => { ax? = 1; }
lib.mapAttrs' (n: v: lib.nameValuePair (n + "x") v) (unknown // { a = 1; })
# => { ax = 1; … }
lib.mapAttrs' (n: v: lib.nameValuePair unknown.name v) { a = 1; }
# => { … }
lib.genAttrs ([ "a" ] ++ unknown) (n: n)
# => { a = "a"; … }
lib.genAttrs [ "a" ] (n: unknown)
# => { a = unknown (input secret); }
lib.recursiveUpdate { a.b = 1; } { a = unknown; }
# => { a = { b = 1; … }; }
lib.recursiveUpdate unknown { a.b = 1; }
# => { a = { b = 1; }; … }
lib.recursiveUpdate { a.b = 1; a.c = 2; } { a.b = 3; }
# => { a = { b = 3; c = 2; }; }
lib.mergeAttrsList [ { a = 1; } unknown { b = 2; } ]
# => { a = 1; b = 2; … }
lib.foldl' (acc: x: acc // x) { } [ { a = 1; } unknown ]
# => { a = 1; … }
lib.flatten [ 1 [ unknown ] [ [ 2 ] ] ]
# => [ 1 unknown (input secret) 2 … ]
lib.unique [ "a" "b" "a" ]
# => [ "a" "b" ]
lib.unique [ 1 unknown 1 ]
# => [ 1 unknown (input secret) … ]
lib.hasPrefix "a" unknown
# => unknown
lib.splitString "." unknown
# => unknown
lib.attrByPath [ "a" ] 1 (unknown // { a = 2; })
# => 2
lib.mapAttrsToList (n: v: n) (unknown // { a = 2; })
# => [ "a" … ]
lib.concatMapAttrs (n: v: { ${n} = v; }) (unknown // { a = 2; })
# => { a = 2; … }
(lib.extend (final: prev: { mine = prev.id 1; })).mine
# => 1
((lib.extend (final: prev: { a = 1; })).extend (final: prev: { b = final.a + 1; })).b
# => 2
(lib.extend (final: prev: { id = x: 7; })).trivial.id 1
# => 1
lib.somethingNew
# => unknown (input nixpkgs.lib.somethingNew)
lib.types.somethingNew
# => unknown (input nixpkgs.lib.types.somethingNew)
lib.strings.somethingNew "a"
# => unknown
lib.maintainers.someone
# => unknown (input nixpkgs.lib.maintainers.someone)
lib.licenses.mit.spdxId
# => "MIT"
lib.licenses.somethingNew
# => unknown (input nixpkgs.lib.licenses.somethingNew)
lib.teams.someone.members
# => unknown (input nixpkgs.lib.teams.someone.members)
with lib; mkDefault 1
# => { _type = "override"; content = 1; priority = 1000; }
with unknown; with lib; id 1
# => 1
lib.mkOption { default = 1; }
# => { _type = "option"; default = 1; }
lib.mkIf unknown { a = 1; }
# => { _type = "if"; condition = unknown (input secret); content = { a = 1; }; }
lib.mkOverride 5 1
# => { _type = "override"; content = 1; priority = 5; }
lib.mkBefore [ 1 ]
# => { _type = "order"; content = [ 1 ]; priority = 500; }
lib.types.port.description
# => "16 bit unsigned integer; between 0 and 65535 (both inclusive)"
(lib.types.attrsOf (lib.types.submodule { })).name
# => "attrsOf"
(lib.types.submoduleWith { modules = [ 1 ]; specialArgs = { a = 1; }; }).functor.payload
# => { class = null; description = null; modules = [ 1 ]; shorthandOnlyDefinesConfig = false; specialArgs = { a = 1; }; }
(lib.types.submodule { a = 1; }).getSubModules
# => [ { a = 1; } ]
(lib.types.nullOr lib.types.str).nestedTypes.elemType.name
# => "str"
lib.types.str.check unknown
# => unknown
lib.evalModules { modules = [ ]; }
# => unknown (computed from builtins.evalModules)
lib.version
# => unknown (input nixpkgs.lib.trivial.version)
lib.systems.flakeExposed != [ ]
# => true
(lib.systems.elaborate "aarch64-darwin").isDarwin
# => true
lib.platforms.darwin
# => [ "x86_64-darwin" "aarch64-darwin" ]
lib.getExe { type = "derivation"; outPath = "/o"; meta.mainProgram = "m"; }
# => "/o/bin/m"
lib.mdDoc "old"
# => "old"
(lib.mkRenamedOptionModule [ "a" "b" ] [ "c" ] { config = { }; options = { a.b = { isDefined = false; files = [ ]; definitions = [ ]; }; }; }).options.a.b.visible
# => false
