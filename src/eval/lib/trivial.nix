# Small functions on anything.
{ lib }:
let
  inherit (builtins) bitAnd isAttrs;
  digits = [ "0" "1" "2" "3" "4" "5" "6" "7" "8" "9" "A" "B" "C" "D" "E" "F" ];
in
rec {
  inherit (builtins)
    pathExists readFile isBool isInt isFloat add sub mul div lessThan seq deepSeq genericClosure bitAnd bitOr bitXor
    ceil floor;

  id = x: x;
  const = x: _: x;
  pipe = builtins.foldl' (value: f: f value);
  concat = x: y: x ++ y;
  "or" = x: y: x || y;
  and = x: y: x && y;
  xor = x: y: (!x) != (!y);
  bitNot = sub (-1);
  boolToString = value: if value then "true" else "false";
  boolToYesNo = value: if value then "yes" else "no";
  mergeAttrs = x: y: x // y;
  flip = f: a: b: f b a;
  defaultTo = default: maybe: if maybe == null then default else maybe;
  mapNullable = f: value: if value == null then null else f value;

  release = "26.11";
  oldestSupportedRelease = 2511;
  isInOldestRelease = oldestSupportedReleaseIsAtLeast;
  oldestSupportedReleaseIsAtLeast = release: release <= oldestSupportedRelease;
  codeName = __openValue [ "lib" "trivial" "codeName" ];
  # A pinned nixpkgs has its date and revision here.
  versionSuffix = __openValue [ "lib" "trivial" "versionSuffix" ];
  version = __openValue [ "lib" "trivial" "version" ];
  nixpkgsVersion = version;
  revisionWithDefault = default: __openValue [ "lib" "trivial" "revision" ];
  inNixShell = false;
  inPureEvalMode = !builtins ? currentSystem;

  min = x: y: if x < y then x else y;
  max = x: y: if x > y then x else y;
  mod = base: int: base - (int * (div base int));
  compare =
    a: b:
    if a < b then
      -1
    else if a > b then
      1
    else
      0;
  splitByAndCompare =
    p: yes: no: a: b:
    if p a then
      if p b then yes a b else -1
    else if p b then
      1
    else
      no a b;

  importJSON = path: builtins.fromJSON (builtins.readFile path);
  importTOML = path: builtins.fromTOML (builtins.readFile path);

  warn = builtins.warn;
  warnIf = condition: message: if condition then warn message else id;
  warnIfNot = condition: message: if condition then id else warn message;
  throwIf = condition: message: if condition then throw message else id;
  throwIfNot = condition: message: if condition then id else throw message;
  checkListOfEnum =
    message: valid: given:
    let
      unexpected = builtins.filter (value: !builtins.elem value valid) given;
      show = values: lib.concatMapStringsSep ", " toString values;
    in
    if unexpected == [ ] then
      id
    else
      throw "${message}: ${show unexpected} unexpected; valid ones: ${show valid}";
  info = message: builtins.trace "INFO: ${message}";
  showWarnings = warnings: value: builtins.foldl' (result: w: warn w result) value warnings;

  setFunctionArgs = f: args: {
    __functor = self: f;
    __functionArgs = args;
  };
  functionArgs =
    f: if f ? __functor then f.__functionArgs or (functionArgs (f.__functor f)) else builtins.functionArgs f;
  isFunction = f: builtins.isFunction f || (f ? __functor && isFunction (f.__functor f));
  mirrorFunctionArgs =
    f:
    let
      args = functionArgs f;
    in
    g: setFunctionArgs g args;
  toFunction = value: if isFunction value then value else _: value;

  fromHexString =
    text:
    let
      digits = builtins.match "(0x)?([0-7]?[0-9A-Fa-f]{1,15})" text;
    in
    if digits == null then
      throw "${builtins.toJSON text} is no hexadecimal number of at most 64 bits"
    else
      (fromTOML "n=0x${builtins.elemAt digits 1}").n;
  toHexString = int: lib.concatMapStrings (builtins.elemAt digits) (toBaseDigits 16 int);
  toBaseDigits =
    base: int:
    let
      collect =
        rest: low: if rest < base then [ rest ] ++ low else collect (rest / base) ([ (rest - base * (rest / base)) ] ++ low);
    in
    assert builtins.isInt base;
    assert builtins.isInt int;
    assert base >= 2;
    assert int >= 0;
    collect int [ ];
}
