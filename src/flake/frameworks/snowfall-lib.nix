# Snowfall Lib: a flake by its folders. Systems, homes, modules, packages,
# shells, checks, overlays, templates and `lib` are found where the
# framework wants them, and flake-utils-plus makes outputs of them.
{ lib }:
let
  inherit (lib)
    attrNames
    attrValues
    concatMap
    elem
    filter
    filterAttrs
    foldl'
    hasInfix
    isAttrs
    listToAttrs
    mapAttrs
    mapAttrsToList
    mergeAttrs
    mkDefault
    mkIf
    mkOption
    nameValuePair
    optionalAttrs
    optionals
    recursiveUpdate
    types
    ;

  fup = (import ./flake-utils-plus.nix { inherit lib; }).lib;

  # Formats of images. The first that is part of a target's name is meant: `x86_64-install-iso`.
  formats = [
    "amazon"
    "azure"
    "cloudstack"
    "docker"
    "do"
    "gce"
    "install-iso-hyperv"
    "hyperv"
    "install-iso"
    "iso"
    "kexec"
    "kexec-bundle"
    "kubevirt"
    "proxmox-lxc"
    "lxc-metadata"
    "lxc"
    "openstack"
    "proxmox"
    "qcow"
    "raw-efi"
    "raw"
    "sd-aarch64-installer"
    "sd-aarch64"
    "vagrant-virtualbox"
    "virtualbox"
    "vm-bootloader"
    "vm-nogui"
    "vmware"
    "vm"
  ];
  virtualType = target: lib.findFirst (format: hasInfix format target) "" formats;
  isDarwin = hasInfix "darwin";

  attrs = rec {
    map-concat-attrs-to-list = f: set: lib.flatten (mapAttrsToList f set);
    merge-deep = foldl' recursiveUpdate { };
    merge-shallow = foldl' mergeAttrs { };
    merge-shallow-packages = foldl' (
      result: item:
      result
      // mapAttrs (
        name: value: if isAttrs value && !lib.isDerivation value then result.${name} or { } // value else value
      ) item
    ) { };
  };

  path = rec {
    has-any-file-extension = file: builtins.match "(.*)\\.(.*)$" (toString file) != null;
    split-file-extension = builtins.match "(.*)\\.(.*)$";
    get-file-extension = file: if has-any-file-extension file then lib.last (split-file-extension (toString file)) else "";
    # Of the last component, which is known also where Nix would copy the folder to the store.
    has-file-extension =
      extension: file:
      let
        name = baseNameOf (toString file);
      in
      has-any-file-extension name && extension == get-file-extension name;
    get-parent-directory = file: baseNameOf (dirOf file);
    get-file-name-without-extension =
      file:
      let
        name = baseNameOf file;
      in
      if has-any-file-extension name then lib.head (split-file-extension name) else name;
  };

  fp = {
    compose =
      f: g: x:
      f (g x);
    compose-all = lib.foldr (f: g: x: f (g x)) (x: x);
    call = f: x: f x;
    apply = x: f: f x;
  };

  # Reading folders; one that is not there is empty.
  fsIn = src: root: rec {
    is-file-kind = kind: kind == "regular";
    is-symlink-kind = kind: kind == "symlink";
    is-directory-kind = kind: kind == "directory";
    is-unknown-kind = kind: kind == "unknown";
    get-file = file: "${src}/${file}";
    get-snowfall-file = file: "${root}/${file}";
    safe-read-directory = folder: if builtins.pathExists folder then builtins.readDir folder else { };

    ofKind = wanted: folder: map (name: "${folder}/${name}") (
      attrNames (filterAttrs (_: kind: kind == wanted) (safe-read-directory folder))
    );
    get-directories = ofKind "directory";
    get-files = ofKind "regular";
    get-files-recursive =
      folder:
      lib.flatten (
        mapAttrsToList (
          name: kind:
          if kind == "directory" then
            get-files-recursive "${folder}/${name}"
          else
            optionals (kind == "regular") [ "${folder}/${name}" ]
        ) (safe-read-directory folder)
      );

    isNix = path.has-file-extension "nix";
    isDefault = file: baseNameOf file == "default.nix";
    get-nix-files = folder: filter isNix (get-files folder);
    get-nix-files-recursive = folder: filter isNix (get-files-recursive folder);
    get-default-nix-files = folder: filter isDefault (get-files folder);
    get-default-nix-files-recursive = folder: filter isDefault (get-files-recursive folder);
    get-non-default-nix-files = folder: filter (file: isNix file && !isDefault file) (get-files folder);
    get-non-default-nix-files-recursive =
      folder: filter (file: isNix file && !isDefault file) (get-files-recursive folder);
  };

  mkLib =
    {
      inputs,
      src,
      snowfall ? { },
      ...
    }:
    let
      namespace = snowfall.namespace or "internal";
      root = snowfall.root or src;
      config = snowfall // {
        inherit namespace root src;
        meta = {
          name = snowfall.meta.name or null;
          title = snowfall.meta.title or null;
        };
      };
      others = removeAttrs inputs [ "self" ];
      fs = fsIn src root;

      # What the files called default.nix below a folder give, each called with what it asks for.
      callAll =
        arguments: folder:
        map (
          file:
          let
            value = import file;
          in
          if lib.isFunction value then value (builtins.intersectAttrs (lib.functionArgs value) arguments) else value
        ) (fs.get-default-nix-files-recursive folder);

      # Every input's lib under the input's name. What only may have one must not hide a part of nixpkgs' lib.
      inputLibs = mapAttrs (_: input: input.lib) (
        filterAttrs (name: input: !(lib ? ${name}) && isAttrs (input.lib or null)) others
      );

      baseLib = lib // { flake-utils-plus = fup; } // inputLibs // { inherit mkFlake; snowfall = snowfallLib; };
      # The flake's own functions, under its namespace.
      userLib = attrs.merge-deep (
        callAll {
          inherit inputs namespace;
          snowfall-inputs = { };
          lib = baseLib // {
            ${namespace} = userLib;
          };
        } "${root}/lib"
      );
      systemLib = baseLib // {
        ${namespace} = userLib;
      };
      homeLib = systemLib // optionalAttrs (others ? home-manager) { inherit (others.home-manager.lib) hm; };

      ## Modules: every folder with a default.nix, under its path.
      createModules =
        {
          src,
          overrides ? { },
          alias ? { },
        }:
        let
          own = listToAttrs (
            map (
              file: nameValuePair (lib.removePrefix "/" (lib.removeSuffix "/default.nix" (lib.removePrefix src file))) file
            ) (fs.get-default-nix-files-recursive src)
          );
        in
        own // mapAttrs (_: name: own.${name}) alias // overrides;
      modulesOf = kind: createModules { src = "${root}/modules/${kind}"; };

      # What is in folders like systems/x86_64-linux/oak.
      targets =
        folder:
        concatMap (
          target:
          map
            (entry: {
              target = baseNameOf target;
              name = baseNameOf entry;
              path = "${entry}/default.nix";
            })
            (filter (entry: builtins.pathExists "${entry}/default.nix") (fs.get-directories target))
        ) (fs.get-directories folder);

      ## Homes
      createHome =
        homes:
        { name, path, target }:
        let
          settings = homes.users.${name} or { };
          system = settings.system or target;
          channelName = settings.channelName or "nixpkgs";
          parts = lib.splitString "@" name;
          user = lib.head parts;
          host = if lib.length parts > 1 then lib.elemAt parts 1 else "";
          specialArgs = settings.specialArgs or { };
          pkgs = inputs.self.pkgs.${system}.${channelName} // {
            lib = homeLib;
          };
        in
        nameValuePair name {
          inherit channelName system;
          output = "homeConfigurations";
          modules = [
            path
            homeUserModule
          ]
          ++ attrValues (modulesOf "home")
          ++ settings.modules or [ ]
          ++ homes.modules or [ ];
          specialArgs = {
            inherit
              name
              system
              user
              host
              namespace
              pkgs
              ;
            format = "home";
            inputs = others // {
              inherit (inputs) self;
            };
            lib = homeLib;
          };
          builder =
            args:
            others.home-manager.lib.homeManagerConfiguration {
              inherit pkgs;
              lib = homeLib;
              modules = args.modules ++ [
                {
                  snowfallorg.user = {
                    name = mkDefault user;
                    enable = mkDefault true;
                  };
                }
              ];
              extraSpecialArgs = specialArgs // args.specialArgs;
            };
        };
      createHomes = homes: listToAttrs (map (createHome homes) (targets "${root}/homes"));

      # The homes within a system: those for its name, and those for no name and its architecture.
      homeModules =
        homes:
        [
          (
            {
              pkgs,
              system ? pkgs.stdenv.hostPlatform.system,
              target ? system,
              format ? "home",
              host ? "",
              virtual ? virtualType target != "",
              systems ? { },
              ...
            }:
            {
              home-manager.extraSpecialArgs = {
                inherit
                  system
                  target
                  format
                  virtual
                  systems
                  host
                  namespace
                  inputs
                  ;
                lib = homeLib;
              };
            }
          )
          { home-manager.sharedModules = [ homeUserModule ]; }
        ]
        ++ map (module: { home-manager.sharedModules = [ module ]; }) (homes.modules or [ ])
        ++ map (module: {
          _file = module;
          home-manager.sharedModules = [ module ];
        }) (attrValues (modulesOf "home"))
        ++ mapAttrsToList (
          name: home:
          {
            config,
            pkgs,
            host ? "",
            system ? pkgs.stdenv.hostPlatform.system,
            ...
          }:
          let
            inherit (home.specialArgs) user;
            settings = homes.users.${name} or { };
          in
          mkIf (home.specialArgs.host == host || home.specialArgs.host == "" && home.system == system) {
            snowfallorg.users.${user}.home.config = {
              snowfallorg.user = {
                enable = mkDefault true;
                name = mkDefault user;
              };
              _module.args = removeAttrs (settings.specialArgs or { } // { inherit namespace; }) [
                "options"
                "config"
                "lib"
                "pkgs"
                "specialArgs"
                "host"
              ];
            };
            home-manager = {
              useGlobalPkgs = mkDefault true;
              users.${user} = mkIf config.snowfallorg.users.${user}.home.enable {
                imports = [
                  config.snowfallorg.users.${user}.home.config
                ]
                ++ settings.modules or [ ]
                ++ [ (lib.head home.modules) ];
              };
            };
          }
        ) (createHomes homes);

      ## Systems
      createSystems =
        {
          systems ? { },
          homes ? { },
        }:
        let
          create =
            {
              name,
              path,
              target,
            }:
            let
              settings = systems.hosts.${name} or { };
              format = virtualType target;
              system = settings.system or (if format == "" then target else lib.replaceStrings [ format ] [ "linux" ] target);
              kind = if isDarwin target then "darwin" else "nixos";
              build =
                if format != "" then
                  virtualSystem format
                else if kind == "darwin" then
                  darwinSystem
                else
                  linuxSystem;
            in
            nameValuePair name {
              inherit system;
              channelName = settings.channelName or "nixpkgs";
              builder = settings.builder or build;
              output =
                settings.output
                  or (if format == "" then "${kind}Configurations" else "${format}Configurations");
              modules = [
                path
              ]
              ++ attrValues (modulesOf kind)
              ++ settings.modules or [ ]
              ++ systems.modules.${kind} or [ ]
              ++ optionals (others ? home-manager) (
                [ others.home-manager."${if isDarwin system then "darwin" else "nixos"}Modules".home-manager ]
                ++ homeModules homes
              );
              specialArgs = settings.specialArgs or { } // {
                inherit
                  target
                  system
                  namespace
                  inputs
                  ;
                systems = created;
                lib = systemLib;
                host = name;
                virtual = format != "";
              };
            };
          created = listToAttrs (map create (targets "${root}/systems"));
        in
        created;

      with' =
        format: userModule: args:
        args
        // {
          specialArgs = args.specialArgs // {
            inherit format;
          };
          modules = args.modules ++ [ userModule ];
        };
      linuxSystem = args: inputs.nixpkgs.lib.nixosSystem (with' "linux" nixosUserModule args);
      darwinSystem =
        args: inputs.darwin.lib.darwinSystem (removeAttrs (with' "darwin" darwinUserModule args) [ "system" ]);
      virtualSystem =
        format: args:
        inputs.nixos-generators.nixosGenerate (with' format nixosUserModule args // { inherit format; });

      ## Packages, shells and checks: folders with a default.nix that a package set calls.
      createPackages =
        folder:
        {
          channels,
          pkgs ? channels.nixpkgs,
          overrides ? { },
          alias ? { },
        }:
        let
          own = listToAttrs (
            map (
              file:
              nameValuePair (path.get-parent-directory file) (
                lib.callPackageWith (
                  pkgs
                  // {
                    inherit channels namespace inputs;
                    lib = systemLib;
                  }
                  // optionalAttrs (folder == "packages") {
                    ${namespace} = own;
                    pkgs = pkgs // {
                      ${namespace} = own;
                    };
                  }
                ) file { }
              )
            ) (fs.get-default-nix-files-recursive "${root}/${folder}")
          );
        in
        own // mapAttrs (_: name: own.${name}) alias // overrides;

      ## Overlays
      overlayFiles = fs.get-default-nix-files-recursive "${root}/overlays";
      callOverlay =
        channels: file:
        import file (
          inputs
          // {
            inherit channels inputs namespace;
            lib = systemLib;
          }
        );
      packagesOverlay = channels: final: prev: {
        ${namespace} =
          prev.${namespace} or { }
          // createPackages "packages" {
            inherit channels;
            pkgs = final;
          };
      };
      overlaysBuilder =
        extra: channels:
        [ (packagesOverlay channels) ] ++ extra ++ map (callOverlay channels) overlayFiles;
      createOverlays =
        extra:
        let
          own = listToAttrs (
            map (
              file:
              nameValuePair (path.get-parent-directory file) (
                final: prev: callOverlay inputs.self.pkgs.${prev.system} file final prev
              )
            ) overlayFiles
          );
          packages = listToAttrs (
            map (
              file:
              nameValuePair "package/${path.get-parent-directory file}" (
                final: prev: packagesOverlay inputs.self.pkgs.${prev.system} final prev
              )
            ) (fs.get-default-nix-files-recursive "${root}/packages")
          );
        in
        packages
        // own
        // {
          default =
            final: prev:
            attrs.merge-shallow-packages (map (overlay: overlay final prev) (attrValues packages ++ attrValues own));
        }
        // extra;

      createTemplates =
        {
          overrides ? { },
          alias ? { },
        }:
        let
          own = listToAttrs (
            map (
              folder: nameValuePair (baseNameOf folder) (overrides.${baseNameOf folder} or { } // { path = folder; })
            ) (fs.get-directories "${root}/templates")
          );
        in
        own // mapAttrs (_: name: own.${name}) alias // removeAttrs overrides (attrNames own);

      mkFlake =
        options:
        let
          alias = options.alias or { };
          homes = options.homes or { };
          outputModules =
            kind:
            createModules {
              src = "${root}/modules/${kind}";
              overrides = options.modules.${kind} or { };
              alias = alias.modules.${kind} or { };
            };
          outputsBuilder =
            channels:
            let
              own = (options.outputs-builder or options.outputsBuilder or (_: { })) channels;
              create =
                folder: output:
                createPackages folder {
                  inherit channels;
                  overrides = options.${folder} or { } // own.${output} or { };
                  alias = alias.${folder} or { };
                };
            in
            recursiveUpdate own {
              packages = create "packages" "packages";
              devShells = create "shells" "devShells";
              checks = create "checks" "checks";
            };
        in
        fup.mkFlake (
          removeAttrs options [
            "systems"
            "modules"
            "overlays"
            "packages"
            "outputs-builder"
            "outputsBuilder"
            "packagesPrefix"
            "hosts"
            "homes"
            "channels-config"
            "templates"
            "checks"
            "alias"
            "snowfall"
          ]
          // {
            inherit (inputs) self;
            inherit inputs outputsBuilder;
            hosts =
              options.systems.hosts or { }
              // createSystems {
                inherit homes;
                systems = options.systems or { };
              }
              // createHomes homes;
            templates = createTemplates {
              overrides = options.templates or { };
              alias = alias.templates or { };
            };
            lib = userLib;
            nixosModules = outputModules "nixos";
            darwinModules = outputModules "darwin";
            homeModules = outputModules "home";
            channelsConfig = options.channels-config or { };
            channels.nixpkgs.overlaysBuilder = overlaysBuilder (options.overlays or [ ]);
            snowfall = {
              inherit config;
              raw-config = options.snowfall or { };
              user-lib = userLib;
            };
          }
        )
        // {
          overlays = createOverlays (options.extra-exported-overlays or { });
        };

      snowfallLib = {
        inherit
          attrs
          fp
          fs
          path
          ;
        flake = rec {
          without-self = set: removeAttrs set [ "self" ];
          without-src = set: removeAttrs set [ "src" ];
          without-snowfall-inputs = set: without-self (without-src set);
          get-libs = set: mapAttrs (_: input: input.lib) (filterAttrs (_: input: isAttrs (input.lib or null)) set);
        };
        module.create-modules = createModules;
        home = {
          home-lib = homeLib;
          create-homes = createHomes;
          create-home-system-modules = homeModules;
        };
        system = {
          create-systems = createSystems;
          is-darwin = isDarwin;
          is-linux = hasInfix "linux";
          is-virtual = target: virtualType target != "";
          get-virtual-system-type = virtualType;
        };
        package.create-packages = createPackages "packages";
        shell.create-shells = createPackages "shells";
        check.create-checks = createPackages "checks";
        template.create-templates = createTemplates;
        internal = {
          system-lib = systemLib;
          user-lib = userLib;
        };
      };
    in
    recursiveUpdate baseLib userLib;

  ## The users of a system, and the home of each.
  usersModule =
    homes: userOptions: account:
    {
      config,
      ...
    }:
    {
      imports = [ (lib.mkRenamedOptionModule [ "snowfallorg" "user" ] [ "snowfallorg" "users" ]) ];
      options.snowfallorg.users = mkOption {
        description = "User configuration.";
        default = { };
        type = types.attrsOf (
          types.submodule (
            { name, ... }:
            {
              options = {
                create = mkOption {
                  description = "Whether to create the user automatically.";
                  type = types.bool;
                  default = true;
                };
                home = {
                  enable = mkOption {
                    type = types.bool;
                    default = true;
                  };
                  path = mkOption {
                    type = types.str;
                    default = "${homes}/${name}";
                  };
                  # Options of Home Manager: they go where the user's home is made.
                  config = mkOption {
                    type = types.deferredModule;
                    default = { };
                  };
                };
              }
              // userOptions;
            }
          )
        );
      };
      config.users.users = mapAttrs (name: user: account name user) (
        filterAttrs (_: user: user.create) config.snowfallorg.users
      );
    };

  nixosUserModule =
    usersModule "/home"
      {
        admin = mkOption {
          description = "Whether the user should be added to the wheel group.";
          type = types.bool;
          default = true;
        };
      }
      (
        name: user: {
          isNormalUser = mkDefault true;
          name = mkDefault name;
          home = mkDefault user.home.path;
          group = mkDefault "users";
          extraGroups = lib.optional user.admin "wheel";
        }
      );

  darwinUserModule = usersModule "/Users" { } (
    _: user: {
      home = mkDefault user.home.path;
      isHidden = mkDefault false;
    }
  );

  homeUserModule =
    { config, pkgs, ... }:
    let
      inherit (config.snowfallorg) user;
    in
    {
      options.snowfallorg.user = {
        enable = mkOption {
          description = "Whether to configure the user.";
          type = types.bool;
          default = false;
        };
        name = mkOption {
          description = "The user's name.";
          type = types.str;
        };
        home.directory = mkOption {
          description = "The user's home directory.";
          type = types.str;
          default = if pkgs.stdenv.isDarwin then "/Users/${user.name}" else "/home/${user.name}";
        };
      };
      config.home = mkIf user.enable {
        username = mkDefault user.name;
        homeDirectory = mkDefault user.home.directory;
      };
    };
in
{
  inherit mkLib;
  mkFlake =
    options:
    (mkLib {
      inherit (options) inputs src;
      snowfall = options.snowfall or { };
    }).mkFlake
      (removeAttrs options [
        "inputs"
        "src"
      ]);
  nixosModules.user = nixosUserModule;
  darwinModules.user = darwinUserModule;
  homeModules.user = homeUserModule;
}
