# The markers that modules are written with. What evaluates modules is not in
# here: `__evalModules` and kin come from the layer that knows option trees.
{ lib }:
let
  inherit (builtins)
    any concatLists concatMap filter foldl' head isAttrs isBool length map mapAttrs;
  inherit (lib) showFiles showOption;
  typeOf = value: value._type or "";
  defaultOverridePriority = 100;
  defaultOrderPriority = 1000;

  self = {
    inherit defaultOverridePriority defaultOrderPriority;

    evalModules = __evalModules;
    evalOptionValue = __evalOptionValue;
    mergeModules = __mergeModules;
    mergeModules' = __mergeModulesPrime;
    mergeOptionDecls = __mergeOptionDecls;
    collectModules = __collectModules;

    mkIf = condition: content: {
      _type = "if";
      inherit condition content;
    };
    mkMerge = contents: {
      _type = "merge";
      inherit contents;
    };
    mkOverride = priority: content: {
      _type = "override";
      inherit priority content;
    };
    mkOptionDefault = self.mkOverride 1500;
    mkDefault = self.mkOverride 1000;
    mkImageMediaOverride = self.mkOverride 60;
    mkForce = self.mkOverride 50;
    mkVMOverride = self.mkOverride 10;
    mkFixStrictness = value: value;
    mkStrict = value: value;
    mkOrder = priority: content: {
      _type = "order";
      inherit priority content;
    };
    mkBefore = self.mkOrder 500;
    mkAfter = self.mkOrder 1500;
    mkDefinition = { file, value, ... }@args: args // { _type = "definition"; };
    mkAssert =
      assertion: message:
      self.mkIf (if assertion then true else throw "\nFailed assertion: ${message}");

    mkAliasDefinitions = self.mkAliasAndWrapDefinitions (value: value);
    mkAliasAndWrapDefinitions =
      wrap: option: self.mkIf option.isDefined (wrap (self.mkMerge option.definitions));
    mkAliasAndWrapDefsWithPriority =
      wrap: option:
      let
        priority = option.highestPrio or defaultOverridePriority;
      in
      self.mkIf option.isDefined (wrap (self.mkMerge (map (self.mkOverride priority) option.definitions)));
    mkAliasIfDef = option: self.mkIf option.isDefined;
    mkDerivedConfig = option: f: self.mkOverride (option.highestPrio or defaultOverridePriority) (f option.value);

    setDefaultModuleLocation = file: module: {
      _file = file;
      imports = [ module ];
    };
    importApply = path: argument: self.setDefaultModuleLocation path (import path argument);
    importJSON = file: {
      _file = file;
      config = lib.importJSON file;
    };
    importTOML = file: {
      _file = file;
      config = lib.importTOML file;
    };
    fixMergeModules =
      modules: args:
      self.evalModules {
        inherit modules args;
        check = false;
      };
    applyModuleArgsIfFunction =
      key: module: args:
      if lib.isFunction module then
        let
          known = lib.functionArgs module;
          extra = mapAttrs (name: _: args.${name} or args.config._module.args.${name}) known;
        in
        module (args // extra)
      else
        module;

    unifyModuleSyntax =
      file: key: module:
      let
        own = [ "_class" "_file" "key" "disabledModules" "imports" "options" "config" "meta" "freeformType" ];
        surplus = removeAttrs module own;
        parts =
          config:
          let
            extra =
              lib.optional (module ? meta) { inherit (module) meta; }
              ++ lib.optional (module ? freeformType) { _module.freeformType = module.freeformType; };
          in
          if extra == [ ] then config else self.mkMerge ([ config ] ++ extra);
        common = {
          _file = toString module._file or file;
          _class = module._class or null;
          key = toString module.key or key;
          disabledModules = module.disabledModules or [ ];
        };
      in
      if module ? config || module ? options then
        if surplus != { } then
          throw "Module `${key}' has an unsupported attribute `${head (builtins.attrNames surplus)}'."
        else
          common
          // {
            imports = module.imports or [ ];
            options = module.options or { };
            config = parts (module.config or { });
          }
      else if isAttrs module then
        common
        // {
          imports = module.require or [ ] ++ module.imports or [ ];
          options = { };
          config = parts (removeAttrs module (own ++ [ "require" ]));
        }
      else
        throw "module ${file} (${key}) does not look like a module.";

    # Definitions: conditions, then priorities, then order.
    pushDownProperties =
      config:
      let
        inside = wrap: map (value: if isAttrs value then mapAttrs (_: wrap) value else value) (self.pushDownProperties config.content);
      in
      {
        merge = concatMap self.pushDownProperties config.contents;
        "if" = inside (self.mkIf config.condition);
        override = inside (self.mkOverride config.priority);
      }
      .${typeOf config} or [ config ];
    dischargeProperties =
      definition:
      if typeOf definition == "merge" then
        concatMap self.dischargeProperties definition.contents
      else if typeOf definition == "if" then
        if !isBool definition.condition then
          throw "‘mkIf’ called with a non-Boolean condition"
        else if definition.condition then
          self.dischargeProperties definition.content
        else
          [ ]
      else
        [ definition ];
    filterOverrides = definitions: (self.filterOverrides' definitions).values;
    filterOverrides' =
      definitions:
      let
        overrides = definition: definition.value._type or "" == "override";
        priority = definition: if overrides definition then definition.value.priority else defaultOverridePriority;
        highestPrio = foldl' (highest: definition: lib.min highest (priority definition)) 9999 definitions;
        strip = definition: if overrides definition then definition // { value = definition.value.content; } else definition;
      in
      {
        values = map strip (filter (definition: priority definition == highestPrio) definitions);
        inherit highestPrio;
      };
    sortProperties =
      definitions:
      let
        strip =
          definition:
          if typeOf definition.value == "order" then
            definition
            // {
              value = definition.value.content;
              inherit (definition.value) priority;
            }
          else
            definition;
        priority = definition: definition.priority or defaultOrderPriority;
      in
      builtins.sort (a: b: priority a < priority b) (map strip definitions);
    mapDefinitionValue =
      f: definition:
      let
        inside = field: definition // { ${field} = self.mapDefinitionValue f definition.${field}; };
      in
      {
        merge = definition // {
          contents = map (self.mapDefinitionValue f) definition.contents;
        };
        "if" = inside "content";
        override = inside "content";
        order = inside "content";
        definition = inside "value";
      }
      .${typeOf definition} or (f definition);

    mergeDefinitions =
      loc: type: definitions:
      let
        plain = length definitions == 1 && !(isAttrs (head definitions).value && (head definitions).value ? _type);
        normal = concatMap (
          definition:
          map (
            value:
            if typeOf value == "definition" then
              value
            else
              {
                inherit (definition) file;
                inherit value;
              }
          ) (self.dischargeProperties definition.value)
        ) definitions;
        chosen = self.filterOverrides' normal;
        ordered = any (definition: typeOf definition.value == "order") chosen.values;
        wrong = filter (definition: !type.check definition.value) defsFinal;
        mismatch = "A definition for option `${showOption loc}' is not of type `${type.description}'.";

        defsFinal' =
          if plain then
            {
              values = definitions;
              highestPrio = defaultOverridePriority;
            }
          else
            {
              values = if ordered then self.sortProperties chosen.values else chosen.values;
              inherit (chosen) highestPrio;
            };
        defsFinal = defsFinal'.values;
        isDefined = defsFinal != [ ];
        v2 = type.merge.v2 {
          inherit loc;
          defs = defsFinal;
        };
        checkedAndMerged =
          if type.merge ? v2 then
            v2 // { valueMeta = v2.valueMeta // { _internal = { inherit type; }; }; }
          else
            {
              headError = null;
              value = mergedValue;
              valueMeta = { };
            };
        mergedValue =
          if isDefined then
            if type.merge ? v2 then
              if checkedAndMerged.headError or null != null then
                throw "${mismatch} TypeError: ${checkedAndMerged.headError.message}"
              else
                checkedAndMerged.value
            else if wrong == [ ] then
              type.merge loc defsFinal
            else
              throw "${mismatch} Definition values:${lib.options.showDefs wrong}"
          else
            type.emptyValue.value
              or (throw "The option `${showOption loc}' was accessed but has no value defined. Try setting the option.");
      in
      {
        inherit defsFinal' defsFinal isDefined checkedAndMerged mergedValue;
        optionalValue = if isDefined then { value = mergedValue; } else { };
      };
    mergeAttrDefinitionsWithPrio =
      option:
      let
        perName = concatMap (
          definition:
          concatMap (lib.mapAttrsToList (name: value: { ${name} = definition // { inherit value; }; })) (
            map (value: value) (self.pushDownProperties definition.value)
          )
        ) option.definitionsWithLocations;
      in
      assert option.type.name == "attrsOf" || option.type.name == "lazyAttrsOf";
      mapAttrs (
        name: definitions:
        let
          merged = self.mergeDefinitions (option.loc ++ [ name ]) option.type.nestedTypes.elemType definitions;
        in
        {
          value = merged.mergedValue;
          inherit (merged.defsFinal') highestPrio;
        }
      ) (lib.zipAttrs (concatLists [ perName ]));
    fixupOptionType =
      loc: option:
      if option.type.getSubModules or null == null then
        option // { type = option.type or lib.types.unspecified; }
      else
        option
        // {
          type = option.type.substSubModules option.options;
          options = [ ];
        };

    # Modules that keep a former name of an option working.
    mkRemovedOptionModule =
      path: advice:
      { options, ... }:
      let
        option = lib.getAttrFromPath path options;
        gone = "The option definition `${showOption path}' in ${showFiles option.files} no longer has any effect; please remove it.\n${advice}\n";
      in
      {
        options = lib.setAttrByPath path (
          lib.mkOption {
            visible = false;
            apply = _: throw "The option `${showOption path}' can no longer be used since it's been removed. ${advice}";
          }
        );
        config.assertions = [
          {
            assertion = !option.isDefined;
            message = gone;
          }
        ];
      };
    mkRenamedOptionModule =
      from: to:
      self.doRename {
        inherit from to;
        visible = false;
        warn = true;
        use = builtins.trace "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";
      };
    mkRenamedOptionModuleWith =
      {
        from,
        to,
        sinceRelease,
      }:
      let
        warn = lib.oldestSupportedReleaseIsAtLeast sinceRelease;
      in
      self.doRename {
        inherit from to warn;
        visible = false;
        use = lib.warnIf warn "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";
      };
    mkAliasOptionModule =
      from: to:
      self.doRename {
        inherit from to;
        visible = true;
        warn = false;
        use = value: value;
      };
    mkAliasOptionModuleMD = self.mkAliasOptionModule;
    doRename =
      {
        from,
        to,
        visible,
        warn,
        use,
        withPriority ? true,
        condition ? true,
      }:
      { config, options, ... }:
      let
        old = lib.getAttrFromPath from options;
        target = lib.attrByPath to (abort "Renaming error: option `${showOption to}' does not exist.");
        type = (lib.attrByPath to { } options).type or (lib.types.submodule { });
        alias = if withPriority then self.mkAliasAndWrapDefsWithPriority else self.mkAliasAndWrapDefinitions;
        warning = "The option `${showOption from}' defined in ${showFiles old.files} has been renamed to `${showOption to}'.";
      in
      {
        options = lib.setAttrByPath from (
          lib.mkOption {
            inherit visible;
            description = "Alias of {option}`${showOption to}`.";
            apply = _: use (target config);
          }
          // lib.optionalAttrs (type != null) { inherit type; }
        );
        config = self.mkIf condition (
          self.mkMerge [
            (lib.optionalAttrs (options ? warnings) { warnings = lib.optional (warn && old.isDefined) warning; })
            (alias (lib.setAttrByPath to) old)
          ]
        );
      };
    mkMergedOptionModule =
      from: to: merge:
      { config, options, ... }:
      let
        unset = "_mkMergedOptionModule";
        used = filter (path: lib.getAttrFromPath path config != unset) from;
        warning =
          path:
          "The option `${showOption path}' defined in ${showFiles (lib.getAttrFromPath path options).files} has been changed to `${showOption to}' that has a different type. Please read `${showOption to}' documentation and update your configuration accordingly.";
        declare =
          path:
          lib.setAttrByPath path (
            lib.mkOption {
              visible = false;
              default = unset;
            }
          );
      in
      {
        options = foldl' lib.recursiveUpdate { } (map declare from);
        config = {
          warnings = map warning used;
        }
        // lib.setAttrByPath to (self.mkMerge (lib.optional (used != [ ]) (merge config)));
      };
    mkChangedOptionModule = from: self.mkMergedOptionModule [ from ];
  };
in
self
