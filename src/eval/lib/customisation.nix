# Packages that can be changed after they were made.
{ lib }:
let
  inherit (builtins) attrNames intersectAttrs isAttrs listToAttrs map mapAttrs;
  inherit (lib) extends functionArgs isFunction mirrorFunctionArgs setFunctionArgs;
  when = condition: name: if condition then name else null;
  positions = [ "BuildBuild" "BuildHost" "BuildTarget" "HostHost" "HostTarget" "TargetTarget" ];
  field = position: lib.toLower (builtins.substring 0 1 position) + builtins.substring 1 (-1) position;

  self = {
    overrideDerivation =
      drv: f:
      let
        made = derivation (drv.drvAttrs // f drv);
        extra = {
          meta = drv.meta or { };
          passthru = drv.passthru or { };
        }
        // drv.passthru or { };
      in
      self.extendDerivation (builtins.seq drv.drvPath true) extra made;

    makeOverridable =
      f:
      let
        mirror = mirrorFunctionArgs f;
        call =
          args:
          let
            result = f args;
            override = mirror (
              change: self.makeOverridable f (args // (if isFunction change then change args else change))
            );
            remade = change: self.makeOverridable (mirror (given: change (f given))) args;
          in
          if isAttrs result then
            result
            // {
              inherit override;
              overrideDerivation = change: remade (package: self.overrideDerivation package change);
              ${when (result ? overrideAttrs) "overrideAttrs"} = change: remade (package: package.overrideAttrs change);
            }
          else if isFunction result then
            setFunctionArgs result (functionArgs result) // { inherit override; }
          else
            result;
      in
      if isAttrs f then
        f // mirror call // { ${when (f ? override) "override"} = change: self.makeOverridable (f.override change); }
      else
        mirror call;

    callPackageWith =
      auto: file: args:
      let
        f = if isFunction file then file else import file;
        formals = functionArgs f;
        given = intersectAttrs formals auto // args;
        missing = builtins.filter (name: !formals.${name}) (attrNames (removeAttrs formals (attrNames given)));
      in
      if missing == [ ] then
        self.makeOverridable f given
      else
        abort "lib.customisation.callPackageWith: Function called without required argument \"${builtins.head missing}\"";
    callPackagesWith =
      auto: file: args:
      let
        f = if isFunction file then file else import file;
        given = intersectAttrs (functionArgs f) auto // args;
        packages = f given;
        mirror = mirrorFunctionArgs f;
      in
      if lib.isDerivation packages then
        throw "function `callPackages` was called on a *single* derivation \"${packages.name or "<unknown-name>"}\"; did you mean to use `callPackage` instead?"
      else
        mapAttrs (name: _: self.makeOverridable (mirror (args: (f args).${name})) given) packages;

    extendDerivation =
      condition: passthru: drv:
      let
        checked = value: assert condition; value;
        outputs = map (
          name:
          lib.nameValuePair name (
            common
            // {
              inherit (drv.${name}) type outputName;
              outputSpecified = true;
              drvPath = checked drv.${name}.drvPath;
              outPath = checked drv.${name}.outPath;
              ${when (passthru ? overrideAttrs) "overrideAttrs"} = f: (passthru.overrideAttrs f).${name};
            }
          )
        ) (drv.outputs or [ "out" ]);
        common =
          drv
          // listToAttrs outputs
          // {
            all = map (output: output.value) outputs;
          }
          // passthru
          // {
            drvPath = checked drv.drvPath;
            outPath = checked drv.outPath;
          };
      in
      common;
    hydraJob =
      drv:
      let
        outputs = drv.outputs or [ "out" ];
        made = map (
          outputName:
          lib.nameValuePair outputName (
            common
            // {
              inherit (drv.${outputName}) outPath drvPath;
              type = "derivation";
              inherit outputName;
            }
          )
        ) outputs;
        common = {
          inherit (drv) name system meta;
          inherit outputs;
        }
        // lib.optionalAttrs (drv._hydraAggregate or false) {
          _hydraAggregate = true;
          constituents = map self.hydraJob (lib.flatten drv.constituents);
        }
        // listToAttrs made;
        first = (builtins.head made).value;
      in
      if drv == null then null else builtins.deepSeq first first;

    makeScope =
      newScope: f:
      let
        scope = {
          callPackage = scope.newScope { };
        }
        // f scope
        // {
          newScope = extra: newScope (scope // extra);
          overrideScope = overlay: self.makeScope newScope (extends overlay f);
          packages = f;
        };
      in
      scope;
    makeScopeWithSplicing =
      splicePackages: newScope: otherSplices: keep: extra: f:
      self.makeScopeWithSplicing' { inherit splicePackages newScope; } { inherit otherSplices keep extra f; };
    makeScopeWithSplicing' =
      { splicePackages, newScope }@how:
      {
        otherSplices,
        keep ? (_: { }),
        extra ? (_: { }),
        f,
      }:
      let
        packages = listToAttrs (
          map (position: lib.nameValuePair "pkgs${position}" otherSplices."self${position}") positions
        );
        spliced0 = splicePackages (packages // { pkgsHostTarget = scope; });
        spliced = extra spliced0 // spliced0 // keep scope;
        scope = f scope // {
          newScope = more: newScope (spliced // more);
          callPackage = newScope spliced;
          overrideScope =
            overlay:
            self.makeScopeWithSplicing' how {
              inherit otherSplices keep extra;
              f = extends overlay f;
            };
          packages = f;
        };
      in
      scope;

    extendMkDerivation =
      {
        constructDrv,
        excludeDrvArgNames ? [ ],
        excludeFunctionArgNames ? [ ],
        extendDrvArgs,
        inheritFunctionArgs ? true,
        transformDrv ? (drv: drv),
      }:
      {
        inherit constructDrv excludeDrvArgNames extendDrvArgs transformDrv;
        __functor =
          _: args:
          transformDrv (
            constructDrv (
              final:
              let
                previous = if isFunction args then args final else args;
              in
              removeAttrs previous excludeDrvArgNames // extendDrvArgs final previous
            )
          );
        __functionArgs = removeAttrs (
          lib.optionalAttrs inheritFunctionArgs (removeAttrs (functionArgs constructDrv) excludeDrvArgNames)
          // functionArgs (extendDrvArgs { })
        ) excludeFunctionArgNames;
      };

    renameCrossIndexFrom =
      prefix: set: listToAttrs (map (position: lib.nameValuePair (field position) set."${prefix}${position}") positions);
    renameCrossIndexTo =
      prefix: set: listToAttrs (map (position: lib.nameValuePair "${prefix}${position}" set.${field position}) positions);
    mapCrossIndex =
      f:
      {
        buildBuild,
        buildHost,
        buildTarget,
        hostHost,
        hostTarget,
        targetTarget,
      }@index:
      mapAttrs (_: f) index;
  };
in
self
