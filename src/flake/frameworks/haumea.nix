# haumea: a folder becomes a set of what its files hold, by loaders that say
# how a file is read and transformers that rework the set of each folder.
{ lib }:
let
  inherit (lib)
    concatMapAttrs
    filter
    foldl'
    hasSuffix
    mapAttrs
    recursiveUpdate
    removePrefix
    toList
    ;

  # `__a.nix` is seen by files of its own folder and below, `_a.nix` by all of the tree, the others by everybody.
  visibility =
    name:
    if lib.hasPrefix "__" name then
      "super"
    else if lib.hasPrefix "_" name then
      "root"
    else
      "public";

  bare = name: removePrefix "_" (removePrefix "_" name);

  stem =
    file:
    let
      parts = builtins.match "(.+)[.][^.]+" file;
    in
    if parts == null then file else builtins.head parts;

  load =
    {
      src,
      loader ? loaders.default,
      inputs ? { },
      transformer ? [ ],
    }:
    let
      choices = if lib.isFunction loader then [ (matchers.nix loader) ] else loader;
      transform = cursor: set: foldl' (set: f: f cursor set) set (lib.flatten [ transformer ]);

      # What the folder at `cursor` is for a file in the folder `viewer`, or for the caller (`null`).
      view =
        viewer: cursor: node:
        if !node.isFolder then
          node.content
        else
          transform cursor (
            concatMapAttrs (
              name: child:
              let
                seen = {
                  public = true;
                  root = viewer != null;
                  super = viewer != null && lib.take (lib.length cursor) viewer == cursor;
                };
              in
              lib.optionalAttrs seen.${child.visibility} {
                ${name} = view viewer (cursor ++ [ name ]) child;
              }
            ) node.children
          );

      folder = cursor: path: {
        isFolder = true;
        children = concatMapAttrs (
          entry: type:
          let
            stripped = bare entry;
            name = if type == "directory" then stripped else stem stripped;
            matching = filter (choice: choice.matches stripped) choices;
            seenBy.visibility = visibility entry;
          in
          if stripped == "" then
            { }
          else if type == "directory" then
            { ${name} = seenBy // folder (cursor ++ [ name ]) (path + "/${entry}"); }
          else if type == "regular" && matching != [ ] then
            { ${name} = seenBy // file cursor (lib.head matching) (path + "/${entry}"); }
          else
            { }
        ) (builtins.readDir path);
      };

      file = cursor: choice: path: {
        isFolder = false;
        content = lib.fix (
          self:
          choice.loader (
            inputs
            // {
              inherit self;
              super = lib.getAttrFromPath cursor (view cursor [ ] tree);
              root = view cursor [ ] tree;
            }
          ) path
        );
      };

      tree = folder [ ] src;
    in
    view null [ ] tree;

  # A file that is a function gets those inputs that it names.
  apply =
    read: inputs: path:
    let
      f = lib.toFunction (read path);
    in
    f (mapAttrs (name: _: inputs.${name}) (lib.functionArgs f));

  loaders = {
    default = apply import;
    scoped = inputs: apply (builtins.scopedImport inputs) inputs;
    verbatim = _: import;
    path = _: path: path;
    callPackage = inputs: path: lib.callPackageWith inputs path { };
  };

  matchers = rec {
    always = loader: {
      matches = _: true;
      inherit loader;
    };
    extension = extension: loader: {
      matches = file: hasSuffix ".${extension}" file && file != ".${extension}";
      inherit loader;
    };
    nix = extension "nix";
    json = extension "json" (_: lib.importJSON);
    toml = extension "toml" (_: lib.importTOML);
    regex = regex: loader: {
      matches = file: builtins.match regex file != null;
      loader =
        inputs: path:
        loader (builtins.match regex (baseNameOf path)) inputs path;
    };
  };

  # Takes the attribute `from` out of each value, and gives the folder one attribute of it all.
  hoist =
    merge: put: from: to: cursor: set:
    let
      target = if cursor == [ ] then to else from;
    in
    foldl' (merge target) { } (
      lib.mapAttrsToList (
        name: value:
        if lib.isAttrs value && value ? ${from} then
          {
            ${name} = removeAttrs value [ from ];
            ${target} = put name value.${from};
          }
        else
          { ${name} = value; }
      ) set
    );

  transformers = {
    liftDefault =
      _: set:
      let
        default = set.default or { };
        own = removeAttrs set [ "default" ];
      in
      default // own;
    hoistAttrs = hoist (_: recursiveUpdate) (name: value: { ${name} = value; });
    hoistLists = hoist (
      target: left: right:
      left // right // { ${target} = (left.${target} or [ ]) ++ (right.${target} or [ ]); }
    ) (_: value: value);
    prependUnderscore =
      _:
      lib.mapAttrs' (
        name: value: {
          name = if builtins.match "[A-Za-z_].*" name == null then "_${name}" else name;
          inherit value;
        }
      );
  };
in
{
  lib = {
    inherit
      load
      loaders
      matchers
      transformers
      ;
    # It throws where a test fails, which is for those who run them.
    loadEvalTests = _: { };
  };
}
