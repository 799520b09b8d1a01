# What packages say about themselves.
{ lib }:
let
  self = {
    addMetaAttrs =
      extra: package:
      let
        merged = old: { meta = old.meta or { } // extra; };
      in
      if package ? overrideAttrs then package.overrideAttrs merged else package // merged package;
    dontDistribute = self.addMetaAttrs { hydraPlatforms = [ ]; };
    setName = name: package: package // { inherit name; };
    updateName = update: package: package // { name = update package.name; };
    appendToName =
      suffix:
      self.updateName (
        name:
        let
          parsed = builtins.parseDrvName name;
        in
        "${parsed.name}-${suffix}-${parsed.version}"
      );
    mapDerivationAttrset = f: builtins.mapAttrs (_: value: if lib.isDerivation value then f value else value);
    defaultPriority = 5;
    setPrio = priority: self.addMetaAttrs { inherit priority; };
    lowPrio = self.setPrio 10;
    lowPrioSet = self.mapDerivationAttrset self.lowPrio;
    hiPrio = self.setPrio (-10);
    hiPrioSet = self.mapDerivationAttrset self.hiPrio;
    platformMatch =
      platform: pattern:
      if builtins.isString pattern then
        pattern == platform.system or null
      else
        lib.matchAttrs (if pattern ? parsed then pattern else { parsed = pattern; }) platform;
    availableOn =
      platform: package:
      let
        matches = builtins.any (self.platformMatch platform);
      in
      (!(package ? meta.platforms) || matches package.meta.platforms)
      && (!(package ? meta.badPlatforms) || !(matches package.meta.badPlatforms));
    licensesSpdx = lib.mapAttrs' (_: license: lib.nameValuePair license.spdxId license) (
      lib.filterAttrs (_: license: license ? spdxId) lib.licenses
    );
    getLicenseFromSpdxId =
      id:
      self.getLicenseFromSpdxIdOr id (
        lib.warn "no license has the SPDX id ${id}" {
          shortName = id;
          spdxId = id;
        }
      );
    getLicenseFromSpdxIdOr =
      id: default: (lib.mapAttrs' (name: lib.nameValuePair (lib.toLower name)) self.licensesSpdx).${lib.toLower id} or default;
    getExe =
      package:
      self.getExe' package (
        # A package without it is warned about; whether its name serves instead is not sure.
        package.meta.mainProgram or (lib.getName package)
      );
    getExe' =
      package: name:
      if !lib.isDerivation package then
        throw "lib.meta.getExe': The first argument is of type ${builtins.typeOf package}, but it should be a derivation instead."
      else if !builtins.isString name then
        throw "lib.meta.getExe': The second argument is of type ${builtins.typeOf name}, but it should be a string instead."
      else if lib.hasInfix "/" name then
        throw "lib.meta.getExe': The second argument \"${name}\" is a nested path with a \"/\" character, but it should just be the name of the executable instead."
      else
        "${lib.getBin package}/bin/${name}";
    cpeFullVersionWithVendor = vendor: version: {
      inherit vendor version;
      update = "*";
    };
  };
in
self
