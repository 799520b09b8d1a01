# Functions of the early days that configurations still call.
{ lib }:
let
  inherit (builtins) elem head isAttrs isList tail;
  self = {
    maybeEnv = name: default: if builtins.getEnv name == "" then default else builtins.getEnv name;
    defaultMergeArg = x: y: if isAttrs y then y else y x;
    defaultMerge = x: y: x // self.defaultMergeArg x y;
    maybeAttr = name: default: set: set.${name} or default;
    maybeAttrNullable = self.maybeAttr;
    ifEnable =
      condition: value:
      if condition then
        value
      else if isList value then
        [ ]
      else if isAttrs value then
        { }
      else if builtins.isBool value then
        false
      else
        null;
    checkFlag =
      set: name:
      if name == "true" then
        true
      else if name == "false" then
        false
      else
        elem name (set.flags or [ ]) || set.${name} or false;
    condConcat =
      name: list: check:
      if list == [ ] then
        name
      else
        self.condConcat (name + lib.optionalString (check (head list)) (head (tail list))) (tail (tail list)) check;
    uniqList =
      {
        inputList,
        acc ? [ ],
      }:
      lib.drop (builtins.length (lib.unique acc)) (lib.unique (lib.unique acc ++ inputList));
    uniqListExt =
      {
        inputList,
        outputList ? [ ],
        getter ? (x: x),
        compare ? (x: y: x == y),
      }:
      builtins.foldl' (
        seen: x: if builtins.any (y: compare (getter y) (getter x)) seen then seen else seen ++ [ x ]
      ) outputList inputList;
    lazyGenericClosure =
      { startSet, operator }:
      let
        go =
          list: keys: result:
          if list == [ ] then
            result
          else if elem (head list).key keys then
            go (tail list) keys result
          else
            go (tail list ++ operator (head list)) ([ (head list).key ] ++ keys) ([ (head list) ] ++ result);
      in
      go startSet [ ] [ ];
    innerModifySumArgs =
      f: x: a: b:
      if b == null then f a b // x else self.innerModifySumArgs f x (a // b);
    modifySumArgs = f: x: self.innerModifySumArgs f x { };
    closePropagation =
      packages:
      let
        item = package: { key = package.outPath; val = package; };
        present = builtins.filter (package: package != null);
      in
      map (found: found.val) (
        builtins.genericClosure {
          startSet = map item (present packages);
          operator =
            found:
            if isAttrs found.val then
              map item (present (found.val.propagatedBuildInputs or [ ] ++ found.val.propagatedNativeBuildInputs or [ ]))
            else
              [ ];
        }
      );
    closePropagationFast = self.closePropagation;
    nvs = name: value: { ${name} = value; };
    setAttr = set: name: value: set // { ${name} = value; };
    setAttrMerge = name: default: set: f: set // { ${name} = f (set.${name} or default); };
    mergeAttrsWithFunc =
      f: a: b:
      let
        both = b // a;
      in
      both // builtins.mapAttrs (name: f both.${name}) b;
    mergeAttrsConcatenateValues = self.mergeAttrsWithFunc (a: b: lib.toList a ++ lib.toList b);
    mergeAttrsNoOverride =
      {
        mergeLists ? [ "buildInputs" "propagatedBuildInputs" ],
        overrideSnd ? [ "buildPhase" ],
      }:
      a: b:
      a
      // builtins.mapAttrs (
        name: value:
        if !(a ? ${name}) then
          value
        else if elem name mergeLists then
          value ++ a.${name}
        else if elem name overrideSnd then
          a.${name}
        else
          throw "error mergeAttrsNoOverride, attribute ${name} given in both attributes - no merge func defined"
      ) b;
    mergeAttrByFunc =
      a: b:
      let
        by = { mergeAttrBy = x: y: x // y; } // a.mergeAttrBy or { } // b.mergeAttrBy or { };
        used = lib.filterAttrs (name: _: a ? ${name} || b ? ${name}) by;
        merged = name: f: if a ? ${name} then if b ? ${name} then f a.${name} b.${name} else a.${name} else b.${name};
      in
      a // b // builtins.mapAttrs merged used;
    mergeAttrsByFuncDefaults = lib.foldl self.mergeAttrByFunc { inherit (self) mergeAttrBy; };
    mergeAttrsByFuncDefaultsClean = sets: removeAttrs (self.mergeAttrsByFuncDefaults sets) [ "mergeAttrBy" ];
    mergeAttrBy =
      lib.genAttrs [
        "nativeBuildInputs"
        "buildInputs"
        "propagatedBuildInputs"
        "configureFlags"
        "prePhases"
        "postAll"
        "patches"
      ] (_: a: b: a ++ b)
      // lib.genAttrs [ "passthru" "meta" "cfg" "flags" ] (_: a: b: a // b)
      // lib.genAttrs [ "preConfigure" "postInstall" ] (_: a: b: "${a}\n${b}");
    nixType =
      value:
      let
        type = builtins.typeOf value;
      in
      {
        set = if value ? outPath then "derivation" else "attrs";
        lambda = "function";
        path = "string";
        float = "string";
      }
      .${type} or type;
    imap = lib.imap1;
    fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    fakeSha256 = lib.concatStrings (builtins.genList (_: "0") 64);
    fakeSha512 = lib.concatStrings (builtins.genList (_: "0") 128);
  };
in
self
