# import-tree: a folder becomes a module that imports every Nix file in it,
# but for files and folders whose name starts with an underscore.
{ lib }:
let
  perform =
    {
      initial ? [ ],
      paths ? [ ],
      filter ? (_: true),
      isInitial ? null,
      map ? (x: x),
      pipe ? null,
    }:
    let
      keep =
        if isInitial != null then isInitial else (path: lib.hasSuffix ".nix" path && !lib.hasInfix "/_" path);
      inside = root: path: lib.removePrefix (toString root) (toString path);
      files =
        root:
        if lib.isList root then
          lib.concatMap files root
        else if lib.isFunction root || lib.isAttrs root && !(root ? outPath) then
          [ root ]
        else if lib.pathIsDirectory root then
          lib.filter (file: keep (inside root file) && filter (inside root file)) (
            lib.filesystem.listFilesRecursive root
          )
        else
          [ root ];
      found = builtins.map map (lib.concatMap files (lib.toList paths));
    in
    if pipe == null then { imports = found; } else pipe found;

  and =
    f: g: x:
    f x && g x;

  mk = config: {
    __functor = _: argument: callable config argument;
    filter = f: mk (config // { filter = and (config.filter or (_: true)) f; });
    filterNot = f: mk (config // { filter = and (config.filter or (_: true)) (x: !(f x)); });
    match = regex: mk (config // { filter = and (config.filter or (_: true)) (x: builtins.match regex x != null); });
    matchNot = regex: mk (config // { filter = and (config.filter or (_: true)) (x: builtins.match regex x == null); });
    map = f: mk (config // { map = x: f ((config.map or (x: x)) x); });
    addPath = path: mk (config // { paths = (config.paths or [ ]) ++ [ path ]; });
    addAPI = _: mk config;
    initFilter = f: mk (config // { isInitial = f; });
    pipeTo = f: mk (config // { pipe = f; });
    withLib = _: mk config;
    leafs = perform (config // { pipe = x: x; });
    files = perform (config // { pipe = x: x; });
    result = perform config;
    new = mk { };
  };

  callable =
    config: argument:
    # As a module of a list it is called with the arguments of modules.
    if lib.isAttrs argument && argument ? options then
      perform config
    else
      perform (config // { paths = (config.paths or [ ]) ++ lib.toList argument; });
in
mk { }
