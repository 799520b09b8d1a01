# Attribute sets.
{ lib }:
let
  inherit (builtins)
    attrNames attrValues concatLists concatMap elemAt filter foldl' head isAttrs isList length listToAttrs map mapAttrs
    tail;
in
rec {
  inherit (builtins)
    attrNames attrValues catAttrs getAttr hasAttr intersectAttrs isAttrs listToAttrs mapAttrs removeAttrs zipAttrsWith;

  attrByPath =
    path: default: set:
    let
      go =
        at: value:
        if at == length path then
          value
        else if value ? ${elemAt path at} then
          go (at + 1) value.${elemAt path at}
        else
          default;
    in
    go 0 set;

  hasAttrByPath =
    path: set:
    let
      go = at: value: at == length path || (value ? ${elemAt path at} && go (at + 1) value.${elemAt path at});
    in
    go 0 set;

  longestValidPathPrefix =
    path: set:
    let
      go = at: value: if at < length path && value ? ${elemAt path at} then go (at + 1) value.${elemAt path at} else at;
    in
    lib.lists.take (go 0 set) path;

  setAttrByPath = path: value: if path == [ ] then value else { ${head path} = setAttrByPath (tail path) value; };

  getAttrFromPath =
    path: set: attrByPath path (abort ("the set has no attribute " + lib.concatStringsSep "." path)) set;

  concatMapAttrs = f: set: __mergeAttrsList (mapAttrsToList f set);

  updateManyAttrsByPath =
    let
      go =
        depth: has: value: updates:
        let
          parts = lib.partition (update: length update.path == depth) updates;
          changed =
            # Deeper updates need a set; what is no set is an error once it is looked at.
            if parts.wrong == [ ] then
              value
            else
              let
                groups = lib.groupBy (update: elemAt update.path depth) parts.wrong;
                inner = if has then value else { };
              in
              if !isAttrs inner then
                throw "updateManyAttrsByPath: a path goes through a ${builtins.typeOf inner} at depth ${toString depth}"
              else
                inner // mapAttrs (name: go (depth + 1) (inner ? ${name}) inner.${name} or null) groups;
          anything = has || parts.wrong != [ ];
        in
        if parts.right == [ ] then
          changed
        else
          (foldl' (
            acc: update: {
              has = true;
              value = update.update (
                if acc.has then acc.value else throw "updateManyAttrsByPath: ${showAttrPath update.path} does not exist"
              );
            }
          ) {
            has = anything;
            value = changed;
          } parts.right).value;
    in
    updates: value: go 0 true value updates;

  attrVals = names: set: map (name: set.${name}) names;
  getAttrs = names: set: lib.genAttrs names (name: set.${name});

  filterAttrs = __filterAttrs;
  filterAttrsRecursive =
    predicate: set:
    mapAttrs (name: value: if isAttrs value then filterAttrsRecursive predicate value else value) (
      __filterAttrs predicate set
    );

  foldlAttrs = f: start: set: lib.foldl' (acc: name: f acc name set.${name}) start (attrNames set);
  foldAttrs =
    f: start: sets:
    lib.foldr (set: acc: mapAttrs (name: value: f value (acc.${name} or start)) set // removeAttrs acc (attrNames set)) { } sets;

  collect =
    predicate: value:
    if predicate value then
      [ value ]
    else if isAttrs value then
      concatMap (collect predicate) (attrValues value)
    else
      [ ];

  cartesianProduct =
    sets:
    foldl' (
      products: name: concatMap (product: map (value: product // { ${name} = value; }) sets.${name}) products
    ) [ { } ] (attrNames sets);
  cartesianProductOfSets = cartesianProduct;
  mapCartesianProduct = f: sets: map f (cartesianProduct sets);

  nameValuePair = name: value: { inherit name value; };
  mapAttrs' = __mapAttrsPrime;
  mapAttrsToList = __mapAttrsToList;
  mapAttrsFlatten = mapAttrsToList;
  attrsToList = mapAttrsToList nameValuePair;
  genAttrs = __genAttrs;
  genAttrs' = names: f: listToAttrs (map f names);

  mapAttrsRecursive = mapAttrsRecursiveCond (_: true);
  mapAttrsRecursiveCond =
    condition: f: set:
    let
      go =
        path:
        mapAttrs (
          name: value:
          if isAttrs value && condition value then go (path ++ [ name ]) value else f (path ++ [ name ]) value
        );
    in
    go [ ] set;
  mapAttrsToListRecursive = mapAttrsToListRecursiveCond (_: _: true);
  mapAttrsToListRecursiveCond =
    condition: f: set:
    let
      go =
        path: value: if isAttrs value && condition path value then inside path value else [ (f path value) ];
      inside = path: value: concatLists (mapAttrsToList (name: go (path ++ [ name ])) value);
    in
    inside [ ] set;

  isDerivation = value: value.type or null == "derivation";
  toDerivation =
    path:
    let
      store = if builtins.isPath path || lib.isStorePath path then builtins.storePath path else path;
      self =
        builtins.intersectAttrs {
          outputName = null;
          name = null;
        } { }
        // {
          type = "derivation";
          name = lib.strings.sanitizeDerivationName (builtins.substring 33 (-1) (baseNameOf store));
          outPath = store;
          outputs = [ "out" ];
          out = self;
          outputName = "out";
        };
    in
    self;

  optionalAttrs = condition: set: if condition then set else { };

  zipAttrsWithNames = names: f: sets: __genAttrs names (name: f name (builtins.catAttrs name sets));
  zipAttrs = zipAttrsWith (name: values: values);
  zipAttrsWith = builtins.zipAttrsWith;
  zipWithNames = zipAttrsWithNames;
  zip = zipAttrsWith;

  mergeAttrsList = __mergeAttrsList;

  recursiveUpdateUntil =
    stop: left: right:
    let
      go =
        path:
        zipAttrsWith (
          name: values:
          let
            here = path ++ [ name ];
          in
          if length values == 1 || stop here (elemAt values 1) (head values) then head values else go here values
        );
    in
    go [ ] [ right left ];
  recursiveUpdate = __recursiveUpdate;

  matchAttrs =
    pattern: set:
    assert isAttrs pattern;
    lib.all (
      name:
      set ? ${name}
      && (if isAttrs pattern.${name} && isAttrs set.${name} then matchAttrs pattern.${name} set.${name} else pattern.${name} == set.${name})
    ) (attrNames pattern);

  overrideExisting = old: new: mapAttrs (name: value: new.${name} or value) old;

  showAttrPath =
    path: if path == [ ] then "<root attribute path>" else lib.concatMapStringsSep "." lib.strings.escapeNixIdentifier path;

  getOutput =
    output: package:
    if !package ? outputSpecified || !package.outputSpecified then
      package.${output} or package.out or package
    else
      package;
  getFirstOutput =
    candidates: package:
    let
      found = lib.findFirst (output: package ? ${output}) null candidates;
    in
    if package.outputSpecified or false || found == null then package else package.${found};
  getBin = getOutput "bin";
  getLib = getFirstOutput [ "lib" "out" ];
  getStatic = getFirstOutput [ "static" "lib" "out" ];
  getDev = getOutput "dev";
  getInclude = getFirstOutput [ "include" "dev" "out" ];
  getMan = getFirstOutput [ "man" "out" ];
  chooseDevOutputs = map getDev;

  recurseIntoAttrs = set: set // { recurseForDerivations = true; };
  dontRecurseIntoAttrs = set: set // { recurseForDerivations = false; };

  unionOfDisjoint =
    x: y:
    let
      both = builtins.intersectAttrs x y;
      marked = mapAttrs (name: _: throw "unionOfDisjoint: both sets have the attribute ${name}") both;
    in
    x // y // marked;
}
