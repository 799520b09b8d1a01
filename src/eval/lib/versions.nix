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
      numbers = builtins.head (lib.splitString "-" version);
      suffix = lib.removePrefix numbers version;
    in
    lib.concatStringsSep "." (lib.take n (builtins.splitVersion numbers ++ builtins.genList (_: "0") n)) + suffix;
}
