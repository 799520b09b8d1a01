# What lies on disk.
{ lib }:
let
  inherit (builtins) attrNames pathExists readDir readFileType;
  self = {
    inherit (builtins) baseNameOf dirOf hashFile isPath readDir readFileType;
    pathType = readFileType;
    pathIsDirectory = path: pathExists path && readFileType path == "directory";
    pathIsRegularFile = path: pathExists path && readFileType path == "regular";
    haskellPathsInDir =
      root:
      lib.filterAttrs (name: path: pathExists (path + "/${name}.cabal")) (
        builtins.mapAttrs (name: _: root + "/${name}") (readDir root)
      );
    locateDominatingFile =
      pattern: file:
      let
        go =
          path:
          let
            matches = builtins.filter (match: match != null) (map (builtins.match pattern) (attrNames (readDir path)));
          in
          if matches != [ ] then
            { inherit path matches; }
          else if toString path == "/" then
            null
          else
            go (dirOf path);
        isFolder = toString file == "/" || (readDir (dirOf file)).${baseNameOf file} or null == "directory";
      in
      go (if isFolder then file else dirOf file);
    listFilesRecursive =
      let
        go =
          folder:
          builtins.concatLists (
            lib.mapAttrsToList (name: type: if type == "directory" then go (folder + "/${name}") else [ (folder + "/${name}") ]) (
              readDir folder
            )
          );
      in
      go;
    packagesFromDirectoryRecursive =
      {
        callPackage,
        newScope ? null,
        directory,
        ...
      }@args:
      let
        inside =
          scope:
          lib.concatMapAttrs (
            name: type:
            let
              path = directory + "/${name}";
            in
            if type == "directory" then
              { ${name} = self.packagesFromDirectoryRecursive (args // scope // { directory = path; }); }
            else if type == "regular" then
              lib.optionalAttrs (lib.hasSuffix ".nix" name) { ${lib.removeSuffix ".nix" name} = (args // scope).callPackage path { }; }
            else
              throw "lib.filesystem.packagesFromDirectoryRecursive: Unsupported file type ${type} at path ${toString path}\n"
          ) (readDir directory);
      in
      if pathExists (directory + "/package.nix") then
        callPackage (directory + "/package.nix") { }
      else if args ? newScope then
        lib.recurseIntoAttrs (lib.makeScope args.newScope (scope: inside { inherit (scope) callPackage newScope; }))
      else
        inside { };
    resolveDefaultNix =
      path:
      if self.pathIsDirectory path then
        path + "/default.nix"
      else if builtins.isString path && lib.hasSuffix "/" path then
        path + "default.nix"
      else
        path;
  };
in
self
