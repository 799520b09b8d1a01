# Declarations of options, and what is shown of them.
{ lib }:
let
  inherit (builtins) all filter head isAttrs isList isString length map tail;
  suggestion = "Use `lib.mkForce value` or `lib.mkDefault value` to change the priority of one of these definitions.";
  mentions = defs: "Definition values:" + showDefs defs;
  markdown = kind: text: if isString text then { _type = kind; inherit text; } else throw "${kind} expects a string";

  inherit (self) showDefs showOption showFiles;
  self = {
    isOption = lib.isType "option";

    mkOption =
      {
        default ? null,
        defaultText ? null,
        example ? null,
        description ? null,
        relatedPackages ? null,
        type ? null,
        apply ? null,
        internal ? null,
        visible ? null,
        readOnly ? null,
      }@args:
      args // { _type = "option"; };

    mkEnableOption =
      name:
      lib.mkOption {
        default = false;
        example = true;
        description = "Whether to enable ${name}.";
        type = lib.types.bool;
      };

    mkPackageOption =
      pkgs: name:
      {
        nullable ? false,
        default ? name,
        example ? null,
        extraDescription ? "",
        pkgsText ? "pkgs",
      }:
      let
        path = lib.toList default;
        shown = lib.showAttrPath path;
        package = lib.attrByPath path (throw "${shown} is not in ${pkgsText}") pkgs;
        standard =
          if default != null then
            {
              default = package;
              defaultText = lib.literalExpression "${pkgsText}.${shown}";
            }
          else if nullable then
            { default = null; }
          else
            { };
        sample = if isList example then "${pkgsText}.${lib.showAttrPath example}" else example;
      in
      lib.mkOption (
        standard
        // {
          description =
            "The ${if isList name then lib.last name else name} package to use."
            + lib.optionalString (extraDescription != "") " ${extraDescription}";
          type = if nullable then lib.types.nullOr lib.types.package else lib.types.package;
        }
        // lib.optionalAttrs (example != null) { example = lib.literalExpression sample; }
      );
    mkPackageOptionMD = lib.mkPackageOption;

    mkSinkUndeclaredOptions =
      args:
      lib.mkOption (
        {
          internal = true;
          visible = false;
          default = false;
          description = "Sink for option definitions.";
          type = lib.mkOptionType {
            name = "sink";
            check = _: true;
            merge = _: _: false;
          };
          apply = _: throw "Option value is not readable because the option is not declared.";
        }
        // args
      );

    mergeDefaultOption =
      loc: defs:
      let
        values = map (def: def.value) defs;
        are = predicate: all predicate values;
      in
      if length values == 1 then
        head values
      else if are lib.isFunction then
        argument: self.mergeDefaultOption loc (map (f: f argument) values)
      else if are isList then
        builtins.concatLists values
      else if are isAttrs then
        builtins.foldl' (merged: value: merged // value) { } values
      else if are builtins.isBool then
        builtins.any (value: value) values
      else if are isString then
        lib.concatStrings values
      else if are (value: builtins.isInt value && value == head values) then
        head values
      else
        throw "Cannot merge definitions of `${showOption loc}'. ${mentions defs}";

    mergeOneOption = self.mergeUniqueOption { message = ""; };
    mergeUniqueOption =
      {
        message,
        merge ? loc: defs: (head defs).value,
      }:
      loc: defs:
      if length defs == 1 then
        merge loc defs
      else
        assert length defs > 1;
        throw "The option `${showOption loc}' is defined multiple times while it's expected to be unique.\n${message}\n${mentions defs}\n${suggestion}";
    mergeEqualOption =
      loc: defs:
      let
        first = head defs;
        other = lib.findFirst (def: def.value != first.value) null (tail defs);
      in
      if defs == [ ] then
        abort "an option is merged without definitions"
      else if length defs == 1 || other == null then
        first.value
      else
        throw "The option `${showOption loc}' has conflicting definition values:${showDefs [ first other ]}\n${suggestion}";

    getValues = map (def: def.value);
    getFiles = map (def: def.file);

    optionAttrSetToDocList = self.optionAttrSetToDocList' [ ];
    optionAttrSetToDocList' =
      _: options:
      let
        document =
          option:
          let
            visible = option.visible or true;
            type = option.type or { };
            hasDefault =
              option ? defaultText
              || option ? default
              || ((type.emptyValue or { }) ? value && (type.getSubModules or null) == null);
            below = option.type.getSubOptions option.loc;
            showBelow = if builtins.isBool visible then visible else visible == "transparent";
          in
          [
            (
              {
                inherit (option) loc;
                name = showOption option.loc;
                description = option.description or null;
                declarations = filter (file: file != self.unknownModule) option.declarations;
                internal = option.internal or false;
                visible = if builtins.isBool visible then visible else visible == "shallow";
                readOnly = option.readOnly or false;
                type = type.description or "unspecified";
              }
              // lib.optionalAttrs (option ? example) { example = self.renderOptionValue option.example; }
              // lib.optionalAttrs hasDefault {
                default = self.renderOptionValue (option.defaultText or option.default or type.emptyValue.value);
              }
              // lib.optionalAttrs (option ? relatedPackages && option.relatedPackages != null) {
                inherit (option) relatedPackages;
              }
            )
          ]
          ++ (if showBelow && below != { } then self.optionAttrSetToDocList' option.loc below else [ ]);
      in
      builtins.concatMap document (lib.collect lib.isOption options);

    scrubOptionValue =
      value:
      if lib.isDerivation value then
        {
          type = "derivation";
          inherit (value) name;
          drvPath = value.name;
          outPath = value.name;
        }
      else if isList value then
        map self.scrubOptionValue value
      else if isAttrs value then
        builtins.mapAttrs (_: self.scrubOptionValue) (removeAttrs value [ "_args" ])
      else
        value;
    renderOptionValue =
      value:
      if value ? _type && value ? text then
        value
      else
        lib.literalExpression (
          lib.generators.toPretty {
            multiline = true;
            allowPrettyValues = true;
          } value
        );

    literalExpression = markdown "literalExpression";
    literalMD = markdown "literalMD";
    literalCode = language: text: lib.literalMD "```${language}\n${text}\n```\n";
    # Of older releases.
    literalExample = lib.literalExpression;
    literalDocBook = markdown "literalDocBook";
    mdDoc = text: text;

    showOption =
      path:
      let
        show =
          part:
          if part == "*" || builtins.match "<(.*)>" part != null then part else lib.strings.escapeNixIdentifier part;
      in
      lib.concatMapStringsSep "." show path;
    showFiles = lib.concatMapStringsSep " and " (file: "`${file}'");
    showDefs = lib.concatMapStrings (
      def:
      let
        shown = builtins.tryEval (
          lib.generators.toPretty { } (
            lib.generators.withRecursion {
              depthLimit = 10;
              throwOnDepthLimit = false;
            } def.value
          )
        );
        lines = lib.splitString "\n" shown.value;
        some = lib.take 5 lines ++ lib.optional (length lines > 5) "...";
        text = if length lines > 1 then ":\n    " + lib.concatStringsSep "\n    " some else ": " + head lines;
      in
      "\n- In `${def.file}'" + lib.optionalString shown.success text
    );
    showOptionWithDefLocs =
      option: "${showOption option.loc}, with values defined in:\n${lib.concatMapStringsSep "\n" (file: "  - ${file}") option.files}\n";
    unknownModule = "<unknown-file>";
  };
in
self
