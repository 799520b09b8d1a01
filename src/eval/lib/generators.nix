# Values as the text of configuration files.
{ lib }:
let
  inherit (builtins)
    attrNames concatMap elem filter head isAttrs isBool isFloat isInt isList isPath isString length map mapAttrs tail
    toJSON typeOf;
  inherit (lib) concatMapStringsSep concatStrings concatStringsSep escape isDerivation isFunction mapAttrsToList;
  plainSet = value: isAttrs value && !isDerivation value;

  self = {
    toJSON = { }: toJSON;
    toYAML = { }: toJSON;

    mkValueStringDefault =
      { }:
      value:
      let
        unsupported = kind: abort "generators.mkValueStringDefault: ${kind} not supported: ${self.toPretty { } value}";
      in
      if isInt value || isDerivation value then
        toString value
      else if isString value then
        value
      else if isBool value then
        lib.boolToString value
      else if value == null then
        "null"
      else if isList value then
        unsupported "lists"
      else if isAttrs value then
        unsupported "attrsets"
      else if isFunction value then
        unsupported "functions"
      else if isFloat value then
        lib.strings.floatToString value
      else
        unsupported "this value is";
    mkKeyValueDefault =
      {
        mkValueString ? self.mkValueStringDefault { },
      }:
      sep: key: value:
      escape [ sep ] key + sep + mkValueString value;

    toKeyValue =
      {
        mkKeyValue ? self.mkKeyValueDefault { } "=",
        listsAsDuplicateKeys ? false,
        indent ? "",
      }:
      let
        lines =
          key: value:
          map (item: "${indent}${mkKeyValue key item}\n") (
            if listsAsDuplicateKeys && isList value then value else [ value ]
          );
      in
      set: concatStrings (builtins.concatLists (mapAttrsToList lines set));
    toINI =
      {
        mkSectionName ? escape [ "[" "]" ],
        mkKeyValue ? self.mkKeyValueDefault { } "=",
        listsAsDuplicateKeys ? false,
      }:
      let
        section =
          name: values: "[${mkSectionName name}]\n" + self.toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } values;
      in
      sections: concatStringsSep "\n" (mapAttrsToList section sections);
    toINIWithGlobalSection =
      {
        mkSectionName ? escape [ "[" "]" ],
        mkKeyValue ? self.mkKeyValueDefault { } "=",
        listsAsDuplicateKeys ? false,
      }@args:
      {
        globalSection,
        sections ? { },
      }:
      (
        if globalSection == { } then
          ""
        else
          self.toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } globalSection + "\n"
      )
      + self.toINI { inherit mkSectionName mkKeyValue listsAsDuplicateKeys; } sections;
    toGitINI =
      let
        mkSectionName =
          name:
          let
            parts = lib.splitString "." name;
          in
          if lib.hasInfix "\"" name || length parts == 1 then
            name
          else
            "${head parts} \"${concatStringsSep "." (tail parts)}\"";
        quoted = text: "\"" + builtins.replaceStrings [ "\n" "\t" "\"" "\\" ] [ "\\n" "\\t" "\\\"" "\\\\" ] text + "\"";
        mkValueString = value: self.mkValueStringDefault { } (if isString value then quoted value else value);
        line = key: value: "\t" + self.mkKeyValueDefault { inherit mkValueString; } " = " key value;
        mkKeyValue = key: value: if isList value then concatMapStringsSep "\n" (line key) value else line key value;
        # `a.b.c = 1` becomes the section "a.b" with c.
        leaves =
          path: value:
          if plainSet value then
            concatMap (name: leaves (path ++ [ name ]) value.${name}) (attrNames value)
          else if length path > 1 then
            [ { ${concatStringsSep "." (lib.init path)}.${lib.last path} = value; } ]
          else
            [ { ${head path} = value; } ];
        nested = name: value: isAttrs value && builtins.any plainSet (builtins.attrValues value);
      in
      set:
      let
        deep = lib.filterAttrs nested set;
        flat = removeAttrs set (attrNames deep) // builtins.foldl' lib.recursiveUpdate { } (leaves [ ] deep);
      in
      self.toINI { inherit mkSectionName mkKeyValue; } flat;
    mkDconfKeyValue = self.mkKeyValueDefault { mkValueString = value: toString (lib.gvariant.mkValue value); } "=";
    toDconfINI = self.toINI { mkKeyValue = self.mkDconfKeyValue; };

    withRecursion =
      {
        depthLimit,
        throwOnDepthLimit ? true,
      }:
      let
        kept = [ "__functor" "__functionArgs" "__toString" "__pretty" ];
        limit =
          depth: value:
          if depthLimit == null || depth <= depthLimit then
            value
          else if throwOnDepthLimit then
            throw "Exceeded maximum eval-depth limit of ${toString depthLimit} while trying to evaluate with `generators.withRecursion'!"
          else
            "<unevaluated>";
        go =
          depth: value:
          let
            next = inner: go (depth + 1) (limit (depth + 1) inner);
          in
          if isAttrs value then
            mapAttrs (name: inner: if elem name kept then inner else next inner) value
          else if isList value then
            map next value
          else
            limit (depth + 1) value;
      in
      assert isInt depthLimit;
      go 0;

    toPretty =
      {
        allowPrettyValues ? false,
        multiline ? true,
        indent ? "",
      }:
      let
        go =
          indent: value:
          let
            open = if multiline then "\n${indent}  " else " ";
            close = if multiline then "\n${indent}" else " ";
            deeper = go (indent + "  ");
            lines = lib.splitString "\n" value;
            single = "\"" + concatMapStringsSep "\\n" (escape [ "\\" "\"" "\${" ]) lines + "\"";
            raw = map (builtins.replaceStrings [ "\${" "''" ] [ "''\${" "'''" ]) lines;
            block =
              "''" + open + concatStringsSep open (lib.init raw) + (if lib.last raw == "" then close else open + lib.last raw) + "''";
            formals = lib.functionArgs value;
            showFormal = name: optional: if optional then name + "?" else name;
          in
          if isInt value || isPath value then
            toString value
          else if isFloat value then
            toJSON value
          else if isString value then
            if multiline && length lines > 1 then block else single
          else if isBool value then
            lib.boolToString value
          else if value == null then
            "null"
          else if isList value then
            if value == [ ] then "[ ]" else "[" + open + concatMapStringsSep open deeper value + close + "]"
          else if isFunction value then
            if formals == { } then
              "<function>"
            else
              "<function, args: {${concatStringsSep ", " (mapAttrsToList showFormal formals)}}>"
          else if allowPrettyValues && value ? __pretty && value ? val then
            value.__pretty value.val
          else if value == { } then
            "{ }"
          else if value.type or null == "derivation" then
            "<derivation ${value.name or "???"}>"
          else
            "{"
            + open
            + concatStringsSep open (
              mapAttrsToList (name: inner: "${lib.strings.escapeNixIdentifier name} = ${deeper inner};") value
            )
            + close
            + "}";
      in
      go indent;

    toPlist =
      {
        escape ? false,
      }:
      let
        text = if escape then lib.escapeXML else (text: text);
        tag = indent: name: content: "${indent}<${name}>${content}</${name}>";
        block =
          indent: name: items:
          concatStringsSep "\n" [ "${indent}<${name}>" (concatStringsSep "\n" items) "${indent}</${name}>" ];
        go =
          indent: value:
          let
            inner = "\t" + indent;
            shown = lib.filterAttrs (name: item: name != "_module" && item != null) value;
          in
          if value == null then
            ""
          else if isBool value then
            "${indent}<${lib.boolToString value}/>"
          else if isInt value then
            tag indent "integer" (toString value)
          else if isString value then
            tag indent "string" (text value)
          else if isList value then
            block indent "array" (map (go inner) value)
          else if isAttrs value then
            block indent "dict" (
              builtins.concatLists (mapAttrsToList (name: item: [ (tag inner "key" (text name)) (go inner item) ]) shown)
            )
          else if isPath value then
            tag indent "string" (text (toString value))
          else if isFloat value then
            tag indent "real" (toString value)
          else
            abort "generators.toPlist: a ${typeOf value} has no form in a property list";
      in
      value:
      concatStringsSep "\n" [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
        "<!DOCTYPE plist PUBLIC \"-//Apple Computer//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">"
        "<plist version=\"1.0\">"
        (go "" value)
        "</plist>"
      ];

    toDhall =
      { }@args:
      value:
      let
        join = concatStringsSep ", ";
      in
      if isAttrs value then
        "{ ${join (mapAttrsToList (name: item: "${name} = ${self.toDhall args item}") value)} }"
      else if isList value then
        "[ ${join (map (self.toDhall args) value)} ]"
      else if isInt value then
        (if value < 0 then "" else "+") + toString value
      else if isBool value then
        if value then "True" else "False"
      else if isFunction value || value == null then
        abort "generators.toDhall: cannot convert a ${typeOf value} to Dhall"
      else
        toJSON value;

    toLua =
      {
        multiline ? true,
        indent ? "",
        asBindings ? false,
      }@args:
      value:
      let
        inner = indent + "  ";
        open = if multiline then "\n${inner}" else " ";
        close = if multiline then "\n${indent}" else " ";
        nested = self.toLua (
          args
          // {
            indent = if asBindings then indent else inner;
            asBindings = false;
          }
        );
        table = items: "{" + open + concatStringsSep ",${open}" items + close + "}";
        isName = name: builtins.match "[[:alpha:]_][[:alnum:]_]*(\\.[[:alpha:]_][[:alnum:]_]*)*" name != null;
        bad = filter (name: !isName name) (attrNames value);
      in
      if asBindings then
        assert lib.assertMsg (bad == [ ]) "Bad Lua var names: ${self.toPretty { } bad}";
        concatStrings (mapAttrsToList (name: item: "${indent}${name} = ${nested item}\n") value)
      else if value == null then
        "nil"
      else if isInt value || isFloat value || isString value || isBool value then
        toJSON value
      else if isPath value || isDerivation value then
        toJSON "${value}"
      else if isList value then
        if value == [ ] then "{}" else table (map nested value)
      else if isAttrs value then
        if value._type or null == "lua-inline" then
          "(${value.expr})"
        else if value == { } then
          "{}"
        else
          table (mapAttrsToList (name: item: "[${toJSON name}] = ${nested item}") value)
      else
        abort "generators.toLua: type ${typeOf value} is unsupported";
    mkLuaInline = expr: {
      _type = "lua-inline";
      inherit expr;
    };
  };
in
self
