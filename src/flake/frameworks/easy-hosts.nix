# easy-hosts: a flake-parts module with an option for hosts, which it also finds in a folder.
{ lib }:
let
  inherit (lib)
    concatMap
    foldl'
    mapAttrs
    mkDefault
    mkIf
    mkOption
    optional
    recursiveUpdate
    types
    ;

  # What hosts, classes, architectures and tags bring along.
  parameters = name: {
    modules = mkOption {
      type = types.listOf types.deferredModule;
      default = [ ];
      description = "${name} modules to be included in the system";
    };
    specialArgs = mkOption {
      type = types.lazyAttrsOf types.raw;
      default = { };
      description = "${name} special arguments to be passed to the system";
    };
  };
  nothing = _: {
    modules = [ ];
    specialArgs = { };
  };
  per =
    what:
    mkOption {
      type = types.functionTo (types.submodule { options = parameters "Per ${what}"; });
      default = nothing;
      description = "Per ${what} settings";
    };
  flag =
    description:
    mkOption {
      inherit description;
      type = types.bool;
      default = false;
      example = true;
    };
  text =
    type: default: description:
    mkOption { inherit type default description; };

  module =
    {
      config,
      inputs,
      withSystem,
      ...
    }:
    let
      cfg = config.easy-hosts;

      # `linux` and the flake's own classes are others of nixos, darwin and iso.
      classOf = class: ({ linux = "nixos"; } // cfg.additionalClasses).${class} or class;
      systemOf = arch: class: "${arch}-${if classOf class == "darwin" then "darwin" else "linux"}";

      build =
        name: host:
        let
          class = classOf host.class;
          sources = [
            cfg.shared
            host
          ]
          ++ map cfg.perTag host.tags
          ++ [
            (cfg.perClass host.class)
            (cfg.perArch host.arch)
          ];
          make = if class == "darwin" then host.nix-darwin.lib.darwinSystem else host.nixpkgs.lib.nixosSystem;
          files =
            if host.path != null then
              [ host.path ]
            else
              lib.filter builtins.pathExists [
                "${inputs.self}/hosts/${name}/default.nix"
                "${inputs.self}/systems/${name}/default.nix"
              ];
        in
        {
          ${if class == "darwin" then "darwinConfigurations" else "nixosConfigurations"}.${name} = make {
            specialArgs = foldl' recursiveUpdate {
              inherit inputs;
              inherit (inputs) self;
            } (map (source: source.specialArgs) sources);
            modules =
              files
              ++ optional (class == "iso")
                "${host.nixpkgs}/nixos/modules/installer/cd-dvd/installation-cd-minimal-new-kernel.nix"
              ++ [
                {
                  _module.args = withSystem host.system ({ self', inputs', ... }: { inherit self' inputs'; });
                  networking.hostName = mkDefault name;
                  nixpkgs.hostPlatform = mkDefault host.system;
                }
              ]
              ++ concatMap (source: source.modules) sources;
          };
        };

      # <path>/<system>/<host>, or <path>/<host> where there is one system only.
      found =
        let
          inSystem =
            system: folder:
            let
              parts = lib.splitString "-" system;
              arch = lib.head parts;
              class = lib.last parts;
            in
            mapAttrs (name: _: {
              inherit arch class;
              path = "${folder}/${name}";
              system = systemOf arch class;
            }) (builtins.readDir folder);
        in
        if cfg.onlySystem != null then
          inSystem cfg.onlySystem "${cfg.path}"
        else
          lib.concatMapAttrs (
            system: type: lib.optionalAttrs (type == "directory") (inSystem system "${cfg.path}/${system}")
          ) (builtins.readDir cfg.path);

      hostOptions =
        { name, config, ... }:
        {
          options = {
            nixpkgs = text types.anything inputs.nixpkgs "The nixpkgs flake to be used for the host";
            nix-darwin = text types.anything (inputs.darwin or inputs.nix-darwin or null
            ) "The nix-darwin flake to be used for the host";
            arch = text (types.enum [
              "x86_64"
              "aarch64"
              "armv6l"
              "armv7l"
              "i686"
              "powerpc64le"
              "riscv64"
            ]) "x86_64" "The architecture of the host";
            class = text types.str "nixos" "The class of the host";
            tags = text (types.listOf types.str) [ ] "Extra tags for the host";
            system = text types.str (systemOf config.arch config.class) "The system to be used for the host";
            path = text (types.nullOr types.path) null "Path to the directory containing the host files";
            deployable = flag "Whether this host is deployable";
          }
          // parameters name;
        };
    in
    {
      options.easy-hosts = {
        autoConstruct = flag "Whether to construct hosts automatically";
        path = text (types.nullOr types.path) null "Path to the directory containing the host files";
        onlySystem = text (types.nullOr types.str) null "Only construct the hosts for this platform";
        shared = parameters "Shared";
        perClass = per "class";
        perArch = per "arch";
        perTag = per "tag";
        additionalClasses = text (types.attrsOf types.str) { } "Additional classes, and which class each is";
        hosts = mkOption {
          type = types.attrsOf (types.submodule hostOptions);
          default = { };
          description = "Hosts to be defined by the flake";
        };
      };

      config = {
        easy-hosts.hosts = mkIf cfg.autoConstruct found;
        flake = foldl' recursive { } (lib.mapAttrsToList build cfg.hosts);
      };
    };

  # By output and name, never into a host.
  recursive = left: right: left // mapAttrs (output: hosts: left.${output} or { } // hosts) right;
in
{
  flakeModule = module;
  flakeModules.default = module;
}
