# Strings. What many files call in loops is native, behind two underscores.
{ lib }:
let
  inherit (builtins)
    all concatStringsSep elem elemAt filter fromJSON genList head isBool isInt isList isString length map match
    replaceStrings split stringLength substring tail toJSON typeOf;

  flag = sign: name: "--${sign}-${name}";
  between = low: high: value: low <= value && value <= high;
in
rec {
  inherit (builtins)
    appendContext compareVersions concatStringsSep elem elemAt filter fromJSON genList head isAttrs isInt isList isPath
    isString match parseDrvName readFile replaceStrings split storeDir stringLength substring tail toJSON typeOf
    unsafeDiscardStringContext;

  join = concatStringsSep;
  concatStrings = concatStringsSep "";
  concatMapStrings = f: list: concatStringsSep "" (map f list);
  concatImapStrings = f: list: concatStringsSep "" (lib.imap1 f list);
  concatMapStringsSep =
    separator: f: list:
    concatStringsSep separator (map f list);
  concatImapStringsSep =
    separator: f: list:
    concatStringsSep separator (lib.imap1 f list);
  concatMapAttrsStringSep =
    separator: f: set:
    concatStringsSep separator (lib.mapAttrsToList f set);
  concatLines = concatMapStrings (line: line + "\n");
  intersperse =
    separator: list:
    if length list < 2 then
      list
    else
      tail (
        builtins.concatMap (value: [
          separator
          value
        ]) list
      );
  replaceString = from: to: replaceStrings [ from ] [ to ];
  replaceChars = replaceStrings;
  replicate = n: text: concatStringsSep "" (genList (_: text) n);

  trim = __trim true true;
  trimWith =
    {
      start ? false,
      end ? false,
    }:
    __trim start end;

  makeSearchPath =
    folder: packages: concatMapStringsSep ":" (package: package + "/" + folder) (filter (package: package != null) packages);
  makeSearchPathOutput =
    output: folder: packages:
    makeSearchPath folder (map (lib.getOutput output) packages);
  makeLibraryPath = makeSearchPathOutput "lib" "lib";
  makeIncludePath = makeSearchPathOutput "dev" "include";
  makeBinPath = makeSearchPathOutput "bin" "bin";

  normalizePath =
    text:
    builtins.foldl' (path: char: if char == "/" && hasSuffix "/" path then path else path + char) "" (
      stringToCharacters text
    );

  optionalString = condition: text: if condition then text else "";
  hasPrefix = __hasPrefix;
  hasSuffix = __hasSuffix;
  hasInfix = __hasInfix;
  removePrefix = __removePrefix;
  removeSuffix = __removeSuffix;

  stringToCharacters = __stringToCharacters;
  stringAsChars = f: text: concatStringsSep "" (map f (stringToCharacters text));
  charToInt = __charToInt;

  escape = characters: replaceStrings characters (map (c: "\\" + c) characters);
  escapeC = characters: replaceStrings characters (map (c: "\\x" + toLower (fixedWidthString 2 "0" (lib.toHexString (charToInt c)))) characters);
  escapeURL = __escapeURL;
  escapeShellArg =
    value:
    let
      text = toString value;
    in
    if match "[[:alnum:],._+:@%/-]+" text == null then "'" + replaceString "'" "'\\''" text + "'" else text;
  escapeShellArgs = concatMapStringsSep " " escapeShellArg;
  escapeRegex = escape (stringToCharacters "\\[{()^$?*+|.");
  escapeNixString = value: escape [ "$" ] (toJSON value);
  escapeNixIdentifier =
    name:
    let
      reserved = [ "assert" "else" "if" "in" "inherit" "let" "or" "rec" "then" "with" ];
    in
    if match "[a-zA-Z_][a-zA-Z0-9_'-]*" name == null || elem name reserved then escapeNixString name else name;
  escapeXML = replaceStrings [ "\"" "'" "<" ">" "&" ] [ "&quot;" "&apos;" "&lt;" "&gt;" "&amp;" ];

  isValidPosixName = name: match "[a-zA-Z_][a-zA-Z0-9_]*" name != null;
  toShellVar =
    name: value:
    let
      entries = lib.mapAttrsToList (key: element: "[${escapeShellArg key}]=${escapeShellArg element}") value;
    in
    if !isValidPosixName name then
      throw "toShellVar: ${name} is no name of a shell variable"
    else if builtins.isAttrs value && !isStringLike value then
      "declare -A ${name}=(${concatStringsSep " " entries})"
    else if isList value then
      "declare -a ${name}=(${escapeShellArgs value})"
    else
      "${name}=${escapeShellArg value}";
  toShellVars = set: concatStringsSep "\n" (lib.mapAttrsToList toShellVar set);

  lowerChars = stringToCharacters "abcdefghijklmnopqrstuvwxyz";
  upperChars = stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  toLower = __toLower;
  toUpper = __toUpper;
  toSentenceCase =
    text:
    if !isString text then
      throw "toSentenceCase takes a string, not a ${typeOf text}"
    else
      toUpper (substring 0 1 text) + toLower (substring 1 (-1) text);
  toCamelCase =
    text:
    let
      separator = _: char: elem char [ "-" "_" " " ];
      hump = before: char: match "[a-z]" before != null && match "[A-Z]" char != null;
      words = builtins.concatMap (splitStringBy hump true) (splitStringBy separator false text);
    in
    if !isString text then
      throw "toCamelCase takes a string, not a ${typeOf text}"
    else
      addContextFrom text (concatStringsSep "" ([ (toLower (head words)) ] ++ map toSentenceCase (tail words)));

  addContextFrom = source: text: substring 0 0 source + text;
  splitString = __splitString;
  splitStringBy =
    predicate: keep: text:
    let
      start = {
        parts = [ ];
        current = "";
        before = "";
      };
      step =
        state: char:
        {
          before = char;
        }
        // (
          if predicate state.before char then
            {
              parts = state.parts ++ [ state.current ];
              current = if keep then char else "";
            }
          else
            {
              inherit (state) parts;
              current = state.current + char;
            }
        );
      end = builtins.foldl' step start (stringToCharacters text);
    in
    map (addContextFrom text) (end.parts ++ [ end.current ]);

  versionOlder = a: b: compareVersions b a == 1;
  versionAtLeast = a: b: !versionOlder a b;
  getName = package: if isString package then (parseDrvName package).name else package.pname or (parseDrvName package.name).name;
  getVersion =
    package: if isString package then (parseDrvName package).version else package.version or (parseDrvName package.name).version;
  nameFromURL =
    url: separator:
    let
      file = lib.last (splitString "/" url);
      name = head (splitString separator file);
    in
    assert name != file;
    name;

  cmakeOptionType =
    type: feature: value:
    assert elem (toUpper type) [ "BOOL" "FILEPATH" "PATH" "STRING" "INTERNAL" "LIST" ];
    assert isString feature;
    assert isString value;
    "-D${feature}:${toUpper type}=${value}";
  cmakeBool =
    feature: value:
    assert isString feature;
    assert isBool value;
    cmakeOptionType "bool" feature (toUpper (lib.boolToString value));
  cmakeFeature =
    feature: value:
    assert isString feature;
    assert isString value;
    cmakeOptionType "string" feature value;
  mesonOption =
    feature: value:
    assert isString feature;
    assert isString value;
    "-D${feature}=${value}";
  mesonBool =
    feature: value:
    assert isString feature;
    assert isBool value;
    mesonOption feature (lib.boolToString value);
  mesonEnable =
    feature: value:
    assert isString feature;
    assert isBool value;
    mesonOption feature (if value then "enabled" else "disabled");
  enableFeature =
    condition: feature:
    assert isBool condition;
    assert isString feature;
    flag (if condition then "enable" else "disable") feature;
  enableFeatureAs =
    condition: feature: value:
    enableFeature condition feature + optionalString condition "=${value}";
  withFeature =
    condition: feature:
    assert isString feature;
    flag (if condition then "with" else "without") feature;
  withFeatureAs =
    condition: feature: value:
    withFeature condition feature + optionalString condition "=${value}";

  fixedWidthString =
    width: filler: text:
    assert lib.assertMsg (stringLength text <= width)
      "fixedWidthString: ${toString (stringLength text)} characters do not fit into ${toString width}";
    if stringLength text == width then text else filler + fixedWidthString (width - stringLength filler) filler text;
  fixedWidthNumber = width: number: fixedWidthString width "0" (toString number);
  floatToString =
    float:
    let
      text = toString float;
    in
    lib.warnIf (float != fromJSON text) "${text} is not exactly the number" text;

  isCoercibleToString = isConvertibleWithToString;
  isConvertibleWithToString =
    value:
    isStringLike value
    || elem (typeOf value) [ "null" "int" "float" "bool" ]
    || (isList value && all isConvertibleWithToString value);
  isStringLike = value: isString value || builtins.isPath value || value ? outPath || value ? __toString;
  isStorePath =
    value:
    isStringLike value
    && (
      let
        text = toString value;
      in
      hasPrefix "/" text && (dirOf text == storeDir || match "/[0-9a-z]{52}" text != null)
    );

  toInt =
    text:
    let
      digits = match "[[:space:]]*(-?[[:digit:]]+)[[:space:]]*" text;
      number = fromJSON (head digits);
    in
    if digits == null then
      throw "toInt: ${escapeNixString text} is no integer"
    else if match "0[[:digit:]]+" (head digits) != null then
      throw "toInt: ${escapeNixString text} may be octal or padded with zeros"
    else if isInt number then
      number
    else
      throw "toInt: ${escapeNixString text} is too large";
  toIntBase10 =
    text:
    let
      digits = match "[[:space:]]*0*(-?[[:digit:]]+)[[:space:]]*" text;
      number = fromJSON (head digits);
    in
    if digits == null then
      throw "toIntBase10: ${escapeNixString text} is no integer"
    else if match "0+" (head digits) != null then
      0
    else if isInt number then
      number
    else
      throw "toIntBase10: ${escapeNixString text} is too large";

  fileContents = file: removeSuffix "\n" (builtins.readFile file);
  readPathsFromFile = root: file: map (line: root + "/${line}") (filter (line: line != "") (splitString "\n" (fileContents file)));
  sanitizeDerivationName =
    name:
    let
      text = builtins.unsafeDiscardStringContext name;
      undotted = head (match "\\.*(.*)" text);
      clean = concatMapStrings (part: if isList part then "-" else part) (split "[^[:alnum:]+._?=-]+" undotted);
      short = substring (lib.max (stringLength clean - 207) 0) (-1) clean;
    in
    if between 0 207 (stringLength name) && match "[[:alnum:]+_?=-][[:alnum:]+._?=-]*" name != null then
      text
    else if short == "" then
      "unknown"
    else
      short;

  levenshtein = __levenshtein;
  levenshteinAtMost = most: a: b: if most <= 0 then a == b else levenshtein a b <= most;
  commonPrefixLength =
    a: b:
    let
      most = lib.min (stringLength a) (stringLength b);
    in
    lib.lists.findFirstIndex (at: substring at 1 a != substring at 1 b) most (genList (at: at) most);
  commonSuffixLength =
    a: b:
    let
      most = lib.min (stringLength a) (stringLength b);
      fromEnd = at: text: substring (stringLength text - at - 1) 1 text;
    in
    lib.lists.findFirstIndex (at: fromEnd at a != fromEnd at b) most (genList (at: at) most);

}
