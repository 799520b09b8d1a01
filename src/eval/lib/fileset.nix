# Sets of files. What is in one is a tree from the root of the disk: a folder
# is a set of its entries, or "directory" where all of it is in (and is not read
# before somebody asks); a file is its kind; null is nothing.
{ lib }:
let
  inherit (builtins) attrNames concatLists dirOf filter foldl' isAttrs isList isPath mapAttrs pathExists typeOf;

  make = tree: {
    _type = "fileset";
    __tree = tree;
  };
  components = path: filter (name: builtins.isString name && name != "") (builtins.split "/" (toString path));
  # A node with the folders above it.
  below = path: node: lib.foldr (name: inner: { ${name} = inner; }) node (components path);
  entries = path: mapAttrs (_: kind: kind) (builtins.readDir path);
  singleton = path: make (below path (lib.filesystem.pathType path));

  coerce =
    context: value:
    if value._type or "" == "fileset" then
      value
    else if value ? _isLibCleanSourceWith then
      throw "${context} is a `lib.sources`-based value; `lib.fileset.fromSource` makes a file set of it"
    else if !isPath value then
      throw "${context} is of type ${typeOf value}, but it should be a file set or a path"
    else if !pathExists value then
      throw "${context} (${toString value}) is a path that does not exist"
    else
      singleton value;
  treeOf = context: value: (coerce context value).__tree;
  # All of the sets are looked at before the tree of any.
  combine =
    context: f: a: b:
    let
      first = coerce "${context}: First argument" a;
      second = coerce "${context}: Second argument" b;
    in
    builtins.seq first (builtins.seq second (make (f first.__tree second.__tree)));

  unite =
    a: b:
    if a == null then
      b
    else if b == null || !isAttrs a then
      a
    else if !isAttrs b then
      b
    else
      a // mapAttrs (name: node: if a ? ${name} then unite a.${name} node else node) b;
  common =
    path: a: b:
    if a == null || b == null then
      null
    else if isAttrs a && isAttrs b then
      mapAttrs (name: node: common (path + "/${name}") a.${name} node) (builtins.intersectAttrs a b)
    else if isAttrs a then
      a
    else
      b;
  without =
    path: a: b:
    if a == null || b == null then
      a
    else if !isAttrs b then
      null
    else
      mapAttrs (name: node: if b ? ${name} then without (path + "/${name}") node b.${name} else node) (
        if isAttrs a then a else entries path
      );
  filesIn =
    path: node:
    if isAttrs node then
      concatLists (map (name: filesIn (path + "/${name}") node.${name}) (attrNames node))
    else if node == "directory" then
      filesIn path (entries path)
    else if node == null then
      [ ]
    else
      [ path ];

  self = {
    empty = make null;
    isFileset = value: value._type or "" == "fileset" || isPath value && pathExists value;
    maybeMissing =
      path:
      if !isPath path then
        throw "lib.fileset.maybeMissing: Argument is of type ${typeOf path}, but it should be a path instead."
      else if pathExists path then
        singleton path
      else
        self.empty;

    union = combine "lib.fileset.union" unite;
    unions =
      sets:
      if !isList sets then
        throw "lib.fileset.unions: Argument is of type ${typeOf sets}, but it should be a list instead."
      else
        let
          coerced = map (coerce "lib.fileset.unions: Element") sets;
        in
        foldl' (result: set: builtins.seq set result) (make (foldl' (tree: set: unite tree set.__tree) null coerced)) coerced;
    intersection = combine "lib.fileset.intersection" (common /.);
    difference = combine "lib.fileset.difference" (without /.);
    fileFilter =
      predicate: path:
      let
        # A predicate that takes no further attributes fails, as it would when the original has more.
        fits =
          name: type:
          predicate {
            inherit name type;
            hasExt = extension: lib.hasSuffix ".${extension}" name;
            "lib.fileset.fileFilter: the predicate must take further attributes: add `...`" = null;
          };
        keep = name: type: if fits name type then type else null;
        inFolder = folder: mapAttrs (name: type: if type == "directory" then inFolder (folder + "/${name}") else keep name type) (entries folder);
        kind = lib.filesystem.pathType path;
      in
      if !lib.isFunction predicate then
        throw "lib.fileset.fileFilter: First argument is of type ${typeOf predicate}, but it should be a function instead."
      else if !isPath path then
        throw "lib.fileset.fileFilter: Second argument is of type ${typeOf path}, but it should be a path instead."
      else if !pathExists path then
        throw "lib.fileset.fileFilter: Second argument (${toString path}) is a path that does not exist."
      else
        make (below path (if kind == "directory" then inFolder path else keep (baseNameOf path) kind));
    fromSource =
      source:
      let
        root = if source ? _isLibCleanSourceWith then source.origSrc else source;
        keep = source.filter or (_: _: true);
        inFolder =
          folder:
          mapAttrs (
            name: type:
            let
              path = folder + "/${name}";
            in
            if !keep (toString path) type then
              null
            else if type == "directory" then
              inFolder path
            else
              type
          ) (entries folder);
      in
      if !isPath root then
        throw "lib.fileset.fromSource: the source is of type ${typeOf root}, but it should be a path"
      else if !pathExists root then
        throw "lib.fileset.fromSource: The source origin (${toString root}) is a path that does not exist."
      else if source ? _isLibCleanSourceWith && lib.filesystem.pathIsDirectory root then
        make (below root (inFolder root))
      else
        singleton root;
    # What a flake sees of a folder is what git tracks.
    gitTracked = self.gitTrackedWith { };
    gitTrackedWith =
      {
        recurseSubmodules ? false,
      }:
      path:
      if !isPath path then
        throw "lib.fileset.gitTracked: the argument is of type ${typeOf path}, but it should be a path"
      else if !lib.filesystem.pathIsDirectory path then
        throw "lib.fileset.gitTracked: ${toString path} is no folder"
      else
        singleton path;

    toList = set: filesIn /. (treeOf "lib.fileset.toList: Argument" set);
    toSource =
      { root, fileset }:
      if !isPath root then
        throw "lib.fileset.toSource: `root` is of type ${typeOf root}, but it should be a path"
      else if !pathExists root then
        throw "lib.fileset.toSource: `root` (${toString root}) is a path that does not exist."
      else if !lib.filesystem.pathIsDirectory root then
        throw "lib.fileset.toSource: `root` (${toString root}) is a file, but it should be a directory instead."
      else
        builtins.seq (coerce "lib.fileset.toSource: `fileset`" fileset) (
          lib.cleanSourceWith {
            name = "source";
            src = root;
          }
          // {
            filter = __openValue [ "lib" "fileset" "filter" ];
          }
        );
    trace = set: value: builtins.seq (coerce "lib.fileset.trace: Argument" set) value;
    traceVal = set: coerce "lib.fileset.traceVal: Argument" set;
  };
in
self
