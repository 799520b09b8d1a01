# ez-configs: a flake-parts module that makes hosts and homes of the files in
# {nixos,darwin,home}-configurations, and offers them those in *-modules.
{ lib }:
let
  inherit (lib)
    concatMapAttrs
    hasSuffix
    isFunction
    mapAttrs
    mkDefault
    mkOption
    optionals
    removeSuffix
    types
    ;

  flag =
    default: description:
    mkOption {
      inherit default description;
      type = types.bool;
    };
  arguments =
    default: description:
    mkOption {
      inherit default description;
      type = types.attrsOf types.anything;
    };

  hostOptions = kind: {
    importDefault = flag true "Whether to import the default module for this host.";
    userHomeModules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Users whose configurations are imported as home manager ${kind}Modules.";
    };
  };
  plainHost = {
    importDefault = true;
    userHomeModules = [ ];
  };

  userOptions = {
    nameFunction = mkOption {
      type = types.nullOr (types.functionTo types.str);
      default = null;
      description = "How the user's configuration for a host is called.";
    };
    importDefault = flag true "Whether to import the default module for this user.";
    passInOsConfig = flag true "Whether to pass the osConfig argument to extraSpecialArgs.";
    standalone = {
      enable = flag false "Whether to create a standalone user configuration.";
      pkgs = mkOption {
        type = types.raw;
        description = "The package set of the home configuration.";
      };
    };
  };
  plainUser = {
    nameFunction = null;
    importDefault = true;
    passInOsConfig = true;
    standalone.enable = false;
  };

  isFile = path: builtins.pathExists path && builtins.readFileType path == "regular";

  # The modules of a folder, by name.
  readModules =
    folder:
    if isFile "${folder}.nix" then
      { default = folder; }
    else if builtins.pathExists folder && builtins.readFileType folder == "directory" then
      concatMapAttrs (
        name: type:
        if type == "regular" && hasSuffix ".nix" name then
          { ${removeSuffix ".nix" name} = "${folder}/${name}"; }
        else if isFile "${folder}/${name}/default.nix" then
          { ${name} = "${folder}/${name}/default.nix"; }
        else
          { }
      ) (builtins.readDir folder)
    else
      { };

  # Modules that are functions of some of the early arguments get those before anybody imports them.
  injectEarly =
    early: modules:
    if early == { } then
      modules
    else
      mapAttrs (
        _: path:
        let
          module = import path;
          formals = lib.functionArgs module;
          own = builtins.intersectAttrs formals early;
        in
        if isFunction module then
          lib.setFunctionArgs (args: module (args // own)) (removeAttrs formals (lib.attrNames own))
        else
          path
      ) modules;

  userImports =
    {
      name,
      settings,
      stdenv,
      users,
      ezModules,
    }:
    [ users.${name} or { } ]
    ++ optionals settings.importDefault (
      [ ezModules.default or { } ]
      ++ optionals stdenv.isDarwin [ ezModules.darwin or { } ]
      ++ optionals stdenv.isLinux [ ezModules.linux or { } ]
    );

  module =
    {
      config,
      inputs,
      ...
    }:
    let
      cfg = config.ezConfigs;

      folder =
        name:
        mkOption {
          type = types.path;
          default = if cfg.root == null then throw "ezConfigs.root is not set" else "${cfg.root}/${name}";
          description = "The folder of ${name}.";
        };
      folders = kind: {
        modulesDirectory = folder "${kind}-modules";
        configurationsDirectory = folder "${kind}-configurations";
        earlyModuleArgs = arguments cfg.earlyModuleArgs "Extra arguments to pass to all ${kind}Modules before exporting them.";
      };
      system =
        kind:
        folders kind
        // {
          specialArgs = arguments cfg.globalArgs "Extra arguments to pass to all ${kind}Configurations.";
          hosts = mkOption {
            type = types.attrsOf (types.submodule { options = hostOptions kind; });
            default = { };
            description = "Settings for creating ${kind}Configurations.";
          };
        };

      modulesOf = kind: injectEarly cfg.${kind}.earlyModuleArgs (readModules cfg.${kind}.modulesDirectory);
      homeModules = modulesOf "home";
      users = readModules cfg.home.configurationsDirectory;

      systems =
        kind: build:
        let
          ezModules = modulesOf kind;
        in
        mapAttrs (
          name: host:
          let
            settings = cfg.${kind}.hosts.${name} or plainHost;
          in
          build {
            specialArgs = cfg.${kind}.specialArgs // {
              inherit ezModules;
            };
            modules = [
              host
              { networking.hostName = mkDefault name; }
            ]
            ++ optionals settings.importDefault [ ezModules.default or { } ]
            ++ optionals (settings.userHomeModules != [ ]) [
              inputs.home-manager."${kind}Modules".default
              {
                home-manager.extraSpecialArgs = cfg.home.extraSpecialArgs // {
                  ezModules = homeModules;
                };
              }
              (
                { pkgs, ... }:
                {
                  home-manager.users = lib.genAttrs settings.userHomeModules (user: {
                    imports =
                      if users ? ${user} then
                        userImports {
                          name = user;
                          settings = cfg.home.users.${user} or plainUser;
                          ezModules = homeModules;
                          inherit (pkgs) stdenv;
                          inherit users;
                        }
                      else
                        throw "User ${user} not found inside homeConfigurations directory, but was added to ${name}.userHomeModules";
                  });
                }
              )
            ];
          }
        ) (readModules cfg.${kind}.configurationsDirectory);

      # Each user has a home for each host, or one for all.
      homes = concatMapAttrs (
        user: _:
        let
          settings = plainUser // cfg.home.users.${user} or { };
          home =
            pkgs: osConfig:
            inputs.home-manager.lib.homeManagerConfiguration {
              inherit pkgs;
              extraSpecialArgs =
                cfg.home.extraSpecialArgs
                // {
                  ezModules = homeModules;
                }
                // lib.optionalAttrs settings.passInOsConfig { inherit osConfig; };
              modules = userImports {
                name = user;
                ezModules = homeModules;
                inherit (pkgs) stdenv;
                inherit settings users;
              };
            };
          nameOn = if settings.nameFunction == null then host: "${user}@${host}" else settings.nameFunction;
        in
        if settings.standalone.enable then
          { ${user} = home settings.standalone.pkgs { }; }
        else
          lib.mapAttrs' (name: host: {
            name = nameOn name;
            value = home host.pkgs host.config;
          }) (config.flake.nixosConfigurations // config.flake.darwinConfigurations)
      ) users;
    in
    {
      options.ezConfigs = {
        root = mkOption {
          type = types.nullOr types.path;
          default = null;
          description = "The root from which configurations and modules should be searched.";
        };
        globalArgs = arguments { } "Extra arguments to pass to all configurations.";
        earlyModuleArgs = arguments { } "Extra arguments to pass to all modules before exporting them.";
        nixos = system "nixos";
        darwin = system "darwin";
        home = folders "home" // {
          extraSpecialArgs = arguments cfg.globalArgs "Extra arguments to pass to all homeConfigurations.";
          users = mkOption {
            type = types.attrsOf (types.submodule { options = userOptions; });
            default = { };
            description = "Settings for creating homeConfigurations.";
          };
        };
      };

      config.flake = {
        inherit homeModules;
        nixosModules = modulesOf "nixos";
        darwinModules = modulesOf "darwin";
        homeConfigurations = homes;
        nixosConfigurations = systems "nixos" inputs.nixpkgs.lib.nixosSystem;
        darwinConfigurations = systems "darwin" (inputs.darwin or inputs.nix-darwin).lib.darwinSystem;
      };
    };
in
{
  flakeModule = module;
  flakeModules.default = module;
}
