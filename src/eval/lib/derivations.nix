# Derivations that are needed late, or not at all.
{ lib }:
{
  inherit (builtins) addDrvOutputDependencies unsafeDiscardOutputDependency;
  lazyDerivation =
    {
      derivation,
      meta ? null,
      passthru ? { },
      outputs ? [ "out" ],
    }:
    let
      checked =
        if derivation.type or null != "derivation" then
          throw "lazyDerivation: input must be a derivation."
        else if derivation.outputs or [ "out" ] != outputs then
          throw "lazyDerivation: the derivation has other outputs than ${toString outputs}"
        else
          derivation;
    in
    {
      type = "derivation";
      inherit outputs;
      inherit (checked) name version drvPath outPath outputName system;
      # What a derivation may lack is asked for by those who know it.
      pname = checked.pname;
      meta = if meta != null then meta else checked.meta;
      inherit passthru;
    }
    // lib.genAttrs outputs (output: checked.${output})
    // passthru;
  optionalDrvAttr = condition: value: if condition then value else null;
  warnOnInstantiate =
    message: drv:
    let
      overridden = removeAttrs drv [ "meta" "name" "type" "outputName" ];
    in
    drv // builtins.mapAttrs (_: builtins.warn message) overridden;
}
