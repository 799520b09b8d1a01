# The functions of nixpkgs' lib that flake.nix and nix/ call.
rec {
  genAttrs = names: f: builtins.listToAttrs (map (name: nameValuePair name (f name)) names);
  nameValuePair = name: value: { inherit name value; };
  mapAttrs' = f: set: builtins.listToAttrs (map (name: f name set.${name}) (builtins.attrNames set));
  importTOML = file: builtins.fromTOML (builtins.readFile file);
  importJSON = file: builtins.fromJSON (builtins.readFile file);
  optionalAttrs = condition: set: if condition then set else { };
  optionalString = condition: text: if condition then text else "";
  getExe = package: "${package}/bin/${package.meta.mainProgram}";
  # Every file must be there; the rest is nixpkgs' affair.
  fileset = {
    unions = files: assert builtins.all builtins.pathExists files; files;
    toSource = { root, fileset }: builtins.seq (builtins.deepSeq fileset root) root;
  };
  licenses = genAttrs [ "mit" "asl20" ] (spdxId: { inherit spdxId; });
}
