# flake-utils-plus: hosts as attribute sets, on channels that are the nixpkgs among the inputs.
{ lib }:
let
  inherit (lib)
    attrNames
    filterAttrs
    foldl'
    isAttrs
    isList
    mapAttrs
    optionalAttrs
    ;

  flake-utils = (import ./flake-utils.nix { inherit lib; }).lib;

  # One level deep: sets are merged, lists put together.
  mergeAny =
    left: right:
    left
    // mapAttrs (
      name: value:
      if isAttrs value then
        left.${name} or { } // value
      else if isList value then
        left.${name} or [ ] ++ value
      else
        value
    ) right;

  mkFlake =
    {
      self,
      inputs,
      supportedSystems ? flake-utils.defaultSystems,
      channels ? { },
      channelsConfig ? { },
      sharedOverlays ? [ ],
      hosts ? { },
      hostDefaults ? { },
      outputsBuilder ? _: { },
      ...
    }@args:
    let
      # What is no argument of mkFlake is an output.
      otherOutputs = removeAttrs args [
        "channels"
        "channelsConfig"
        "hostDefaults"
        "hosts"
        "inputs"
        "nixosProfiles"
        "outputsBuilder"
        "self"
        "sharedOverlays"
        "supportedSystems"
      ];

      allChannels = mergeAny (mapAttrs (_: input: { inherit input; }) (
        filterAttrs (_: input: input ? legacyPackages) inputs
      )) channels;

      channelsOf =
        system:
        let
          packages = mapAttrs (
            name: channel:
            import channel.input {
              inherit system;
              config = channelsConfig // channel.config or { };
              overlays =
                sharedOverlays ++ (if channel ? overlaysBuilder then channel.overlaysBuilder packages else [ ]);
            }
            // {
              inherit name;
              inherit (channel) input;
            }
          ) allChannels;
        in
        packages;

      bySystem = flake-utils.eachSystem supportedSystems (
        system:
        let
          packages = channelsOf system;
          own = outputsBuilder packages;
        in
        { pkgs = packages; }
        // mapAttrs (
          name: value:
          if otherOutputs ? ${name}.${system} && isAttrs value then
            otherOutputs.${name}.${system} // value
          else
            value
        ) own
      );

      host =
        fullName: given:
        let
          settings = {
            system = "x86_64-linux";
            channelName = "nixpkgs";
            output = "nixosConfigurations";
            modules = [ ];
            extraArgs = { };
            specialArgs = { };
          }
          // mergeAny hostDefaults given;
          inherit (settings) output system;

          # `org.example.web` is the host `web` in the domain `example.org`.
          labels = lib.reverseList (lib.splitString "." fullName);
          domain = lib.concatStringsSep "." (lib.tail labels);

          ownChannels = self.pkgs.${system};
          nixpkgs = ownChannels.${settings.channelName};
          modulesPaths = lib.mapAttrs' (name: channel: {
            name = "${name}ModulesPath";
            value = "${channel.input}/nixos/modules";
          }) ownChannels;
          specialArgs = settings.specialArgs // {
            channel = nixpkgs;
          };

          base =
            {
              _module.args =
                optionalAttrs (output != "darwinConfigurations") { inherit inputs; } // settings.extraArgs;
            }
            // optionalAttrs (output == "nixosConfigurations" || output == "darwinConfigurations") {
              networking.hostName = lib.head labels;
              nixpkgs.pkgs = nixpkgs;
            }
            // optionalAttrs (output == "nixosConfigurations" && domain != "") {
              networking = {
                hostName = lib.head labels;
                inherit domain;
              };
            };
        in
        {
          ${output}.${fullName} = (settings.builder or nixpkgs.input.lib.nixosSystem) (
            {
              inherit system specialArgs;
              modules = [ base ] ++ settings.modules ++ [ autoGenFromInputs ];
            }
            // optionalAttrs (output == "darwinConfigurations") {
              inherit inputs;
              pkgs = nixpkgs;
            }
            // optionalAttrs (output == "nixosConfigurations") {
              inherit (nixpkgs) lib;
              specialArgs = modulesPaths // specialArgs;
            }
          );
        };

      allHosts = foldl' mergeAny { } (lib.mapAttrsToList host hosts);
    in
    mergeAny otherOutputs (bySystem // allHosts);

  # Modules by the names of their files.
  exportModules =
    modules:
    let
      stem = file: lib.removeSuffix ".toml" (lib.removeSuffix ".nix" (baseNameOf file));
    in
    lib.listToAttrs (
      map (
        module:
        if lib.isFunction module then
          {
            name = stem (module (lib.functionArgs module))._file;
            value = module;
          }
        else if isAttrs module then
          {
            name = stem module._file;
            value = module;
          }
        else
          {
            name = stem module;
            value = import module;
          }
      ) modules
    );

  autoGenFromInputs =
    let
      flag =
        description:
        lib.mkOption {
          inherit description;
          type = lib.types.bool;
          default = false;
          example = true;
        };
    in
    {
      key = "flake-utils-plus:autoGenFromInputs";
      options.nix = {
        generateNixPathFromInputs = flag "Generate NIX_PATH from available inputs.";
        generateRegistryFromInputs = flag "Generate Nix registry from available inputs.";
        linkInputs = flag "Symlink inputs to /etc/nix/inputs.";
      };
    };
in
{
  lib = flake-utils // {
    inherit exportModules mergeAny mkFlake;
    patchChannel = _system: channel: _patches: channel;
  };
  nixosModules = {
    inherit autoGenFromInputs;
  };
  darwinModules = {
    inherit autoGenFromInputs;
  };
}
