# Sets of files. What is in one is not followed; where it ends up as a source is.
{ lib }:
let
  unknown = __openValue [ "lib" "fileset" "result" ];
  set = {
    _type = "fileset";
  };
  opened = __openAttrs [ "lib" "fileset" "set" ] set;
  coerce =
    value:
    if value._type or null == "fileset" then
      value
    else if builtins.isPath value then
      if builtins.pathExists value then opened else throw "lib.fileset: ${toString value} is a path that does not exist"
    else if value ? _isLibCleanSourceWith then
      throw "lib.fileset: a `lib.sources`-based value is no file set; convert it with lib.fileset.fromSource"
    else
      throw "lib.fileset: a ${builtins.typeOf value} is neither a file set nor a path";
  both = a: b: builtins.seq (coerce a) (builtins.seq (coerce b) opened);
in
{
  isFileset = value: (builtins.tryEval (builtins.seq (coerce value) true)).success;
  empty = opened;
  maybeMissing = path: if builtins.isPath path then opened else throw "lib.fileset.maybeMissing takes a path";
  toSource =
    { root, fileset }:
    if !builtins.isPath root then
      throw "lib.fileset.toSource: `root` is a ${builtins.typeOf root}, but it should be a path"
    else if !builtins.pathExists root then
      throw "lib.fileset.toSource: `root` ${toString root} is a path that does not exist"
    else
      builtins.seq (coerce fileset) (
        lib.cleanSourceWith {
          name = "source";
          src = root;
        }
        // { filter = unknown; }
      );
  toList = fileset: builtins.seq (coerce fileset) unknown;
  fromSource = source: opened;
  union = both;
  unions = list: builtins.foldl' (_: item: coerce item) opened list;
  intersection = both;
  difference = both;
  fileFilter = predicate: path: builtins.seq (coerce path) opened;
  gitTracked = path: builtins.seq (coerce path) opened;
  gitTrackedWith = options: path: builtins.seq (coerce path) opened;
  trace = fileset: value: value;
  traceVal = fileset: fileset;
}
