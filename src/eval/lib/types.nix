# Types of options: what they are called, what they accept, how they merge.
{ lib }:
let
  inherit (builtins)
    all attrNames concatLists elem elemAt filter foldl' head isAttrs isBool isFloat isInt isList isPath isString length
    map mapAttrs;
  inherit (lib.options) getFiles showDefs showFiles showOption;
  inherit (self) addCheck mkOptionType;

  classes = given: type: self.optionDescriptionPhrase (class: elem class given) type;
  inNoun = classes [ "noun" "composite" ];
  inConjunction = classes [ "noun" "conjunction" ];

  # A type whose values may be checked and merged apart from each other.
  coherent = check: {
    __functor = _: check;
    isV2MergeCoherent = true;
  };
  twoStep = v2: {
    __functor = this: loc: defs: (this.v2 { inherit loc defs; }).value;
    inherit v2;
  };
  headError =
    check: defs:
    let
      wrong = filter (def: !check def.value) defs;
    in
    if wrong == [ ] then null else { message = "Definition values: ${showDefs wrong}"; };
  checkedMerge =
    type: loc: defs:
    if type.merge ? v2 then
      if type.check.isV2MergeCoherent or false then
        type.merge.v2 { inherit loc defs; }
      else
        throw "The option `${showOption loc}' has a type `${type.description}' that replaces `check' with `//'; use `lib.types.addCheck'."
    else
      {
        value = type.merge loc defs;
        headError = headError type.check defs;
        valueMeta = { };
      };

  elemFunctor = name: payload: {
    inherit name payload;
    type = self.${name};
    binOp =
      a: b:
      let
        elemType = a.elemType.typeMerge b.elemType.functor;
      in
      if elemType == null then null else { inherit elemType; };
  };
  sameOr =
    a: b: fail:
    if a == null then
      b
    else if b == null || a == b then
      a
    else
      fail;

  simple =
    name: description: check:
    mkOptionType {
      inherit name description check;
      descriptionClass = "noun";
      merge = lib.mergeEqualOption;
    };

  self = {
    isType = name: value: (value._type or "") == name;
    setType = name: value: value // { _type = name; };
    isOptionType = self.isType "option-type";
    types = self;

    defaultTypeMerge =
      a: b:
      let
        payload = a.binOp a.payload b.payload;
      in
      if a.name != b.name then
        null
      else if (a.payload == null) != (b.payload == null) then
        throw "two types called ${a.name} differ in whether they have a payload"
      else if a.payload == null then
        a.type
      else if payload == null then
        null
      else
        a.type payload;
    mergeTypes =
      a: b:
      if !(self.isOptionType a && self.isOptionType b) then
        throw "mergeTypes takes two option types"
      else
        let
          merged = a.typeMerge b.functor;
        in
        if merged == null then self.setType "merge-error" { error = "Cannot merge types"; } else merged;
    defaultFunctor = name: {
      inherit name;
      type = self.${name} or null;
      payload = null;
      binOp = _: _: null;
    };

    mkOptionType =
      {
        name,
        description ? null,
        descriptionClass ? null,
        check ? (_: true),
        merge ? lib.mergeDefaultOption,
        emptyValue ? { },
        getSubOptions ? (_: { }),
        getSubModules ? null,
        substSubModules ? (_: null),
        typeMerge ? self.defaultTypeMerge functor,
        functor ? self.defaultFunctor name,
        deprecationMessage ? null,
        nestedTypes ? { },
      }:
      {
        _type = "option-type";
        description = if description == null then name else description;
        inherit
          name descriptionClass check merge emptyValue getSubOptions getSubModules substSubModules typeMerge functor
          deprecationMessage nestedTypes;
      };
    optionDescriptionPhrase =
      bare: type: if bare (type.descriptionClass or null) then type.description else "(${type.description})";
    noCheckForDocsModule = {
      config._module.check = lib.mkForce false;
      _file = "<built-in module that disables checks for the purpose of documentation generation>";
    };

    raw = simple "raw" "raw value" (_: true) // {
      merge = lib.mergeOneOption;
    };
    anything = simple "anything" "anything" (_: true) // {
      merge =
        loc: defs:
        let
          kind = value: if isAttrs value && lib.strings.isStringLike value then "stringlike" else builtins.typeOf value;
          first = kind (head defs).value;
          mergers = {
            set = (self.attrsOf self.anything).merge;
            stringlike = lib.mergeOneOption;
            lambda =
              loc: defs: argument:
              self.anything.merge (loc ++ [ "<function body>" ]) (
                map (def: {
                  inherit (def) file;
                  value = def.value argument;
                }) defs
              );
          };
        in
        if all (def: kind def.value == first) defs then
          (mergers.${first} or lib.mergeEqualOption) loc defs
        else
          throw "The option `${showOption loc}' has conflicting option types in ${showFiles (getFiles defs)}";
    };
    unspecified = mkOptionType {
      name = "unspecified";
      description = "unspecified value";
      descriptionClass = "noun";
    };

    bool = simple "bool" "boolean" isBool;
    boolByOr = simple "boolByOr" "boolean (merged using or)" isBool // {
      merge = _: defs: foldl' (any: def: any || def.value) false defs;
    };
    int = simple "int" "signed integer" isInt;
    ints =
      let
        bounds = low: high: "${toString low} and ${toString high} (both inclusive)";
        between =
          low: high:
          assert lib.assertMsg (low <= high) "ints.between: lowest must be smaller than highest";
          addCheck self.int (value: low <= value && value <= high)
          // {
            name = "intBetween";
            description = "integer between ${bounds low high}";
          };
        sized =
          name: kind: bits: low: high:
          between low high
          // {
            name = "${name}${toString bits}";
            description = "${toString bits} bit ${kind} integer; between ${bounds low high}";
          };
        unsigned = bits: values: sized "unsignedInt" "unsigned" bits 0 (values - 1);
        signed = bits: values: sized "signedInt" "signed" bits (0 - values / 2) (values / 2 - 1);
        meaning =
          name: adjective: sign: check:
          addCheck self.int check
          // {
            inherit name;
            description = "${adjective} integer, meaning ${sign}0";
            descriptionClass = "nonRestrictiveClause";
          };
      in
      {
        inherit between;
        unsigned = meaning "unsignedInt" "unsigned" ">=" (value: value >= 0);
        positive = meaning "positiveInt" "positive" ">" (value: value > 0);
        u8 = unsigned 8 256;
        u16 = unsigned 16 65536;
        u32 = unsigned 32 4294967296;
        s8 = signed 8 256;
        s16 = signed 16 65536;
        s32 = signed 32 4294967296;
      };
    port = self.ints.u16;
    float = simple "float" "floating point number" isFloat;
    number = self.either self.int self.float;
    numbers =
      let
        restricted =
          name: description: check:
          addCheck self.number check // { inherit name description; };
        meaning =
          name: adjective: sign: check:
          restricted name "${adjective} integer or floating point number, meaning ${sign}0" check
          // {
            descriptionClass = "nonRestrictiveClause";
          };
      in
      {
        between =
          low: high:
          assert lib.assertMsg (low <= high) "numbers.between: lowest must be smaller than highest";
          restricted "numberBetween"
            "integer or floating point number between ${builtins.toJSON low} and ${builtins.toJSON high} (both inclusive)"
            (value: low <= value && value <= high);
        nonnegative = meaning "numberNonnegative" "nonnegative" ">=" (value: value >= 0);
        positive = meaning "numberPositive" "positive" ">" (value: value > 0);
      };

    str = simple "str" "string" isString;
    string = self.separatedString "" // {
      name = "string";
      deprecationMessage = "See https://github.com/NixOS/nixpkgs/pull/66346 for better alternative types.";
    };
    nonEmptyStr = simple "nonEmptyStr" "non-empty string" (value: isString value && builtins.match "[ \t\n]*" value == null);
    singleLineStr =
      simple "singleLineStr" "(optionally newline-terminated) single-line string" (
        value: isString value && builtins.match "[^\n\r]*\n?" value != null
      )
      // {
        merge = loc: defs: lib.removeSuffix "\n" (lib.mergeEqualOption loc defs);
      };
    strMatching =
      pattern:
      mkOptionType {
        name = "strMatching ${lib.strings.escapeNixString pattern}";
        description = "string matching the pattern ${pattern}";
        descriptionClass = "noun";
        check = value: isString value && builtins.match pattern value != null;
        merge = lib.mergeEqualOption;
        functor = self.defaultFunctor "strMatching" // {
          type = payload: self.strMatching payload.pattern;
          payload = { inherit pattern; };
          binOp = a: b: if a == b then a else null;
        };
      };
    separatedString =
      sep:
      mkOptionType {
        name = "separatedString";
        description = "strings concatenated with ${builtins.toJSON sep}";
        descriptionClass = "noun";
        check = isString;
        merge = _: defs: lib.concatMapStringsSep sep (def: def.value) defs;
        functor = self.defaultFunctor "separatedString" // {
          type = payload: self.separatedString payload.sep;
          payload = { inherit sep; };
          binOp = a: b: if a.sep == b.sep then { inherit (a) sep; } else null;
        };
      };
    lines = self.separatedString "\n";
    commas = self.separatedString ",";
    envVar = self.separatedString ":";
    passwdEntry =
      type:
      addCheck type (value: !(lib.hasInfix ":" value || lib.hasInfix "\n" value))
      // {
        name = "passwdEntry ${type.name}";
        description = "${classes [ "noun" ] type}, not containing newlines or colons";
        descriptionClass = "nonRestrictiveClause";
      };

    attrs = mkOptionType {
      name = "attrs";
      description = "attribute set";
      check = isAttrs;
      merge = _: foldl' (merged: def: merged // def.value) { };
      emptyValue.value = { };
    };
    fileset = simple "fileset" "fileset" lib.fileset.isFileset // {
      merge = _: defs: lib.fileset.unions (map (def: def.value) defs);
      emptyValue.value = lib.fileset.empty;
    };
    package = mkOptionType {
      name = "package";
      descriptionClass = "noun";
      check = value: lib.isDerivation value || lib.isStorePath value;
      merge =
        loc: defs:
        let
          package = lib.mergeOneOption loc defs;
          bare = isPath package || (isString package && !builtins.hasContext package);
        in
        if bare then lib.toDerivation package else package;
    };
    shellPackage = self.package // {
      check = value: lib.isDerivation value && value ? shellPath;
    };
    pkgs = addCheck (
      self.unique { message = "A Nixpkgs pkgs set can not be merged with another pkgs set."; } self.attrs
      // {
        name = "pkgs";
        description = "Nixpkgs package set";
        descriptionClass = "noun";
      }
    ) (value: (value._type or null) == "pkgs");

    path = self.pathWith { absolute = true; };
    pathInStore = self.pathWith { inStore = true; };
    externalPath = self.pathWith {
      absolute = true;
      inStore = false;
    };
    pathWith =
      {
        inStore ? null,
        absolute ? null,
      }:
      let
        word = flag: yes: no: if flag == null then "" else if flag then yes else no;
        check =
          value:
          let
            stored = lib.path.hasStorePathPrefix (
              if isPath value then value else /. + builtins.unsafeDiscardStringContext value
            );
            rooted = builtins.substring 0 1 (toString value) == "/";
          in
          # A path value would be copied to the store; where that must not be, only strings do.
          (if inStore == false then isString value else lib.strings.isStringLike value)
          && (inStore == null || inStore == stored)
          && (absolute == null || absolute == rooted);
      in
      if inStore == true && absolute == false then
        throw "In pathWith, inStore means the path must be absolute"
      else
        mkOptionType {
          name = "path";
          description = word absolute "absolute " "relative " + "path" + word inStore " in the Nix store" " not in the Nix store";
          descriptionClass = "noun";
          inherit check;
          merge = lib.mergeEqualOption;
          functor = self.defaultFunctor "path" // {
            type = self.pathWith;
            payload = { inherit inStore absolute; };
            binOp = a: b: if a == b then a else null;
          };
        };

    listOf =
      elemType:
      mkOptionType rec {
        name = "listOf";
        description = "list of ${inNoun elemType}";
        descriptionClass = "composite";
        check = coherent isList;
        merge = twoStep (
          { loc, defs }:
          let
            entry = at: n: file: value: lib.mergeDefinitions (loc ++ [ "[definition ${toString at}-entry ${toString n}]" ]) elemType [ { inherit file value; } ];
            merged = concatLists (
              lib.imap1 (at: def: lib.imap1 (n: value: entry at n def.file value) def.value) defs
            );
            present = filter (item: item.optionalValue ? value) merged;
          in
          {
            headError = headError check defs;
            value = map (item: item.optionalValue.value) present;
            valueMeta.list = map (item: item.checkedAndMerged.valueMeta) present;
          }
        );
        emptyValue.value = [ ];
        getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "*" ]);
        inherit (elemType) getSubModules;
        substSubModules = modules: self.listOf (elemType.substSubModules modules);
        functor = elemFunctor name { inherit elemType; } // {
          type = payload: self.listOf payload.elemType;
        };
        nestedTypes.elemType = elemType;
      };
    nonEmptyListOf =
      elemType:
      let
        list = addCheck (self.listOf elemType) (value: value != [ ]);
      in
      list
      // {
        description = "non-empty ${classes [ "noun" ] list}";
        emptyValue = { };
        substSubModules = modules: self.nonEmptyListOf (elemType.substSubModules modules);
      };

    attrListOf = elemType: self.attrListWith { inherit elemType; };
    attrListWith =
      {
        elemType,
        asAttrs ? false,
        mergeAttrValues ? (_: values: values),
      }:
      mkOptionType rec {
        name = "attrListOf";
        description = "attribute list of ${inNoun elemType}";
        descriptionClass = "composite";
        check = coherent (value: isList value || isAttrs value);
        merge = twoStep (
          { loc, defs }:
          let
            peel =
              value:
              let
                inner = peel value.content;
              in
              if value._type or null == "order" then
                {
                  inherit (inner) value priority;
                  order = value.priority;
                }
              else if value._type or null == "override" then
                # What is overridden is not looked into.
                {
                  inherit (inner) order;
                  inherit (value) priority;
                  value = lib.mkOverride value.priority inner.value;
                }
              else
                {
                  inherit value;
                  order = lib.modules.defaultOrderPriority;
                  priority = lib.modules.defaultOverridePriority;
                };
            fromItem =
              file: raw:
              let
                ordered = raw._type or null == "order";
                item = if ordered then raw.content else raw;
                key = head (attrNames item);
                peeled = peel item.${key};
              in
              if isAttrs item && length (attrNames item) == 1 then
                peeled
                // {
                  inherit file key;
                  order = if ordered then raw.priority else peeled.order;
                }
              else
                throw "A definition for option `${showOption loc}' is not of type `${description}': an element needs to be a set of one attribute.";
            items = builtins.concatMap (
              def:
              if isList def.value then
                map (fromItem def.file) def.value
              else
                lib.mapAttrsToList (key: value: peel value // { inherit key; inherit (def) file; }) def.value
            ) defs;
            winning =
              key:
              foldl' lib.min lib.modules.defaultOverridePriority (
                map (item: item.priority) (filter (item: item.key == key) items)
              );
            sorted = builtins.sort (a: b: a.order < b.order) (filter (item: item.priority == winning item.key) items);
            merged = map (
              item: item // { eval = lib.mergeDefinitions (loc ++ [ item.key ]) elemType [ { inherit (item) file value; } ]; }
            ) sorted;
            present = filter (item: item.eval.optionalValue ? value) merged;
            single = item: { ${item.key} = item.eval.optionalValue.value; };
            attrListValue = map single present;
          in
          {
            headError = headError check defs;
            value = if asAttrs then builtins.zipAttrsWith mergeAttrValues attrListValue else attrListValue;
            valueMeta = {
              attrList = map (item: item.eval.checkedAndMerged.valueMeta) present;
              inherit attrListValue;
              definitions = map (
                item:
                lib.mkDefinition {
                  inherit (item) file;
                  value = lib.mkOrder item.order (single item);
                }
              ) present;
            };
          }
        );
        emptyValue.value = if asAttrs then { } else [ ];
        getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "*" ]);
        inherit (elemType) getSubModules;
        substSubModules =
          modules:
          self.attrListWith {
            inherit asAttrs mergeAttrValues;
            elemType = elemType.substSubModules modules;
          };
        typeMerge = _: null;
        nestedTypes.elemType = elemType;
      };

    attrsOf = elemType: self.attrsWith { inherit elemType; };
    lazyAttrsOf =
      elemType:
      self.attrsWith {
        inherit elemType;
        lazy = true;
      };
    attrsWith =
      {
        elemType,
        lazy ? false,
        placeholder ? "name",
      }:
      mkOptionType rec {
        name = if lazy then "lazyAttrsOf" else "attrsOf";
        description = (if lazy then "lazy attribute set" else "attribute set") + " of ${inNoun elemType}";
        descriptionClass = "composite";
        check = coherent isAttrs;
        merge = twoStep (
          { loc, defs }:
          let
            located = map (def: mapAttrs (_: value: { inherit (def) file; inherit value; }) def.value) defs;
            merged = builtins.zipAttrsWith (name: lib.mergeDefinitions (loc ++ [ name ]) elemType) located;
            present = if lazy then merged else lib.filterAttrs (_: item: item.optionalValue ? value) merged;
            # A lazy set does not ask whether its attributes are defined.
            valueOf =
              item: item.optionalValue.value or (if lazy then elemType.emptyValue.value or item.mergedValue else item.mergedValue);
          in
          {
            headError = headError check defs;
            value = mapAttrs (_: valueOf) present;
            valueMeta.attrs = mapAttrs (_: item: item.checkedAndMerged.valueMeta) present;
          }
        );
        emptyValue.value = { };
        getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<${placeholder}>" ]);
        inherit (elemType) getSubModules;
        substSubModules =
          modules:
          self.attrsWith {
            elemType = elemType.substSubModules modules;
            inherit lazy placeholder;
          };
        functor = elemFunctor "attrsWith" { inherit elemType lazy placeholder; } // {
          binOp =
            a: b:
            let
              merged = {
                elemType = a.elemType.typeMerge b.elemType.functor;
                lazy = if a.lazy == b.lazy then a.lazy else null;
                placeholder =
                  if a.placeholder == b.placeholder || b.placeholder == "name" then
                    a.placeholder
                  else if a.placeholder == "name" then
                    b.placeholder
                  else
                    null;
              };
            in
            if merged.elemType == null || merged.lazy == null || merged.placeholder == null then null else merged;
        };
        nestedTypes.elemType = elemType;
      };
    loaOf =
      elemType:
      self.attrsOf elemType
      // {
        name = "loaOf";
        deprecationMessage =
          "Mixing lists with attribute values is no longer possible; please use `types.attrsOf` instead. See"
          + " https://github.com/NixOS/nixpkgs/issues/1800 for the motivation.";
      };

    attrTag =
      given:
      let
        quote = lib.strings.escapeNixIdentifier;
        tags = mapAttrs (
          name: option:
          if option._type or null != "option" then
            throw "In attrTag, each tag value must be an option, but tag ${quote name} ${
              if option._type or null == "option-type" then
                "was a bare type, not wrapped in mkOption."
              else if option ? _type then
                "was of type ${lib.strings.escapeNixString option._type}."
              else
                "was not."
            }"
          else
            let
              position = builtins.unsafeGetAttrPos name given;
              positions = lib.optional (position != null) position;
            in
            {
              declarations = map (position: position.file) positions;
              declarationPositions = positions;
            }
            // option
        ) given;
        choices = lib.concatMapStringsSep ", " quote (attrNames tags);
        choice = value: head (attrNames value);
      in
      mkOptionType {
        name = "attrTag";
        description = "attribute-tagged union with choices: ${choices}";
        descriptionClass = "noun";
        getSubOptions = prefix: mapAttrs (name: option: option // { loc = prefix ++ [ name ]; }) tags;
        check = value: isAttrs value && length (attrNames value) == 1 && tags ? ${choice value};
        merge =
          loc: defs:
          let
            name = choice (head defs).value;
            other = lib.findFirst (def: choice def.value != name) null defs;
            inner = map (def: {
              inherit (def) file;
              value = def.value.${name};
            }) defs;
          in
          if other != null then
            throw "The option `${showOption loc}` is defined both as `${name}` and `${choice other.value}`, in ${showFiles (getFiles defs)}."
          else if !(tags ? ${name}) then
            throw "The option `${showOption loc}` is defined as ${quote name}, but ${quote name} is not among the valid choices (${choices}). Value ${name} was defined in ${showFiles (getFiles defs)}."
          else
            { ${name} = (lib.modules.evalOptionValue (loc ++ [ name ]) tags.${name} inner).value; };
        nestedTypes = tags;
        functor = self.defaultFunctor "attrTag" // {
          type = { tags, ... }: self.attrTag tags;
          payload = { inherit tags; };
          binOp =
            a: b:
            let
              declaration = option: {
                options = option;
                _file = "<attrTag {...}>";
                pos = null;
              };
              both =
                name: right:
                lib.mergeOptionDecls [ name ] [ (declaration a.tags.${name}) (declaration right) ]
                // {
                  declarations = a.tags.${name}.declarations ++ right.declarations;
                  declarationPositions = a.tags.${name}.declarationPositions ++ right.declarationPositions;
                };
            in
            { tags = a.tags // b.tags // mapAttrs both (builtins.intersectAttrs a.tags b.tags); };
        };
      };

    luaInline = simple "luaInline" "inline lua" (value: value._type or null == "lua-inline");

    uniq = self.unique { message = ""; };
    unique =
      { message }:
      type:
      mkOptionType {
        name = "unique";
        inherit (type) description descriptionClass check emptyValue getSubOptions getSubModules;
        merge = lib.mergeUniqueOption {
          inherit message;
          inherit (type) merge;
        };
        substSubModules = modules: self.uniq (type.substSubModules modules);
        functor = elemFunctor "unique" { elemType = type; } // {
          type = payload: self.unique { inherit message; } payload.elemType;
        };
        nestedTypes.elemType = type;
      };

    nullOr =
      elemType:
      mkOptionType {
        name = "nullOr";
        description = "null or ${inConjunction elemType}";
        descriptionClass = "conjunction";
        check = value: value == null || elemType.check value;
        merge =
          loc: defs:
          let
            nulls = length (filter (def: def.value == null) defs);
          in
          if nulls == 0 then
            elemType.merge loc defs
          else if nulls == length defs then
            null
          else
            throw "The option `${showOption loc}` is defined both null and not null, in ${showFiles (getFiles defs)}.";
        emptyValue.value = null;
        inherit (elemType) getSubOptions getSubModules;
        substSubModules = modules: self.nullOr (elemType.substSubModules modules);
        functor = elemFunctor "nullOr" { inherit elemType; } // {
          type = payload: self.nullOr payload.elemType;
        };
        nestedTypes.elemType = elemType;
      };

    functionTo =
      elemType:
      let
        body = loc: loc ++ [ "<function body>" ];
      in
      mkOptionType {
        name = "functionTo";
        description = "function that evaluates to a(n) ${inNoun elemType}";
        descriptionClass = "composite";
        check = lib.isFunction;
        merge = loc: defs: {
          __functionArgs = builtins.zipAttrsWith (_: all (optional: optional)) (
            map (def: lib.functionArgs def.value) defs
          );
          __functor =
            _: argument:
            (lib.mergeDefinitions (body loc) elemType (
              map (def: {
                inherit (def) file;
                value = def.value argument;
              }) defs
            )).mergedValue;
        };
        getSubOptions = prefix: elemType.getSubOptions (body prefix);
        inherit (elemType) getSubModules;
        substSubModules = modules: self.functionTo (elemType.substSubModules modules);
        functor = elemFunctor "functionTo" { inherit elemType; } // {
          type = payload: self.functionTo payload.elemType;
        };
        nestedTypes.elemType = elemType;
      };

    submodule =
      modules:
      self.submoduleWith {
        shorthandOnlyDefinesConfig = true;
        modules = lib.toList modules;
      };
    submoduleWith =
      {
        modules,
        specialArgs ? { },
        shorthandOnlyDefinesConfig ? false,
        description ? null,
        class ? null,
      }@args:
      let
        base = lib.modules.evalModules {
          inherit class specialArgs;
          modules = [ { _module.args.name = lib.mkOptionDefault "‹name›"; } ] ++ modules;
        };
        documented = base.extendModules { modules = [ self.noCheckForDocsModule ]; };
        inherit (base._module) freeformType;
        asModule =
          def:
          {
            _file = def.file;
          }
          // (
            if isAttrs def.value && shorthandOnlyDefinesConfig then
              { config = def.value; }
            else
              { imports = [ def.value ]; }
          );
        check = coherent (value: isAttrs value || lib.isFunction value || self.path.check value);
      in
      mkOptionType {
        name = "submodule";
        description =
          if description != null then
            description
          else if modules == [ ] then
            "submodule"
          else if documented._module.freeformType ? description then
            "open submodule of ${inNoun documented._module.freeformType}"
          else
            "submodule";
        inherit check;
        merge = twoStep (
          { loc, defs }:
          let
            configuration = base.extendModules {
              modules = [ { _module.args.name = lib.last loc; } ] ++ map asModule defs;
              prefix = loc;
            };
          in
          {
            headError = headError check defs;
            value = configuration.config;
            valueMeta = { inherit configuration; };
          }
        );
        emptyValue.value = base.config;
        getSubOptions =
          prefix:
          let
            docs = base.extendModules {
              inherit prefix;
              modules = [ self.noCheckForDocsModule ];
            };
            freeform = docs._module.freeformType;
          in
          docs.options // lib.optionalAttrs (freeform != null) { _freeformOptions = freeform.getSubOptions prefix; };
        getSubModules = modules;
        substSubModules = modules: self.submoduleWith (args // { inherit modules; });
        nestedTypes = lib.optionalAttrs (freeformType != null) { inherit freeformType; };
        functor = self.defaultFunctor "submodule" // {
          type = self.submoduleWith;
          payload = { inherit modules class specialArgs shorthandOnlyDefinesConfig description; };
          binOp =
            a: b:
            let
              shared = attrNames (builtins.intersectAttrs a.specialArgs b.specialArgs);
              conflict = what: throw "A submoduleWith option is declared multiple times with ${what}";
            in
            {
              class =
                sameOr (a.class or null) (b.class or null)
                  (conflict "conflicting class values \"${toString a.class}\" and \"${toString b.class}\".");
              modules = a.modules ++ b.modules;
              specialArgs =
                if shared == [ ] then
                  a.specialArgs // b.specialArgs
                else
                  conflict "the same specialArgs \"${toString shared}\"";
              shorthandOnlyDefinesConfig =
                sameOr a.shorthandOnlyDefinesConfig b.shorthandOnlyDefinesConfig
                  (conflict "conflicting shorthandOnlyDefinesConfig values");
              description = sameOr a.description b.description (conflict "conflicting descriptions");
            };
        };
      };
    deferredModule = self.deferredModuleWith { };
    deferredModuleWith =
      {
        staticModules ? [ ],
      }@args:
      mkOptionType {
        name = "deferredModule";
        description = "module";
        descriptionClass = "noun";
        check = value: isAttrs value || lib.isFunction value || self.path.check value;
        merge = loc: defs: {
          imports =
            staticModules
            ++ map (def: lib.setDefaultModuleLocation "${def.file}, via option ${showOption loc}" def.value) defs;
        };
        inherit (self.submoduleWith { modules = staticModules; }) getSubOptions getSubModules;
        substSubModules = modules: self.deferredModuleWith (args // { staticModules = modules; });
        functor = self.defaultFunctor "deferredModuleWith" // {
          type = self.deferredModuleWith;
          payload = { inherit staticModules; };
          binOp = a: b: { staticModules = a.staticModules ++ b.staticModules; };
        };
      };

    optionDeclaration = mkOptionType {
      name = "optionDeclaration";
      description = "option declaration";
      descriptionClass = "noun";
      check = value: self.isType "option" value && !(value ? value);
    };
    optionType = simple "optionType" "optionType" (self.isType "option-type") // {
      merge =
        loc: defs:
        let
          declarations = map (def: {
            _file = def.file;
            options = lib.mkOption { type = def.value; };
          }) defs;
        in
        if length defs == 1 then
          (head defs).value
        else
          (lib.modules.fixupOptionType loc (lib.mergeOptionDecls loc declarations)).type;
    };

    enum =
      values:
      let
        show =
          value:
          if isString value then
            "\"${value}\""
          else if isInt value then
            toString value
          else if isBool value then
            lib.boolToString value
          else
            "<${builtins.typeOf value}>";
      in
      mkOptionType {
        name = "enum";
        description =
          if values == [ ] then
            "impossible (empty enum)"
          else if length values == 1 then
            "value ${show (head values)} (singular enum)"
          else
            "one of ${lib.concatMapStringsSep ", " show values}";
        descriptionClass = if length values < 2 then "noun" else "conjunction";
        check = value: elem value values;
        merge = lib.mergeEqualOption;
        functor = self.defaultFunctor "enum" // {
          type = payload: self.enum payload.values;
          payload = { inherit values; };
          binOp = a: b: { values = lib.unique (a.values ++ b.values); };
        };
      };

    serializableValueWith =
      {
        typeName,
        nullable ? true,
      }:
      let
        known = self.oneOf [
          self.bool
          self.int
          self.float
          self.str
          self.path
          (self.attrsOf any)
          (self.listOf any)
        ];
        any = (if nullable then self.nullOr known else known) // { description = "${typeName} value"; };
      in
      any;
    json = self.serializableValueWith { typeName = "JSON"; };
    toml = self.serializableValueWith {
      typeName = "TOML";
      nullable = false;
    };

    either =
      a: b:
      let
        functor = elemFunctor "either" { elemType = [ a b ]; } // {
          type = payload: self.either (head payload.elemType) (elemAt payload.elemType 1);
        };
      in
      mkOptionType {
        name = "either";
        description =
          if a.descriptionClass or null == "nonRestrictiveClause" then
            "${a.description}, or ${inConjunction b}"
          else
            "${inConjunction a} or ${classes [ "noun" "conjunction" "composite" ] b}";
        descriptionClass = "conjunction";
        check = coherent (value: a.check value || b.check value);
        merge = twoStep (
          { loc, defs }:
          let
            first = checkedMerge a loc defs;
            second = checkedMerge b loc defs;
            headError.message = "The option `${showOption loc}` is neither a value of type `${a.description}` nor `${b.description}`, Definition values: ${showDefs defs}";
          in
          if first.headError == null then
            first
          else if second.headError == null then
            second
          else
            {
              inherit headError;
              valueMeta = { inherit headError; };
              value = lib.mergeOneOption loc defs;
            }
        );
        typeMerge =
          other:
          let
            left = a.typeMerge (head other.payload.elemType).functor;
            right = b.typeMerge (elemAt other.payload.elemType 1).functor;
          in
          if other.name == "either" && left != null && right != null then self.either left right else null;
        inherit functor;
        nestedTypes = {
          left = a;
          right = b;
        };
      };
    oneOf =
      types:
      if types == [ ] then
        throw "types.oneOf needs to get at least one type in its argument"
      else
        foldl' self.either (head types) (builtins.tail types);

    coercedTo =
      from: coerce: to:
      assert lib.assertMsg (from.getSubModules == null) "coercedTo: coercedType must not have submodules (it’s a ${from.description})";
      mkOptionType rec {
        name = "coercedTo";
        description = "${classes [ "noun" ] to} or ${classes [ "noun" ] from} convertible to it";
        check = coherent (value: (from.check value && to.check (coerce value)) || to.check value);
        merge = twoStep (
          { loc, defs }:
          let
            coerced = map (
              def:
              def
              // {
                value =
                  let
                    fits = if from.merge ? v2 then (checkedMerge from loc [ def ]).headError == null else from.check def.value;
                  in
                  if fits then coerce def.value else def.value;
              }
            ) defs;
          in
          if to.merge ? v2 then
            checkedMerge to loc coerced
          else
            {
              value = to.merge loc coerced;
              valueMeta = { };
              headError = headError check defs;
            }
        );
        inherit (to) emptyValue getSubOptions getSubModules;
        substSubModules = modules: self.coercedTo from coerce (to.substSubModules modules);
        typeMerge = _: null;
        functor = self.defaultFunctor "coercedTo";
        nestedTypes = {
          coercedType = from;
          finalType = to;
        };
      };

    addCheck =
      type: check:
      type
      // (
        if type.merge ? v2 then
          {
            check = coherent (value: type.check value && check value);
            merge = twoStep (
              { loc, defs }:
              let
                merged = type.merge.v2 { inherit loc defs; };
              in
              merged
              // {
                headError = if merged.headError != null then merged.headError else headError check defs;
              }
            );
          }
        else
          { check = value: type.check value && check value; }
      );
  };
in
self
