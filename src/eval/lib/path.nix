# Paths and the parts of them.
{ lib }:
let
  inherit (builtins) baseNameOf dirOf isPath isString length map match typeOf;
  inherit (lib) drop take;
  reason =
    value:
    if !isString value then
      "The given value is of type ${typeOf value}, but a string was expected"
    else if value == "" then
      "The given string is empty"
    else if lib.hasPrefix "/" value then
      "The given string \"${value}\" starts with a `/`, representing an absolute path"
    else if match "(.*/)?\\.\\.(/.*)?" value != null then
      "The given string \"${value}\" contains a `..` component, which is not allowed in subpaths"
    else
      null;
  valid = value: reason value == null;
  components = text: builtins.filter (part: part != "" && part != ".") (lib.splitString "/" text);
  join = parts: "./" + (if parts == [ ] then "." else lib.concatStringsSep "/" parts);
  split =
    path:
    let
      go = parts: base: if base == dirOf base then { root = base; inherit parts; } else go ([ (baseNameOf base) ] ++ parts) (dirOf base);
    in
    go [ ] path;
  needPath = name: which: value: lib.assertMsg (isPath value) "lib.path.${name}: ${which} is of type ${typeOf value}, but a path was expected";
  needSubpath =
    name: which: value:
    lib.assertMsg (valid value) "lib.path.${name}: ${which} is not a valid subpath string:\n    ${reason value}";
  store = components builtins.storeDir;
in
{
  append =
    path: subpath:
    assert needPath "append" "The first argument" path;
    assert needSubpath "append" "Second argument" subpath;
    path + ("/" + subpath);
  hasPrefix =
    prefix: path:
    assert needPath "hasPrefix" "First argument" prefix;
    assert needPath "hasPrefix" "Second argument" path;
    lib.lists.hasPrefix (split prefix).parts (split path).parts;
  removePrefix =
    prefix: path:
    let
      parts = (split prefix).parts;
    in
    assert needPath "removePrefix" "First argument" prefix;
    assert needPath "removePrefix" "Second argument" path;
    if lib.lists.hasPrefix parts (split path).parts then
      join (drop (length parts) (split path).parts)
    else
      throw "lib.path.removePrefix: The first path argument \"${toString prefix}\" is not a component-wise prefix of the second path argument \"${toString path}\".";
  splitRoot =
    path:
    let
      parts = split path;
    in
    assert needPath "splitRoot" "Argument" path;
    {
      inherit (parts) root;
      subpath = join parts.parts;
    };
  hasStorePathPrefix =
    path:
    let
      inherit (split path) parts;
      inStore = take (length store) parts == store && parts != store;
    in
    assert needPath "hasStorePathPrefix" "Argument" path;
    (inStore && match ".{32}-.+" (builtins.elemAt parts (length store)) != null)
    || (parts != [ ] && match "[0-9a-z]{52}" (builtins.head parts) != null);
  subpath = {
    isValid = valid;
    join =
      parts:
      let
        check = builtins.foldl' (
          at: part:
          if valid part then
            at + 1
          else
            throw "lib.path.subpath.join: Element at index ${toString at} is not a valid subpath string:\n    ${reason part}"
        ) 0 parts;
      in
      builtins.seq check (join (builtins.concatMap components parts));
    components = text: assert needSubpath "subpath.components" "Argument" text; components text;
    normalise = text: assert needSubpath "subpath.normalise" "Argument" text; join (components text);
  };
}
