# import-tree: folders become a module that imports every Nix file in them, but
# for those whose path, below the folder, has a part that starts with an underscore.
{ lib }:
let
  isPathLike = x: builtins.isPath x || builtins.isString x || lib.isAttrs x && x ? outPath;
  isFolder = x: isPathLike x && lib.pathIsDirectory x;
  isTree = x: lib.isAttrs x && x ? __config;

  found =
    config: argument:
    let
      roots = lib.flatten [
        config.paths
        argument
      ];
      listed =
        x:
        if isTree x then
          x.files
        else if lib.isAttrs x && x ? outPath then
          listed x.outPath
        else if isFolder x then
          lib.filesystem.listFilesRecursive x
        else
          [ x ];
      folders = map toString (lib.filter isFolder roots);
      # What is looked at is the path below the folder that it was found in.
      below = lib.foldl' (
        path: folder: if lib.hasPrefix "${folder}/" path then lib.removePrefix folder path else path
      );
      initial =
        if config.initial != null then
          config.initial
        else
          path: !isPathLike path || lib.hasSuffix ".nix" path && !lib.hasInfix "/_" path;
      keep =
        x:
        let
          seen = if isPathLike x then below (toString x) folders else x;
        in
        initial seen && config.filter seen;
    in
    map config.map (lib.filter keep (lib.flatten (map listed roots)));

  perform =
    config: argument:
    if config.pipe != null then
      config.pipe (found config argument)
    else
      { imports = found config argument; };

  mk =
    config:
    let
      set = changes: mk (config // changes);
      and =
        f:
        set {
          filter = path: config.filter path && f path;
        };
      matches = regex: path: builtins.match regex path != null;
      self = mapAttrs (_: f: f self) config.api // {
        __config = config;
        # In a list of modules it is called with the arguments of modules.
        __functor =
          _: argument:
          perform config (if lib.isAttrs argument && argument ? options then [ ] else argument);
        filter = and;
        filterNot = f: and (path: !f path);
        match = regex: and (matches regex);
        matchNot = regex: and (path: !matches regex path);
        map = f: set { map = x: f (config.map x); };
        addPath = path: set { paths = config.paths ++ [ path ]; };
        addAPI = api: set { api = config.api // api; };
        withLib = _: self;
        initFilter = f: set { initial = f; };
        pipeTo = f: set { pipe = f; };
        leafs = set { pipe = files: files; };
        files = found config [ ];
        result = perform config [ ];
        new = empty;
      };
    in
    self;

  inherit (lib) mapAttrs;

  empty = mk {
    api = { };
    filter = _: true;
    initial = null;
    map = x: x;
    paths = [ ];
    pipe = null;
  };
in
empty
