# blueprint: hosts, their users, modules and packages where the framework's folders say.
{ lib }:
let
  inherit (builtins) pathExists readDir;
  inherit (lib)
    attrNames
    concatMapAttrs
    filterAttrs
    genAttrs
    hasSuffix
    mapAttrs
    mapAttrs'
    mkDefault
    optional
    optionalAttrs
    removeSuffix
    ;

  # Files with this ending and all folders, by name: a file goes before a folder of the same name.
  entriesIn =
    ending: folder:
    let
      found = readDir folder;
      entry = name: type: {
        path = folder + "/${name}";
        inherit type;
      };
    in
    mapAttrs entry (filterAttrs (_: type: type == "directory") found)
    // concatMapAttrs (
      name: type:
      optionalAttrs (type != "directory" && hasSuffix ending name) {
        ${removeSuffix ending name} = entry name type;
      }
    ) found;
  importDir = folder: f: optionalAttrs (pathExists folder) (f (entriesIn ".nix" folder));
  importTomlFilesAt =
    folder: f:
    optionalAttrs (pathExists folder) (f (filterAttrs (_: entry: entry.type != "directory") (entriesIn ".toml" folder)));
  entries = folder: importDir folder (found: found);
  entriesPath = mapAttrs (_: entry: entry.path);
  optionalPathAttrs = path: f: optionalAttrs (pathExists path) (f path);
  tryImport = path: arguments: optionalPathAttrs path (path: import path arguments);
  withPrefix = prefix: mapAttrs' (name: value: lib.nameValuePair "${prefix}${name}" value);

  # Outputs of hosts, by the class that a host says it is of.
  outputs = {
    nixosConfigurations = "nixos";
    darwinConfigurations = "nix-darwin";
    systemConfigs = "system-manager";
    robotnixConfigurations = "robotnix";
    nixOnDroidConfigurations = "nix-on-droid";
  };

  mkBlueprint =
    {
      inputs,
      prefix ? null,
      nixpkgs ? { },
      systems ? inputs.systems or [
        "aarch64-darwin"
        "aarch64-linux"
        "x86_64-darwin"
        "x86_64-linux"
      ],
    }:
    let
      flake = inputs.self;
      src =
        if prefix == null then
          flake
        else if builtins.isPath prefix then
          prefix
        else
          "${flake}/${prefix}";
      specialArgs = {
        inherit inputs flake;
        self = throw "self was renamed to flake";
      };

      ## Systems
      bySystem = genAttrs (if lib.isList systems then systems else import systems);
      isPlain = nixpkgs.config or { } == { } && nixpkgs.overlays or [ ] == [ ];
      perSystemOf =
        system: ownPackages:
        mapAttrs (
          name: input:
          input.legacyPackages.${system} or { }
          // (if name == "self" then ownPackages else input.packages.${system} or { })
        ) inputs;
      scopes = bySystem (system: rec {
        inherit inputs flake system;
        perSystem = perSystemOf system packages.${system};
        pkgs =
          if isPlain then
            perSystem.nixpkgs
          else
            import inputs.nixpkgs {
              inherit system;
              config = nixpkgs.config or { };
              overlays = nixpkgs.overlays or [ ];
            };
      });
      eachSystem = f: bySystem (system: f scopes.${system});
      perSystemArgument = system: { _module.args.perSystem = scopes.${system}.perSystem; };

      ## Users: hosts/<host>/users/<user>.nix, or a folder with home-configuration.nix.
      users = filterAttrs (_: users: users != { }) (
        mapAttrs (
          _: host:
          concatMapAttrs (
            user: entry:
            if entry.type == "regular" then
              { ${user} = entry.path; }
            else if pathExists (entry.path + "/home-configuration.nix") then
              { ${user} = entry.path + "/home-configuration.nix"; }
            else
              { }
          ) (entries (host.path + "/users"))
        ) (filterAttrs (_: entry: entry.type == "directory") (entries (src + "/hosts")))
      );
      usersOf =
        host: homeManager:
        optional (users ? ${host}) {
          imports = [ homeManager ];
          home-manager = {
            sharedModules = [ ({ osConfig, ... }: perSystemArgument osConfig.nixpkgs.hostPlatform.system) ];
            extraSpecialArgs = specialArgs;
            users = users.${host};
            useGlobalPkgs = mkDefault true;
            useUserPackages = mkDefault true;
          };
        };
      homes = eachSystem (
        { pkgs, system, ... }:
        {
          homeConfigurations = concatMapAttrs (
            host:
            mapAttrs' (
              user: module:
              lib.nameValuePair "${user}@${host}" (
                inputs.home-manager.lib.homeManagerConfiguration {
                  inherit pkgs;
                  extraSpecialArgs = specialArgs;
                  modules = [
                    (perSystemArgument system)
                    module
                    (
                      { config, ... }:
                      {
                        home.username = mkDefault user;
                        home.homeDirectory = mkDefault (
                          if pkgs.stdenv.isDarwin then "/Users/${config.home.username}" else "/home/${config.home.username}"
                        );
                      }
                    )
                  ];
                }
              )
            )
          ) users;
        }
      );

      ## Hosts: what a folder of hosts/ holds says which class of host it is.
      system =
        class: build: homeManager: host: path: extra: {
          inherit class;
          value = build {
            specialArgs = specialArgs // { hostName = host; } // extra;
            modules = [
              (
                { config, ... }:
                {
                  config = {
                    _module.args.perSystem = scopes.${config.nixpkgs.hostPlatform.system}.perSystem;
                  }
                  // optionalAttrs (!isPlain) {
                    nixpkgs.pkgs = mkDefault scopes.${config.nixpkgs.hostPlatform.system}.pkgs;
                  };
                }
              )
              path
            ]
            ++ usersOf host homeManager;
          };
        };
      host =
        name:
        { path, ... }:
        let
          has = file: pathExists (path + "/${file}");
          file = file: path + "/${file}";
        in
        if has "default.nix" then
          import (file "default.nix") {
            inherit flake inputs;
            hostName = name;
          }
        else if has "configuration.nix" then
          system "nixos" inputs.nixpkgs.lib.nixosSystem inputs.home-manager.nixosModules.default name (file "configuration.nix") { }
        else if has "rpi-configuration.nix" then
          system "nixos" inputs.nixos-raspberrypi.lib.nixosSystem inputs.home-manager.nixosModules.default name
            (file "rpi-configuration.nix")
            { inherit (inputs) nixos-raspberrypi; }
        else if has "darwin-configuration.nix" then
          system "nix-darwin" inputs.nix-darwin.lib.darwinSystem inputs.home-manager.darwinModules.default name
            (file "darwin-configuration.nix")
            { }
        else if has "system-configuration.nix" then
          {
            class = "system-manager";
            value = inputs.system-manager.lib.makeSystemConfig {
              extraSpecialArgs = specialArgs // {
                hostName = name;
              };
              modules = [
                ({ config, ... }: perSystemArgument config.nixpkgs.hostPlatform)
                (file "system-configuration.nix")
              ];
            };
          }
        else if users ? ${name} then
          null
        else
          throw "host '${name}' does not have a configuration";
      hosts = filterAttrs (_: host: host != null) (mapAttrs host (entries (src + "/hosts")));

      ## Modules: modules/<class>/<name>. One that asks for nothing but the flake it stands in gets that.
      publish =
        path:
        let
          module = import path;
          publisher = { inherit flake inputs; };
        in
        if builtins.isFunction module && lib.all (name: publisher ? ${name}) (attrNames (lib.functionArgs module)) then
          lib.setDefaultModuleLocation path (module publisher)
        else
          path;
      modules = mapAttrs (_: class: mapAttrs (_: publish) (entriesPath (entries class.path))) (
        filterAttrs (_: entry: entry.type == "directory") (entries (src + "/modules"))
      );

      ## Packages and the like
      call =
        scope: pname: entry:
        lib.callPackageWith (scope // { inherit pname; }) entry.path { };
      file = name: path: optionalAttrs (pathExists path) { ${name} = { inherit path; }; };
      packageEntries =
        entries (src + "/packages") // file "default" (src + "/package.nix") // file "formatter" (src + "/formatter.nix");
      mkPackagesFor =
        pkgs:
        let
          system = pkgs.stdenv.hostPlatform.system;
          own = mapAttrs (call {
            inherit
              inputs
              flake
              pkgs
              system
              ;
            perSystem = perSystemOf system own;
          }) packageEntries;
        in
        own;
      packages = eachSystem ({ pkgs, ... }: mkPackagesFor pkgs);
      shells = filterAttrs (_: entry: entry.type != "directory" || pathExists (entry.path + "/default.nix")) (
        entries (src + "/devshells")
      );
      tomlShells =
        importTomlFilesAt (src + "/devshells") (found: found)
        // file "default" (src + "/devshell.toml");
      devShells = eachSystem (
        scope:
        mapAttrs (
          _: entry:
          scope.perSystem.devshell.mkShell {
            _module.args = { inherit (scope) perSystem; };
            imports = [ (scope.perSystem.devshell.importTOML entry.path) ];
          }
        ) tomlShells
        // mapAttrs (call scope) (shells // file "default" (src + "/devshell.nix"))
      );
      checks = eachSystem (
        scope:
        let
          ofSystem = filterAttrs (_: host: host.pkgs.stdenv.hostPlatform.system == scope.system);
        in
        withPrefix "pkgs-" (flake.packages.${scope.system} or { })
        // withPrefix "devshell-" (flake.devShells.${scope.system} or { })
        // withPrefix "nixos-" (
          mapAttrs (_: host: host.config.system.build.toplevel) (ofSystem (flake.nixosConfigurations or { }))
        )
        // withPrefix "darwin-" (mapAttrs (_: host: host.system) (ofSystem (flake.darwinConfigurations or { })))
        // mapAttrs (pname: entry: import entry.path (scope // { inherit pname; })) (entries (src + "/checks"))
      );
    in
    mapAttrs (
      _: class: mapAttrs (_: host: host.value) (filterAttrs (_: host: host.class == class) hosts)
    ) outputs
    // {
      inherit
        checks
        devShells
        mkPackagesFor
        modules
        packages
        ;
      lib = tryImport (src + "/lib") specialArgs;
      __functor = _: flake.lib.__functor flake;
      formatter = eachSystem ({ pkgs, perSystem, ... }: perSystem.self.formatter or pkgs.nixfmt-tree);
      legacyPackages = optionalAttrs (users != { }) homes;
      nixosModules = modules.nixos or { };
      darwinModules = modules.darwin or { };
      homeModules = modules.home or { };
      templates = mapAttrs (
        name: entry: {
          inherit (entry) path;
          description =
            if pathExists (entry.path + "/flake.nix") then (import (entry.path + "/flake.nix")).description or name else name;
        }
      ) (entries (src + "/templates"));
    };
in
{
  __functor = _: mkBlueprint;
  lib = {
    inherit
      entriesPath
      importDir
      importTomlFilesAt
      mkBlueprint
      optionalPathAttrs
      tryImport
      withPrefix
      ;
    __functor = _: mkBlueprint;
  };
}
