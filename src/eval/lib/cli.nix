# Command lines from attribute sets.
{ lib }:
let
  inherit (builtins) concatLists concatMap isBool isList stringLength;
  show = lib.generators.mkValueStringDefault { };
  self = {
    toGNUCommandLineShell = options: set: lib.escapeShellArgs (self.toGNUCommandLine options set);
    toGNUCommandLine =
      {
        mkOptionName ? name: if stringLength name == 1 then "-${name}" else "--${name}",
        mkBool ? name: value: lib.optional value (mkOptionName name),
        mkList ? name: concatMap (mkOption name),
        mkOption ?
          name: value:
          if value == null then
            [ ]
          else if optionValueSeparator == null then
            [ (mkOptionName name) (show value) ]
          else
            [ (mkOptionName name + optionValueSeparator + show value) ],
        optionValueSeparator ? null,
      }:
      let
        render =
          name: value: (if isBool value then mkBool else if isList value then mkList else mkOption) name value;
      in
      set: concatLists (lib.mapAttrsToList render set);

    toCommandLineShell = format: set: lib.escapeShellArgs (self.toCommandLine format set);
    toCommandLineShellGNU = options: set: lib.escapeShellArgs (self.toCommandLineGNU options set);
    toCommandLineGNU =
      {
        isLong ? name: stringLength name > 1,
        explicitBool ? false,
        formatArg ? show,
      }:
      self.toCommandLine (name: {
        option = (if isLong name then "--" else "-") + name;
        sep = if isLong name then "=" else "";
        inherit explicitBool formatArg;
      });
    toCommandLine =
      format: set:
      let
        one =
          name: value:
          let
            style = { formatArg = show; } // format name;
            argument = style.formatArg value;
          in
          if value == null || (value == false && !style.explicitBool) then
            [ ]
          else if value == true && !style.explicitBool then
            [ style.option ]
          else if style.sep == null then
            [ style.option argument ]
          else
            [ "${style.option}${style.sep}${argument}" ];
        option =
          name: value:
          if name == "" then
            throw "lib.cli.toCommandLine only accepts non-empty option names."
          else if isList value then
            concatMap (one name) value
          else
            one name value;
      in
      concatLists (lib.mapAttrsToList option set);
  };
in
self
