# Versions.
{ lib }:
let
  part = n: version: builtins.elemAt (builtins.splitVersion version) n;
in
rec {
  inherit (builtins) compareVersions splitVersion;
  major = part 0;
  minor = part 1;
  patch = part 2;
  majorMinor = version: lib.concatStringsSep "." (lib.take 2 (builtins.splitVersion version));
  pad =
    n: version:
    let
      pieces = builtins.match "([^-]*)(-.*)?" version;
      numbers = lib.splitString "." (builtins.head pieces);
      suffix = builtins.elemAt pieces 1;
      padded = lib.take n (numbers ++ builtins.genList (_: "0") (lib.max 0 (n - builtins.length numbers)));
    in
    lib.concatStringsSep "." padded + lib.optionalString (suffix != null) suffix;
}
